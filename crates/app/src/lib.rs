//! Keywell's use cases, over traits. Names neither tauri nor the AWS SDK.
//!
//! What lives here: what a person wants done, step by step. What does not: how AWS is asked (`crates/aws`), how files
//! are edited (`crates/aws-files`), where secrets are kept (`crates/vault`), how anything looks (`ui`, `crates/cli`).

pub mod access;
mod accounts;
pub mod ask;
pub mod buckets;
mod checks;
pub mod cloud;
pub mod console;
pub mod diagnostics;
pub mod doctor;
pub mod files;
#[cfg(fuzzing)]
pub mod fuzzing;
pub mod hand_out;
mod helper_line;
pub mod history;
mod index;
pub mod key_health;
pub mod keys;
pub mod link;
pub mod mfa;
pub mod migrate;
pub mod notices;
pub mod objects;
mod overview;
pub mod places;
pub mod problem;
pub mod profiles;
pub mod regions;
mod resolve;
mod rights;
pub mod rotation;
mod s3_address;
pub mod sessions;
pub mod settings;
pub mod setup;
pub mod sign_in;
mod state_file;
pub mod test_profile;
pub mod time;
pub mod transfers;
pub mod users;
pub mod vault;
mod vault_items;
pub mod watch;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

use keywell_vault::{Store, VaultError};
pub use overview::{overview, vault_status};
pub use places::{Places, Variables};
pub use problem::{Code, Problem};
pub use resolve::{account_of, connection_of, environment_account};
pub use s3_address::{AddressFault, S3Address};
pub use tokio_util::sync::CancellationToken;

/// Opens the system's secret store. Called when it is needed, since a keychain can come up after Keywell did.
pub type OpenVault = Arc<dyn Fn() -> Result<Arc<dyn Store>, VaultError> + Send + Sync>;

/// What is known of the practice account on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PracticeAccount {
    pub endpoint_url: String,
    pub csv: PathBuf,
}

/// Called for each step of a set-up or a test when it begins and when it ends.
pub type OnStep<'a> = &'a (dyn Fn(keywell_wire::Step) + Send + Sync);

/// All that the use cases need from outside, built once at the start of a process.
pub struct App {
    pub places: Places,
    pub variables: Variables,
    pub clock: Arc<dyn Fn() -> SystemTime + Send + Sync>,
    pub open_vault: OpenVault,
    pub cloud: Arc<dyn cloud::Cloud>,
    pub practice: Arc<dyn Fn() -> Option<PracticeAccount> + Send + Sync>,
    /// Runs the line of a profile as AWS clients do.
    pub run_helper: hand_out::RunHelper,
    pub other_tools: migrate::ReadOtherTools,
    pointed_at: migrate::PointedAt,
    drafts: setup::Drafts,
    refusals: users::Refusals,
    mfa_drafts: mfa::Drafts,
    backup_drafts: vault::Drafts,
}

/// What `App` is built from; see its fields.
pub struct Parts {
    pub places: Places,
    pub variables: Variables,
    pub clock: Arc<dyn Fn() -> SystemTime + Send + Sync>,
    pub open_vault: OpenVault,
    pub cloud: Arc<dyn cloud::Cloud>,
    pub practice: Arc<dyn Fn() -> Option<PracticeAccount> + Send + Sync>,
    pub run_helper: hand_out::RunHelper,
    pub other_tools: migrate::ReadOtherTools,
}

impl App {
    pub fn new(parts: Parts) -> Self {
        let Parts {
            places,
            variables,
            clock,
            open_vault,
            cloud,
            practice,
            run_helper,
            other_tools,
        } = parts;
        Self {
            places,
            variables,
            clock,
            open_vault,
            cloud,
            practice,
            run_helper,
            other_tools,
            pointed_at: Default::default(),
            drafts: Default::default(),
            refusals: Default::default(),
            mfa_drafts: Default::default(),
            backup_drafts: Default::default(),
        }
    }

    fn now(&self) -> SystemTime {
        (self.clock)()
    }

    fn now_seconds(&self) -> u64 {
        time::unix_seconds(self.now())
    }

    fn shown(&self, path: &Path) -> String {
        self.places.shown(path)
    }
}

/// Runs a call that may wait for the system (the keychain, a disk) away from the threads that carry the network.
async fn blocking<R: Send + 'static>(
    call: impl FnOnce() -> R + Send + 'static,
) -> Result<R, Problem> {
    tokio::task::spawn_blocking(call).await.map_err(|error| {
        Problem::new(
            Code::Internal,
            "Keywell had an error of its own.",
            "Report it with its details.",
        )
        .because(error.to_string())
    })
}
