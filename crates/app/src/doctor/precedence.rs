//! Which credentials each program takes from a profile, where that is not the same for all.
//!
//! The rules are those of `keywell files explain`. A profile with a plain key is told of with its key.

use keywell_wire::{MachineFinding, Severity};

use super::{Seen, command, counted, finding, quoted};
use crate::{
    App,
    files::{self, Kind, Traps},
    problem::{Code, Problem},
    profiles::{self, Files},
};

pub(super) fn check(app: &App, files: &Files) -> Seen {
    let names = profiles::names(files);
    let mut found = Vec::new();
    for profile in &names {
        match files::explain_in(app, files, profile) {
            Ok(explanation) => {
                let traps = files::traps(app, &explanation);
                found.extend(parted(files, profile, &traps));
                found.extend(refused(files, profile, &traps));
            }
            Err(problem) => found.extend(chain(profile, &problem)),
        }
    }
    let state = match found.len() {
        0 => "Every program takes the same from each profile.".to_owned(),
        count => format!("Programs part ways over {}.", counted(count, "profile")),
    };
    Seen::new("Precedence", state, found)
}

fn parted(files: &Files, profile: &str, traps: &Traps) -> Option<MachineFinding> {
    let split = traps.split.as_ref()?;
    if profiles::plain_pair(files, profile).is_some() {
        return None;
    }
    // The one that the fewest expect beside another: a program, then a sign-in.
    let surplus = [Kind::Process, Kind::LoginSession, Kind::Sso, Kind::Role]
        .into_iter()
        .find(|kind| traps.kinds.contains(kind))
        .map_or("credential_process", setting_of);
    Some(finding(
        "profile.precedence",
        Severity::Warning,
        profile,
        format!("Programs take different credentials from the profile {profile}"),
        split.clone(),
        command(format!(
            "keywell profile unset {} {surplus}",
            quoted(profile)
        )),
    ))
}

fn setting_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Role => "role_arn",
        Kind::CredentialSource => "credential_source",
        Kind::WebIdentity => "web_identity_token_file",
        Kind::Sso => "sso_account_id sso_role_name sso_session",
        Kind::LoginSession => "login_session",
        Kind::Process => "credential_process",
        Kind::CredentialsFile | Kind::ConfigFile => "aws_access_key_id aws_secret_access_key",
    }
}

fn refused(files: &Files, profile: &str, traps: &Traps) -> Option<MachineFinding> {
    let why = traps.refused.as_ref()?;
    if !traps.refused_by_all && profiles::plain_pair(files, profile).is_some() {
        return None;
    }
    let (severity, who) = if traps.refused_by_all {
        (Severity::Stop, "Every program refuses")
    } else {
        (Severity::Note, "Some programs refuse")
    };
    Some(finding(
        "profile.refused_by_programs",
        severity,
        profile,
        format!("{who} the profile {profile}"),
        why.clone(),
        command(format!("keywell files explain {}", quoted(profile))),
    ))
}

/// Profiles that act through each other and never reach a key.
fn chain(profile: &str, problem: &Problem) -> Option<MachineFinding> {
    (problem.code == Code::ProfileChain).then(|| {
        let message = problem.message.trim_end_matches('.');
        let why = if problem.cause.is_empty() {
            "No program gets credentials from it."
        } else {
            &problem.cause
        };
        finding(
            "profile.chain",
            Severity::Stop,
            profile,
            message,
            super::sentences(&[why, &problem.hint]),
            command(format!(
                "keywell profile set {} source_profile=NAME",
                quoted(profile)
            )),
        )
    })
}
