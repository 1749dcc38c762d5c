//! Sign-ins that have ended or are about to: the caches of the AWS CLI.
//!
//! `~/.aws/sso/cache/*.json` hold IAM Identity Center tokens (botocore `utils.py`, `SSOTokenLoader`), and
//! `~/.aws/login/cache/<SHA-256 of the session>.json` those of `aws login` (botocore `LoginTokenLoader`).

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use keywell_aws_files::{FileKind, header};
use keywell_wire::{MachineFinding, Severity};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::{Seen, button, command, counted, finding, quoted};
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

/// What tools that write temporary keys into the credentials file call their end: saml2aws and gimme-aws-creds, aws-mfa
/// and awsume, the AWS CLI's own cache.
const ENDS: &[&str] = &[
    "x_security_token_expires",
    "expiration",
    "aws_session_expiration",
];

/// A sign-in, and when a person has to do it again.
pub(crate) struct SignIn {
    /// A profile, or the address of a portal.
    pub subject: String,
    pub end: SystemTime,
    /// The command that signs in again.
    pub again: String,
}

pub(super) fn check(app: &App, files: &Files) -> Seen {
    let sign_ins = sign_ins(app, files);
    let state = match sign_ins.iter().map(|one| one.end).min() {
        None => "There is none.".to_owned(),
        Some(first) => {
            let left = first.duration_since(app.now()).unwrap_or_default();
            let count = counted(sign_ins.len(), "sign-in");
            if left.is_zero() {
                format!("{count}, not all of which still hold.")
            } else {
                format!("{count}; the next ends in {}.", time_words(left))
            }
        }
    };
    let found = sign_ins
        .iter()
        .filter_map(|one| ending(app, &one.subject, one.end, &one.again))
        .collect();
    Seen::new("Sign-ins", state, found)
}

/// How the codes of findings about kept sessions begin.
pub(super) const KEPT: &str = "sessions.";

/// Kept sessions of Keywell's own that can not be used.
pub(super) async fn kept(app: &App) -> Option<MachineFinding> {
    // A keychain that does not answer is told by the check of the keychain.
    let problem = crate::sessions::lost(app).await.ok()??;
    Some(finding(
        problem.code.as_str(),
        Severity::Note,
        app.shown(&crate::sessions::file(app)),
        problem.message.trim_end_matches('.'),
        problem.hint,
        button("Forget them"),
    ))
}

/// All sign-ins that profiles depend on, also those that have ended.
pub(crate) fn sign_ins(app: &App, files: &Files) -> Vec<SignIn> {
    let tokens = sso_tokens(&app.places.home.join(".aws/sso/cache"));
    let mut told = BTreeSet::new();
    let mut found = Vec::new();
    for profile in profiles::names(files) {
        let value = |name: &str| files.config.get(&header(FileKind::Config, &profile), name);
        found.extend(temporary_key(files, &profile));
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
        let again = match session {
            Some(session) => format!("aws sso login --sso-session {}", quoted(&session)),
            None => format!("aws sso login --profile {}", quoted(&profile)),
        };
        found.extend(end.map(|end| SignIn {
            subject: start_url,
            end,
            again,
        }));
    }
    found
}

/// A temporary key that another tool wrote into the credentials file, with its end beside it.
fn temporary_key(files: &Files, profile: &str) -> Option<SignIn> {
    let section = header(FileKind::Credentials, profile);
    files.credentials.get(&section, "aws_session_token")?;
    let end = ENDS
        .iter()
        .find_map(|name| moment(&files.credentials.get(&section, name)?))?;
    let again = match files.credentials.get(&section, "x_principal_arn") {
        // saml2aws writes the principal beside the key.
        Some(_) => format!("saml2aws login --profile {}", quoted(profile)),
        None => format!("keywell setup --profile {} --replace", quoted(profile)),
    };
    Some(SignIn {
        subject: profile.to_owned(),
        end,
        again,
    })
}

/// "9 minutes", "3 hours", "41 days".
fn time_words(time: Duration) -> String {
    let minutes = time.as_secs().div_ceil(60);
    match minutes {
        0..=90 => counted(minutes as usize, "minute"),
        91..=2880 => counted((minutes / 60) as usize, "hour"),
        _ => counted((minutes / 60 / 24) as usize, "day"),
    }
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

/// A moment as tools write it: RFC 3339 with any offset, a blank for the `T`, `UTC` or nothing for the `Z`.
pub(crate) fn moment(text: &str) -> Option<SystemTime> {
    let text = text.trim();
    let text = text.strip_suffix("UTC").unwrap_or(text).trim_end();
    let text = text.strip_suffix('Z').unwrap_or(text);
    let (clock, east) = match text.len().checked_sub("+00:00".len()) {
        Some(at) if text.is_char_boundary(at) && text.len() > "2026-11-22".len() + 6 => {
            match offset(&text[at..]) {
                Some(east) => (&text[..at], east),
                None => (text, 0),
            }
        }
        _ => (text, 0),
    };
    let moment = humantime::parse_rfc3339_weak(&format!("{clock}Z")).ok()?;
    let seconds = Duration::from_secs(east.unsigned_abs());
    if east >= 0 {
        moment.checked_sub(seconds)
    } else {
        moment.checked_add(seconds)
    }
}

/// `+02:00` in seconds.
fn offset(text: &str) -> Option<i64> {
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, minutes) = text[1..].split_once(':')?;
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    Some(sign * (hours * 3600 + minutes * 60))
}

fn login(app: &App, profile: &str, session: &str) -> Option<SignIn> {
    let name: String = Sha256::digest(session.trim().as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let folder = match app.variables.get("AWS_LOGIN_CACHE_DIRECTORY") {
        Some(folder) => PathBuf::from(folder),
        None => app.places.home.join(".aws/login/cache"),
    };
    let path = folder.join(format!("{name}.json"));
    let token: LoginToken = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
    Some(SignIn {
        subject: profile.to_owned(),
        // It is renewed every 15 minutes while it is used; only one that rested too long needs a person.
        end: moment(&token.access_token.expires_at)? + LOGIN_LASTS,
        again: format!("aws login --profile {}", quoted(profile)),
    })
}

fn ending(app: &App, subject: &str, end: SystemTime, sign_in: &str) -> Option<MachineFinding> {
    let left = end.duration_since(app.now()).unwrap_or_default();
    let message = if left.is_zero() {
        format!("The sign-in of {subject} has ended")
    } else if left < SOON {
        format!("The sign-in of {subject} ends in {}", time_words(left))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_read_as_any_tool_writes_it() {
        let at = moment("2026-11-22T10:00:00Z").unwrap();
        for text in [
            "2026-11-22T10:00:00UTC",
            "2026-11-22 10:00:00",
            "2026-11-22T10:00:00+00:00",
            "2026-11-22T12:00:00+02:00",
            " 2026-11-22T04:30:00-05:30 ",
        ] {
            assert_eq!(moment(text), Some(at), "{text}");
        }
        for text in [
            "",
            "soon",
            "2026-11-22",
            "+02:00",
            "2026-13-40T99:00:00Z",
            "ü+02:00",
        ] {
            assert_eq!(moment(text), None, "{text}");
        }
    }
}
