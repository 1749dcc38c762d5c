use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crate::{ErrorKind, Item, Operation, Secret, Store, StoreKind, VaultError};

const LABEL: &str = "Memory";

/// A store in this process's memory that fails on request. Clones share the same items and faults.
///
/// ```
/// use keywell_vault::{ErrorKind, MemoryStore, Operation, Store};
/// let store = MemoryStore::new();
/// store.fail_next(Operation::Get, ErrorKind::Locked);
/// assert_eq!(store.get("AKIAIOSFODNN7EXAMPLE").unwrap_err().code(), "vault.locked");
/// ```
#[derive(Clone, Default)]
pub struct MemoryStore(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    items: BTreeMap<String, Item>,
    next: HashMap<Operation, VecDeque<ErrorKind>>,
    always: HashMap<Operation, ErrorKind>,
    hang: Duration,
    deadline: Option<Duration>,
    altered_gets: usize,
    calls: Vec<Operation>,
}

impl MemoryStore {
    pub fn new() -> MemoryStore {
        MemoryStore::default()
    }

    /// Makes the next call of this kind fail. Several calls queue up.
    pub fn fail_next(&self, operation: Operation, kind: ErrorKind) {
        self.state()
            .next
            .entry(operation)
            .or_default()
            .push_back(kind);
    }

    /// Makes every call of this kind fail until [`MemoryStore::recover`].
    pub fn fail_always(&self, operation: Operation, kind: ErrorKind) {
        self.state().always.insert(operation, kind);
    }

    /// Makes every call take this long. With a shorter [`MemoryStore::deadline`] they time out.
    pub fn hang(&self, time: Duration) {
        self.state().hang = time;
    }

    /// How long a call may take before it fails with [`ErrorKind::TimedOut`].
    pub fn deadline(&self, time: Duration) {
        self.state().deadline = Some(time);
    }

    /// Makes the next `get` that finds an item return another secret than the stored one.
    pub fn alter_next_get(&self) {
        self.state().altered_gets += 1;
    }

    /// Takes all faults back.
    pub fn recover(&self) {
        let mut state = self.state();
        state.next.clear();
        state.always.clear();
        state.hang = Duration::ZERO;
        state.altered_gets = 0;
    }

    /// Every operation that was asked for so far, failed ones too.
    pub fn calls(&self) -> Vec<Operation> {
        self.state().calls.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts the call, waits out a hang and gives the fault that is due.
    fn enter(&self, operation: Operation) -> Result<(), VaultError> {
        let (hang, deadline) = {
            let mut state = self.state();
            state.calls.push(operation);
            (state.hang, state.deadline)
        };
        match deadline.filter(|deadline| *deadline < hang) {
            Some(deadline) => {
                thread::sleep(deadline);
                return Err(VaultError::new(ErrorKind::TimedOut, operation, LABEL));
            }
            None => thread::sleep(hang),
        }
        let mut state = self.state();
        let queued = state.next.get_mut(&operation).and_then(VecDeque::pop_front);
        match queued.or_else(|| state.always.get(&operation).copied()) {
            Some(kind) => Err(VaultError::new(kind, operation, LABEL)),
            None => Ok(()),
        }
    }
}

impl Store for MemoryStore {
    fn label(&self) -> String {
        LABEL.to_owned()
    }

    fn kind(&self) -> StoreKind {
        StoreKind::Memory
    }

    fn get(&self, key_id: &str) -> Result<Item, VaultError> {
        self.enter(Operation::Get)?;
        let mut state = self.state();
        let mut item = state
            .items
            .get(key_id)
            .cloned()
            .ok_or_else(|| VaultError::new(ErrorKind::NoEntry, Operation::Get, LABEL))?;
        if state.altered_gets > 0 {
            state.altered_gets -= 1;
            item.secret = Secret::new(format!("{}x", item.secret.expose()));
        }
        Ok(item)
    }

    fn set(&self, item: &Item) -> Result<(), VaultError> {
        self.enter(Operation::Set)?;
        self.state().items.insert(item.key_id.clone(), item.clone());
        Ok(())
    }

    fn delete(&self, key_id: &str) -> Result<(), VaultError> {
        self.enter(Operation::Delete)?;
        match self.state().items.remove(key_id) {
            Some(_) => Ok(()),
            None => Err(VaultError::new(
                ErrorKind::NoEntry,
                Operation::Delete,
                LABEL,
            )),
        }
    }

    fn list(&self) -> Result<Vec<String>, VaultError> {
        self.enter(Operation::List)?;
        Ok(self.state().items.keys().cloned().collect())
    }

    fn probe(&self) -> Result<(), VaultError> {
        self.enter(Operation::Probe)
    }
}
