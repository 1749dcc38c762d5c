//! Short texts that other programs or people write: the seed of an MFA device, and moments in the forms of many tools.
#![no_main]

use keywell_app::fuzzing::{moment, seed_length};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    assert!(seed_length(text).is_none_or(|length| length >= 10 && length <= text.len()));
    let at = moment(text);
    assert!(moment(&format!(" {text} ")) == at);
});
