//! The cache of sessions, with its key from the keychain.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use keywell_vault::{
    Store,
    session_cache::{CacheError, CacheKey, CachedSession, Lost, SessionCache, cache_key},
};

use super::plan::names_of_key;
use crate::{
    App, blocking,
    cloud::{AccessKeyPair, Session},
    problem::{Code, Problem},
    state_file, time,
};

/// Where the sessions are kept.
pub(crate) fn file(app: &App) -> PathBuf {
    app.places.data.join("sessions")
}

/// The cache of this machine's user. Its calls wait for the keychain and the disk.
pub(super) struct Cache {
    file: SessionCache,
    store: Arc<dyn Store>,
    key: Mutex<Option<Arc<CacheKey>>>,
}

impl Cache {
    /// None on a machine that has no keychain: sessions are then not kept. One that has a keychain, and can not use it
    /// now, is told so.
    pub fn open(app: &App) -> Result<Option<Self>, Problem> {
        let store = match (app.open_vault)() {
            Ok(store) => store,
            Err(error) if error.kind.is_absence() => {
                tracing::warn!("sessions are not kept: there is no keychain");
                return Ok(None);
            }
            Err(error) => return Err(error.into()),
        };
        Ok(Some(Self {
            file: SessionCache::at(file(app)),
            store,
            key: Mutex::default(),
        }))
    }

    /// A session, ended or not. A file that can not be used has none.
    pub fn get(&self, name: &str) -> Result<Option<Session>, Problem> {
        if !self.file.exists() {
            return Ok(None);
        }
        let Some(key) = self.key(false, 0)? else {
            return Ok(None);
        };
        let mut found = self.file.read(&key)?;
        if let Some(lost) = found.lost {
            let problem = problem_of(lost);
            tracing::warn!(code = problem.code.as_str(), "{}", problem.message);
        }
        Ok(found.sessions.remove(name).map(session))
    }

    pub fn put(&self, name: &str, session: &Session, now: u64) -> Result<(), Problem> {
        let (Some(token), Some(expires)) = (&session.pair.session_token, session.expires) else {
            return Ok(());
        };
        let cached = CachedSession {
            key_id: session.pair.key_id.clone(),
            secret: session.pair.secret.clone(),
            session_token: token.clone(),
            expires: time::unix_seconds(expires),
        };
        let key = match self.key(false, now)? {
            Some(key) => Some(key),
            // Two processes must not make two keys.
            None => self.file.locked(|| self.key(true, now))?,
        };
        if let Some(key) = key {
            self.file.update(&key, now, |sessions| {
                sessions.insert(name.to_owned(), cached)
            })?;
        }
        Ok(())
    }

    fn forget(&self, names: &str, now: u64) -> Result<(), Problem> {
        if !self.file.exists() {
            return Ok(());
        }
        let Some(key) = self.key(false, now)? else {
            return Ok(());
        };
        self.file.update(&key, now, |sessions| {
            sessions.retain(|name, _| !name.starts_with(names));
        })?;
        Ok(())
    }

    fn key(&self, make: bool, now: u64) -> Result<Option<Arc<CacheKey>>, Problem> {
        let mut known = self.key.lock().unwrap_or_else(PoisonError::into_inner);
        if known.is_none() {
            *known = cache_key(self.store.as_ref(), make, now)?.map(Arc::new);
        }
        Ok(known.clone())
    }
}

fn session(cached: CachedSession) -> Session {
    Session {
        expires: Some(time::from_unix_seconds(cached.expires)),
        pair: AccessKeyPair {
            key_id: cached.key_id,
            secret: cached.secret,
            session_token: Some(cached.session_token),
        },
    }
}

/// The sessions can all be had again, so that this is told and stops nobody.
fn problem_of(lost: Lost) -> Problem {
    let hint = "Nothing has to be done: sessions are asked of STS again, with a code where one is needed, and the file is written anew.";
    let (code, message) = match lost {
        Lost::Damaged => (
            Code::SessionsCutShort,
            "The file of kept sessions is cut short or damaged.",
        ),
        Lost::OtherVersion => (
            Code::SessionsOtherVersion,
            "The file of kept sessions was written by another version of Keywell.",
        ),
        Lost::OtherKey => (
            Code::SessionsOtherKey,
            "The file of kept sessions was encrypted under a key that is not in this keychain.",
        ),
    };
    Problem::new(code, message, hint)
}

/// Why the sessions that are kept can not be used, if they can not.
pub(crate) async fn lost(app: &App) -> Result<Option<Problem>, Problem> {
    let Some(cache) = Cache::open(app)? else {
        return Ok(None);
    };
    blocking(move || {
        if !cache.file.exists() {
            return Ok(None);
        }
        match cache.key(false, 0)? {
            Some(key) => Ok(cache.file.read(&key)?.lost.map(problem_of)),
            None => Ok(Some(problem_of(Lost::OtherKey))),
        }
    })
    .await?
}

/// Forgets all sessions. The next one that is made is the first in a new file.
pub(crate) async fn start_anew(app: &App) -> Result<(), Problem> {
    let file = SessionCache::at(file(app));
    blocking(move || Ok(file.remove()?)).await?
}

/// Forgets the sessions of a key that is not used any more. A failure is told and stops nothing: nobody finds them, and
/// they end by themselves.
pub(crate) async fn forget_sessions_of(app: &App, key_id: &str) {
    let now = app.now_seconds();
    let names = names_of_key(key_id);
    let forgotten = match Cache::open(app) {
        Ok(Some(cache)) => blocking(move || cache.forget(&names, now)).await.flatten(),
        Ok(None) => Ok(()),
        Err(problem) => Err(problem),
    };
    if let Err(problem) = forgotten {
        tracing::warn!(
            code = problem.code.as_str(),
            "the old key's sessions are still kept"
        );
    }
}

/// Seconds that are left of a session; none of one that has ended.
pub(super) fn left(session: &Session, now: SystemTime) -> u64 {
    session
        .expires
        .and_then(|expires| expires.duration_since(now).ok())
        .map_or(0, |left| left.as_secs())
}

/// Makes the folder that the cache and the locks are in.
pub(super) fn make_folder(app: &App) -> Result<(), Problem> {
    state_file::private_folder(&app.places.data.join("hand-outs")).map_err(|error| {
        Problem::new(
            Code::FilesUnwritable,
            format!("Keywell can not write {}.", app.places.data.display()),
            "Check who owns the folder, whether it may be written, and whether the disk is full.",
        )
        .because(error.to_string())
    })
}

impl From<CacheError> for Problem {
    fn from(error: CacheError) -> Self {
        Self::new(
            Code::FilesUnwritable,
            format!("Keywell can not use its file {}.", error.path.display()),
            "Check who owns it and whether it may be read and written.",
        )
        .because(error.source.to_string())
    }
}
