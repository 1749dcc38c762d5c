//! Uploads, downloads, copies and deletes, file by file, with a board that a window or a terminal can watch.
//!
//! Nothing is ever half there: an upload is done when the service's own size and checksum were compared with the file,
//! a download gets its name when all bytes are on disk and were compared. What survives a restart (a journal) and what
//! compares two sides (sync) is not here.

mod board;
mod conflict;
mod digest;
mod download;
mod failure;
mod local_name;
mod pace;
mod remote;
mod retry;
mod row;
mod sink;
mod upload;
mod walk;

use std::{path::PathBuf, sync::Arc, time::Duration, time::SystemTime};

use keywell_wire::OnConflict;

pub use board::{Changes, Transfers};
#[cfg(fuzzing)]
pub(crate) use local_name::object_paths;
pub use pace::Speed;
pub use remote::{Copied, CopyPlan, copy, delete, empty_bucket};

/// Tells the time; an argument so that tests and journeys can set it.
pub type Clock = Arc<dyn Fn() -> SystemTime + Send + Sync>;

const MIB: u64 = 1024 * 1024;

/// How much happens at once, and where files begin to be sent and fetched in parts. Sizes in bytes.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Files of one plan at the same time.
    pub files: usize,
    /// Parts of one file at the same time.
    pub parts: usize,
    /// Requests with a body at the same time, over all files of the process.
    pub requests: usize,
    /// From this size on a file is sent in parts.
    pub multipart_from: u64,
    /// The smallest part; S3 takes none below 5 MiB but the last.
    pub part_size: u64,
    /// Above this size an object is fetched in ranges.
    pub ranges_above: u64,
    pub range_size: u64,
    /// The longest wait before the second try; doubles with each further one.
    pub retry_wait: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            files: 4,
            parts: 4,
            requests: 8,
            multipart_from: 16 * MIB,
            part_size: 8 * MIB,
            ranges_above: 32 * MIB,
            range_size: 16 * MIB,
            retry_wait: Duration::from_millis(500),
        }
    }
}

/// What to send. Folders are walked; an object key is `prefix` and the path below the folder's parent, with `/`.
#[derive(Debug, Clone)]
pub struct UploadPlan {
    pub profile: String,
    pub bucket: String,
    /// Empty, or the folder to put things into. Taken as it is: it should end with `/`.
    pub prefix: String,
    pub paths: Vec<PathBuf>,
    /// Replaces the name of the one path (or folder) that is sent: `cp notes.txt s3://b/other.txt`. A folder named with
    /// an empty string sends what is in it straight below `prefix`.
    pub name: Option<String>,
    pub on_conflict: OnConflict,
}

/// What to fetch. A file's path below `directory` is its object key without `prefix`.
#[derive(Debug, Clone)]
pub struct DownloadPlan {
    pub profile: String,
    pub bucket: String,
    pub prefix: String,
    pub keys: Vec<String>,
    /// Prefixes; everything below them is fetched.
    pub folders: Vec<String>,
    pub directory: PathBuf,
    /// The file name for the one object in `keys`: `cp s3://b/notes.txt other.txt`.
    pub name: Option<String>,
    pub on_conflict: OnConflict,
}
