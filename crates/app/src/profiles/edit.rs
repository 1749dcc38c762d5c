//! Changes to the two AWS files that happen together or not at all.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use keywell_aws_files::{DiffKind, Document, EditError, Edited};
use keywell_wire as wire;

use super::{Files, edit_problem, file_problem};
use crate::{
    App,
    history::{FileChange, Recording, WhichFile},
    problem::{Code, Problem},
};

/// One change to a file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Change {
    Set {
        section: String,
        name: String,
        value: String,
    },
    Unset {
        section: String,
        name: String,
    },
    /// A setting of a nested block; without a value it is taken out.
    Nested {
        section: String,
        block: String,
        name: String,
        value: Option<String>,
    },
    RemoveSection {
        section: String,
    },
    RenameSection {
        from: String,
        to: String,
    },
    /// Makes a section of these lines at the end of the file.
    AddSection {
        section: String,
        lines: Vec<String>,
    },
    /// Makes a second section with the same lines.
    CopySection {
        from: String,
        to: String,
    },
    /// Makes the change from `base` to `wanted` in the file as it is by now.
    Merge {
        base: String,
        wanted: String,
    },
}

/// Why a change was not made.
pub(crate) enum Refusal {
    Edit(EditError),
    /// Somebody else changed the same lines.
    Conflict,
}

impl From<EditError> for Refusal {
    fn from(error: EditError) -> Self {
        Self::Edit(error)
    }
}

impl Change {
    pub fn set(section: &str, name: &str, value: impl Into<String>) -> Self {
        Self::Set {
            section: section.to_owned(),
            name: name.to_owned(),
            value: value.into(),
        }
    }

    pub fn unset(section: &str, name: &str) -> Self {
        Self::Unset {
            section: section.to_owned(),
            name: name.to_owned(),
        }
    }
}

/// What is to be changed in each file.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub config: Vec<Change>,
    pub credentials: Vec<Change>,
    /// A file that was named by its path.
    pub other: Option<(PathBuf, Vec<Change>)>,
}

impl Plan {
    /// The changes of one file.
    pub fn of(&mut self, file: &WhichFile) -> &mut Vec<Change> {
        match file {
            WhichFile::Config => &mut self.config,
            WhichFile::Credentials => &mut self.credentials,
            WhichFile::Other(path) => {
                &mut self
                    .other
                    .get_or_insert_with(|| (path.clone(), Vec::new()))
                    .1
            }
        }
    }

    fn files(&self) -> impl Iterator<Item = (WhichFile, &Vec<Change>)> {
        let other = self.other.as_ref();
        [
            (WhichFile::Config, &self.config),
            (WhichFile::Credentials, &self.credentials),
        ]
        .into_iter()
        .chain(other.map(|(path, changes)| (WhichFile::Other(path.clone()), changes)))
        .filter(|(_, changes)| !changes.is_empty())
    }
}

/// What was done, so that it can be taken back.
#[derive(Clone)]
pub(crate) struct Applied {
    edits: Vec<(PathBuf, Edited)>,
}

impl Refusal {
    pub fn problem(self, app: &App, path: &Path) -> Problem {
        match self {
            Self::Edit(error) => edit_problem(&error),
            Self::Conflict => changed_meanwhile(app, path),
        }
    }
}

/// What changes make of a file, without writing it.
pub(crate) fn performed(document: &Document, changes: &[Change]) -> Result<Document, Refusal> {
    let mut after = document.clone();
    perform(&mut after, changes)?;
    Ok(after)
}

fn perform(document: &mut Document, changes: &[Change]) -> Result<(), Refusal> {
    for change in changes {
        match change {
            Change::Set {
                section,
                name,
                value,
            } => document.set(section, name, value)?,
            Change::Unset { section, name } => {
                document.unset(section, name);
            }
            Change::Nested {
                section,
                block,
                name,
                value: Some(value),
            } => document.set_nested(section, block, name, value)?,
            Change::Nested {
                section,
                block,
                name,
                value: None,
            } => {
                document.unset_nested(section, block, name);
            }
            Change::RemoveSection { section } => {
                document.remove_section(section);
            }
            Change::RenameSection { from, to } => {
                document.rename_section(from, to)?;
            }
            Change::AddSection { section, lines } => {
                *document = Document::parse(&with_section(&document.text(), section, lines));
            }
            Change::CopySection { from, to } => {
                let lines = section_lines(document, from);
                *document = Document::parse(&with_section(&document.text(), to, &lines));
            }
            Change::Merge { base, wanted } => {
                let merged = keywell_aws_files::merge(base, wanted, &document.text())
                    .ok_or(Refusal::Conflict)?;
                *document = Document::parse(&merged);
            }
        }
    }
    Ok(())
}

