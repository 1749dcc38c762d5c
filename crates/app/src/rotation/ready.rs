//! Waits until AWS takes a key everywhere.
//!
//! IAM is eventually consistent: a new or reactivated key is known to some hosts before others ("Troubleshoot IAM",
//! "Changes that I make are not always immediately visible"). One success proves one host, so several are asked for in a
//! row, over seconds, from STS and from S3.

use std::time::Duration;

use keywell_wire::{StepId, StepState};
use tokio::time::Instant;

use super::Run;
use crate::{
    checks,
    cloud::{Account, CloudError, CloudErrorKind, Context},
    problem::{Code, Problem},
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
pub(super) enum NotReady {
    /// The last word was that there is no such key.
    Unknown(Problem),
    Other(Problem),
}

/// Returns when the key that the account is opened with was known several times in a row.
pub(super) async fn wait_until_ready(
    run: &Run<'_>,
    account: &dyn Account,
    key_id: &str,
) -> Result<(), NotReady> {
    let limit = u32::try_from(PATIENCE.as_millis()).ok();
    let step = run
        .steps
        .begin(StepId::Ready, "AWS knows the key everywhere", limit);
    let began = Instant::now();
    let context = Context {
        key_id: Some(key_id),
        user: Some(&run.journal.user),
        ..Context::default()
    };
    let mut in_a_row = 0;
    loop {
        let refused = match ask(run, account).await {
            Ok(Verdict::Known) => None,
            Ok(Verdict::Unknown(error)) => Some((true, error)),
            Ok(Verdict::Silent(error)) => Some((false, error)),
            Err(problem) => return Err(NotReady::Other(run.steps.fail(step, problem))),
        };
        match refused {
            None => {
                in_a_row += 1;
                if in_a_row == IN_A_ROW {
                    let detail = format!(
                        "STS and S3 accepted it {IN_A_ROW} times in a row, {} seconds after the first question.",
                        began.elapsed().as_secs()
                    );
                    run.steps.end(step, StepState::Passed, detail, None);
                    return Ok(());
                }
            }
            Some((unknown, error)) => {
                in_a_row = 0;
                if began.elapsed() > PATIENCE {
                    let problem = run.steps.fail(step, Problem::from_cloud(&error, &context));
                    return Err(if unknown {
                        NotReady::Unknown(problem)
                    } else {
                        NotReady::Other(problem)
                    });
                }
            }
        }
        if let Err(problem) = run.pause(PAUSE).await {
            return Err(NotReady::Other(run.steps.fail(step, problem)));
        }
    }
}

async fn ask(run: &Run<'_>, account: &dyn Account) -> Result<Verdict, Problem> {
    let identity = checks::unless_cancelled(run.cancel, account.identity())
        .await
        .map_err(|_| run.stopped())?;
    if let Ok(answer) = &identity
        && answer.identity.arn != run.journal.arn
    {
        return Err(Problem::new(
            Code::RotationUnproven,
            "The key belongs to somebody else than the key that it is to replace.",
            "Go back: keywell key rotate --back --profile NAME",
        )
        .because(format!("AWS says it is {}.", answer.identity.arn)));
    }
    match verdict(identity) {
        Verdict::Known => {}
        other => return Ok(other),
    }
    let buckets = checks::unless_cancelled(run.cancel, account.list_buckets())
        .await
        .map_err(|_| run.stopped())?;
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
