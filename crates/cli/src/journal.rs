//! `keywell journal`: which program got which profile's credentials.

use keywell_app::hand_out;

use crate::{
    Session,
    error::{Ended, Stop},
    output::day_and_minute,
};

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  keywell journal
  keywell journal --limit 1000 --json

It is kept on this machine for 90 days and holds no secrets. It informs: a program that runs as you can do what you
can, so it is no protection against malware.")]
pub(crate) struct Arguments {
    /// How many hand-outs are shown, newest first
    #[arg(long, default_value_t = 50, value_name = "NUMBER")]
    limit: usize,
}

pub(crate) fn run(session: &Session, arguments: &Arguments) -> Result<Ended, Stop> {
    let output = session.output;
    let found = hand_out::journal(&session.app, arguments.limit)?;
    output.either(&found, |found| {
        let rows: Vec<_> = found
            .iter()
            .map(|hand_out| {
                [
                    day_and_minute(&hand_out.at),
                    hand_out.profile.clone(),
                    hand_out.kind.clone(),
                    if hand_out.fresh { "new" } else { "kept" }.to_owned(),
                    hand_out.programs.join(" < "),
                    hand_out.folder.clone(),
                ]
            })
            .collect();
        output.table(
            ["TIME (UTC)", "PROFILE", "WHAT", "FROM", "PROGRAM", "FOLDER"],
            &rows,
        )
    })?;
    Ok(Ended::Done)
}
