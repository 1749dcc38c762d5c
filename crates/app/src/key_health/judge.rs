//! How a key stands to the policy, and what is to be said of it.

use std::time::{Duration, SystemTime};

use keywell_wire as wire;
use keywell_wire::{HealthKey, KeyFinding, KeyFindingCode, KeyRemedy, KeyState, Severity};

use crate::{cloud::short_key_id, time};

/// A key that was made in the last days is not called unused.
const YOUNG_DAYS: u32 = 7;

/// The managed policies that AWS attaches to a user whose key it found in public: V1, V2 and V3.
const QUARANTINE: &str = "AWSCompromisedKeyQuarantine";

pub(super) fn is_quarantine(policy: &str) -> bool {
    policy.starts_with(QUARANTINE)
}

/// The ages, in days, from which on a key is due or called unused.
#[derive(Debug, Clone, Copy)]
pub(super) struct Policy {
    pub rotate_after: u32,
    pub unused_after: u32,
}

/// What is known of a key before it is judged.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    pub user: String,
    pub is_root: bool,
    pub key_id: Option<String>,
    pub active: bool,
    pub created: Option<SystemTime>,
    pub last_used: Option<SystemTime>,
    pub service: Option<String>,
    pub region: Option<String>,
    pub description: Option<String>,
    pub profiles: Vec<String>,
    pub quarantined: bool,
    /// Last uses could not be read: none known is not "never".
    pub use_unknown: bool,
}

/// Whole days since a time. A clock that is slow makes no negative age.
pub(super) fn days_since(now: SystemTime, at: SystemTime) -> u32 {
    let days = now.duration_since(at).unwrap_or(Duration::ZERO).as_secs() / 86_400;
    days.try_into().unwrap_or(u32::MAX)
}

pub(super) fn judged(now: SystemTime, policy: Policy, facts: Facts) -> HealthKey {
    let age_days = facts.created.map(|created| days_since(now, created));
    let unused_days = facts.last_used.map(|used| days_since(now, used));
    let age = age_days.unwrap_or_default();
    let state = if !facts.active {
        KeyState::Inactive
    } else if unused_days.is_none() && !facts.use_unknown && age >= YOUNG_DAYS {
        KeyState::NeverUsed
    } else if unused_days.is_some_and(|days| days > policy.unused_after) {
        KeyState::Unused
    } else if age > policy.rotate_after.saturating_mul(2) {
        KeyState::Overdue
    } else if age > policy.rotate_after {
        KeyState::Due
    } else {
        KeyState::Fine
    };
    let in_use = matches!(state, KeyState::Fine | KeyState::Due | KeyState::Overdue);
    let due_in_days = age_days.filter(|_| in_use).map(|age| {
        let due = i64::from(policy.rotate_after) - i64::from(age);
        i32::try_from(due).unwrap_or(i32::MIN)
    });
    HealthKey {
        user: facts.user,
        is_root: facts.is_root,
        key_id: facts.key_id,
        active: facts.active,
        created: facts.created.map(time::rfc3339),
        age_days,
        last_used: facts.last_used.map(time::rfc3339),
        last_used_service: facts.service,
        last_used_region: facts.region,
        description: facts.description,
        profiles: facts.profiles,
        state,
        due_in_days,
        quarantined: facts.quarantined,
    }
}

/// A key as a person calls it: by its ID where that is known.
fn named(key: &HealthKey) -> String {
    match &key.key_id {
        Some(key_id) => format!("{} of {}", short_key_id(key_id), key.user),
        None => format!("A key of {}", key.user),
    }
}

/// A user's name as an argument of a command; IAM takes no character that a shell would read.
fn acting(asked_by: &str, user: &str) -> String {
    format!(
        "--user {user} --profile {}",
        crate::doctor::quoted(asked_by)
    )
}

