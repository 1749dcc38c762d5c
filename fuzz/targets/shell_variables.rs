//! Any text as a `.env` file or a shell's start-up file: a key that is taken out is gone, and no other one.
#![no_main]

use keywell_app::fuzzing::{keys_in_text, text_without};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let found = keys_in_text(text);
    for pair in &found {
        let Ok(rest) = text_without(text, pair, "media") else { continue };
        for other in keys_in_text(&rest) {
            assert!(other != *pair && found.contains(&other));
        }
        assert!(text_without(&rest, pair, "media") == Ok(rest));
    }
});
