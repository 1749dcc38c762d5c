//! The Secret Service behind keyring-core's traits, over connections that are begun as [`native::connect`] begins
//! them, which is what the ready-made store does not let its callers choose.

use std::any::Any;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use keyring_core::api::{Credential, CredentialApi, CredentialStoreApi};
use keyring_core::{Entry, Error};
use secret_service::Error as ServiceError;
use secret_service::blocking::{Item, SecretService};

use super::native;
use crate::ErrorKind;

const CONTENT_TYPE: &str = "application/octet-stream";

/// The attributes under which keyring-core's Secret Service stores keep an item.
const SERVICE_ATTRIBUTE: &str = "service";
const ACCOUNT_ATTRIBUTE: &str = "username";

/// Locked for the length of a call: services lose sessions and items while many calls of one client are under way.
type Shared = Arc<Mutex<SecretService<'static>>>;

pub(super) struct Keyring(Shared);

impl Keyring {
    pub fn of(service: SecretService<'static>) -> Keyring {
        Keyring(Arc::new(Mutex::new(service)))
    }
}

/// What keyring-core's callers tell apart: that access was refused, and all else.
pub(super) fn library_error(error: ServiceError) -> Error {
    match error {
        ServiceError::Locked | ServiceError::NoResult | ServiceError::Prompt => {
            Error::NoStorageAccess(Box::new(error))
        }
        other => Error::PlatformFailure(Box::new(other)),
    }
}

fn locked(service: &Shared) -> MutexGuard<'_, SecretService<'static>> {
    service.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The items with these attributes, unlocked, for which a person may be asked.
fn find<'a>(
    service: &'a SecretService<'_>,
    attributes: &HashMap<&str, &str>,
) -> Result<Vec<Item<'a>>, ServiceError> {
    let mut found = service.search_items(attributes.clone())?;
    if !found.locked.is_empty() {
        let locked: Vec<&Item<'_>> = found.locked.iter().collect();
        service.unlock_all(&locked)?;
    }
    found.unlocked.append(&mut found.locked);
    Ok(found.unlocked)
}

/// Whether no item has these attributes any more. Services have many words for a call on one that was deleted meanwhile.
fn is_gone(service: &SecretService<'_>, attributes: &HashMap<&str, &str>) -> bool {
    find(service, attributes).is_ok_and(|found| found.is_empty())
}

impl CredentialStoreApi for Keyring {
    fn vendor(&self) -> String {
        "Secret Service".to_owned()
    }

    fn id(&self) -> String {
        native::SERVICE.to_owned()
    }

    fn build(
        &self,
        service: &str,
        user: &str,
        modifiers: Option<&HashMap<&str, &str>>,
    ) -> Result<Entry, Error> {
        let label = modifiers.and_then(|given| given.get("label"));
        Ok(entry(
            &self.0,
            service,
            user,
            label.copied().unwrap_or(service),
        ))
    }

    fn search(&self, spec: &HashMap<&str, &str>) -> Result<Vec<Entry>, Error> {
        let guard = locked(&self.0);
        let mut entries = Vec::new();
        for item in find(&guard, spec).map_err(library_error)? {
            let attributes = match item.get_attributes() {
                Ok(attributes) => attributes,
                // Somebody deleted it since.
                Err(error) if matches!(native::kind(&error), None | Some(ErrorKind::NoEntry)) => {
                    continue;
                }
                Err(error) => return Err(library_error(error)),
            };
            let named = |name| attributes.get(name).map(String::as_str);
            if let (Some(service), Some(account)) =
                (named(SERVICE_ATTRIBUTE), named(ACCOUNT_ATTRIBUTE))
            {
                entries.push(entry(&self.0, service, account, service));
            }
        }
        Ok(entries)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn debug_fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keyring")
    }
}

fn entry(keyring: &Shared, service: &str, account: &str, label: &str) -> Entry {
    Entry::new_with_credential(Arc::new(Named {
        keyring: Arc::clone(keyring),
        service: service.to_owned(),
        account: account.to_owned(),
        label: label.to_owned(),
    }))
}

/// The one item of a name, whether it is there or not.
struct Named {
    keyring: Shared,
    service: String,
    account: String,
    /// Of an item that is made.
    label: String,
}

impl Named {
    fn attributes(&self) -> HashMap<&str, &str> {
        HashMap::from([
            (SERVICE_ATTRIBUTE, self.service.as_str()),
            (ACCOUNT_ATTRIBUTE, self.account.as_str()),
        ])
    }

    fn with_the_one<T>(
        &self,
        work: impl FnOnce(&Item<'_>) -> Result<T, ServiceError>,
    ) -> Result<T, Error> {
        let guard = locked(&self.keyring);
        let found = find(&guard, &self.attributes()).map_err(library_error)?;
        match found.as_slice() {
            [] => Err(Error::NoEntry),
            [item] => work(item).map_err(|error| match native::kind(&error) {
                None if is_gone(&guard, &self.attributes()) => Error::NoEntry,
                _ => library_error(error),
            }),
            several => {
                let same = || entry(&self.keyring, &self.service, &self.account, &self.label);
                Err(Error::Ambiguous(several.iter().map(|_| same()).collect()))
            }
        }
    }

    fn create(&self, secret: &[u8]) -> Result<(), ServiceError> {
        let guard = locked(&self.keyring);
        let collection = guard.get_default_collection()?;
        let replace = true;
        collection
            .create_item(
                &self.label,
                self.attributes(),
                secret,
                replace,
                CONTENT_TYPE,
            )
            .map(|_| ())
    }
}

impl CredentialApi for Named {
    fn set_secret(&self, secret: &[u8]) -> Result<(), Error> {
        match self.with_the_one(|item| item.set_secret(secret, CONTENT_TYPE)) {
            Err(Error::NoEntry) => self.create(secret).map_err(library_error),
            done => done,
        }
    }

    fn get_secret(&self) -> Result<Vec<u8>, Error> {
        self.with_the_one(|item| item.get_secret())
    }

    fn delete_credential(&self) -> Result<(), Error> {
        self.with_the_one(|item| item.delete())
    }

    fn get_credential(&self) -> Result<Option<Arc<Credential>>, Error> {
        self.with_the_one(|_| Ok(None))
    }

    fn get_specifiers(&self) -> Option<(String, String)> {
        Some((self.service.clone(), self.account.clone()))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn debug_fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.account, self.service)
    }
}
