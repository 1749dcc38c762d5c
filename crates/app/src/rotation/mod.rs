//! Replaces the key of a profile by a new one, so that at every moment a working key is in the keychain.
//!
//! Create → store beside the old one → wait until AWS knows it everywhere → switch every profile → prove with the helper
//! → old key inactive → watch its last use for a grace time → delete it. Each stage is journaled before it begins, so a
//! rotation that was killed goes on or back from where it was. "Back" works until the delete.
//!
//! Only one key may be lost on the way, and only to Keywell: one whose secret was in an answer that did not arrive. It is
//! found by the list of keys before and after, and deleted.

mod back;
mod begin;
mod create;
mod forward;
mod journal;
mod many;
mod mfa;
pub(crate) mod ready;

use std::{sync::Arc, time::Duration};

pub use begin::Rotate;
use journal::{Journal, Stage};
use keywell_vault::{ErrorKind, Item};
use keywell_wire as wire;
pub use many::{due, rotate_many, tend};
use ready::{NotReady, Waiting};
use tokio_util::sync::CancellationToken;

use crate::{
    App, OnStep, blocking,
    checks::{self, Steps},
    cloud::{AccessKeyPair, Account, CloudError, Connection, Context, Credentials},
    index,
    problem::{Code, Problem},
    profiles, resolve,
    sessions::Person,
    state_file::Lock,
    time,
    vault_items::{delete_item, store_item},
};

/// How long the old key is watched, inactive, before it is deleted.
pub const DEFAULT_GRACE: Duration = Duration::from_secs(7 * 24 * 60 * 60);
const LONGEST_GRACE: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// Reads a grace time: `0s`, `12h`, `7d`.
pub fn parse_grace(text: &str) -> Result<Duration, Problem> {
    humantime::parse_duration(text)
        .ok()
        .filter(|grace| *grace <= LONGEST_GRACE)
        .ok_or_else(|| {
            Problem::new(
                Code::RotationGrace,
                format!("{text:?} is not a grace time."),
                "Write it like 7d, 12h or 0s; at most 90d.",
            )
        })
}

/// Begins the rotation of a profile's key, or goes on with the one that is under way.
pub async fn rotate(
    app: &App,
    request: &Rotate<'_>,
    on_step: OnStep<'_>,
    cancel: &CancellationToken,
) -> Result<wire::Rotation, Problem> {
    let key_id = begin::key_of(app, request.profile)?;
    match journal_of(app, request.profile, Some(&key_id))? {
        Some(journal) => go_on(app, request, journal, on_step, cancel).await,
        None => {
            let mut run = begin::begin(app, request, &key_id, on_step, cancel).await?;
            forward::drive(&mut run).await
        }
    }
}

/// Goes on with a rotation that was interrupted or waits. One that is on its way back goes on back.
pub async fn resume(
    app: &App,
    request: &Rotate<'_>,
    on_step: OnStep<'_>,
    cancel: &CancellationToken,
) -> Result<wire::Rotation, Problem> {
    let journal = existing(app, request.profile)?;
    go_on(app, request, journal, on_step, cancel).await
}

/// Makes the profiles use the old key again and deletes the new one.
pub async fn go_back(
    app: &App,
    request: &Rotate<'_>,
    on_step: OnStep<'_>,
    cancel: &CancellationToken,
) -> Result<wire::Rotation, Problem> {
    let journal = existing(app, request.profile)?;
    let mut run = Run::open(app, request, journal, on_step, cancel).await?;
    let turned = back::turn(&mut run).await;
    run.unless_user_is_gone(turned)?;
    forward::drive(&mut run).await
}

/// The rotations of this config file's profiles that are under way, from their journals alone.
pub fn list(app: &App) -> Result<Vec<wire::Rotation>, Problem> {
    let config_file = app.places.config_file.to_string_lossy();
    journal::all(&app.places)?
        .iter()
        .filter(|journal| journal.config_file == config_file)
        .map(|journal| view(app, journal, state_of(journal), Vec::new()))
        .collect()
}

async fn go_on(
    app: &App,
    request: &Rotate<'_>,
    journal: Journal,
    on_step: OnStep<'_>,
    cancel: &CancellationToken,
) -> Result<wire::Rotation, Problem> {
    let mut run = Run::open(app, request, journal, on_step, cancel).await?;
    if let Some(grace) = request.grace {
        run.journal.grace_seconds = grace.as_secs();
    }
    forward::drive(&mut run).await
}

fn existing(app: &App, profile: &str) -> Result<Journal, Problem> {
    let key_id = index::entry(&app.places, profile)?.and_then(|entry| entry.key_id);
    journal_of(app, profile, key_id.as_deref())?.ok_or_else(|| {
        Problem::new(
            Code::RotationNone,
            format!("No rotation of {profile} is under way."),
            format!("Begin one with: keywell key rotate --profile {profile}"),
        )
    })
}

