//! `keywell diagnostics`: a text for somebody who helps.

use std::time::Duration;

use keywell_app::diagnostics;
use keywell_wire::Diagnostics;

use crate::{
    Session,
    error::{Ended, Stop},
};

const KEYCHAIN_PATIENCE: Duration = Duration::from_secs(2);

pub(crate) async fn run(session: &Session) -> Result<Ended, Stop> {
    let vault = keywell_app::vault_status(&session.app, KEYCHAIN_PATIENCE).await;
    let program = concat!("Keywell ", env!("CARGO_PKG_VERSION"), ", command line");
    let text = diagnostics::text(&session.app, program, &vault);
    let output = session.output;
    output.either(&Diagnostics { text }, |diagnostics| {
        output.line(diagnostics.text.trim_end())
    })?;
    Ok(Ended::Done)
}
