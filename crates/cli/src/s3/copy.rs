//! `s3 cp`, in all three directions.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use clap::ValueEnum;
use keywell_app::{
    CancellationToken, Code, Problem, S3Address, settings,
    transfers::{self, CopyPlan, DownloadPlan, Limits, Transfers, UploadPlan},
};
use keywell_wire::{
    Failure, ObjectFailure, OnConflict, TransferDirection, TransferRow, TransferStarted,
    TransferState,
};
use serde::Serialize;

use super::{Acting, Opened, address::Side, progress};
use crate::{
    Session,
    error::{Ended, Stop, shown},
    interrupt,
    output::{Output, counted, escaped, size_words},
};

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  keywell s3 cp picture.jpg s3://my-bucket/pictures/
  keywell s3 cp --recursive ./pictures s3://my-bucket/pictures --on-conflict skip
  keywell s3 cp s3://my-bucket/pictures/picture.jpg .
  keywell s3 cp s3://my-bucket/a.txt s3://other-bucket/b.txt --profile media

Nothing is overwritten unless --on-conflict says so. Exit code 3: some files arrived and some did not.")]
pub(crate) struct Arguments {
    /// A path or an s3:// address
    #[arg(value_name = "SRC")]
    from: OsString,

    /// A path or an s3:// address; what ends with / is a folder
    #[arg(value_name = "DST")]
    to: OsString,

    /// Copy everything in a folder
    #[arg(long)]
    recursive: bool,

    /// What to do where the name is taken; without it nothing is copied then
    #[arg(long, value_name = "WHAT")]
    on_conflict: Option<Conflict>,

    #[command(flatten)]
    acting: Acting,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Conflict {
    /// Put the new one in its place
    Replace,
    /// Keep what is there
    Skip,
    /// Give the new one a number
    KeepBoth,
}

impl Arguments {
    fn on_conflict(&self) -> OnConflict {
        match self.on_conflict {
            None => OnConflict::Ask,
            Some(Conflict::Replace) => OnConflict::Replace,
            Some(Conflict::Skip) => OnConflict::Skip,
            Some(Conflict::KeepBoth) => OnConflict::KeepBoth,
        }
    }
}

pub(super) async fn run(session: &Session, mut arguments: Arguments) -> Result<Ended, Stop> {
    let from = Side::parse(std::mem::take(&mut arguments.from))?;
    let to = Side::parse(std::mem::take(&mut arguments.to))?;
    let copy = Copy {
        session,
        recursive: arguments.recursive,
        on_conflict: arguments.on_conflict(),
        cancel: interrupt::token(),
    };
    match (from, to) {
        (Side::Here(path), Side::There(address)) => {
            if path.is_dir() && !arguments.recursive {
                return Err(Stop::usage(
                    format!("{} is a folder.", path.display()),
                    "Add --recursive to copy what is in it",
                ));
            }
            let opened = arguments.acting.open(session).await?;
            copy.upload(opened, path, &address).await
        }
        (Side::There(address), Side::Here(path)) => {
            copy.check_source(&address)?;
            let opened = arguments.acting.open(session).await?;
            copy.download(opened, &address, &path).await
        }
        (Side::There(from), Side::There(to)) => {
            copy.check_source(&from)?;
            let opened = arguments.acting.open(session).await?;
            copy.within(opened, &from, &to).await
        }
        (Side::Here(_), Side::Here(_)) => Err(Stop::usage(
            "Neither side is an address in S3.",
            "Write one of them as s3://BUCKET/KEY",
        )),
    }
}

struct Copy<'a> {
    session: &'a Session,
    recursive: bool,
    on_conflict: OnConflict,
    cancel: CancellationToken,
}

