//! Two ways to one service: a quick one for reading, and the library for all else and where the quick one ends.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use keyring_core::{CredentialStore, Error};
use zeroize::Zeroizing;

use super::native;
use super::secret_service_reader::Reader;

pub(super) struct Connection {
    reader: Mutex<Option<Reader>>,
    /// Opened when it is needed.
    store: Mutex<Option<Arc<CredentialStore>>>,
}

impl Connection {
    pub fn open(patience: Duration) -> Result<Connection, Error> {
        let reader = Reader::open(patience);
        let store = match reader {
            Some(_) => None,
            None => Some(native::open()?),
        };
        Ok(Connection {
            reader: Mutex::new(reader),
            store: Mutex::new(store),
        })
    }

    pub fn store(&self) -> Result<Arc<CredentialStore>, Error> {
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(store) = &*store {
            return Ok(Arc::clone(store));
        }
        let opened = native::open()?;
        *store = Some(Arc::clone(&opened));
        Ok(opened)
    }

    /// What is stored under a name, where that can be had without unlocking anything.
    pub fn read_at_once(&self, service: &str, account: &str) -> Option<Zeroizing<Vec<u8>>> {
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        reader.as_mut()?.read(service, account)
    }
}
