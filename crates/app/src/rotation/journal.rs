//! The journal of a rotation: one small file without secrets for each key that is being replaced. It is written before
//! each step that could not be told otherwise from the account, the keychain and the index.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::{
    App,
    places::Places,
    problem::{Code, Problem},
    state_file::{self, Lock},
};

/// How far a rotation is. Each stage can be entered again after a crash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Stage {
    /// A key is asked for, or was without the answer being known.
    Creating {
        /// The service's clock just before it was asked, in Unix seconds.
        asked: u64,
        /// The user's keys just before.
        before: Vec<String>,
    },
    /// The new key is made; its secret is in the keychain, or lost.
    Created,
    /// The profiles use the new key.
    Switched,
    /// The old key is inactive.
    Watching,
    /// The old key is deleted, or about to be.
    Deleting,
    /// On the way back: the old key is made to work and the profiles use it again.
    Returning,
    /// On the way back: the new key is deleted.
    Removing,
}

/// A use of the old key after the profiles had left it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LateUse {
    /// Unix seconds.
    pub at: u64,
    pub service: Option<String>,
    pub region: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Journal {
    pub stage: Stage,
    pub config_file: String,
    /// The profile that the rotation was asked for.
    pub profile: String,
    /// The profile that acts, where the key does not act for itself.
    pub using: Option<String>,
    pub user: String,
    pub arn: String,
    pub account_id: String,
    pub old: String,
    pub new: Option<String>,
    pub grace_seconds: u64,
    /// Unix seconds on the service's clock, as the two below: this machine's may be set meanwhile.
    pub began: u64,
    pub switched: Option<u64>,
    pub inactive: Option<u64>,
    pub late_use: Option<LateUse>,
}

fn folder(places: &Places) -> PathBuf {
    places.data.join("rotations")
}

fn path(places: &Places, old: &str) -> PathBuf {
    folder(places).join(format!("{old}.json"))
}

/// Every journal there is, in the order of the old keys' IDs.
pub(super) fn all(places: &Places) -> Result<Vec<Journal>, Problem> {
    let folder = folder(places);
    let mut paths = Vec::new();
    match fs::read_dir(&folder) {
        Ok(entries) => {
            for entry in entries {
                let path = entry.map_err(|error| unreadable(&folder, &error))?.path();
                if path
                    .extension()
                    .is_some_and(|extension| extension == "json")
                {
                    paths.push(path);
                }
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(unreadable(&folder, &error)),
    }
    paths.sort();
    Ok(paths
        .iter()
        .map(|path| read(path))
        .collect::<Result<Vec<_>, _>>()?
        .into_iter()
        .flatten()
        .collect())
}

/// The rotation that a key takes part in, as the old or the new one.
pub(super) fn of_key(places: &Places, key_id: &str) -> Result<Option<Journal>, Problem> {
    Ok(all(places)?
        .into_iter()
        .find(|journal| journal.old == key_id || journal.new.as_deref() == Some(key_id)))
}

pub(super) fn of_old_key(places: &Places, old: &str) -> Result<Option<Journal>, Problem> {
    read(&path(places, old))
}

/// A journal that can not be read is not taken for none: a key may hang on it.
fn read(path: &Path) -> Result<Option<Journal>, Problem> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(path, &error)),
    };
    serde_json::from_slice(&bytes).map(Some).map_err(|error| {
        Problem::new(
            Code::RotationJournal,
            format!("The journal {} of a rotation is damaged.", path.display()),
            "Look at the user's keys, delete the one that no profile uses, then delete this file.",
        )
        .because(error.to_string())
    })
}

fn unreadable(path: &Path, error: &io::Error) -> Problem {
    Problem::new(
        Code::FilesUnreadable,
        format!("Keywell can not read its own file {}.", path.display()),
        "Check who owns it and whether it may be read.",
    )
    .because(error.to_string())
}

/// Keeps every other Keywell from working on the same rotation.
pub(super) fn lock(places: &Places, old: &str) -> Result<Lock, Problem> {
    let path = folder(places).join(format!("{old}.lock"));
    state_file::try_lock(&path)?.ok_or_else(|| {
        Problem::new(
            Code::RotationRunning,
            "Another Keywell works on the rotation of this key right now.",
            "Let it go on; see how far it is with: keywell key rotations",
        )
    })
}

impl Journal {
    pub fn save(&self, app: &App) -> Result<(), Problem> {
        state_file::replace(&path(&app.places, &self.old), self)
    }

    pub fn remove(&self, app: &App) -> Result<(), Problem> {
        state_file::remove(&path(&app.places, &self.old))
    }
}
