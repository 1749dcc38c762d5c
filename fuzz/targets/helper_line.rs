//! Any `credential_process` line is read without harm, and what any program prints is credentials or none.
#![no_main]

use keywell_app::fuzzing::{is_answer, is_helper_line};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    is_helper_line(text);
    is_answer(text);
});
