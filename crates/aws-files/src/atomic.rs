//! Locking and replacing files. Nothing else in this crate writes.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::{FileError, FileErrorKind};
use crate::file::{Snapshot, folder};
use crate::settle::Stamp;

const LOCK_NAME: &str = ".keywell.lock";
const LOCK_DEADLINE: Duration = Duration::from_secs(30);
/// How the names of temporary files begin and end.
const TEMPORARY: (&str, &str) = (".keywell-", ".tmp");
const LOCK_PAUSE: Duration = Duration::from_millis(5);

/// As many links as Linux follows.
const LINK_LIMIT: usize = 40;

/// The file that a path leads to, through links, existing or not. A link is to stay a link, so it is its target
/// that gets replaced.
pub(crate) fn resolve(path: &Path) -> Result<PathBuf, FileError> {
    let mut target = path.to_path_buf();
    for _ in 0..LINK_LIMIT {
        match fs::read_link(&target) {
            // An absolute link replaces the whole path when joined.
            Ok(next) => target = folder(&target).join(next),
            Err(_) => return Ok(target),
        }
    }
    Err(FileError::new(path, FileErrorKind::Link))
}

/// Makes the file's folder for this user alone, when it is missing.
pub(crate) fn make_folder(target: &Path) -> Result<(), FileError> {
    let folder = folder(target);
    if folder.is_dir() {
        return Ok(());
    }
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder
        .create(folder)
        .map_err(|error| FileError::writing(folder, error))
}

/// Takes back what [`make_folder`] and [`Lock::take`] made. A folder that is in use stays.
pub(crate) fn undo_folder(target: &Path, lock: Lock) {
    let folder = folder(target);
    let others = fs::read_dir(folder).is_ok_and(|entries| {
        entries
            .flatten()
            .any(|entry| entry.file_name() != LOCK_NAME)
    });
    if !others {
        // Windows removes no file that is open. Elsewhere, one who waits for the lock notices (see `is_current`).
        #[cfg(windows)]
        drop(lock);
        let _ = fs::remove_file(folder.join(LOCK_NAME));
        let _ = fs::remove_dir(folder);
        #[cfg(not(windows))]
        drop(lock);
    }
}

/// Keeps other Keywells from editing files of the same folder until it is dropped.
///
/// The lock file stays in place: were it removed, two programs could hold locks on two files of one name. In it is
/// noted which versions of the folder's files Keywell wrote: a line of a name and a [`Stamp`] each.
pub(crate) struct Lock {
    /// None where the file system has no locks.
    file: Option<File>,
    /// Whether there was no lock file before.
    is_new: bool,
}

impl Lock {
    pub(crate) fn take(target: &Path) -> Result<Lock, FileError> {
        let folder = folder(target);
        let path = folder.join(LOCK_NAME);
        let started = Instant::now();
        loop {
            let is_new = !path.exists();
            let file = open_lock(&path).map_err(|error| FileError::writing(folder, error))?;
            match file.try_lock() {
                Ok(()) if is_current(&file, &path) => {
                    return Ok(Lock {
                        file: Some(file),
                        is_new,
                    });
                }
                Ok(()) | Err(TryLockError::WouldBlock) => {}
                // Some network file systems have no locks. The comparison before replacing still holds there.
                Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                    return Ok(Lock { file: None, is_new });
                }
                Err(TryLockError::Error(error)) => return Err(FileError::writing(&path, error)),
            }
            if started.elapsed() > LOCK_DEADLINE {
                return Err(FileError::new(target, FileErrorKind::Locked));
            }
            thread::sleep(LOCK_PAUSE);
        }
    }
}

impl Lock {
    /// Lets others write, and leaves no lock file where there was none: for one who wrote nothing.
    pub(crate) fn give_back(self, target: &Path) {
        if self.is_new {
            // Windows removes no file that is open. Elsewhere, one who waits for the lock notices (see `is_current`).
            #[cfg(windows)]
            drop(self.file);
            let _ = fs::remove_file(folder(target).join(LOCK_NAME));
        }
    }
}

/// Notes that this version of a file was written by Keywell, so is whole.
fn note(lock: &Lock, target: &Path, stamp: &Stamp) {
    let (Some(mut file), Some(name), Some(note)) =
        (lock.file.as_ref(), target.file_name(), stamp.note())
    else {
        return;
    };
    let name = name.to_string_lossy();
    let path = folder(target).join(LOCK_NAME);
    let old = fs::read_to_string(path).unwrap_or_default();
    let others = old.lines().filter(|line| {
        line.split_once('\t')
            .is_some_and(|(other, _)| other != name)
    });
    let lines: Vec<String> = others
        .map(str::to_owned)
        .chain([format!("{name}\t{note}")])
        .collect();
    // Without a note, readers wait a moment longer.
    let _ = file
        .set_len(0)
        .and_then(|()| file.seek(io::SeekFrom::Start(0)))
        .and_then(|_| file.write_all(format!("{}\n", lines.join("\n")).as_bytes()));
}

