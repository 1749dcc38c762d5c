//! One file in the place of another, while others read that.

use std::io;
use std::path::Path;
use std::thread;
use std::time::Duration;

use tempfile::NamedTempFile;

/// Puts a temporary file in the place of another one. On Windows whoever has that open makes this fail for a moment, so
/// it is tried for a second.
pub(crate) fn persist(mut temporary: NamedTempFile, path: &Path) -> io::Result<()> {
    let mut attempts = if cfg!(windows) { 100 } else { 0 };
    loop {
        match temporary.persist(path) {
            Ok(_) => return Ok(()),
            Err(error) if attempts > 0 && error.error.kind() == io::ErrorKind::PermissionDenied => {
                attempts -= 1;
                temporary = error.file;
                thread::sleep(Duration::from_millis(10));
            }
            Err(error) => return Err(error.error),
        }
    }
}
