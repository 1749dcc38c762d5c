use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, LazyLock, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use keywell_app::{
    CancellationToken, Code, Problem,
    vault::{
        RestoreWhat, Stores, Watched, backup, forget_backup, move_items, move_to, open_backup,
        prove, restore, restore_backup, restore_plan, save_backup, states, would_ask,
    },
};
use keywell_vault::{
    AskPassphrase, ErrorKind, FileStore, Item, MemoryStore, Operation, Secret, Store, StoreKind,
    VaultError,
};
use keywell_wire::{StoreChoice, VaultMoveProgress, VaultMoveStage};

use crate::world::World;

fn item(key_id: &str, secret: &str) -> Item {
    Item {
        key_id: key_id.to_owned(),
        secret: Secret::new(secret),
        session_token: None,
        profile: "work".to_owned(),
        config_file: "/home/ann/.aws/config".to_owned(),
        created: 1_789_000_000,
    }
}

const KEYS: [&str; 3] = ["AKIAPRACTICE1", "AKIAPRACTICE2", "AKIAPRACTICE3"];

fn filled() -> MemoryStore {
    let store = MemoryStore::new();
    for key in KEYS {
        store.set(&item(key, key)).unwrap();
    }
    store
}

/// Nobody follows the move.
fn unwatched() -> Watched<'static> {
    static NEVER: LazyLock<CancellationToken> = LazyLock::new(CancellationToken::new);
    Watched {
        on_progress: &|_| (),
        cancel: &NEVER,
    }
}

fn none() -> Vec<String> {
    Vec::new()
}

#[test]
fn a_move_leaves_nothing_in_the_old_store_and_everything_in_the_new() {
    let (from, to) = (filled(), MemoryStore::new());
    // From a move that was killed before.
    to.set(&item(KEYS[1], KEYS[1])).unwrap();
    let moved = move_items(&from, &to, &unwatched(), || Ok(())).unwrap();
    assert_eq!(moved.moved, KEYS);
    assert!(moved.left_behind.is_empty());
    assert_eq!(from.list().unwrap(), none());
    assert_eq!(to.list().unwrap(), KEYS);
    assert_eq!(to.get(KEYS[2]).unwrap(), item(KEYS[2], KEYS[2]));
}

#[test]
fn a_move_that_fails_before_the_switch_has_changed_nothing() {
    for (operation, kind) in [
        (Operation::Get, ErrorKind::Locked),
        (Operation::Set, ErrorKind::TimedOut),
        (Operation::List, ErrorKind::Denied),
    ] {
        let (from, to) = (filled(), MemoryStore::new());
        let failing = if operation == Operation::Set {
            &to
        } else {
            &from
        };
        if operation == Operation::Set {
            to.set(&item(KEYS[0], KEYS[0])).unwrap();
        }
        failing.fail_next(operation, kind);
        let switched = AtomicUsize::new(0);
        let problem = move_items(&from, &to, &unwatched(), || {
            switched.fetch_add(1, Ordering::SeqCst);
            Ok(())
        });
        assert!(problem.is_err(), "{operation:?}");
        assert_eq!(switched.load(Ordering::SeqCst), 0);
        assert_eq!(from.list().unwrap(), KEYS);
        let before = usize::from(operation == Operation::Set);
        assert_eq!(to.list().unwrap().len(), before, "{operation:?}");
    }
    let (from, to) = (filled(), MemoryStore::new());
    let refused = || Err(Problem::new(Code::FilesUnwritable, "No.", ""));
    assert_eq!(
        move_items(&from, &to, &unwatched(), refused)
            .unwrap_err()
            .code,
        Code::FilesUnwritable
    );
    assert_eq!(
        (from.list().unwrap().len(), to.list().unwrap()),
        (3, none())
    );
}

#[test]
fn a_copy_that_comes_back_altered_ends_the_move() {
    let (from, to) = (filled(), MemoryStore::new());
    to.alter_next_get();
    let problem = move_items(&from, &to, &unwatched(), || Ok(())).unwrap_err();
    assert_eq!(problem.code, Code::VaultAltered);
    assert_eq!(
        (from.list().unwrap().len(), to.list().unwrap()),
        (3, none())
    );
}

#[test]
fn two_secrets_for_one_key_are_told_of_and_both_kept() {
    let (from, to) = (filled(), MemoryStore::new());
    to.set(&item(KEYS[1], "another")).unwrap();
    let problem = move_items(&from, &to, &unwatched(), || Ok(())).unwrap_err();
    assert_eq!(problem.code, Code::VaultConflict);
    assert!(problem.message.contains(KEYS[1]) && !problem.message.contains("another"));
    assert_eq!(from.list().unwrap(), KEYS);
    assert_eq!(to.get(KEYS[1]).unwrap().secret, Secret::new("another"));
}