/// What is to be said of a key. One that nothing uses is told as that, and not as old too.
pub(super) fn findings(
    policy: Policy,
    asked_by: &str,
    key: &HealthKey,
    now: SystemTime,
) -> Vec<KeyFinding> {
    let mut found = Vec::new();
    let age = key.age_days.unwrap_or_default();
    let unused = key
        .last_used
        .as_deref()
        .and_then(time::parse_rfc3339)
        .map(|used| days_since(now, used));
    let finding = |code, severity, message: String, detail: &str, (remedy, command)| KeyFinding {
        code,
        severity,
        asked_by: Some(asked_by.to_owned()),
        user: Some(key.user.clone()),
        key_id: key.key_id.clone(),
        profiles: key.profiles.clone(),
        message,
        detail: detail.to_owned(),
        remedy,
        command,
    };
    if key.is_root {
        found.push(finding(
            KeyFindingCode::Root,
            Severity::Stop,
            "The root user has an access key".to_owned(),
            "Nothing can limit what it may do. Make an IAM user with a key of its own, move what uses this one, then delete it in the console.",
            (KeyRemedy::Advice { text: "Delete it in the AWS console, signed in as the root user.".to_owned() }, None),
        ));
        return found;
    }
    if key.quarantined {
        found.push(finding(
            KeyFindingCode::Quarantined,
            Severity::Stop,
            format!("AWS has quarantined {}", key.user),
            "AWS found a key of this user in public and attached a policy that denies what thieves do. Somebody else may have the secret.",
            replace(asked_by, key),
        ));
    }
    match key.state {
        KeyState::Inactive => {
            let quiet = unused.unwrap_or(age);
            if quiet > policy.unused_after {
                found.push(finding(
                    KeyFindingCode::Forgotten,
                    Severity::Note,
                    format!("{} is inactive and forgotten", named(key)),
                    "It takes one of the user's two places. Delete it if nothing will need it again.",
                    open(asked_by, key, "delete"),
                ));
            }
        }
        KeyState::NeverUsed => found.push(finding(
            KeyFindingCode::NeverUsed,
            Severity::Warning,
            format!("{} was never used in {age} days", named(key)),
            "A key that nobody uses is only a risk. Deactivate it first; deleting can wait.",
            deactivate(asked_by, key),
        )),
        KeyState::Unused => found.push(finding(
            KeyFindingCode::Unused,
            Severity::Warning,
            format!(
                "{} was last used {} days ago",
                named(key),
                unused.unwrap_or_default()
            ),
            "A key that nobody uses is only a risk. Deactivate it first; deleting can wait.",
            deactivate(asked_by, key),
        )),
        KeyState::Due | KeyState::Overdue => found.push(finding(
            KeyFindingCode::Old,
            if key.state == KeyState::Overdue {
                Severity::Stop
            } else {
                Severity::Warning
            },
            format!("{} is {age} days old", named(key)),
            "The longer a secret is about, the more places have seen it.",
            replace(asked_by, key),
        )),
        KeyState::Fine => {}
    }
    found
}

type Mend = (KeyRemedy, Option<String>);

fn replace(asked_by: &str, key: &HealthKey) -> Mend {
    match key.profiles.first() {
        Some(profile) => (
            KeyRemedy::Rotate {
                profile: profile.clone(),
            },
            Some(format!(
                "keywell key rotate --profile {}",
                crate::doctor::quoted(profile)
            )),
        ),
        None => open(asked_by, key, "list"),
    }
}

fn deactivate(asked_by: &str, key: &HealthKey) -> Mend {
    let Some(key_id) = &key.key_id else {
        return open(asked_by, key, "list");
    };
    (
        KeyRemedy::Deactivate {
            profile: asked_by.to_owned(),
            user: key.user.clone(),
            key_id: key_id.clone(),
        },
        Some(format!(
            "keywell key deactivate {key_id} {}",
            acting(asked_by, &key.user)
        )),
    )
}

fn open(asked_by: &str, key: &HealthKey, verb: &str) -> Mend {
    let remedy = KeyRemedy::OpenUser {
        profile: asked_by.to_owned(),
        user: key.user.clone(),
    };
    let command = match &key.key_id {
        Some(key_id) if verb != "list" => format!(
            "keywell key {verb} {key_id} {}",
            acting(asked_by, &key.user)
        ),
        _ => format!("keywell key list {}", acting(asked_by, &key.user)),
    };
    (remedy, Some(command))
}

/// Most urgent first; within that the oldest, by name.
pub(super) fn sort(findings: &mut [wire::KeyFinding]) {
    findings.sort_by_key(|finding| match finding.severity {
        Severity::Stop => 0,
        Severity::Warning => 1,
        Severity::Note => 2,
    });
}
