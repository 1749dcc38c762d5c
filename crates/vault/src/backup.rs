//! Every item of a store in one file, sealed with a passphrase.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::item::{ItemText, decode, encode};
use crate::passphrase::{Cost, Flaw, Purpose, SealKey, Sealed};
use crate::{ErrorKind, Item, Operation, Secret, VaultError};

const LABEL: &str = "The backup";

#[derive(Serialize)]
struct Written<'a> {
    key_id: &'a str,
    text: &'a str,
}

#[derive(Deserialize)]
struct Read {
    key_id: String,
    text: ItemText,
}

fn failed(operation: Operation) -> impl Fn(Flaw) -> VaultError {
    move |flaw| VaultError::new(flaw.kind, operation, LABEL).because(flaw.cause)
}

/// The text of a backup file.
///
/// # Errors
/// When the system gives no random bytes or the key can not be derived.
pub fn seal(items: &[Item], passphrase: &Secret, cost: Cost) -> Result<Vec<u8>, VaultError> {
    let other = |_| VaultError::new(ErrorKind::Other, Operation::Set, LABEL);
    let texts = items
        .iter()
        .map(|item| Ok((item.key_id.as_str(), encode(item)?)))
        .collect::<Result<Vec<_>, serde_json::Error>>()
        .map_err(other)?;
    // Room for all of it, as a vector that grows leaves copies behind.
    let room = texts
        .iter()
        .map(|(key_id, text)| key_id.len() + text.len() + 32);
    let mut plain = Zeroizing::new(Vec::with_capacity(64 + room.sum::<usize>()));
    let written: Vec<Written> = texts
        .iter()
        .map(|(key_id, text)| Written { key_id, text })
        .collect();
    serde_json::to_writer(&mut *plain, &written).map_err(other)?;
    SealKey::new(Purpose::Backup, passphrase, cost)
        .and_then(|key| key.seal(&plain))
        .map_err(failed(Operation::Set))
}

/// The items of a backup file, all or none.
///
/// # Errors
/// [`ErrorKind::WrongPassphrase`], [`ErrorKind::CutShort`], [`ErrorKind::FileDamaged`] or [`ErrorKind::OtherVersion`].
pub fn open(bytes: &[u8], passphrase: &Secret) -> Result<Vec<Item>, VaultError> {
    let failed = failed(Operation::Get);
    let sealed = Sealed::parse(Purpose::Backup, bytes).map_err(&failed)?;
    let key = sealed.key(passphrase).map_err(&failed)?;
    let plain = sealed.open(&key).map_err(&failed)?;
    let entries: Vec<Read> = serde_json::from_slice(&plain).map_err(|_| {
        VaultError::new(ErrorKind::OtherVersion, Operation::Get, LABEL)
            .because("its content is not what this version writes")
    })?;
    entries
        .iter()
        .map(|entry| {
            decode(&entry.key_id, entry.text.0.as_bytes()).map_err(|(kind, reason)| {
                VaultError::new(kind, Operation::Get, LABEL).because(reason)
            })
        })
        .collect()
}
