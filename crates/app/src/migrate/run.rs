//! Moves one key: store, read back, rewrite, prove, then remove the plain copies. What fails is taken back.

use keywell_aws_files::{Document, FileKind, header};
use keywell_vault::{ErrorKind, Item, store_and_verify};
use keywell_wire as wire;
use keywell_wire::{StepId, StepState};
use tokio_util::sync::CancellationToken;

use super::{
    assignments, find,
    find::{Copy, PlainKey, Target},
    journal::{self, Before, Edit, EditKind, Record, Value},
    patch::{self, Patch},
    text_file, undo,
};
use crate::{
    App, OnStep, blocking,
    checks::{self, Steps},
    cloud::{AccessKeyPair, Connection, Context, Credentials, Identity},
    hand_out, helper_line,
    index::{self, Entry},
    problem::{Code, Problem},
    profiles::{
        self, Files,
        edit::{self, Change},
    },
    regions, resolve,
    setup::{self, csv_file},
};

/// Which key is to be moved.
#[derive(Debug, Clone)]
pub struct Request {
    /// As [`super::list`] names it.
    pub key: String,
    /// The profile that is made of a key that has none.
    pub new_profile: Option<String>,
    /// False leaves out every question over the network.
    pub ask_network: bool,
}

/// How often a file that another program changes at this very moment is read anew.
const ATTEMPTS: usize = 5;

/// Moves a key into the keychain and removes its plain copies. Each step is sent when it begins and when it ends.
pub async fn run(
    app: &App,
    request: &Request,
    on_step: OnStep<'_>,
    cancel: &CancellationToken,
) -> Result<wire::Migration, Problem> {
    let steps = Steps::new(on_step);
    undo::clear_interrupted(app, &request.key).await?;
    let plan = plan(app, request).await?;
    let identity = ask(app, &plan, request.ask_network, &steps, cancel).await?;
    if cancel.is_cancelled() {
        return Err(Problem::cancelled());
    }
    let mut record = journal::begin(
        app,
        Record {
            id: String::new(),
            key_id: plan.key.pair.key_id.clone(),
            at: app.now_seconds(),
            done: false,
            added_item: false,
            profiles: Vec::new(),
            edits: Vec::new(),
        },
    )?;
    match carry_out(app, &plan, &mut record, identity.as_ref(), &steps, cancel).await {
        Ok(()) => Ok(find::shown_record(app, &record)),
        Err(problem) => Err(match undo::take_back(app, &record).await {
            Ok(()) => match journal::forget(app, &record.id) {
                Ok(()) => problem,
                Err(failure) => problem.not_taken_back(&failure),
            },
            Err(failure) => problem.not_taken_back(&failure),
        }),
    }
}

struct Plan {
    key: PlainKey,
    targets: Vec<Target>,
    /// For a profile that is made.
    region: String,
    endpoint_url: Option<String>,
}

async fn plan(app: &App, request: &Request) -> Result<Plan, Problem> {
    let (keys, _) = find::search(app).await?;
    let key = keys
        .into_iter()
        .find(|key| key.id == request.key)
        .ok_or_else(|| {
            Problem::new(
                Code::MigrateNoKey,
                format!("No plain copy of {} is known.", request.key),
                "List what there is with: keywell profile migrate --list",
            )
        })?;
    let files = profiles::read_files(app)?;
    if let Some(problem) = find::blocked(&files, &key) {
        return Err(problem);
    }
    let mut targets = find::targets(app, &files, &key)?;
    if let Some(wanted) = &request.new_profile
        && let [target] = &mut targets[..]
        && !target.exists
    {
        profiles::check_name(wanted)?;
        if profiles::has(&files, wanted) {
            return Err(profiles::exists_already(wanted));
        }
        target.profile.clone_from(wanted);
    }
    let mut settings = assignments::Settings::default();
    for copy in &key.copies {
        if let Copy::Text { path, .. } = copy {
            settings = assignments::settings(&text_file::read(app, path)?.unwrap_or_default());
        }
    }
    let practice = (app.practice)().filter(|_| key.pair.key_id.starts_with(setup::PRACTICE));
    let region = settings
        .region
        .or_else(|| app.variables.text("AWS_REGION"))
        .or_else(|| app.variables.text("AWS_DEFAULT_REGION"))
        .unwrap_or_else(|| regions::DEFAULT_REGION.to_owned());
    regions::check_region(&region)?;
    Ok(Plan {
        key,
        targets,
        region,
        endpoint_url: settings
            .endpoint_url
            .or_else(|| practice.map(|practice| practice.endpoint_url)),
    })
}

