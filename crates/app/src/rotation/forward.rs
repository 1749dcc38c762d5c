//! The way forward, stage by stage.

use keywell_aws_files::{FileKind, header};
use keywell_wire as wire;
use keywell_wire::{StepId, StepState};

use super::{
    Run, Stage, back,
    create::{begin_anew, create, delete_at_aws, keys_of},
    journal::LateUse,
    mfa,
    ready::NotReady,
};
use crate::{
    checks,
    cloud::{AccessKeyPair, Account, CloudError, CloudErrorKind as Kind, LastUsed, short_key_id},
    hand_out, index,
    problem::{Code, Problem},
    profiles, sessions, time,
};

/// Carries a rotation on until it ends, waits for its grace time, or something stops it.
pub(super) async fn drive(run: &mut Run<'_>) -> Result<wire::Rotation, Problem> {
    let ended = go(run).await;
    run.unless_user_is_gone(ended)
}

async fn go(run: &mut Run<'_>) -> Result<wire::Rotation, Problem> {
    loop {
        if run.cancel.is_cancelled() {
            return Err(run.stopped());
        }
        match run.journal.stage.clone() {
            Stage::Creating { asked, before } => create(run, asked, &before).await?,
            Stage::Created => switch(run).await?,
            Stage::Switched => prove_and_deactivate(run).await?,
            Stage::Watching => {
                if !watch(run).await? {
                    return run.view(wire::RotationState::Watching);
                }
            }
            Stage::Deleting => {
                delete(run).await?;
                return run.view(wire::RotationState::Done);
            }
            Stage::Returning => back::restore(run).await?,
            Stage::Removing => {
                back::remove_new(run).await?;
                return run.view(wire::RotationState::WentBack);
            }
        }
    }
}

/// Waits until the new key works, then makes every profile use it in one step.
async fn switch(run: &mut Run<'_>) -> Result<(), Problem> {
    let new = run.new_key()?;
    let Some(item) = run.kept(&new).await? else {
        return begin_anew(run, &new).await;
    };
    let account = run.with_key(&new).await?;
    match run.until_ready(account.as_ref(), &new).await {
        Ok(()) => {}
        Err(NotReady::Other(problem)) => return Err(problem),
        Err(NotReady::Unknown(problem)) => return not_known(run, &new, problem).await,
    }
    let step = run
        .steps
        .begin(StepId::Switch, "Every profile uses the new key", None);
    let switched = async {
        let at = run.service_time(account.as_ref(), &new).await?;
        let pair = AccessKeyPair {
            key_id: item.key_id,
            secret: item.secret,
            session_token: None,
        };
        run.keep(&pair, &run.present_profile()?).await?;
        let stored = run.app.now_seconds();
        index::switch_key(&run.app.places, &run.journal.old, &new, stored)?;
        sessions::forget_sessions_of(run.app, &run.journal.old).await;
        run.journal.switched = Some(at);
        run.enter(Stage::Switched)?;
        run.profiles()
    }
    .await;
    match switched {
        Ok(profiles) => {
            let detail = format!("{}, in one step.", profiles.join(", "));
            run.steps.end(step, StepState::Passed, detail, None);
            Ok(())
        }
        Err(problem) => Err(run.steps.fail(step, problem)),
    }
}

/// Why AWS still says that there is no such key.
async fn not_known(run: &mut Run<'_>, new: &str, problem: Problem) -> Result<(), Problem> {
    let old = run.journal.old.clone();
    let account = run.acting(&old).await?;
    let keys = keys_of(run, account.as_ref(), &old).await?;
    let profile = &run.journal.profile;
    let (message, hint) = match keys.iter().find(|key| key.key_id == new) {
        None => return begin_anew(run, new).await,
        Some(key) if !key.active => (
            "The new key was deactivated elsewhere.",
            format!(
                "Activate it and go on, or go back: keywell key rotate --back --profile {profile}"
            ),
        ),
        Some(_) => (
            "AWS does not know the new key everywhere yet.",
            format!(
                "The old one goes on working. Try again in some minutes: keywell key rotate --resume --profile {profile}"
            ),
        ),
    };
    Err(Problem::new(Code::RotationNotReady, message, hint).because(problem.cause))
}

/// Runs the helper of every profile as AWS clients do, and asks AWS with what it hands out.
pub(super) async fn prove(run: &Run<'_>, key_id: &str) -> Result<(), Problem> {
    let limit = u32::try_from(hand_out::PROOF_LIMIT.as_millis()).ok();
    let step = run
        .steps
        .begin(StepId::Prove, "The helper hands the right key out", limit);
    match prove_each(run, key_id).await {
        Ok(proven) => {
            let detail = proven.told();
            run.steps.end(step, StepState::Passed, detail, None);
            Ok(())
        }
        Err(problem) => Err(run.steps.fail(step, problem)),
    }
}

