//! The set-up itself. Whatever fails or is cancelled on the way, files, index and keychain end as they began.

use std::sync::Arc;

use keywell_vault::{ErrorKind, Item, Store, VaultError, store_and_verify};
use keywell_wire as wire;
use keywell_wire::{StepId, StepState};
use tokio_util::sync::CancellationToken;

use super::{form, plan};
use crate::{
    App, OnStep, blocking,
    checks::{self, Steps, identity_words},
    cloud::{AccessKeyPair, Account, Connection, Context, Credentials, Identity},
    hand_out, helper_line,
    index::{self, Entry},
    problem::{Code, Problem},
    profiles::{
        self,
        step::{self, Done, Step},
    },
    regions, resolve,
    vault_items::delete_if_there,
};

/// Where a key came from; what is left there afterwards is said in the summary.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    Csv(std::path::PathBuf),
    Given,
    /// A plain profile of the AWS files, which set-up turns into a keychain-backed one.
    Profile(String),
}

/// A key and the profile that is to be made of it.
#[derive(Debug, Clone)]
pub struct Request {
    pub pair: AccessKeyPair,
    pub source: Source,
    pub profile: String,
    pub region: String,
    pub output: String,
    pub endpoint_url: Option<String>,
    /// Allows writing over a profile that exists.
    pub replace: bool,
    /// The person typed that a root user's key is to be stored all the same.
    pub root_confirmed: bool,
    /// False leaves out every question over the network.
    pub ask_network: bool,
}

/// Output formats of the AWS CLI ("AWS CLI output format" of its user guide).
pub(crate) const OUTPUTS: &[&str] = &["json", "yaml", "yaml-stream", "text", "table"];

/// Runs the whole set-up. Each step is sent when it begins and when it ends.
pub async fn run(
    app: &App,
    request: &Request,
    on_step: OnStep<'_>,
    cancel: &CancellationToken,
) -> Result<wire::SetupSummary, Problem> {
    let steps = Steps::new(on_step);
    let request = &check_request(app, request, &steps)?;
    let found = if request.ask_network {
        Some(ask(app, request, &steps, cancel).await?)
    } else {
        None
    };
    if cancel.is_cancelled() {
        return Err(Problem::cancelled());
    }
    let stored = store(app, request, &steps).await?;
    let written = match write(app, request, &steps, &stored).await {
        Ok(written) => written,
        Err(problem) => return Err(stored.take_back(app, problem).await),
    };
    let proven = match prove(app, request, found.as_ref(), &written.line, &steps, cancel).await {
        Ok(()) => note_success(app, request, found.as_ref()),
        Err(problem) => Err(problem),
    };
    if let Err(problem) = proven {
        // A profile that could not be taken back points at the keychain, and the files may hold its secret no more.
        let (problem, files_are_back) = written.done.take_back(app, problem);
        return Err(match files_are_back {
            true => stored.take_back(app, problem).await,
            false => problem,
        });
    }
    let identity = found.map_or_else(|| unknown_identity(request), |found| found.card);
    let change = written.done.keep(app, request.profile.clone());
    Ok(wire::SetupSummary {
        profile: request.profile.clone(),
        key_id: request.pair.key_id.clone(),
        identity,
        steps: steps.into_ended(),
        commands: commands(&request.profile),
        csv_path: match &request.source {
            Source::Csv(path) => Some(path.display().to_string()),
            _ => None,
        },
        undo: change.undo,
    })
}

/// Remembers what was found.
fn note_success(app: &App, request: &Request, found: Option<&Found>) -> Result<(), Problem> {
    let tested = found
        .and_then(|found| found.identity.as_ref())
        .map(|identity| index::Tested {
            at: app.now_seconds(),
            passed: true,
            account_id: Some(identity.account_id.clone()),
            arn: Some(identity.arn.clone()),
        });
    index::change(&app.places, |view| {
        if let Some(entry) = view.entries.get_mut(&request.profile) {
            entry.tested = tested;
        }
    })
}

