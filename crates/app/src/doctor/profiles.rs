//! Profiles that can not work, or work other than they look.

use keywell_aws_files::{FileKind, header};
use keywell_wire::{MachineFinding, Remedy, Severity};

use super::{Seen, button, command, counted, environment, finding, quoted, sentences};
use crate::{
    App, helper_line, index,
    profiles::{self, Files},
    regions, resolve, setup,
};

pub(super) const HELPER: &str = "profile.helper_moved";
pub(super) const CA_BUNDLE: &str = "profile.ca_bundle";
const REGION: &str = "profile.region";
pub(super) const NO_REGION: &str = "profile.no_region";

pub(super) fn check(app: &App, files: &Files) -> Seen {
    let names = profiles::names(files);
    let mut found: Vec<MachineFinding> = names
        .iter()
        .flat_map(|profile| {
            [
                reference(files, profile),
                helper(app, files, profile),
                ca_bundle(app, files, profile),
                region(app, files, profile),
            ]
        })
        .flatten()
        .collect();
    found.extend(refused(app, &names));
    let state = match names.len() {
        0 => "There is none yet.".to_owned(),
        count => format!(
            "Looked at regions, certificates, sections and helper lines of {}.",
            counted(count, "profile")
        ),
    };
    Seen::new("Profiles", state, found)
}

/// Clients merge both files, and the credentials file wins.
fn value(files: &Files, profile: &str, name: &str) -> Option<String> {
    [
        (FileKind::Credentials, &files.credentials),
        (FileKind::Config, &files.config),
    ]
    .into_iter()
    .find_map(|(kind, document)| document.get(&header(kind, profile), name))
    .filter(|value| !value.is_empty())
}

/// A section that the profile names, and that is not there.
fn reference(files: &Files, profile: &str) -> Option<MachineFinding> {
    [("sso_session", "sso-session"), ("services", "services")]
        .into_iter()
        .find_map(|(setting, kind)| {
            let named = value(files, profile, setting)?;
            if files.config.contains(&format!("{kind} {named}")) {
                return None;
            }
            Some(finding(
                "profile.reference",
                Severity::Stop,
                profile,
                format!("The profile {profile} builds on [{kind} {named}], which is not there"),
                format!(
                    "Its {setting} names it, so no program gets credentials from this profile."
                ),
                command(format!(
                    "keywell profile set {} {setting}=NAME",
                    quoted(profile)
                )),
            ))
        })
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
        Some(region) => {
            let set = |right: &str| {
                command(format!(
                    "keywell profile set {} region={right}",
                    quoted(profile)
                ))
            };
            match regions::check_region(&region) {
                Err(problem) => Some(finding(
                    REGION,
                    Severity::Stop,
                    profile,
                    format!("The region of {profile} is not a region: {region}"),
                    sentences(&[
                        "Requests go to an address that does not exist.",
                        &problem.hint,
                    ]),
                    set(regions::DEFAULT_REGION),
                )),
                // Other servers have regions of their own.
                Ok(()) if regions::is_known(&region) || has_address(files, profile) => None,
                Ok(()) => Some(finding(
                    REGION,
                    Severity::Warning,
                    profile,
                    format!("Keywell knows no region {region}, which {profile} has"),
                    "Where it is misspelt, requests go to an address that does not exist. AWS adds some regions each year, so it may also be a new one.",
                    set(&regions::nearest(&region)),
                )),
            }
        }
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

/// Whether the profile's requests go to another server than AWS's.
fn has_address(files: &Files, profile: &str) -> bool {
    resolve::configured_endpoint(&files.config, &header(FileKind::Config, profile)).is_some()
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
                "A key that AWS does not take any more is best replaced, before a script relies on it.",
                Remedy::SetUp { profile },
            )
        })
        .collect()
}