#[test]
fn an_item_that_can_not_be_read_stays_where_it_is() {
    let (from, to) = (filled(), MemoryStore::new());
    from.fail_next(Operation::Get, ErrorKind::Damaged);
    let moved = move_items(&from, &to, &unwatched(), || Ok(())).unwrap();
    // It could be read when what came late was looked for.
    assert_eq!(moved.left_behind.len(), 1);
    assert_eq!(moved.left_behind[0].key_id, KEYS[0]);
    assert_eq!(moved.left_behind[0].problem.code, Code::VaultDamaged);
}

/// Two stores whose process is killed at one call.
struct Killed {
    inner: MemoryStore,
    calls_left: Arc<AtomicUsize>,
    /// The call that kills does its work first.
    after: bool,
}

impl Killed {
    fn call<T>(&self, work: impl FnOnce(&MemoryStore) -> T) -> T {
        let is_last = self.calls_left.fetch_sub(1, Ordering::SeqCst) == 1;
        if is_last && !self.after {
            panic!("killed");
        }
        let result = work(&self.inner);
        if is_last {
            panic!("killed");
        }
        result
    }
}

impl Store for Killed {
    fn label(&self) -> String {
        self.inner.label()
    }
    fn kind(&self) -> StoreKind {
        StoreKind::Memory
    }
    fn get(&self, key_id: &str) -> Result<Item, VaultError> {
        self.call(|store| store.get(key_id))
    }
    fn set(&self, item: &Item) -> Result<(), VaultError> {
        self.call(|store| store.set(item))
    }
    fn delete(&self, key_id: &str) -> Result<(), VaultError> {
        self.call(|store| store.delete(key_id))
    }
    fn list(&self) -> Result<Vec<String>, VaultError> {
        self.call(|store| store.list())
    }
    fn probe(&self) -> Result<(), VaultError> {
        self.call(|store| store.probe())
    }
}

#[test]
fn wherever_a_move_is_killed_no_key_is_lost_and_the_next_one_ends_it() {
    let mut finished = false;
    for (killed_at, after) in (1..200).flat_map(|call| [(call, false), (call, true)]) {
        let (from, to) = (filled(), MemoryStore::new());
        let calls_left = Arc::new(AtomicUsize::new(killed_at));
        let killed = |store: &MemoryStore| Killed {
            inner: store.clone(),
            calls_left: Arc::clone(&calls_left),
            after,
        };
        let ended = catch_unwind(AssertUnwindSafe(|| {
            move_items(&killed(&from), &killed(&to), &unwatched(), || Ok(()))
        }));
        for key in KEYS {
            let held = [&from, &to].map(|store| store.get(key).ok());
            assert!(
                held.iter().flatten().next().is_some(),
                "{key} is lost at {killed_at}"
            );
            assert!(
                held.into_iter()
                    .flatten()
                    .all(|held| held == item(key, key))
            );
        }
        move_items(&from, &to, &unwatched(), || Ok(())).unwrap();
        assert_eq!(
            (from.list().unwrap(), to.list().unwrap().len()),
            (none(), 3)
        );
        if ended.is_ok() {
            finished = true;
            break;
        }
    }
    assert!(finished, "no move was long enough to end");
}

#[test]
fn a_proof_counts_the_keys_and_names_those_that_can_not_be_read() {
    let store = filled();
    store.fail_next(Operation::Get, ErrorKind::OtherVersion);
    let proof = prove(&store).unwrap();
    assert_eq!(proof.items, 2);
    assert_eq!(proof.unreadable.len(), 1);
    assert_eq!(proof.unreadable[0].0, KEYS[0]);
    store.fail_next(Operation::Probe, ErrorKind::Altered);
    assert_eq!(prove(&store).unwrap_err().code, Code::VaultAltered);
}

