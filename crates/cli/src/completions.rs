use clap::CommandFactory;
use clap_complete::Shell;

use crate::{
    error::{Ended, Stop},
    output::Output,
};

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  keywell completions bash > ~/.local/share/bash-completion/completions/keywell
  keywell completions zsh > ~/.zfunc/_keywell
  keywell completions fish > ~/.config/fish/completions/keywell.fish
  keywell completions powershell >> $PROFILE")]
pub(crate) struct Arguments {
    /// The shell to complete in
    shell: Shell,
}

pub(crate) fn run(arguments: &Arguments, output: Output) -> Result<Ended, Stop> {
    let mut script = Vec::new();
    clap_complete::generate(
        arguments.shell,
        &mut crate::arguments::Arguments::command(),
        "keywell",
        &mut script,
    );
    output.bytes(&script)?;
    Ok(Ended::Done)
}
