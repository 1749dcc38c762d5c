//! The profiles of the AWS files, joined with what Keywell knows of them.

mod change;
pub(crate) mod edit;
mod fields;
mod raw;
mod sections;
mod settings;
mod show;
pub(crate) mod shown;
pub(crate) mod step;
pub(crate) mod together;

use std::path::Path;

pub(crate) use change::exists_already;
pub use change::{copy, mark_production, remove, remove_for, rename, set_group, set_in_use};
pub use fields::fields;
use keywell_aws_files::{
    Document, EditError, FileError, FileErrorKind, FileKind, check_profile_name, header, profile_of,
};
use keywell_vault::{Item, Secret, VaultError};
pub use raw::{preview_text, save_text};
pub use sections::{change_section, preview_section, sections};
pub use settings::{preview, save, save_seen};
pub(crate) use show::{findings, identity_card, mending};
pub use show::{list, row, show};

use crate::{
    App, blocking,
    cloud::AccessKeyPair,
    helper_line::{self, Target},
    index,
    problem::{Code, Problem},
};

/// Whether the value of a property is a secret, which is never listed. Names ignore case, as in the SDKs;
/// `aws_security_token` is boto's old name of the session token, which botocore still reads.
pub(crate) fn is_secret(property: &str) -> bool {
    [
        "aws_secret_access_key",
        "aws_session_token",
        "aws_security_token",
    ]
    .iter()
    .any(|name| name.eq_ignore_ascii_case(property))
}

/// Both files as they are now; a missing file is an empty one.
#[derive(Default)]
pub(crate) struct Files {
    pub config: Document,
    pub credentials: Document,
}

/// How a profile comes to its credentials.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Source {
    /// Our helper's line, and a key in the index.
    Keychain {
        key_id: String,
    },
    /// Our helper's line, but no key is known for it.
    KeychainMissing,
    /// Static keys in one of the files.
    Plain {
        pair: AccessKeyPair,
        file: FileKind,
    },
    Other(OtherSource),
    Empty,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OtherSource {
    Role,
    SignIn,
    WebIdentity,
    Process,
}

pub(crate) fn read_files(app: &App) -> Result<Files, Problem> {
    Ok(Files {
        config: read_file(&app.places.config_file)?,
        credentials: read_file(&app.places.credentials_file)?,
    })
}

/// A file as it is now; one that is not there is empty.
pub(crate) fn read_file(path: &Path) -> Result<Document, Problem> {
    match keywell_aws_files::read(path) {
        Ok(document) => Ok(document.unwrap_or_else(|| Document::parse(""))),
        Err(error) => Err(file_problem(&error)),
    }
}

fn edit_code(error: &EditError) -> Code {
    match error {
        EditError::Conflict(_) => Code::FilesConflict,
        EditError::SectionExists(_) | EditError::Refused(_) => Code::FilesEdit,
        _ => Code::FilesValue,
    }
}

pub(crate) fn edit_problem(error: &EditError) -> Problem {
    Problem::new(edit_code(error), error.to_string(), error.hint())
}

pub(crate) fn file_problem(error: &FileError) -> Problem {
    use FileErrorKind as Kind;
    let code = match &error.kind {
        Kind::NotUtf8 { .. } | Kind::Nul { .. } | Kind::Utf16 => Code::FilesNotText,
        Kind::Unreadable | Kind::Directory | Kind::NotRegular | Kind::TooLarge => {
            Code::FilesUnreadable
        }
        Kind::Locked | Kind::Changing => Code::FilesChanged,
        Kind::Edit(error) => edit_code(error),
        Kind::NotWritable | Kind::OtherOwner | Kind::Link | Kind::NoSpace | Kind::Unwritable => {
            Code::FilesUnwritable
        }
    };
    let cause = std::error::Error::source(error)
        .map(ToString::to_string)
        .unwrap_or_default();
    Problem::new(code, error.message(), error.hint()).because(cause)
}

/// Names in the order of the files: config first, then those that only the credentials file has.
pub(crate) fn names(files: &Files) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (kind, document) in [
        (FileKind::Config, &files.config),
        (FileKind::Credentials, &files.credentials),
    ] {
        for section in document.sections() {
            if let Some(name) = profile_of(kind, &section.header)
                && !names.contains(&name)
            {
                names.push(name);
            }
        }
    }
    names
}

