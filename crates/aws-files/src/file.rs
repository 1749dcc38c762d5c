use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use crate::atomic::{Lock, make_folder, replace, resolve, undo_folder};
use crate::document::Document;
use crate::edit::EditError;

/// The largest file that is read, in bytes. AWS files are a few kilobytes.
pub const SIZE_LIMIT: u64 = 4 * 1024 * 1024;

/// How often an edit is made anew when another program changes the file meanwhile.
const ATTEMPTS: usize = 20;

/// Why a file could not be read or written: message (`Display`), cause (`source`), hint and code.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.message())]
pub struct FileError {
    pub path: PathBuf,
    pub kind: FileErrorKind,
    #[source]
    pub source: Option<io::Error>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileErrorKind {
    Unreadable,
    /// Other bytes than UTF-8.
    NotUtf8,
    /// Windows' Notepad and PowerShell 5 write this.
    Utf16,
    Directory,
    /// A pipe, a device or the like.
    NotRegular,
    TooLarge,
    /// No permission to write to the file's folder.
    NotWritable,
    /// The file belongs to another user, so that a new copy could not keep its owner.
    OtherOwner,
    /// Symbolic links that lead nowhere or in a circle.
    Link,
    /// Another Keywell held the lock for too long.
    Locked,
    /// Another program changed the file again and again.
    Changing,
    NoSpace,
    Unwritable,
    /// The change itself was refused.
    Edit(EditError),
}

impl FileError {
    pub(crate) fn new(path: &Path, kind: FileErrorKind) -> FileError {
        FileError {
            path: path.to_path_buf(),
            kind,
            source: None,
        }
    }

    fn reading(path: &Path, source: io::Error) -> FileError {
        let kind = match source.kind() {
            io::ErrorKind::IsADirectory => FileErrorKind::Directory,
            _ => FileErrorKind::Unreadable,
        };
        FileError {
            path: path.to_path_buf(),
            kind,
            source: Some(source),
        }
    }

    pub(crate) fn writing(path: &Path, source: io::Error) -> FileError {
        let kind = match source.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                FileErrorKind::NotWritable
            }
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => FileErrorKind::NoSpace,
            _ => FileErrorKind::Unwritable,
        };
        FileError {
            path: path.to_path_buf(),
            kind,
            source: Some(source),
        }
    }

    /// A stable name for this kind of failure.
    pub fn code(&self) -> &'static str {
        match &self.kind {
            FileErrorKind::Unreadable => "files.unreadable",
            FileErrorKind::NotUtf8 => "files.not_utf8",
            FileErrorKind::Utf16 => "files.utf16",
            FileErrorKind::Directory => "files.directory",
            FileErrorKind::NotRegular => "files.not_regular",
            FileErrorKind::TooLarge => "files.too_large",
            FileErrorKind::NotWritable => "files.not_writable",
            FileErrorKind::OtherOwner => "files.other_owner",
            FileErrorKind::Link => "files.link",
            FileErrorKind::Locked => "files.locked",
            FileErrorKind::Changing => "files.changing",
            FileErrorKind::NoSpace => "files.no_space",
            FileErrorKind::Unwritable => "files.unwritable",
            FileErrorKind::Edit(error) => error.code(),
        }
    }

    /// One sentence: what is wrong.
    pub fn message(&self) -> String {
        let path = self.path.display();
        match &self.kind {
            FileErrorKind::Unreadable => format!("{path} can not be read."),
            FileErrorKind::NotUtf8 => format!("{path} is not a UTF-8 text file."),
            FileErrorKind::Utf16 => {
                format!("{path} is stored as UTF-16, which AWS clients can not read.")
            }
            FileErrorKind::Directory => format!("{path} is a folder, not a file."),
            FileErrorKind::NotRegular => format!("{path} is not a regular file."),
            FileErrorKind::TooLarge => format!("{path} is too large to be an AWS file."),
            FileErrorKind::NotWritable => format!("{path} may not be written."),
            FileErrorKind::OtherOwner => format!("{path} belongs to another user."),
            FileErrorKind::Link => format!("{path} is a symbolic link that leads nowhere."),
            FileErrorKind::Locked => format!("{path} is being edited by another Keywell."),
            FileErrorKind::Changing => format!("{path} keeps being changed by another program."),
            FileErrorKind::NoSpace => format!("There is no space left to write {path}."),
            FileErrorKind::Unwritable => format!("{path} could not be written."),
            FileErrorKind::Edit(error) => error.to_string(),
        }
    }

    /// One sentence: what to do about it.
    pub fn hint(&self) -> &'static str {
        match &self.kind {
            FileErrorKind::Unreadable => {
                "Check that you may read the file and the folders above it."
            }
            FileErrorKind::NotUtf8 | FileErrorKind::Utf16 => {
                "Open it in an editor and save it as UTF-8 without a byte order mark."
            }
            FileErrorKind::Directory | FileErrorKind::NotRegular => {
                "Move it away, or point AWS_CONFIG_FILE or AWS_SHARED_CREDENTIALS_FILE to a file."
            }
            FileErrorKind::TooLarge => "Check that the path names your AWS file.",
            FileErrorKind::NotWritable => {
                "Give yourself the right to write to the file and its folder."
            }
            FileErrorKind::OtherOwner => "Take ownership of the file, or edit it as its owner.",
            FileErrorKind::Link => "Repair or remove the link.",
            FileErrorKind::Locked | FileErrorKind::Changing => {
                "Wait until the other program is done, and try again."
            }
            FileErrorKind::NoSpace => "Free some space and try again; the file is as it was.",
            FileErrorKind::Unwritable => "The file is as it was; see the cause, and try again.",
            FileErrorKind::Edit(error) => error.hint(),
        }
    }
}

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
}

