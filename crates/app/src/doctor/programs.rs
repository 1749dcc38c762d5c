//! The AWS CLI that this machine has.

use std::time::Duration;

use keywell_aws_files::{FileKind, header};
use keywell_wire::{MachineFinding, Severity};
use tokio_util::sync::CancellationToken;

use super::{Seen, command, finding};
use crate::{
    App, checks,
    problem::Problem,
    profiles::{self, Files},
    resolve,
};

/// A Python program on a cold disk may need some seconds to say its version.
const LIMIT: Duration = Duration::from_secs(10);

pub(super) async fn check(
    app: &App,
    files: &Files,
    cancel: &CancellationToken,
) -> Result<Seen, Problem> {
    let asked = tokio::time::timeout(LIMIT, (app.run_helper)("aws --version".to_owned()));
    let printed = match checks::unless_cancelled(cancel, asked).await? {
        Ok(Ok(printed)) => printed,
        Ok(Err(_)) => return Ok(Seen::new("AWS CLI", "There is none on PATH.", Vec::new())),
        Err(_) => {
            return Ok(Seen::new(
                "AWS CLI",
                "It did not say its version in time.",
                Vec::new(),
            ));
        }
    };
    let Some((number, version)) = version(printed.expose()) else {
        return Ok(Seen::new(
            "AWS CLI",
            "It did not say its version.",
            Vec::new(),
        ));
    };
    let found = old(app, files, version).into_iter().collect();
    Ok(Seen::new("AWS CLI", format!("Version {number}."), found))
}

/// From `aws-cli/2.31.4 Python/3.13.7 …`: the whole number, and what decides of it.
fn version(text: &str) -> Option<(&str, (u32, u32))> {
    let number = text.strip_prefix("aws-cli/")?.split_whitespace().next()?;
    let mut parts = number.split('.').map(|part| part.parse().ok());
    Some((number, (parts.next()??, parts.next()??)))
}

/// `endpoint_url` of a profile is read from 1.29.0 and 2.13.0 on (changelog of the AWS CLI).
fn old(app: &App, files: &Files, version: (u32, u32)) -> Option<MachineFinding> {
    let reads_endpoints = match version.0 {
        0 => false,
        1 => version.1 >= 29,
        2 => version.1 >= 13,
        _ => true,
    };
    if reads_endpoints {
        return None;
    }
    let profile = profiles::names(files).into_iter().find(|profile| {
        let section = header(FileKind::Config, profile);
        resolve::configured_endpoint(&files.config, &section).is_some()
    });
    let named = match (&profile, app.variables.get("AWS_ENDPOINT_URL")) {
        (Some(profile), _) => format!("the endpoint_url of {profile}"),
        (None, Some(_)) => "AWS_ENDPOINT_URL".to_owned(),
        (None, None) => return None,
    };
    Some(finding(
        "awscli.old",
        Severity::Warning,
        format!("{}.{}", version.0, version.1),
        format!("The AWS CLI {}.{} ignores {named}", version.0, version.1),
        "It sends those requests, and the key ID with them, to AWS instead. Versions from 1.29 and 2.13 on read it.",
        command(upgrade(version.0)),
    ))
}

fn upgrade(major: u32) -> &'static str {
    if major < 2 {
        "pip install --upgrade awscli"
    } else if cfg!(windows) {
        "winget upgrade Amazon.AWSCLI"
    } else if cfg!(target_os = "macos") {
        "brew upgrade awscli"
    } else {
        "sudo ./aws/install --update"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_the_first_word() {
        assert_eq!(
            version("aws-cli/2.31.4 Python/3.13.7 Linux/6.1 exe/x86_64\n"),
            Some(("2.31.4", (2, 31)))
        );
        assert_eq!(version("aws-cli/1.29 x"), Some(("1.29", (1, 29))));
        for text in ["", "aws-cli/", "aws-cli/x.y", "zsh: command not found: aws"] {
            assert_eq!(version(text), None, "{text}");
        }
    }
}
