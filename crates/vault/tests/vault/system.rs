//! The system's own store. `KEYWELL_TEST_KEYCHAIN` says what this session has, since a test must not guess it:
//! `1` an unlocked store, `prepare` the same, to leave an item for `locked`, one that nobody unlocks, and for `hangs`,
//! one that waits for a person, `no-bus` no session bus, `no-provider` a bus without a store, `no-keyring` a store without a
//! default keyring. Without it, the store is tried as it is on a machine without a desktop: children of this test run
//! without a session bus.

use std::time::{Duration, Instant};

use keywell_vault::{ErrorKind, Store, StoreKind, VaultError, store_and_verify, system_store};

use crate::store::{conforms, item};

/// Daemons write each item through to the disk, which takes seconds where others write too.
const DEADLINE: Duration = Duration::from_secs(30);

fn key_id(suffix: &str) -> String {
    format!("AKIAPRACTICE{}{suffix}", std::process::id())
}

#[test]
fn the_system_store_does_what_this_session_promises() {
    match std::env::var("KEYWELL_TEST_KEYCHAIN").as_deref() {
        Ok("1") => unlocked(),
        Ok("prepare") => prepare(),
        Ok("locked") => fails_with(ErrorKind::Locked, DEADLINE),
        Ok("hangs") => fails_with(ErrorKind::TimedOut, Duration::from_millis(700)),
        Ok("no-bus") => opening_fails_with(ErrorKind::NoService),
        Ok("no-provider") => opening_fails_with(ErrorKind::NoProvider),
        Ok("no-keyring") => no_keyring(),
        Ok(other) => panic!("KEYWELL_TEST_KEYCHAIN={other} means nothing"),
        Err(_) => without_a_session(),
    }
}

/// Leaves an item for the session that finds the keyring locked.
fn prepare() {
    let store = system_store(DEADLINE).unwrap();
    store_and_verify(store.as_ref(), &item("AKIAPRACTICELOCKED", "s")).unwrap();
}

/// Opens the store and, where that works, reads from it and lists it.
fn open_get_and_list(deadline: Duration) -> Result<(), VaultError> {
    let store = system_store(deadline)?;
    match store.get(&key_id("none")) {
        Err(error) if error.kind == ErrorKind::NoEntry => {}
        Ok(_) => panic!("an item that was never written"),
        Err(error) => return Err(error),
    }
    store.list().map(|_| ())
}

fn opening_fails_with(kind: ErrorKind) {
    let started = Instant::now();
    let error = system_store(DEADLINE).map(|_| ()).unwrap_err();
    assert_eq!(error.kind, kind, "{error:?}");
    assert!(started.elapsed() < DEADLINE);
}

#[cfg(not(any(windows, target_os = "macos")))]
fn without_a_session() {
    // Another process, since this one's environment is shared with the tests beside this one.
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "system::the_system_store_does_what_this_session_promises",
        ])
        .env("KEYWELL_TEST_KEYCHAIN", "no-bus")
        .env(
            "DBUS_SESSION_BUS_ADDRESS",
            "unix:path=/nonexistent/keywell-bus",
        )
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
}

/// Here every session has a store, and what it does depends on who is signed in.
#[cfg(any(windows, target_os = "macos"))]
fn without_a_session() {
    if let Err(error) = open_get_and_list(DEADLINE) {
        assert_ne!(error.kind, ErrorKind::Other, "{error:?}");
    }
}

fn fails_with(kind: ErrorKind, deadline: Duration) {
    let store = system_store(DEADLINE).unwrap();
    // Opened again, so that reading and writing have the short deadline and opening the long one.
    let store = if deadline == DEADLINE {
        store
    } else {
        system_store(deadline).unwrap()
    };
    let started = Instant::now();
    let error = store.set(&item(&key_id("x"), "s")).unwrap_err();
    assert_eq!(error.kind, kind, "{error:?}");
    assert_eq!(store.probe().unwrap_err().kind, kind);
    // This one was written by `prepare` while the keyring was unlocked.
    assert_eq!(store.get("AKIAPRACTICELOCKED").unwrap_err().kind, kind);
    assert_eq!(store.delete("AKIAPRACTICELOCKED").unwrap_err().kind, kind);
    assert!(started.elapsed() < deadline * 5, "{:?}", started.elapsed());
}

fn no_keyring() {
    assert_eq!(
        open_get_and_list(DEADLINE).map_err(|error| error.kind),
        Ok(())
    );
    let store = system_store(DEADLINE).unwrap();
    let error = store_and_verify(store.as_ref(), &item(&key_id("x"), "s")).unwrap_err();
    assert_eq!(error.kind, ErrorKind::NoKeyring, "{error:?}");
}

