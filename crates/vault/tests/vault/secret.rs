use std::error::Error as _;

use keywell_vault::{ErrorKind, Item, MemoryStore, Operation, Secret, VaultError};

use crate::store::item;

#[test]
fn a_secret_is_never_shown() {
    let item = Item {
        session_token: Some(Secret::new("TOKENTOKEN")),
        ..item("AKIAIOSFODNN7EXAMPLE", "SECRETSECRET")
    };
    let shown = format!("{item:?} {:#?} {:?}", item, item.secret);
    assert!(
        !shown.contains("SECRET") && !shown.contains("TOKEN"),
        "{shown}"
    );
    assert!(shown.contains("<redacted>"));
}

#[test]
fn secrets_are_equal_when_their_text_is() {
    let cases = [
        ("", "", true),
        ("a", "a", true),
        ("a", "b", false),
        ("a", "aa", false),
        ("xa", "xb", false),
        ("ax", "bx", false),
    ];
    for (left, right, equal) in cases {
        assert_eq!(Secret::new(left) == Secret::new(right), equal);
    }
}

#[test]
fn every_failure_has_a_code_a_sentence_and_a_way_out() {
    use ErrorKind::*;
    let kinds = [
        (NoEntry, "vault.no_entry"),
        (Locked, "vault.locked"),
        (Denied, "vault.denied"),
        (NoProvider, "vault.no_provider"),
        (BrokeOff, "vault.broke_off"),
        (NoService, "vault.no_service"),
        (NoKeyring, "vault.no_keyring"),
        (TimedOut, "vault.timed_out"),
        (Damaged, "vault.damaged"),
        (Altered, "vault.altered"),
        (OtherVersion, "vault.other_version"),
        (PassphraseNeeded, "vault.passphrase_needed"),
        (NotUnlocked, "vault.not_unlocked"),
        (WrongPassphrase, "vault.wrong_passphrase"),
        (CutShort, "vault.cut_short"),
        (FileDamaged, "vault.file_damaged"),
        (Unreadable, "vault.unreadable"),
        (Unwritable, "vault.unwritable"),
        (TooLong, "vault.too_long"),
        (Other, "vault.other"),
    ];
    for (kind, code) in kinds {
        let error = VaultError::new(kind, Operation::Get, "Login keyring").because("bus is gone");
        assert_eq!(error.code(), code);
        assert!(error.to_string().contains("Login keyring"));
        assert!(error.to_string().ends_with('.') && error.hint().ends_with('.'));
        assert_eq!(error.source().unwrap().to_string(), "bus is gone");
    }
}

#[test]
fn clones_of_a_memory_store_share_their_items() {
    use keywell_vault::Store as _;
    let store = MemoryStore::new();
    let other = store.clone();
    store.set(&item("AKIAIOSFODNN7EXAMPLE", "s")).unwrap();
    assert_eq!(other.list().unwrap(), ["AKIAIOSFODNN7EXAMPLE"]);
}
