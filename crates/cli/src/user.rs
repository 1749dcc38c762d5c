//! `keywell user …`: IAM users.

use futures::{StreamExt, stream};
use keywell_app::{
    App,
    users::{self, NewUser},
};
use keywell_wire::{
    Failure, UserDeleted, UserDetails, UserGlance, UserItem, UserItemKind, UserList, UserRow,
};
use serde::Serialize;

use crate::{
    Session,
    error::{Ended, Stop},
    interrupt,
    key::{acting_profile, show_keys},
    output::{BOLD, DIM, Output, counted, day_and_minute},
    prompt,
};

#[derive(clap::Subcommand)]
#[command(defer = true)]
pub(crate) enum Command {
    /// List the account's IAM users
    #[command(after_help = "\
Examples:
  keywell user list --profile admin
  keywell user list --search robots --details
  keywell user list --all-accounts
  keywell user list --json")]
    List(ListArguments),
    /// Show a user with all that hangs on it
    #[command(after_help = "\
Examples:
  keywell user show ana --profile admin
  keywell user show ana --json")]
    Show(OneArguments),
    /// Make a user
    #[command(after_help = "\
Examples:
  keywell user create ci --description \"deploys the web site\" --profile admin
  keywell user create ci --path /robots/ --json")]
    Create(CreateArguments),
    /// Delete a user with all that hangs on it, for ever
    #[command(after_help = "\
Examples:
  keywell user delete ana --profile admin
  keywell user delete ana --profile admin --yes --json")]
    Delete(DeleteArguments),
}

#[derive(clap::Args)]
pub(crate) struct Acting {
    /// The profile that acts; AWS_PROFILE or `default` when left out
    #[arg(long, visible_alias = "using", value_name = "PROFILE")]
    profile: Option<String>,
}

#[derive(clap::Args)]
pub(crate) struct ListArguments {
    #[command(flatten)]
    acting: Acting,

    /// Only users with this in their path or name
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,

    /// Ask for the groups, MFA devices and keys of each
    #[arg(long)]
    details: bool,

    /// The users of every account that the profiles here open
    #[arg(long, conflicts_with = "profile")]
    all_accounts: bool,
}

#[derive(clap::Args)]
pub(crate) struct OneArguments {
    /// The user's name
    #[arg(value_name = "USER")]
    user: String,

    #[command(flatten)]
    acting: Acting,
}

#[derive(clap::Args)]
pub(crate) struct CreateArguments {
    /// The user's name
    #[arg(value_name = "USER")]
    user: String,

    /// What the user is for
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    description: String,

    /// Where the user is among the account's names
    #[arg(long, value_name = "PATH", default_value = "/")]
    path: String,

    #[command(flatten)]
    acting: Acting,
}

#[derive(clap::Args)]
pub(crate) struct DeleteArguments {
    #[command(flatten)]
    one: OneArguments,

    /// Do not ask
    #[arg(long, short = 'y')]
    yes: bool,
}

pub(crate) async fn run(session: &Session, command: Command) -> Result<Ended, Stop> {
    match command {
        Command::List(arguments) => list(session, arguments).await,
        Command::Show(arguments) => show(session, arguments).await,
        Command::Create(arguments) => create(session, arguments).await,
        Command::Delete(arguments) => delete(session, arguments).await,
    }
}

/// How many users are asked about at once.
const AT_ONCE: usize = 4;

