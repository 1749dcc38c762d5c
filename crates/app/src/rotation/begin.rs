//! What is checked before a rotation changes anything.

use std::{sync::Arc, time::Duration};

use keywell_wire as wire;
use keywell_wire::{StepId, StepState};
use tokio_util::sync::CancellationToken;

use super::{DEFAULT_GRACE, Journal, Run, Stage, account_with, journal, mfa, service_time};
use crate::{
    App, OnStep, blocking,
    checks::Steps,
    cloud::{AccessKey, Account, CloudErrorKind, Context, short_key_id},
    keys::other_key,
    problem::{Code, Problem},
    profiles::{self, Source},
    resolve,
    sessions::Person,
};

/// Whose key is rotated, and how.
pub struct Rotate<'a> {
    pub profile: &'a str,
    /// Another profile that acts in the key's place, as one of an administrator.
    pub using: Option<&'a str>,
    /// How long the old key is watched before it is deleted; [`DEFAULT_GRACE`], or what was chosen before.
    pub grace: Option<Duration>,
    /// Who is asked for the code of an MFA device, where the profile names one.
    pub person: Person,
}

impl<'a> Rotate<'a> {
    /// What the page asks for.
    pub fn asked(request: &'a wire::RotateRequest, person: Person) -> Self {
        Self {
            profile: &request.profile,
            using: request.using.as_deref(),
            grace: request
                .grace_seconds
                .map(|seconds| Duration::from_secs(seconds.into())),
            person,
        }
    }
}

pub(super) fn refused(message: String, hint: impl Into<String>) -> Problem {
    Problem::new(Code::RotationRefused, message, hint)
}

/// The key of a profile that can be rotated. The refusals say what to do for the other kinds of profile.
pub(super) fn key_of(app: &App, profile: &str) -> Result<String, Problem> {
    let files = profiles::read_files(app)?;
    let key_id = match profiles::source(app, &files, profile)? {
        Source::Keychain { key_id } => key_id,
        Source::KeychainMissing => return Err(profiles::secret_missing(profile)),
        Source::Plain { .. } => {
            return Err(refused(
                format!(
                    "The key of {profile} lies in a plain file, where a rotation would have to leave the new one too."
                ),
                format!("Move it into the keychain first: keywell setup --from-profile {profile}"),
            ));
        }
        Source::Other(_) => {
            return Err(refused(
                format!(
                    "The profile {profile} has no access key of its own: its credentials come from a role or a sign-in and end by themselves."
                ),
                "Rotate the key of the profile that it acts through.",
            ));
        }
        Source::Empty => {
            return Err(refused(
                format!("The profile {profile} has no access key."),
                "Set one up: keywell setup --profile NAME --replace",
            ));
        }
    };
    let is_plain = key_id
        .chars()
        .all(|character| character.is_ascii_alphanumeric());
    if !is_plain || key_id.starts_with("ASIA") {
        return Err(refused(
            format!(
                "{} is not a long-term access key of an IAM user.",
                short_key_id(&key_id)
            ),
            "Temporary keys end by themselves; take new ones where they came from.",
        ));
    }
    Ok(key_id)
}

/// Refuses profiles that a rotation would break: plain copies of the key are not switched with the index.
fn check_profiles(app: &App, key_id: &str) -> Result<(), Problem> {
    let files = profiles::read_files(app)?;
    let copies: Vec<String> = profiles::names(&files)
        .into_iter()
        .filter(|name| {
            profiles::plain_pair(&files, name).is_some_and(|(pair, _)| pair.key_id == key_id)
        })
        .collect();
    if let Some(first) = copies.first() {
        return Err(refused(
            format!(
                "The same key lies as plain text in {}, which would stop working.",
                copies.join(", ")
            ),
            format!("Move it into the keychain first: keywell setup --from-profile {first}"),
        ));
    }
    Ok(())
}

