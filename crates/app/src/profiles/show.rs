use keywell_aws_files::{FileKind, header};
use keywell_wire as wire;

use super::{
    Files, OtherSource, Source, change::acting_through, is_secret, names, raw, read_files,
    sections_of, source,
};
use crate::{
    App,
    cloud::Identity,
    doctor,
    index::{self, Entry},
    problem::{Code, Problem},
    resolve, time,
};

/// A profile that acts through itself, through too many, or through one that is not there.
const CHAIN: &str = "profile.chain";

/// Every profile, read from the files and Keywell's own index; neither network nor keychain is asked.
pub fn list(app: &App) -> Result<Vec<wire::ProfileRow>, Problem> {
    let files = read_files(app)?;
    let mut entries = index::entries(&app.places)?;
    names(&files)
        .into_iter()
        .map(|name| {
            let entry = entries.remove(&name);
            row_of(app, &files, &name, entry)
        })
        .collect()
}

pub fn row(app: &App, profile: &str) -> Result<wire::ProfileRow, Problem> {
    row_of(
        app,
        &read_files(app)?,
        profile,
        index::entry(&app.places, profile)?,
    )
}

fn row_of(
    app: &App,
    files: &Files,
    profile: &str,
    entry: Option<Entry>,
) -> Result<wire::ProfileRow, Problem> {
    let entry = entry.unwrap_or_default();
    let section = header(FileKind::Config, profile);
    let source = source(app, files, profile)?;
    let endpoint_url = resolve::configured_endpoint(&files.config, &section);
    let practice = (app.practice)()
        .is_some_and(|practice| endpoint_url.as_ref() == Some(&practice.endpoint_url));
    let (kind, secret, key_id) = match source {
        Source::Keychain { key_id } => (
            wire::ProfileKind::AccessKey,
            wire::SecretPlace::Keychain,
            Some(key_id),
        ),
        Source::KeychainMissing => (
            wire::ProfileKind::AccessKey,
            wire::SecretPlace::Missing,
            None,
        ),
        Source::Plain { pair, .. } => (
            wire::ProfileKind::AccessKey,
            wire::SecretPlace::PlainText,
            Some(pair.key_id),
        ),
        Source::Other(other) => (
            match other {
                OtherSource::Role => wire::ProfileKind::Role,
                OtherSource::SignIn => wire::ProfileKind::SignIn,
                OtherSource::WebIdentity => wire::ProfileKind::WebIdentity,
                OtherSource::Process => wire::ProfileKind::OtherProcess,
            },
            wire::SecretPlace::None,
            None,
        ),
        Source::Empty => (wire::ProfileKind::Empty, wire::SecretPlace::None, None),
    };
    let tested = entry.tested.as_ref();
    Ok(wire::ProfileRow {
        name: profile.to_owned(),
        kind,
        secret,
        key_id,
        region: files.config.get(&section, "region"),
        endpoint_url,
        practice,
        identity: tested.and_then(|tested| {
            Some(identity_card(&Identity {
                account_id: tested.account_id.clone()?,
                arn: tested.arn.clone()?,
                user_id: String::new(),
            }))
        }),
        last_tested: tested.map(|tested| time::rfc3339(time::from_unix_seconds(tested.at))),
        last_test_passed: tested.map(|tested| tested.passed),
        key_stored: entry.key_stored,
        production: entry.production,
        group: entry.group,
        sso_session: files.config.get(&section, "sso_session"),
        source_profile: super::source_profile(files, profile),
    })
}

/// One profile in full. Secrets are left out, and masked in the text.
pub fn show(app: &App, profile: &str) -> Result<wire::ProfileDetails, Problem> {
    let files = read_files(app)?;
    let row = row_of(app, &files, profile, index::entry(&app.places, profile)?)?;
    let section = header(FileKind::Config, profile);
    let text = raw::shown(&files.config, &section);
    Ok(wire::ProfileDetails {
        findings: findings(app, &files, profile, &row),
        properties: properties(&files, profile),
        config_file: app.shown(&app.places.config_file),
        text_editable: text.is_some(),
        config_text: text.unwrap_or_default(),
        used_by: acting_through(&files, profile),
        sso_sessions: sections_of(&files, "sso-session"),
        services: sections_of(&files, "services"),
        row,
    })
}

/// Every setting in file order, secrets left out; those of a nested block each by itself, as `s3.addressing_style`.
pub(super) fn properties(files: &Files, profile: &str) -> Vec<wire::Property> {
    let property = |name: String, value: &str| wire::Property {
        name,
        value: value.to_owned(),
    };
    files
        .config
        .properties(&header(FileKind::Config, profile))
        .into_iter()
        .filter(|(name, _)| !is_secret(name))
        .flat_map(|(name, value)| match value.strip_prefix('\n') {
            None => vec![property(name, &value)],
            Some(block) => block
                .lines()
                .filter_map(|line| line.split_once('='))
                .map(|(inner, value)| property(format!("{name}.{}", inner.trim()), value.trim()))
                .collect(),
        })
        .collect()
}

