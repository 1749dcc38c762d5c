//! `keywell key rotate` and `keywell key rotations`.

use std::{io, time::Duration};

use keywell_app::rotation::{self, Rotate};
use keywell_wire::{Rotation, RotationState};

use super::acting_profile;
use crate::{
    Session,
    error::{Ended, Stop},
    interrupt,
    output::{BOLD, Output, counted, day_and_minute},
    prompt,
    steps::StepView,
};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The profile whose key is replaced; AWS_PROFILE or `default` when left out
    #[arg(long, value_name = "PROFILE")]
    profile: Option<String>,

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
    let profile = acting_profile(app, arguments.profile);
    let request = Rotate {
        profile: &profile,
        using: arguments.using.as_deref(),
        grace,
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
