//! Keys that every program of this person can read.

use std::collections::BTreeSet;

use keywell_wire::{CopyKind, MachineFinding, MigrationList, PlainKey, Remedy, Severity};

use super::{Seen, command, counted, finding, quoted, sentences};
use crate::{
    App,
    files::{self as clients},
    migrate,
    profiles::{self, Files, Source},
    setup,
};

pub(super) async fn check(app: &App, files: &Files) -> Seen {
    let Ok(list) = migrate::list(app).await else {
        return Seen::default();
    };
    let mut found = two_secrets(&list);
    let plain: Vec<&PlainKey> = list
        .keys
        .iter()
        .filter(|key| !setup::is_temporary(&key.key_id))
        .collect();
    found.extend(plain.iter().filter_map(|key| one(app, files, key)));
    found.extend(
        list.done
            .iter()
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
    let lying = plain.iter().filter(|key| !places(key).is_empty()).count();
    let elsewhere = plain.len() - lying;
    let mut state = match lying {
        0 => "No key lies about as plain text.".to_owned(),
        count => format!("{} as plain text.", counted(count, "key")),
    };
    if elsewhere > 0 {
        state.push_str(&format!(
            " {} in other tools' stores.",
            counted(elsewhere, "key")
        ));
    }
    for unread in &list.unread {
        state.push_str(&format!(" {}", unread.failure.message));
    }
    Seen::new("Plain keys", state, found)
}

/// Where a key lies as plain text: an entry of another tool's is not plain.
fn places(key: &PlainKey) -> Vec<&str> {
    key.copies
        .iter()
        .filter(|copy| copy.kind != CopyKind::OtherTool)
        .map(|copy| copy.place.as_str())
        .collect()
}

/// One ID with more than one secret.
fn two_secrets(list: &MigrationList) -> Vec<MachineFinding> {
    let ids: BTreeSet<&str> = list.keys.iter().map(|key| key.key_id.as_str()).collect();
    ids.into_iter()
        .filter_map(|id| {
            let copies: Vec<&PlainKey> = list.keys.iter().filter(|key| key.key_id == id).collect();
            let [first, _, ..] = copies[..] else {
                return None;
            };
            let groups: Vec<String> = copies
                .iter()
                .map(|key| {
                    let places: Vec<&str> =
                        key.copies.iter().map(|copy| copy.place.as_str()).collect();
                    places.join("; ")
                })
                .collect();
            Some(finding(
                "key.two_secrets",
                Severity::Warning,
                id,
                format!("{id} lies about with {} different secrets", copies.len()),
                format!(
                    "A key has one secret, so only one of these is right: {}. AWS is asked before anything is moved, and refuses a wrong one.",
                    groups.join(" | ")
                ),
                Remedy::Migrate {
                    key: first.id.clone(),
                },
            ))
        })
        .collect()
}

fn one(app: &App, files: &Files, key: &PlainKey) -> Option<MachineFinding> {
    let places = places(key);
    let place = places.first()?;
    let (remedy, blocked) = match &key.blocked {
        Some(failure) => (
            by_hand(key),
            format!("{} {}", failure.message, failure.hint),
        ),
        None => (
            Remedy::Migrate {
                key: key.id.clone(),
            },
            String::new(),
        ),
    };
    let parted = migrate::plain_copies(files)
        .into_iter()
        .filter(|(pair, ..)| pair.key_id == key.key_id)
        .find_map(|(_, _, profile)| {
            let explanation = clients::explain_in(app, files, &profile).ok()?;
            let traps = clients::traps(app, &explanation);
            traps.split.is_some().then(|| (profile, traps.words()))
        });
    if let Some((profile, who)) = parted {
        let in_keychain = matches!(
            profiles::source(app, files, &profile),
            Ok(Source::Keychain { .. } | Source::KeychainMissing)
        );
        let (code, message, meaning) = if in_keychain {
            (
                "profile.plain_copy",
                format!("The profile {profile} has a plain key beside the keychain's"),
                "After a rotation programs act with different keys.",
            )
        } else {
            (
                "profile.precedence",
                format!("Programs take different credentials from the profile {profile}"),
                "",
            )
        };
        return Some(finding(
            code,
            Severity::Warning,
            profile,
            message,
            sentences(&[meaning, &who, &blocked]),
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
        key.id.clone(),
        format!("The secret of {} is plain text", key.key_id),
        sentences(&[&detail, &blocked]),
        remedy,
    ))
}

/// What a person does with a key that can not be moved as it is.
fn by_hand(key: &PlainKey) -> Remedy {
    match key.profiles.first() {
        Some(profile) if !key.new_profile => command(format!(
            "keywell profile copy {profile} {profile}-key",
            profile = quoted(profile)
        )),
        _ => command(format!("keywell setup --key-id {}", key.key_id)),
    }
}
