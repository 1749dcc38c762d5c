//! Bytes sealed with a passphrase: Argon2id (RFC 9106) makes the key, XChaCha20-Poly1305 encrypts and authenticates.
//!
//! Four lines of text:
//!
//! ```text
//! keywell vault 1
//! argon2id MEMORY_KIB PASSES LANES SALT CHECK
//! base64 of nonce and ciphertext; the two lines above are authenticated with it
//! SHA-256 of the three lines above, in hex
//! ```
//!
//! The check, derived beside the key, tells a wrong passphrase from changed bytes. The sum tells, without a
//! passphrase, what was cut short or damaged by accident; against intent stands the cipher's own tag.

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::{ErrorKind, Secret};

const FORM: &str = "1";
const SALT_BYTES: usize = 16;
const NONCE_BYTES: usize = 24;
const KEY_BYTES: usize = 32;
const CHECK_BYTES: usize = 16;
const DERIVED_BYTES: usize = KEY_BYTES + CHECK_BYTES;

/// What a derivation may cost when a file asks for it. A file from elsewhere must not take the machine's memory.
const MOST: Cost = Cost {
    memory_kib: 1024 * 1024,
    passes: 16,
    lanes: 16,
};

/// What deriving a key from a passphrase costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    pub memory_kib: u32,
    pub passes: u32,
    pub lanes: u32,
}

impl Cost {
    /// 64 MiB and three passes: the second recommended option of RFC 9106, section 4, with one lane, as the
    /// derivation runs on one thread.
    pub const USUAL: Cost = Cost {
        memory_kib: 64 * 1024,
        passes: 3,
        lanes: 1,
    };

    fn is_bearable(self) -> bool {
        self.memory_kib <= MOST.memory_kib && self.passes <= MOST.passes && self.lanes <= MOST.lanes
    }
}

/// What the sealed bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Vault,
    Backup,
}

impl Purpose {
    fn word(self) -> &'static str {
        match self {
            Purpose::Vault => "vault",
            Purpose::Backup => "backup",
        }
    }
}

/// Why sealed bytes were not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Flaw {
    pub kind: ErrorKind,
    pub cause: &'static str,
}

const fn flaw(kind: ErrorKind, cause: &'static str) -> Flaw {
    Flaw { kind, cause }
}

const CHANGED: Flaw = flaw(ErrorKind::FileDamaged, "its content was changed");
const NO_RANDOM: Flaw = flaw(ErrorKind::Other, "the system gives no random bytes");

/// A key with the header of the file that it opens and writes.
pub(crate) struct SealKey {
    header: String,
    derived: Zeroizing<[u8; DERIVED_BYTES]>,
}

impl SealKey {
    /// A key for a new file.
    pub fn new(purpose: Purpose, passphrase: &Secret, cost: Cost) -> Result<SealKey, Flaw> {
        let mut salt = [0; SALT_BYTES];
        getrandom::fill(&mut salt).map_err(|_| NO_RANDOM)?;
        let derived = derive(passphrase, &salt, cost)?;
        let header = format!(
            "keywell {} {FORM}\nargon2id {} {} {} {} {}\n",
            purpose.word(),
            cost.memory_kib,
            cost.passes,
            cost.lanes,
            STANDARD.encode(salt),
            STANDARD.encode(&derived[KEY_BYTES..]),
        );
        Ok(SealKey { header, derived })
    }

    /// All that another process needs to open the file: as secret as the passphrase.
    pub fn derived(&self) -> &[u8] {
        &*self.derived
    }

    /// The salt as the file writes it.
    pub fn salt(&self) -> &str {
        salt_of(&self.header)
    }

    pub fn fits(&self, sealed: &Sealed<'_>) -> bool {
        self.header == sealed.header
    }

