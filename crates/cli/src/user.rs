use keywell_app::keys;

use crate::{
    Session,
    error::{Ended, Stop},
    key::acting_profile,
    output::day_and_minute,
};

#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// List the account's IAM users
    #[command(after_help = "\
Examples:
  keywell user list --profile admin
  keywell user list --json")]
    List(ListArguments),
}

#[derive(clap::Args)]
pub(crate) struct ListArguments {
    /// The profile that asks; AWS_PROFILE or `default` when left out
    #[arg(long, visible_alias = "using", value_name = "PROFILE")]
    profile: Option<String>,
}

pub(crate) async fn run(session: &Session, command: Command) -> Result<Ended, Stop> {
    let Command::List(arguments) = command;
    let profile = acting_profile(&session.app, arguments.profile);
    let list = keys::list_users(&session.app, &profile).await?;
    let output = session.output;
    output.either(&list, |list| {
        if list.denied {
            output.line("This key may not list users; the list holds only its own user.")?;
        }
        let rows: Vec<_> = list
            .users
            .iter()
            .map(|user| {
                let mark = if user.is_caller { " (you)" } else { "" };
                [
                    format!("{}{mark}", user.name),
                    user.path.clone(),
                    user.created
                        .as_deref()
                        .map(day_and_minute)
                        .unwrap_or_default(),
                    user.arn.clone(),
                ]
            })
            .collect();
        output.table(["USER", "PATH", "CREATED (UTC)", "ARN"], &rows)
    })?;
    Ok(Ended::Done)
}
