//! Whether AWS can be reached from here, and how right this clock is.

use std::time::Duration;

use keywell_wire::{MachineFinding, Remedy, Severity};
use tokio_util::sync::CancellationToken;

use super::{Seen, command, finding, quoted, sentences};
use crate::{
    App, checks,
    cloud::{CloudError, CloudErrorKind, Connection, Context, Endpoints, clock_words},
    index,
    problem::Problem,
    profiles::{self, Files, Source},
    regions, resolve,
    test_profile::{is_region_off, network_words, region_off},
};

const LIMIT: Duration = Duration::from_secs(15);
/// From here on a clock is worth a word; AWS takes five minutes.
const CLOCK_WARNING: i64 = 60_000;
const CLOCK_STOP: i64 = 5 * 60_000;

/// Asks who the profile in use is.
///
/// # Errors
/// Only when it was cancelled.
pub(super) async fn check(
    app: &App,
    files: &Files,
    cancel: &CancellationToken,
) -> Result<Seen, Problem> {
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
    let nobody = || {
        let state = "Not asked: no profile has a key to ask with.";
        Seen::new("Network", state, Vec::new())
    };
    let Some(profile) = profile else {
        return Ok(nobody());
    };
    // A key that is not there is the keychain's finding.
    let Ok(connection) = resolve::connection_of(app, &profile).await else {
        return Ok(nobody());
    };
    let way = network_words(&connection.network)
        .unwrap_or_else(|| "No proxy, and the certificates of the system.".to_owned());
    let account = match app.cloud.connect(connection.clone()) {
        Ok(account) => account,
        Err(error) => {
            let found = failed(&profile, &error);
            return Ok(Seen::new("Network", way, vec![found]));
        }
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
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => {
            let found = refused(app, &profile, connection, &error, cancel).await?;
            let state = format!("AWS did not answer as {profile}. {way}");
            return Ok(Seen::new("Network", state, vec![found]));
        }
    };
    let offset = answer.clock_offset_milliseconds.unwrap_or(0);
    let mut seen = Seen::new("Network", format!("AWS answers. {way}"), Vec::new());
    let who = format!(
        "{profile} is {}",
        checks::identity_words(&profiles::identity_card(&answer.identity))
    );
    let asked = tokio::time::timeout(LIMIT, account.account_aliases());
    let alias = match checks::unless_cancelled(cancel, asked).await? {
        Ok(Ok(aliases)) => match aliases.first() {
            Some(alias) => format!("The account's alias is {alias}."),
            None => "The account has no alias.".to_owned(),
        },
        // Whoever may not ask for it is told in the test of the profile.
        _ => String::new(),
    };
    seen.add(Seen::new("Account", sentences(&[&who, &alias]), Vec::new()));
    let state = match offset.abs() {
        ..1000 => "Right to the second.".to_owned(),
        _ => format!("{}.", clock_words(offset)),
    };
    seen.add(Seen::new(
        "Clock",
        state,
        clock(offset).into_iter().collect(),
    ));
    Ok(seen)
}

/// A key that AWS does not know in one region may be known in another.
async fn refused(
    app: &App,
    profile: &str,
    connection: Connection,
    error: &CloudError,
    cancel: &CancellationToken,
) -> Result<MachineFinding, Problem> {
    let region = connection.region.clone();
    let at_aws = connection.endpoints == Endpoints::default();
    if error.kind == CloudErrorKind::UnknownKey
        && at_aws
        && is_region_off(app, connection, cancel).await?
    {
        let problem = region_off(&region);
        return Ok(finding(
            "profile.region_disabled",
            Severity::Stop,
            profile,
            problem.message,
            sentences(&[&problem.cause, &problem.hint]),
            command(format!(
                "keywell profile set {} region={}",
                quoted(profile),
                regions::DEFAULT_REGION
            )),
        ));
    }
    Ok(failed(profile, error))
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

/// Lets the system set its clock by the network.
pub(crate) fn set_clock() -> &'static str {
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
    let set_up = || Remedy::SetUp {
        profile: profile.to_owned(),
    };
    let (code, severity, remedy) = match error.kind {
        CloudErrorKind::Tls => (
            "network.tls",
            Severity::Stop,
            command("keywell settings set ca_bundle=FILE"),
        ),
        CloudErrorKind::Proxy => (
            "network.proxy",
            Severity::Stop,
            command("keywell settings set proxy=http://HOST:PORT"),
        ),
        CloudErrorKind::Unreachable | CloudErrorKind::TimedOut => (
            "network.unreachable",
            Severity::Stop,
            command(format!("keywell test {}", quoted(profile))),
        ),
        CloudErrorKind::UnknownKey => ("profile.refused_now", Severity::Warning, set_up()),
        _ => (
            "profile.refused_now",
            Severity::Warning,
            command(format!("keywell test {}", quoted(profile))),
        ),
    };
    let asked = format!("Asked with the profile {profile}.");
    finding(
        code,
        severity,
        profile,
        problem.message,
        sentences(&[&problem.cause, &problem.hint, &asked]),
        remedy,
    )
}
