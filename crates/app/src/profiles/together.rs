//! Settings of a profile that do not go together, or not without each other: what the AWS SDKs refuse.
//!
//! From botocore's `credentials.py` (`AssumeRoleProvider`, `AssumeRoleWithWebIdentityProvider`, `SSOProvider`) and
//! `tokens.py`; for the hour of chained roles from "Role chaining" in the IAM user guide.

use keywell_aws_files::{Document, FileKind, header};

use super::{Files, edit, edit::Plan};
use crate::problem::{Code, Problem};

/// The longest session of a role that another role assumes, in seconds.
const CHAINED: u32 = 3600;

/// Why clients refuse a profile with both sources.
pub(crate) fn two_sources(profile: &str) -> String {
    format!("The profile {profile} has both source_profile and credential_source.")
}

/// Why clients refuse a profile with a role and nothing that could assume it.
pub(crate) fn no_source(profile: &str) -> String {
    format!(
        "The profile {profile} has a role_arn, but neither source_profile nor credential_source."
    )
}

/// What a plan would bring about that clients refuse; what they refuse already is no reason against another change. With
/// the name of the setting to look at.
pub(super) fn check(files: &Files, profile: &str, plan: &Plan) -> Result<(), (String, Problem)> {
    let Ok(after) = edit::performed(&files.config, &plan.config) else {
        return Ok(());
    };
    let known = refused(&files.config, &files.credentials, profile);
    let found = refused(&after, &files.credentials, profile)
        .into_iter()
        .find(|(name, problem)| {
            !known
                .iter()
                .any(|(old, same)| old == name && same.message == problem.message)
        });
    match found {
        None => Ok(()),
        Some((name, problem)) => Err((name.to_owned(), problem)),
    }
}

