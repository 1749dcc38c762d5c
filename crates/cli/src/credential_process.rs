//! What AWS clients call. Its stdout goes into their credentials, its stderr onto somebody's screen.

use std::{
    io::{self, Write},
    time::Duration,
};

use keywell_app::hand_out::{self, Target};

use crate::{
    Session,
    error::{Ended, Stop},
    output::escaped,
};

/// Below the helper's own, so that the keychain's answer is the one that is shown.
pub(crate) const VAULT_DEADLINE: Duration = Duration::from_secs(4);
const DEADLINE: Duration = Duration::from_secs(5);

#[derive(clap::Args)]
#[command(after_help = "\
Example, as `keywell setup` writes it into ~/.aws/config:
  [profile media]
  credential_process = /usr/bin/keywell credential-process --profile media")]
#[group(required = true, multiple = false)]
pub(crate) struct Arguments {
    /// The profile whose key is handed out
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,

    /// The opaque id of a profile whose name AWS clients would not pass on
    #[arg(long, value_name = "ID")]
    id: Option<String>,
}

pub(crate) async fn run(session: &Session, arguments: &Arguments) -> Result<Ended, Stop> {
    let target = match (&arguments.profile, &arguments.id) {
        (Some(profile), _) => Target::Profile(profile.clone()),
        (None, Some(id)) => Target::Id(id.clone()),
        (None, None) => return Err(Stop::usage("No profile is named.", "Add --profile NAME")),
    };
    let call = hand_out::credential_json(&session.app, &target);
    let sentence = match tokio::time::timeout(DEADLINE, call).await {
        Ok(Ok(answer)) => {
            session.output.bytes(answer.expose().as_bytes())?;
            return Ok(Ended::Done);
        }
        Ok(Err(problem)) if session.output.json => {
            return Err(Stop::failed(problem.into()));
        }
        Ok(Err(problem)) => format!("{} {}", problem.message, problem.hint),
        Err(_) => format!(
            "The keychain did not answer within {} seconds.",
            DEADLINE.as_secs()
        ),
    };
    // One line: clients put it into a line of their own.
    writeln!(io::stderr(), "keywell: {}", escaped(sentence.trim()))?;
    Ok(Ended::Failed)
}
