//! The only crate that names the AWS SDK: STS, IAM and S3 behind the traits of `keywell_app::cloud`.
//!
//! What is here: the HTTP client with its certificate authorities and proxies, the SDK's clients, one module per trait,
//! and the way from the SDK's errors to [`keywell_app::cloud::CloudErrorKind`]. What is not: decisions. Which profile, which
//! endpoint and which proxy come in as a [`keywell_app::cloud::Connection`]; nothing here reads the environment, except the
//! SDK's own credential providers where a connection asks for them.

mod account;
mod body;
mod buckets;
mod checksum;
mod client;
mod clock;
mod credentials;
mod error;
mod identity;
mod mfa;
mod objects;
mod paths;
mod policies;
mod reports;
mod sessions;
mod sign_in;
mod uploads;
mod users;

use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_async::time::{SharedTimeSource, SystemTimeSource, TimeSource};
use keywell_app::cloud::{Account, Cloud, CloudError, Connection, Credentials};

/// How many accounts are kept open: more profiles than a person goes back and forth between.
const KEPT: usize = 8;

/// AWS, or anything that speaks its protocols, through the AWS SDK.
pub struct AwsCloud {
    time: SharedTimeSource,
    /// The accounts used last, oldest first. A click that asks an account again finds its connections open.
    kept: Mutex<Vec<(Connection, Arc<account::AwsAccount>)>>,
}

impl AwsCloud {
    /// Signs with this machine's clock.
    pub fn new() -> AwsCloud {
        AwsCloud::with_time_source(SystemTimeSource::new())
    }

    /// Signs with another clock: tests set it wrong.
    pub fn with_time_source(time: impl TimeSource + 'static) -> AwsCloud {
        AwsCloud {
            time: SharedTimeSource::new(time),
            kept: Mutex::default(),
        }
    }
}

impl Default for AwsCloud {
    fn default() -> Self {
        AwsCloud::new()
    }
}

impl Cloud for AwsCloud {
    fn connect(&self, connection: Connection) -> Result<Arc<dyn Account>, CloudError> {
        // Other credentials depend on files and variables, which may change behind an equal connection.
        if !matches!(connection.credentials, Credentials::Pair(_)) {
            return Ok(Arc::new(account::AwsAccount::open(
                connection,
                self.time.clone(),
            )?));
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.iter().position(|(known, _)| *known == connection);
        let (connection, account) = match found {
            Some(place) => kept.remove(place),
            None => {
                let account = account::AwsAccount::open(connection.clone(), self.time.clone())?;
                (connection, Arc::new(account))
            }
        };
        if kept.len() >= KEPT {
            kept.remove(0);
        }
        kept.push((connection, account.clone()));
        Ok(account)
    }
}
