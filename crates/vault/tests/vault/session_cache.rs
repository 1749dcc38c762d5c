use std::fs;

use keywell_vault::{
    ErrorKind, Item, MemoryStore, Secret, Store,
    session_cache::{CacheKey, CachedSession, KEY_ITEM, Lost, SessionCache, cache_key},
};

const NOW: u64 = 1_800_000_000;
const CANARY: &str = "canary-secret-of-a-session";

fn session(expires: u64) -> CachedSession {
    CachedSession {
        key_id: "ASIAIOSFODNN7EXAMPLE".into(),
        secret: Secret::new(CANARY),
        session_token: Secret::new(CANARY.repeat(80)),
        expires,
    }
}

fn new_key() -> CacheKey {
    cache_key(&MemoryStore::default(), true, NOW)
        .unwrap()
        .unwrap()
}

fn store(cache: &SessionCache, key: &CacheKey, name: &str, expires: u64) {
    cache
        .update(key, NOW, |sessions| {
            sessions.insert(name.into(), session(expires))
        })
        .unwrap();
}

#[test]
fn what_is_stored_is_read_again_and_what_has_ended_is_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let cache = SessionCache::at(folder.path().join("sessions"));
    let key = new_key();
    assert!(cache.read(&key).unwrap().sessions.is_empty());
    store(&cache, &key, "over", NOW);
    store(&cache, &key, "b", NOW + 1);
    store(&cache, &key, "a", NOW + 2);
    let found = cache.read(&key).unwrap();
    assert_eq!(found.lost, None);
    let names: Vec<_> = found.sessions.keys().map(String::as_str).collect();
    assert_eq!(names, ["a", "b"]);
    assert_eq!(found.sessions["a"], session(NOW + 2));
    cache.remove().unwrap();
    cache.remove().unwrap();
    assert!(!cache.exists());
}

#[test]
fn the_file_shows_nothing_and_is_the_owners_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sessions");
    store(&SessionCache::at(&path), &new_key(), "a", NOW + 1);
    let bytes = fs::read(&path).unwrap();
    for hidden in [CANARY, "ASIA", "expires"] {
        let found = bytes
            .windows(hidden.len())
            .any(|window| window == hidden.as_bytes());
        assert!(!found, "{hidden}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn a_file_cut_short_or_changed_anywhere_counts_as_absent() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sessions");
    let cache = SessionCache::at(&path);
    let key = new_key();
    store(&cache, &key, "a", NOW + 1);
    let whole = fs::read(&path).unwrap();
    for length in (0..whole.len()).step_by(61) {
        fs::write(&path, &whole[..length]).unwrap();
        let found = cache.read(&key).unwrap();
        assert!(found.sessions.is_empty());
        assert_eq!(found.lost, Some(Lost::Damaged), "{length}");
    }
    for place in (0..whole.len()).step_by(61) {
        let mut changed = whole.clone();
        changed[place] ^= 1;
        fs::write(&path, &changed).unwrap();
        let found = cache.read(&key).unwrap();
        assert!(found.sessions.is_empty() && found.lost.is_some(), "{place}");
    }
    // And it can be written over.
    store(&cache, &key, "b", NOW + 1);
    assert_eq!(cache.read(&key).unwrap().sessions.len(), 1);
}

#[test]
fn a_file_of_another_version_or_another_key_counts_as_absent_and_says_which() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sessions");
    let cache = SessionCache::at(&path);
    let key = new_key();
    store(&cache, &key, "a", NOW + 1);
    assert_eq!(cache.read(&new_key()).unwrap().lost, Some(Lost::OtherKey));
    let mut bytes = fs::read(&path).unwrap();
    bytes["keywell sessions".len()] = 2;
    fs::write(&path, bytes).unwrap();
    assert_eq!(cache.read(&key).unwrap().lost, Some(Lost::OtherVersion));
}

#[test]
fn the_key_is_made_once_and_never_in_place_of_something_else() {
    let store = MemoryStore::default();
    assert!(cache_key(&store, false, NOW).unwrap().is_none());
    cache_key(&store, true, NOW).unwrap();
    let made = store.get(KEY_ITEM).unwrap();
    cache_key(&store, true, NOW).unwrap();
    assert_eq!(store.get(KEY_ITEM).unwrap(), made);
    for foreign in ["", "not base64", "c2hvcnQ="] {
        let item = Item {
            secret: Secret::new(foreign),
            ..made.clone()
        };
        store.set(&item).unwrap();
        let error = cache_key(&store, true, NOW).err().unwrap();
        assert_eq!(error.kind, ErrorKind::Damaged);
        assert_eq!(store.get(KEY_ITEM).unwrap(), item);
    }
}

#[test]
fn writers_at_the_same_time_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let cache = SessionCache::at(folder.path().join("sessions"));
    let key = new_key();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (cache, key) = (&cache, &key);
            scope.spawn(move || {
                for number in 0..5 {
                    store(cache, key, &format!("{thread}-{number}"), NOW + 1);
                }
            });
        }
    });
    assert_eq!(cache.read(&key).unwrap().sessions.len(), 40);
}
