use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

/// Says whether the caller of [`within`] has stopped waiting.
#[derive(Clone)]
pub(crate) struct Abandoned(Arc<AtomicBool>);

impl Abandoned {
    pub(crate) fn get(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// Why [`within`] has no result.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NoResult {
    /// The work goes on by itself on its thread; it should look at [`Abandoned`] before it changes anything.
    TimedOut,
    /// The work panicked, or no thread could be started.
    Failed,
}

/// Runs `work` on a thread of its own and waits for it no longer than `deadline`.
///
/// System stores can wait for a person for ever (a locked keyring shows a prompt), and their libraries have no
/// time-out. The own thread also makes blocking D-Bus calls safe inside an async runtime.
pub(crate) fn within<T: Send + 'static>(
    deadline: Duration,
    work: impl FnOnce(&Abandoned) -> T + Send + 'static,
) -> Result<T, NoResult> {
    let abandoned = Abandoned(Arc::new(AtomicBool::new(false)));
    let (sender, receiver) = channel();
    let seen_by_work = abandoned.clone();
    let started = thread::Builder::new()
        .name("keywell-vault".to_owned())
        .spawn(move || {
            let result = work(&seen_by_work);
            // Fails only when nobody waits any more.
            let _ = sender.send(result);
        });
    if started.is_err() {
        return Err(NoResult::Failed);
    }
    receiver
        .recv_timeout(deadline)
        .map_err(|reason| match reason {
            RecvTimeoutError::Timeout => {
                abandoned.0.store(true, Ordering::SeqCst);
                NoResult::TimedOut
            }
            RecvTimeoutError::Disconnected => NoResult::Failed,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

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
