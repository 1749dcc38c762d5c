//! `keywell doctor`: what is wrong on this machine, and mending it.

use std::io;

use anstyle::{AnsiColor, Style};
use keywell_app::doctor::{self, quoted};
use keywell_wire::{AwsFile, DoctorReport, MachineFinding, Remedy, Severity};

use crate::{
    Session,
    error::{Ended, Stop, shown},
    interrupt,
    output::{DIM, Output, counted},
};

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  keywell doctor
  keywell doctor --offline --json
  keywell doctor --fix files.permissions
  keywell doctor --fix profile.no_region --about media

Exit codes: 0 nothing is wrong (notes do not count), 3 there are findings.")]
pub(crate) struct Arguments {
    /// Ask nothing over the network
    #[arg(long)]
    offline: bool,

    /// Mend a finding, by its code
    #[arg(long, value_name = "CODE")]
    fix: Option<String>,

    /// What the finding is about, where several have one code: a profile, a file, a key
    #[arg(long, value_name = "SUBJECT", requires = "fix")]
    about: Option<String>,
}

pub(crate) async fn run(session: &Session, arguments: Arguments) -> Result<Ended, Stop> {
    let (app, output) = (&session.app, session.output);
    if let Some(code) = &arguments.fix {
        let fixed = doctor::fix(app, code, arguments.about.as_deref()).await?;
        output.either(&fixed, |fixed| {
            output.line(format!("Mended: {}.", shown(&fixed.message)))?;
            match &fixed.undo {
                Some(_) => output.line("Take it back with: keywell profile undo"),
                None => Ok(()),
            }
        })?;
        return Ok(Ended::Done);
    }
    let report = doctor::examine(app, !arguments.offline, &interrupt::token()).await?;
    output.either(&report, |report| show(output, report))?;
    let is_wrong = report
        .findings
        .iter()
        .any(|finding| finding.severity != Severity::Note);
    Ok(if is_wrong { Ended::Partly } else { Ended::Done })
}

fn show(output: Output, report: &DoctorReport) -> io::Result<()> {
    for finding in &report.findings {
        let (sign, style) = match finding.severity {
            Severity::Stop => ("✗", AnsiColor::Red.on_default()),
            Severity::Warning => ("!", AnsiColor::Yellow.on_default()),
            Severity::Note => ("–", Style::new()),
        };
        output.line(format!(
            "{style}{sign}{style:#} {} {DIM}{}{DIM:#}\n  {}\n  {DIM}do:{DIM:#} {}",
            shown(&finding.message),
            finding.code,
            shown(&finding.detail),
            shown(&remedy_words(finding))
        ))?;
    }
    if !report.findings.is_empty() {
        output.line("")?;
    }
    for look in &report.looks {
        output.line(format!(
            "{DIM}{:<13}{DIM:#} {}",
            look.what,
            shown(&look.state)
        ))?;
    }
    output.line(match report.findings.len() {
        0 => "Nothing is wrong.".to_owned(),
        count => format!("{}.", counted(count as u64, "finding")),
    })
}

fn remedy_words(finding: &MachineFinding) -> String {
    match &finding.remedy {
        Remedy::Fix { label } => format!(
            "{label}: keywell doctor --fix {} --about {}",
            finding.code,
            quoted(&finding.subject)
        ),
        Remedy::Migrate { key } => format!("keywell profile migrate {key}"),
        Remedy::Repair {
            file: AwsFile::Config,
        } => "keywell files repair".to_owned(),
        Remedy::Repair {
            file: AwsFile::Credentials,
        } => "keywell files repair --credentials".to_owned(),
        Remedy::SetUp { profile } => {
            format!("keywell setup --profile {} --replace", quoted(profile))
        }
        Remedy::Rotate { profile } => format!("keywell key rotate --profile {}", quoted(profile)),
        Remedy::Command { command } => command.clone(),
    }
}
