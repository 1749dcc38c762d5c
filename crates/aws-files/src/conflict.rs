//! Two changes of one file: which settings each touches, and whether both can stand.

use std::fmt;

use crate::merge::{Setting, meaning};

/// What two programs did to the same place of a file.
#[derive(Clone, PartialEq, Eq)]
pub struct Conflict {
    /// `region in [profile x]`.
    pub place: String,
    /// What was to be written; None where it was to be removed.
    pub ours: Option<String>,
    /// What the other program wrote.
    pub theirs: Option<String>,
}

impl fmt::Debug for Conflict {
    /// Without the values, which may be secrets.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Conflict")
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}

/// The settings that differ between two texts, with their values in the second, in an order that does not change.
fn changed(before: &str, after: &str) -> Vec<(Setting, Option<String>)> {
    let mut old = meaning(before);
    let mut changes = Vec::new();
    for (setting, value) in meaning(after) {
        if old.remove(&setting).as_ref() != Some(&value) {
            changes.push((setting, Some(value)));
        }
    }
    changes.extend(old.into_keys().map(|setting| (setting, None)));
    changes.sort();
    changes
}

/// The first setting that both changed, and not to the same value.
pub(crate) fn conflict(base: &str, ours: &str, theirs: &str) -> Option<Conflict> {
    let others = changed(base, theirs);
    changed(base, ours).into_iter().find_map(|(setting, mine)| {
        let (_, other) = others.iter().find(|(other, _)| *other == setting)?;
        (*other != mine).then(|| Conflict {
            place: name(&setting),
            ours: mine,
            theirs: other.clone(),
        })
    })
}

/// The settings that the first change made and that the text does not have (any more).
pub(crate) fn lost(before: &str, after: &str, now: &str) -> Vec<String> {
    let now = meaning(now);
    changed(before, after)
        .into_iter()
        .filter(|(setting, value)| now.get(setting) != value.as_ref())
        .map(|(setting, _)| name(&setting))
        .collect()
}

fn name((section, key): &Setting) -> String {
    match key {
        Some(key) => format!("{key} in [{section}]"),
        None => format!("[{section}]"),
    }
}
