//! `keywell key …`: access keys of IAM users.

mod health;
mod rotate;
mod unfinished;

use std::path::PathBuf;

use keywell_app::{
    App, Code, Problem,
    cloud::short_key_id,
    keys::{self, Place},
    profiles, regions,
};
use keywell_wire::{AccessKeyList, AccessKeyRow, KeyCreated};

use crate::{
    Session,
    error::{Ended, Stop},
    interrupt::{self, or_stop},
    output::{BOLD, Output, day_and_minute},
    prompt, setup,
    steps::StepView,
};

#[derive(clap::Subcommand)]
#[command(defer = true)]
pub(crate) enum Command {
    /// List a user's access keys with their age and last use
    #[command(after_help = "\
Examples:
  keywell key list --profile admin
  keywell key list --user ana --profile admin --json")]
    List(ListArguments),
    /// Make a key for a user, into a keychain-backed profile or a csv
    #[command(after_help = "\
Examples:
  keywell key create --user ana --profile ana --using admin --description \"laptop of Ana\"
  keywell key create --user ana --csv ana_accessKeys.csv --using admin")]
    Create(CreateArguments),
    /// Make a deactivated key work again
    #[command(after_help = "\
Example:
  keywell key activate AKIAIOSFODNN7EXAMPLE --user ana --profile admin")]
    Activate(KeyArguments),
    /// Make a key stop working, without deleting it
    #[command(after_help = "\
Example:
  keywell key deactivate AKIAIOSFODNN7EXAMPLE --user ana --profile admin")]
    Deactivate(GuardedArguments),
    /// Delete a key at AWS, for ever
    #[command(after_help = "\
Example:
  keywell key delete AKIAIOSFODNN7EXAMPLE --user ana --profile admin --yes")]
    Delete(GuardedArguments),
    /// List the keys that were made and have not found their place
    #[command(after_help = "\
Examples:
  keywell key unfinished
  keywell key unfinished --json")]
    Unfinished,
    /// Make a profile of an unfinished key
    #[command(after_help = "\
Example:
  keywell key finish 1 --profile ana")]
    Finish(unfinished::FinishArguments),
    /// Delete an unfinished key, at AWS and here
    #[command(after_help = "\
Example:
  keywell key discard 1")]
    Discard(unfinished::OneArguments),
    /// Leave an unfinished key at AWS, and forget its secret here
    #[command(after_help = "\
Example:
  keywell key release 1")]
    Release(unfinished::OneArguments),
    /// Replace the key of a profile by a new one; a working key is there at every moment
    #[command(after_help = "\
Examples:
  keywell key rotate --profile media                  the old key is watched for 7 days, then deleted
  keywell key rotate --profile media --grace 0s --yes run through to the delete, without a person
  keywell key rotate --profile media --resume         go on with what was interrupted, or look at the old key
  keywell key rotate --profile media --back           use the old key again
  keywell key rotate --profile media --using admin    let another profile act
  keywell key rotate --profile media --profile ci     several at once
  keywell key rotate --due --yes                      for cron or a systemd timer: goes on with rotations that wait, and
                                                      replaces keys that are older than the setting key_rotate_days")]
    Rotate(rotate::Arguments),
    /// Look at how old, how used and how safe keys are
    #[command(after_help = "\
Examples:
  keywell key health --profile admin
  keywell key health --all
  keywell key health --json --fail-on old,plain        for scripts and CI
  keywell key health --csv > keys.csv

Exit codes: 1 with --fail-on when there is such a finding, 3 when not all could be read.")]
    Health(health::Arguments),
    /// List the rotations that are under way
    #[command(after_help = "\
Examples:
  keywell key rotations
  keywell key rotations --json")]
    Rotations,
}

#[derive(clap::Args)]
pub(crate) struct Acting {
    /// The user; the caller's own when left out
    #[arg(long, value_name = "USER")]
    user: Option<String>,

    /// The profile that acts; AWS_PROFILE or `default` when left out
    #[arg(long, visible_alias = "using", value_name = "PROFILE")]
    profile: Option<String>,
}

#[derive(clap::Args)]
pub(crate) struct ListArguments {
    #[command(flatten)]
    acting: Acting,
}

