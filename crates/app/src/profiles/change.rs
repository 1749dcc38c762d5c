//! Changes to profiles. Each happens whole or not at all, and can be taken back.

use keywell_aws_files::{Document, FileKind, header};
use keywell_vault::Item;
use keywell_wire as wire;

use super::{
    Files, Source, check_name,
    edit::{Change, Plan},
    fields::checked_value,
    has, list, missing, names, read_files, source, source_profile,
    step::{self, Step},
};
use crate::{
    App, helper_line,
    index::{self, Entry, View},
    problem::{Code, Problem},
    setup,
    vault_items::{delete_item, item_in_vault, store_item},
};

pub(crate) fn exists_already(profile: &str) -> Problem {
    Problem::new(
        Code::ProfileExists,
        format!("There is a profile {profile} already."),
        "Choose another name, or replace it: keywell setup … --replace",
    )
}

/// A change to the profile's section in each file that has one.
fn in_both(files: &Files, profile: &str, change: impl Fn(FileKind, String) -> Change) -> Plan {
    let of = |kind, document: &Document| {
        let section = header(kind, profile);
        let there = document.contains(&section);
        there.then(|| change(kind, section)).into_iter().collect()
    };
    Plan {
        config: of(FileKind::Config, &files.config),
        credentials: of(FileKind::Credentials, &files.credentials),
        other: None,
    }
}

/// Makes a second profile with the same settings and the same key.
pub async fn copy(app: &App, from: &str, to: &str) -> Result<wire::ProfileChange, Problem> {
    let files = read_files(app)?;
    check_pair(&files, from, to)?;
    let mut plan = in_both(&files, from, |kind, from| Change::CopySection {
        from,
        to: header(kind, to),
    });
    let entry = entry_for(app, &files, from, to)?;
    if let Some((_, line)) = &entry {
        plan.config.push(Change::set(
            &header(FileKind::Config, to),
            "credential_process",
            line.clone(),
        ));
    }
    // What the index still says of an older profile of that name is not true of this one.
    let entry = match entry {
        Some((entry, _)) => Some(entry),
        None => index::entry(&app.places, from)?
            .filter(|entry| entry.production || entry.group.is_some())
            .map(|entry| Entry {
                production: entry.production,
                group: entry.group,
                ..Entry::default()
            }),
    };
    let step = Step {
        profile: to,
        text: format!("Copied {from} to {to}"),
        undo_text: format!("Remove the copy {to} again"),
        plan,
        index: &|view| view.set(to, entry.clone()),
        item: None,
        undoes: None,
    };
    Ok(step::run(app, step).await?.keep(app, to.to_owned()))
}

/// Renames a profile; profiles that build on it (`source_profile`) follow.
///
/// The keychain's item says which profile it is for, so that a lost index can be rebuilt; it follows too. A keychain that
/// is away or locked just now is no reason not to rename: the index is what counts.
pub async fn rename(app: &App, from: &str, to: &str) -> Result<wire::ProfileChange, Problem> {
    let item = item_of(app, from).await?;
    let change = rename_in_files(app, from, to, item.clone()).await?;
    if let Some(item) = item {
        let renamed = Item {
            profile: to.to_owned(),
            ..item
        };
        if let Err(problem) = store_item(app, renamed).await {
            tracing::warn!(
                code = problem.code.as_str(),
                "the keychain's item keeps the old profile name"
            );
        }
    }
    Ok(change)
}

/// The keychain's item that was stored for a profile; none where there is no such item, or no keychain to ask.
async fn item_of(app: &App, profile: &str) -> Result<Option<Item>, Problem> {
    let Some(key_id) = index::entry(&app.places, profile)?.and_then(|entry| entry.key_id) else {
        return Ok(None);
    };
    let item = item_in_vault(app, &key_id).await.ok().flatten();
    Ok(item.filter(|item| item.profile == profile))
}

async fn rename_in_files(
    app: &App,
    from: &str,
    to: &str,
    item: Option<Item>,
) -> Result<wire::ProfileChange, Problem> {
    let files = read_files(app)?;
    check_pair(&files, from, to)?;
    let mut plan = in_both(&files, from, |kind, from| Change::RenameSection {
        from,
        to: header(kind, to),
    });
    for other in names(&files) {
        let section = header(FileKind::Config, &other);
        if files.config.get(&section, "source_profile").as_deref() == Some(from) {
            let section = if other == from {
                header(FileKind::Config, to)
            } else {
                section
            };
            plan.config
                .push(Change::set(&section, "source_profile", to));
        }
    }
    let entry = match entry_for(app, &files, from, to)? {
        Some((entry, line)) => {
            plan.config.push(Change::set(
                &header(FileKind::Config, to),
                "credential_process",
                line,
            ));
            Some(entry)
        }
        None => index::entry(&app.places, from)?,
    };
    let index = |view: &mut View| {
        view.set(to, entry.clone());
        view.set(from, None);
        if view.in_use.as_deref() == Some(from) {
            view.in_use = Some(to.to_owned());
        }
    };
    let step = Step {
        profile: to,
        text: format!("Renamed {from} to {to}"),
        undo_text: format!("Call it {from} again"),
        plan,
        index: &index,
        item: item.map(|item| (item.key_id.clone(), Some(item))),
        undoes: None,
    };
    Ok(step::run(app, step).await?.keep(app, to.to_owned()))
}

