use std::sync::Arc;

use crate::{ErrorKind, Item, Store, StoreKind, VaultError};

/// Opens the store that was not chosen; `None` when this machine does not have it.
pub type OpenOther = Arc<dyn Fn() -> Option<Result<Arc<dyn Store>, VaultError>> + Send + Sync>;

/// The store that a person chose, and the one in which keys may lie from before.
///
/// New items go to the chosen one. An item that the chosen one does not have is looked for in the other. A store that
/// can not be used is an error: nothing is ever written to the other one in its place.
pub struct TwoStores {
    chosen: Arc<dyn Store>,
    other: OpenOther,
}

impl TwoStores {
    pub fn new(chosen: Arc<dyn Store>, other: OpenOther) -> TwoStores {
        TwoStores { chosen, other }
    }

    /// Asks the other store. One that is not there, or holds nothing, has no entry.
    fn in_other<T>(
        &self,
        missing: VaultError,
        ask: impl FnOnce(&dyn Store) -> Result<T, VaultError>,
    ) -> Result<T, VaultError> {
        match (self.other)() {
            None => Err(missing),
            Some(opened) => opened
                .and_then(|other| ask(other.as_ref()))
                .map_err(|error| {
                    if error.kind == ErrorKind::NoEntry || is_absent(error.kind) {
                        missing
                    } else {
                        error
                    }
                }),
        }
    }
}

/// Whether this says that there is no such store on this machine.
fn is_absent(kind: ErrorKind) -> bool {
    kind.is_absence() || kind == ErrorKind::NoKeyring
}

impl Store for TwoStores {
    fn label(&self) -> String {
        self.chosen.label()
    }

    fn kind(&self) -> StoreKind {
        self.chosen.kind()
    }

    fn get(&self, key_id: &str) -> Result<Item, VaultError> {
        match self.chosen.get(key_id) {
            Err(missing) if missing.kind == ErrorKind::NoEntry => {
                self.in_other(missing, |other| other.get(key_id))
            }
            answer => answer,
        }
    }

    fn get_where_written(&self, key_id: &str) -> Result<Item, VaultError> {
        self.chosen.get_where_written(key_id)
    }

    fn set(&self, item: &Item) -> Result<(), VaultError> {
        self.chosen.set(item)
    }

    /// Deletes it wherever it is, so that no copy stays behind.
    fn delete(&self, key_id: &str) -> Result<(), VaultError> {
        let done = self.chosen.delete(key_id);
        match done {
            Err(missing) if missing.kind == ErrorKind::NoEntry => {
                self.in_other(missing, |other| other.delete(key_id))
            }
            Ok(()) => match (self.other)() {
                Some(Ok(other)) => match other.delete(key_id) {
                    Err(error) if error.kind == ErrorKind::NoEntry => Ok(()),
                    answer => answer,
                },
                _ => Ok(()),
            },
            failed => failed,
        }
    }

    fn list(&self) -> Result<Vec<String>, VaultError> {
        let mut names = self.chosen.list()?;
        if let Some(Ok(other)) = (self.other)() {
            match other.list() {
                Ok(more) => names.extend(more),
                Err(error) if is_absent(error.kind) => {}
                Err(error) => return Err(error),
            }
            names.sort();
            names.dedup();
        }
        Ok(names)
    }

    fn probe(&self) -> Result<(), VaultError> {
        self.chosen.probe()
    }
}
