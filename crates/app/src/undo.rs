//! Steps that can be taken back while this process runs.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use keywell_vault::{ErrorKind, Item, VaultError};
use keywell_wire as wire;

use crate::{
    App, blocking,
    index::{self, Entry},
    problem::{Code, Problem},
    profiles::edit::Applied,
};

/// How many steps are kept. Each holds two small files as they were, secrets included, so they are not kept for ever.
const KEPT: usize = 20;

/// Everything that a step changed, as it was before.
#[derive(Clone)]
pub(crate) struct Before {
    pub applied: Applied,
    /// Entries of the index by profile; `None` where there was none.
    pub entries: Vec<(String, Option<Entry>)>,
    /// What the keychain held for a key before the step removed or replaced it.
    pub item: Option<Item>,
    /// The ID of a key that the step put into the keychain, where there was none.
    pub added_key: Option<String>,
    pub in_use: Option<String>,
}

#[derive(Default)]
pub(crate) struct Undos(Mutex<Steps>);

#[derive(Default)]
struct Steps {
    next: u64,
    kept: BTreeMap<u64, Before>,
}

impl Undos {
    fn steps(&self) -> MutexGuard<'_, Steps> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Keeps what is needed to take a step back; `text` says what undo would do.
pub(crate) fn remember(app: &App, before: Before, text: String) -> wire::Undo {
    let mut steps = app.undos.steps();
    let number = steps.next;
    steps.next += 1;
    steps.kept.insert(number, before);
    if steps.kept.len() > KEPT {
        steps.kept.pop_first();
    }
    wire::Undo {
        token: format!("undo-{number}"),
        text,
    }
}

/// Takes a step back. Each token works once; one that failed can be tried again.
pub async fn undo(app: &App, token: &str) -> Result<(), Problem> {
    let gone = || Problem::new(Code::UndoGone, "This step can not be undone any more.", "");
    let number = token
        .strip_prefix("undo-")
        .and_then(|number| number.parse().ok())
        .ok_or_else(gone)?;
    let before = app.undos.steps().kept.remove(&number).ok_or_else(gone)?;
    let result = take_back(app, &before).await;
    if result.is_err() {
        app.undos.steps().kept.insert(number, before);
    }
    result
}

/// The item comes first and goes last: at no time does a profile point at a key that is not there.
async fn take_back(app: &App, before: &Before) -> Result<(), Problem> {
    before.applied.check_untouched(app)?;
    if let Some(item) = before.item.clone() {
        let open = app.open_vault.clone();
        blocking(move || {
            open().and_then(|vault| keywell_vault::store_and_verify(vault.as_ref(), &item))
        })
        .await??;
    }
    before.applied.roll_back(app)?;
    index::change(&app.places, |view| {
        for (profile, entry) in &before.entries {
            view.set(profile, entry.clone());
        }
        view.in_use.clone_from(&before.in_use);
    })?;
    let Some(key_id) = before.added_key.clone() else {
        return Ok(());
    };
    // Another profile may use the key by now.
    if index::users_of_key(&app.places, &key_id)?.is_empty() {
        let open = app.open_vault.clone();
        blocking(move || open().and_then(|vault| delete_if_there(vault.as_ref(), &key_id)))
            .await??;
    }
    Ok(())
}

/// Deletes an item; one that is gone already is what was wanted.
pub(crate) fn delete_if_there(
    vault: &dyn keywell_vault::Store,
    key_id: &str,
) -> Result<(), VaultError> {
    match vault.delete(key_id) {
        Err(error) if error.kind != ErrorKind::NoEntry => Err(error),
        _ => Ok(()),
    }
}
