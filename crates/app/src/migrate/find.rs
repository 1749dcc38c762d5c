//! Where keys lie: the AWS files, console csv files, `.env` and start-up files, other tools' stores.

use std::path::{Path, PathBuf};

use keywell_aws_files::{FileKind, header};
use keywell_vault::{OtherTool, Secret, UnreadStore};
use keywell_wire as wire;

use super::{assignments, journal, text_file};
use crate::{
    App, blocking,
    cloud::AccessKeyPair,
    places::Places,
    problem::{Code, Problem},
    profiles::{self, Files, OtherSource, Source},
    setup::{self, csv_file},
    time,
};

/// One key with everything that is known of where it lies.
#[derive(Debug, Clone)]
pub(crate) struct PlainKey {
    /// The key ID; with a number behind it where the same ID lies about with different secrets.
    pub id: String,
    pub pair: AccessKeyPair,
    pub copies: Vec<Copy>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Copy {
    /// In one of the AWS files.
    Profile { file: FileKind, profile: String },
    /// A console csv, with its user.
    Csv { path: PathBuf, user: Option<String> },
    /// An `.env` or start-up file.
    Text { path: PathBuf, line: usize },
    /// Another tool's keychain item. It is not plain, and stays: the tool may still be in use.
    OtherTool { tool: OtherTool, name: String },
}

/// A place that could not be searched.
#[derive(Debug)]
pub(crate) struct Unread {
    pub place: String,
    pub problem: Problem,
}

/// A profile that a key is for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Target {
    pub profile: String,
    pub exists: bool,
}

/// Start-up files of shells below a home folder, as their manuals name them.
pub fn shell_files(places: &Places) -> Vec<PathBuf> {
    const NAMES: &[&str] = &[
        ".bashrc",
        ".bash_profile",
        ".bash_login",
        ".profile",
        ".zshrc",
        ".zshenv",
        ".zprofile",
        ".zlogin",
        ".kshrc",
        ".cshrc",
        ".tcshrc",
        ".config/fish/config.fish",
        ".config/powershell/profile.ps1",
        "Documents/PowerShell/profile.ps1",
        "Documents/PowerShell/Microsoft.PowerShell_profile.ps1",
        "Documents/WindowsPowerShell/Microsoft.PowerShell_profile.ps1",
        ".env",
    ];
    NAMES
        .iter()
        .map(|name| places.home.join(name))
        .filter(|path| path.is_file())
        .collect()
}

/// Every key that lies outside the keychain, and the migrations that can be taken back.
pub async fn list(app: &App) -> Result<wire::MigrationList, Problem> {
    let (keys, unread) = search(app).await?;
    let files = profiles::read_files(app)?;
    Ok(wire::MigrationList {
        keys: keys
            .iter()
            .map(|key| shown_key(app, &files, key))
            .collect::<Result<_, _>>()?,
        unread: unread
            .into_iter()
            .map(|unread| wire::UnreadPlace {
                place: unread.place,
                failure: unread.problem.into(),
            })
            .collect(),
        done: journal::records(app)?
            .iter()
            .map(|record| shown_record(app, record))
            .collect(),
    })
}

fn shown_key(app: &App, files: &Files, key: &PlainKey) -> Result<wire::PlainKey, Problem> {
    let targets = targets(app, files, key)?;
    Ok(wire::PlainKey {
        id: key.id.clone(),
        key_id: key.pair.key_id.clone(),
        copies: key
            .copies
            .iter()
            .map(|copy| shown_copy(app, copy))
            .collect(),
        new_profile: targets.first().is_some_and(|target| !target.exists),
        profiles: targets.into_iter().map(|target| target.profile).collect(),
        blocked: blocked(files, key).map(Into::into),
    })
}

fn shown_copy(app: &App, copy: &Copy) -> wire::PlainCopy {
    let (kind, place) = match copy {
        Copy::Profile { file, profile } => {
            let path = match file {
                FileKind::Config => &app.places.config_file,
                FileKind::Credentials => &app.places.credentials_file,
            };
            (
                wire::CopyKind::AwsFile,
                format!("{}, profile {profile}", app.shown(path)),
            )
        }
        Copy::Csv { path, .. } => (wire::CopyKind::Csv, app.shown(path)),
        Copy::Text { path, line } => (
            wire::CopyKind::Variables,
            format!("{}, line {line}", app.shown(path)),
        ),
        Copy::OtherTool { tool, name } => (
            wire::CopyKind::OtherTool,
            format!("{}, entry {name}", tool.name()),
        ),
    };
    wire::PlainCopy { kind, place }
}