/// Removes a profile from both files. With `forget_key` its key leaves the keychain too, unless another profile uses
/// it. The key at AWS stays as it is.
pub async fn remove(
    app: &App,
    profile: &str,
    forget_key: bool,
) -> Result<wire::ProfileChange, Problem> {
    remove_for(app, profile, forget_key, None).await
}

/// As [`remove`]; with a successor the profiles that act through the removed one act through that one from then on.
pub async fn remove_for(
    app: &App,
    profile: &str,
    forget_key: bool,
    successor: Option<&str>,
) -> Result<wire::ProfileChange, Problem> {
    let files = read_files(app)?;
    let source = source(app, &files, profile)?;
    let mut plan = in_both(&files, profile, |_, section| Change::RemoveSection {
        section,
    });
    if let Some(successor) = successor {
        for other in acting_through(&files, profile) {
            let value = checked_value(&files, &other, "source_profile", successor)?;
            let section = header(FileKind::Config, &other);
            plan.config
                .push(Change::set(&section, "source_profile", value));
        }
    }
    let doomed_key = match source {
        Source::Keychain { key_id } if forget_key && !used_elsewhere(app, profile, &key_id)? => {
            Some(key_id)
        }
        _ => None,
    };
    let item = match doomed_key {
        Some(key_id) => item_in_vault(app, &key_id).await?,
        None => None,
    };
    let index = |view: &mut View| {
        view.set(profile, None);
        if view.in_use.as_deref() == Some(profile) {
            view.in_use = None;
        }
    };
    let doomed_key = item.as_ref().map(|item| item.key_id.clone());
    let step = Step {
        profile,
        text: format!("Removed {profile}"),
        undo_text: format!("Bring {profile} back"),
        plan,
        index: &index,
        item: item.map(|item| (item.key_id.clone(), Some(item))),
        undoes: None,
    };
    let done = step::run(app, step).await?;
    if let Some(key_id) = doomed_key
        && let Err(problem) = delete_item(app, key_id).await
    {
        return Err(done.take_back(app, problem).0);
    }
    Ok(done.keep(app, profile.to_owned()))
}

/// The profiles that act through this one (`source_profile`).
pub(crate) fn acting_through(files: &Files, profile: &str) -> Vec<String> {
    names(files)
        .into_iter()
        .filter(|other| {
            other != profile && source_profile(files, other).as_deref() == Some(profile)
        })
        .collect()
}

/// Whether another profile, of any config file, uses the key.
fn used_elsewhere(app: &App, profile: &str, key_id: &str) -> Result<bool, Problem> {
    let config_file = app.places.config_file.to_string_lossy();
    let indexed = index::users_of_key(&app.places, key_id)?
        .iter()
        .any(|(config, name)| name != profile || *config != config_file);
    // A profile can also borrow another one's line.
    Ok(indexed
        || list(app)?
            .iter()
            .any(|row| row.name != profile && row.key_id.as_deref() == Some(key_id)))
}

/// Makes a profile the one that the window's pages act as.
pub fn set_in_use(app: &App, profile: &str) -> Result<(), Problem> {
    if !super::exists(app, profile)? {
        return Err(missing(profile));
    }
    index::set_in_use(&app.places, Some(profile))
}

/// Marks a profile as one of production, or takes the mark away. The mark is Keywell's own: the AWS files have no place for it,
/// and it changes how things look, not what is allowed.
pub fn mark_production(
    app: &App,
    profile: &str,
    production: bool,
) -> Result<wire::ProfileRow, Problem> {
    if !super::exists(app, profile)? {
        return Err(missing(profile));
    }
    index::change(&app.places, |view| {
        let entry = Entry {
            production,
            ..view.entries.remove(profile).unwrap_or_default()
        };
        view.set(profile, (entry != Entry::default()).then_some(entry));
    })?;
    super::row(app, profile)
}

/// Puts a profile into a group of Keywell's own, which the AWS files know nothing of; none takes it out.
pub fn set_group(app: &App, profile: &str, group: Option<&str>) -> Result<(), Problem> {
    if !super::exists(app, profile)? {
        return Err(missing(profile));
    }
    let group = group.map(str::trim).filter(|group| !group.is_empty());
    if group.is_some_and(|group| group.chars().count() > 64 || group.chars().any(char::is_control))
    {
        return Err(Problem::new(
            Code::ProfileValue,
            "A group's name has at most 64 characters, on one line.",
            "Choose a shorter name.",
        ));
    }
    index::change(&app.places, |view| {
        let entry = Entry {
            group: group.map(str::to_owned),
            ..view.entries.remove(profile).unwrap_or_default()
        };
        view.set(profile, (entry != Entry::default()).then_some(entry));
    })
}

fn check_pair(files: &Files, from: &str, to: &str) -> Result<(), Problem> {
    check_name(to)?;
    if !has(files, from) {
        return Err(missing(from));
    }
    if has(files, to) {
        return Err(exists_already(to));
    }
    Ok(())
}

/// The index entry and the helper's line that `to` needs to use the key of `from`; none for other kinds of profile.
fn entry_for(
    app: &App,
    files: &Files,
    from: &str,
    to: &str,
) -> Result<Option<(Entry, String)>, Problem> {
    if !matches!(source(app, files, from)?, Source::Keychain { .. }) {
        return Ok(None);
    }
    let entry = index::entry(&app.places, from)?.unwrap_or_default();
    let (opaque_id, target) = setup::target_for(app, to)?;
    let line = helper_line::write(&app.places.helper, &target, &app.variables)?;
    Ok(Some((Entry { opaque_id, ..entry }, line)))
}
