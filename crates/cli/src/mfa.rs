//! `keywell mfa`: MFA devices, and those whose codes Keywell makes itself.

use std::io::Write as _;

use keywell_app::{
    Code,
    mfa::{self, Codes},
    sessions,
};
use keywell_vault::Secret;
use keywell_wire::{MfaDraft, MfaKind};

use crate::{
    Session,
    error::{Ended, Stop, shown},
    interrupt::Signals,
    prompt,
};

const SEED_WARNING: &str = "The seed will lie in the keychain beside the access key: whoever can read the one can read the other.";
/// How often two codes are asked for.
const TRIES: usize = 3;

#[derive(clap::Subcommand)]
#[command(defer = true)]
pub(crate) enum Command {
    /// List the MFA devices of a user
    #[command(after_help = "\
Examples:
  keywell mfa list prod
  keywell mfa list admin --user deploy

STS gives no sessions for FIDO devices (security keys, passkeys). Who has no other device signs in with `aws login` or
through IAM Identity Center.")]
    List(ListArguments),
    /// Set up a virtual MFA device: a QR code for an app, and two of its codes
    #[command(after_help = "\
Examples:
  keywell mfa create prod
  keywell mfa create admin --user deploy --name deploy-phone
  keywell mfa create prod --keep-seed --json

With --keep-seed the seed lies in the keychain beside the access key, and whoever can read the one can read the other:
MFA then protects a key that leaks from elsewhere, and no longer this computer. Without a terminal nobody can type codes,
so Keywell makes them from a seed that is kept.")]
    Create(CreateArguments),
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
pub(crate) struct ListArguments {
    /// The profile that asks IAM
    #[arg(value_name = "PROFILE")]
    profile: String,

    /// The user; the profile's own when none is named
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
}

#[derive(clap::Args)]
pub(crate) struct CreateArguments {
    /// The profile that asks IAM
    #[arg(value_name = "PROFILE")]
    profile: String,

    /// The user who gets the device; the profile's own when none is named
    #[arg(long, value_name = "NAME")]
    user: Option<String>,

    /// The device's name, which no other device of the account has; the user's when none is given
    #[arg(long, value_name = "NAME")]
    name: Option<String>,

    /// Keep the seed in the keychain, so that Keywell makes the codes
    #[arg(long)]
    keep_seed: bool,
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
        Command::List(ListArguments { profile, user }) => {
            let found = mfa::devices(&session.app, &profile, user.as_deref()).await?;
            output.either(&found, |found| {
                let rows: Vec<_> = found
                    .devices
                    .iter()
                    .map(|device| {
                        let kind = match device.kind {
                            MfaKind::Virtual => "app",
                            MfaKind::Fido => "security key or passkey",
                            MfaKind::Hardware => "hardware",
                        };
                        let codes = if device.seed_kept { "by Keywell" } else { "" };
                        [
                            device.name.clone(),
                            kind.to_owned(),
                            codes.to_owned(),
                            device.serial.clone(),
                        ]
                    })
                    .collect();
                output.table(["DEVICE", "KIND", "CODES", "SERIAL"], &rows)?;
                if found.only_fido {
                    output.line("STS gives no sessions for these. Sign in with `aws login` or through IAM Identity Center instead, or add an app: keywell mfa create PROFILE")?;
                }
                Ok(())
            })?;
        }
        Command::Create(arguments) => create(session, arguments).await?,
        Command::Add(AddArguments {
            profile,
            seed_stdin,
        }) => {
            let seed = if seed_stdin {
                prompt::secret_from_stdin()?.0
            } else if prompt::may_ask(output) {
                prompt::tell(SEED_WARNING)?;
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

async fn create(session: &Session, arguments: CreateArguments) -> Result<(), Stop> {
    let (app, output) = (&session.app, session.output);
    let CreateArguments {
        profile,
        user,
        name,
        keep_seed,
    } = arguments;
    let may_ask = prompt::may_ask(output);
    if !may_ask && !keep_seed {
        return Err(Stop::usage(
            "There is nobody to type the device's codes.",
            "Run it in a terminal, or let Keywell make the codes: --keep-seed",
        ));
    }
    let draft = mfa::create(app, &profile, user.as_deref(), name.as_deref()).await?;
    let enabled = if may_ask {
        let mut signals = Signals::listen();
        tokio::select! {
            enabled = enrol(session, &draft, keep_seed) => enabled,
            () = signals.next() => Err(Stop::cancelled()),
        }
    } else {
        let enabled = mfa::enable(app, &draft.draft, Codes::OfSeed, keep_seed).await;
        enabled.map_err(Stop::from)
    };
    if enabled.is_err() {
        // What is said is why it was given up.
        let _ = mfa::cancel(app, &draft.draft).await;
    }
    output.either(&enabled?, |enabled| {
        output.line(format!(
            "{} has the MFA device {}.",
            shown(&enabled.user),
            shown(&enabled.serial)
        ))?;
        output.line(format!(
            "To use it: keywell profile set PROFILE mfa_serial={}",
            shown(&enabled.serial)
        ))
    })?;
    Ok(())
}

async fn enrol(
    session: &Session,
    draft: &MfaDraft,
    keep_seed: bool,
) -> Result<keywell_wire::MfaEnabled, Stop> {
    let enrolment = mfa::enrolment(&session.app, &draft.draft)?;
    if keep_seed {
        prompt::tell(SEED_WARNING)?;
    }
    writeln!(
        anstream::stderr(),
        "{}\nScan it with an authenticator app, or type this key into the app: {}",
        enrolment.lines()?.expose(),
        enrolment.seed.expose()
    )?;
    for left in (0..TRIES).rev() {
        // A question keeps its thread for as long as the person thinks.
        let codes = tokio::task::spawn_blocking(two_codes)
            .await
            .unwrap_or_else(|_| Err(Stop::cancelled()))?;
        match mfa::enable(&session.app, &draft.draft, Codes::Typed(codes), keep_seed).await {
            Err(problem) if problem.code == Code::MfaCode && left > 0 => {
                prompt::tell(&format!("{} {}", problem.message, problem.hint))?;
            }
            enabled => return Ok(enabled?),
        }
    }
    Err(Stop::cancelled())
}

fn two_codes() -> Result<[Secret; 2], Stop> {
    let ask = |question| {
        let code = prompt::ask(question)?.ok_or_else(Stop::cancelled)?;
        Ok::<_, Stop>(Secret::new(code))
    };
    Ok([ask("Code that the app shows:")?, ask("The next code:")?])
}