/// Returns the request as it is carried out: with its address in the usual spelling.
fn check_request(app: &App, request: &Request, steps: &Steps<'_>) -> Result<Request, Problem> {
    let running = steps.begin(StepId::Form, "The key has the right form", None);
    let checked = (|| {
        let server = server(app, request);
        form::check(&request.pair, server.is_some())?;
        form::check_address(&request.pair, server.is_some())?;
        profiles::check_name(&request.profile)?;
        regions::check_region(&request.region)?;
        let endpoint_url = request
            .endpoint_url
            .as_deref()
            .map(plan::check_endpoint)
            .transpose()?;
        if !OUTPUTS.contains(&request.output.as_str()) {
            return Err(Problem::new(
                Code::ProfileValue,
                format!("{:?} is not an output format.", request.output),
                format!("Use one of: {}.", OUTPUTS.join(", ")),
            ));
        }
        check_target(&profiles::read_files(app)?, request)?;
        Ok(Request {
            endpoint_url,
            ..request.clone()
        })
    })();
    match checked {
        Ok(checked) => {
            let kind = if form::is_temporary(&request.pair.key_id) {
                "A temporary access key with its session token"
            } else {
                "A long-term access key"
            };
            let (id, secret) = (
                request.pair.key_id.chars().count(),
                request.pair.secret.expose().chars().count(),
            );
            steps.end(
                running,
                StepState::Passed,
                format!("{kind}: {id} characters, and a secret of {secret}."),
                None,
            );
            Ok(checked)
        }
        Err(problem) => Err(steps.fail(running, problem)),
    }
}

/// Whether the profile may be written. A plain key that set-up would remove from the files must be the one that goes
/// into the keychain: no other copy of it is known.
fn check_target(files: &profiles::Files, request: &Request) -> Result<(), Problem> {
    if request.replace || !profiles::has(files, &request.profile) {
        return Ok(());
    }
    let itself = matches!(&request.source, Source::Profile(name) if *name == request.profile);
    if !itself {
        return Err(profiles::exists_already(&request.profile));
    }
    if profiles::plain_secrets(files, &request.profile)
        .iter()
        .any(|secret| *secret != request.pair.secret)
    {
        return Err(Problem::new(
            Code::ProfileExists,
            format!(
                "The profile {} holds another plain key than the one to move.",
                request.profile
            ),
            "Look at the profile in both AWS files, remove the key that is not wanted, then begin again.",
        ));
    }
    Ok(())
}

/// What AWS said about the key.
struct Found {
    identity: Option<Identity>,
    card: wire::IdentityCard,
}

async fn ask(
    app: &App,
    request: &Request,
    steps: &Steps<'_>,
    cancel: &CancellationToken,
) -> Result<Found, Problem> {
    let account = account_of(app, request, request.pair.clone()).map_err(|problem| {
        let running = steps.begin(StepId::Identity, "Who is this?", None);
        steps.fail(running, problem)
    })?;
    let server = server(app, request);
    let context = context(request, server.as_deref());
    let identity = checks::identity(steps, account.as_ref(), &context, cancel).await?;
    let card = identity
        .as_ref()
        .map_or_else(|| unknown_identity(request), profiles::identity_card);
    if card.kind == wire::IdentityKind::Root && !request.root_confirmed {
        return Err(Problem::new(
            Code::KeyRoot,
            "This key belongs to the root user of the account.",
            "Make an IAM user in the console and a key for it, and set that one up. To store this key all the same, type root.",
        )
        .because("A root user's key may do everything, and nothing can limit it."));
    }
    checks::buckets(
        steps,
        account.as_ref(),
        &context,
        cancel,
        identity.is_none(),
    )
    .await?;
    Ok(Found { identity, card })
}

fn account_of(
    app: &App,
    request: &Request,
    pair: AccessKeyPair,
) -> Result<Arc<dyn Account>, Problem> {
    let connection = Connection {
        credentials: Credentials::Pair(pair),
        ..resolve::bare_connection(app, &request.region, request.endpoint_url.as_deref())
    };
    resolve::connect(app, connection, None)
}

/// The address that is asked, when it is not AWS's own: the profile's, or the environment's.
fn server(app: &App, request: &Request) -> Option<String> {
    let endpoints =
        resolve::bare_connection(app, &request.region, request.endpoint_url.as_deref()).endpoints;
    endpoints.sts.or(endpoints.all)
}

