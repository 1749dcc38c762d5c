//! Where secrets live: the [`Secret`] type and the stores that keep access keys.
//!
//! What is here: one [`Store`] per operating system behind one trait, [`FileStore`] for machines without one, a store in
//! memory with faults for tests, [`backup`] files, and [`store_and_verify`], the only way a secret should get into a
//! store. What is not: AWS, profiles.
//! A store that can not be used is an error with a code. No other store is ever tried in its place.

pub mod backup;
mod deadline;
mod error;
mod file;
#[cfg(fuzzing)]
pub mod fuzzing;
mod item;
mod memory;
mod other_tools;
mod passphrase;
mod remembered;
mod replace;
mod seal;
mod secret;
pub mod session_cache;
mod store;
mod system;
mod two_stores;

pub use error::{Cause, ErrorKind, Operation, VaultError};
pub use file::{AskPassphrase, Asked, FileStore, Origin, Passphrase};
pub use item::{Item, is_access_key};
pub use memory::MemoryStore;
pub use other_tools::{OtherTool, OtherToolKey, OtherToolKeys, UnreadStore, keys_of_other_tools};
pub use passphrase::Cost;
pub use seal::{CanNotOpen, PrivateKey, PublicKey, is_seal_key};
pub use secret::Secret;
pub use store::{Store, StoreKind, store_and_verify};
pub use system::{system_store, system_store_soon};
pub use two_stores::{OpenOther, TwoStores};

/// The service name of every item that Keywell keeps in a system store. The account is the access key ID.
pub const SERVICE: &str = "keywell";
