//! Taking a change back. Undone is what is still as the change left it; lines that somebody else has changed since then
//! are shown and left alone. Taking back is a change itself, so it can be taken back in turn.

use keywell_aws_files::merge;
use keywell_vault::Item;
use keywell_wire as wire;

use super::{
    entry::{FileChange, IndexChange, Stored},
    folder::Folder,
    sealing, show,
};
use crate::{
    App,
    index::{self, Entry, View},
    problem::{Code, Problem},
    profiles::{
        self,
        edit::{self, Change, Plan},
        file_problem,
        step::{self, Step},
    },
    vault_items::{delete_item, item_in_vault, store_item},
};

pub(super) fn gone() -> Problem {
    Problem::new(
        Code::UndoGone,
        "This change can not be undone any more.",
        "See what can: keywell profile history",
    )
}

pub(super) fn number_of(id: &str) -> Result<u64, Problem> {
    id.parse().map_err(|_| gone())
}

/// The newest change that is neither undone nor an undo itself.
pub fn last(app: &App) -> Result<Option<String>, Problem> {
    Ok(show::known(app)?
        .into_iter()
        .find(|(_, stored, undone)| stored.undoes.is_none() && !undone)
        .map(|(number, ..)| number.to_string()))
}

/// Takes a change back, whichever process made it. Where somebody else changed the same lines since then, nothing is
/// done and the answer shows them.
pub async fn undo(app: &App, id: &str) -> Result<wire::UndoAnswer, Problem> {
    let number = number_of(id)?;
    let stored = Folder::of(&app.places)
        .read(number)
        .filter(|stored| stored.is_of(&app.places))
        .ok_or_else(gone)?;
    check_undoable(app, number, &stored)?;
    let opened = open(app, &stored).await?;
    if let Some(conflict) = conflict(app, &opened.files)? {
        return Ok(wire::UndoAnswer {
            change: None,
            conflict: Some(conflict),
        });
    }
    check_index(app, &stored)?;
    take_back(app, number, &stored, opened)
        .await
        .map(|change| wire::UndoAnswer {
            change: Some(change),
            conflict: None,
        })
}

fn check_undoable(app: &App, number: u64, stored: &Stored) -> Result<(), Problem> {
    if stored.incomplete {
        return Err(
            gone().because("There was no keychain to seal what it changed, so it was not kept.")
        );
    }
    let undone = show::known(app)?
        .into_iter()
        .any(|(known, _, undone)| known == number && undone);
    if undone {
        return Err(Problem::new(
            Code::UndoGone,
            "This change was undone already.",
            "To do it again, undo the undo: keywell profile history",
        ));
    }
    Ok(())
}

/// What a change holds once its sealed parts are open.
struct Opened {
    files: Vec<FileChange>,
    /// A key, and its item as it was before.
    item: Option<(String, Option<Item>)>,
}

async fn open(app: &App, stored: &Stored) -> Result<Opened, Problem> {
    let mut files = stored.plain.clone();
    let damaged = |_| gone().because("The history of this change is damaged.");
    let sealed_item = stored.item.as_ref().and_then(|item| item.before.as_ref());
    let mut item = stored.item.as_ref().map(|item| (item.key_id.clone(), None));
    if stored.sealed.is_some() || sealed_item.is_some() {
        let public = stored.sealed_to.as_deref().ok_or_else(gone)?;
        let private = sealing::private_key(app, public).await?;
        if let Some(sealed) = &stored.sealed {
            let text = private.open(sealed).map_err(damaged)?;
            let mut opened: Vec<FileChange> =
                serde_json::from_str(text.expose()).map_err(|_| gone())?;
            files.append(&mut opened);
        }
        if let (Some(sealed), Some((key_id, before))) = (sealed_item, &mut item) {
            *before = Some(private.open_item(key_id, sealed).map_err(damaged)?);
        }
    }
    Ok(Opened { files, item })
}

