//! The two keys that a user may have, and the way out when both are taken.

use std::time::{Duration, SystemTime};

use keywell_wire as wire;

use super::holders;
use crate::{
    App,
    cloud::{AccessKey, Account, LastUsed, short_key_id},
    problem::{Code, Problem},
    profiles, time, users,
};

/// AWS allows a user two access keys; inactive ones count ("IAM and AWS STS quotas").
pub(super) const KEYS_PER_USER: u32 = 2;

/// A key this young is not called unused: its first use may still be ahead, or not yet reported.
const YOUNG: Duration = Duration::from_secs(24 * 3600);

/// The key that is missed least when there is room for no other: an inactive one, then one that was never used, then
/// the one whose last use is the longest ago. A new key counts as used when it was made.
pub(super) fn spare(keys: &[(AccessKey, LastUsed)], now: SystemTime) -> Option<wire::SpareKey> {
    if keys.len() < KEYS_PER_USER as usize {
        return None;
    }
    let used = |(key, last): &(AccessKey, LastUsed)| {
        let created = key.created.unwrap_or(SystemTime::UNIX_EPOCH);
        let is_young = now.duration_since(created).unwrap_or_default() < YOUNG;
        let made = if is_young {
            created
        } else {
            SystemTime::UNIX_EPOCH
        };
        (last.date.unwrap_or(made), created)
    };
    let mut longest: Vec<_> = keys.iter().collect();
    longest.sort_by_key(|key| used(key));
    let (key, last) = longest
        .iter()
        .find(|(key, _)| !key.active)
        .or(longest.first())?;
    Some(wire::SpareKey {
        key_id: key.key_id.clone(),
        reason: match (key.active, last.date) {
            (false, _) => wire::SpareReason::Inactive,
            (true, None) => wire::SpareReason::Unused,
            (true, Some(_)) => wire::SpareReason::Oldest,
        },
    })
}

/// Names both keys with what is known of them, and what to do. `problem` is what stands when they can not be read.
pub(super) async fn full(app: &App, profile: &str, user: &str, problem: Problem) -> Problem {
    let Ok(list) = super::list_keys(app, profile, user).await else {
        return problem;
    };
    let Some(spare) = &list.spare else {
        return problem;
    };
    let known: Vec<String> = list.keys.iter().map(described).collect();
    let id = &spare.key_id;
    let same = format!("{id} --user {user} --profile {profile}");
    let holder = list.keys.iter().find_map(|key| key.profiles.first());
    let mut hint = match spare.reason {
        wire::SpareReason::Inactive => {
            format!("Nothing uses the inactive one; delete it: keywell key delete {same}")
        }
        wire::SpareReason::Unused => format!(
            "{} was never used. Deactivate it, and delete it when nothing misses it: keywell key deactivate {same}",
            short_key_id(id)
        ),
        wire::SpareReason::Oldest => format!(
            "{} was not used for longest. Deactivate it, and delete it when nothing misses it: keywell key deactivate {same}",
            short_key_id(id)
        ),
    };
    if let Some(holder) = holder {
        hint.push_str(&format!(
            "; or replace the key of the profile {holder} in place: keywell key rotate --profile {holder}"
        ));
    }
    Problem::new(
        Code::KeyLimit,
        format!("{user} has two access keys already, and AWS allows no third."),
        hint,
    )
    .because(format!("{}.", known.join("; ")))
}

fn described(key: &wire::AccessKeyRow) -> String {
    let state = if key.active { "active" } else { "inactive" };
    let used = match &key.last_used {
        Some(at) => used_at(at, key.last_used_service.as_deref()),
        None => "no known use".to_owned(),
    };
    format!("{} is {state}, {used}", key.key_id)
}

fn used_at(at: &str, service: Option<&str>) -> String {
    let day = &at[..10];
    match service {
        Some(service) => format!("last used {day} ({service})"),
        None => format!("last used {day}"),
    }
}

