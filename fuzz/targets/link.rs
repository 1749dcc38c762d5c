//! Any text as a link to Keywell: it leads to a profile's page or nowhere.
#![no_main]

use keywell_app::link;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let known = link::is_link(text);
    if let Ok(address) = link::address_of(text) {
        assert!(known);
        let name = address.strip_prefix("#/profiles/").expect("a profile's page");
        assert!(!name.is_empty());
        assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'%'));
    }
});