/// A user of the list, with what was asked for beside it.
#[derive(Serialize)]
struct Listed {
    #[serde(flatten)]
    user: UserRow,
    #[serde(flatten)]
    glance: Option<UserGlance>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct List {
    users: Vec<Listed>,
    account_id: Option<String>,
    denied: bool,
}

/// The users of one account, or why they could not be read.
#[derive(Serialize)]
struct AccountList {
    profile: String,
    #[serde(flatten)]
    list: Option<List>,
    failure: Option<Failure>,
}

async fn list(session: &Session, arguments: ListArguments) -> Result<Ended, Stop> {
    let (app, output) = (&session.app, session.output);
    let details = arguments.details;
    let wanted = arguments.search.unwrap_or_default().to_lowercase();
    if arguments.all_accounts {
        return list_all(session, &wanted, details).await;
    }
    let profile = acting_profile(app, arguments.acting.profile);
    let found = users::list(app, &profile).await?;
    let list = listed(app, &profile, found, &wanted, details).await?;
    output.either(&list, |list| show_list(output, list, details))?;
    Ok(Ended::Done)
}

async fn list_all(session: &Session, wanted: &str, details: bool) -> Result<Ended, Stop> {
    let (app, output) = (&session.app, session.output);
    let read = users::list_all(app, &|_| {}, &interrupt::token()).await?;
    let mut accounts = Vec::new();
    for account in read {
        let list = match account.list {
            Some(found) => Some(listed(app, &account.profile, found, wanted, details).await?),
            None => None,
        };
        accounts.push(AccountList {
            profile: account.profile,
            list,
            failure: account.failure,
        });
    }
    let failed = accounts.iter().filter(|one| one.list.is_none()).count();
    output.either(&accounts, |accounts| {
        if accounts.is_empty() {
            return output.line("No profile here has a key of its own.");
        }
        for account in accounts {
            show_account(output, account, details)?;
        }
        Ok(())
    })?;
    Ok(match failed {
        0 => Ended::Done,
        some if some == accounts.len() => Ended::Failed,
        _ => Ended::Partly,
    })
}

fn show_account(output: Output, account: &AccountList, details: bool) -> std::io::Result<()> {
    let profile = &account.profile;
    if let Some(failure) = &account.failure {
        output.line(format!("{BOLD}{profile}{BOLD:#} could not be read:"))?;
        return output.line(format!("{} {}", failure.message, failure.hint));
    }
    let Some(list) = &account.list else {
        return Ok(());
    };
    let number = list.account_id.as_deref().unwrap_or("unknown");
    output.line(format!(
        "Account {BOLD}{number}{BOLD:#}, read as {profile}:"
    ))?;
    show_list(output, list, details)
}

async fn listed(
    app: &App,
    profile: &str,
    found: UserList,
    wanted: &str,
    details: bool,
) -> Result<List, Stop> {
    let rows = found.users.into_iter().filter(|user| {
        let text = format!("{}{}", user.path, user.name);
        text.to_lowercase().contains(wanted)
    });
    let mut users = Vec::new();
    let mut listed = stream::iter(rows)
        .map(|user| async move {
            let glance = match details {
                true => Some(users::glance(app, profile, &user.name).await?),
                false => None,
            };
            Ok::<_, Stop>(Listed { user, glance })
        })
        .buffered(AT_ONCE);
    while let Some(one) = listed.next().await {
        users.push(one?);
    }
    drop(listed);
    Ok(List {
        users,
        account_id: found.account_id,
        denied: found.denied,
    })
}

fn show_list(output: Output, list: &List, details: bool) -> std::io::Result<()> {
    if list.denied {
        output.line("This key may not list users; the list holds only its own user.")?;
    }
    let name = |user: &UserRow| {
        let mark = if user.is_caller { " (you)" } else { "" };
        format!("{}{mark}", user.name)
    };
    let created = |user: &UserRow| user.created.as_deref().map(day_and_minute);
    if !details {
        let rows: Vec<_> = list
            .users
            .iter()
            .map(|Listed { user, .. }| {
                [
                    name(user),
                    user.path.clone(),
                    created(user).unwrap_or_default(),
                    user.arn.clone(),
                ]
            })
            .collect();
        return output.table(["USER", "PATH", "CREATED (UTC)", "ARN"], &rows);
    }
    let hidden = || "not told".to_owned();
    let rows: Vec<_> = list
        .users
        .iter()
        .filter_map(|one| Some((&one.user, one.glance.as_ref()?)))
        .map(|(user, glance)| {
            let keys = glance.keys.as_ref().map(|keys| {
                let keys: Vec<_> = keys
                    .iter()
                    .map(|key| {
                        let used = key.last_used.as_deref().map(day_and_minute);
                        let state = if key.active { "" } else { " inactive," };
                        let used = used.map_or("never used".to_owned(), |at| format!("used {at}"));
                        format!("{}{state} {used}", key.key_id)
                    })
                    .collect();
                keys.join("; ")
            });
            [
                name(user),
                user.path.clone(),
                created(user).unwrap_or_default(),
                glance
                    .groups
                    .as_ref()
                    .map_or_else(hidden, |groups| groups.join(", ")),
                glance
                    .mfa_devices
                    .map_or_else(hidden, |count| count.to_string()),
                keys.unwrap_or_else(hidden),
            ]
        })
        .collect();
    output.table(
        ["USER", "PATH", "CREATED (UTC)", "GROUPS", "MFA", "KEYS"],
        &rows,
    )
}

async fn show(session: &Session, arguments: OneArguments) -> Result<Ended, Stop> {
    let profile = acting_profile(&session.app, arguments.acting.profile);
    let details = users::show(&session.app, &profile, &arguments.user).await?;
    let output = session.output;
    output.either(&details, |details| show_details(output, details))?;
    Ok(Ended::Done)
}

fn show_details(output: Output, details: &UserDetails) -> std::io::Result<()> {
    let user = &details.user;
    output.line(format!("{BOLD}{}{BOLD:#}  {}", user.name, user.arn))?;
    if let Some(description) = &details.description {
        output.line(crate::output::escaped(description))?;
    }
    if let Some(created) = &user.created {
        output.line(format!("Made {} UTC", day_and_minute(created)))?;
    }
    output.line("")?;
    match &details.keys {
        Some(keys) => show_keys(output, keys)?,
        None => output.line("This key may not list the access keys.")?,
    }
    for (kind, items) in groups(&details.items) {
        if kind != UserItemKind::AccessKey {
            output.line(format!("{DIM}{}{DIM:#}  {}", words(kind), items.join(", ")))?;
        }
    }
    show_hidden(output, &details.hidden)
}

/// What a delete can not name, and IAM would stop at.
fn show_hidden(output: Output, hidden: &[UserItemKind]) -> std::io::Result<()> {
    if hidden.is_empty() {
        return Ok(());
    }
    let kinds: Vec<_> = hidden.iter().map(|kind| words(*kind)).collect();
    output.line(format!("Not told to this key: {}", kinds.join(", ")))
}

/// The items by kind, in their order.
fn groups(items: &[UserItem]) -> Vec<(UserItemKind, Vec<String>)> {
    let mut groups: Vec<(UserItemKind, Vec<String>)> = Vec::new();
    for item in items {
        let name = crate::output::escaped(&item.name);
        match groups.last_mut() {
            Some((kind, names)) if *kind == item.kind => names.push(name),
            _ => groups.push((item.kind, vec![name])),
        }
    }
    groups
}

fn words(kind: UserItemKind) -> &'static str {
    match kind {
        UserItemKind::LoginProfile => "console password",
        UserItemKind::AccessKey => "access keys",
        UserItemKind::SigningCertificate => "signing certificates",
        UserItemKind::SshPublicKey => "SSH keys",
        UserItemKind::ServiceCredential => "credentials of single services",
        UserItemKind::MfaDevice => "MFA devices",
        UserItemKind::InlinePolicy => "inline policies",
        UserItemKind::AttachedPolicy => "attached policies",
        UserItemKind::Group => "groups",
    }
}