fn context<'a>(request: &'a Request, server: Option<&'a str>) -> Context<'a> {
    Context {
        key_id: Some(&request.pair.key_id),
        region: Some(&request.region),
        endpoint: server,
        ..Context::default()
    }
}

/// For set-up without the network, and for servers that do not tell who a key belongs to.
fn unknown_identity(request: &Request) -> wire::IdentityCard {
    wire::IdentityCard {
        account_id: String::new(),
        arn: String::new(),
        name: request.pair.key_id.clone(),
        kind: wire::IdentityKind::Federated,
    }
}

/// What the store held before, so that it can be put back.
struct StoredKey {
    key_id: String,
    before: Option<Item>,
}

impl StoredKey {
    /// Returns the problem that made this necessary, and what could not be put back.
    async fn take_back(self, app: &App, problem: Problem) -> Problem {
        let open = app.open_vault.clone();
        let result = blocking(move || {
            let vault = open()?;
            put_back(vault.as_ref(), self.before.as_ref(), &self.key_id)
        })
        .await
        .and_then(|result| result.map_err(Problem::from));
        match result {
            Ok(()) => problem,
            Err(failure) => problem.not_taken_back(&failure),
        }
    }
}

async fn store(app: &App, request: &Request, steps: &Steps<'_>) -> Result<StoredKey, Problem> {
    let running = steps.begin(StepId::Store, "The secret is in the keychain", Some(60_000));
    let item = Item {
        key_id: request.pair.key_id.clone(),
        secret: request.pair.secret.clone(),
        session_token: request.pair.session_token.clone(),
        profile: request.profile.clone(),
        config_file: app.places.config_file.to_string_lossy().into_owned(),
        created: app.now_seconds(),
    };
    let open = app.open_vault.clone();
    let key_id = item.key_id.clone();
    let result = blocking(move || {
        let vault = open()?;
        let before = match vault.get(&item.key_id) {
            Ok(before) => Some(before),
            Err(error) if error.kind == ErrorKind::NoEntry => None,
            Err(error) => return Err(Problem::from(error)),
        };
        match store_and_verify(vault.as_ref(), &item) {
            Ok(()) => Ok((before, vault.label())),
            Err(error) => {
                let problem = Problem::from(error);
                Err(
                    match put_back(vault.as_ref(), before.as_ref(), &item.key_id) {
                        Ok(()) => problem,
                        Err(failure) => problem.not_taken_back(&failure.into()),
                    },
                )
            }
        }
    })
    .await?;
    match result {
        Ok((before, label)) => {
            steps.end(
                running,
                StepState::Passed,
                format!("Stored in {label}, read back, equal."),
                None,
            );
            Ok(StoredKey { key_id, before })
        }
        Err(problem) => Err(steps.fail(running, problem)),
    }
}

fn put_back(vault: &dyn Store, before: Option<&Item>, key_id: &str) -> Result<(), VaultError> {
    match before {
        Some(item) if vault.get(key_id).is_ok_and(|now| now == *item) => Ok(()),
        Some(item) => store_and_verify(vault, item),
        None => delete_if_there(vault, key_id),
    }
}

/// What was written, so that it can be taken back.
struct Written {
    done: Done,
    line: String,
}

async fn write(
    app: &App,
    request: &Request,
    steps: &Steps<'_>,
    stored: &StoredKey,
) -> Result<Written, Problem> {
    let running = steps.begin(StepId::Write, "The profile is written", None);
    match write_files(app, request, stored).await {
        Ok(written) => {
            let lines = written
                .done
                .applied
                .diff(app)
                .iter()
                .filter(|line| line.kind == wire::DiffKind::Added)
                .count();
            let detail = format!(
                "{lines} lines written to {}. Nothing else in the file moved.",
                app.shown(&app.places.config_file)
            );
            steps.end(running, StepState::Passed, detail, None);
            Ok(written)
        }
        Err(problem) => Err(steps.fail(running, problem)),
    }
}

