//! The stores of this machine as a person sees them.

use keywell_vault::FileStore;
use keywell_wire as wire;

use super::{Stores, prove};
use crate::{
    App, blocking,
    problem::{Code, Problem},
    settings,
};

/// Which stores there are, and which keeps new items. With `is_to_prove`, the chosen one is tried.
///
/// # Errors
/// That of an environment which names no store. A store's own failure stands in its row.
pub async fn states(
    app: &App,
    stores: &Stores,
    is_to_prove: bool,
) -> Result<wire::Stores, Problem> {
    let chosen = settings::store(&app.places, &app.variables)?;
    let (stores, places) = (stores.clone(), app.places.clone());
    blocking(move || wire::Stores {
        stores: [wire::StoreChoice::Keychain, wire::StoreChoice::File]
            .into_iter()
            .map(|choice| {
                let mut state = look(&stores, &choice);
                state.is_chosen = choice == chosen;
                state.path =
                    (choice == wire::StoreChoice::File).then(|| places.shown(stores.file.path()));
                if is_to_prove && state.is_chosen && state.failure.is_none() {
                    try_out(&stores, &choice, &mut state);
                }
                state
            })
            .collect(),
        store: chosen,
    })
    .await
}

/// What is known of a store that nothing was read from.
fn look(stores: &Stores, choice: &wire::StoreChoice) -> wire::StoreState {
    let mut state = wire::StoreState {
        store: choice.clone(),
        label: String::new(),
        path: None,
        is_chosen: false,
        is_there: false,
        is_locked: false,
        is_proven: false,
        milliseconds: None,
        items: None,
        unreadable: Vec::new(),
        failure: None,
    };
    match stores.open(choice) {
        Ok(store) => {
            state.label = store.label();
            state.is_there = *choice == wire::StoreChoice::Keychain || stores.file.exists();
        }
        Err(error) => state.failure = Some(Problem::from(error).into()),
    }
    if *choice == wire::StoreChoice::File {
        match stores.file.is_locked() {
            Ok(is_locked) => state.is_locked = is_locked,
            Err(error) => state.failure = Some(Problem::from(error).into()),
        }
    }
    state
}

fn try_out(stores: &Stores, choice: &wire::StoreChoice, state: &mut wire::StoreState) {
    if !state.is_there {
        // A trial would make the file, and ask for a passphrase that nobody has chosen yet.
        state.failure = Some(no_file(&stores.file).into());
        return;
    }
    let proof = stores
        .open(choice)
        .map_err(Problem::from)
        .and_then(|store| prove(store.as_ref()));
    match proof {
        Ok(proof) => {
            state.is_proven = true;
            state.is_locked = false;
            state.milliseconds = u32::try_from(proof.took.as_millis()).ok();
            state.items = u32::try_from(proof.items).ok();
            state.unreadable = unreadable(proof.unreadable);
        }
        Err(problem) => state.failure = Some(problem.into()),
    }
}

pub(super) fn unreadable(items: Vec<(String, Problem)>) -> Vec<wire::UnreadableItem> {
    items
        .into_iter()
        .map(|(key_id, problem)| wire::UnreadableItem {
            key_id,
            failure: problem.into(),
        })
        .collect()
}

pub fn no_file(file: &FileStore) -> Problem {
    Problem::new(
        Code::VaultNoEntry,
        format!("There is no encrypted file {} yet.", file.path().display()),
        "It is made when the first key goes there: `keywell setup --store file` or `keywell vault move --to file`.",
    )
}
