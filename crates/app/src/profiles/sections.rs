//! The sections that profiles refer to by name: sign-ins (`sso-session`) and addresses (`services`).

use keywell_aws_files::{FileKind, header};
use keywell_wire as wire;

use super::{
    Files, check_name,
    edit::{Change, Plan},
    names, read_files, sections_of,
    step::{self, Step},
};
use crate::{
    App,
    problem::{Code, Problem},
};

/// Which kind of section, as its header writes it, and the setting of a profile that names one.
fn words(kind: &wire::SectionKind) -> (&'static str, &'static str) {
    match kind {
        wire::SectionKind::SsoSession => ("sso-session", "sso_session"),
        wire::SectionKind::Services => ("services", "services"),
    }
}

/// The profiles that name a section.
fn used_by(files: &Files, kind: &wire::SectionKind, name: &str) -> Vec<String> {
    let (_, setting) = words(kind);
    let uses = |profile: &String| {
        let section = header(FileKind::Config, profile);
        files.config.get(&section, setting).as_deref() == Some(name)
    };
    names(files).into_iter().filter(uses).collect()
}

/// Every such section, with the profiles that name it.
///
/// # Errors
/// When the AWS files can not be read.
pub fn sections(app: &App) -> Result<Vec<wire::SharedSection>, Problem> {
    let files = read_files(app)?;
    let kinds = [wire::SectionKind::SsoSession, wire::SectionKind::Services];
    Ok(kinds
        .iter()
        .flat_map(|kind| {
            let of_kind = sections_of(&files, words(kind).0).into_iter();
            of_kind.map(|name| wire::SharedSection {
                kind: kind.clone(),
                used_by: used_by(&files, kind, &name),
                name,
            })
        })
        .collect())
}

fn check_there(files: &Files, kind: &wire::SectionKind, name: &str) -> Result<String, Problem> {
    let section = format!("{} {name}", words(kind).0);
    match files.config.contains(&section) {
        true => Ok(section),
        false => Err(Problem::new(
            Code::ProfileMissing,
            format!("There is no [{section}] in the config file."),
            "List them with: keywell section list",
        )),
    }
}

/// Lets every profile that names a section name another one.
fn handed_over(files: &Files, kind: &wire::SectionKind, from: &str, to: &str) -> Vec<Change> {
    used_by(files, kind, from)
        .iter()
        .map(|profile| Change::set(&header(FileKind::Config, profile), words(kind).1, to))
        .collect()
}

/// Gives a section another name; the profiles that name it follow.
///
/// # Errors
/// When there is no such section, or the new name is taken or can not be one.
pub async fn rename_section(
    app: &App,
    kind: &wire::SectionKind,
    from: &str,
    to: &str,
) -> Result<wire::ProfileChange, Problem> {
    let files = read_files(app)?;
    check_name(to)?;
    let section = check_there(&files, kind, from)?;
    let mut config = vec![Change::RenameSection {
        from: section.clone(),
        to: format!("{} {to}", words(kind).0),
    }];
    config.extend(handed_over(&files, kind, from, to));
    let text = format!("Renamed [{section}] to {to}");
    make(app, config, to, text, format!("Call it {from} again")).await
}

/// Removes a section. The profiles that name it name the successor from then on.
///
/// # Errors
/// When there is no such section, and when profiles name it and there is no successor for them.
pub async fn remove_section(
    app: &App,
    kind: &wire::SectionKind,
    name: &str,
    successor: Option<&str>,
) -> Result<wire::ProfileChange, Problem> {
    let files = read_files(app)?;
    let section = check_there(&files, kind, name)?;
    let users = used_by(&files, kind, name);
    let mut config = Vec::new();
    match successor {
        Some(successor) => {
            check_there(&files, kind, successor)?;
            if successor == name {
                return Err(Problem::new(
                    Code::ProfileValue,
                    format!("[{section}] can not take its own place."),
                    "Name another section.",
                ));
            }
            config.extend(handed_over(&files, kind, name, successor));
        }
        None if users.is_empty() => {}
        None => {
            return Err(Problem::new(
                Code::FilesEdit,
                format!("[{section}] is used by {}.", users.join(", ")),
                "Name the section that is to take its place: --successor NAME",
            ));
        }
    }
    config.push(Change::RemoveSection {
        section: section.clone(),
    });
    let undo_text = format!("Bring [{section}] back");
    make(app, config, name, format!("Removed [{section}]"), undo_text).await
}

async fn make(
    app: &App,
    config: Vec<Change>,
    name: &str,
    text: String,
    undo_text: String,
) -> Result<wire::ProfileChange, Problem> {
    let step = Step {
        profile: name,
        text,
        undo_text,
        plan: Plan {
            config,
            ..Plan::default()
        },
        index: &|_| {},
        item: None,
        undoes: None,
    };
    Ok(step::run(app, step).await?.keep(app, name.to_owned()))
}
