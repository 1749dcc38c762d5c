use super::plan;
use crate::{
    App,
    index::{self, Entry},
    problem::{Code, Problem},
    profiles::{self, Source},
};

/// Lets programs have sessions of a profile's key only, or the key itself again. Sessions without MFA can not call IAM.
///
/// # Errors
/// `profile.value` when the profile has no key in the keychain.
pub fn set_short_sessions(app: &App, profile: &str, short: bool) -> Result<(), Problem> {
    let files = profiles::read_files(app)?;
    let keychain = matches!(
        profiles::source(app, &files, profile)?,
        Source::Keychain { .. } | Source::KeychainMissing
    );
    if !keychain {
        return Err(Problem::new(
            Code::ProfileValue,
            format!(
                "The key of the profile {profile} is not in the keychain, so Keywell does not hand it out."
            ),
            "Move it there first: keywell setup --from-profile NAME",
        ));
    }
    // A line may stand for another profile's key, which the choice belongs to.
    let owner = plan::owner_of(app, &files, profile)?;
    index::change(&app.places, |view| {
        let entry = Entry {
            short_sessions: short,
            ..view.entries.remove(&owner).unwrap_or_default()
        };
        view.set(&owner, (entry != Entry::default()).then_some(entry));
    })
}