/// The rotation that a profile takes part in: by its key, or by its name where the key was replaced otherwise.
fn journal_of(app: &App, profile: &str, key_id: Option<&str>) -> Result<Option<Journal>, Problem> {
    let config_file = app.places.config_file.to_string_lossy();
    let by_key = match key_id {
        Some(key_id) => journal::of_key(&app.places, key_id)?,
        None => None,
    };
    if let Some(journal) = by_key {
        if journal.config_file == config_file {
            return Ok(Some(journal));
        }
        return Err(Problem::new(
            Code::RotationRunning,
            format!(
                "This key is being rotated for the profile {} of {}.",
                journal.profile, journal.config_file
            ),
            "Go on there: set AWS_CONFIG_FILE to that file.",
        ));
    }
    Ok(journal::all(&app.places)?
        .into_iter()
        .find(|journal| journal.config_file == config_file && journal.profile == profile))
}

/// One run of the machine: what it knows, what it holds, and how it talks.
struct Run<'a> {
    app: &'a App,
    steps: Steps<'a>,
    cancel: &'a CancellationToken,
    journal: Journal,
    /// What acts, where the profile names an MFA device and no other profile acts.
    session: Option<AccessKeyPair>,
    /// What could not be done and is no reason to stop.
    notes: Vec<String>,
    /// An earlier run may have ended without hearing an answer.
    resumed: bool,
    _lock: Lock,
}

impl<'a> Run<'a> {
    /// Takes the lock of a rotation that is under way, and its journal as it is now. Asks for a code where one is needed.
    async fn open(
        app: &'a App,
        request: &Rotate<'_>,
        known: Journal,
        on_step: OnStep<'a>,
        cancel: &'a CancellationToken,
    ) -> Result<Self, Problem> {
        let lock = journal::lock(&app.places, &known.old)?;
        // Another Keywell may have ended it between the first look and the lock.
        let Some(mut journal) = journal::of_old_key(&app.places, &known.old)? else {
            return Err(Problem::new(
                Code::RotationNone,
                format!("The rotation of {} has just ended.", known.profile),
                "",
            ));
        };
        if let Some(using) = request.using {
            journal.using = Some(using.to_owned());
        }
        let mut run = Self {
            app,
            steps: Steps::new(on_step),
            cancel,
            journal,
            session: None,
            notes: Vec::new(),
            resumed: true,
            _lock: lock,
        };
        run.drop_if_moot()?;
        if run.journal.using.is_none() {
            run.session = run.mfa_session(&request.person).await?;
        }
        Ok(run)
    }

    /// A session of the key that the profile uses now, or of the other one where AWS does not take that.
    async fn mfa_session(&self, person: &Person) -> Result<Option<AccessKeyPair>, Problem> {
        let profile = self.present_profile()?;
        let used = index::entry(&self.app.places, &profile)?.and_then(|entry| entry.key_id);
        let keys = [Some(self.journal.old.clone()), self.journal.new.clone()];
        let mut keys: Vec<String> = keys.into_iter().flatten().collect();
        keys.sort_by_key(|key_id| Some(key_id) != used.as_ref());
        let mut refused = None;
        for key_id in keys {
            match mfa::session(self.app, &profile, &key_id, person, self.cancel).await {
                Err(problem)
                    if matches!(problem.code, Code::UnknownKey | Code::ProfileSecretMissing) =>
                {
                    refused.get_or_insert(problem);
                }
                Err(problem) if problem.code == Code::Cancelled => return Err(self.stopped()),
                other => return other,
            }
        }
        refused.map_or(Ok(None), Err)
    }

    /// A rotation whose profiles were all given another key, or removed, has nothing left to switch.
    fn drop_if_moot(&self) -> Result<(), Problem> {
        let places = &self.app.places;
        let mut keys = vec![self.journal.old.as_str()];
        keys.extend(self.journal.new.as_deref());
        for key_id in keys {
            if !index::users_of_key(places, key_id)?.is_empty() {
                return Ok(());
            }
        }
        self.journal.remove(self.app)?;
        Err(Problem::new(
            Code::RotationNone,
            format!(
                "No profile here uses a key of this rotation any more, so the rotation of {} was ended.",
                self.journal.profile
            ),
            format!(
                "Look at the keys of {}, and delete what is not used.",
                self.journal.user
            ),
        ))
    }