async fn create(session: &Session, arguments: CreateArguments) -> Result<Ended, Stop> {
    let new = NewUser {
        profile: &acting_profile(&session.app, arguments.acting.profile),
        name: &arguments.user,
        path: &arguments.path,
        description: &arguments.description,
    };
    let made = users::create(&session.app, &new).await?;
    let output = session.output;
    output.either(&made, |made| {
        output.line(format!("Made {BOLD}{}{BOLD:#}.", made.user.arn))?;
        if let Some(failure) = &made.description_failure {
            output.line(format!(
                "The description could not be stored. {}",
                failure.message
            ))?;
        }
        output.line(format!(
            "It has no rights and no keys yet. A key: keywell key create --user {0} --profile {0}",
            made.user.name
        ))
    })?;
    Ok(Ended::Done)
}

async fn delete(session: &Session, arguments: DeleteArguments) -> Result<Ended, Stop> {
    let (app, output) = (&session.app, session.output);
    if !arguments.yes && !prompt::may_ask(output) {
        return Err(Stop::usage(
            "Deleting a user can not be undone, and there is no terminal to ask on.",
            "Add --yes",
        ));
    }
    let profile = acting_profile(app, arguments.one.acting.profile);
    let user = arguments.one.user;
    let details = users::show(app, &profile, &user).await?;
    if !arguments.yes {
        prompt::tell(&format!("With {user} go:"))?;
        for (kind, items) in groups(&details.items) {
            prompt::tell(&format!("  {}: {}", words(kind), items.join(", ")))?;
        }
        for kind in &details.hidden {
            prompt::tell(&format!("  {}: not told to this key", words(*kind)))?;
        }
        let profiles = details.keys.iter().flat_map(|list| &list.keys);
        let profiles: Vec<_> = profiles.flat_map(|key| key.profiles.clone()).collect();
        if !profiles.is_empty() {
            prompt::tell(&format!(
                "Profiles here that stop working: {}",
                profiles.join(", ")
            ))?;
        }
        let question = format!("Delete {user} at AWS for ever? Type its name:");
        if !prompt::confirm_typed(&question, &user)? {
            return Err(Stop::cancelled());
        }
    }
    let done = users::delete(app, &profile, &user, &details.items).await?;
    output.either(&done, |done| show_deleted(output, done))?;
    Ok(if done.deleted {
        Ended::Done
    } else {
        Ended::Partly
    })
}

fn show_deleted(output: Output, done: &UserDeleted) -> std::io::Result<()> {
    let removed = counted(done.removed.len() as u64, "thing");
    match &done.failure {
        None if done.removed.is_empty() => {
            output.line(format!("Deleted {BOLD}{}{BOLD:#}.", done.user))?;
        }
        None => output.line(format!(
            "Deleted {BOLD}{}{BOLD:#}, and {removed} that hung on it.",
            done.user
        ))?,
        Some(failure) => {
            output.line(format!(
                "{BOLD}{}{BOLD:#} is not deleted yet: {removed} went. {} {}",
                done.user, failure.message, failure.hint
            ))?;
            for (kind, items) in groups(&done.left) {
                output.line(format!("  left, {}: {}", words(kind), items.join(", ")))?;
            }
        }
    }
    if done.profiles.is_empty() {
        return Ok(());
    }
    output.line(format!(
        "Profiles that held its keys: {}",
        done.profiles.join(", ")
    ))
}
