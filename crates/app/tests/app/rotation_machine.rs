//! A machine for one history of a rotation: the practice account's IAM in this process, a keychain in memory, a clock that
//! moves only when something waits, and one fault at a chosen step. After every step the promises are checked.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, OnceLock, Weak},
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use keywell_app::{
    App, CancellationToken, Parts, Places, Problem, Variables,
    cloud::*,
    hand_out,
    rotation::{self, Rotate},
    sessions::Person,
    setup, time,
};
use keywell_practice::{InProcess, Refused, Signer};
use keywell_vault::{
    ErrorKind, Item, MemoryStore, Operation, OtherToolKeys, Secret, Store, StoreKind, VaultError,
};
use keywell_wire as wire;
use serde_json::Value;

use crate::{
    fake_cloud::{no_objects, without_objects, without_policies},
    fake_users::without_users,
    world::handed_out,
};

/// How long a new key is not known to STS and IAM; S3 learns of it later still.
const NEW_KEY_DELAY: Duration = Duration::from_secs(8);
const S3_DELAY: Duration = Duration::from_secs(15);
const START: u64 = 1_800_000_000;
pub const PROFILES: [&str; 2] = ["harbour", "harbour-eu"];
const USER: &str = "marta";

/// What happens to a step: a call to AWS, to the keychain, or of the helper.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fault {
    /// It is refused and has no effect; the number chooses how.
    Refuse(u8),
    /// It has its effect, and its answer is lost.
    Lose,
    /// The process ends before it.
    Crash,
    /// The process ends after it.
    CrashAfter,
    /// The process ends after the step before it, between what was written and the journal.
    CrashBeforeJournal,
    /// This machine's clock is set to another time, in seconds from the true one.
    Clock(i64),
    /// Somebody makes a key for the user elsewhere.
    MakeElsewhere,
    /// Somebody deletes the key that is on its way out, or in.
    DeleteSpareElsewhere,
    /// Somebody deletes the user, and all of its keys, elsewhere.
    DeleteUserElsewhere,
    /// Some other machine uses the old key.
    UseElsewhere,
}

/// What a person asks for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Command {
    Rotate,
    Resume,
    Back,
    /// Two at once.
    Twice,
}

#[derive(Default)]
struct Plan {
    /// Steps of this run so far.
    step: usize,
    faults: Vec<(usize, Fault)>,
    /// The journal's bytes when the last step began.
    journal: Option<Option<Vec<u8>>>,
    crashed: Option<CancellationToken>,
}

struct State {
    plan: Plan,
    clock_offset: i64,
    /// Keys that others made, which a rotation has to leave alone.
    foreign: BTreeSet<String>,
    /// Every secret that ever was; none may be in a file.
    secrets: Vec<String>,
    /// Somebody deleted keys elsewhere.
    meddled: bool,
    /// Somebody deleted the user elsewhere: no key can work any more.
    user_gone: bool,
    broken: Option<String>,
}

#[derive(Clone)]
pub struct Machine(Arc<Inner>);

struct Inner {
    home: tempfile::TempDir,
    account: InProcess,
    administrator: (String, String),
    store: MemoryStore,
    began: tokio::time::Instant,
    state: Mutex<State>,
    app: OnceLock<Arc<App>>,
}

/// How a run ended.
#[derive(Debug)]
pub enum Ended {
    Answer(Box<Result<wire::Rotation, Problem>>),
    Crashed,
}

fn text_between(xml: &str, name: &str) -> Option<String> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    let (text, _) = rest.split_once(&format!("</{name}>"))?;
    Some(text.to_owned())
}

fn members(xml: &str) -> Vec<String> {
    xml.split("<member>").skip(1).map(str::to_owned).collect()
}

