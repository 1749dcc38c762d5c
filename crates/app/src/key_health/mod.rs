//! The health of access keys: which are old, unused, forgotten, quarantined or gone, in one account or in all that the
//! profiles of this machine open, and which lie where they should not.

mod csv;
mod here;
mod judge;
mod read;
mod report;

use std::time::SystemTime;

use futures::{StreamExt, stream};
use keywell_wire as wire;
use keywell_wire::{AccountKeys, KeyFinding, ProfileRow, ReadBy};
use tokio_util::sync::CancellationToken;

pub use csv::{csv, state_word};
use judge::{Facts, Policy, judged};
#[cfg(fuzzing)]
pub(crate) use report::users as report_users;

use crate::{
    App, accounts,
    problem::{Code, Problem},
    profiles, resolve, settings, time,
};

/// How many users are asked for with one request of the page.
const MOST_USERS: usize = 50;
const USERS_AT_ONCE: usize = 4;

/// Called with the rows of an account as they arrive.
pub type OnPart<'a> = &'a (dyn Fn(wire::KeyHealthPart) + Send + Sync);

/// What all of a reading shares.
struct Ask<'a> {
    app: &'a App,
    local: &'a [ProfileRow],
    policy: Policy,
    now: SystemTime,
    on_part: OnPart<'a>,
    cancel: &'a CancellationToken,
}

impl Ask<'_> {
    fn tell(&self, account: &AccountKeys, read: usize, news: Vec<Facts>) {
        (self.on_part)(wire::KeyHealthPart {
            profile: account.profile.clone(),
            account_id: account.account_id.clone(),
            read_by: account.read_by.clone(),
            report_made: account.report_made.clone(),
            users: account.users,
            read: read.try_into().unwrap_or(u32::MAX),
            keys: news
                .into_iter()
                .map(|facts| judged(self.now, self.policy, facts))
                .collect(),
        });
    }
}

fn policy(app: &App) -> Policy {
    let settings = settings::read(&app.places);
    Policy {
        rotate_after: settings.key_rotate_days,
        unused_after: settings.key_unused_days,
    }
}

/// Reads the keys that a profile may see, or those of every account that the profiles here open, and judges them by the
/// policy of the settings. An account that can not be read is named, and the others are shown all the same. When it is
/// cancelled, what was read so far is the answer.
///
/// # Errors
/// When the AWS files can not be read, plain keys can not be looked for, or there is no such profile.
pub async fn read(
    app: &App,
    profile: Option<&str>,
    on_part: OnPart<'_>,
    cancel: &CancellationToken,
) -> Result<wire::KeyHealth, Problem> {
    let local = profiles::list(app)?;
    if let Some(profile) = profile
        && !local.iter().any(|row| row.name == profile)
    {
        return Err(profiles::missing(profile));
    }
    let ask = Ask {
        app,
        local: &local,
        policy: policy(app),
        now: app.now(),
        on_part,
        cancel,
    };
    let groups = match profile {
        Some(profile) => vec![vec![profile.to_owned()]],
        None => accounts::groups(app, &local).await,
    };
    let accounts = stream::iter(groups)
        .map(|group| account(&ask, group))
        .buffered(accounts::AT_ONCE)
        .collect::<Vec<_>>();
    let (plain, read) = tokio::join!(here::plain_keys(app), accounts);
    let mut findings = here::findings(&local, &plain?);
    let mut accounts = Vec::new();
    for (account, found) in read {
        findings.extend(found);
        accounts.push(account);
    }
    judge::sort(&mut findings);
    Ok(wire::KeyHealth {
        at: time::rfc3339(ask.now),
        accounts,
        findings,
        rotate_after_days: ask.policy.rotate_after,
        unused_after_days: ask.policy.unused_after,
    })
}

