//! Profiles from one machine to another, without secrets: a text in the form of the config file.

use std::{collections::BTreeMap, path::Path};

use keywell_aws_files::{Document, FileKind, header, profile_of};
use keywell_wire as wire;

use super::text_file;
use crate::{
    App,
    doctor::is_refused,
    helper_line,
    problem::{Code, Problem},
    profiles::{
        self,
        edit::{self, Change, Plan},
        shown,
        step::{self, Step},
    },
    setup,
};

/// A line of ours names no path on its way: the other machine has its own.
const ANY_MACHINE: &str = "keywell";

const STATIC_KEYS: &[&str] = &[
    "aws_access_key_id",
    "aws_secret_access_key",
    "aws_session_token",
    "aws_security_token",
];

/// The profiles as text, all when none is named, with the sections that they name. Without secrets.
pub fn export(app: &App, names: &[String]) -> Result<String, Problem> {
    let files = profiles::read_files(app)?;
    for name in names {
        if !profiles::has(&files, name) {
            return Err(profiles::missing(name));
        }
    }
    let wanted: Vec<String> = if names.is_empty() {
        profiles::names(&files)
    } else {
        names.to_vec()
    };
    let mut text =
        "# Profiles for: keywell profile import FILE. No secrets are in this file.\n".to_owned();
    let mut shared = Vec::new();
    for name in &wanted {
        let section = header(FileKind::Config, name);
        let mut found = settings(&files.config, &section);
        let has_key = profiles::line_target(&files, name).is_some()
            || profiles::plain_pair(&files, name).is_some();
        if has_key {
            found.retain(|(setting, _)| setting != "credential_process");
            found.push(("credential_process".to_owned(), line_for(name)));
        }
        for (kind, setting) in [("sso-session", "sso_session"), ("services", "services")] {
            if let Some(named) = files.config.get(&section, setting) {
                shared.push(format!("{kind} {named}"));
            }
        }
        text.push_str(&section_text(&section, &found));
    }
    shared.sort();
    shared.dedup();
    for section in shared
        .iter()
        .filter(|section| files.config.contains(section))
    {
        text.push_str(&section_text(section, &settings(&files.config, section)));
    }
    Ok(text)
}

fn section_text(section: &str, settings: &[(String, String)]) -> String {
    let lines = settings
        .iter()
        .flat_map(|(name, value)| lines_of(name, value));
    std::iter::once(format!("\n[{section}]"))
        .chain(lines)
        .map(|line| line + "\n")
        .collect()
}

/// A nested block's value begins with its line break, and its lines are indented.
fn lines_of(name: &str, value: &str) -> Vec<String> {
    match value.strip_prefix('\n') {
        Some(block) => std::iter::once(format!("{name} ="))
            .chain(block.lines().map(|line| format!("  {line}")))
            .collect(),
        None => vec![format!("{name} = {value}")],
    }
}

fn line_for(profile: &str) -> String {
    if helper_line::is_plain_name(profile) {
        format!("{ANY_MACHINE} credential-process --profile {profile}")
    } else {
        // The other machine gives such a name an id of its own.
        format!("{ANY_MACHINE} credential-process --id other")
    }
}

/// A section's settings without keys.
fn settings(document: &Document, section: &str) -> Vec<(String, String)> {
    document
        .properties(section)
        .into_iter()
        .filter(|(name, _)| !STATIC_KEYS.contains(&name.as_str()))
        .collect()
}

/// More than the profiles of any person, in bytes.
const LARGEST: u64 = 16 << 20;

/// The text of a file that [`export`] wrote.
///
/// # Errors
/// When there is no such file, or it is no text.
pub fn read_export(app: &App, path: &Path) -> Result<String, Problem> {
    text_file::read_up_to(app, path, LARGEST)?.ok_or_else(|| {
        Problem::new(
            Code::MigrateFile,
            format!("There is no file {}.", app.shown(path)),
            "Give the file that Keywell wrote when the profiles were exported.",
        )
    })
}

/// What [`import`] would do.
///
/// # Errors
/// When the text is not of that form, or the AWS files can not be read.
pub fn preview_import(
    app: &App,
    text: &str,
    replace: bool,
) -> Result<wire::ProfileImport, Problem> {
    Ok(planned(app, text, replace)?.0)
}

