//! The journal of each access that was given: one small file without secrets. It is written before each step, so that
//! what a kill left behind is known by name, and it stays as the memory of what "take it back" has to remove.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use keywell_wire as wire;
use serde::{Deserialize, Serialize};

use super::Allow;
use crate::{
    App,
    places::Places,
    problem::{Code, Problem},
    state_file::{self, Lock},
    time,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum State {
    /// Being made, or left over by a run that was killed.
    Making,
    Made,
    /// On the way back, or left over on it.
    TakingBack,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    pub state: State,
    pub account_id: String,
    pub user: String,
    /// Value of a tag that the user was made with: by it, the user is known to be Keywell's own.
    pub mark: String,
    pub bucket: String,
    /// The bucket is new. It goes with the rest only as long as the access is not made.
    pub bucket_is_new: bool,
    pub prefix: String,
    pub read: bool,
    pub write: bool,
    pub list: bool,
    pub delete: bool,
    pub versions: bool,
    pub config_file: String,
    /// The profile that holds the key.
    pub profile: String,
    /// The profile that acted.
    pub using: String,
    /// The user's keys that Keywell made; after a rotation there are more than one. The last one is in use.
    pub keys: Vec<String>,
    /// Empty objects that the proof put, or was about to put.
    pub probes: Vec<String>,
    /// Unix seconds.
    pub began: u64,
}

impl Record {
    pub fn allow(&self) -> Allow {
        Allow {
            read: self.read,
            write: self.write,
            list: self.list,
            delete: self.delete,
            versions: self.versions,
        }
    }

    pub fn key_id(&self) -> Option<&str> {
        self.keys.last().map(String::as_str)
    }

    pub fn save(&self, app: &App) -> Result<(), Problem> {
        state_file::replace(&path(&app.places, &self.account_id, &self.user), self)
    }

    pub fn remove(&self, app: &App) -> Result<(), Problem> {
        state_file::remove(&path(&app.places, &self.account_id, &self.user))
    }

    pub fn view(&self, app: &App) -> wire::Access {
        let state = match self.state {
            State::Made => wire::AccessState::Made,
            State::Making | State::TakingBack => match lock(app, &self.account_id, &self.user) {
                Ok(_) => wire::AccessState::Interrupted,
                Err(_) => wire::AccessState::Running,
            },
        };
        self.view_as(state)
    }

    pub fn view_as(&self, state: wire::AccessState) -> wire::Access {
        wire::Access {
            state,
            account_id: self.account_id.clone(),
            user: self.user.clone(),
            bucket: self.bucket.clone(),
            prefix: self.prefix.clone(),
            allow: wire::AccessAllow {
                read: self.read,
                write: self.write,
                list: self.list,
                delete: self.delete,
                versions: self.versions,
            },
            profile: self.profile.clone(),
            using: self.using.clone(),
            key_id: self.key_id().map(str::to_owned),
            began: time::rfc3339(time::from_unix_seconds(self.began)),
        }
    }
}

fn folder(places: &Places) -> PathBuf {
    places.data.join("access")
}

/// IAM tells users apart without regard to case, as some file systems do. Its names have no character that a file may
/// not have.
fn path(places: &Places, account_id: &str, user: &str) -> PathBuf {
    folder(places).join(format!("{account_id}-{}.json", user.to_ascii_lowercase()))
}

/// Every record there is, in the order of accounts and users.
pub(super) fn all(places: &Places) -> Result<Vec<Record>, Problem> {
    let folder = folder(places);
    let mut paths = Vec::new();
    match fs::read_dir(&folder) {
        Ok(entries) => {
            for entry in entries {
                let path = entry
                    .map_err(|error| state_file::unreadable(&folder, &error))?
                    .path();
                if path
                    .extension()
                    .is_some_and(|extension| extension == "json")
                {
                    paths.push(path);
                }
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(state_file::unreadable(&folder, &error)),
    }
    paths.sort();
    paths
        .iter()
        .filter_map(|path| read(path).transpose())
        .collect()
}

pub(super) fn of_user(
    places: &Places,
    account_id: &str,
    user: &str,
) -> Result<Option<Record>, Problem> {
    read(&path(places, account_id, user))
}

/// A record that can not be read is not taken for none: a user hangs on it.
fn read(path: &Path) -> Result<Option<Record>, Problem> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(state_file::unreadable(path, &error)),
    };
    serde_json::from_slice(&bytes).map(Some).map_err(|error| {
        Problem::new(
            Code::AccessJournal,
            format!("Keywell's record {} is damaged.", path.display()),
            "Its name has the account and the user. Look at that user in the AWS console, then delete this file.",
        )
        .because(error.to_string())
    })
}

/// Keeps every other Keywell from working on the same user.
pub(super) fn lock(app: &App, account_id: &str, user: &str) -> Result<Lock, Problem> {
    let path = path(&app.places, account_id, user).with_extension("lock");
    state_file::try_lock(&path)?.ok_or_else(|| {
        Problem::new(
            Code::AccessRunning,
            format!("Another Keywell works on the access of {user} right now."),
            "Let it end; see how far it is with: keywell access list",
        )
    })
}