#[derive(clap::Args)]
pub(crate) struct CreateArguments {
    /// The user who gets the key
    #[arg(long, value_name = "USER")]
    user: String,

    /// The new profile that is to hold the key
    #[arg(
        long,
        visible_alias = "new-profile",
        value_name = "NAME",
        required_unless_present = "csv"
    )]
    profile: Option<String>,

    /// A file that is to hold the key as the AWS console writes it, in plain text
    #[arg(long, value_name = "FILE", conflicts_with_all = ["profile", "region"])]
    csv: Option<PathBuf>,

    /// The profile that acts; AWS_PROFILE or `default` when left out
    #[arg(long, value_name = "PROFILE")]
    using: Option<String>,

    /// What the key is for, as the AWS console shows it
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    description: String,

    /// The new profile's region; that of the acting profile when left out
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
}

#[derive(clap::Args)]
pub(crate) struct KeyArguments {
    /// The access key ID
    #[arg(value_name = "KEY_ID")]
    key_id: String,

    #[command(flatten)]
    acting: Acting,
}

#[derive(clap::Args)]
pub(crate) struct GuardedArguments {
    #[command(flatten)]
    key: KeyArguments,

    /// Do not ask
    #[arg(long, short = 'y')]
    yes: bool,
}

/// The profile that acts, as the AWS SDKs choose it.
pub(crate) fn acting_profile(app: &App, named: Option<String>) -> String {
    named
        .or_else(|| app.variables.text("AWS_PROFILE"))
        .unwrap_or_else(|| "default".to_owned())
}

impl Acting {
    async fn resolve(self, app: &App) -> Result<(String, String), Problem> {
        let profile = acting_profile(app, self.profile);
        let user = match self.user {
            Some(user) => user,
            None => keys::caller(app, &profile).await?,
        };
        Ok((profile, user))
    }
}

pub(crate) async fn run(session: &Session, command: Command) -> Result<Ended, Stop> {
    match command {
        Command::List(arguments) => or_stop(list(session, arguments)).await,
        Command::Create(arguments) => create(session, arguments).await,
        Command::Activate(arguments) => or_stop(activate(session, arguments)).await,
        Command::Deactivate(arguments) => or_stop(deactivate(session, arguments)).await,
        Command::Delete(arguments) => or_stop(delete(session, arguments)).await,
        Command::Rotate(arguments) => rotate::run(session, arguments).await,
        Command::Health(arguments) => health::run(session, arguments).await,
        Command::Rotations => rotate::list(session),
        Command::Unfinished => unfinished::list(session),
        Command::Finish(arguments) => unfinished::finish(session, arguments).await,
        Command::Discard(arguments) => or_stop(unfinished::discard(session, arguments)).await,
        Command::Release(arguments) => or_stop(unfinished::release(session, arguments)).await,
    }
}

async fn list(session: &Session, arguments: ListArguments) -> Result<Ended, Stop> {
    let (profile, user) = arguments.acting.resolve(&session.app).await?;
    let list = keys::list_keys(&session.app, &profile, &user).await?;
    let output = session.output;
    output.either(&list, |list| show_keys(output, list))?;
    Ok(Ended::Done)
}

pub(crate) fn show_keys(output: Output, list: &AccessKeyList) -> std::io::Result<()> {
    if list.keys.is_empty() {
        return output.line(format!("{} has no access keys.", list.user));
    }
    let rows: Vec<_> = list
        .keys
        .iter()
        .map(|key| {
            let used = match (&key.last_used, &key.last_used_service) {
                (Some(at), Some(service)) => format!("{} {service}", day_and_minute(at)),
                (Some(at), None) => day_and_minute(at),
                (None, _) => "never".to_owned(),
            };
            [
                key.key_id.clone(),
                if key.active { "active" } else { "inactive" }.to_owned(),
                key.created
                    .as_deref()
                    .map(day_and_minute)
                    .unwrap_or_default(),
                used,
                key.profiles.join(", "),
                key.description.clone().unwrap_or_default(),
            ]
        })
        .collect();
    output.table(
        [
            "KEY",
            "STATE",
            "CREATED (UTC)",
            "LAST USED",
            "PROFILES HERE",
            "DESCRIPTION",
        ],
        &rows,
    )?;
    output.line(format!(
        "{} of {} keys that a user may have.",
        list.keys.len(),
        list.limit
    ))
}

