//! What a caller may not do, so that it can be shown as such before it is tried.
//!
//! IAM is asked where it tells (`iam:SimulatePrincipalPolicy`). Most keys that may only manage themselves are not told;
//! of those what was refused lately is remembered.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use keywell_wire::{IdentityCard, IdentityKind, UserRow};

use crate::{
    App,
    cloud::Account,
    problem::{Code, Problem},
};

const ON_ACCOUNT: &[&str] = &["iam:CreateUser"];
const ON_USER: &[&str] = &[
    "iam:DeleteUser",
    "iam:CreateAccessKey",
    "iam:UpdateAccessKey",
    "iam:DeleteAccessKey",
];

/// A refusal is forgotten after this time: rights change.
const REMEMBERED: Duration = Duration::from_secs(300);

/// What was refused, by profile, action and user.
#[derive(Default)]
pub struct Refusals(Mutex<HashMap<(String, &'static str, String), SystemTime>>);

impl Refusals {
    /// Notes an action that was refused to a profile, or was allowed after all.
    pub(crate) fn note<T>(
        &self,
        now: SystemTime,
        (profile, action, user): (&str, &'static str, &str),
        answer: &Result<T, Problem>,
    ) {
        let key = (profile.to_owned(), action, user.to_owned());
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match answer {
            Ok(_) => drop(known.remove(&key)),
            Err(problem) if problem.code == Code::AccessDenied => drop(known.insert(key, now)),
            Err(_) => {}
        }
    }

    fn of(
        &self,
        now: SystemTime,
        profile: &str,
        user: &str,
        actions: &[&'static str],
    ) -> Vec<String> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_known = |action: &&&'static str| {
            known
                .get(&(profile.to_owned(), **action, user.to_owned()))
                .is_some_and(|at| now.duration_since(*at).unwrap_or_default() < REMEMBERED)
        };
        actions
            .iter()
            .filter(is_known)
            .map(ToString::to_string)
            .collect()
    }
}

pub(super) async fn denied_on_account(
    app: &App,
    account: &dyn Account,
    profile: &str,
    caller: &IdentityCard,
) -> Vec<String> {
    let any_user = users_arn(caller);
    denied(app, account, profile, caller, (ON_ACCOUNT, "", &any_user)).await
}

pub(super) async fn denied_on_user(
    app: &App,
    account: &dyn Account,
    profile: &str,
    caller: &IdentityCard,
    user: &UserRow,
) -> Vec<String> {
    let resource = if user.arn.is_empty() {
        users_arn(caller).replace('*', &user.name)
    } else {
        user.arn.clone()
    };
    denied(
        app,
        account,
        profile,
        caller,
        (ON_USER, &user.name, &resource),
    )
    .await
}

/// The ARN of whatever user of the caller's account, in its partition.
fn users_arn(caller: &IdentityCard) -> String {
    let partition = caller.arn.split(':').nth(1).unwrap_or("aws");
    format!("arn:{partition}:iam::{}:user/*", caller.account_id)
}

/// An answer that fails says nothing: what is not known to be denied is offered, and refused where it is tried.
async fn denied(
    app: &App,
    account: &dyn Account,
    profile: &str,
    caller: &IdentityCard,
    (actions, user, resource): (&[&'static str], &str, &str),
) -> Vec<String> {
    // A role's policies are found by the role's own ARN, which a session's does not hold in full: its path is missing.
    if caller.kind == IdentityKind::User
        && let Ok(denied) = account.denied_actions(&caller.arn, actions, resource).await
    {
        return denied;
    }
    app.refusals.of(app.now(), profile, user, actions)
}
