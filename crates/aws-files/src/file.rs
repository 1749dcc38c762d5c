use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::atomic::{Lock, is_noted, make_folder, remove_leftovers, replace, resolve, undo_folder};
use crate::conflict;
use crate::document::Document;
use crate::edit::EditError;
use crate::error::{FileError, FileErrorKind};
use crate::settle::{Taken, settled, take};

/// The largest file that is read, in bytes. AWS files are a few kilobytes.
pub const SIZE_LIMIT: u64 = 4 * 1024 * 1024;

/// How often an edit is made anew when another program changes the file meanwhile.
const ATTEMPTS: usize = 20;

/// How often [`Edited::overwritten_within`] looks.
const PAUSE: Duration = Duration::from_millis(10);

/// What a file was, so that [`restore`] can bring it back.
#[derive(Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// None when there was no file.
    pub(crate) bytes: Option<Vec<u8>>,
    pub(crate) permissions: Option<fs::Permissions>,
    pub(crate) folder_existed: bool,
}

impl Snapshot {
    /// Whether there was a file.
    pub fn existed(&self) -> bool {
        self.bytes.is_some()
    }
}

impl fmt::Debug for Snapshot {
    /// Without the text, which may hold secrets.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Snapshot")
            .field("bytes", &self.bytes.as_ref().map(Vec::len))
            .field("permissions", &self.permissions)
            .finish_non_exhaustive()
    }
}

/// What an edit did.
#[derive(Clone)]
pub struct Edited {
    pub before: Snapshot,
    pub before_text: String,
    pub after_text: String,
    target: PathBuf,
}

impl Edited {
    /// Whether anything was written.
    pub fn changed(&self) -> bool {
        self.before_text != self.after_text
    }

    /// Watches the file for a while, and names what this edit set and another program took back by writing over it:
    /// one that read the file before the edit and wrote it after. Empty when all is there. What another Keywell
    /// changed later on does not count, as that one has seen this edit.
    ///
    /// # Errors
    /// When the file can not be read (any more).
    pub fn overwritten_within(&self, time: Duration) -> Result<Vec<String>, FileError> {
        let started = Instant::now();
        while self.changed() {
            let now = take(&self.target)?;
            let ours = now
                .stamp
                .as_ref()
                .is_some_and(|stamp| is_noted(&self.target, stamp));
            if !ours {
                let now = text(
                    &self.target,
                    settled(&self.target)?.bytes.unwrap_or_default(),
                )?;
                let lost = conflict::lost(&self.before_text, &self.after_text, &now);
                if !lost.is_empty() {
                    return Ok(lost);
                }
            }
            if started.elapsed() >= time {
                break;
            }
            std::thread::sleep(PAUSE);
        }
        Ok(Vec::new())
    }
}

impl fmt::Debug for Edited {
    /// Without the texts, which may hold secrets.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Edited")
            .field("before", &self.before)
            .field("changed", &self.changed())
            .finish_non_exhaustive()
    }
}

/// Reads a file once it holds still. `Ok(None)` when there is none, also where a link leads to none.
pub fn read(path: &Path) -> Result<Option<Document>, FileError> {
    match settled(path)?.bytes {
        Some(bytes) => Ok(Some(Document::from(text(path, bytes)?))),
        None => Ok(None),
    }
}

/// Remembers what a file is now.
pub fn snapshot(path: &Path) -> Result<Snapshot, FileError> {
    let target = resolve(path)?;
    check_regular(&target)?;
    Ok(Snapshot::of(&target, settled(&target)?))
}

/// Makes a file what it was: writes its bytes and mode back, or removes it where there was none (and the folder,
/// where that was made for it and is empty).
pub fn restore(path: &Path, snapshot: &Snapshot) -> Result<(), FileError> {
    let target = resolve(path)?;
    check_regular(&target)?;
    let folder_exists = folder(&target).is_dir();
    match &snapshot.bytes {
        None if !folder_exists => Ok(()),
        None => {
            let lock = Lock::take(&target)?;
            match fs::remove_file(&target) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(FileError::writing(&target, error));
                }
                _ => {}
            }
            if !snapshot.folder_existed {
                undo_folder(&target, lock);
            }
            Ok(())
        }
        Some(bytes) => {
            make_folder(&target)?;
            let lock = Lock::take(&target)?;
            let now = take(&target)?;
            if now.bytes.as_ref() == Some(bytes) && now.permissions == snapshot.permissions {
                return Ok(());
            }
            if replace(
                &target,
                &lock,
                snapshot,
                now.bytes.is_some(),
                bytes,
                &|| Ok(true),
            )? {
                Ok(())
            } else {
                Err(FileError::new(&target, FileErrorKind::Changing))
            }
        }
    }
}

/// Removes a file that has no bytes (any more), and with `folder_too` its folder where nothing else is in it. Others are
/// left alone.
pub fn remove_empty(path: &Path, folder_too: bool) -> Result<(), FileError> {
    let target = resolve(path)?;
    if !target.is_file() {
        return Ok(());
    }
    let lock = Lock::take(&target)?;
    if settled(&target)?
        .bytes
        .is_none_or(|bytes| !bytes.is_empty())
    {
        return Ok(());
    }
    fs::remove_file(&target).map_err(|error| FileError::writing(&target, error))?;
    if folder_too {
        undo_folder(&target, lock);
    }
    Ok(())
}

