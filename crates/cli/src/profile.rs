//! `keywell profile …`: the profiles of the AWS files.

use std::io;

use keywell_app::{Code, Problem, history, profiles, sessions};
use keywell_wire::{
    DiffKind, DiffLine, HistoryDetails, HistoryEntry, HistoryState, ProfileChange, ProfileDetails,
    ProfileKind, ProfileRow, SecretPlace, Severity, UndoConflict,
};

use crate::{
    Session,
    arguments::assignment,
    error::{Ended, Stop, shown},
    migrate,
    output::{BOLD, DIM, Output, day_and_minute},
    prompt,
};

#[derive(clap::Subcommand)]
#[command(defer = true)]
pub(crate) enum Command {
    /// List all profiles: who they are, where their secret lives, when they were tested
    #[command(after_help = "\
Examples:
  keywell profile list
  keywell profile list --json")]
    List,
    /// Show one profile in full, without secrets
    #[command(after_help = "\
Example:
  keywell profile show media")]
    Show {
        /// The profile
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Change values of a profile, or make one by hand
    #[command(after_help = "\
Examples:
  keywell profile set media region=eu-west-1 output=json
  keywell profile set media --unset endpoint_url
  keywell profile set deploy --create role_arn=arn:aws:iam::123456789012:role/deploy source_profile=media")]
    Set(SetArguments),
    /// Take settings out of a profile
    #[command(after_help = "\
Example:
  keywell profile unset media endpoint_url s3.addressing_style")]
    Unset {
        /// The profile
        #[arg(value_name = "NAME")]
        name: String,
        /// What to take out
        #[arg(value_name = "KEY", required = true)]
        keys: Vec<String>,
    },
    /// Put a profile into a group of your own; without a group it leaves the one it is in
    #[command(after_help = "\
Examples:
  keywell profile group harbour-prod harbour
  keywell profile group harbour-prod")]
    Group {
        /// The profile
        #[arg(value_name = "NAME")]
        name: String,
        /// The group
        #[arg(value_name = "GROUP")]
        group: Option<String>,
    },
    /// Make a second profile with the same settings and the same key
    #[command(after_help = "\
Example:
  keywell profile copy media media-test")]
    Copy(PairArguments),
    /// Give a profile another name
    #[command(after_help = "\
Example:
  keywell profile rename media film")]
    Rename(PairArguments),
    /// Mark a profile as one of production, so that Keywell shows it as such. The AWS files stay as they are
    #[command(after_help = "\
Examples:
  keywell profile mark harbour-prod --production
  keywell profile mark harbour-prod --no-production")]
    Mark(MarkArguments),
    /// Choose whether programs get a profile's key itself, or only sessions of it that end
    #[command(after_help = "\
Examples:
  keywell profile sessions media --short
  keywell profile sessions media --no-short

A session ends after 12 hours at most, or after duration_seconds of the profile. One that was made without MFA can not
call IAM, and of STS nothing but AssumeRole and GetCallerIdentity.")]
    Sessions(SessionsArguments),
    /// Choose whether you are asked the first time a program wants a profile
    #[command(after_help = "\
Examples:
  keywell profile ask-first harbour-prod --on
  keywell profile ask-first harbour-prod --off

You can allow a program once, for an hour, or always. Switching it on or off forgets what you allowed. It informs you,
and protects you from no malware: a program that runs as you can take what you can take.")]
    AskFirst(AskFirstArguments),
    /// Remove a profile from the AWS files. The key at AWS stays
    #[command(after_help = "\
Examples:
  keywell profile remove media
  keywell profile remove media --forget-key --yes
  keywell profile remove media --successor film")]
    Remove(RemoveArguments),
    /// What Keywell changed in the AWS files, newest first, or one change in full
    #[command(after_help = "\
Examples:
  keywell profile history
  keywell profile history 12")]
    History {
        /// One change, by its number
        #[arg(value_name = "ID")]
        id: Option<String>,
    },
    /// Take a change back, the newest one if none is named. Undoing an undo does it again
    #[command(after_help = "\
Examples:
  keywell profile undo
  keywell profile undo 12")]
    Undo {
        /// The change, by its number in the history
        #[arg(value_name = "ID")]
        id: Option<String>,
    },
    /// Move plain keys into the keychain, from files and from other tools
    Migrate(migrate::Migrate),
    /// Print profiles for another machine, without secrets
    Export(migrate::Export),
    /// Take profiles of another machine in
    Import(migrate::Import),
}

#[derive(clap::Args)]
pub(crate) struct SetArguments {
    /// The profile
    #[arg(value_name = "NAME")]
    name: String,