fn kind_of(refused: &Refused) -> CloudErrorKind {
    match refused.code.as_str() {
        "InvalidClientTokenId" | "InvalidAccessKeyId" => CloudErrorKind::UnknownKey,
        "SignatureDoesNotMatch" => CloudErrorKind::WrongSecret,
        "AccessDenied" => CloudErrorKind::AccessDenied,
        "LimitExceeded" => CloudErrorKind::LimitExceeded,
        "NoSuchEntity" => CloudErrorKind::NoSuchKey,
        other => panic!("unexpected refusal {other}: {}", refused.message),
    }
}

impl Machine {
    /// A user with one key, which two profiles use.
    pub async fn new() -> Self {
        // A history writes some hundred small files, each synced: memory makes ten thousand of them a matter of minutes.
        let memory = Path::new("/dev/shm");
        let home = if memory.is_dir() {
            tempfile::tempdir_in(memory)
        } else {
            tempfile::tempdir()
        }
        .unwrap();
        let began = tokio::time::Instant::now();
        let clock = move || SystemTime::UNIX_EPOCH + Duration::from_secs(START) + began.elapsed();
        let account = InProcess::new(Arc::new(clock), NEW_KEY_DELAY).unwrap();
        let administrator = account.administrator().unwrap();
        let machine = Self(Arc::new(Inner {
            home,
            account,
            administrator,
            store: MemoryStore::new(),
            began,
            state: Mutex::new(State {
                plan: Plan::default(),
                clock_offset: 0,
                foreign: BTreeSet::new(),
                secrets: Vec::new(),
                meddled: false,
                user_gone: false,
                broken: None,
            }),
            app: OnceLock::new(),
        }));
        machine.start_app();
        machine.populate().await;
        machine
    }

    fn start_app(&self) {
        let root = self.0.home.path();
        let variables =
            Variables::from_iter([("KEYWELL_HOME".into(), root.join("keywell").into_os_string())]);
        let weak = Arc::downgrade(&self.0);
        let (clock, vault, cloud, helper) = (weak.clone(), weak.clone(), weak.clone(), weak);
        let app = App::new(Parts {
            places: Places::find(root, &variables, "/opt/keywell/bin/keywell".into()),
            variables,
            clock: Arc::new(move || upgrade(&clock).local_time()),
            open_vault: Arc::new(move || Ok(Arc::new(Keychain(upgrade(&vault))))),
            cloud: Arc::new(ModelCloud(cloud)),
            practice: Arc::new(|| None),
            run_helper: Arc::new(move |line| {
                let machine = upgrade(&helper);
                Box::pin(async move { machine.run_helper(&line).await })
            }),
            other_tools: Arc::new(OtherToolKeys::default),
        });
        assert!(self.0.app.set(Arc::new(app)).is_ok());
    }

    async fn populate(&self) {
        let admin = |action: &str, parameters: &[(&str, &str)]| self.admin(action, parameters);
        admin("CreateUser", &[("UserName", USER)]);
        let policy = r#"{"Statement":{"Effect":"Allow","Action":["iam:*AccessKey*","iam:*UserTag*","iam:TagUser","iam:UntagUser"],"Resource":"*"}}"#;
        admin(
            "PutUserPolicy",
            &[
                ("UserName", USER),
                ("PolicyName", "own-keys"),
                ("PolicyDocument", policy),
            ],
        );
        let pair = self.make_key();
        let tag = [
            ("UserName", USER),
            ("Tags.member.1.Key", pair.key_id.as_str()),
            ("Tags.member.1.Value", "Laptop"),
        ];
        admin("TagUser", &tag);
        for profile in PROFILES {
            let request = setup::Request {
                pair: pair.clone(),
                source: setup::Source::Given,
                profile: profile.into(),
                region: "eu-north-1".into(),
                output: "json".into(),
                endpoint_url: Some("http://127.0.0.1:9".into()),
                replace: false,
                root_confirmed: false,
                ask_network: false,
            };
            setup::run(self.app(), &request, &|_| {}, &CancellationToken::new())
                .await
                .unwrap();
        }
        tokio::time::sleep(Duration::from_secs(60)).await;
    }

