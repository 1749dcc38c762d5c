//! A key that AWS made without Keywell hearing of it: the answer got lost, or the process ended before it was kept.

use std::time::Duration;

use crate::{
    cloud::{AccessKey, Account, CloudError, CloudErrorKind as Kind},
    time,
};

/// A key made longer than this after it was asked for, in seconds, is somebody else's. The call itself gives up sooner.
const WINDOW: u64 = 120;
/// How often the list is read for a key that may have been made: it can be behind.
pub(crate) const LOOKS: u32 = 3;
pub(crate) const LOOK_PAUSE: Duration = Duration::from_secs(2);

/// Whether a refusal of `CreateAccessKey` is certain to have made no key. What is not certain is looked after.
pub(crate) fn made_nothing(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::UnknownKey
            | Kind::WrongSecret
            | Kind::BadToken
            | Kind::ExpiredSession
            | Kind::ClockSkew
            | Kind::AccessDenied
            | Kind::NoSuchUser
            | Kind::LimitExceeded
            | Kind::Invalid
            | Kind::Throttled
            | Kind::NotImplemented
            | Kind::NoCredentials
    )
}

/// Whether a key that was not there before is the one that was asked for at `asked` (Unix seconds on the service's
/// clock), and nobody has it. A key that was made at another time, or was used, is somebody else's.
pub(crate) async fn is_lost(
    account: &dyn Account,
    key: &AccessKey,
    asked: u64,
) -> Result<bool, CloudError> {
    let Some(created) = key.created.map(time::unix_seconds) else {
        return Ok(false);
    };
    // The service may round its times to the second below.
    if created + 1 < asked || created > asked + WINDOW {
        return Ok(false);
    }
    match account.access_key_last_used(&key.key_id).await {
        Ok(used) => Ok(used.date.is_none()),
        Err(error) if matches!(error.kind, Kind::AccessDenied | Kind::NotImplemented) => Ok(true),
        Err(error) => Err(error),
    }
}