/// Writes the files, each into the history first. When a later one can not be written, those before are put back.
pub(crate) fn apply(app: &App, plan: &Plan, recording: &mut Recording) -> Result<Applied, Problem> {
    let mut applied = Applied { edits: Vec::new() };
    for (file, changes) in plan.files() {
        let path = file.path(&app.places);
        let existed = path.exists();
        let folder_existed = path.parent().is_some_and(Path::is_dir);
        let mut conflict = false;
        let result = keywell_aws_files::edit(path, |document| {
            let before = document.text();
            conflict = false;
            match perform(document, changes) {
                Ok(()) => {}
                Err(Refusal::Edit(error)) => return Err(error),
                Err(Refusal::Conflict) => {
                    conflict = true;
                    return Err(EditError::Refused(String::new()));
                }
            }
            let after = document.text();
            if before != after {
                recording.file(FileChange {
                    file: file.clone(),
                    existed,
                    folder_existed,
                    before,
                    after,
                });
            }
            Ok(())
        });
        match result {
            Ok(edited) if edited.changed() => applied.edits.push((path.to_owned(), edited)),
            Ok(_) => {}
            Err(error) => {
                let problem = match conflict {
                    true => changed_meanwhile(app, path),
                    false => file_problem(&error),
                };
                return Err(match applied.roll_back(app) {
                    Ok(()) => problem,
                    Err(failure) => problem.not_taken_back(&failure),
                });
            }
        }
    }
    Ok(applied)
}

pub(crate) fn changed_meanwhile(app: &App, path: &Path) -> Problem {
    Problem::new(
        Code::FilesChanged,
        format!(
            "{} was changed by another program meanwhile, so it was left as it is.",
            app.shown(path)
        ),
        "Open the file and look at the profile there.",
    )
}

/// Whether a plan may write where secrets are, so that its history has to be sealed.
pub(crate) fn may_touch_secrets(files: &Files, plan: &Plan) -> bool {
    let config = files.config.text();
    !plan.credentials.is_empty()
        || plan.other.is_some()
        || !plan.config.is_empty() && masked(&config) != config
}

pub(crate) fn may_hold_secrets(change: &FileChange) -> bool {
    change.file == WhichFile::Credentials
        || masked(&change.before) != change.before
        || masked(&change.after) != change.after
}

/// The document with the changes made.
pub(crate) fn changed(document: &Document, changes: &[Change]) -> Result<Document, Problem> {
    let mut after = document.clone();
    perform(&mut after, changes)?;
    Ok(after)
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Edit(error) => Self::new(Code::FilesEdit, error.to_string(), error.hint()),
            Refusal::Conflict => Self::new(
                Code::FilesConflict,
                "Another program changed the same lines.",
                "Look at the file, then try again.",
            ),
        }
    }
}

/// Replaces a file's text in one step. False when it is no longer `before`.
pub(crate) fn replace_text(path: &Path, before: &str, after: &str) -> Result<bool, Problem> {
    let mut is_other = false;
    let written = keywell_aws_files::edit(path, |document| {
        is_other = document.text() != before;
        if is_other {
            return Err(EditError::Refused("The file was changed.".to_owned()));
        }
        *document = Document::parse(after);
        Ok(())
    });
    match written {
        Ok(_) => Ok(true),
        Err(_) if is_other => Ok(false),
        Err(error) => Err(file_problem(&error)),
    }
}

impl Applied {
    /// Fails when somebody else changed one of the files since. Files that were put back already are fine.
    fn check_untouched(&self, app: &App) -> Result<(), Problem> {
        for (path, edited) in &self.edits {
            let now = keywell_aws_files::read(path).map_err(|error| file_problem(&error))?;
            let now = now.map(|document| document.text()).unwrap_or_default();
            if now != edited.after_text && now != edited.before_text {
                return Err(changed_meanwhile(app, path));
            }
        }
        Ok(())
    }

    /// Puts the files back as they were. When somebody else changed one of them since, both are left alone.
    pub fn roll_back(&self, app: &App) -> Result<(), Problem> {
        self.check_untouched(app)?;
        for (path, edited) in self.edits.iter().rev() {
            keywell_aws_files::restore(path, &edited.before)
                .map_err(|error| file_problem(&error))?;
        }
        Ok(())
    }

    /// Watches the files for a while, and names what another program took back by writing over it (see
    /// [`Edited::overwritten_within`]).
    pub fn overwritten_within(&self, time: Duration) -> Result<Vec<String>, Problem> {
        let mut lost = Vec::new();
        for (_, edited) in &self.edits {
            let found = edited.overwritten_within(time);
            lost.extend(found.map_err(|error| file_problem(&error))?);
        }
        Ok(lost)
    }

    /// Whether anything was written.
    pub fn changed(&self) -> bool {
        !self.edits.is_empty()
    }

    /// The change to the config file, line by line. The credentials file may hold secrets and is never shown.
    pub fn diff(&self, app: &App) -> Vec<wire::DiffLine> {
        self.edits
            .iter()
            .filter(|(path, _)| *path == app.places.config_file)
            .flat_map(|(_, edited)| diff(&edited.before_text, &edited.after_text))
            .collect()
    }
}

