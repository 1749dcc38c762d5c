//! Many rotations at once, and those that are due.

use std::{collections::BTreeMap, time::Duration};

use futures::{StreamExt, stream};
use keywell_wire as wire;
use keywell_wire::{DueKey, Rotation, RotationOutcome};
use tokio_util::sync::CancellationToken;

use super::{Rotate, begin, list, mfa, resume, rotate};
use crate::{
    App,
    cloud::CloudErrorKind,
    index,
    problem::{Code, Problem},
    profiles, resolve,
    sessions::Person,
    settings, time,
};

/// How many keys are replaced at once; each asks AWS every second or two until it is known everywhere.
const AT_ONCE: usize = 4;
const DAY: u64 = 24 * 60 * 60;

/// Called with each rotation that ended or waits.
pub type OnOutcome<'a> = &'a (dyn Fn(&RotationOutcome) + Send + Sync);

/// Replaces the keys of several profiles, or goes on with those that are under way. Profiles that share a key are one
/// rotation. What fails for one of them does not stop the others. A person is asked for the codes of MFA devices before
/// the first rotation begins, for one after the other.
pub async fn rotate_many(
    app: &App,
    wanted: &[String],
    grace: Option<Duration>,
    person: &Person,
    on_outcome: OnOutcome<'_>,
    cancel: &CancellationToken,
) -> Vec<RotationOutcome> {
    let mut ready = Vec::new();
    for profile in distinct(app, wanted) {
        let refused = match have_session(app, &profile, person, cancel).await {
            // What else is in the way, the rotation itself says better.
            Err(problem) if matches!(problem.code, Code::Cancelled | Code::MfaCode) => {
                Some(problem)
            }
            _ => None,
        };
        ready.push((profile, refused));
    }
    each(ready, on_outcome, |(profile, refused)| async move {
        if let Some(problem) = refused {
            return (profile, Err(problem));
        }
        let request = Rotate {
            profile: &profile,
            using: None,
            grace,
            person: Person::nobody(),
        };
        let ended = rotate(app, &request, &|_| {}, cancel).await;
        (profile, ended)
    })
    .await
}

/// Lets the cache have the session that the rotation of a profile will act with, where it needs one.
async fn have_session(
    app: &App,
    profile: &str,
    person: &Person,
    cancel: &CancellationToken,
) -> Result<(), Problem> {
    let key_id = begin::key_of(app, profile)?;
    mfa::session(app, profile, &key_id, person, cancel).await?;
    Ok(())
}

/// Goes on with every rotation that is under way, and replaces the keys that are due.
///
/// # Errors
/// When Keywell's own files can not be read. What fails for one key is its outcome.
pub async fn tend(
    app: &App,
    on_outcome: OnOutcome<'_>,
    cancel: &CancellationToken,
) -> Result<Vec<RotationOutcome>, Problem> {
    let waiting: Vec<String> = list(app)?
        .into_iter()
        .map(|rotation| rotation.profile)
        .collect();
    let mut outcomes = each(waiting, on_outcome, |profile| async move {
        let request = Rotate {
            profile: &profile,
            using: None,
            grace: None,
            person: Person::nobody(),
        };
        let ended = resume(app, &request, &|_| {}, cancel).await;
        (profile, ended)
    })
    .await;
    let due: Vec<String> = due(app)
        .await?
        .into_iter()
        .filter_map(|key| key.profiles.into_iter().next())
        .collect();
    let nobody = Person::nobody();
    outcomes.extend(rotate_many(app, &due, None, &nobody, on_outcome, cancel).await);
    Ok(outcomes)
}

async fn each<T, F>(
    wanted: Vec<T>,
    on_outcome: OnOutcome<'_>,
    work: impl Fn(T) -> F,
) -> Vec<RotationOutcome>
where
    F: Future<Output = (String, Result<Rotation, Problem>)>,
{
    stream::iter(wanted)
        .map(work)
        .buffered(AT_ONCE)
        .map(|(profile, ended)| {
            let outcome = outcome(profile, ended);
            on_outcome(&outcome);
            outcome
        })
        .collect()
        .await
}

fn outcome(profile: String, ended: Result<Rotation, Problem>) -> RotationOutcome {
    let (rotation, failure) = match ended {
        Ok(rotation) => (Some(rotation), None),
        Err(problem) => (None, Some(problem.into())),
    };
    RotationOutcome {
        profile,
        rotation,
        failure,
    }
}

/// The first profile of each key, in the order given. One that has no key stays: its refusal says why.
fn distinct(app: &App, wanted: &[String]) -> Vec<String> {
    let mut seen = Vec::new();
    let mut distinct: Vec<String> = Vec::new();
    for profile in wanted {
        match begin::key_of(app, profile) {
            Ok(key_id) if seen.contains(&key_id) => continue,
            Ok(key_id) => seen.push(key_id),
            Err(_) if distinct.contains(profile) => continue,
            Err(_) => {}
        }
        distinct.push(profile.clone());
    }
    distinct
}

/// The keys in the keychain that are older than the settings allow, oldest first, without those that are being replaced
/// already. AWS is asked when each was made; where it does not tell, a key is as old as its entry in the keychain.
///
/// # Errors
/// When Keywell's own files or the AWS files can not be read.
pub async fn due(app: &App) -> Result<Vec<DueKey>, Problem> {
    let limit = settings::read(&app.places).key_rotate_days;
    let under_way = list(app)?;
    let mut keys: BTreeMap<String, (Vec<String>, Option<u64>)> = BTreeMap::new();
    for (profile, entry) in index::entries(&app.places)? {
        let Some(key_id) = entry.key_id else {
            continue;
        };
        let is_under_way = under_way.iter().any(|rotation: &wire::Rotation| {
            rotation.old_key_id == key_id || rotation.new_key_id.as_ref() == Some(&key_id)
        });
        // A profile that was removed keeps its entry, and a key of STS ends by itself.
        if is_under_way
            || !profiles::exists(app, &profile)?
            || begin::key_of(app, &profile).is_err()
        {
            continue;
        }
        let (users, stored) = keys.entry(key_id).or_default();
        users.push(profile);
        *stored = (*stored).max(entry.key_stored);
    }
    let now = app.now_seconds();
    let mut due: Vec<DueKey> = stream::iter(keys)
        .map(|(key_id, (profiles, stored))| async move {
            let made = made(app, &profiles[0], &key_id).await;
            let since = made.or(stored)?;
            let age_days = u32::try_from(now.saturating_sub(since) / DAY).unwrap_or(u32::MAX);
            (age_days > limit).then_some(DueKey {
                key_id,
                profiles,
                age_days,
                at_least: made.is_none(),
            })
        })
        .buffered(AT_ONCE)
        .filter_map(|key| async move { key })
        .collect()
        .await;
    due.sort_by_key(|key| std::cmp::Reverse(key.age_days));
    Ok(due)
}

/// When a key was made, in Unix seconds, as its own user may see it.
async fn made(app: &App, profile: &str, key_id: &str) -> Option<u64> {
    let account = resolve::account_of(app, profile).await.ok()?;
    let keys = account.list_access_keys(None).await;
    if let Err(error) = &keys
        && error.kind != CloudErrorKind::AccessDenied
    {
        tracing::debug!(%error, "the age of a key could not be asked for");
    }
    let key = keys.ok()?.into_iter().find(|key| key.key_id == key_id)?;
    key.created.map(time::unix_seconds)
}
