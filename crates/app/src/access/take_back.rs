//! Taking back: the key first, so that the program stops at once, then policy, user, profile.

use keywell_wire as wire;
use keywell_wire::{StepId, StepState};

use super::{
    MARK, POLICY,
    journal::{self, Record, State},
};
use crate::{
    App, OnStep,
    checks::Steps,
    cloud::{Account, CloudError, CloudErrorKind as Kind, Context},
    index,
    problem::{Code, Problem},
    profiles, resolve,
    vault_items::delete_item,
};

/// Whose access is taken back.
pub struct Revoke<'a> {
    pub user: &'a str,
    /// Needed only where users of several accounts have the same name.
    pub account_id: Option<&'a str>,
    /// Another profile that acts; the one that acted before when there is none.
    pub using: Option<&'a str>,
}

/// Removes key, policy, user, profile and the keychain's item of an access that was given, or half given. The bucket and
/// what is in it stay. Can be called again when it failed on the way.
pub async fn revoke(
    app: &App,
    request: &Revoke<'_>,
    on_step: OnStep<'_>,
) -> Result<wire::AccessRevoked, Problem> {
    let known = journal::all(&app.places)?;
    let mut found = known.into_iter().filter(|record| {
        record.user.eq_ignore_ascii_case(request.user)
            && request.account_id.is_none_or(|id| record.account_id == id)
    });
    let (Some(known), None) = (found.next(), found.next()) else {
        return Err(Problem::new(
            Code::AccessNone,
            format!("Keywell gave no access to one user {}.", request.user),
            "See what was given: keywell access list. Where accounts share the name, add --account ID",
        ));
    };
    let _lock = journal::lock(app, &known.account_id, &known.user)?;
    let Some(mut record) = journal::of_user(&app.places, &known.account_id, &known.user)? else {
        return Err(Problem::new(
            Code::AccessNone,
            format!("The access of {} has just been taken back.", known.user),
            "",
        ));
    };
    let using = request.using.unwrap_or(&record.using).to_owned();
    let steps = Steps::new(on_step);
    let account = acting(app, &record, &using).await?;
    let access = record.view_as(wire::AccessState::Made);
    let kept = take_back(&mut TakeBack {
        app,
        account: account.as_ref(),
        steps: &steps,
        record: &mut record,
        kept: Vec::new(),
    })
    .await?;
    Ok(wire::AccessRevoked { access, kept })
}

/// The account of the acting profile, which must be the one that the user is in.
async fn acting(
    app: &App,
    record: &Record,
    using: &str,
) -> Result<std::sync::Arc<dyn Account>, Problem> {
    let elsewhere = |message: String| {
        Problem::new(
            Code::AccessNone,
            message,
            format!(
                "Let a profile of account {} act: keywell access revoke {} --using NAME",
                record.account_id, record.user
            ),
        )
    };
    if using == record.profile {
        return Err(elsewhere(format!(
            "The profile {using} is the program's own, and can not take itself back."
        )));
    }
    let account = match resolve::account_of(app, using).await {
        Err(problem) if problem.code == Code::ProfileMissing => {
            return Err(elsewhere(format!(
                "The profile {using}, which made it, is gone."
            )));
        }
        account => account?,
    };
    let context = Context {
        profile: Some(using),
        ..Context::default()
    };
    let identity = account
        .identity()
        .await
        .map_err(|error| Problem::from_cloud(&error, &context))?
        .identity;
    if identity.account_id != record.account_id {
        return Err(elsewhere(format!(
            "The profile {using} is of another account now: {}.",
            identity.account_id
        )));
    }
    Ok(account)
}

pub(super) struct TakeBack<'a> {
    pub app: &'a App,
    pub account: &'a dyn Account,
    pub steps: &'a Steps<'a>,
    pub record: &'a mut Record,
    /// What stays, and why.
    pub kept: Vec<String>,
}

/// Takes everything back that the record names. Not cancellable, and goes on where it stopped when called again.
/// Returns what stays.
pub(super) async fn take_back(back: &mut TakeBack<'_>) -> Result<Vec<String>, Problem> {
    let step = back.steps.begin(
        StepId::TakeBack,
        "What was made is taken back",
        Some(60_000),
    );
    let was_made = back.record.state == State::Made;
    let taken = async {
        if was_made {
            back.record.state = State::TakingBack;
            back.record.save(back.app)?;
        }
        user(back).await?;
        probes(back).await;
        local(back).await?;
        bucket(back).await;
        back.record.remove(back.app)
    }
    .await;
    match taken {
        Ok(()) => {
            let kept = std::mem::take(&mut back.kept);
            let detail = format!("Key, policy, user and profile are gone. {}", kept.join(" "));
            back.steps.end(step, StepState::Passed, detail.trim(), None);
            Ok(kept)
        }
        Err(problem) => Err(back.steps.fail(step, problem)),
    }
}