    /// What to set
    #[arg(value_name = "KEY=VALUE", value_parser = assignment, required_unless_present = "unset")]
    values: Vec<(String, String)>,

    /// What to take out; may be given several times
    #[arg(long, value_name = "KEY")]
    unset: Vec<String>,

    /// Make a new profile
    #[arg(long)]
    create: bool,
}

#[derive(clap::Args)]
pub(crate) struct PairArguments {
    /// The profile there is
    #[arg(value_name = "FROM")]
    from: String,

    /// The new name
    #[arg(value_name = "TO")]
    to: String,
}

#[derive(clap::Args)]
pub(crate) struct MarkArguments {
    /// The profile
    #[arg(value_name = "NAME")]
    name: String,

    /// What is done as this profile is done for real
    #[arg(long, conflicts_with = "no_production")]
    production: bool,

    /// Take the mark away
    #[arg(long, required_unless_present = "production")]
    no_production: bool,
}

#[derive(clap::Args)]
pub(crate) struct SessionsArguments {
    /// The profile
    #[arg(value_name = "NAME")]
    name: String,

    /// Programs get sessions only
    #[arg(long, conflicts_with = "no_short")]
    short: bool,

    /// Programs get the key
    #[arg(long, required_unless_present = "short")]
    no_short: bool,
}

#[derive(clap::Args)]
pub(crate) struct AskFirstArguments {
    /// The profile
    #[arg(value_name = "NAME")]
    name: String,

    /// You are asked
    #[arg(long, conflicts_with = "off")]
    on: bool,

    /// Every program gets it
    #[arg(long, required_unless_present = "on")]
    off: bool,
}

#[derive(clap::Args)]
pub(crate) struct RemoveArguments {
    /// The profile
    #[arg(value_name = "NAME")]
    name: String,

    /// Also take its key out of the keychain, unless another profile uses it
    #[arg(long)]
    forget_key: bool,

    /// Let the profiles that act through it (source_profile) act through this one
    #[arg(long, value_name = "NAME")]
    successor: Option<String>,

