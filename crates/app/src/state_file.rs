//! Keywell's own small files: JSON without secrets, changed under a lock, replaced whole.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::Path,
};

use serde::{Serialize, de::DeserializeOwned};

use crate::problem::{Code, Problem};

/// Reads a state file. A missing one is the default; a damaged one too, since all of it can be found out again.
pub fn read<T: DeserializeOwned + Default>(path: &Path) -> Result<T, Problem> {
    match fs::read(path) {
        Ok(bytes) => Ok(serde_json::from_slice(&bytes).unwrap_or_default()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(T::default()),
        Err(error) => Err(unreadable(path, &error)),
    }
}

/// Reads, changes and replaces a state file while no other Keywell does. Returns what `change` returns. What did not
/// change is not written, and a state that says nothing has no file.
pub fn update<T: Serialize + DeserializeOwned + Default + PartialEq, R>(
    path: &Path,
    change: impl FnOnce(&mut T) -> R,
) -> Result<R, Problem> {
    let folder = path.parent().unwrap_or(Path::new("."));
    private_folder(folder).map_err(|error| unwritable(folder, &error))?;
    let lock_path = path.with_extension("lock");
    let lock = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&lock_path)
        .map_err(|error| unwritable(&lock_path, &error))?;
    lock.lock()
        .map_err(|error| unwritable(&lock_path, &error))?;

    let mut state: T = read(path)?;
    let result = change(&mut state);
    write(path, folder, &state).map_err(|error| unwritable(path, &error))?;
    Ok(result)
}

fn write<T: Serialize + Default + PartialEq>(
    path: &Path,
    folder: &Path,
    state: &T,
) -> io::Result<()> {
    let before = match fs::read(path) {
        Ok(bytes) => Some(bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    if *state == T::default() {
        if before.is_some() {
            fs::remove_file(path)?;
            sync_folder(folder)?;
        }
        return Ok(());
    }
    let mut text = serde_json::to_vec_pretty(state)?;
    text.push(b'\n');
    if before.as_ref() == Some(&text) {
        return Ok(());
    }
    // tempfile makes its files for the owner alone (0600).
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(&text)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    sync_folder(folder)
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> io::Result<()> {
    // Windows has no way to sync a folder; the rename is journaled by NTFS.
    let _: Option<File> = None;
    Ok(())
}

/// Makes a folder, and those above it, for the owner alone.
pub fn private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn unreadable(path: &Path, error: &io::Error) -> Problem {
    Problem::new(
        Code::FilesUnreadable,
        format!("Keywell can not read its own file {}.", path.display()),
        "Check who owns it and whether it may be read.",
    )
    .because(error.to_string())
}

fn unwritable(path: &Path, error: &io::Error) -> Problem {
    Problem::new(
        Code::FilesUnwritable,
        format!("Keywell can not write {}.", path.display()),
        "Check who owns the folder, whether it may be written, and whether the disk is full.",
    )
    .because(error.to_string())
}
