use keywell_app::{S3Address, transfers};
use keywell_wire::{Failure, ObjectDeleted};

use super::{Acting, address};
use crate::{
    Session,
    error::{Ended, Stop, shown},
    output::{counted, escaped},
    prompt,
};

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  keywell s3 rm s3://my-bucket/old.txt
  keywell s3 rm --recursive s3://my-bucket/logs/ --profile media")]
pub(crate) struct Arguments {
    /// s3://BUCKET/KEY, or a folder with --recursive
    #[arg(value_name = "ADDRESS")]
    address: String,

    /// Delete everything below the folder, or in the bucket
    #[arg(long)]
    recursive: bool,

    /// Do not ask
    #[arg(long, short = 'y')]
    yes: bool,

    #[command(flatten)]
    acting: Acting,
}

pub(super) async fn run(session: &Session, arguments: &Arguments) -> Result<Ended, Stop> {
    let address = address::parse(&arguments.address)?;
    if !arguments.recursive && address.key.is_empty() {
        return Err(Stop::usage(
            format!("{:?} names no object.", arguments.address),
            "Name one, or add --recursive to delete everything in the bucket",
        ));
    }
    let opened = arguments.acting.open(session).await?;
    if arguments.recursive && !arguments.yes && prompt::may_ask(session.output) {
        confirm(&address)?;
    }
    let account = opened.account.as_ref();
    let bucket = &address.bucket;
    let deleted = match (arguments.recursive, address.folder()) {
        (false, _) => transfers::delete(account, bucket, &[address.key], &[]).await?,
        (true, folder) if folder.is_empty() => transfers::empty_bucket(account, bucket).await,
        (true, folder) => transfers::delete(account, bucket, &[], &[folder]).await?,
    };
    conclude(session, deleted)
}

/// What goes can not be brought back, so a whole bucket asks for its name.
fn confirm(address: &S3Address) -> Result<(), Stop> {
    let is_meant = if address.key.is_empty() {
        let question = format!(
            "Delete every object in {}? Type the bucket's name:",
            escaped(&address.bucket)
        );
        prompt::confirm_typed(&question, &address.bucket)?
    } else {
        let folder = escaped(&address.folder());
        prompt::confirm(&format!("Delete everything below {folder}?"))?
    };
    if is_meant {
        Ok(())
    } else {
        Err(Stop::cancelled())
    }
}

fn conclude(session: &Session, deleted: ObjectDeleted) -> Result<Ended, Stop> {
    let output = session.output;
    let stayed = match deleted.failed.as_slice() {
        [] => None,
        [only] if deleted.deleted == 0 => Some(Stop::failed(only.failure.clone())),
        [first, ..] => {
            let failure = Failure {
                code: "s3.not_all_deleted".into(),
                message: format!(
                    "{} deleted, and {} not.",
                    counted(deleted.deleted, "object"),
                    deleted.failed.len()
                ),
                cause: format!("{}: {}", escaped(&first.key), first.failure.message),
                hint: first.failure.hint.clone(),
            };
            Some(if deleted.deleted == 0 {
                Stop::failed(failure)
            } else {
                Stop::partly(failure)
            })
        }
    };
    if stayed.is_none() || deleted.deleted > 0 {
        output.either(&deleted, |deleted| {
            for failed in &deleted.failed {
                output.line(format!(
                    "not deleted: {} ({})",
                    escaped(&failed.key),
                    shown(&failed.failure.message)
                ))?;
            }
            output.line(format!("Deleted {}.", counted(deleted.deleted, "object")))
        })?;
    }
    stayed.map_or(Ok(Ended::Done), Err)
}