async fn create(session: &Session, arguments: CreateArguments) -> Result<Ended, Stop> {
    let output = session.output;
    if let Some(path) = arguments.csv.as_ref().filter(|path| path.exists()) {
        return Err(Stop::usage(
            format!("{} exists already.", path.display()),
            "Name another file: it may hold the only copy of another secret.",
        ));
    }
    let new = NewKey {
        using: acting_profile(&session.app, arguments.using),
        user: arguments.user,
        description: arguments.description,
        profile: arguments.profile,
        region: arguments.region,
    };
    let mut created = make(session, new).await?;
    // It could only be used by the process that is about to end.
    if let Some(summary) = &mut created.summary {
        summary.undo = None;
    }
    if let (Some(path), Some(id)) = (&arguments.csv, created.waiting.take()) {
        keys::save_csv(&session.app, &id, path).await?;
        keys::release(&session.app, &id).await?;
    }
    output.either(&created, |created| {
        if let Some(failure) = &created.description_failure {
            output.line(format!(
                "The description could not be stored. {}",
                failure.message
            ))?;
        }
        match (&created.summary, &arguments.csv) {
            (Some(summary), _) => setup::show_summary(output, summary),
            (None, Some(path)) => output.line(format!(
                "Made {BOLD}{}{BOLD:#}. Its secret lies in {} in plain text; delete that file when you have set it up.",
                created.key_id,
                path.display()
            )),
            (None, None) => Ok(()),
        }
    })?;
    Ok(Ended::Done)
}

/// A key that is to be made, and the profile that is to hold it.
pub(crate) struct NewKey {
    pub using: String,
    pub user: String,
    pub description: String,
    /// None leaves the key waiting in the keychain.
    pub profile: Option<String>,
    pub region: Option<String>,
}

pub(crate) async fn make(session: &Session, new: NewKey) -> Result<KeyCreated, Stop> {
    let app = &session.app;
    let region = match new.region {
        Some(region) => region,
        None => profiles::row(app, &new.using)?
            .region
            .unwrap_or_else(|| regions::DEFAULT_REGION.to_owned()),
    };
    let new = keys::NewKey {
        profile: &new.using,
        user: &new.user,
        description: &new.description,
        place: match &new.profile {
            Some(name) => Place::Profile {
                name,
                region: &region,
            },
            None => Place::Waiting,
        },
    };
    let view = StepView::of_new_key(session.output);
    let cancel = interrupt::token();
    Ok(keys::create(app, &new, &|step| view.show(&step), &cancel).await?)
}

/// What became of a key.
#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct KeyChanged {
    user: String,
    key_id: String,
    /// `active`, `inactive` or `deleted`.
    state: &'static str,
    /// Profiles on this machine that use the key.
    profiles: Vec<String>,
    /// RFC 3339, UTC; none when it was never used, or may not be read.
    last_used: Option<String>,
}

/// What is known of a key before it is changed: its last use, and every profile of this machine that holds it.
async fn known(
    app: &App,
    profile: &str,
    user: &str,
    key_id: &str,
) -> Result<(Option<AccessKeyRow>, Vec<String>), Problem> {
    let mut profiles = keys::profiles_of(app, key_id)?;
    // Who may change a key need not be allowed to list it.
    let row = match keys::list_keys(app, profile, user).await {
        Ok(list) => list.keys.into_iter().find(|key| key.key_id == key_id),
        Err(problem) if problem.code == Code::AccessDenied => None,
        Err(problem) => return Err(problem),
    };
    profiles.extend(row.iter().flat_map(|key| key.profiles.clone()));
    profiles.sort();
    profiles.dedup();
    Ok((row, profiles))
}

