//! Any text or number for a setting: refused, or kept in a form that is taken again and stays the same.
#![no_main]

use keywell_app::fuzzing::setting;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|given: (usize, &str, i64)| {
    let (number, text, figure) = given;
    for value in [Value::from(text), Value::from(figure)] {
        if let Some(kept) = setting(number, &value) {
            assert_eq!(setting(number, &kept), Some(kept));
        }
    }
});
