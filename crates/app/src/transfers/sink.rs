//! A file that appears under its name only when it is whole.

use std::{
    fs::{self, File, OpenOptions},
    io,
    path::Path,
    sync::Arc,
    time::SystemTime,
};

use tempfile::{NamedTempFile, TempPath};

/// How much of a file's name its temporary name repeats, so that the whole stays below the usual 255 bytes.
const NAME_KEPT: usize = 200;

/// A temporary file beside the target. Dropping it removes it.
pub(super) struct Sink {
    file: Arc<File>,
    temporary: TempPath,
}

impl Sink {
    /// `.NAME.keywell-XXXX.part` in the target's folder, so that the rename stays on one disk.
    pub(super) fn create(target: &Path) -> io::Result<Self> {
        let folder = target.parent().unwrap_or(Path::new("."));
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        let mut builder = tempfile::Builder::new();
        let prefix = format!(".{}.keywell-", &name[..name.floor_char_boundary(NAME_KEPT)]);
        builder.prefix(&prefix).suffix(".part").rand_bytes(4);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // What any new file gets; the umask takes its share.
            builder.permissions(fs::Permissions::from_mode(0o666));
        }
        let (file, temporary) = builder.tempfile_in(folder)?.into_parts();
        Ok(Self {
            file: Arc::new(file),
            temporary,
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.temporary
    }

    /// Gives the buffer back, so that it is used again.
    pub(super) async fn write_at(&self, bytes: Vec<u8>, offset: u64) -> io::Result<Vec<u8>> {
        let file = Arc::clone(&self.file);
        let write = move || write_all_at(&file, &bytes, offset).map(|()| bytes);
        tokio::task::spawn_blocking(write)
            .await
            .map_err(io::Error::other)?
    }

    /// Brings all bytes to the disk.
    pub(super) fn sync(&self, modified: Option<SystemTime>) -> io::Result<()> {
        if let Some(modified) = modified {
            self.file.set_modified(modified)?;
        }
        self.file.sync_all()
    }

    /// Gives the file its name. Without `replace` an existing file wins, and the error is `AlreadyExists`; the sink comes
    /// back so that another name can be tried.
    pub(super) fn persist(self, target: &Path, replace: bool) -> Result<(), (io::Error, Self)> {
        let Self { file, temporary } = self;
        let named = NamedTempFile::from_parts(file, temporary);
        let outcome = if replace {
            named.persist(target)
        } else {
            named.persist_noclobber(target)
        };
        let (error, named) = match outcome {
            Ok(_) => {
                sync_folder(target);
                return Ok(());
            }
            Err(error) => (error.error, error.file),
        };
        let sink = |named: NamedTempFile<Arc<File>>| {
            let (file, temporary) = named.into_parts();
            Self { file, temporary }
        };
        if replace || error.kind() == io::ErrorKind::AlreadyExists {
            return Err((error, sink(named)));
        }
        // A disk without hard links and without a rename that spares the target (FAT on a Mac): take the name with an
        // empty file first, which fails when somebody has it.
        if let Err(error) = OpenOptions::new().write(true).create_new(true).open(target) {
            return Err((error, sink(named)));
        }
        named
            .persist(target)
            .map(|_| sync_folder(target))
            .map_err(|error| {
                let _ = fs::remove_file(target);
                (error.error, sink(error.file))
            })
    }
}

/// Makes the name itself last through a power cut. The file is whole either way, so a folder that can not be synced is
/// no failure.
fn sync_folder(target: &Path) {
    #[cfg(unix)]
    if let Some(folder) = target.parent() {
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
    }
    #[cfg(not(unix))]
    let _ = target;
}

#[cfg(unix)]
fn write_all_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    use std::os::unix::fs::FileExt;
    file.write_all_at(bytes, offset)
}

#[cfg(windows)]
fn write_all_at(file: &File, mut bytes: &[u8], mut offset: u64) -> io::Result<()> {
    use std::os::windows::fs::FileExt;
    while !bytes.is_empty() {
        match file.seek_write(bytes, offset) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => {
                bytes = &bytes[count..];
                offset += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
