//! Any bytes from the session bus: an answer or none, and never more memory than a message may take.
#![no_main]

use keywell_vault::fuzzing::is_bus_answer;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    is_bus_answer(bytes, 1);
    // What comes first is a message of the bus's own: only its number is missing.
    let mut framed = vec![b'l', 2, 0, 1];
    framed.extend_from_slice(bytes);
    is_bus_answer(&framed, 1);
});
