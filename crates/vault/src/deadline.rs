use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Says whether the caller has stopped waiting.
#[derive(Clone)]
pub(crate) struct Abandoned(Arc<AtomicBool>);

impl Abandoned {
    pub(crate) fn get(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// Why there is no result.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NoResult {
    /// The work goes on by itself on its thread; it should look at [`Abandoned`] before it changes anything.
    TimedOut,
    /// The work panicked, or no thread could be started.
    Failed,
}

/// Threads for calls that may hang: a system store can wait for a person for ever (a locked keyring shows a prompt), and
/// the libraries have no time-out. They also make blocking D-Bus calls safe inside an async runtime. A thread that is
/// done takes the next call, as a process that lives for some milliseconds feels each start of one.
#[derive(Default)]
pub(crate) struct Threads {
    /// The way to one that has nothing to do.
    idle: Arc<Mutex<Option<Sender<Task>>>>,
}

struct Task {
    /// Returns what is to be done once the thread is free again: telling the result.
    work: Box<dyn FnOnce() -> Telling + Send>,
    /// The way back to the thread. The last one that is dropped ends it.
    again: Sender<Task>,
}

type Telling = Box<dyn FnOnce() + Send>;

/// Work that goes on.
pub(crate) struct Begun<T> {
    abandoned: Abandoned,
    result: Receiver<T>,
    until: Instant,
}

impl Threads {
    /// Begins `work`, which [`Begun::end`] waits for until `deadline` from now has passed.
    pub(crate) fn begin<T: Send + 'static>(
        &self,
        deadline: Duration,
        work: impl FnOnce(&Abandoned) -> T + Send + 'static,
    ) -> Begun<T> {
        let abandoned = Abandoned(Arc::new(AtomicBool::new(false)));
        let (sender, result) = channel();
        let seen_by_work = abandoned.clone();
        let work = Box::new(move || -> Telling {
            let result = work(&seen_by_work);
            Box::new(move || {
                // Fails only when nobody waits any more.
                let _ = sender.send(result);
            })
        });
        if let Some(thread) = self.take_idle().or_else(|| self.start()) {
            let again = thread.clone();
            // A thread whose work panicked is gone; then there is no result.
            let _ = thread.send(Task { work, again });
        }
        Begun {
            abandoned,
            result,
            until: Instant::now() + deadline,
        }
    }

    fn take_idle(&self) -> Option<Sender<Task>> {
        lock(&self.idle).take()
    }

    fn start(&self) -> Option<Sender<Task>> {
        let (sender, tasks) = channel::<Task>();
        let idle = Arc::downgrade(&self.idle);
        thread::Builder::new()
            .name("keywell-vault".to_owned())
            .spawn(move || {
                for Task { work, again } in tasks {
                    let tell = work();
                    if let Some(idle) = idle.upgrade() {
                        lock(&idle).get_or_insert(again);
                    }
                    tell();
                }
            })
            .ok()
            .map(|_| sender)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<T> Begun<T> {
    pub(crate) fn end(self) -> Result<T, NoResult> {
        let left = self.until.saturating_duration_since(Instant::now());
        self.result
            .recv_timeout(left)
            .map_err(|reason| match reason {
                RecvTimeoutError::Timeout => {
                    self.abandoned.0.store(true, Ordering::SeqCst);
                    NoResult::TimedOut
                }
                RecvTimeoutError::Disconnected => NoResult::Failed,
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn within<T: Send + 'static>(
        deadline: Duration,
        work: impl FnOnce(&Abandoned) -> T + Send + 'static,
    ) -> Result<T, NoResult> {
        Threads::default().begin(deadline, work).end()
    }

    #[test]
    fn a_thread_that_is_done_takes_the_next_call_and_one_that_hangs_keeps_nobody_waiting() {
        const LONG: Duration = Duration::from_secs(10);
        let threads = Threads::default();
        let own = |_: &Abandoned| thread::current().id();
        let first = threads.begin(LONG, own).end().unwrap();
        assert_eq!(threads.begin(LONG, own).end(), Ok(first));
        let (go_on, wait) = channel::<()>();
        let hanging = threads.begin(LONG, move |_| {
            (wait.recv().is_err(), thread::current().id())
        });
        let other = threads.begin(LONG, own).end().unwrap();
        assert_ne!(other, first);
        drop(go_on);
        assert_eq!(hanging.end(), Ok((true, first)));
    }

    #[test]
    fn work_that_is_done_in_time_gives_its_result() {
        assert_eq!(within(Duration::from_secs(10), |_| 7), Ok(7));
    }

    #[test]
    fn work_that_is_late_learns_that_nobody_waits() {
        let (sender, receiver) = channel();
        let result = within(Duration::from_millis(20), move |abandoned| {
            while !abandoned.get() {
                thread::sleep(Duration::from_millis(1));
            }
            sender.send("stopped").unwrap();
        });
        assert_eq!(result, Err(NoResult::TimedOut));
        assert_eq!(
            receiver.recv_timeout(Duration::from_secs(10)),
            Ok("stopped")
        );
    }

    #[test]
    fn work_that_panics_does_not_keep_its_caller_waiting() {
        let result = within(Duration::from_secs(10), |_| -> u8 { panic!("on purpose") });
        assert_eq!(result, Err(NoResult::Failed));
    }
}
