use crate::{DiffLine, ProfileChange, wire};

wire! {
/// One change that Keywell made to the AWS files.
pub struct HistoryEntry {
    pub id: String,
    /// RFC 3339, UTC.
    pub at: String,
    /// What was done, as a sentence.
    pub text: String,
    pub profile: String,
    pub files: Vec<String>,
    pub state: HistoryState,
    /// The change that this one took back.
    pub undoes: Option<String>,
}

pub enum HistoryState {
    Done,
    Undone,
    /// It holds secrets and there was no keychain to seal them for, so it can not be undone.
    NotKept,
}

pub struct HistoryRequest {
    pub id: String,
}

pub struct HistoryDetails {
    pub entry: HistoryEntry,
    /// What it did to the config file.
    pub diff: Vec<DiffLine>,
    /// A part of it is sealed and not in the diff.
    pub sealed: bool,
    /// What stands in the way of taking it back, as far as that is not sealed.
    pub conflict: Option<UndoConflict>,
}

/// One of the two is there.
pub struct UndoAnswer {
    pub change: Option<ProfileChange>,
    pub conflict: Option<UndoConflict>,
}

/// The same lines were changed since, so nothing was undone. Secrets are masked.
pub struct UndoConflict {
    pub file: String,
    /// What was changed since.
    pub since: Vec<DiffLine>,
    /// What undo would have changed.
    pub wanted: Vec<DiffLine>,
}
}
