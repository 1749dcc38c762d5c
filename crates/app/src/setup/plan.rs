//! What set-up writes into the AWS files.

use std::hash::{BuildHasher, Hasher, RandomState};

use keywell_aws_files::{Document, FileKind, header};
use url::Url;

use crate::{
    App,
    helper_line::{self, Target},
    index,
    problem::{Code, Problem},
    profiles::{
        Files,
        edit::{Change, Plan},
    },
};

/// Settings of other kinds of profile. Left in, they would win over the key in some SDKs.
const OTHER_KINDS: &[&str] = &[
    "role_arn",
    "source_profile",
    "credential_source",
    "mfa_serial",
    "external_id",
    "web_identity_token_file",
    "sso_session",
    "sso_start_url",
    "sso_region",
    "sso_account_id",
    "sso_role_name",
    "login_session",
    "aws_access_key_id",
    "aws_secret_access_key",
    "aws_session_token",
    "aws_security_token",
];

const STATIC_KEYS: &[&str] = &[
    "aws_access_key_id",
    "aws_secret_access_key",
    "aws_session_token",
    "aws_security_token",
];

/// The values of a keychain-backed profile.
pub(crate) struct Values<'a> {
    pub profile: &'a str,
    pub region: &'a str,
    pub output: &'a str,
    pub endpoint_url: Option<&'a str>,
    pub helper_line: &'a str,
}

/// The config file gets the helper's line; the credentials file gets nothing, and loses static keys of this profile,
/// since those would win in some SDKs and lose in others.
pub(crate) fn plan(files: &Files, values: &Values<'_>) -> Plan {
    let section = header(FileKind::Config, values.profile);
    let mut plan = Plan::default();
    for name in OTHER_KINDS {
        if files.config.get(&section, name).is_some() {
            plan.config.push(Change::unset(&section, name));
        }
    }
    plan.config
        .push(Change::set(&section, "region", values.region));
    plan.config
        .push(Change::set(&section, "output", values.output));
    if let Some(url) = values.endpoint_url {
        plan.config.push(Change::set(&section, "endpoint_url", url));
    } else if files.config.get(&section, "endpoint_url").is_some() {
        plan.config.push(Change::unset(&section, "endpoint_url"));
    }
    plan.config.push(Change::set(
        &section,
        "credential_process",
        values.helper_line,
    ));

    plan.credentials = without_static_keys(
        &files.credentials,
        &header(FileKind::Credentials, values.profile),
    );
    plan
}

/// Takes the static keys out of a section, and the section where nothing is left of it.
pub(crate) fn without_static_keys(document: &Document, section: &str) -> Vec<Change> {
    let properties = document.properties(section);
    let is_static = |name: &str| STATIC_KEYS.contains(&name);
    if document.contains(section)
        && !takes_comments_along(document, section)
        && properties.iter().all(|(name, _)| is_static(name))
    {
        return vec![Change::RemoveSection {
            section: section.to_owned(),
        }];
    }
    properties
        .iter()
        .filter(|(name, _)| is_static(name))
        .map(|(name, _)| Change::unset(section, name))
        .collect()
}

/// Whether comments would go with the section. They are the person's own, so then the emptied section stays.
fn takes_comments_along(document: &Document, section: &str) -> bool {
    let comments = |document: &Document| {
        document
            .text()
            .lines()
            .filter(|line| line.trim_start().starts_with(['#', ';']))
            .count()
    };
    let mut without = document.clone();
    without.remove_section(section);
    comments(&without) < comments(document)
}

/// How the helper's line names a profile. Names that some client would mangle get an id, the one they have or a new one.
pub(crate) fn target_for(app: &App, profile: &str) -> Result<(Option<String>, Target), Problem> {
    if helper_line::is_plain_name(profile) {
        return Ok((None, Target::Profile(profile.to_owned())));
    }
    let known = index::entry(&app.places, profile)?.and_then(|entry| entry.opaque_id);
    let id = match known {
        Some(id) => id,
        None => fresh_id(app)?,
    };
    Ok((Some(id.clone()), Target::Id(id)))
}

fn fresh_id(app: &App) -> Result<String, Problem> {
    loop {
        // Any number that is not taken will do: it names nothing outside this machine.
        let id = format!("{:08x}", RandomState::new().build_hasher().finish() as u32);
        if index::profile_of_id(&app.places, &id)?.is_none() {
            return Ok(id);
        }
    }
}

/// Checks the address of a server of another make. Returns it without blanks around it and without a slash at its end.
pub fn check_endpoint(text: &str) -> Result<String, Problem> {
    let wrong = |message: &str, hint: &str| Problem::new(Code::EndpointForm, message, hint);
    const LOOK: &str =
        "An address looks like https://storage.example.com or http://127.0.0.1:9000.";
    let text = text.trim();
    // The parser would drop line breaks and tabs, and the file would get them all the same.
    if text
        .chars()
        .any(|character| character.is_whitespace() || character.is_control())
    {
        return Err(wrong(
            "The address has a blank or a line break in it.",
            LOOK,
        ));
    }
    let url = Url::parse(text).map_err(|_| wrong(&format!("{text:?} is not an address."), LOOK))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
        return Err(wrong(&format!("{text:?} is not a web address."), LOOK));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong(
            "The address holds a name or a password.",
            "Leave them out: the access key is what signs in.",
        ));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("The address has a ? or # part.", LOOK));
    }
    Ok(text.trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_a_bare_web_address() {
        assert_eq!(
            check_endpoint(" http://127.0.0.1:9000/\n").unwrap(),
            "http://127.0.0.1:9000"
        );
        for text in [
            "",
            "127.0.0.1:9000",
            "ftp://x",
            "http://",
            "http://user:pw@x",
            "http://x?y",
            "http://x\ny",
            "not an address",
        ] {
            assert_eq!(
                check_endpoint(text).unwrap_err().code,
                Code::EndpointForm,
                "{text}"
            );
        }
    }
}
