//! The proof, with the new key itself: that the program can do what it should, and that it can not do more.
//!
//! IAM is eventually consistent, so a permission may be denied at first: what is wanted is asked for until it works. After
//! that the policy is known, and one denial proves that the rest is not allowed.

use std::time::Duration;

use keywell_wire as wire;
use keywell_wire::{ProofOutcome as Outcome, StepId, StepState};
use tokio::time::Instant;

use super::run::Run;
use crate::{
    checks,
    cloud::{Account, CloudError, CloudErrorKind as Kind, ListObjects},
    problem::{Code, Problem},
};

const PAUSE: Duration = Duration::from_millis(1_500);
/// A new policy works after some seconds, seldom after a minute.
const PATIENCE: Duration = Duration::from_secs(90);
const LIMIT: u32 = 120_000;

/// One thing to try.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Attempt {
    List { bucket: String, prefix: String },
    Read { bucket: String, key: String },
    Write { bucket: String, key: String },
    Delete { bucket: String, key: String },
    ListBuckets,
    ListUsers,
    ListOwnKeys,
}

impl Attempt {
    fn words(&self) -> String {
        match self {
            Self::List { bucket, prefix } if prefix.is_empty() => {
                format!("List all of {bucket}")
            }
            Self::List { bucket, prefix } => format!("List {prefix} in {bucket}"),
            Self::Read { bucket, key } => format!("Read {key} in {bucket}"),
            Self::Write { bucket, key } => format!("Write {key} in {bucket}"),
            Self::Delete { bucket, key } => format!("Delete {key} in {bucket}"),
            Self::ListBuckets => "List the account's buckets".to_owned(),
            Self::ListUsers => "List the account's users".to_owned(),
            Self::ListOwnKeys => "Look at its own keys".to_owned(),
        }
    }

    /// Succeeds when the account let it happen. A name that is not found was looked up, which is what was asked.
    async fn make(&self, account: &dyn Account) -> Result<(), CloudError> {
        let answer = match self {
            Self::List { bucket, prefix } => {
                let request = ListObjects {
                    prefix,
                    ..first_of(bucket, 1)
                };
                account.list_objects(request).await.map(drop)
            }
            Self::Read { bucket, key } => account.head_object(bucket, key).await.map(drop),
            Self::Write { bucket, key } => account.put_empty(bucket, key).await,
            Self::Delete { bucket, key } => {
                let keys = [key.clone()];
                let failed = account.delete_objects(bucket, &keys).await?;
                failed
                    .into_iter()
                    .next()
                    .map_or(Ok(()), |(_, error)| Err(error))
            }
            Self::ListBuckets => account.list_buckets().await.map(drop),
            Self::ListUsers => account.list_users().await.map(drop),
            Self::ListOwnKeys => account.list_access_keys(None).await.map(drop),
        };
        match answer {
            Err(error) if error.kind == Kind::NoSuchObject => Ok(()),
            other => other,
        }
    }
}

/// Proves both sides. Fails when the program can not do what it should, unless the policy was edited by hand: then it is
/// told. That it can do more is told in either case: it may come from the bucket's own policy.
pub(super) async fn prove(
    run: &mut Run<'_>,
    program: &dyn Account,
) -> Result<Vec<wire::AccessProof>, Problem> {
    let name = format!("keywell-probe-{}", run.record.mark);
    let mut proof = can(run, program, &name).await?;
    proof.extend(can_not(run, program, &name).await?);
    Ok(proof)
}

async fn can(
    run: &mut Run<'_>,
    program: &dyn Account,
    name: &str,
) -> Result<Vec<wire::AccessProof>, Problem> {
    let step = run
        .steps
        .begin(StepId::Can, "It can do what it should", Some(LIMIT));
    let tried = try_wanted(run, program, name).await;
    tidy(run).await;
    let (proof, first) = match tried {
        Ok(tried) => tried,
        Err(problem) => return Err(run.steps.fail(step, problem)),
    };
    match first {
        None => {
            let words: Vec<&str> = proof.iter().map(|line| line.attempt.as_str()).collect();
            let detail = format!("{}.", words.join(". "));
            run.steps.end(step, StepState::Passed, detail, None);
        }
        Some(problem) if run.plan.policy.is_some() => {
            let detail = "The policy is one of your own, so this may be meant.";
            run.steps
                .end(step, StepState::Warning, detail, Some(&problem));
        }
        Some(problem) => return Err(run.steps.fail(step, problem)),
    }
    Ok(proof)
}