/// The profile that this one acts through.
pub(crate) fn source_profile(files: &Files, profile: &str) -> Option<String> {
    files
        .config
        .get(&header(FileKind::Config, profile), "source_profile")
        .filter(|source| !source.is_empty())
}

/// The names of the sections of a kind: `sso-session`, `services`.
pub(crate) fn sections_of(files: &Files, kind: &str) -> Vec<String> {
    let mut names: Vec<String> = files
        .config
        .sections()
        .iter()
        .filter_map(|section| {
            Some(
                section
                    .header
                    .strip_prefix(kind)?
                    .strip_prefix(' ')?
                    .to_owned(),
            )
        })
        .collect();
    names.dedup();
    names
}

/// The section that clients read under a header: `[profile default]` in place of `[default]` where both are there.
pub(crate) fn section_read(document: &Document, header: &str) -> String {
    let prefixed = "profile default";
    let hidden = header == "default"
        && document
            .sections()
            .iter()
            .any(|found| found.header == prefixed);
    if hidden { prefixed } else { header }.to_owned()
}

pub fn exists(app: &App, profile: &str) -> Result<bool, Problem> {
    Ok(has(&read_files(app)?, profile))
}

pub(crate) fn has(files: &Files, profile: &str) -> bool {
    files.config.contains(&header(FileKind::Config, profile))
        || files
            .credentials
            .contains(&header(FileKind::Credentials, profile))
}

pub(crate) fn missing(profile: &str) -> Problem {
    Problem::new(
        Code::ProfileMissing,
        format!("There is no profile {profile}."),
        "List the profiles with: keywell profile list",
    )
}

pub(crate) fn secret_missing(profile: &str) -> Problem {
    Problem::new(
        Code::ProfileSecretMissing,
        format!("The key of the profile {profile} is not in this keychain."),
        "Set the key up again: keywell setup --profile NAME --replace",
    )
    .because("The profile points at Keywell, but Keywell holds no key for it on this machine.")
}

/// Checks a name that a profile is to get.
pub(crate) fn check_name(profile: &str) -> Result<(), Problem> {
    check_profile_name(profile)
        .map_err(|problem| Problem::new(Code::ProfileName, problem.to_string(), problem.hint()))
}

/// Where the profile's credentials come from. The keychain comes first: where the files hold a plain copy beside it,
/// that is a finding, not a second answer.
pub(crate) fn source(app: &App, files: &Files, profile: &str) -> Result<Source, Problem> {
    if !has(files, profile) {
        return Err(missing(profile));
    }
    let config_header = header(FileKind::Config, profile);
    let config = |name: &str| {
        files
            .config
            .get(&config_header, name)
            .filter(|value| !value.is_empty())
    };
    if let Some(target) = line_target(files, profile) {
        let owner = match target {
            Target::Profile(owner) => Some(owner),
            Target::Id(id) => index::profile_of_id(&app.places, &id)?,
        };
        // A line may stand for a role of another profile, whose sessions Keywell hands out.
        if let Some(owner) = owner.as_ref().filter(|owner| *owner != profile)
            && files
                .config
                .get(&header(FileKind::Config, owner), "role_arn")
                .is_some()
            && line_target(files, owner).is_none()
        {
            return Ok(Source::Other(OtherSource::Role));
        }
        let entry = match owner {
            Some(owner) => index::entry(&app.places, &owner)?,
            None => None,
        };
        return Ok(match entry.and_then(|entry| entry.key_id) {
            Some(key_id) => Source::Keychain { key_id },
            None => Source::KeychainMissing,
        });
    }
    if config("role_arn").is_some() {
        return Ok(Source::Other(
            if config("web_identity_token_file").is_some() {
                OtherSource::WebIdentity
            } else {
                OtherSource::Role
            },
        ));
    }
    if ["sso_session", "sso_start_url", "login_session"]
        .iter()
        .any(|name| config(name).is_some())
    {
        return Ok(Source::Other(OtherSource::SignIn));
    }
    if let Some((pair, file)) = plain_pair(files, profile) {
        return Ok(Source::Plain { pair, file });
    }
    if config("credential_process").is_some() {
        return Ok(Source::Other(OtherSource::Process));
    }
    Ok(Source::Empty)
}

