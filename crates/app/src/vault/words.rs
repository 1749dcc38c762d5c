//! What the keychain said, in the words of the use cases.

use keywell_vault::{ErrorKind, VaultError};

use crate::problem::{Code, Problem};

impl From<VaultError> for Problem {
    fn from(error: VaultError) -> Self {
        let code = match error.kind {
            ErrorKind::NoEntry => Code::VaultNoEntry,
            ErrorKind::Locked => Code::VaultLocked,
            ErrorKind::Denied => Code::VaultDenied,
            ErrorKind::NoKeyring => Code::VaultNoKeyring,
            ErrorKind::NoProvider => Code::VaultNoProvider,
            ErrorKind::BrokeOff => Code::VaultBrokeOff,
            ErrorKind::NoService => Code::VaultNoService,
            ErrorKind::TimedOut => Code::VaultTimedOut,
            ErrorKind::Damaged => Code::VaultDamaged,
            ErrorKind::Altered => Code::VaultAltered,
            ErrorKind::OtherVersion => Code::VaultOtherVersion,
            ErrorKind::PassphraseNeeded => Code::VaultPassphraseNeeded,
            ErrorKind::NotUnlocked => Code::VaultNotUnlocked,
            ErrorKind::WrongPassphrase => Code::VaultWrongPassphrase,
            ErrorKind::CutShort => Code::VaultCutShort,
            ErrorKind::FileDamaged => Code::VaultFileDamaged,
            ErrorKind::Unreadable => Code::VaultUnreadable,
            ErrorKind::Unwritable => Code::VaultUnwritable,
            ErrorKind::TooLong => Code::VaultTooLong,
            ErrorKind::Other => Code::VaultOther,
        };
        let cause = std::error::Error::source(&error)
            .map(ToString::to_string)
            .unwrap_or_default();
        Problem::new(code, error.message(), error.hint()).because(cause)
    }
}