/// What was tried, and the first thing that should have worked and did not.
type Tried = (Vec<wire::AccessProof>, Option<Problem>);

async fn try_wanted(
    run: &mut Run<'_>,
    program: &dyn Account,
    name: &str,
) -> Result<Tried, Problem> {
    let allow = run.record.allow();
    let bucket = run.plan.bucket.clone();
    let key = format!("{}{name}", run.plan.prefix);
    if allow.write || (allow.read && !allow.list) {
        // Written down before it is put.
        run.record.probes.push(key.clone());
        run.record.save(run.app)?;
    }
    // A missing object is told from a denied one only to who may list.
    let readable = allow.write || allow.list || run.acting.put_empty(&bucket, &key).await.is_ok();
    let mut attempts = Vec::new();
    if allow.list {
        attempts.push((
            Attempt::List {
                bucket: bucket.clone(),
                prefix: run.plan.prefix.clone(),
            },
            true,
        ));
    }
    if allow.write {
        attempts.push((
            Attempt::Write {
                bucket: bucket.clone(),
                key: key.clone(),
            },
            true,
        ));
    }
    if allow.read {
        attempts.push((
            Attempt::Read {
                bucket: bucket.clone(),
                key: key.clone(),
            },
            readable,
        ));
    }
    if allow.delete {
        attempts.push((Attempt::Delete { bucket, key }, true));
    }
    let until = Instant::now() + PATIENCE;
    let mut proof = Vec::new();
    let mut first = None;
    for (attempt, possible) in attempts {
        let (outcome, detail) = if !possible {
            (Outcome::Untried, unreadable(run))
        } else {
            match patiently(run, program, &attempt, until).await? {
                Ok(()) => (Outcome::AsWanted, String::new()),
                Err(error) => {
                    let problem = missing(run, &attempt, &error);
                    let detail = problem.cause.clone();
                    first.get_or_insert(problem);
                    (Outcome::NotAsWanted, detail)
                }
            }
        };
        proof.push(line(&attempt, true, outcome, detail));
    }
    Ok((proof, first))
}

/// Tries until it works, it is refused for another reason than permissions, or time is up.
async fn patiently(
    run: &Run<'_>,
    program: &dyn Account,
    attempt: &Attempt,
    until: Instant,
) -> Result<Result<(), CloudError>, Problem> {
    loop {
        let error = match checks::unless_cancelled(run.cancel, attempt.make(program)).await? {
            Ok(()) => return Ok(Ok(())),
            Err(error) => error,
        };
        let may_pass = matches!(
            error.kind,
            Kind::AccessDenied
                | Kind::UnknownKey
                | Kind::WrongSecret
                | Kind::Throttled
                | Kind::Unavailable
                | Kind::TimedOut
                | Kind::Unreachable
        );
        if !may_pass || Instant::now() > until {
            return Ok(Err(error));
        }
        checks::unless_cancelled(run.cancel, tokio::time::sleep(PAUSE)).await?;
    }
}

fn missing(run: &Run<'_>, attempt: &Attempt, error: &CloudError) -> Problem {
    let told = run.explain(error);
    let words = attempt.words();
    let hint = if error.kind == Kind::AccessDenied {
        "Look at the bucket's own policy. If the bucket is encrypted with a KMS key of your own, edit the policy to allow kms:GenerateDataKey and kms:Decrypt for that key."
    } else {
        "Try again in a minute."
    };
    Problem::new(
        Code::AccessUnproven,
        format!("The program should be able to, and can not: {words}."),
        hint,
    )
    .because(if told.cause.is_empty() {
        told.message
    } else {
        told.cause
    })
}

