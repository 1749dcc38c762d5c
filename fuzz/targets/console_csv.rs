//! Any bytes as a csv of the AWS console: keys or a sentence, and no secret in the sentence.
#![no_main]

use keywell_app::setup::csv_file;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| match csv_file::parse("keys.csv", bytes) {
    Ok(file) => {
        assert!(!file.keys.is_empty());
        for key in file.keys {
            assert!(!key.pair.key_id.is_empty() && !key.pair.secret.expose().is_empty());
        }
    }
    Err(problem) => assert!(!problem.message.is_empty() && !problem.hint.is_empty()),
});
