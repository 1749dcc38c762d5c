//! The two AWS files: whether every client can read them, and who else can.

use std::path::{Path, PathBuf};

use keywell_aws_files::{Document, FileKind, Problem as Misread, ProblemKind};
use keywell_wire::{AwsFile, MachineFinding, Remedy, Severity};

use super::{Seen, command, counted, finding, sentences};
use crate::{
    App,
    problem::{Code, Problem},
    profiles::file_problem,
};

pub(super) const PERMISSIONS: &str = "files.permissions";
const MISREAD: &str = "files.misread";

fn paths(app: &App) -> [(AwsFile, FileKind, &PathBuf); 2] {
    [
        (AwsFile::Config, FileKind::Config, &app.places.config_file),
        (
            AwsFile::Credentials,
            FileKind::Credentials,
            &app.places.credentials_file,
        ),
    ]
}

pub(super) fn check(app: &App) -> Seen {
    let mut found = Vec::new();
    let mut states = Vec::new();
    for (file, kind, path) in paths(app) {
        let shown = app.shown(path);
        match keywell_aws_files::read(path) {
            Ok(Some(document)) => {
                let profiles = document.profiles(kind).len();
                states.push(format!("{shown}: {}.", counted(profiles, "profile")));
                found.extend(
                    problems(&document)
                        .into_iter()
                        .map(|problem| misread(app, file.clone(), path, &document, &problem)),
                );
            }
            Ok(None) => states.push(format!("{shown} is not there.")),
            Err(error) => {
                states.push(format!("{shown} can not be read."));
                found.push(unreadable(app, path, &file_problem(&error)));
            }
        }
    }
    found.extend(permissions(app));
    Seen::new("AWS files", states.join(" "), found)
}

fn problems(document: &Document) -> Vec<Misread> {
    document
        .problems()
        .into_iter()
        // Only Windows has code pages in which these characters mean something else.
        .filter(|problem| cfg!(windows) || problem.kind != ProblemKind::NonAscii)
        .collect()
}

fn unreadable(app: &App, path: &Path, problem: &Problem) -> MachineFinding {
    let path_text = format!("'{}'", path.display());
    let remedy = if problem.code == Code::FilesUnreadable && path.is_file() {
        if cfg!(windows) {
            format!("icacls {path_text} /grant \"$env:USERNAME:F\"")
        } else {
            format!("chmod u+rw {path_text}")
        }
    } else {
        // Programs go on without the file, and nothing of it is lost.
        format!("mv {path_text} '{}.unreadable'", path.display())
    };
    finding(
        "files.unreadable",
        Severity::Stop,
        app.shown(path),
        problem.message.clone(),
        sentences(&[
            "No AWS program can use any profile until it can be read.",
            &problem.hint,
        ]),
        command(remedy),
    )
}

/// Whether the AWS CLI refuses the whole file for it; the other kinds change what a value or a name means.
pub(crate) fn is_refused(kind: &ProblemKind) -> bool {
    matches!(
        kind,
        ProblemKind::ByteOrderMark
            | ProblemKind::UnclosedHeader
            | ProblemKind::DuplicateSection { .. }
            | ProblemKind::DuplicateKey { .. }
            | ProblemKind::OutsideSection
            | ProblemKind::MissingEquals
            | ProblemKind::EmptyKey
    )
}

fn place(app: &App, path: &Path, problem: &Misread) -> String {
    format!("{}, line {}", app.shown(path), problem.line)
}

fn misread(
    app: &App,
    file: AwsFile,
    path: &Path,
    document: &Document,
    problem: &Misread,
) -> MachineFinding {
    let (severity, detail) = if is_refused(&problem.kind) {
        (
            Severity::Stop,
            "The AWS CLI and boto3 refuse the whole file for it, with all its profiles.",
        )
    } else {
        (
            Severity::Warning,
            "The AWS CLI and the SDKs read it in different ways, so one of them does what you did not mean.",
        )
    };
    let place = place(app, path, problem);
    finding(
        MISREAD,
        severity,
        place.clone(),
        format!("{place}: {}", problem.kind),
        detail,
        if document.repaired(problem).is_some() {
            Remedy::Repair { file }
        } else {
            editor(path, problem.line)
        },
    )
}

/// Opens the file at a line of which only a person can say what was meant.
fn editor(path: &Path, line: usize) -> Remedy {
    let path = path.display();
    command(if cfg!(windows) {
        format!("notepad '{path}'")
    } else {
        format!("\"${{EDITOR:-vi}}\" +{line} '{path}'")
    })
}

#[cfg(unix)]
fn permissions(app: &App) -> Vec<MachineFinding> {
    use std::os::unix::fs::PermissionsExt;

    let mode = |path: &Path| Some(std::fs::metadata(path).ok()?.permissions().mode() & 0o777);
    let others_write = "Who can change it decides which program runs as you: a profile's credential_process line names one.";
    let mut found = Vec::new();
    let mut add = |path: &Path, severity, what: &str, detail: &str| {
        let shown = app.shown(path);
        found.push(finding(
            PERMISSIONS,
            severity,
            shown.clone(),
            format!("Other users of this machine can {what} {shown}"),
            detail,
            super::button("Keep it to yourself"),
        ));
    };
    for path in [&app.places.config_file, &app.places.credentials_file] {
        let Some(mode) = mode(path) else { continue };
        if mode & 0o022 != 0 {
            add(path, Severity::Stop, "change", others_write);
        } else if mode & 0o044 != 0 && path == &app.places.credentials_file {
            add(
                path,
                Severity::Warning,
                "read",
                "Whatever key is in it, now or later, is theirs too. The AWS CLI keeps this file to its owner.",
            );
        }
    }
    if let Some(folder) = app.places.config_file.parent()
        && mode(folder).is_some_and(|mode| mode & 0o022 != 0)
    {
        add(folder, Severity::Stop, "change", others_write);
    }
    found
}

#[cfg(not(unix))]
fn permissions(_app: &App) -> Vec<MachineFinding> {
    // Windows gives a profile folder to its owner alone, and inherits that to what is in it.
    Vec::new()
}
