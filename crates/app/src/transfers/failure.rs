//! Why a transfer ended, and the sentences for it.

use std::{io, path::Path};

use crate::{
    cloud::{CloudError, Context},
    problem::{Code, Problem},
};

/// Why a transfer stopped before its end.
#[derive(Debug)]
pub(super) enum Stop {
    Cancelled,
    /// Cancelled, but something was left that the person should know of.
    CancelledWith(Problem),
    Failed(Problem),
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Self::Failed(problem)
    }
}

/// The sentence for an answer of the service about an object.
pub(super) fn cloud(error: &CloudError, bucket: &str, key: Option<&str>) -> Problem {
    Problem::from_cloud(
        error,
        &Context {
            bucket: Some(bucket),
            object: key,
            ..Context::default()
        },
    )
}

pub(super) fn exists(name: &str) -> Problem {
    Problem::new(
        Code::TransferExists,
        format!("`{name}` is there already, and nothing was replaced."),
        "Choose to replace it, to keep both, or to skip it.",
    )
}

pub(super) fn source_missing(path: &Path) -> Problem {
    Problem::new(
        Code::TransferSourceMissing,
        format!("`{}` is not there (any more).", path.display()),
        "Put the file back, or leave it out, and try again.",
    )
}

pub(super) fn source_changed(path: &Path) -> Problem {
    Problem::new(
        Code::TransferSourceChanged,
        format!("`{}` changed while it was sent.", path.display()),
        "Wait until the program that writes it is done, then upload it again.",
    )
}

/// A problem with reading a file on this machine.
pub(super) fn source(error: &io::Error, path: &Path) -> Problem {
    if error.kind() == io::ErrorKind::NotFound {
        return source_missing(path);
    }
    Problem::new(
        Code::TransferSourceUnreadable,
        format!("`{}` can not be read.", path.display()),
        "Check that you may read the file and that no other program has locked it.",
    )
    .because(error.to_string())
}

pub(super) fn source_special(path: &Path, what: &str) -> Problem {
    Problem::new(
        Code::TransferSourceUnreadable,
        format!("`{}` was left out: it is {what}.", path.display()),
        "Only files and folders can be uploaded.",
    )
}

pub(super) fn source_name(path: &Path) -> Problem {
    Problem::new(
        Code::TransferName,
        format!(
            "The name of `{}` is not valid Unicode, and object keys must be.",
            path.display()
        ),
        "Rename the file and upload it again.",
    )
}

pub(super) fn key_too_long(key: &str) -> Problem {
    let start: String = key.chars().take(60).collect();
    Problem::new(
        Code::TransferName,
        format!("The object key `{start}…` would be longer than 1,024 bytes."),
        "Shorten the folder or file names and upload again.",
    )
}

pub(super) fn target_name(key: &str, why: &str) -> Problem {
    Problem::new(
        Code::TransferName,
        format!(
            "`{}` can not be saved under its own name: {why}.",
            key.escape_debug()
        ),
        "Download this object alone and give it another file name.",
    )
}

/// A problem with writing `path` on this machine.
pub(super) fn target(error: &io::Error, path: &Path) -> Problem {
    let shown = path.display();
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => disk_full(path),
        io::ErrorKind::FileTooLarge => Problem::new(
            Code::TransferTargetUnwritable,
            format!("`{shown}` is too large for the disk's file system."),
            "Choose a folder on a disk that takes larger files.",
        ),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Problem::new(
            Code::TransferTargetUnwritable,
            format!("Keywell may not write `{shown}`."),
            "Choose another folder, or change the folder's permissions.",
        ),
        io::ErrorKind::InvalidFilename => Problem::new(
            Code::TransferName,
            format!("`{shown}` is not a name that this disk takes."),
            "Download this object alone and give it another file name.",
        ),
        io::ErrorKind::NotADirectory
        | io::ErrorKind::AlreadyExists
        | io::ErrorKind::IsADirectory => Problem::new(
            Code::TransferExists,
            format!("`{shown}` can not be made: a file and a folder want the same name."),
            "Choose an empty folder, or download the two one after the other.",
        ),
        _ => Problem::new(
            Code::TransferTargetUnwritable,
            format!("`{shown}` can not be written."),
            "Check the disk and choose another folder.",
        ),
    }
    .because(error.to_string())
}

pub(super) fn disk_full(path: &Path) -> Problem {
    Problem::new(
        Code::TransferDiskFull,
        format!("The disk has not enough room for `{}`.", path.display()),
        "Free some space or choose a folder on another disk. Nothing half done was left.",
    )
}

pub(super) fn object_changed(key: &str) -> Problem {
    Problem::new(
        Code::PreconditionFailed,
        format!("`{key}` changed in the bucket while it was downloaded."),
        "Download it again to get the new one. Nothing half done was left.",
    )
}

pub(super) fn mismatch(name: &str, what: &str) -> Problem {
    Problem::new(
        Code::BadChecksum,
        format!("What arrived of `{name}` is not what was sent: the {what} differs."),
        "Try again; when it happens twice, the network, a proxy or the memory damages data.",
    )
}

pub(super) fn internal(cause: &str) -> Problem {
    Problem::new(
        Code::Internal,
        "This transfer ended by a fault in Keywell.",
        "Try again, and please report it.",
    )
    .because(cause)
}

/// The sent parts could not be removed. `ended` is why the upload ended, when it was not cancelled.
pub(super) fn parts_remain(bucket: &str, error: &CloudError, ended: Option<Problem>) -> Problem {
    let remain = format!(
        "Parts of the unfinished upload may remain in {bucket} and cost storage, since they could not be removed: {error}."
    );
    match ended {
        Some(problem) => {
            let cause = format!("{} {remain}", problem.cause);
            problem.because(cause.trim_start())
        }
        None => cloud(error, bucket, None).because(remain),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_disk_refuses_is_told_by_its_kind() {
        for (kind, code) in [
            (io::ErrorKind::StorageFull, Code::TransferDiskFull),
            (io::ErrorKind::QuotaExceeded, Code::TransferDiskFull),
            (
                io::ErrorKind::PermissionDenied,
                Code::TransferTargetUnwritable,
            ),
            (
                io::ErrorKind::ReadOnlyFilesystem,
                Code::TransferTargetUnwritable,
            ),
            (io::ErrorKind::FileTooLarge, Code::TransferTargetUnwritable),
            (io::ErrorKind::InvalidFilename, Code::TransferName),
            (io::ErrorKind::NotADirectory, Code::TransferExists),
            (io::ErrorKind::Other, Code::TransferTargetUnwritable),
        ] {
            let problem = target(&kind.into(), Path::new("/disk/file"));
            assert_eq!(problem.code, code, "{kind:?}");
            assert!(
                problem.message.contains("/disk/file")
                    && !problem.hint.is_empty()
                    && !problem.cause.is_empty()
            );
        }
    }
}
