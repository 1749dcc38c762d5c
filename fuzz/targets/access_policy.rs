//! Any text as a policy that a person wrote: each flaw is on a line of it, and what passes passes again as it is sent.
#![no_main]

use keywell_app::access::{check, for_sending};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let flaws = check(text);
    let lines = text.split('\n').count();
    for flaw in &flaws {
        assert!(!flaw.message.is_empty());
        assert!(flaw.line.is_none_or(|line| line >= 1 && line as usize <= lines));
    }
    if !flaws.iter().any(|flaw| flaw.blocking) {
        assert!(!check(&for_sending(text)).iter().any(|flaw| flaw.blocking));
    }
});
