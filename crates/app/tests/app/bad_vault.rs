//! What can be wrong with the place that keeps the keys, and with what STS says of them: each has a code of its own, a
//! sentence and a way out, and no secret is written over because one could not be read.
//!
//! The same with real keychains: `tests/journeys/bad_keychain.rs` and `cargo xtask keychains`. A cache file cut short, of
//! another version or from another key: `sessions.rs` here and `crates/vault/tests/vault/session_cache.rs`.

use std::sync::atomic::{AtomicUsize, Ordering};

use keywell_app::{
    CancellationToken, Code, Problem,
    cloud::{AccessKeyPair, CloudErrorKind},
    doctor,
    hand_out::Target,
    profiles, setup,
};
use keywell_vault::{
    ErrorKind, Item, MemoryStore, Operation, Secret, Store, StoreKind, VaultError, store_and_verify,
};
use keywell_wire::MachineFinding;

use crate::world::{KEY_ID, SECRET, World, handed_out, pair, request};

/// What the store does at its opening, or at each reading.
const STORES: [(&str, Operation, ErrorKind, &str); 9] = [
    (
        "no session bus",
        Operation::Open,
        ErrorKind::NoService,
        "vault.no_service",
    ),
    (
        "a bus without a provider",
        Operation::Open,
        ErrorKind::NoProvider,
        "vault.no_provider",
    ),
    (
        "a provider without a keyring",
        Operation::Open,
        ErrorKind::NoKeyring,
        "vault.no_keyring",
    ),
    (
        "locked, without a display",
        Operation::Get,
        ErrorKind::Locked,
        "vault.locked",
    ),
    (
        "locked, with a display on which nobody answers",
        Operation::Get,
        ErrorKind::TimedOut,
        "vault.timed_out",
    ),
    (
        "the daemon killed in between",
        Operation::Get,
        ErrorKind::BrokeOff,
        "vault.broke_off",
    ),
    (
        "an item with foreign content",
        Operation::Get,
        ErrorKind::Damaged,
        "vault.damaged",
    ),
    (
        "an item of a later version",
        Operation::Get,
        ErrorKind::OtherVersion,
        "vault.other_version",
    ),
    (
        "the encrypted file kept locked",
        Operation::Get,
        ErrorKind::NotUnlocked,
        "vault.not_unlocked",
    ),
];

fn fail(world: &World, operation: Operation, kind: ErrorKind) {
    if operation == Operation::Open {
        let error = VaultError::new(kind, Operation::Open, "Login keyring");
        world.store.fail_open(error);
    } else {
        world.store.inner.fail_always(operation, kind);
    }
}

async fn answer(world: &World, profile: &str) -> Problem {
    let target = Target::Profile(profile.into());
    handed_out(&world.app, &target).await.unwrap_err()
}

fn is_whole(problem: &Problem, name: &str) {
    assert!(problem.message.ends_with('.'), "{name}: {problem:?}");
    assert!(problem.hint.ends_with('.'), "{name}: {problem:?}");
    let text = format!("{problem:?}");
    assert!(!text.contains(SECRET), "{name}");
}

#[tokio::test]
async fn what_a_keychain_may_do_has_a_code_a_sentence_and_a_way_out_and_overwrites_no_secret() {
    for (name, operation, kind, code) in STORES {
        let world = World::new().with_profile("work").await;
        let before = world.everything();
        fail(&world, operation, kind);
        let problem = answer(&world, "work").await;
        assert_eq!(problem.code.as_str(), code, "{name}");
        is_whole(&problem, name);
        // Another secret for the same key must not take the place of one that can not be read.
        let other = setup::Request {
            pair: AccessKeyPair {
                secret: Secret::new("another/secret/that/has/forty/characters"),
                ..pair()
            },
            replace: true,
            ask_network: false,
            ..request("work")
        };
        let problem = world.set_up(&other).await.unwrap_err();
        assert_eq!(problem.code.as_str(), code, "{name}");
        world.store.inner.recover();
        assert_eq!(world.everything(), before, "{name}");
    }
}

