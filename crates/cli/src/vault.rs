//! `keywell vault …`: the store that keeps the keys.

use std::{io, path::PathBuf, time::Duration};

use keywell_app::{
    CancellationToken, Code, Problem,
    vault::{self, RestoreRow, RestoreWhat, Watched, store_word},
};
use keywell_vault::{ErrorKind, Secret, Store};
use keywell_wire::{Failure, StoreChoice, Stores as States, UnreadableItem};

use crate::{
    Session,
    error::{Ended, Stop, shown},
    output::{BOLD, DIM, Output, counted},
    passphrase, prompt,
};

#[derive(clap::Subcommand)]
#[command(defer = true)]
pub(crate) enum Command {
    /// Which store keeps the keys, proven with a real write, read and delete
    #[command(after_help = "\
Examples:
  keywell vault status
  keywell vault status --json")]
    Status,
    /// Carry all items to the other store, and keep new ones there
    #[command(after_help = "\
Examples:
  keywell vault move --to file         into an encrypted file, for machines without a keychain
  keywell vault move --to keychain

Each item is written, read back and compared before any is deleted from the old store. Whenever it
is stopped, nothing is lost; run it again to go on.")]
    Move {
        /// Where the keys go: keychain or file
        #[arg(long, value_name = "STORE", value_parser = store)]
        to: StoreChoice,
    },
    /// Write all items into a new file that is sealed with a passphrase
    #[command(after_help = "\
Examples:
  keywell vault backup ~/keywell.backup
  keywell vault backup /media/stick/keywell.backup --backup-passphrase-fd 3 3< passphrase.txt")]
    Backup(FileArguments),
    /// Take items out of a backup; nothing is replaced unless you say so
    #[command(after_help = "\
Examples:
  keywell vault restore ~/keywell.backup              shows what it would add and asks
  keywell vault restore ~/keywell.backup --yes
  keywell vault restore ~/keywell.backup --yes --replace

The backup holds keys, not profiles: ~/.aws/config is restored apart from it.")]
    Restore {
        #[command(flatten)]
        file: FileArguments,

        /// Do not ask
        #[arg(long, short = 'y')]
        yes: bool,

        /// Also store those of which the store holds another secret now
        #[arg(long)]
        replace: bool,
    },
    /// Open the encrypted file for this user's programs, for a while
    #[command(after_help = "\
Examples:
  keywell vault unlock                   for the time of the setting lock_after_minutes
  keywell vault unlock --for 8h
  keywell vault unlock --passphrase-fd 3 3< passphrase.txt

The key is kept by the kernel (Linux), which any program of this user could read until then.")]
    Unlock {
        /// How long, such as 30m or 8h
        #[arg(long = "for", value_name = "TIME", value_parser = humantime::parse_duration)]
        time: Option<Duration>,
    },
    /// Lock the encrypted file now
    #[command(after_help = "\
Example:
  keywell vault lock")]
    Lock,
}

#[derive(clap::Args)]
pub(crate) struct FileArguments {
    /// The backup
    #[arg(value_name = "FILE")]
    path: PathBuf,

    /// Read the backup's passphrase from this file descriptor
    #[arg(long, value_name = "N")]
    backup_passphrase_fd: Option<u32>,
}

/// The store's name as arguments give it.
pub(crate) fn store(text: &str) -> Result<StoreChoice, String> {
    match text {
        "keychain" => Ok(StoreChoice::Keychain),
        "file" => Ok(StoreChoice::File),
        "plain" => Err("Keywell keeps no secret in plain text: choose keychain or file".to_owned()),
        _ => Err("choose keychain or file".to_owned()),
    }
}

impl Command {
    /// How long an unlocked file stays so, when the command says.
    pub fn unlocked_for(&self) -> Option<Duration> {
        match self {
            Self::Unlock { time } => *time,
            _ => None,
        }
    }
}

pub(crate) async fn run(session: &Session, command: Command) -> Result<Ended, Stop> {
    let output = session.output;
    match command {
        Command::Status => status(session).await,
        Command::Move { to } => move_to(session, to),
        Command::Backup(file) => back_up(session, &file),
        Command::Restore { file, yes, replace } => restore(session, &file, yes, replace),
        Command::Unlock { .. } => {
            let file = &session.stores.file;
            file.unlock().map_err(|error| match error.kind {
                ErrorKind::NoEntry => vault::no_file(file),
                _ => error.into(),
            })?;
            said(output, "unlocked", true, "The encrypted file is unlocked.")
        }
        Command::Lock => {
            let locked = session.stores.file.lock().map_err(Problem::from)?;
            let sentence = if locked {
                "The encrypted file is locked."
            } else {
                "The encrypted file was not unlocked."
            };
            said(output, "locked", true, sentence)
        }
    }
}

