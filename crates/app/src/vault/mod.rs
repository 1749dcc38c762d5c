//! Which store keeps the keys, whether it works, and carrying its items to the other one or into a backup.

mod backup;
mod drafts;
mod moving;
mod state;
mod words;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use keywell_vault::{ErrorKind, FileStore, Store, TwoStores, VaultError, is_access_key};
use keywell_wire::StoreChoice;

pub use backup::{Backup, RestoreRow, backup, restore, restore_plan};
pub use drafts::{Drafts, forget_backup, open_backup, restore_backup, save_backup};
pub use keywell_wire::RestoreWhat;
pub use moving::{LeftBehind, Moved, Watched, choose, move_items, move_to};
pub use state::{no_file, states};

use crate::{App, OpenVault, places::Places, places::Variables, problem::Problem, settings};

/// The stores of this machine.
#[derive(Clone)]
pub struct Stores {
    /// Opened when it is needed, since a keychain can come up after Keywell did.
    pub keychain: OpenVault,
    pub file: Arc<FileStore>,
}

impl Stores {
    /// # Errors
    /// When there is no keychain; see [`ErrorKind::is_absence`].
    pub fn open(&self, choice: &StoreChoice) -> Result<Arc<dyn Store>, VaultError> {
        match choice {
            StoreChoice::Keychain => (self.keychain)(),
            StoreChoice::File => Ok(Arc::clone(&self.file) as Arc<dyn Store>),
        }
    }

    /// The store that is not chosen, when this machine has it.
    fn open_other(&self, chosen: &StoreChoice) -> Option<Result<Arc<dyn Store>, VaultError>> {
        match chosen {
            StoreChoice::Keychain => self.file.exists().then(|| self.open(&StoreChoice::File)),
            StoreChoice::File => match self.open(&StoreChoice::Keychain) {
                Err(error) if error.kind.is_absence() => None,
                opened => Some(opened),
            },
        }
    }
}

/// The setting's name for a store.
pub fn store_word(choice: &StoreChoice) -> &'static str {
    match choice {
        StoreChoice::Keychain => "keychain",
        StoreChoice::File => "file",
    }
}

/// Whether reading an item would ask a person for the encrypted file's passphrase, as nothing should that nobody began.
pub fn would_ask(app: &App, stores: &Stores) -> bool {
    let chosen = settings::store(&app.places, &app.variables).unwrap_or(StoreChoice::Keychain);
    chosen == StoreChoice::File && stores.file.is_locked().unwrap_or(true)
}

/// Whether the encrypted file was chosen and does not open without a person: none was given its passphrase by a
/// descriptor or a credential, and none is remembered.
pub fn needs_passphrase(app: &App, stores: &Stores) -> bool {
    let chosen = settings::store(&app.places, &app.variables).unwrap_or(StoreChoice::Keychain);
    let is_refused = |error: VaultError| error.kind == ErrorKind::PassphraseNeeded;
    chosen == StoreChoice::File && stores.file.exists() && stores.file.list().is_err_and(is_refused)
}

/// Opens the store that is chosen at that moment; what it does not have is looked for in the other one.
pub fn open_vault(stores: Stores, places: Places, variables: Variables) -> OpenVault {
    Arc::new(move || {
        // What the variable says is checked when the process begins.
        let chosen = settings::store(&places, &variables).unwrap_or(StoreChoice::Keychain);
        let store = stores.open(&chosen)?;
        let stores = stores.clone();
        let other = Arc::new(move || stores.open_other(&chosen));
        Ok(Arc::new(TwoStores::new(store, other)))
    })
}

/// What a store that works holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Proof {
    /// How long writing, reading and deleting a trial item took.
    pub took: Duration,
    /// Access keys; what Keywell keeps for itself is read too, and not counted.
    pub items: usize,
    /// Items that are there and can not be used, by name.
    pub unreadable: Vec<(String, Problem)>,
}

/// Proves that a store works: a trial item is written, read and deleted, and every item read.
///
/// # Errors
/// The store's first failure that is not one item's own.
pub fn prove(store: &dyn Store) -> Result<Proof, Problem> {
    let begun = Instant::now();
    store.probe()?;
    let took = begun.elapsed();
    let mut proof = Proof {
        took,
        items: 0,
        unreadable: Vec::new(),
    };
    for key_id in store.list()? {
        match store.get(&key_id) {
            Ok(_) => proof.items += usize::from(is_access_key(&key_id)),
            Err(error) if is_of_one_item(error.kind) => {
                proof.unreadable.push((key_id, error.into()));
            }
            // Deleted since it was listed.
            Err(error) if error.kind == ErrorKind::NoEntry => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(proof)
}

/// Whether the store works and only what one item holds can not be used.
pub(crate) fn is_of_one_item(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::Damaged | ErrorKind::OtherVersion)
}
