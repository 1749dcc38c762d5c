//! `keywell practice …`: the practice account on this machine.

use std::{
    error::Error,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use keywell_app::{Code, Problem};
use keywell_practice::{Fault, Options, PracticeError};
use keywell_wire::PracticeStatus;

use crate::{
    Session,
    error::{Ended, Stop},
    interrupt,
    output::{BOLD, DIM, Output},
    prompt,
};

#[derive(clap::Subcommand)]
#[command(defer = true)]
pub(crate) enum Command {
    /// Start it and stay, until Ctrl-C or `keywell practice stop`
    #[command(after_help = "\
Examples:
  keywell practice start
  keywell practice start --port 9000 --data ./account --new-key-delay 8s --latency 50ms")]
    Start(StartArguments),
    /// Is it running, and where
    #[command(after_help = "\
Examples:
  keywell practice status
  keywell practice status --data ./account --json")]
    Status(DataArguments),
    /// Stop the one that runs
    #[command(after_help = "\
Example:
  keywell practice stop")]
    Stop(DataArguments),
    /// Delete all its users, keys, buckets and objects
    #[command(after_help = "\
Example:
  keywell practice reset --yes")]
    Reset(ResetArguments),
}

#[derive(clap::Args)]
pub(crate) struct DataArguments {
    /// Where it keeps its state; Keywell's own folder when left out
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

#[derive(clap::Args)]
pub(crate) struct StartArguments {
    #[command(flatten)]
    data: DataArguments,

    /// The port on 127.0.0.1; the one of last time when left out
    #[arg(long)]
    port: Option<u16>,

    /// How long a new key takes to work, as at AWS: 8s
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    new_key_delay: Option<Duration>,

    /// How far its clock is ahead: 20m; behind: -20m
    #[arg(long, value_name = "TIME", value_parser = skew_seconds, allow_hyphen_values = true)]
    clock_skew: Option<i64>,

    /// How long each answer waits: 50ms
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    latency: Option<Duration>,

    /// Fill it with so many users, two keys each, to try a large account
    #[arg(
        long,
        value_name = "COUNT",
        default_value_t = 0,
        hide_default_value = true
    )]
    users: u32,

    /// A JSON file of faults to answer with
    #[arg(long, value_name = "FILE")]
    faults: Option<PathBuf>,

    /// Serve https with a fresh self-signed certificate
    #[arg(long)]
    tls: bool,
}

#[derive(clap::Args)]
pub(crate) struct ResetArguments {
    #[command(flatten)]
    data: DataArguments,

    /// Do not ask
    #[arg(long, short = 'y')]
    yes: bool,
}

fn skew_seconds(text: &str) -> Result<i64, String> {
    let (sign, length) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let length = humantime::parse_duration(length).map_err(|error| error.to_string())?;
    i64::try_from(length.as_secs())
        .map(|seconds| sign * seconds)
        .map_err(|_| "that is too long".to_owned())
}

impl DataArguments {
    fn folder(self, session: &Session) -> PathBuf {
        self.data.unwrap_or_else(|| session.app.places.practice())
    }
}

pub(crate) async fn run(session: &Session, command: Command) -> Result<Ended, Stop> {
    let output = session.output;
    match command {
        Command::Start(arguments) => start(session, arguments).await,
        Command::Status(data) => {
            let status = status(&data.folder(session));
            output.either(&status, |status| show(output, status))?;
            Ok(Ended::Done)
        }
        Command::Stop(data) => {
            let folder = data.folder(session);
            keywell_practice::request_stop(&folder).map_err(failed)?;
            let status = status(&folder);
            output.either(&status, |_| {
                output.line("The practice account has stopped.")
            })?;
            Ok(Ended::Done)
        }
        Command::Reset(arguments) => reset(session, arguments),
    }
}

async fn start(session: &Session, arguments: StartArguments) -> Result<Ended, Stop> {
    let output = session.output;
    let mut signals = interrupt::Signals::listen();
    let faults = arguments
        .faults
        .as_deref()
        .map(read_faults)
        .transpose()?
        .unwrap_or_default();
    let folder = arguments.data.folder(session);
    // Relative paths in what is printed would lead elsewhere from another folder.
    let folder = std::path::absolute(&folder).unwrap_or(folder);
    let practice = keywell_practice::start(Options {
        data_dir: folder,
        port: arguments.port,
        new_key_delay: arguments.new_key_delay.unwrap_or_default(),
        clock_skew: arguments.clock_skew.unwrap_or_default(),
        latency: arguments.latency.unwrap_or_default(),
        users: arguments.users,
        faults,
        tls: arguments.tls,
        clock: Arc::new(SystemTime::now),
    })
    .await
    .map_err(failed)?;
    let ready = Ready {
        endpoint_url: practice.endpoint_url().to_owned(),
        csv_path: practice.csv_path().display().to_string(),
        account_id: practice.account_id().to_owned(),
        certificate_path: practice
            .certificate_path()
            .map(|path| path.display().to_string()),
        pid: std::process::id(),
    };
    output.either(&ready, |ready| ready.show(output))?;
    tokio::select! {
        () = signals.next() => {}
        () = practice.stopped() => {}
    }
    practice.stop().await;
    if !output.json {
        output.line("The practice account has stopped. What is in it stays.")?;
    }
    Ok(Ended::Done)
}

