//! `keywell s3 …`: buckets and objects.

mod address;
mod bucket;
mod copy;
mod list;
mod presign;
mod progress;
mod remove;

use std::sync::Arc;

use keywell_app::{account_of, cloud::Account, environment_account};

use crate::{
    Session,
    error::{Ended, Stop},
    interrupt::or_stop,
};

#[derive(clap::Subcommand)]
#[command(defer = true)]
pub(crate) enum Command {
    /// List buckets, a folder, or everything below it
    Ls(list::Arguments),
    /// Make a bucket: closed to the public, ACLs off, encrypted
    Mb(bucket::MakeArguments),
    /// Delete an empty bucket
    Rb(bucket::RemoveArguments),
    /// Copy files and objects, here to S3, S3 to here, or within S3
    Cp(copy::Arguments),
    /// Delete objects
    Rm(remove::Arguments),
    /// Make a link that lets anybody read an object for a time
    Presign(presign::Arguments),
}

#[derive(clap::Args)]
struct Acting {
    /// The profile that acts; the environment, as the AWS SDKs read it, when left out
    #[arg(long, value_name = "PROFILE")]
    profile: Option<String>,
}

/// The account that a command acts in.
struct Opened {
    account: Arc<dyn Account>,
    /// `None` when the credentials came from variables.
    profile: Option<String>,
}

impl Acting {
    async fn open(&self, session: &Session) -> Result<Opened, Stop> {
        let app = &session.app;
        let (account, profile) = match &self.profile {
            Some(profile) => (account_of(app, profile).await?, Some(profile.clone())),
            None => environment_account(app).await?,
        };
        Ok(Opened { account, profile })
    }
}

pub(crate) async fn run(session: &Session, command: Command) -> Result<Ended, Stop> {
    match command {
        Command::Ls(arguments) => or_stop(list::run(session, &arguments)).await,
        Command::Mb(arguments) => or_stop(bucket::make(session, &arguments)).await,
        Command::Rb(arguments) => or_stop(bucket::remove(session, &arguments)).await,
        Command::Cp(arguments) => copy::run(session, arguments).await,
        Command::Rm(arguments) => or_stop(remove::run(session, &arguments)).await,
        Command::Presign(arguments) => or_stop(presign::run(session, &arguments)).await,
    }
}
