//! IAM users and their access keys.

use futures::{StreamExt, stream};
use keywell_wire as wire;
use tokio_util::sync::CancellationToken;

use crate::{
    App, OnStep,
    cloud::{Account, CloudError, CloudErrorKind, Context, NewAccessKey},
    index,
    problem::{Code, Problem},
    profiles, resolve, setup, time,
};

/// AWS allows a user two access keys; inactive ones count ("IAM and AWS STS quotas").
const KEYS_PER_USER: u32 = 2;

/// How many keys are asked for their last use at once.
const AT_ONCE: usize = 4;

/// The users of the account. A caller who may not list them sees itself.
pub async fn list_users(app: &App, profile: &str) -> Result<wire::UserList, Problem> {
    let account = resolve::account_of(app, profile).await?;
    let context = Context {
        profile: Some(profile),
        ..Context::default()
    };
    let caller = account
        .identity()
        .await
        .map_err(|error| Problem::from_cloud(&error, &context))?;
    let card = profiles::identity_card(&caller.identity);
    let account_id = Some(card.account_id.clone());
    match account.list_users().await {
        Ok(users) => Ok(wire::UserList {
            users: users
                .into_iter()
                .map(|user| wire::UserRow {
                    is_caller: user.arn == card.arn,
                    name: user.name,
                    arn: user.arn,
                    path: user.path,
                    created: user.created.map(time::rfc3339),
                })
                .collect(),
            account_id,
            denied: false,
        }),
        Err(error) if error.kind == CloudErrorKind::AccessDenied => {
            let caller = (card.kind == wire::IdentityKind::User).then(|| wire::UserRow {
                name: card.name,
                arn: card.arn,
                path: String::new(),
                created: None,
                is_caller: true,
            });
            Ok(wire::UserList {
                users: caller.into_iter().collect(),
                account_id,
                denied: true,
            })
        }
        Err(error) => Err(Problem::from_cloud(&error, &context)),
    }
}

/// The name of the user that a profile's key belongs to.
pub async fn caller(app: &App, profile: &str) -> Result<String, Problem> {
    let account = resolve::account_of(app, profile).await?;
    let answer = account.identity().await.map_err(|error| {
        Problem::from_cloud(
            &error,
            &Context {
                profile: Some(profile),
                ..Context::default()
            },
        )
    })?;
    let card = profiles::identity_card(&answer.identity);
    if card.kind == wire::IdentityKind::User {
        return Ok(card.name);
    }
    Err(Problem::new(
        Code::NoSuchUser,
        format!("The profile {profile} is not an IAM user, so it has no keys of its own."),
        "Name a user: --user NAME",
    ))
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
    let rows = stream::iter(keys)
        .map(|key| {
            let account = &account;
            let (tags, local, context) = (&tags, &local, &context);
            async move {
                let last = extra(account.access_key_last_used(&key.key_id).await)
                    .map_err(|error| Problem::from_cloud(&error, context))?;
                let description = tags
                    .iter()
                    .find(|(name, _)| *name == key.key_id)
                    .map(|(_, value)| value.clone());
                Ok(wire::AccessKeyRow {
                    profiles: holders(local, &key.key_id),
                    key_id: key.key_id,
                    active: key.active,
                    created: key.created.map(time::rfc3339),
                    last_used: last.date.map(time::rfc3339),
                    last_used_service: last.service,
                    last_used_region: last.region,
                    description,
                })
            }
        })
        .buffered(AT_ONCE)
        .collect::<Vec<Result<_, Problem>>>()
        .await;
    Ok(wire::AccessKeyList {
        user: user.to_owned(),
        keys: rows.into_iter().collect::<Result<_, _>>()?,
        limit: KEYS_PER_USER,
    })
}