/// Where the key is asked about: as its first profile is set up, or as the new one will be.
fn connection(app: &App, plan: &Plan, pair: AccessKeyPair) -> Result<Connection, Problem> {
    let connection = match plan.targets.first().filter(|target| target.exists) {
        Some(target) => resolve::connection_without_credentials(app, &target.profile)?,
        None => resolve::bare_connection(app, &plan.region, plan.endpoint_url.as_deref()),
    };
    Ok(Connection {
        credentials: Credentials::Pair(pair),
        ..connection
    })
}

async fn ask(
    app: &App,
    plan: &Plan,
    ask_network: bool,
    steps: &Steps<'_>,
    cancel: &CancellationToken,
) -> Result<Option<Identity>, Problem> {
    if !ask_network {
        return Ok(None);
    }
    identity_of(app, plan, plan.key.pair.clone(), steps, cancel).await
}

async fn identity_of(
    app: &App,
    plan: &Plan,
    pair: AccessKeyPair,
    steps: &Steps<'_>,
    cancel: &CancellationToken,
) -> Result<Option<Identity>, Problem> {
    let connection = connection(app, plan, pair)?;
    let named = connection.endpoints.sts.as_ref();
    let endpoint = named.or(connection.endpoints.all.as_ref()).cloned();
    setup::check_address(&plan.key.pair, endpoint.is_some())?;
    let region = connection.region.clone();
    let account = resolve::connect(app, connection, None)?;
    let context = Context {
        key_id: Some(&plan.key.pair.key_id),
        region: Some(&region),
        endpoint: endpoint.as_deref(),
        ..Context::default()
    };
    checks::identity(steps, account.as_ref(), &context, cancel).await
}

async fn carry_out(
    app: &App,
    plan: &Plan,
    record: &mut Record,
    identity: Option<&Identity>,
    steps: &Steps<'_>,
    cancel: &CancellationToken,
) -> Result<(), Problem> {
    let running = steps.begin(StepId::Store, "The secret is in the keychain", Some(60_000));
    match store(app, plan, record).await {
        Ok(detail) => steps.end(running, StepState::Passed, detail, None),
        Err(problem) => return Err(steps.fail(running, problem)),
    }
    let running = steps.begin(StepId::Write, "The profile asks the keychain", None);
    let lines = match rewrite(app, plan, record) {
        Ok(lines) => lines,
        Err(problem) => return Err(steps.fail(running, problem)),
    };
    let names: Vec<&str> = plan
        .targets
        .iter()
        .map(|target| target.profile.as_str())
        .collect();
    let detail = format!(
        "{} in {}. The plain copy is still there.",
        names.join(", "),
        app.shown(&app.places.config_file)
    );
    steps.end(running, StepState::Passed, detail, None);
    prove(app, plan, identity, lines, steps, cancel).await?;

    let running = steps.begin(StepId::Remove, "The plain copies are gone", None);
    match remove(app, plan, record) {
        Ok((count, left)) => {
            record.done = true;
            if let Err(problem) = journal::keep(app, record) {
                return Err(steps.fail(running, problem));
            }
            let state = if left.is_empty() {
                StepState::Passed
            } else {
                StepState::Warning
            };
            steps.end(running, state, removed_words(count, &left), None);
            Ok(())
        }
        Err(problem) => Err(steps.fail(running, problem)),
    }
}