    /// The text of the file. Each call takes a new nonce.
    pub fn seal(&self, plain: &[u8]) -> Result<Vec<u8>, Flaw> {
        let mut body = vec![0; NONCE_BYTES];
        getrandom::fill(&mut body).map_err(|_| NO_RANDOM)?;
        let payload = Payload {
            msg: plain,
            aad: self.header.as_bytes(),
        };
        let ciphertext = self
            .cipher()?
            .encrypt(&nonce(&body)?, payload)
            .map_err(|_| flaw(ErrorKind::TooLong, "it can not be encrypted"))?;
        body.extend_from_slice(&ciphertext);
        let mut text = format!("{}{}\n", self.header, STANDARD.encode(&body)).into_bytes();
        let sum = sum(&text);
        text.extend_from_slice(sum.as_bytes());
        text.push(b'\n');
        Ok(text)
    }

    fn cipher(&self) -> Result<XChaCha20Poly1305, Flaw> {
        XChaCha20Poly1305::new_from_slice(&self.derived[..KEY_BYTES]).map_err(|_| CHANGED)
    }
}

/// A file's text, complete and in a form that this version knows; not yet opened.
pub(crate) struct Sealed<'a> {
    header: &'a str,
    cost: Cost,
    salt_bytes: [u8; SALT_BYTES],
    check: [u8; CHECK_BYTES],
    body: Vec<u8>,
}