/// Whether Keywell wrote this version of the file.
pub(crate) fn is_noted(target: &Path, stamp: &Stamp) -> bool {
    let (Some(name), Some(note)) = (target.file_name(), stamp.note()) else {
        return false;
    };
    let wanted = format!("{}\t{note}", name.to_string_lossy());
    fs::read_to_string(folder(target).join(LOCK_NAME))
        .is_ok_and(|text| text.lines().any(|line| line == wanted))
}

/// Removes the temporary files of Keywells that were killed: whoever holds the lock is the only one to have one.
pub(crate) fn remove_leftovers(target: &Path, lock: &Lock) {
    let Ok(entries) = fs::read_dir(folder(target)) else {
        return;
    };
    let is_ours = |name: &str| name.starts_with(TEMPORARY.0) && name.ends_with(TEMPORARY.1);
    for entry in entries.flatten() {
        if lock.file.is_some() && entry.file_name().to_str().is_some_and(is_ours) {
            // It is in nobody's way.
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn open_lock(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

/// Whether the locked file is still the one at its path: [`undo_folder`] may have removed it meanwhile.
#[cfg(unix)]
fn is_current(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    match (file.metadata(), fs::metadata(path)) {
        (Ok(held), Ok(named)) => held.dev() == named.dev() && held.ino() == named.ino(),
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_current(_file: &File, _path: &Path) -> bool {
    true
}

/// Replaces a file in one step: a new file beside it, synced, renamed over it, and the folder synced.
///
/// `still` is asked right before the rename; on false nothing is changed and false is returned. With `exists` false,
/// a file that appeared meanwhile is not replaced either.
pub(crate) fn replace(
    target: &Path,
    lock: &Lock,
    like: &Snapshot,
    exists: bool,
    bytes: &[u8],
    still: &dyn Fn() -> Result<bool, FileError>,
) -> Result<bool, FileError> {
    let failed = |error| FileError::writing(target, error);
    // A rename would go past the file's own protection.
    if exists && like.permissions.as_ref().is_some_and(Permissions::readonly) {
        return Err(FileError::new(target, FileErrorKind::NotWritable));
    }
    // tempfile makes it with mode 0600 and a name that nobody can guess.
    let mut temporary = tempfile::Builder::new()
        .prefix(TEMPORARY.0)
        .suffix(TEMPORARY.1)
        .tempfile_in(folder(target))
        .map_err(|error| FileError::writing(folder(target), error))?;
    temporary.write_all(bytes).map_err(failed)?;
    keep_owner_and_mode(temporary.as_file(), target, exists, like)?;
    temporary.as_file().sync_all().map_err(failed)?;
    // A rename leaves size, time and number as they are.
    let stamp = Stamp::of(&temporary.as_file().metadata().map_err(failed)?);
    if !still()? {
        return Ok(false);
    }
    if exists {
        persist(temporary, target).map_err(failed)?;
    } else {
        match temporary.persist_noclobber(target) {
            Ok(_) => {}
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => return Ok(false),
            Err(error) => return Err(failed(error.error)),
        }
    }
    note(lock, target, &stamp);
    sync_folder(folder(target)).map_err(failed)?;
    Ok(true)
}

/// Puts a temporary file in the place of another one. On Windows a program that has that open makes this fail for a
/// moment, so it is tried for half a second.
pub fn persist(mut temporary: tempfile::NamedTempFile, target: &Path) -> io::Result<()> {
    let mut attempts = if cfg!(windows) { 20 } else { 0 };
    loop {
        match temporary.persist(target) {
            Ok(_) => return Ok(()),
            Err(error) if attempts > 0 && error.error.kind() == io::ErrorKind::PermissionDenied => {
                attempts -= 1;
                temporary = error.file;
                thread::sleep(Duration::from_millis(25));
            }
            Err(error) => return Err(error.error),
        }
    }
}

#[cfg(unix)]
fn keep_owner_and_mode(
    file: &File,
    target: &Path,
    exists: bool,
    like: &Snapshot,
) -> Result<(), FileError> {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown};
    let failed = |error| FileError::writing(target, error);
    let Some(permissions) = &like.permissions else {
        return Ok(());
    };
    let mut mode = permissions.mode() & 0o7777;
    if exists {
        let now = fs::metadata(target).map_err(failed)?;
        let new = file.metadata().map_err(failed)?;
        if now.uid() != new.uid() && fchown(file, Some(now.uid()), Some(now.gid())).is_err() {
            return Err(FileError::new(target, FileErrorKind::OtherOwner));
        }
        if now.gid() != new.gid() && fchown(file, None, Some(now.gid())).is_err() {
            // The rights of a group that can not be kept would go to another one.
            mode &= !0o070;
        }
    }
    file.set_permissions(Permissions::from_mode(mode))
        .map_err(failed)
}

/// On Windows a new file takes the access rights of its folder.
#[cfg(not(unix))]
fn keep_owner_and_mode(
    _file: &File,
    _target: &Path,
    _exists: bool,
    _like: &Snapshot,
) -> Result<(), FileError> {
    Ok(())
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    match File::open(folder)?.sync_all() {
        // Some file systems can not sync folders.
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported
            ) =>
        {
            Ok(())
        }
        result => result,
    }
}

#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}
