//! What is wrong on this machine: each finding with why it matters and what mends it.
//!
//! A check returns findings and never fails: what can not be looked at is a finding of its own or nothing. The AWS files
//! are read once, and the network is asked last and only on wish.

mod environment;
mod files;
mod fix;
mod keychain;
mod network;
mod plain_keys;
mod profiles;
mod programs;
mod sessions;

pub(crate) use files::is_refused;
pub use fix::fix;
use keywell_wire as wire;
use keywell_wire::{MachineFinding, Remedy, Severity};
use tokio_util::sync::CancellationToken;

use crate::{App, problem::Problem, profiles::read_files, time};

/// Looks at everything. `online` also asks AWS, with the profile in use.
///
/// # Errors
/// Only when it was cancelled.
pub async fn examine(
    app: &App,
    online: bool,
    cancel: &CancellationToken,
) -> Result<wire::DoctorReport, Problem> {
    let mut looked_at = vec!["The AWS files", "Variables", "Profiles", "Plain keys"];
    let mut findings = files::check(app);
    findings.extend(environment::check(app));
    if let Ok(read) = read_files(app) {
        findings.extend(profiles::check(app, &read));
        findings.extend(keychain::check(app, &read).await);
        looked_at.push("Keychain");
        findings.extend(plain_keys::check(app, &read).await);
        findings.extend(sessions::check(app, &read));
        looked_at.push("Sign-ins");
        if let Some(found) = programs::check(app, &read, cancel).await? {
            findings.extend(found);
            looked_at.push("AWS CLI");
        }
        if online && let Some(found) = network::check(app, &read, cancel).await? {
            findings.extend(found);
            looked_at.extend(["Network", "Clock"]);
        }
    }
    // Stable: findings of one severity stay in the order of the checks.
    findings.sort_by_key(|finding| match finding.severity {
        Severity::Stop => 0,
        Severity::Warning => 1,
        Severity::Note => 2,
    });
    Ok(wire::DoctorReport {
        findings,
        looked_at: looked_at.into_iter().map(str::to_owned).collect(),
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

fn advice(text: impl Into<String>) -> Remedy {
    Remedy::Advice { text: text.into() }
}

fn button(label: impl Into<String>) -> Remedy {
    Remedy::Fix {
        label: label.into(),
    }
}

/// A profile's name as an argument of a command.
fn quoted(profile: &str) -> String {
    if crate::helper_line::is_plain_name(profile) {
        profile.to_owned()
    } else {
        format!("'{}'", profile.replace('\'', r"'\''"))
    }
}
