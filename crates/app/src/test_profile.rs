//! Tests a profile the way clients use it, and says what each step found.

use std::time::{Duration, Instant};

use keywell_wire as wire;
use keywell_wire::{StepId, StepState};
use tokio_util::sync::CancellationToken;

use crate::{
    App, OnStep,
    checks::{self, Steps},
    cloud::{Connection, Context, Credentials, Network, short_key_id},
    hand_out, index,
    problem::{Code, Problem},
    profiles::{self, Source},
    regions, resolve, rights,
    sessions::Person,
    time,
};

/// Identity, clock, buckets, and for a keychain-backed profile the helper. The outcome is kept for the list.
pub async fn test(
    app: &App,
    profile: &str,
    on_step: OnStep<'_>,
    cancel: &CancellationToken,
) -> Result<wire::TestReport, Problem> {
    let files = profiles::read_files(app)?;
    let source = profiles::source(app, &files, profile)?;
    let steps = Steps::new(on_step);
    let outcome = ask(app, profile, &source, &steps, cancel).await;
    if let Err(problem) = &outcome
        && problem.code == Code::Cancelled
    {
        return Err(problem.clone());
    }
    let at = app.now_seconds();
    let (identity, answer, passed) = match outcome {
        Ok((identity, answer)) => (identity, Some(answer), true),
        Err(_) => (None, None, false),
    };
    let before = index::entry(&app.places, profile)?.and_then(|entry| entry.tested);
    let (account_id, arn) = match (&identity, before) {
        (Some(card), _) => (Some(card.account_id.clone()), Some(card.arn.clone())),
        // Who it was is still worth showing beside "refused".
        (None, Some(before)) => (before.account_id, before.arn),
        (None, None) => (None, None),
    };
    let tested = index::Tested {
        at,
        passed,
        account_id,
        arn,
    };
    if let Err(problem) = index::set_tested(&app.places, profile, tested) {
        // What was found is still worth telling.
        tracing::warn!(
            code = problem.code.as_str(),
            "the outcome could not be kept"
        );
    }
    let row = profiles::row(app, profile)?;
    sources_step(app, &files, profile, &row, &steps);
    let (buckets, may_list_buckets) = answer.map_or((Vec::new(), false), |answer| {
        (answer.buckets, answer.may_list)
    });
    Ok(wire::TestReport {
        profile: profile.to_owned(),
        passed,
        identity,
        steps: steps.into_ended(),
        buckets: buckets
            .into_iter()
            .map(crate::buckets::bucket_row)
            .collect(),
        may_list_buckets,
        tested: time::rfc3339(time::from_unix_seconds(at)),
    })
}

async fn ask(
    app: &App,
    profile: &str,
    source: &Source,
    steps: &Steps<'_>,
    cancel: &CancellationToken,
) -> Result<(Option<wire::IdentityCard>, checks::BucketAnswer), Problem> {
    let connection = match helper_step(app, profile, source, steps, cancel).await? {
        Some(connection) => connection,
        None => resolve_step(app, profile, steps).await?,
    };
    let endpoint = connection
        .endpoints
        .all
        .clone()
        .or_else(|| connection.endpoints.s3.clone());
    let region = connection.region.clone();
    let network = connection.network.clone();
    let elsewhere_connection = connection.clone();
    let key_id = match &connection.credentials {
        Credentials::Pair(pair) => Some(pair.key_id.clone()),
        _ => None,
    };
    let account = resolve::connect(app, connection, Some(profile)).map_err(|problem| {
        let running = steps.begin(StepId::Identity, "Who is this?", None);
        steps.fail(running, problem)
    })?;
    let context = Context {
        profile: Some(profile),
        key_id: key_id.as_deref(),
        region: Some(&region),
        endpoint: endpoint.as_deref(),
        ..Context::default()
    };
    let identity = match checks::identity(steps, account.as_ref(), &context, cancel).await {
        Err(problem) if problem.code == Code::UnknownKey && endpoint.is_none() => {
            return Err(elsewhere(app, elsewhere_connection, steps, cancel, problem).await);
        }
        asked => asked?,
    };
    let answer = checks::buckets(
        steps,
        account.as_ref(),
        &context,
        cancel,
        identity.is_none(),
    )
    .await?;
    let card = identity.as_ref().map(profiles::identity_card);
    if let Some(card) = &card {
        rights::ask(
            steps,
            account.as_ref(),
            &context,
            card,
            answer.is_denied,
            cancel,
        )
        .await?;
        if endpoint.is_none() {
            region_step(&region, steps);
        }
    }
    network_step(&network, steps);
    Ok((card, answer))
}

