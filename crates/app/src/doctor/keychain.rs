//! Whether the keychain answers, and holds what the profiles point at; how long each key has been there.

use std::time::Duration;

use keywell_vault::is_access_key;
use keywell_wire::{MachineFinding, Remedy, Severity};

use super::{Seen, button, command, counted, finding, sentences};
use crate::{
    App, blocking, hand_out, index,
    problem::{Code, Problem},
    profiles::{self, Files, Source},
};

pub(super) const UNAVAILABLE: &str = "vault.unavailable";

/// From here on a key is worth rotating. AWS's own advice for keys that people use is 90 days ("Rotate access keys" of the
/// IAM user guide; Security Hub control IAM.3).
const OLD: Duration = Duration::from_secs(90 * 24 * 60 * 60);

pub(super) async fn check(app: &App, files: &Files) -> Seen {
    let mut keyed: Vec<(String, Option<String>)> = Vec::new();
    for profile in profiles::names(files) {
        match profiles::source(app, files, &profile) {
            Ok(Source::Keychain { key_id }) => keyed.push((profile, Some(key_id))),
            Ok(Source::KeychainMissing) => keyed.push((profile, None)),
            _ => {}
        }
    }
    let (label, known) = match listed(app).await {
        Ok(listed) => listed,
        Err(problem) => {
            let found = unavailable(&problem, keyed.len());
            return Seen::new("Keychain", problem.message, vec![found]);
        }
    };
    let mut found = Vec::new();
    for (profile, key_id) in keyed {
        let is_there = match key_id {
            Some(key_id) => known.contains(&key_id),
            // The index was lost; the items say whose they are.
            None => !matches!(
                hand_out::find_again(app, &profile).await,
                Err(problem) if problem.code == Code::ProfileSecretMissing
            ),
        };
        if is_there {
            found.extend(old(app, &profile));
        } else {
            found.push(finding(
                "profile.secret_missing",
                Severity::Stop,
                profile.clone(),
                format!("The key of the profile {profile} is not in this keychain"),
                "Programs that use this profile get no credentials.",
                Remedy::SetUp { profile },
            ));
        }
    }
    let state = format!(
        "{label} is open and holds {}.",
        counted(known.len(), "key").to_lowercase()
    );
    Seen::new("Keychain", state, found)
}

/// What a person calls the store, and the IDs of its keys.
async fn listed(app: &App) -> Result<(String, Vec<String>), Problem> {
    let open = app.open_vault.clone();
    blocking(move || {
        let vault = open()?;
        let mut names = vault.list()?;
        names.retain(|name| is_access_key(name));
        Ok((vault.label(), names))
    })
    .await?
}

/// A key may be older than the time it has been here, never younger.
fn old(app: &App, profile: &str) -> Option<MachineFinding> {
    let entry = index::entry(&app.places, profile).ok().flatten()?;
    let age = Duration::from_secs(app.now_seconds().checked_sub(entry.key_stored?)?);
    (age >= OLD).then(|| {
        let days = age.as_secs() / (24 * 60 * 60);
        finding(
            "key.stale",
            Severity::Note,
            profile,
            format!("The key of the profile {profile} has been in use for {days} days"),
            "The longer a key lives, the more places may have seen it. Rotation keeps the old one valid until the new one is proven.",
            Remedy::Rotate {
                profile: profile.to_owned(),
            },
        )
    })
}

fn unavailable(problem: &Problem, profiles: usize) -> MachineFinding {
    let (severity, detail) = match profiles {
        0 => (
            Severity::Warning,
            "No key can be kept safe on this machine.".to_owned(),
        ),
        1 => (
            Severity::Stop,
            "One profile gets no credentials.".to_owned(),
        ),
        count => (
            Severity::Stop,
            format!("{count} profiles get no credentials."),
        ),
    };
    let remedy = match problem.code {
        Code::VaultNoService
        | Code::VaultNoProvider
        | Code::VaultNoKeyring
        | Code::VaultAltered => command("keywell settings set store=file"),
        Code::VaultPassphraseNeeded | Code::VaultNotUnlocked | Code::VaultWrongPassphrase => {
            command("keywell vault unlock")
        }
        Code::VaultCutShort | Code::VaultFileDamaged => command("keywell vault restore BACKUP"),
        // Asking once more is what makes the system show its window.
        _ => button("Ask it again"),
    };
    finding(
        UNAVAILABLE,
        severity,
        problem.code.as_str(),
        problem.message.clone(),
        sentences(&[&detail, &problem.cause, &problem.hint]),
        remedy,
    )
}

/// Writes, reads and deletes a throwaway item, for which the system may ask the person to unlock the keychain.
pub(super) async fn ask_again(app: &App) -> Result<(), Problem> {
    let open = app.open_vault.clone();
    blocking(move || Ok(open()?.probe()?)).await?
}
