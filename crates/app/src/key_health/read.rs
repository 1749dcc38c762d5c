//! Reads the keys of an account in the quickest way that the caller has a right to.
//!
//! With the right to IAM's credential report, all rows come with one answer, and `GetAccountAuthorizationDetails` adds
//! descriptions and attached policies a thousand users at a time. Without it each user is asked for, at a pace that IAM
//! bears; and who may not list users sees its own keys.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use futures::{StreamExt, stream};
use keywell_wire as wire;
use keywell_wire::{AccountKeys, ProfileRow, ReadBy};
use tokio::{
    sync::Mutex,
    time::{Interval, MissedTickBehavior},
};

use super::{
    Ask,
    here::holders,
    judge::{Facts, is_quarantine, judged},
    report,
};
use crate::{
    checks,
    cloud::{Account, CloudError, CloudErrorKind as Kind, Context, LastUsed, UserDetails},
    problem::Problem,
    profiles, resolve, time,
};

/// How many users are asked for at once.
const AT_ONCE: usize = 8;
/// Between two users: IAM slows callers down that ask more than some tens of times a second.
const TURN: Duration = Duration::from_millis(50);
/// Rows go to whoever watches after so many users.
const PART: usize = 25;
/// IAM makes a report in seconds, for a large account in a minute.
const REPORT_PATIENCE: Duration = Duration::from_secs(90);
const FIRST_REPORT_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_REPORT_PAUSE: Duration = Duration::from_secs(3);

/// What was read of an account, before it is judged.
pub(super) struct Reading {
    pub account: AccountKeys,
    /// Users that profiles of this machine belong to: their key IDs and whether they are active, or that they are gone.
    pub known_users: HashMap<String, Option<HashMap<String, bool>>>,
    /// Users whose rows went to whoever watches before all others.
    shown: HashSet<String>,
}

impl Reading {
    /// Tells of rows that are new, without those that were shown first.
    fn tell(&self, ask: &Ask<'_>, read: usize, news: &[Facts]) {
        let is_new = |facts: &&Facts| facts.is_root || !self.shown.contains(&facts.user);
        let news: Vec<Facts> = news.iter().filter(is_new).cloned().collect();
        if !news.is_empty() {
            ask.tell(&self.account, read, news);
        }
    }
}

/// Whether an answer is withheld from this caller, or not known to this server: another way is tried then.
fn is_withheld(error: &CloudError) -> bool {
    matches!(
        error.kind,
        Kind::AccessDenied | Kind::NotImplemented | Kind::Invalid
    )
}

pub(super) async fn read(ask: &Ask<'_>, profile: &str) -> Result<Reading, Problem> {
    let account = resolve::account_of(ask.app, profile).await?;
    let caller = account
        .identity()
        .await
        .map_err(|error| explain(&error, profile, None))?;
    let card = profiles::identity_card(&caller.identity);
    let mut reading = Reading {
        account: AccountKeys {
            profile: profile.to_owned(),
            account_id: Some(card.account_id.clone()),
            read_by: ReadBy::Report,
            report_made: None,
            users: 0,
            keys: Vec::new(),
            unread: Vec::new(),
            left_out: 0,
            notes: Vec::new(),
            failure: None,
        },
        known_users: HashMap::new(),
        shown: HashSet::new(),
    };
    // A report takes its time to be made. Meanwhile the rows come that concern this machine most.
    let (report, fresh) = tokio::join!(
        credential_report(ask, account.as_ref(), profile),
        first_rows(ask, account.as_ref(), &card, &mut reading)
    );
    let facts = match report? {
        Some((report, made)) => {
            reading.account.report_made = made.map(time::rfc3339);
            from_report(ask, account.as_ref(), report, fresh, &mut reading).await
        }
        None => from_users(ask, account.as_ref(), &card, &mut reading).await?,
    };
    reading.account.keys = facts
        .into_iter()
        .map(|facts| judged(ask.now, ask.policy, facts))
        .collect();
    Ok(reading)
}

