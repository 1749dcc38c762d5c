//! What is worth telling a person who looks elsewhere: ended transfers, keys that are due for a new one, and sessions that are
//! about to end.

mod sessions;

use std::collections::{BTreeMap, HashSet};

use keywell_wire::{
    RotationOutcome, RotationState, TransferBoard, TransferDirection, TransferState,
};

pub use sessions::sessions_ending;

use crate::{App, index, problem::Problem, settings, state_file};

/// A key is told of again after so long.
const AGAIN_AFTER_DAYS: u64 = 7;

const DAY: u64 = 24 * 60 * 60;

/// A title and a sentence for the system's notifications. Holds no secret and no key id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub title: String,
    pub text: String,
}

/// What was told of transfers so far.
#[derive(Debug, Default)]
pub struct Told {
    ids: HashSet<String>,
}

impl Told {
    /// What to tell once nothing is on its way any more; what a person cancelled or skipped is no news.
    pub fn look(&mut self, board: &TransferBoard) -> Option<Notice> {
        let rows = &board.transfers;
        self.ids.retain(|id| rows.iter().any(|row| row.id == *id));
        let on_its_way = rows.iter().any(|row| {
            matches!(
                row.state,
                TransferState::Waiting | TransferState::Running | TransferState::Checking
            )
        });
        if on_its_way {
            return None;
        }
        let (mut sent, mut fetched, mut failed) = (0, 0, 0);
        for row in rows {
            if !self.ids.insert(row.id.clone()) {
                continue;
            }
            match (&row.state, &row.direction) {
                (TransferState::Done, TransferDirection::Upload) => sent += 1,
                (TransferState::Done, TransferDirection::Download) => fetched += 1,
                (TransferState::Failed, _) => failed += 1,
                _ => {}
            }
        }
        words(sent, fetched, failed)
    }
}

fn words(sent: u32, fetched: u32, failed: u32) -> Option<Notice> {
    let counted = |count: u32, did: &str| {
        let plural = if count == 1 { "" } else { "s" };
        (count > 0).then(|| format!("{count} file{plural} {did}"))
    };
    let parts: Vec<String> = [
        counted(sent, "uploaded"),
        counted(fetched, "downloaded"),
        counted(failed, "failed"),
    ]
    .into_iter()
    .flatten()
    .collect();
    if parts.is_empty() {
        return None;
    }
    Some(Notice {
        title: if failed > 0 {
            "Not all transfers worked"
        } else {
            "Transfers are done"
        }
        .into(),
        text: format!("{}.", parts.join(", ")),
    })
}

/// Key → when it was told of, in Unix seconds.
type Stored = BTreeMap<String, u64>;

/// Tells of keys that have been in the keychain for as long as the policy allows, each at most once a week. When a key was made at
/// AWS is only known while AWS is being asked; a key is never younger than its entry in the keychain.
pub fn keys_due(app: &App) -> Result<Option<Notice>, Problem> {
    let now = app.now_seconds();
    let days = u64::from(settings::read(&app.places).key_rotate_days);
    let mut due: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (profile, entry) in index::entries(&app.places)? {
        let is_old = entry
            .key_stored
            .is_some_and(|stored| now.saturating_sub(stored) >= days * DAY);
        if let (Some(key_id), true) = (entry.key_id, is_old) {
            due.entry(key_id).or_default().push(profile);
        }
    }
    let file = app.places.data.join("notices.json");
    let news = state_file::update(&file, |told: &mut Stored| {
        told.retain(|key_id, _| due.contains_key(key_id));
        due.retain(|key_id, _| {
            told.get(key_id)
                .is_none_or(|at| now.saturating_sub(*at) >= AGAIN_AFTER_DAYS * DAY)
        });
        told.extend(due.keys().map(|key_id| (key_id.clone(), now)));
        due.into_values().flatten().collect::<Vec<String>>()
    })?;
    Ok(match news.as_slice() {
        [] => None,
        [profile] => Some(Notice {
            title: "A key is due for a new one".into(),
            text: format!("The key of {profile} is older than {days} days."),
        }),
        [first, rest @ ..] => Some(Notice {
            title: "Keys are due for new ones".into(),
            text: format!(
                "The keys of {first} and {} more are older than {days} days.",
                rest.len()
            ),
        }),
    })
}

