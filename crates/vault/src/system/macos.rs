//! macOS: the login keychain.

use std::collections::HashMap;
use std::error::Error as StdError;
use std::sync::Arc;

use apple_native_keyring_store::keychain::Store;
use keyring_core::{CredentialStore, Error};

use crate::{ErrorKind, SERVICE};

pub(super) const LABEL: &str = "macOS keychain";

/// What the library's "no access" means where [`kind`] does not know better.
pub(super) const NO_ACCESS: ErrorKind = ErrorKind::Denied;

pub(super) fn open() -> Result<Arc<CredentialStore>, Error> {
    let store: Arc<CredentialStore> = Store::new()?;
    Ok(store)
}

pub(super) fn modifiers() -> HashMap<&'static str, &'static str> {
    HashMap::new()
}

pub(super) fn all_of_service() -> HashMap<&'static str, &'static str> {
    HashMap::from([("service", SERVICE)])
}

/// The system asks by itself when it needs to.
pub(super) fn unlock() -> Result<(), Error> {
    Ok(())
}

/// There are no sessions here.
pub(super) fn wants_another_session(_error: &(dyn StdError + Send + Sync + 'static)) -> bool {
    false
}

/// What a library error means, where it is one whose meaning is known. Codes from SecBase.h.
pub(super) fn kind(error: &(dyn StdError + Send + Sync + 'static)) -> Option<ErrorKind> {
    let error = error.downcast_ref::<security_framework::base::Error>()?;
    match error.code() {
        // errSecInteractionNotAllowed
        -25308 => Some(ErrorKind::Locked),
        // errSecUserCanceled, errSecAuthFailed, errSecWrPerm, errSecInvalidOwnerEdit, errSecReadOnly
        -128 | -25293 | -61 | -25244 | -25292 => Some(ErrorKind::Denied),
        // errSecNotAvailable
        -25291 => Some(ErrorKind::NoService),
        // errSecNoSuchKeychain, errSecInvalidKeychain, errSecNoDefaultKeychain
        -25294 | -25295 | -25307 => Some(ErrorKind::NoKeyring),
        _ => None,
    }
}
