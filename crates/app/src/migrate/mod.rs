//! Migration: keys that lie about as plain text, or in another tool's store, become profiles whose secret is in the
//! keychain, and the plain copies go.
//!
//! The order is what keeps every profile working at any moment, also after a kill: the keychain gets the key first, then
//! the profile its helper's line (beside the plain key, which still works), then the line is proven, and only then the
//! plain copies go. What was done is kept without the secret, which is put back from the keychain by [`undo`], until the
//! person says with [`settle`] that it is final.

mod assignments;
mod find;
mod journal;
mod patch;
mod portable;
mod run;
mod text_file;
mod undo;

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

pub(crate) use assignments::keys as keys_in_text;
#[cfg(fuzzing)]
pub(crate) use assignments::without as text_without;
pub(crate) use find::plain_copies;
pub use find::{list, shell_files};
use keywell_vault::OtherToolKeys;
pub use portable::{export, import, preview_import, read_export};
pub use run::{Request, run};
pub use undo::{settle, undo};

use crate::{App, problem::Problem};

/// Reads the keys that other tools keep in this system's keychain.
pub type ReadOtherTools = Arc<dyn Fn() -> OtherToolKeys + Send + Sync>;

/// Files that the person pointed at; only these are searched beside the usual places.
#[derive(Default)]
pub struct PointedAt(Mutex<BTreeSet<PathBuf>>);

impl PointedAt {
    fn files(&self) -> Vec<PathBuf> {
        let files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        files.iter().cloned().collect()
    }
}

/// Looks for keys in a file too, from now on.
///
/// # Errors
/// When the file can not be read, or sets no key.
pub fn point_at(app: &App, file: &Path) -> Result<(), Problem> {
    find::check_holds_key(app, file)?;
    let mut files = app
        .pointed_at
        .0
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    files.insert(file.to_owned());
    Ok(())
}
