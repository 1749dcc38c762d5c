//! `keywell profile migrate|export|import`: plain keys into the keychain, profiles to another machine.

use std::{
    io::{self, Read},
    path::PathBuf,
};

use keywell_app::migrate;
use keywell_wire::{DiffKind, Migration, MigrationList, PlainKey, ProfileImport};

use crate::{
    Session,
    error::{Ended, Stop, shown},
    interrupt,
    output::{BOLD, DIM, Output, counted, day_and_minute},
    profile::undo_line,
    prompt,
    steps::StepView,
};

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  keywell profile migrate                             what lies about, and what was moved
  keywell profile migrate media
  keywell profile migrate --all --yes
  keywell profile migrate --env-file .env --profile shop AKIAIOSFODNN7EXAMPLE
  keywell profile migrate --undo m1
  keywell profile migrate --final m1

A moved key can be brought back as it was until you say that it is final.")]
pub(crate) struct Migrate {
    /// Profiles or key IDs to move
    #[arg(value_name = "NAME")]
    names: Vec<String>,

    /// Only list plain keys and what was moved
    #[arg(long, conflicts_with_all = ["names", "all", "undo", "settle"])]
    list: bool,

    /// Move every key that can be moved
    #[arg(long, conflicts_with_all = ["names", "undo", "settle"])]
    all: bool,

    /// Look into this .env or shell start-up file too; may be given several times
    #[arg(long, value_name = "FILE")]
    env_file: Vec<PathBuf>,

    /// The profile to make, for a key that has none
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,

    /// Ask nothing over the network
    #[arg(long)]
    no_test: bool,

    /// Do not ask
    #[arg(long, short = 'y')]
    yes: bool,

    /// Bring a moved key back as plain text
    #[arg(long, value_name = "ID", conflicts_with_all = ["names", "settle"])]
    undo: Option<String>,

    /// Keep nothing to bring it back with
    #[arg(
        long = "final",
        id = "settle",
        value_name = "ID",
        conflicts_with = "names"
    )]
    settle: Option<String>,
}

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  keywell profile export > profiles.txt
  keywell profile export media deploy

Keys are never in it. They travel only in a sealed backup: keywell vault backup FILE")]
pub(crate) struct Export {
    /// Profiles; all when none is named
    #[arg(value_name = "NAME")]
    names: Vec<String>,
}

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  keywell profile import profiles.txt
  keywell profile import profiles.txt --dry-run
  keywell profile export media | ssh other keywell profile import -

Exit code 3: some profiles are here already with other settings, and were left.")]
pub(crate) struct Import {
    /// What keywell profile export wrote; - for stdin
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Also change profiles that are here already
    #[arg(long)]
    replace: bool,

    /// Only say what would be done
    #[arg(long)]
    dry_run: bool,
}

pub(crate) async fn run(session: &Session, arguments: Migrate) -> Result<Ended, Stop> {
    let (app, output) = (&session.app, session.output);
    if let Some(id) = &arguments.undo {
        migrate::undo(app, id).await?;
        return said(output, id, "Brought back, as plain text, to where it was.");
    }
    if let Some(id) = &arguments.settle {
        migrate::settle(app, id)?;
        return said(output, id, "Final. It can not be brought back any more.");
    }
    for file in &arguments.env_file {
        // Kept by its whole path: undo may run in another folder.
        let file = std::path::absolute(file)?;
        migrate::point_at(app, &file)?;
    }
    let list = migrate::list(app).await?;
    if arguments.list || (arguments.names.is_empty() && !arguments.all) {
        output.either(&list, |list| show_list(output, list))?;
        return Ok(Ended::Done);
    }
    let wanted = wanted(&list, &arguments)?;
    if !arguments.yes && prompt::may_ask(output) {
        let question = format!(
            "Move {} into the keychain and take the plain copies out?",
            counted(wanted.len() as u64, "key")
        );
        if !prompt::confirm(&question)? {
            return Err(Stop::cancelled());
        }
    }
    move_all(session, &arguments, wanted).await
}

fn said(output: Output, id: &str, text: &str) -> Result<Ended, Stop> {
    output.either(&serde_json::json!({ "id": id }), |_| output.line(text))?;
    Ok(Ended::Done)
}

/// The keys that the arguments name: by ID, or by a profile they are for.
fn wanted<'a>(list: &'a MigrationList, arguments: &Migrate) -> Result<Vec<&'a PlainKey>, Stop> {
    if arguments.all {
        return Ok(list
            .keys
            .iter()
            .filter(|key| key.blocked.is_none())
            .collect());
    }
    let mut wanted: Vec<&PlainKey> = Vec::new();
    for name in &arguments.names {
        let key = list
            .keys
            .iter()
            .find(|key| key.id == *name)
            .or_else(|| list.keys.iter().find(|key| key.profiles.contains(name)))
            .ok_or_else(|| {
                Stop::usage(
                    format!("No plain key of {name} is known."),
                    "List what there is with: keywell profile migrate --list",
                )
            })?;
        if !wanted.iter().any(|known| known.id == key.id) {
            wanted.push(key);
        }
    }
    if arguments.profile.is_some() && wanted.iter().filter(|key| key.new_profile).count() > 1 {
        return Err(Stop::usage(
            "--profile names one profile, and several keys have none.",
            "Move them one by one.",
        ));
    }
    Ok(wanted)
}

