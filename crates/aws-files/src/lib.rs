//! Reads and edits `~/.aws/config` and `~/.aws/credentials` without losing a byte.
//!
//! What is here: where the files are ([`locate`]), their text as a [`Document`] that is read the way the AWS SDKs
//! read it and edited in place, section names ([`header()`], [`profile_of`]), and locked, atomic, undoable writes
//! ([`edit()`], [`snapshot`], [`restore`]). What is not: what the keys mean, secrets, networks.

mod atomic;
mod diff;
mod document;
mod edit;
mod file;
mod header;
mod line;
mod merge;
mod paths;
mod problem;

pub use diff::{DiffKind, DiffLine, diff_lines};
pub use document::{Document, Section};
pub use edit::EditError;
pub use file::{
    Edited, FileError, FileErrorKind, SIZE_LIMIT, Snapshot, edit, read, remove_empty, restore,
    snapshot,
};
pub use header::{FileKind, NameProblem, check_profile_name, header, profile_of};
pub use merge::merge;
pub use paths::{Paths, locate};
pub use problem::{Problem, ProblemKind};
