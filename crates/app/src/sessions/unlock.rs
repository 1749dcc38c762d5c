//! The passphrase of the encrypted file, for helpers: one of them asks the person, and those that came meanwhile take
//! what comes of it.

use std::sync::Arc;

use keywell_vault::{ErrorKind, FileStore, VaultError};

use super::{
    flight::{self, Flight},
    person::{PassphraseQuestion, Person},
};
use crate::{App, blocking, problem::Problem};

/// How often a person may mistype.
const TRIES: u32 = 3;

/// Opens the encrypted file with a passphrase that the person gives: for this process and, where the system remembers
/// it, for the user's others.
///
/// # Errors
/// When nobody can be asked, the person gives none, or none that opens it.
pub(crate) async fn unlock(
    app: &App,
    profile: &str,
    file: &Arc<FileStore>,
    person: &Person,
) -> Result<(), Problem> {
    let arrived = app.now();
    person
        .patiently(async {
            let flight = flight::enter(app, "passphrase", arrived, person).await?;
            if !on_file(file, FileStore::is_locked).await?? {
                return Ok(());
            }
            let opened = ask(&flight, profile, file, person).await;
            flight.land(opened.as_ref().map(|_| ()), app.now());
            opened
        })
        .await
}

async fn ask(
    flight: &Flight,
    profile: &str,
    file: &Arc<FileStore>,
    person: &Person,
) -> Result<(), Problem> {
    let _asking = flight.mark_asking();
    let mut question = PassphraseQuestion {
        profile: profile.to_owned(),
        file: file.path().to_owned(),
        again: false,
    };
    let mut tries = TRIES;
    loop {
        let passphrase = person.passphrase(&question).await?;
        let opened = on_file(file, move |file| file.unlock_with(&passphrase)).await?;
        tries -= 1;
        match opened {
            Err(error) if error.kind == ErrorKind::WrongPassphrase && tries > 0 => {
                question.again = true;
            }
            opened => return Ok(opened?),
        }
    }
}

/// Deriving the key takes its time, and is not to keep others waiting.
async fn on_file<T: Send + 'static>(
    file: &Arc<FileStore>,
    call: impl FnOnce(&FileStore) -> Result<T, VaultError> + Send + 'static,
) -> Result<Result<T, VaultError>, Problem> {
    let file = Arc::clone(file);
    blocking(move || call(&file)).await
}
