//! Access keys of IAM users, from birth to death.

mod create;
mod journal;
pub(crate) mod lost;
mod room;
mod unfinished;

use std::sync::LazyLock;

use futures::{StreamExt, stream};
use keywell_wire as wire;
use regex::Regex;

use self::room::KEYS_PER_USER;
pub(crate) use self::room::other_key;
pub use self::{
    create::{NewKey, Place, create},
    unfinished::{discard, finish, release, save_csv, unfinished, waiting_pair},
};
use crate::{
    App,
    cloud::{AccessKey, Account, CloudError, CloudErrorKind, Context},
    index,
    problem::{Code, Problem},
    profiles, resolve, time, users,
};

/// How many keys are asked for their last use at once.
const AT_ONCE: usize = 4;

/// The name of the user that a profile's key belongs to.
pub async fn caller(app: &App, profile: &str) -> Result<String, Problem> {
    let account = resolve::account_of(app, profile).await?;
    let card = users::caller_of(account.as_ref(), profile).await?;
    let cause = match card.kind {
        wire::IdentityKind::User => return Ok(card.name),
        wire::IdentityKind::Root => {
            "It signs with a key of the root user, which is no IAM user and should have no key."
        }
        wire::IdentityKind::AssumedRole | wire::IdentityKind::Federated => {
            "Its credentials come from a role or a sign-in and end by themselves."
        }
    };
    Err(Problem::new(
        Code::NoSuchUser,
        format!("The profile {profile} is not an IAM user, so it has no keys of its own."),
        "Name a user: --user NAME",
    )
    .because(cause))
}

/// A user's keys with age, last use, description and the profiles that hold them.
pub async fn list_keys(
    app: &App,
    profile: &str,
    user: &str,
) -> Result<wire::AccessKeyList, Problem> {
    let account = resolve::account_of(app, profile).await?;
    let context = Context {
        profile: Some(profile),
        user: Some(user),
        ..Context::default()
    };
    let keys = account
        .list_access_keys(Some(user))
        .await
        .map_err(|error| Problem::from_cloud(&error, &context))?;
    // Last use and descriptions are extras: a caller who may not read them still sees the keys.
    let tags = extra(account.user_tags(user).await)
        .map_err(|error| Problem::from_cloud(&error, &context))?;
    let local = profiles::list(app)?;
    let used = stream::iter(keys)
        .map(|key| {
            let account = &account;
            async move {
                let last = extra(account.access_key_last_used(&key.key_id).await)?;
                Ok((key, last))
            }
        })
        .buffered(AT_ONCE)
        .collect::<Vec<Result<_, CloudError>>>()
        .await;
    let used = used
        .into_iter()
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| Problem::from_cloud(&error, &context))?;
    let spare = room::spare(&used, app.now());
    let rows = used.into_iter().map(|(key, last)| wire::AccessKeyRow {
        profiles: holders(&local, &key.key_id),
        description: tags
            .iter()
            .find(|(name, _)| *name == key.key_id)
            .map(|(_, value)| value.clone()),
        key_id: key.key_id,
        active: key.active,
        created: key.created.map(time::rfc3339),
        last_used: last.date.map(time::rfc3339),
        last_used_service: last.service,
        last_used_region: last.region,
    });
    Ok(wire::AccessKeyList {
        user: user.to_owned(),
        keys: rows.collect(),
        limit: KEYS_PER_USER,
        spare,
    })
}

/// An answer that may be withheld, or that a server of another make does not know. Other failures are failures: an
/// empty answer in their place would read as "never used" or "no description".
fn extra<T: Default>(answer: Result<T, CloudError>) -> Result<T, CloudError> {
    match answer {
        Err(error) if users::is_withheld(&error) => Ok(T::default()),
        other => other,
    }
}

/// Profiles of the AWS files in use that hold a key, in the keychain or as plain text.
fn holders(local: &[wire::ProfileRow], key_id: &str) -> Vec<String> {
    local
        .iter()
        .filter(|row| row.key_id.as_deref() == Some(key_id))
        .map(|row| row.name.clone())
        .collect()
}

/// What a tag's value may not hold (IAM's service model, `tagValueType`).
static ODD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[^\p{L}\p{Z}\p{N}_.:/=+\-@]").expect("a pattern of this program")
});

/// A description is stored as a tag, whose values have an alphabet and at most 256 characters.
pub fn check_description(description: &str) -> Result<(), Problem> {
    if description.chars().count() > 256 {
        return Err(Problem::new(
            Code::KeyDescriptionForm,
            "The description has more than 256 characters.",
            "Make it shorter.",
        ));
    }
    match ODD.find(description) {
        None => Ok(()),
        Some(odd) => Err(Problem::new(
            Code::KeyDescriptionForm,
            format!("AWS does not take {:?} in a description.", odd.as_str()),
            "Use letters, digits, blanks and _ . : / = + - @",
        )),
    }
}