impl Edited {
    /// Whether anything was written.
    pub fn changed(&self) -> bool {
        self.before_text != self.after_text
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

/// Reads a file. `Ok(None)` when there is none, also where a link leads to none.
pub fn read(path: &Path) -> Result<Option<Document>, FileError> {
    match bytes(path)? {
        Some((bytes, _)) => Ok(Some(Document::parse(&text(path, bytes)?))),
        None => Ok(None),
    }
}

/// Remembers what a file is now.
pub fn snapshot(path: &Path) -> Result<Snapshot, FileError> {
    let target = resolve(path)?;
    Ok(take(&target)?.0)
}

/// Makes a file what it was: writes its bytes and mode back, or removes it where there was none (and the folder,
/// where that was made for it and is empty).
pub fn restore(path: &Path, snapshot: &Snapshot) -> Result<(), FileError> {
    let target = resolve(path)?;
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
            let _lock = Lock::take(&target)?;
            let now = take(&target)?.0;
            if now.bytes.as_ref() == Some(bytes) && now.permissions == snapshot.permissions {
                return Ok(());
            }
            if replace(&target, snapshot, now.existed(), bytes, &|| Ok(true))? {
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
    if bytes(&target)?.is_none_or(|(bytes, _)| !bytes.is_empty()) {
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
/// owner stay. The lock is a file `.keywell.lock` beside the file and keeps other Keywells out; against programs that
/// take no lock, the file is compared right before it is replaced, and `change` is called again on the new text when it differs.
/// Text that `change` leaves as it was is not written.
///
/// # Errors
/// Those of the file system by kind, and [`FileErrorKind::Edit`] with what `change` returned.
pub fn edit(
    path: &Path,
    mut change: impl FnMut(&mut Document) -> Result<(), EditError>,
) -> Result<Edited, FileError> {
    let target = resolve(path)?;
    let folder_existed = folder(&target).is_dir();
    let (first, _) = take(&target)?;
    // A change that is refused, or that changes nothing, must not leave a new folder behind.
    if !first.existed() {
        let mut trial = Document::default();
        change(&mut trial).map_err(|error| refused(&target, error))?;
        if trial.text().is_empty() {
            return Ok(Edited {
                before: first,
                before_text: String::new(),
                after_text: String::new(),
            });
        }
    }
    make_folder(&target)?;
    let lock = Lock::take(&target)?;
    let outcome = edit_locked(&target, folder_existed, &mut change);
    if outcome.is_err() && !folder_existed {
        undo_folder(&target, lock);
    }
    outcome
}

fn edit_locked(
    target: &Path,
    folder_existed: bool,
    change: &mut impl FnMut(&mut Document) -> Result<(), EditError>,
) -> Result<Edited, FileError> {
    for _ in 0..ATTEMPTS {
        let (mut before, before_text) = take(target)?;
        before.folder_existed = folder_existed;
        let before_text = before_text?;
        let mut document = Document::parse(&before_text);
        change(&mut document).map_err(|error| refused(target, error))?;
        let after_text = document.text();
        if after_text == before_text {
            return Ok(Edited {
                before,
                before_text,
                after_text,
            });
        }
        let unchanged = || Ok(take(target)?.0.bytes == before.bytes);
        if replace(
            target,
            &before,
            before.existed(),
            after_text.as_bytes(),
            &unchanged,
        )? {
            return Ok(Edited {
                before,
                before_text,
                after_text,
            });
        }
    }
    Err(FileError::new(target, FileErrorKind::Changing))
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

/// The file as it is now, and its text where it is text.
fn take(target: &Path) -> Result<(Snapshot, Result<String, FileError>), FileError> {
    let folder_existed = folder(target).is_dir();
    Ok(match bytes(target)? {
        Some((bytes, metadata)) => {
            if !metadata.is_file() {
                return Err(FileError::new(target, FileErrorKind::NotRegular));
            }
            let snapshot = Snapshot {
                bytes: Some(bytes.clone()),
                permissions: Some(metadata.permissions()),
                folder_existed,
            };
            (snapshot, text(target, bytes))
        }
        None => {
            let snapshot = Snapshot {
                bytes: None,
                permissions: None,
                folder_existed,
            };
            (snapshot, Ok(String::new()))
        }
    })
}

fn bytes(path: &Path) -> Result<Option<(Vec<u8>, fs::Metadata)>, FileError> {
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(FileError::reading(path, error)),
    };
    if metadata.is_dir() {
        return Err(FileError::new(path, FileErrorKind::Directory));
    }
    if would_block(&metadata) {
        return Err(FileError::new(path, FileErrorKind::NotRegular));
    }
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(FileError::reading(path, error)),
    };
    let mut bytes = Vec::new();
    file.take(SIZE_LIMIT + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| FileError::reading(path, error))?;
    if bytes.len() as u64 > SIZE_LIMIT {
        return Err(FileError::new(path, FileErrorKind::TooLarge));
    }
    Ok(Some((bytes, metadata)))
}

/// Pipes and sockets wait for a writer. Devices do not: `AWS_CONFIG_FILE=/dev/null` is a usual way to say "none".
#[cfg(unix)]
fn would_block(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt as _;
    metadata.file_type().is_fifo() || metadata.file_type().is_socket()
}

#[cfg(not(unix))]
fn would_block(_metadata: &fs::Metadata) -> bool {
    false
}

fn text(path: &Path, bytes: Vec<u8>) -> Result<String, FileError> {
    let utf16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    String::from_utf8(bytes).map_err(|_| {
        let kind = if utf16 {
            FileErrorKind::Utf16
        } else {
            FileErrorKind::NotUtf8
        };
        FileError::new(path, kind)
    })
}
