//! Mends a finding whose remedy is a button.

use keywell_wire as wire;
use tokio_util::sync::CancellationToken;

use super::{examine, files, keychain, profiles as checks, quoted, sessions};
use crate::{
    App, migrate,
    problem::{Code, Problem},
    profiles::{self, read_files},
};

/// Mends the finding of this code about this subject; about the first one where none is named. Returns what can be
/// undone of it.
///
/// # Errors
/// [`Code::DoctorNoFinding`] when there is no such finding now, [`Code::DoctorNoFix`] when only a person can mend it.
pub async fn fix(
    app: &App,
    code: &str,
    subject: Option<&str>,
) -> Result<wire::DoctorFixed, Problem> {
    let report = examine(app, false, &CancellationToken::new()).await?;
    let found = report
        .findings
        .into_iter()
        .find(|found| found.code == code && subject.is_none_or(|subject| found.subject == subject))
        .ok_or_else(|| {
            Problem::new(
                Code::DoctorNoFinding,
                format!("There is no finding {code} on this machine."),
                "See what there is with: keywell doctor",
            )
        })?;
    let subject = found.subject.as_str();
    let undo = match (found.code.as_str(), &found.remedy) {
        (files::PERMISSIONS, _) => {
            keep_to_owner(app, subject)?;
            None
        }
        (keychain::UNAVAILABLE, wire::Remedy::Fix { .. }) => {
            keychain::ask_again(app).await?;
            None
        }
        (code, wire::Remedy::Fix { .. }) if code.starts_with(sessions::KEPT) => {
            crate::sessions::start_anew(app).await?;
            None
        }
        (checks::HELPER, _) => {
            let line = checks::helper_line_for(app, subject);
            set(app, subject, "credential_process", line).await?
        }
        (checks::CA_BUNDLE, _) => set(app, subject, "ca_bundle", None).await?,
        (checks::NO_REGION, _) => {
            let region = checks::region_for(app, &read_files(app)?);
            set(app, subject, "region", Some(region)).await?
        }
        ("migration.interrupted", _) => {
            migrate::undo(app, subject).await?;
            None
        }
        (_, wire::Remedy::Migrate { key }) => {
            let request = migrate::Request {
                key: key.clone(),
                new_profile: None,
                ask_network: true,
            };
            migrate::run(app, &request, &|_| {}, &CancellationToken::new()).await?;
            None
        }
        (_, wire::Remedy::Command { command }) => return Err(by_hand(&found.message, command)),
        (_, wire::Remedy::SetUp { profile }) => {
            let command = format!("keywell setup --profile {} --replace", quoted(profile));
            return Err(by_hand(&found.message, &command));
        }
        (_, wire::Remedy::Rotate { profile }) => {
            let command = format!("keywell key rotate --profile {}", quoted(profile));
            return Err(by_hand(&found.message, &command));
        }
        (_, wire::Remedy::Repair { file }) => crate::files::repair_file(app, file).await?.undo,
        (_, wire::Remedy::Fix { .. }) => None,
    };
    Ok(wire::DoctorFixed {
        message: found.message,
        undo,
    })
}

fn by_hand(message: &str, command: &str) -> Problem {
    Problem::new(
        Code::DoctorNoFix,
        format!("Keywell can not mend this by itself: {message}."),
        format!("Run: {command}"),
    )
}

async fn set(
    app: &App,
    profile: &str,
    name: &str,
    value: Option<String>,
) -> Result<Option<wire::Undo>, Problem> {
    Ok(
        profiles::save(app, profile, false, &[(name.to_owned(), value)])
            .await?
            .undo,
    )
}

/// Takes away what the group and others may do with a file, or may change in a folder.
#[cfg(unix)]
fn keep_to_owner(app: &App, shown: &str) -> Result<(), Problem> {
    use std::os::unix::fs::PermissionsExt;

    let places = &app.places;
    let folder = places.config_file.parent().unwrap_or(&places.home);
    let paths = [&places.config_file, &places.credentials_file];
    for path in paths.into_iter().map(|path| path.as_path()).chain([folder]) {
        if app.shown(path) != shown {
            continue;
        }
        let set = std::fs::metadata(path).and_then(|known| {
            let kept = if known.is_dir() { 0o755 } else { 0o700 };
            let mode = known.permissions().mode() & kept;
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
        });
        set.map_err(|error| {
            Problem::new(
                Code::FilesUnwritable,
                format!("The permissions of {shown} can not be changed."),
                "Only its owner can change them.",
            )
            .because(error.to_string())
        })?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn keep_to_owner(_app: &App, _shown: &str) -> Result<(), Problem> {
    Ok(())
}
