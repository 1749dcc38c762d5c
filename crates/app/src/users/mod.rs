//! IAM users: who there is, what hangs on each, making and deleting them.

mod all;
mod create;
mod delete;
mod rights;

use futures::{StreamExt, stream};
use keywell_wire as wire;

pub(crate) use self::rights::Refusals;
pub use self::{
    all::list_all,
    create::{NewUser, create},
    delete::delete,
};
use crate::{
    App,
    cloud::{Account, CloudError, CloudErrorKind, Context, IamUser, UserItem, UserItemKind},
    keys,
    problem::Problem,
    profiles, resolve, time,
};

/// The tag that says what a user is for. IAM compares names of tags without regard to case.
pub(crate) const DESCRIPTION: &str = "Description";

/// How much is asked about one user at once: IAM slows callers down early.
const AT_ONCE: usize = 4;

fn row(user: IamUser, caller: &wire::IdentityCard) -> wire::UserRow {
    wire::UserRow {
        is_caller: user.arn == caller.arn,
        name: user.name,
        arn: user.arn,
        path: user.path,
        created: user.created.map(time::rfc3339),
    }
}

/// The caller as far as its own ARN tells.
fn own_row(caller: &wire::IdentityCard) -> wire::UserRow {
    let path_and_name = caller.arn.split_once(":user").map_or("/", |(_, rest)| rest);
    wire::UserRow {
        name: caller.name.clone(),
        arn: caller.arn.clone(),
        path: path_and_name
            .strip_suffix(caller.name.as_str())
            .unwrap_or("/")
            .to_owned(),
        created: None,
        is_caller: true,
    }
}

pub(crate) async fn caller_of(
    account: &dyn Account,
    profile: &str,
) -> Result<wire::IdentityCard, Problem> {
    let answer = account.identity().await.map_err(|error| {
        let context = Context {
            profile: Some(profile),
            ..Context::default()
        };
        Problem::from_cloud(&error, &context)
    })?;
    Ok(profiles::identity_card(&answer.identity))
}

/// The users of the account. A caller who may not list them sees itself.
pub async fn list(app: &App, profile: &str) -> Result<wire::UserList, Problem> {
    let account = resolve::account_of(app, profile).await?;
    let caller = caller_of(account.as_ref(), profile).await?;
    let (users, denied) = match account.list_users().await {
        Ok(users) => (
            users.into_iter().map(|user| row(user, &caller)).collect(),
            false,
        ),
        Err(error) if error.kind == CloudErrorKind::AccessDenied => {
            let is_user = caller.kind == wire::IdentityKind::User;
            (
                is_user.then(|| own_row(&caller)).into_iter().collect(),
                true,
            )
        }
        Err(error) => {
            let context = Context {
                profile: Some(profile),
                ..Context::default()
            };
            return Err(Problem::from_cloud(&error, &context));
        }
    };
    let denied_actions = rights::denied_on_account(app, account.as_ref(), profile, &caller).await;
    Ok(wire::UserList {
        users,
        account_id: Some(caller.account_id),
        denied,
        denied_actions,
    })
}

/// What a row of the list shows beside the name: groups, MFA, keys with their age and last use.
pub async fn glance(app: &App, profile: &str, user: &str) -> Result<wire::UserGlance, Problem> {
    let account = resolve::account_of(app, profile).await?;
    let explain = |error: CloudError| explain(&error, profile, user);
    let (groups, devices, keys) = futures::join!(
        account.user_items(user, UserItemKind::Group),
        account.mfa_devices(Some(user)),
        account.list_access_keys(Some(user)),
    );
    let groups = seen(groups).map_err(explain)?;
    let devices = seen(devices).map_err(explain)?;
    let keys = match seen(keys).map_err(explain)? {
        None => None,
        Some(keys) => {
            let mut rows = Vec::new();
            for key in keys {
                let used = seen(account.access_key_last_used(&key.key_id).await);
                rows.push(wire::KeyGlance {
                    active: key.active,
                    created: key.created.map(time::rfc3339),
                    last_used: used
                        .map_err(explain)?
                        .and_then(|used| used.date)
                        .map(time::rfc3339),
                    key_id: key.key_id,
                });
            }
            Some(rows)
        }
    };
    Ok(wire::UserGlance {
        user: user.to_owned(),
        groups: groups.map(|groups| groups.into_iter().map(|group| group.name).collect()),
        mfa_devices: devices.map(|devices| u32::try_from(devices.len()).unwrap_or(u32::MAX)),
        keys,
    })
}

