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
    /// The session has a bus, and no program on it keeps secrets. Of systems whose store is a program of its own.
    NoProvider,
    /// The store stopped while it was asked.
    BrokeOff,
    /// The service answers but has no keyring to put items in.
    NoKeyring,
    /// No answer within the deadline. A store that waits for a person to unlock it looks like this.
    TimedOut,
    /// An item is there and is not what Keywell wrote.
    Damaged,
    /// The store gave back something else than was stored a moment before.
    Altered,
    /// The item or the file was written by a later version.
    OtherVersion,
    /// The encrypted file is there and nobody who knows its passphrase can be asked.
    PassphraseNeeded,
    /// A person was asked for the passphrase and gave none.
    NotUnlocked,
    WrongPassphrase,
    /// The encrypted file ends too early.
    CutShort,
    /// The encrypted file was changed by something else than Keywell.
    FileDamaged,
    /// The encrypted file or its folder can not be read.
    Unreadable,
    /// The encrypted file or its folder can not be written.
    Unwritable,
    /// The item is larger than this store takes.
    TooLong,
    Other,
}

impl ErrorKind {
    /// Whether this session has no such store at all.
    pub fn is_absence(self) -> bool {
        matches!(self, ErrorKind::NoService | ErrorKind::NoProvider)
    }
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
            ErrorKind::NoProvider => "vault.no_provider",
            ErrorKind::BrokeOff => "vault.broke_off",
            ErrorKind::NoKeyring => "vault.no_keyring",
            ErrorKind::TimedOut => "vault.timed_out",
            ErrorKind::Damaged => "vault.damaged",
            ErrorKind::Altered => "vault.altered",
            ErrorKind::OtherVersion => "vault.other_version",
            ErrorKind::PassphraseNeeded => "vault.passphrase_needed",
            ErrorKind::NotUnlocked => "vault.not_unlocked",
            ErrorKind::WrongPassphrase => "vault.wrong_passphrase",
            ErrorKind::CutShort => "vault.cut_short",
            ErrorKind::FileDamaged => "vault.file_damaged",
            ErrorKind::Unreadable => "vault.unreadable",
            ErrorKind::Unwritable => "vault.unwritable",
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
            ErrorKind::NoProvider => {
                format!("{store} is not there: no program of this session keeps secrets.")
            }
            ErrorKind::BrokeOff => format!("{store} stopped in the middle of it."),
            ErrorKind::NoKeyring => format!("{store} has no default keyring to keep secrets in."),
            ErrorKind::TimedOut => format!("{store} did not answer in time."),
            ErrorKind::Damaged => {
                format!("The item in {store} is damaged or was changed by another program.")
            }
            ErrorKind::Altered => format!("{store} gave back something else than was stored."),
            ErrorKind::OtherVersion => {
                format!("What is in {store} was written by another version of Keywell.")
            }
            ErrorKind::PassphraseNeeded => {
                format!("{store} is locked, and nobody can be asked for its passphrase here.")
            }
            ErrorKind::NotUnlocked => {
                format!("{store} stays locked: its passphrase was not given.")
            }
            ErrorKind::WrongPassphrase => format!("{store} does not open with that passphrase."),
            ErrorKind::CutShort => format!("{store} is cut short."),
            ErrorKind::FileDamaged => format!("{store} is damaged or was changed."),
            ErrorKind::Unreadable => format!("Keywell can not read {store}."),
            ErrorKind::Unwritable => format!("Keywell can not write {store}."),
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
            ErrorKind::NoProvider => NO_PROVIDER,
            ErrorKind::BrokeOff => {
                "Try again. If it does not come back, sign out and in, so that it is started anew; what it has stored is still there."
            }
            ErrorKind::NoKeyring => {
                "Open \"Passwords and Keys\", create a password keyring named \"Login\", make it the default, and try again."
            }
            ErrorKind::TimedOut => {
                "Look for a window that asks to unlock or to allow access, answer it, and try again."
            }
            ErrorKind::Damaged => {
                "Delete the item of service \"keywell\" for this access key, then set the profile up again."
            }
            ErrorKind::Altered => {
                "Keep the key in another store, such as an encrypted file: `keywell vault move --to file`."
            }
            ErrorKind::OtherVersion => {
                "Install the newest Keywell. What is stored is left as it is."
            }
            ErrorKind::PassphraseNeeded => {
                "Run `keywell vault unlock` in a terminal, or give the passphrase by --passphrase-fd, KEYWELL_PASSPHRASE_FD or a systemd credential."
            }
            ErrorKind::NotUnlocked => "Try again and give its passphrase. Nothing was changed.",
            ErrorKind::WrongPassphrase => "Try again with the right one. Nothing was changed.",
            ErrorKind::CutShort | ErrorKind::FileDamaged => {
                "Use another copy of the file, or restore a backup. This one is left as it is."
            }
            ErrorKind::Unreadable => "Check who owns the file and its folder.",
            ErrorKind::Unwritable => {
                "Check who owns the file and its folder, and whether the disk is full."
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

const NO_PROVIDER: &str = "Install and start GNOME Keyring, KWallet or KeePassXC (with its Secret Service turned on), or keep keys in an encrypted file: `keywell settings set store=file`.";
