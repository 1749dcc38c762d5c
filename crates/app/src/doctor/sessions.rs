//! Sign-ins that have ended or are about to: the caches of the AWS CLI.
//!
//! `~/.aws/sso/cache/*.json` hold IAM Identity Center tokens (botocore `utils.py`, `SSOTokenLoader`), and
//! `~/.aws/login/cache/<SHA-256 of the session>.json` those of `aws login` (botocore `LoginTokenLoader`).

use std::{
    collections::BTreeSet,
    path::Path,
    time::{Duration, SystemTime},
};

use keywell_aws_files::{FileKind, header};
use keywell_wire::{MachineFinding, Severity};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::{command, finding, quoted};
use crate::{
    App,
    profiles::{self, Files},
};

/// A session that ends within this time is told of.
const SOON: Duration = Duration::from_secs(15 * 60);
/// The longest that `aws login` goes on without a new sign-in ("Sign in for AWS local development" of the CLI guide).
const LOGIN_LASTS: Duration = Duration::from_secs(12 * 60 * 60);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SsoToken {
    start_url: String,
    #[serde(default)]
    access_token: Option<String>,
    expires_at: String,
    #[serde(default)]
    refresh_token: Option<String>,
    #[serde(default)]
    registration_expires_at: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LoginToken {
    access_token: LoginAccessToken,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LoginAccessToken {
    expires_at: String,
}

pub(super) fn check(app: &App, files: &Files) -> Vec<MachineFinding> {
    let tokens = sso_tokens(&app.places.home.join(".aws/sso/cache"));
    let mut told = BTreeSet::new();
    let mut found = Vec::new();
    for profile in profiles::names(files) {
        let value = |name: &str| files.config.get(&header(FileKind::Config, &profile), name);
        if let Some(session) = value("login_session") {
            found.extend(login(app, &profile, &session));
            continue;
        }
        let session = value("sso_session");
        let start_url = match &session {
            Some(session) => files
                .config
                .get(&format!("sso-session {session}"), "sso_start_url"),
            None => value("sso_start_url"),
        };
        let Some(start_url) = start_url.filter(|url| told.insert(url.clone())) else {
            continue;
        };
        let end = tokens
            .iter()
            .filter(|token| {
                token.start_url.trim_end_matches(['/', '#'])
                    == start_url.trim_end_matches(['/', '#'])
            })
            .filter_map(|token| token.end())
            .max();
        let sign_in = match session {
            Some(session) => format!("aws sso login --sso-session {}", quoted(&session)),
            None => format!("aws sso login --profile {}", quoted(&profile)),
        };
        found.extend(end.and_then(|end| ending(app, &start_url, end, &sign_in)));
    }
    found
}

fn sso_tokens(folder: &Path) -> Vec<SsoToken> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    entries
        .filter_map(|entry| std::fs::read(entry.ok()?.path()).ok())
        .filter_map(|bytes| serde_json::from_slice::<SsoToken>(&bytes).ok())
        .filter(|token| token.access_token.is_some())
        .collect()
}

impl SsoToken {
    /// When a person has to sign in again: a token that can be renewed lasts as long as its registration.
    fn end(&self) -> Option<SystemTime> {
        match (&self.refresh_token, &self.registration_expires_at) {
            (Some(_), Some(registration)) => moment(registration),
            _ => moment(&self.expires_at),
        }
    }
}

/// The older CLI wrote `UTC` in place of `Z`.
fn moment(text: &str) -> Option<SystemTime> {
    let text = text.strip_suffix("UTC").unwrap_or(text);
    let text = text.strip_suffix('Z').unwrap_or(text);
    let text = text.strip_suffix("+00:00").unwrap_or(text);
    humantime::parse_rfc3339_weak(&format!("{text}Z")).ok()
}

fn login(app: &App, profile: &str, session: &str) -> Option<MachineFinding> {
    let name: String = Sha256::digest(session.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let path = app
        .places
        .home
        .join(format!(".aws/login/cache/{name}.json"));
    let token: LoginToken = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
    // It is renewed every 15 minutes while it is used; only one that rested too long needs a person.
    let end = moment(&token.access_token.expires_at)? + LOGIN_LASTS;
    let sign_in = format!("aws login --profile {}", quoted(profile));
    ending(app, profile, end, &sign_in)
}

fn ending(app: &App, subject: &str, end: SystemTime, sign_in: &str) -> Option<MachineFinding> {
    let left = end.duration_since(app.now()).unwrap_or_default();
    let message = if left.is_zero() {
        format!("The sign-in of {subject} has ended")
    } else if left < SOON {
        format!(
            "The sign-in of {subject} ends in {} minutes",
            left.as_secs().div_ceil(60)
        )
    } else {
        return None;
    };
    Some(finding(
        "session.ending",
        Severity::Warning,
        subject,
        message,
        "Programs that use its profiles get no credentials after that.",
        command(sign_in),
    ))
}
