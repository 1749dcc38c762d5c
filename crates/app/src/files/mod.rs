//! The two AWS files as such: where they are, how the SDKs read them, one edit at a time, and which key a client takes
//! from them.

mod explain;
mod traps;

use std::{
    ffi::{OsStr, OsString},
    path::Path,
    time::Duration,
};

pub use explain::{Client, Explained, Explanation, Kind, Override, Place, Source, explain};
pub(crate) use explain::{explain_in, prefer_environment_to_a_named_profile};
use keywell_aws_files::{
    CONFIG, CREDENTIALS, Document, EditError, FileKind, Location, edit, home, read, read_as_sdk,
};
pub use keywell_aws_files::{Platform, Settings};
pub(crate) use traps::{Traps, listed, traps};

use crate::{
    App, Variables,
    problem::{Code, Problem},
    profiles::{edit::diff, file_problem},
};

/// How long an edit is watched for a program that read the file before it and writes it after.
const WATCHED: Duration = Duration::from_millis(100);

/// Both files as the AWS SDKs read them. A file that is not there is as good as an empty one.
///
/// # Errors
/// With the line for which an SDK would refuse a file.
pub fn dump(config: &Path, credentials: &Path) -> Result<Settings, Problem> {
    let text = |path: &Path| match read(path) {
        Ok(document) => Ok(document.unwrap_or_default().text()),
        Err(error) => Err(file_problem(&error)),
    };
    read_as_sdk(&text(config)?, &text(credentials)?).map_err(|refusal| {
        let path = match refusal.kind {
            FileKind::Config => config,
            FileKind::Credentials => credentials,
        };
        Problem::new(
            Code::FilesRefused,
            format!(
                "The AWS SDKs refuse {} because of line {}.",
                path.display(),
                refusal.line
            ),
            "Mend the line, or let Keywell do it: keywell files repair",
        )
        .because(format!("{refusal}."))
    })
}

/// Where a file or the name of a profile comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub value: String,
    /// The variables that decided; none for what is so anyway.
    pub variable: Option<&'static str>,
    /// One sentence.
    pub why: String,
}

/// The files and the profile that AWS clients use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whereabouts {
    pub config: Found,
    pub credentials: Found,
    pub profile: Found,
    /// What some clients do differently, a sentence each.
    pub notes: Vec<String>,
}

/// Which files the AWS SDKs use, by the rules of a system that need not be this one.
///
/// # Errors
/// When no variable says where the home folder is, and the system is another one.
pub fn whereabouts(app: &App, platform: Platform) -> Result<Whereabouts, Problem> {
    let variable = |name: &str| app.variables.get(name).cloned();
    let found_home = home(platform, variable);
    let find = |location: Location| -> Result<Found, Problem> {
        let value = variable(location.variable);
        let (home, by_home) = match &found_home {
            Some((home, by)) => (home.clone(), Some(*by)),
            None if platform == Platform::current() => (app.places.home.clone().into(), None),
            None if value.is_some() => (OsString::from("~"), None),
            None => {
                return Err(Problem::new(
                    Code::FilesNoHome,
                    "No variable says where the home folder is.",
                    "Set HOME, or on Windows USERPROFILE.",
                ));
            }
        };
        let (variable, why) = match (&value, by_home) {
            (Some(_), _) => (
                Some(location.variable),
                format!("{} names it.", location.variable),
            ),
            (None, Some(by)) => (
                Some(by),
                format!(
                    "{} is not set, and {by} says where the home folder is.",
                    location.variable
                ),
            ),
            (None, None) => (
                None,
                format!(
                    "{} is not set, and the system says where the home folder is.",
                    location.variable
                ),
            ),
        };
        Ok(Found {
            value: shown(&location.path(platform, &home, value)),
            variable,
            why,
        })
    };
    Ok(Whereabouts {
        config: find(CONFIG)?,
        credentials: find(CREDENTIALS)?,
        profile: profile_in_use(&app.variables),
        notes: notes(&app.variables, platform),
    })
}

fn shown(path: &OsStr) -> String {
    path.to_string_lossy().into_owned()
}

fn profile_in_use(variables: &Variables) -> Found {
    match variables.text("AWS_PROFILE") {
        Some(value) => Found {
            value,
            variable: Some("AWS_PROFILE"),
            why: "AWS_PROFILE names it.".to_owned(),
        },
        None => Found {
            value: "default".to_owned(),
            variable: None,
            why: "AWS_PROFILE is not set.".to_owned(),
        },
    }
}

