//! Ties a change to what a person was shown of it, without the page having to hold the text of a file.

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::edit;
use crate::{App, problem::Problem};

/// Stands for what is shown: the same for the same, in hexadecimal digits.
pub(crate) fn version(shown: &impl Serialize) -> String {
    let text = serde_json::to_vec(shown).unwrap_or_default();
    let digest = Sha256::digest(text);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// # Errors
/// When what would be done now is not what was seen. Who saw nothing, as a script, is asked nothing.
pub(crate) fn check(app: &App, seen: Option<&str>, now: &str) -> Result<(), Problem> {
    match seen {
        Some(seen) if seen != now => Err(edit::changed_meanwhile(app, &app.places.config_file)),
        _ => Ok(()),
    }
}
