//! Any text as the kernel's table of connections: nobody owns what is not in it.
#![no_main]

use keywell_practice::fuzzing::owner;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|table: &str| {
    let peer = ([127, 0, 0, 1], 54_321).into();
    let own = ([127, 0, 0, 1], 8_080).into();
    let found = owner(table, peer, own);
    assert!(found.is_none() || table.contains("0100007F:D431"));
    let line = format!("header\n0: 0100007F:D431 0100007F:1F90 {}", table.replace('\n', " "));
    if let Some(user) = owner(&line, peer, own) {
        assert!(line.contains(&user.to_string()));
    }
});
