//! What a person chose for Keywell itself: `settings.json` in its data folder. No secrets.
//!
//! The file is a versioned JSON object that holds what differs from the defaults. What this version does not know in it
//! is kept. A file that can not be understood is never written over: it is set aside by the next save.

mod fields;

use std::{
    fs, io,
    num::NonZeroU64,
    path::{Path, PathBuf},
    time::Duration,
};

use keywell_wire::{SettingOverride, SettingProblem, Settings, SettingsState, StoreChoice};
use serde_json::{Map, Value};

use crate::{
    App,
    cloud::Network,
    places::{Places, Variables},
    problem::{Code, Problem},
    state_file,
    transfers::Speed,
};
use fields::FIELDS;

const VERSION: u64 = 1;
const VERSION_NAME: &str = "version";

/// Which setting each variable decides in its place.
const OVERRIDES: &[(&str, &[&str])] = &[
    ("default_region", &["AWS_REGION", "AWS_DEFAULT_REGION"]),
    ("store", &[STORE_VARIABLE]),
    ("proxy", &["https_proxy", "HTTPS_PROXY", "http_proxy"]),
    ("no_proxy", &["no_proxy", "NO_PROXY"]),
    ("ca_bundle", &["AWS_CA_BUNDLE"]),
];

/// The settings in force and what is wrong with what is stored.
pub fn show(app: &App) -> SettingsState {
    let (stored, problem) = match stored(&file(&app.places)) {
        Ok(stored) => (stored, None),
        Err(problem) => (Map::new(), Some(problem.into())),
    };
    let (settings, problems) = in_force(&stored);
    SettingsState {
        settings,
        file: app.shown(&file(&app.places)),
        problem,
        problems,
        overrides: overrides(&app.variables),
    }
}

/// The settings in force: a value that can not be used is the default, and so is a file. [`show`] says what is wrong.
pub fn read(places: &Places) -> Settings {
    in_force(&stored(&file(places)).unwrap_or_default()).0
}

/// After how long a copied secret or link is taken off the clipboard; `None` for never.
pub fn clipboard_time(places: &Places) -> Option<Duration> {
    let seconds = read(places).clipboard_seconds;
    (seconds > 0).then(|| Duration::from_secs(seconds.into()))
}

/// What transfers may take.
pub fn speed(places: &Places) -> Speed {
    let settings = read(places);
    Speed {
        files: settings.transfer_parallel as usize,
        bytes_per_second: NonZeroU64::new(u64::from(settings.transfer_kib_per_second) * 1024),
    }
}

/// Chooses the store in which keys are kept. `KEYWELL_STORE` decides in the setting's place.
const STORE_VARIABLE: &str = "KEYWELL_STORE";

/// The store in which keys are kept.
///
/// # Errors
/// When the variable names no store.
pub fn store(places: &Places, variables: &Variables) -> Result<StoreChoice, Problem> {
    match variables.text(STORE_VARIABLE) {
        Some(word) => fields::store(&word.into())
            .map_err(|problem| problem.and_because("KEYWELL_STORE says so.")),
        None => Ok(read(places).store),
    }
}

/// How long the encrypted file stays open after its passphrase was given; `None` for as long as it can.
pub fn lock_after(places: &Places) -> Option<Duration> {
    match read(places).lock_after_minutes {
        0 => None,
        minutes => Some(Duration::from_secs(u64::from(minutes) * 60)),
    }
}

/// Saves all settings, or none when one is refused. A damaged file is set aside first.
pub fn save(app: &App, settings: &Settings) -> Result<SettingsState, Problem> {
    let mut wanted = settings.clone();
    wanted.ca_bundle = at_home(&app.places, &wanted.ca_bundle);
    let (checked, problems) = checked(&wanted);
    if !problems.is_empty() {
        return Ok(SettingsState {
            settings: settings.clone(),
            problems,
            ..show(app)
        });
    }
    let path = file(&app.places);
    match stored(&path) {
        Err(problem) if problem.code == Code::SettingsDamaged => set_aside(&path)?,
        other => drop(other?),
    }
    let defaults = fields::defaults();
    state_file::update(&path, |stored: &mut Map<String, Value>| {
        for field in FIELDS {
            let value = (field.get)(&checked);
            if value == (field.get)(&defaults) {
                stored.remove(field.name);
            } else {
                stored.insert(field.name.to_owned(), value);
            }
        }
        stored.remove(VERSION_NAME);
        if !stored.is_empty() {
            stored.insert(VERSION_NAME.to_owned(), VERSION.into());
        }
    })?;
    Ok(show(app))
}

/// Names and values as the command line and the file write them.
pub fn rows(settings: &Settings) -> Vec<(&'static str, String)> {
    FIELDS
        .iter()
        .map(|field| {
            let value = (field.get)(settings);
            let text = value.as_str().map(str::to_owned);
            (field.name, text.unwrap_or_else(|| value.to_string()))
        })
        .collect()
}

/// What the file and the command line call a field of `Settings`.
pub fn file_name_of(field: &str) -> &'static str {
    let known = FIELDS.iter().find(|known| known.wire_name() == field);
    known.map(|known| known.name).unwrap_or_default()
}

/// Changes settings by name. Nothing is saved when one is refused.
pub fn set(app: &App, changes: &[(String, String)]) -> Result<SettingsState, Problem> {
    let mut settings = read(&app.places);
    for (name, value) in changes {
        let field = FIELDS
            .iter()
            .find(|field| field.name == name)
            .ok_or_else(|| unknown(name))?;
        let value = match field.name {
            "ca_bundle" => at_home(&app.places, value),
            _ => value.clone(),
        };
        (field.set)(&mut settings, &value.into())
            .map_err(|problem| problem.and_because(&format!("It was given for {name}.")))?;
    }
    let state = save(app, &settings)?;
    match state.problems.first() {
        None => Ok(state),
        Some(problem) => Err(Problem::new(
            Code::SettingValue,
            &problem.failure.message,
            &problem.failure.hint,
        )
        .because(&problem.failure.cause)),
    }
}