impl<'a> Sealed<'a> {
    pub fn parse(purpose: Purpose, bytes: &'a [u8]) -> Result<Sealed<'a>, Flaw> {
        const CUT: Flaw = flaw(ErrorKind::CutShort, "its end is missing");
        const FOREIGN: Flaw = flaw(
            ErrorKind::FileDamaged,
            "it does not begin as Keywell's files do",
        );
        let text = str::from_utf8(bytes).map_err(|_| CHANGED)?;
        let mut lines = text.split_inclusive('\n');
        let first = lines.next().unwrap_or_default();
        let Some(title) = first.strip_suffix('\n') else {
            let whole = format!("keywell {} {FORM}", purpose.word());
            return Err(if whole.starts_with(first) {
                CUT
            } else {
                FOREIGN
            });
        };
        match title.split(' ').collect::<Vec<_>>()[..] {
            ["keywell", word, FORM] if word == purpose.word() => {}
            ["keywell", word, FORM]
                if [Purpose::Vault, Purpose::Backup]
                    .map(Purpose::word)
                    .contains(&word) =>
            {
                return Err(flaw(
                    ErrorKind::FileDamaged,
                    "it is a sealed file of another kind",
                ));
            }
            ["keywell", word, form] if word == purpose.word() && form.parse::<u32>().is_ok() => {
                return Err(flaw(
                    ErrorKind::OtherVersion,
                    "its form is of another version",
                ));
            }
            _ => return Err(FOREIGN),
        }
        let (Some(derivation), Some(body), Some(end), None) =
            (lines.next(), lines.next(), lines.next(), lines.next())
        else {
            return Err(CUT);
        };
        let Some(found) = end.strip_suffix('\n').filter(|sum| sum.len() == 64) else {
            return Err(CUT);
        };
        if found != sum(&bytes[..bytes.len() - end.len()]) {
            return Err(CHANGED);
        }
        let words: Vec<&str> = derivation.trim_end_matches('\n').split(' ').collect();
        let ["argon2id", memory, passes, lanes, salt, check] = words[..] else {
            return Err(CHANGED);
        };
        let number = |text: &str| text.parse().map_err(|_| CHANGED);
        let cost = Cost {
            memory_kib: number(memory)?,
            passes: number(passes)?,
            lanes: number(lanes)?,
        };
        if !cost.is_bearable() {
            return Err(flaw(
                ErrorKind::FileDamaged,
                "it asks for more memory or time than Keywell ever does",
            ));
        }
        Ok(Sealed {
            header: &text[..title.len() + 1 + derivation.len()],
            cost,
            salt_bytes: exactly(salt)?,
            check: exactly(check)?,
            body: STANDARD.decode(body.trim_end()).map_err(|_| CHANGED)?,
        })
    }

    /// The salt as the file writes it.
    pub fn salt(&self) -> &str {
        salt_of(self.header)
    }

    /// Derives the key, which takes time and memory on purpose.
    pub fn key(&self, passphrase: &Secret) -> Result<SealKey, Flaw> {
        self.key_of(derive(passphrase, &self.salt_bytes, self.cost)?)
            .ok_or(flaw(
                ErrorKind::WrongPassphrase,
                "no key of this file comes of it",
            ))
    }

    /// The key from [`SealKey::derived`]; `None` when that is of another file.
    pub fn key_from(&self, derived: &[u8]) -> Option<SealKey> {
        self.key_of(Zeroizing::new(derived.try_into().ok()?))
    }

    fn key_of(&self, derived: Zeroizing<[u8; DERIVED_BYTES]>) -> Option<SealKey> {
        (derived[KEY_BYTES..] == self.check).then(|| SealKey {
            header: self.header.to_owned(),
            derived,
        })
    }

    pub fn open(&self, key: &SealKey) -> Result<Zeroizing<Vec<u8>>, Flaw> {
        let nonce = nonce(&self.body)?;
        let payload = Payload {
            msg: &self.body[NONCE_BYTES..],
            aad: self.header.as_bytes(),
        };
        key.cipher()?
            .decrypt(&nonce, payload)
            .map(Zeroizing::new)
            .map_err(|_| CHANGED)
    }
}

fn derive(
    passphrase: &Secret,
    salt: &[u8],
    cost: Cost,
) -> Result<Zeroizing<[u8; DERIVED_BYTES]>, Flaw> {
    let params = Params::new(
        cost.memory_kib,
        cost.passes,
        cost.lanes,
        Some(DERIVED_BYTES),
    )
    .map_err(|_| CHANGED)?;
    let mut derived = Zeroizing::new([0; DERIVED_BYTES]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.expose().as_bytes(), salt, &mut *derived)
        .map_err(|_| {
            flaw(
                ErrorKind::Other,
                "no key could be derived from the passphrase",
            )
        })?;
    Ok(derived)
}

fn salt_of(header: &str) -> &str {
    header.rsplit(' ').nth(1).unwrap_or_default()
}

fn nonce(body: &[u8]) -> Result<XNonce, Flaw> {
    let bytes: &[u8; NONCE_BYTES] = body.first_chunk().ok_or(CHANGED)?;
    Ok(XNonce::from(*bytes))
}

fn exactly<const N: usize>(text: &str) -> Result<[u8; N], Flaw> {
    let bytes = STANDARD.decode(text).map_err(|_| CHANGED)?;
    bytes.try_into().map_err(|_| CHANGED)
}

fn sum(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: Cost = Cost {
        memory_kib: 8,
        passes: 1,
        lanes: 1,
    };

    fn sealed(plain: &[u8]) -> (SealKey, Vec<u8>) {
        let key = SealKey::new(Purpose::Vault, &Secret::new("correct horse"), CHEAP).unwrap();
        let text = key.seal(plain).unwrap();
        (key, text)
    }

    fn opened(bytes: &[u8], passphrase: &str) -> Result<Vec<u8>, ErrorKind> {
        let open = || {
            let sealed = Sealed::parse(Purpose::Vault, bytes)?;
            let key = sealed.key(&Secret::new(passphrase))?;
            sealed.open(&key).map(|plain| plain.to_vec())
        };
        open().map_err(|flaw: Flaw| flaw.kind)
    }

    #[test]
    fn what_is_sealed_is_opened_by_its_passphrase_alone() {
        for plain in [b"".as_slice(), b"a", &[0; 100_000]] {
            let (_, text) = sealed(plain);
            assert_eq!(opened(&text, "correct horse").as_deref(), Ok(plain));
            for wrong in ["", "correct horse ", "Correct horse"] {
                assert_eq!(opened(&text, wrong), Err(ErrorKind::WrongPassphrase));
            }
        }
    }

    #[test]
    fn no_two_writings_are_alike() {
        let (key, text) = sealed(b"same");
        assert_ne!(key.seal(b"same").unwrap(), text);
    }

    #[test]
    fn whatever_bit_flips_is_found_without_the_passphrase() {
        let (_, text) = sealed(b"plain");
        for place in 0..text.len() {
            for bit in 0..8 {
                let mut changed = text.clone();
                changed[place] ^= 1 << bit;
                let found = Sealed::parse(Purpose::Vault, &changed).map(|_| ());
                let kind = found.unwrap_err().kind;
                assert!(
                    matches!(
                        kind,
                        ErrorKind::FileDamaged | ErrorKind::CutShort | ErrorKind::OtherVersion
                    ),
                    "byte {place}, bit {bit}: {kind:?}"
                );
            }
        }
    }

    #[test]
    fn a_file_that_is_cut_anywhere_says_so() {
        let (_, text) = sealed(b"plain");
        for length in 0..text.len() {
            assert_eq!(
                opened(&text[..length], "correct horse"),
                Err(ErrorKind::CutShort),
                "{length} bytes"
            );
        }
    }

    /// Puts a right sum under changed lines, as somebody who means harm would.
    fn resummed(text: &[u8], from: &str, to: &str) -> Vec<u8> {
        let text = String::from_utf8(text.to_vec()).unwrap();
        let body = &text[..text.len() - 65];
        assert!(body.contains(from), "{body}");
        let changed = body.replacen(from, to, 1);
        format!("{changed}{}\n", sum(changed.as_bytes())).into_bytes()
    }

    #[test]
    fn a_hostile_header_costs_nothing() {
        let (_, text) = sealed(b"plain");
        for (from, to) in [
            ("argon2id 8 1 1", "argon2id 104857600 1 1"),
            ("argon2id 8 1 1", "argon2id 8 4000000000 1"),
            ("argon2id 8 1 1", "argon2id 800000 1 100000"),
            ("argon2id 8 1 1", "argon2id 99999999999999999999 1 1"),
            ("argon2id 8 1 1", "argon2id -8 1 1"),
            ("argon2id 8 1 1", "argon2d 8 1 1"),
            ("argon2id 8 1 1", "argon2id 8 1"),
            ("argon2id 8 1 1", "argon2id 1 1 1"),
            ("keywell vault", "keywell backup"),
        ] {
            let hostile = resummed(&text, from, to);
            assert_eq!(
                opened(&hostile, "correct horse"),
                Err(ErrorKind::FileDamaged),
                "{to}"
            );
        }
    }

    #[test]
    fn a_header_that_was_changed_with_its_sum_does_not_open() {
        let (_, text) = sealed(b"plain");
        let weaker = resummed(&text, "argon2id 8 1 1", "argon2id 9 1 1");
        assert_eq!(
            opened(&weaker, "correct horse"),
            Err(ErrorKind::WrongPassphrase)
        );
        let later = resummed(&text, "keywell vault 1", "keywell vault 2");
        assert_eq!(
            opened(&later, "correct horse"),
            Err(ErrorKind::OtherVersion)
        );
        let line = String::from_utf8(text.clone()).unwrap();
        let body = line.lines().nth(2).unwrap().to_owned();
        let other = if body.starts_with('A') { "B" } else { "A" };
        let changed = resummed(&text, &body, &format!("{other}{}", &body[1..]));
        assert_eq!(
            opened(&changed, "correct horse"),
            Err(ErrorKind::FileDamaged)
        );
    }

    #[test]
    fn a_derived_key_opens_its_own_file_and_no_other() {
        let (key, text) = sealed(b"plain");
        let sealed_file = Sealed::parse(Purpose::Vault, &text).unwrap();
        let again = sealed_file.key_from(key.derived()).unwrap();
        assert!(again.fits(&sealed_file));
        assert_eq!(sealed_file.open(&again).unwrap().as_slice(), b"plain");
        let (other, _) = sealed(b"plain");
        assert!(!other.fits(&sealed_file));
        assert!(sealed_file.key_from(other.derived()).is_none());
        assert!(sealed_file.key_from(b"short").is_none());
    }
}