/// A user with all that hangs on it. What the caller may not see is named and no failure.
pub async fn show(app: &App, profile: &str, user: &str) -> Result<wire::UserDetails, Problem> {
    let account = resolve::account_of(app, profile).await?;
    let account = account.as_ref();
    let explain = |error: CloudError| explain(&error, profile, user);
    let caller = caller_of(account, profile).await?;
    let found = match account.user(user).await {
        Ok(user) => row(user, &caller),
        Err(error) if is_withheld(&error) => {
            let own = own_row(&caller);
            if caller.kind == wire::IdentityKind::User && own.name == user {
                own
            } else {
                unseen_row(user)
            }
        }
        Err(error) => return Err(explain(error)),
    };
    let lists: Vec<_> = stream::iter(UserItemKind::ALL)
        .map(|kind| async move { (kind, account.user_items(user, kind).await) })
        .buffered(AT_ONCE)
        .collect()
        .await;
    let (mut items, mut hidden) = (Vec::new(), Vec::new());
    for (kind, list) in lists {
        match seen(list).map_err(explain)? {
            Some(list) => items.extend(list.into_iter().map(Into::into)),
            None => hidden.push(kind.into()),
        }
    }
    let keys = if hidden.contains(&wire::UserItemKind::AccessKey) {
        None
    } else {
        Some(keys::list_keys(app, profile, user).await?)
    };
    let tags = seen(account.user_tags(user).await).map_err(explain)?;
    let denied_actions = rights::denied_on_user(app, account, profile, &caller, &found).await;
    Ok(wire::UserDetails {
        user: found,
        description: tags
            .unwrap_or_default()
            .into_iter()
            .find_map(|(name, value)| name.eq_ignore_ascii_case(DESCRIPTION).then_some(value)),
        keys,
        items,
        hidden,
        denied_actions,
    })
}

fn unseen_row(user: &str) -> wire::UserRow {
    wire::UserRow {
        name: user.to_owned(),
        arn: String::new(),
        path: String::new(),
        created: None,
        is_caller: false,
    }
}

/// Whether an answer is withheld, or not known to a server of another make.
pub(crate) fn is_withheld(error: &CloudError) -> bool {
    matches!(
        error.kind,
        CloudErrorKind::AccessDenied | CloudErrorKind::NotImplemented | CloudErrorKind::Invalid
    )
}

/// What may be withheld: none where it is. Other failures are failures.
fn seen<T>(answer: Result<T, CloudError>) -> Result<Option<T>, CloudError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if is_withheld(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

fn explain(error: &CloudError, profile: &str, user: &str) -> Problem {
    let context = Context {
        profile: Some(profile),
        user: Some(user),
        ..Context::default()
    };
    Problem::from_cloud(error, &context)
}

impl From<UserItemKind> for wire::UserItemKind {
    fn from(kind: UserItemKind) -> Self {
        match kind {
            UserItemKind::LoginProfile => Self::LoginProfile,
            UserItemKind::AccessKey => Self::AccessKey,
            UserItemKind::SigningCertificate => Self::SigningCertificate,
            UserItemKind::SshPublicKey => Self::SshPublicKey,
            UserItemKind::ServiceCredential => Self::ServiceCredential,
            UserItemKind::MfaDevice => Self::MfaDevice,
            UserItemKind::InlinePolicy => Self::InlinePolicy,
            UserItemKind::AttachedPolicy => Self::AttachedPolicy,
            UserItemKind::Group => Self::Group,
        }
    }
}

impl From<wire::UserItemKind> for UserItemKind {
    fn from(kind: wire::UserItemKind) -> Self {
        match kind {
            wire::UserItemKind::LoginProfile => Self::LoginProfile,
            wire::UserItemKind::AccessKey => Self::AccessKey,
            wire::UserItemKind::SigningCertificate => Self::SigningCertificate,
            wire::UserItemKind::SshPublicKey => Self::SshPublicKey,
            wire::UserItemKind::ServiceCredential => Self::ServiceCredential,
            wire::UserItemKind::MfaDevice => Self::MfaDevice,
            wire::UserItemKind::InlinePolicy => Self::InlinePolicy,
            wire::UserItemKind::AttachedPolicy => Self::AttachedPolicy,
            wire::UserItemKind::Group => Self::Group,
        }
    }
}

impl From<UserItem> for wire::UserItem {
    fn from(item: UserItem) -> Self {
        Self {
            kind: item.kind.into(),
            id: item.id,
            name: item.name,
        }
    }
}

impl From<&wire::UserItem> for UserItem {
    fn from(item: &wire::UserItem) -> Self {
        Self {
            kind: item.kind.into(),
            id: item.id.clone(),
            name: item.name.clone(),
        }
    }
}