/// Tells of rotations that ran without a person: what was replaced, what needs one.
pub fn rotated(outcomes: &[RotationOutcome]) -> Option<Notice> {
    let ended = |outcome: &&RotationOutcome| outcome.rotation.is_some();
    let late = |outcome: &&RotationOutcome| {
        let rotation = outcome.rotation.as_ref();
        rotation.is_some_and(|rotation| rotation.late_use.is_some())
    };
    if let Some(outcome) = outcomes.iter().find(late) {
        return Some(Notice {
            title: "Something still uses an old key".into(),
            text: format!(
                "The old key of {} was used after the switch. It is not deleted.",
                outcome.profile
            ),
        });
    }
    let failed: Vec<&str> = outcomes
        .iter()
        .filter(|outcome| outcome.failure.is_some())
        .map(|outcome| outcome.profile.as_str())
        .collect();
    if !failed.is_empty() {
        return Some(Notice {
            title: "A rotation needs you".into(),
            text: format!("It could not go on for {}.", failed.join(", ")),
        });
    }
    let rotated: Vec<&str> = outcomes
        .iter()
        .filter(ended)
        .filter(|outcome| {
            let state = outcome.rotation.as_ref().map(|rotation| &rotation.state);
            state.is_some_and(|state| *state == RotationState::Done)
        })
        .map(|outcome| outcome.profile.as_str())
        .collect();
    (!rotated.is_empty()).then(|| Notice {
        title: "Keys were replaced".into(),
        text: format!(
            "{} use new keys, and the old ones are deleted.",
            rotated.join(", ")
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use keywell_wire::TransferRow;

    fn row(id: u32, direction: TransferDirection, state: TransferState) -> TransferRow {
        TransferRow {
            id: id.to_string(),
            direction,
            state,
            name: String::new(),
            profile: String::new(),
            bucket: String::new(),
            key: String::new(),
            path: String::new(),
            bytes_done: 0,
            bytes_total: 0,
            bytes_per_second: 0,
            checksum: None,
            failure: None,
            started: None,
            ended: None,
        }
    }

    #[test]
    fn ended_transfers_are_told_of_once_and_together() {
        use TransferDirection::{Download, Upload};
        use TransferState::{Cancelled, Done, Failed, Running, Skipped, Waiting};
        let mut told = Told::default();
        let mut look = |rows: Vec<TransferRow>| {
            let notice = told.look(&TransferBoard { transfers: rows });
            notice.map(|notice| format!("{}: {}", notice.title, notice.text))
        };
        assert_eq!(look(Vec::new()), None);
        assert_eq!(
            look(vec![row(1, Upload, Running), row(2, Upload, Waiting)]),
            None
        );
        assert_eq!(
            look(vec![row(1, Upload, Done), row(2, Upload, Running)]),
            None
        );
        let both = vec![row(1, Upload, Done), row(2, Upload, Done)];
        assert_eq!(
            look(both.clone()).as_deref(),
            Some("Transfers are done: 2 files uploaded.")
        );
        assert_eq!(look(both.clone()), None, "told before");
        let third = [both, vec![row(3, Download, Done)]].concat();
        assert_eq!(
            look(third).as_deref(),
            Some("Transfers are done: 1 file downloaded."),
            "one that ended between two boards"
        );
        assert_eq!(
            look(vec![row(4, Upload, Failed), row(5, Download, Done)]).as_deref(),
            Some("Not all transfers worked: 1 file downloaded, 1 file failed.")
        );
        assert_eq!(
            look(vec![row(6, Upload, Cancelled), row(7, Upload, Skipped)]),
            None
        );
    }
}
