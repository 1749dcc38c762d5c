//! Reading a file that another program may be writing at this moment.
//!
//! The AWS CLI writes in place: it empties the file and then fills it. What is found in between is not the file, so
//! nothing is taken for true before size, time and content have held still for a while, and longer where the content
//! looks like a beginning. What a Keywell wrote is whole at any time (it is renamed into its place), and known by a
//! note in the lock file.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use crate::atomic;
use crate::error::{FileError, FileErrorKind};
use crate::file::SIZE_LIMIT;

/// How long a file must have held still.
const QUIET: Duration = Duration::from_millis(50);
/// The same where its last line is not ended.
const QUIET_WHEN_CUT: Duration = Duration::from_millis(500);
/// The same where it is empty.
const QUIET_WHEN_EMPTY: Duration = Duration::from_secs(1);
const PAUSE: Duration = Duration::from_millis(5);
const DEADLINE: Duration = Duration::from_secs(10);

/// A file as it was read, or that there was none.
pub(crate) struct Taken {
    pub(crate) bytes: Option<Vec<u8>>,
    pub(crate) permissions: Option<fs::Permissions>,
    pub(crate) stamp: Option<Stamp>,
}

/// By what a version of a file is known again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    size: u64,
    modified: Option<SystemTime>,
    inode: u64,
}

impl Stamp {
    pub(crate) fn of(metadata: &fs::Metadata) -> Stamp {
        #[cfg(unix)]
        let inode = std::os::unix::fs::MetadataExt::ino(metadata);
        #[cfg(not(unix))]
        let inode = 0;
        Stamp {
            size: metadata.len(),
            modified: metadata.modified().ok(),
            inode,
        }
    }

    /// None when the file system has no times, so that no version can be told from another.
    pub(crate) fn note(&self) -> Option<String> {
        let since = self.modified?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
        Some(format!("{} {} {}", self.inode, self.size, since.as_nanos()))
    }

    fn age(&self) -> Duration {
        // A time to come is that of another machine's clock and says nothing.
        let age = self.modified.map(|modified| modified.elapsed());
        age.and_then(Result::ok).unwrap_or_default()
    }
}

impl Taken {
    fn is_same(&self, other: &Taken) -> bool {
        self.stamp == other.stamp && self.bytes == other.bytes
    }

    /// How long such a content must have held still.
    fn quiet(&self) -> Duration {
        match self.bytes.as_deref() {
            Some([]) => QUIET_WHEN_EMPTY,
            Some([.., b'\n']) => QUIET,
            _ => QUIET_WHEN_CUT,
        }
    }
}

/// The file once it holds still.
///
/// # Errors
/// Those of reading, and [`FileErrorKind::Changing`] when it does not hold still for ten seconds.
pub(crate) fn settled(target: &Path) -> Result<Taken, FileError> {
    let started = Instant::now();
    let mut taken = take(target)?;
    let mut still_since = started;
    loop {
        // A device has no content that could come late.
        let Some(stamp) = &taken.stamp else {
            return Ok(taken);
        };
        let quiet = taken.quiet();
        if stamp.age() >= quiet || still_since.elapsed() >= quiet || atomic::is_noted(target, stamp)
        {
            return Ok(taken);
        }
        if started.elapsed() > DEADLINE {
            return Err(FileError::new(target, FileErrorKind::Changing));
        }
        thread::sleep(PAUSE);
        let now = take(target)?;
        if !now.is_same(&taken) {
            still_since = Instant::now();
        }
        taken = now;
    }
}

/// The file as it is at this moment.
pub(crate) fn take(path: &Path) -> Result<Taken, FileError> {
    let started = Instant::now();
    loop {
        match take_once(path)? {
            Some(taken) => return Ok(taken),
            None if started.elapsed() > DEADLINE => {
                return Err(FileError::new(path, FileErrorKind::Changing));
            }
            None => thread::sleep(PAUSE),
        }
    }
}

/// None when the file changed while it was read.
fn take_once(path: &Path) -> Result<Option<Taken>, FileError> {
    let absent = Taken {
        bytes: None,
        permissions: None,
        stamp: None,
    };
    let reading = |error| FileError::reading(path, error);
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => {
            return Err(FileError::new(path, FileErrorKind::Directory));
        }
        Ok(metadata) if would_block(&metadata) => {
            return Err(FileError::new(path, FileErrorKind::NotRegular));
        }
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Some(absent)),
        Err(error) => return Err(reading(error)),
    }
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Some(absent)),
        Err(error) => return Err(reading(error)),
    };
    let before = file.metadata().map_err(reading)?;
    let mut bytes = Vec::with_capacity(before.len().min(SIZE_LIMIT + 1) as usize);
    (&file)
        .take(SIZE_LIMIT + 1)
        .read_to_end(&mut bytes)
        .map_err(reading)?;
    if bytes.len() as u64 > SIZE_LIMIT {
        return Err(FileError::new(path, FileErrorKind::TooLarge));
    }
    let stamp = Stamp::of(&before);
    let after = Stamp::of(&file.metadata().map_err(reading)?);
    let whole = stamp == after && (!before.is_file() || stamp.size == bytes.len() as u64);
    Ok(whole.then(|| Taken {
        bytes: Some(bytes),
        permissions: Some(before.permissions()),
        stamp: before.is_file().then_some(stamp),
    }))
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