/// The profiles that work with a key, by how that was found out.
#[derive(Default)]
struct Proven {
    by_helper: Vec<String>,
    by_key: Vec<String>,
}

impl Proven {
    fn told(&self) -> String {
        let mut told = Vec::new();
        if !self.by_helper.is_empty() {
            let profiles = self.by_helper.join(", ");
            told.push(format!("Asked as AWS programs ask: {profiles}."));
        }
        if !self.by_key.is_empty() {
            let profiles = self.by_key.join(", ");
            told.push(format!(
                "AWS takes the key itself: {profiles}. The helper would have asked for another MFA code."
            ));
        }
        told.join(" ")
    }
}

async fn prove_each(run: &Run<'_>, key_id: &str) -> Result<Proven, Problem> {
    let files = profiles::read_files(run.app)?;
    let mut proven = Proven::default();
    for profile in run.profiles()? {
        // A profile that was removed keeps its key until it is forgotten; nothing asks for it.
        if profiles::line_target(&files, &profile).is_none() {
            continue;
        }
        if mfa::is_asked_for(run.app, &profile)? {
            let account = run.with_key(key_id).await?;
            run.service_time(account.as_ref(), key_id).await?;
            proven.by_key.push(profile);
            continue;
        }
        let line = files
            .config
            .get(&header(FileKind::Config, &profile), "credential_process")
            .unwrap_or_default();
        let printed = checks::unless_cancelled(run.cancel, (run.app.run_helper)(line))
            .await
            .map_err(|_| run.stopped())??;
        let pair = hand_out::read_answer(&printed)?;
        // Of a session only AWS can tell whose it is.
        if pair.key_id != key_id && pair.session_token.is_none() {
            return Err(Problem::new(
                Code::RotationUnproven,
                format!(
                    "The helper of {profile} hands out {} and not {}.",
                    short_key_id(&pair.key_id),
                    short_key_id(key_id)
                ),
                run.stopped().hint,
            ));
        }
        if proven.by_helper.is_empty() || pair.session_token.is_some() {
            let account = run.with_pair(&profile, pair)?;
            run.service_time(account.as_ref(), key_id).await?;
        }
        proven.by_helper.push(profile);
    }
    Ok(proven)
}

async fn prove_and_deactivate(run: &mut Run<'_>) -> Result<(), Problem> {
    let new = run.new_key()?;
    let old = run.journal.old.clone();
    match prove(run, &new).await {
        Ok(()) => {}
        // It was deleted or deactivated elsewhere after it had worked. The old key is active still.
        Err(problem) if problem.code == Code::UnknownKey => {
            run.notes
                .push("The new key stopped working, so the old one is used again.".to_owned());
            return run.enter(Stage::Returning);
        }
        Err(problem) => return Err(problem),
    }
    let step = run
        .steps
        .begin(StepId::Deactivate, "The old key is inactive", Some(30_000));
    let deactivated = async {
        let account = run.acting(&new).await?;
        let user = run.journal.user.clone();
        let answer = account.set_access_key_active(&user, &old, false).await;
        let gone = match answer {
            Ok(()) => false,
            Err(error) if error.kind == Kind::NoSuchKey => true,
            Err(error) => return Err(run.explain(&error, &new)),
        };
        run.journal.inactive = Some(run.service_time(account.as_ref(), &new).await?);
        run.enter(if gone {
            Stage::Deleting
        } else {
            Stage::Watching
        })?;
        Ok(gone)
    }
    .await;
    match deactivated {
        Ok(gone) => {
            let detail = if gone {
                "It was deleted elsewhere already."
            } else {
                "It stays in the keychain, so that going back takes seconds."
            };
            run.steps.end(step, StepState::Passed, detail, None);
            Ok(())
        }
        Err(problem) => Err(run.steps.fail(step, problem)),
    }
}