/// The lines that were changed since, where that stands in the way. Secrets are masked.
pub(super) fn conflict(
    app: &App,
    changes: &[FileChange],
) -> Result<Option<wire::UndoConflict>, Problem> {
    for change in changes {
        let path = change.file.path(&app.places);
        let now = profiles::read_file(path)?.text();
        if merge(&change.after, &change.before, &now).is_none() {
            return Ok(Some(wire::UndoConflict {
                file: app.shown(path),
                since: edit::diff(&change.after, &now),
                wanted: edit::diff(&change.after, &change.before),
            }));
        }
    }
    Ok(None)
}

/// Whether two entries stand for the same key; when they were tested does not matter.
fn same_key(one: Option<&Entry>, other: Option<&Entry>) -> bool {
    let key = |entry: Option<&Entry>| {
        let entry = entry?;
        Some((entry.key_id.clone()?, entry.opaque_id.clone()))
    };
    key(one) == key(other)
}

fn check_index(app: &App, stored: &Stored) -> Result<(), Problem> {
    let entries = index::entries(&app.places)?;
    let moved_on = |change: &&IndexChange| {
        let now = entries.get(&change.profile);
        !same_key(now, change.after.as_ref()) && !same_key(now, change.before.as_ref())
    };
    match stored.index.entries.iter().find(moved_on) {
        None => Ok(()),
        Some(change) => Err(Problem::new(
            Code::FilesChanged,
            format!("{} uses another key by now.", change.profile),
            "Undo the later change first: keywell profile history",
        )),
    }
}

/// The item comes first and goes last: at no time does a profile point at a key that is not there.
async fn take_back(
    app: &App,
    number: u64,
    stored: &Stored,
    opened: Opened,
) -> Result<wire::ProfileChange, Problem> {
    let item_now = match &opened.item {
        Some((key_id, _)) => Some((key_id.clone(), item_in_vault(app, key_id).await?)),
        None => None,
    };
    let restored = match (&opened.item, &item_now) {
        (Some((_, Some(before))), Some((_, now))) if now.as_ref() != Some(before) => {
            store_item(app, before.clone()).await?;
            true
        }
        _ => false,
    };
    let result = put_files_back(app, number, stored, &opened, item_now.clone()).await;
    let (done, change) = match result {
        Ok(done) => done,
        Err(problem) => {
            let put_back = match item_now {
                Some((_, Some(now))) if restored => store_item(app, now).await,
                Some((key_id, None)) if restored => delete_item(app, key_id).await,
                _ => Ok(()),
            };
            return Err(match put_back {
                Ok(()) => problem,
                Err(failure) => problem.not_taken_back(&failure),
            });
        }
    };
    if let Some((key_id, None)) = opened.item {
        // Another profile may use the key by now.
        if index::users_of_key(&app.places, &key_id)?.is_empty()
            && let Err(problem) = delete_item(app, key_id).await
        {
            return Err(done.take_back(app, problem).0);
        }
    }
    Ok(done.keep(app, change))
}

async fn put_files_back(
    app: &App,
    number: u64,
    stored: &Stored,
    opened: &Opened,
    item_now: Option<(String, Option<Item>)>,
) -> Result<(step::Done, String), Problem> {
    let mut plan = Plan::default();
    for change in &opened.files {
        plan.of(&change.file).push(Change::Merge {
            base: change.after.clone(),
            wanted: change.before.clone(),
        });
    }
    let index = |view: &mut View| {
        for change in &stored.index.entries {
            if same_key(view.entries.get(&change.profile), change.after.as_ref()) {
                view.set(&change.profile, change.before.clone());
            }
        }
        if let Some(change) = &stored.index.in_use
            && view.in_use == change.after
        {
            view.in_use.clone_from(&change.before);
        }
    };
    let done = step::run(
        app,
        Step {
            profile: &stored.profile,
            text: match stored.undoes {
                Some(_) => stored.undo_text.clone(),
                None => format!("Undid: {}", stored.text),
            },
            undo_text: stored.text.clone(),
            plan,
            index: &index,
            item: item_now,
            undoes: Some(number),
        },
    )
    .await?;
    for change in opened.files.iter().rev().filter(|change| !change.existed) {
        let path = change.file.path(&app.places);
        keywell_aws_files::remove_empty(path, !change.folder_existed)
            .map_err(|error| file_problem(&error))?;
    }
    Ok((done, stored.profile.clone()))
}
