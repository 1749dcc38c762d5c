//! Changes to profiles. Each happens whole or not at all, and can be taken back.

use keywell_aws_files::{Document, FileKind, header};
use keywell_vault::{ErrorKind, Item, store_and_verify};
use keywell_wire as wire;

use super::{
    Files, Source, check_name,
    edit::{self, Applied, Change, Plan},
    has, is_secret, list, missing, names, read_files, source,
};
use crate::{
    App, blocking, helper_line,
    index::{self, Entry, View},
    problem::{Code, Problem},
    regions, setup,
    undo::{self, Before},
};

/// Makes a profile by hand, or changes values of one. Secrets are refused here: they go through set-up.
pub fn save(
    app: &App,
    profile: &str,
    create: bool,
    values: &[(String, Option<String>)],
) -> Result<wire::ProfileChange, Problem> {
    check_name(profile)?;
    let files = read_files(app)?;
    match (create, has(&files, profile)) {
        (true, true) => return Err(exists_already(profile)),
        (false, false) => return Err(missing(profile)),
        _ => {}
    }
    if create && !values.iter().any(|(_, value)| value.is_some()) {
        return Err(Problem::new(
            Code::ProfileValue,
            "A new profile needs at least one value.",
            "Give it a region: region=eu-west-1",
        ));
    }
    let section = header(FileKind::Config, profile);
    let mut plan = Plan::default();
    for (name, value) in values {
        plan.config
            .push(match checked_value(name, value.as_deref())? {
                Some(value) => Change::set(&section, name, value),
                None => Change::unset(&section, name),
            });
    }
    let before = before_of(app, &[profile])?;
    let applied = edit::apply(app, &plan)?;
    let text = if create {
        format!("Remove the profile {profile} again")
    } else {
        format!("Put {profile} back as it was")
    };
    Ok(done(app, profile, applied, before, text))
}

/// The value as it is to be written.
fn checked_value(name: &str, value: Option<&str>) -> Result<Option<String>, Problem> {
    if is_secret(name) || name.eq_ignore_ascii_case("aws_access_key_id") {
        return Err(Problem::new(
            Code::ProfileValue,
            "Keys are not written into profiles by hand.",
            "Use keywell setup: it puts the secret into the keychain.",
        ));
    }
    let well_formed = !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'));
    if !well_formed {
        return Err(Problem::new(
            Code::ProfileValue,
            format!("{name:?} is not the name of a setting."),
            "Names look like region or endpoint_url.",
        ));
    }
    match (name.to_ascii_lowercase().as_str(), value) {
        ("region", Some(region)) => regions::check_region(region)?,
        ("endpoint_url", Some(url)) => return setup::check_endpoint(url).map(Some),
        (_, Some(value)) if value.contains(['\n', '\r']) => {
            return Err(Problem::new(
                Code::ProfileValue,
                format!("The value of {name} has a line break in it."),
                "Write it on one line.",
            ));
        }
        _ => {}
    }
    Ok(value.map(str::to_owned))
}

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
    }
}

/// Makes a second profile with the same settings and the same key.
pub fn copy(app: &App, from: &str, to: &str) -> Result<wire::ProfileChange, Problem> {
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
    let before = before_of(app, &[to])?;
    let applied = edit::apply(app, &plan)?;
    // What the index still says of an older profile of that name is not true of this one.
    let entry = match entry {
        Some((entry, _)) => Some(entry),
        None => index::entry(&app.places, from)?
            .filter(|entry| entry.production)
            .map(|_| Entry {
                production: true,
                ..Entry::default()
            }),
    };
    change_index(app, &applied, |view| view.set(to, entry))?;
    let text = format!("Remove the copy {to} again");
    Ok(done(app, to, applied, before, text))
}

/// Renames a profile; profiles that build on it (`source_profile`) follow.
///
/// The keychain's item says which profile it is for, so that a lost index can be rebuilt; it follows too. A keychain that
/// is away or locked just now is no reason not to rename: the index is what counts.
pub async fn rename(app: &App, from: &str, to: &str) -> Result<wire::ProfileChange, Problem> {
    let item = item_of(app, from).await?;
    let change = rename_in_files(app, from, to, item.clone())?;
    if let Some(item) = item {
        let open = app.open_vault.clone();
        let renamed = Item {
            profile: to.to_owned(),
            ..item
        };
        let stored =
            blocking(move || open().and_then(|vault| store_and_verify(vault.as_ref(), &renamed)));
        if let Err(error) = stored.await? {
            tracing::warn!(%error, "the keychain's item keeps the old profile name");
        }
    }
    Ok(change)
}