/// What is printed when it answers; one line of JSON.
#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct Ready {
    endpoint_url: String,
    csv_path: String,
    account_id: String,
    certificate_path: Option<String>,
    pid: u32,
}

impl Ready {
    fn show(&self, output: Output) -> std::io::Result<()> {
        let Self {
            endpoint_url,
            csv_path,
            account_id,
            ..
        } = self;
        output.line(format!(
            "The practice account {account_id} answers at {BOLD}{endpoint_url}{BOLD:#}"
        ))?;
        output.line(format!("  {DIM}administrator's key{DIM:#}  {csv_path}"))?;
        if let Some(path) = &self.certificate_path {
            output.line(format!(
                "  {DIM}certificate{DIM:#}          {path} (AWS_CA_BUNDLE)"
            ))?;
        }
        output.line("")?;
        output.line("Set it up in another terminal:")?;
        output.line(format!(
            "  keywell setup --csv {} --profile practice --endpoint-url {endpoint_url}",
            quoted(csv_path)
        ))?;
        output.line("")?;
        output.line("Ctrl-C ends it.")
    }
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let is_plain = word.chars().all(|character| {
        character.is_alphanumeric() || matches!(character, '/' | '.' | '-' | '_' | ':' | '\\')
    });
    if is_plain {
        word.to_owned()
    } else if cfg!(windows) {
        format!("\"{word}\"")
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

fn read_faults(path: &Path) -> Result<Vec<Fault>, Stop> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Stop::usage(
            format!("The faults file {} can not be read.", path.display()),
            error.to_string(),
        )
    })?;
    keywell_practice::parse_faults(&text).map_err(|error| {
        let cause = cause(&error);
        Stop::usage(
            format!("{} {cause}", sentence(&error)).trim_end(),
            error.hint(),
        )
    })
}

fn reset(session: &Session, arguments: ResetArguments) -> Result<Ended, Stop> {
    let output = session.output;
    let folder = arguments.data.folder(session);
    if !arguments.yes && prompt::may_ask(output) {
        let question = format!(
            "Delete the practice account in {} with all its buckets?",
            session.app.places.shown(&folder)
        );
        if !prompt::confirm(&question)? {
            return Err(Stop::cancelled());
        }
    }
    keywell_practice::reset(&folder).map_err(failed)?;
    let status = status(&folder);
    output.either(&status, |_| {
        output.line("The practice account is empty; the next start makes a new one.")
    })?;
    Ok(Ended::Done)
}

fn status(folder: &Path) -> PracticeStatus {
    let status = keywell_practice::status(folder);
    PracticeStatus {
        running: status.running,
        exists: status.csv_path.is_some(),
        endpoint_url: status.endpoint_url,
        csv_path: status.csv_path.map(|path| path.display().to_string()),
    }
}

fn show(output: Output, status: &PracticeStatus) -> std::io::Result<()> {
    match (&status.endpoint_url, status.running) {
        (Some(url), true) => {
            output.line(format!(
                "The practice account answers at {BOLD}{url}{BOLD:#}"
            ))?;
        }
        _ if status.exists => output.line("The practice account is not running.")?,
        _ => output.line("There is no practice account yet. Start one: keywell practice start")?,
    }
    if let Some(path) = &status.csv_path {
        output.line(format!("  {DIM}administrator's key{DIM:#}  {path}"))?;
    }
    Ok(())
}

fn failed(error: PracticeError) -> Stop {
    Problem::new(Code::Practice, sentence(&error), error.hint())
        .because(cause(&error))
        .into()
}

/// The crate's errors are written in lower case and without a full stop.
fn sentence(error: &PracticeError) -> String {
    let text = error.to_string();
    let mut characters = text.chars();
    let first = characters.next().map(|first| first.to_uppercase());
    format!(
        "{}{}.",
        first.into_iter().flatten().collect::<String>(),
        characters.as_str()
    )
}

fn cause(error: &PracticeError) -> String {
    error.source().map(ToString::to_string).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_can_be_ahead_and_behind() {
        assert_eq!(skew_seconds("20m"), Ok(1200));
        assert_eq!(skew_seconds("+20m"), Ok(1200));
        assert_eq!(skew_seconds("-1h 5s"), Ok(-3605));
        assert!(skew_seconds("soon").is_err());
        assert!(skew_seconds("").is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_path_with_a_blank_is_quoted_for_the_shell() {
        assert_eq!(quoted("/home/ana/a.csv"), "/home/ana/a.csv");
        assert_eq!(quoted("/home/ana b/it's.csv"), r"'/home/ana b/it'\''s.csv'");
    }
}
