//! Whether AWS can be reached from here, and how right this clock is.

use std::time::Duration;

use keywell_wire::{MachineFinding, Severity};
use tokio_util::sync::CancellationToken;

use super::{advice, command, finding};
use crate::{
    App, checks,
    cloud::{CloudError, CloudErrorKind, Context, clock_words},
    index,
    problem::Problem,
    profiles::{self, Files, Source},
    resolve,
};

const LIMIT: Duration = Duration::from_secs(15);
/// From here on a clock is worth a word; AWS takes five minutes.
const CLOCK_WARNING: i64 = 60_000;
const CLOCK_STOP: i64 = 5 * 60_000;

/// Asks who the profile in use is. `None` when there is no profile to ask with.
pub(super) async fn check(
    app: &App,
    files: &Files,
    cancel: &CancellationToken,
) -> Result<Option<Vec<MachineFinding>>, Problem> {
    let in_use = index::in_use(&app.places).ok().flatten();
    // A role or a sign-in might run programs or open a browser, which is more than a look.
    let profile = in_use
        .into_iter()
        .chain(profiles::names(files))
        .find(|name| {
            matches!(
                profiles::source(app, files, name),
                Ok(Source::Keychain { .. } | Source::Plain { .. })
            )
        });
    let Some(profile) = profile else {
        return Ok(None);
    };
    // A key that is not there is the keychain's finding.
    let Ok(account) = resolve::account_of(app, &profile).await else {
        return Ok(None);
    };
    let asked = tokio::time::timeout(LIMIT, account.identity());
    let answer = checks::unless_cancelled(cancel, asked)
        .await?
        .unwrap_or_else(|_| {
            Err(CloudError::new(
                CloudErrorKind::TimedOut,
                "GetCallerIdentity",
            ))
        });
    Ok(Some(match answer {
        Ok(answer) => clock(answer.clock_offset_milliseconds.unwrap_or(0))
            .into_iter()
            .collect(),
        Err(error) => vec![failed(&profile, &error)],
    }))
}

fn clock(offset_milliseconds: i64) -> Option<MachineFinding> {
    let severity = match offset_milliseconds.abs() {
        off if off >= CLOCK_STOP => Severity::Stop,
        off if off >= CLOCK_WARNING => Severity::Warning,
        _ => return None,
    };
    Some(finding(
        "clock.skewed",
        severity,
        "clock",
        format!("This clock is wrong: {}", clock_words(offset_milliseconds)),
        "AWS refuses requests that are signed more than 5 minutes off.",
        command(set_clock()),
    ))
}

fn set_clock() -> &'static str {
    if cfg!(windows) {
        "w32tm /resync"
    } else if cfg!(target_os = "macos") {
        "sudo sntp -sS time.apple.com"
    } else {
        "sudo timedatectl set-ntp true"
    }
}

fn failed(profile: &str, error: &CloudError) -> MachineFinding {
    if error.kind == CloudErrorKind::ClockSkew {
        let offset = error.clock_offset_milliseconds.unwrap_or(CLOCK_STOP);
        if let Some(found) = clock(if offset.abs() < CLOCK_STOP {
            CLOCK_STOP
        } else {
            offset
        }) {
            return found;
        }
    }
    let problem = Problem::from_cloud(
        error,
        &Context {
            profile: Some(profile),
            ..Context::default()
        },
    );
    let (code, severity) = match error.kind {
        CloudErrorKind::Tls => ("network.tls", Severity::Stop),
        CloudErrorKind::Proxy => ("network.proxy", Severity::Stop),
        CloudErrorKind::Unreachable | CloudErrorKind::TimedOut => {
            ("network.unreachable", Severity::Stop)
        }
        _ => ("profile.refused_now", Severity::Warning),
    };
    finding(
        code,
        severity,
        profile,
        problem.message,
        if problem.cause.is_empty() {
            format!("Asked with the profile {profile}.")
        } else {
            problem.cause
        },
        advice(problem.hint),
    )
}
