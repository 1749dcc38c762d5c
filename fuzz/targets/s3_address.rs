//! Any text as an address in S3: what is taken apart can be written again, and no character is lost.
#![no_main]

use keywell_app::S3Address;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(address) = S3Address::parse(text) else { return };
    assert!(S3Address::is_meant(text) && !address.bucket.is_empty() && !address.bucket.contains('/'));
    let written = address.to_string();
    assert!(written == text || written == format!("{text}/"));
    assert!(S3Address::parse(&written) == Ok(address.clone()));
    let (folder, name) = address.split();
    assert!(format!("{folder}{name}") == address.key && !name.contains('/'));
    assert!(address.folder().is_empty() || address.folder().ends_with('/'));
});
