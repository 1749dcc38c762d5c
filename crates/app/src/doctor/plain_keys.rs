//! Keys that every program of this person can read.

use keywell_wire::{CopyKind, MachineFinding, PlainKey, Remedy, Severity};

use super::{advice, finding};
use crate::{
    App, migrate,
    profiles::{self, Files, Source},
    setup,
};

pub(super) async fn check(app: &App, files: &Files) -> Vec<MachineFinding> {
    let Ok(list) = migrate::list(app).await else {
        return Vec::new();
    };
    let mut found: Vec<MachineFinding> = list
        .keys
        .into_iter()
        .filter(|key| !setup::is_temporary(&key.key_id))
        .filter_map(|key| plain(app, files, key))
        .collect();
    found.extend(
        list.done
            .into_iter()
            .filter(|migration| !migration.finished)
            .map(|migration| {
                finding(
                    "migration.interrupted",
                    Severity::Warning,
                    migration.id.clone(),
                    format!("Moving the key {} was cut off", migration.key_id),
                    "Its profile works, and the plain copy may still be there.",
                    super::button("Take it back"),
                )
            }),
    );
    found
}

fn plain(app: &App, files: &Files, key: PlainKey) -> Option<MachineFinding> {
    // An entry of another tool's is not plain.
    let places: Vec<&str> = key
        .copies
        .iter()
        .filter(|copy| copy.kind != CopyKind::OtherTool)
        .map(|copy| copy.place.as_str())
        .collect();
    let place = places.first()?;
    let remedy = match key.blocked {
        Some(failure) => advice(failure.hint),
        None => Remedy::Migrate { key: key.id },
    };
    let in_keychain = migrate::plain_copies(files)
        .into_iter()
        .find(|(pair, _, profile)| {
            pair.key_id == key.key_id
                && matches!(
                    profiles::source(app, files, profile),
                    Ok(Source::Keychain { .. } | Source::KeychainMissing)
                )
        });
    if let Some((_, _, profile)) = in_keychain {
        return Some(finding(
            "profile.plain_copy",
            Severity::Warning,
            profile.clone(),
            format!("The profile {profile} has a plain key beside the keychain's"),
            format!(
                "The AWS CLI and boto3 take the plain one, the Rust SDK asks the keychain: after a rotation they act with different keys. It is in {place}."
            ),
            remedy,
        ));
    }
    let detail = match places.len() {
        1 => format!("Every program that you start can read it in {place}."),
        count => format!(
            "Every program that you start can read it, in {count} places: {}.",
            places.join("; ")
        ),
    };
    Some(finding(
        "key.plain",
        Severity::Warning,
        key.key_id.clone(),
        format!("The secret of {} is plain text", key.key_id),
        detail,
        remedy,
    ))
}
