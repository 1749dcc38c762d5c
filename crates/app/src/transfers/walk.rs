//! Which files lie behind the paths that somebody chose.

use std::{
    collections::HashSet,
    ffi::OsStr,
    fs::{self, Metadata},
    path::{Path, PathBuf},
};

use super::failure;
use crate::problem::Problem;

#[derive(Debug)]
pub(super) enum Found {
    /// A file, and its name in the bucket below the prefix.
    File {
        path: PathBuf,
        name: String,
        size: u64,
    },
    /// What can not be sent, by name.
    Refused { path: PathBuf, problem: Problem },
    /// What is no file: sockets, devices, links that lead in a circle.
    LeftOut { path: PathBuf, problem: Problem },
}

/// Walks the paths in the order of their names. Links are followed, except back into a folder they lie in. `rename`
/// replaces the first name of the result; empty, it drops a folder's own name.
pub(super) fn walk(paths: &[PathBuf], rename: Option<&str>) -> Vec<Found> {
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    for path in paths {
        if !seen.insert(path) {
            continue;
        }
        let name = match rename {
            Some(name) => name.to_owned(),
            None => match own_name(path) {
                Ok(name) => name,
                Err(problem) => {
                    found.push(Found::Refused {
                        path: path.clone(),
                        problem,
                    });
                    continue;
                }
            },
        };
        visit(path, name, &mut Vec::new(), &mut found);
    }
    found
}

/// `.` and `..` have a name only once they are resolved.
fn own_name(path: &Path) -> Result<String, Problem> {
    let text = |name: &OsStr| {
        name.to_str()
            .map(str::to_owned)
            .ok_or_else(|| failure::source_name(path))
    };
    match path.file_name() {
        Some(name) => text(name),
        None => match fs::canonicalize(path) {
            Ok(full) => full.file_name().map_or_else(|| Ok(String::new()), text),
            Err(error) => Err(failure::source(&error, path)),
        },
    }
}

fn visit(path: &Path, name: String, above: &mut Vec<PathBuf>, found: &mut Vec<Found>) {
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) => {
            let path = path.to_owned();
            // A link to nowhere, or one of a circle of links, is there without being a file.
            found.push(
                if fs::symlink_metadata(&path).is_ok_and(|link| link.is_symlink()) {
                    Found::LeftOut {
                        problem: failure::source_special(&path, "a link that leads nowhere"),
                        path,
                    }
                } else {
                    Found::Refused {
                        problem: failure::source(&error, &path),
                        path,
                    }
                },
            );
            return;
        }
    };
    if metadata.is_file() {
        found.push(Found::File {
            path: path.to_owned(),
            name,
            size: metadata.len(),
        });
    } else if metadata.is_dir() {
        visit_folder(path, &name, above, found);
    } else {
        let problem = failure::source_special(path, special_kind(&metadata));
        found.push(Found::LeftOut {
            path: path.to_owned(),
            problem,
        });
    }
}

fn visit_folder(path: &Path, name: &str, above: &mut Vec<PathBuf>, found: &mut Vec<Found>) {
    let entries = fs::canonicalize(path)
        .and_then(|full| Ok((full, fs::read_dir(path)?.collect::<Result<Vec<_>, _>>()?)));
    let (full, mut entries) = match entries {
        Ok(entries) => entries,
        Err(error) => {
            found.push(Found::Refused {
                path: path.to_owned(),
                problem: failure::source(&error, path),
            });
            return;
        }
    };
    if above.contains(&full) {
        let problem = failure::source_special(path, "a link back to a folder it lies in");
        found.push(Found::LeftOut {
            path: path.to_owned(),
            problem,
        });
        return;
    }
    above.push(full);
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let child = entry.path();
        match entry.file_name().to_str() {
            Some(own) if name.is_empty() => visit(&child, own.to_owned(), above, found),
            Some(own) => visit(&child, format!("{name}/{own}"), above, found),
            None => {
                let problem = failure::source_name(&child);
                found.push(Found::Refused {
                    path: child,
                    problem,
                });
            }
        }
    }
    above.pop();
}

#[cfg(unix)]
fn special_kind(metadata: &Metadata) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    let kind = metadata.file_type();
    if kind.is_socket() {
        "a socket"
    } else if kind.is_fifo() {
        "a named pipe"
    } else {
        "a device"
    }
}

#[cfg(not(unix))]
fn special_kind(_: &Metadata) -> &'static str {
    "neither a file nor a folder"
}
