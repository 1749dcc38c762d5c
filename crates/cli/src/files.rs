//! `keywell files …`: the AWS files as such, in a form that scripts rely on.

use std::{
    io::{self, Read},
    path::PathBuf,
};

use keywell_app::files::{self, Found, Platform, Settings, Value, Whereabouts};
use serde_json::{Map, Value as Json, json};

use crate::{
    Session,
    error::{Ended, Stop},
    output::{DIM, Output, escaped},
};

/// The longest edit that is read from stdin, in bytes.
const LONGEST: u64 = 4 * 1024 * 1024;

#[derive(clap::Subcommand)]
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

pub(crate) fn run(session: &Session, command: Command) -> Result<Ended, Stop> {
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
            let changed = files::change(&arguments.file, &section, &values)?;
            if output.json {
                output.value(&json!({ "changed": changed }))?;
            } else {
                let file = escaped(&arguments.file.display().to_string());
                output.line(if changed {
                    format!("Changed {file}.")
                } else {
                    format!("{file} says so already.")
                })?;
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