/// Looks whether something still uses the old key. True when its grace time is over and nothing speaks against deleting
/// it. A grace time of none asks for no proof that it is not needed.
async fn watch(run: &mut Run<'_>) -> Result<bool, Problem> {
    let step = run
        .steps
        .begin(StepId::Watch, "Nothing uses the old key", Some(30_000));
    let watched = look(run).await;
    let (now, sighted) = match watched {
        Ok(found) => found,
        Err(problem) => return Err(run.steps.fail(step, problem)),
    };
    let grace = run.journal.grace_seconds;
    let since = run.journal.inactive.unwrap_or(now);
    let due = since.saturating_add(grace);
    run.save()?;
    if let Some(late) = &run.journal.late_use {
        let detail = format!(
            "AWS recorded a use at {}{}{}. Look for another machine, a CI secret or a container.",
            time::rfc3339(time::from_unix_seconds(late.at)),
            late.service
                .as_deref()
                .map(|name| format!(", for {name}"))
                .unwrap_or_default(),
            late.region
                .as_deref()
                .map(|name| format!(" in {name}"))
                .unwrap_or_default(),
        );
        run.steps.end(step, StepState::Warning, detail, None);
        if grace > 0 {
            return Ok(false);
        }
    } else {
        let detail = match (sighted, now >= due) {
            (false, _) => "This caller may not read when a key was last used.".to_owned(),
            (true, true) => "No use since the switch.".to_owned(),
            (true, false) => format!(
                "No use so far. It is deleted after {}.",
                time::rfc3339(time::from_unix_seconds(due))
            ),
        };
        let state = if sighted {
            StepState::Passed
        } else {
            StepState::Answered
        };
        run.steps.end(step, state, detail, None);
    }
    if now < due {
        return Ok(false);
    }
    run.enter(Stage::Deleting)?;
    Ok(true)
}

/// The service's time, and whether the last use could be read.
async fn look(run: &mut Run<'_>) -> Result<(u64, bool), Problem> {
    let new = run.new_key()?;
    let account = run.acting(&new).await?;
    let now = run.service_time(account.as_ref(), &new).await?;
    let (used, sighted) = match account.access_key_last_used(&run.journal.old).await {
        Ok(used) => (used, true),
        Err(error) if error.kind == Kind::NoSuchKey => {
            // The service has one answer for a key and for a user that is gone.
            keys_of(run, account.as_ref(), &new).await?;
            (LastUsed::default(), true)
        }
        Err(error) if matches!(error.kind, Kind::AccessDenied | Kind::NotImplemented) => {
            (LastUsed::default(), false)
        }
        Err(error) => return Err(run.explain(&error, &new)),
    };
    let switched = run.journal.switched.unwrap_or(now);
    if let Some(at) = used
        .date
        .map(time::unix_seconds)
        .filter(|at| *at > switched)
    {
        run.journal.late_use = Some(LateUse {
            at,
            service: used.service,
            region: used.region,
        });
    }
    Ok((now, sighted))
}

async fn delete(run: &mut Run<'_>) -> Result<(), Problem> {
    let step = run
        .steps
        .begin(StepId::Delete, "The old key is deleted", Some(30_000));
    match delete_old(run).await {
        Ok(()) => {
            let detail = run.notes.join(" ");
            let state = if detail.is_empty() {
                StepState::Passed
            } else {
                StepState::Warning
            };
            run.steps.end(step, state, detail, None);
            Ok(())
        }
        Err(problem) => Err(run.steps.fail(step, problem)),
    }
}

async fn delete_old(run: &mut Run<'_>) -> Result<(), Problem> {
    let new = run.new_key()?;
    let old = run.journal.old.clone();
    let account = run.acting(&new).await?;
    delete_at_aws(run, account.as_ref(), &old).await?;
    move_description(run, account.as_ref(), &old, &new).await;
    run.drop_from_keychain(&old).await?;
    run.journal.remove(run.app)
}

/// The description is a tag of the user named after the key. A rotation is good without it, so a failure is a note.
async fn move_description(run: &mut Run<'_>, account: &dyn Account, old: &str, new: &str) {
    let user = run.journal.user.clone();
    let tags = match account.user_tags(&user).await {
        Ok(tags) => tags,
        // Where tags may not be read, none is assumed to be there.
        Err(error) if matches!(error.kind, Kind::AccessDenied | Kind::NotImplemented) => return,
        Err(error) => return run.note_description(&error, old),
    };
    let of = |key: &str| {
        let tag = tags.iter().find(|(name, _)| name == key);
        tag.map(|(_, value)| value.clone())
    };
    let Some(description) = of(old) else {
        return;
    };
    let moved = async {
        if of(new).is_none() {
            account.tag_user(&user, new, &description).await?;
        }
        account.untag_user(&user, old).await
    };
    if let Err(error) = moved.await {
        run.note_description(&error, old);
    }
}

impl Run<'_> {
    fn note_description(&mut self, error: &CloudError, key_id: &str) {
        let problem = self.explain(error, key_id);
        self.notes.push(format!(
            "The key's description could not be moved. {}",
            problem.message
        ));
    }
}
