//! Small text files of the person's own (`.env`, start-up files, a csv): read whole, replaced whole.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::Path,
};

use keywell_aws_files::persist;

use crate::{
    App,
    problem::{Code, Problem},
};

/// Files in which a person keeps a key by hand are far below this.
const LARGEST: u64 = 1 << 20;

/// The text of a file; `None` where there is none. At most a megabyte is read, whatever the file's size.
pub(crate) fn read(app: &App, path: &Path) -> Result<Option<String>, Problem> {
    read_up_to(app, path, LARGEST)
}

/// As [`read`], up to so many bytes.
pub(crate) fn read_up_to(app: &App, path: &Path, most: u64) -> Result<Option<String>, Problem> {
    let unreadable = |cause: String| {
        Problem::new(
            Code::MigrateFile,
            format!("{} can not be read.", app.shown(path)),
            "Check the path, and that it is a text file that you may read.",
        )
        .because(cause)
    };
    let mut bytes = Vec::new();
    match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error.to_string())),
        Ok(file) => file
            .take(most + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| unreadable(error.to_string()))?,
    };
    if bytes.len() as u64 > most {
        let megabytes = most >> 20;
        return Err(unreadable(format!("It is larger than {megabytes} MB.")));
    }
    String::from_utf8(bytes)
        .map(Some)
        .map_err(|_| unreadable("It is not text in UTF-8.".into()))
}

/// Replaces a file's text in one step, unless it is no longer what it was. A link stays a link, and the mode stays; a
/// new file is for its owner alone. `after: None` deletes the file.
pub(crate) fn replace(
    app: &App,
    path: &Path,
    before: Option<&str>,
    after: Option<&str>,
) -> Result<(), Problem> {
    if read(app, path)?.as_deref() != before {
        return Err(changed(app, path));
    }
    let written = match after {
        Some(text) => write(path, text),
        None => fs::remove_file(path),
    };
    written.map_err(|error| {
        Problem::new(
            Code::FilesUnwritable,
            format!("{} can not be written.", app.shown(path)),
            "Check who owns it and whether it may be written. It is as it was.",
        )
        .because(error.to_string())
    })
}

pub(crate) fn changed(app: &App, path: &Path) -> Problem {
    Problem::new(
        Code::FilesChanged,
        format!(
            "{} was changed by another program meanwhile, so it was left as it is.",
            app.shown(path)
        ),
        "Look at the file, then try again.",
    )
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let folder = target.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    if let Ok(known) = fs::metadata(&target) {
        file.as_file().set_permissions(known.permissions())?;
    }
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    persist(file, &target)?;
    Ok(())
}
