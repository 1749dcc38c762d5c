//! All items from one store to the other. Wherever it ends or is killed, each is in at least one of the two, and
//! both are looked in.

use keywell_vault::{ErrorKind, Item, Store, store_and_verify};
use keywell_wire as wire;
use tokio_util::sync::CancellationToken;

use super::{Stores, is_of_one_item, store_word};
use crate::{
    App,
    problem::{Code, Problem},
    settings,
};

/// What a move did.
#[derive(Debug, Default, PartialEq)]
pub struct Moved {
    /// Names of items; access key IDs for the most part.
    pub moved: Vec<String>,
    pub left_behind: Vec<LeftBehind>,
}

/// An item that is still in the store it was to leave.
#[derive(Debug, PartialEq)]
pub struct LeftBehind {
    pub key_id: String,
    pub problem: Problem,
    /// Whether the other store has it too.
    pub is_copied: bool,
}

impl From<&LeftBehind> for wire::LeftBehind {
    fn from(left: &LeftBehind) -> Self {
        Self {
            key_id: left.key_id.clone(),
            is_copied: left.is_copied,
            failure: wire::Failure::from(&left.problem),
        }
    }
}

/// Who follows a move, and may end it until the new store is the chosen one.
pub struct Watched<'a> {
    pub on_progress: &'a dyn Fn(wire::VaultMoveProgress),
    pub cancel: &'a CancellationToken,
}

impl Watched<'_> {
    fn tell(&self, stage: wire::VaultMoveStage, done: usize, all: usize) {
        let count = |number| u32::try_from(number).unwrap_or(u32::MAX);
        (self.on_progress)(wire::VaultMoveProgress {
            stage,
            done: count(done),
            all: count(all),
        });
    }
}

/// Carries all items to this store and keeps new ones there from now on. Waits for the stores.
///
/// # Errors
/// Those of [`move_items`], and of the stores when one can not be opened.
pub fn move_to(
    app: &App,
    stores: &Stores,
    to: wire::StoreChoice,
    watched: &Watched<'_>,
) -> Result<wire::VaultMoved, Problem> {
    let from = match to {
        wire::StoreChoice::Keychain => wire::StoreChoice::File,
        wire::StoreChoice::File => wire::StoreChoice::Keychain,
    };
    let target = stores.open(&to)?;
    let switch = || choose(app, &to);
    let moved = match stores.open(&from) {
        Ok(source) => move_items(source.as_ref(), target.as_ref(), watched, switch)?,
        // Without a keychain there is nothing to carry.
        Err(error) if error.kind.is_absence() => {
            switch()?;
            Moved::default()
        }
        Err(error) => return Err(error.into()),
    };
    Ok(wire::VaultMoved {
        store: to,
        moved: moved.moved,
        left_behind: moved.left_behind.iter().map(Into::into).collect(),
    })
}

/// Keeps new items in this store from now on.
///
/// # Errors
/// When the settings can not be written.
pub fn choose(app: &App, store: &wire::StoreChoice) -> Result<(), Problem> {
    let change = ("store".to_owned(), store_word(store).to_owned());
    settings::set(app, &[change]).map(|_| ())
}

/// Copies every item, reads each copy back and compares, calls `switch` so that the new store is the chosen one, and
/// only then deletes the old items. Begun again after it was killed, it goes on.
///
/// # Errors
/// Before `switch` has succeeded, any failure or cancelling ends it: the copies are taken back and nothing has changed. So does a key
/// of which the two stores hold different secrets ([`Code::VaultConflict`]).
pub fn move_items(
    from: &dyn Store,
    to: &dyn Store,
    watched: &Watched<'_>,
    switch: impl FnOnce() -> Result<(), Problem>,
) -> Result<Moved, Problem> {
    let mut left_behind = Vec::new();
    let mut copied = Vec::new();
    let mut made = Vec::new();
    let done = copy_all(
        from,
        to,
        Some(watched),
        &mut copied,
        &mut made,
        &mut left_behind,
    )
    .and_then(|()| switch());
    if let Err(problem) = done {
        for key_id in made {
            // A copy that stays is a copy too many, and nothing worse.
            let _ = to.delete(&key_id);
        }
        return Err(problem);
    }
    // What another program stored in the old place until the switch.
    let late = copy_all(
        from,
        to,
        None,
        &mut copied,
        &mut Vec::new(),
        &mut Vec::new(),
    );
    let mut moved = Vec::new();
    let all = copied.len();
    for (done, item) in copied.into_iter().enumerate() {
        watched.tell(wire::VaultMoveStage::Deleting, done, all);
        match delete_copied(from, to, &item) {
            Ok(()) => moved.push(item.key_id),
            Err(problem) => left_behind.push(LeftBehind {
                key_id: item.key_id,
                problem,
                is_copied: true,
            }),
        }
    }
    late?;
    Ok(Moved { moved, left_behind })
}

/// `watched` is told of each, and may end it.
fn copy_all(
    from: &dyn Store,
    to: &dyn Store,
    watched: Option<&Watched<'_>>,
    copied: &mut Vec<Item>,
    made: &mut Vec<String>,
    left_behind: &mut Vec<LeftBehind>,
) -> Result<(), Problem> {
    let names = from.list()?;
    let all = names.len();
    for (done, key_id) in names.into_iter().enumerate() {
        if let Some(watched) = watched {
            if watched.cancel.is_cancelled() {
                return Err(Problem::cancelled());
            }
            watched.tell(wire::VaultMoveStage::Copying, done, all);
        }
        if copied.iter().any(|item| item.key_id == key_id) {
            continue;
        }
        let item = match from.get(&key_id) {
            Ok(item) => item,
            Err(error) if error.kind == ErrorKind::NoEntry => continue,
            Err(error) if is_of_one_item(error.kind) => {
                left_behind.push(LeftBehind {
                    key_id,
                    problem: error.into(),
                    is_copied: false,
                });
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        match to.get(&key_id) {
            Ok(there) if there == item => {}
            Ok(there) if is_same_key(&there, &item) => store_and_verify(to, &item)?,
            Ok(_) => return Err(conflict(from, to, &key_id)),
            Err(error) if error.kind == ErrorKind::NoEntry => {
                store_and_verify(to, &item)?;
                made.push(key_id);
            }
            Err(error) => return Err(error.into()),
        }
        copied.push(item);
    }
    Ok(())
}

/// Deletes the old item, unless it was changed since it was copied or the copy is gone.
fn delete_copied(from: &dyn Store, to: &dyn Store, item: &Item) -> Result<(), Problem> {
    match from.get(&item.key_id) {
        Ok(now) if now == *item && to.get(&item.key_id)? == *item => {}
        Ok(_) => return Err(conflict(from, to, &item.key_id)),
        Err(error) if error.kind == ErrorKind::NoEntry => return Ok(()),
        Err(error) => return Err(error.into()),
    }
    match from.delete(&item.key_id) {
        Err(error) if error.kind != ErrorKind::NoEntry => Err(error.into()),
        _ => Ok(()),
    }
}

/// Profile and time of storing may differ, as when a copy was left from before a profile got another name.
pub(super) fn is_same_key(one: &Item, other: &Item) -> bool {
    one.key_id == other.key_id
        && one.secret == other.secret
        && one.session_token == other.session_token
}

fn conflict(from: &dyn Store, to: &dyn Store, key_id: &str) -> Problem {
    Problem::new(
        Code::VaultConflict,
        format!("Two stores hold different secrets for the access key {key_id}."),
        "Test the profile that uses it, set it up again with the secret that works, and try again.",
    )
    .because(format!("They are: {}; {}.", from.label(), to.label()))
}
