//! The questions that set-up and test ask AWS, each as a step that a person can watch.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use keywell_wire::{Step, StepId, StepState};
use tokio_util::sync::CancellationToken;

use crate::{
    OnStep,
    cloud::{Account, Bucket, CloudError, CloudErrorKind, Context, Identity, clock_words},
    doctor,
    problem::{Code, Problem},
    profiles,
};

/// How long AWS may take for one question with all its repetitions, in milliseconds; shown beside a running step.
const NETWORK_LIMIT: u32 = 30_000;
/// The same where the credentials come from a program, which may first wait for a person.
const PROGRAM_LIMIT: u32 = 90_000;

/// The key ID is known where the key itself is at hand.
pub(crate) fn network_limit(context: &Context<'_>) -> u32 {
    if context.key_id.is_some() {
        NETWORK_LIMIT
    } else {
        PROGRAM_LIMIT
    }
}

/// Asks one question over the network, no longer than the step's limit.
pub(crate) async fn answer_of<T>(
    operation: &'static str,
    limit_milliseconds: u32,
    cancel: &CancellationToken,
    question: impl Future<Output = Result<T, CloudError>>,
) -> Result<Result<T, CloudError>, Problem> {
    let limit = Duration::from_millis(limit_milliseconds.into());
    let answer = unless_cancelled(cancel, tokio::time::timeout(limit, question)).await?;
    Ok(answer.unwrap_or_else(|_| Err(CloudError::new(CloudErrorKind::TimedOut, operation))))
}

/// Sends steps as they begin and end, and keeps those that ended.
pub(crate) struct Steps<'a> {
    on_step: OnStep<'a>,
    ended: Mutex<Vec<Step>>,
}

pub(crate) struct Running {
    id: StepId,
    title: &'static str,
    began: Instant,
    timed: bool,
}

impl<'a> Steps<'a> {
    pub fn new(on_step: OnStep<'a>) -> Self {
        Self {
            on_step,
            ended: Mutex::default(),
        }
    }

    /// `limit_milliseconds` is set for steps that wait for something outside.
    pub fn begin(
        &self,
        id: StepId,
        title: &'static str,
        limit_milliseconds: Option<u32>,
    ) -> Running {
        (self.on_step)(Step {
            id: id.clone(),
            state: StepState::Running,
            title: title.to_owned(),
            detail: String::new(),
            milliseconds: None,
            limit_milliseconds,
            failure: None,
            command: None,
        });
        Running {
            id,
            title,
            began: Instant::now(),
            timed: limit_milliseconds.is_some(),
        }
    }

    pub fn end(
        &self,
        running: Running,
        state: StepState,
        detail: impl Into<String>,
        failure: Option<&Problem>,
    ) {
        self.finish(running, state, detail.into(), failure, None);
    }

    /// As [`Steps::end`], with a command that mends what was found.
    pub fn end_with_command(
        &self,
        running: Running,
        state: StepState,
        detail: impl Into<String>,
        command: Option<String>,
    ) {
        self.finish(running, state, detail.into(), None, command);
    }

    fn finish(
        &self,
        running: Running,
        state: StepState,
        detail: String,
        failure: Option<&Problem>,
        command: Option<String>,
    ) {
        let milliseconds = running.timed.then(|| {
            running
                .began
                .elapsed()
                .as_millis()
                .try_into()
                .unwrap_or(u32::MAX)
        });
        let step = Step {
            id: running.id,
            state,
            title: running.title.to_owned(),
            detail,
            milliseconds,
            limit_milliseconds: None,
            failure: failure.map(Into::into),
            command,
        };
        (self.on_step)(step.clone());
        self.ended
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(step);
    }

    /// Ends a step as failed and hands the problem back.
    pub fn fail(&self, running: Running, problem: Problem) -> Problem {
        self.end(
            running,
            StepState::Failed,
            problem.message.clone(),
            Some(&problem),
        );
        problem
    }

