//! The board: all transfers of a process, what they do, and how one waits for them.

use std::{
    collections::{BTreeMap, HashSet},
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures::{StreamExt, stream};
use keywell_wire::{TransferBoard, TransferRow};
use tokio::{
    sync::{Semaphore, watch},
    time::Instant,
};

use super::{
    Clock, Limits, failure,
    failure::Stop,
    pace::{Pace, Speed},
    row::{Finish, Transfer},
};

/// Between two boards that are sent to a window.
const BOARD_STEP: Duration = Duration::from_millis(100);
/// While something runs but nothing moves, a board still comes this often, so that the rate falls.
const BOARD_IDLE: Duration = Duration::from_secs(1);

/// All transfers of a process. Cheap to clone; needs a tokio runtime for what it starts.
#[derive(Clone)]
pub struct Transfers {
    shared: Arc<Shared>,
}

pub(super) struct Shared {
    pub(super) clock: Clock,
    pub(super) limits: Limits,
    pub(super) pace: Arc<Pace>,
    /// One permit per request with a body.
    pub(super) requests: Semaphore,
    rows: Mutex<Rows>,
    changed: watch::Sender<u64>,
}

#[derive(Default)]
struct Rows {
    last: u64,
    /// In the order in which they were asked for.
    transfers: BTreeMap<u64, Arc<Transfer>>,
}

/// What one watcher of the board has seen.
pub struct Changes {
    seen: watch::Receiver<u64>,
    sent: Option<Instant>,
}

impl Transfers {
    pub fn new(clock: Clock, limits: Limits) -> Self {
        let requests = Semaphore::new(limits.requests.max(1));
        let pace = Arc::new(Pace::new(Speed {
            files: limits.files,
            bytes_per_second: None,
        }));
        Self {
            shared: Arc::new(Shared {
                clock,
                limits,
                pace,
                requests,
                rows: Mutex::default(),
                changed: watch::Sender::new(0),
            }),
        }
    }

    /// What runs goes on at this speed; the number of files counts for what begins from now on.
    pub fn set_speed(&self, speed: Speed) {
        self.shared.pace.set(speed);
    }

    /// Stops a transfer: it shows as cancelled at once, and what it left (a temporary file, sent parts) is removed
    /// behind it. False when there is no such transfer, it has ended, or it is at its last step.
    ///
    /// A small file whose last byte was out already may still arrive: S3 has no way to take back a request.
    pub fn cancel(&self, id: &str) -> bool {
        let transfer = number(id).and_then(|number| self.rows().transfers.get(&number).cloned());
        transfer.is_some_and(|transfer| transfer.cancel((self.shared.clock)()))
    }

    /// Stops all that can be stopped, as before the process ends; [`Transfers::wait_all`] tells when it is cleaned up.
    pub fn cancel_all(&self) {
        let transfers: Vec<_> = self.rows().transfers.values().cloned().collect();
        for transfer in transfers {
            transfer.cancel((self.shared.clock)());
        }
    }

    /// Takes what has ended off the board.
    pub fn clear_finished(&self) {
        self.rows()
            .transfers
            .retain(|_, transfer| !transfer.has_settled());
        self.shared
            .changed
            .send_modify(|version| *version = version.wrapping_add(1));
    }

    pub fn board(&self) -> TransferBoard {
        TransferBoard {
            transfers: self
                .rows()
                .transfers
                .values()
                .map(|transfer| transfer.view())
                .collect(),
        }
    }

    /// The rows of these transfers, in this order; for progress bars.
    pub fn rows_of(&self, ids: &[String]) -> Vec<TransferRow> {
        self.find(ids)
            .iter()
            .map(|transfer| transfer.view())
            .collect()
    }

    pub fn watch(&self) -> Changes {
        Changes {
            seen: self.shared.changed.subscribe(),
            sent: None,
        }
    }

    /// The next board for a window: when something changed, at most ten times a second.
    pub async fn next_board(&self, changes: &mut Changes) -> TransferBoard {
        if let Some(sent) = changes.sent {
            tokio::time::sleep_until(sent + BOARD_STEP).await;
            loop {
                let idle = tokio::time::timeout(BOARD_IDLE, changes.seen.changed())
                    .await
                    .is_err();
                if !idle
                    || self
                        .rows()
                        .transfers
                        .values()
                        .any(|transfer| !transfer.has_ended())
                {
                    break;
                }
            }
        }
        changes.seen.mark_unchanged();
        changes.sent = Some(Instant::now());
        self.board()
    }

    /// Waits until these have ended and cleaned up, and returns how; unknown ids are left out.
    pub async fn wait(&self, ids: &[String]) -> Vec<TransferRow> {
        let transfers = self.find(ids);
        self.settled(&transfers).await;
        transfers.iter().map(|transfer| transfer.view()).collect()
    }

    /// Waits until everything that is on the board now has ended and cleaned up.
    pub async fn wait_all(&self) {
        let transfers: Vec<_> = self.rows().transfers.values().cloned().collect();
        self.settled(&transfers).await;
    }

    async fn settled(&self, transfers: &[Arc<Transfer>]) {
        let mut changes = self.shared.changed.subscribe();
        let mut ended = 0;
        loop {
            // What has settled stays so: each is looked at until it has, and not again.
            while transfers
                .get(ended)
                .is_some_and(|transfer| transfer.has_settled())
            {
                ended += 1;
            }
            if ended == transfers.len() || changes.changed().await.is_err() {
                return;
            }
        }
    }

    fn find(&self, ids: &[String]) -> Vec<Arc<Transfer>> {
        let rows = self.rows();
        ids.iter()
            .filter_map(|id| rows.transfers.get(&number(id)?).cloned())
            .collect()
    }

    fn rows(&self) -> MutexGuard<'_, Rows> {
        self.shared
            .rows
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Puts a row on the board under a new id.
    pub(super) fn add(&self, mut row: TransferRow) -> (String, Arc<Transfer>) {
        let mut rows = self.rows();
        rows.last += 1;
        row.id = format!("t{}", rows.last);
        let id = row.id.clone();
        let transfer = Transfer::new(row, self.shared.changed.clone());
        let last = rows.last;
        rows.transfers.insert(last, Arc::clone(&transfer));
        (id, transfer)
    }

    /// Works on the jobs of one plan, some at a time, in the background.
    pub(super) fn start<J, F>(
        &self,
        jobs: Vec<(Arc<Transfer>, J)>,
        work: impl Fn(Arc<Shared>, Arc<Transfer>, J) -> F + Send + Sync + 'static,
    ) where
        J: Send + 'static,
        F: Future<Output = Result<Finish, Stop>> + Send + 'static,
    {
        let shared = Arc::clone(&self.shared);
        tokio::spawn(async move {
            let at_once = shared.pace.files();
            stream::iter(jobs)
                .for_each_concurrent(at_once, |(transfer, job)| {
                    let shared = Arc::clone(&shared);
                    let begun = transfer.begin((shared.clock)());
                    // A task of its own: a panic ends one transfer, not the plan.
                    let task = begun.then(|| {
                        tokio::spawn(work(Arc::clone(&shared), Arc::clone(&transfer), job))
                    });
                    async move {
                        if let Some(task) = task {
                            let outcome = match task.await {
                                Ok(outcome) => outcome,
                                Err(error) => {
                                    Err(Stop::Failed(failure::internal(&error.to_string())))
                                }
                            };
                            transfer.settle(outcome, (shared.clock)());
                        }
                    }
                })
                .await;
        });
    }
}

fn number(id: &str) -> Option<u64> {
    id.strip_prefix('t')?.parse().ok()
}

/// The values that occur more than once are dropped; the first stays.
pub(super) fn distinct(values: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut seen = HashSet::new();
    values
        .into_iter()
        .filter(|value| seen.insert(value.clone()))
        .collect()
}
