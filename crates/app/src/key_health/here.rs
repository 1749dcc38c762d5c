//! What the profiles and files of this machine hold, beside what AWS says of it.

use keywell_wire as wire;
use keywell_wire::{KeyFinding, KeyFindingCode, KeyRemedy, PlainKey, ProfileRow, Severity};

use crate::{App, cloud::short_key_id, doctor::quoted, migrate, problem::Problem, setup};

fn finding(
    code: KeyFindingCode,
    severity: Severity,
    key_id: Option<&str>,
    profiles: Vec<String>,
    (message, detail): (String, String),
    (remedy, command): (KeyRemedy, Option<String>),
) -> KeyFinding {
    KeyFinding {
        code,
        severity,
        asked_by: None,
        user: None,
        key_id: key_id.map(str::to_owned),
        profiles,
        message,
        detail,
        remedy,
        command,
    }
}

/// The long-term keys of this machine that lie as plain text.
///
/// # Errors
/// When they can not be looked for: a check for plain keys must not pass for that.
pub(super) async fn plain_keys(app: &App) -> Result<Vec<PlainKey>, Problem> {
    let mut keys = migrate::list(app).await?.keys;
    keys.retain(|key| !setup::is_temporary(&key.key_id));
    Ok(keys)
}

/// Plain copies, keys in several places, and root keys.
pub(super) fn findings(local: &[ProfileRow], plain: &[PlainKey]) -> Vec<KeyFinding> {
    let mut found = Vec::new();
    for key in plain {
        let places: Vec<&str> = key
            .copies
            .iter()
            .filter(|copy| copy.kind != wire::CopyKind::OtherTool)
            .map(|copy| copy.place.as_str())
            .collect();
        if places.is_empty() {
            continue;
        }
        let remedy = match &key.blocked {
            Some(failure) => (
                KeyRemedy::Advice {
                    text: failure.hint.clone(),
                },
                None,
            ),
            None => (
                KeyRemedy::Migrate {
                    key: key.id.clone(),
                },
                Some(format!("keywell profile migrate {}", key.id)),
            ),
        };
        found.push(finding(
            KeyFindingCode::Plain,
            Severity::Stop,
            Some(&key.key_id),
            key.profiles.clone(),
            (
                format!(
                    "The secret of {} is plain text on this machine",
                    short_key_id(&key.key_id)
                ),
                format!(
                    "Every program that you start can read it: {}.",
                    places.join("; ")
                ),
            ),
            remedy,
        ));
    }
    found.extend(several(local, plain));
    for row in local {
        let is_root = row
            .identity
            .as_ref()
            .is_some_and(|card| card.kind == wire::IdentityKind::Root);
        if is_root && row.key_id.is_some() {
            found.push(finding(
                KeyFindingCode::Root,
                Severity::Stop,
                row.key_id.as_deref(),
                vec![row.name.clone()],
                (
                    format!("{} holds a key of the root user", row.name),
                    "Nothing can limit what it may do.".to_owned(),
                ),
                (
                    KeyRemedy::Advice {
                        text: "Make an IAM user with a key of its own, then delete this one in the console.".to_owned(),
                    },
                    None,
                ),
            ));
        }
    }
    found
}

/// Keys that are in more than one place: profiles, and plain copies.
fn several(local: &[ProfileRow], plain: &[PlainKey]) -> Vec<KeyFinding> {
    let mut key_ids: Vec<&str> = local
        .iter()
        .filter_map(|row| row.key_id.as_deref())
        .collect();
    key_ids.sort_unstable();
    key_ids.dedup();
    key_ids
        .into_iter()
        .filter_map(|key_id| {
            let profiles: Vec<String> = holders(local, key_id);
            let is_kept = local.iter().any(|row| {
                row.key_id.as_deref() == Some(key_id) && row.secret == wire::SecretPlace::Keychain
            });
            let copies = plain
                .iter()
                .filter(|key| key.key_id == key_id)
                .map(|key| key.copies.len())
                .sum::<usize>();
            let places = usize::from(is_kept) + copies;
            if places < 2 && profiles.len() < 2 {
                return None;
            }
            let (severity, detail) = if places < 2 {
                (Severity::Note, "They share one key in the keychain: what one of them does looks like the others, and a rotation switches all of them.".to_owned())
            } else {
                (Severity::Warning, format!("It lies in {places} places. After a rotation the ones that are left behind stop working."))
            };
            let message = match profiles.as_slice() {
                [one] => format!("The key of {one} is in several places"),
                several => format!("{} use the same key", several.join(", ")),
            };
            Some(finding(
                KeyFindingCode::Several,
                severity,
                Some(key_id),
                profiles,
                (message, detail),
                (
                    KeyRemedy::Advice {
                        text: "Give each program a key of its own, so that each can be rotated and shut off alone.".to_owned(),
                    },
                    None,
                ),
            ))
        })
        .collect()
}

pub(super) fn holders(local: &[ProfileRow], key_id: &str) -> Vec<String> {
    local
        .iter()
        .filter(|row| row.key_id.as_deref() == Some(key_id))
        .map(|row| row.name.clone())
        .collect()
}

/// A profile whose key AWS does not know.
pub(super) fn gone(row: &ProfileRow, user: Option<&str>) -> KeyFinding {
    let name = &row.name;
    let (code, message, detail) = match user {
        Some(user) => (
            KeyFindingCode::DeletedUser,
            format!("The user of {name}’s key does not exist"),
            format!("{user} was deleted, and its keys with it."),
        ),
        None => (
            KeyFindingCode::Gone,
            format!("The key of {name} does not work"),
            "It was deleted or deactivated, or belongs to another account.".to_owned(),
        ),
    };
    finding(
        code,
        Severity::Warning,
        row.key_id.as_deref(),
        vec![name.clone()],
        (message, detail),
        (
            KeyRemedy::SetUp {
                profile: name.clone(),
            },
            Some(format!(
                "keywell setup --profile {} --replace",
                quoted(name)
            )),
        ),
    )
}
