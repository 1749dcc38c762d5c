//! Sessions that only a person can renew.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, SystemTime},
};

use super::Notice;
use crate::{
    App, blocking, doctor, hand_out, index, problem::Problem, profiles, sessions, settings,
    state_file, time,
};

/// A session that ends within this time is told of.
const SOON: Duration = Duration::from_secs(15 * 60);
/// A profile that a program was given so recently is in use.
const IN_USE: Duration = Duration::from_secs(60 * 60);
/// More hand-outs than this are not looked through.
const HAND_OUTS: usize = 500;

struct Ending {
    /// What ends, as a sentence begins: "The session of prod".
    what: String,
    at: SystemTime,
    then: String,
}

/// What ends → when, in Unix seconds.
type Stored = BTreeMap<String, u64>;

/// Tells of sessions that end soon and that Keywell can not renew by itself, each once: those with a typed MFA code of profiles
/// that are in use, and sign-ins that the AWS CLI keeps. Nothing where the person does not want it.
pub async fn sessions_ending(app: &App) -> Result<Option<Notice>, Problem> {
    if !settings::read(&app.places).notify_sessions {
        return Ok(None);
    }
    let mut ending = sign_ins(app)?;
    for profile in in_use(app)? {
        // What can not be planned or opened now is told where it is used.
        if let Ok(Some(at)) = sessions::mfa_session_end(app, &profile).await {
            ending.push(Ending {
                what: format!("The session of {profile}"),
                at,
                then: "A program that uses it then asks for a new code.".into(),
            });
        }
    }
    let now = app.now();
    ending.retain(|one| one.at > now && one.at <= now + SOON);
    let file = app.places.data.join("session-notices.json");
    let news = blocking(move || {
        state_file::update(&file, |told: &mut Stored| {
            let now = time::unix_seconds(now);
            told.retain(|_, at| *at > now);
            ending.retain(|one| {
                let at = time::unix_seconds(one.at);
                told.insert(one.what.clone(), at) != Some(at)
            });
            ending
        })
    })
    .await??;
    Ok(words(&news, now))
}

fn sign_ins(app: &App) -> Result<Vec<Ending>, Problem> {
    let files = profiles::read_files(app)?;
    let found = doctor::sign_ins(app, &files).into_iter().map(|one| Ending {
        what: format!("The sign-in of {}", one.subject),
        at: one.end,
        then: format!("Sign in again: {}", one.again),
    });
    Ok(found.collect())
}

/// The profile that the window acts as, and those that programs were given lately.
fn in_use(app: &App) -> Result<BTreeSet<String>, Problem> {
    let mut found: BTreeSet<String> = index::in_use(&app.places)?.into_iter().collect();
    let since = time::rfc3339(
        app.now()
            .checked_sub(IN_USE)
            .unwrap_or(SystemTime::UNIX_EPOCH),
    );
    let lately = hand_out::journal(app, HAND_OUTS)?.into_iter();
    found.extend(lately.filter(|one| one.at >= since).map(|one| one.profile));
    Ok(found)
}

fn words(news: &[Ending], now: SystemTime) -> Option<Notice> {
    let (first, rest) = news.split_first()?;
    let left = first.at.duration_since(now).unwrap_or_default();
    let minutes = left.as_secs().div_ceil(60);
    let plural = if minutes == 1 { "" } else { "s" };
    let more = match rest.len() {
        0 => String::new(),
        1 => " 1 more ends soon.".to_owned(),
        more => format!(" {more} more end soon."),
    };
    Some(Notice {
        title: if rest.is_empty() {
            "A session ends soon"
        } else {
            "Sessions end soon"
        }
        .into(),
        text: format!(
            "{} ends in {minutes} minute{plural}. {}{more}",
            first.what, first.then
        ),
    })
}
