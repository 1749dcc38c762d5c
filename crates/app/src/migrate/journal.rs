//! Migrations that can still be taken back: one small file, without secrets. What is undone with it is the vault's item.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::patch::{Part, Patch};
use crate::{
    App,
    index::Entry,
    places::Places,
    problem::{Code, Problem},
    state_file,
};

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Stored {
    #[serde(default)]
    migrations: Vec<Record>,
}

/// One key's migration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Record {
    /// How the person names it: `m1`, `m2` …
    pub id: String,
    pub key_id: String,
    /// Unix seconds.
    pub at: u64,
    /// False while it runs, and for ever where it was cut off.
    pub done: bool,
    /// The vault had no item for this key before.
    pub added_item: bool,
    pub profiles: Vec<Before>,
    /// What was or is about to be changed, in order. An edit is noted before it is made.
    pub edits: Vec<Edit>,
}

/// A profile as Keywell knew it before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Before {
    pub name: String,
    pub config_file: PathBuf,
    pub entry: Option<Entry>,
}

/// A change to one file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Edit {
    pub path: PathBuf,
    /// There was no such file before.
    pub made_file: bool,
    pub patch: Patch,
    pub kind: EditKind,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EditKind {
    /// An AWS file. The values as they were, for a file that others changed since.
    Aws {
        values: Vec<Value>,
    },
    Text,
    /// The whole file went.
    Deleted,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Value {
    pub section: String,
    pub name: String,
    /// `None` where it was not set.
    pub before: Option<Vec<Part>>,
}

fn file(places: &Places) -> PathBuf {
    places.data.join("migrations.json")
}

/// Every migration that can be taken back, oldest first.
pub(crate) fn records(app: &App) -> Result<Vec<Record>, Problem> {
    let stored: Stored = state_file::read(&file(&app.places))?;
    Ok(stored.migrations)
}

pub(crate) fn record(app: &App, id: &str) -> Result<Record, Problem> {
    records(app)?
        .into_iter()
        .find(|record| record.id == id)
        .ok_or_else(|| {
            Problem::new(
                Code::UndoGone,
                format!("There is no migration {id} to take back."),
                "List them with: keywell profile migrate --list",
            )
        })
}

/// Notes a new migration; it gets its id here.
pub(crate) fn begin(app: &App, mut record: Record) -> Result<Record, Problem> {
    state_file::update(&file(&app.places), |stored: &mut Stored| {
        let number = stored
            .migrations
            .iter()
            .filter_map(|known| known.id.strip_prefix('m')?.parse::<u64>().ok())
            .max()
            .unwrap_or(0);
        record.id = format!("m{}", number + 1);
        stored.migrations.push(record.clone());
        record
    })
}

/// Notes how far a migration is.
pub(crate) fn keep(app: &App, record: &Record) -> Result<(), Problem> {
    state_file::update(&file(&app.places), |stored: &mut Stored| {
        for known in &mut stored.migrations {
            if known.id == record.id {
                known.clone_from(record);
            }
        }
    })
}

/// Lets go of what undo would need.
pub(crate) fn forget(app: &App, id: &str) -> Result<(), Problem> {
    state_file::update(&file(&app.places), |stored: &mut Stored| {
        stored.migrations.retain(|known| known.id != id);
    })
}