async fn can_not(
    run: &mut Run<'_>,
    program: &dyn Account,
    name: &str,
) -> Result<Vec<wire::AccessProof>, Problem> {
    let step = run
        .steps
        .begin(StepId::CanNot, "It can not do more", Some(LIMIT));
    let tried = try_unwanted(run, program, name).await;
    tidy(run).await;
    let proof = match tried {
        Ok(proof) => proof,
        Err(problem) => return Err(run.steps.fail(step, problem)),
    };
    let of = |outcome: Outcome| proof.iter().filter(move |line| line.outcome == outcome);
    let more: Vec<&str> = of(Outcome::NotAsWanted)
        .map(|line| line.attempt.as_str())
        .collect();
    if more.is_empty() {
        let (denied, untried) = (of(Outcome::AsWanted).count(), of(Outcome::Untried).count());
        let detail = match untried {
            0 => format!("{denied} attempts, all denied."),
            _ => format!("{denied} attempts, all denied; {untried} could not be made."),
        };
        run.steps.end(step, StepState::Passed, detail, None);
    } else {
        let problem = Problem::new(
            Code::AccessUnproven,
            format!(
                "The program can do more than was chosen: {}.",
                more.join("; ")
            ),
            "Look at the policy and at the bucket's own policy. To be safe, take the access back.",
        );
        run.steps.end(
            step,
            StepState::Warning,
            problem.message.clone(),
            Some(&problem),
        );
    }
    Ok(proof)
}

/// A name that the prefix does not cover.
fn outside(prefix: &str, name: &str) -> String {
    let name = format!("{name}-outside");
    if name.starts_with(prefix) {
        format!("not-{name}")
    } else {
        name
    }
}

async fn try_unwanted(
    run: &mut Run<'_>,
    program: &dyn Account,
    name: &str,
) -> Result<Vec<wire::AccessProof>, Problem> {
    let (bucket, prefix) = (run.plan.bucket.clone(), run.plan.prefix.clone());
    let ground = Ground {
        outside: match prefix.as_str() {
            "" => None,
            _ => object_outside(run, &bucket, &prefix).await,
        },
        other: other_bucket(run, &bucket).await,
    };
    let (attempts, may_leave) = unwanted(run, &bucket, &prefix, name, &ground);
    let own = may_leave.clone();
    if !may_leave.is_empty() {
        run.record.probes.extend(may_leave);
        run.record.save(run.app)?;
    }
    let mut proof = Vec::new();
    for attempt in attempts {
        // Of an object that is not there AWS says "denied" to whoever may not list, which proves nothing.
        if let Attempt::Read { bucket, key } = &attempt
            && own.contains(key)
        {
            let put = run.acting.put_empty(bucket, key);
            if checks::unless_cancelled(run.cancel, put).await?.is_err() {
                proof.push(line(&attempt, false, Outcome::Untried, unreadable(run)));
                continue;
            }
        }
        let answer = checks::unless_cancelled(run.cancel, attempt.make(program)).await?;
        let (outcome, detail) = match answer {
            Ok(()) => (Outcome::NotAsWanted, String::new()),
            Err(error) if error.kind == Kind::AccessDenied => (Outcome::AsWanted, String::new()),
            Err(error) => (Outcome::Untried, run.explain(&error).message),
        };
        proof.push(line(&attempt, false, outcome, detail));
    }
    if ground.other.is_none() {
        proof.push(wire::AccessProof {
            attempt: "List another bucket".to_owned(),
            wanted: false,
            outcome: Outcome::Untried,
            detail: format!("{} sees no other bucket to try.", run.plan.using),
        });
    }
    Ok(proof)
}

fn unreadable(run: &Run<'_>) -> String {
    format!("{} may not put an object there to be read.", run.plan.using)
}

/// What is there already that the program should not reach.
struct Ground {
    /// An object of the same bucket that the prefix does not cover.
    outside: Option<String>,
    /// Another bucket of the account, and an object in it.
    other: Option<(String, Option<String>)>,
}