/// An answer that may be withheld, or that a server of another make does not know. Other failures are failures: an
/// empty answer in their place would read as "never used" or "no description".
fn extra<T: Default>(answer: Result<T, CloudError>) -> Result<T, CloudError> {
    match answer {
        Err(error)
            if matches!(
                error.kind,
                CloudErrorKind::AccessDenied
                    | CloudErrorKind::NotImplemented
                    | CloudErrorKind::Invalid
            ) =>
        {
            Ok(T::default())
        }
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

/// What a new key is for and where it goes.
pub struct NewKey<'a> {
    pub profile: &'a str,
    pub user: &'a str,
    pub description: &'a str,
    pub new_profile: &'a str,
    pub region: &'a str,
}

/// Makes a key and turns it into a keychain-backed profile. When the profile can not be made, the new key is deleted
/// again: its secret would be lost.
pub async fn create(
    app: &App,
    new: &NewKey<'_>,
    on_step: OnStep<'_>,
    cancel: &CancellationToken,
) -> Result<wire::KeyCreated, Problem> {
    check_description(new.description)?;
    profiles::check_name(new.new_profile)?;
    crate::regions::check_region(new.region)?;
    if profiles::exists(app, new.new_profile)? {
        return Err(profiles::exists_already(new.new_profile));
    }
    let account = resolve::account_of(app, new.profile).await?;
    let context = Context {
        profile: Some(new.profile),
        user: Some(new.user),
        ..Context::default()
    };
    // The keychain is tried first: once the key is made, there is one chance to keep its secret.
    let open = app.open_vault.clone();
    crate::blocking(move || open().and_then(|vault| vault.probe())).await??;
    if cancel.is_cancelled() {
        return Err(Problem::cancelled());
    }
    let key = account
        .create_access_key(new.user)
        .await
        .map_err(|error| Problem::from_cloud(&error, &context))?;
    let made = set_up(app, new, &key, on_step, cancel).await;
    let summary = match made {
        Ok(summary) => summary,
        Err(problem) => return Err(give_back(account.as_ref(), new.user, &key, problem).await),
    };
    let described = if new.description.is_empty() {
        Ok(())
    } else {
        account
            .tag_user(new.user, &key.pair.key_id, new.description)
            .await
    };
    // The key is good without it, so this is told and not an error.
    let description_failure = described
        .err()
        .map(|error| Problem::from_cloud(&error, &context).into());
    Ok(wire::KeyCreated {
        summary,
        description_failure,
    })
}

/// A new key needs some seconds until all of AWS knows it, so the set-up is tried until then.
async fn set_up(
    app: &App,
    new: &NewKey<'_>,
    key: &NewAccessKey,
    on_step: OnStep<'_>,
    cancel: &CancellationToken,
) -> Result<wire::SetupSummary, Problem> {
    let endpoint_url = profiles::row(app, new.profile)?.endpoint_url;
    let request = setup::Request {
        pair: key.pair.clone(),
        source: setup::Source::Given,
        profile: new.new_profile.to_owned(),
        region: new.region.to_owned(),
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

async fn give_back(
    account: &dyn Account,
    user: &str,
    key: &NewAccessKey,
    problem: Problem,
) -> Problem {
    match account.delete_access_key(user, &key.pair.key_id).await {
        Ok(()) => problem.and_because("The new key was deleted again."),
        Err(error) => {
            tracing::warn!(%error, "a new key could not be deleted again");
            let mut problem = problem.and_because(&format!(
                "The new key {} could not be deleted again.",
                key.pair.key_id
            ));
            problem.hint = "Delete that key: its secret is not kept anywhere.".to_owned();
            problem
        }
    }
}

/// The description is stored as a tag, whose values have an alphabet (IAM's service model, `tagValueType`).
pub fn check_description(description: &str) -> Result<(), Problem> {
    if description.chars().count() > 256 {
        return Err(Problem::new(
            Code::KeyDescriptionForm,
            "The description has more than 256 characters.",
            "Make it shorter.",
        ));
    }
    let odd = description.chars().find(|character| {
        !(character.is_alphanumeric()
            || matches!(
                character,
                ' ' | '_' | '.' | ':' | '/' | '=' | '+' | '-' | '@'
            ))
    });
    match odd {
        None => Ok(()),
        Some(odd) => Err(Problem::new(
            Code::KeyDescriptionForm,
            format!("AWS does not take {odd:?} in a description."),
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
    account
        .set_access_key_active(user, key_id, active)
        .await
        .map_err(|error| explain(&error, profile, user, key_id))
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

/// Deletes a key at AWS and its description's tag. Profiles on this machine that hold it stay, and are told of.
pub async fn delete(app: &App, profile: &str, user: &str, key_id: &str) -> Result<(), Problem> {
    refuse_own_key(app, profile, key_id, "delete")?;
    let account = resolve::account_of(app, profile).await?;
    account
        .delete_access_key(user, key_id)
        .await
        .map_err(|error| explain(&error, profile, user, key_id))?;
    // The key is gone either way; a tag that stays is only untidy. Where tags may not be read, none is assumed to be there.
    let tagged = match account.user_tags(user).await {
        Ok(tags) => tags.iter().any(|(name, _)| name == key_id),
        Err(error) => error.kind != CloudErrorKind::AccessDenied,
    };
    if tagged && let Err(error) = account.untag_user(user, key_id).await {
        tracing::warn!(%error, "the description of a deleted key stays");
    }
    Ok(())
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
        for text in ["a\"b", "a<b", "a\nb", &"x".repeat(257)] {
            assert_eq!(
                check_description(text).unwrap_err().code,
                Code::KeyDescriptionForm
            );
        }
    }
}