async fn move_all(
    session: &Session,
    arguments: &Migrate,
    wanted: Vec<&PlainKey>,
) -> Result<Ended, Stop> {
    let output = session.output;
    let cancel = interrupt::token();
    let mut moved: Vec<Migration> = Vec::new();
    let count = wanted.len();
    for key in wanted {
        let view = StepView::of_setup(output);
        if !output.json {
            output.line(format!("{BOLD}{}{BOLD:#}", shown(&key.id)))?;
        }
        let request = migrate::Request {
            key: key.id.clone(),
            new_profile: arguments.profile.clone().filter(|_| key.new_profile),
            ask_network: !arguments.no_test,
        };
        let outcome = migrate::run(&session.app, &request, &|step| view.show(&step), &cancel).await;
        match outcome {
            Ok(migration) => {
                if !output.json {
                    output.line(format!(
                        "Moved. Bring it back with: keywell profile migrate --undo {}",
                        migration.id
                    ))?;
                }
                moved.push(migration);
            }
            // One of several: what was moved stays, and is told.
            Err(problem) if !moved.is_empty() => {
                if output.json {
                    output.value(&moved)?;
                }
                let mut failure = keywell_wire::Failure::from(problem);
                failure.message = format!(
                    "{} of {count} moved, then: {}",
                    moved.len(),
                    failure.message
                );
                return Err(Stop::partly(failure));
            }
            Err(problem) => return Err(problem.into()),
        }
    }
    if output.json {
        output.value(&moved)?;
    } else if count == 0 {
        output.line("There is no plain key to move.")?;
    }
    Ok(Ended::Done)
}

fn show_list(output: Output, list: &MigrationList) -> io::Result<()> {
    if list.keys.is_empty() {
        output.line("No plain key was found.")?;
    }
    for key in &list.keys {
        let goal = if key.new_profile {
            format!("a new profile, {}", key.profiles.join(", "))
        } else {
            key.profiles.join(", ")
        };
        output.line(format!(
            "{BOLD}{}{BOLD:#} {DIM}for {}{DIM:#}",
            shown(&key.id),
            shown(&goal)
        ))?;
        for copy in &key.copies {
            output.line(format!("  {}", shown(&copy.place)))?;
        }
        if let Some(failure) = &key.blocked {
            output.line(format!(
                "  ! {}\n    {}",
                shown(&failure.message),
                shown(&failure.hint)
            ))?;
        }
    }
    for unread in &list.unread {
        output.line(format!(
            "! {}: {}",
            shown(&unread.place),
            shown(&unread.failure.message)
        ))?;
    }
    for migration in &list.done {
        let state = if migration.finished {
            "moved"
        } else {
            "cut off"
        };
        output.line(format!(
            "{DIM}{}{DIM:#} {} {state} {} {DIM}for {}{DIM:#}",
            migration.id,
            migration.key_id,
            day_and_minute(&migration.at),
            shown(&migration.profiles.join(", "))
        ))?;
    }
    Ok(())
}

pub(crate) fn export(session: &Session, arguments: &Export) -> Result<(), Stop> {
    let text = migrate::export(&session.app, &arguments.names)?;
    let output = session.output;
    output.either(&serde_json::json!({ "text": text }), |_| {
        output.bytes(text.as_bytes())
    })?;
    Ok(())
}

/// More than any config file has, in bytes.
const LARGEST: u64 = 16 << 20;

pub(crate) async fn import(session: &Session, arguments: &Import) -> Result<Ended, Stop> {
    let output = session.output;
    let app = &session.app;
    let text = if arguments.file.as_os_str() == "-" {
        let mut bytes = Vec::new();
        io::stdin().lock().take(LARGEST).read_to_end(&mut bytes)?;
        String::from_utf8(bytes).map_err(|_| {
            Stop::usage(
                "What came on stdin is not text in UTF-8.",
                "Give what keywell profile export wrote.",
            )
        })?
    } else {
        migrate::read_export(app, &arguments.file)?
    };
    let answer = match arguments.dry_run {
        true => migrate::preview_import(app, &text, arguments.replace)?,
        false => migrate::import(app, &text, arguments.replace, None).await?,
    };
    output.either(&answer, |answer| {
        show_import(output, answer, arguments.dry_run)
    })?;
    Ok(if answer.conflicts.is_empty() {
        Ended::Done
    } else {
        Ended::Partly
    })
}

fn show_import(output: Output, answer: &ProfileImport, dry_run: bool) -> io::Result<()> {
    let added = if dry_run { "would add" } else { "added" };
    let changed = if dry_run { "would change" } else { "changed" };
    for (did, names) in [
        (added, &answer.added),
        (changed, &answer.replaced),
        ("as it is here", &answer.unchanged),
        ("left out, a plain key", &answer.left_out),
    ] {
        for name in names {
            output.line(format!("{did:<14} {}", shown(name)))?;
        }
    }
    for conflict in &answer.conflicts {
        output.line(format!(
            "left as it is  {} {DIM}differs in {}; --replace takes the new one{DIM:#}",
            shown(&conflict.profile),
            shown(&conflict.settings.join(", "))
        ))?;
    }
    for line in &answer.diff {
        match line.kind {
            DiffKind::Same => {}
            DiffKind::Added => output.line(format!("  {DIM}+ {}{DIM:#}", shown(&line.text)))?,
            DiffKind::Removed => output.line(format!("  {DIM}- {}{DIM:#}", shown(&line.text)))?,
        }
    }
    if let Some(undo) = &answer.undo {
        output.line(undo_line(&undo.token))?;
    }
    match &answer.note {
        Some(note) => output.line(shown(note)),
        None => Ok(()),
    }
}
