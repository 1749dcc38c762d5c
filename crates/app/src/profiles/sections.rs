//! The sections that profiles refer to by name: sign-ins (`sso-session`) and addresses (`services`).

use keywell_aws_files::{FileKind, header};
use keywell_wire as wire;

use super::{
    Files, check_name,
    edit::{self, Change, Plan},
    names, read_files, sections_of, shown,
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

/// A change to a section, and how the history tells of it.
struct Planned {
    plan: Plan,
    text: String,
    undo_text: String,
}

fn planned(files: &Files, request: &wire::SectionRequest) -> Result<Planned, Problem> {
    let wire::SectionRequest { kind, name, change } = request;
    let section = check_there(files, kind, name)?;
    let (config, text, undo_text) = match change {
        wire::SectionChange::Rename { to } => (
            renamed(files, kind, name, &section, to)?,
            format!("Renamed [{section}] to {to}"),
            format!("Call it {name} again"),
        ),
        wire::SectionChange::Remove { successor } => (
            removed(files, kind, name, &section, successor.as_deref())?,
            format!("Removed [{section}]"),
            format!("Bring [{section}] back"),
        ),
    };
    let plan = Plan {
        config,
        ..Plan::default()
    };
    Ok(Planned {
        plan,
        text,
        undo_text,
    })
}

/// The profiles that name it follow.
fn renamed(
    files: &Files,
    kind: &wire::SectionKind,
    from: &str,
    section: &str,
    to: &str,
) -> Result<Vec<Change>, Problem> {
    check_name(to)?;
    let mut config = vec![Change::RenameSection {
        from: section.to_owned(),
        to: format!("{} {to}", words(kind).0),
    }];
    config.extend(handed_over(files, kind, from, to));
    Ok(config)
}

/// The profiles that name it name the successor from then on.
fn removed(
    files: &Files,
    kind: &wire::SectionKind,
    name: &str,
    section: &str,
    successor: Option<&str>,
) -> Result<Vec<Change>, Problem> {
    let users = used_by(files, kind, name);
    let mut config = Vec::new();
    match successor {
        Some(successor) => {
            check_there(files, kind, successor)?;
            if successor == name {
                return Err(Problem::new(
                    Code::ProfileValue,
                    format!("[{section}] can not take its own place."),
                    "Name another section.",
                ));
            }
            config.extend(handed_over(files, kind, name, successor));
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
        section: section.to_owned(),
    });
    Ok(config)
}

fn preview(app: &App, files: &Files, plan: &Plan) -> Result<wire::SectionPreview, Problem> {
    let diff = edit::preview(files, plan)
        .map_err(|refusal| refusal.problem(app, &app.places.config_file))?;
    Ok(wire::SectionPreview {
        version: shown::version(&diff),
        diff,
    })
}

/// What [`change_section`] would do to the config file.
///
/// # Errors
/// As there.
pub fn preview_section(
    app: &App,
    request: &wire::SectionRequest,
) -> Result<wire::SectionPreview, Problem> {
    let files = read_files(app)?;
    preview(app, &files, &planned(&files, request)?.plan)
}

/// Renames or removes a section; the profiles that name it follow. With the version of a preview that was `seen`, only
/// that is done.
///
/// # Errors
/// When there is no such section; when the new name is taken or can not be one; when profiles name a section that is to
/// go and there is no successor for them; when it would do anything else than what was seen.
pub async fn change_section(
    app: &App,
    request: &wire::SectionRequest,
    seen: Option<&str>,
) -> Result<wire::ProfileChange, Problem> {
    let files = read_files(app)?;
    let Planned {
        plan,
        text,
        undo_text,
    } = planned(&files, request)?;
    shown::check(app, seen, &preview(app, &files, &plan)?.version)?;
    let name = match &request.change {
        wire::SectionChange::Rename { to } => to,
        wire::SectionChange::Remove { .. } => &request.name,
    };
    let step = Step {
        profile: name,
        text,
        undo_text,
        plan,
        index: &|_| {},
        item: None,
        undoes: None,
    };
    Ok(step::run(app, step).await?.keep(app, name.clone()))
}
