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
mod objects;
mod paths;
mod uploads;
mod users;

use std::sync::Arc;

use aws_smithy_async::time::{SharedTimeSource, SystemTimeSource, TimeSource};
use keywell_app::cloud::{Account, Cloud, CloudError, Connection};

/// AWS, or anything that speaks its protocols, through the AWS SDK.
#[derive(Debug, Clone)]
pub struct AwsCloud {
    time: SharedTimeSource,
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
        Ok(Arc::new(account::AwsAccount::open(
            connection,
            self.time.clone(),
        )?))
    }
}
