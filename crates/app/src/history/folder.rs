//! The history's folder: one file for each change, named by its number. A file appears whole or not at all, and a number
//! is taken by making its file, so that processes need not wait for each other.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use keywell_aws_files::persist;

use super::entry::{FORM, Stored};
use crate::{places::Places, state_file, time};

/// How many changes are kept.
const KEPT: usize = 200;
/// How long changes are kept.
const KEPT_FOR: Duration = Duration::from_secs(90 * 24 * 60 * 60);
/// How large the history may grow, in bytes. Only files of thousands of profiles get there.
const KEPT_BYTES: u64 = 64 * 1024 * 1024;
/// A temporary file this old belongs to a process that was killed.
const ABANDONED: Duration = Duration::from_secs(60 * 60);

const TEMPORARY: &str = ".new-";

pub(super) struct Folder {
    path: PathBuf,
}

impl Folder {
    pub fn of(places: &Places) -> Self {
        Self {
            path: places.data.join("history"),
        }
    }

    fn file(&self, number: u64) -> PathBuf {
        self.path.join(format!("{number:08}.json"))
    }

    /// The numbers of all changes, oldest first.
    pub fn numbers(&self) -> io::Result<Vec<u64>> {
        let entries = match fs::read_dir(&self.path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut numbers: Vec<u64> = entries
            .flatten()
            .filter_map(|entry| {
                let name = entry.file_name();
                name.to_str()?.strip_suffix(".json")?.parse().ok()
            })
            .collect();
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// A change, unless it is gone, damaged, or written by a newer Keywell.
    pub fn read(&self, number: u64) -> Option<Stored> {
        let bytes = fs::read(self.file(number)).ok()?;
        let stored: Stored = serde_json::from_slice(&bytes).ok()?;
        (stored.v == FORM).then_some(stored)
    }

    /// Adds a change under a number of its own, higher than all others.
    pub fn add(&self, stored: &Stored) -> io::Result<u64> {
        state_file::private_folder(&self.path)?;
        let mut number = self.numbers()?.last().map_or(1, |last| last + 1);
        let mut file = self.temporary(stored)?;
        loop {
            match file.persist_noclobber(self.file(number)) {
                Ok(_) => break,
                Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
                    number += 1;
                    file = error.file;
                }
                Err(error) => return Err(error.error),
            }
        }
        state_file::sync_folder(&self.path)?;
        Ok(number)
    }

    pub fn replace(&self, number: u64, stored: &Stored) -> io::Result<()> {
        persist(self.temporary(stored)?, &self.file(number))?;
        state_file::sync_folder(&self.path)
    }

    pub fn remove(&self, number: u64) -> io::Result<()> {
        fs::remove_file(self.file(number))
    }

    fn temporary(&self, stored: &Stored) -> io::Result<tempfile::NamedTempFile> {
        // tempfile makes its files for the owner alone (0600).
        let mut file = tempfile::Builder::new()
            .prefix(TEMPORARY)
            .tempfile_in(&self.path)?;
        file.write_all(&serde_json::to_vec(stored)?)?;
        file.as_file().sync_all()?;
        Ok(file)
    }

    /// Drops what is too old or too much. The newest change stays, so that no number is given twice.
    pub fn prune(&self, now: SystemTime) -> io::Result<()> {
        let oldest = time::unix_seconds(now).saturating_sub(KEPT_FOR.as_secs());
        let mut bytes = 0;
        for (at, number) in self.numbers()?.into_iter().rev().enumerate() {
            let path = self.file(number);
            bytes += fs::metadata(&path).map_or(0, |metadata| metadata.len());
            let expired = || self.read(number).is_some_and(|stored| stored.at < oldest);
            if at > 0 && (at >= KEPT || bytes > KEPT_BYTES || expired()) {
                let _ = fs::remove_file(path);
            }
        }
        for entry in fs::read_dir(&self.path)?.flatten() {
            if is_abandoned(&entry, now) {
                let _ = fs::remove_file(entry.path());
            }
        }
        Ok(())
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}

fn is_abandoned(entry: &fs::DirEntry, now: SystemTime) -> bool {
    let modified = entry.metadata().and_then(|metadata| metadata.modified());
    entry.file_name().to_string_lossy().starts_with(TEMPORARY)
        && modified.is_ok_and(|modified| {
            now.duration_since(modified)
                .is_ok_and(|age| age > ABANDONED)
        })
}
