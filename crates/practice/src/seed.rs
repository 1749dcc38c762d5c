//! A large account to try things on: users with two keys each, of all ages.

use crate::account::{AccessKey, Account, LastUse, User};

const DAY_MILLIS: i64 = 24 * 60 * 60 * 1000;
const PATHS: [&str; 3] = ["/", "/team/", "/service/"];

/// Adds users `user-00001` and so on with two keys each. Ages and uses are spread by the user's number alone, so that every
/// such account looks the same.
pub(crate) fn add_users(account: &mut Account, users: u32, now_millis: i64) {
    for number in 1..=users {
        let name = format!("user-{number:05}");
        if account.users.contains_key(&name) {
            continue;
        }
        let age = i64::from(number % 400);
        let mut user = User::new(
            &name,
            PATHS[number as usize % PATHS.len()],
            now_millis - (age + 1) * DAY_MILLIS,
        );
        for slot in 0..2 {
            let created_millis = now_millis - (age * (slot + 1) / 2) * DAY_MILLIS;
            let mut key = AccessKey::new(created_millis);
            key.active = number % 10 != 0 || slot == 0;
            let used = number % 7 != 0 && created_millis < now_millis;
            key.last_used = used.then(|| LastUse {
                at_millis: (now_millis - i64::from(number % 120) * DAY_MILLIS).max(created_millis),
                region: "us-east-1".to_owned(),
                service: "s3".to_owned(),
            });
            user.access_keys.push(key);
        }
        account.users.insert(name, user);
    }
}
