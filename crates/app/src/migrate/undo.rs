//! Takes a migration back: the plain copies are written anew from the keychain's item, the lines go, the item last.

use keywell_aws_files::Document;

use super::{
    journal::{self, Before, Edit, EditKind, Record},
    patch::{self, Stage},
    text_file,
};
use crate::{
    App, blocking,
    cloud::AccessKeyPair,
    index,
    problem::{Code, Problem},
    profiles::{
        self,
        edit::{self, Change},
    },
    vault_items::delete_if_there,
};

/// Takes a migration back. One that failed half way can be tried again.
pub async fn undo(app: &App, id: &str) -> Result<(), Problem> {
    let record = journal::record(app, id)?;
    take_back(app, &record).await?;
    journal::forget(app, id)
}

/// The person says that a migration is final: nothing is kept of it any more.
pub fn settle(app: &App, id: &str) -> Result<(), Problem> {
    let record = journal::record(app, id)?;
    if !record.done {
        return Err(Problem::new(
            Code::MigrateBlocked,
            format!("The migration {id} was cut off before its end."),
            format!("Take it back with: keywell profile migrate --undo {id}"),
        ));
    }
    journal::forget(app, id)
}

/// A migration of this key that was cut off is taken back before a new one begins.
pub(crate) async fn clear_interrupted(app: &App, key: &str) -> Result<(), Problem> {
    for record in journal::records(app)? {
        let same = key == record.key_id || key.starts_with(&format!("{}-", record.key_id));
        if !record.done && same {
            take_back(app, &record).await?;
            journal::forget(app, &record.id)?;
        }
    }
    Ok(())
}

/// At no time does a profile point at a key that is not there: the plain copies come first, and the item goes last.
pub(crate) async fn take_back(app: &App, record: &Record) -> Result<(), Problem> {
    check_unrotated(app, record)?;
    let mut was_changed = false;
    for edit in &record.edits {
        if edit.stage(edit.text(app)?.as_deref()) != Stage::Before {
            was_changed = true;
        }
    }
    if was_changed {
        let pair = profiles::pair_from_vault(app, &record.key_id, &record.key_id)
            .await
            .map_err(|problem| match problem.code {
                Code::ProfileSecretMissing => Problem::new(
                    Code::UndoGone,
                    "The key is not in the keychain any more, so its plain copies can not be written again.",
                    "Set the key up again, or make a new one.",
                ),
                _ => problem,
            })?;
        for edit in record.edits.iter().rev() {
            restore(app, edit, &pair)?;
        }
    }
    let known = index::entries(&app.places)?;
    let is_other = |before: &Before| known.get(&before.name) != before.entry.as_ref();
    // An index that can not be written was not written before either.
    if record.profiles.iter().any(is_other) {
        index::change(&app.places, |view| {
            for before in &record.profiles {
                view.set(&before.name, before.entry.clone());
            }
        })?;
    }
    if record.added_item && index::users_of_key(&app.places, &record.key_id)?.is_empty() {
        let open = app.open_vault.clone();
        let key_id = record.key_id.clone();
        blocking(move || open().and_then(|vault| delete_if_there(vault.as_ref(), &key_id)))
            .await??;
    }
    Ok(())
}

/// A profile that got another key since must not lose it.
fn check_unrotated(app: &App, record: &Record) -> Result<(), Problem> {
    for before in &record.profiles {
        let now = index::entry(&app.places, &before.name)?.and_then(|entry| entry.key_id);
        if now.is_some_and(|key_id| key_id != record.key_id) {
            return Err(Problem::new(
                Code::UndoGone,
                format!("The profile {} uses another key by now.", before.name),
                format!(
                    "The migration can only be made final: keywell profile migrate --final {}",
                    record.id
                ),
            ));
        }
    }
    Ok(())
}

impl Edit {
    /// The file as it is now; `None` where there is none.
    fn text(&self, app: &App) -> Result<Option<String>, Problem> {
        match self.kind {
            EditKind::Aws { .. } => Ok(keywell_aws_files::read(&self.path)
                .map_err(|error| profiles::file_problem(&error))?
                .map(|document| document.text())),
            EditKind::Text | EditKind::Deleted => text_file::read(app, &self.path),
        }
    }

    fn stage(&self, text: Option<&str>) -> Stage {
        match (&self.kind, text) {
            (EditKind::Deleted, None) => Stage::After,
            (EditKind::Deleted, Some(text)) if self.patch.stage(text) != Stage::Before => {
                // Another file of that name is there now.
                Stage::Other
            }
            (_, text) => self.patch.stage(text.unwrap_or_default()),
        }
    }
}

fn restore(app: &App, edit: &Edit, pair: &AccessKeyPair) -> Result<(), Problem> {
    let now = edit.text(app)?;
    let stage = edit.stage(now.as_deref());
    let text = now.as_deref().unwrap_or_default();
    match (&edit.kind, stage) {
        (_, Stage::Before) => Ok(()),
        (EditKind::Deleted, Stage::Other) => Err(text_file::changed(app, &edit.path)),
        (EditKind::Aws { values }, Stage::Other) => {
            let changes: Vec<Change> = values
                .iter()
                .map(|value| match &value.before {
                    Some(parts) => {
                        Change::set(&value.section, &value.name, patch::joined(parts, pair))
                    }
                    None => Change::unset(&value.section, &value.name),
                })
                .collect();
            let after = edit::changed(&Document::parse(text), &changes)?;
            write_aws(app, edit, text, &after.text())
        }
        (kind, _) => {
            let before = edit
                .patch
                .back(text, pair)
                .ok_or_else(|| text_file::changed(app, &edit.path))?;
            match kind {
                EditKind::Aws { .. } => write_aws(app, edit, text, before.expose()),
                EditKind::Text | EditKind::Deleted => {
                    text_file::replace(app, &edit.path, now.as_deref(), Some(before.expose()))
                }
            }
        }
    }
}

fn write_aws(app: &App, edit: &Edit, now: &str, before: &str) -> Result<(), Problem> {
    if !edit::replace_text(&edit.path, now, before)? {
        return Err(text_file::changed(app, &edit.path));
    }
    if edit.made_file && before.is_empty() {
        text_file::replace(app, &edit.path, Some(""), None)?;
    }
    Ok(())
}
