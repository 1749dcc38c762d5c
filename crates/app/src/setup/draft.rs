//! Keys that wait in memory between "here it is" and "set it up". The page only ever holds their ids.

use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use keywell_vault::Secret;
use keywell_wire as wire;
use tokio_util::sync::CancellationToken;

use super::{csv_file, form, plan, run};
use crate::{
    App, OnStep,
    cloud::AccessKeyPair,
    helper_line, index,
    problem::{Code, Problem},
    profiles::{self, edit},
    regions, settings,
};

#[derive(Default)]
pub struct Drafts {
    next: AtomicU64,
    waiting: Mutex<HashMap<String, Draft>>,
    /// The csv files that were read here; no other file may be deleted from the page.
    csvs: Mutex<HashSet<PathBuf>>,
}

#[derive(Clone)]
struct Draft {
    pair: AccessKeyPair,
    source: run::Source,
}

impl Drafts {
    fn waiting(&self) -> MutexGuard<'_, HashMap<String, Draft>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self, id: &str) -> Result<Draft, Problem> {
        self.waiting().get(id).cloned().ok_or_else(|| {
            Problem::new(
                Code::DraftGone,
                "This key is not held any more.",
                "Begin again with the file or the paste.",
            )
        })
    }

    fn keep(&self, draft: Draft) -> String {
        let id = format!("draft-{}", self.next.fetch_add(1, Ordering::Relaxed));
        // One set-up at a time: an older draft would only be a secret that lies about.
        let mut waiting = self.waiting();
        waiting.clear();
        waiting.insert(id.clone(), draft);
        id
    }
}

/// Reads a console csv. `row` chooses among several keys; without it a file of several is answered with its choices
/// and the first key.
pub fn from_csv(app: &App, path: &Path, row: Option<u32>) -> Result<wire::KeyDraft, Problem> {
    let file = csv_file::read(path)?;
    let key = file
        .keys
        .get(row.unwrap_or(0) as usize)
        .cloned()
        .ok_or_else(|| {
            Problem::new(
                Code::CsvNoKey,
                "The file has no such row.",
                "Choose one of its keys.",
            )
        })?;
    let practice = (app.practice)().filter(|practice| is_same_file(&practice.csv, path));
    form::check(&key.pair, practice.is_some())?;
    app.drafts
        .csvs
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(path.to_owned());
    let choices = if file.keys.len() > 1 {
        (0u32..)
            .zip(&file.keys)
            .map(|(row, key)| wire::KeyChoice {
                row,
                user: key.user.clone(),
                key_id: key.pair.key_id.clone(),
            })
            .collect()
    } else {
        Vec::new()
    };
    let user = key.user.clone().or_else(|| csv_file::user_from_name(path));
    let name = if practice.is_some() {
        Some("practice".to_owned())
    } else {
        user
    };
    let mut draft = draft(
        app,
        key.pair,
        run::Source::Csv(path.to_owned()),
        name.as_deref(),
    )?;
    draft.choices = choices;
    if let Some(practice) = practice {
        draft.suggested_endpoint_url = Some(practice.endpoint_url);
    }
    if file.has_password {
        draft.findings.push(wire::Finding {
            code: "csv.password".into(),
            severity: wire::Severity::Warning,
            message: "This file also holds a console password".into(),
            detail: "Keywell does not read it. Keep the file out of reach, or delete it when you are done.".into(),
        });
    }
    Ok(draft)
}

