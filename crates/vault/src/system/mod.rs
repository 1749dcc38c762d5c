//! The operating system's own store, behind keyring-core.

use std::process;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use keyring_core::{CredentialStore, Entry, Error};
use zeroize::Zeroizing;

use self::connection::Connection;
use crate::deadline::{Abandoned, Begun, NoResult, Threads};
use crate::item::{decode, encode};
use crate::{ErrorKind, Item, Operation, SERVICE, Store, StoreKind, VaultError};

#[cfg_attr(target_os = "macos", path = "macos.rs")]
#[cfg_attr(windows, path = "windows.rs")]
#[cfg_attr(not(any(target_os = "macos", windows)), path = "secret_service.rs")]
mod native;

#[cfg_attr(
    not(any(target_os = "macos", windows)),
    path = "other_tools_secret_service.rs"
)]
#[cfg_attr(any(target_os = "macos", windows), path = "other_tools_none.rs")]
mod other_tools;

#[cfg_attr(
    not(any(target_os = "macos", windows)),
    path = "connection_secret_service.rs"
)]
#[cfg_attr(any(target_os = "macos", windows), path = "connection_library.rs")]
mod connection;

#[cfg(not(any(target_os = "macos", windows)))]
mod secret_service_reader;
#[cfg(not(any(target_os = "macos", windows)))]
mod secret_service_store;
#[cfg(not(any(target_os = "macos", windows)))]
mod session_key;

pub(crate) use other_tools::keys_of_other_tools;
#[cfg(all(fuzzing, not(any(target_os = "macos", windows))))]
pub(crate) use secret_service_reader::is_answer;

/// Throwaway items of [`Store::probe`] live under another service, so that no list ever shows them.
const PROBE_SERVICE: &str = "keywell-probe";

/// Opens the store of this system: the Secret Service's default collection on Linux, Credential Manager with local
/// persistence on Windows, the login keychain on macOS.
///
/// `deadline` holds for opening and then for each call by itself. Give a short one (5 s) where nobody can answer a
/// prompt, and a generous one (60 s) where a window is open.
///
/// # Errors
/// [`ErrorKind::NoService`] where the session has no such store. No other store is tried.
pub fn system_store(deadline: Duration) -> Result<Box<dyn Store>, VaultError> {
    system_store_soon(deadline)()
}

/// As [`system_store`], for who has something else to do meanwhile: begins at once, and the function that it returns
/// waits. The deadline begins at once, too.
pub fn system_store_soon(
    deadline: Duration,
) -> impl FnOnce() -> Result<Box<dyn Store>, VaultError> + Send {
    let system = System {
        deadline,
        threads: Threads::default(),
        connection: Arc::default(),
    };
    let begun = system.begin(|_, _| Ok(()));
    move || {
        system.end(Operation::Open, begun)?;
        Ok(Box::new(system))
    }
}

struct System {
    deadline: Duration,
    threads: Threads,
    /// Kept between calls, dropped when a call hangs: the library holds a lock for the length of a call, so
    /// that one which waits for a person would block all that follow.
    connection: Arc<Mutex<Option<Arc<Connection>>>>,
}

/// A failure inside a worker thread, before it has a label.
struct Failure {
    kind: ErrorKind,
    cause: Option<String>,
    /// The service refused the session and did nothing: another one may do.
    wants_another_session: bool,
}

impl Failure {
    fn new(kind: ErrorKind, cause: &str) -> Failure {
        Failure {
            kind,
            cause: Some(cause.to_owned()),
            wants_another_session: false,
        }
    }
}

impl From<Error> for Failure {
    /// keyring-core's errors by kind. `BadEncoding` and `BadDataFormat` carry the stored bytes, and `Ambiguous` the
    /// entries: of those nothing but a fixed text is kept.
    fn from(error: Error) -> Failure {
        let (kind, cause) = match &error {
            Error::NoEntry => (ErrorKind::NoEntry, None),
            Error::BadEncoding(_) | Error::BadDataFormat(..) => (
                ErrorKind::Damaged,
                Some("the stored value can not be decoded".to_owned()),
            ),
            Error::Ambiguous(entries) => (
                ErrorKind::Damaged,
                Some(format!("{} items have the same name", entries.len())),
            ),
            Error::TooLong(_, limit) => (
                ErrorKind::TooLong,
                Some(format!("the limit is {limit} bytes")),
            ),
            Error::PlatformFailure(inner) => (
                native::kind(inner.as_ref()).unwrap_or(ErrorKind::Other),
                Some(inner.to_string()),
            ),
            Error::NoStorageAccess(inner) => (
                native::kind(inner.as_ref()).unwrap_or(native::NO_ACCESS),
                Some(inner.to_string()),
            ),
            other => (ErrorKind::Other, Some(other.to_string())),
        };
        let wants_another_session = match &error {
            Error::PlatformFailure(inner) | Error::NoStorageAccess(inner) => {
                native::wants_another_session(inner.as_ref())
            }
            _ => false,
        };
        Failure {
            kind,
            cause,
            wants_another_session,
        }
    }
}