async fn elsewhere(
    app: &App,
    connection: Connection,
    steps: &Steps<'_>,
    cancel: &CancellationToken,
    unknown: Problem,
) -> Problem {
    match is_region_off(app, connection.clone(), cancel).await {
        Err(cancelled) => cancelled,
        Ok(false) => unknown,
        Ok(true) => {
            let running = steps.begin(StepId::Region, "Is the region enabled?", None);
            steps.fail(running, region_off(&connection.region))
        }
    }
}

pub(crate) fn region_off(region: &str) -> Problem {
    Problem::new(
        Code::RegionDisabled,
        format!("The region {region} is not enabled in this account."),
        "Choose another region for the profile, or enable this one in the console under Account.",
    )
    .because(format!(
        "AWS knows the key in {}, and not there.",
        regions::DEFAULT_REGION
    ))
}

/// Whether a key that AWS does not know is one whose account has not enabled the region ("Enable or disable AWS Regions"
/// of the account guide). Asked again in the region that every account of the partition has, it tells the two apart.
///
/// # Errors
/// Only when it was cancelled.
pub(crate) async fn is_region_off(
    app: &App,
    connection: Connection,
    cancel: &CancellationToken,
) -> Result<bool, Problem> {
    let region = &connection.region;
    if region == regions::DEFAULT_REGION
        || region.starts_with("cn-")
        || region.starts_with("us-gov-")
    {
        return Ok(false);
    }
    let connection = Connection {
        region: regions::DEFAULT_REGION.to_owned(),
        ..connection
    };
    let Ok(account) = resolve::connect(app, connection, None) else {
        return Ok(false);
    };
    Ok(checks::unless_cancelled(cancel, account.identity())
        .await?
        .is_ok())
}

/// STS was asked in this region, and its regional address knows no keys of accounts that have not enabled it.
fn region_step(region: &str, steps: &Steps<'_>) {
    let running = steps.begin(StepId::Region, "Is the region enabled?", None);
    let place = regions::REGIONS.iter().find(|(known, _)| *known == region);
    let detail = match place {
        Some((_, place)) => format!("{region}, {place}: AWS answered there."),
        None => format!("{region}: AWS answered there. Keywell has no name for it yet."),
    };
    steps.end(running, StepState::Passed, detail, None);
}

/// Told only where something is set: the usual way needs no words.
fn network_step(network: &Network, steps: &Steps<'_>) {
    let Some(said) = network_words(network) else {
        return;
    };
    let running = steps.begin(StepId::Network, "Which way do requests go?", None);
    steps.end(running, StepState::Answered, said, None);
}

/// The proxy and the certificates that are set, if any.
pub(crate) fn network_words(network: &Network) -> Option<String> {
    let proxy = network.https_proxy.as_ref().or(network.http_proxy.as_ref());
    let proxy = proxy.map(|address| {
        // Without the name and the password that may stand in it.
        let place = address.rsplit('@').next().unwrap_or_default();
        let place = place.split("://").last().unwrap_or_default();
        format!("A proxy is set: {place}.")
    });
    let trust = network
        .ca_bundle
        .as_ref()
        .map(|path| format!("Only the certificates in {} are trusted.", path.display()));
    let said: Vec<String> = [proxy, trust].into_iter().flatten().collect();
    (!said.is_empty()).then(|| said.join(" "))
}

