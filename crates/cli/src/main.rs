//! The `keywell` command: all that the window does, for terminals and scripts.
//!
//! One file per noun. What lives here: arguments, prompts, tables, exit codes. What does not: any rule about keys,
//! profiles or buckets (`crates/app`), and anything that asks AWS (`crates/aws`).

#![allow(clippy::print_stdout, clippy::print_stderr)]

mod access;
mod arguments;
mod caller;
mod completions;
mod console;
mod credential_process;
mod diagnostics;
mod doctor;
mod env;
mod error;
mod exec;
mod files;
mod interrupt;
mod journal;
mod key;
mod mfa;
mod migrate;
mod output;
mod passphrase;
mod person;
mod practice;
mod profile;
mod prompt;
mod s3;
mod section;
mod settings;
mod setup;
mod start;
mod steps;
mod test;
mod user;
mod vault;

use std::process::ExitCode;

use arguments::{Arguments, Command};
use clap::Parser;
use error::{Ended, Stop};
use keywell_app::{App, vault::Stores};
use output::Output;
use start::MemoryGuard;

/// What every command gets.
pub(crate) struct Session {
    pub app: App,
    pub stores: Stores,
    pub output: Output,
    pub guard: MemoryGuard,
}

fn main() -> ExitCode {
    let guard = MemoryGuard::set();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return error::usage(&error),
    };
    let output = Output::new(arguments.json);
    match run(arguments, output, guard) {
        Ok(ended) => ExitCode::from(ended.code()),
        Err(stop) => stop.report(output),
    }
}

fn run(arguments: Arguments, output: Output, guard: MemoryGuard) -> Result<Ended, Stop> {
    if let Command::Completions(shell) = &arguments.command {
        return completions::run(shell, output);
    }
    let (app, stores) = start::app(&arguments)?;
    if let Command::CredentialProcess(arguments) = &arguments.command {
        return credential_process::run(app, &stores, output, arguments);
    }
    let session = Session {
        app,
        stores,
        output,
        guard,
    };
    let runtime = start::runtime(false)?;
    let ended = runtime.block_on(perform(&session, arguments.command));
    // A call to a keychain that hangs must not keep the process.
    runtime.shutdown_background();
    ended
}

async fn perform(session: &Session, command: Command) -> Result<Ended, Stop> {
    match command {
        Command::Setup(arguments) => setup::run(session, arguments).await,
        Command::Test(arguments) => test::run(session, &arguments).await,
        Command::Doctor(arguments) => doctor::run(session, arguments).await,
        // It puts back what it changed when it is stopped.
        Command::Profile(profile::Command::Migrate(arguments)) => {
            migrate::run(session, arguments).await
        }
        Command::Profile(command) => interrupt::or_stop(profile::run(session, command)).await,
        Command::User(command) => interrupt::or_stop(user::run(session, command)).await,
        Command::Key(command) => key::run(session, command).await,
        Command::Access(command) => access::run(session, command).await,
        Command::Exec(arguments) => exec::run(session, arguments).await,
        Command::Console(arguments) => interrupt::or_stop(console::run(session, &arguments)).await,
        Command::Journal(arguments) => journal::run(session, &arguments),
        Command::Mfa(command) => mfa::run(session, command).await,
        Command::Env(arguments) => env::run(session, &arguments).await,
        Command::CredentialProcess(_) => unreachable!("it is answered without a runtime"),
        Command::Practice(command) => practice::run(session, command).await,
        Command::Section(command) => interrupt::or_stop(section::run(session, command)).await,
        Command::S3(command) => s3::run(session, command).await,
        Command::Settings(command) => settings::run(session, command),
        Command::Files(command) => interrupt::or_stop(files::run(session, command)).await,
        Command::Diagnostics => diagnostics::run(session).await,
        Command::Vault(command) => vault::run(session, command).await,
        Command::Completions(shell) => completions::run(&shell, session.output),
    }
}
