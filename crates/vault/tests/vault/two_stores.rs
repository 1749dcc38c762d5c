use std::sync::Arc;

use keywell_vault::{
    ErrorKind, MemoryStore, Operation, Secret, Store, TwoStores, store_and_verify,
};

use crate::store::{conforms, item};

const KEY: &str = "AKIAIOSFODNN7EXAMPLE";

fn two() -> (TwoStores, MemoryStore, MemoryStore) {
    let (chosen, other) = (MemoryStore::new(), MemoryStore::new());
    let opened = other.clone();
    let two = TwoStores::new(
        Arc::new(chosen.clone()),
        Arc::new(move || Some(Ok(Arc::new(opened.clone())))),
    );
    (two, chosen, other)
}

#[test]
fn two_stores_conform_as_one_does() {
    let (two, ..) = two();
    conforms(&two, "AKIAPRACTICE");
    let alone = TwoStores::new(Arc::new(MemoryStore::new()), Arc::new(|| None));
    conforms(&alone, "AKIAPRACTICE");
}

#[test]
fn a_key_that_lies_in_the_other_store_is_found_and_a_new_one_goes_to_the_chosen() {
    let (two, chosen, other) = two();
    other.set(&item(KEY, "before")).unwrap();
    assert_eq!(two.get(KEY).unwrap().secret, Secret::new("before"));
    assert_eq!(two.list().unwrap(), [KEY]);
    store_and_verify(&two, &item(KEY, "after")).unwrap();
    assert_eq!(two.get(KEY).unwrap().secret, Secret::new("after"));
    assert_eq!(chosen.list().unwrap(), [KEY]);
    two.delete(KEY).unwrap();
    assert_eq!(other.list().unwrap(), [""; 0], "a copy stayed behind");
    assert_eq!(two.get(KEY).unwrap_err().kind, ErrorKind::NoEntry);
}

#[test]
fn a_chosen_store_that_does_not_work_is_not_replaced_by_the_other() {
    let (two, chosen, other) = two();
    other.set(&item(KEY, "before")).unwrap();
    for kind in [
        ErrorKind::Locked,
        ErrorKind::NoService,
        ErrorKind::PassphraseNeeded,
    ] {
        chosen.fail_always(Operation::Get, kind);
        chosen.fail_always(Operation::Set, kind);
        chosen.fail_always(Operation::Delete, kind);
        assert_eq!(two.get(KEY).unwrap_err().kind, kind);
        assert_eq!(two.delete(KEY).unwrap_err().kind, kind);
        assert_eq!(two.set(&item(KEY, "new")).unwrap_err().kind, kind);
    }
    assert_eq!(other.get(KEY).unwrap().secret, Secret::new("before"));
}

#[test]
fn the_other_store_is_in_nobodys_way_when_it_is_locked_or_gone() {
    let (two, _, other) = two();
    for kind in [
        ErrorKind::NoService,
        ErrorKind::NoProvider,
        ErrorKind::NoKeyring,
    ] {
        other.fail_always(Operation::Get, kind);
        assert_eq!(two.get(KEY).unwrap_err().kind, ErrorKind::NoEntry);
    }
    // It may hold the key, so what it says is the answer; to write, it is not asked.
    other.fail_always(Operation::Get, ErrorKind::Locked);
    assert_eq!(two.get(KEY).unwrap_err().kind, ErrorKind::Locked);
    store_and_verify(&two, &item(KEY, "new")).unwrap();
}
