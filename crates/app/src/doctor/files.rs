//! The two AWS files: whether every client can read them, and who else can.

use std::path::Path;

use keywell_aws_files::ProblemKind;
use keywell_wire::{MachineFinding, Severity};

use super::{advice, finding};
use crate::{App, problem::Problem, profiles::file_problem};

pub(super) const PERMISSIONS: &str = "files.permissions";

pub(super) fn check(app: &App) -> Vec<MachineFinding> {
    let mut found = Vec::new();
    for path in [&app.places.config_file, &app.places.credentials_file] {
        match keywell_aws_files::read(path) {
            Ok(Some(document)) => found.extend(
                document
                    .problems()
                    .into_iter()
                    // Only Windows has code pages in which these characters mean something else.
                    .filter(|problem| cfg!(windows) || problem.kind != ProblemKind::NonAscii)
                    .map(|problem| misread(app, path, problem.line, &problem.kind)),
            ),
            Ok(None) => {}
            Err(error) => found.push(unreadable(app, path, &file_problem(&error))),
        }
    }
    found.extend(permissions(app));
    found
}

fn unreadable(app: &App, path: &Path, problem: &Problem) -> MachineFinding {
    finding(
        "files.unreadable",
        Severity::Stop,
        app.shown(path),
        problem.message.clone(),
        "No AWS program can use any profile until it can be read.",
        advice(problem.hint.clone()),
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

fn misread(app: &App, path: &Path, line: usize, kind: &ProblemKind) -> MachineFinding {
    let (severity, detail) = if is_refused(kind) {
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
    let place = format!("{}, line {line}", app.shown(path));
    finding(
        "files.misread",
        severity,
        place.clone(),
        format!("{place}: {kind}"),
        detail,
        advice(format!("Open the file and mend line {line}.")),
    )
}

#[cfg(unix)]
fn permissions(app: &App) -> Vec<MachineFinding> {
    use std::os::unix::fs::PermissionsExt;

    use super::button;

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
            button("Keep it to yourself"),
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