fn removed_words(count: usize, left: &[String]) -> String {
    let gone = match count {
        0 => "No plain copy was taken out.".to_owned(),
        1 => "One plain copy was taken out; it can be brought back.".to_owned(),
        count => format!("{count} plain copies were taken out; they can be brought back."),
    };
    std::iter::once(gone)
        .chain(left.iter().cloned())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Puts the key into the keychain unless it is there already.
async fn store(app: &App, plan: &Plan, record: &mut Record) -> Result<String, Problem> {
    let pair = &plan.key.pair;
    let item = Item {
        key_id: pair.key_id.clone(),
        secret: pair.secret.clone(),
        session_token: pair.session_token.clone(),
        profile: plan.targets[0].profile.clone(),
        config_file: app.places.config_file.to_string_lossy().into_owned(),
        created: app.now_seconds(),
    };
    let open = app.open_vault.clone();
    let wanted = item.clone();
    let known = blocking(move || {
        let vault = open()?;
        match vault.get(&wanted.key_id) {
            Ok(known) => Ok(Some(known)),
            Err(error) if error.kind == ErrorKind::NoEntry => Ok(None),
            Err(error) => Err(Problem::from(error)),
        }
    })
    .await??;
    match known {
        Some(known) if known.secret == item.secret => {
            return Ok("It was there already, equal.".to_owned());
        }
        Some(_) => {
            return Err(Problem::new(
                Code::MigrateBlocked,
                format!("The keychain holds another secret for {}.", pair.key_id),
                "Test the profile that uses it. Remove the plain copy that is not wanted by hand.",
            )
            .because("A key has one secret, so one of the two is wrong."));
        }
        None => {}
    }
    // Noted first: what is stored is taken out again also after a kill.
    record.added_item = true;
    journal::keep(app, record)?;
    let open = app.open_vault.clone();
    blocking(move || {
        let vault = open()?;
        store_and_verify(vault.as_ref(), &item)?;
        Ok(format!("Stored in {}, read back, equal.", vault.label()))
    })
    .await?
}

/// Gives each profile its helper's line, beside what it has. Returns the lines by profile.
fn rewrite(app: &App, plan: &Plan, record: &mut Record) -> Result<Vec<String>, Problem> {
    let mut lines = Vec::new();
    for target in &plan.targets {
        let profile = &target.profile;
        let before = index::entry(&app.places, profile)?;
        let (opaque_id, named) = setup::target_for(app, profile)?;
        let line = helper_line::write(&app.places.helper, &named, &app.variables)?;
        record.profiles.push(Before {
            name: profile.clone(),
            config_file: app.places.config_file.clone(),
            entry: before.clone(),
        });
        journal::keep(app, record)?;
        let section = header(FileKind::Config, profile);
        let mut changes = vec![Change::set(&section, "credential_process", line.clone())];
        if !target.exists {
            changes.insert(0, Change::set(&section, "region", plan.region.clone()));
            changes.insert(1, Change::set(&section, "output", "json"));
            if let Some(url) = &plan.endpoint_url {
                changes.push(Change::set(
                    &section,
                    "endpoint_url",
                    setup::check_endpoint(url)?,
                ));
            }
        }
        // The index first: the line must find its key.
        let entry = Entry {
            key_id: Some(plan.key.pair.key_id.clone()),
            key_stored: Some(app.now_seconds()),
            opaque_id,
            ..before.unwrap_or_default()
        };
        index::change(&app.places, |view| view.set(profile, Some(entry)))?;
        edit_aws_file(app, record, FileKind::Config, &plan.key.pair, |_| {
            changes.clone()
        })?;
        lines.push(line);
    }
    Ok(lines)
}

async fn prove(
    app: &App,
    plan: &Plan,
    identity: Option<&Identity>,
    lines: Vec<String>,
    steps: &Steps<'_>,
    cancel: &CancellationToken,
) -> Result<(), Problem> {
    let running = steps.begin(
        StepId::Prove,
        "Prove it the way the AWS CLI will use it",
        Some(hand_out::PROOF_LIMIT.as_millis() as u32),
    );
    let proof = async {
        for line in lines {
            let printed = checks::unless_cancelled(cancel, (app.run_helper)(line)).await??;
            let pair = hand_out::read_answer(&printed)?;
            if pair != plan.key.pair {
                return Err(checks::unproven(
                    "The helper handed out another key than the one that was stored.",
                ));
            }
            let Some(expected) = identity else { continue };
            let account = resolve::connect(app, connection(app, plan, pair)?, None)?;
            let answer = checks::unless_cancelled(cancel, account.identity())
                .await?
                .map_err(|error| Problem::from_cloud(&error, &Context::default()))?;
            if answer.identity.arn != expected.arn {
                return Err(checks::unproven(
                    "AWS says that the key handed out is somebody else's.",
                ));
            }
        }
        Ok(())
    };
    match proof.await {
        Ok(()) => {
            let asked = if identity.is_some() {
                "The helper answered, and AWS knows the key."
            } else {
                "The helper answered with this key."
            };
            steps.end(running, StepState::Passed, asked, None);
            Ok(())
        }
        Err(problem) => Err(steps.fail(running, problem)),
    }
}

/// Takes the plain copies out. Returns how many went, and why others stay.
fn remove(app: &App, plan: &Plan, record: &mut Record) -> Result<(usize, Vec<String>), Problem> {
    let pair = &plan.key.pair;
    let (mut gone, mut left) = (0, Vec::new());
    for copy in &plan.key.copies {
        match copy {
            Copy::Profile { file, profile } => {
                edit_aws_file(app, record, *file, pair, |document| {
                    setup::without_static_keys(document, &header(*file, profile))
                })?;
                gone += 1;
            }
            Copy::Text { path, .. } => match from_text(app, plan, record, path)? {
                None => gone += 1,
                Some(reason) => left.push(reason),
            },
            Copy::Csv { path, .. } => match from_csv(app, plan, record, path)? {
                None => gone += 1,
                Some(reason) => left.push(reason),
            },
            Copy::OtherTool { tool, name } => left.push(format!(
                "{} keeps its own entry {name}; {}",
                tool.name(),
                tool.removal()
            )),
        }
    }
    Ok((gone, left))
}

fn from_text(
    app: &App,
    plan: &Plan,
    record: &mut Record,
    path: &std::path::Path,
) -> Result<Option<String>, Problem> {
    let text = text_file::read(app, path)?.unwrap_or_default();
    match assignments::without(&text, &plan.key.pair, &plan.targets[0].profile) {
        Ok(after) if after == text => Ok(None),
        Ok(after) => {
            note(
                app,
                record,
                path,
                &text,
                &after,
                EditKind::Text,
                &plan.key.pair,
            )?;
            text_file::replace(app, path, Some(&text), Some(&after))?;
            Ok(None)
        }
        Err(line) => Ok(Some(format!(
            "Line {line} of {} sets the key and does more, so it stays; change it by hand.",
            app.shown(path)
        ))),
    }
}

fn from_csv(
    app: &App,
    plan: &Plan,
    record: &mut Record,
    path: &std::path::Path,
) -> Result<Option<String>, Problem> {
    let pair = &plan.key.pair;
    let Some(text) = text_file::read(app, path)? else {
        return Ok(None);
    };
    let file = csv_file::read(path)?;
    if file.has_password {
        return Ok(Some(format!(
            "{} also holds a console password, so it stays; delete it when you have that.",
            app.shown(path)
        )));
    }
    if file.keys.iter().all(|key| key.pair == *pair) {
        note(app, record, path, &text, "", EditKind::Deleted, pair)?;
        text_file::replace(app, path, Some(&text), None)?;
        return Ok(None);
    }
    let after: String = text
        .split_inclusive('\n')
        .filter(|line| !(line.contains(&pair.key_id) && line.contains(pair.secret.expose())))
        .collect();
    if after == text {
        return Ok(Some(format!(
            "{} writes the key over several lines, so it stays; delete it by hand.",
            app.shown(path)
        )));
    }
    note(app, record, path, &text, &after, EditKind::Text, pair)?;
    text_file::replace(app, path, Some(&text), Some(&after))?;
    Ok(None)
}

/// Notes an edit that is about to be made.
fn note(
    app: &App,
    record: &mut Record,
    path: &std::path::Path,
    before: &str,
    after: &str,
    kind: EditKind,
    pair: &AccessKeyPair,
) -> Result<(), Problem> {
    record.edits.push(Edit {
        path: path.to_owned(),
        made_file: !path.exists(),
        patch: Patch::between(before, after, pair),
        kind,
    });
    journal::keep(app, record)
}

/// Changes an AWS file, noting before what will be changed.
fn edit_aws_file(
    app: &App,
    record: &mut Record,
    kind: FileKind,
    pair: &AccessKeyPair,
    changes: impl Fn(&Document) -> Vec<Change>,
) -> Result<(), Problem> {
    let path = match kind {
        FileKind::Config => &app.places.config_file,
        FileKind::Credentials => &app.places.credentials_file,
    };
    for _ in 0..ATTEMPTS {
        let files = profiles::read_files(app)?;
        let document = document_of(&files, kind);
        let changes = changes(document);
        let after = edit::changed(document, &changes)?;
        let (before, after) = (document.text(), after.text());
        if before == after {
            return Ok(());
        }
        let values = values_before(document, &changes, pair);
        note(
            app,
            record,
            path,
            &before,
            &after,
            EditKind::Aws { values },
            pair,
        )?;
        if edit::replace_text(path, &before, &after)? {
            return Ok(());
        }
        // Somebody wrote in between; what was noted never happened.
        record.edits.pop();
    }
    Err(text_file::changed(app, path))
}

fn document_of(files: &Files, kind: FileKind) -> &Document {
    match kind {
        FileKind::Config => &files.config,
        FileKind::Credentials => &files.credentials,
    }
}

/// What the changed properties were.
fn values_before(document: &Document, changes: &[Change], pair: &AccessKeyPair) -> Vec<Value> {
    let value = |section: &str, name: &str| Value {
        section: section.to_owned(),
        name: name.to_owned(),
        before: document
            .get(section, name)
            .map(|text| patch::parts(&text, pair)),
    };
    changes
        .iter()
        .flat_map(|change| match change {
            Change::Set { section, name, .. } | Change::Unset { section, name } => {
                vec![value(section, name)]
            }
            Change::RemoveSection { section } => document
                .properties(section)
                .iter()
                .map(|(name, _)| value(section, name))
                .collect(),
            Change::AddSection { .. }
            | Change::RenameSection { .. }
            | Change::CopySection { .. }
            | Change::Merge { .. }
            | Change::Nested { .. } => Vec::new(),
        })
        .collect()
}