/// Edits a file under a lock and replaces it in one step, or leaves it as it was.
///
/// The folder (mode 0700) and the file (0600) are made when missing. A link is followed and stays a link; mode and
/// owner stay. The lock is a file `.keywell.lock` beside the file and keeps other Keywells out. Against programs that
/// take no lock, the file is read once it holds still and compared right before it is replaced; when it differs,
/// `change` is called again on the new text, unless both changed the same setting.
/// Text that `change` leaves as it was is not written.
///
/// # Errors
/// Those of the file system by kind, and [`FileErrorKind::Edit`] with what `change` returned, or with
/// [`EditError::Conflict`].
pub fn edit(
    path: &Path,
    change: impl FnMut(&mut Document) -> Result<(), EditError>,
) -> Result<Edited, FileError> {
    edit_since(path, None, change)
}

/// As [`edit()`], for a change that was decided on when the file read `seen`: a conflict too is what another program
/// changed since then.
///
/// # Errors
/// As [`edit()`].
pub fn edit_since(
    path: &Path,
    seen: Option<&str>,
    mut change: impl FnMut(&mut Document) -> Result<(), EditError>,
) -> Result<Edited, FileError> {
    let target = resolve(path)?;
    if target != path && !target.exists() {
        return Err(FileError::new(path, FileErrorKind::Link));
    }
    check_regular(&target)?;
    let mut decided = None;
    if let Some(seen) = seen {
        decided = Some(decide(&target, None, seen.to_owned(), &mut change)?);
    }
    // What can not be read, or a change of nothing that is refused, must not leave a lock or a new folder behind.
    let taken = settled(&target)?;
    let now = text(&target, taken.bytes.clone().unwrap_or_default())?;
    if taken.bytes.is_none() {
        let trial = decide(&target, None, now, &mut change)?;
        if trial.after.is_empty() {
            return Ok(trial.done(&target, Snapshot::of(&target, taken)));
        }
    }
    let folder_existed = folder(&target).is_dir();
    make_folder(&target)?;
    let lock = Lock::take(&target)?;
    let outcome = edit_locked(&target, &lock, folder_existed, decided, &mut change);
    if !outcome.as_ref().is_ok_and(Edited::changed) {
        if folder_existed {
            lock.give_back(&target);
        } else {
            undo_folder(&target, lock);
        }
    }
    outcome
}

/// What a change makes of a text.
struct Decided {
    base: String,
    after: String,
}

impl Decided {
    fn done(self, target: &Path, before: Snapshot) -> Edited {
        Edited {
            before,
            before_text: self.base,
            after_text: self.after,
            target: target.to_path_buf(),
        }
    }
}

/// The change for the text that is there, where it was decided on for another text before.
fn decide(
    target: &Path,
    earlier: Option<Decided>,
    text: String,
    change: &mut impl FnMut(&mut Document) -> Result<(), EditError>,
) -> Result<Decided, FileError> {
    if let Some(earlier) = earlier {
        if earlier.base == text {
            return Ok(earlier);
        }
        if let Some(conflict) = conflict::conflict(&earlier.base, &earlier.after, &text) {
            return Err(refused(target, EditError::Conflict(Box::new(conflict))));
        }
    }
    let mut document = Document::from(text.clone());
    change(&mut document).map_err(|error| refused(target, error))?;
    Ok(Decided {
        base: text,
        after: document.text(),
    })
}

fn edit_locked(
    target: &Path,
    lock: &Lock,
    folder_existed: bool,
    mut decided: Option<Decided>,
    change: &mut impl FnMut(&mut Document) -> Result<(), EditError>,
) -> Result<Edited, FileError> {
    remove_leftovers(target, lock);
    for _ in 0..ATTEMPTS {
        let mut before = Snapshot::of(target, settled(target)?);
        before.folder_existed = folder_existed;
        let now = text(target, before.bytes.clone().unwrap_or_default())?;
        let current = decide(target, decided, now, change)?;
        let unchanged = || Ok(take(target)?.bytes == before.bytes);
        if current.after == current.base
            || replace(
                target,
                lock,
                &before,
                before.existed(),
                current.after.as_bytes(),
                &unchanged,
            )?
        {
            return Ok(current.done(target, before));
        }
        decided = Some(current);
    }
    Err(FileError::new(target, FileErrorKind::Changing))
}

/// A folder can not be replaced, and a device or a pipe must not be.
fn check_regular(target: &Path) -> Result<(), FileError> {
    match fs::metadata(target) {
        Ok(metadata) if metadata.is_dir() => Err(FileErrorKind::Directory),
        Ok(metadata) if !metadata.is_file() => Err(FileErrorKind::NotRegular),
        _ => Ok(()),
    }
    .map_err(|kind| FileError::new(target, kind))
}

fn refused(path: &Path, error: EditError) -> FileError {
    FileError::new(path, FileErrorKind::Edit(error))
}

/// The folder of a file; of a bare file name, the current one.
pub(crate) fn folder(target: &Path) -> &Path {
    match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

impl Snapshot {
    fn of(target: &Path, taken: Taken) -> Snapshot {
        Snapshot {
            bytes: taken.bytes,
            permissions: taken.permissions,
            folder_existed: folder(target).is_dir(),
        }
    }
}

fn text(path: &Path, bytes: Vec<u8>) -> Result<String, FileError> {
    let line_at =
        |end: usize, bytes: &[u8]| 1 + bytes[..end].iter().filter(|byte| **byte == b'\n').count();
    let utf16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    let kind = match String::from_utf8(bytes) {
        Ok(text) => match text.find('\0') {
            None => return Ok(text),
            Some(end) => FileErrorKind::Nul {
                line: line_at(end, text.as_bytes()),
            },
        },
        Err(_) if utf16 => FileErrorKind::Utf16,
        Err(error) => FileErrorKind::NotUtf8 {
            line: line_at(error.utf8_error().valid_up_to(), error.as_bytes()),
        },
    };
    Err(FileError::new(path, kind))
}
