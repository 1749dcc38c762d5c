//! The settings of a profile, one by one.

use keywell_aws_files::{FileKind, header};
use keywell_wire as wire;

use super::{
    Files,
    change::exists_already,
    check_name,
    edit::{self, Change, Plan},
    edit_problem,
    fields::{check_setting_name, checked_value},
    has, missing, raw, read_files,
    step::{self, Step},
    together,
};
use crate::{
    App,
    problem::{Code, Problem},
};

/// A setting and its new value; none takes it out. `s3.addressing_style` is one of a nested block.
pub type Value = (String, Option<String>);

/// Makes a profile by hand, or changes values of one. Secrets are refused here: they go through set-up.
pub async fn save(
    app: &App,
    profile: &str,
    create: bool,
    values: &[Value],
) -> Result<wire::ProfileChange, Problem> {
    save_seen(app, profile, create, values, None).await
}

/// As [`save`], for a form: `seen` is what it showed. A setting that somebody else changed since is not written over.
pub async fn save_seen(
    app: &App,
    profile: &str,
    create: bool,
    values: &[Value],
    seen: Option<&[wire::Property]>,
) -> Result<wire::ProfileChange, Problem> {
    let files = read_files(app)?;
    check_target(&files, profile, create, values)?;
    if let Some(seen) = seen {
        check_seen(&files, profile, values, seen)?;
    }
    let plan = plan(&files, profile, values).map_err(|(_, problem)| problem)?;
    together::check(&files, profile, &plan).map_err(|(_, problem)| problem)?;
    let names: Vec<&str> = values.iter().map(|(name, _)| name.as_str()).collect();
    let (text, undo_text) = if create {
        (
            format!("Made {profile}"),
            format!("Remove the profile {profile} again"),
        )
    } else {
        (
            format!("Changed {} of {profile}", names.join(", ")),
            format!("Put {profile} back as it was"),
        )
    };
    let step = Step {
        profile,
        text,
        undo_text,
        plan,
        index: &|_| {},
        item: None,
        undoes: None,
    };
    Ok(step::run(app, step).await?.keep(app, profile.to_owned()))
}

/// What [`save`] would change, and what is wrong with each value.
pub fn preview(
    app: &App,
    profile: &str,
    create: bool,
    values: &[Value],
) -> Result<wire::ProfilePreview, Problem> {
    let files = read_files(app)?;
    let mut problems: Vec<wire::ValueProblem> = Vec::new();
    let mut note = |name: &str, problem: Problem| {
        problems.push(wire::ValueProblem {
            name: name.to_owned(),
            failure: problem.into(),
        });
    };
    if let Err(problem) = check_target(&files, profile, create, values) {
        note("", problem);
    }
    let mut good = Vec::new();
    for value in values {
        match plan(&files, profile, std::slice::from_ref(value)) {
            Ok(_) => good.push(value.clone()),
            Err((name, problem)) => note(&name, problem),
        }
    }
    let diff = match plan(&files, profile, &good) {
        Ok(plan) => {
            if let Err((name, problem)) = together::check(&files, profile, &plan) {
                note(&name, problem);
            }
            edit::preview(&files, &plan).unwrap_or_default()
        }
        Err(_) => Vec::new(),
    };
    Ok(wire::ProfilePreview { problems, diff })
}

fn check_target(
    files: &Files,
    profile: &str,
    create: bool,
    values: &[Value],
) -> Result<(), Problem> {
    check_name(profile)?;
    match (create, has(files, profile)) {
        (true, true) => Err(exists_already(profile)),
        (false, false) => Err(missing(profile)),
        (true, false) if values.iter().all(|(_, value)| value.is_none()) => Err(Problem::new(
            Code::ProfileValue,
            "A new profile needs at least one value.",
            "Give it a region: region=eu-west-1",
        )),
        _ => Ok(()),
    }
}

fn check_seen(
    files: &Files,
    profile: &str,
    values: &[Value],
    seen: &[wire::Property],
) -> Result<(), Problem> {
    let now = super::show::properties(files, profile);
    let value_in = |properties: &[wire::Property], name: &str| {
        let found = properties.iter().find(|property| property.name == name);
        found.map(|property| property.value.clone())
    };
    let moved_on = |(name, value): &&Value| {
        let now = value_in(&now, name);
        now != value_in(seen, name) && now != *value
    };
    match values.iter().find(moved_on) {
        None => Ok(()),
        Some((name, _)) => Err(raw::changed_since()
            .and_because(&format!("{name} is not what this form showed any more."))),
    }
}

/// The changes; an error comes with the setting's name.
fn plan(files: &Files, profile: &str, values: &[Value]) -> Result<Plan, (String, Problem)> {
    let section = header(FileKind::Config, profile);
    let mut plan = Plan::default();
    for (name, value) in values {
        let at = |problem| (name.clone(), problem);
        check_setting_name(name).map_err(at)?;
        let value = match value {
            Some(value) => Some(checked_value(files, profile, name, value).map_err(at)?),
            None => None,
        };
        let section = section.clone();
        plan.config.push(match (name.split_once('.'), value) {
            (Some((block, name)), value) => Change::Nested {
                section,
                block: block.to_owned(),
                name: name.to_owned(),
                value,
            },
            (None, Some(value)) => Change::set(&section, name, value),
            (None, None) => Change::unset(&section, name),
        });
        if let Err(edit::Refusal::Edit(error)) = edit::performed(&files.config, &plan.config) {
            return Err(at(edit_problem(&error)));
        }
    }
    Ok(plan)
}