async fn write_files(app: &App, request: &Request, stored: &StoredKey) -> Result<Written, Problem> {
    let files = profiles::read_files(app)?;
    // The files may have changed while AWS and the keychain were asked.
    check_target(&files, request)?;
    let (opaque_id, target) = plan::target_for(app, &request.profile)?;
    let line = helper_line::write(&app.places.helper, &target, &app.variables)?;
    let values = plan::Values {
        profile: &request.profile,
        region: &request.region,
        output: &request.output,
        endpoint_url: request.endpoint_url.as_deref(),
        helper_line: &line,
    };
    let plan = plan::plan(&files, &values);
    let before_entry = index::entry(&app.places, &request.profile)?;
    let entry = Entry {
        key_id: Some(request.pair.key_id.clone()),
        key_stored: Some(app.now_seconds()),
        opaque_id,
        tested: None,
        production: before_entry.as_ref().is_some_and(|entry| entry.production),
        short_sessions: before_entry
            .as_ref()
            .is_some_and(|entry| entry.short_sessions),
        ask_first: before_entry.as_ref().is_some_and(|entry| entry.ask_first),
        group: before_entry.and_then(|entry| entry.group),
    };
    let profile = &request.profile;
    let step = Step {
        profile,
        text: format!("Set up {profile}"),
        undo_text: format!("Take the set-up of {profile} back"),
        plan,
        index: &|view| {
            view.set(profile, Some(entry.clone()));
            view.in_use.get_or_insert_with(|| profile.clone());
        },
        item: Some((stored.key_id.clone(), stored.before.clone())),
        undoes: None,
    };
    let done = step::run(app, step).await?;
    Ok(Written { done, line })
}

/// Runs the line that is now in the config file, and asks AWS again with what it hands out.
async fn prove(
    app: &App,
    request: &Request,
    found: Option<&Found>,
    line: &str,
    steps: &Steps<'_>,
    cancel: &CancellationToken,
) -> Result<(), Problem> {
    let limit = hand_out::PROOF_LIMIT.as_millis() as u32;
    let running = steps.begin(
        StepId::Prove,
        "Prove it the way the AWS CLI will use it",
        Some(limit),
    );
    let proof = async {
        let printed = checks::unless_cancelled(cancel, (app.run_helper)(line.to_owned())).await??;
        let pair = hand_out::read_answer(&printed)?;
        // Of a session only AWS can tell whose it is.
        let is_session = pair.session_token.is_some() && request.pair.session_token.is_none();
        if pair != request.pair && !is_session {
            return Err(checks::unproven(
                "The helper handed out another key than the one that was stored.",
            ));
        }
        let Some(expected) = found.and_then(|found| found.identity.as_ref()) else {
            return Ok(None);
        };
        let account = account_of(app, request, pair)?;
        let answer = checks::unless_cancelled(cancel, account.identity())
            .await?
            .map_err(|error| {
                let server = server(app, request);
                Problem::from_cloud(&error, &context(request, server.as_deref()))
            })?;
        if answer.identity.arn != expected.arn {
            return Err(checks::unproven(
                "AWS says that the key handed out is somebody else's.",
            ));
        }
        Ok(Some(profiles::identity_card(&answer.identity)))
    };
    match proof.await {
        Ok(Some(card)) => {
            steps.end(
                running,
                StepState::Passed,
                format!(
                    "The helper answered, and AWS knows it: {}",
                    identity_words(&card)
                ),
                None,
            );
            Ok(())
        }
        Ok(None) => {
            steps.end(
                running,
                StepState::Passed,
                "The helper answered with this key.",
                None,
            );
            Ok(())
        }
        Err(problem) => Err(steps.fail(running, problem)),
    }
}

/// Commands to try, as they would be typed.
fn commands(profile: &str) -> Vec<String> {
    let name = crate::doctor::quoted(profile);
    let with_profile = if profile == "default" {
        String::new()
    } else {
        format!(" --profile {name}")
    };
    vec![
        format!("aws s3 ls{with_profile}"),
        format!("aws sts get-caller-identity{with_profile}"),
        format!("keywell test {name}"),
    ]
}