    pub fn app(&self) -> &App {
        self.0.app.get().unwrap()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap()
    }

    fn true_time(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(START) + self.0.began.elapsed()
    }

    fn local_time(&self) -> SystemTime {
        let offset = self.state().clock_offset;
        let distance = Duration::from_secs(offset.unsigned_abs());
        if offset >= 0 {
            self.true_time() + distance
        } else {
            self.true_time() - distance
        }
    }

    fn admin(&self, action: &str, parameters: &[(&str, &str)]) -> String {
        let (key_id, secret) = &self.0.administrator;
        self.0
            .account
            .iam(Signer { key_id, secret }, action, parameters)
            .unwrap_or_else(|refused| panic!("{action}: {refused:?}"))
    }

    fn make_key(&self) -> AccessKeyPair {
        let xml = self.admin("CreateAccessKey", &[("UserName", USER)]);
        self.new_pair(&xml)
    }

    fn new_pair(&self, xml: &str) -> AccessKeyPair {
        let secret = text_between(xml, "SecretAccessKey").unwrap();
        self.state().secrets.push(secret.clone());
        AccessKeyPair {
            key_id: text_between(xml, "AccessKeyId").unwrap(),
            secret: Secret::new(secret),
            session_token: None,
        }
    }

    /// The user's keys with their active flags and their ages.
    fn keys(&self) -> Vec<(String, bool, Duration)> {
        if self.user_is_gone() {
            return Vec::new();
        }
        members(&self.admin("ListAccessKeys", &[("UserName", USER)]))
            .iter()
            .map(|xml| {
                let created = text_between(xml, "CreateDate").unwrap();
                let age = self
                    .true_time()
                    .duration_since(parse_time(&created))
                    .unwrap_or_default();
                (
                    text_between(xml, "AccessKeyId").unwrap(),
                    text_between(xml, "Status").unwrap() == "Active",
                    age,
                )
            })
            .collect()
    }

    pub fn key_ids(&self) -> Vec<String> {
        self.keys()
            .into_iter()
            .map(|(key_id, _, _)| key_id)
            .collect()
    }

    pub fn tags(&self) -> Vec<(String, String)> {
        members(&self.admin("ListUserTags", &[("UserName", USER)]))
            .iter()
            .map(|xml| {
                let text = |name| text_between(xml, name).unwrap();
                (text("Key"), text("Value"))
            })
            .collect()
    }

    /// The key that the index names for a profile.
    pub fn key_of(&self, profile: &str) -> String {
        let text = fs::read_to_string(self.0.home.path().join("keywell/index.json")).unwrap();
        let index: Value = serde_json::from_str(&text).unwrap();
        let entries = index["profiles"].as_object().unwrap();
        let entry = &entries.values().next().unwrap()[profile];
        entry["key_id"].as_str().unwrap().to_owned()
    }

    /// The access keys in the keychain; the history keeps a key of its own there.
    pub fn kept(&self) -> Vec<String> {
        let mut names = self.0.store.list().unwrap();
        names.retain(|name| name.starts_with("AKIA"));
        names
    }

    pub fn foreign(&self) -> BTreeSet<String> {
        self.state().foreign.clone()
    }

