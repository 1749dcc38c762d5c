//! `keywell exec`: a program with a profile's credentials in its environment.

mod child;
mod server;

use std::{ffi::OsString, io, process::Command};

use keywell_app::hand_out::{self, Environment};
use keywell_wire::Failure;

use crate::{
    Session,
    caller::caller,
    error::{Ended, Stop},
    person::person,
};

/// As shells say that a program is not there, and that it can not be run.
const NOT_FOUND: u8 = 127;
const NOT_RUNNABLE: u8 = 126;

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  keywell exec media -- aws s3 ls
  keywell exec prod --server -- terraform apply

The exit code is the program's own; 127 when it is not there.")]
pub(crate) struct Arguments {
    /// The profile whose credentials the program gets
    #[arg(value_name = "PROFILE")]
    profile: String,

    /// Hand sessions out over a loopback address, renewed for as long as the program runs. A session of a plain key
    /// that was made without MFA can not call IAM
    #[arg(long)]
    server: bool,

    /// The program and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

pub(crate) async fn run(session: &Session, arguments: Arguments) -> Result<Ended, Stop> {
    let Arguments {
        profile,
        server,
        command,
    } = arguments;
    let (app, caller) = (&session.app, caller());
    let person = person(session.output, &caller);
    let permit = hand_out::permit(app, &profile, &person, &caller).await?;
    let mut words = command.into_iter();
    let mut command = Command::new(words.next().unwrap_or_default());
    command.args(words);
    let ended = if server {
        // The first session is had before the program starts, while there is a person to ask.
        hand_out::container_json(app, &permit, &person, &caller).await?;
        let server = server::Server::listen().await?;
        let environment =
            hand_out::server_environment(app, &profile, server.address(), server.token())?;
        give(&mut command, &environment);
        tokio::select! {
            ended = child::run(command, &session.guard) => ended,
            never = server.serve(app, &permit, &caller) => match never {},
        }
    } else {
        let environment = hand_out::environment(app, &permit, &person, &caller).await?;
        give(&mut command, &environment);
        child::become_it(command, &session.guard).await
    };
    ended.or_else(|error| not_run(&error))
}

fn give(command: &mut Command, environment: &Environment) {
    for name in &environment.unset {
        command.env_remove(name);
    }
    for (name, value) in &environment.set {
        command.env(name, value.expose());
    }
}

fn not_run(error: &io::Error) -> Result<Ended, Stop> {
    let code = match error.kind() {
        io::ErrorKind::NotFound => NOT_FOUND,
        _ => NOT_RUNNABLE,
    };
    let failure = Failure {
        code: "exec.failed".into(),
        message: "The program can not be run.".into(),
        cause: error.to_string(),
        hint: "Check its name: keywell exec PROFILE -- COMMAND".into(),
    };
    Err(Stop::failed(failure).with_code(code))
}
