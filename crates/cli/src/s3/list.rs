//! `s3 ls`, printed while the pages arrive.

use std::{
    io::{self, BufWriter, StdoutLock, Write},
    time::SystemTime,
};

use jiff::{Timestamp, tz::TimeZone};
use keywell_app::{
    Code, Problem, S3Address, buckets,
    cloud::{Context, ListObjects, ObjectEntry},
    objects,
};
use serde::Serialize;

use super::{Acting, Opened, address};
use crate::{
    Session,
    error::{Ended, Stop},
    output::escaped,
};

/// S3's own limit for a page of a listing.
const PAGE: i32 = 1000;

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  keywell s3 ls
  keywell s3 ls s3://my-bucket/pictures/
  keywell s3 ls --recursive s3://my-bucket/ --profile media --json")]
pub(crate) struct Arguments {
    /// s3://BUCKET/PREFIX; all buckets when left out
    #[arg(value_name = "ADDRESS")]
    address: Option<String>,

    /// Everything below the prefix, in byte order
    #[arg(long)]
    recursive: bool,

    #[command(flatten)]
    acting: Acting,
}

pub(super) async fn run(session: &Session, arguments: &Arguments) -> Result<Ended, Stop> {
    let address = match arguments.address.as_deref() {
        None | Some("s3://") => None,
        Some(text) => Some(address::parse(text)?),
    };
    let opened = arguments.acting.open(session).await?;
    match address {
        None => list_buckets(session, &opened).await?,
        Some(address) => list_objects(session, &opened, &address, arguments.recursive).await?,
    }
    Ok(Ended::Done)
}

async fn list_buckets(session: &Session, opened: &Opened) -> Result<(), Stop> {
    let list = buckets::list_in(opened.account.as_ref(), opened.profile.as_deref()).await?;
    if list.denied {
        return Err(Problem::new(
            Code::AccessDenied,
            "This key may not list the account's buckets.",
            "Name a bucket that you know of: keywell s3 ls s3://BUCKET/",
        )
        .into());
    }
    let output = session.output;
    let zone = TimeZone::system();
    output.either(&list.buckets, |buckets| {
        for bucket in buckets {
            let created = bucket
                .created
                .as_deref()
                .and_then(|created| created.parse::<Timestamp>().ok());
            output.line(format!("{} {}", time_text(created, &zone), bucket.name))?;
        }
        Ok(())
    })?;
    Ok(())
}

/// The form of the AWS CLI: local time, blanks where the service tells none.
fn time_text(time: Option<Timestamp>, zone: &TimeZone) -> String {
    time.map_or_else(
        || " ".repeat(19),
        |time| {
            time.to_zoned(zone.clone())
                .strftime("%Y-%m-%d %H:%M:%S")
                .to_string()
        },
    )
}

async fn list_objects(
    session: &Session,
    opened: &Opened,
    address: &S3Address,
    recursive: bool,
) -> Result<(), Stop> {
    let context = Context {
        profile: opened.profile.as_deref(),
        bucket: Some(&address.bucket),
        ..Context::default()
    };
    let mut printer = Printer::new(session, address, recursive);
    let mut continuation: Option<String> = None;
    loop {
        let page = opened
            .account
            .list_objects(ListObjects {
                bucket: &address.bucket,
                prefix: &address.key,
                delimiter: (!recursive).then_some("/"),
                continuation: continuation.as_deref(),
                max_keys: PAGE,
            })
            .await
            .map_err(|error| Problem::from_cloud(&error, &context))?;
        for folder in &page.folders {
            printer.folder(folder)?;
        }
        for object in page.objects {
            printer.object(object)?;
        }
        printer.flush()?;
        continuation = page.continuation;
        if continuation.is_none() {
            break;
        }
    }
    if printer.count == 0 && !address.key.is_empty() {
        return Err(Problem::new(
            Code::NoSuchObject,
            format!(
                "Nothing in {} begins with {:?}.",
                address.bucket, address.key
            ),
            format!("See what there is: keywell s3 ls s3://{}/", address.bucket),
        )
        .into());
    }
    printer.end()?;
    Ok(())
}

#[derive(Serialize)]
struct Folder<'a> {
    prefix: &'a str,
}

/// Writes entries as they come: lines for people, or one JSON array.
struct Printer {
    json: bool,
    /// How much of a key is left out on a line: in a folder, its own name.
    cut: usize,
    zone: TimeZone,
    count: u64,
    text: Vec<u8>,
}

impl Printer {
    fn new(session: &Session, address: &S3Address, recursive: bool) -> Self {
        Self {
            json: session.output.json,
            cut: if recursive {
                0
            } else {
                address.split().0.len()
            },
            zone: TimeZone::system(),
            count: 0,
            text: Vec::new(),
        }
    }

    fn folder(&mut self, folder: &str) -> io::Result<()> {
        if self.json {
            return self.element(&Folder { prefix: folder });
        }
        self.count += 1;
        writeln!(
            self.text,
            "{:>30} {}",
            "PRE",
            escaped(folder.get(self.cut..).unwrap_or(folder))
        )
    }

    fn object(&mut self, object: ObjectEntry) -> io::Result<()> {
        if self.json {
            return self.element(&objects::object_row(object));
        }
        self.count += 1;
        writeln!(
            self.text,
            "{} {:>10} {}",
            time_text(object.modified.and_then(timestamp), &self.zone),
            object.size,
            escaped(object.key.get(self.cut..).unwrap_or(&object.key))
        )
    }

    fn element(&mut self, element: &impl Serialize) -> io::Result<()> {
        self.text.extend(if self.count == 0 {
            b"["
        } else {
            b",\n" as &[u8]
        });
        self.count += 1;
        Ok(serde_json::to_writer(&mut self.text, element)?)
    }

    fn flush(&mut self) -> io::Result<()> {
        let mut stdout: BufWriter<StdoutLock<'_>> = BufWriter::new(io::stdout().lock());
        stdout.write_all(&self.text)?;
        self.text.clear();
        stdout.flush()
    }

    fn end(&mut self) -> io::Result<()> {
        if self.json {
            let end: &[u8] = if self.count == 0 { b"[]\n" } else { b"]\n" };
            self.text.extend(end);
        }
        self.flush()
    }
}

fn timestamp(time: SystemTime) -> Option<Timestamp> {
    Timestamp::try_from(time).ok()
}
