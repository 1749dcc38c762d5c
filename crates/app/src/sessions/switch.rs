//! What a person chooses of how a profile's key is handed out.

use keywell_wire as wire;

use super::{leave, plan};
use crate::{
    App,
    index::{self, Entry},
    problem::{Code, Problem},
    profiles::{self, Files, Source},
};

/// The choices of a profile; none where Keywell does not hand its credentials out.
pub fn choices(app: &App, profile: &str) -> Result<Option<wire::HandOutChoices>, Problem> {
    let files = profiles::read_files(app)?;
    if profiles::line_target(&files, profile).is_none() {
        return Ok(None);
    }
    let entry = index::entry(&app.places, &plan::owner_of(app, &files, profile)?)?;
    let entry = entry.unwrap_or_default();
    let has_key = has_key(app, &files, profile)?;
    Ok(Some(wire::HandOutChoices {
        short_sessions: has_key.then_some(entry.short_sessions),
        ask_first: entry.ask_first,
    }))
}

/// Lets programs have sessions of a profile's key only, or the key itself again. Sessions without MFA can not call IAM.
///
/// # Errors
/// `profile.value` when the profile has no key in the keychain.
pub fn set_short_sessions(app: &App, profile: &str, short: bool) -> Result<(), Problem> {
    let files = profiles::read_files(app)?;
    if !has_key(app, &files, profile)? {
        return Err(not_handed_out(profile));
    }
    change(app, &files, profile, |entry| entry.short_sessions = short).map(drop)
}

/// Has the person asked the first time a program wants a profile, or not. What was answered before is forgotten.
///
/// # Errors
/// `profile.value` when Keywell does not hand the profile's credentials out.
pub fn set_ask_first(app: &App, profile: &str, ask_first: bool) -> Result<(), Problem> {
    let files = profiles::read_files(app)?;
    if profiles::line_target(&files, profile).is_none() {
        return Err(not_handed_out(profile));
    }
    let owner = change(app, &files, profile, |entry| entry.ask_first = ask_first)?;
    leave::forget(app, &owner)
}

/// Sets both; what is as it was is left alone.
///
/// # Errors
/// `profile.value` when Keywell does not hand the profile's credentials out.
pub fn choose(app: &App, profile: &str, chosen: &wire::HandOutChoices) -> Result<(), Problem> {
    let before = choices(app, profile)?.ok_or_else(|| not_handed_out(profile))?;
    if let Some(short) = chosen.short_sessions
        && before.short_sessions != Some(short)
    {
        set_short_sessions(app, profile, short)?;
    }
    if before.ask_first != chosen.ask_first {
        set_ask_first(app, profile, chosen.ask_first)?;
    }
    Ok(())
}

fn not_handed_out(profile: &str) -> Problem {
    Problem::new(
        Code::ProfileValue,
        format!(
            "The key of the profile {profile} is not in the keychain, so Keywell does not hand it out."
        ),
        "Move it there first: keywell setup --from-profile NAME",
    )
}

/// Changes the entry that the choice belongs to, and returns its profile: a line may stand for another profile's key.
fn change(
    app: &App,
    files: &Files,
    profile: &str,
    change: impl Fn(&mut Entry),
) -> Result<String, Problem> {
    let owner = plan::owner_of(app, files, profile)?;
    index::change(&app.places, |view| {
        let mut entry = view.entries.remove(&owner).unwrap_or_default();
        change(&mut entry);
        view.set(&owner, (entry != Entry::default()).then_some(entry));
    })?;
    Ok(owner)
}

fn has_key(app: &App, files: &Files, profile: &str) -> Result<bool, Problem> {
    Ok(matches!(
        profiles::source(app, files, profile)?,
        Source::Keychain { .. } | Source::KeychainMissing
    ))
}