pub(super) fn explain(error: &CloudError, profile: &str, user: Option<&str>) -> Problem {
    Problem::from_cloud(
        error,
        &Context {
            profile: Some(profile),
            user,
            ..Context::default()
        },
    )
}

type Reported = (report::Report, Option<std::time::SystemTime>);

/// The credential report, made where there is none; `None` where this caller can not have it.
async fn credential_report(
    ask: &Ask<'_>,
    account: &dyn Account,
    profile: &str,
) -> Result<Option<Reported>, Problem> {
    let began = tokio::time::Instant::now();
    let mut pause = FIRST_REPORT_PAUSE;
    let mut is_asked_for = false;
    loop {
        match account.credential_report().await {
            Ok(Some(found)) => {
                return Ok(report::read(&found.csv).map(|report| (report, found.made)));
            }
            Ok(None) if began.elapsed() > REPORT_PATIENCE => return Ok(None),
            Ok(None) => {}
            Err(error) if is_withheld(&error) => return Ok(None),
            Err(error) => return Err(explain(&error, profile, None)),
        }
        if !is_asked_for {
            match account.make_credential_report().await {
                Ok(()) => is_asked_for = true,
                Err(error) if is_withheld(&error) => return Ok(None),
                Err(error) => return Err(explain(&error, profile, None)),
            }
        }
        checks::unless_cancelled(ask.cancel, tokio::time::sleep(pause)).await?;
        pause = (pause * 2).min(LONGEST_REPORT_PAUSE);
    }
}

/// What each user's keys were found to be, asked for now.
type Fresh = Vec<(String, Result<Vec<Facts>, CloudError>)>;

/// Reads and shows the keys of the users that profiles here belong to.
async fn first_rows(
    ask: &Ask<'_>,
    account: &dyn Account,
    card: &wire::IdentityCard,
    reading: &mut Reading,
) -> Fresh {
    let users = users_here(ask.local, card);
    reading.account.users = count(users.len());
    let fresh = fresh_users(ask.local, account, &users).await;
    let facts: Vec<Facts> = fresh
        .iter()
        .filter_map(|(_, keys)| keys.as_ref().ok())
        .flatten()
        .cloned()
        .collect();
    reading.tell(ask, users.len(), &facts);
    let shown = facts.into_iter().map(|facts| facts.user);
    reading.shown.extend(shown);
    fresh
}

async fn from_report(
    ask: &Ask<'_>,
    account: &dyn Account,
    report: report::Report,
    fresh: Fresh,
    reading: &mut Reading,
) -> Vec<Facts> {
    let mut facts: Vec<Facts> = report
        .keys
        .into_iter()
        .map(|key| Facts {
            user: key.user,
            is_root: key.is_root,
            active: key.active,
            created: key.created,
            last_used: key.last_used,
            service: key.service,
            region: key.region,
            ..Facts::default()
        })
        .collect();
    let users = report.users.len();
    reading.account.users = count(users);
    reading.tell(ask, users, &facts);
    let (details, note) = user_details(ask, account, &reading.account.profile).await;
    reading.account.notes.extend(note);
    for (user, read) in fresh {
        match read {
            Ok(fresh) => {
                reading
                    .known_users
                    .insert(user.clone(), Some(active_by_id(&fresh)));
                facts.retain(|key| key.is_root || key.user != user);
                facts.extend(fresh);
            }
            Err(error) if error.kind == Kind::NoSuchUser => {
                reading.known_users.insert(user.clone(), None);
                facts.retain(|key| key.is_root || key.user != user);
            }
            Err(error) => reading.account.unread.push(wire::UnreadUser {
                failure: explain(&error, &reading.account.profile, Some(&user)).into(),
                user,
            }),
        }
    }
    for key in facts.iter_mut().filter(|key| !key.is_root) {
        if let Some(details) = details.get(&key.user) {
            add_details(key, details);
        }
    }
    facts.sort_by(|one, other| {
        (!one.is_root, &one.user, one.created).cmp(&(!other.is_root, &other.user, other.created))
    });
    facts
}