    fn journals(&self) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(self.0.home.path().join("keywell/rotations")) else {
            return Vec::new();
        };
        let paths = entries.map(|entry| entry.unwrap().path());
        paths
            .filter(|path| {
                path.extension()
                    .is_some_and(|extension| extension == "json")
            })
            .collect()
    }

    pub fn is_under_way(&self) -> bool {
        !self.journals().is_empty()
    }

    fn journal_bytes(&self) -> Option<Vec<u8>> {
        self.journals().first().and_then(|path| fs::read(path).ok())
    }

    /// The promises: whatever happens, each profile's key is in the keychain and works. Where somebody deletes keys
    /// elsewhere, a profile may have one of them until the next look, but another that works is in the keychain.
    fn check(&self) {
        if !self.is_running() || self.user_is_gone() {
            return;
        }
        let keys = self.keys();
        let works = |key_id: &String| {
            let usable = keys
                .iter()
                .any(|(known, active, age)| known == key_id && *active && *age >= S3_DELAY);
            let item = self.0.store.get(key_id).ok();
            let kept = item.is_some_and(|item| {
                let mut secrets = self.state().secrets.clone();
                secrets.retain(|secret| secret == item.secret.expose());
                !secrets.is_empty()
            });
            usable && kept
        };
        let promised = if self.state().meddled {
            self.kept().iter().any(works)
        } else {
            PROFILES.iter().all(|profile| works(&self.key_of(profile)))
        };
        if !promised {
            self.state().broken.get_or_insert_with(|| {
                format!("no working key is in the keychain; at AWS: {keys:?}")
            });
        }
    }

    /// No secret is in any file.
    fn check_files(&self) {
        let secrets = self.state().secrets.clone();
        let mut folders = vec![self.0.home.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
                for secret in &secrets {
                    assert!(!text.contains(secret), "{} holds a secret", path.display());
                }
            }
        }
    }

    /// Takes a step: gives the fault that is due for it.
    fn step(&self) -> Option<Fault> {
        if !self.is_running() {
            return None;
        }
        self.check();
        let journal = self.journal_bytes();
        let mut state = self.state();
        state.plan.step += 1;
        let step = state.plan.step;
        let due = |(at, _): &&(usize, Fault)| *at == step;
        let fault = state.plan.faults.iter().find(due).map(|(_, fault)| *fault);
        let before = state.plan.journal.replace(journal);
        drop(state);
        match fault {
            Some(Fault::Crash) => self.crash(),
            Some(Fault::CrashBeforeJournal) => {
                if let Some(before) = before {
                    self.restore_journal(before);
                }
                self.crash();
            }
            Some(Fault::Clock(offset)) => self.state().clock_offset = offset,
            Some(Fault::MakeElsewhere) if !self.user_is_gone() && self.keys().len() < 2 => {
                let pair = self.make_key();
                self.state().foreign.insert(pair.key_id);
            }
            // Who deletes a user's last key elsewhere leaves nothing to keep.
            Some(Fault::DeleteSpareElsewhere) if self.keys().len() > 1 => self.delete_spare(),
            Some(Fault::DeleteUserElsewhere) if !self.user_is_gone() => self.delete_user(),
            Some(Fault::UseElsewhere) => self.use_old(),
            _ => return fault,
        }
        fault
    }

    /// Before the first run the machine is still being made.
    fn is_running(&self) -> bool {
        self.state().plan.crashed.is_some()
    }

    fn restore_journal(&self, bytes: Option<Vec<u8>>) {
        match (self.journals().first(), bytes) {
            (Some(path), Some(bytes)) => fs::write(path, bytes).unwrap(),
            (Some(path), None) => fs::remove_file(path).unwrap(),
            (None, _) => {}
        }
    }

    fn delete_spare(&self) {
        let used = self.key_of(PROFILES[0]);
        for key_id in self.key_ids().iter().filter(|key_id| **key_id != used) {
            self.state().meddled = true;
            self.admin(
                "DeleteAccessKey",
                &[("UserName", USER), ("AccessKeyId", key_id)],
            );
        }
    }

    fn delete_user(&self) {
        for key_id in self.key_ids() {
            let key = [("UserName", USER), ("AccessKeyId", key_id.as_str())];
            self.admin("DeleteAccessKey", &key);
        }
        let policy = [("UserName", USER), ("PolicyName", "own-keys")];
        self.admin("DeleteUserPolicy", &policy);
        self.admin("DeleteUser", &[("UserName", USER)]);
        self.state().user_gone = true;
    }

    pub fn user_is_gone(&self) -> bool {
        self.state().user_gone
    }

    /// Another machine signs with every key that AWS takes and the keychain knows.
    fn use_old(&self) {
        for key_id in self.kept() {
            let item = self.0.store.get(&key_id).unwrap();
            let secret = item.secret.expose();
            let signer = Signer {
                key_id: &key_id,
                secret,
            };
            let _ = self.0.account.s3_takes(signer);
        }
    }

    fn crash(&self) {
        if let Some(crashed) = &self.state().plan.crashed {
            crashed.cancel();
        }
    }

    fn has_crashed(&self) -> bool {
        let state = self.state();
        state
            .plan
            .crashed
            .as_ref()
            .is_some_and(CancellationToken::is_cancelled)
    }

    /// A call to AWS: the fault before, the call, the fault after.
    async fn ask<T>(
        &self,
        operation: &'static str,
        call: impl FnOnce() -> Result<T, CloudError>,
    ) -> Result<T, CloudError> {
        let fault = self.step();
        if self.has_crashed() {
            std::future::pending::<()>().await;
        }
        if let Some(Fault::Refuse(number)) = fault {
            let kinds = [
                CloudErrorKind::AccessDenied,
                CloudErrorKind::Throttled,
                CloudErrorKind::Unavailable,
                CloudErrorKind::Unreachable,
                CloudErrorKind::Other,
            ];
            let kind = kinds[usize::from(number) % kinds.len()].clone();
            return Err(CloudError::new(kind, operation));
        }
        let answer = call();
        self.check();
        match fault {
            Some(Fault::Lose) => Err(CloudError::new(CloudErrorKind::TimedOut, operation)),
            Some(Fault::CrashAfter) => {
                self.crash();
                std::future::pending().await
            }
            _ => answer,
        }
    }

    async fn run_helper(&self, line: &str) -> Result<Secret, Problem> {
        let profile = line.rsplit(' ').next().unwrap();
        handed_out(self.app(), &hand_out::Target::Profile(profile.into())).await
    }

    /// Carries a command out under faults, each at a step of this run.
    pub async fn run(
        &self,
        command: Command,
        grace: Option<Duration>,
        faults: &[(usize, Fault)],
    ) -> Ended {
        let crashed = CancellationToken::new();
        self.state().plan = Plan {
            faults: faults.to_vec(),
            crashed: Some(crashed.clone()),
            ..Plan::default()
        };
        let cancel = CancellationToken::new();
        let request = Rotate {
            profile: PROFILES[0],
            using: None,
            grace,
            person: Person::nobody(),
        };
        let app = self.app();
        let work = async {
            match command {
                Command::Rotate => rotation::rotate(app, &request, &|_| {}, &cancel).await,
                Command::Resume => rotation::resume(app, &request, &|_| {}, &cancel).await,
                Command::Back => rotation::go_back(app, &request, &|_| {}, &cancel).await,
                Command::Twice => {
                    let one = rotation::rotate(app, &request, &|_| {}, &cancel);
                    let other = rotation::rotate(app, &request, &|_| {}, &cancel);
                    let (one, other) = tokio::join!(one, other);
                    if one.is_ok() { one } else { other }
                }
            }
        };
        let ended = tokio::select! {
            biased;
            () = crashed.cancelled() => Ended::Crashed,
            answer = work => Ended::Answer(Box::new(answer)),
        };
        self.check();
        self.check_files();
        self.assert_whole();
        ended
    }

    #[track_caller]
    fn assert_whole(&self) {
        if let Some(broken) = &self.state().broken {
            panic!("a promise is broken: {broken}");
        }
    }

    /// At the end each profile has a working key, whoever meddled.
    #[track_caller]
    pub fn assert_mended(&self) {
        self.state().meddled = false;
        self.check();
        self.assert_whole();
    }

    pub fn steps(&self) -> usize {
        self.state().plan.step
    }

    /// The clock is right again, as a person would have set it.
    pub fn set_clock_right(&self) {
        self.state().clock_offset = 0;
    }
}

