//! The way back: the profiles use the old key again, and the new one goes.

use keywell_wire::{StepId, StepState};

use super::{Run, Stage, create, forward, ready::NotReady};
use crate::{
    cloud::{AccessKey, CloudErrorKind as Kind, short_key_id},
    index,
    keys::lost,
    problem::{Code, Problem},
    sessions,
};

/// Turns a rotation round. What it has to take back depends on how far it is.
pub(super) async fn turn(run: &mut Run<'_>) -> Result<(), Problem> {
    match run.journal.stage.clone() {
        Stage::Creating { asked, before } => {
            let old = run.journal.old.clone();
            let account = run.acting(&old).await?;
            create::delete_lost(run, account.as_ref(), asked, &before, lost::LOOKS).await?;
            run.enter(Stage::Removing)
        }
        // The journal may be a step behind the index.
        Stage::Created if !run.key_is_used(&run.new_key()?)? => run.enter(Stage::Removing),
        Stage::Created | Stage::Switched | Stage::Watching => run.enter(Stage::Returning),
        Stage::Returning | Stage::Removing => Ok(()),
        Stage::Deleting => Err(no_way_back(run)),
    }
}

fn no_way_back(run: &Run<'_>) -> Problem {
    Problem::new(
        Code::RotationNoWayBack,
        format!(
            "There is no way back: the old key {} is deleted.",
            short_key_id(&run.journal.old)
        ),
        format!(
            "The new one works. Tidy up with: keywell key rotate --resume --profile {}",
            run.journal.profile
        ),
    )
}

/// Makes the old key work and the profiles use it.
pub(super) async fn restore(run: &mut Run<'_>) -> Result<(), Problem> {
    let new = run.new_key()?;
    let old = run.journal.old.clone();
    activate(run, &old, &new).await?;
    let account = run.with_key(&old).await?;
    match run.until_ready(account.as_ref(), &old).await {
        Ok(()) => {}
        Err(NotReady::Unknown(problem) | NotReady::Other(problem)) => return Err(problem),
    }
    let step = run
        .steps
        .begin(StepId::Switch, "Every profile uses the old key again", None);
    let switched = async {
        let stored = run
            .kept(&old)
            .await?
            .map_or(run.journal.began, |item| item.created);
        index::switch_key(&run.app.places, &new, &old, stored)?;
        sessions::forget_sessions_of(run.app, &new).await;
        run.profiles()
    }
    .await;
    match switched {
        Ok(profiles) => {
            let detail = format!("{}, in one step.", profiles.join(", "));
            run.steps.end(step, StepState::Passed, detail, None);
        }
        Err(problem) => return Err(run.steps.fail(step, problem)),
    }
    forward::prove(run, &old).await?;
    run.enter(Stage::Removing)
}

async fn activate(run: &mut Run<'_>, old: &str, new: &str) -> Result<(), Problem> {
    let step = run
        .steps
        .begin(StepId::Activate, "The old key is active", Some(30_000));
    let activated = async {
        let (signer, keys) = keys_by_either(run, new, old).await?;
        let account = run.acting(signer).await?;
        let gone = match keys.iter().find(|key| key.key_id == old) {
            None => true,
            Some(key) if key.active => false,
            Some(_) => match account
                .set_access_key_active(&run.journal.user, old, true)
                .await
            {
                Ok(()) => false,
                Err(error) if error.kind == Kind::NoSuchKey => true,
                Err(error) => return Err(run.explain(&error, signer)),
            },
        };
        if gone {
            let stored = run
                .kept(new)
                .await?
                .map_or(run.journal.began, |item| item.created);
            index::switch_key(&run.app.places, old, new, stored)?;
            sessions::forget_sessions_of(run.app, old).await;
            run.enter(Stage::Deleting)?;
            return Err(no_way_back(run));
        }
        Ok(())
    }
    .await;
    match activated {
        Ok(()) => {
            run.steps.end(step, StepState::Passed, "", None);
            Ok(())
        }
        Err(problem) => Err(run.steps.fail(step, problem)),
    }
}

/// The user's keys, and which of the two was let ask. The new one works unless it was meddled with elsewhere.
async fn keys_by_either<'k>(
    run: &Run<'_>,
    new: &'k str,
    old: &'k str,
) -> Result<(&'k str, Vec<AccessKey>), Problem> {
    let mut first = None;
    for signer in [new, old] {
        let asked = match run.acting(signer).await {
            Ok(account) => create::keys_of(run, account.as_ref(), signer).await,
            Err(problem) => Err(problem),
        };
        match asked {
            Ok(keys) => return Ok((signer, keys)),
            Err(problem)
                if matches!(problem.code, Code::UnknownKey | Code::ProfileSecretMissing) =>
            {
                first.get_or_insert(problem);
            }
            Err(problem) => return Err(problem),
        }
    }
    Err(first.unwrap_or_else(|| run.stopped()))
}

/// Deletes the new key at AWS and from the keychain, and ends the rotation.
pub(super) async fn remove_new(run: &mut Run<'_>) -> Result<(), Problem> {
    let step = run
        .steps
        .begin(StepId::Delete, "The new key is deleted", Some(30_000));
    let removed = async {
        if let Some(new) = run.journal.new.clone() {
            // Somebody may have set the new key up for a profile meanwhile.
            if run.key_is_used(&new)? {
                return Err(run.in_use(&new));
            }
            let old = run.journal.old.clone();
            let account = run.acting(&old).await?;
            create::delete_at_aws(run, account.as_ref(), &new).await?;
            run.drop_from_keychain(&new).await?;
        }
        run.journal.remove(run.app)
    }
    .await;
    match removed {
        Ok(()) => {
            run.steps
                .end(step, StepState::Passed, "All is as it was.", None);
            Ok(())
        }
        Err(problem) => Err(run.steps.fail(step, problem)),
    }
}

impl Run<'_> {
    fn in_use(&self, key_id: &str) -> Problem {
        Problem::new(
            Code::KeyInUse,
            format!("A profile uses the new key {} again.", short_key_id(key_id)),
            "Give that profile its old key, or another one, then go back again.",
        )
    }
}