fn count(number: usize) -> u32 {
    number.try_into().unwrap_or(u32::MAX)
}

fn active_by_id(keys: &[Facts]) -> HashMap<String, bool> {
    keys.iter()
        .filter_map(|key| Some((key.key_id.clone()?, key.active)))
        .collect()
}

fn add_details(key: &mut Facts, details: &UserDetails) {
    key.quarantined = details
        .attached_policies
        .iter()
        .any(|policy| is_quarantine(policy));
    let tag = details
        .tags
        .iter()
        .find(|(name, _)| Some(name) == key.key_id.as_ref());
    if let Some((_, description)) = tag {
        key.description = Some(description.clone());
    }
}

/// The users of this account that profiles of this machine belong to, and the caller itself.
fn users_here(local: &[ProfileRow], caller: &wire::IdentityCard) -> Vec<String> {
    let cards = local
        .iter()
        .filter_map(|row| row.identity.as_ref())
        .chain([caller]);
    let mut users: Vec<String> = cards
        .filter(|card| {
            card.account_id == caller.account_id && card.kind == wire::IdentityKind::User
        })
        .map(|card| card.name.clone())
        .collect();
    users.sort_unstable();
    users.dedup();
    users
}

/// Descriptions and attached policies of all users, and what kept them from being read.
async fn user_details(
    ask: &Ask<'_>,
    account: &dyn Account,
    profile: &str,
) -> (HashMap<String, UserDetails>, Option<String>) {
    let mut details = HashMap::new();
    let mut next = None;
    loop {
        let asked = account.user_details(next.as_deref());
        match checks::unless_cancelled(ask.cancel, asked).await {
            Ok(Ok(page)) => {
                details.extend(page.users.into_iter().map(|user| (user.name.clone(), user)));
                next = page.next;
                if next.is_none() {
                    return (details, None);
                }
            }
            Ok(Err(error)) => {
                let why = explain(&error, profile, None).message;
                let note = format!(
                    "Descriptions and attached policies are not complete, so a quarantine may not show. {why}"
                );
                return (details, Some(note));
            }
            Err(_) => {
                let note =
                    "Descriptions and attached policies are not complete: the reading was stopped.";
                return (details, Some(note.to_owned()));
            }
        }
    }
}

async fn fresh_users(local: &[ProfileRow], account: &dyn Account, users: &[String]) -> Fresh {
    stream::iter(users.to_vec())
        .map(|user| async move {
            let keys = keys_of_user(local, account, &user).await;
            (user, keys)
        })
        .buffered(AT_ONCE)
        .collect()
        .await
}

/// The keys of a user with their IDs and last uses.
pub(super) async fn keys_of_user(
    local: &[ProfileRow],
    account: &dyn Account,
    user: &str,
) -> Result<Vec<Facts>, CloudError> {
    let mut facts = Vec::new();
    for key in account.list_access_keys(Some(user)).await? {
        let (used, use_unknown) = match account.access_key_last_used(&key.key_id).await {
            Ok(used) => (used, false),
            Err(error) if is_withheld(&error) || error.kind == Kind::NoSuchKey => {
                (LastUsed::default(), true)
            }
            Err(error) => return Err(error),
        };
        facts.push(Facts {
            user: user.to_owned(),
            profiles: holders(local, &key.key_id),
            key_id: Some(key.key_id),
            active: key.active,
            created: key.created,
            last_used: used.date,
            service: used.service,
            region: used.region,
            use_unknown,
            ..Facts::default()
        });
    }
    Ok(facts)
}

/// The same with the descriptions, where they may be read.
pub(super) async fn described_keys_of_user(
    local: &[ProfileRow],
    account: &dyn Account,
    user: &str,
) -> Result<Vec<Facts>, CloudError> {
    let mut facts = keys_of_user(local, account, user).await?;
    match account.user_tags(user).await {
        Ok(tags) => {
            let details = UserDetails {
                tags,
                ..UserDetails::default()
            };
            for key in &mut facts {
                add_details(key, &details);
            }
        }
        Err(error) if is_withheld(&error) => {}
        Err(error) => return Err(error),
    }
    Ok(facts)
}

