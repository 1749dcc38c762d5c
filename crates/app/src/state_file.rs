//! Keywell's own small files: JSON without secrets, changed under a lock, replaced whole.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Write},
    path::Path,
};

use keywell_aws_files::persist;
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
    let text = text_of(state)?;
    if before.as_ref() == Some(&text) {
        return Ok(());
    }
    put(path, folder, &text)
}

/// Writes a whole state file of which this process is the only writer.
pub fn replace<T: Serialize>(path: &Path, state: &T) -> Result<(), Problem> {
    let folder = path.parent().unwrap_or(Path::new("."));
    private_folder(folder)
        .and_then(|()| put(path, folder, &text_of(state)?))
        .map_err(|error| unwritable(path, &error))
}

/// Removes a state file of which this process is the only writer; one that is gone already is what was wanted.
pub fn remove(path: &Path) -> Result<(), Problem> {
    let removed = match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        removed => removed.and_then(|()| sync_folder(path.parent().unwrap_or(Path::new(".")))),
    };
    removed.map_err(|error| unwritable(path, &error))
}

/// A lock that the system frees when the process ends.
pub struct Lock(#[expect(dead_code, reason = "held, not read")] File);

/// Takes the right to work on something, whose name is a file's; none while another process has it.
pub fn try_lock(path: &Path) -> Result<Option<Lock>, Problem> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let file = private_folder(folder).and_then(|()| {
        OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path)
    });
    let file = file.map_err(|error| unwritable(path, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(Lock(file))),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(unwritable(path, &error)),
    }
}

fn text_of<T: Serialize>(state: &T) -> io::Result<Vec<u8>> {
    let mut text = serde_json::to_vec_pretty(state)?;
    text.push(b'\n');
    Ok(text)
}

fn put(path: &Path, folder: &Path, text: &[u8]) -> io::Result<()> {
    // tempfile makes its files for the owner alone (0600).
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text)?;
    file.as_file().sync_all()?;
    persist(file, path)?;
    sync_folder(folder)
}

#[cfg(unix)]
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
pub fn sync_folder(_folder: &Path) -> io::Result<()> {
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

pub fn unreadable(path: &Path, error: &io::Error) -> Problem {
    Problem::new(
        Code::FilesUnreadable,
        format!("Keywell can not read its own file {}.", path.display()),
        "Check who owns it and whether it may be read.",
    )
    .because(error.to_string())
}

pub fn unwritable(path: &Path, error: &io::Error) -> Problem {
    Problem::new(
        Code::FilesUnwritable,
        format!("Keywell can not write {}.", path.display()),
        "Check who owns the folder, whether it may be written, and whether the disk is full.",
    )
    .because(error.to_string())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    type State = BTreeMap<String, u32>;

    #[test]
    fn a_missing_or_damaged_file_is_an_empty_one_and_can_be_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("below/state.json");
        assert_eq!(read::<State>(&path).unwrap(), State::new());
        for damaged in ["", "{", "[1]", "\u{feff}{}", "{\"a\":\"x\"}"] {
            private_folder(path.parent().unwrap()).unwrap();
            fs::write(&path, damaged).unwrap();
            assert_eq!(read::<State>(&path).unwrap(), State::new(), "{damaged}");
            update(&path, |state: &mut State| state.insert("a".into(), 1)).unwrap();
            assert_eq!(read::<State>(&path).unwrap()["a"], 1);
        }
    }

    #[test]
    fn what_did_not_change_is_not_written_and_what_says_nothing_has_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        update(&path, |_: &mut State| ()).unwrap();
        assert!(!path.exists());
        update(&path, |state: &mut State| state.insert("a".into(), 1)).unwrap();
        let written = fs::metadata(&path).unwrap().modified().unwrap();
        update(&path, |state: &mut State| state.insert("a".into(), 1)).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), written);
        update(&path, |state: &mut State| state.clear()).unwrap();
        assert!(!path.exists());
    }

    #[test]
    fn updates_at_the_same_time_lose_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        std::thread::scope(|scope| {
            for thread in 0..8 {
                let path = &path;
                scope.spawn(move || {
                    for number in 0..10 {
                        update(path, |state: &mut State| {
                            state.insert(format!("{thread}-{number}"), 1);
                            *state.entry("sum".into()).or_default() += 1;
                        })
                        .unwrap();
                    }
                });
            }
        });
        let state: State = read(&path).unwrap();
        assert_eq!((state.len(), state["sum"]), (81, 80));
    }

    #[test]
    fn a_file_that_can_not_be_read_or_written_is_an_error_and_not_an_empty_state() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        fs::create_dir(&path).unwrap();
        assert_eq!(
            read::<State>(&path).unwrap_err().code,
            Code::FilesUnreadable
        );
        let other = folder.path().join("other.json");
        fs::create_dir(other.with_extension("lock")).unwrap();
        let problem = update(&other, |state: &mut State| state.insert("a".into(), 1)).unwrap_err();
        assert_eq!(problem.code, Code::FilesUnwritable);
        assert!(!other.exists());
    }
}
