//! Each setting once: its name, how it is read from text or JSON, and what values it takes.

use std::path::Path;

use keywell_wire::{Appearance, Settings, StoreChoice};
use serde_json::Value;
use url::Url;

use crate::{
    problem::{Code, Problem},
    regions,
    setup::OUTPUTS,
};

/// The longest text that a setting takes, in bytes.
const LONGEST: usize = 4096;

pub(super) struct Field {
    /// As in the file and on the command line.
    pub name: &'static str,
    pub get: fn(&Settings) -> Value,
    /// Takes JSON of the file or text of the command line.
    pub set: fn(&mut Settings, &Value) -> Result<(), Problem>,
}

impl Field {
    /// As in `keywell_wire::Settings`, for the page: `clipboardSeconds`.
    pub fn wire_name(&self) -> String {
        let mut words = self.name.split('_');
        let first = words.next().unwrap_or_default().to_owned();
        words.fold(first, |name, word| {
            let (head, tail) = word.split_at(1);
            name + &head.to_uppercase() + tail
        })
    }
}

/// Declares a field whose value is set by a function of its JSON.
macro_rules! fields {
    ($($name:ident: $get:expr, $read:expr;)+) => {
        pub(super) const FIELDS: &[Field] = &[$(Field {
            name: stringify!($name),
            get: |settings| {
                let get: fn(&_) -> Value = $get;
                get(&settings.$name)
            },
            set: |settings, value| {
                let read: fn(&Value) -> Result<_, Problem> = $read;
                settings.$name = read(value)?;
                Ok(())
            },
        }),+];
    };
}

fields! {
    appearance: |value| word(APPEARANCES, value), |value| choice(APPEARANCES, "appearance", value);
    default_region: text_value, |value| {
        let region = text(value)?;
        regions::check_region(&region)?;
        Ok(region)
    };
    default_output: text_value, output;
    store: |value| word(STORES, value), store;
    lock_after_minutes: number_value, |value| number(value, 1, 24 * 60, true);
    clipboard_seconds: number_value, |value| number(value, 5, 3600, true);
    proxy: text_value, proxy;
    no_proxy: text_value, text;
    ca_bundle: text_value, ca_bundle;
    key_rotate_days: number_value, |value| number(value, 1, 3650, false);
    key_unused_days: number_value, |value| number(value, 1, 3650, false);
    rotate_in_background: flag_value, flag;
    notify_sessions: flag_value, flag;
    transfer_parallel: number_value, |value| number(value, 1, 8, false);
    transfer_kib_per_second: number_value, |value| number(value, 64, 10_000_000, true);
}

pub(super) fn defaults() -> Settings {
    Settings {
        appearance: Appearance::System,
        default_region: regions::DEFAULT_REGION.to_owned(),
        default_output: OUTPUTS[0].to_owned(),
        store: StoreChoice::Keychain,
        lock_after_minutes: 15,
        clipboard_seconds: 60,
        proxy: String::new(),
        no_proxy: String::new(),
        ca_bundle: String::new(),
        key_rotate_days: 90,
        key_unused_days: 90,
        rotate_in_background: false,
        notify_sessions: true,
        transfer_parallel: 4,
        transfer_kib_per_second: 0,
    }
}

const APPEARANCES: &[(&str, Appearance)] = &[
    ("system", Appearance::System),
    ("light", Appearance::Light),
    ("dark", Appearance::Dark),
    ("contrast", Appearance::Contrast),
];

const STORES: &[(&str, StoreChoice)] = &[
    ("keychain", StoreChoice::Keychain),
    ("file", StoreChoice::File),
];

pub(super) fn store(value: &Value) -> Result<StoreChoice, Problem> {
    choice(STORES, "store", value)
}

fn refused(message: String, hint: impl Into<String>) -> Problem {
    Problem::new(Code::SettingValue, message, hint)
}

fn word<T: PartialEq>(words: &[(&str, T)], value: &T) -> Value {
    let known = words.iter().find(|(_, known)| known == value);
    known.map(|(word, _)| *word).unwrap_or_default().into()
}

fn choice<T: Clone>(words: &[(&str, T)], what: &str, value: &Value) -> Result<T, Problem> {
    let given = text(value)?;
    let known = words.iter().find(|(word, _)| *word == given);
    known.map(|(_, value)| value.clone()).ok_or_else(|| {
        let all: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        refused(
            format!("{given:?} is no choice for {what}."),
            format!("Choose one of: {}.", all.join(", ")),
        )
    })
}

fn text_value(value: &str) -> Value {
    value.into()
}

fn text(value: &Value) -> Result<String, Problem> {
    let Some(text) = value.as_str() else {
        return Err(refused(
            format!("{value} is not a text."),
            "Write it in quotes.",
        ));
    };
    if text.len() > LONGEST {
        return Err(refused(
            format!("The text has {} bytes.", text.len()),
            format!("Give at most {LONGEST}."),
        ));
    }
    if text.chars().any(char::is_control) {
        return Err(refused(
            "There are line breaks or control characters in it.".into(),
            "Write it as one line.",
        ));
    }
    Ok(text.trim().to_owned())
}

fn number_value(value: &u32) -> Value {
    (*value).into()
}

/// A whole number; `or_none` also takes 0.
fn number(value: &Value, least: u32, most: u32, or_none: bool) -> Result<u32, Problem> {
    let number = match value {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_u64(),
    };
    number
        .filter(|number| {
            (*number == 0 && or_none) || (u64::from(least)..=u64::from(most)).contains(number)
        })
        .and_then(|number| u32::try_from(number).ok())
        .ok_or_else(|| {
            let or = if or_none { ", or 0 for none" } else { "" };
            refused(
                format!("{value} is out of range."),
                format!("Give a whole number from {least} to {most}{or}."),
            )
        })
}

fn flag_value(value: &bool) -> Value {
    (*value).into()
}

fn flag(value: &Value) -> Result<bool, Problem> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
    .ok_or_else(|| {
        refused(
            format!("{value} is neither yes nor no."),
            "Give true or false.",
        )
    })
}

fn output(value: &Value) -> Result<String, Problem> {
    let output = text(value)?;
    if OUTPUTS.contains(&output.as_str()) {
        return Ok(output);
    }
    Err(refused(
        format!("{output:?} is not an output format."),
        format!("Choose one of: {}.", OUTPUTS.join(", ")),
    ))
}

fn proxy(value: &Value) -> Result<String, Problem> {
    const FORM: &str = "Write it like http://proxy.example.com:3128.";
    let given = text(value)?;
    if given.is_empty() {
        return Ok(given);
    }
    let url = Url::parse(&given)
        .map_err(|error| refused(format!("{given:?} is not an address: {error}."), FORM))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(refused(
            format!(
                "A proxy is reached by http or https, not by {:?}.",
                url.scheme()
            ),
            FORM,
        ));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refused(
            "The proxy's password would stand in a plain file.".into(),
            "Give the address without it, or set HTTPS_PROXY in the environment that starts Keywell.",
        ));
    }
    if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
        return Err(refused(
            "A proxy's address ends with its port.".into(),
            FORM,
        ));
    }
    Ok(given)
}

fn ca_bundle(value: &Value) -> Result<String, Problem> {
    let path = text(value)?;
    if path.is_empty() || Path::new(&path).is_absolute() {
        return Ok(path);
    }
    Err(refused(
        format!("{path:?} does not say where the file is."),
        "Give the whole path.",
    ))
}