/// What a plan would do to the config file, without doing it.
pub(crate) fn preview(files: &Files, plan: &Plan) -> Result<Vec<wire::DiffLine>, Refusal> {
    let after = performed(&files.config, &plan.config)?;
    Ok(diff(&files.config.text(), &after.text()))
}

/// The lines that differ, secrets masked.
pub(crate) fn diff(before: &str, after: &str) -> Vec<wire::DiffLine> {
    // Masked before they are compared, since a line of a diff does not tell whether it continues a secret.
    keywell_aws_files::diff_lines(&masked(before), &masked(after))
        .into_iter()
        .map(|line| wire::DiffLine {
            kind: match line.kind {
                DiffKind::Same => wire::DiffKind::Same,
                DiffKind::Added => wire::DiffKind::Added,
                DiffKind::Removed => wire::DiffKind::Removed,
            },
            text: line.text,
        })
        .collect()
}

/// What stands for a secret.
pub(super) const DOTS: &str = "••••••••";

/// The text with every secret hidden: those of other profiles too, those that are commented out, and those whose value
/// goes on on lines of its own.
pub(super) fn masked(text: &str) -> String {
    let mut inside_secret = false;
    text.split_inclusive('\n')
        .map(|line| {
            let content = line.trim_end_matches(['\r', '\n']);
            let ending = &line[content.len()..];
            if content.trim().is_empty() {
                return line.to_owned();
            }
            let name = content
                .split_once('=')
                .map_or("", |(name, _)| name)
                .trim_matches(|character: char| {
                    character.is_whitespace() || matches!(character, '#' | ';' | '\u{feff}')
                });
            if super::is_secret(name) {
                inside_secret = true;
                let (name, _) = content.split_once('=').unwrap_or_default();
                return format!("{name}= {DOTS}{ending}");
            }
            inside_secret &= content.starts_with([' ', '\t', '#', ';']);
            if inside_secret {
                return format!("    {DOTS}{ending}");
            }
            line.to_owned()
        })
        .collect()
}

/// The lines below the headers of a section, the blank ones at the end and the comments of the next section left out.
fn section_lines(document: &Document, header: &str) -> Vec<String> {
    let sections = document.sections();
    let wanted = super::section_read(document, header);
    let text = document.text();
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for section in sections.iter().filter(|section| section.header == wanted) {
        let below = lines.get(section.line..).unwrap_or_default();
        let end = below
            .iter()
            .position(|line| line.starts_with('['))
            .unwrap_or(below.len());
        let last = below[..end]
            .iter()
            .rposition(|line| !line.trim().is_empty() && !line.starts_with(['#', ';']))
            .map_or(0, |last| last + 1);
        found.extend(below[..last].iter().map(|line| (*line).to_owned()));
    }
    found
}

fn with_section(text: &str, header: &str, lines: &[String]) -> String {
    let ending = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut text = text.to_owned();
    if !text.is_empty() {
        if !text.ends_with('\n') {
            text.push_str(ending);
        }
        if !text.ends_with(&format!("{ending}{ending}")) {
            text.push_str(ending);
        }
    }
    text.push_str(&format!("[{header}]{ending}"));
    for line in lines {
        text.push_str(line);
        text.push_str(ending);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_hidden_however_it_is_written() {
        for text in [
            "aws_secret_access_key = canary",
            "AWS_Secret_Access_Key=canary",
            "  aws_session_token\t= canary",
            "# aws_secret_access_key = canary",
            ";aws_secret_access_key=canary",
            "aws_secret_access_key =\n  canary",
            "aws_secret_access_key = x\n\n  canary",
            "aws_secret_access_key =\n# a comment\n\tcanary",
            "\u{feff}aws_security_token = canary",
        ] {
            let shown = masked(text);
            assert!(!shown.contains("canary"), "{text:?} gives {shown:?}");
            assert_eq!(shown.lines().count(), text.lines().count());
        }
        let plain = "[profile a]\r\nregion = x # canary\r\n# canary\r\ns3 =\r\n  a = canary\r\n";
        assert_eq!(masked(plain), plain);
    }

    #[test]
    fn a_copied_section_has_the_same_lines() {
        let mut document = Document::parse(
            "[profile a]\nregion = x\n# note\ns3 =\n  a = 1\n\n# about b\n[profile b]\nregion = y",
        );
        let change = Change::CopySection {
            from: "profile a".into(),
            to: "profile c".into(),
        };
        assert!(perform(&mut document, &[change]).is_ok());
        assert_eq!(
            document.text(),
            "[profile a]\nregion = x\n# note\ns3 =\n  a = 1\n\n# about b\n[profile b]\nregion = y\n\n[profile c]\nregion = x\n# note\ns3 =\n  a = 1\n"
        );
    }
}
