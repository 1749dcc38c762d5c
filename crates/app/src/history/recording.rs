//! A change on its way into the history.

use keywell_vault::{Item, Secret};
use keywell_wire as wire;

use super::{
    entry::{FileChange, IndexChanges, Stored, StoredItem},
    folder::Folder,
    sealing::Sealer,
};
use crate::{App, problem::Problem, profiles::edit};

/// Written when it begins and again with each part that is about to change. A history that can not be written is no
/// reason not to make the change: then it can not be undone, and says so.
pub(crate) struct Recording {
    folder: Folder,
    number: Option<u64>,
    stored: Stored,
    /// Changes that may hold secrets.
    secret: Vec<FileChange>,
    sealer: Option<Sealer>,
    problem: Option<String>,
}

/// What became of a recording: what undoes the change, or why it can not be undone.
pub(crate) struct Kept {
    pub undo: Option<wire::Undo>,
    pub note: Option<String>,
}

impl Recording {
    /// `sealer` is needed for changes that may touch secrets.
    pub fn new(
        app: &App,
        text: String,
        undo_text: String,
        profile: &str,
        sealer: Option<Sealer>,
    ) -> Self {
        Self {
            folder: Folder::of(&app.places),
            number: None,
            stored: Stored::new(app, text, undo_text, profile),
            secret: Vec::new(),
            sealer,
            problem: None,
        }
    }

    pub fn undoes(&mut self, number: u64) {
        self.stored.undoes = Some(number);
    }

    pub fn index(&mut self, changes: IndexChanges) {
        self.stored.index = changes;
    }

    /// The keychain's item of a key as it was before; none where there was none.
    pub fn item(&mut self, key_id: &str, before: Option<&Item>) {
        let sealed = match before {
            None => None,
            Some(item) => match self.key().and_then(|key| key.seal_item(item).ok()) {
                Some(sealed) => Some(sealed),
                None => {
                    self.can_not_seal();
                    return;
                }
            },
        };
        self.stored.item = Some(StoredItem {
            key_id: key_id.to_owned(),
            before: sealed,
        });
        self.note_key();
    }

    /// A file that is about to be written. The same file again replaces what was recorded of it.
    pub fn file(&mut self, change: FileChange) {
        if !self.stored.changed.contains(&change.file) {
            self.stored.changed.push(change.file.clone());
        }
        self.stored.plain.retain(|known| known.file != change.file);
        self.secret.retain(|known| known.file != change.file);
        if edit::may_hold_secrets(&change) {
            self.secret.push(change);
        } else {
            self.stored.plain.push(change);
        }
        self.seal();
        self.write();
    }

    fn key(&self) -> Option<&keywell_vault::PublicKey> {
        self.sealer.as_ref()?.key()
    }

    fn note_key(&mut self) {
        self.stored.sealed_to = self.key().map(keywell_vault::PublicKey::to_base64);
    }

    fn seal(&mut self) {
        self.stored.sealed = None;
        if self.secret.is_empty() {
            return;
        }
        let sealed = serde_json::to_string(&self.secret)
            .ok()
            .map(Secret::new)
            .and_then(|text| self.key()?.seal(&text).ok());
        match sealed {
            Some(sealed) => {
                self.stored.sealed = Some(sealed);
                self.note_key();
            }
            None => self.can_not_seal(),
        }
    }

    fn can_not_seal(&mut self) {
        self.stored.incomplete = true;
        let reason = self
            .sealer
            .as_ref()
            .and_then(Sealer::problem)
            .map(|problem| format!(" {}", problem.message))
            .unwrap_or_default();
        self.problem = Some(format!(
            "This can not be undone: the history keeps secrets only sealed, and its key has no keychain to be in.{reason}"
        ));
    }

    fn write(&mut self) {
        let result = match self.number {
            Some(number) => self.folder.replace(number, &self.stored),
            None => self.folder.add(&self.stored).map(|number| {
                self.number = Some(number);
            }),
        };
        if let Err(error) = result {
            let folder = self.folder.path().display();
            self.problem = Some(format!(
                "This can not be undone: {folder} could not be written ({error})."
            ));
        }
    }

    /// The change was not made after all.
    pub fn discard(self) {
        if let Some(number) = self.number
            && let Err(error) = self.folder.remove(number)
        {
            tracing::warn!(%error, "a change that was taken back stays in the history");
        }
    }

    /// The change was made.
    pub fn finish(mut self, app: &App) -> Kept {
        // A change that touched no file may still have changed the index or the keychain.
        let other_than_files = !self.stored.index.is_empty() || self.stored.item.is_some();
        if self.number.is_none() && self.problem.is_none() && other_than_files {
            self.write();
        }
        if let Err(error) = self.folder.prune(app.now()) {
            tracing::warn!(%error, "old changes stay in the history");
        }
        if let Some(note) = self.problem {
            return Kept {
                undo: None,
                note: Some(note),
            };
        }
        Kept {
            undo: self.number.map(|number| wire::Undo {
                token: number.to_string(),
                text: self.stored.undo_text,
            }),
            note: None,
        }
    }
}

/// For those who can not name a problem of the history's own files.
pub(super) fn unreadable(folder: &Folder, error: &std::io::Error) -> Problem {
    Problem::new(
        crate::Code::FilesUnreadable,
        format!(
            "The history in {} can not be read.",
            folder.path().display()
        ),
        "Check who owns the folder and whether it may be read.",
    )
    .because(error.to_string())
}
