use base64::{Engine as _, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

use crate::{ErrorKind, Item, Operation, Secret, Store, VaultError, store_and_verify};

/// The name of the item that holds the cache's key. No access key ID looks like it.
pub const KEY_ITEM: &str = "session-cache-key";

pub(super) const KEY_BYTES: usize = 32;
/// A random name of the key, written in the open, by which a file of another key is told from a damaged one.
pub(super) const NAME_BYTES: usize = 8;

/// The key of the cache's file.
pub struct CacheKey(pub(super) Zeroizing<[u8; KEY_BYTES + NAME_BYTES]>);

impl CacheKey {
    pub(super) fn name(&self) -> &[u8] {
        &self.0[KEY_BYTES..]
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0[..KEY_BYTES]
    }

    fn generate() -> Option<CacheKey> {
        let mut bytes = Zeroizing::new([0; KEY_BYTES + NAME_BYTES]);
        getrandom::fill(&mut *bytes).ok()?;
        Some(CacheKey(bytes))
    }

    fn read(item: &Item) -> Option<CacheKey> {
        let mut bytes = Zeroizing::new([0; KEY_BYTES + NAME_BYTES]);
        let written = STANDARD
            .decode_slice(item.secret.expose(), &mut *bytes)
            .ok()?;
        (written == bytes.len()).then_some(CacheKey(bytes))
    }

    fn item(&self, now: u64) -> Item {
        Item {
            key_id: KEY_ITEM.to_owned(),
            secret: Secret::new(STANDARD.encode(*self.0)),
            session_token: None,
            // It belongs to no profile, so that no search for a profile's key finds it.
            profile: String::new(),
            config_file: String::new(),
            created: now,
        }
    }
}

/// The key from the store. With `make` one is made when there is none; callers take turns, so that two processes do
/// not make two. `None` when there is none and none is to be made.
///
/// # Errors
/// Those of the store; [`ErrorKind::Damaged`] when the item holds something else. It is not replaced then.
pub fn cache_key(store: &dyn Store, make: bool, now: u64) -> Result<Option<CacheKey>, VaultError> {
    match store.get(KEY_ITEM) {
        Ok(item) => match CacheKey::read(&item) {
            Some(key) => Ok(Some(key)),
            None => Err(
                VaultError::new(ErrorKind::Damaged, Operation::Get, store.label())
                    .because("it is not a key of the session cache"),
            ),
        },
        Err(error) if error.kind == ErrorKind::NoEntry && make => {
            let key = CacheKey::generate().ok_or_else(|| {
                VaultError::new(ErrorKind::Other, Operation::Set, store.label())
                    .because("the system gives no random bytes")
            })?;
            store_and_verify(store, &key.item(now))?;
            Ok(Some(key))
        }
        Err(error) if error.kind == ErrorKind::NoEntry => Ok(None),
        Err(error) => Err(error),
    }
}
