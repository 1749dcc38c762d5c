//! `keywell env`: a profile's credentials as lines that a shell takes over.

mod quote;

use keywell_app::hand_out;
use quote::Shell;

use crate::{
    Session,
    caller::caller,
    error::{Ended, Stop},
    person::person,
};

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  eval \"$(keywell env media)\"                        bash, zsh
  keywell env media --shell fish | source
  keywell env media --shell powershell | Invoke-Expression
  keywell env media --shell dotenv > .env             plain text: mind who can read it")]
pub(crate) struct Arguments {
    /// The profile whose credentials are printed
    #[arg(value_name = "PROFILE")]
    profile: String,

    /// How the lines are written
    #[arg(long, value_enum, default_value_t = Shell::Bash)]
    shell: Shell,
}

pub(crate) async fn run(session: &Session, arguments: &Arguments) -> Result<Ended, Stop> {
    let (app, caller) = (&session.app, caller());
    let person = person(session.output, &caller);
    let permit = hand_out::permit(app, &arguments.profile, &person, &caller).await?;
    let environment = hand_out::environment(app, &permit, &person, &caller).await?;
    if session.output.json {
        let set: serde_json::Map<String, serde_json::Value> = environment
            .set
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.expose().into()))
            .collect();
        session.output.value(&set)?;
        return Ok(Ended::Done);
    }
    let mut text = String::new();
    for name in &environment.unset {
        text.push_str(&arguments.shell.unset(name));
    }
    for (name, value) in &environment.set {
        let line = arguments.shell.set(name, value.expose()).ok_or_else(|| {
            Stop::usage(
                format!("The value of {name} can not be written for this shell."),
                "It has characters that cmd can not take: use --shell powershell.",
            )
        })?;
        text.push_str(&line);
    }
    session.output.bytes(text.as_bytes())?;
    Ok(Ended::Done)
}
