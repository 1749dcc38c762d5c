//! What AWS clients get when they run the helper, and how Keywell runs it to prove a profile.
//!
//! The answer's form is "Process credential provider" of the SDK guide: version 1, one JSON object on stdout.

mod environment;
mod journal;
mod run;

use std::sync::Arc;

pub use environment::{Environment, container_json, environment, server_environment};
pub(crate) use journal::note;
pub use journal::{Caller, journal};
use keywell_vault::{ErrorKind, FileStore, Item, Secret, VaultError, is_access_key};
pub(crate) use run::{PROOF_LIMIT, read_answer};
pub use run::{RunHelper, run_helper};

pub use crate::helper_line::Target;
use crate::{
    App, OpenVault, blocking,
    cloud::AccessKeyPair,
    history,
    index::{self, Entry},
    places::Places,
    problem::{Code, Problem},
    profiles,
    sessions::{self, Handed, Person, Plan},
    time,
    vault::is_of_one_item,
};

/// What the helper prints, newline included, where nobody has to be asked: a key, or a session that is cached. `None`
/// when STS or a person has to be asked. Waits for the keychain, and needs no async runtime.
pub fn quick_json(app: &App, target: &Target, caller: &Caller) -> Result<Option<Secret>, Problem> {
    let mut plan = Plan::for_helper(app, target)?;
    if !sessions::is_free_to_use(app, &plan, caller)? {
        return Ok(None);
    }
    let handed = sessions::quick(app, &mut plan)?;
    Ok(handed.map(|handed| {
        note(app, &plan.profile, &handed, caller);
        json(&handed)
    }))
}

/// The JSON object for a profile, newline included. It holds the secret: its one use is stdout of the helper.
pub async fn credential_json(
    app: &App,
    target: &Target,
    person: &Person,
    caller: &Caller,
) -> Result<Secret, Problem> {
    let plan = Plan::for_helper(app, target)?;
    let profile = plan.profile.clone();
    let handed = person
        .patiently(async {
            leave(app, &plan, person, caller).await?;
            sessions::obtain(app, plan, person).await
        })
        .await?;
    note(app, &profile, &handed, caller);
    Ok(json(&handed))
}

/// Opens the encrypted file for a helper that found it locked.
///
/// # Errors
/// When nobody can be asked, the person gives no passphrase, or none that opens it.
pub async fn unlock(
    app: &App,
    target: &Target,
    file: &Arc<FileStore>,
    person: &Person,
) -> Result<(), Problem> {
    let plan = Plan::for_helper(app, target)?;
    sessions::unlock(app, &plan.profile, file, person).await
}

/// Says that the person lets a program have a profile's credentials, for as long as the program runs.
pub struct Permit {
    profile: String,
}

/// Asks the person where the profile is set so. What they refuse is written down.
pub async fn permit(
    app: &App,
    profile: &str,
    person: &Person,
    caller: &Caller,
) -> Result<Permit, Problem> {
    let plan = Plan::for_profile(app, profile)?;
    person.patiently(leave(app, &plan, person, caller)).await?;
    Ok(Permit {
        profile: plan.profile,
    })
}

/// Asks the person where the profile is set so, and writes a refusal down.
pub(crate) async fn leave(
    app: &App,
    plan: &Plan,
    person: &Person,
    caller: &Caller,
) -> Result<(), Problem> {
    let asked = sessions::have_leave(app, plan, person, caller).await;
    if let Err(problem) = &asked
        && problem.code == Code::LeaveRefused
    {
        journal::note_refusal(app, &plan.profile, caller);
    }
    asked
}

fn json(handed: &Handed) -> Secret {
    let mut answer = serde_json::json!({
        "Version": 1,
        "AccessKeyId": handed.pair.key_id,
        "SecretAccessKey": handed.pair.secret.expose(),
    });
    if let Some(token) = &handed.pair.session_token {
        answer["SessionToken"] = token.expose().into();
    }
    if let Some(expires) = handed.expires {
        answer["Expiration"] = time::rfc3339(expires).into();
    }
    Secret::new(format!("{answer}\n"))
}

/// [`find_again_now`], away from the threads that carry the network.
pub(crate) async fn find_again(app: &App, profile: &str) -> Result<AccessKeyPair, Problem> {
    let open = app.open_vault.clone();
    let (places, wanted) = (app.places.clone(), profile.to_owned());
    let last_key = history::last_key(app, profile)?;
    let item =
        blocking(move || newest_item(&open, &places, &wanted, last_key.as_deref())).await??;
    remember(app, profile, item)
}

/// The index can be rebuilt: each item says which profile of which config file it belongs to, and the profile's line
/// which id stands for it. An item names one profile alone; which key a copy of that one has, the history knows.
pub(crate) fn find_again_now(app: &App, profile: &str) -> Result<AccessKeyPair, Problem> {
    let last_key = history::last_key(app, profile)?;
    let item = newest_item(&app.open_vault, &app.places, profile, last_key.as_deref())?;
    remember(app, profile, item)
}

fn newest_item(
    open: &OpenVault,
    places: &Places,
    profile: &str,
    last_key: Option<&str>,
) -> Result<Option<Item>, VaultError> {
    let config_file = places.config_file.to_string_lossy();
    let vault = open()?;
    let (mut newest, mut last): (Option<Item>, Option<Item>) = (None, None);
    for key_id in vault.list()?.into_iter().filter(|name| is_access_key(name)) {
        match vault.get(&key_id) {
            Ok(item) if item.profile == profile && item.config_file == config_file => {
                if newest
                    .as_ref()
                    .is_none_or(|known| known.created < item.created)
                {
                    newest = Some(item);
                }
            }
            Ok(item) if last_key == Some(&item.key_id) => last = Some(item),
            Ok(_) => {}
            // Another item that can not be read is not this profile's trouble.
            Err(error) if is_of_one_item(error.kind) || error.kind == ErrorKind::NoEntry => {}
            Err(error) => return Err(error),
        }
    }
    Ok(newest.or(last))
}

fn remember(app: &App, profile: &str, found: Option<Item>) -> Result<AccessKeyPair, Problem> {
    let item = found.ok_or_else(|| profiles::secret_missing(profile))?;
    let line_id = match profiles::line_target(&profiles::read_files(app)?, profile) {
        Some(Target::Id(id)) => Some(id),
        _ => None,
    };
    let remembered = index::change(&app.places, |view| {
        let known = view.entries.remove(profile).unwrap_or_default();
        let entry = Entry {
            key_id: Some(item.key_id.clone()),
            key_stored: Some(item.created),
            opaque_id: known.opaque_id.clone().or(line_id),
            ..known
        };
        view.set(profile, Some(entry));
    });
    if let Err(problem) = remembered {
        // The key is at hand; finding it takes longer next time, and nothing else is lost.
        tracing::warn!(
            code = problem.code.as_str(),
            "the index could not be written"
        );
    }
    Ok(AccessKeyPair {
        key_id: item.key_id,
        secret: item.secret,
        session_token: item.session_token,
    })
}
