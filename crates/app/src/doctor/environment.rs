//! Variables that override what the files say, or that lead nowhere.

use std::path::PathBuf;

use keywell_wire::{MachineFinding, Remedy, Severity};
use url::Url;

use super::{advice, command, finding};
use crate::{App, migrate, profiles};

pub(super) fn check(app: &App) -> Vec<MachineFinding> {
    let mut found: Vec<MachineFinding> = [key(app), profile(app), ca_bundle(app)]
        .into_iter()
        .flatten()
        .collect();
    found.extend(files(app));
    found.extend(proxies(app));
    found
}

/// A key in the environment wins over every profile that is not named on the command line ("Credentials provider
/// chain" of the SDK guide).
fn key(app: &App) -> Option<MachineFinding> {
    let id = app.variables.get("AWS_ACCESS_KEY_ID").is_some();
    let secret = app.variables.get("AWS_SECRET_ACCESS_KEY").is_some();
    let (place, remedy) = match setter(app, "AWS_ACCESS_KEY_ID") {
        Some((place, Some(key))) => (Some(place), Remedy::Migrate { key }),
        Some((place, None)) => {
            let text = format!("Take the line out of {place}, and open a new terminal.");
            (Some(place), advice(text))
        }
        None => (None, command(unset())),
    };
    let from = place.map_or_else(String::new, |place| format!(" It is set in {place}."));
    match (id, secret) {
        (true, true) => Some(finding(
            "environment.key",
            Severity::Warning,
            "AWS_ACCESS_KEY_ID",
            "A variable holds a key that wins over your profiles",
            format!(
                "Programs that are not told a profile use AWS_ACCESS_KEY_ID in place of any file, and every program that you start can read it.{from}"
            ),
            remedy,
        )),
        (true, false) | (false, true) => Some(finding(
            "environment.half_key",
            Severity::Stop,
            "AWS_ACCESS_KEY_ID",
            "Half a key is set in the environment",
            format!(
                "One of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY is set without the other, and the AWS CLI stops at that.{from}"
            ),
            command(unset()),
        )),
        (false, false) => None,
    }
}

fn unset() -> &'static str {
    if cfg!(windows) {
        "Remove-Item Env:AWS_ACCESS_KEY_ID, Env:AWS_SECRET_ACCESS_KEY, Env:AWS_SESSION_TOKEN"
    } else {
        "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN"
    }
}

/// The start-up file and line that sets a variable, and the plain key there.
fn setter(app: &App, variable: &str) -> Option<(String, Option<String>)> {
    migrate::shell_files(&app.places)
        .into_iter()
        .find_map(|path| {
            let text = std::fs::read_to_string(&path).ok()?;
            let line = (1..)
                .zip(text.lines())
                .find(|(_, line)| line.contains(variable) && !line.trim_start().starts_with('#'))
                .map(|(number, _)| number)?;
            let key = migrate::keys_in_text(&text)
                .into_iter()
                .next()
                .map(|found| found.pair.key_id);
            Some((format!("{}, line {line}", app.shown(&path)), key))
        })
}

fn profile(app: &App) -> Option<MachineFinding> {
    let named = app
        .variables
        .text("AWS_PROFILE")
        .or_else(|| app.variables.text("AWS_DEFAULT_PROFILE"))?;
    if profiles::exists(app, &named).unwrap_or(true) {
        return None;
    }
    Some(finding(
        "environment.profile",
        Severity::Stop,
        named.clone(),
        format!("AWS_PROFILE names {named}, and there is no such profile"),
        "Every AWS program that is not told another profile stops with an error.",
        command(if cfg!(windows) {
            "Remove-Item Env:AWS_PROFILE"
        } else {
            "unset AWS_PROFILE"
        }),
    ))
}

fn files(app: &App) -> Vec<MachineFinding> {
    [
        ("AWS_CONFIG_FILE", &app.places.config_file),
        ("AWS_SHARED_CREDENTIALS_FILE", &app.places.credentials_file),
    ]
    .into_iter()
    .filter(|(variable, path)| app.variables.get(variable).is_some() && !path.exists())
    .map(|(variable, path)| {
        finding(
            "environment.file",
            Severity::Warning,
            variable,
            format!("{variable} names a file that is not there"),
            format!(
                "AWS programs look for profiles in {}, and find none.",
                app.shown(path)
            ),
            advice(format!(
                "Correct {variable} where it is set, or take it out."
            )),
        )
    })
    .collect()
}

/// A certificate file replaces the system's authorities, so a wrong one makes every request fail.
fn ca_bundle(app: &App) -> Option<MachineFinding> {
    let path = PathBuf::from(app.variables.get("AWS_CA_BUNDLE")?);
    let cause = certificate_problem(&path)?;
    Some(finding(
        "network.ca_bundle",
        Severity::Stop,
        "AWS_CA_BUNDLE",
        format!("AWS_CA_BUNDLE names {}, which {cause}", app.shown(&path)),
        "The AWS CLI and SDKs trust only what is in that file, so no request over https works.",
        command(if cfg!(windows) {
            "Remove-Item Env:AWS_CA_BUNDLE"
        } else {
            "unset AWS_CA_BUNDLE"
        }),
    ))
}

/// What is wrong with a PEM file of certificates, as the end of a sentence.
pub(super) fn certificate_problem(path: &std::path::Path) -> Option<&'static str> {
    match std::fs::read(path) {
        Err(_) => Some("can not be read"),
        Ok(bytes)
            if !bytes
                .windows(b"-----BEGIN CERTIFICATE-----".len())
                .any(|part| part == b"-----BEGIN CERTIFICATE-----") =>
        {
            Some("holds no certificate")
        }
        Ok(_) => None,
    }
}

fn proxies(app: &App) -> Vec<MachineFinding> {
    ["https_proxy", "HTTPS_PROXY", "http_proxy"]
        .into_iter()
        .filter_map(|variable| Some((variable, app.variables.text(variable)?)))
        // Without a scheme the tools take it for http.
        .filter(|(_, address)| {
            let text = if address.contains("://") {
                address.clone()
            } else {
                format!("http://{address}")
            };
            Url::parse(&text).map_or(true, |url| url.host_str().is_none_or(str::is_empty))
        })
        .map(|(variable, _)| {
            finding(
                "network.proxy_form",
                Severity::Stop,
                variable,
                format!("{variable} is not the address of a proxy"),
                "AWS programs send every request there, and all of them fail.",
                advice(format!(
                    "Write {variable} like http://proxy.example.com:3128, or take it out."
                )),
            )
        })
        .collect()
}
