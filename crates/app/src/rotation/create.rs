//! The making of the new key, and what becomes of one whose secret was lost.

use keywell_wire::{StepId, StepState};

use super::{Run, Stage};
use crate::{
    cloud::{AccessKey, Account, CloudErrorKind as Kind, NewAccessKey, short_key_id},
    keys::lost,
    problem::Problem,
};

/// Makes the new key and keeps its secret. A key that an earlier question made without being heard of is deleted first.
pub(super) async fn create(
    run: &mut Run<'_>,
    asked: u64,
    before: &[String],
) -> Result<(), Problem> {
    let old = run.journal.old.clone();
    let account = run.acting(&old).await?;
    let step = run
        .steps
        .begin(StepId::Create, "IAM makes a new key", Some(30_000));
    let made = async {
        let looks = if run.resumed { lost::LOOKS } else { 1 };
        delete_lost(run, account.as_ref(), asked, before, looks).await?;
        let keys = keys_of(run, account.as_ref(), &old).await?;
        let asked = run.service_time(account.as_ref(), &old).await?;
        run.enter(Stage::Creating {
            asked,
            before: keys.into_iter().map(|key| key.key_id).collect(),
        })?;
        ask_for_key(run, account.as_ref()).await
    }
    .await;
    let key = match made {
        Ok(key) => key,
        Err(problem) => return Err(run.steps.fail(step, problem)),
    };
    let detail = format!("{}, beside the old one.", short_key_id(&key.pair.key_id));
    run.steps.end(step, StepState::Passed, detail, None);
    keep_new(run, account.as_ref(), &key).await
}

pub(super) async fn keys_of(
    run: &Run<'_>,
    account: &dyn Account,
    key_id: &str,
) -> Result<Vec<AccessKey>, Problem> {
    account
        .list_access_keys(Some(&run.journal.user))
        .await
        .map_err(|error| run.explain(&error, key_id))
}

/// Asks once. Whatever the answer, either the journal knows the new key, or there is none, or the next run will look.
async fn ask_for_key(run: &mut Run<'_>, account: &dyn Account) -> Result<NewAccessKey, Problem> {
    let error = match account.create_access_key(&run.journal.user).await {
        Ok(key) => {
            run.journal.new = Some(key.pair.key_id.clone());
            if let Err(problem) = run.enter(Stage::Created) {
                return Err(give_back(run, account, &key.pair.key_id, problem).await);
            }
            return Ok(key);
        }
        Err(error) => error,
    };
    let old = run.journal.old.clone();
    let mut problem = run.explain(&error, &old);
    let Stage::Creating { asked, before } = run.journal.stage.clone() else {
        return Err(problem);
    };
    let settled = if lost::made_nothing(&error.kind) {
        Ok(())
    } else {
        delete_lost(run, account, asked, &before, lost::LOOKS).await
    };
    match settled {
        Ok(()) => {
            run.journal.remove(run.app)?;
            Err(problem.and_because("Nothing was changed."))
        }
        Err(failure) => {
            problem.hint = format!(
                "Keywell could not find out whether AWS made a key all the same. It looks again with: keywell key rotate --resume --profile {0}, or --back",
                run.journal.profile
            );
            Err(problem.and_because(&failure.message))
        }
    }
}

/// Finds the key that a question made whose answer did not arrive, and deletes it: nobody knows its secret. A key that
/// was made at another time, or was used, is somebody else's and stays.
pub(super) async fn delete_lost(
    run: &Run<'_>,
    account: &dyn Account,
    asked: u64,
    before: &[String],
    looks: u32,
) -> Result<(), Problem> {
    let old = &run.journal.old;
    for look in 1..=looks {
        let keys = keys_of(run, account, old).await?;
        let mut found = false;
        for key in keys.iter().filter(|key| !before.contains(&key.key_id)) {
            found = true;
            let is_lost = lost::is_lost(account, key, asked).await;
            if is_lost.map_err(|error| run.explain(&error, &key.key_id))? {
                delete_at_aws(run, account, &key.key_id).await?;
            }
        }
        if found || look == looks {
            break;
        }
        run.pause(lost::LOOK_PAUSE).await?;
    }
    Ok(())
}

/// Deletes a key at AWS; one that is gone already is what was wanted.
pub(super) async fn delete_at_aws(
    run: &Run<'_>,
    account: &dyn Account,
    key_id: &str,
) -> Result<(), Problem> {
    match account.delete_access_key(&run.journal.user, key_id).await {
        Err(error) if error.kind != Kind::NoSuchKey => Err(run.explain(&error, key_id)),
        _ => Ok(()),
    }
}

/// Stores the secret. It is kept for no profile yet: an index that has to be rebuilt now must find the old key.
async fn keep_new(
    run: &mut Run<'_>,
    account: &dyn Account,
    key: &NewAccessKey,
) -> Result<(), Problem> {
    let step = run
        .steps
        .begin(StepId::Store, "Its secret is in the keychain", Some(60_000));
    match run.keep(&key.pair, "").await {
        Ok(()) => {
            let detail = "Stored beside the old one, read back, equal.";
            run.steps.end(step, StepState::Passed, detail, None);
            Ok(())
        }
        Err(problem) => {
            let problem = give_back(run, account, &key.pair.key_id, problem).await;
            Err(run.steps.fail(step, problem))
        }
    }
}

/// Deletes a new key that could not be kept, and ends the rotation: all is as it was.
async fn give_back(
    run: &mut Run<'_>,
    account: &dyn Account,
    key_id: &str,
    problem: Problem,
) -> Problem {
    if let Err(failure) = delete_at_aws(run, account, key_id).await {
        return problem.not_taken_back(&failure);
    }
    if let Err(failure) = run.drop_from_keychain(key_id).await {
        tracing::warn!(
            code = failure.code.as_str(),
            "a deleted key may still be in the keychain"
        );
    }
    match run.journal.remove(run.app) {
        Ok(()) => problem.and_because("The new key was deleted again."),
        Err(failure) => problem.not_taken_back(&failure),
    }
}

/// The new key's secret was lost before it was kept: the key is deleted and another one made.
pub(super) async fn begin_anew(run: &mut Run<'_>, new: &str) -> Result<(), Problem> {
    let old = run.journal.old.clone();
    let account = run.acting(&old).await?;
    delete_at_aws(run, account.as_ref(), new).await?;
    run.drop_from_keychain(new).await?;
    let keys = keys_of(run, account.as_ref(), &old).await?;
    run.journal.new = None;
    run.enter(Stage::Creating {
        asked: run.journal.began,
        before: keys.into_iter().map(|key| key.key_id).collect(),
    })
}
