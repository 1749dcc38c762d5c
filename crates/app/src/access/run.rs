//! The making: bucket, user, policy, key, profile, proof.

use std::sync::Arc;

use keywell_wire as wire;
use keywell_wire::{StepId, StepState};
use tokio_util::sync::CancellationToken;

use super::{
    MARK, POLICY, check,
    journal::{self, Record, State},
    plan, proof,
    take_back::{self, TakeBack},
};
use crate::{
    App, OnStep, blocking,
    checks::{self, Running, Steps},
    cloud::{
        AccessKeyPair, Account, CloudError, Connection, Context, Credentials, NewUser, short_key_id,
    },
    doctor::quoted,
    problem::{Code, Problem},
    profiles, resolve,
    rotation::ready::{self, NotReady, Waiting},
    setup,
    state_file::Lock,
};

/// One run: what it knows, what it holds, and how it talks.
pub(super) struct Run<'a> {
    pub app: &'a App,
    pub plan: &'a wire::AccessPlan,
    pub acting: Arc<dyn Account>,
    pub steps: Steps<'a>,
    pub on_step: OnStep<'a>,
    pub cancel: &'a CancellationToken,
    pub record: Record,
    pub region: String,
    pub partition: String,
    _lock: Lock,
}

/// Makes everything and proves it. What was made is taken back when a step fails or is cancelled.
pub async fn grant(
    app: &App,
    plan: &wire::AccessPlan,
    on_step: OnStep<'_>,
    cancel: &CancellationToken,
) -> Result<wire::AccessGranted, Problem> {
    let mut run = begin(app, plan, on_step, cancel).await?;
    match make(&mut run).await {
        Ok(granted) => Ok(granted),
        Err(problem) => Err(give_up(&mut run, problem).await),
    }
}

async fn make(run: &mut Run<'_>) -> Result<wire::AccessGranted, Problem> {
    bucket(run).await?;
    user(run).await?;
    put_policy(run).await?;
    let pair = key(run).await?;
    let program = run.with_pair(pair.clone())?;
    until_ready(run, program.as_ref()).await?;
    let summary = wire::SetupSummary {
        commands: commands(run.plan),
        ..profile(run, pair).await?
    };
    let proof = proof::prove(run, program.as_ref()).await?;
    run.record.state = State::Made;
    run.record.save(run.app)?;
    Ok(wire::AccessGranted {
        access: run.record.view_as(wire::AccessState::Made),
        summary,
        proof,
    })
}

async fn give_up(run: &mut Run<'_>, problem: Problem) -> Problem {
    let cancelled = problem.code == Code::Cancelled;
    let taken = take_back::take_back(&mut TakeBack {
        app: run.app,
        account: run.acting.as_ref(),
        steps: &run.steps,
        record: &mut run.record,
        kept: Vec::new(),
    })
    .await;
    match taken {
        Ok(kept) if cancelled => Problem::new(
            Code::Cancelled,
            "You cancelled this. What was made is gone again.",
            "",
        )
        .because(kept.join(" ")),
        Ok(kept) => problem
            .and_because("What was made is gone again.")
            .and_because(&kept.join(" ")),
        Err(failure) => {
            let mut problem =
                problem.and_because(&format!("Not all could be taken back: {}", failure.message));
            problem.hint = format!(
                "Take the rest back with: keywell access revoke {}",
                run.record.user
            );
            problem
        }
    }
}

