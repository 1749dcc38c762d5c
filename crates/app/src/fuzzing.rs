//! Doors for the fuzz targets, to parsers that are nobody else's concern.

use keywell_vault::Secret;

use crate::{
    cloud::AccessKeyPair, doctor, hand_out, helper_line, key_health, migrate, sessions, settings,
    transfers,
};

pub fn keys_in_text(text: &str) -> Vec<AccessKeyPair> {
    let found = migrate::keys_in_text(text).into_iter();
    found.map(|found| found.pair).collect()
}

/// The text without a key, or the line that is in the way.
pub fn text_without(text: &str, pair: &AccessKeyPair, profile: &str) -> Result<String, usize> {
    migrate::text_without(text, pair, profile)
}

/// Whether a `credential_process` line is one of ours.
pub fn is_helper_line(line: &str) -> bool {
    helper_line::read(line).is_some()
}

/// Whether what a helper printed is credentials.
pub fn is_answer(text: &str) -> bool {
    hand_out::read_answer(&Secret::new(text)).is_ok()
}

/// The users of IAM's credential report, and of each key whose it is; none when it is not one.
pub fn report_users(csv: &[u8]) -> Option<(Vec<String>, Vec<String>)> {
    key_health::report_users(csv)
}

/// How many bytes the seed of an MFA device has; none when the text is no seed.
pub fn seed_length(text: &str) -> Option<usize> {
    sessions::seed_length(&Secret::new(text))
}

/// A moment as other tools write it.
pub fn moment(text: &str) -> Option<std::time::SystemTime> {
    doctor::moment(text)
}

/// The path of an object below a folder, by the rules of both kinds of system; none where a key can not become one.
pub fn object_paths(key: &str) -> [Option<std::path::PathBuf>; 2] {
    transfers::object_paths(key)
}

/// A setting's value as the settings file would have it; none when it is refused.
pub fn setting(number: usize, value: &serde_json::Value) -> Option<serde_json::Value> {
    settings::taken(number, value)
}
