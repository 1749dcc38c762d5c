//! The command line's top: global options and the list of commands.

use clap::{
    Parser, Subcommand,
    builder::styling::{AnsiColor, Styles},
};

use crate::{
    access, completions, console, credential_process, doctor, env, exec, files, journal, key, mfa,
    practice, profile, s3, section, settings, setup, test, user, vault,
};

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

/// AWS access keys and the S3 buckets they open. Secrets stay in the system's keychain.
#[derive(Parser)]
#[command(
    name = "keywell",
    bin_name = "keywell",
    version,
    styles = STYLES,
    max_term_width = 100,
    after_help = "\
Examples:
  keywell setup --csv ~/Downloads/admin_accessKeys.csv    a console csv becomes a tested profile
  keywell practice start                                  an AWS account on this machine
  keywell test default                                    who am I, which buckets, is my clock right
  keywell s3 ls s3://my-bucket/ --profile media

Exit codes: 0 done, 1 failed, 2 bad usage or refused value, 3 partly done, 130 cancelled."
)]
pub(crate) struct Arguments {
    /// Print results as JSON, and errors as one JSON object on stderr; never ask
    #[arg(long, global = true, display_order = 900)]
    pub json: bool,

    /// Read the passphrase of the encrypted file from this file descriptor
    #[arg(
        long,
        global = true,
        value_name = "N",
        env = "KEYWELL_PASSPHRASE_FD",
        display_order = 901
    )]
    pub passphrase_fd: Option<u32>,

    #[command(subcommand)]
    pub command: Command,
}

// The helper is started for each call of an AWS client: the arguments of the other commands are not put together.
#[derive(Subcommand)]
#[command(defer = true)]
pub(crate) enum Command {
    /// Turn an access key into a tested profile whose secret is in the keychain
    Setup(setup::Arguments),
    /// Test a profile: who it is, which buckets it lists, whether the clock is right
    Test(test::Arguments),
    /// Look at this machine: what is wrong, why it matters, and what mends it
    Doctor(doctor::Arguments),
    /// List, show and change profiles
    #[command(subcommand)]
    Profile(profile::Command),
    /// IAM users of the account
    #[command(subcommand)]
    User(user::Command),
    /// Access keys of IAM users
    #[command(subcommand)]
    Key(key::Command),
    /// Access of programs to one bucket: user, policy, key and profile in one go
    #[command(subcommand)]
    Access(access::Command),
    /// Hand a profile's key to an AWS client (the CLI and the SDKs call this)
    CredentialProcess(credential_process::Arguments),
    /// Run a program with a profile's credentials in its environment
    Exec(exec::Arguments),
    /// Print a profile's credentials as lines for a shell
    Env(env::Arguments),
    /// Sign in to the AWS console as a profile, without a password
    Console(console::Arguments),
    /// MFA devices: list, set up, and let Keywell make their codes
    #[command(subcommand)]
    Mfa(mfa::Command),
    /// Show which program got which profile's credentials
    Journal(journal::Arguments),
    /// A practice AWS account on this machine
    #[command(subcommand)]
    Practice(practice::Command),
    /// Buckets and objects
    #[command(subcommand)]
    S3(s3::Command),
    /// The sections that profiles refer to by name: sign-ins (sso-session) and addresses (services)
    #[command(subcommand)]
    Section(section::Command),
    /// Show and change Keywell's own settings
    #[command(subcommand)]
    Settings(settings::Command),
    /// The AWS files as such: how the SDKs read them, where they are, one edit at a time
    #[command(subcommand)]
    Files(files::Command),
    /// Print what helps to find a fault: versions, states and codes, no names and no secrets
    #[command(after_help = "\
Example:
  keywell diagnostics > keywell-diagnostics.txt")]
    Diagnostics,
    /// The store that keeps the keys: proof, move, backup
    #[command(subcommand)]
    Vault(vault::Command),
    /// Print a completion script for a shell
    Completions(completions::Arguments),
}

/// `NAME=VALUE`, for commands that set things.
pub(crate) fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => {
            Ok((name.trim().to_owned(), value.trim().to_owned()))
        }
        _ => Err("write it as key=value".to_owned()),
    }
}
