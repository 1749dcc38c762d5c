//! Doors for the fuzz targets, to parsers that are nobody else's concern.

use keywell_vault::Secret;

use crate::{cloud::AccessKeyPair, hand_out, helper_line, migrate};

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
