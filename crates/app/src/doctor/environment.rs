//! Variables that override what the files say, or that lead nowhere.

use std::path::PathBuf;

use keywell_aws_files::{FileKind, header};
use keywell_wire::{MachineFinding, Remedy, Severity};
use url::Url;

use super::{Seen, finding, sentences, unset};
use crate::{App, files, migrate, profiles};

/// Variables that have a say in which key, region, address or certificates a program takes.
const WATCHED: &[&str] = &[
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ROLE_ARN",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_S3",
    "AWS_ENDPOINT_URL_IAM",
    "AWS_ENDPOINT_URL_STS",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_CA_BUNDLE",
    "HTTPS_PROXY",
    "https_proxy",
    "http_proxy",
    "NO_PROXY",
    "no_proxy",
];

pub(super) fn check(app: &App) -> Seen {
    let mut found: Vec<MachineFinding> = [key(app), profile(app), ca_bundle(app)]
        .into_iter()
        .flatten()
        .collect();
    found.extend(missing_files(app));
    found.extend(proxies(app));
    found.extend(overrides(app));
    let set: Vec<&str> = WATCHED
        .iter()
        .copied()
        .filter(|name| app.variables.get(name).is_some())
        .collect();
    let state = match set.len() {
        0 => "None that AWS programs look at is set.".to_owned(),
        1 => format!("{} is set.", set[0]),
        _ => format!("{} are set.", set.join(", ")),
    };
    Seen::new("Variables", state, found)
}

/// A key in the environment wins over every profile that is not named on the command line, and in some SDKs over that
/// too.
fn key(app: &App) -> Option<MachineFinding> {
    let id = app.variables.get("AWS_ACCESS_KEY_ID").is_some();
    let secret = app.variables.get("AWS_SECRET_ACCESS_KEY").is_some();
    let variables = unset(&[
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
    ]);
    let (from, remedy) = match setter(app, "AWS_ACCESS_KEY_ID") {
        Some((place, Some(key))) => (format!("It is set in {place}."), Remedy::Migrate { key }),
        Some((place, None)) => (
            format!("It is set in {place}; take it out there too."),
            variables,
        ),
        None => (String::new(), variables),
    };
    match (id, secret) {
        (true, true) => {
            let named = format!(
                "The {} take it even where a profile is named.",
                files::listed(&files::prefer_environment_to_a_named_profile())
            );
            Some(finding(
                "environment.key",
                Severity::Warning,
                "AWS_ACCESS_KEY_ID",
                "A variable holds a key that wins over your profiles",
                sentences(&[
                    "Programs that are not told a profile use AWS_ACCESS_KEY_ID in place of any file, and every program that you start can read it.",
                    &named,
                    &from,
                ]),
                remedy,
            ))
        }
        (true, false) | (false, true) => Some(finding(
            "environment.half_key",
            Severity::Stop,
            "AWS_ACCESS_KEY_ID",
            "Half a key is set in the environment",
            sentences(&[
                "One of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY is set without the other, and the AWS CLI stops at that.",
                &from,
            ]),
            unset(&["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]),
        )),
        (false, false) => None,
    }
}

/// Variables that make programs do other than the profile in use says.
fn overrides(app: &App) -> Vec<MachineFinding> {
    let Ok(read) = profiles::read_files(app) else {
        return Vec::new();
    };
    let wanted = app
        .variables
        .text("AWS_PROFILE")
        .unwrap_or_else(|| "default".to_owned());
    let names = profiles::names(&read);
    let Some(profile) = names
        .iter()
        .find(|name| **name == wanted)
        .or_else(|| names.first())
    else {
        return Vec::new();
    };
    // A chain that leads nowhere is the precedence's own finding.
    let Ok(explanation) = files::explain_in(app, &read, profile) else {
        return Vec::new();
    };
    let region = read
        .config
        .get(&header(FileKind::Config, profile), "region");
    explanation
        .environment
        .into_iter()
        .filter(|one| match one.variable.as_str() {
            "AWS_DEFAULT_PROFILE" => app.variables.get("AWS_PROFILE").is_some(),
            "AWS_REGION" | "AWS_DEFAULT_REGION" => {
                region.is_some() && app.variables.text(&one.variable) != region
            }
            name => name.starts_with("AWS_ENDPOINT_URL") || name.starts_with("AWS_IGNORE_"),
        })
        .map(|one| {
            let severity = match one.variable.as_str() {
                "AWS_DEFAULT_PROFILE" => Severity::Warning,
                _ => Severity::Note,
            };
            finding(
                "environment.overrides",
                severity,
                one.variable.clone(),
                format!("{} wins over what your profiles say", one.variable),
                one.effect,
                unset(&[&one.variable]),
            )
        })
        .collect()
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
    let (variable, named) = ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"]
        .into_iter()
        .find_map(|variable| Some((variable, app.variables.text(variable)?)))?;
    if profiles::exists(app, &named).unwrap_or(true) {
        return None;
    }
    Some(finding(
        "environment.profile",
        Severity::Stop,
        named.clone(),
        format!("{variable} names {named}, and there is no such profile"),
        "Every AWS program that is not told another profile stops with an error.",
        unset(&[variable]),
    ))
}

fn missing_files(app: &App) -> Vec<MachineFinding> {
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
            unset(&[variable]),
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
        unset(&["AWS_CA_BUNDLE"]),
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
                "AWS programs send every request there, and all of them fail. An address is written like http://proxy.example.com:3128.",
                unset(&[variable]),
            )
        })
        .collect()
}
