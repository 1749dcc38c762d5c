//! Deleting a user with all that hangs on it.

use keywell_wire as wire;

use super::{caller_of, explain};
use crate::{
    App,
    cloud::{Account, CloudErrorKind, UserItem, UserItemKind},
    keys,
    problem::{Code, Problem},
    profiles, resolve,
};

/// Removes what was shown to the person, in IAM's order, then the user. Nothing is removed that was not shown: what was
/// added meanwhile makes IAM refuse, and what is gone already is what was wanted. A failure after the first removal is
/// part of the answer, which names what is left.
pub async fn delete(
    app: &App,
    profile: &str,
    user: &str,
    items: &[wire::UserItem],
) -> Result<wire::UserDeleted, Problem> {
    let mut items: Vec<UserItem> = items.iter().map(Into::into).collect();
    items.sort();
    let account = resolve::account_of(app, profile).await?;
    refuse_own_user(app, account.as_ref(), profile, user, &items).await?;
    let profiles = profiles_of(app, &items)?;
    let mut removed = 0;
    let ended = remove_all(account.as_ref(), user, &items, &mut removed)
        .await
        .map_err(|error| explain(&error, profile, user));
    app.refusals
        .note(app.now(), (profile, "iam:DeleteUser", user), &ended);
    let failure = match ended {
        Ok(()) => None,
        Err(problem) if removed == 0 => return Err(problem.and_because("Nothing was changed.")),
        Err(problem) => Some(problem),
    };
    let mut items: Vec<wire::UserItem> = items.into_iter().map(Into::into).collect();
    let left = items.split_off(removed);
    Ok(wire::UserDeleted {
        user: user.to_owned(),
        deleted: failure.is_none(),
        removed: items,
        left,
        profiles,
        failure: failure.map(Into::into),
    })
}

async fn remove_all(
    account: &dyn Account,
    user: &str,
    items: &[UserItem],
    removed: &mut usize,
) -> Result<(), crate::cloud::CloudError> {
    for item in items {
        match account.remove_user_item(user, item).await {
            Err(error) if error.kind != CloudErrorKind::NoSuchEntity => return Err(error),
            _ => *removed += 1,
        }
    }
    match account.delete_user(user).await {
        Err(error) if error.kind == CloudErrorKind::NoSuchUser && *removed > 0 => Ok(()),
        answer => answer,
    }
}

/// Who deletes its own user can not finish: the key that signs goes first.
async fn refuse_own_user(
    app: &App,
    account: &dyn Account,
    profile: &str,
    user: &str,
    items: &[UserItem],
) -> Result<(), Problem> {
    let caller = caller_of(account, profile).await?;
    let is_caller = caller.kind == wire::IdentityKind::User && caller.name == user;
    let behind = profiles::keys_behind(app, profile)?;
    let signs = items
        .iter()
        .any(|item| item.kind == UserItemKind::AccessKey && behind.contains(&item.id));
    if !is_caller && !signs {
        return Ok(());
    }
    Err(Problem::new(
        Code::UserSelf,
        format!("The profile {profile} is signed with a key of {user} itself."),
        "Use a profile of another user to delete it, so that you do not lock yourself out.",
    ))
}

fn profiles_of(app: &App, items: &[UserItem]) -> Result<Vec<String>, Problem> {
    let mut profiles = Vec::new();
    for item in items {
        if item.kind == UserItemKind::AccessKey {
            profiles.extend(keys::profiles_of(app, &item.id)?);
        }
    }
    profiles.sort();
    profiles.dedup();
    Ok(profiles)
}
