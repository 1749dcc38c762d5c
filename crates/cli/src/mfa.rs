//! `keywell mfa`: devices whose codes Keywell makes itself.

use keywell_app::sessions;

use crate::{
    Session,
    error::{Ended, Stop, shown},
    prompt,
};

#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Keep the seed of a profile's MFA device in the keychain, so that nobody has to type codes
    #[command(after_help = "\
Example:
  keywell mfa add prod --seed-stdin < seed.txt

Mind what this means: the seed then lies beside the access key, and whoever can read the one can read the other. MFA
still protects a key that leaks from elsewhere, and no longer protects this computer.")]
    Add(AddArguments),
    /// Forget the seed of a profile's MFA device
    #[command(after_help = "\
Example:
  keywell mfa remove prod")]
    Remove(RemoveArguments),
}

#[derive(clap::Args)]
pub(crate) struct AddArguments {
    /// The profile that names the device in mfa_serial, or a role behind it
    #[arg(value_name = "PROFILE")]
    profile: String,

    /// Read the seed, or the otpauth: address of its QR code, from stdin
    #[arg(long)]
    seed_stdin: bool,
}

#[derive(clap::Args)]
pub(crate) struct RemoveArguments {
    /// The profile that names the device
    #[arg(value_name = "PROFILE")]
    profile: String,
}

pub(crate) async fn run(session: &Session, command: Command) -> Result<Ended, Stop> {
    let output = session.output;
    match command {
        Command::Add(AddArguments {
            profile,
            seed_stdin,
        }) => {
            let seed = if seed_stdin {
                prompt::secret_from_stdin()?.0
            } else if prompt::may_ask(output) {
                prompt::tell(
                    "The seed will lie in the keychain beside the access key: whoever can read the one can read the other.",
                )?;
                prompt::hidden("Seed of the MFA device (it stays hidden):")?
            } else {
                return Err(Stop::usage(
                    "There is no seed.",
                    "Write it to stdin: keywell mfa add PROFILE --seed-stdin",
                ));
            };
            let serial = sessions::keep_seed(&session.app, &profile, &seed).await?;
            output.either(&serde_json::json!({ "serial": serial }), |_| {
                output.line(format!(
                    "Keywell makes the codes of {} from now on.",
                    shown(&serial)
                ))
            })?;
        }
        Command::Remove(RemoveArguments { profile }) => {
            let removed = sessions::forget_seed(&session.app, &profile).await?;
            output.either(&serde_json::json!({ "removed": removed }), |_| {
                output.line(match removed {
                    true => "The seed is forgotten. Codes are asked for again.",
                    false => "There was no seed.",
                })
            })?;
        }
    }
    Ok(Ended::Done)
}
