//! Ctrl-C. Work that changes something is asked to stop and puts back what it changed; a second Ctrl-C ends at once.

use std::{
    future::Future,
    process,
    sync::atomic::{AtomicBool, Ordering},
};

use keywell_app::CancellationToken;

use crate::error::Stop;

/// While a person is asked something there is nothing to put back, so one Ctrl-C is enough.
static ASKING: AtomicBool = AtomicBool::new(false);

/// A token that the first Ctrl-C (or SIGTERM) cancels.
pub(crate) fn token() -> CancellationToken {
    let token = CancellationToken::new();
    let cancelled = token.clone();
    let mut signals = Signals::listen();
    tokio::spawn(async move {
        loop {
            signals.next().await;
            if cancelled.is_cancelled() || ASKING.load(Ordering::Relaxed) {
                process::exit(130);
            }
            cancelled.cancel();
        }
    });
    token
}

/// Runs work that needs no putting back: Ctrl-C drops it.
pub(crate) async fn or_stop<T>(work: impl Future<Output = Result<T, Stop>>) -> Result<T, Stop> {
    let mut signals = Signals::listen();
    // A question keeps the thread, and with it this task, so that its Ctrl-C is seen by another.
    let while_asking = tokio::spawn(async move {
        signals.next().await;
        if ASKING.load(Ordering::Relaxed) {
            process::exit(130);
        }
    });
    tokio::select! {
        outcome = work => outcome,
        _ = while_asking => Err(Stop::cancelled()),
    }
}

/// Marks the time in which a person is asked something.
pub(crate) fn while_asking<T>(ask: impl FnOnce() -> T) -> T {
    ASKING.store(true, Ordering::Relaxed);
    let answer = ask();
    ASKING.store(false, Ordering::Relaxed);
    answer
}

/// Ctrl-C, and SIGTERM on Unix, from the moment this is made.
pub(crate) struct Signals {
    #[cfg(unix)]
    heard: [Option<tokio::signal::unix::Signal>; 2],
    #[cfg(windows)]
    heard: Option<tokio::signal::windows::CtrlC>,
}

impl Signals {
    /// Where the system refuses to say, its own handler ends the process.
    #[cfg(unix)]
    pub fn listen() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        Self {
            heard: [SignalKind::interrupt(), SignalKind::terminate()].map(|kind| signal(kind).ok()),
        }
    }

    #[cfg(windows)]
    pub fn listen() -> Self {
        Self {
            heard: tokio::signal::windows::ctrl_c().ok(),
        }
    }

    #[cfg(unix)]
    pub async fn next(&mut self) {
        let [interrupt, terminate] = &mut self.heard;
        tokio::select! {
            Some(()) = heard(interrupt) => {}
            Some(()) = heard(terminate) => {}
            else => std::future::pending().await,
        }
    }

    #[cfg(windows)]
    pub async fn next(&mut self) {
        let heard = match &mut self.heard {
            Some(signal) => signal.recv().await,
            None => None,
        };
        if heard.is_none() {
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(unix)]
async fn heard(signal: &mut Option<tokio::signal::unix::Signal>) -> Option<()> {
    signal.as_mut()?.recv().await
}
