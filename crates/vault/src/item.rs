use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{ErrorKind, Secret};

/// Whether an item holds an access key, by its name: IAM's IDs are letters, digits and underscores (`accessKeyIdType` of
/// its service model), and what Keywell keeps beside them for itself has a dash or a colon in its name.
pub fn is_access_key(item_name: &str) -> bool {
    item_name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// One access key as a store keeps it.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// The access key ID: the item's name in the store.
    pub key_id: String,
    pub secret: Secret,
    /// Only for temporary access keys.
    pub session_token: Option<Secret>,
    /// The profile that the key was stored for. With `config_file` it lets Keywell rebuild its index.
    pub profile: String,
    /// The path of the config file that holds the profile.
    pub config_file: String,
    /// When the item was made, in seconds since 1970-01-01 UTC.
    pub created: u64,
}

/// The form of the stored text. A later form gets another number, and older programs refuse it by that.
const FORM: u32 = 1;

/// Room for any item without growing, as a vector that grows leaves copies behind.
const ROOM: usize = 8 * 1024;

#[derive(Serialize)]
struct Written<'a> {
    v: u32,
    secret: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_token: Option<&'a str>,
    profile: &'a str,
    config_file: &'a str,
    created: u64,
}

/// Read first, as a later form may lack or rename the rest.
#[derive(Deserialize)]
struct Form {
    v: u32,
}

#[derive(Deserialize)]
struct Read {
    secret: Zeroized,
    #[serde(default)]
    session_token: Option<Zeroized>,
    profile: String,
    config_file: String,
    created: u64,
}

#[derive(Deserialize)]
#[serde(transparent)]
struct Zeroized(String);

impl From<Zeroized> for Secret {
    fn from(text: Zeroized) -> Secret {
        Secret::new(text.0)
    }
}

/// An item's text in a file, wiped when dropped.
#[derive(Deserialize)]
#[serde(from = "String")]
pub(crate) struct ItemText(pub Zeroizing<String>);

impl From<String> for ItemText {
    fn from(text: String) -> ItemText {
        ItemText(Zeroizing::new(text))
    }
}

/// The item as base64 of one small JSON object: text alone survives every Secret Service (KWallet cuts at NUL,
/// KeePassXC expands placeholders), and base64 has no character that any of them treats specially.
pub(crate) fn encode(item: &Item) -> Result<Zeroizing<String>, serde_json::Error> {
    let mut json = Zeroizing::new(Vec::with_capacity(ROOM));
    serde_json::to_writer(
        &mut *json,
        &Written {
            v: FORM,
            secret: item.secret.expose(),
            session_token: item.session_token.as_ref().map(Secret::expose),
            profile: &item.profile,
            config_file: &item.config_file,
            created: item.created,
        },
    )?;
    let mut text = Zeroizing::new(String::with_capacity(ROOM * 2));
    STANDARD.encode_string(&*json, &mut text);
    Ok(text)
}

/// The inverse of [`encode`]. The reason for a failure names what is wrong and never what was found.
pub(crate) fn decode(key_id: &str, stored: &[u8]) -> Result<Item, (ErrorKind, &'static str)> {
    let damaged = |reason| (ErrorKind::Damaged, reason);
    let json = STANDARD
        .decode(stored.trim_ascii())
        .map(Zeroizing::new)
        .map_err(|_| damaged("it is not base64"))?;
    let foreign = || damaged("it is not the JSON that Keywell writes");
    let Form { v } = serde_json::from_slice(&json).map_err(|_| foreign())?;
    if v != FORM {
        return Err((ErrorKind::OtherVersion, "its form is of another version"));
    }
    let read: Read = serde_json::from_slice(&json).map_err(|_| foreign())?;
    Ok(Item {
        key_id: key_id.to_owned(),
        secret: read.secret.into(),
        session_token: read.session_token.map(Secret::from),
        profile: read.profile,
        config_file: read.config_file,
        created: read.created,
    })
}
