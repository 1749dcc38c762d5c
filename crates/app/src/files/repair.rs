//! What clients refuse or misread in a file, shown with the change that mends it, and that change.

use std::path::Path;

use keywell_aws_files::read;
use keywell_wire as wire;
use sha2::{Digest, Sha256};

use super::change::{Changed, write};
use crate::{
    App,
    history::WhichFile,
    problem::Problem,
    profiles::{
        edit::{self, Change},
        file_problem,
    },
};

/// What clients refuse or misread in a file, and how it reads with all mended that can be.
#[derive(Debug, Clone)]
pub struct Checkup {
    pub problems: Vec<Flaw>,
    /// What mending would change, with secrets masked; empty where nothing can be mended.
    pub diff: Vec<wire::DiffLine>,
    seen: String,
    mended: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// Counted from 1.
    pub line: usize,
    /// One sentence.
    pub what: String,
    /// Whether Keywell can mend it without a person's decision.
    pub mends: bool,
}

/// Looks for what clients refuse or misread. A file that is not there has nothing of the kind.
///
/// # Errors
/// When the file can not be read.
pub fn check(path: &Path) -> Result<Checkup, Problem> {
    let document = read(path)
        .map_err(|error| file_problem(&error))?
        .unwrap_or_default();
    let (seen, mended) = (document.text(), document.repaired_all().text());
    let problems = document
        .problems()
        .into_iter()
        .map(|problem| Flaw {
            line: problem.line,
            what: problem.kind.to_string(),
            mends: document.repaired(&problem).is_some(),
        })
        .collect();
    Ok(Checkup {
        problems,
        diff: edit::diff(&seen, &mended),
        seen,
        mended,
    })
}

/// Mends what [`check`] showed. What another program changed on other lines since then stays.
///
/// # Errors
/// When the file can not be written, or the lines are not those that were looked at any more.
pub async fn repair(app: &App, path: &Path, checkup: &Checkup) -> Result<Changed, Problem> {
    let file = app.shown(path);
    let mending = Change::Merge {
        base: checkup.seen.clone(),
        wanted: checkup.mended.clone(),
    };
    write(
        app,
        path,
        vec![mending],
        "",
        format!("Mended {file}"),
        format!("Put {file} back as it was"),
    )
    .await
}

/// Both AWS files, looked over. One that can not be read at all says why.
pub fn problems(app: &App) -> Vec<wire::FileProblems> {
    [wire::AwsFile::Config, wire::AwsFile::Credentials]
        .into_iter()
        .map(|file| {
            let path = which(&file).path(&app.places).to_owned();
            let shown = app.shown(&path);
            match check(&path) {
                Ok(checkup) => wire::FileProblems {
                    file,
                    path: shown,
                    version: checkup.version(),
                    problems: checkup.problems.iter().map(Flaw::to_wire).collect(),
                    diff: checkup.diff,
                    failure: None,
                },
                Err(problem) => wire::FileProblems {
                    file,
                    path: shown,
                    version: String::new(),
                    problems: Vec::new(),
                    diff: Vec::new(),
                    failure: Some(problem.into()),
                },
            }
        })
        .collect()
}

/// Mends one of the AWS files, as long as it is the version that [`problems`] showed.
///
/// # Errors
/// As [`repair`], and when the file is another version by now.
pub async fn repair_seen(
    app: &App,
    file: &wire::AwsFile,
    version: &str,
) -> Result<wire::ProfileChange, Problem> {
    let which = which(file);
    let path = which.path(&app.places);
    let checkup = check(path)?;
    if checkup.version() != version {
        return Err(edit::changed_meanwhile(app, path));
    }
    repair_checked(app, path, checkup).await
}

/// Mends one of the AWS files as it is now.
///
/// # Errors
/// As [`check`] and [`repair`].
pub(crate) async fn repair_file(
    app: &App,
    file: &wire::AwsFile,
) -> Result<wire::ProfileChange, Problem> {
    let which = which(file);
    let path = which.path(&app.places);
    repair_checked(app, path, check(path)?).await
}

async fn repair_checked(
    app: &App,
    path: &Path,
    checkup: Checkup,
) -> Result<wire::ProfileChange, Problem> {
    let changed = repair(app, path, &checkup).await?;
    Ok(wire::ProfileChange {
        profile: app.shown(path),
        diff: checkup.diff,
        undo: changed.undo,
        note: changed.note,
    })
}

fn which(file: &wire::AwsFile) -> WhichFile {
    match file {
        wire::AwsFile::Config => WhichFile::Config,
        wire::AwsFile::Credentials => WhichFile::Credentials,
    }
}

impl Checkup {
    /// Stands for the text on a page, which must not get it: it may hold secrets.
    fn version(&self) -> String {
        let digest = Sha256::digest(self.seen.as_bytes());
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl Flaw {
    fn to_wire(&self) -> wire::FileProblem {
        wire::FileProblem {
            line: u32::try_from(self.line).unwrap_or(u32::MAX),
            message: self.what.clone(),
            mends: self.mends,
        }
    }
}
