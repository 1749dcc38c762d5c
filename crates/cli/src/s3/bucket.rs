use keywell_app::{buckets, profiles, regions::DEFAULT_REGION};
use keywell_wire::BucketSettings;

use super::{Acting, Opened, address};
use crate::{
    Session,
    error::{Ended, Stop},
    output::{BOLD, Output},
};

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  keywell s3 mb s3://ana-holiday-pictures --region eu-west-1
  keywell s3 mb s3://ana-holiday-pictures --profile media --json")]
pub(crate) struct MakeArguments {
    /// s3://BUCKET
    #[arg(value_name = "ADDRESS")]
    address: String,

    /// Where the bucket's data is kept; the profile's region when left out
    #[arg(long, value_name = "REGION")]
    region: Option<String>,

    #[command(flatten)]
    acting: Acting,
}

#[derive(clap::Args)]
#[command(after_help = "\
Example:
  keywell s3 rb s3://ana-holiday-pictures")]
pub(crate) struct RemoveArguments {
    /// s3://BUCKET
    #[arg(value_name = "ADDRESS")]
    address: String,

    #[command(flatten)]
    acting: Acting,
}

pub(super) async fn make(session: &Session, arguments: &MakeArguments) -> Result<Ended, Stop> {
    let bucket = address::parse_bucket(&arguments.address)?;
    buckets::check_name(&bucket)?;
    let opened = arguments.acting.open(session).await?;
    let region = match &arguments.region {
        Some(region) => region.clone(),
        None => default_region(session, &opened)?,
    };
    let settings = buckets::create_in(
        opened.account.as_ref(),
        opened.profile.as_deref(),
        &bucket,
        &region,
    )
    .await?;
    let output = session.output;
    output.either(&settings, |settings| show(output, settings))?;
    Ok(Ended::Done)
}

/// The region that the connection of this account has.
fn default_region(session: &Session, opened: &Opened) -> Result<String, Stop> {
    let variables = &session.app.variables;
    let named = variables
        .text("AWS_REGION")
        .or_else(|| variables.text("AWS_DEFAULT_REGION"));
    let configured = match (named, &opened.profile) {
        (None, Some(profile)) => profiles::row(&session.app, profile)?.region,
        (named, _) => named,
    };
    Ok(configured.unwrap_or_else(|| DEFAULT_REGION.to_owned()))
}

fn show(output: Output, settings: &BucketSettings) -> std::io::Result<()> {
    let words = |setting: Option<bool>| match setting {
        Some(true) => "yes",
        Some(false) => "NO",
        None => "may not be read",
    };
    output.line(format!(
        "Made {BOLD}s3://{}{BOLD:#} in {}.",
        settings.name, settings.region
    ))?;
    output.line(format!(
        "  public access blocked  {}",
        words(settings.public_access_blocked)
    ))?;
    output.line(format!(
        "  ACLs off               {}",
        words(settings.acls_off)
    ))?;
    output.line(format!(
        "  encryption             {}",
        settings.encryption.as_deref().unwrap_or("may not be read")
    ))
}

#[derive(serde::Serialize)]
struct BucketDeleted {
    bucket: String,
}

pub(super) async fn remove(session: &Session, arguments: &RemoveArguments) -> Result<Ended, Stop> {
    let bucket = address::parse_bucket(&arguments.address)?;
    let opened = arguments.acting.open(session).await?;
    buckets::delete_in(opened.account.as_ref(), opened.profile.as_deref(), &bucket).await?;
    let output = session.output;
    output.either(&BucketDeleted { bucket }, |deleted| {
        output.line(format!("Deleted s3://{}.", deleted.bucket))
    })?;
    Ok(Ended::Done)
}