/// Runs the helper's line from the config file and goes on with what it handed out.
async fn helper_step(
    app: &App,
    profile: &str,
    source: &Source,
    steps: &Steps<'_>,
    cancel: &CancellationToken,
) -> Result<Option<crate::cloud::Connection>, Problem> {
    let Source::Keychain { .. } = source else {
        return Ok(None);
    };
    let files = profiles::read_files(app)?;
    let section = keywell_aws_files::header(keywell_aws_files::FileKind::Config, profile);
    let line = files
        .config
        .get(&section, "credential_process")
        .unwrap_or_default();
    let running = steps.begin(
        StepId::Prove,
        "The helper hands the key out",
        Some(hand_out::PROOF_LIMIT.as_millis() as u32),
    );
    let handed = async {
        let printed = checks::unless_cancelled(cancel, (app.run_helper)(line)).await??;
        hand_out::read_answer(&printed)
    };
    let began = Instant::now();
    let handed = match handed.await {
        Err(problem) if problem.code == Code::HelperFailed => {
            let left = hand_out::PROOF_LIMIT.saturating_sub(began.elapsed());
            checks::unless_cancelled(cancel, why_none(app, profile, problem, left))
                .await
                .and_then(Err)
        }
        handed => handed,
    };
    match handed {
        Ok(pair) => {
            let detail = format!(
                "{}, from the keychain, as every AWS program gets it.",
                short_key_id(&pair.key_id)
            );
            steps.end(running, StepState::Passed, detail, None);
            let mut connection = resolve::connection_without_credentials(app, profile)?;
            connection.credentials = Credentials::Pair(pair);
            Ok(Some(connection))
        }
        Err(problem) => Err(steps.fail(running, problem)),
    }
}

/// Why the helper hands no key out. It tells its caller only in words, so the keychain is asked once more from here, and
/// its own failure, where it has one, takes the place of the helper's.
async fn why_none(app: &App, profile: &str, problem: Problem, limit: Duration) -> Problem {
    let target = hand_out::Target::Profile(profile.to_owned());
    let nobody = Person::nobody();
    let caller = hand_out::Caller {
        programs: vec![app.places.helper.to_string_lossy().into_owned()],
        ..hand_out::Caller::default()
    };
    let answer = hand_out::credential_json(app, &target, &nobody, &caller);
    match tokio::time::timeout(limit, answer).await {
        Ok(Err(known)) => known,
        _ => problem,
    }
}

async fn resolve_step(
    app: &App,
    profile: &str,
    steps: &Steps<'_>,
) -> Result<crate::cloud::Connection, Problem> {
    match resolve::connection_of(app, profile).await {
        Ok(connection) => Ok(connection),
        Err(problem) => {
            let running = steps.begin(StepId::Prove, "The profile gives credentials", None);
            Err(steps.fail(running, problem))
        }
    }
}

/// Which key each client really uses: told where the files or the environment hold a second one.
fn sources_step(
    app: &App,
    files: &profiles::Files,
    profile: &str,
    row: &wire::ProfileRow,
    steps: &Steps<'_>,
) {
    let findings = profiles::findings(app, files, profile, row);
    let running = steps.begin(StepId::Sources, "Every program uses this key", None);
    let worst = findings
        .iter()
        .find(|finding| finding.severity != wire::Severity::Note);
    let Some(finding) = worst.or(findings.first()) else {
        let detail = "Nothing else on this machine overrides it.";
        return steps.end(running, StepState::Passed, detail, None);
    };
    let state = match finding.severity {
        wire::Severity::Note => StepState::Answered,
        _ => StepState::Warning,
    };
    let detail = format!("{}. {}", finding.message, finding.detail);
    let command = profiles::mending(finding, profile);
    steps.end_with_command(running, state, detail, command);
}
