//! The journal of a key that is being made: one small file without secrets, from before AWS is asked until the key has
//! found its place. Whoever holds its lock works on it; what nobody works on is unfinished, and is offered.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::{
    places::Places,
    problem::{Code, Problem},
    state_file::{self, Lock, unreadable},
};

/// How far the making of a key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Stage {
    /// AWS is asked, or was without the answer being known.
    Asking,
    /// The key is made; its secret is on its way to the keychain, or lost.
    Made,
    /// The secret is in the keychain, for no profile yet.
    Kept,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Journal {
    pub stage: Stage,
    /// The profile that acts.
    pub profile: String,
    pub user: String,
    pub account_id: String,
    pub description: String,
    /// Unix seconds on the service's clock.
    pub asked: u64,
    /// The user's keys just before; none where they may not be listed.
    pub before: Option<Vec<String>>,
    pub key_id: Option<String>,
}

/// A journal that this process works on.
pub(super) struct Entry {
    pub id: String,
    pub journal: Journal,
    path: PathBuf,
    _lock: Lock,
}

fn folder(places: &Places) -> PathBuf {
    places.data.join("new-keys")
}

impl Entry {
    /// Begins a journal, on disk.
    pub fn begin(places: &Places, journal: Journal) -> Result<Self, Problem> {
        for number in 1.. {
            let id = number.to_string();
            let path = folder(places).join(format!("{id}.json"));
            let Some(lock) = lock(&path)? else { continue };
            if path.exists() {
                continue;
            }
            let entry = Self {
                id,
                journal,
                path,
                _lock: lock,
            };
            entry.save()?;
            return Ok(entry);
        }
        unreachable!("there are more numbers than keys")
    }

    /// Takes up an unfinished one.
    pub fn take(places: &Places, id: &str) -> Result<Self, Problem> {
        let gone = || {
            Problem::new(
                Code::KeyUnfinished,
                "There is no unfinished key of this number.",
                "See which there are: keywell key unfinished",
            )
        };
        if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(gone());
        }
        let path = folder(places).join(format!("{id}.json"));
        if !path.exists() {
            return Err(gone());
        }
        let lock = lock(&path)?.ok_or_else(|| {
            Problem::new(
                Code::KeyUnfinished,
                "Another Keywell works on this key right now.",
                "Let it go on.",
            )
        })?;
        Ok(Self {
            id: id.to_owned(),
            journal: read(&path)?.ok_or_else(gone)?,
            path,
            _lock: lock,
        })
    }

    pub fn save(&self) -> Result<(), Problem> {
        state_file::replace(&self.path, &self.journal)
    }

    pub fn enter(&mut self, stage: Stage) -> Result<(), Problem> {
        self.journal.stage = stage;
        self.save()
    }

    pub fn remove(&self) -> Result<(), Problem> {
        state_file::remove(&self.path)
    }
}

/// Those that nobody works on, with their ids, in the order in which they were begun.
pub(super) fn unfinished(places: &Places) -> Result<Vec<(String, Journal)>, Problem> {
    let folder = folder(places);
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unreadable(&folder, &error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| unreadable(&folder, &error))?.path();
        let id = path
            .file_stem()
            .map(|stem| stem.to_string_lossy().into_owned());
        let is_journal = path
            .extension()
            .is_some_and(|extension| extension == "json");
        let (Some(id), true) = (id, is_journal) else {
            continue;
        };
        if lock(&path)?.is_some()
            && let Some(journal) = read(&path)?
        {
            found.push((id, journal));
        }
    }
    found.sort_by_key(|(_, journal)| journal.asked);
    Ok(found)
}

/// The right to work on a journal; none while another one has it.
fn lock(journal: &Path) -> Result<Option<Lock>, Problem> {
    state_file::try_lock(&journal.with_extension("lock"))
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
            Code::KeyUnfinished,
            format!("The journal {} of a new key is damaged.", path.display()),
            "Look at the user's keys, delete one that nobody knows, then delete this file.",
        )
        .because(error.to_string())
    })
}