    /// Do not ask
    #[arg(long, short = 'y')]
    yes: bool,
}

pub(crate) async fn run(session: &Session, command: Command) -> Result<Ended, Stop> {
    let (app, output) = (&session.app, session.output);
    match command {
        Command::List => {
            let rows = profiles::list(app)?;
            output.either(&rows, |rows| show_list(output, rows))?;
        }
        Command::Show { name } => {
            let details = profiles::show(app, &name)?;
            output.either(&details, |details| show_details(output, details))?;
        }
        Command::Set(arguments) => {
            let set = arguments
                .values
                .into_iter()
                .map(|(name, value)| (name, Some(value)));
            let unset = arguments.unset.into_iter().map(|name| (name, None));
            let values: Vec<_> = set.chain(unset).collect();
            let change = profiles::save(app, &arguments.name, arguments.create, &values).await?;
            report(output, change, "Saved")?;
        }
        Command::Unset { name, keys } => {
            let values: Vec<_> = keys.into_iter().map(|key| (key, None)).collect();
            let change = profiles::save(app, &name, false, &values).await?;
            report(output, change, "Saved")?;
        }
        Command::Group { name, group } => {
            profiles::set_group(app, &name, group.as_deref())?;
            let row = profiles::row(app, &name)?;
            output.either(&row, |row| {
                let name = crate::output::escaped(&row.name);
                match &row.group {
                    Some(group) => {
                        output.line(format!("{BOLD}{name}{BOLD:#} is in {}.", shown(group)))
                    }
                    None => output.line(format!("{BOLD}{name}{BOLD:#} is in no group.")),
                }
            })?;
        }
        Command::Copy(PairArguments { from, to }) => {
            report(output, profiles::copy(app, &from, &to).await?, "Made")?;
        }
        Command::Rename(PairArguments { from, to }) => {
            report(
                output,
                profiles::rename(app, &from, &to).await?,
                "Renamed to",
            )?;
        }
        Command::Mark(arguments) => {
            let row = profiles::mark_production(app, &arguments.name, arguments.production)?;
            output.either(&row, |row| {
                let name = crate::output::escaped(&row.name);
                let state = if row.production {
                    "is marked"
                } else {
                    "is not marked"
                };
                output.line(format!("{BOLD}{name}{BOLD:#} {state} as production."))
            })?;
        }
        Command::AskFirst(AskFirstArguments { name, on, .. }) => {
            sessions::set_ask_first(app, &name, on)?;
            output.either(
                &serde_json::json!({ "profile": name, "askFirst": on }),
                |_| {
                    let name = shown(&name);
                    output.line(match on {
                        true => format!(
                            "You are asked the first time a program wants {BOLD}{name}{BOLD:#}."
                        ),
                        false => {
                            format!("Every program gets {BOLD}{name}{BOLD:#} without a question.")
                        }
                    })
                },
            )?;
        }
        Command::Sessions(arguments) => {
            sessions::set_short_sessions(app, &arguments.name, arguments.short)?;
            let answer =
                serde_json::json!({ "profile": arguments.name, "shortSessions": arguments.short });
            output.either(&answer, |_| {
                let name = crate::output::escaped(&arguments.name);
                let what = if arguments.short {
                    "sessions of this key, which can not call IAM"
                } else {
                    "the key itself"
                };
                output.line(format!(
                    "Programs that use {BOLD}{name}{BOLD:#} get {what}."
                ))
            })?;
        }
        Command::Remove(arguments) => {
            // Also says that there is none, before anything is asked.
            let ProfileDetails { row, used_by, .. } = profiles::show(app, &arguments.name)?;
            let orphans = match arguments.successor {
                Some(_) => String::new(),
                None => used_by.join(", "),
            };
            if !arguments.yes && prompt::may_ask(output) {
                let key = match (&row.key_id, arguments.forget_key) {
                    (Some(key_id), true) => format!(" and the key {key_id} from the keychain"),
                    _ => String::new(),
                };
                if !orphans.is_empty() {
                    output.line(format!(
                        "These act through it and stop working: {}",
                        shown(&orphans)
                    ))?;
                }
                let question = format!("Remove the profile {}{key}?", row.name);
                if !prompt::confirm(&question)? {
                    return Err(Stop::cancelled());
                }
            }
            let keeps_key = row.secret == SecretPlace::Keychain && !arguments.forget_key;
            let change = profiles::remove_for(
                app,
                &arguments.name,
                arguments.forget_key,
                arguments.successor.as_deref(),
            )
            .await?;
            report(output, change, "Removed")?;
            if !orphans.is_empty() && !output.json {
                output.line(format!(
                    "These acted through it: {}. Take it back, or set their source_profile.",
                    shown(&orphans)
                ))?;
            }
            if keeps_key && !output.json {
                output.line("Its key stays in the keychain.")?;
            }
        }
        Command::History { id: None } => {
            output.either(&history::list(app)?, |entries| {
                show_history(output, entries)
            })?;
        }
        Command::History { id: Some(id) } => {
            let details = history::show(app, &id)?;
            output.either(&details, |details| show_change(output, details))?;
        }
        Command::Undo { id } => return undo(session, id).await,
        Command::Migrate(arguments) => return migrate::run(session, arguments).await,
        Command::Export(arguments) => migrate::export(session, &arguments)?,
        Command::Import(arguments) => return migrate::import(session, &arguments).await,
    }
    Ok(Ended::Done)
}

pub(crate) fn report(output: Output, change: ProfileChange, did: &str) -> io::Result<()> {
    output.either(&change, |change| {
        output.line(format!(
            "{did} {BOLD}{}{BOLD:#}.",
            crate::output::escaped(&change.profile)
        ))?;
        show_diff(output, &change.diff)?;
        show_undo(output, change)
    })
}

pub(crate) fn show_diff(output: Output, diff: &[DiffLine]) -> io::Result<()> {
    for line in diff {
        let sign = match line.kind {
            DiffKind::Same => continue,
            DiffKind::Added => '+',
            DiffKind::Removed => '-',
        };
        output.line(format!("  {DIM}{sign} {}{DIM:#}", shown(&line.text)))?;
    }
    Ok(())
}

/// How a change is taken back.
pub(crate) fn undo_line(token: &str) -> String {
    format!("{DIM}Take it back: keywell profile undo {token}{DIM:#}")
}

fn show_undo(output: Output, change: &ProfileChange) -> io::Result<()> {
    if let Some(undo) = &change.undo {
        output.line(undo_line(&undo.token))?;
    }
    match &change.note {
        Some(note) => output.line(shown(note)),
        None => Ok(()),
    }
}

async fn undo(session: &Session, id: Option<String>) -> Result<Ended, Stop> {
    let (app, output) = (&session.app, session.output);
    let id = match id {
        Some(id) => id,
        None => history::last(app)?.ok_or_else(|| {
            Problem::new(
                Code::UndoGone,
                "There is nothing to undo.",
                "See what was done: keywell profile history",
            )
        })?,
    };
    let answer = history::undo(app, &id).await?;
    output.either(&answer, |answer| {
        if let Some(change) = &answer.change {
            output.line(format!("Undone: {id}."))?;
            show_diff(output, &change.diff)?;
            show_undo(output, change)?;
        }
        match &answer.conflict {
            Some(conflict) => show_conflict(output, conflict),
            None => Ok(()),
        }
    })?;
    Ok(match answer.conflict {
        Some(_) => Ended::Failed,
        None => Ended::Done,
    })
}

fn show_conflict(output: Output, conflict: &UndoConflict) -> io::Result<()> {
    output.line(format!(
        "The same lines of {} were changed since, so nothing was undone. Changed since:",
        shown(&conflict.file)
    ))?;
    show_diff(output, &conflict.since)?;
    output.line("Undo would have done:")?;
    show_diff(output, &conflict.wanted)
}

fn show_history(output: Output, entries: &[HistoryEntry]) -> io::Result<()> {
    if entries.is_empty() {
        return output.line("Keywell has changed nothing in the AWS files yet.");
    }
    let rows: Vec<_> = entries
        .iter()
        .map(|entry| {
            [
                entry.id.clone(),
                day_and_minute(&entry.at),
                state_words(entry).to_owned(),
                entry.text.clone(),
            ]
        })
        .collect();
    output.table(["ID", "WHEN (UTC)", "", "WHAT"], &rows)
}

fn state_words(entry: &HistoryEntry) -> &'static str {
    match entry.state {
        HistoryState::Done => "",
        HistoryState::Undone => "undone",
        HistoryState::NotKept => "can not be undone",
    }
}

