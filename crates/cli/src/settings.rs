//! `keywell settings …`: what is chosen for Keywell itself, for the window and the command line alike.

use std::io;

use keywell_app::settings;
use keywell_wire::SettingsState;

use crate::{
    Session,
    arguments::assignment,
    error::{Ended, Stop, shown},
    output::{DIM, Output},
};

#[derive(clap::Subcommand)]
#[command(defer = true)]
pub(crate) enum Command {
    /// Show all settings
    #[command(after_help = "\
Examples:
  keywell settings show
  keywell settings show --json")]
    Show,
    /// Change settings
    #[command(after_help = "\
Examples:
  keywell settings set default_region=eu-north-1
  keywell settings set proxy=http://proxy.example.com:3128 no_proxy=.example.com
  keywell settings set proxy=            (takes it out)
  keywell settings set transfer_kib_per_second=2048 transfer_parallel=2")]
    Set {
        /// What to set
        #[arg(value_name = "NAME=VALUE", value_parser = assignment, required = true)]
        values: Vec<(String, String)>,
    },
}

pub(crate) fn run(session: &Session, command: Command) -> Result<Ended, Stop> {
    let state = match command {
        Command::Show => settings::show(&session.app),
        Command::Set { values } => settings::set(&session.app, &values)?,
    };
    session
        .output
        .either(&state, |state| show(session.output, state))?;
    Ok(Ended::Done)
}

fn show(output: Output, state: &SettingsState) -> io::Result<()> {
    for (name, value) in settings::rows(&state.settings) {
        output.line(format!("{name:<24} {}", shown(&value)).trim_end())?;
    }
    output.line(format!("{DIM}{}{DIM:#}", shown(&state.file)))?;
    for change in &state.overrides {
        output.line(format!(
            "– {} of the environment decides in place of {}.",
            change.variable,
            settings::file_name_of(&change.field)
        ))?;
    }
    let problems = state.problems.iter().map(|problem| &problem.failure);
    for failure in state.problem.iter().chain(problems) {
        output.line(format!(
            "! {}\n  {}",
            shown(&failure.message),
            shown(&failure.hint)
        ))?;
    }
    Ok(())
}