#[test]
fn a_keychain_that_gives_back_other_bytes_is_told_and_what_it_had_is_put_back() {
    let store = MemoryStore::new();
    let item = |secret: &str| Item {
        key_id: KEY_ID.into(),
        secret: Secret::new(secret),
        session_token: None,
        profile: "work".into(),
        config_file: "/home/ana/.aws/config".into(),
        created: 1_789_000_000,
    };
    store.set(&item("first")).unwrap();
    // The first reading is that of what was there before.
    let altering = AltersSecondGet(store.clone(), AtomicUsize::new(0));
    let problem = Problem::from(store_and_verify(&altering, &item("second")).unwrap_err());
    assert_eq!(problem.code, Code::VaultAltered);
    is_whole(&problem, "other bytes");
    assert_eq!(store.get(KEY_ID).unwrap(), item("first"));
}

/// KWallet and KeePassXC did so with what is not text.
struct AltersSecondGet(MemoryStore, AtomicUsize);

impl Store for AltersSecondGet {
    fn label(&self) -> String {
        self.0.label()
    }
    fn kind(&self) -> StoreKind {
        self.0.kind()
    }
    fn get(&self, key_id: &str) -> Result<Item, VaultError> {
        if self.1.fetch_add(1, Ordering::SeqCst) == 1 {
            self.0.alter_next_get();
        }
        self.0.get(key_id)
    }
    fn set(&self, item: &Item) -> Result<(), VaultError> {
        self.0.set(item)
    }
    fn delete(&self, key_id: &str) -> Result<(), VaultError> {
        self.0.delete(key_id)
    }
    fn list(&self) -> Result<Vec<String>, VaultError> {
        self.0.list()
    }
    fn probe(&self) -> Result<(), VaultError> {
        self.0.probe()
    }
}

#[tokio::test]
async fn profiles_whose_names_differ_in_case_have_each_its_own_key_and_are_told_of() {
    let world = World::new().with_profile("work").await;
    let other = AccessKeyPair {
        key_id: "AKIAI44QH8DHBEXAMPLE".into(),
        ..pair()
    };
    world.cloud.add_key("ben", &other);
    let second = setup::Request {
        pair: other.clone(),
        ..request("Work")
    };
    world.set_up(&second).await.unwrap();
    for (profile, key_id) in [("work", KEY_ID), ("Work", &*other.key_id)] {
        let target = Target::Profile(profile.into());
        let json = handed_out(&world.app, &target).await.unwrap();
        assert!(json.expose().contains(key_id), "{profile}");
    }
    let report = doctor::examine(&world.app, false, &CancellationToken::new()).await;
    let twins = |finding: &MachineFinding| {
        finding.code == "files.misread" && finding.message.contains("differ only in case")
    };
    assert!(report.unwrap().findings.iter().any(twins));
    // Removing one leaves the other its key.
    profiles::remove(&world.app, "Work", false).await.unwrap();
    assert!(world.item(KEY_ID).is_some());
    handed_out(&world.app, &Target::Profile("work".into()))
        .await
        .unwrap();
}

#[tokio::test]
async fn what_sts_says_of_a_role_has_a_code_a_sentence_and_a_way_out() {
    for (name, kind, code) in [
        ("throttled", CloudErrorKind::Throttled, Code::Throttled),
        (
            "a role that says no",
            CloudErrorKind::AccessDenied,
            Code::RoleDenied,
        ),
    ] {
        let world = World::new().with_profile("work").await;
        let role = "[profile role]\nrole_arn = arn:aws:iam::111122223333:role/Admin\nsource_profile = work\n";
        let config = world.config();
        world.write(".aws/config", &format!("{config}{role}"));
        world.cloud.fail_next("assume_role", kind);
        let problem = answer(&world, "role").await;
        assert_eq!(problem.code, code, "{name}");
        is_whole(&problem, name);
        handed_out(&world.app, &Target::Profile("role".into()))
            .await
            .unwrap();
    }
}
