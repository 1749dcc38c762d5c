//! A change as its file in the history holds it.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::{App, index::Entry, places::Places};

/// The form of the file. A later form gets another number, and older programs pass over it.
pub(super) const FORM: u32 = 1;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Stored {
    pub v: u32,
    /// Unix seconds.
    pub at: u64,
    /// What was done: "Renamed media to film".
    pub text: String,
    /// What undo would do: "Call it media again".
    pub undo_text: String,
    pub profile: String,
    pub config_file: String,
    pub credentials_file: String,
    /// The change that this one took back.
    #[serde(default)]
    pub undoes: Option<u64>,
    /// Which files were changed, whether or not their texts could be kept.
    pub changed: Vec<WhichFile>,
    /// Changes without secrets.
    #[serde(default)]
    pub plain: Vec<FileChange>,
    /// Changes that may hold secrets, as JSON, sealed.
    #[serde(default)]
    pub sealed: Option<String>,
    #[serde(default)]
    pub index: IndexChanges,
    #[serde(default)]
    pub item: Option<StoredItem>,
    /// The public key that all of it is sealed to.
    #[serde(default)]
    pub sealed_to: Option<String>,
    /// True when a part could not be kept, so that the change can not be undone.
    #[serde(default)]
    pub incomplete: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WhichFile {
    Config,
    Credentials,
    /// A file that was named by its path, absolute. It may be of either kind.
    Other(PathBuf),
}

impl WhichFile {
    pub fn path<'a>(&'a self, places: &'a Places) -> &'a Path {
        match self {
            Self::Config => &places.config_file,
            Self::Credentials => &places.credentials_file,
            Self::Other(path) => path,
        }
    }

    /// What a path names, be it through a link or relative to the current folder.
    pub fn at(places: &Places, path: &Path) -> Self {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let target = |path: &Path| std::fs::canonicalize(path).ok();
        let is = |known: &Path| {
            known == path || target(known).is_some_and(|known| Some(known) == target(&path))
        };
        if is(&places.config_file) {
            Self::Config
        } else if is(&places.credentials_file) {
            Self::Credentials
        } else {
            Self::Other(path)
        }
    }
}

/// One file before and after.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct FileChange {
    pub file: WhichFile,
    /// False when the change made the file.
    pub existed: bool,
    /// False when the change made the file's folder.
    pub folder_existed: bool,
    pub before: String,
    pub after: String,
}

impl std::fmt::Debug for FileChange {
    /// Without the texts, which may hold secrets.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("FileChange")
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}

/// What a change altered in the index.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct IndexChanges {
    pub entries: Vec<IndexChange>,
    pub in_use: Option<InUseChange>,
}

impl IndexChanges {
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.in_use.is_none()
    }
}

/// The profile in use before and after.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct InUseChange {
    pub before: Option<String>,
    pub after: Option<String>,
}

/// What the index said of a profile before and after.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct IndexChange {
    pub profile: String,
    pub before: Option<Entry>,
    pub after: Option<Entry>,
}

/// The keychain's item that a change added, replaced or removed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct StoredItem {
    pub key_id: String,
    /// The item as it was, sealed; none where there was none.
    pub before: Option<String>,
}

impl Stored {
    /// Whether it is about the files that this process works with.
    pub fn is_of(&self, places: &Places) -> bool {
        Path::new(&self.config_file) == places.config_file
            && Path::new(&self.credentials_file) == places.credentials_file
    }

    pub fn new(app: &App, text: String, undo_text: String, profile: &str) -> Self {
        let path = |path: &Path| path.to_string_lossy().into_owned();
        Self {
            v: FORM,
            at: app.now_seconds(),
            text,
            undo_text,
            profile: profile.to_owned(),
            config_file: path(&app.places.config_file),
            credentials_file: path(&app.places.credentials_file),
            undoes: None,
            changed: Vec::new(),
            plain: Vec::new(),
            sealed: None,
            index: IndexChanges::default(),
            item: None,
            sealed_to: None,
            incomplete: false,
        }
    }
}
