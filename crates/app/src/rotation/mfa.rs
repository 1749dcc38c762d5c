//! The session that acts where a profile names an MFA device: its user's keys may be closed to a call without MFA.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::begin::refused;
use crate::{
    App, checks,
    cloud::AccessKeyPair,
    helper_line::Target,
    problem::{Code, Problem},
    profiles,
    sessions::{self, Person, Plan},
};

/// A session that ends sooner may end on the way. AWS is given three minutes to know a new key, in each direction, and
/// the shortest session of STS lasts for fifteen.
const RUN_TIME: Duration = Duration::from_secs(10 * 60);

/// Whether the helper of a profile asks for the code of an MFA device.
pub(super) fn is_asked_for(app: &App, profile: &str) -> Result<bool, Problem> {
    Ok(plan(app, profile)?.is_some())
}

fn plan(app: &App, profile: &str) -> Result<Option<Plan>, Problem> {
    if !profiles::exists(app, profile)? {
        return Ok(None);
    }
    match Plan::for_helper(app, &Target::Profile(profile.to_owned())) {
        Ok(plan) => Ok(plan.ends_with_mfa().then_some(plan)),
        Err(problem) if problem.code == Code::ProfileValue => Err(problem),
        // What else keeps the helper from answering, its proof will say.
        Err(_) => Ok(None),
    }
}

/// The session that a key of the profile's user makes with MFA, long enough for one run; `None` where the profile names
/// no device.
///
/// # Errors
/// `mfa.nobody_to_ask` where a code is needed and nobody is there, and `rotation.refused` where the session is too short.
pub(super) async fn session(
    app: &App,
    profile: &str,
    key_id: &str,
    person: &Person,
    cancel: &CancellationToken,
) -> Result<Option<AccessKeyPair>, Problem> {
    let Some(plan) = plan(app, profile)? else {
        return Ok(None);
    };
    let asking = sessions::obtain_lasting(app, plan.with_key(key_id), person, RUN_TIME);
    let handed = match checks::unless_cancelled(cancel, asking).await? {
        Ok(handed) => handed,
        Err(mut problem) => {
            if problem.code == Code::MfaNobody {
                problem.hint = format!(
                    "Go where Keywell can ask you, a terminal or its window: keywell key rotate --profile {profile}. Or let another profile act: --using NAME"
                );
            }
            return Err(problem);
        }
    };
    let left = handed.expires.map(|expires| {
        let left = expires.duration_since(app.now());
        left.unwrap_or_default()
    });
    match left.filter(|left| *left < RUN_TIME) {
        None => Ok(Some(handed.pair)),
        Some(left) => Err(refused(
            format!(
                "The MFA session of {profile} ends in {} minutes, and a rotation may take {}.",
                left.as_secs() / 60,
                RUN_TIME.as_secs() / 60
            ),
            "Check this machine's clock and the profile's duration_seconds, or let another profile act: --using NAME",
        )),
    }
}
