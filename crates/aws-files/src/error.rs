use std::io;
use std::path::{Path, PathBuf};

use crate::edit::EditError;

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
    /// Other bytes than UTF-8 on this line.
    NotUtf8 {
        line: usize,
    },
    /// A zero byte on this line: no text.
    Nul {
        line: usize,
    },
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

    pub(crate) fn reading(path: &Path, source: io::Error) -> FileError {
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
            FileErrorKind::NotUtf8 { .. } => "files.not_utf8",
            FileErrorKind::Nul { .. } => "files.not_text",
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
            FileErrorKind::NotUtf8 { line } => {
                format!("{path} is not a UTF-8 text file: line {line} has other bytes.")
            }
            FileErrorKind::Nul { line } => {
                format!("{path} is not a text file: line {line} has a zero byte.")
            }
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
            FileErrorKind::Nul { .. } => "Bring the file back from a backup, or mend it by hand.",
            FileErrorKind::NotUtf8 { .. } | FileErrorKind::Utf16 => {
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