pub(crate) fn shown_record(app: &App, record: &journal::Record) -> wire::Migration {
    let mut files: Vec<String> = record
        .edits
        .iter()
        .map(|edit| app.shown(&edit.path))
        .collect();
    files.dedup();
    wire::Migration {
        id: record.id.clone(),
        key_id: record.key_id.clone(),
        profiles: record
            .profiles
            .iter()
            .map(|before| before.name.clone())
            .collect(),
        files,
        at: time::rfc3339(time::from_unix_seconds(record.at)),
        finished: record.done,
    }
}

/// Why a key can not be moved.
pub(crate) fn blocked(files: &Files, key: &PlainKey) -> Option<Problem> {
    if setup::is_temporary(&key.pair.key_id) {
        return Some(Problem::new(
            Code::MigrateBlocked,
            "This is a temporary key; it ends by itself and is not moved.",
            "Sign in again with the tool that wrote it, once it has ended.",
        ));
    }
    let in_profiles = key.copies.iter().find_map(|copy| match copy {
        Copy::Profile { profile, .. } => Some(profile),
        _ => None,
    });
    let names_server = in_profiles.is_some_and(|profile| {
        let section = header(FileKind::Config, profile);
        files.config.get(&section, "endpoint_url").is_some()
            || files.config.get(&section, "services").is_some()
    });
    if let Err(problem) = setup::check_form(&key.pair, names_server) {
        return Some(problem);
    }
    let to_itself = key.copies.iter().find_map(|copy| match copy {
        Copy::Profile { profile, .. } => {
            let section = header(FileKind::Config, profile);
            let source = files.config.get(&section, "source_profile");
            (files.config.get(&section, "role_arn").is_some() && source.as_ref() == Some(profile))
                .then_some(profile)
        }
        _ => None,
    })?;
    Some(
        Problem::new(
            Code::MigrateBlocked,
            format!("The profile {to_itself} takes its role with a key of its own."),
            format!("Make a second profile for the key, and name it as the source_profile of {to_itself}."),
        )
        .because("AWS's tools read such a key from the file alone, so the role would stop working."),
    )
}

/// The profiles that a key is for; one to be made where it has none.
pub(crate) fn targets(app: &App, files: &Files, key: &PlainKey) -> Result<Vec<Target>, Problem> {
    let mut existing: Vec<String> = Vec::new();
    let mut wish = None;
    for copy in &key.copies {
        match copy {
            Copy::Profile { profile, .. } => match profiles::source(app, files, profile)? {
                Source::Plain { pair, .. } if pair.key_id == key.pair.key_id => {
                    existing.push(profile.clone())
                }
                Source::Keychain { key_id } if key_id == key.pair.key_id => {
                    existing.push(profile.clone());
                }
                _ => {}
            },
            Copy::OtherTool { name, .. } if profiles::has(files, name) => {
                // The tool hands the key out for this profile now, or the person names it on each call.
                if matches!(
                    profiles::source(app, files, name)?,
                    Source::Empty | Source::Other(OtherSource::Process)
                ) {
                    existing.push(name.clone());
                }
                wish = wish.or(Some(name.clone()));
            }
            Copy::OtherTool { name, .. } => wish = wish.or(Some(name.clone())),
            Copy::Csv { user, .. } => wish = wish.or_else(|| user.clone()),
            Copy::Text { .. } => {}
        }
    }
    if existing.is_empty() {
        for profile in profiles::names(files) {
            if matches!(profiles::source(app, files, &profile)?, Source::Keychain { key_id } if key_id == key.pair.key_id)
            {
                existing.push(profile);
            }
        }
    }
    let mut targets: Vec<Target> = Vec::new();
    for profile in existing {
        if !targets.iter().any(|known| known.profile == profile) {
            targets.push(Target {
                profile,
                exists: true,
            });
        }
    }
    if targets.is_empty() {
        let taken = profiles::names(files);
        targets.push(Target {
            profile: setup::free_name(&taken, wish.as_deref().unwrap_or("keywell")),
            exists: false,
        });
    }
    Ok(targets)
}

/// Searches every place. What can not be read is told, and is no reason to stop.
pub(crate) async fn search(app: &App) -> Result<(Vec<PlainKey>, Vec<Unread>), Problem> {
    let files = profiles::read_files(app)?;
    let mut found: Vec<(AccessKeyPair, Copy)> = Vec::new();
    let mut unread = Vec::new();
    in_aws_files(&files, &mut found);
    in_csv_files(app, &mut found);
    let pointed_at = app.pointed_at.files();
    let mut paths = shell_files(&app.places);
    paths.retain(|path| !pointed_at.contains(path));
    paths.extend(pointed_at.iter().cloned());
    for path in &paths {
        match in_text_file(app, path) {
            Ok(copies) => found.extend(copies),
            // A start-up file that is not text is not worth a word; one that was pointed at is.
            Err(problem) if pointed_at.contains(path) => unread.push(Unread {
                place: app.shown(path),
                problem,
            }),
            Err(_) => {}
        }
    }
    let read = app.other_tools.clone();
    let others = blocking(move || read()).await?;
    unread.extend(others.unread.into_iter().map(unread_store));
    found.extend(others.keys.into_iter().map(|key| {
        let pair = AccessKeyPair {
            key_id: key.key_id,
            secret: key.secret,
            session_token: key.session_token,
        };
        let copy = Copy::OtherTool {
            tool: key.tool,
            name: key.name,
        };
        (pair, copy)
    }));
    Ok((grouped(found), unread))
}

