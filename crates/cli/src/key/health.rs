//! `keywell key health`.

use std::io;

use anstyle::{AnsiColor, Style};
use clap::ValueEnum;
use keywell_app::key_health;
use keywell_wire::{
    AccountKeys, KeyFinding, KeyFindingCode, KeyHealth, KeyRemedy, ReadBy, Severity,
};

use super::acting_profile;
use crate::{
    Session,
    error::{Ended, Stop, shown},
    interrupt,
    output::{DIM, Output, counted, day_and_minute},
};

/// On a terminal, more findings of one kind than this are counted.
const SHOWN_OF_A_KIND: usize = 10;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The profile that asks; AWS_PROFILE or `default` when left out
    #[arg(long, visible_alias = "using", value_name = "PROFILE")]
    profile: Option<String>,

    /// Every account that the profiles here open
    #[arg(long, conflicts_with = "profile")]
    all: bool,

    /// Exit with 1 when there is a finding of these kinds
    #[arg(long, value_name = "KIND", value_delimiter = ',')]
    fail_on: Vec<Kind>,

    /// Print the keys as csv
    #[arg(long, conflicts_with = "json")]
    csv: bool,
}

/// The kinds of findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    Old,
    Unused,
    NeverUsed,
    Forgotten,
    Plain,
    Several,
    Gone,
    DeletedUser,
    Root,
    Quarantined,
}

impl Kind {
    fn of(code: &KeyFindingCode) -> Self {
        match code {
            KeyFindingCode::Old => Self::Old,
            KeyFindingCode::Unused => Self::Unused,
            KeyFindingCode::NeverUsed => Self::NeverUsed,
            KeyFindingCode::Forgotten => Self::Forgotten,
            KeyFindingCode::Plain => Self::Plain,
            KeyFindingCode::Several => Self::Several,
            KeyFindingCode::Gone => Self::Gone,
            KeyFindingCode::DeletedUser => Self::DeletedUser,
            KeyFindingCode::Root => Self::Root,
            KeyFindingCode::Quarantined => Self::Quarantined,
        }
    }
}

pub(super) async fn run(session: &Session, arguments: Arguments) -> Result<Ended, Stop> {
    let (app, output) = (&session.app, session.output);
    let profile = (!arguments.all).then(|| acting_profile(app, arguments.profile));
    let cancel = interrupt::token();
    let health = key_health::read(app, profile.as_deref(), &|_| {}, &cancel).await?;
    if arguments.csv {
        output.bytes(key_health::csv(&health).as_bytes())?;
    } else {
        output.either(&health, |health| show(output, health))?;
    }
    let fails = health
        .findings
        .iter()
        .any(|finding| arguments.fail_on.contains(&Kind::of(&finding.code)));
    if fails {
        return Ok(Ended::Failed);
    }
    let mut failures = health.accounts.iter().filter_map(|account| {
        account
            .failure
            .as_ref()
            .or_else(|| account.unread.first().map(|unread| &unread.failure))
    });
    let is_cut_off = health.accounts.iter().any(|account| account.left_out > 0);
    match failures.next() {
        // One account that can not be read is a failure; one of several is part of an answer.
        Some(failure)
            if health
                .accounts
                .iter()
                .all(|account| account.failure.is_some()) =>
        {
            Err(Stop::failed(failure.clone()))
        }
        Some(failure) => Err(Stop::partly(failure.clone())),
        None if is_cut_off => Err(Stop::cancelled()),
        None => Ok(Ended::Done),
    }
}

fn show(output: Output, health: &KeyHealth) -> io::Result<()> {
    for account in &health.accounts {
        output.line(account_words(account))?;
        for note in &account.notes {
            output.line(format!("  {DIM}{}{DIM:#}", shown(note)))?;
        }
    }
    output.line(format!(
        "{DIM}Policy: rotate after {}, unused after {} (keywell settings).{DIM:#}",
        counted(health.rotate_after_days, "day"),
        counted(health.unused_after_days, "day")
    ))?;
    if health.findings.is_empty() {
        return output.line("Nothing to do.");
    }
    let mut codes: Vec<&KeyFindingCode> = Vec::new();
    for finding in &health.findings {
        if !codes.contains(&&finding.code) {
            codes.push(&finding.code);
        }
    }
    for code in codes {
        let of_kind: Vec<&KeyFinding> = health
            .findings
            .iter()
            .filter(|finding| finding.code == *code)
            .collect();
        for finding in of_kind.iter().take(SHOWN_OF_A_KIND) {
            show_finding(output, finding)?;
        }
        if of_kind.len() > SHOWN_OF_A_KIND {
            output.line(format!(
                "  {DIM}and {} more of this kind; all of them with --json or --csv{DIM:#}",
                of_kind.len() - SHOWN_OF_A_KIND
            ))?;
        }
    }
    Ok(())
}

fn account_words(account: &AccountKeys) -> String {
    let whose = match &account.account_id {
        Some(id) => format!("Account {id}"),
        None => "An account".to_owned(),
    };
    if let Some(failure) = &account.failure {
        return format!(
            "{whose} could not be read as {}: {}",
            shown(&account.profile),
            shown(&failure.message)
        );
    }
    let source = match (&account.read_by, &account.report_made) {
        (ReadBy::Report, Some(made)) => format!("IAM's report of {} UTC", day_and_minute(made)),
        (ReadBy::Report, None) => "IAM's report".to_owned(),
        (ReadBy::PerUser, _) => "user by user".to_owned(),
        (ReadBy::OwnOnly, _) => "own keys only, since users may not be listed".to_owned(),
    };
    let mut text = format!(
        "{whose}, read as {} ({source}): {} of {}.",
        shown(&account.profile),
        counted(account.keys.len() as u64, "access key"),
        counted(account.users, "user")
    );
    if !account.unread.is_empty() {
        text.push_str(&format!(
            " {} could not be read.",
            counted(account.unread.len() as u64, "user")
        ));
    }
    if account.left_out > 0 {
        text.push_str(&format!(
            " {} were left out.",
            counted(account.left_out, "user")
        ));
    }
    text
}

fn show_finding(output: Output, finding: &KeyFinding) -> io::Result<()> {
    let (sign, style) = match finding.severity {
        Severity::Stop => ("✗", AnsiColor::Red.on_default()),
        Severity::Warning => ("!", AnsiColor::Yellow.on_default()),
        Severity::Note => ("–", Style::new()),
    };
    output.line(format!(
        "{style}{sign}{style:#} {}\n  {DIM}{}{DIM:#}",
        shown(&finding.message),
        shown(&finding.detail)
    ))?;
    let advice = match &finding.remedy {
        KeyRemedy::Advice { text } => Some(text),
        _ => None,
    };
    match finding.command.as_ref().or(advice) {
        Some(remedy) => output.line(format!("  {DIM}do:{DIM:#} {}", shown(remedy))),
        None => Ok(()),
    }
}
