//! `keywell access …`: a user, a policy for one bucket, a key and a profile for a program, in one go.

use std::path::PathBuf;

use anstyle::AnsiColor;
use keywell_app::{App, access, profiles, regions};
use keywell_wire::{
    Access, AccessAllow, AccessGranted, AccessPlan, AccessPreview, AccessState, ProofOutcome,
};

use crate::{
    Session,
    error::{Ended, Stop, shown},
    interrupt,
    key::acting_profile,
    output::{BOLD, Output, day_and_minute, escaped},
    prompt, setup,
    steps::StepView,
};

#[derive(clap::Subcommand)]
#[command(defer = true)]
pub(crate) enum Command {
    /// Give a program access to one bucket: makes its user, policy, key and profile, and proves them
    #[command(after_help = "\
Examples:
  keywell access grant --user backup --bucket acme-backup --allow read,write --using admin
  keywell access grant --user web --bucket acme-media --prefix in/ --allow write,list --using admin
  keywell access grant --user web --bucket acme-new --create-bucket --region eu-west-1 --allow read,write
  keywell access grant --user backup --bucket acme-backup --allow read --dry-run > policy.json
  keywell access grant --user backup --bucket acme-backup --allow read --policy policy.json

Without --prefix the whole bucket is meant. Whatever fails, what was made is taken back.")]
    Grant(GrantArguments),
    /// List what programs were given from this machine
    #[command(after_help = "\
Examples:
  keywell access list
  keywell access list --json")]
    List,
    /// Take an access back: its key, policy, user and profile; the bucket stays
    #[command(after_help = "\
Example:
  keywell access revoke backup --yes")]
    Revoke(RevokeArguments),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Tick {
    Read,
    Write,
    List,
    Delete,
}

#[derive(clap::Args)]
pub(crate) struct GrantArguments {
    /// The program's new IAM user
    #[arg(long, value_name = "USER")]
    user: String,

    /// The bucket
    #[arg(long, value_name = "BUCKET")]
    bucket: String,

    /// Make the bucket, in --region or else that of the acting profile
    #[arg(long)]
    create_bucket: bool,

    /// The new bucket's region
    #[arg(long, value_name = "REGION", requires = "create_bucket")]
    region: Option<String>,

    /// Only object keys that begin with this, as in/
    #[arg(
        long,
        value_name = "PREFIX",
        default_value = "",
        hide_default_value = true
    )]
    prefix: String,

    /// What the program may do, separated by commas
    #[arg(long, value_name = "WHAT", value_delimiter = ',', required = true)]
    allow: Vec<Tick>,

    /// Reading and listing extend to older versions of objects
    #[arg(long)]
    versions: bool,

    /// A policy of your own in place of the one that Keywell makes
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,

    /// The new profile that is to hold the key; named like the user when left out
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,

    /// The profile that acts; AWS_PROFILE or `default` when left out
    #[arg(long, value_name = "PROFILE")]
    using: Option<String>,

    /// Show the policy and what is wrong with it, and make nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(clap::Args)]
pub(crate) struct RevokeArguments {
    /// The program's user
    #[arg(value_name = "USER")]
    user: String,

    /// The account, where several have a user of this name
    #[arg(long, value_name = "ID")]
    account: Option<String>,

    /// The profile that acts; the one that acted before when left out
    #[arg(long, value_name = "PROFILE")]
    using: Option<String>,

    /// Do not ask
    #[arg(long, short = 'y')]
    yes: bool,
}

pub(crate) async fn run(session: &Session, command: Command) -> Result<Ended, Stop> {
    match command {
        Command::Grant(arguments) => grant(session, arguments).await,
        Command::List => list(session),
        Command::Revoke(arguments) => revoke(session, arguments).await,
    }
}

fn plan(app: &App, arguments: &GrantArguments) -> Result<AccessPlan, Stop> {
    let using = acting_profile(app, arguments.using.clone());
    let new_bucket_region = match (arguments.create_bucket, &arguments.region) {
        (false, _) => None,
        (true, Some(region)) => Some(region.clone()),
        (true, None) => Some(
            profiles::row(app, &using)?
                .region
                .unwrap_or_else(|| regions::DEFAULT_REGION.to_owned()),
        ),
    };
    let policy = arguments.policy.as_ref().map(|path| {
        std::fs::read_to_string(path).map_err(|error| {
            Stop::usage(
                format!("The policy {} can not be read: {error}", path.display()),
                "Name a text file that is there.",
            )
        })
    });
    let allows = |tick| arguments.allow.contains(&tick);
    Ok(AccessPlan {
        using,
        user: arguments.user.clone(),
        bucket: arguments.bucket.clone(),
        new_bucket_region,
        prefix: arguments.prefix.clone(),
        allow: AccessAllow {
            read: allows(Tick::Read),
            write: allows(Tick::Write),
            list: allows(Tick::List),
            delete: allows(Tick::Delete),
            versions: arguments.versions,
        },
        policy: policy.transpose()?,
        profile: arguments
            .profile
            .clone()
            .unwrap_or_else(|| arguments.user.clone()),
    })
}

async fn grant(session: &Session, arguments: GrantArguments) -> Result<Ended, Stop> {
    let app = &session.app;
    let output = session.output;
    let plan = plan(app, &arguments)?;
    if arguments.dry_run {
        return dry_run(session, &plan).await;
    }
    let view = StepView::of_setup(output);
    let cancel = interrupt::token();
    let mut granted = access::grant(app, &plan, &|step| view.show(&step), &cancel).await?;
    // It would undo the profile alone.
    granted.summary.undo = None;
    output.either(&granted, |granted| show_granted(output, granted))?;
    let as_wanted = granted
        .proof
        .iter()
        .all(|line| line.outcome != ProofOutcome::NotAsWanted);
    Ok(if as_wanted {
        Ended::Done
    } else {
        Ended::Partly
    })
}