/// Things to mend that need no network to see.
pub(crate) fn findings(
    app: &App,
    files: &Files,
    profile: &str,
    row: &wire::ProfileRow,
) -> Vec<wire::Finding> {
    let mut findings = Vec::new();
    let finding = |code: &str, severity, message: String, detail: String| wire::Finding {
        code: code.into(),
        severity,
        message,
        detail,
    };
    let credentials = app.shown(&app.places.credentials_file);
    if row.secret == wire::SecretPlace::PlainText {
        findings.push(finding(
            "profile.plain",
            wire::Severity::Warning,
            "The secret of this profile is plain text".into(),
            format!("Every program that runs as you can read {credentials}. Keywell can move it into the keychain."),
        ));
    }
    if row.secret == wire::SecretPlace::Keychain && super::plain_pair(files, profile).is_some() {
        let who = crate::files::explain_in(app, files, profile)
            .map(|explanation| crate::files::traps(app, &explanation).words());
        findings.push(finding(
            "profile.plain_copy",
            wire::Severity::Warning,
            "A second, plain copy of a key wins in some programs".into(),
            who.unwrap_or_default(),
        ));
    }
    if row.secret == wire::SecretPlace::Missing {
        findings.push(finding(
            "profile.secret_missing",
            wire::Severity::Stop,
            "The key of this profile is not in this keychain".into(),
            "Programs that use this profile get no credentials. Set the key up again.".into(),
        ));
    }
    if let Err(problem) = crate::files::explain_in(app, files, profile)
        && problem.code == Code::ProfileChain
    {
        findings.push(finding(
            CHAIN,
            wire::Severity::Stop,
            problem.message.trim_end_matches('.').into(),
            doctor::sentences(&[&problem.cause, &problem.hint]),
        ));
    }
    if app.variables.get("AWS_ACCESS_KEY_ID").is_some() {
        findings.push(finding(
            "environment.key",
            wire::Severity::Note,
            "A variable holds a key of its own".into(),
            "AWS_ACCESS_KEY_ID is set, and programs that are not told a profile use it instead of any file.".into(),
        ));
    }
    findings
}

/// The command that mends a finding of [`findings`].
pub(crate) fn mending(finding: &wire::Finding, profile: &str) -> Option<String> {
    let name = doctor::quoted(profile);
    Some(match finding.code.as_str() {
        "profile.plain" | "profile.plain_copy" => format!("keywell profile migrate {name}"),
        "profile.secret_missing" => format!("keywell setup --profile {name} --replace"),
        CHAIN => format!("keywell profile set {name} source_profile=NAME"),
        "environment.key" => doctor::unset_command(&[
            "AWS_ACCESS_KEY_ID",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_SESSION_TOKEN",
        ]),
        _ => return None,
    })
}

/// Takes the caller's ARN apart ("IAM identifiers" in the IAM user guide).
pub(crate) fn identity_card(identity: &Identity) -> wire::IdentityCard {
    let resource = identity.arn.splitn(6, ':').nth(5).unwrap_or_default();
    let (kind, name) = match resource.split_once('/') {
        None if resource == "root" => (wire::IdentityKind::Root, "root"),
        Some(("user", path)) => (
            wire::IdentityKind::User,
            path.rsplit('/').next().unwrap_or(path),
        ),
        // assumed-role/ROLE/SESSION: the role says who this is, the session only how it came about.
        Some(("assumed-role", path)) => (
            wire::IdentityKind::AssumedRole,
            path.split('/').next().unwrap_or(path),
        ),
        Some((_, name)) => (wire::IdentityKind::Federated, name),
        None => (wire::IdentityKind::Federated, resource),
    };
    wire::IdentityCard {
        account_id: identity.account_id.clone(),
        arn: identity.arn.clone(),
        name: name.to_owned(),
        kind,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_says_what_kind_of_caller_it_is() {
        let cases = [
            (
                "arn:aws:iam::111122223333:root",
                wire::IdentityKind::Root,
                "root",
            ),
            (
                "arn:aws:iam::111122223333:user/marta",
                wire::IdentityKind::User,
                "marta",
            ),
            (
                "arn:aws-cn:iam::111122223333:user/team/web/marta",
                wire::IdentityKind::User,
                "marta",
            ),
            (
                "arn:aws:sts::111122223333:assumed-role/ReadOnly/session-1",
                wire::IdentityKind::AssumedRole,
                "ReadOnly",
            ),
            (
                "arn:aws:sts::111122223333:federated-user/bob",
                wire::IdentityKind::Federated,
                "bob",
            ),
        ];
        for (arn, kind, name) in cases {
            let card = identity_card(&Identity {
                account_id: "111122223333".into(),
                arn: arn.into(),
                user_id: String::new(),
            });
            assert_eq!((card.kind, card.name.as_str()), (kind, name), "{arn}");
        }
    }
}