fn show_change(output: Output, details: &HistoryDetails) -> io::Result<()> {
    let entry = &details.entry;
    output.line(format!("{BOLD}{}{BOLD:#}", shown(&entry.text)))?;
    output.line(format!(
        "  {DIM}{:<8}{DIM:#} {}",
        "when",
        day_and_minute(&entry.at)
    ))?;
    for file in &entry.files {
        output.line(format!("  {DIM}{:<8}{DIM:#} {}", "file", shown(file)))?;
    }
    let state = state_words(entry);
    if !state.is_empty() {
        output.line(format!("  {DIM}{:<8}{DIM:#} {state}", "state"))?;
    }
    show_diff(output, &details.diff)?;
    if details.sealed {
        output.line("A part of it may hold secrets. It is sealed, and only undo opens it.")?;
    }
    match &details.conflict {
        Some(conflict) => show_conflict(output, conflict),
        None => Ok(()),
    }
}

fn secret_words(row: &ProfileRow) -> &'static str {
    match (&row.secret, &row.kind) {
        (SecretPlace::Keychain, _) => "keychain",
        (SecretPlace::PlainText, _) => "plain text",
        (SecretPlace::Missing, _) => "missing",
        (SecretPlace::None, ProfileKind::Role) => "role",
        (SecretPlace::None, ProfileKind::SignIn) => "sign-in",
        (SecretPlace::None, ProfileKind::WebIdentity) => "web identity",
        (SecretPlace::None, ProfileKind::OtherProcess) => "other program",
        (SecretPlace::None, _) => "none",
    }
}