fn tell_known(row: Option<&AccessKeyRow>, profiles: &[String]) -> Result<(), Stop> {
    if let Some(row) = row {
        let used = match (&row.last_used, &row.last_used_service) {
            (Some(at), Some(service)) => format!("Last used {} for {service}.", day_and_minute(at)),
            (Some(at), None) => format!("Last used {}.", day_and_minute(at)),
            (None, _) => "No use of it is known.".to_owned(),
        };
        prompt::tell(&used)?;
    }
    if !profiles.is_empty() {
        prompt::tell(&format!("Profiles here use it: {}", profiles.join(", ")))?;
    }
    Ok(())
}

impl KeyChanged {
    fn show(&self, output: Output, did: &str) -> std::io::Result<()> {
        output.line(format!(
            "{did} {BOLD}{}{BOLD:#} of {}.",
            self.key_id, self.user
        ))?;
        if self.profiles.is_empty() || self.state == "active" {
            return Ok(());
        }
        output.line(format!(
            "Profiles that use it and do not work now: {}",
            self.profiles.join(", ")
        ))
    }
}

async fn activate(session: &Session, arguments: KeyArguments) -> Result<Ended, Stop> {
    let (profile, user) = arguments.acting.resolve(&session.app).await?;
    set_active(session, &profile, user, arguments.key_id, true).await
}

async fn deactivate(session: &Session, arguments: GuardedArguments) -> Result<Ended, Stop> {
    let app = &session.app;
    let key_id = arguments.key.key_id;
    let profile = acting_profile(app, arguments.key.acting.profile.clone());
    let is_own = profiles::row(app, &profile)?.key_id.as_ref() == Some(&key_id);
    if is_own && !arguments.yes {
        let message = format!("The profile {profile} is signed with this very key.");
        if !prompt::may_ask(session.output) {
            return Err(Problem::new(
                Code::KeyInUse,
                message,
                "Let another profile deactivate it, so that you do not lock yourself out. To do it all the same, add --yes",
            )
            .into());
        }
        prompt::tell(&message)?;
        if !prompt::confirm("It can not activate itself again. Deactivate it?")? {
            return Err(Stop::cancelled());
        }
    }
    let (profile, user) = arguments.key.acting.resolve(app).await?;
    set_active(session, &profile, user, key_id, false).await
}

async fn set_active(
    session: &Session,
    profile: &str,
    user: String,
    key_id: String,
    active: bool,
) -> Result<Ended, Stop> {
    let app = &session.app;
    let (row, profiles) = known(app, profile, &user, &key_id).await?;
    if !active && prompt::may_ask(session.output) {
        tell_known(row.as_ref(), &profiles)?;
    }
    keys::set_active(app, profile, &user, &key_id, active, true).await?;
    let changed = KeyChanged {
        profiles,
        last_used: row.and_then(|row| row.last_used),
        user,
        key_id,
        state: if active { "active" } else { "inactive" },
    };
    let output = session.output;
    let did = if active { "Activated" } else { "Deactivated" };
    output.either(&changed, |changed| changed.show(output, did))?;
    Ok(Ended::Done)
}

async fn delete(session: &Session, arguments: GuardedArguments) -> Result<Ended, Stop> {
    let app = &session.app;
    let output = session.output;
    if !arguments.yes && !prompt::may_ask(output) {
        return Err(Stop::usage(
            "Deleting a key can not be undone, and there is no terminal to ask on.",
            "Add --yes",
        ));
    }
    let key_id = arguments.key.key_id;
    let (profile, user) = arguments.key.acting.resolve(app).await?;
    let (row, used_by) = known(app, &profile, &user, &key_id).await?;
    if !arguments.yes {
        let characters: Vec<char> = key_id.chars().collect();
        let last: String = characters[characters.len().saturating_sub(4)..]
            .iter()
            .collect();
        tell_known(row.as_ref(), &used_by)?;
        let question = format!(
            "Delete {} of {user} at AWS for ever? Type its last four characters:",
            short_key_id(&key_id)
        );
        if !prompt::confirm_typed(&question, &last)? {
            return Err(Stop::cancelled());
        }
    }
    keys::delete(app, &profile, &user, &key_id).await?;
    let changed = KeyChanged {
        user,
        key_id,
        state: "deleted",
        profiles: used_by,
        last_used: row.and_then(|row| row.last_used),
    };
    output.either(&changed, |changed| changed.show(output, "Deleted"))?;
    Ok(Ended::Done)
}