fn explain(back: &TakeBack<'_>, error: &CloudError) -> Problem {
    let context = Context {
        user: Some(&back.record.user),
        bucket: Some(&back.record.bucket),
        ..Context::default()
    };
    Problem::from_cloud(error, &context)
}

/// Gone already is what was wanted.
fn unless_gone<T: Default>(answer: Result<T, CloudError>) -> Result<T, CloudError> {
    match answer {
        Err(error) if matches!(error.kind, Kind::NoSuchUser | Kind::NoSuchKey) => Ok(T::default()),
        other => other,
    }
}

async fn user(back: &mut TakeBack<'_>) -> Result<(), Problem> {
    let user = back.record.user.clone();
    let tags = match back.account.user_tags(&user).await {
        Err(error) if error.kind == Kind::NoSuchUser => return Ok(()),
        tags => tags.map_err(|error| explain(back, &error))?,
    };
    let is_marked = |(name, value): &(String, String)| name == MARK && *value == back.record.mark;
    if !tags.iter().any(is_marked) {
        // There before, or deleted and made anew elsewhere: not Keywell's to delete.
        if !back.record.keys.is_empty() {
            back.kept.push(format!(
                "The user {user} is not the one that Keywell made any more, and stays."
            ));
        }
        return Ok(());
    }
    let doomed = keys(back).await?;
    empty(back, &user, &doomed)
        .await
        .map_err(|error| explain(back, &error))
}

/// The key first: without it the program stops.
async fn empty(back: &TakeBack<'_>, user: &str, doomed: &[String]) -> Result<(), CloudError> {
    for key_id in doomed {
        unless_gone(back.account.delete_access_key(user, key_id).await)?;
    }
    unless_gone(back.account.delete_user_policy(user, POLICY).await)?;
    unless_gone(back.account.delete_user(user).await)
}

/// The user's keys that are Keywell's: the one that was made, and the one that a rotation put in its place. As long as the
/// access was not whole, every key of this user is one whose answer was lost.
async fn keys(back: &mut TakeBack<'_>) -> Result<Vec<String>, Problem> {
    let listed = unless_gone(back.account.list_access_keys(Some(&back.record.user)).await)
        .map_err(|error| explain(back, &error))?;
    let in_profile =
        index::entry(&back.app.places, &back.record.profile)?.and_then(|entry| entry.key_id);
    let mut doomed = Vec::new();
    for key in listed {
        let known = back.record.keys.contains(&key.key_id);
        let rotated = in_profile.as_ref() == Some(&key.key_id);
        if !known && (rotated || back.record.state == State::Making) {
            back.record.keys.push(key.key_id.clone());
        } else if !known {
            continue;
        }
        doomed.push(key.key_id);
    }
    back.record.save(back.app)?;
    Ok(doomed)
}

/// Removes the empty objects of a proof that did not end.
async fn probes(back: &mut TakeBack<'_>) {
    if back.record.probes.is_empty() {
        return;
    }
    let probes = back.record.probes.clone();
    let answer = back
        .account
        .delete_objects(&back.record.bucket, &probes)
        .await;
    let left = match answer {
        Ok(left) => left.into_iter().map(|(key, _)| key).collect(),
        Err(error) if error.kind == Kind::NoSuchBucket => Vec::new(),
        Err(_) => probes,
    };
    for key in left {
        back.kept.push(format!(
            "The empty object {key} may still be in {}: {} may not delete it.",
            back.record.bucket, back.record.using
        ));
    }
}

/// The profile and its key in the keychain, unless the profile holds another key by now.
async fn local(back: &mut TakeBack<'_>) -> Result<(), Problem> {
    let record = &back.record;
    if record.config_file != back.app.places.config_file.to_string_lossy() {
        back.kept.push(format!(
            "The profile {} is in another config file, {}, and stays there.",
            record.profile, record.config_file
        ));
        return Ok(());
    }
    let entry = index::entry(&back.app.places, &record.profile)?;
    let holds = entry.and_then(|entry| entry.key_id);
    if holds.is_some_and(|key_id| record.keys.contains(&key_id))
        && profiles::exists(back.app, &record.profile)?
    {
        profiles::remove(back.app, &record.profile, true).await?;
    }
    for key_id in &record.keys {
        delete_item(back.app, key_id.clone()).await?;
    }
    Ok(())
}

/// A bucket that was made for an access that did not come about. A made access keeps its bucket: there may be data in it.
async fn bucket(back: &mut TakeBack<'_>) {
    if !back.record.bucket_is_new || back.record.state != State::Making {
        return;
    }
    match back.account.delete_bucket(&back.record.bucket).await {
        Ok(()) => {}
        Err(error) if error.kind == Kind::NoSuchBucket => {}
        Err(error) => {
            let problem = explain(back, &error);
            back.kept.push(format!(
                "The new bucket {} stays. {}",
                back.record.bucket, problem.message
            ));
        }
    }
}