/// Gives each caller a turn of its own.
struct Turns(Mutex<Interval>);

impl Turns {
    fn new() -> Self {
        let mut interval = tokio::time::interval(TURN);
        interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self(Mutex::new(interval))
    }

    async fn wait(&self) {
        self.0.lock().await.tick().await;
    }
}

/// Asks for each user; for the caller alone where users may not be listed.
async fn from_users(
    ask: &Ask<'_>,
    account: &dyn Account,
    card: &wire::IdentityCard,
    reading: &mut Reading,
) -> Result<Vec<Facts>, Problem> {
    let profile = reading.account.profile.clone();
    let users: Vec<String> = match account.list_users().await {
        Ok(users) => {
            reading.account.read_by = ReadBy::PerUser;
            users.into_iter().map(|user| user.name).collect()
        }
        Err(error) if is_withheld(&error) => {
            reading.account.read_by = ReadBy::OwnOnly;
            if card.kind == wire::IdentityKind::User {
                vec![card.name.clone()]
            } else {
                let note = format!(
                    "{profile} is no IAM user and may not list users, so it has no keys to show."
                );
                reading.account.notes.push(note);
                Vec::new()
            }
        }
        Err(error) => return Err(explain(&error, &profile, None)),
    };
    reading.account.users = count(users.len());
    let here = users_here(ask.local, card);
    let turns = Turns::new();
    let reads = stream::iter(users.clone())
        .map(|user| {
            let turns = &turns;
            async move {
                turns.wait().await;
                let keys = user_with_policies(ask.local, account, &user).await;
                (user, keys)
            }
        })
        .buffer_unordered(AT_ONCE)
        .take_until(ask.cancel.cancelled());
    tokio::pin!(reads);
    let (mut facts, mut read, mut told) = (Vec::new(), 0, 0);
    while let Some((user, keys)) = reads.next().await {
        read += 1;
        match keys {
            Ok(keys) => {
                if here.contains(&user) {
                    reading.known_users.insert(user, Some(active_by_id(&keys)));
                }
                facts.extend(keys);
            }
            // It was deleted while the others were read.
            Err(error) if error.kind == Kind::NoSuchUser => {}
            Err(error) => reading.account.unread.push(wire::UnreadUser {
                failure: explain(&error, &profile, Some(&user)).into(),
                user,
            }),
        }
        if read % PART == 0 || read == users.len() {
            reading.tell(ask, read, &facts[told..]);
            told = facts.len();
        }
    }
    reading.account.left_out = count(users.len() - read);
    if reading.account.read_by == ReadBy::PerUser && reading.account.left_out == 0 {
        // Profiles here may belong to users that are not in the list any more.
        for user in here.iter().filter(|user| !users.contains(user)) {
            reading.known_users.insert(user.clone(), None);
        }
    }
    facts.sort_by(|one, other| (&one.user, one.created).cmp(&(&other.user, other.created)));
    Ok(facts)
}

async fn user_with_policies(
    local: &[ProfileRow],
    account: &dyn Account,
    user: &str,
) -> Result<Vec<Facts>, CloudError> {
    let mut facts = keys_of_user(local, account, user).await?;
    if facts.is_empty() {
        return Ok(facts);
    }
    // An extra: where it is withheld, the keys are shown all the same.
    let attached_policies = match account.policies_attached_to(user).await {
        Ok(policies) => policies,
        Err(error) if is_withheld(&error) => Vec::new(),
        Err(error) => return Err(error),
    };
    let quarantined = attached_policies.iter().any(|policy| is_quarantine(policy));
    for key in &mut facts {
        key.quarantined = quarantined;
    }
    Ok(facts)
}
