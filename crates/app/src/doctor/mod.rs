//! What is wrong on this machine: each finding with why it matters and what mends it.
//!
//! A check returns findings and never fails: what can not be looked at is a finding of its own or nothing. The AWS files
//! are read once, and the network is asked last and only on wish. A key that nothing uses is not tried out: the question
//! alone would make AWS say that it was used today.

mod environment;
mod files;
mod fix;
mod keychain;
mod network;
mod plain_keys;
mod precedence;
mod profiles;
mod programs;
mod sessions;

pub(crate) use files::is_refused;
pub use fix::fix;
use keywell_wire as wire;
use keywell_wire::{Look, MachineFinding, Remedy, Severity};
pub(crate) use network::set_clock;
#[cfg(fuzzing)]
pub(crate) use sessions::moment;
pub(crate) use sessions::sign_ins;
use tokio_util::sync::CancellationToken;

use crate::{App, problem::Problem, profiles::read_files, time};

/// What a check saw.
#[derive(Default)]
struct Seen {
    looks: Vec<Look>,
    findings: Vec<MachineFinding>,
}

impl Seen {
    fn new(what: &str, state: impl Into<String>, findings: Vec<MachineFinding>) -> Self {
        let look = Look {
            what: what.to_owned(),
            state: state.into(),
        };
        Self {
            looks: vec![look],
            findings,
        }
    }

    fn add(&mut self, more: Self) {
        self.looks.extend(more.looks);
        self.findings.extend(more.findings);
    }
}

/// Looks at everything. `online` also asks AWS, with the profile in use.
///
/// # Errors
/// Only when it was cancelled.
pub async fn examine(
    app: &App,
    online: bool,
    cancel: &CancellationToken,
) -> Result<wire::DoctorReport, Problem> {
    let mut seen = files::check(app);
    seen.add(environment::check(app));
    let read = read_files(app).ok();
    if let Some(read) = &read {
        seen.add(profiles::check(app, read));
        seen.add(precedence::check(app, read));
        seen.add(plain_keys::check(app, read).await);
        seen.add(sessions::check(app, read));
    }
    // These are worth knowing too where the AWS files can not be read.
    seen.findings.extend(sessions::kept(app).await);
    let files = read.unwrap_or_default();
    seen.add(keychain::check(app, &files).await);
    seen.add(programs::check(app, &files, cancel).await?);
    if online {
        seen.add(network::check(app, &files, cancel).await?);
    }
    // Stable: findings of one severity stay in the order of the checks.
    seen.findings.sort_by_key(|finding| match finding.severity {
        Severity::Stop => 0,
        Severity::Warning => 1,
        Severity::Note => 2,
    });
    Ok(wire::DoctorReport {
        findings: seen.findings,
        looks: seen.looks,
        at: time::rfc3339(app.now()),
    })
}

/// A finding about something; `code` and `subject` together name it.
fn finding(
    code: &str,
    severity: Severity,
    subject: impl Into<String>,
    message: impl Into<String>,
    detail: impl Into<String>,
    remedy: Remedy,
) -> MachineFinding {
    MachineFinding {
        code: code.to_owned(),
        severity,
        message: message.into(),
        detail: detail.into(),
        remedy,
        subject: subject.into(),
    }
}

fn command(text: impl Into<String>) -> Remedy {
    Remedy::Command {
        command: text.into(),
    }
}

fn button(label: impl Into<String>) -> Remedy {
    Remedy::Fix {
        label: label.into(),
    }
}

fn unset(variables: &[&str]) -> Remedy {
    command(unset_command(variables))
}

/// Takes variables out of this shell.
pub(crate) fn unset_command(variables: &[&str]) -> String {
    if cfg!(windows) {
        let named: Vec<String> = variables.iter().map(|name| format!("Env:{name}")).collect();
        format!("Remove-Item {}", named.join(", "))
    } else {
        format!("unset {}", variables.join(" "))
    }
}

/// A name or a path as an argument of a command.
pub fn quoted(text: &str) -> String {
    if crate::helper_line::is_plain_name(text) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

/// As many things as there are, in words: `counted(2, "key")` is "2 keys".
fn counted(count: usize, what: &str) -> String {
    match count {
        0 => format!("No {what}"),
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    }
}

/// Sentences behind one another; empty ones are left out.
pub(crate) fn sentences(all: &[&str]) -> String {
    all.iter()
        .filter(|one| !one.is_empty())
        .copied()
        .collect::<Vec<_>>()
        .join(" ")
}