#[test]
fn a_backup_is_restored_by_adding_and_replaces_only_when_told_to() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.backup");
    let passphrase = Secret::new("correct horse");
    let made = backup(&filled(), &path, &passphrase).unwrap();
    assert_eq!(made.items, KEYS);

    let store = MemoryStore::new();
    store.set(&item(KEYS[0], KEYS[0])).unwrap();
    store.set(&item(KEYS[1], "newer")).unwrap();
    let plan = restore_plan(&store, &path, &passphrase).unwrap();
    assert_eq!(
        plan.iter().map(|row| row.what).collect::<Vec<_>>(),
        [RestoreWhat::Same, RestoreWhat::Replace, RestoreWhat::Add]
    );
    assert_eq!(restore(&store, &plan, false).unwrap(), 1);
    assert_eq!(store.get(KEYS[1]).unwrap().secret, Secret::new("newer"));
    assert_eq!(store.list().unwrap(), KEYS);
    assert_eq!(restore(&store, &plan, true).unwrap(), 2);
    assert_eq!(store.get(KEYS[1]).unwrap().secret, Secret::new(KEYS[1]));

    let wrong = restore_plan(&store, &path, &Secret::new("horse")).unwrap_err();
    assert_eq!(wrong.code, Code::VaultWrongPassphrase);
    assert_eq!(
        backup(&store, &path, &passphrase).unwrap_err().code,
        Code::VaultBackupExists
    );
}

#[test]
fn what_can_not_be_read_is_told_of_and_no_half_backup_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.backup");
    let (store, passphrase) = (filled(), Secret::new("p"));
    store.fail_next(Operation::Get, ErrorKind::Damaged);
    let made = backup(&store, &path, &passphrase).unwrap();
    assert_eq!((made.items.len(), made.unreadable.len()), (2, 1));
    fs::remove_file(&path).unwrap();
    store.fail_next(Operation::Get, ErrorKind::Locked);
    assert_eq!(
        backup(&store, &path, &passphrase).unwrap_err().code,
        Code::VaultLocked
    );
    assert!(!path.exists());
    let nowhere = folder.path().join("none").join("keys.backup");
    assert_eq!(
        backup(&store, &nowhere, &passphrase).unwrap_err().code,
        Code::FilesUnwritable
    );
    assert_eq!(
        restore_plan(&store, &nowhere, &passphrase)
            .unwrap_err()
            .code,
        Code::FilesUnreadable
    );
}

