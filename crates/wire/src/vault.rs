use serde::Deserialize;
use ts_rs::TS;

use crate::{Failure, StoreChoice, wire};

/// The passphrase of the encrypted file; inwards only.
#[derive(Deserialize, TS)]
pub struct PassphraseRequest {
    pub passphrase: String,
}

/// All items into the other store. The passphrase is that of the encrypted file, where the move makes or opens it;
/// inwards only.
#[derive(Deserialize, TS)]
pub struct VaultMoveRequest {
    pub task: String,
    pub to: StoreChoice,
    pub passphrase: Option<String>,
}

/// A backup that is opened with its passphrase, which goes inwards only.
#[derive(Deserialize, TS)]
pub struct BackupOpenRequest {
    pub path: String,
    pub passphrase: String,
}

wire! {
/// What the window asks for in a dialog of its own. The answer goes inwards by a command.
pub enum PassphraseWanted {
    /// That of the encrypted file, which is there.
    Existing,
    /// One for the encrypted file that is about to be made.
    New,
}

pub struct StoresRequest {
    /// Whether a trial item is written, read and deleted, and every item read.
    pub prove: bool,
}

/// The stores of this machine.
pub struct Stores {
    /// The one that keeps new items.
    pub store: StoreChoice,
    pub stores: Vec<StoreState>,
}

pub struct StoreState {
    pub store: StoreChoice,
    pub label: String,
    /// Of the encrypted file.
    pub path: Option<String>,
    pub is_chosen: bool,
    pub is_there: bool,
    /// Whether the encrypted file needs its passphrase first.
    pub is_locked: bool,
    /// Whether a trial item was written, read and deleted; only the chosen store is tried.
    pub is_proven: bool,
    pub milliseconds: Option<u32>,
    /// Access keys in it, where it was tried.
    pub items: Option<u32>,
    pub unreadable: Vec<UnreadableItem>,
    pub failure: Option<Failure>,
}

pub struct UnreadableItem {
    pub key_id: String,
    pub failure: Failure,
}

/// How far a move is.
pub struct VaultMoveProgress {
    pub stage: VaultMoveStage,
    pub done: u32,
    pub all: u32,
}

pub enum VaultMoveStage {
    /// Written, read back and compared. Until all are, nothing has changed.
    Copying,
    /// Deleted from the store that they leave.
    Deleting,
}

pub struct VaultMoved {
    /// The store that keeps new items from now on.
    pub store: StoreChoice,
    /// Names of items; access key IDs for the most part.
    pub moved: Vec<String>,
    pub left_behind: Vec<LeftBehind>,
}

/// An item that is still in the store it was to leave.
pub struct LeftBehind {
    pub key_id: String,
    /// Whether the other store has it too.
    pub is_copied: bool,
    pub failure: Failure,
}

pub struct BackupSaved {
    pub path: String,
    /// Names of items; access key IDs for the most part.
    pub items: Vec<String>,
    /// Items that could not be read and are not in it.
    pub unreadable: Vec<UnreadableItem>,
}

/// A backup that waits in Rust's memory to be restored, without its secrets.
pub struct BackupDraft {
    pub draft: String,
    pub rows: Vec<BackupRow>,
}

pub struct BackupRow {
    pub key_id: String,
    /// The profile that it was stored for; empty for what Keywell keeps for itself.
    pub profile: String,
    pub what: RestoreWhat,
}

/// What restoring one item does.
#[derive(Copy, Eq)]
pub enum RestoreWhat {
    Add,
    /// The store holds the same already.
    Same,
    /// The store holds another secret for this key.
    Replace,
}

pub struct BackupRestoreRequest {
    pub draft: String,
    /// Whether those that the store holds with another secret are stored too.
    pub replace: bool,
}

pub struct BackupRestored {
    pub stored: u32,
}
}