fn is_same_file(one: &Path, other: &Path) -> bool {
    one == other
        || matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

/// Takes a pasted key. Blanks around an ID are a slip of the mouse; around a secret they may be part of it, so they are
/// left for the check to name.
pub fn from_paste(app: &App, request: wire::PasteRequest) -> Result<wire::KeyDraft, Problem> {
    let pair = AccessKeyPair {
        key_id: request.key_id.trim().to_owned(),
        secret: Secret::new(request.secret),
        session_token: request
            .session_token
            .filter(|token| !token.is_empty())
            .map(Secret::new),
    };
    form::check(&pair, true)?;
    draft(app, pair, run::Source::Given, None)
}

/// Takes the static key of a plain profile.
pub fn from_profile(app: &App, profile: &str) -> Result<wire::KeyDraft, Problem> {
    let files = profiles::read_files(app)?;
    if !profiles::has(&files, profile) {
        return Err(profiles::missing(profile));
    }
    let (pair, _) = profiles::plain_pair(&files, profile).ok_or_else(|| {
        Problem::new(
            Code::ProfileNotPlain,
            format!("The profile {profile} has no plain key to move."),
            "See where its secret lives: keywell profile show NAME",
        )
    })?;
    let row = profiles::row(app, profile)?;
    form::check(&pair, row.endpoint_url.is_some())?;
    let mut draft = draft(app, pair, run::Source::Profile(profile.to_owned()), None)?;
    draft.suggested_profile = profile.to_owned();
    draft.suggested_region = row.region.unwrap_or(draft.suggested_region);
    draft.suggested_endpoint_url = row.endpoint_url.or(draft.suggested_endpoint_url);
    Ok(draft)
}

fn draft(
    app: &App,
    pair: AccessKeyPair,
    source: run::Source,
    name: Option<&str>,
) -> Result<wire::KeyDraft, Problem> {
    let files = profiles::read_files(app)?;
    let taken = profiles::names(&files);
    let default_free = !taken.iter().any(|name| name == "default");
    let key_id = pair.key_id.clone();
    let practice_key = key_id.starts_with(form::PRACTICE);
    let mut findings = Vec::new();
    for (_, profile) in index::users_of_key(&app.places, &key_id)? {
        findings.push(wire::Finding {
            code: "key.known".into(),
            severity: wire::Severity::Note,
            message: format!("The profile {profile} uses this key already"),
            detail: "A second profile for it is fine; both use the one entry in the keychain."
                .into(),
        });
    }
    if app.variables.get("AWS_ACCESS_KEY_ID").is_some() {
        findings.push(wire::Finding {
            code: "environment.key".into(),
            severity: wire::Severity::Note,
            message: "A variable holds a key of its own".into(),
            detail: "AWS_ACCESS_KEY_ID is set, and programs that are not told a profile use it instead of any file.".into(),
        });
    }
    let settings = settings::read(&app.places);
    Ok(wire::KeyDraft {
        source: match &source {
            run::Source::Csv(_) => wire::KeySource::Csv,
            run::Source::Given => wire::KeySource::Paste,
            run::Source::Profile(_) => wire::KeySource::Profile,
        },
        source_name: match &source {
            run::Source::Csv(path) => Some(path.display().to_string()),
            run::Source::Given => None,
            run::Source::Profile(profile) => Some(profile.clone()),
        },
        temporary: form::is_temporary(&key_id),
        suggested_profile: free_name(
            &taken,
            name.unwrap_or(if practice_key {
                "practice"
            } else if default_free {
                "default"
            } else {
                "keywell"
            }),
        ),
        suggested_region: app
            .variables
            .text("AWS_REGION")
            .or_else(|| app.variables.text("AWS_DEFAULT_REGION"))
            .unwrap_or(settings.default_region),
        suggested_output: settings.default_output,
        suggested_endpoint_url: (app.practice)()
            .filter(|_| practice_key)
            .map(|practice| practice.endpoint_url),
        default_free,
        findings,
        choices: Vec::new(),
        draft: app.drafts.keep(Draft { pair, source }),
        key_id,
    })
}

/// A name of plain characters that no profile has.
pub(crate) fn free_name(taken: &[String], wish: &str) -> String {
    let plain: String = wish
        .chars()
        .map(|character| {
            if character.is_ascii_alphanumeric() || matches!(character, '.' | '_' | '-') {
                character
            } else {
                '-'
            }
        })
        .collect();
    let plain = plain.trim_matches('-');
    let plain = if plain.is_empty() { "keywell" } else { plain };
    let free = |name: &String| !taken.contains(name);
    Some(plain.to_owned()).filter(free).unwrap_or_else(|| {
        (2..)
            .map(|number| format!("{plain}-{number}"))
            .find(free)
            .unwrap_or_else(|| plain.to_owned())
    })
}

/// Lets go of a key that is not wanted after all.
pub fn forget(app: &App, draft: &str) {
    app.drafts.waiting().remove(draft);
}

/// What set-up would write, and what is wrong with the plan so far.
pub fn preview(app: &App, plan: &wire::SetupPlan) -> Result<wire::SetupPreview, Problem> {
    let draft = app.drafts.get(&plan.draft)?;
    let files = profiles::read_files(app)?;
    let name_problem = profiles::check_name(&plan.profile).err();
    let region_problem = regions::check_region(&plan.region).err();
    let endpoint_problem = plan
        .endpoint_url
        .as_deref()
        .and_then(|url| plan::check_endpoint(url).err());
    let itself = matches!(&draft.source, run::Source::Profile(name) if *name == plan.profile);
    let diff = if name_problem.is_none() && region_problem.is_none() {
        let (_, target) = plan::target_for(app, &plan.profile)?;
        let line = helper_line::write(&app.places.helper, &target, &app.variables)?;
        let values = plan::Values {
            profile: &plan.profile,
            region: &plan.region,
            output: &plan.output,
            endpoint_url: plan.endpoint_url.as_deref(),
            helper_line: &line,
        };
        edit::preview(&files, &plan::plan(&files, &values)).unwrap_or_default()
    } else {
        Vec::new()
    };
    Ok(wire::SetupPreview {
        config_file: app.shown(&app.places.config_file),
        diff,
        name_problem: name_problem.map(Into::into),
        exists: profiles::has(&files, &plan.profile) && !itself,
        region_problem: region_problem.map(Into::into),
        endpoint_problem: endpoint_problem.map(Into::into),
    })
}

/// Sets a waiting key up. It stays waiting when this fails, so that the person can mend the plan and try again.
pub async fn run_draft(
    app: &App,
    plan: &wire::SetupPlan,
    on_step: OnStep<'_>,
    cancel: &CancellationToken,
) -> Result<wire::SetupSummary, Problem> {
    let request = request_of(app, plan)?;
    let summary = run::run(app, &request, on_step, cancel).await?;
    forget(app, &plan.draft);
    Ok(summary)
}

/// The set-up of a waiting key, for callers that change it before they run it.
pub fn request_of(app: &App, plan: &wire::SetupPlan) -> Result<run::Request, Problem> {
    let draft = app.drafts.get(&plan.draft)?;
    Ok(run::Request {
        pair: draft.pair,
        source: draft.source,
        profile: plan.profile.clone(),
        region: plan.region.clone(),
        output: plan.output.clone(),
        endpoint_url: plan.endpoint_url.clone(),
        replace: plan.replace,
        root_confirmed: plan.root_confirmation == "root",
        ask_network: true,
    })
}

/// Deletes a csv that was read here.
pub fn delete_csv(app: &App, path: &Path) -> Result<(), Problem> {
    let known = app
        .drafts
        .csvs
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .contains(path);
    if !known {
        return Err(Problem::new(
            Code::CsvNotOurs,
            "Only a file that a key was read from can be deleted here.",
            "",
        ));
    }
    std::fs::remove_file(path).map_err(|error| {
        Problem::new(
            Code::CsvUnreadable,
            format!("{} could not be deleted.", app.shown(path)),
            "Delete it by hand: it holds the secret.",
        )
        .because(error.to_string())
    })
}
