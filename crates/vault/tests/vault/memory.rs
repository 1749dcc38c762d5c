use std::time::{Duration, Instant};

use keywell_vault::{ErrorKind, MemoryStore, Operation, Store, StoreKind, store_and_verify};

use crate::store::{conforms, item};

const KEY: &str = "AKIAIOSFODNN7EXAMPLE";

#[test]
fn the_memory_store_conforms() {
    let store = MemoryStore::new();
    assert_eq!(store.kind(), StoreKind::Memory);
    conforms(&store, "AKIAPRACTICE");
}

#[test]
fn faults_come_when_asked_for_and_go_again() {
    let store = MemoryStore::new();
    store.set(&item(KEY, "s")).unwrap();
    store.fail_next(Operation::Get, ErrorKind::Locked);
    store.fail_next(Operation::Get, ErrorKind::Denied);
    assert_eq!(store.get(KEY).unwrap_err().kind, ErrorKind::Locked);
    assert_eq!(store.get(KEY).unwrap_err().kind, ErrorKind::Denied);
    assert!(store.get(KEY).is_ok());
    store.fail_always(Operation::List, ErrorKind::NoService);
    assert_eq!(store.list().unwrap_err().operation, Operation::List);
    assert_eq!(store.list().unwrap_err().code(), "vault.no_service");
    store.recover();
    assert_eq!(store.list().unwrap(), [KEY]);
    assert_eq!(store.calls().len(), 7);
}

#[test]
fn a_store_that_hangs_times_out_at_its_deadline() {
    let store = MemoryStore::new();
    store.hang(Duration::from_secs(60));
    store.deadline(Duration::from_millis(20));
    let started = Instant::now();
    assert_eq!(store.get(KEY).unwrap_err().kind, ErrorKind::TimedOut);
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_value_that_comes_back_different_is_taken_out_again() {
    let store = MemoryStore::new();
    store.alter_next_get();
    let error = store_and_verify(&store, &item(KEY, "s")).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Altered);
    assert_eq!(store.list().unwrap(), [""; 0]);
}

#[test]
fn a_failed_replacement_puts_the_old_item_back() {
    for (operation, kind) in [
        (Operation::Set, ErrorKind::Locked),
        (Operation::Get, ErrorKind::TimedOut),
    ] {
        let store = MemoryStore::new();
        let old = item(KEY, "old");
        store.set(&old).unwrap();
        if operation == Operation::Get {
            // The first read, before anything is written, works; the one that verifies does not.
            let error = {
                let faulty = FailsSecondGet(store.clone());
                store_and_verify(&faulty, &item(KEY, "new")).unwrap_err()
            };
            assert_eq!(error.kind, kind);
        } else {
            store.fail_next(operation, kind);
            let error = store_and_verify(&store, &item(KEY, "new")).unwrap_err();
            assert_eq!(error.kind, kind);
        }
        assert_eq!(store.get(KEY).unwrap(), old);
    }
}

#[test]
fn what_can_not_be_read_is_not_written_over() {
    for kind in [
        ErrorKind::Locked,
        ErrorKind::Damaged,
        ErrorKind::OtherVersion,
    ] {
        let store = MemoryStore::new();
        store.fail_next(Operation::Get, kind);
        let error = store_and_verify(&store, &item(KEY, "s")).unwrap_err();
        assert_eq!(error.kind, kind);
        assert_eq!(store.calls(), [Operation::Get]);
    }
}

struct FailsSecondGet(MemoryStore);

impl Store for FailsSecondGet {
    fn label(&self) -> String {
        self.0.label()
    }
    fn kind(&self) -> StoreKind {
        self.0.kind()
    }
    fn get(&self, key_id: &str) -> Result<keywell_vault::Item, keywell_vault::VaultError> {
        if self.0.calls().contains(&Operation::Get) {
            self.0.fail_next(Operation::Get, ErrorKind::TimedOut);
        }
        self.0.get(key_id)
    }
    fn set(&self, item: &keywell_vault::Item) -> Result<(), keywell_vault::VaultError> {
        self.0.set(item)
    }
    fn delete(&self, key_id: &str) -> Result<(), keywell_vault::VaultError> {
        self.0.delete(key_id)
    }
    fn list(&self) -> Result<Vec<String>, keywell_vault::VaultError> {
        self.0.list()
    }
    fn probe(&self) -> Result<(), keywell_vault::VaultError> {
        self.0.probe()
    }
}
