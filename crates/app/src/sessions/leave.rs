//! Leave: a profile may be set so that the person is asked the first time a program wants it. What they answered is kept
//! by profile and program.
//!
//! It informs. A program of the same user can write this file, take the key from the keychain as Keywell does, or bear
//! another program's name, so it is no protection against malware.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    flight,
    person::{Leave, Person, UseQuestion},
    plan::Plan,
};
use crate::{
    App, ask,
    hand_out::Caller,
    index,
    problem::{Code, Problem},
    state_file,
};

const AN_HOUR: Duration = Duration::from_secs(60 * 60);

/// Until when a program may, in milliseconds since 1970; none is for ever.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Given {
    until: Option<u64>,
}

impl Given {
    fn holds_for(self, arrived: SystemTime) -> bool {
        self.until.is_none_or(|until| milliseconds(arrived) < until)
    }
}

/// Config file → profile → program → leave.
type Kept = BTreeMap<String, BTreeMap<String, BTreeMap<String, Given>>>;

fn file(app: &App) -> PathBuf {
    app.places.data.join("hand-outs").join("leave.json")
}

fn config_name(app: &App) -> String {
    app.places.config_file.to_string_lossy().into_owned()
}

fn milliseconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |since| {
            u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
        })
}

/// Whether nobody has to be asked before this program gets what the plan leads to.
pub(crate) fn is_free_to_use(app: &App, plan: &Plan, caller: &Caller) -> Result<bool, Problem> {
    match &plan.asks_first {
        None => Ok(true),
        Some(_) if is_keywell(app, caller.program()) => Ok(true),
        Some(profile) => is_given(app, profile, caller.program(), app.now()),
    }
}

/// Returns once the program may have what the plan leads to, asking the person where it must. Of many who want it at
/// the same moment one asks, and its answer holds for all of them.
///
/// # Errors
/// `hand_out.refused`, `hand_out.nobody_to_ask`, and those of asking.
pub(crate) async fn have_leave(
    app: &App,
    plan: &Plan,
    person: &Person,
    caller: &Caller,
) -> Result<(), Problem> {
    let Some(profile) = &plan.asks_first else {
        return Ok(());
    };
    let (program, arrived) = (caller.program(), app.now());
    if is_keywell(app, program) || is_given(app, profile, program, arrived)? {
        return Ok(());
    }
    let flight = flight::enter(app, &question_name(app, profile, program), arrived, person).await?;
    if is_given(app, profile, program, arrived)? {
        return Ok(());
    }
    let question = UseQuestion {
        profile: profile.clone(),
        account: index::entry(&app.places, profile)?
            .and_then(|entry| entry.tested)
            .and_then(|tested| tested.account_id),
    };
    let answer = {
        let _asking = flight.mark_asking();
        person.leave(&question).await
    };
    let outcome = match answer {
        Ok(Leave::Refused) => Err(refused(profile, program)),
        Ok(leave) => give(app, profile, program, leave),
        Err(problem) => Err(problem),
    };
    flight.land(outcome.as_ref().map(|_| ()), app.now());
    outcome
}

/// Whether Keywell itself asks, which proves and tests profiles with the helper: its window or its command line.
fn is_keywell(app: &App, program: &str) -> bool {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let (own, program) = (real(&app.places.helper), real(Path::new(program)));
    program == own || program == own.with_file_name(ask::window_program())
}

/// Forgets what was answered for a profile.
pub(super) fn forget(app: &App, profile: &str) -> Result<(), Problem> {
    state_file::update(&file(app), |kept: &mut Kept| {
        if let Some(profiles) = kept.get_mut(&config_name(app)) {
            profiles.remove(profile);
        }
        kept.retain(|_, profiles| !profiles.is_empty());
    })
}

fn is_given(app: &App, profile: &str, program: &str, arrived: SystemTime) -> Result<bool, Problem> {
    let kept: Kept = state_file::read(&file(app))?;
    let given = kept
        .get(&config_name(app))
        .and_then(|profiles| profiles.get(profile)?.get(program));
    Ok(given.is_some_and(|given| given.holds_for(arrived)))
}

fn give(app: &App, profile: &str, program: &str, leave: Leave) -> Result<(), Problem> {
    let now = app.now();
    let until = match leave {
        Leave::Always => None,
        Leave::ForAnHour => Some(milliseconds(now + AN_HOUR)),
        // It holds for those who wait for this answer, and for nobody who comes later.
        Leave::Once | Leave::Refused => Some(milliseconds(now)),
    };
    state_file::update(&file(app), |kept: &mut Kept| {
        let programs = kept
            .entry(config_name(app))
            .or_default()
            .entry(profile.to_owned())
            .or_default();
        programs.retain(|_, given| given.holds_for(now));
        programs.insert(program.to_owned(), Given { until });
    })
}

/// The name of the lock of those who want the same leave.
fn question_name(app: &App, profile: &str, program: &str) -> String {
    let mut digest = Sha256::new();
    for part in [config_name(app).as_str(), profile, program] {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part.as_bytes());
    }
    let digest = digest.finalize();
    let name: String = digest
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("leave-{name}")
}

fn refused(profile: &str, program: &str) -> Problem {
    let program = match program {
        "" => "this program",
        named => named,
    };
    Problem::new(
        Code::LeaveRefused,
        format!("You did not let {program} have the credentials of the profile {profile}."),
        "Run it again to be asked again.",
    )
}