/// The keychain's item that was stored for a profile; none where there is no such item, or no keychain to ask.
async fn item_of(app: &App, profile: &str) -> Result<Option<Item>, Problem> {
    let Some(key_id) = index::entry(&app.places, profile)?.and_then(|entry| entry.key_id) else {
        return Ok(None);
    };
    let open = app.open_vault.clone();
    let item = blocking(move || open().and_then(|vault| vault.get(&key_id))).await?;
    Ok(item.ok().filter(|item| item.profile == profile))
}

fn rename_in_files(
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
    let before = IndexBefore {
        item,
        ..before_of(app, &[from, to])?
    };
    let applied = edit::apply(app, &plan)?;
    change_index(app, &applied, |view| {
        view.set(to, entry);
        view.set(from, None);
        if view.in_use.as_deref() == Some(from) {
            view.in_use = Some(to.to_owned());
        }
    })?;
    let text = format!("Call it {from} again");
    Ok(done(app, to, applied, before, text))
}

/// Removes a profile from both files. With `forget_key` its key leaves the keychain too, unless another profile uses
/// it. The key at AWS stays as it is.
pub async fn remove(
    app: &App,
    profile: &str,
    forget_key: bool,
) -> Result<wire::ProfileChange, Problem> {
    let files = read_files(app)?;
    let source = source(app, &files, profile)?;
    let plan = in_both(&files, profile, |_, section| Change::RemoveSection {
        section,
    });
    let mut before = before_of(app, &[profile])?;
    let doomed_key = match source {
        Source::Keychain { key_id } if forget_key && !used_elsewhere(app, profile, &key_id)? => {
            Some(key_id)
        }
        _ => None,
    };
    let applied = edit::apply(app, &plan)?;
    change_index(app, &applied, |view| {
        view.set(profile, None);
        if view.in_use.as_deref() == Some(profile) {
            view.in_use = None;
        }
    })?;
    if let Some(key_id) = doomed_key {
        match forget(app, key_id).await {
            Ok(item) => before.item = item,
            Err(problem) => return Err(put_back(app, &applied, before, problem)),
        }
    }
    let text = format!("Bring {profile} back");
    Ok(done(app, profile, applied, before, text))
}

/// Takes a key out of the keychain. None when it was gone already, which is what was wanted.
async fn forget(app: &App, key_id: String) -> Result<Option<Item>, Problem> {
    let open = app.open_vault.clone();
    blocking(move || {
        let vault = open()?;
        match vault.get(&key_id) {
            Ok(item) => {
                vault.delete(&key_id)?;
                Ok(Some(item))
            }
            Err(error) if error.kind == ErrorKind::NoEntry => Ok(None),
            Err(error) => Err(error.into()),
        }
    })
    .await?
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

/// Changes the index; the files are put back when that fails.
fn change_index(
    app: &App,
    applied: &Applied,
    change: impl FnOnce(&mut View),
) -> Result<(), Problem> {
    index::change(&app.places, change).map_err(|problem| match applied.roll_back(app) {
        Ok(()) => problem,
        Err(failure) => problem.not_taken_back(&failure),
    })
}

/// Puts files and index back after a later step failed.
fn put_back(app: &App, applied: &Applied, before: IndexBefore, problem: Problem) -> Problem {
    let result = applied
        .roll_back(app)
        .and_then(|()| index::change(&app.places, |view| before.restore(view)));
    match result {
        Ok(()) => problem,
        Err(failure) => problem.not_taken_back(&failure),
    }
}

/// What a change is about to alter beside the files.
struct IndexBefore {
    entries: Vec<(String, Option<Entry>)>,
    in_use: Option<String>,
    item: Option<Item>,
}

impl IndexBefore {
    fn restore(self, view: &mut View) {
        for (profile, entry) in self.entries {
            view.set(&profile, entry);
        }
        view.in_use = self.in_use;
    }
}

fn before_of(app: &App, profiles: &[&str]) -> Result<IndexBefore, Problem> {
    let entries = index::entries(&app.places)?;
    Ok(IndexBefore {
        entries: profiles
            .iter()
            .map(|profile| ((*profile).to_owned(), entries.get(*profile).cloned()))
            .collect(),
        in_use: index::in_use(&app.places)?,
        item: None,
    })
}

fn done(
    app: &App,
    profile: &str,
    applied: Applied,
    before: IndexBefore,
    text: String,
) -> wire::ProfileChange {
    let diff = applied.diff(app);
    let undo = undo::remember(
        app,
        Before {
            applied,
            entries: before.entries,
            item: before.item,
            added_key: None,
            in_use: before.in_use,
        },
        text,
    );
    wire::ProfileChange {
        profile: profile.to_owned(),
        diff,
        undo: Some(undo),
    }
}
