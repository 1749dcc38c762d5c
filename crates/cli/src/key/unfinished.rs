//! `keywell key unfinished`, `finish`, `discard`, `release`: keys that were made and have not found their place.

use keywell_app::{keys, profiles, regions};
use keywell_wire::{UnfinishedKey, UnfinishedState};
use serde::Serialize;

use crate::{
    Session,
    error::{Ended, Stop},
    interrupt,
    output::{BOLD, Output, day_and_minute},
    setup,
    steps::StepView,
};

#[derive(clap::Args)]
pub(crate) struct OneArguments {
    /// Its number in the list
    #[arg(value_name = "NUMBER")]
    number: String,
}

#[derive(clap::Args)]
pub(crate) struct FinishArguments {
    #[command(flatten)]
    one: OneArguments,

    /// The new profile that is to hold the key
    #[arg(long, value_name = "NAME")]
    profile: String,

    /// The new profile's region; that of the profile that made the key when left out
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
}

pub(super) fn list(session: &Session) -> Result<Ended, Stop> {
    let found = keys::unfinished(&session.app)?;
    let output = session.output;
    output.either(&found, |found| show(output, found))?;
    Ok(Ended::Done)
}

fn show(output: Output, found: &[UnfinishedKey]) -> std::io::Result<()> {
    if found.is_empty() {
        return output.line("No key waits to find its place.");
    }
    let rows: Vec<_> = found
        .iter()
        .map(|key| {
            [
                key.id.clone(),
                key.key_id.clone().unwrap_or_default(),
                key.user.clone(),
                key.account_id.clone(),
                day_and_minute(&key.asked),
                match key.state {
                    UnfinishedState::Asked => "not known to be made; look with discard",
                    UnfinishedState::Lost => "the secret is lost; discard it",
                    UnfinishedState::Waiting => "waits in the keychain; finish, release or discard",
                }
                .to_owned(),
            ]
        })
        .collect();
    output.table(
        ["NUMBER", "KEY", "USER", "ACCOUNT", "ASKED (UTC)", "STATE"],
        &rows,
    )
}

pub(super) async fn finish(session: &Session, arguments: FinishArguments) -> Result<Ended, Stop> {
    let app = &session.app;
    let number = &arguments.one.number;
    let region = match arguments.region {
        Some(region) => region,
        None => keys::unfinished(app)?
            .into_iter()
            .find(|key| key.id == *number)
            .and_then(|key| profiles::row(app, &key.profile).ok()?.region)
            .unwrap_or_else(|| regions::DEFAULT_REGION.to_owned()),
    };
    let view = StepView::of_new_key(session.output);
    let cancel = interrupt::token();
    let place = (arguments.profile.as_str(), region.as_str());
    let mut summary = keys::finish(app, number, place, &|step| view.show(&step), &cancel).await?;
    // It could only be used by the process that is about to end.
    summary.undo = None;
    let output = session.output;
    output.either(&summary, |summary| setup::show_summary(output, summary))?;
    Ok(Ended::Done)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Discarded {
    /// None when AWS had made no key.
    key_id: Option<String>,
}

pub(super) async fn discard(session: &Session, arguments: OneArguments) -> Result<Ended, Stop> {
    let discarded = Discarded {
        key_id: keys::discard(&session.app, &arguments.number).await?,
    };
    let output = session.output;
    output.either(&discarded, |discarded| match &discarded.key_id {
        Some(key_id) => output.line(format!("Deleted {BOLD}{key_id}{BOLD:#} at AWS and here.")),
        None => output.line("AWS had made no key."),
    })?;
    Ok(Ended::Done)
}

pub(super) async fn release(session: &Session, arguments: OneArguments) -> Result<Ended, Stop> {
    keys::release(&session.app, &arguments.number).await?;
    let output = session.output;
    output.either(&serde_json::json!({}), |_| {
        output.line("The key stays at AWS. Its secret is not kept for it any more.")
    })?;
    Ok(Ended::Done)
}