impl Copy<'_> {
    fn check_source(&self, address: &S3Address) -> Result<(), Stop> {
        if self.recursive || !address.is_folder() {
            return Ok(());
        }
        Err(Stop::usage(
            format!("{address} is a folder."),
            "Name an object in it, or add --recursive to copy everything",
        ))
    }

    async fn upload(&self, opened: Opened, path: PathBuf, to: &S3Address) -> Result<Ended, Stop> {
        let is_folder = path.is_dir();
        let (prefix, name) = if is_folder {
            // What is in the folder goes straight below the address, as with the AWS CLI.
            (to.folder(), Some(String::new()))
        } else if to.is_folder() {
            (to.key.clone(), None)
        } else {
            let (prefix, name) = to.split();
            (prefix.to_owned(), Some(name.to_owned()))
        };
        let plan = UploadPlan {
            profile: opened.profile.unwrap_or_default(),
            bucket: to.bucket.clone(),
            prefix,
            paths: vec![path],
            name,
            on_conflict: self.on_conflict.clone(),
        };
        let transfers = self.transfers();
        let started = self
            .unless_cancelled(transfers.upload(opened.account, plan))
            .await?;
        self.finish(&transfers, started).await
    }

    async fn download(&self, opened: Opened, from: &S3Address, to: &Path) -> Result<Ended, Stop> {
        let plan = DownloadPlan {
            profile: opened.profile.unwrap_or_default(),
            bucket: from.bucket.clone(),
            on_conflict: self.on_conflict.clone(),
            ..self.download_plan(from, to)
        };
        let transfers = self.transfers();
        let started = self
            .unless_cancelled(transfers.download(opened.account, plan))
            .await?;
        self.finish(&transfers, started).await
    }

    fn download_plan(&self, from: &S3Address, to: &Path) -> DownloadPlan {
        let plan = DownloadPlan {
            profile: String::new(),
            bucket: String::new(),
            prefix: from.split().0.to_owned(),
            keys: vec![from.key.clone()],
            folders: Vec::new(),
            directory: to.to_owned(),
            name: None,
            on_conflict: OnConflict::Ask,
        };
        if self.recursive {
            return DownloadPlan {
                prefix: from.folder(),
                keys: Vec::new(),
                folders: vec![from.folder()],
                ..plan
            };
        }
        match (names_a_folder(to), to.file_name()) {
            (false, Some(name)) => DownloadPlan {
                directory: to.parent().map(Path::to_owned).unwrap_or_default(),
                name: Some(name.to_string_lossy().into_owned()),
                ..plan
            },
            _ => plan,
        }
    }

    fn transfers(&self) -> Transfers {
        let app = &self.session.app;
        let transfers = Transfers::new(app.clock.clone(), Limits::default());
        transfers.set_speed(settings::speed(&app.places));
        transfers
    }

    async fn unless_cancelled<T>(
        &self,
        work: impl Future<Output = Result<T, Problem>>,
    ) -> Result<T, Stop> {
        match self.cancel.run_until_cancelled(work).await {
            Some(outcome) => Ok(outcome?),
            None => Err(Stop::cancelled()),
        }
    }

    async fn finish(&self, transfers: &Transfers, started: TransferStarted) -> Result<Ended, Stop> {
        if !started.conflicts.is_empty() {
            return Err(taken(&started.conflicts));
        }
        let output = self.session.output;
        let rows = progress::watch(transfers, &started.transfers, output, &self.cancel).await;
        conclude(output, rows)
    }

    async fn within(
        &self,
        opened: Opened,
        from: &S3Address,
        to: &S3Address,
    ) -> Result<Ended, Stop> {
        let (from_prefix, _) = from.split();
        let (to_prefix, to_name) = to.split();
        let plan = CopyPlan {
            from_bucket: from.bucket.clone(),
            from_prefix: from_prefix.to_owned(),
            keys: vec![from.key.clone()],
            folders: Vec::new(),
            to_bucket: to.bucket.clone(),
            to_prefix: to_prefix.to_owned(),
            name: (!to.is_folder()).then(|| to_name.to_owned()),
            on_conflict: self.on_conflict.clone(),
        };
        let plan = if self.recursive {
            CopyPlan {
                from_prefix: from.folder(),
                keys: Vec::new(),
                folders: vec![from.folder()],
                to_prefix: to.folder(),
                name: None,
                ..plan
            }
        } else {
            plan
        };
        let copied = self
            .unless_cancelled(transfers::copy(opened.account.as_ref(), &plan))
            .await?;
        if !copied.conflicts.is_empty() {
            return Err(taken(&copied.conflicts));
        }
        let address = |bucket: &str, key: &str| format!("s3://{bucket}/{key}");
        let mut summary = Summary::default();
        for (source, target) in copied.copied {
            summary.done.push(Moved {
                from: address(&from.bucket, &source),
                to: address(&to.bucket, &target),
                bytes: None,
                checksum: None,
            });
        }
        for source in copied.skipped {
            summary.skipped.push(address(&from.bucket, &source));
        }
        for ObjectFailure { key, failure } in copied.failed {
            let from = address(&from.bucket, &key);
            summary.failed.push(Unmoved { from, failure });
        }
        summary.conclude(self.session.output)
    }
}