fn show_granted(output: Output, granted: &AccessGranted) -> std::io::Result<()> {
    output.line("")?;
    for (wanted, heading) in [(true, "It can:"), (false, "It can not:")] {
        output.line(heading)?;
        for line in granted.proof.iter().filter(|line| line.wanted == wanted) {
            let (sign, style) = match line.outcome {
                ProofOutcome::AsWanted => ("✓", AnsiColor::Green.on_default()),
                ProofOutcome::NotAsWanted => ("✗", AnsiColor::Red.on_default()),
                ProofOutcome::Untried => ("–", AnsiColor::Cyan.on_default()),
            };
            output.line(format!(
                "  {style}{sign}{style:#}  {}",
                escaped(&line.attempt)
            ))?;
            if !line.detail.is_empty() {
                output.line(format!("       {}", shown(&line.detail)))?;
            }
        }
    }
    setup::show_summary(output, &granted.summary)?;
    output.line(format!(
        "Take it back with: keywell access revoke {}",
        granted.access.user
    ))
}

async fn dry_run(session: &Session, plan: &AccessPlan) -> Result<Ended, Stop> {
    let preview =
        interrupt::or_stop(async { Ok(access::preview(&session.app, plan).await?) }).await?;
    let output = session.output;
    output.either(&preview, |preview| {
        output.line(plan.policy.as_deref().unwrap_or(&preview.policy))
    })?;
    if !output.json {
        for line in remarks(&preview) {
            prompt::tell(&line)?;
        }
    }
    let problem = [
        preview.bucket_problem,
        preview.prefix_problem,
        preview.allow_problem,
        preview.user_problem,
        preview.profile_problem,
    ]
    .into_iter()
    .flatten()
    .next();
    if let Some(failure) = problem {
        return Err(Stop::failed(failure));
    }
    let refused = preview.flaws.iter().any(|flaw| flaw.blocking);
    Ok(if refused { Ended::Failed } else { Ended::Done })
}

fn remarks(preview: &AccessPreview) -> Vec<String> {
    let mut lines: Vec<String> = preview
        .flaws
        .iter()
        .map(|flaw| {
            let place = flaw
                .line
                .map(|line| format!("Line {line}: "))
                .unwrap_or_default();
            format!("{place}{} {}", shown(&flaw.message), shown(&flaw.hint))
        })
        .collect();
    lines.extend(preview.notes.iter().map(|note| shown(note)));
    lines.push(format!(
        "{} of {} characters; white space is not counted.",
        preview.length, preview.limit
    ));
    lines
}

fn ticks(allow: &AccessAllow) -> String {
    let named = [
        (allow.read, "read"),
        (allow.write, "write"),
        (allow.list, "list"),
        (allow.delete, "delete"),
    ];
    let words: Vec<&str> = named
        .into_iter()
        .filter(|(ticked, _)| *ticked)
        .map(|(_, word)| word)
        .collect();
    words.join(", ")
}

fn list(session: &Session) -> Result<Ended, Stop> {
    let list = access::list(&session.app)?;
    let output = session.output;
    output.either(&list, |list| show_list(output, list))?;
    Ok(Ended::Done)
}

fn show_list(output: Output, list: &[Access]) -> std::io::Result<()> {
    if list.is_empty() {
        return output.line("No program was given access from this machine.");
    }
    let rows: Vec<_> = list
        .iter()
        .map(|access| {
            [
                access.user.clone(),
                format!("s3://{}/{}", access.bucket, access.prefix),
                ticks(&access.allow),
                access.profile.clone(),
                access.account_id.clone(),
                day_and_minute(&access.began),
                match access.state {
                    AccessState::Made => "made",
                    AccessState::Running => "running",
                    AccessState::Interrupted => "interrupted",
                }
                .to_owned(),
            ]
        })
        .collect();
    output.table(
        [
            "USER",
            "WHERE",
            "MAY",
            "PROFILE",
            "ACCOUNT",
            "MADE (UTC)",
            "STATE",
        ],
        &rows,
    )?;
    if list
        .iter()
        .any(|access| access.state == AccessState::Interrupted)
    {
        output.line("Take back what was interrupted with: keywell access revoke USER")?;
    }
    Ok(())
}

async fn revoke(session: &Session, arguments: RevokeArguments) -> Result<Ended, Stop> {
    let output = session.output;
    if !arguments.yes {
        if !prompt::may_ask(output) {
            return Err(Stop::usage(
                "Taking an access back can not be undone, and there is no terminal to ask on.",
                "Add --yes",
            ));
        }
        let question = format!(
            "Delete the user {} with its key, policy and profile? Programs that use it stop at once.",
            escaped(&arguments.user)
        );
        if !prompt::confirm(&question)? {
            return Err(Stop::cancelled());
        }
    }
    let request = access::Revoke {
        user: &arguments.user,
        account_id: arguments.account.as_deref(),
        using: arguments.using.as_deref(),
    };
    let view = StepView::of_setup(output);
    let revoked = access::revoke(&session.app, &request, &|step| view.show(&step)).await?;
    output.either(&revoked, |revoked| {
        output.line(format!(
            "Took back the access of {BOLD}{}{BOLD:#} to {}.",
            revoked.access.user, revoked.access.bucket
        ))
    })?;
    Ok(if revoked.kept.is_empty() {
        Ended::Done
    } else {
        Ended::Partly
    })
}