fn unlocked() {
    let store = system_store(DEADLINE).unwrap();
    assert_eq!(store.kind(), StoreKind::Keychain);
    conforms(store.as_ref(), &key_id("a"));
    damaged_items(store.as_ref());
    many_threads(store.as_ref());
    many_connections(store.as_ref());
    inside_an_async_runtime();
}

fn many_threads(store: &dyn Store) {
    std::thread::scope(|scope| {
        for thread in 0..8 {
            scope.spawn(move || {
                let written = item(&key_id(&format!("t{thread}")), &format!("secret {thread}"));
                for _ in 0..5 {
                    store_and_verify(store, &written).unwrap();
                    store.probe().unwrap();
                    store.delete(&written.key_id).unwrap();
                }
            });
        }
        // What is deleted while somebody looks is not there, which is no failure.
        scope.spawn(|| {
            let other = system_store(DEADLINE).unwrap();
            for _ in 0..50 {
                other.list().unwrap();
                match other.get(&key_id("t0")) {
                    Ok(_) => {}
                    Err(error) => assert_eq!(error.kind, ErrorKind::NoEntry, "{error:?}"),
                }
            }
        });
    });
}

/// As AWS clients do that start the helper for each of their calls: GNOME Keyring ends by itself, one time in a thousand
/// of these, where the first call of a connection opens a session.
fn many_connections(store: &dyn Store) {
    let written = item(&key_id("c"), "s");
    store_and_verify(store, &written).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let written = &written;
            scope.spawn(move || {
                for _ in 0..500 {
                    let store = system_store(DEADLINE).unwrap();
                    assert_eq!(&store.get(&written.key_id).unwrap(), written);
                }
                let own = item(&key_id(&format!("c{thread}")), "s");
                for _ in 0..10 {
                    let store = system_store(DEADLINE).unwrap();
                    store.set(&own).unwrap();
                    store.list().unwrap();
                }
                system_store(DEADLINE).unwrap().delete(&own.key_id).unwrap();
            });
        }
    });
    store.delete(&written.key_id).unwrap();
}

fn inside_an_async_runtime() {
    let one_thread = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let many_threads = tokio::runtime::Runtime::new().unwrap();
    for runtime in [one_thread, many_threads] {
        runtime.block_on(async {
            assert_eq!(
                open_get_and_list(DEADLINE).map_err(|error| error.kind),
                Ok(())
            );
        });
    }
}

/// Writes what Keywell never would, past it, into items of its own names.
#[cfg(not(any(windows, target_os = "macos")))]
fn damaged_items(store: &dyn Store) {
    use secret_service::EncryptionType;
    use secret_service::blocking::SecretService;
    let connection = zbus::blocking::Connection::session().unwrap();
    // As the vault does, see `FIRST_CALL`.
    let (to, path) = ("org.freedesktop.secrets", "/org/freedesktop/secrets");
    let of = "org.freedesktop.Secret.Service";
    let first = connection.call_method(Some(to), path, Some(of), "ReadAlias", &("keywell",));
    first.unwrap();
    let service = SecretService::connect_with_existing(EncryptionType::Plain, connection).unwrap();
    let collection = service.get_default_collection().unwrap();
    // Base64 of `{}`, of `{"v":2,…}`, not base64, not UTF-8, nothing.
    let newer =
        "eyJ2IjoyLCJzZWNyZXQiOiJTIiwicHJvZmlsZSI6IiIsImNvbmZpZ19maWxlIjoiIiwiY3JlYXRlZCI6MH0=";
    for (bytes, kind) in [
        (b"e30=".as_slice(), ErrorKind::Damaged),
        (newer.as_bytes(), ErrorKind::OtherVersion),
        (b"CANARY!", ErrorKind::Damaged),
        (b"\xff\xfe", ErrorKind::Damaged),
        (b"", ErrorKind::Damaged),
    ] {
        let key_id = key_id("d");
        let names = [("service", keywell_vault::SERVICE), ("username", &key_id)];
        let entry = collection
            .create_item(
                "label",
                names.into(),
                bytes,
                true,
                "application/octet-stream",
            )
            .unwrap();
        let error = store.get(&key_id).unwrap_err();
        assert_eq!(error.kind, kind);
        assert!(!format!("{error:?}").contains("CANARY"));
        let refused = store_and_verify(store, &item(&key_id, "mended")).unwrap_err();
        assert_eq!(refused.kind, kind);
        assert_eq!(entry.get_secret().unwrap(), bytes, "it was written over");
        store.delete(&key_id).unwrap();
        store_and_verify(store, &item(&key_id, "mended")).unwrap();
        store.delete(&key_id).unwrap();
    }
}

#[cfg(any(windows, target_os = "macos"))]
fn damaged_items(_store: &dyn Store) {}