#[tokio::test]
async fn what_keywell_keeps_for_itself_is_not_counted_as_a_key_and_moves_along() {
    use keywell_app::{hand_out::Target, sessions};
    use keywell_vault::{MemoryStore, Secret, is_access_key};

    let world = World::new().with_profile("base").await;
    sessions::set_short_sessions(&world.app, "base", true).unwrap();
    let config = world.config();
    world.write(
        ".aws/config",
        &format!("{config}[profile phone]\nrole_arn = r\nsource_profile = base\nmfa_serial = arn:aws:iam::111122223333:mfa/phone\n"),
    );
    crate::world::handed_out(&world.app, &Target::Profile("base".into()))
        .await
        .unwrap();
    let seed = Secret::new("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    sessions::keep_seed(&world.app, "phone", &seed)
        .await
        .unwrap();
    let names = world.store.list().unwrap();
    let own: Vec<_> = names.iter().filter(|name| !is_access_key(name)).collect();
    // The history's key, the cache's, and the seed.
    assert_eq!(own.len(), 3, "{names:?}");
    assert_eq!(prove(&world.store).unwrap().items, 1);
    let target = MemoryStore::default();
    move_items(&world.store, &target, &unwatched(), || Ok(())).unwrap();
    assert_eq!(target.list().unwrap(), names);
}

#[test]
fn a_move_is_told_item_by_item_and_can_be_ended_until_the_new_store_is_the_chosen_one() {
    let (from, to) = (filled(), MemoryStore::new());
    let cancel = CancellationToken::new();
    let watched = Watched {
        on_progress: &|progress| {
            if progress.done == 1 {
                cancel.cancel();
            }
        },
        cancel: &cancel,
    };
    let problem = move_items(&from, &to, &watched, || Ok(())).unwrap_err();
    assert_eq!(problem.code, Code::Cancelled);
    assert_eq!(from.list().unwrap(), KEYS);
    assert_eq!(to.list().unwrap(), none());

    let cancel = CancellationToken::new();
    let told = Mutex::new(Vec::new());
    let watched = Watched {
        on_progress: &|progress| {
            let VaultMoveProgress { stage, done, all } = progress;
            told.lock().unwrap().push((stage, done, all));
        },
        cancel: &cancel,
    };
    let moved = move_items(&from, &to, &watched, || {
        cancel.cancel();
        Ok(())
    });
    assert_eq!(moved.unwrap().moved, KEYS);
    let expected = [VaultMoveStage::Copying, VaultMoveStage::Deleting]
        .into_iter()
        .flat_map(|stage| (0..3).map(move |done| (stage.clone(), done, 3)));
    assert_eq!(*told.lock().unwrap(), expected.collect::<Vec<_>>());
}

/// The stores of a world: its own as the keychain, and an encrypted file whose passphrase nobody gives.
fn stores(world: &World) -> Stores {
    let store = world.store.clone();
    let nobody: AskPassphrase = Arc::new(|_, _| Ok(None));
    Stores {
        keychain: Arc::new(move || store.open()),
        file: Arc::new(FileStore::new(
            world.app.places.vault_file(),
            Duration::from_secs(20),
            nobody,
        )),
    }
}

#[tokio::test]
async fn the_stores_are_shown_untried_and_proven_when_asked_for() {
    let world = World::new();
    let stores = stores(&world);
    world.store.set(&item(KEYS[0], "s")).unwrap();
    let shown = states(&world.app, &stores, false).await.unwrap();
    assert_eq!(shown.store, StoreChoice::Keychain);
    let [keychain, file] = &shown.stores[..] else {
        panic!("{shown:?}")
    };
    assert!(keychain.is_chosen && keychain.is_there && !keychain.is_proven);
    assert_eq!((keychain.items, &keychain.failure), (None, &None));
    assert!(!file.is_there && !file.is_locked && file.failure.is_none());
    let shown = states(&world.app, &stores, true).await.unwrap();
    assert!(shown.stores[0].is_proven);
    assert_eq!(shown.stores[0].items, Some(1));
    // The other store is not tried: that would make the file.
    assert!(!shown.stores[1].is_proven && !stores.file.exists());

    let passphrase = Secret::new("correct horse");
    stores.file.create(&passphrase).unwrap();
    stores.file.lock().unwrap();
    assert!(!would_ask(&world.app, &stores), "the keychain is chosen");
    stores.file.unlock_with(&passphrase).unwrap();
    let moved = move_to(&world.app, &stores, StoreChoice::File, &unwatched()).unwrap();
    assert_eq!(moved.moved, [KEYS[0]]);
    stores.file.lock().unwrap();
    let shown = states(&world.app, &stores, true).await.unwrap();
    let file = &shown.stores[1];
    assert!(file.is_chosen && file.is_locked && !file.is_proven);
    assert!(would_ask(&world.app, &stores));
    let code = &file.failure.as_ref().unwrap().code;
    assert_eq!(code, "vault.passphrase_needed");
    stores.file.unlock_with(&passphrase).unwrap();
    let shown = states(&world.app, &stores, true).await.unwrap();
    let file = &shown.stores[1];
    assert!(file.is_proven && !file.is_locked && file.failure.is_none());
    assert!(!would_ask(&world.app, &stores));
    stores.file.lock().unwrap();
    fs::write(stores.file.path(), "keywell").unwrap();
    let shown = states(&world.app, &stores, false).await.unwrap();
    let code = &shown.stores[1].failure.as_ref().unwrap().code;
    assert_eq!(code, "vault.cut_short");
}

#[tokio::test]
async fn a_backup_that_was_opened_is_restored_once_and_its_secrets_wait_nowhere_else() {
    let world = World::new();
    let path = world.path("keys.backup");
    let passphrase = || Secret::new("correct horse");
    world.store.set(&item(KEYS[0], "s")).unwrap();
    let saved = save_backup(&world.app, &path, passphrase()).await.unwrap();
    assert_eq!(
        (saved.items, &*saved.path),
        (vec![KEYS[0].to_owned()], "~/keys.backup")
    );
    world.store.delete(KEYS[0]).unwrap();

    let draft = || open_backup(&world.app, &path, passphrase());
    let gone = draft().await.unwrap();
    let opened = draft().await.unwrap();
    assert_eq!(opened.rows.len(), 1);
    assert_eq!(
        (&*opened.rows[0].profile, opened.rows[0].what),
        ("work", RestoreWhat::Add)
    );
    let code = |outcome: Result<usize, Problem>| outcome.unwrap_err().code;
    // Only the newest waits.
    assert_eq!(
        code(restore_backup(&world.app, &gone.draft, false).await),
        Code::DraftGone
    );
    assert_eq!(
        restore_backup(&world.app, &opened.draft, false)
            .await
            .unwrap(),
        1
    );
    assert_eq!(world.store.get(KEYS[0]).unwrap().secret, Secret::new("s"));
    assert_eq!(
        code(restore_backup(&world.app, &opened.draft, false).await),
        Code::DraftGone
    );
    let closed = draft().await.unwrap();
    forget_backup(&world.app, &closed.draft);
    assert_eq!(
        code(restore_backup(&world.app, &closed.draft, false).await),
        Code::DraftGone
    );
}