fn unread_store(unread: UnreadStore) -> Unread {
    let place = unread.error.store.clone();
    let problem = Problem::from(unread.error);
    Unread {
        place,
        problem: match unread.tool {
            Some(tool) => Problem {
                hint: tool.opening().to_owned(),
                ..problem
            },
            None => problem,
        },
    }
}

/// The same key in several places is one key.
fn grouped(found: Vec<(AccessKeyPair, Copy)>) -> Vec<PlainKey> {
    let mut keys: Vec<PlainKey> = Vec::new();
    for (pair, copy) in found {
        if let Some(known) = keys.iter_mut().find(|known| known.pair == pair) {
            known.copies.push(copy);
            continue;
        }
        let others = keys
            .iter()
            .filter(|known| known.pair.key_id == pair.key_id)
            .count();
        keys.push(PlainKey {
            id: match others {
                0 => pair.key_id.clone(),
                others => format!("{}-{}", pair.key_id, others + 1),
            },
            pair,
            copies: vec![copy],
        });
    }
    keys
}

/// Static keys of the AWS files, also those that another setting of their profile hides.
pub(crate) fn plain_copies(files: &Files) -> Vec<(AccessKeyPair, FileKind, String)> {
    let mut found = Vec::new();
    for (file, document) in [
        (FileKind::Credentials, &files.credentials),
        (FileKind::Config, &files.config),
    ] {
        for profile in document.profiles(file) {
            let section = header(file, &profile);
            let value = |name: &str| {
                document
                    .get(&section, name)
                    .filter(|value| !value.is_empty())
            };
            if let (Some(key_id), Some(secret)) =
                (value("aws_access_key_id"), value("aws_secret_access_key"))
            {
                let pair = AccessKeyPair {
                    key_id,
                    secret: Secret::new(secret),
                    session_token: value("aws_session_token")
                        .or_else(|| value("aws_security_token"))
                        .map(Secret::new),
                };
                found.push((pair, file, profile));
            }
        }
    }
    found
}

fn in_aws_files(files: &Files, found: &mut Vec<(AccessKeyPair, Copy)>) {
    found.extend(
        plain_copies(files)
            .into_iter()
            .map(|(pair, file, profile)| (pair, Copy::Profile { file, profile })),
    );
}

fn in_csv_files(app: &App, found: &mut Vec<(AccessKeyPair, Copy)>) {
    let Ok(entries) = std::fs::read_dir(&app.places.downloads) else {
        return;
    };
    let mut paths: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            path.file_name()
                .and_then(|name| name.to_str())
                .is_some_and(csv_file::is_console_name)
        })
        .collect();
    paths.sort();
    for path in paths {
        // A file of that name which holds no key is nobody's trouble.
        let Ok(file) = csv_file::read(&path) else {
            continue;
        };
        found.extend(file.keys.into_iter().map(|key| {
            let user = key.user.or_else(|| csv_file::user_from_name(&path));
            (
                key.pair,
                Copy::Csv {
                    path: path.clone(),
                    user,
                },
            )
        }));
    }
}

fn in_text_file(app: &App, path: &Path) -> Result<Vec<(AccessKeyPair, Copy)>, Problem> {
    let text = text_file::read(app, path)?.ok_or_else(|| {
        Problem::new(
            Code::MigrateFile,
            format!("There is no file {}.", app.shown(path)),
            "Check the path.",
        )
    })?;
    Ok(assignments::keys(&text)
        .into_iter()
        .map(|key| {
            (
                key.pair,
                Copy::Text {
                    path: path.to_owned(),
                    line: key.line,
                },
            )
        })
        .collect())
}

/// Whether a file that the person points at sets a key at all.
pub(crate) fn check_holds_key(app: &App, path: &Path) -> Result<(), Problem> {
    if in_text_file(app, path)?.is_empty() {
        return Err(Problem::new(
            Code::MigrateFile,
            format!("{} sets no access key in plain text.", app.shown(path)),
            "Choose the file that has lines with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
        ));
    }
    Ok(())
}