    /// A user that was deleted elsewhere took both keys along: there is nothing to go on with, or back to.
    fn unless_user_is_gone<T>(&self, ended: Result<T, Problem>) -> Result<T, Problem> {
        match ended {
            Err(problem) if problem.code == Code::NoSuchUser => {
                self.journal.remove(self.app)?;
                Err(Problem::new(
                    Code::NoSuchUser,
                    format!(
                        "The user {} was deleted elsewhere, and both keys with it, so the rotation was ended.",
                        self.journal.user
                    ),
                    "Give its profiles another key: keywell setup --profile NAME --replace",
                )
                .because(problem.cause))
            }
            other => other,
        }
    }

    fn save(&self) -> Result<(), Problem> {
        self.journal.save(self.app)
    }

    fn enter(&mut self, stage: Stage) -> Result<(), Problem> {
        self.journal.stage = stage;
        self.save()
    }

    /// The new key's ID. A stage after `Creating` has one; a journal that was edited by hand may not.
    fn new_key(&self) -> Result<String, Problem> {
        self.journal.new.clone().ok_or_else(|| {
            Problem::new(
                Code::RotationJournal,
                "The journal of this rotation names no new key.",
                "Look at the user's keys, delete the one that no profile uses, then delete the journal.",
            )
        })
    }

    /// The account as the acting profile sees it, or else as one of the two keys does.
    async fn acting(&self, key_id: &str) -> Result<Arc<dyn Account>, Problem> {
        match (&self.journal.using, &self.session) {
            (Some(using), _) => resolve::account_of(self.app, using).await,
            (None, Some(session)) => self.with_pair(&self.present_profile()?, session.clone()),
            (None, None) => self.with_key(key_id).await,
        }
    }

    /// The account as a key of the keychain sees it.
    async fn with_key(&self, key_id: &str) -> Result<Arc<dyn Account>, Problem> {
        let profile = self.present_profile()?;
        let pair = profiles::pair_from_vault(self.app, &profile, key_id).await?;
        self.with_pair(&profile, pair)
    }

    fn with_pair(&self, profile: &str, pair: AccessKeyPair) -> Result<Arc<dyn Account>, Problem> {
        account_with(self.app, profile, pair)
    }

    /// A profile that says where AWS is: the one that the rotation began with may be renamed by now.
    fn present_profile(&self) -> Result<String, Problem> {
        let files = profiles::read_files(self.app)?;
        let mut names = vec![self.journal.profile.clone()];
        names.extend(self.profiles()?);
        names
            .into_iter()
            .find(|name| profiles::has(&files, name))
            .ok_or_else(|| profiles::missing(&self.journal.profile))
    }

    /// The profiles of this config file that use one of the two keys.
    fn profiles(&self) -> Result<Vec<String>, Problem> {
        profiles_of(self.app, &self.journal)
    }

    fn key_is_used(&self, key_id: &str) -> Result<bool, Problem> {
        Ok(!index::users_of_key(&self.app.places, key_id)?.is_empty())
    }

    fn explain(&self, error: &CloudError, key_id: &str) -> Problem {
        let mut problem = Problem::from_cloud(
            error,
            &Context {
                user: Some(&self.journal.user),
                key_id: Some(key_id),
                ..Context::default()
            },
        );
        if matches!(problem.code, Code::AccessDenied | Code::UnknownKey) {
            problem.hint = format!(
                "Let another profile act: keywell key rotate --resume --profile {} --using NAME. Or go back with --back.",
                self.journal.profile
            );
        }
        problem
    }

    /// The service's clock, in Unix seconds.
    async fn service_time(&self, account: &dyn Account, key_id: &str) -> Result<u64, Problem> {
        let answer = account
            .identity()
            .await
            .map_err(|error| self.explain(&error, key_id))?;
        Ok(service_time(
            self.app,
            answer.clock_offset_milliseconds.unwrap_or_default(),
        ))
    }

    /// Waits, unless the person stops the run.
    async fn pause(&self, time: Duration) -> Result<(), Problem> {
        checks::unless_cancelled(self.cancel, tokio::time::sleep(time))
            .await
            .map_err(|_| self.stopped())
    }

    /// Waits until AWS takes one of the two keys everywhere.
    async fn until_ready(&self, account: &dyn Account, key_id: &str) -> Result<(), NotReady> {
        let waiting = Waiting {
            steps: &self.steps,
            cancel: self.cancel,
            user: &self.journal.user,
            key_id,
            stopped: &|| self.stopped(),
            stranger: &|arn| (arn != self.journal.arn).then(|| stranger(arn)),
        };
        ready::wait_until_ready(&waiting, account).await
    }

    fn stopped(&self) -> Problem {
        let profile = &self.journal.profile;
        Problem::new(
            Code::RotationStopped,
            format!(
                "The rotation of {profile} stands still. Its profiles work with the key they have."
            ),
            format!(
                "Go on: keywell key rotate --resume --profile {profile}. Go back: keywell key rotate --back --profile {profile}"
            ),
        )
    }

