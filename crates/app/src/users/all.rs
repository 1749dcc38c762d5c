//! The users of every account that the profiles of this machine open.

use futures::{StreamExt, stream};
use keywell_wire::{AccountUsers, UserList};
use tokio_util::sync::CancellationToken;

use super::list;
use crate::{App, accounts, problem::Problem, profiles};

/// Called with each account as it arrives.
pub type OnAccount<'a> = &'a (dyn Fn(&AccountUsers) + Send + Sync);

/// Reads the users of all accounts, some at once. An account that can not be read is named with the reason, and the
/// others are shown all the same. When it is cancelled, what was read so far is the answer.
///
/// # Errors
/// When Keywell's own files or the AWS files can not be read.
pub async fn list_all(
    app: &App,
    on_account: OnAccount<'_>,
    cancel: &CancellationToken,
) -> Result<Vec<AccountUsers>, Problem> {
    let local = profiles::list(app)?;
    let groups = accounts::groups(app, &local).await;
    let read: Vec<Vec<AccountUsers>> = stream::iter(groups)
        .map(|group| async move {
            let accounts = account(app, group).await;
            accounts.iter().for_each(on_account);
            accounts
        })
        .buffered(accounts::AT_ONCE)
        .take_until(cancel.cancelled())
        .collect()
        .await;
    Ok(read.into_iter().flatten().collect())
}

/// The users of an account, by the first of its profiles that may list them. Where none may, each profile's own user.
async fn account(app: &App, group: Vec<String>) -> Vec<AccountUsers> {
    let mut own: Vec<AccountUsers> = Vec::new();
    let mut failure = None;
    for profile in group {
        match list(app, &profile).await {
            Ok(list) if !list.denied => return vec![read(profile, list)],
            Ok(list) => {
                let is_known = own
                    .iter()
                    .filter_map(|one| one.list.as_ref())
                    .any(|known| known.users == list.users);
                if !is_known {
                    own.push(read(profile, list));
                }
            }
            Err(problem) => {
                failure.get_or_insert(AccountUsers {
                    profile,
                    list: None,
                    failure: Some(problem.into()),
                });
            }
        }
    }
    if own.is_empty() {
        own.extend(failure);
    }
    own
}

fn read(profile: String, list: UserList) -> AccountUsers {
    AccountUsers {
        profile,
        list: Some(list),
        failure: None,
    }
}
