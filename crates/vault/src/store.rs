use crate::{ErrorKind, Item, Operation, VaultError};

/// What sort of place a store is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StoreKind {
    /// The operating system's own store.
    Keychain,
    /// A file that is encrypted under a passphrase.
    File,
    /// This process's memory. For tests.
    Memory,
}

/// A place that keeps access keys, one item for each access key ID.
///
/// Every call returns within the store's deadline. All calls are blocking and may be made from any thread, also
/// from a thread of an async runtime (where the usual advice on blocking calls holds).
pub trait Store: Send + Sync {
    /// What a person calls this store, such as "Login keyring".
    fn label(&self) -> String;

    fn kind(&self) -> StoreKind;

    /// # Errors
    /// [`ErrorKind::NoEntry`] when the store works and holds no such item.
    fn get(&self, key_id: &str) -> Result<Item, VaultError>;

    /// As [`Store::get`], from nowhere but the place that [`Store::set`] writes to.
    fn get_where_written(&self, key_id: &str) -> Result<Item, VaultError> {
        self.get(key_id)
    }

    /// Writes the item, in place of one with the same access key ID. See [`store_and_verify`].
    fn set(&self, item: &Item) -> Result<(), VaultError>;

    /// # Errors
    /// [`ErrorKind::NoEntry`] when there was nothing to delete.
    fn delete(&self, key_id: &str) -> Result<(), VaultError>;

    /// The names of all items, sorted: access key IDs, and those of what Keywell keeps for itself ([`crate::is_access_key`]).
    fn list(&self) -> Result<Vec<String>, VaultError>;

    /// Writes, reads back and deletes a throwaway item under another service name.
    fn probe(&self) -> Result<(), VaultError>;
}

/// Writes the item, reads it back and compares.
///
/// # Errors
/// Those of the store, and [`ErrorKind::Altered`] when something else came back. What the store held for this
/// access key before is put back then (or the new item deleted), as far as the store still works. What can not be
/// read is never written over.
pub fn store_and_verify(store: &dyn Store, item: &Item) -> Result<(), VaultError> {
    let before = match store.get_where_written(&item.key_id) {
        Ok(before) => Some(before),
        Err(error) if error.kind == ErrorKind::NoEntry => None,
        Err(error) => return Err(error),
    };
    if let Err(error) = store.set(item) {
        // These kinds say that the store was not reached, so there is nothing to undo and no use in waiting for
        // another deadline.
        if !matches!(
            error.kind,
            ErrorKind::Locked
                | ErrorKind::Denied
                | ErrorKind::NoService
                | ErrorKind::NoProvider
                | ErrorKind::NoKeyring
                | ErrorKind::TimedOut
                | ErrorKind::TooLong
                | ErrorKind::OtherVersion
                | ErrorKind::PassphraseNeeded
                | ErrorKind::NotUnlocked
                | ErrorKind::WrongPassphrase
                | ErrorKind::CutShort
                | ErrorKind::FileDamaged
                | ErrorKind::Unreadable
                | ErrorKind::Unwritable
        ) {
            put_back(store, item, before.as_ref());
        }
        return Err(error);
    }
    let altered =
        |cause| VaultError::new(ErrorKind::Altered, Operation::Get, store.label()).because(cause);
    let error = match store.get_where_written(&item.key_id) {
        Ok(found) if found == *item => return Ok(()),
        Ok(_) => altered("what was read back differs from what was written"),
        Err(error) if error.kind == ErrorKind::NoEntry => {
            altered("the item was gone right after it was written")
        }
        Err(error) if error.kind == ErrorKind::Damaged => {
            altered("what was read back can not be decoded any more")
        }
        Err(error) => error,
    };
    put_back(store, item, before.as_ref());
    Err(error)
}

/// Undoes a write. Its own failure could only say again that the store does not work.
fn put_back(store: &dyn Store, item: &Item, before: Option<&Item>) {
    let _ = match before {
        Some(before) => store.set(before),
        None => store.delete(&item.key_id),
    };
}