    fn view(&self, state: wire::RotationState) -> Result<wire::Rotation, Problem> {
        view(self.app, &self.journal, state, self.notes.clone())
    }

    /// Puts a key into the keychain. `profile` is what an index that was lost would be rebuilt from.
    async fn keep(&self, pair: &AccessKeyPair, profile: &str) -> Result<(), Problem> {
        let item = Item {
            key_id: pair.key_id.clone(),
            secret: pair.secret.clone(),
            session_token: None,
            profile: profile.to_owned(),
            config_file: self.journal.config_file.clone(),
            created: self.app.now_seconds(),
        };
        store_item(self.app, item).await
    }

    /// The keychain's item of a key; `None` when there is no usable one.
    async fn kept(&self, key_id: &str) -> Result<Option<Item>, Problem> {
        let open = self.app.open_vault.clone();
        let wanted = key_id.to_owned();
        match blocking(move || open().and_then(|vault| vault.get(&wanted))).await? {
            Ok(item) => Ok(Some(item)),
            Err(error) if matches!(error.kind, ErrorKind::NoEntry | ErrorKind::Damaged) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn drop_from_keychain(&self, key_id: &str) -> Result<(), Problem> {
        delete_item(self.app, key_id.to_owned()).await
    }
}

/// The account that a profile names, as a pair of its user sees it.
fn account_with(
    app: &App,
    profile: &str,
    pair: AccessKeyPair,
) -> Result<Arc<dyn Account>, Problem> {
    let connection = Connection {
        credentials: Credentials::Pair(pair),
        ..resolve::connection_without_credentials(app, profile)?
    };
    resolve::connect(app, connection, Some(profile))
}

fn stranger(arn: &str) -> Problem {
    Problem::new(
        Code::RotationUnproven,
        "The key belongs to somebody else than the key that it is to replace.",
        "Go back: keywell key rotate --back --profile NAME",
    )
    .because(format!("AWS says it is {arn}."))
}

fn service_time(app: &App, offset_milliseconds: i64) -> u64 {
    let now = i64::try_from(app.now_seconds()).unwrap_or(i64::MAX);
    u64::try_from(now.saturating_add(offset_milliseconds.div_euclid(1000))).unwrap_or_default()
}

fn profiles_of(app: &App, journal: &Journal) -> Result<Vec<String>, Problem> {
    let uses = |key: &Option<String>| {
        key.as_ref()
            .is_some_and(|key| *key == journal.old || Some(key) == journal.new.as_ref())
    };
    Ok(index::entries(&app.places)?
        .into_iter()
        .filter(|(_, entry)| uses(&entry.key_id))
        .map(|(profile, _)| profile)
        .collect())
}

fn state_of(journal: &Journal) -> wire::RotationState {
    match journal.stage {
        Stage::Creating { .. } => wire::RotationState::Creating,
        Stage::Created => wire::RotationState::Waiting,
        Stage::Switched => wire::RotationState::Switched,
        Stage::Watching => wire::RotationState::Watching,
        Stage::Deleting => wire::RotationState::Deleting,
        Stage::Returning | Stage::Removing => wire::RotationState::GoingBack,
    }
}

fn view(
    app: &App,
    journal: &Journal,
    state: wire::RotationState,
    notes: Vec<String>,
) -> Result<wire::Rotation, Problem> {
    let shown = |seconds: u64| time::rfc3339(time::from_unix_seconds(seconds));
    Ok(wire::Rotation {
        state,
        profile: journal.profile.clone(),
        profiles: profiles_of(app, journal)?,
        using: journal.using.clone(),
        user: journal.user.clone(),
        account_id: journal.account_id.clone(),
        old_key_id: journal.old.clone(),
        new_key_id: journal.new.clone(),
        began: shown(journal.began),
        switched: journal.switched.map(shown),
        inactive_since: journal.inactive.map(shown),
        delete_due: journal
            .inactive
            .map(|since| shown(since.saturating_add(journal.grace_seconds))),
        grace_seconds: journal.grace_seconds.try_into().unwrap_or(u32::MAX),
        late_use: journal.late_use.as_ref().map(|late| wire::LateUse {
            at: shown(late.at),
            service: late.service.clone(),
            region: late.region.clone(),
        }),
        notes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grace_time_is_a_length_of_at_most_ninety_days() {
        assert_eq!(parse_grace("0s").unwrap(), Duration::ZERO);
        assert_eq!(parse_grace("7d").unwrap(), DEFAULT_GRACE);
        assert_eq!(parse_grace("36h").unwrap().as_secs(), 36 * 3600);
        for text in ["", "7", "-1d", "91d", "week", "1e9d"] {
            assert_eq!(
                parse_grace(text).unwrap_err().code,
                Code::RotationGrace,
                "{text}"
            );
        }
    }
}
