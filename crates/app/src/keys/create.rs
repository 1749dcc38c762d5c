//! Making a key. From before AWS is asked until the key has found its place a journal tells of it, so that a key made
//! by a process that was killed is found and offered.

use keywell_vault::Item;
use keywell_wire as wire;
use tokio_util::sync::CancellationToken;

use super::{
    check_description,
    journal::{Entry, Journal, Stage},
    lost,
    room::{self, KEYS_PER_USER},
};
use crate::{
    App, OnStep,
    cloud::{AccessKeyPair, Account, CloudError, CloudErrorKind as Kind, Context, NewAccessKey},
    problem::{Code, Problem},
    profiles, resolve, setup, time, users,
    vault_items::{delete_item, store_item},
};

/// What a new key is for and where it goes.
#[derive(Debug, Clone, Copy)]
pub struct NewKey<'a> {
    /// The profile that acts.
    pub profile: &'a str,
    pub user: &'a str,
    pub description: &'a str,
    pub place: Place<'a>,
}

/// Where a new key goes.
#[derive(Debug, Clone, Copy)]
pub enum Place<'a> {
    /// A keychain-backed profile is made of it.
    Profile { name: &'a str, region: &'a str },
    /// It waits in the keychain, unfinished, until the person has taken its secret.
    Waiting,
}

/// Makes a key. When the profile can not be made of it, the new key is deleted again.
pub async fn create(
    app: &App,
    new: &NewKey<'_>,
    on_step: OnStep<'_>,
    cancel: &CancellationToken,
) -> Result<wire::KeyCreated, Problem> {
    check_description(new.description)?;
    if let Place::Profile { name, region } = new.place {
        check_place(app, name, region)?;
    }
    let account = resolve::account_of(app, new.profile).await?;
    let account = account.as_ref();
    // The keychain is tried first: once the key is made, there is one chance to keep its secret.
    let open = app.open_vault.clone();
    crate::blocking(move || open().and_then(|vault| vault.probe())).await??;
    let journal = prepare(app, account, new).await?;
    if cancel.is_cancelled() {
        return Err(Problem::cancelled());
    }
    let mut entry = Entry::begin(&app.places, journal)?;
    let asked = ask(app, account, new, &mut entry).await;
    app.refusals.note(
        app.now(),
        (new.profile, "iam:CreateAccessKey", new.user),
        &asked,
    );
    let key = asked?;
    if let Err(problem) = keep(app, &key.pair, &mut entry).await {
        return Err(give_back(app, account, &entry, problem).await);
    }
    let summary = match new.place {
        Place::Waiting => None,
        Place::Profile { name, region } => {
            let made = set_up(app, new.profile, &key.pair, (name, region), on_step, cancel).await;
            match made {
                Ok(summary) => Some(summary),
                Err(problem) => return Err(give_back(app, account, &entry, problem).await),
            }
        }
    };
    // The key is good without it, so this is told and not an error.
    let description_failure = describe(account, new, &key.pair.key_id).await.err();
    if summary.is_some()
        && let Err(problem) = entry.remove()
    {
        tracing::warn!(
            code = problem.code.as_str(),
            "the journal of a new key stays"
        );
    }
    Ok(wire::KeyCreated {
        key_id: key.pair.key_id,
        waiting: summary.is_none().then_some(entry.id),
        summary,
        description_failure: description_failure
            .map(|error| explain(&error, new.profile, new.user).into()),
    })
}

pub(super) fn check_place(app: &App, name: &str, region: &str) -> Result<(), Problem> {
    profiles::check_name(name)?;
    crate::regions::check_region(region)?;
    if profiles::exists(app, name)? {
        return Err(profiles::exists_already(name));
    }
    Ok(())
}

/// What has to be known of the user before a key is asked for. Refuses when there is no room.
async fn prepare(app: &App, account: &dyn Account, new: &NewKey<'_>) -> Result<Journal, Problem> {
    let problem = |error: CloudError| explain(&error, new.profile, new.user);
    let answer = account.identity().await.map_err(problem)?;
    let before = match account.list_access_keys(Some(new.user)).await {
        Ok(keys) => Some(keys.into_iter().map(|key| key.key_id).collect::<Vec<_>>()),
        Err(error) if users::is_withheld(&error) => None,
        Err(error) => return Err(problem(error)),
    };
    if before
        .as_ref()
        .is_some_and(|keys| keys.len() >= KEYS_PER_USER as usize)
    {
        let limit = problem(CloudError::new(Kind::LimitExceeded, "iam:CreateAccessKey"));
        return Err(room::full(app, new.profile, new.user, limit).await);
    }
    let offset = answer.clock_offset_milliseconds.unwrap_or_default();
    Ok(Journal {
        stage: Stage::Asking,
        profile: new.profile.to_owned(),
        user: new.user.to_owned(),
        account_id: answer.identity.account_id,
        description: new.description.to_owned(),
        asked: time::unix_seconds(app.now()).saturating_add_signed(offset.div_euclid(1000)),
        before,
        key_id: None,
    })
}