#[cfg(fuzzing)]
pub(crate) fn taken(number: usize, value: &serde_json::Value) -> Option<serde_json::Value> {
    let field = &FIELDS[number % FIELDS.len()];
    let mut settings = fields::defaults();
    (field.set)(&mut settings, value).ok()?;
    Some((field.get)(&settings))
}

/// Puts the settings' proxy and authorities where neither the environment nor the profile has any. A proxy of the
/// environment decides alone, for all schemes.
pub(crate) fn fill(network: &mut Network, places: &Places) {
    let settings = read(places);
    let chosen = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    if network.https_proxy.is_none() && network.http_proxy.is_none() {
        network.https_proxy = chosen(&settings.proxy);
        network.http_proxy = chosen(&settings.proxy);
    }
    if network.no_proxy.is_none() {
        network.no_proxy = chosen(&settings.no_proxy);
    }
    if network.ca_bundle.is_none() {
        network.ca_bundle = chosen(&settings.ca_bundle).map(PathBuf::from);
    }
}

fn file(places: &Places) -> PathBuf {
    places.data.join("settings.json")
}

/// What the file says; a missing one says nothing.
fn stored(path: &Path) -> Result<Map<String, Value>, Problem> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Map::new()),
        Err(error) => return Err(state_file::unreadable(path, &error)),
    };
    let stored: Map<String, Value> = serde_json::from_slice(&bytes).map_err(|error| {
        Problem::new(
            Code::SettingsDamaged,
            format!("Keywell's settings in {} can not be read.", path.display()),
            "Repair the file. When you change a setting instead, it is kept beside the new one.",
        )
        .because(error.to_string())
    })?;
    match stored.get(VERSION_NAME).map(Value::as_u64) {
        None | Some(Some(VERSION)) => Ok(stored),
        _ => Err(Problem::new(
            Code::SettingsNewer,
            format!(
                "The settings in {} were written by another version of Keywell.",
                path.display()
            ),
            "Install the newest Keywell, or move the file away.",
        )),
    }
}

/// Moves a damaged file to a free name beside it.
fn set_aside(path: &Path) -> Result<(), Problem> {
    let free = (1_u32..)
        .map(|number| path.with_extension(format!("damaged-{number}.json")))
        .find(|path| !path.exists());
    let target = free.unwrap_or_else(|| path.with_extension("damaged"));
    fs::rename(path, target).map_err(|error| state_file::unwritable(path, &error))
}

fn in_force(stored: &Map<String, Value>) -> (Settings, Vec<SettingProblem>) {
    let mut settings = fields::defaults();
    let mut problems = Vec::new();
    for field in FIELDS {
        if let Some(value) = stored.get(field.name)
            && let Err(problem) = (field.set)(&mut settings, value)
        {
            problems.push(refusal(field, problem));
        }
    }
    (settings, problems)
}

/// All rules of the fields, and the certificates, which are looked at when they are chosen.
fn checked(wanted: &Settings) -> (Settings, Vec<SettingProblem>) {
    let mut settings = fields::defaults();
    let mut problems = Vec::new();
    for field in FIELDS {
        let mut done = (field.set)(&mut settings, &(field.get)(wanted));
        if field.name == "ca_bundle" && done.is_ok() {
            done = check_certificates(&settings.ca_bundle);
        }
        if let Err(problem) = done {
            problems.push(refusal(field, problem));
        }
    }
    (settings, problems)
}

fn check_certificates(path: &str) -> Result<(), Problem> {
    const HINT: &str = "Choose the PEM file that your network's administrators give out.";
    if path.is_empty() {
        return Ok(());
    }
    let text = fs::read(path).map_err(|error| {
        Problem::new(Code::SettingValue, format!("{path} can not be read."), HINT)
            .because(error.to_string())
    })?;
    if String::from_utf8_lossy(&text).contains("-----BEGIN CERTIFICATE-----") {
        return Ok(());
    }
    Err(Problem::new(
        Code::SettingValue,
        format!("{path} holds no certificate."),
        HINT,
    ))
}

fn refusal(field: &fields::Field, problem: Problem) -> SettingProblem {
    SettingProblem {
        field: field.wire_name(),
        failure: problem.into(),
    }
}

fn unknown(name: &str) -> Problem {
    let all: Vec<&str> = FIELDS.iter().map(|field| field.name).collect();
    Problem::new(
        Code::SettingUnknown,
        format!("There is no setting {name:?}."),
        format!("The settings are: {}.", all.join(", ")),
    )
}

fn overrides(variables: &Variables) -> Vec<SettingOverride> {
    OVERRIDES
        .iter()
        .filter_map(|(name, deciding)| {
            let field = FIELDS.iter().find(|field| field.name == *name)?;
            let variable = deciding
                .iter()
                .find(|variable| variables.get(variable).is_some())?;
            Some(SettingOverride {
                field: field.wire_name(),
                variable: (*variable).to_owned(),
            })
        })
        .collect()
}

/// `~/ca.pem` as a person types it, spelled out.
fn at_home(places: &Places, path: &str) -> String {
    match path.trim().strip_prefix("~/") {
        Some(rest) => places.home.join(rest).display().to_string(),
        None => path.to_owned(),
    }
}
