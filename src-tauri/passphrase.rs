//! The passphrase of the encrypted file, asked for by the page in a dialog of its own. Whoever needs it waits here; the
//! passphrase itself comes by a command, goes to the store, and is kept by nobody else.

use std::{
    io,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use keywell_vault::{Asked, Passphrase};
use keywell_wire::{PageRequest, PassphraseWanted};

use crate::page::PageLine;

/// How long a person may take to type it.
const PATIENCE: Duration = Duration::from_secs(120);

/// One click of a person can ask for many items; who has said no is not asked for each of them.
const PEACE: Duration = Duration::from_secs(5);

/// Who waits for the passphrase, and what came of it.
pub struct PassphraseLine {
    page: Arc<PageLine>,
    state: Mutex<State>,
    answered: Condvar,
}

#[derive(Default)]
struct State {
    /// The page was asked and has not answered yet.
    is_asked: bool,
    /// How many answers there were.
    answers: u64,
    /// When a person said no last, unless yes was said since.
    declined: Option<Instant>,
}

impl PassphraseLine {
    pub fn new(page: Arc<PageLine>) -> Self {
        Self {
            page,
            state: Mutex::default(),
            answered: Condvar::new(),
        }
    }

    /// Waits until the file is open, or was made. Never answers a passphrase: see [`keywell_vault::AskPassphrase`].
    ///
    /// # Errors
    /// [`io::ErrorKind::Interrupted`] when the person said no, or nothing for too long.
    pub fn wait(&self, asked: Asked) -> io::Result<Option<Passphrase>> {
        let declined = || Err(io::ErrorKind::Interrupted.into());
        let mut state = self.state();
        if state.declined.is_some_and(|at| at.elapsed() < PEACE) {
            return declined();
        }
        if !state.is_asked {
            state.is_asked = true;
            self.page.send(PageRequest::Passphrase(match asked {
                Asked::Existing => PassphraseWanted::Existing,
                Asked::New => PassphraseWanted::New,
            }));
        }
        let before = state.answers;
        let (mut state, waited) = self
            .answered
            .wait_timeout_while(state, PATIENCE, |state| state.answers == before)
            .unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() {
            state.is_asked = false;
            return declined();
        }
        if state.declined.is_some() {
            return declined();
        }
        Ok(None)
    }

    /// The file was opened, or made, or stays locked.
    pub fn answer(&self, is_open: bool) {
        let mut state = self.state();
        state.is_asked = false;
        state.answers += 1;
        state.declined = (!is_open).then(Instant::now);
        self.answered.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    /// Two who wait, as soon as both do; what each got.
    fn two_wait(line: &Arc<PassphraseLine>, is_open: bool) -> Vec<Option<io::ErrorKind>> {
        let waiting: Vec<_> = (0..2)
            .map(|_| {
                let line = Arc::clone(line);
                thread::spawn(move || line.wait(Asked::Existing).err().map(|error| error.kind()))
            })
            .collect();
        while Arc::strong_count(line) < 3 || !line.state().is_asked {
            thread::yield_now();
        }
        while !waiting.iter().all(thread::JoinHandle::is_finished) {
            line.answer(is_open);
            thread::yield_now();
        }
        waiting.into_iter().map(|one| one.join().unwrap()).collect()
    }

    #[test]
    fn all_who_wait_go_on_when_the_file_is_open() {
        let line = Arc::new(PassphraseLine::new(Arc::default()));
        assert_eq!(two_wait(&line, true), [None, None]);
    }

    #[test]
    fn who_says_no_is_left_in_peace_for_a_while() {
        let line = Arc::new(PassphraseLine::new(Arc::default()));
        let declined = Some(io::ErrorKind::Interrupted);
        assert_eq!(two_wait(&line, false), [declined, declined]);
        let again = line.wait(Asked::Existing).err().map(|error| error.kind());
        assert_eq!(again, declined);
        assert!(!line.state().is_asked);
        line.answer(true);
        assert!(line.state().declined.is_none());
    }
}