/// Looks among the first thousand; none is named where the acting profile may not list.
async fn object_outside(run: &Run<'_>, bucket: &str, prefix: &str) -> Option<String> {
    let listing = run
        .acting
        .list_objects(first_of(bucket, 1_000))
        .await
        .ok()?;
    listing
        .objects
        .into_iter()
        .map(|object| object.key)
        .find(|key| !key.starts_with(prefix))
}

async fn other_bucket(run: &Run<'_>, bucket: &str) -> Option<(String, Option<String>)> {
    let buckets = run.acting.list_buckets().await.ok()?;
    let other = buckets.into_iter().find(|one| one.name != bucket)?.name;
    let object = match run.acting.list_objects(first_of(&other, 1)).await {
        Ok(listing) => listing.objects.into_iter().next().map(|object| object.key),
        Err(_) => None,
    };
    Some((other, object))
}

fn first_of(bucket: &str, number: i32) -> ListObjects<'_> {
    ListObjects {
        bucket,
        prefix: "",
        delimiter: None,
        continuation: None,
        max_keys: number,
    }
}

/// What is tried and should be denied, and the objects that are there when it is not.
fn unwanted(
    run: &Run<'_>,
    bucket: &str,
    prefix: &str,
    name: &str,
    ground: &Ground,
) -> (Vec<Attempt>, Vec<String>) {
    let allow = run.record.allow();
    let bucket = || bucket.to_owned();
    let inside = format!("{prefix}{name}-2");
    let mut attempts = Vec::new();
    let mut may_leave = Vec::new();
    if !allow.list {
        attempts.push(Attempt::List {
            bucket: bucket(),
            prefix: prefix.to_owned(),
        });
    }
    if !(allow.read && allow.write) {
        may_leave.push(inside.clone());
    }
    if !allow.read {
        attempts.push(Attempt::Read {
            bucket: bucket(),
            key: inside.clone(),
        });
    }
    if !allow.write {
        attempts.push(Attempt::Write {
            bucket: bucket(),
            key: inside.clone(),
        });
    }
    if !allow.delete {
        attempts.push(Attempt::Delete {
            bucket: bucket(),
            key: inside,
        });
    }
    if !prefix.is_empty() {
        let outside = outside(prefix, name);
        may_leave.push(outside.clone());
        attempts.extend([
            Attempt::List {
                bucket: bucket(),
                prefix: String::new(),
            },
            Attempt::Read {
                bucket: bucket(),
                key: ground.outside.clone().unwrap_or_else(|| outside.clone()),
            },
            Attempt::Write {
                bucket: bucket(),
                key: outside.clone(),
            },
            Attempt::Delete {
                bucket: bucket(),
                key: outside,
            },
        ]);
    }
    if let Some((other, object)) = &ground.other {
        attempts.push(Attempt::List {
            bucket: other.clone(),
            prefix: String::new(),
        });
        attempts.extend(object.as_ref().map(|key| Attempt::Read {
            bucket: other.clone(),
            key: key.clone(),
        }));
    }
    attempts.extend([
        Attempt::ListBuckets,
        Attempt::ListUsers,
        Attempt::ListOwnKeys,
    ]);
    (attempts, may_leave)
}

fn line(attempt: &Attempt, wanted: bool, outcome: Outcome, detail: String) -> wire::AccessProof {
    wire::AccessProof {
        attempt: attempt.words(),
        wanted,
        outcome,
        detail,
    }
}

/// Removes the probes with the acting profile. What can not be removed stays written down, and is removed by "take back".
async fn tidy(run: &mut Run<'_>) {
    if run.record.probes.is_empty() {
        return;
    }
    let probes = std::mem::take(&mut run.record.probes);
    match run.acting.delete_objects(&run.plan.bucket, &probes).await {
        Ok(left) => run.record.probes = left.into_iter().map(|(key, _)| key).collect(),
        Err(_) => run.record.probes = probes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_outside_is_never_inside() {
        for prefix in [
            "in/",
            "k",
            "keywell-probe-",
            "keywell-probe-abc-outside",
            "n",
        ] {
            assert!(
                !outside(prefix, "keywell-probe-abc").starts_with(prefix),
                "{prefix}"
            );
        }
    }
}
