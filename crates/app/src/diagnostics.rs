//! A text about this machine that can be shown to somebody who helps: what is there and in which state, without names,
//! secrets, account numbers or whole key ids.
//!
//! It is built from states and codes, not from sentences that hold names; what remains of other programs' words (the
//! keychain's cause) is freed of the home folder and of key ids.

use std::{fmt::Write, fs, path::Path};

use keywell_wire::{ProfileRow, SettingsState, VaultStatus};
use serde::Serialize;

use crate::{App, profiles, settings, time};

/// Variables whose presence changes what AWS clients do; their values are never told.
const VARIABLES: &[&str] = &[
    "AWS_PROFILE",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_S3",
    "AWS_CA_BUNDLE",
    "KEYWELL_HOME",
    "HTTPS_PROXY",
    "https_proxy",
    "http_proxy",
    "NO_PROXY",
    "no_proxy",
    "DBUS_SESSION_BUS_ADDRESS",
    "WAYLAND_DISPLAY",
    "DISPLAY",
];

/// Settings that name hosts or files.
const PRIVATE_SETTINGS: &[&str] = &["proxy", "no_proxy", "ca_bundle"];

/// The whole text. `program` is the name and version of what asks; the keychain is asked by the caller.
pub fn text(app: &App, program: &str, vault: &VaultStatus) -> String {
    let mut text = String::new();
    let mut line = |line: &str| {
        // Writing to a string can not fail.
        let _ = writeln!(text, "{}", scrubbed(app, line));
    };
    line(program);
    line(&format!("time      {}", time::rfc3339(app.now())));
    line(&format!("system    {}", system()));
    line(&format!("keychain  {}", vault_words(vault)));
    let variables: Vec<&str> = VARIABLES
        .iter()
        .filter(|name| app.variables.get(name).is_some())
        .copied()
        .collect();
    line(&format!("set       {}", variables.join(" ")));

    line("");
    line("Files");
    for (what, path) in [
        ("config", &app.places.config_file),
        ("credentials", &app.places.credentials_file),
        ("data", &app.places.data),
    ] {
        line(&format!(
            "  {what:<12} {} {}",
            app.shown(path),
            state_of(path)
        ));
    }

    line("");
    line("Settings");
    let state = settings::show(app);
    for (name, value) in settings::rows(&state.settings) {
        let shown = match (PRIVATE_SETTINGS.contains(&name), value.is_empty()) {
            (_, true) => "–",
            (true, false) => "set",
            (false, false) => &value,
        };
        line(&format!("  {name:<24} {shown}"));
    }
    for code in setting_problems(&state) {
        line(&format!("  problem {code}"));
    }

    line("");
    match profiles::list(app) {
        Ok(rows) => {
            line(&format!("Profiles ({})", rows.len()));
            for (number, row) in (1..).zip(&rows) {
                line(&format!("  {number:<3} {}", profile_words(row)));
            }
        }
        Err(problem) => line(&format!("Profiles: problem {}", problem.code.as_str())),
    }
    text
}

fn system() -> String {
    use std::env::consts::{ARCH, OS};
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let name = release
        .lines()
        .find_map(|line| line.strip_prefix("PRETTY_NAME="))
        .map(|name| format!(" ({})", name.trim_matches('"')));
    format!("{OS} {ARCH}{}", name.unwrap_or_default())
}

fn vault_words(vault: &VaultStatus) -> String {
    match &vault.problem {
        Some(problem) => format!("problem {} {}", problem.code, problem.cause),
        None => vault.label.clone(),
    }
}

/// How large a file is and who may do what with it.
fn state_of(path: &Path) -> String {
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) => return format!("({})", error.kind()),
    };
    #[cfg(unix)]
    let mode = format!(
        ", mode {:o}",
        std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777
    );
    #[cfg(not(unix))]
    let mode = "";
    let link = fs::symlink_metadata(path).is_ok_and(|own| own.is_symlink());
    let what = match (metadata.is_dir(), link) {
        (true, _) => "folder".to_owned(),
        (false, true) => format!("{} bytes behind a link", metadata.len()),
        (false, false) => format!("{} bytes", metadata.len()),
    };
    format!("({what}{mode})")
}

fn setting_problems(state: &SettingsState) -> impl Iterator<Item = String> {
    let whole = state.problem.iter().map(|problem| problem.code.clone());
    let fields = state
        .problems
        .iter()
        .map(|problem| format!("{} of {}", problem.failure.code, problem.field));
    whole.chain(fields)
}

fn profile_words(row: &ProfileRow) -> String {
    let endpoint = match (row.practice, &row.endpoint_url) {
        (true, _) => "practice account",
        (false, Some(_)) => "own endpoint",
        (false, None) => "AWS",
    };
    let test = match (&row.last_tested, row.last_test_passed) {
        (Some(at), Some(true)) => format!("passed {at}"),
        (Some(at), _) => format!("failed {at}"),
        (None, _) => "never tested".to_owned(),
    };
    let key = row
        .key_id
        .as_deref()
        .map(|id| format!(", key {}", ending(id)));
    format!(
        "{}, secret {}{}, {}, {endpoint}, {test}",
        word(&row.kind),
        word(&row.secret),
        key.unwrap_or_default(),
        row.region.as_deref().unwrap_or("no region"),
    )
}

/// The name that the page knows a state by.
fn word(state: &impl Serialize) -> String {
    let value = serde_json::to_value(state).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}

/// The last four characters of a key id, as AWS's own documents show it.
fn ending(key_id: &str) -> String {
    let start = key_id.char_indices().rev().nth(3).map_or(0, |(at, _)| at);
    format!("…{}", &key_id[start..])
}

/// Without the home folder, and without the first sixteen characters of anything that looks like a key id.
fn scrubbed(app: &App, line: &str) -> String {
    let home = app.places.home.to_string_lossy();
    let line = if home.len() > 1 {
        line.replace(home.as_ref(), "~")
    } else {
        line.to_owned()
    };
    let is_part = |character: char| character.is_ascii_alphanumeric();
    let mut text = String::with_capacity(line.len());
    let mut rest = line.as_str();
    while let Some(start) = rest.find(is_part) {
        let end = rest[start..]
            .find(|character| !is_part(character))
            .map_or(rest.len(), |length| start + length);
        let word = &rest[start..end];
        text.push_str(&rest[..start]);
        if word.len() >= 16 && ["AKIA", "ASIA"].iter().any(|kind| word.starts_with(kind)) {
            text.push_str(&ending(word));
        } else {
            text.push_str(word);
        }
        rest = &rest[end..];
    }
    text.push_str(rest);
    text
}
