//! What every store must do. The memory store and the system's own run through the same list.

use keywell_vault::{ErrorKind, Item, Secret, Store, store_and_verify};

pub fn item(key_id: &str, secret: &str) -> Item {
    Item {
        key_id: key_id.to_owned(),
        secret: Secret::new(secret),
        session_token: None,
        profile: "work".to_owned(),
        config_file: "/home/ann/.aws/config".to_owned(),
        created: 1_789_000_000,
    }
}

const SECRETS: [&str; 5] = [
    "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "",
    " {PASSWORD} with blanks ",
    "line\nbreak \"quotes\" \\ \u{0} ü 😂",
    "{{REF:P@I:0}}",
];

/// Runs the list. Only items whose access key ID starts with `prefix` are touched.
pub fn conforms(store: &dyn Store, prefix: &str) {
    let (first, second) = (format!("{prefix}1"), format!("{prefix}2"));
    let ours = |store: &dyn Store| -> Vec<String> {
        let mut listed = store.list().unwrap();
        listed.retain(|key_id| key_id.starts_with(prefix));
        listed
    };
    assert_eq!(ours(store), [""; 0]);
    store.probe().unwrap();

    assert_eq!(store.get(&first).unwrap_err().kind, ErrorKind::NoEntry);
    assert_eq!(store.delete(&first).unwrap_err().kind, ErrorKind::NoEntry);

    for secret in SECRETS {
        let written = item(&first, secret);
        store_and_verify(store, &written).unwrap();
        assert_eq!(store.get(&first).unwrap(), written);
    }
    let temporary = Item {
        session_token: Some(Secret::new("T".repeat(1_000))),
        profile: "ünïcode \"profile\"".to_owned(),
        ..item(&second, "other")
    };
    store_and_verify(store, &temporary).unwrap();
    assert_eq!(store.get(&second).unwrap(), temporary);
    assert_eq!(ours(store), [first.clone(), second.clone()]);

    store.delete(&first).unwrap();
    assert_eq!(store.get(&first).unwrap_err().kind, ErrorKind::NoEntry);
    assert_eq!(ours(store), std::slice::from_ref(&second));
    store.delete(&second).unwrap();
    assert_eq!(ours(store), [""; 0]);
}