/// Makes sure that a rotation can be carried out, and writes its journal.
pub(super) async fn begin<'a>(
    app: &'a App,
    request: &Rotate<'_>,
    key_id: &str,
    on_step: OnStep<'a>,
    cancel: &'a CancellationToken,
) -> Result<Run<'a>, Problem> {
    check_profiles(app, key_id)?;
    let lock = journal::lock(&app.places, key_id)?;
    let session = match request.using {
        Some(_) => None,
        None => mfa::session(app, request.profile, key_id, &request.person, cancel).await?,
    };
    let steps = Steps::new(on_step);
    let step = steps.begin(
        StepId::Identity,
        "Whose key is this, and is there room for a second?",
        Some(30_000),
    );
    let checked = async {
        let account = resolve::account_of(app, request.profile).await?;
        let found = whose(app, account.as_ref(), request.profile, key_id).await?;
        let acting = match request.using {
            Some(using) => acting_account(app, using, &found.card).await?,
            None => match &session {
                Some(pair) => account_with(app, request.profile, pair.clone())?,
                None => account,
            },
        };
        let keys = keys_of(acting.as_ref(), request, &found.card.name).await?;
        if let Some(other) = keys.iter().find(|key| key.key_id != key_id) {
            let acting_profile = request.using.unwrap_or(request.profile);
            return Err(other_key(
                app,
                acting.as_ref(),
                acting_profile,
                &found.card.name,
                other,
            )
            .await);
        }
        // Once the key is made there is one chance to keep its secret.
        let open = app.open_vault.clone();
        blocking(move || open().and_then(|vault| vault.probe())).await??;
        Ok((found, keys))
    }
    .await;
    let (found, keys) = match checked {
        Ok(checked) => checked,
        Err(problem) => return Err(steps.fail(step, problem)),
    };
    let detail = format!(
        "{} of account {}, with one key.",
        found.card.name, found.card.account_id
    );
    steps.end(step, StepState::Passed, detail, None);
    if cancel.is_cancelled() {
        return Err(Problem::cancelled());
    }
    let run = Run {
        app,
        steps,
        cancel,
        journal: Journal {
            stage: Stage::Creating {
                asked: found.service_time,
                before: keys.into_iter().map(|key| key.key_id).collect(),
            },
            config_file: app.places.config_file.to_string_lossy().into_owned(),
            profile: request.profile.to_owned(),
            using: request.using.map(str::to_owned),
            user: found.card.name,
            arn: found.card.arn,
            account_id: found.card.account_id,
            old: key_id.to_owned(),
            new: None,
            grace_seconds: request.grace.unwrap_or(DEFAULT_GRACE).as_secs(),
            began: found.service_time,
            switched: None,
            inactive: None,
            late_use: None,
        },
        session,
        notes: Vec::new(),
        resumed: false,
        _lock: lock,
    };
    run.save()?;
    Ok(run)
}

struct Found {
    card: wire::IdentityCard,
    service_time: u64,
}

async fn whose(
    app: &App,
    account: &dyn Account,
    profile: &str,
    key_id: &str,
) -> Result<Found, Problem> {
    let answer = account.identity().await.map_err(|error| {
        Problem::from_cloud(
            &error,
            &Context {
                profile: Some(profile),
                key_id: Some(key_id),
                ..Context::default()
            },
        )
    })?;
    let card = profiles::identity_card(&answer.identity);
    match card.kind {
        wire::IdentityKind::User => Ok(Found {
            card,
            service_time: service_time(app, answer.clock_offset_milliseconds.unwrap_or_default()),
        }),
        wire::IdentityKind::Root => Err(Problem::new(
            Code::KeyRoot,
            format!("The key of {profile} belongs to the root user of the account."),
            "Make an IAM user with a key of its own and set that one up; then delete the root user's key in the console.",
        )
        .because("A root user's key should not be renewed but replaced: nothing can limit it.")),
        wire::IdentityKind::AssumedRole | wire::IdentityKind::Federated => Err(refused(
            format!("{profile} is {} and not an IAM user, so it has no keys to rotate.", card.name),
            "Rotate the key of the profile that it acts through.",
        )),
    }
}

/// The account of the acting profile, which must be the same as the key's.
async fn acting_account(
    app: &App,
    using: &str,
    card: &wire::IdentityCard,
) -> Result<Arc<dyn Account>, Problem> {
    let account = resolve::account_of(app, using).await?;
    let context = Context {
        profile: Some(using),
        ..Context::default()
    };
    let answer = account
        .identity()
        .await
        .map_err(|error| Problem::from_cloud(&error, &context))?;
    if answer.identity.account_id == card.account_id {
        return Ok(account);
    }
    Err(refused(
        format!(
            "{using} acts in account {}, and the key belongs to account {}.",
            answer.identity.account_id, card.account_id
        ),
        "Name a profile of the key's own account.",
    ))
}

async fn keys_of(
    account: &dyn Account,
    request: &Rotate<'_>,
    user: &str,
) -> Result<Vec<AccessKey>, Problem> {
    account.list_access_keys(Some(user)).await.map_err(|error| {
        let mut problem = Problem::from_cloud(
            &error,
            &Context {
                user: Some(user),
                profile: Some(request.profile),
                ..Context::default()
            },
        );
        if error.kind == CloudErrorKind::AccessDenied {
            problem = problem.and_because(
                "A rotation needs the list, to find a key whose secret got lost on the way.",
            );
            problem.hint = "Let another profile act (--using NAME), or allow the user to manage its own keys: iam:ListAccessKeys, CreateAccessKey, UpdateAccessKey, DeleteAccessKey, GetAccessKeyLastUsed.".to_owned();
        }
        problem
    })
}
