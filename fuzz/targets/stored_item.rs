//! Any bytes as what a keychain gives back: an item that survives being written again, or none.
#![no_main]

use data_encoding::BASE64;
use keywell_vault::fuzzing::item_again;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for stored in [bytes, BASE64.encode(bytes).as_bytes()] {
        if let Some((read, again)) = item_again(stored) {
            assert_eq!(read.secret.expose(), again.secret.expose());
            assert_eq!(read.profile, again.profile);
            assert_eq!(read.created, again.created);
        }
    }
});