fn upgrade(weak: &Weak<Inner>) -> Machine {
    Machine(weak.upgrade().unwrap())
}

/// `2027-01-15T08:00:00Z`, as IAM writes it, to the second.
fn parse_time(text: &str) -> SystemTime {
    humantime::parse_rfc3339(text).unwrap()
}

struct ModelCloud(Weak<Inner>);

impl Cloud for ModelCloud {
    fn connect(&self, connection: Connection) -> Result<Arc<dyn Account>, CloudError> {
        let Credentials::Pair(pair) = connection.credentials else {
            return Err(CloudError::new(CloudErrorKind::NoCredentials, "connect"));
        };
        Ok(Arc::new(ModelAccount {
            machine: upgrade(&self.0),
            pair,
        }))
    }
}

struct ModelAccount {
    machine: Machine,
    pair: AccessKeyPair,
}

impl ModelAccount {
    fn signer(&self) -> Signer<'_> {
        Signer {
            key_id: &self.pair.key_id,
            secret: self.pair.secret.expose(),
        }
    }

    async fn iam(
        &self,
        operation: &'static str,
        parameters: &[(&str, &str)],
    ) -> Result<String, CloudError> {
        let action = operation.trim_start_matches("iam:");
        let call = || {
            let account = &self.machine.0.account;
            account
                .iam(self.signer(), action, parameters)
                .map_err(|refused| CloudError::new(kind_of(&refused), operation))
        };
        self.machine.ask(operation, call).await
    }
}