fn said(output: Output, name: &str, value: bool, sentence: &str) -> Result<Ended, Stop> {
    if output.json {
        output.value(&serde_json::json!({ name: value }))?;
    } else {
        output.line(sentence)?;
    }
    Ok(Ended::Done)
}

fn unreadable(items: Vec<(String, Problem)>) -> Vec<UnreadableItem> {
    items
        .into_iter()
        .map(|(key_id, problem)| UnreadableItem {
            key_id,
            failure: problem.into(),
        })
        .collect()
}

async fn status(session: &Session) -> Result<Ended, Stop> {
    let states = vault::states(&session.app, &session.stores, true).await?;
    let works = states
        .stores
        .iter()
        .all(|store| !store.is_chosen || store.is_proven);
    let output = session.output;
    output.either(&states, |states| show_status(output, states))?;
    Ok(if works { Ended::Done } else { Ended::Failed })
}

fn show_status(output: Output, status: &States) -> io::Result<()> {
    for store in &status.stores {
        let place = store.path.as_deref().unwrap_or(&store.label);
        let role = if store.is_chosen {
            "keeps new items"
        } else {
            "not chosen"
        };
        output.line(
            format!(
                "{BOLD}{:<9}{BOLD:#} {role}  {DIM}{}{DIM:#}",
                store_word(&store.store),
                shown(place)
            )
            .trim_end(),
        )?;
        if let (true, Some(milliseconds)) = (store.is_proven, store.milliseconds) {
            output.line(format!(
                "  ✓ A trial item was written, read and deleted, in {milliseconds} ms."
            ))?;
        }
        if let Some(items) = store.items {
            output.line(format!("  {} in it.", counted(items, "access key")))?;
        }
        show_unreadable(output, &store.unreadable)?;
        if !store.is_chosen && store.is_there {
            output.line("  It is there, and was not tried.")?;
        }
        if let Some(failure) = &store.failure {
            let sign = if store.is_chosen { '✗' } else { '–' };
            output.line(format!("  {sign} {}", shown(&failure.message)))?;
            if store.is_chosen {
                output.line(format!("    {}", shown(&failure.hint)))?;
            }
        }
    }
    Ok(())
}

fn show_unreadable(output: Output, items: &[UnreadableItem]) -> io::Result<()> {
    for item in items {
        output.line(format!(
            "  ! {}: {} {}",
            shown(&item.key_id),
            shown(&item.failure.message),
            shown(&item.failure.hint)
        ))?;
    }
    Ok(())
}

fn move_to(session: &Session, to: StoreChoice) -> Result<Ended, Stop> {
    // What is copied when it is interrupted is found by the next one.
    let watched = Watched {
        on_progress: &|_| (),
        cancel: &CancellationToken::new(),
    };
    let moved = vault::move_to(&session.app, &session.stores, to, &watched)?;
    let output = session.output;
    output.either(&moved, |moved| {
        output.line(format!(
            "{} moved. New ones go to: {}.",
            counted(moved.moved.len() as u64, "item"),
            store_word(&moved.store)
        ))
    })?;
    match moved.left_behind.first() {
        None => Ok(Ended::Done),
        Some(first) => Err(Stop::partly(Failure {
            message: format!(
                "{} still in the old store. The first: {}",
                counted(moved.left_behind.len() as u64, "item"),
                first.failure.message
            ),
            ..first.failure.clone()
        })),
    }
}

/// The store that keeps the keys.
fn chosen(session: &Session) -> Result<std::sync::Arc<dyn Store>, Problem> {
    Ok((session.app.open_vault)()?)
}

