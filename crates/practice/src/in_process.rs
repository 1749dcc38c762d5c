//! The account without a network: IAM and STS called in this process. For tests that ask many thousand times.
//!
//! Signatures are left out: the caller gives the secret, which is compared. Keys are refused as over the network.

use std::time::Duration;

use crate::account::{ADMINISTRATOR, Caller};
use crate::authentication::{Refusal, usable_key};
use crate::clock::{Clock, ServerClock};
use crate::faults::Faults;
use crate::query::Parameters;
use crate::state::State;
use crate::store::Store;
use crate::{PracticeError, iam, sts};
use std::path::Path;

/// A practice account in memory.
pub struct InProcess {
    state: State,
}

/// Who asks.
#[derive(Debug, Clone, Copy)]
pub struct Signer<'a> {
    pub key_id: &'a str,
    pub secret: &'a str,
}

/// AWS's answer to what it does not do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    pub status: u16,
    pub code: String,
    pub message: String,
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self {
            status: refusal.status,
            code: refusal.code,
            message: refusal.message,
        }
    }
}

impl InProcess {
    /// A new account with its administrator. A new access key is not known before `new_key_delay` is over.
    ///
    /// # Errors
    /// `State` when the memory can not be had.
    pub fn new(clock: Clock, new_key_delay: Duration) -> Result<Self, PracticeError> {
        let state = State::load(
            Store::in_memory()?,
            ServerClock::new(clock, 0),
            Faults::new(Vec::new()),
            new_key_delay,
            Duration::ZERO,
        )
        .map_err(|error| PracticeError::state(Path::new(""), error))?;
        Ok(Self { state })
    }

    /// The administrator's key ID and secret.
    pub fn administrator(&self) -> Option<(String, String)> {
        let account = self.state.account();
        let key = account.users.get(ADMINISTRATOR)?.access_keys.first()?;
        Some((key.id.clone(), key.secret.expose().to_owned()))
    }

    /// Calls an action of IAM; returns the inner XML of its result.
    ///
    /// # Errors
    /// AWS's refusal.
    pub fn iam(
        &self,
        signer: Signer<'_>,
        action: &str,
        parameters: &[(&str, &str)],
    ) -> Result<String, Refused> {
        let caller = self.caller(signer, "iam", "InvalidClientTokenId")?;
        let answer = iam::call(&self.state, &caller, &Parameters::of(action, parameters))?;
        Ok(answer.unwrap_or_default())
    }

    /// Calls an action of STS; returns the inner XML of its result.
    ///
    /// # Errors
    /// AWS's refusal.
    pub fn sts(&self, signer: Signer<'_>, action: &str) -> Result<String, Refused> {
        let caller = self.caller(signer, "sts", "InvalidClientTokenId")?;
        let answer = sts::call(&self.state, &caller, &Parameters::of(action, &[]))?;
        Ok(answer.unwrap_or_default())
    }

    /// Whether S3 takes the key, and what it answers else.
    ///
    /// # Errors
    /// S3's refusal.
    pub fn s3_takes(&self, signer: Signer<'_>) -> Result<(), Refused> {
        self.caller(signer, "s3", "InvalidAccessKeyId").map(drop)
    }

    fn caller(&self, signer: Signer<'_>, service: &str, unknown: &str) -> Result<Caller, Refused> {
        let account = self.state.account();
        let (user, key) = usable_key(&self.state, &account, signer.key_id)
            .ok_or_else(|| Refusal::new(403, unknown, "There is no such access key."))?;
        if key.secret.expose() != signer.secret {
            return Err(Refusal::new(
                403,
                "SignatureDoesNotMatch",
                "The signature does not match.",
            )
            .into());
        }
        let caller = account.caller(user);
        self.state.record_use(signer.key_id, "us-east-1", service);
        Ok(caller)
    }
}