/// Takes such a text in. Profiles that are here already with other settings are left, unless `replace`. With the version
/// of a preview that was `seen`, only that is done.
///
/// # Errors
/// As [`preview_import`], and when it would do anything else than what was seen.
pub async fn import(
    app: &App,
    text: &str,
    replace: bool,
    seen: Option<&str>,
) -> Result<wire::ProfileImport, Problem> {
    let (mut answer, plan) = planned(app, text, replace)?;
    shown::check(app, seen, &answer.version)?;
    if plan.config.is_empty() {
        return Ok(answer);
    }
    let named: Vec<&str> = [&answer.added, &answer.replaced]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect();
    let step = Step {
        profile: named.first().copied().unwrap_or_default(),
        text: format!("Imported {}", named.join(", ")),
        undo_text: "Take the import back".to_owned(),
        plan,
        index: &|_| {},
        item: None,
        undoes: None,
    };
    let change = step::run(app, step).await?.keep(app, named.join(", "));
    (answer.undo, answer.note) = (change.undo, change.note);
    Ok(answer)
}

fn planned(app: &App, text: &str, replace: bool) -> Result<(wire::ProfileImport, Plan), Problem> {
    let incoming = Document::parse(text);
    let problems = incoming.problems();
    if let Some(problem) = problems.iter().find(|problem| is_refused(&problem.kind)) {
        return Err(Problem::new(
            Code::FilesEdit,
            format!("Line {}: {}", problem.line, problem.kind),
            "Take the file as keywell profile export wrote it.",
        ));
    }
    let files = profiles::read_files(app)?;
    let mut answer = wire::ProfileImport {
        added: Vec::new(),
        replaced: Vec::new(),
        unchanged: Vec::new(),
        conflicts: Vec::new(),
        left_out: Vec::new(),
        diff: Vec::new(),
        version: String::new(),
        undo: None,
        note: None,
    };
    let mut plan = Plan::default();
    for section in sections(&incoming) {
        let named = profile_of(FileKind::Config, &section);
        let name = named.clone().unwrap_or_else(|| section.clone());
        if let Some(profile) = &named {
            profiles::check_name(profile)?;
        }
        let left_out = incoming
            .properties(&section)
            .into_iter()
            .filter(|(setting, _)| STATIC_KEYS.contains(&setting.as_str()));
        answer
            .left_out
            .extend(left_out.map(|(setting, _)| format!("{name}: {setting}")));
        let wanted = for_this_machine(app, named.as_deref(), settings(&incoming, &section))?;
        let known: BTreeMap<String, String> =
            files.config.properties(&section).into_iter().collect();
        let is_here = match &named {
            Some(profile) => profiles::has(&files, profile),
            None => files.config.contains(&section),
        };
        if !is_here {
            answer.added.push(name);
            plan.config.push(Change::AddSection {
                lines: wanted
                    .iter()
                    .flat_map(|(setting, value)| lines_of(setting, value))
                    .collect(),
                section,
            });
            continue;
        }
        let differing: Vec<(String, String)> = wanted
            .into_iter()
            .filter(|(setting, value)| known.get(setting) != Some(value))
            .collect();
        if differing.is_empty() {
            answer.unchanged.push(name);
            continue;
        }
        // A nested block is never merged into another one.
        let (blocks, values): (Vec<_>, Vec<_>) = differing
            .into_iter()
            .partition(|(_, value)| !replace || value.contains('\n'));
        if !blocks.is_empty() {
            answer.conflicts.push(wire::ProfileConflict {
                profile: name.clone(),
                settings: blocks.into_iter().map(|(setting, _)| setting).collect(),
            });
        }
        if !values.is_empty() {
            answer.replaced.push(name);
            plan.config.extend(
                values
                    .into_iter()
                    .map(|(setting, value)| Change::set(&section, &setting, value)),
            );
        }
    }
    answer.diff = edit::preview(&files, &plan)
        .map_err(|refusal| refusal.problem(app, &app.places.config_file))?;
    answer.version = shown::version(&answer);
    Ok((answer, plan))
}

fn sections(document: &Document) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for section in document.sections() {
        if !names.contains(&section.header) {
            names.push(section.header);
        }
    }
    names
}

/// A line of ours is written as this machine's clients need it.
fn for_this_machine(
    app: &App,
    profile: Option<&str>,
    mut settings: Vec<(String, String)>,
) -> Result<Vec<(String, String)>, Problem> {
    for (setting, value) in &mut settings {
        if let Some(profile) = profile
            && setting == "credential_process"
            && helper_line::read(value).is_some()
        {
            let (_, target) = setup::target_for(app, profile)?;
            *value = helper_line::write(&app.places.helper, &target, &app.variables)?;
        }
    }
    Ok(settings)
}
