//! One change to profiles from end to end: files, index, history. It happens whole or not at all.

use keywell_vault::Item;
use keywell_wire as wire;

use super::{
    edit::{self, Applied, Plan},
    read_files,
};
use crate::{
    App,
    history::{self, IndexChanges, Kept, Recording},
    index::{self, View},
    problem::Problem,
};

pub(crate) struct Step<'a> {
    pub profile: &'a str,
    /// What is done, for the history: "Renamed media to film".
    pub text: String,
    /// What undo would do: "Call it media again".
    pub undo_text: String,
    pub plan: Plan,
    pub index: &'a (dyn Fn(&mut View) + Sync),
    /// A key that this step also changes in the keychain, and its item as it is now. The keychain itself is the caller's.
    pub item: Option<(String, Option<Item>)>,
    /// The change in the history that this step takes back.
    pub undoes: Option<u64>,
}

/// A step that was made. Later steps of a larger whole may still fail: then it is taken back.
#[must_use]
pub(crate) struct Done {
    pub applied: Applied,
    index: IndexChanges,
    recording: Recording,
}

pub(crate) async fn run(app: &App, step: Step<'_>) -> Result<Done, Problem> {
    let secrets = step.item.is_some() || edit::may_touch_secrets(&read_files(app)?, &step.plan);
    let sealer = match secrets {
        true => Some(history::sealer(app).await?),
        false => None,
    };
    let mut recording = Recording::new(app, step.text, step.undo_text, step.profile, sealer);
    if let Some(number) = step.undoes {
        recording.undoes(number);
    }
    if let Some((key_id, before)) = &step.item {
        recording.item(key_id, before.as_ref());
    }
    let index = index::planned(&app.places, step.index)?;
    recording.index(index.clone());
    let applied = match edit::apply(app, &step.plan, &mut recording) {
        Ok(applied) => applied,
        Err(problem) => {
            recording.discard();
            return Err(problem);
        }
    };
    let done = Done {
        applied,
        index,
        recording,
    };
    match index::change(&app.places, step.index) {
        Ok(()) => Ok(done),
        Err(problem) => Err(match done.applied.roll_back(app) {
            Ok(()) => {
                done.recording.discard();
                problem
            }
            Err(failure) => problem.not_taken_back(&failure),
        }),
    }
}

impl Done {
    /// Puts files and index back as they were, as long as nobody else changed the files since. Returns the problem that
    /// made this necessary with what could not be put back, and whether the files are back.
    pub fn take_back(self, app: &App, problem: Problem) -> (Problem, bool) {
        if let Err(failure) = self.applied.roll_back(app) {
            return (problem.not_taken_back(&failure), false);
        }
        self.recording.discard();
        if self.index.is_empty() {
            return (problem, true);
        }
        let restored = index::change(&app.places, |view| {
            for change in self.index.entries {
                view.set(&change.profile, change.before);
            }
            if let Some(change) = self.index.in_use {
                view.in_use = change.before;
            }
        });
        match restored {
            Ok(()) => (problem, true),
            Err(failure) => (problem.not_taken_back(&failure), true),
        }
    }

    /// Nothing can fail any more: the change stays, and its undo too.
    pub fn keep(self, app: &App, profile: String) -> wire::ProfileChange {
        let diff = self.applied.diff(app);
        let Kept { undo, note } = self.recording.finish(app);
        wire::ProfileChange {
            profile,
            diff,
            undo,
            note,
        }
    }
}