/// Makes sure that the work can begin, and takes back what an earlier run for this user left.
async fn begin<'a>(
    app: &'a App,
    plan: &'a wire::AccessPlan,
    on_step: OnStep<'a>,
    cancel: &'a CancellationToken,
) -> Result<Run<'a>, Problem> {
    plan::check_all(plan)?;
    let steps = Steps::new(on_step);
    let step = steps.begin(StepId::Account, "Who makes it?", Some(30_000));
    let begun = async {
        let acting = resolve::account_of(app, &plan.using).await?;
        let context = Context {
            profile: Some(&plan.using),
            ..Context::default()
        };
        let identity = acting
            .identity()
            .await
            .map_err(|error| Problem::from_cloud(&error, &context))?
            .identity;
        // Once the key is made there is one chance to keep its secret.
        let open = app.open_vault.clone();
        blocking(move || open().and_then(|vault| vault.probe())).await??;
        let partition = plan::partition_or_usual(&identity.arn);
        plan::check_policy(&plan::document(plan, &partition))?;
        let lock = journal::lock(app, &identity.account_id, &plan.user)?;
        Ok::<_, Problem>((acting, identity, partition, lock))
    }
    .await;
    let (acting, identity, partition, lock) = match begun {
        Ok(begun) => begun,
        Err(problem) => return Err(steps.fail(step, problem)),
    };
    let card = profiles::identity_card(&identity);
    steps.end(step, StepState::Passed, checks::identity_words(&card), None);
    match journal::of_user(&app.places, &identity.account_id, &plan.user)? {
        None => {}
        Some(earlier) if earlier.state == State::Made => {
            return Err(Problem::new(
                Code::EntityExists,
                format!(
                    "Keywell made the user {} before, for {}.",
                    plan.user, earlier.bucket
                ),
                format!(
                    "Choose another name, or take that one back: keywell access revoke {}",
                    plan.user
                ),
            ));
        }
        Some(mut earlier) => {
            take_back::take_back(&mut TakeBack {
                app,
                account: acting.as_ref(),
                steps: &steps,
                record: &mut earlier,
                kept: Vec::new(),
            })
            .await?;
        }
    }
    plan::check_profile(app, &plan.profile)?;
    let record = Record {
        state: State::Making,
        account_id: identity.account_id,
        user: plan.user.clone(),
        mark: std::iter::repeat_with(fastrand::alphanumeric)
            .take(20)
            .collect(),
        bucket: plan.bucket.clone(),
        bucket_is_new: false,
        prefix: plan.prefix.clone(),
        read: plan.allow.read,
        write: plan.allow.write,
        list: plan.allow.list,
        delete: plan.allow.delete,
        versions: plan.allow.versions,
        config_file: app.places.config_file.to_string_lossy().into_owned(),
        profile: plan.profile.clone(),
        using: plan.using.clone(),
        keys: Vec::new(),
        probes: Vec::new(),
        began: app.now_seconds(),
    };
    Ok(Run {
        app,
        plan,
        acting,
        steps,
        on_step,
        cancel,
        record,
        region: String::new(),
        partition,
        _lock: lock,
    })
}

impl Run<'_> {
    fn context(&self) -> Context<'_> {
        Context {
            profile: Some(&self.plan.using),
            user: Some(&self.plan.user),
            bucket: Some(&self.plan.bucket),
            ..Context::default()
        }
    }

    pub fn explain(&self, error: &CloudError) -> Problem {
        let mut problem = Problem::from_cloud(error, &self.context());
        if problem.code == Code::AccessDenied {
            problem.message = format!("{} may not do {}.", self.plan.using, error.operation);
            problem.hint = format!(
                "Let a profile act that may: choose another, or ask whoever manages the account to allow {}.",
                error.operation
            );
        }
        problem
    }

    fn unless_cancelled(&self) -> Result<(), Problem> {
        if self.cancel.is_cancelled() {
            return Err(Problem::cancelled());
        }
        Ok(())
    }

    /// The account as the new key sees it.
    fn with_pair(&self, pair: AccessKeyPair) -> Result<Arc<dyn Account>, Problem> {
        let connection = Connection {
            credentials: Credentials::Pair(pair),
            region: self.region.clone(),
            ..resolve::connection_without_credentials(self.app, &self.plan.using)?
        };
        resolve::connect(self.app, connection, None)
    }

    /// Begins a step, unless the person stopped the run.
    fn begin_step(&self, id: StepId, title: &'static str) -> Result<Running, Problem> {
        self.unless_cancelled()?;
        Ok(self.steps.begin(id, title, Some(30_000)))
    }

    fn end_step(&self, step: Running, done: Result<String, Problem>) -> Result<(), Problem> {
        match done {
            Ok(detail) => {
                self.steps.end(step, StepState::Passed, detail, None);
                Ok(())
            }
            Err(problem) => Err(self.steps.fail(step, problem)),
        }
    }
}

/// The bucket's region, which becomes the profile's; a new bucket is made.
async fn bucket(run: &mut Run<'_>) -> Result<(), Problem> {
    let Some(region) = run.plan.new_bucket_region.clone() else {
        let step = run.begin_step(StepId::Bucket, "The bucket is there")?;
        let region = run.acting.bucket_region(&run.plan.bucket).await;
        let found = match region {
            Ok(region) => {
                run.region = region;
                Ok(format!("{}, in {}.", run.plan.bucket, run.region))
            }
            Err(error) => Err(run.explain(&error)),
        };
        return run.end_step(step, found);
    };
    let step = run.begin_step(StepId::Bucket, "The bucket is made")?;
    let made = run.acting.create_bucket(&run.plan.bucket, &region).await;
    let made = match made {
        Ok(()) => {
            // A bucket whose answer was lost is not written down: an empty one is harmless, and may be somebody else's.
            run.record.bucket_is_new = true;
            run.record
                .save(run.app)
                .map(|()| format!("{}, in {region}, closed to the public.", run.plan.bucket))
        }
        Err(error) => Err(run.explain(&error)),
    };
    run.region = region;
    run.end_step(step, made)
}