fn refused(
    config: &Document,
    credentials: &Document,
    profile: &str,
) -> Vec<(&'static str, Problem)> {
    let value_of = |profile: &str, name: &str| {
        let in_file = |document: &Document, kind| document.get(&header(kind, profile), name);
        in_file(credentials, FileKind::Credentials)
            .or_else(|| in_file(config, FileKind::Config))
            .filter(|value| !value.is_empty())
    };
    let value = |name: &str| value_of(profile, name);
    let has = |name: &str| value(name).is_some();
    let mut found = Vec::new();
    let mut refuse = |name: &'static str, message: String, hint: &str| {
        found.push((name, Problem::new(Code::ProfileValue, message, hint)));
    };

    let (source, place) = (has("source_profile"), has("credential_source"));
    if has("role_arn") && source && place {
        refuse(
            "credential_source",
            two_sources(profile),
            "Keep the one whose credentials are to assume the role.",
        );
    }
    let web_identity = has("web_identity_token_file");
    if has("role_arn") && !source && !place && !web_identity {
        refuse(
            "role_arn",
            no_source(profile),
            "Name the profile that is to assume the role: source_profile=NAME",
        );
    }
    if web_identity && !has("role_arn") {
        refuse(
            "web_identity_token_file",
            format!("The profile {profile} has a web_identity_token_file, but no role_arn."),
            "Name the role that the token is for: role_arn=ARN",
        );
    }
    let chained = value("source_profile")
        .filter(|source| source != profile)
        .is_some_and(|source| value_of(&source, "role_arn").is_some());
    let duration = value("duration_seconds").and_then(|text| text.parse::<u32>().ok());
    if has("role_arn") && chained && duration.is_some_and(|seconds| seconds > CHAINED) {
        refuse(
            "duration_seconds",
            "A role that is assumed through another role lasts an hour at most.".to_owned(),
            "Write 3600 or less, or act through a profile with a key.",
        );
    }

    let (account, role) = (has("sso_account_id"), has("sso_role_name"));
    for (there, name, lacking) in [
        (account && !role, "sso_account_id", "sso_role_name"),
        (role && !account, "sso_role_name", "sso_account_id"),
    ] {
        if there {
            refuse(
                name,
                format!("The profile {profile} has {name}, but no {lacking}."),
                "A sign-in needs both: the account and the role in it.",
            );
        }
    }
    let address = has("sso_start_url") && has("sso_region");
    if account && role && !has("sso_session") && !address {
        refuse(
            "sso_account_id",
            format!("The profile {profile} does not say where to sign in."),
            "Name a section: sso_session=NAME; or set sso_start_url and sso_region.",
        );
    }
    if let Some(session) = value("sso_session") {
        for name in ["sso_start_url", "sso_region"] {
            let there = config.get(&format!("sso-session {session}"), name);
            if let (Some(own), Some(there)) = (value(name), there)
                && own != there
            {
                refuse(
                    name,
                    format!("The {name} of {profile} is not that of [sso-session {session}]."),
                    "Take it out of the profile: the section's is used.",
                );
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{super::edit::Change, *};

    const CONFIG: &str = "\
[profile base]
region = eu-west-1
[profile admin]
role_arn = arn:aws:iam::123456789012:role/admin
source_profile = base
[profile broken]
role_arn = arn:aws:iam::123456789012:role/admin
[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-west-1
";
    const ROLE: (&str, &str) = ("role_arn", "arn:aws:iam::123456789012:role/a");

    fn checked(profile: &str, values: &[(&str, &str)]) -> Result<(), (String, Problem)> {
        let files = Files {
            config: Document::parse(CONFIG),
            credentials: Document::parse("[plain]\ncredential_source = Environment\n"),
        };
        let section = header(FileKind::Config, profile);
        let set = |(name, value): &(&str, &str)| Change::set(&section, name, *value);
        let plan = Plan {
            config: values.iter().map(set).collect(),
            ..Plan::default()
        };
        check(&files, profile, &plan)
    }

    #[test]
    fn what_clients_refuse_together_is_refused_with_the_setting_to_look_at() {
        let base = ("source_profile", "base");
        let place = ("credential_source", "Environment");
        let account = ("sso_account_id", "123456789012");
        let role_name = ("sso_role_name", "ReadOnly");
        let session = ("sso_session", "corp");
        type Case<'a> = (&'a [(&'a str, &'a str)], Option<&'a str>);
        let cases: &[Case<'_>] = &[
            (&[ROLE, base], None),
            (&[ROLE, place], None),
            (&[ROLE], Some("role_arn")),
            (&[ROLE, base, place], Some("credential_source")),
            (&[base, place], None),
            (&[ROLE, ("web_identity_token_file", "/token")], None),
            (
                &[("web_identity_token_file", "/token")],
                Some("web_identity_token_file"),
            ),
            (&[ROLE, base, ("duration_seconds", "43200")], None),
            (
                &[
                    ROLE,
                    ("source_profile", "admin"),
                    ("duration_seconds", "3600"),
                ],
                None,
            ),
            (
                &[
                    ROLE,
                    ("source_profile", "admin"),
                    ("duration_seconds", "3601"),
                ],
                Some("duration_seconds"),
            ),
            (&[session], None),
            (&[session, account, role_name], None),
            (&[account, session], Some("sso_account_id")),
            (&[role_name, session], Some("sso_role_name")),
            (&[account, role_name], Some("sso_account_id")),
            (
                &[
                    account,
                    role_name,
                    ("sso_start_url", "https://x.awsapps.com/start"),
                    ("sso_region", "eu-west-1"),
                ],
                None,
            ),
            (
                &[session, account, role_name, ("sso_region", "eu-west-1")],
                None,
            ),
            (
                &[session, account, role_name, ("sso_region", "us-east-1")],
                Some("sso_region"),
            ),
        ];
        for (values, expected) in cases {
            let found = checked("new", values).err();
            let name = found.as_ref().map(|(name, _)| name.as_str());
            assert_eq!(name, *expected, "{values:?}");
            assert!(found.is_none_or(|(_, problem)| !problem.hint.is_empty()));
        }
        assert_eq!(
            checked("plain", &[ROLE, base]).unwrap_err().0,
            "credential_source"
        );
    }

    #[test]
    fn what_was_refused_before_does_not_stand_in_the_way_of_another_change() {
        assert!(checked("broken", &[("region", "eu-west-1")]).is_ok());
        assert!(checked("broken", &[("sso_role_name", "x")]).is_err());
    }
}