/// Activates or deactivates a key. The key that signs the request is deactivated only when `own_key_too` says so, since
/// it can not activate itself again.
pub async fn set_active(
    app: &App,
    profile: &str,
    user: &str,
    key_id: &str,
    active: bool,
    own_key_too: bool,
) -> Result<(), Problem> {
    if !active && !own_key_too {
        refuse_own_key(app, profile, key_id, "deactivate")?;
    }
    let account = resolve::account_of(app, profile).await?;
    let changed = account
        .set_access_key_active(user, key_id, active)
        .await
        .map_err(|error| explain(&error, profile, user, key_id));
    app.refusals
        .note(app.now(), (profile, "iam:UpdateAccessKey", user), &changed);
    changed
}

/// The profile's own key, or the one behind the profiles that it acts through.
fn refuse_own_key(app: &App, profile: &str, key_id: &str, verb: &str) -> Result<(), Problem> {
    if profiles::keys_behind(app, profile)?
        .iter()
        .any(|behind| behind == key_id)
    {
        return Err(Problem::new(
            Code::KeyInUse,
            format!("The profile {profile} is signed with this very key."),
            format!("Use another profile to {verb} it, so that you do not lock yourself out."),
        ));
    }
    Ok(())
}

/// Deletes a key at AWS and its description's tag, and with it those of keys that are gone. Profiles on this machine
/// that hold the key stay, and are told of.
pub async fn delete(app: &App, profile: &str, user: &str, key_id: &str) -> Result<(), Problem> {
    refuse_own_key(app, profile, key_id, "delete")?;
    let account = resolve::account_of(app, profile).await?;
    let deleted = account
        .delete_access_key(user, key_id)
        .await
        .map_err(|error| explain(&error, profile, user, key_id));
    app.refusals
        .note(app.now(), (profile, "iam:DeleteAccessKey", user), &deleted);
    deleted?;
    // The key is gone either way; a tag that stays is only untidy.
    for tag in orphaned_descriptions(account.as_ref(), user, key_id).await {
        if let Err(error) = account.untag_user(user, &tag).await {
            tracing::warn!(%error, "the description of a deleted key stays");
        }
    }
    Ok(())
}

/// The tags that describe keys which are not there: that of the key just deleted, and those that a delete elsewhere
/// left behind. Where tags may not be read, none is assumed to be there.
async fn orphaned_descriptions(account: &dyn Account, user: &str, deleted: &str) -> Vec<String> {
    let tags = match account.user_tags(user).await {
        Ok(tags) => tags,
        Err(error) if error.kind == CloudErrorKind::AccessDenied => return Vec::new(),
        Err(_) => return vec![deleted.to_owned()],
    };
    let keys: Option<Vec<AccessKey>> = account.list_access_keys(Some(user)).await.ok();
    let is_orphan = |name: &String| {
        let is_of_a_key = name.len() == 20
            && name.starts_with("AKIA")
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let is_gone =
            |keys: &Vec<AccessKey>| is_of_a_key && !keys.iter().any(|key| key.key_id == *name);
        name == deleted || keys.as_ref().is_some_and(is_gone)
    };
    tags.into_iter()
        .map(|(name, _)| name)
        .filter(is_orphan)
        .collect()
}

fn explain(error: &CloudError, profile: &str, user: &str, key_id: &str) -> Problem {
    Problem::from_cloud(
        error,
        &Context {
            profile: Some(profile),
            user: Some(user),
            key_id: Some(key_id),
            ..Context::default()
        },
    )
}

/// Profiles of any config file on this machine that the keychain's key serves.
pub fn profiles_of(app: &App, key_id: &str) -> Result<Vec<String>, Problem> {
    Ok(index::users_of_key(&app.places, key_id)?
        .into_iter()
        .map(|(_, profile)| profile)
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_keeps_to_the_alphabet_of_tags() {
        for text in ["", "Laptop of Märta, no", "CI: deploy/eu-west-1 @ci +1=2"] {
            assert_eq!(
                check_description(text).is_ok(),
                !text.contains(','),
                "{text}"
            );
        }
        for text in ["\u{a0}\u{3000}½Ⅷ", &"ä".repeat(256)] {
            assert!(check_description(text).is_ok(), "{text}");
        }
        // The last one has a mark, which is no letter to IAM.
        for text in ["a\"b", "a<b", "a\nb", &"x".repeat(257), "हि"] {
            assert_eq!(
                check_description(text).unwrap_err().code,
                Code::KeyDescriptionForm
            );
        }
    }
}
