//! Any bytes as a backup or as the encrypted file: refused with a reason, also where the check sum is right.
#![no_main]

use keywell_vault::{Secret, backup};
use libfuzzer_sys::fuzz_target;
use sha2::{Digest, Sha256};

fuzz_target!(|bytes: &[u8]| {
    let passphrase = Secret::new("correct horse");
    assert!(backup::open(bytes, &passphrase).is_err());
    let mut whole = bytes.to_vec();
    for byte in Sha256::digest(bytes) {
        whole.extend_from_slice(format!("{byte:02x}").as_bytes());
    }
    whole.push(b'\n');
    assert!(backup::open(&whole, &passphrase).is_err());
});
