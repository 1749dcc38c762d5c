//! Sealing: anybody who has the public half can put text away, and only the private half, which is kept in a store,
//! can read it again. A sealed box as in libsodium (X25519, XSalsa20-Poly1305), written as base64.

use std::fmt::Write as _;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use crypto_box::aead::OsRng;
use zeroize::Zeroizing;

use crate::{Item, Secret, item};

/// Starts the name of every item that holds a private half, which tells them from access keys.
const NAME_PREFIX: &str = "history-";

/// Whether a store's item holds a private half and no access key.
pub fn is_seal_key(item_name: &str) -> bool {
    item_name.starts_with(NAME_PREFIX)
}

/// The half that seals. It is no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey(crypto_box::PublicKey);

/// The half that opens.
pub struct PrivateKey(crypto_box::SecretKey);

/// What was to be opened is damaged, or was sealed to another key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("It is damaged, or was sealed to another key.")]
pub struct CanNotOpen;

impl PublicKey {
    pub fn from_base64(text: &str) -> Option<PublicKey> {
        let bytes: [u8; 32] = STANDARD.decode(text).ok()?.try_into().ok()?;
        Some(PublicKey(bytes.into()))
    }

    pub fn to_base64(&self) -> String {
        STANDARD.encode(self.0.as_bytes())
    }

    /// The name under which a store keeps the private half.
    pub fn item_name(&self) -> String {
        let mut name = NAME_PREFIX.to_owned();
        for byte in &self.0.as_bytes()[..8] {
            // Writing to a string does not fail.
            let _ = write!(name, "{byte:02x}");
        }
        name
    }

    pub fn seal(&self, text: &Secret) -> Result<String, CanNotOpen> {
        self.seal_bytes(text.expose().as_bytes())
    }

    /// Seals an item with its secret.
    pub fn seal_item(&self, item: &Item) -> Result<String, CanNotOpen> {
        self.seal_bytes(item::encode(item).map_err(|_| CanNotOpen)?.as_bytes())
    }

    fn seal_bytes(&self, bytes: &[u8]) -> Result<String, CanNotOpen> {
        let sealed = self.0.seal(&mut OsRng, bytes).map_err(|_| CanNotOpen)?;
        Ok(STANDARD.encode(sealed))
    }
}

impl PrivateKey {
    /// A new pair, from the system's random numbers.
    pub fn generate() -> PrivateKey {
        PrivateKey(crypto_box::SecretKey::generate(&mut OsRng))
    }

    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.public_key())
    }

    /// As a store keeps it.
    pub fn to_secret(&self) -> Secret {
        Secret::new(STANDARD.encode(*Zeroizing::new(self.0.to_bytes())))
    }

    pub fn from_secret(secret: &Secret) -> Option<PrivateKey> {
        let bytes = Zeroizing::new(STANDARD.decode(secret.expose()).ok()?);
        Some(PrivateKey(crypto_box::SecretKey::from_slice(&bytes).ok()?))
    }

    pub fn open(&self, sealed: &str) -> Result<Secret, CanNotOpen> {
        let mut bytes = self.open_bytes(sealed)?;
        let text = String::from_utf8(std::mem::take(&mut *bytes)).map_err(|_| CanNotOpen)?;
        Ok(Secret::new(text))
    }

    /// Opens what [`PublicKey::seal_item`] sealed.
    pub fn open_item(&self, key_id: &str, sealed: &str) -> Result<Item, CanNotOpen> {
        item::decode(key_id, &self.open_bytes(sealed)?).map_err(|_| CanNotOpen)
    }

    fn open_bytes(&self, sealed: &str) -> Result<Zeroizing<Vec<u8>>, CanNotOpen> {
        let sealed = STANDARD.decode(sealed).map_err(|_| CanNotOpen)?;
        let bytes = self.0.unseal(&sealed).map_err(|_| CanNotOpen)?;
        Ok(Zeroizing::new(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_with_the_private_half_alone() {
        let key = PrivateKey::generate();
        let sealed = key.public().seal(&Secret::new("canary ä")).unwrap();
        assert!(!String::from_utf8_lossy(&STANDARD.decode(&sealed).unwrap()).contains("canary"));
        assert_eq!(key.open(&sealed).unwrap().expose(), "canary ä");
        assert_eq!(PrivateKey::generate().open(&sealed), Err(CanNotOpen));
        let mut damaged = STANDARD.decode(&sealed).unwrap();
        *damaged.last_mut().unwrap() ^= 1;
        for text in ["", "AAAA", "no base64!", &STANDARD.encode(damaged)] {
            assert_eq!(key.open(text), Err(CanNotOpen), "{text:?}");
        }
    }

    #[test]
    fn both_halves_survive_as_text() {
        let key = PrivateKey::generate();
        let again = PrivateKey::from_secret(&key.to_secret()).unwrap();
        let public = PublicKey::from_base64(&key.public().to_base64()).unwrap();
        assert_eq!(again.public(), public);
        assert!(is_seal_key(&public.item_name()));
        assert!(!is_seal_key("AKIAIOSFODNN7EXAMPLE"));
        assert_eq!(PublicKey::from_base64("AAAA"), None);
        assert!(PrivateKey::from_secret(&Secret::new("x")).is_none());
    }

    #[test]
    fn an_item_comes_back_whole() {
        let key = PrivateKey::generate();
        let item = Item {
            key_id: "AKIAIOSFODNN7EXAMPLE".into(),
            secret: Secret::new("canary"),
            session_token: Some(Secret::new("token")),
            profile: "work".into(),
            config_file: "/c".into(),
            created: 7,
        };
        let sealed = key.public().seal_item(&item).unwrap();
        assert_eq!(key.open_item(&item.key_id, &sealed).unwrap(), item);
    }
}
