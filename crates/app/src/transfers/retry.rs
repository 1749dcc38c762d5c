//! Trying again, after what the SDK tries by itself.

use std::{future::Future, time::Duration};

use crate::cloud::{CloudError, CloudErrorKind};

pub(super) const TRIES: u32 = 3;

/// Would the same request have a chance a moment later?
pub(super) fn is_transient(kind: &CloudErrorKind) -> bool {
    matches!(
        kind,
        CloudErrorKind::Unavailable
            | CloudErrorKind::Throttled
            | CloudErrorKind::TimedOut
            | CloudErrorKind::Unreachable
            | CloudErrorKind::BadChecksum
    )
}

/// Full jitter: anything between nothing and the cap, which doubles
/// (<https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>).
pub(super) async fn pause(attempt: u32, longest: Duration) {
    let cap = longest.saturating_mul(1 << attempt.min(6));
    let nanoseconds = u64::try_from(cap.as_nanos()).unwrap_or(u64::MAX);
    tokio::time::sleep(Duration::from_nanos(fastrand::u64(0..=nanoseconds))).await;
}

/// Asks up to [`TRIES`] times. Also says how many tries it took: after a second one, an earlier one may have done it.
pub(super) async fn retried<T, F>(
    longest: Duration,
    mut ask: impl FnMut() -> F,
) -> (Result<T, CloudError>, u32)
where
    F: Future<Output = Result<T, CloudError>>,
{
    let mut attempt = 0;
    loop {
        let answer = ask().await;
        attempt += 1;
        match &answer {
            Err(error) if is_transient(&error.kind) && attempt < TRIES => {
                pause(attempt - 1, longest).await
            }
            _ => return (answer, attempt),
        }
    }
}
