//! All items in one sealed file, and back.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::Path,
};

use keywell_vault::{Cost, ErrorKind, Item, Secret, Store, backup as sealed, store_and_verify};
use keywell_wire::RestoreWhat;

use super::{is_of_one_item, moving::is_same_key};
use crate::problem::{Code, Problem};

/// A backup is a few kilobytes; a larger file is something else.
const LARGEST: u64 = 16 * 1024 * 1024;

/// What a backup holds.
#[derive(Debug, PartialEq)]
pub struct Backup {
    /// Names of items; access key IDs for the most part.
    pub items: Vec<String>,
    /// Items that could not be read and are not in it.
    pub unreadable: Vec<(String, Problem)>,
}

/// Writes every item of the store into a new file, sealed with the passphrase.
///
/// # Errors
/// When the file is there already, can not be written, or the store can not be read. No file is left then.
pub fn backup(store: &dyn Store, path: &Path, passphrase: &Secret) -> Result<Backup, Problem> {
    let mut items = Vec::new();
    let mut unreadable = Vec::new();
    for key_id in store.list()? {
        match store.get(&key_id) {
            Ok(item) => items.push(item),
            Err(error) if error.kind == ErrorKind::NoEntry => {}
            Err(error) if is_of_one_item(error.kind) => unreadable.push((key_id, error.into())),
            Err(error) => return Err(error.into()),
        }
    }
    let text = sealed::seal(&items, passphrase, Cost::USUAL)?;
    write_new(path, &text).map_err(|error| unwritable(path, &error))?;
    Ok(Backup {
        items: items.into_iter().map(|item| item.key_id).collect(),
        unreadable,
    })
}

#[derive(Debug, Clone, PartialEq)]
pub struct RestoreRow {
    pub item: Item,
    pub what: RestoreWhat,
}

/// What restoring the backup would do. Nothing is changed.
///
/// # Errors
/// When the backup does not open, or the store can not be read.
pub fn restore_plan(
    store: &dyn Store,
    path: &Path,
    passphrase: &Secret,
) -> Result<Vec<RestoreRow>, Problem> {
    let bytes = read(path).map_err(|error| {
        Problem::new(
            Code::FilesUnreadable,
            format!("{} can not be read.", path.display()),
            "Check the path, and who owns the file.",
        )
        .because(error.to_string())
    })?;
    let items = sealed::open(&bytes, passphrase)?;
    items
        .into_iter()
        .map(|item| {
            let what = match store.get(&item.key_id) {
                Ok(there) if is_same_key(&there, &item) => RestoreWhat::Same,
                Ok(_) => RestoreWhat::Replace,
                Err(error) if error.kind == ErrorKind::NoEntry => RestoreWhat::Add,
                Err(error) => return Err(error.into()),
            };
            Ok(RestoreRow { item, what })
        })
        .collect()
}

/// Stores what the plan adds and, with `replace`, what it replaces. Returns how many items were stored.
///
/// # Errors
/// The store's. Items before the one that failed are stored.
pub fn restore(store: &dyn Store, plan: &[RestoreRow], replace: bool) -> Result<usize, Problem> {
    let mut stored = 0;
    for row in plan {
        let is_wanted = match row.what {
            RestoreWhat::Add => true,
            RestoreWhat::Same => false,
            RestoreWhat::Replace => replace,
        };
        if is_wanted {
            store_and_verify(store, &row.item)?;
            stored += 1;
        }
    }
    Ok(stored)
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let size = fs::metadata(path)?.len();
    if size > LARGEST {
        return Err(io::Error::other(format!(
            "it has {size} bytes, which is more than a backup has"
        )));
    }
    fs::read(path)
}

/// A new file for the owner alone; none is left when writing fails.
fn write_new(path: &Path, text: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    let written = file.write_all(text).and_then(|()| file.sync_all());
    if written.is_err() {
        let _ = fs::remove_file(path);
    }
    written
}

fn unwritable(path: &Path, error: &io::Error) -> Problem {
    if error.kind() == io::ErrorKind::AlreadyExists {
        return Problem::new(
            Code::VaultBackupExists,
            format!("{} is there already.", path.display()),
            "Choose another name. A backup never replaces a file.",
        );
    }
    Problem::new(
        Code::FilesUnwritable,
        format!("{} can not be written.", path.display()),
        "Check who owns the folder, and whether the disk is full.",
    )
    .because(error.to_string())
}
