//! What AWS clients call. Its stdout goes into their credentials, its stderr onto somebody's screen.

use std::{
    io::{self, Write},
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use keywell_app::{
    App, Code, Problem,
    hand_out::{self, Caller, Target},
    sessions::Person,
    vault::{self, Stores},
};
use keywell_vault::Secret;

use crate::{
    caller::caller,
    error::{Ended, Stop},
    output::{Output, escaped},
    person::person_of_helper,
    start,
};

/// Below the helper's own, so that the keychain's answer is the one that is shown.
pub(crate) const VAULT_DEADLINE: Duration = Duration::from_secs(4);
const DEADLINE: Duration = Duration::from_secs(5);

#[derive(clap::Args)]
#[command(after_help = "\
Example, as `keywell setup` writes it into ~/.aws/config:
  [profile media]
  credential_process = /usr/bin/keywell credential-process --profile media

A role whose sessions Keywell gets, keeps and hands out. Programs are given the profile prod:
  [profile prod-role]
  role_arn = arn:aws:iam::123456789012:role/Admin
  source_profile = media
  mfa_serial = arn:aws:iam::123456789012:mfa/phone
  [profile prod]
  credential_process = /usr/bin/keywell credential-process --profile prod-role")]
#[group(required = true, multiple = false)]
pub(crate) struct Arguments {
    /// The profile whose key is handed out, or whose role is assumed
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,

    /// The opaque id of a profile whose name AWS clients would not pass on
    #[arg(long, value_name = "ID")]
    id: Option<String>,
}

/// A key and a cached session are handed out without an async runtime: AWS clients start this for each of their calls.
pub(crate) fn run(
    app: App,
    stores: &Stores,
    output: Output,
    arguments: &Arguments,
) -> Result<Ended, Stop> {
    let target = match (&arguments.profile, &arguments.id) {
        (Some(profile), _) => Target::Profile(profile.clone()),
        (None, Some(id)) => Target::Id(id.clone()),
        (None, None) => return Err(Stop::usage("No profile is named.", "Add --profile NAME")),
    };
    let helper = Helper {
        app: Arc::new(app),
        stores,
        output,
        target,
    };
    match helper.answer()? {
        Ok(answer) => {
            output.bytes(answer.expose().as_bytes())?;
            Ok(Ended::Done)
        }
        Err(problem) if output.json => Err(Stop::failed(problem.into())),
        Err(problem) => {
            let sentence = format!("{} {}", problem.message, problem.hint);
            // One line: clients put it into a line of their own.
            writeln!(io::stderr(), "keywell: {}", escaped(sentence.trim()))?;
            Ok(Ended::Failed)
        }
    }
}

struct Helper<'a> {
    app: Arc<App>,
    stores: &'a Stores,
    output: Output,
    target: Target,
}

impl Helper<'_> {
    fn answer(&self) -> Result<Result<Secret, Problem>, Stop> {
        let mut answer = self.quick();
        if let Err(problem) = &answer
            && problem.code == Code::VaultPassphraseNeeded
        {
            if let Err(problem) = self.unlock()? {
                return Ok(Err(problem));
            }
            answer = self.quick();
        }
        match answer {
            Ok(Some(answer)) => Ok(Ok(answer)),
            Ok(None) => self.slow(),
            Err(problem) => Ok(Err(problem)),
        }
    }

    fn quick(&self) -> Result<Option<Secret>, Problem> {
        let (sender, receiver) = mpsc::channel();
        let (app, target) = (self.app.clone(), self.target.clone());
        thread::spawn(move || {
            // Fails only when nobody waits any more.
            let _ = sender.send(hand_out::quick_json(&app, &target, &caller()));
        });
        receiver.recv_timeout(DEADLINE).unwrap_or_else(|_| {
            Err(Problem::new(
                Code::HelperTimedOut,
                format!(
                    "The keychain did not answer within {} seconds.",
                    DEADLINE.as_secs()
                ),
                "Unlock it, then try again.",
            ))
        })
    }

    fn unlock(&self) -> Result<Result<(), Problem>, Stop> {
        let file = &self.stores.file;
        self.with_the_person(async |person, _| {
            hand_out::unlock(&self.app, &self.target, file, person).await
        })
    }

    fn slow(&self) -> Result<Result<Secret, Problem>, Stop> {
        // The person is asked for the passphrase first: what they allow only once is not to be lost by it.
        if vault::needs_passphrase(&self.app, self.stores)
            && let Err(problem) = self.unlock()?
        {
            return Ok(Err(problem));
        }
        self.with_the_person(async |person, caller| {
            hand_out::credential_json(&self.app, &self.target, person, caller).await
        })
    }

    fn with_the_person<T>(
        &self,
        work: impl AsyncFnOnce(&Person, &Caller) -> Result<T, Problem>,
    ) -> Result<Result<T, Problem>, Stop> {
        let runtime = start::runtime(true)?;
        let caller = caller();
        let person = person_of_helper(self.output, &self.app, &caller);
        let done = runtime.block_on(work(&person, &caller));
        // A call that hangs must not keep the process.
        runtime.shutdown_background();
        Ok(done)
    }
}