async fn user(run: &mut Run<'_>) -> Result<(), Problem> {
    let step = run.begin_step(StepId::User, "The program's user is made")?;
    let made = async {
        // Written before the question: whatever becomes of the answer, the mark tells whose user it is.
        run.record.save(run.app)?;
        let mark = (MARK.to_owned(), run.record.mark.clone());
        let new = NewUser {
            name: &run.plan.user,
            path: "/",
            tags: &[mark],
        };
        let made = run.acting.create_user(new).await;
        let user = made.map_err(|error| run.explain(&error))?;
        Ok(format!("{}, without a password.", user.arn))
    }
    .await;
    run.end_step(step, made)
}

async fn put_policy(run: &Run<'_>) -> Result<(), Problem> {
    let step = run.begin_step(StepId::Policy, "It gets its policy")?;
    let document = check::for_sending(&plan::document(run.plan, &run.partition));
    let put = run
        .acting
        .put_user_policy(&run.plan.user, POLICY, &document)
        .await
        .map(|()| {
            format!(
                "{POLICY}: {} of {} characters.",
                check::length(&document),
                check::LONGEST
            )
        });
    run.end_step(step, put.map_err(|error| run.explain(&error)))
}

async fn key(run: &mut Run<'_>) -> Result<AccessKeyPair, Problem> {
    let step = run.begin_step(StepId::Create, "IAM makes its key")?;
    let made = match run.acting.create_access_key(&run.plan.user).await {
        Ok(key) => {
            run.record.keys.push(key.pair.key_id.clone());
            run.record.save(run.app).map(|()| key.pair)
        }
        Err(error) => Err(run.explain(&error)),
    };
    match made {
        Ok(pair) => {
            let detail = format!("{}.", short_key_id(&pair.key_id));
            run.steps.end(step, StepState::Passed, detail, None);
            Ok(pair)
        }
        Err(problem) => Err(run.steps.fail(step, problem)),
    }
}

async fn until_ready(run: &Run<'_>, program: &dyn Account) -> Result<(), Problem> {
    let waiting = Waiting {
        steps: &run.steps,
        cancel: run.cancel,
        user: &run.plan.user,
        key_id: run.record.key_id().unwrap_or_default(),
        stopped: &Problem::cancelled,
        stranger: &|_| None,
    };
    match ready::wait_until_ready(&waiting, program).await {
        Ok(()) => Ok(()),
        Err(NotReady::Unknown(problem) | NotReady::Other(problem)) => Err(problem),
    }
}

async fn profile(run: &Run<'_>, pair: AccessKeyPair) -> Result<wire::SetupSummary, Problem> {
    let request = setup::Request {
        pair,
        source: setup::Source::Given,
        profile: run.plan.profile.clone(),
        region: run.region.clone(),
        output: "json".to_owned(),
        endpoint_url: profiles::row(run.app, &run.plan.using)?.endpoint_url,
        replace: false,
        root_confirmed: false,
        ask_network: true,
    };
    setup::run(run.app, &request, run.on_step, run.cancel).await
}

/// Commands to try, as they would be typed: only such as the ticks allow, since the usual ones would be denied.
fn commands(plan: &wire::AccessPlan) -> Vec<String> {
    let address = |name: &str| quoted(&format!("s3://{}/{}{name}", plan.bucket, plan.prefix));
    let profile = quoted(&plan.profile);
    let allowed = [
        (plan.allow.list, format!("aws s3 ls {}", address(""))),
        (plan.allow.write, format!("aws s3 cp FILE {}", address(""))),
        (plan.allow.read, format!("aws s3 cp {} .", address("NAME"))),
        // Everybody may ask this.
        (true, "aws sts get-caller-identity".to_owned()),
    ];
    allowed
        .into_iter()
        .filter(|(is_allowed, _)| *is_allowed)
        .map(|(_, command)| format!("{command} --profile {profile}"))
        .collect()
}
