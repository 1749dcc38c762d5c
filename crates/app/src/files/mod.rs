//! The two AWS files as such: where they are, how the SDKs read them, one edit at a time, and which key a client takes
//! from them.

mod change;
mod clients;
mod explain;
mod repair;
mod traps;

use std::{
    ffi::{OsStr, OsString},
    path::Path,
};

pub use change::{Changed, Value, change};
pub(crate) use clients::prefer_environment_to_a_named_profile;
pub use clients::{Client, Kind};
pub(crate) use explain::explain_in;
pub use explain::{Explained, Explanation, Override, Place, Source, explain};
use keywell_aws_files::{CONFIG, CREDENTIALS, FileKind, Location, home, read, read_as_sdk};
pub use keywell_aws_files::{Platform, Settings};
pub(crate) use repair::repair_file;
pub use repair::{Checkup, Flaw, check, problems, repair, repair_seen};
pub(crate) use traps::{Traps, listed, traps};

use crate::{
    App, Variables,
    problem::{Code, Problem},
    profiles::file_problem,
};

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
