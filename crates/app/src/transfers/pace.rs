//! How fast all transfers of a process may be together, and how many files go at once. Both can change while they run.

use std::{
    num::NonZeroU64,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// What a person allows transfers to take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Speed {
    /// Files of one plan at the same time.
    pub files: usize,
    /// Of all transfers together, in both directions; `None` for as fast as it goes.
    pub bytes_per_second: Option<NonZeroU64>,
}

pub(super) struct Pace(Mutex<State>);

struct State {
    speed: Speed,
    /// When the line is free again, by what was booked.
    free: Instant,
}

impl Pace {
    pub(super) fn new(speed: Speed) -> Self {
        Self(Mutex::new(State {
            speed,
            free: Instant::now(),
        }))
    }

    pub(super) fn set(&self, speed: Speed) {
        let mut state = self.lock();
        if state.speed != speed {
            // What was booked at the old speed is not waited for at the new one.
            *state = State {
                speed,
                free: Instant::now(),
            };
        }
    }

    pub(super) fn files(&self) -> usize {
        self.lock().speed.files.max(1)
    }

    /// Books bytes that go over the line now, and answers how long to wait before the next ones. Bytes that are taken
    /// back, since they are sent again, were on the line all the same.
    pub(super) fn book(&self, bytes: i64) -> Duration {
        let mut state = self.lock();
        let (Some(rate), Ok(bytes)) = (state.speed.bytes_per_second, u64::try_from(bytes)) else {
            return Duration::ZERO;
        };
        let now = Instant::now();
        let takes = Duration::from_secs_f64(bytes as f64 / rate.get() as f64);
        state.free = state.free.max(now) + takes;
        state.free - now
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace(bytes_per_second: u64) -> Pace {
        Pace::new(Speed {
            files: 4,
            bytes_per_second: NonZeroU64::new(bytes_per_second),
        })
    }

    #[tokio::test(start_paused = true)]
    async fn what_many_requests_send_together_keeps_to_the_rate() {
        let pace = std::sync::Arc::new(pace(1000));
        let begun = Instant::now();
        let requests: Vec<_> = (0..5)
            .map(|_| {
                let pace = pace.clone();
                tokio::spawn(async move {
                    for _ in 0..10 {
                        tokio::time::sleep(pace.book(200)).await;
                    }
                })
            })
            .collect();
        for request in requests {
            request.await.unwrap();
        }
        let took = begun.elapsed().as_secs_f64();
        assert!((9.9..10.5).contains(&took), "10,000 bytes took {took} s");
    }

    #[tokio::test(start_paused = true)]
    async fn an_idle_line_saves_nothing_up_and_a_new_speed_holds_at_once() {
        let pace = pace(100);
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert_eq!(pace.book(100), Duration::from_secs(1));
        assert_eq!(pace.book(100), Duration::from_secs(2));
        assert_eq!(pace.book(-100), Duration::ZERO);
        pace.set(Speed {
            files: 1,
            bytes_per_second: NonZeroU64::new(1000),
        });
        assert_eq!(
            (pace.book(500), pace.files()),
            (Duration::from_millis(500), 1)
        );
        pace.set(Speed {
            files: 0,
            bytes_per_second: None,
        });
        assert_eq!((pace.book(1 << 40), pace.files()), (Duration::ZERO, 1));
    }
}
