//! Profiles that can not work, or work other than they look.

use keywell_aws_files::{FileKind, header};
use keywell_wire::{MachineFinding, Severity};

use super::{button, command, environment, finding, quoted};
use crate::{
    App, helper_line, index,
    profiles::{self, Files},
    regions, setup,
};

pub(super) const HELPER: &str = "profile.helper_moved";
pub(super) const CA_BUNDLE: &str = "profile.ca_bundle";
pub(super) const NO_REGION: &str = "profile.no_region";

pub(super) fn check(app: &App, files: &Files) -> Vec<MachineFinding> {
    let names = profiles::names(files);
    let mut found: Vec<MachineFinding> = names
        .iter()
        .flat_map(|profile| {
            [
                reference(files, profile),
                round(files, profile),
                helper(app, files, profile),
                ca_bundle(app, files, profile),
                region(app, files, profile),
            ]
        })
        .flatten()
        .collect();
    found.extend(refused(app, &names));
    found
}

fn value(files: &Files, profile: &str, name: &str) -> Option<String> {
    files
        .config
        .get(&header(FileKind::Config, profile), name)
        .filter(|value| !value.is_empty())
}

/// Another profile or section that the profile builds on, and that is not there.
fn reference(files: &Files, profile: &str) -> Option<MachineFinding> {
    let missing = |setting: &str, named: &str| {
        finding(
            "profile.reference",
            Severity::Stop,
            profile,
            format!("The profile {profile} builds on {named}, which is not there"),
            format!("Its {setting} names it, so no program gets credentials from this profile."),
            command(format!(
                "keywell profile set {} {setting}=NAME",
                quoted(profile)
            )),
        )
    };
    if let Some(source) = value(files, profile, "source_profile")
        && !profiles::has(files, &source)
    {
        return Some(missing("source_profile", &source));
    }
    for (setting, kind) in [("sso_session", "sso-session"), ("services", "services")] {
        if let Some(named) = value(files, profile, setting)
            && !files.config.contains(&format!("{kind} {named}"))
        {
            return Some(missing(setting, &format!("[{kind} {named}]")));
        }
    }
    None
}

/// A chain of `source_profile` that comes back to where it began. One that names itself is allowed: it uses its own key.
fn round(files: &Files, profile: &str) -> Option<MachineFinding> {
    let mut seen = vec![profile.to_owned()];
    while let Some(next) = value(files, seen.last()?, "source_profile") {
        if next == *profile && seen.len() > 1 {
            seen.push(next);
            return Some(finding(
                "profile.round",
                Severity::Stop,
                profile,
                format!("The profile {profile} builds on itself"),
                format!(
                    "{}: a round without a key, so none of them gets credentials.",
                    seen.join(" → ")
                ),
                command(format!(
                    "keywell profile set {} source_profile=NAME",
                    quoted(profile)
                )),
            ));
        }
        if seen.contains(&next) {
            return None;
        }
        seen.push(next);
    }
    None
}

/// A line of ours whose program is gone, as after a move.
fn helper(app: &App, files: &Files, profile: &str) -> Option<MachineFinding> {
    let line = value(files, profile, "credential_process")?;
    helper_line::read(&line)?;
    let program = helper_line::program(&line)?;
    let right = helper_line_for(app, profile)?;
    if line == right || helper_line::is_there(&program, &app.variables) {
        return None;
    }
    Some(finding(
        HELPER,
        Severity::Stop,
        profile,
        format!("The profile {profile} calls Keywell where it is not any more"),
        format!("AWS programs run {program} to get the key, and there is no such program."),
        button("Point it here"),
    ))
}

/// The line as it should be on this machine.
pub(super) fn helper_line_for(app: &App, profile: &str) -> Option<String> {
    let (_, target) = setup::target_for(app, profile).ok()?;
    helper_line::write(&app.places.helper, &target, &app.variables).ok()
}

fn ca_bundle(app: &App, files: &Files, profile: &str) -> Option<MachineFinding> {
    let path = value(files, profile, "ca_bundle")?;
    let cause = environment::certificate_problem(std::path::Path::new(&path))?;
    Some(finding(
        CA_BUNDLE,
        Severity::Stop,
        profile,
        format!(
            "The profile {profile} trusts only {}, which {cause}",
            app.shown(std::path::Path::new(&path))
        ),
        "No request over https works with this profile.",
        button("Trust what the system trusts"),
    ))
}

fn region(app: &App, files: &Files, profile: &str) -> Option<MachineFinding> {
    match value(files, profile, "region") {
        Some(region) => regions::check_region(&region).err().map(|problem| {
            finding(
                "profile.region",
                Severity::Stop,
                profile,
                format!("The region of {profile} is not a region: {region}"),
                "Requests go to an address that does not exist.",
                command(format!(
                    "keywell profile set {} region={}",
                    quoted(profile),
                    regions::DEFAULT_REGION
                )),
            )
            .also(&problem.hint)
        }),
        None if ["AWS_REGION", "AWS_DEFAULT_REGION"]
            .iter()
            .any(|variable| app.variables.get(variable).is_some()) =>
        {
            None
        }
        // Only profiles that act by themselves; a base for roles needs none.
        None if value(files, profile, "credential_process").is_some()
            || profiles::plain_pair(files, profile).is_some() =>
        {
            Some(finding(
                NO_REGION,
                Severity::Note,
                profile,
                format!("The profile {profile} has no region"),
                "Most AWS commands stop and ask for one.",
                button(format!("Use {}", region_for(app, files))),
            ))
        }
        None => None,
    }
}

/// The region that most other profiles have.
pub(super) fn region_for(app: &App, files: &Files) -> String {
    let in_use = index::in_use(&app.places).ok().flatten();
    in_use
        .into_iter()
        .chain(profiles::names(files))
        .find_map(|profile| value(files, &profile, "region"))
        .unwrap_or_else(|| regions::DEFAULT_REGION.to_owned())
}

/// Keys that AWS did not take when they were tested last.
fn refused(app: &App, names: &[String]) -> Vec<MachineFinding> {
    index::entries(&app.places)
        .unwrap_or_default()
        .into_iter()
        .filter(|(profile, entry)| {
            names.contains(profile) && entry.tested.as_ref().is_some_and(|test| !test.passed)
        })
        .map(|(profile, _)| {
            finding(
                "profile.refused",
                Severity::Warning,
                profile.clone(),
                format!("The last test of {profile} failed"),
                "A key that AWS does not take any more is best removed, before a script relies on it.",
                command(format!("keywell test {}", quoted(&profile))),
            )
        })
        .collect()
}

trait Also {
    fn also(self, text: &str) -> Self;
}

impl Also for MachineFinding {
    fn also(mut self, text: &str) -> Self {
        self.detail = format!("{} {text}", self.detail);
        self
    }
}