/// What the profile's `credential_process` names, when it is a line of ours.
pub(crate) fn line_target(files: &Files, profile: &str) -> Option<Target> {
    let line = files
        .config
        .get(&header(FileKind::Config, profile), "credential_process")?;
    helper_line::read(&line)
}

/// Static keys of a profile; those of the credentials file win, as in botocore.
pub(crate) fn plain_pair(files: &Files, profile: &str) -> Option<(AccessKeyPair, FileKind)> {
    [
        (FileKind::Credentials, &files.credentials),
        (FileKind::Config, &files.config),
    ]
    .into_iter()
    .find_map(|(kind, document)| {
        let section = header(kind, profile);
        let value = |name: &str| {
            document
                .get(&section, name)
                .filter(|value| !value.is_empty())
        };
        Some((
            AccessKeyPair {
                key_id: value("aws_access_key_id")?,
                secret: Secret::new(value("aws_secret_access_key")?),
                session_token: value("aws_session_token")
                    .or_else(|| value("aws_security_token"))
                    .map(Secret::new),
            },
            kind,
        ))
    })
}

/// Every static secret that the files hold for a profile, whichever of them clients would use.
pub(crate) fn plain_secrets(files: &Files, profile: &str) -> Vec<Secret> {
    [
        (FileKind::Credentials, &files.credentials),
        (FileKind::Config, &files.config),
    ]
    .into_iter()
    .filter_map(|(kind, document)| {
        document
            .get(&header(kind, profile), "aws_secret_access_key")
            .filter(|value| !value.is_empty())
            .map(Secret::new)
    })
    .collect()
}

/// The IDs of the keys that sign for a profile: its own, and those of the profiles it acts through (`source_profile`).
pub(crate) fn keys_behind(app: &App, profile: &str) -> Result<Vec<String>, Problem> {
    let files = read_files(app)?;
    let mut keys = Vec::new();
    let mut seen: Vec<String> = Vec::new();
    let mut next = Some(profile.to_owned());
    while let Some(name) = next
        .take()
        .filter(|name| has(&files, name) && !seen.contains(name))
    {
        match source(app, &files, &name)? {
            Source::Keychain { key_id } => keys.push(key_id),
            Source::Plain { pair, .. } => keys.push(pair.key_id),
            Source::KeychainMissing | Source::Other(_) | Source::Empty => {}
        }
        next = files
            .config
            .get(&header(FileKind::Config, &name), "source_profile");
        seen.push(name);
    }
    Ok(keys)
}

/// The profiles whose own key is in the keychain.
pub fn with_kept_keys(app: &App) -> Result<Vec<String>, Problem> {
    let files = read_files(app)?;
    let mut kept = Vec::new();
    for profile in names(&files) {
        if let Source::Keychain { .. } = source(app, &files, &profile)? {
            kept.push(profile);
        }
    }
    Ok(kept)
}

/// The key of a keychain-backed profile, from the keychain.
pub(crate) async fn pair_from_vault(
    app: &App,
    profile: &str,
    key_id: &str,
) -> Result<AccessKeyPair, Problem> {
    let open = app.open_vault.clone();
    let wanted = key_id.to_owned();
    let item = blocking(move || open().and_then(|vault| vault.get(&wanted))).await?;
    pair_of_item(profile, item)
}

/// The same for who may wait.
pub(crate) fn pair_from_vault_now(
    app: &App,
    profile: &str,
    key_id: &str,
) -> Result<AccessKeyPair, Problem> {
    let item = (app.open_vault)().and_then(|vault| vault.get(key_id));
    pair_of_item(profile, item)
}

fn pair_of_item(profile: &str, item: Result<Item, VaultError>) -> Result<AccessKeyPair, Problem> {
    match item {
        Ok(item) => Ok(AccessKeyPair {
            key_id: item.key_id,
            secret: item.secret,
            session_token: item.session_token,
        }),
        Err(error) if error.kind == keywell_vault::ErrorKind::NoEntry => {
            Err(secret_missing(profile))
        }
        Err(error) => Err(error.into()),
    }
}