fn names_a_folder(path: &Path) -> bool {
    let ends_like_one = path
        .as_os_str()
        .to_string_lossy()
        .ends_with(std::path::is_separator);
    ends_like_one || path.is_dir()
}

fn taken(names: &[String]) -> Stop {
    let shown: Vec<String> = names.iter().take(5).map(|name| escaped(name)).collect();
    let more = match names.len() - shown.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Problem::new(
        Code::TransferExists,
        match names.len() {
            1 => "A file of this name is there already, so nothing was copied.".to_owned(),
            count => format!("{count} names are taken already, so nothing was copied."),
        },
        "Say what to do with them: --on-conflict replace, skip or keep-both",
    )
    .because(format!("{}{more}", shown.join(", ")))
    .into()
}

#[derive(Serialize)]
struct Moved {
    from: String,
    to: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    checksum: Option<String>,
}

#[derive(Serialize)]
struct Unmoved {
    from: String,
    failure: Failure,
}

/// What became of each file.
#[derive(Default, Serialize)]
struct Summary {
    done: Vec<Moved>,
    skipped: Vec<String>,
    failed: Vec<Unmoved>,
}

fn conclude(output: Output, rows: Vec<TransferRow>) -> Result<Ended, Stop> {
    let mut summary = Summary::default();
    let mut cancelled = 0_u64;
    for row in rows {
        let remote = format!("s3://{}/{}", row.bucket, row.key);
        let (from, to) = match row.direction {
            TransferDirection::Upload => (row.path, remote),
            TransferDirection::Download => (remote, row.path),
        };
        match row.state {
            TransferState::Done => summary.done.push(Moved {
                from,
                to,
                bytes: Some(row.bytes_total),
                checksum: row.checksum,
            }),
            TransferState::Skipped => summary.skipped.push(from),
            TransferState::Failed => summary.failed.push(Unmoved {
                from,
                failure: row.failure.unwrap_or_else(|| Problem::cancelled().into()),
            }),
            _ => cancelled += 1,
        }
    }
    if cancelled > 0 {
        let message = format!(
            "You cancelled this. {} arrived, {cancelled} did not.",
            counted(summary.done.len() as u64, "file")
        );
        let problem = Problem::new(
            Code::TransferCancelled,
            message,
            "The same command with --on-conflict skip copies what is missing.",
        );
        return Err(problem.into());
    }
    summary.conclude(output)
}

impl Summary {
    fn conclude(self, output: Output) -> Result<Ended, Stop> {
        let failure = self.failed.first().map(|first| {
            if self.failed.len() == 1 && self.done.is_empty() {
                return Stop::failed(first.failure.clone());
            }
            let failure = Failure {
                code: "transfer.partly".into(),
                message: format!(
                    "{} arrived, and {} did not.",
                    counted(self.done.len() as u64, "file"),
                    self.failed.len()
                ),
                cause: format!("{}: {}", escaped(&first.from), first.failure.message),
                hint: first.failure.hint.clone(),
            };
            if self.done.is_empty() {
                Stop::failed(Failure {
                    code: first.failure.code.clone(),
                    ..failure
                })
            } else {
                Stop::partly(failure)
            }
        });
        if failure.is_none() || !self.done.is_empty() {
            output.either(&self, |summary| summary.show(output))?;
        }
        failure.map_or(Ok(Ended::Done), Err)
    }

    fn show(&self, output: Output) -> std::io::Result<()> {
        for moved in &self.done {
            let size = moved
                .bytes
                .map(|bytes| format!("  ({})", size_words(bytes)))
                .unwrap_or_default();
            output.line(format!(
                "copied: {} to {}{size}",
                escaped(&moved.from),
                escaped(&moved.to)
            ))?;
        }
        for from in &self.skipped {
            output.line(format!("skipped: {}", escaped(from)))?;
        }
        for failed in &self.failed {
            output.line(format!(
                "failed: {} ({})",
                escaped(&failed.from),
                shown(&failed.failure.message)
            ))?;
        }
        Ok(())
    }
}
