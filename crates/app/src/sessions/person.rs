//! Who can be asked for a code, and how long a hand-out may take.

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use keywell_vault::Secret;
use tokio::time::Instant;

use crate::problem::{Code, Problem};

/// AWS clients wait for their helper without a limit of their own.
const WITHOUT_A_PERSON: Duration = Duration::from_secs(5);
const WITH_A_PERSON: Duration = Duration::from_secs(60);

/// What a person is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MfaQuestion {
    pub profile: String,
    /// The device's serial number: an ARN, or the number printed on a piece of hardware.
    pub serial: String,
    /// The code before this one was refused.
    pub again: bool,
}

impl MfaQuestion {
    /// The device as its owner named it.
    pub fn device(&self) -> &str {
        self.serial
            .rsplit_once(":mfa/")
            .map_or(self.serial.as_str(), |(_, name)| name)
    }
}

/// Asks for the code of a device.
pub type AskCode = Arc<
    dyn Fn(MfaQuestion) -> Pin<Box<dyn Future<Output = Result<Secret, Problem>> + Send>>
        + Send
        + Sync,
>;

/// The person beside a hand-out, if there is one.
#[derive(Clone)]
pub struct Person {
    ask: Option<AskCode>,
    is_asked: Arc<AtomicBool>,
}

impl Person {
    pub fn nobody() -> Self {
        Self {
            ask: None,
            is_asked: Arc::default(),
        }
    }

    pub fn who_is_asked_by(ask: AskCode) -> Self {
        Self {
            ask: Some(ask),
            is_asked: Arc::default(),
        }
    }

    /// Gives the work 5 seconds, or 60 once a person is asked.
    ///
    /// # Errors
    /// Those of the work, and `helper.timed_out`.
    pub async fn patiently<T>(
        &self,
        work: impl Future<Output = Result<T, Problem>>,
    ) -> Result<T, Problem> {
        let began = Instant::now();
        tokio::pin!(work);
        for limit in [WITHOUT_A_PERSON, WITH_A_PERSON] {
            if let Ok(done) = tokio::time::timeout_at(began + limit, &mut work).await {
                return done;
            }
            if !self.is_asked.load(Ordering::Relaxed) {
                return Err(timed_out(limit));
            }
        }
        Err(Problem::new(
            Code::MfaNobody,
            "Nobody entered the MFA code in time.",
            "Try again, and enter the code within a minute.",
        ))
    }

    /// From now on a person may take their time.
    pub(super) fn is_asked(&self) {
        self.is_asked.store(true, Ordering::Relaxed);
    }

    pub(super) async fn code(&self, question: MfaQuestion) -> Result<Secret, Problem> {
        let Some(ask) = &self.ask else {
            return Err(Problem::new(
                Code::MfaNobody,
                format!(
                    "The profile {} needs a code of the MFA device {}, and there is nobody to ask.",
                    question.profile,
                    question.device()
                ),
                "Run keywell exec with this profile in a terminal once: the session is kept and handed out from then on.",
            ));
        };
        self.is_asked();
        ask(question).await
    }
}

fn timed_out(limit: Duration) -> Problem {
    Problem::new(
        Code::HelperTimedOut,
        format!(
            "No credentials could be had within {} seconds.",
            limit.as_secs()
        ),
        "Check the network and the keychain, then try again.",
    )
}
