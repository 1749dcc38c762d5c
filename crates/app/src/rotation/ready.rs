//! Waits until AWS takes a key everywhere.
//!
//! IAM is eventually consistent: a new or reactivated key is known to some hosts before others ("Troubleshoot IAM",
//! "Changes that I make are not always immediately visible"). One success proves one host, so several are asked for in a
//! row, over seconds, from STS and from S3.

use std::time::Duration;

use keywell_wire::{StepId, StepState};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::{
    checks::{self, Steps},
    cloud::{Account, CloudError, CloudErrorKind, Context},
    problem::Problem,
};

const IN_A_ROW: u32 = 5;
const PAUSE: Duration = Duration::from_millis(1500);
/// Other tools saw new keys work after 10 to 20 seconds, seldom after a minute.
const PATIENCE: Duration = Duration::from_secs(180);

/// What an answer says about the key that signed.
enum Verdict {
    Known,
    Unknown(CloudError),
    /// The answer says nothing of the key: no connection, an error of the service's own.
    Silent(CloudError),
}

fn verdict<T>(answer: Result<T, CloudError>) -> Verdict {
    let Err(error) = answer else {
        return Verdict::Known;
    };
    match error.kind {
        // The signature was right; what it may do is another matter.
        CloudErrorKind::AccessDenied | CloudErrorKind::NotImplemented => Verdict::Known,
        CloudErrorKind::UnknownKey | CloudErrorKind::WrongSecret => Verdict::Unknown(error),
        _ => Verdict::Silent(error),
    }
}

/// Why a key was not found ready.
pub(crate) enum NotReady {
    /// The last word was that there is no such key.
    Unknown(Problem),
    Other(Problem),
}

/// Whose key is waited for, and what is said when the waiting ends otherwise.
pub(crate) struct Waiting<'a> {
    pub steps: &'a Steps<'a>,
    pub cancel: &'a CancellationToken,
    pub user: &'a str,
    pub key_id: &'a str,
    pub stopped: &'a (dyn Fn() -> Problem + Sync),
    /// What an answer with this ARN is refused with; none where the key is the right one's.
    pub stranger: &'a (dyn Fn(&str) -> Option<Problem> + Sync),
}

/// Returns when the key that the account is opened with was known several times in a row.
pub(crate) async fn wait_until_ready(
    waiting: &Waiting<'_>,
    account: &dyn Account,
) -> Result<(), NotReady> {
    let limit = u32::try_from(PATIENCE.as_millis()).ok();
    let steps = waiting.steps;
    let step = steps.begin(StepId::Ready, "AWS knows the key everywhere", limit);
    let began = Instant::now();
    let context = Context {
        key_id: Some(waiting.key_id),
        user: Some(waiting.user),
        ..Context::default()
    };
    let mut in_a_row = 0;
    loop {
        let refused = match ask(waiting, account).await {
            Ok(Verdict::Known) => None,
            Ok(Verdict::Unknown(error)) => Some((true, error)),
            Ok(Verdict::Silent(error)) => Some((false, error)),
            Err(problem) => return Err(NotReady::Other(steps.fail(step, problem))),
        };
        match refused {
            None => {
                in_a_row += 1;
                if in_a_row == IN_A_ROW {
                    let detail = format!(
                        "STS and S3 accepted it {IN_A_ROW} times in a row, {} seconds after the first question.",
                        began.elapsed().as_secs()
                    );
                    steps.end(step, StepState::Passed, detail, None);
                    return Ok(());
                }
            }
            Some((unknown, error)) => {
                in_a_row = 0;
                if began.elapsed() > PATIENCE {
                    let problem = steps.fail(step, Problem::from_cloud(&error, &context));
                    return Err(if unknown {
                        NotReady::Unknown(problem)
                    } else {
                        NotReady::Other(problem)
                    });
                }
            }
        }
        let pause = tokio::time::sleep(PAUSE);
        if checks::unless_cancelled(waiting.cancel, pause)
            .await
            .is_err()
        {
            return Err(NotReady::Other(steps.fail(step, (waiting.stopped)())));
        }
    }
}

async fn ask(waiting: &Waiting<'_>, account: &dyn Account) -> Result<Verdict, Problem> {
    let identity = checks::unless_cancelled(waiting.cancel, account.identity())
        .await
        .map_err(|_| (waiting.stopped)())?;
    if let Ok(answer) = &identity
        && let Some(problem) = (waiting.stranger)(&answer.identity.arn)
    {
        return Err(problem);
    }
    match verdict(identity) {
        Verdict::Known => {}
        other => return Ok(other),
    }
    let buckets = checks::unless_cancelled(waiting.cancel, account.list_buckets())
        .await
        .map_err(|_| (waiting.stopped)())?;
    Ok(verdict(buckets))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_denial_proves_a_key_and_only_three_answers_say_that_it_is_not_known_yet() {
        use CloudErrorKind as Kind;
        let of = |kind| match verdict::<()>(Err(CloudError::new(kind, "s3:ListBuckets"))) {
            Verdict::Known => "known",
            Verdict::Unknown(_) => "unknown",
            Verdict::Silent(_) => "silent",
        };
        for (kind, expected) in [
            (Kind::AccessDenied, "known"),
            (Kind::NotImplemented, "known"),
            (Kind::UnknownKey, "unknown"),
            (Kind::WrongSecret, "unknown"),
            (Kind::Throttled, "silent"),
            (Kind::Unavailable, "silent"),
            (Kind::Unreachable, "silent"),
            (Kind::ClockSkew, "silent"),
            (Kind::Other, "silent"),
        ] {
            assert_eq!(of(kind.clone()), expected, "{kind:?}");
        }
        assert!(matches!(verdict(Ok(())), Verdict::Known));
    }
}