/// Python's `expanduser` has not looked at HOME on Windows since 3.8; botocore's session asks for AWS_DEFAULT_PROFILE
/// before AWS_PROFILE (`botocore/session.py`, `BOTOCORE_DEFAUT_SESSION_VARIABLES`).
fn notes(variables: &Variables, platform: Platform) -> Vec<String> {
    let mut notes = Vec::new();
    let (home, user) = (variables.text("HOME"), variables.text("USERPROFILE"));
    if platform == Platform::Windows && home.is_some() && user.is_some() && home != user {
        notes.push(
            "The AWS CLI and boto3 take USERPROFILE for the home folder on Windows, not HOME."
                .to_owned(),
        );
    }
    let (default, named) = (
        variables.text("AWS_DEFAULT_PROFILE"),
        variables.text("AWS_PROFILE"),
    );
    if let Some(default) = default
        && named.as_ref() != Some(&default)
    {
        notes.push(format!(
            "The AWS CLI and boto3 use the profile {default}, which AWS_DEFAULT_PROFILE names; the SDKs do not look at \
             that variable."
        ));
    }
    notes
}

/// What one key of a section is to become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Text(String),
    /// The keys of a nested block; None takes one out.
    Nested(Vec<(String, Option<String>)>),
    Removed,
}

/// Changes values of one section of a file, in one step.
///
/// # Errors
/// When the file can not be read or written, when a name or a value can not be written, and when another program wrote
/// over the edit right after it.
pub fn change(path: &Path, section: &str, values: &[(String, Value)]) -> Result<bool, Problem> {
    let edited = edit(path, |document| {
        values
            .iter()
            .try_for_each(|(key, value)| put(document, section, key, value))
    })
    .map_err(|error| file_problem(&error))?;
    let lost = edited
        .overwritten_within(WATCHED)
        .map_err(|error| file_problem(&error))?;
    if lost.is_empty() {
        return Ok(edited.changed());
    }
    Err(Problem::new(
        Code::FilesOverwritten,
        format!("Another program wrote over the edit of {}.", path.display()),
        "Wait until that program is done, and edit again.",
    )
    .because(format!("Not there any more: {}.", lost.join(", "))))
}

fn put(document: &mut Document, section: &str, key: &str, value: &Value) -> Result<(), EditError> {
    match value {
        Value::Text(text) => document.set(section, key, text),
        Value::Removed => {
            document.unset(section, key);
            Ok(())
        }
        Value::Nested(values) => values.iter().try_for_each(|(name, value)| match value {
            Some(value) => document.set_nested(section, key, name, value),
            None => {
                document.unset_nested(section, key, name);
                Ok(())
            }
        }),
    }
}

/// What clients refuse or misread in a file, and how it reads with all mended that can be.
#[derive(Debug, Clone)]
pub struct Checkup {
    pub problems: Vec<Flaw>,
    /// What mending would change, with secrets masked; empty where nothing can be mended.
    pub diff: Vec<keywell_wire::DiffLine>,
    seen: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// Counted from 1.
    pub line: usize,
    /// One sentence.
    pub what: String,
    /// Whether Keywell can mend it without a person's decision.
    pub mends: bool,
}

/// Looks for what clients refuse or misread. A file that is not there has nothing of the kind.
///
/// # Errors
/// When the file can not be read.
pub fn check(path: &Path) -> Result<Checkup, Problem> {
    let document = read(path)
        .map_err(|error| file_problem(&error))?
        .unwrap_or_default();
    let seen = document.text();
    let problems = document
        .problems()
        .into_iter()
        .map(|problem| Flaw {
            line: problem.line,
            what: problem.kind.to_string(),
            mends: document.repaired(&problem).is_some(),
        })
        .collect();
    Ok(Checkup {
        problems,
        diff: diff(&seen, &document.repaired_all().text()),
        seen,
    })
}

/// Mends what [`check`] showed.
///
/// # Errors
/// When the file can not be written, or is not the one that was looked at any more.
pub fn repair(path: &Path, checkup: &Checkup) -> Result<(), Problem> {
    edit(path, |document| {
        if document.text() != checkup.seen {
            return Err(EditError::Refused(
                "Another program changed the file meanwhile.".to_owned(),
            ));
        }
        *document = document.repaired_all();
        Ok(())
    })
    .map(drop)
    .map_err(|error| file_problem(&error))
}
