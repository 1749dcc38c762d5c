//! Any bytes as the file of the session cache: it counts as an empty one, and is told why.
#![no_main]

use std::sync::LazyLock;

use keywell_vault::{
    MemoryStore,
    session_cache::{CacheKey, SessionCache, cache_key},
};
use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

static PLACE: LazyLock<(TempDir, CacheKey)> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let key = cache_key(&MemoryStore::default(), true, 0);
    (folder, key.expect("a store in memory").expect("a key was made"))
});

fuzz_target!(|bytes: &[u8]| {
    let (folder, key) = &*PLACE;
    let path = folder.path().join("sessions");
    std::fs::write(&path, bytes).expect("the folder is ours");
    let found = SessionCache::at(&path).read(key).expect("it can be read");
    assert!(found.sessions.is_empty() && found.lost.is_some());
});