fn tested_words(row: &ProfileRow) -> String {
    match (&row.last_tested, row.last_test_passed) {
        (Some(at), Some(false)) => format!("{} failed", day_and_minute(at)),
        (Some(at), _) => day_and_minute(at),
        (None, _) => "never".to_owned(),
    }
}

fn show_list(output: Output, rows: &[ProfileRow]) -> io::Result<()> {
    if rows.is_empty() {
        return output.line("There are no profiles yet. Make one: keywell setup");
    }
    let rows: Vec<_> = rows
        .iter()
        .map(|row| {
            let (name, account) = row
                .identity
                .as_ref()
                .map(|card| (card.name.clone(), card.account_id.clone()))
                .unwrap_or_default();
            [
                row.name.clone(),
                name,
                account,
                secret_words(row).to_owned(),
                tested_words(row),
            ]
        })
        .collect();
    output.table(
        [
            "PROFILE",
            "IDENTITY",
            "ACCOUNT",
            "SECRET",
            "LAST TESTED (UTC)",
        ],
        &rows,
    )
}

fn show_details(output: Output, details: &ProfileDetails) -> io::Result<()> {
    let row = &details.row;
    output.line(format!(
        "{BOLD}{}{BOLD:#}",
        crate::output::escaped(&row.name)
    ))?;
    let identity = row
        .identity
        .as_ref()
        .map(|card| format!("{} in {}", card.name, card.account_id));
    let facts = [
        ("identity", identity),
        ("key", row.key_id.clone()),
        ("secret", Some(secret_words(row).to_owned())),
        ("last tested", Some(tested_words(row))),
        ("marked", row.production.then(|| "production".to_owned())),
        ("group", row.group.clone()),
        (
            "used by",
            (!details.used_by.is_empty()).then(|| details.used_by.join(", ")),
        ),
        ("file", Some(details.config_file.clone())),
    ];
    for (name, value) in facts {
        if let Some(value) = value {
            output.line(format!("  {DIM}{name:<12}{DIM:#} {}", shown(&value)))?;
        }
    }
    for property in &details.properties {
        output.line(format!(
            "  {} = {}",
            shown(&property.name),
            shown(&property.value)
        ))?;
    }
    for finding in &details.findings {
        let sign = match finding.severity {
            Severity::Note => '–',
            Severity::Warning => '!',
            Severity::Stop => '✗',
        };
        output.line(format!(
            "{sign} {}\n  {}",
            shown(&finding.message),
            shown(&finding.detail)
        ))?;
    }
    Ok(())
}
