//! Which key a profile uses, what its last test found, whether it is marked as production, and which profile is in use.
//! No secrets. One file, so that a switch from one key to another is one atomic step.

use std::{collections::BTreeMap, path::Path};

use serde::{Deserialize, Serialize};

use crate::{
    history::{InUseChange, IndexChange, IndexChanges},
    places::Places,
    problem::Problem,
    state_file,
};

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Stored {
    /// Config file → profile → entry.
    #[serde(default)]
    profiles: BTreeMap<String, BTreeMap<String, Entry>>,
    /// Config file → the profile that the window acts as.
    #[serde(default)]
    in_use: BTreeMap<String, String>,
}

/// What Keywell knows of a profile beside the AWS files.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The key in the keychain; none for profiles that Keywell only tested.
    pub key_id: Option<String>,
    /// Unix seconds.
    pub key_stored: Option<u64>,
    /// Stands for the profile in `credential_process` where its name can not (blanks, umlauts).
    pub opaque_id: Option<String>,
    pub tested: Option<Tested>,
    /// The person's mark: what is done as this profile is done for real.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub production: bool,
    /// A group that the person made, of Keywell's own.
    #[serde(default)]
    pub group: Option<String>,
    /// Programs get sessions of STS and never the key itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub short_sessions: bool,
    /// The person is asked the first time a program wants this profile.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ask_first: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tested {
    /// Unix seconds.
    pub at: u64,
    pub passed: bool,
    pub account_id: Option<String>,
    pub arn: Option<String>,
}

fn file(places: &Places) -> std::path::PathBuf {
    places.data.join("index.json")
}

fn config_name(config: &Path) -> String {
    config.to_string_lossy().into_owned()
}

/// Every entry of this config file, by profile.
pub fn entries(places: &Places) -> Result<BTreeMap<String, Entry>, Problem> {
    let stored: Stored = state_file::read(&file(places))?;
    Ok(stored
        .profiles
        .get(&config_name(&places.config_file))
        .cloned()
        .unwrap_or_default())
}

pub fn entry(places: &Places, profile: &str) -> Result<Option<Entry>, Problem> {
    Ok(entries(places)?.remove(profile))
}

/// The profile that an opaque id stands for.
pub fn profile_of_id(places: &Places, id: &str) -> Result<Option<String>, Problem> {
    Ok(entries(places)?
        .into_iter()
        .find(|(_, entry)| entry.opaque_id.as_deref() == Some(id))
        .map(|(profile, _)| profile))
}

/// What the index says of one config file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct View {
    pub entries: BTreeMap<String, Entry>,
    /// The profile that the window acts as.
    pub in_use: Option<String>,
}

/// Changes all that the index says of this config file, in one step. Returns what `change` returns.
pub fn change<R>(places: &Places, change: impl FnOnce(&mut View) -> R) -> Result<R, Problem> {
    state_file::update(&file(places), |stored: &mut Stored| {
        let config = config_name(&places.config_file);
        let mut view = View {
            entries: stored.profiles.remove(&config).unwrap_or_default(),
            in_use: stored.in_use.remove(&config),
        };
        let result = change(&mut view);
        if !view.entries.is_empty() {
            stored.profiles.insert(config.clone(), view.entries);
        }
        if let Some(profile) = view.in_use {
            stored.in_use.insert(config, profile);
        }
        result
    })
}

/// What a change would change: entries by profile, and the profile in use before and after where it differs.
pub fn planned(places: &Places, change: &dyn Fn(&mut View)) -> Result<IndexChanges, Problem> {
    let before = View {
        entries: entries(places)?,
        in_use: in_use(places)?,
    };
    let mut after = before.clone();
    change(&mut after);
    let mut profiles: Vec<&String> = before.entries.keys().chain(after.entries.keys()).collect();
    profiles.sort_unstable();
    profiles.dedup();
    let entries = profiles
        .into_iter()
        .map(|profile| IndexChange {
            profile: profile.clone(),
            before: before.entries.get(profile).cloned(),
            after: after.entries.get(profile).cloned(),
        })
        .filter(|change| change.before != change.after)
        .collect();
    let in_use = (before.in_use != after.in_use).then_some(InUseChange {
        before: before.in_use,
        after: after.in_use,
    });
    Ok(IndexChanges { entries, in_use })
}

impl View {
    /// Sets the entry of a profile; `None` removes it.
    pub fn set(&mut self, profile: &str, entry: Option<Entry>) {
        match entry {
            Some(entry) => self.entries.insert(profile.to_owned(), entry),
            None => self.entries.remove(profile),
        };
    }
}

pub fn set_tested(places: &Places, profile: &str, tested: Tested) -> Result<(), Problem> {
    change(places, |view| {
        view.entries.entry(profile.to_owned()).or_default().tested = Some(tested);
    })
}

/// Profiles of any config file that use a key, as (config file, profile).
pub fn users_of_key(places: &Places, key_id: &str) -> Result<Vec<(String, String)>, Problem> {
    let stored: Stored = state_file::read(&file(places))?;
    Ok(stored
        .profiles
        .into_iter()
        .flat_map(|(config, profiles)| {
            profiles
                .into_iter()
                .map(move |(profile, entry)| (config.clone(), profile, entry))
        })
        .filter(|(_, _, entry)| entry.key_id.as_deref() == Some(key_id))
        .map(|(config, profile, _)| (config, profile))
        .collect())
}

/// Makes every profile of every config file that uses one key use another, in one step. `stored` is when the other went
/// into the keychain, in Unix seconds.
pub fn switch_key(places: &Places, from: &str, to: &str, stored: u64) -> Result<(), Problem> {
    state_file::update(&file(places), |state: &mut Stored| {
        let entries = state.profiles.values_mut().flat_map(BTreeMap::values_mut);
        for entry in entries.filter(|entry| entry.key_id.as_deref() == Some(from)) {
            entry.key_id = Some(to.to_owned());
            entry.key_stored = Some(stored);
        }
    })
}

pub fn in_use(places: &Places) -> Result<Option<String>, Problem> {
    let stored: Stored = state_file::read(&file(places))?;
    Ok(stored
        .in_use
        .get(&config_name(&places.config_file))
        .cloned())
}

pub fn set_in_use(places: &Places, profile: Option<&str>) -> Result<(), Problem> {
    change(places, |view| view.in_use = profile.map(str::to_owned))
}
