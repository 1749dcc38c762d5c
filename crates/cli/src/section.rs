//! `keywell section …`: the sections that profiles refer to by name.

use keywell_app::{App, Problem, profiles};
use keywell_wire::{ProfileChange, SectionChange, SectionKind, SectionRequest, SharedSection};

use crate::{
    Session,
    error::{Ended, Stop},
    output::Output,
    profile::report,
};

#[derive(clap::Subcommand)]
#[command(defer = true)]
pub(crate) enum Command {
    /// List sign-ins (sso-session) and addresses (services), and the profiles that name them
    #[command(after_help = "\
Examples:
  keywell section list
  keywell section list --json")]
    List,
    /// Give a section another name; the profiles that name it follow
    #[command(after_help = "\
Examples:
  keywell section rename sso-session corp harbour
  keywell section rename services local garage")]
    Rename {
        /// What it is
        #[arg(value_name = "KIND", value_enum)]
        kind: Kind,
        /// The section there is
        #[arg(value_name = "FROM")]
        from: String,
        /// The new name
        #[arg(value_name = "TO")]
        to: String,
    },
    /// Remove a section that no profile names, or hand its profiles over
    #[command(after_help = "\
Examples:
  keywell section remove services local
  keywell section remove sso-session corp --successor harbour")]
    Remove {
        /// What it is
        #[arg(value_name = "KIND", value_enum)]
        kind: Kind,
        /// The section
        #[arg(value_name = "NAME")]
        name: String,
        /// Let the profiles that name it name this one
        #[arg(long, value_name = "NAME")]
        successor: Option<String>,
    },
}

#[derive(Clone, Copy, clap::ValueEnum)]
pub(crate) enum Kind {
    SsoSession,
    Services,
}

impl From<Kind> for SectionKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::SsoSession => Self::SsoSession,
            Kind::Services => Self::Services,
        }
    }
}

pub(crate) async fn run(session: &Session, command: Command) -> Result<Ended, Stop> {
    let (app, output) = (&session.app, session.output);
    match command {
        Command::List => {
            let found = profiles::sections(app)?;
            output.either(&found, |found| show(output, found))?;
        }
        Command::Rename { kind, from, to } => {
            let change = SectionChange::Rename { to };
            let done = change_section(app, kind, from, change).await?;
            report(output, done, "Renamed to")?;
        }
        Command::Remove {
            kind,
            name,
            successor,
        } => {
            let change = SectionChange::Remove { successor };
            let done = change_section(app, kind, name, change).await?;
            report(output, done, "Removed")?;
        }
    }
    Ok(Ended::Done)
}

async fn change_section(
    app: &App,
    kind: Kind,
    name: String,
    change: SectionChange,
) -> Result<ProfileChange, Problem> {
    let request = SectionRequest {
        kind: kind.into(),
        name,
        change,
    };
    profiles::change_section(app, &request, None).await
}

fn show(output: Output, found: &[SharedSection]) -> std::io::Result<()> {
    if found.is_empty() {
        return output.line("The config file has no sso-session and no services section.");
    }
    let rows: Vec<_> = found
        .iter()
        .map(|section| {
            let kind = match section.kind {
                SectionKind::SsoSession => "sso-session",
                SectionKind::Services => "services",
            };
            [
                kind.to_owned(),
                section.name.clone(),
                section.used_by.join(", "),
            ]
        })
        .collect();
    output.table(["KIND", "NAME", "USED BY"], &rows)
}