/// Asks once. Whatever the answer, either the journal knows the new key, or there is none, or the journal stays and the
/// key will be looked for.
async fn ask(
    app: &App,
    account: &dyn Account,
    new: &NewKey<'_>,
    entry: &mut Entry,
) -> Result<NewAccessKey, Problem> {
    let error = match account.create_access_key(new.user).await {
        Ok(key) => {
            entry.journal.key_id = Some(key.pair.key_id.clone());
            return match entry.enter(Stage::Made) {
                Ok(()) => Ok(key),
                Err(problem) => Err(give_back(app, account, entry, problem).await),
            };
        }
        Err(error) => error,
    };
    let problem = explain(&error, new.profile, new.user);
    if lost::made_nothing(&error.kind) {
        entry.remove()?;
        // The second key may have been made elsewhere in the meantime.
        return Err(match error.kind {
            Kind::LimitExceeded => room::full(app, new.profile, new.user, problem).await,
            _ => problem.and_because("Nothing was changed."),
        });
    }
    let settled = match find(account, entry, lost::LOOKS).await {
        Ok(Some(key_id)) => account.delete_access_key(new.user, &key_id).await,
        Ok(None) => Ok(()),
        Err(failure) => Err(failure),
    };
    match settled {
        Ok(()) => {
            entry.remove()?;
            Err(problem.and_because("Nothing was changed."))
        }
        Err(failure) => {
            let mut problem =
                problem.and_because(&explain(&failure, new.profile, new.user).message);
            problem.hint = format!(
                "Keywell could not find out whether AWS made a key all the same. It looks again with: keywell key discard {}",
                entry.id
            );
            Err(problem)
        }
    }
}

/// The key that a question made whose answer did not arrive.
pub(super) async fn find(
    account: &dyn Account,
    entry: &Entry,
    looks: u32,
) -> Result<Option<String>, CloudError> {
    let journal = &entry.journal;
    let known = journal.before.as_deref().unwrap_or_default();
    for look in 1..=looks {
        let keys = account.list_access_keys(Some(&journal.user)).await?;
        for key in keys.iter().filter(|key| !known.contains(&key.key_id)) {
            if lost::is_lost(account, key, journal.asked).await? {
                return Ok(Some(key.key_id.clone()));
            }
        }
        if look < looks {
            tokio::time::sleep(lost::LOOK_PAUSE).await;
        }
    }
    Ok(None)
}

/// Puts the secret into the keychain, for no profile: from here on a kill loses nothing.
async fn keep(app: &App, pair: &AccessKeyPair, entry: &mut Entry) -> Result<(), Problem> {
    let item = Item {
        key_id: pair.key_id.clone(),
        secret: pair.secret.clone(),
        session_token: None,
        profile: String::new(),
        config_file: app.places.config_file.to_string_lossy().into_owned(),
        created: app.now_seconds(),
    };
    store_item(app, item).await?;
    entry.enter(Stage::Kept)
}

async fn describe(account: &dyn Account, new: &NewKey<'_>, key_id: &str) -> Result<(), CloudError> {
    if new.description.is_empty() {
        return Ok(());
    }
    account.tag_user(new.user, key_id, new.description).await
}

/// A new key needs some seconds until all of AWS knows it, so the set-up is tried until then. `using` is the profile
/// that says where AWS is.
pub(super) async fn set_up(
    app: &App,
    using: &str,
    pair: &AccessKeyPair,
    (name, region): (&str, &str),
    on_step: OnStep<'_>,
    cancel: &CancellationToken,
) -> Result<wire::SetupSummary, Problem> {
    let endpoint_url = profiles::row(app, using)?.endpoint_url;
    let request = setup::Request {
        pair: pair.clone(),
        source: setup::Source::Given,
        profile: name.to_owned(),
        region: region.to_owned(),
        output: "json".to_owned(),
        endpoint_url,
        replace: false,
        root_confirmed: false,
        ask_network: true,
    };
    let began = tokio::time::Instant::now();
    loop {
        let outcome = setup::run(app, &request, on_step, cancel).await;
        match &outcome {
            Err(problem)
                if matches!(problem.code, Code::UnknownKey | Code::WrongSecret)
                    && began.elapsed() < NEW_KEY_PATIENCE
                    && !cancel.is_cancelled() =>
            {
                crate::checks::unless_cancelled(cancel, tokio::time::sleep(NEW_KEY_PAUSE)).await?;
            }
            _ => return outcome,
        }
    }
}

/// Other tools saw new keys work after 10 to 20 seconds, seldom after a minute.
const NEW_KEY_PATIENCE: std::time::Duration = std::time::Duration::from_secs(75);
const NEW_KEY_PAUSE: std::time::Duration = std::time::Duration::from_secs(2);

/// Deletes a new key that could not be kept or used. One that stays at AWS stays in the journal.
async fn give_back(app: &App, account: &dyn Account, entry: &Entry, problem: Problem) -> Problem {
    let Journal { user, stage, .. } = &entry.journal;
    let key_id = entry.journal.key_id.as_deref().unwrap_or_default();
    match account.delete_access_key(user, key_id).await {
        Err(error) if error.kind != Kind::NoSuchKey => {
            tracing::warn!(%error, "a new key could not be deleted again");
            let mut problem =
                problem.and_because(&format!("The new key {key_id} could not be deleted again."));
            problem.hint = match stage {
                Stage::Kept => format!(
                    "It waits in the keychain. Use it: keywell key finish {0} --profile NAME. Or delete it: keywell key discard {0}",
                    entry.id
                ),
                Stage::Asking | Stage::Made => {
                    "Delete that key: its secret is not kept anywhere.".to_owned()
                }
            };
            problem
        }
        _ => {
            let dropped = delete_item(app, key_id.to_owned()).await;
            match dropped.and_then(|()| entry.remove()) {
                Ok(()) => problem.and_because("The new key was deleted again."),
                Err(failure) => problem.not_taken_back(&failure),
            }
        }
    }
}

pub(super) fn explain(error: &CloudError, profile: &str, user: &str) -> Problem {
    let context = Context {
        profile: Some(profile),
        user: Some(user),
        ..Context::default()
    };
    Problem::from_cloud(error, &context)
}