#[async_trait]
impl IdentityAccess for ModelAccount {
    async fn identity(&self) -> Result<IdentityAnswer, CloudError> {
        let operation = "sts:GetCallerIdentity";
        let call = || {
            let answer = self
                .machine
                .0
                .account
                .sts(self.signer(), "GetCallerIdentity");
            let local = time::unix_seconds(self.machine.local_time());
            let offset = i64::try_from(time::unix_seconds(self.machine.true_time())).unwrap()
                - i64::try_from(local).unwrap();
            // STS takes signatures of five minutes around its own time.
            if offset.abs() > 300 {
                return Err(CloudError::new(CloudErrorKind::ClockSkew, operation));
            }
            let xml = answer.map_err(|refused| CloudError::new(kind_of(&refused), operation))?;
            let text = |name| text_between(&xml, name).unwrap();
            Ok(IdentityAnswer {
                identity: Identity {
                    account_id: text("Account"),
                    arn: text("Arn"),
                    user_id: text("UserId"),
                },
                clock_offset_milliseconds: Some(offset * 1000),
            })
        };
        self.machine.ask(operation, call).await
    }
}

#[async_trait]
impl UserAccess for ModelAccount {
    async fn list_users(&self) -> Result<Vec<IamUser>, CloudError> {
        Err(CloudError::new(
            CloudErrorKind::AccessDenied,
            "iam:ListUsers",
        ))
    }

    async fn account_aliases(&self) -> Result<Vec<String>, CloudError> {
        Err(CloudError::new(
            CloudErrorKind::AccessDenied,
            "iam:ListAccountAliases",
        ))
    }

    async fn mfa_devices(&self, _: Option<&str>) -> Result<Vec<String>, CloudError> {
        Err(CloudError::new(
            CloudErrorKind::AccessDenied,
            "iam:ListMFADevices",
        ))
    }

    async fn allowed_with_mfa(&self, _: &str, _: &[String]) -> Result<Vec<String>, CloudError> {
        Err(CloudError::new(
            CloudErrorKind::AccessDenied,
            "iam:SimulatePrincipalPolicy",
        ))
    }

    async fn list_access_keys(&self, user: Option<&str>) -> Result<Vec<AccessKey>, CloudError> {
        let user = user.unwrap_or(USER);
        let xml = self
            .iam("iam:ListAccessKeys", &[("UserName", user)])
            .await?;
        let keys = members(&xml).into_iter().map(|xml| {
            let text = |name| text_between(&xml, name).unwrap();
            AccessKey {
                key_id: text("AccessKeyId"),
                user: Some(user.to_owned()),
                active: text("Status") == "Active",
                created: Some(parse_time(&text("CreateDate"))),
            }
        });
        Ok(keys.collect())
    }