/// The account of some profiles, read by the first one that may see more than its own keys; else what each may see.
async fn account(ask: &Ask<'_>, group: Vec<String>) -> (AccountKeys, Vec<KeyFinding>) {
    let mut own: Option<AccountKeys> = None;
    let mut failure = None;
    let mut findings = Vec::new();
    for profile in &group {
        let reading = match read::read(ask, profile).await {
            Ok(reading) => reading,
            Err(problem) => {
                let row = ask.local.iter().find(|row| row.name == *profile);
                if let (Code::UnknownKey, Some(row)) = (problem.code, row) {
                    findings.push(here::gone(row, None));
                }
                failure.get_or_insert((profile, problem));
                continue;
            }
        };
        let account = reading.account;
        let keys = account.keys.iter();
        findings.extend(keys.flat_map(|key| judge::findings(ask.policy, profile, key, ask.now)));
        for finding in gone(ask.local, &account, &reading.known_users) {
            if !findings
                .iter()
                .any(|known| known.profiles == finding.profiles && known.code == finding.code)
            {
                findings.push(finding);
            }
        }
        if account.read_by != ReadBy::OwnOnly {
            return (account, findings);
        }
        own = Some(match own {
            None => account,
            Some(before) => together(before, account),
        });
    }
    let account = own.unwrap_or_else(|| nothing_read(&group, failure));
    (account, findings)
}

/// Two callers of one account that see their own keys only.
fn together(mut one: AccountKeys, other: AccountKeys) -> AccountKeys {
    for key in other.keys {
        if !one.keys.iter().any(|known| known.key_id == key.key_id) {
            one.keys.push(key);
        }
    }
    let mut users: Vec<&String> = one.keys.iter().map(|key| &key.user).collect();
    users.sort_unstable();
    users.dedup();
    one.users = users.len().try_into().unwrap_or(u32::MAX);
    one.unread.extend(other.unread);
    one.notes.extend(other.notes);
    one
}

fn nothing_read(group: &[String], failure: Option<(&String, Problem)>) -> AccountKeys {
    AccountKeys {
        profile: failure
            .as_ref()
            .map(|(profile, _)| (*profile).clone())
            .or_else(|| group.first().cloned())
            .unwrap_or_default(),
        account_id: None,
        read_by: ReadBy::OwnOnly,
        report_made: None,
        users: 0,
        keys: Vec::new(),
        unread: Vec::new(),
        left_out: 0,
        notes: Vec::new(),
        failure: failure.map(|(_, problem)| problem.into()),
    }
}

/// Profiles of the account whose key, or whose user, does not exist there.
fn gone(
    local: &[ProfileRow],
    account: &AccountKeys,
    known_users: &std::collections::HashMap<
        String,
        Option<std::collections::HashMap<String, bool>>,
    >,
) -> Vec<KeyFinding> {
    local
        .iter()
        .filter_map(|row| {
            let card = row.identity.as_ref()?;
            let key_id = row.key_id.as_ref()?;
            let is_here = Some(&card.account_id) == account.account_id.as_ref()
                && card.kind == wire::IdentityKind::User;
            match is_here.then(|| known_users.get(&card.name))?? {
                None => Some(here::gone(row, Some(&card.name))),
                Some(keys) if keys.get(key_id) != Some(&true) => Some(here::gone(row, None)),
                Some(_) => None,
            }
        })
        .collect()
}

/// The keys of some users with their IDs, last uses and descriptions, asked for now: those of the rows in view.
///
/// # Errors
/// When the profile can not be used, or more than 50 users are named. What fails for one user is in its row.
pub async fn rows(
    app: &App,
    profile: &str,
    users: &[String],
) -> Result<Vec<wire::UserKeys>, Problem> {
    if users.len() > MOST_USERS {
        return Err(Problem::new(
            Code::Internal,
            format!("{} users were asked for at once.", users.len()),
            format!("Ask for at most {MOST_USERS}."),
        ));
    }
    let local = profiles::list(app)?;
    let account = resolve::account_of(app, profile).await?;
    let (policy, now) = (policy(app), app.now());
    let read = stream::iter(users.to_vec())
        .map(|user| {
            let (local, account) = (&local, &account);
            async move {
                let keys = read::described_keys_of_user(local, account.as_ref(), &user).await;
                let (keys, failure) = match keys {
                    Ok(keys) => (keys, None),
                    Err(error) => (
                        Vec::new(),
                        Some(read::explain(&error, profile, Some(&user)).into()),
                    ),
                };
                wire::UserKeys {
                    user,
                    keys: keys
                        .into_iter()
                        .map(|facts| judged(now, policy, facts))
                        .collect(),
                    failure,
                }
            }
        })
        .buffered(USERS_AT_ONCE)
        .collect()
        .await;
    Ok(read)
}
