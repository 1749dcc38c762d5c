//! The two keys that a user may have, and the way out when both are taken.

use std::time::{Duration, SystemTime};

use keywell_wire as wire;

use crate::{
    App,
    cloud::{AccessKey, LastUsed, short_key_id},
    problem::{Code, Problem},
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
    let used = match (&key.last_used, &key.last_used_service) {
        (Some(at), Some(service)) => format!("last used {} ({service})", &at[..10]),
        (Some(at), None) => format!("last used {}", &at[..10]),
        (None, _) => "no known use".to_owned(),
    };
    format!("{} is {state}, {used}", key.key_id)
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
