//! aws-vault, Granted and Leapp in the Secret Service.
//!
//! aws-vault and Granted write through 99designs/keyring: a collection of their own, one item for each entry, whose
//! secret is a JSON object with the entry's name in `Key` and, in base64, the AWS SDK for Go's credentials in `Data`
//! (99designs/keyring `secretservice.go`, aws-vault `vault/credentialkeyring.go`, Granted
//! `pkg/securestorage/securestorage.go`). Leapp writes through keytar into the default collection, ID and secret each
//! as an item of its own (Leapp `aws-iam-user-service.ts`).

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secret_service::blocking::{Item, SecretService};
use secret_service::{EncryptionType, Error};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::secret_service_store::library_error;
use super::{Failure, native};
use crate::deadline::Threads;
use crate::{
    ErrorKind, Operation, OtherTool, OtherToolKey, OtherToolKeys, Secret, UnreadStore, VaultError,
};

/// The names that the tools give their collections when they are not told another.
const COLLECTIONS: &[(&str, OtherTool)] = &[
    ("awsvault", OtherTool::AwsVault),
    ("aws-vault", OtherTool::AwsVault),
    ("granted-aws-iam-credentials", OtherTool::Granted),
];

const COLLECTION_PATH: &str = "/org/freedesktop/secrets/collection/";

const LEAPP_ID: &str = "-iam-user-aws-session-access-key-id";
const LEAPP_SECRET: &str = "-iam-user-aws-session-secret-access-key";

pub(crate) fn keys_of_other_tools(deadline: Duration) -> OtherToolKeys {
    let failed = |kind| UnreadStore {
        tool: None,
        error: VaultError::new(kind, Operation::List, native::LABEL),
    };
    match Threads::default().begin(deadline, |_| read()).end() {
        Ok(Ok(found)) => found,
        Ok(Err(error)) => {
            let failure = Failure::from(library_error(error));
            // Without a store there is nothing of any tool in it.
            let nothing = failure.kind.is_absence() || failure.kind == ErrorKind::NoKeyring;
            OtherToolKeys {
                unread: Vec::from_iter((!nothing).then(|| failed(failure.kind))),
                ..OtherToolKeys::default()
            }
        }
        Err(_) => OtherToolKeys {
            unread: vec![failed(ErrorKind::TimedOut)],
            ..OtherToolKeys::default()
        },
    }
}

fn read() -> Result<OtherToolKeys, Error> {
    let service = native::connect(EncryptionType::Dh)?;
    let mut found = OtherToolKeys::default();
    for collection in service.get_all_collections()? {
        let path = decoded(collection.collection_path.as_str());
        let name = path.strip_prefix(COLLECTION_PATH).unwrap_or_default();
        let Some((_, tool)) = COLLECTIONS.iter().find(|(known, _)| *known == name) else {
            continue;
        };
        if collection.is_locked()? {
            let label = format!("{}'s keyring", tool.name());
            found.unread.push(UnreadStore {
                tool: Some(*tool),
                error: VaultError::new(ErrorKind::Locked, Operation::List, label),
            });
            continue;
        }
        for item in collection.get_all_items()? {
            found.keys.extend(keyring_item(*tool, &item.get_secret()?));
        }
    }
    found.keys.extend(leapp(&service)?);
    Ok(found)
}

/// 99designs/keyring writes a character that D-Bus paths do not take as `_` and two hex digits.
fn decoded(path: &str) -> String {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let code = (*first == b'_')
            .then(|| std::str::from_utf8(behind.get(..2)?).ok())
            .flatten()
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match code {
            Some(byte) => {
                bytes.push(byte);
                rest = &behind[2..];
            }
            None => {
                bytes.push(*first);
                rest = behind;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct KeyringItem {
    key: String,
    data: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GoCredentials {
    #[serde(rename = "AccessKeyID")]
    access_key_id: String,
    secret_access_key: String,
    #[serde(default)]
    session_token: String,
}

/// The key in an item; none in those that hold a session, which ends by itself, or something else.
fn keyring_item(tool: OtherTool, stored: &[u8]) -> Option<OtherToolKey> {
    let item: KeyringItem = serde_json::from_slice(stored).ok()?;
    let encoded = Zeroizing::new(item.data);
    let json = Zeroizing::new(STANDARD.decode(encoded.as_bytes()).ok()?);
    let credentials: GoCredentials = serde_json::from_slice(&json).ok()?;
    let token = Zeroizing::new(credentials.session_token);
    let secret = Secret::new(credentials.secret_access_key);
    (token.is_empty() && !credentials.access_key_id.is_empty()).then(|| OtherToolKey {
        tool,
        name: item.key,
        key_id: credentials.access_key_id,
        secret,
        session_token: None,
    })
}

fn leapp(service: &SecretService<'_>) -> Result<Vec<OtherToolKey>, Error> {
    let found = service.search_items(HashMap::from([("service", "Leapp")]))?;
    let mut ids: BTreeMap<String, String> = BTreeMap::new();
    let mut secrets: BTreeMap<String, Secret> = BTreeMap::new();
    for item in &found.unlocked {
        let Some(account) = item.get_attributes()?.remove("account") else {
            continue;
        };
        if let Some(session) = account.strip_suffix(LEAPP_ID) {
            ids.insert(session.to_owned(), text(item)?);
        } else if let Some(session) = account.strip_suffix(LEAPP_SECRET) {
            secrets.insert(session.to_owned(), Secret::new(text(item)?));
        }
    }
    Ok(ids
        .into_iter()
        .filter_map(|(session, key_id)| {
            Some(OtherToolKey {
                tool: OtherTool::Leapp,
                secret: secrets.remove(&session)?,
                name: session,
                key_id,
                session_token: None,
            })
        })
        .collect())
}

fn text(item: &Item<'_>) -> Result<String, Error> {
    let stored = Zeroizing::new(item.get_secret()?);
    Ok(String::from_utf8_lossy(&stored).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_of_aws_vault_is_read_and_sessions_are_passed_over() {
        let item = |json: &str| {
            format!(
                r#"{{"Key":"work","Data":"{}","Label":"aws-vault (work)","Description":"","KeychainNotTrustApplication":true,"KeychainNotSynchronizable":false}}"#,
                STANDARD.encode(json)
            )
        };
        let long = item(
            r#"{"AccessKeyID":"AKIAIOSFODNN7EXAMPLE","SecretAccessKey":"x","SessionToken":"","Source":"","CanExpire":false,"Expires":"0001-01-01T00:00:00Z","AccountID":""}"#,
        );
        let key = keyring_item(OtherTool::AwsVault, long.as_bytes()).unwrap();
        assert_eq!(
            (key.name.as_str(), key.key_id.as_str()),
            ("work", "AKIAIOSFODNN7EXAMPLE")
        );
        assert_eq!(key.secret, Secret::new("x"));
        let session = item(r#"{"AccessKeyID":"ASIA","SecretAccessKey":"x","SessionToken":"t"}"#);
        for other in [session.as_str(), &item("{}"), "{}", "", "not JSON"] {
            assert_eq!(
                keyring_item(OtherTool::AwsVault, other.as_bytes()),
                None,
                "{other}"
            );
        }
    }

    #[test]
    fn a_collection_is_known_by_its_decoded_path() {
        assert_eq!(decoded("a_2db"), "a-b");
        assert_eq!(decoded("awsvault"), "awsvault");
        assert_eq!(decoded("a_zz_2"), "a_zz_2");
    }
}