    async fn access_key_last_used(&self, key_id: &str) -> Result<LastUsed, CloudError> {
        let xml = self
            .iam("iam:GetAccessKeyLastUsed", &[("AccessKeyId", key_id)])
            .await?;
        Ok(LastUsed {
            date: text_between(&xml, "LastUsedDate").map(|text| parse_time(&text)),
            service: text_between(&xml, "ServiceName"),
            region: text_between(&xml, "Region"),
        })
    }

    async fn create_access_key(&self, user: &str) -> Result<NewAccessKey, CloudError> {
        let xml = self
            .iam("iam:CreateAccessKey", &[("UserName", user)])
            .await?;
        Ok(NewAccessKey {
            pair: self.machine.new_pair(&xml),
            created: None,
        })
    }

    async fn set_access_key_active(
        &self,
        user: &str,
        key_id: &str,
        active: bool,
    ) -> Result<(), CloudError> {
        let status = if active { "Active" } else { "Inactive" };
        let parameters = [
            ("UserName", user),
            ("AccessKeyId", key_id),
            ("Status", status),
        ];
        self.iam("iam:UpdateAccessKey", &parameters).await.map(drop)
    }

    async fn delete_access_key(&self, user: &str, key_id: &str) -> Result<(), CloudError> {
        let parameters = [("UserName", user), ("AccessKeyId", key_id)];
        self.iam("iam:DeleteAccessKey", &parameters).await.map(drop)
    }

    async fn user_tags(&self, user: &str) -> Result<Vec<(String, String)>, CloudError> {
        let xml = self.iam("iam:ListUserTags", &[("UserName", user)]).await?;
        let tags = members(&xml).into_iter().map(|xml| {
            let text = |name| text_between(&xml, name).unwrap();
            (text("Key"), text("Value"))
        });
        Ok(tags.collect())
    }

    async fn tag_user(&self, user: &str, name: &str, value: &str) -> Result<(), CloudError> {
        let parameters = [
            ("UserName", user),
            ("Tags.member.1.Key", name),
            ("Tags.member.1.Value", value),
        ];
        self.iam("iam:TagUser", &parameters).await.map(drop)
    }

    async fn untag_user(&self, user: &str, name: &str) -> Result<(), CloudError> {
        let parameters = [("UserName", user), ("TagKeys.member.1", name)];
        self.iam("iam:UntagUser", &parameters).await.map(drop)
    }
}

#[async_trait]
impl BucketAccess for ModelAccount {
    async fn list_buckets(&self) -> Result<Vec<Bucket>, CloudError> {
        let operation = "s3:ListAllMyBuckets";
        let call = || {
            let refused = |kind| Err(CloudError::new(kind, operation));
            let keys = self.machine.keys();
            let young = |(key_id, _, age): &&(String, bool, Duration)| {
                *key_id == self.pair.key_id && *age < S3_DELAY
            };
            if keys.iter().any(|key| young(&key)) {
                return refused(CloudErrorKind::UnknownKey);
            }
            match self.machine.0.account.s3_takes(self.signer()) {
                // The user may do nothing with S3; that it is refused by name proves the key.
                Ok(()) => refused(CloudErrorKind::AccessDenied),
                Err(error) => refused(kind_of(&error)),
            }
        };
        self.machine.ask(operation, call).await
    }

    async fn bucket_region(&self, _: &str) -> Result<String, CloudError> {
        no_objects()
    }
    async fn create_bucket(&self, _: &str, _: &str) -> Result<(), CloudError> {
        no_objects()
    }
    async fn bucket_settings(&self, _: &str) -> Result<BucketSettings, CloudError> {
        no_objects()
    }
    async fn delete_bucket(&self, _: &str) -> Result<(), CloudError> {
        no_objects()
    }
}

