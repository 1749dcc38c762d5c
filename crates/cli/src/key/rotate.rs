//! `keywell key rotate` and `keywell key rotations`.

use std::{io, time::Duration};

use keywell_app::{
    profiles,
    rotation::{self, Rotate},
};
use keywell_wire::{Rotation, RotationOutcome, RotationState};

use super::acting_profile;
use crate::{
    Session,
    caller::caller,
    error::{Ended, Stop, shown},
    interrupt,
    output::{BOLD, Output, counted, day_and_minute},
    person::person,
    prompt,
    steps::StepView,
};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The profile whose key is replaced, or several; AWS_PROFILE or `default` when left out
    #[arg(long, value_name = "PROFILE")]
    profile: Vec<String>,

    /// Every profile whose key is in the keychain
    #[arg(long, conflicts_with_all = ["profile", "using", "resume", "back"])]
    all: bool,

    /// Go on with the rotations that wait, and replace the keys that are due
    #[arg(long, conflicts_with_all = ["profile", "all", "using", "resume", "back", "grace"])]
    due: bool,

    /// A profile that acts in the key's place, as an administrator's
    #[arg(long, value_name = "PROFILE")]
    using: Option<String>,

    /// How long the old key is watched, inactive, before it is deleted: 7d, 12h, 0s [default: 7d]
    #[arg(long, value_name = "TIME")]
    grace: Option<String>,

    /// Go on with a rotation that was interrupted or watches its old key
    #[arg(long, conflicts_with = "back")]
    resume: bool,

    /// Use the old key again and delete the new one
    #[arg(long, conflicts_with = "grace")]
    back: bool,

    /// Do not ask
    #[arg(long, short = 'y')]
    yes: bool,
}

pub(super) async fn run(session: &Session, arguments: Arguments) -> Result<Ended, Stop> {
    let app = &session.app;
    let output = session.output;
    let grace = arguments
        .grace
        .as_deref()
        .map(rotation::parse_grace)
        .transpose()?;
    if arguments.due {
        return tend(session, arguments.yes).await;
    }
    if arguments.all || arguments.profile.len() > 1 {
        if arguments.resume || arguments.back || arguments.using.is_some() {
            return Err(Stop::usage(
                "--resume, --back and --using are for one profile.",
                "Name one profile.",
            ));
        }
        let wanted = if arguments.all {
            profiles::with_kept_keys(app)?
        } else {
            arguments.profile
        };
        return rotate_many(session, &wanted, grace, arguments.yes).await;
    }
    let profile = acting_profile(app, arguments.profile.into_iter().next());
    let request = Rotate {
        profile: &profile,
        using: arguments.using.as_deref(),
        grace,
        person: person(output, &caller()),
    };
    if !arguments.yes && !arguments.resume {
        ask(output, &profile, arguments.back, grace)?;
    }
    let view = StepView::of_setup(output);
    let cancel = interrupt::token();
    let on_step = |step| view.show(&step);
    let rotation = if arguments.back {
        rotation::go_back(app, &request, &on_step, &cancel).await?
    } else if arguments.resume {
        rotation::resume(app, &request, &on_step, &cancel).await?
    } else {
        rotation::rotate(app, &request, &on_step, &cancel).await?
    };
    output.either(&rotation, |rotation| show(output, rotation))?;
    Ok(Ended::Done)
}

async fn rotate_many(
    session: &Session,
    wanted: &[String],
    grace: Option<Duration>,
    yes: bool,
) -> Result<Ended, Stop> {
    let output = session.output;
    if !yes {
        ask(output, &wanted.join(", "), false, grace)?;
    }
    let cancel = interrupt::token();
    let tell = |outcome: &RotationOutcome| show_outcome(output, outcome);
    let person = person(output, &caller());
    let outcomes =
        rotation::rotate_many(&session.app, wanted, grace, &person, &tell, &cancel).await;
    ended(output, &outcomes)
}

/// What a timer runs: it asks nobody.
async fn tend(session: &Session, yes: bool) -> Result<Ended, Stop> {
    let output = session.output;
    if !yes {
        let due = rotation::due(&session.app).await?;
        let names: Vec<&str> = due
            .iter()
            .flat_map(|key| key.profiles.iter().map(String::as_str))
            .collect();
        if !names.is_empty() {
            ask(output, &names.join(", "), false, None)?;
        }
    }
    let cancel = interrupt::token();
    let tell = |outcome: &RotationOutcome| show_outcome(output, outcome);
    let outcomes = rotation::tend(&session.app, &tell, &cancel).await?;
    ended(output, &outcomes)
}

/// Each as it ends. That stdout is closed is told by the end.
fn show_outcome(output: Output, outcome: &RotationOutcome) {
    if output.json {
        return;
    }
    let _ = match (&outcome.rotation, &outcome.failure) {
        (Some(rotation), _) => show(output, rotation),
        (None, Some(failure)) => output.line(format!(
            "{}: {} {}",
            shown(&outcome.profile),
            shown(&failure.message),
            shown(&failure.hint)
        )),
        (None, None) => Ok(()),
    };
}

