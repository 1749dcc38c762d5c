//! One transfer: its state, its progress, its end.

use std::{
    collections::VecDeque,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use keywell_wire::{TransferDirection, TransferRow, TransferState};
use tokio::{sync::watch, time::Instant};
use tokio_util::sync::CancellationToken;

use super::failure::Stop;
use crate::time::rfc3339;

/// The rate is measured over this long.
const RATE_WINDOW: Duration = Duration::from_secs(3);
/// One sample of the rate per this long is kept.
const RATE_STEP: Duration = Duration::from_millis(100);

pub(super) struct Transfer {
    row: Mutex<Inner>,
    pub(super) token: CancellationToken,
    changed: watch::Sender<u64>,
}

struct Inner {
    row: TransferRow,
    /// May dip below zero between a rewind and the bytes that follow it.
    done: i64,
    samples: VecDeque<(Instant, i64)>,
    /// A worker has it; it settles when the worker has cleaned up.
    begun: bool,
    /// The last step, which is not taken back, has begun.
    committed: bool,
    settled: bool,
}

/// How a transfer ended well.
pub(super) enum Finish {
    Done { checksum: Option<String> },
    Skipped,
}

impl Transfer {
    pub(super) fn new(row: TransferRow, changed: watch::Sender<u64>) -> Arc<Self> {
        let settled = has_ended(&row.state);
        Arc::new(Self {
            row: Mutex::new(Inner {
                row,
                done: 0,
                samples: VecDeque::new(),
                begun: false,
                committed: false,
                settled,
            }),
            token: CancellationToken::new(),
            changed,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.row.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn touch(&self) {
        self.changed
            .send_modify(|version| *version = version.wrapping_add(1));
    }

    /// Waiting → Running. False when it was cancelled before.
    pub(super) fn begin(&self, now: SystemTime) -> bool {
        {
            let mut inner = self.lock();
            if inner.settled {
                return false;
            }
            inner.begun = true;
            inner.row.state = TransferState::Running;
            inner.row.started = Some(rfc3339(now));
        }
        self.touch();
        true
    }

    /// Running → Checking; can still be cancelled.
    pub(super) fn checking(&self) -> Result<(), Stop> {
        {
            let mut inner = self.lock();
            if self.token.is_cancelled() {
                return Err(Stop::Cancelled);
            }
            inner.row.state = TransferState::Checking;
        }
        self.touch();
        Ok(())
    }

    /// From here on the transfer ends by itself: the object or the file gets its name now.
    pub(super) fn commit(&self) -> Result<(), Stop> {
        {
            let mut inner = self.lock();
            if self.token.is_cancelled() {
                return Err(Stop::Cancelled);
            }
            inner.committed = true;
            inner.row.state = TransferState::Checking;
        }
        self.touch();
        Ok(())
    }

    /// Takes a commit back, because the name was taken and another is tried.
    pub(super) fn resume(&self) {
        {
            let mut inner = self.lock();
            inner.committed = false;
            inner.row.state = TransferState::Running;
            inner.done = 0;
            inner.samples.clear();
        }
        self.touch();
    }

    pub(super) fn set_key(&self, key: &str) {
        let mut inner = self.lock();
        key.clone_into(&mut inner.row.key);
    }

    pub(super) fn set_path(&self, path: &Path) {
        self.lock().row.path = path.to_string_lossy().into_owned();
    }

    pub(super) fn set_total(&self, bytes: u64) {
        self.lock().row.bytes_total = bytes;
        self.touch();
    }

    pub(super) fn add_bytes(&self, count: i64) {
        {
            let mut inner = self.lock();
            inner.done = inner.done.saturating_add(count);
            let now = Instant::now();
            if inner
                .samples
                .back()
                .is_none_or(|(at, _)| now.duration_since(*at) >= RATE_STEP)
            {
                let done = inner.done;
                inner.samples.push_back((now, done));
                while inner.samples.len() > 2
                    && now.duration_since(inner.samples[1].0) >= RATE_WINDOW
                {
                    inner.samples.pop_front();
                }
            }
        }
        self.touch();
    }

    /// Shows it as cancelled at once; its worker cleans up behind. False when it has ended or can not be stopped.
    pub(super) fn cancel(&self, now: SystemTime) -> bool {
        {
            let mut inner = self.lock();
            if has_ended(&inner.row.state) || inner.committed {
                return false;
            }
            inner.row.state = TransferState::Cancelled;
            inner.row.ended = Some(rfc3339(now));
            inner.settled = !inner.begun;
            // Under the lock, so that a commit sees it or comes first.
            self.token.cancel();
        }
        self.touch();
        true
    }

    pub(super) fn settle(&self, outcome: Result<Finish, Stop>, now: SystemTime) {
        {
            let mut inner = self.lock();
            let (state, failure) = match outcome {
                Ok(Finish::Done { checksum }) => {
                    inner.done = i64::try_from(inner.row.bytes_total).unwrap_or(i64::MAX);
                    inner.row.checksum = checksum;
                    (TransferState::Done, None)
                }
                Ok(Finish::Skipped) => (TransferState::Skipped, None),
                Err(Stop::Cancelled) => (TransferState::Cancelled, None),
                // What fails after it was cancelled is no news to the person.
                Err(Stop::Failed(_)) if self.token.is_cancelled() => {
                    (TransferState::Cancelled, None)
                }
                Err(Stop::CancelledWith(problem)) => (TransferState::Cancelled, Some(problem)),
                Err(Stop::Failed(problem)) => (TransferState::Failed, Some(problem)),
            };
            inner.row.failure = failure.map(Into::into);
            inner.row.state = state;
            inner.row.ended.get_or_insert_with(|| rfc3339(now));
            inner.settled = true;
        }
        self.touch();
    }

    /// Ends the work at once when the transfer is cancelled, by dropping it.
    pub(super) async fn unless_cancelled<T>(
        &self,
        work: impl Future<Output = T>,
    ) -> Result<T, Stop> {
        self.token
            .run_until_cancelled(work)
            .await
            .ok_or(Stop::Cancelled)
    }

    pub(super) fn has_settled(&self) -> bool {
        self.lock().settled
    }

    /// Has it ended as the board shows it? It may still be cleaning up.
    pub(super) fn has_ended(&self) -> bool {
        has_ended(&self.lock().row.state)
    }

    pub(super) fn view(&self) -> TransferRow {
        let inner = self.lock();
        let mut row = inner.row.clone();
        row.bytes_done = u64::try_from(inner.done).unwrap_or(0).min(row.bytes_total);
        row.bytes_per_second = if matches!(row.state, TransferState::Running) {
            inner.rate(Instant::now())
        } else {
            0
        };
        row
    }
}

impl Inner {
    fn rate(&self, now: Instant) -> u64 {
        let Some((oldest, before)) = self
            .samples
            .iter()
            .find(|(at, _)| now.duration_since(*at) <= RATE_WINDOW)
            .or(self.samples.back())
        else {
            return 0;
        };
        let elapsed = now.duration_since(*oldest).max(RATE_STEP).as_millis();
        let bytes = u128::try_from(self.done - before).unwrap_or(0);
        u64::try_from(bytes * 1000 / elapsed).unwrap_or(u64::MAX)
    }
}

pub(super) fn has_ended(state: &TransferState) -> bool {
    matches!(
        state,
        TransferState::Done
            | TransferState::Failed
            | TransferState::Cancelled
            | TransferState::Skipped
    )
}

pub(super) fn blank(direction: TransferDirection, profile: &str, bucket: &str) -> TransferRow {
    TransferRow {
        id: String::new(),
        direction,
        state: TransferState::Waiting,
        name: String::new(),
        profile: profile.to_owned(),
        bucket: bucket.to_owned(),
        key: String::new(),
        path: String::new(),
        bytes_done: 0,
        bytes_total: 0,
        bytes_per_second: 0,
        checksum: None,
        failure: None,
        started: None,
        ended: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_that_of_the_last_three_seconds() {
        let start = Instant::now();
        let at = |seconds: u64| start + Duration::from_secs(seconds);
        let mut inner = Inner {
            row: blank(TransferDirection::Upload, "", ""),
            done: 0,
            samples: VecDeque::new(),
            begun: true,
            committed: false,
            settled: false,
        };
        assert_eq!(inner.rate(start), 0, "nothing moved yet");
        inner.samples = (0..10)
            .map(|second| (at(second), 1000 * i64::try_from(second).unwrap()))
            .collect();
        inner.done = 9_000;
        assert_eq!(inner.rate(at(9)), 1000);
        assert_eq!(inner.rate(at(11)), 333, "it falls while nothing moves");
        assert_eq!(inner.rate(at(60)), 0);
        inner.done = 8_000;
        assert_eq!(inner.rate(at(9)), 666, "a retry takes its bytes back");
        inner.done = 0;
        assert_eq!(inner.rate(at(9)), 0);
    }
}
