use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{CacheKey, CachedSession, Sessions, key::NAME_BYTES};
use crate::Secret;
use crate::replace::persist;

const MAGIC: &[u8] = b"keywell sessions";
/// The form of what follows. A later form gets another number.
const FORM: u8 = 1;
const NONCE_BYTES: usize = 24;
const HEADER_BYTES: usize = MAGIC.len() + 1 + NAME_BYTES;

/// Why a cache that is there could not be used. It counts as empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// It ends too early, or its bytes were changed.
    Damaged,
    /// Another version of Keywell wrote it.
    OtherVersion,
    /// It was encrypted under a key that is not the one in the store.
    OtherKey,
}

/// What a reading found.
#[derive(Debug, Default)]
pub struct Found {
    pub sessions: Sessions,
    pub lost: Option<Lost>,
}

/// The file could not be read or written at all.
#[derive(Debug, thiserror::Error)]
#[error("cannot {doing} {}", path.display())]
pub struct CacheError {
    pub doing: &'static str,
    pub path: PathBuf,
    #[source]
    pub source: io::Error,
}

/// The file of one user on one machine.
pub struct SessionCache {
    path: PathBuf,
}

impl SessionCache {
    pub fn at(path: impl Into<PathBuf>) -> SessionCache {
        SessionCache { path: path.into() }
    }

    /// Whether there is a file at all; without one its key need not be asked for.
    pub fn exists(&self) -> bool {
        self.path.is_file()
    }

    /// Every session in the file, ended ones included.
    pub fn read(&self, key: &CacheKey) -> Result<Found, CacheError> {
        match fs::read(&self.path) {
            Ok(bytes) => Ok(match open(&bytes, key) {
                Ok(sessions) => Found {
                    sessions,
                    lost: None,
                },
                Err(lost) => Found {
                    sessions: Sessions::new(),
                    lost: Some(lost),
                },
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Found::default()),
            Err(error) => Err(self.failed("read", error)),
        }
    }

    /// Reads, changes and replaces the file while nobody else does. Sessions that have ended by `now` (seconds since
    /// 1970) are left out of what is written.
    pub fn update<R>(
        &self,
        key: &CacheKey,
        now: u64,
        change: impl FnOnce(&mut Sessions) -> R,
    ) -> Result<R, CacheError> {
        self.locked(|| {
            let mut sessions = self.read(key)?.sessions;
            let result = change(&mut sessions);
            sessions.retain(|_, session| session.expires > now);
            self.write(&seal(&sessions, key).map_err(|error| self.failed("write", error))?)
                .map_err(|error| self.failed("write", error))?;
            Ok(result)
        })
    }

    /// Forgets every session.
    pub fn remove(&self) -> Result<(), CacheError> {
        self.locked(|| match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(self.failed("remove", error))
            }
            _ => Ok(()),
        })
    }

    /// Runs `work` while no other process holds the cache's lock. The system drops the lock of a process that dies.
    ///
    /// # Errors
    /// Those of `work`, and [`CacheError`] when the lock can not be had.
    pub fn locked<R, E: From<CacheError>>(
        &self,
        work: impl FnOnce() -> Result<R, E>,
    ) -> Result<R, E> {
        let path = self.path.with_extension("lock");
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .and_then(|file| file.lock().map(|()| file))
            .map_err(|error| self.failed("lock", error))?;
        let result = work();
        drop(lock);
        result
    }

    fn write(&self, bytes: &[u8]) -> io::Result<()> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        // tempfile makes its files for the owner alone (0600).
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(bytes)?;
        persist(file, &self.path)
    }

    fn failed(&self, doing: &'static str, source: io::Error) -> CacheError {
        CacheError {
            doing,
            path: self.path.clone(),
            source,
        }
    }
}

#[derive(Serialize)]
struct Written<'a> {
    name: &'a str,
    key_id: &'a str,
    secret: &'a str,
    token: &'a str,
    expires: u64,
}

#[derive(Deserialize)]
struct Read {
    name: String,
    key_id: String,
    secret: String,
    token: String,
    expires: u64,
}

fn seal(sessions: &Sessions, key: &CacheKey) -> io::Result<Vec<u8>> {
    let written: Vec<Written> = sessions
        .iter()
        .map(|(name, session)| Written {
            name,
            key_id: &session.key_id,
            secret: session.secret.expose(),
            token: session.session_token.expose(),
            expires: session.expires,
        })
        .collect();
    // Room for all of it, as a vector that grows leaves copies behind.
    let mut json = Zeroizing::new(Vec::with_capacity(4096 * (1 + written.len())));
    serde_json::to_writer(&mut *json, &written)?;

    let mut nonce = [0; NONCE_BYTES];
    getrandom::fill(&mut nonce).map_err(|error| io::Error::other(error.to_string()))?;
    let mut bytes = header(key);
    let sealed = cipher(key)
        .and_then(|cipher| {
            let payload = Payload {
                msg: &json,
                aad: &bytes,
            };
            cipher.encrypt(&XNonce::from(nonce), payload).ok()
        })
        .ok_or_else(|| io::Error::other("the sessions can not be encrypted"))?;
    bytes.extend_from_slice(&nonce);
    bytes.extend_from_slice(&sealed);
    Ok(bytes)
}

fn open(bytes: &[u8], key: &CacheKey) -> Result<Sessions, Lost> {
    let (header_found, rest) = bytes.split_at_checked(HEADER_BYTES).ok_or(Lost::Damaged)?;
    let (magic, form_and_name) = header_found.split_at(MAGIC.len());
    if magic != MAGIC {
        return Err(Lost::Damaged);
    }
    if form_and_name[0] != FORM {
        return Err(Lost::OtherVersion);
    }
    if form_and_name[1..] != *key.name() {
        return Err(Lost::OtherKey);
    }
    let (nonce, sealed) = rest
        .split_first_chunk::<NONCE_BYTES>()
        .ok_or(Lost::Damaged)?;
    let payload = Payload {
        msg: sealed,
        aad: header_found,
    };
    let json = cipher(key)
        .and_then(|cipher| cipher.decrypt(&XNonce::from(*nonce), payload).ok())
        .map(Zeroizing::new)
        .ok_or(Lost::Damaged)?;
    let read: Vec<Read> = serde_json::from_slice(&json).map_err(|_| Lost::OtherVersion)?;
    Ok(read
        .into_iter()
        .map(|read| {
            let session = CachedSession {
                key_id: read.key_id,
                secret: Secret::new(read.secret),
                session_token: Secret::new(read.token),
                expires: read.expires,
            };
            (read.name, session)
        })
        .collect())
}

fn header(key: &CacheKey) -> Vec<u8> {
    [MAGIC, &[FORM], key.name()].concat()
}

fn cipher(key: &CacheKey) -> Option<XChaCha20Poly1305> {
    XChaCha20Poly1305::new_from_slice(key.bytes()).ok()
}