fn back_up(session: &Session, file: &FileArguments) -> Result<Ended, Stop> {
    // Before a passphrase is asked for in vain.
    let store = chosen(session)?;
    let passphrase = match file.backup_passphrase_fd {
        None if prompt::may_ask(session.output) => {
            passphrase::new(&format!("the backup {}", file.path.display()))?
        }
        _ => given_passphrase(session, file)?,
    };
    let backup = vault::backup(store.as_ref(), &file.path, &passphrase)?;
    let output = session.output;
    let unreadable = unreadable(backup.unreadable);
    if output.json {
        output.value(&serde_json::json!({
            "path": file.path,
            "items": backup.items,
            "unreadable": unreadable,
        }))?;
    } else {
        output.line(format!(
            "{} in {}. Whoever has the file and the passphrase has the keys.",
            counted(backup.items.len() as u64, "item"),
            shown(&file.path.display().to_string())
        ))?;
    }
    match unreadable.into_iter().next() {
        None => Ok(Ended::Done),
        Some(item) => Err(Stop::partly(item.failure)),
    }
}

fn restore(
    session: &Session,
    file: &FileArguments,
    yes: bool,
    replace: bool,
) -> Result<Ended, Stop> {
    let output = session.output;
    let passphrase = given_passphrase(session, file)?;
    let store = chosen(session)?;
    let plan = vault::restore_plan(store.as_ref(), &file.path, &passphrase)?;
    if !output.json {
        show_plan(output, &plan, replace)?;
    }
    let wanted = plan.iter().filter(|row| is_wanted(row, replace)).count();
    if wanted > 0 && !yes {
        if !prompt::may_ask(output) {
            return Err(Stop::usage(
                format!("{} would be stored.", counted(wanted as u64, "item")),
                "Add --yes",
            ));
        }
        if !prompt::confirm("Store them?")? {
            return Err(Stop::cancelled());
        }
    }
    let stored = vault::restore(store.as_ref(), &plan, replace)?;
    if output.json {
        let rows = plan.iter().map(|row| {
            serde_json::json!({
                "keyId": row.item.key_id,
                "profile": row.item.profile,
                "what": word(row.what),
                "isStored": is_wanted(row, replace),
            })
        });
        output.value(&serde_json::json!({ "stored": stored, "rows": rows.collect::<Vec<_>>() }))?;
    } else {
        output.line(format!("{} stored.", counted(stored as u64, "item")))?;
    }
    Ok(Ended::Done)
}

fn is_wanted(row: &RestoreRow, replace: bool) -> bool {
    row.what == RestoreWhat::Add || (replace && row.what == RestoreWhat::Replace)
}

fn word(what: RestoreWhat) -> &'static str {
    match what {
        RestoreWhat::Add => "add",
        RestoreWhat::Same => "same",
        RestoreWhat::Replace => "replace",
    }
}

fn show_plan(output: Output, plan: &[RestoreRow], replace: bool) -> io::Result<()> {
    let rows: Vec<[String; 3]> = plan
        .iter()
        .map(|row| {
            let what = match (row.what, replace) {
                (RestoreWhat::Add, _) => "is added",
                (RestoreWhat::Same, _) => "is there already",
                (RestoreWhat::Replace, true) => "replaces another secret",
                (RestoreWhat::Replace, false) => "differs; left as it is without --replace",
            };
            [
                row.item.key_id.clone(),
                row.item.profile.clone(),
                what.to_owned(),
            ]
        })
        .collect();
    output.table(["ITEM", "PROFILE", "WHAT"], &rows)
}

/// The passphrase of a backup that is there, or, without a terminal, of one that is to be made.
fn given_passphrase(session: &Session, file: &FileArguments) -> Result<Secret, Stop> {
    let secret = match file.backup_passphrase_fd {
        Some(descriptor) => passphrase::of_descriptor(descriptor).map_err(|error| {
            Stop::from(
                Problem::new(
                    Code::VaultPassphraseNeeded,
                    "The backup's passphrase can not be read.",
                    "Check the number of the descriptor: --backup-passphrase-fd 3 3< FILE",
                )
                .because(error.to_string()),
            )
        })?,
        None if prompt::may_ask(session.output) => passphrase::typed(&format!(
            "Passphrase of {} (not shown):",
            file.path.display()
        ))?,
        None => Secret::new(""),
    };
    if secret.expose().is_empty() {
        return Err(Problem::new(
            Code::VaultPassphraseNeeded,
            "A backup needs a passphrase, and none was given.",
            "Run it in a terminal, or add --backup-passphrase-fd N.",
        )
        .into());
    }
    Ok(secret)
}
