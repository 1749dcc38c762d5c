use std::collections::HashSet;

use keywell_wire as wire;

use super::{
    entry::{Stored, WhichFile},
    folder::Folder,
    recording::unreadable,
    undo::{self, number_of},
};
use crate::{App, problem::Problem, profiles::edit, time};

/// The changes to this machine's AWS files that are still known, newest first.
pub fn list(app: &App) -> Result<Vec<wire::HistoryEntry>, Problem> {
    Ok(known(app)?
        .into_iter()
        .map(|(number, stored, undone)| entry(app, number, &stored, undone))
        .collect())
}

/// Every known change, newest first, and whether it is undone: whether a change that undid it still holds.
pub(super) fn known(app: &App) -> Result<Vec<(u64, Stored, bool)>, Problem> {
    let folder = Folder::of(&app.places);
    let numbers = folder
        .numbers()
        .map_err(|error| unreadable(&folder, &error))?;
    let mut undone = HashSet::new();
    // An undo comes after what it undoes, so whoever undid a change has been met before it.
    Ok(numbers
        .into_iter()
        .rev()
        .filter_map(|number| Some((number, folder.read(number)?)))
        .filter(|(_, stored)| stored.is_of(&app.places))
        .map(|(number, stored)| {
            let is_undone = undone.contains(&number);
            if let (Some(undoes), false) = (stored.undoes, is_undone) {
                undone.insert(undoes);
            }
            (number, stored, is_undone)
        })
        .collect())
}

fn entry(app: &App, number: u64, stored: &Stored, undone: bool) -> wire::HistoryEntry {
    wire::HistoryEntry {
        id: number.to_string(),
        at: time::rfc3339(time::from_unix_seconds(stored.at)),
        text: stored.text.clone(),
        profile: stored.profile.clone(),
        files: stored
            .changed
            .iter()
            .map(|file| app.shown(file.path(&app.places)))
            .collect(),
        state: if stored.incomplete {
            wire::HistoryState::NotKept
        } else if undone {
            wire::HistoryState::Undone
        } else {
            wire::HistoryState::Done
        },
        undoes: stored.undoes.map(|number| number.to_string()),
    }
}

/// The key that a profile had after the newest change that touched what the index says of it.
pub(crate) fn last_key(app: &App, profile: &str) -> Result<Option<String>, Problem> {
    let changes = known(app)?.into_iter();
    let newest = changes
        .flat_map(|(_, stored, _)| stored.index.entries)
        .find(|change| change.profile == profile);
    Ok(newest
        .and_then(|change| change.after)
        .and_then(|entry| entry.key_id))
}

/// One change with what it did to the config file, and what stands in the way of taking it back. What is sealed stays
/// sealed: only undo opens it.
pub fn show(app: &App, id: &str) -> Result<wire::HistoryDetails, Problem> {
    let wanted = number_of(id)?;
    let (number, stored, undone) = known(app)?
        .into_iter()
        .find(|(number, ..)| *number == wanted)
        .ok_or_else(undo::gone)?;
    let entry = entry(app, number, &stored, undone);
    let diff = stored
        .plain
        .iter()
        .flat_map(|change| edit::diff(&change.before, &change.after))
        .collect();
    let conflict = match entry.state {
        wire::HistoryState::Done => undo::conflict(app, &stored.plain)?,
        wire::HistoryState::Undone | wire::HistoryState::NotKept => None,
    };
    Ok(wire::HistoryDetails {
        sealed: stored.sealed.is_some() || stored.changed.contains(&WhichFile::Credentials),
        entry,
        diff,
        conflict,
    })
}