fn ended(output: Output, outcomes: &[RotationOutcome]) -> Result<Ended, Stop> {
    let failed = outcomes
        .iter()
        .filter(|outcome| outcome.failure.is_some())
        .count();
    output.either(&outcomes, |outcomes| {
        if outcomes.is_empty() {
            return output.line("No key is due, and no rotation is under way.");
        }
        output.line(format!(
            "{}, {failed} of them failed.",
            counted(outcomes.len() as u64, "rotation")
        ))
    })?;
    Ok(match failed {
        0 => Ended::Done,
        some if some == outcomes.len() => Ended::Failed,
        _ => Ended::Partly,
    })
}

/// A rotation deletes a key at its end, so it is asked for; going on with one is not.
fn ask(output: Output, profile: &str, back: bool, grace: Option<Duration>) -> Result<(), Stop> {
    if !prompt::may_ask(output) {
        return Err(Stop::usage(
            "A rotation changes keys at AWS, and there is no terminal to ask on.",
            "Add --yes",
        ));
    }
    let question = if back {
        format!("Make {profile} use its old key again, and delete the new one?")
    } else {
        let grace = grace.unwrap_or(rotation::DEFAULT_GRACE);
        let after = match grace.as_secs() {
            0 => "at once".to_owned(),
            seconds if seconds % 86_400 == 0 => {
                format!(
                    "after {} if nothing uses it",
                    counted(seconds / 86_400, "day")
                )
            }
            seconds => format!(
                "after {} if nothing uses it",
                counted(seconds / 3600, "hour")
            ),
        };
        format!("Replace the key of {profile}? The old one is made inactive, and deleted {after}.")
    };
    if prompt::confirm(&question)? {
        Ok(())
    } else {
        Err(Stop::cancelled())
    }
}

fn show(output: Output, rotation: &Rotation) -> io::Result<()> {
    let new = rotation.new_key_id.as_deref().unwrap_or_default();
    let profiles = rotation.profiles.join(", ");
    match rotation.state {
        RotationState::Done => output.line(format!(
            "{profiles}: the key is now {BOLD}{new}{BOLD:#}. The old one, {}, is deleted.",
            rotation.old_key_id
        ))?,
        RotationState::WentBack => output.line(format!(
            "{profiles}: the key is {BOLD}{}{BOLD:#} again. The new one is deleted.",
            rotation.old_key_id
        ))?,
        _ => {
            output.line(format!("{profiles}: the key is now {BOLD}{new}{BOLD:#}."))?;
            show_watch(output, rotation)?;
        }
    }
    for note in &rotation.notes {
        output.line(format!("Note: {note}"))?;
    }
    Ok(())
}

fn show_watch(output: Output, rotation: &Rotation) -> io::Result<()> {
    let profile = &rotation.profile;
    let due = rotation.delete_due.as_deref().map(day_and_minute);
    let due = due.unwrap_or_default();
    if let Some(late) = &rotation.late_use {
        output.line(format!(
            "Something used the old key at {} UTC, after the switch{}{}. It is not deleted.",
            day_and_minute(&late.at),
            late.service
                .as_deref()
                .map(|name| format!(", for {name}"))
                .unwrap_or_default(),
            late.region
                .as_deref()
                .map(|name| format!(" in {name}"))
                .unwrap_or_default(),
        ))?;
        return output.line(format!(
            "Find it, or: watch longer with --resume --grace 14d, delete with --resume --grace 0s, go back with --back (--profile {profile})."
        ));
    }
    output.line(format!(
        "The old one, {}, is inactive. If nothing uses it, it can be deleted from {due} UTC on:",
        rotation.old_key_id
    ))?;
    output.line(format!("  keywell key rotate --resume --profile {profile}"))?;
    output.line(format!(
        "Until then the way back is: keywell key rotate --back --profile {profile}"
    ))
}

pub(super) fn list(session: &Session) -> Result<Ended, Stop> {
    let output = session.output;
    let rotations = rotation::list(&session.app)?;
    output.either(&rotations, |rotations| {
        if rotations.is_empty() {
            return output.line("No rotation is under way.");
        }
        let rows: Vec<_> = rotations
            .iter()
            .map(|rotation| {
                [
                    rotation.profile.clone(),
                    rotation.user.clone(),
                    state_words(&rotation.state).to_owned(),
                    day_and_minute(&rotation.began),
                    rotation
                        .delete_due
                        .as_deref()
                        .map(day_and_minute)
                        .unwrap_or_default(),
                ]
            })
            .collect();
        output.table(
            ["PROFILE", "USER", "STATE", "BEGAN (UTC)", "DELETE FROM"],
            &rows,
        )
    })?;
    Ok(Ended::Done)
}

fn state_words(state: &RotationState) -> &'static str {
    match state {
        RotationState::Creating => "asking for a key",
        RotationState::Waiting => "waiting for AWS",
        RotationState::Switched => "switched",
        RotationState::Watching => "watching the old key",
        RotationState::Deleting => "deleting the old key",
        RotationState::GoingBack => "going back",
        RotationState::Done => "done",
        RotationState::WentBack => "went back",
    }
}