/// Why a key can not be replaced while its user has another one, and whether that one can go. `profile` acts.
pub(crate) async fn other_key(
    app: &App,
    account: &dyn Account,
    profile: &str,
    user: &str,
    other: &AccessKey,
) -> Problem {
    let last = match account.access_key_last_used(&other.key_id).await {
        Ok(last) => Some(last),
        Err(error) => {
            if !users::is_withheld(&error) {
                tracing::debug!(%error, "the other key's last use could not be read");
            }
            None
        }
    };
    let holders = profiles::list(app)
        .map(|local| holders(&local, &other.key_id))
        .unwrap_or_default();
    let state = if other.active { "active" } else { "inactive" };
    let made = other
        .created
        .map(|created| format!(", made {}", &time::rfc3339(created)[..10]))
        .unwrap_or_default();
    let used = match &last {
        Some(LastUsed {
            date: Some(date),
            service,
            ..
        }) => used_at(&time::rfc3339(*date), service.as_deref()),
        Some(_) => "never used".to_owned(),
        None => "its last use is not told to this caller".to_owned(),
    };
    let same = format!("{} --user {user} --profile {profile}", other.key_id);
    let delete = format!("keywell key delete {same}");
    let deactivate = format!("keywell key deactivate {same}");
    let is_used = last.is_none_or(|last| last.date.is_some());
    let hint = match (holders.first(), other.active, is_used) {
        (Some(holder), ..) => format!(
            "The profile {holder} here has the other one. Give it this profile's key first: keywell setup --profile {holder} --replace. Then delete the other one: {delete}"
        ),
        (None, false, _) => {
            format!("Nothing can use the inactive one. Delete it, then rotate: {delete}")
        }
        (None, true, false) => format!(
            "The other one is unused. Deactivate it, delete it when nothing misses it, then rotate: {deactivate}, then {delete}"
        ),
        (None, true, true) => format!(
            "Find what uses the other one. When nothing does, deactivate it, delete it, then rotate: {deactivate}, then {delete}"
        ),
    };
    Problem::new(
        Code::KeyLimit,
        format!("{user} has two access keys already, and a rotation needs room for one."),
        hint,
    )
    .because(format!(
        "The other key is {} ({state}{made}, {used}).",
        other.key_id
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(
        id: &str,
        active: bool,
        created_day: u64,
        used_day: Option<u64>,
    ) -> (AccessKey, LastUsed) {
        let day = |day| SystemTime::UNIX_EPOCH + Duration::from_secs(day * 86_400);
        let key = AccessKey {
            key_id: id.into(),
            user: None,
            active,
            created: Some(day(created_day)),
        };
        let used = LastUsed {
            date: used_day.map(day),
            ..LastUsed::default()
        };
        (key, used)
    }

    #[test]
    fn the_key_that_is_missed_least_is_the_one_to_part_with() {
        use wire::SpareReason::{Inactive, Oldest, Unused};
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1000 * 86_400);
        let cases = [
            (vec![key("a", true, 1, None)], None),
            (
                vec![key("a", true, 1, None), key("b", false, 2, Some(999))],
                Some(("b", Inactive)),
            ),
            (
                vec![key("a", true, 1, Some(900)), key("b", true, 2, None)],
                Some(("b", Unused)),
            ),
            (
                vec![key("a", true, 1, Some(998)), key("b", true, 2, Some(997))],
                Some(("b", Oldest)),
            ),
            // Made just now: its first use is still ahead.
            (
                vec![key("a", true, 1, Some(900)), key("b", true, 1000, None)],
                Some(("a", Oldest)),
            ),
        ];
        for (keys, expected) in cases {
            let found = spare(&keys, now).map(|spare| (spare.key_id, spare.reason));
            let expected = expected.map(|(id, reason)| (id.to_owned(), reason));
            assert_eq!(found, expected);
        }
    }
}
