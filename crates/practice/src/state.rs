//! What all requests share.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use crate::account::{Account, Caller, LastUse};
use crate::clock::{ServerClock, to_millis};
use crate::condition::Values;
use crate::faults::Faults;
use crate::policy::Decision;
use crate::reports::Report;
use crate::store::{Durable, Store, StoreError};

const ACCOUNT_RECORD: &str = "account";

pub(crate) struct State {
    pub(crate) store: Store,
    pub(crate) clock: ServerClock,
    pub(crate) faults: Faults,
    /// A key younger than this is not known yet.
    pub(crate) new_key_delay: Duration,
    /// Waited before each answer.
    pub(crate) latency: Duration,
    account: RwLock<Arc<Account>>,
    uses_unstored: AtomicBool,
    calls: Mutex<BTreeMap<String, u64>>,
    report: Mutex<Option<Report>>,
}

impl State {
    /// Takes the account from the store, or makes a new one.
    pub(crate) fn load(
        store: Store,
        clock: ServerClock,
        faults: Faults,
        new_key_delay: Duration,
        latency: Duration,
    ) -> Result<Self, StoreError> {
        let account = match store.account_record(ACCOUNT_RECORD)? {
            Some(account) => account,
            None => {
                // The first key is usable at once: the delay is about keys made while it runs.
                let delay = i64::try_from(new_key_delay.as_millis()).unwrap_or(i64::MAX);
                let created = to_millis(clock.now()).saturating_sub(delay);
                let account = Account::with_administrator(created);
                store.put_account_record(ACCOUNT_RECORD, &account, Durable::AtOnce)?;
                account
            }
        };
        Ok(Self {
            store,
            clock,
            faults,
            new_key_delay,
            latency,
            account: RwLock::new(Arc::new(account)),
            uses_unstored: AtomicBool::new(false),
            calls: Mutex::default(),
            report: Mutex::default(),
        })
    }

    pub(crate) fn account(&self) -> Arc<Account> {
        Arc::clone(&self.read())
    }

    fn read(&self) -> RwLockReadGuard<'_, Arc<Account>> {
        self.account.read().unwrap_or_else(|lock| lock.into_inner())
    }

    pub(crate) fn now_millis(&self) -> i64 {
        to_millis(self.clock.now())
    }

    /// Changes the account durably; nothing is changed when `change` fails.
    pub(crate) fn change_account<T, E: From<StoreError>>(
        &self,
        change: impl FnOnce(&mut Account) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut account = self
            .account
            .write()
            .unwrap_or_else(|lock| lock.into_inner());
        let mut changed = Account::clone(&account);
        let value = change(&mut changed)?;
        self.store
            .put_account_record(ACCOUNT_RECORD, &changed, Durable::AtOnce)?;
        *account = Arc::new(changed);
        Ok(value)
    }

    /// Notes when, where and for what a key was used last.
    pub(crate) fn record_use(&self, key_id: &str, region: &str, service: &str) {
        let use_ = LastUse {
            at_millis: self.now_millis(),
            region: region.to_owned(),
            service: service.to_owned(),
        };
        let mut account = self
            .account
            .write()
            .unwrap_or_else(|lock| lock.into_inner());
        Arc::make_mut(&mut account).record_use(key_id, use_);
        drop(account);
        self.uses_unstored.store(true, Ordering::Release);
    }

    /// Makes everything durable that is not yet. `all` also removes bodies that may still be read.
    pub(crate) fn flush(&self, all: bool) -> Result<(), StoreError> {
        // The last use of keys is written here and not by each request, which may well lose it in a crash.
        if self.uses_unstored.swap(false, Ordering::AcqRel) {
            let account = self
                .account
                .write()
                .unwrap_or_else(|lock| lock.into_inner());
            self.store
                .put_account_record(ACCOUNT_RECORD, &**account, Durable::Soon)?;
        }
        self.store.flush(all)
    }

    /// Counts a call of IAM or STS whose signature was right, whatever came of it.
    pub(crate) fn count_call(&self, service: &str, action: &str) {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        *calls.entry(format!("{service}:{action}")).or_default() += 1;
    }

    /// The credential report made last.
    pub(crate) fn report(&self) -> MutexGuard<'_, Option<Report>> {
        self.report.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How often each action was called since the start.
    pub(crate) fn calls(&self) -> BTreeMap<String, u64> {
        let calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        calls.clone()
    }

    pub(crate) fn decide(
        &self,
        caller: &Caller,
        action: &str,
        resource: &str,
        values: &Values<'_>,
    ) -> Decision {
        self.read().decide(caller, action, resource, values)
    }
}
