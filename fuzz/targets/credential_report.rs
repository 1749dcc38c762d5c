//! Any bytes as IAM's credential report: each key in it is a user's that is in it.
#![no_main]

use keywell_app::fuzzing::report_users;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|csv: &[u8]| {
    let Some((users, owners)) = report_users(csv) else { return };
    assert!(owners.iter().all(|owner| users.contains(owner)));
});
