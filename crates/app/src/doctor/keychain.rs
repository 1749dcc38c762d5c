//! Whether the keychain answers, and holds what the profiles point at.

use keywell_wire::{MachineFinding, Remedy, Severity};

use super::{advice, finding};
use crate::{
    App, blocking, hand_out,
    problem::{Code, Problem},
    profiles::{self, Files, Source},
};

pub(super) async fn check(app: &App, files: &Files) -> Vec<MachineFinding> {
    let mut keyed: Vec<(String, Option<String>)> = Vec::new();
    for profile in profiles::names(files) {
        match profiles::source(app, files, &profile) {
            Ok(Source::Keychain { key_id }) => keyed.push((profile, Some(key_id))),
            Ok(Source::KeychainMissing) => keyed.push((profile, None)),
            _ => {}
        }
    }
    let open = app.open_vault.clone();
    let listed = blocking(move || open().and_then(|vault| vault.list()))
        .await
        .and_then(|listed| listed.map_err(Problem::from));
    let known = match listed {
        Ok(known) => known,
        Err(problem) => return vec![unavailable(&problem, keyed.len())],
    };
    let mut found = Vec::new();
    for (profile, key_id) in keyed {
        let is_there = match key_id {
            Some(key_id) => known.contains(&key_id),
            // The index was lost; the items say whose they are.
            None => !matches!(
                hand_out::find_again(app, &profile).await,
                Err(problem) if problem.code == Code::ProfileSecretMissing
            ),
        };
        if !is_there {
            found.push(finding(
                "profile.secret_missing",
                Severity::Stop,
                profile.clone(),
                format!("The key of the profile {profile} is not in this keychain"),
                "Programs that use this profile get no credentials.",
                Remedy::SetUp { profile },
            ));
        }
    }
    found
}

fn unavailable(problem: &Problem, profiles: usize) -> MachineFinding {
    let (severity, detail) = match profiles {
        0 => (
            Severity::Warning,
            "No key can be kept safe on this machine.".to_owned(),
        ),
        1 => (
            Severity::Stop,
            "One profile gets no credentials.".to_owned(),
        ),
        count => (
            Severity::Stop,
            format!("{count} profiles get no credentials."),
        ),
    };
    finding(
        "vault.unavailable",
        severity,
        problem.code.as_str(),
        problem.message.clone(),
        format!("{detail} {}", problem.cause).trim().to_owned(),
        advice(problem.hint.clone()),
    )
}
