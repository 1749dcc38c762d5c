//! `keywell files …`: the AWS files as such, in a form that scripts rely on.

use std::{
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use keywell_app::{
    App,
    files::{
        self, Changed, Checkup, Explained, Explanation, Flaw, Found, Override, Platform, Settings,
        Source, Value, Whereabouts,
    },
};
use serde_json::{Map, Value as Json, json};

use crate::{
    Session,
    error::{Ended, Stop},
    output::{DIM, Output, escaped},
    profile, prompt,
};

/// The longest edit that is read from stdin, in bytes.
const LONGEST: u64 = 4 * 1024 * 1024;

#[derive(clap::Subcommand)]
#[command(defer = true)]
pub(crate) enum Command {
    /// Print both files as JSON, the way the AWS SDKs read them
    #[command(after_help = "\
Examples:
  keywell files dump
  keywell files dump --config ./config --credentials ./credentials | jq '.profiles.default'

Values are printed as they are, secrets too. Fails with the line for which an SDK would refuse a file. The result is \
JSON, with --json or without.")]
    Dump(DumpArguments),
    /// Say which files and which profile AWS clients use here, and why
    #[command(after_help = "\
Examples:
  keywell files where
  keywell files where --platform windows --json")]
    Where(WhereArguments),
    /// Change values of one section of a file, as a JSON object on stdin says
    #[command(after_help = "\
Example:
  echo '{\"section\": \"profile media\", \"values\": {\"region\": \"eu-west-1\", \"s3\": {\"addressing_style\": \"path\"}, \"output\": null}}' |
    keywell files edit --file ~/.aws/config --json

The section is the text between the brackets; null takes a key out. All other bytes of the file stay.")]
    Edit(EditArguments),
    /// Say which source each AWS client takes a profile's credentials from, and which variables win over it
    #[command(after_help = "\
Examples:
  keywell files explain media
  AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE AWS_SECRET_ACCESS_KEY=x keywell files explain media --json")]
    Explain(ExplainArguments),
    /// Mend what clients refuse or read in different ways, after showing the change
    #[command(after_help = "\
Examples:
  keywell files repair
  keywell files repair --credentials --yes

Without --file it is the config file that AWS clients use. Mends a byte order mark, sections and keys that are there \
twice, comments behind values, blanks beside brackets, indented keys, and lines that are none.")]
    Repair(RepairArguments),
}

#[derive(clap::Args)]
pub(crate) struct DumpArguments {
    /// The config file [default: the one that AWS clients use]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// The credentials file [default: the one that AWS clients use]
    #[arg(long, value_name = "FILE")]
    credentials: Option<PathBuf>,
}

#[derive(clap::Args)]
pub(crate) struct WhereArguments {
    /// The system whose rules apply [default: this one]
    #[arg(long, value_name = "SYSTEM", value_enum)]
    platform: Option<System>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum System {
    Linux,
    Windows,
}

#[derive(clap::Args)]
pub(crate) struct EditArguments {
    /// The file to change
    #[arg(long, value_name = "FILE")]
    file: PathBuf,
}

#[derive(clap::Args)]
pub(crate) struct ExplainArguments {
    /// The profile
    #[arg(value_name = "PROFILE")]
    profile: String,
}

#[derive(clap::Args)]
pub(crate) struct RepairArguments {
    /// The file [default: the config file that AWS clients use]
    #[arg(long, value_name = "FILE", conflicts_with = "credentials")]
    file: Option<PathBuf>,

    /// The credentials file that AWS clients use
    #[arg(long)]
    credentials: bool,

    /// Write without asking
    #[arg(long, short = 'y')]
    yes: bool,
}

pub(crate) async fn run(session: &Session, command: Command) -> Result<Ended, Stop> {
    let (app, output) = (&session.app, session.output);
    match command {
        Command::Dump(arguments) => {
            let config = arguments.config.as_ref().unwrap_or(&app.places.config_file);
            let credentials = arguments
                .credentials
                .as_ref()
                .unwrap_or(&app.places.credentials_file);
            output.value(&settings(files::dump(config, credentials)?))?;
        }
        Command::Where(arguments) => {
            let platform = match arguments.platform {
                Some(System::Linux) => Platform::Unix,
                Some(System::Windows) => Platform::Windows,
                None => Platform::current(),
            };
            let found = files::whereabouts(app, platform)?;
            if output.json {
                output.value(&whereabouts(&found))?;
            } else {
                show_whereabouts(output, &found)?;
            }
        }
        Command::Edit(arguments) => {
            let (section, values) = read_edit()?;
            let done = files::change(app, &arguments.file, &section, &values).await?;
            let file = escaped(&arguments.file.display().to_string());
            if output.json {
                output.value(&json!({ "changed": done.changed }))?;
            } else if done.changed {
                output.line(format!("Changed {file}."))?;
            } else {
                output.line(format!("{file} says so already."))?;
            }
            say_undo(output, &done)?;
        }
        Command::Repair(arguments) => {
            let usual = match arguments.credentials {
                true => &app.places.credentials_file,
                false => &app.places.config_file,
            };
            let file = arguments.file.as_ref().unwrap_or(usual);
            repair(app, output, file, arguments.yes).await?;
        }
        Command::Explain(arguments) => {
            let explanation = files::explain(app, &arguments.profile)?;
            if output.json {
                output.value(&explained(app, &explanation))?;
            } else {
                show_explanation(app, output, &explanation)?;
            }
        }
    }
    Ok(Ended::Done)
}

/// The form of the test vectors that the AWS SDKs share.
fn settings(settings: Settings) -> Json {
    let object = |sections: Vec<(String, Vec<(String, String)>)>| -> Json {
        let section = |properties: Vec<(String, String)>| -> Json {
            let values = properties.into_iter();
            values
                .map(|(key, value)| (key, Json::from(value)))
                .collect()
        };
        sections
            .into_iter()
            .map(|(name, properties)| (name, section(properties)))
            .collect()
    };
    json!({
        "profiles": object(settings.profiles),
        "sso_sessions": object(settings.sso_sessions),
        "services": object(settings.services),
    })
}

fn whereabouts(found: &Whereabouts) -> Json {
    let entry = |name: &str, found: &Found| {
        let mut entry = Map::new();
        entry.insert(name.to_owned(), found.value.clone().into());
        entry.insert("variable".to_owned(), found.variable.into());
        entry.insert("why".to_owned(), found.why.clone().into());
        Json::from(entry)
    };
    json!({
        "config": entry("path", &found.config),
        "credentials": entry("path", &found.credentials),
        "profile": entry("name", &found.profile),
        "notes": found.notes,
    })
}

fn show_whereabouts(output: Output, found: &Whereabouts) -> io::Result<()> {
    for (name, found) in [
        ("config", &found.config),
        ("credentials", &found.credentials),
        ("profile", &found.profile),
    ] {
        output.line(format!("{name:<12} {}", escaped(&found.value)))?;
        output.line(format!("{DIM}{:<12} {}{DIM:#}", "", found.why))?;
    }
    for note in &found.notes {
        output.line(format!("\n{}", escaped(note)))?;
    }
    Ok(())
}

/// Without a terminal and without `--yes` it only shows.
async fn repair(app: &App, output: Output, file: &Path, yes: bool) -> Result<(), Stop> {
    let checkup = files::check(file)?;
    if !output.json {
        show_checkup(output, &checkup)?;
    }
    let wanted = !checkup.diff.is_empty()
        && (yes || prompt::may_ask(output) && prompt::confirm("Write this?")?);
    let mended = match wanted {
        true => Some(files::repair(app, file, &checkup).await?),
        false => None,
    };
    if output.json {
        let flaw = |flaw: &Flaw| json!({"line": flaw.line, "what": flaw.what, "mends": flaw.mends});
        output.value(&json!({
            "problems": checkup.problems.iter().map(flaw).collect::<Vec<_>>(),
            "diff": checkup.diff,
            "changed": mended.is_some(),
        }))?;
    } else if mended.is_some() {
        output.line(format!("Changed {}.", escaped(&file.display().to_string())))?;
    } else if !checkup.diff.is_empty() {
        output.line("Nothing was changed; --yes writes it.")?;
    }
    if let Some(done) = mended {
        say_undo(output, &done)?;
    }
    Ok(())
}

/// How a change is taken back, or on stderr why it can not be: stdout holds the result alone.
fn say_undo(output: Output, done: &Changed) -> io::Result<()> {
    if let (Some(undo), false) = (&done.undo, output.json) {
        output.line(profile::undo_line(&undo.token))?;
    }
    match &done.note {
        Some(note) if output.json => {
            writeln!(io::stderr(), "{}", json!({ "note": note }))
        }
        Some(note) => writeln!(io::stderr(), "{}", escaped(note)),
        None => Ok(()),
    }
}

fn show_checkup(output: Output, checkup: &Checkup) -> io::Result<()> {
    if checkup.problems.is_empty() {
        output.line("All clients read this file in the same way.")?;
    }
    for flaw in &checkup.problems {
        let person = if flaw.mends {
            ""
        } else {
            " Only you can decide this."
        };
        output.line(format!(
            "line {}: {}{person}",
            flaw.line,
            escaped(&flaw.what)
        ))?;
    }
    if !checkup.diff.is_empty() {
        output.line("")?;
    }
    profile::show_diff(output, &checkup.diff)
}

/// `source` is what wins where the profile is chosen by AWS_PROFILE or is the default, `in_profile` what the profile
/// itself gives.
fn explained(app: &App, explanation: &Explanation) -> Json {
    let client = |explained: &Explained| {
        let (id, place, through, why) = match &explained.source {
            Source::Found {
                kind,
                place,
                through,
            } => (kind.id(), Some(place), through.clone(), None),
            Source::Refused(why) => ("refused", None, Vec::new(), Some(why)),
            Source::Nothing => ("none", None, Vec::new(), None),
        };
        let source = if explained.overridden_by.is_empty() {
            id
        } else {
            "environment"
        };
        json!({
            "client": explained.client.id(),
            "source": source,
            "in_profile": id,
            "file": place.map(|place| app.places.shown(&place.file)),
            "line": place.map(|place| place.line),
            "through": through,
            "why": why,
            "overridden_by": explained.overridden_by,
            "even_when_named": explained.even_when_named,
        })
    };
    let variable =
        |variable: &Override| json!({"variable": variable.variable, "effect": variable.effect});
    json!({
        "profile": explanation.profile,
        "clients": explanation.clients.iter().map(client).collect::<Vec<_>>(),
        "environment": explanation.environment.iter().map(variable).collect::<Vec<_>>(),
    })
}

fn show_explanation(app: &App, output: Output, explanation: &Explanation) -> io::Result<()> {
    let rows: Vec<[String; 2]> = explanation
        .clients
        .iter()
        .map(|explained| [explained.client.name().to_owned(), source(app, explained)])
        .collect();
    output.table(["CLIENT", "CREDENTIALS COME FROM"], &rows)?;
    for variable in &explanation.environment {
        let line = format!("\n{} is set. {}", variable.variable, variable.effect);
        output.line(escaped(line.trim_start()))?;
    }
    Ok(())
}

fn source(app: &App, explained: &Explained) -> String {
    let own = match &explained.source {
        Source::Found {
            kind,
            place,
            through,
        } => {
            let through = match through.as_slice() {
                [] => String::new(),
                names => format!(", through {}", names.join(" and ")),
            };
            format!(
                "{} ({} line {}){through}",
                kind.words(),
                app.places.shown(&place.file),
                place.line
            )
        }
        Source::Refused(why) => why.clone(),
        Source::Nothing => "nothing in this profile".to_owned(),
    };
    let variables = explained.overridden_by.join(" and ");
    match (variables.as_str(), explained.even_when_named) {
        ("", _) => own,
        (variables, true) => format!("{variables}, not {own}"),
        (variables, false) => format!("{variables}; where the profile is named, {own}"),
    }
}

fn read_edit() -> Result<(String, Vec<(String, Value)>), Stop> {
    let mut text = String::new();
    io::stdin().lock().take(LONGEST).read_to_string(&mut text)?;
    parse_edit(&text).map_err(|what| {
        Stop::usage(
            what,
            "Write {\"section\": \"profile NAME\", \"values\": {\"KEY\": \"VALUE\"}} to stdin.",
        )
    })
}

/// A sentence about what is not as it must be. It repeats no value: that may be a secret.
fn parse_edit(text: &str) -> Result<(String, Vec<(String, Value)>), String> {
    let edit: Json = serde_json::from_str(text).map_err(|error| {
        format!(
            "What came on stdin is no JSON: line {}, column {}.",
            error.line(),
            error.column()
        )
    })?;
    let Json::Object(mut edit) = edit else {
        return Err("What came on stdin is no JSON object.".to_owned());
    };
    let Some(Json::String(section)) = edit.remove("section") else {
        return Err("\"section\" must be a string.".to_owned());
    };
    let Some(Json::Object(values)) = edit.remove("values") else {
        return Err("\"values\" must be an object.".to_owned());
    };
    if let Some(other) = edit.keys().next() {
        return Err(format!("There is nothing that {other:?} could mean."));
    }
    let values = values
        .into_iter()
        .map(|(key, value)| {
            let value = match value {
                Json::Object(nested) => Value::Nested(
                    nested
                        .into_iter()
                        .map(|(name, value)| Ok((name.clone(), scalar(&name, value)?)))
                        .collect::<Result<_, String>>()?,
                ),
                value => scalar(&key, value)?.map_or(Value::Removed, Value::Text),
            };
            Ok((key, value))
        })
        .collect::<Result<_, String>>()?;
    Ok((section, values))
}

/// None for null.
fn scalar(key: &str, value: Json) -> Result<Option<String>, String> {
    match value {
        Json::Null => Ok(None),
        Json::String(text) => Ok(Some(text)),
        Json::Bool(_) | Json::Number(_) => Ok(Some(value.to_string())),
        Json::Array(_) | Json::Object(_) => {
            Err(format!("The value of {key:?} must be a string or null."))
        }
    }
}
