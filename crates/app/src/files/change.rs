//! A change of one file that is named by its path: written, watched, and kept in the history.

use std::{path::Path, time::Duration};

use keywell_wire as wire;

use crate::{
    App,
    history::{self, FileChange, Recording, WhichFile},
    problem::{Code, Problem},
    profiles::{
        edit::{self, Change, Plan},
        read_file,
    },
};

/// How long a change is watched for a program that read the file before it and writes it after.
const WATCHED: Duration = Duration::from_millis(100);

/// What one key of a section is to become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Text(String),
    /// The keys of a nested block; None takes one out.
    Nested(Vec<(String, Option<String>)>),
    Removed,
}

/// What became of a change.
#[derive(Debug)]
pub struct Changed {
    /// False where the file said so already.
    pub changed: bool,
    pub undo: Option<wire::Undo>,
    /// Why it can not be undone.
    pub note: Option<String>,
}

/// Changes values of one section of a file, in one step. `section` is the text between the brackets.
///
/// # Errors
/// When the file can not be read or written, when a name or a value can not be written, and when another program wrote
/// over the change right after it.
pub async fn change(
    app: &App,
    path: &Path,
    section: &str,
    values: &[(String, Value)],
) -> Result<Changed, Problem> {
    let changes = values
        .iter()
        .flat_map(|(key, value)| steps(section, key, value));
    let file = app.shown(path);
    write(
        app,
        path,
        changes.collect(),
        section.strip_prefix("profile ").unwrap_or(section),
        format!("Edited [{section}] in {file}"),
        format!("Put [{section}] in {file} back as it was"),
    )
    .await
}

fn steps(section: &str, key: &str, value: &Value) -> Vec<Change> {
    match value {
        Value::Text(text) => vec![Change::set(section, key, text)],
        Value::Removed => vec![Change::unset(section, key)],
        Value::Nested(values) => values
            .iter()
            .map(|(name, value)| Change::Nested {
                section: section.to_owned(),
                block: key.to_owned(),
                name: name.clone(),
                value: value.clone(),
            })
            .collect(),
    }
}

/// `about` is the profile, or whatever else of the file the change is about.
pub(super) async fn write(
    app: &App,
    path: &Path,
    changes: Vec<Change>,
    about: &str,
    text: String,
    undo_text: String,
) -> Result<Changed, Problem> {
    let file = WhichFile::at(&app.places, path);
    // What is refused must be so before a keychain is asked.
    let before = read_file(path)?;
    let after = edit::performed(&before, &changes).map_err(|refusal| refusal.problem(app, path))?;
    let trial = FileChange {
        file: file.clone(),
        existed: true,
        folder_existed: true,
        before: before.text(),
        after: after.text(),
    };
    let sealer = match edit::may_hold_secrets(&trial) {
        true => Some(history::sealer(app).await?),
        false => None,
    };
    let mut plan = Plan::default();
    *plan.of(&file) = changes;
    let mut recording = Recording::new(app, text, undo_text, about, sealer);
    let applied = match edit::apply(app, &plan, &mut recording) {
        Ok(applied) => applied,
        Err(problem) => {
            recording.discard();
            return Err(problem);
        }
    };
    let lost = applied.overwritten_within(WATCHED);
    let kept = recording.finish(app);
    let lost = lost?;
    if lost.is_empty() {
        return Ok(Changed {
            changed: applied.changed(),
            undo: kept.undo,
            note: kept.note,
        });
    }
    Err(Problem::new(
        Code::FilesOverwritten,
        format!("Another program wrote over the edit of {}.", path.display()),
        "Wait until that program is done, and edit again.",
    )
    .because(format!("Not there any more: {}.", lost.join(", "))))
}