without_objects!(ModelAccount);
without_users!(ModelAccount);
without_policies!(ModelAccount);

/// A rotation asks for one user.
#[async_trait]
impl ReportAccess for ModelAccount {
    async fn credential_report(&self) -> Result<Option<CredentialReport>, CloudError> {
        no_objects()
    }

    async fn make_credential_report(&self) -> Result<(), CloudError> {
        no_objects()
    }

    async fn user_details(&self, _: Option<&str>) -> Result<UserDetailsPage, CloudError> {
        no_objects()
    }

    async fn policies_attached_to(&self, _: &str) -> Result<Vec<String>, CloudError> {
        no_objects()
    }
}

#[async_trait]
impl MfaAccess for ModelAccount {
    async fn create_virtual_mfa_device(&self, _: &str) -> Result<NewMfaDevice, CloudError> {
        no_objects()
    }

    async fn enable_mfa_device(&self, _: &str, _: &str, _: [&Secret; 2]) -> Result<(), CloudError> {
        no_objects()
    }

    async fn delete_virtual_mfa_device(&self, _: &str) -> Result<(), CloudError> {
        no_objects()
    }
}

/// The model's profiles have keys of their own.
#[async_trait]
impl SessionAccess for ModelAccount {
    async fn session_token(
        &self,
        _: Option<MfaCode<'_>>,
        _: Option<u32>,
    ) -> Result<Session, CloudError> {
        no_objects()
    }

    async fn assume_role(&self, _: AssumeRole<'_>) -> Result<Session, CloudError> {
        no_objects()
    }

    async fn federation_token(&self, _: FederationToken<'_>) -> Result<Session, CloudError> {
        no_objects()
    }

    async fn sign_in_token(&self, _: &str, _: &AccessKeyPair) -> Result<Secret, CloudError> {
        no_objects()
    }

    async fn credentials(&self) -> Result<Session, CloudError> {
        no_objects()
    }
}

/// The keychain: every call is a step.
struct Keychain(Machine);

impl Keychain {
    fn ask<T>(
        &self,
        operation: Operation,
        call: impl FnOnce(&MemoryStore) -> Result<T, VaultError>,
    ) -> Result<T, VaultError> {
        let failed = |kind| Err(VaultError::new(kind, operation, "Test keyring"));
        let fault = self.0.step();
        // The run is dropped before it sees this.
        if self.0.has_crashed() {
            return failed(ErrorKind::Other);
        }
        if let Some(Fault::Refuse(number)) = fault {
            let kinds = [
                ErrorKind::Locked,
                ErrorKind::Denied,
                ErrorKind::NoService,
                ErrorKind::Other,
            ];
            return failed(kinds[usize::from(number) % kinds.len()]);
        }
        let answer = call(&self.0.0.store);
        self.0.check();
        match fault {
            Some(Fault::Lose) => failed(ErrorKind::TimedOut),
            Some(Fault::CrashAfter) => {
                self.0.crash();
                failed(ErrorKind::Other)
            }
            _ => answer,
        }
    }
}

impl Store for Keychain {
    fn label(&self) -> String {
        "Test keyring".into()
    }
    fn kind(&self) -> StoreKind {
        StoreKind::Memory
    }
    fn get(&self, key_id: &str) -> Result<Item, VaultError> {
        self.ask(Operation::Get, |store| store.get(key_id))
    }
    fn set(&self, item: &Item) -> Result<(), VaultError> {
        self.ask(Operation::Set, |store| store.set(item))
    }
    fn delete(&self, key_id: &str) -> Result<(), VaultError> {
        self.ask(Operation::Delete, |store| store.delete(key_id))
    }
    fn list(&self) -> Result<Vec<String>, VaultError> {
        self.ask(Operation::List, Store::list)
    }
    fn probe(&self) -> Result<(), VaultError> {
        self.ask(Operation::Probe, Store::probe)
    }
}
