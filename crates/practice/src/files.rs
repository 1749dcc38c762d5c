//! The few plain files of the practice account's folder, readable by their owner only.

use std::io::Write as _;
use std::path::Path;

use crate::PracticeError;
use crate::random;

pub(crate) const CSV_FILE: &str = "admin_accessKeys.csv";
pub(crate) const CERTIFICATE_FILE: &str = "certificate.pem";

/// Makes the folder; nobody else may look into it.
pub(crate) fn make_private_folder(path: &Path) -> Result<(), PracticeError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder
        .create(path)
        .map_err(|source| PracticeError::file("make", path, source))
}

/// Writes a file as a whole or not at all, with mode 0600.
pub(crate) fn write_private(path: &Path, content: &[u8]) -> Result<(), PracticeError> {
    let failed = |source| PracticeError::file("write", path, source);
    let temporary = path.with_extension(format!("{}.tmp", random::hex::<4>()));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let write = || {
        let mut file = options.open(&temporary)?;
        file.write_all(content)?;
        file.sync_all()?;
        std::fs::rename(&temporary, path)
    };
    write().map_err(|error| {
        // What is left of it would hold a secret.
        let _ = std::fs::remove_file(&temporary);
        failed(error)
    })
}

/// The file that the console offers after creating an access key, byte for byte: a byte order mark, and CRLF.
pub(crate) fn console_csv(key_id: &str, secret: &str) -> String {
    format!("\u{feff}Access key ID,Secret access key\r\n{key_id},{secret}\r\n")
}
