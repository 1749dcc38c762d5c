use std::fmt;

/// What a store was asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    Open,
    Get,
    Set,
    Delete,
    List,
    Probe,
}

impl Operation {
    fn verb(self) -> &'static str {
        match self {
            Operation::Open => "open",
            Operation::Get => "read from",
            Operation::Set => "write to",
            Operation::Delete => "delete from",
            Operation::List => "list the items of",
            Operation::Probe => "try out",
        }
    }
}

/// Why a store did not do it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The store works and holds no such item.
    NoEntry,
    /// The store is there and locked, and nobody unlocked it.
    Locked,
    /// The person or the system refused this program.
    Denied,
    /// This session has no secret store at all.
    NoService,
    /// The service answers but has no keyring to put items in.
    NoKeyring,
    /// No answer within the deadline. A store that waits for a person to unlock it looks like this.
    TimedOut,
    /// An item is there and is not what Keywell wrote, or came back different.
    Damaged,
    /// The item is larger than this store takes.
    TooLong,
    Other,
}

/// A store's failure: message ([`VaultError::message`], also its `Display`), cause (`source`), hint and code.
///
/// No part of it ever holds a secret: the causes that system libraries attach are reduced to their text, since
/// some of them carry the bytes they could not decode.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}", self.message())]
pub struct VaultError {
    pub kind: ErrorKind,
    pub operation: Operation,
    /// The label of the store, as [`crate::Store::label`] gives it.
    pub store: String,
    #[source]
    pub source: Option<Cause>,
}

/// The text of an underlying failure.
#[derive(Clone, Debug)]
pub struct Cause(String);

impl fmt::Display for Cause {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for Cause {}

impl VaultError {
    pub fn new(kind: ErrorKind, operation: Operation, store: impl Into<String>) -> VaultError {
        VaultError {
            kind,
            operation,
            store: store.into(),
            source: None,
        }
    }

    /// Adds the cause. `text` must be known to hold no secret.
    pub fn because(mut self, text: impl Into<String>) -> VaultError {
        self.source = Some(Cause(text.into()));
        self
    }

    /// A stable name for this kind of failure.
    pub fn code(&self) -> &'static str {
        match self.kind {
            ErrorKind::NoEntry => "vault.no_entry",
            ErrorKind::Locked => "vault.locked",
            ErrorKind::Denied => "vault.denied",
            ErrorKind::NoService => "vault.no_service",
            ErrorKind::NoKeyring => "vault.no_keyring",
            ErrorKind::TimedOut => "vault.timed_out",
            ErrorKind::Damaged => "vault.damaged",
            ErrorKind::TooLong => "vault.too_long",
            ErrorKind::Other => "vault.other",
        }
    }

    /// One sentence: what is wrong.
    pub fn message(&self) -> String {
        let store = &self.store;
        match self.kind {
            ErrorKind::NoEntry => format!("{store} has no secret for this access key."),
            ErrorKind::Locked => format!("{store} is locked."),
            ErrorKind::Denied => format!("{store} refused Keywell access."),
            ErrorKind::NoService => format!("{store} can not be reached in this session."),
            ErrorKind::NoKeyring => format!("{store} has no default keyring to keep secrets in."),
            ErrorKind::TimedOut => format!("{store} did not answer in time."),
            ErrorKind::Damaged => {
                format!("The item in {store} is damaged or was changed by another program.")
            }
            ErrorKind::TooLong => format!("The secret is too long for {store}."),
            ErrorKind::Other => format!("Keywell could not {} {store}.", self.operation.verb()),
        }
    }

    /// One sentence: what to do about it on this system.
    pub fn hint(&self) -> &'static str {
        match self.kind {
            ErrorKind::NoEntry => {
                "Set the profile up again with its access key, or create a new access key for it."
            }
            ErrorKind::Locked => LOCKED,
            ErrorKind::Denied => DENIED,
            ErrorKind::NoService => NO_SERVICE,
            ErrorKind::NoKeyring => {
                "Open \"Passwords and Keys\", create a password keyring named \"Login\", make it the default, and try again."
            }
            ErrorKind::TimedOut => {
                "Look for a window that asks to unlock or to allow access, answer it, and try again."
            }
            ErrorKind::Damaged => {
                "Delete the item of service \"keywell\" for this access key, then set the profile up again."
            }
            ErrorKind::TooLong => {
                "Store the long-term access key without its session token, or use a role with a shorter token."
            }
            ErrorKind::Other => {
                "Try again; if it persists, sign out and in again so that the store restarts."
            }
        }
    }
}

#[cfg(target_os = "macos")]
const LOCKED: &str = "Unlock the login keychain in Keychain Access, or run `security unlock-keychain`, and try again.";
#[cfg(windows)]
const LOCKED: &str = "Sign in to Windows on this machine and try again.";
#[cfg(not(any(target_os = "macos", windows)))]
const LOCKED: &str = "Unlock the login keyring (sign in to the desktop, or open \"Passwords and Keys\") and try again.";

#[cfg(target_os = "macos")]
const DENIED: &str = "Try again and choose \"Always Allow\" when macOS asks.";
#[cfg(windows)]
const DENIED: &str = "Ask whoever manages this machine whether policy forbids storing credentials.";
#[cfg(not(any(target_os = "macos", windows)))]
const DENIED: &str =
    "Allow Keywell in your password manager's settings for the Secret Service and try again.";

#[cfg(target_os = "macos")]
const NO_SERVICE: &str =
    "Run Keywell in your own login session; the keychain is not there for background services.";
#[cfg(windows)]
const NO_SERVICE: &str =
    "Run Keywell in a desktop session; Credential Manager is not there over SSH or network logons.";
#[cfg(not(any(target_os = "macos", windows)))]
const NO_SERVICE: &str = "Start a Secret Service (GNOME Keyring, KWallet or KeePassXC) in a desktop session, or on a server run Keywell under `dbus-run-session`.";
