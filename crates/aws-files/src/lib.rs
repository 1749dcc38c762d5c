//! Reads and edits `~/.aws/config` and `~/.aws/credentials` without losing a byte.
//!
//! What is here: where the files are ([`locate`]), their text as a [`Document`] that is read the way the AWS SDKs
//! read it and edited in place, section names ([`header()`], [`profile_of`]), and locked, atomic, undoable writes
//! ([`edit()`], [`snapshot`], [`restore`]). What is not: what the keys mean, secrets, networks.

mod atomic;
mod conflict;
mod diff;
mod document;
mod edit;
mod error;
mod file;
mod header;
mod line;
mod merge;
mod paths;
mod problem;
mod repair;
mod sdk;
mod settle;

pub use atomic::persist;
pub use conflict::Conflict;
pub use diff::{DiffKind, DiffLine, diff_lines};
pub use document::{Document, Section};
pub use edit::EditError;
pub use error::{FileError, FileErrorKind};
pub use file::{
    Edited, SIZE_LIMIT, Snapshot, edit, edit_since, read, remove_empty, restore, snapshot,
};
pub use header::{FileKind, NameProblem, check_profile_name, header, profile_of};
pub use merge::merge;
pub use paths::{CONFIG, CREDENTIALS, Location, Paths, Platform, home, locate};
pub use problem::{Problem, ProblemKind};
pub use sdk::{Refusal, RefusalReason, Sections, Settings, read_as_sdk};
