//! Windows: Credential Manager.

use std::collections::HashMap;
use std::error::Error as StdError;
use std::sync::Arc;

use keyring_core::{CredentialStore, Error};
use windows_native_keyring_store::Store;

use crate::ErrorKind;

pub(super) const LABEL: &str = "Windows Credential Manager";

/// What the library's "no access" means: it reports ERROR_NO_SUCH_LOGON_SESSION, and only that, in this way.
pub(super) const NO_ACCESS: ErrorKind = ErrorKind::NoService;

pub(super) fn open() -> Result<Arc<CredentialStore>, Error> {
    let store: Arc<CredentialStore> = Store::new()?;
    Ok(store)
}

/// Local persistence: the library's default, Enterprise, would let the secret roam to other machines.
pub(super) fn modifiers() -> HashMap<&'static str, &'static str> {
    HashMap::from([("persistence", "Local")])
}

/// Credentials are named `ACCOUNT.SERVICE`.
pub(super) fn all_of_service() -> HashMap<&'static str, &'static str> {
    HashMap::from([("pattern", r"\.keywell$")])
}

/// Credential Manager is unlocked with the logon session.
pub(super) fn unlock() -> Result<(), Error> {
    Ok(())
}

/// There are no sessions here.
pub(super) fn wants_another_session(_error: &(dyn StdError + Send + Sync + 'static)) -> bool {
    false
}

/// The library's own error type is private, so its Windows codes can not be told apart.
pub(super) fn kind(_error: &(dyn StdError + Send + Sync + 'static)) -> Option<ErrorKind> {
    None
}