/// How often a session may be refused before that is the answer.
const SESSIONS: usize = 3;

/// Tries again while the service refuses the session, with a connection of its own each time.
fn with_other_sessions<T>(
    known: Option<Arc<Connection>>,
    attempt: impl Fn(Option<Arc<Connection>>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let mut result = attempt(known);
    for _ in 1..SESSIONS {
        let refused = |failure: &Failure| failure.wants_another_session;
        if !result.as_ref().is_err_and(refused) {
            break;
        }
        result = attempt(None);
    }
    result
}

impl System {
    fn run<T: Send + 'static>(
        &self,
        operation: Operation,
        work: impl Fn(&CredentialStore, &Abandoned) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, VaultError> {
        self.connected(operation, move |connection, abandoned| {
            work(connection.store()?.as_ref(), abandoned)
        })
    }

    fn connected<T: Send + 'static>(
        &self,
        operation: Operation,
        work: impl Fn(&Connection, &Abandoned) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, VaultError> {
        self.end(operation, self.begin(work))
    }

    fn begin<T: Send + 'static>(
        &self,
        work: impl Fn(&Connection, &Abandoned) -> Result<T, Failure> + Send + 'static,
    ) -> Begun<Result<T, Failure>> {
        let (deadline, connection) = (self.deadline, Arc::clone(&self.connection));
        let known = self.known_connection();
        self.threads.begin(deadline, move |abandoned| {
            with_other_sessions(known, |known| {
                let opened = match known {
                    Some(opened) => opened,
                    None => {
                        let opened = Arc::new(Connection::open(deadline)?);
                        *connection.lock().unwrap_or_else(PoisonError::into_inner) =
                            Some(Arc::clone(&opened));
                        opened
                    }
                };
                work(&opened, abandoned)
            })
        })
    }

    fn end<T>(
        &self,
        operation: Operation,
        begun: Begun<Result<T, Failure>>,
    ) -> Result<T, VaultError> {
        let failure = match begun.end() {
            Ok(Ok(value)) => return Ok(value),
            Ok(Err(failure)) => failure,
            Err(NoResult::TimedOut) => Failure {
                kind: ErrorKind::TimedOut,
                cause: None,
                wants_another_session: false,
            },
            Err(NoResult::Failed) => {
                Failure::new(ErrorKind::Other, "the call ended without an answer")
            }
        };
        if !matches!(failure.kind, ErrorKind::NoEntry | ErrorKind::TooLong) {
            // The next call starts afresh, so that a restarted or unlocked service is found.
            *self
                .connection
                .lock()
                .unwrap_or_else(PoisonError::into_inner) = None;
        }
        let error = VaultError::new(failure.kind, operation, native::LABEL);
        Err(match failure.cause {
            Some(cause) => error.because(cause),
            None => error,
        })
    }

    fn known_connection(&self) -> Option<Arc<Connection>> {
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

fn entry(store: &CredentialStore, service: &str, account: &str) -> Result<Entry, Failure> {
    Ok(store.build(service, account, Some(&native::modifiers()))?)
}

/// KWallet 5.103 shows a new item for a moment before it has its secret.
const LOOKS: usize = 4;
const PAUSE: Duration = Duration::from_millis(25);

fn read(connection: &Connection, key_id: &str) -> Result<Item, Failure> {
    let decoded =
        |stored: &[u8]| decode(key_id, stored).map_err(|(kind, reason)| Failure::new(kind, reason));
    // KWallet 5.103 was seen to give, to one of many callers, a value that is no item. The library then reads it anew.
    if let Some(item) = connection
        .read_at_once(SERVICE, key_id)
        .and_then(|stored| decoded(&stored).ok())
    {
        return Ok(item);
    }
    let store = connection.store()?;
    let entry = entry(store.as_ref(), SERVICE, key_id)?;
    let mut stored = Zeroizing::new(entry.get_secret()?);
    for _ in 1..LOOKS {
        if !stored.is_empty() {
            break;
        }
        thread::sleep(PAUSE);
        stored = Zeroizing::new(entry.get_secret()?);
    }
    decoded(&stored)
}

impl Store for System {
    fn label(&self) -> String {
        native::LABEL.to_owned()
    }

    fn kind(&self) -> StoreKind {
        StoreKind::Keychain
    }

    fn get(&self, key_id: &str) -> Result<Item, VaultError> {
        let key_id = key_id.to_owned();
        self.connected(Operation::Get, move |connection, _| {
            read(connection, &key_id)
        })
    }

    fn set(&self, item: &Item) -> Result<(), VaultError> {
        let text = encode(item).map_err(|_| {
            VaultError::new(ErrorKind::Other, Operation::Set, native::LABEL)
                .because("the item can not be written as JSON")
        })?;
        let key_id = item.key_id.clone();
        self.run(Operation::Set, move |store, abandoned| {
            native::unlock()?;
            // A person may have answered the prompt long after the caller gave up and undid its own work.
            if abandoned.get() {
                return Err(Failure::new(ErrorKind::TimedOut, "nobody waits any more"));
            }
            Ok(entry(store, SERVICE, &key_id)?.set_secret(text.as_bytes())?)
        })
    }

    fn delete(&self, key_id: &str) -> Result<(), VaultError> {
        let key_id = key_id.to_owned();
        self.run(Operation::Delete, move |store, _| {
            Ok(entry(store, SERVICE, &key_id)?.delete_credential()?)
        })
    }

    fn list(&self) -> Result<Vec<String>, VaultError> {
        self.run(Operation::List, |store, _| {
            let mut accounts: Vec<String> = store
                .search(&native::all_of_service())?
                .iter()
                .filter_map(Entry::get_specifiers)
                .filter(|(service, _)| service == SERVICE)
                .map(|(_, account)| account)
                .collect();
            accounts.sort();
            accounts.dedup();
            Ok(accounts)
        })
    }

    fn probe(&self) -> Result<(), VaultError> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        // Two programs may probe at once.
        let account = format!(
            "{}-{}",
            process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        self.run(Operation::Probe, move |store, abandoned| {
            native::unlock()?;
            if abandoned.get() {
                return Err(Failure::new(ErrorKind::TimedOut, "nobody waits any more"));
            }
            let probe = entry(store, PROBE_SERVICE, &account)?;
            probe.set_secret(account.as_bytes())?;
            let found = probe.get_secret();
            probe.delete_credential()?;
            if found? == account.as_bytes() {
                Ok(())
            } else {
                Err(Failure::new(
                    ErrorKind::Altered,
                    "what was read back differs from what was written",
                ))
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_that_carry_stored_bytes_lose_them() {
        let carrying = [
            Error::BadEncoding(b"CANARY".to_vec()),
            Error::BadDataFormat(b"CANARY".to_vec(), "CANARY".into()),
        ];
        for error in carrying {
            let failure = Failure::from(error);
            assert_eq!(failure.kind, ErrorKind::Damaged);
            assert!(!failure.cause.unwrap().contains("CANARY"));
        }
    }

    #[test]
    fn a_refused_session_is_followed_by_two_others_at_most() {
        let refused = || Failure {
            wants_another_session: true,
            ..Failure::new(ErrorKind::Other, "no such session")
        };
        let tries = |refusals: usize, failure: &dyn Fn() -> Failure| {
            let count = std::cell::Cell::new(0);
            let result = with_other_sessions(None, |_| {
                count.set(count.get() + 1);
                if count.get() > refusals {
                    Ok(())
                } else {
                    Err(failure())
                }
            });
            (count.get(), result.is_ok())
        };
        assert_eq!(tries(0, &refused), (1, true));
        assert_eq!(tries(1, &refused), (2, true));
        assert_eq!(tries(9, &refused), (SESSIONS, false));
        let another = || Failure::new(ErrorKind::Other, "no");
        assert_eq!(tries(9, &another), (1, false));
    }

    #[test]
    fn library_errors_get_the_kind_that_says_what_to_do() {
        let cases = [
            (Error::NoEntry, ErrorKind::NoEntry),
            (
                Error::TooLong("secret".to_owned(), 2560),
                ErrorKind::TooLong,
            ),
            (Error::Ambiguous(Vec::new()), ErrorKind::Damaged),
            (Error::NoStorageAccess("no".into()), native::NO_ACCESS),
            (Error::PlatformFailure("no".into()), ErrorKind::Other),
            (Error::NoDefaultStore, ErrorKind::Other),
        ];
        for (error, expected) in cases {
            assert_eq!(Failure::from(error).kind, expected);
        }
    }
}
