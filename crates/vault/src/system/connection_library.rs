//! Where the library's own way to the store is quick enough.

use std::sync::Arc;
use std::time::Duration;

use keyring_core::{CredentialStore, Error};
use zeroize::Zeroizing;

use super::native;

pub(super) struct Connection(Arc<CredentialStore>);

impl Connection {
    pub fn open(_: Duration) -> Result<Connection, Error> {
        native::open().map(Connection)
    }

    pub fn store(&self) -> Result<Arc<CredentialStore>, Error> {
        Ok(Arc::clone(&self.0))
    }

    pub fn read_at_once(&self, _: &str, _: &str) -> Option<Zeroizing<Vec<u8>>> {
        None
    }
}
