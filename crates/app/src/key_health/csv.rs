//! The keys as a csv.

use keywell_wire::{KeyHealth, KeyState};

const HEADING: [&str; 13] = [
    "account",
    "profile",
    "user",
    "access_key_id",
    "state",
    "created",
    "age_days",
    "last_used",
    "service",
    "region",
    "description",
    "profiles_here",
    "findings",
];

/// The keys with a heading, one row for each (RFC 4180).
pub fn csv(health: &KeyHealth) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Writing into memory does not fail, and every row has as many cells as the heading.
    let _ = writer.write_record(HEADING);
    for account in &health.accounts {
        for key in &account.keys {
            let said: Vec<&str> = health
                .findings
                .iter()
                .filter(|finding| match (&finding.key_id, &key.key_id) {
                    (Some(named), Some(key_id)) => named == key_id,
                    (None, _) => {
                        finding.asked_by.as_ref() == Some(&account.profile)
                            && finding.user.as_ref() == Some(&key.user)
                    }
                    _ => false,
                })
                .map(|finding| finding.message.as_str())
                .collect();
            let text = |value: &Option<String>| value.clone().unwrap_or_default();
            let row = [
                text(&account.account_id),
                account.profile.clone(),
                key.user.clone(),
                text(&key.key_id),
                state_word(&key.state).to_owned(),
                text(&key.created),
                key.age_days
                    .map(|days| days.to_string())
                    .unwrap_or_default(),
                text(&key.last_used),
                text(&key.last_used_service),
                text(&key.last_used_region),
                text(&key.description),
                key.profiles.join(" "),
                said.join("; "),
            ];
            let _ = writer.write_record(row.map(|cell| inert(&cell)));
        }
    }
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}

/// The states as programs read them.
pub fn state_word(state: &KeyState) -> &'static str {
    match state {
        KeyState::Fine => "fine",
        KeyState::Due => "due",
        KeyState::Overdue => "overdue",
        KeyState::Unused => "unused",
        KeyState::NeverUsed => "never-used",
        KeyState::Inactive => "inactive",
    }
}

/// A name from elsewhere must not be a formula where the csv is opened.
fn inert(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}
