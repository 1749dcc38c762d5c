use keywell_app::objects;
use serde::Serialize;

use super::{Acting, address};
use crate::{
    Session,
    error::{Ended, Stop},
};

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  keywell s3 presign s3://my-bucket/report.pdf
  keywell s3 presign s3://my-bucket/report.pdf --expires-in 86400 --profile media")]
pub(crate) struct Arguments {
    /// s3://BUCKET/KEY
    #[arg(value_name = "ADDRESS")]
    address: String,

    /// How long the link works, in seconds; at most 604800, seven days
    #[arg(long, value_name = "SECONDS", default_value_t = 3600)]
    expires_in: u32,

    #[command(flatten)]
    acting: Acting,
}

/// Not of crates/wire: a link never crosses to the page.
#[derive(Serialize)]
struct Link<'a> {
    url: &'a str,
    expires: &'a str,
}

pub(super) async fn run(session: &Session, arguments: &Arguments) -> Result<Ended, Stop> {
    let address = address::parse(&arguments.address)?;
    if address.key.is_empty() {
        return Err(Stop::usage(
            format!("{:?} names no object.", arguments.address),
            "A link is for one object: s3://BUCKET/KEY",
        ));
    }
    objects::check_expiry(arguments.expires_in)?;
    let opened = arguments.acting.open(session).await?;
    let (url, expires) = objects::presign_in(
        opened.account.as_ref(),
        opened.profile.as_deref(),
        &address.bucket,
        &address.key,
        arguments.expires_in,
    )
    .await?;
    let link = Link {
        url: url.expose(),
        expires: &expires,
    };
    session
        .output
        .either(&link, |link| session.output.line(link.url))?;
    Ok(Ended::Done)
}
