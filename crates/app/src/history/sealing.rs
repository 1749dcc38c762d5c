//! The key pair of the history: the public half in a file, the private one in the vault.

use keywell_vault::{ErrorKind, Item, PrivateKey, PublicKey, store_and_verify};
use serde::{Deserialize, Serialize};

use crate::{
    App, blocking,
    places::Places,
    problem::{Code, Problem},
    state_file,
};

#[derive(Default, PartialEq, Serialize, Deserialize)]
struct Stored {
    public_key: Option<String>,
}

fn file(places: &Places) -> std::path::PathBuf {
    places.data.join("history-key.json")
}

/// What seals the texts of a change.
pub(crate) struct Sealer(Result<PublicKey, Problem>);

impl Sealer {
    pub fn key(&self) -> Option<&PublicKey> {
        self.0.as_ref().ok()
    }

    /// Why nothing can be sealed.
    pub fn problem(&self) -> Option<&Problem> {
        self.0.as_ref().err()
    }
}

/// The public half that is known; the vault is asked only when there is none yet and one has to be made. Without a vault
/// nothing can be sealed, which is no reason not to make the change.
pub(crate) async fn sealer(app: &App) -> Result<Sealer, Problem> {
    let places = app.places.clone();
    let (open, now) = (app.open_vault.clone(), app.now_seconds());
    blocking(move || Sealer(known_or_new(&places, || open().map_err(Problem::from), now))).await
}

fn known_or_new(
    places: &Places,
    open: impl Fn() -> Result<std::sync::Arc<dyn keywell_vault::Store>, Problem>,
    now: u64,
) -> Result<PublicKey, Problem> {
    let known = |stored: &Stored| {
        let text = stored.public_key.as_deref()?;
        PublicKey::from_base64(text)
    };
    if let Some(public) = known(&state_file::read(&file(places))?) {
        return Ok(public);
    }
    state_file::update(&file(places), |stored: &mut Stored| {
        if let Some(public) = known(stored) {
            return Ok(public);
        }
        let private = PrivateKey::generate();
        let public = private.public();
        let item = Item {
            key_id: public.item_name(),
            secret: private.to_secret(),
            session_token: None,
            profile: String::new(),
            config_file: String::new(),
            created: now,
        };
        store_and_verify(open()?.as_ref(), &item)?;
        stored.public_key = Some(public.to_base64());
        Ok(public)
    })?
}

/// The private half, from the vault.
pub(super) async fn private_key(app: &App, public: &str) -> Result<PrivateKey, Problem> {
    let lost = || {
        Problem::new(
            Code::UndoSealed,
            "What is needed to undo this can not be opened any more.",
            "The files stay as they are; change them by hand.",
        )
        .because("The history is sealed, and this keychain does not hold its key.")
    };
    let public_key = PublicKey::from_base64(public).ok_or_else(lost)?;
    let (open, name) = (app.open_vault.clone(), public_key.item_name());
    let item = blocking(move || open().and_then(|vault| vault.get(&name))).await?;
    match item {
        Ok(item) => PrivateKey::from_secret(&item.secret)
            .filter(|private| private.public() == public_key)
            .ok_or_else(lost),
        Err(error) if error.kind == ErrorKind::NoEntry => {
            forget(&app.places, public)?;
            Err(lost())
        }
        Err(error) => Err(error.into()),
    }
}

/// Lets the next change make a new pair. A pair that another process made meanwhile stays.
fn forget(places: &Places, public: &str) -> Result<(), Problem> {
    state_file::update(&file(places), |stored: &mut Stored| {
        if stored.public_key.as_deref() == Some(public) {
            stored.public_key = None;
        }
    })
}