    pub fn into_ended(self) -> Vec<Step> {
        self.ended
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits for an answer unless the person cancels first.
pub(crate) async fn unless_cancelled<T>(
    cancel: &CancellationToken,
    future: impl Future<Output = T>,
) -> Result<T, Problem> {
    cancel
        .run_until_cancelled(future)
        .await
        .ok_or_else(Problem::cancelled)
}

/// Asks who the key is, and tells how right this clock is. `None` from a server of another make that has no STS.
pub(crate) async fn identity(
    steps: &Steps<'_>,
    account: &dyn Account,
    context: &Context<'_>,
    cancel: &CancellationToken,
) -> Result<Option<Identity>, Problem> {
    let limit = network_limit(context);
    let running = steps.begin(StepId::Identity, "Who is this?", Some(limit));
    let answer = match answer_of("GetCallerIdentity", limit, cancel, account.identity()).await {
        Err(cancelled) => return Err(steps.fail(running, cancelled)),
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) if context.endpoint.is_some() && says_nothing_of_the_key(&error) => {
            let server = context.endpoint.unwrap_or_default();
            steps.end(
                running,
                StepState::Answered,
                format!("{server} does not tell who a key belongs to. S3 is asked instead."),
                None,
            );
            return Ok(None);
        }
        Ok(Err(error)) => return Err(steps.fail(running, Problem::from_cloud(&error, context))),
    };
    let card = profiles::identity_card(&answer.identity);
    steps.end(running, StepState::Passed, identity_words(&card), None);
    if let Some(offset) = answer.clock_offset_milliseconds {
        let running = steps.begin(StepId::Clock, "Is this clock right?", None);
        let (state, command) = if offset.abs() > 60_000 {
            (StepState::Warning, Some(doctor::set_clock().to_owned()))
        } else {
            (StepState::Passed, None)
        };
        let detail = format!("{}. AWS allows 5 minutes, and S3 15.", clock_found(offset));
        steps.end_with_command(running, state, detail, command);
    }
    Ok(Some(answer.identity))
}

/// The `Date` of an answer has whole seconds, so less than that can not be told.
fn clock_found(offset_milliseconds: i64) -> String {
    if offset_milliseconds.abs() < 1500 {
        "Right to within a second".to_owned()
    } else {
        capital(&clock_words(offset_milliseconds))
    }
}

/// A server that does not know the question says nothing about the key.
fn says_nothing_of_the_key(error: &CloudError) -> bool {
    matches!(
        error.kind,
        CloudErrorKind::NotImplemented
            | CloudErrorKind::Invalid
            | CloudErrorKind::Other
            | CloudErrorKind::AccessDenied
    )
}

pub(crate) fn identity_words(card: &keywell_wire::IdentityCard) -> String {
    use keywell_wire::IdentityKind as Kind;
    let who = match card.kind {
        Kind::User => format!("IAM user {}", card.name),
        Kind::Root => "The root user".to_owned(),
        Kind::AssumedRole => format!("Role {}", card.name),
        Kind::Federated => card.name.clone(),
    };
    format!("{who} in account {}.", account_words(&card.account_id))
}

/// Account numbers are read in groups of four.
pub(crate) fn account_words(account_id: &str) -> String {
    if account_id.len() == 12 && account_id.is_ascii() {
        format!(
            "{}-{}-{}",
            &account_id[..4],
            &account_id[4..8],
            &account_id[8..]
        )
    } else {
        account_id.to_owned()
    }
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters
        .next()
        .map(|first| first.to_uppercase().chain(characters).collect())
        .unwrap_or_default()
}

/// What the key may see of S3.
pub(crate) struct BucketAnswer {
    pub buckets: Vec<Bucket>,
    pub may_list: bool,
    /// Refused, which is an answer; a question that failed is none.
    pub is_denied: bool,
}

/// Asks for the buckets. Being denied is an answer. Other failures are an error only when nothing else has proven the
/// key (`required`); else they are a warning.
pub(crate) async fn buckets(
    steps: &Steps<'_>,
    account: &dyn Account,
    context: &Context<'_>,
    cancel: &CancellationToken,
    required: bool,
) -> Result<BucketAnswer, Problem> {
    let limit = network_limit(context);
    let running = steps.begin(StepId::Buckets, "Which buckets can it list?", Some(limit));
    match answer_of("ListBuckets", limit, cancel, account.list_buckets()).await {
        Err(cancelled) => Err(steps.fail(running, cancelled)),
        Ok(Ok(buckets)) => {
            steps.end(running, StepState::Passed, bucket_words(&buckets), None);
            Ok(BucketAnswer {
                buckets,
                may_list: true,
                is_denied: false,
            })
        }
        Ok(Err(error)) if error.kind == CloudErrorKind::AccessDenied => {
            let detail = "None: this key may not list buckets. That is an answer, not a fault; a key made for one bucket is often like this.";
            steps.end(running, StepState::Answered, detail, None);
            Ok(BucketAnswer {
                buckets: Vec::new(),
                may_list: false,
                is_denied: true,
            })
        }
        Ok(Err(error)) => {
            let problem = Problem::from_cloud(&error, context);
            if required {
                return Err(steps.fail(running, problem));
            }
            steps.end(
                running,
                StepState::Warning,
                problem.message.clone(),
                Some(&problem),
            );
            Ok(BucketAnswer {
                buckets: Vec::new(),
                may_list: false,
                is_denied: false,
            })
        }
    }
}

fn bucket_words(buckets: &[Bucket]) -> String {
    match buckets {
        [] => "None yet: the account has no buckets.".to_owned(),
        [one] => format!("One: {}.", one.name),
        [first, second] => format!("Two: {} and {}.", first.name, second.name),
        [first, second, rest @ ..] => format!(
            "{}: {}, {} and {} more.",
            buckets.len(),
            first.name,
            second.name,
            rest.len()
        ),
    }
}

/// The proof was asked for in vain when the helper hands out another key than the one that was stored.
pub(crate) fn unproven(cause: impl Into<String>) -> Problem {
    Problem::new(
        Code::SetupUnproven,
        "The profile did not prove itself, so it was taken back.",
        "Everything is as it was before. Try again; if it stays so, look at the details.",
    )
    .because(cause)
}
