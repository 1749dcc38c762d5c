//! Who can be asked for a code or for leave, and how long a hand-out may take.

use std::{
    future::Future,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use keywell_vault::Secret;
use tokio::time::Instant;

use crate::problem::{Code, Problem};

/// AWS clients wait for their helper without a limit of their own.
const WITHOUT_A_PERSON: Duration = Duration::from_secs(5);
/// How long a person may take.
pub const WITH_A_PERSON: Duration = Duration::from_secs(60);

/// A code that a person is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MfaQuestion {
    pub profile: String,
    /// The device's serial number: an ARN, or the number printed on a piece of hardware.
    pub serial: String,
    /// The code before this one was refused.
    pub again: bool,
}

/// Whether a serial number is that of a security key or a passkey, for which STS gives no sessions: it takes codes of six
/// digits (`TokenCode` of GetSessionToken).
pub(crate) fn is_fido(serial: &str) -> bool {
    serial.contains(":u2f/")
}

impl MfaQuestion {
    /// The device as its owner named it.
    pub fn device(&self) -> &str {
        self.serial
            .rsplit_once(":mfa/")
            .map_or(self.serial.as_str(), |(_, name)| name)
    }

    /// The account that the device belongs to, where its serial number tells.
    pub fn account(&self) -> Option<&str> {
        self.serial.split(':').nth(4).filter(|id| !id.is_empty())
    }
}

/// Whether a program may have a profile's credentials: the person is asked the first time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UseQuestion {
    pub profile: String,
    /// Where a test has found it out.
    pub account: Option<String>,
}

/// The passphrase of the encrypted file that holds a profile's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassphraseQuestion {
    pub profile: String,
    pub file: PathBuf,
    /// The passphrase before this one did not open it.
    pub again: bool,
}

/// What a person answers to a [`UseQuestion`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leave {
    Once,
    ForAnHour,
    Always,
    Refused,
}

/// Puts questions to a person: at a terminal, or in a window.
#[async_trait]
pub trait Ask: Send + Sync {
    /// The code that a device shows now.
    async fn code(&self, question: &MfaQuestion) -> Result<Secret, Problem>;

    /// The passphrase of the encrypted file.
    async fn passphrase(&self, question: &PassphraseQuestion) -> Result<Secret, Problem>;

    /// Whether the program that asks may have a profile's credentials.
    async fn leave(&self, question: &UseQuestion) -> Result<Leave, Problem>;
}

/// The person beside a hand-out, if there is one.
#[derive(Clone)]
pub struct Person {
    ask: Option<Arc<dyn Ask>>,
    is_asked: Arc<AtomicBool>,
}

impl Person {
    pub fn nobody() -> Self {
        Self {
            ask: None,
            is_asked: Arc::default(),
        }
    }

    pub fn who_is_asked_by(ask: Arc<dyn Ask>) -> Self {
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
            "Nobody answered Keywell's question in time.",
            "Try again, and answer within a minute.",
        ))
    }

    /// From now on a person may take their time.
    pub(super) fn is_asked(&self) {
        self.is_asked.store(true, Ordering::Relaxed);
    }

    pub(super) async fn code(&self, question: &MfaQuestion) -> Result<Secret, Problem> {
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
        ask.code(question).await
    }

    pub(super) async fn passphrase(
        &self,
        question: &PassphraseQuestion,
    ) -> Result<Secret, Problem> {
        let Some(ask) = &self.ask else {
            return Err(Problem::new(
                Code::VaultPassphraseNeeded,
                format!(
                    "The key of the profile {} is in the encrypted file, which is locked, and there is nobody to ask for its passphrase.",
                    question.profile
                ),
                "Run keywell vault unlock in a terminal first, or give the passphrase by KEYWELL_PASSPHRASE_FD or a systemd credential.",
            ));
        };
        self.is_asked();
        ask.passphrase(question).await
    }

    pub(super) async fn leave(&self, question: &UseQuestion) -> Result<Leave, Problem> {
        let Some(ask) = &self.ask else {
            return Err(Problem::new(
                Code::LeaveNobody,
                format!(
                    "The profile {} is handed out only after you were asked, and there is nobody to ask.",
                    question.profile
                ),
                "Run keywell exec with this profile in a terminal and allow it, or switch the question off: keywell profile ask-first NAME --off",
            ));
        };
        self.is_asked();
        ask.leave(question).await
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
