//! An account in memory: users, keys and buckets, with faults on request. It refuses what AWS refuses.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard},
};

use async_trait::async_trait;
use keywell_app::{CancellationToken, cloud::*, time};
use keywell_vault::Secret;

use crate::fake_access::Access;

pub const ACCOUNT: &str = "111122223333";
/// The one code that the account takes.
pub const MFA_CODE: &str = "123456";
/// The seed of every new device.
pub const MFA_SEED: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
/// What it shows before and at the time of the tests' clock.
pub const MFA_CODES: &str = "385088 768147";

#[derive(Clone, Default)]
pub struct FakeCloud(Arc<Mutex<State>>);

#[derive(Default)]
pub(crate) struct State {
    keys: BTreeMap<String, Key>,
    buckets: Vec<Bucket>,
    access: Access,
    tags: Vec<(String, String, String)>,
    attached: Vec<(String, String)>,
    has_report: bool,
    forgotten: Vec<String>,
    pub(crate) users: Vec<String>,
    pub(crate) items: Vec<(String, UserItem)>,
    connect_fault: Option<CloudErrorKind>,
    faults: HashMap<&'static str, VecDeque<CloudErrorKind>>,
    always: HashMap<&'static str, CloudErrorKind>,
    lost_answers: HashMap<&'static str, CloudErrorKind>,
    hangs: HashMap<&'static str, CancellationToken>,
    /// The service's clock minus this machine's, in milliseconds.
    clock_offset: Option<i64>,
    other_arns: VecDeque<Option<String>>,
    new_key_refusals: u32,
    mfa_devices: Vec<String>,
    /// What happens at a call, by its number.
    at_call: Option<(usize, Meddle)>,
    /// Users whose keys IAM does not serve without MFA.
    wants_mfa: Vec<String>,
    /// Seconds by which sessions end sooner than they were asked for.
    session_age: u64,
    made: u32,
    calls: Vec<String>,
    connections: Vec<Connection>,
}

/// What somebody else does, or the service answers, in the middle of something.
type Meddle = Box<dyn FnOnce(&FakeCloud) -> Option<CloudErrorKind> + Send>;

#[derive(Clone)]
struct Key {
    user: String,
    secret: Secret,
    token: Option<Secret>,
    active: bool,
    /// How often the key is still unknown, as a new one is at AWS.
    refusals: u32,
    /// Unix seconds.
    created: Option<u64>,
    used: Option<u64>,
}

impl FakeCloud {
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// Policies and objects, for the tests of `access`.
    pub fn access<R>(&self, look: impl FnOnce(&mut Access) -> R) -> R {
        look(&mut self.state().access)
    }

    pub fn buckets(&self) -> Vec<String> {
        let state = self.state();
        state.buckets.iter().map(|one| one.name.clone()).collect()
    }

    pub fn remove_bucket(&self, name: &str) {
        self.state().buckets.retain(|one| one.name != name);
    }

    pub fn remove_tags_of(&self, user: &str) {
        self.state().tags.retain(|(owner, _, _)| owner != user);
    }

    /// Adds a key of a user; "root" stands for the root user.
    pub fn add_key(&self, user: &str, pair: &AccessKeyPair) {
        self.state().keys.insert(
            pair.key_id.clone(),
            Key {
                user: user.into(),
                secret: pair.secret.clone(),
                token: pair.session_token.clone(),
                active: true,
                refusals: 0,
                created: None,
                used: None,
            },
        );
    }

    /// When a key was made and last used, in Unix seconds.
    pub fn set_dates(&self, key_id: &str, created: u64, used: Option<u64>) {
        let mut state = self.state();
        let key = state.keys.get_mut(key_id).unwrap();
        (key.created, key.used) = (Some(created), used);
    }

    pub fn deactivate(&self, key_id: &str) {
        self.state().keys.get_mut(key_id).unwrap().active = false;
    }

    /// From now on the service says that there is no such user.
    pub fn forget_user(&self, user: &str) {
        self.state().forgotten.push(user.into());
    }

    pub fn remember_user(&self, user: &str) {
        self.state().forgotten.retain(|forgotten| forgotten != user);
    }

    pub fn attach_policy(&self, user: &str, policy: &str) {
        self.state().attached.push((user.into(), policy.into()));
    }

    fn users(&self) -> Vec<String> {
        let mut names: Vec<String> = self
            .state()
            .keys
            .values()
            .map(|key| key.user.clone())
            .collect();
        names.sort();
        names.dedup();
        names
    }

    fn attached_to(&self, user: &str) -> Vec<String> {
        let state = self.state();
        let attached = state.attached.iter().filter(|(owner, _)| owner == user);
        attached.map(|(_, policy)| policy.clone()).collect()
    }

    /// A session that begins when the test world's clock stands.
    fn new_session(&self, user: &str, seconds: u32) -> Session {
        let made = {
            let mut state = self.state();
            state.made += 1;
            state.made
        };
        let pair = AccessKeyPair {
            key_id: format!("ASIAEXAMPLE{made:09}"),
            secret: Secret::new(format!("session secret {made}")),
            session_token: Some(Secret::new(format!("session token {made}"))),
        };
        self.add_key(user, &pair);
        let age = self.state().session_age;
        let seconds = 1_800_000_000 + u64::from(seconds) - age;
        Session {
            pair,
            expires: Some(keywell_app::time::from_unix_seconds(seconds)),
        }
    }

    /// Deletes a key behind Keywell's back; false when there is none.
    pub fn remove_key(&self, key_id: &str) -> bool {
        self.state().keys.remove(key_id).is_some()
    }

    pub fn add_bucket(&self, name: &str) {
        self.state().buckets.push(Bucket {
            name: name.into(),
            region: Some("eu-west-1".into()),
            created: None,
        });
    }

    pub fn add_tag(&self, user: &str, name: &str, value: &str) {
        self.state()
            .tags
            .push((user.into(), name.into(), value.into()));
    }

    pub fn tags(&self) -> Vec<(String, String, String)> {
        self.state().tags.clone()
    }

    /// The keys of a user with their active flags.
    pub fn keys_of(&self, user: &str) -> Vec<(String, bool)> {
        self.state()
            .keys
            .iter()
            .filter(|(id, key)| key.user == user && !id.starts_with("ASIA"))
            .map(|(id, key)| (id.clone(), key.active))
            .collect()
    }

    pub fn set_mfa_devices(&self, serials: &[&str]) {
        self.state().mfa_devices = serials.iter().map(ToString::to_string).collect();
    }

    /// Makes the next call fail; several queue up.
    pub fn fail_next(&self, operation: &'static str, kind: CloudErrorKind) {
        self.state()
            .faults
            .entry(operation)
            .or_default()
            .push_back(kind);
    }

    pub fn fail_always(&self, operation: &'static str, kind: CloudErrorKind) {
        self.state().always.insert(operation, kind);
    }

    /// The call does what it does, and its answer gets lost.
    pub fn lose_answers(&self, operation: &'static str, kind: CloudErrorKind) {
        self.state().lost_answers.insert(operation, kind);
    }

    pub fn fail_connect(&self, kind: CloudErrorKind) {
        self.state().connect_fault = Some(kind);
    }

    /// The call cancels the token and never answers.
    pub fn cancel_and_hang(&self, operation: &'static str, cancel: &CancellationToken) {
        self.state().hangs.insert(operation, cancel.clone());
    }

    /// No call hangs any more.
    pub fn wake(&self) {
        self.state().hangs.clear();
    }

    /// How far this machine's clock is behind the service's, in milliseconds.
    pub fn set_clock_offset(&self, milliseconds: i64) {
        self.state().clock_offset = Some(milliseconds);
    }

    /// Lets something happen at the call of this number, counted from now, 1 being the next one. What it returns is the
    /// answer.
    pub fn at_call(
        &self,
        number: usize,
        meddle: impl FnOnce(&Self) -> Option<CloudErrorKind> + Send + 'static,
    ) {
        let mut state = self.state();
        let number = state.calls.len() + number;
        state.at_call = Some((number, Box::new(meddle)));
    }

    pub fn want_mfa_for(&self, user: &str) {
        self.state().wants_mfa.push(user.to_owned());
    }

    pub fn set_session_age(&self, seconds: u64) {
        self.state().session_age = seconds;
    }

    /// Queues the ARNs that the next questions are answered with; `None` is the true one.
    pub fn answer_identities(&self, arns: &[Option<&str>]) {
        self.state().other_arns = arns.iter().map(|arn| arn.map(str::to_owned)).collect();
    }

    /// How many questions a new key is refused.
    pub fn refuse_new_keys(&self, times: u32) {
        self.state().new_key_refusals = times;
    }

    pub fn calls(&self) -> Vec<String> {
        self.state().calls.clone()
    }

    pub fn count(&self, operation: &str) -> usize {
        self.calls()
            .iter()
            .filter(|call| call.split(' ').next() == Some(operation))
            .count()
    }

    pub fn last_connection(&self) -> Connection {
        self.state().connections.last().cloned().unwrap()
    }
}

impl Cloud for FakeCloud {
    fn connect(&self, connection: Connection) -> Result<Arc<dyn Account>, CloudError> {
        let mut state = self.state();
        if let Some(kind) = state.connect_fault.clone() {
            return Err(CloudError::new(kind, "connect"));
        }
        state.connections.push(connection.clone());
        let pair = match connection.credentials {
            Credentials::Pair(pair) => Some(pair),
            _ => None,
        };
        Ok(Arc::new(FakeAccount {
            cloud: self.clone(),
            pair,
        }))
    }
}

pub(crate) struct FakeAccount {
    pub(crate) cloud: FakeCloud,
    pair: Option<AccessKeyPair>,
}

impl FakeAccount {
    /// Records the call, waits out a hang, gives the fault that is due and checks the key. Returns its user.
    pub(crate) async fn enter(
        &self,
        operation: &'static str,
        detail: &str,
    ) -> Result<String, CloudError> {
        let hang = {
            let mut state = self.cloud.state();
            state
                .calls
                .push(format!("{operation} {detail}").trim().to_owned());
            state.hangs.get(operation).cloned()
        };
        if let Some(cancel) = hang {
            cancel.cancel();
            std::future::pending::<()>().await;
        }
        let meddle = {
            let mut state = self.cloud.state();
            let number = state.calls.len();
            state.at_call.take_if(|(at, _)| *at == number)
        };
        if let Some(kind) = meddle.and_then(|(_, meddle)| meddle(&self.cloud)) {
            return Err(CloudError::new(kind, as_aws_names(operation)));
        }
        let mut state = self.cloud.state();
        let queued = state
            .faults
            .get_mut(operation)
            .and_then(VecDeque::pop_front);
        if let Some(kind) = queued.or_else(|| state.always.get(operation).cloned()) {
            return Err(CloudError::new(kind, as_aws_names(operation)));
        }
        let refused = |kind| Err(CloudError::new(kind, as_aws_names(operation)));
        let Some(pair) = &self.pair else {
            return refused(CloudErrorKind::NoCredentials);
        };
        let Some(key) = state.keys.get_mut(&pair.key_id) else {
            return refused(CloudErrorKind::UnknownKey);
        };
        if key.refusals > 0 {
            key.refusals -= 1;
            return refused(CloudErrorKind::UnknownKey);
        }
        if !key.active {
            return refused(CloudErrorKind::UnknownKey);
        }
        if key.secret != pair.secret {
            return refused(CloudErrorKind::WrongSecret);
        }
        if key.token != pair.session_token {
            return refused(CloudErrorKind::BadToken);
        }
        let user = key.user.clone();
        let is_open = matches!(operation, "identity" | "session_token" | "list_buckets");
        if !is_open && pair.session_token.is_none() && state.wants_mfa.contains(&user) {
            return refused(CloudErrorKind::AccessDenied);
        }
        Ok(user)
    }
}

pub(crate) fn arn(user: &str) -> String {
    if user == "root" {
        format!("arn:aws:iam::{ACCOUNT}:root")
    } else {
        format!("arn:aws:iam::{ACCOUNT}:user/{user}")
    }
}

/// What decides by the action asks for AWS's own name of it.
fn as_aws_names(operation: &'static str) -> &'static str {
    match operation {
        "create_access_key" => "iam:CreateAccessKey",
        other => other,
    }
}

#[async_trait]
impl IdentityAccess for FakeAccount {
    async fn identity(&self) -> Result<IdentityAnswer, CloudError> {
        let user = self.enter("identity", "").await?;
        let other = self.cloud.state().other_arns.pop_front().flatten();
        Ok(IdentityAnswer {
            identity: Identity {
                account_id: ACCOUNT.into(),
                arn: other.unwrap_or_else(|| arn(&user)),
                user_id: "AIDAEXAMPLE".into(),
            },
            clock_offset_milliseconds: Some(self.cloud.state().clock_offset.unwrap_or(400)),
        })
    }
}

#[async_trait]
impl SessionAccess for FakeAccount {
    async fn session_token(
        &self,
        mfa: Option<MfaCode<'_>>,
        seconds: Option<u32>,
    ) -> Result<Session, CloudError> {
        let code = mfa.map(|mfa| mfa.code.expose().to_owned());
        let detail = format!("{seconds:?} {code:?}");
        let user = self.enter("session_token", &detail).await?;
        if code.is_some_and(|code| code != MFA_CODE) {
            return Err(CloudError::new(
                CloudErrorKind::AccessDenied,
                "sts:GetSessionToken",
            ));
        }
        Ok(self.cloud.new_session(&user, seconds.unwrap_or(43_200)))
    }

    async fn assume_role(&self, request: AssumeRole<'_>) -> Result<Session, CloudError> {
        let role = request.role_arn.rsplit('/').next().unwrap();
        self.enter("assume_role", role).await?;
        Ok(self
            .cloud
            .new_session(role, request.seconds.unwrap_or(3_600)))
    }

    async fn federation_token(&self, request: FederationToken<'_>) -> Result<Session, CloudError> {
        self.enter("federation_token", request.name).await?;
        Ok(self.cloud.new_session(request.name, request.seconds))
    }

    async fn sign_in_token(
        &self,
        endpoint: &str,
        session: &AccessKeyPair,
    ) -> Result<Secret, CloudError> {
        self.enter("sign_in_token", &format!("{endpoint} {}", session.key_id))
            .await?;
        Ok(Secret::new("sign-in token"))
    }

    async fn credentials(&self) -> Result<Session, CloudError> {
        Ok(Session {
            pair: self
                .pair
                .clone()
                .ok_or_else(|| CloudError::new(CloudErrorKind::NoCredentials, "credentials"))?,
            expires: None,
        })
    }
}

#[async_trait]
impl MfaAccess for FakeAccount {
    async fn create_virtual_mfa_device(&self, name: &str) -> Result<NewMfaDevice, CloudError> {
        self.enter("create_virtual_mfa_device", name).await?;
        Ok(NewMfaDevice {
            serial: format!("arn:aws:iam::{ACCOUNT}:mfa/{name}"),
            seed: Secret::new(MFA_SEED),
        })
    }

    async fn enable_mfa_device(
        &self,
        user: &str,
        serial: &str,
        codes: [&Secret; 2],
    ) -> Result<(), CloudError> {
        let codes = codes.map(Secret::expose).join(" ");
        self.enter("enable_mfa_device", &format!("{user} {codes}"))
            .await?;
        if codes == MFA_CODES || codes == "111111 222222" {
            self.cloud.state().mfa_devices.push(serial.to_owned());
            return Ok(());
        }
        Err(CloudError::new(
            CloudErrorKind::WrongMfaCode,
            "iam:EnableMFADevice",
        ))
    }

    async fn delete_virtual_mfa_device(&self, serial: &str) -> Result<(), CloudError> {
        self.enter("delete_virtual_mfa_device", serial)
            .await
            .map(drop)
    }
}

#[async_trait]
impl UserAccess for FakeAccount {
    async fn list_users(&self) -> Result<Vec<IamUser>, CloudError> {
        let caller = self.enter("list_users", "").await?;
        self.cloud
            .access(|access| access.check(&caller, "iam:ListUsers", "", ""))?;
        let mut names = self.cloud.users();
        names.extend(self.cloud.state().users.clone());
        names.sort();
        names.dedup();
        Ok(names
            .into_iter()
            .map(|name| IamUser {
                arn: arn(&name),
                name,
                path: "/".into(),
                created: None,
            })
            .collect())
    }

    async fn account_aliases(&self) -> Result<Vec<String>, CloudError> {
        self.enter("account_aliases", "").await?;
        Ok(vec!["harbour".into()])
    }

    async fn mfa_devices(&self, _user: Option<&str>) -> Result<Vec<String>, CloudError> {
        self.enter("mfa_devices", "").await?;
        Ok(self.cloud.state().mfa_devices.clone())
    }

    /// Here MFA opens what it opens in most accounts: a user's own keys.
    async fn allowed_with_mfa(
        &self,
        _user_arn: &str,
        actions: &[String],
    ) -> Result<Vec<String>, CloudError> {
        self.enter("allowed_with_mfa", "").await?;
        Ok(actions
            .iter()
            .filter(|action| *action == "iam:ListAccessKeys")
            .cloned()
            .collect())
    }

    async fn list_access_keys(&self, user: Option<&str>) -> Result<Vec<AccessKey>, CloudError> {
        let caller = self.enter("list_access_keys", "").await?;
        self.cloud
            .access(|access| access.check(&caller, "iam:ListAccessKeys", "", ""))?;
        let user = user.unwrap_or(&caller);
        let state = self.cloud.state();
        if state.forgotten.iter().any(|forgotten| forgotten == user) {
            return Err(CloudError::new(
                CloudErrorKind::NoSuchUser,
                "iam:ListAccessKeys",
            ));
        }
        // IAM lists no keys of sessions.
        let is_theirs = |key: &Key| key.user == user && key.token.is_none();
        let keys = state.keys.iter().filter(|(_, key)| is_theirs(key));
        Ok(keys
            .map(|(key_id, key)| AccessKey {
                key_id: key_id.clone(),
                user: Some(user.to_owned()),
                active: key.active,
                // Keys that were made here are made now.
                created: key
                    .created
                    .or(key_id.starts_with("AKIAEXAMPLE0").then_some(1_800_000_000))
                    .map(time::from_unix_seconds),
            })
            .collect())
    }

    async fn access_key_last_used(&self, key_id: &str) -> Result<LastUsed, CloudError> {
        self.enter("access_key_last_used", key_id).await?;
        let used = self.cloud.state().keys.get(key_id).and_then(|key| key.used);
        Ok(LastUsed {
            date: used.map(time::from_unix_seconds),
            ..LastUsed::default()
        })
    }

    async fn create_access_key(&self, user: &str) -> Result<NewAccessKey, CloudError> {
        self.enter("create_access_key", user).await?;
        self.cloud.access(|access| access.must_have(user))?;
        if self.cloud.keys_of(user).len() >= 2 {
            return Err(CloudError::new(
                CloudErrorKind::LimitExceeded,
                "iam:CreateAccessKey",
            ));
        }
        let mut state = self.cloud.state();
        state.made += 1;
        let pair = AccessKeyPair {
            key_id: format!("AKIAEXAMPLE{:09}", state.made),
            secret: Secret::new(format!("made{:036}", state.made)),
            session_token: None,
        };
        let key = Key {
            user: user.into(),
            secret: pair.secret.clone(),
            token: None,
            active: true,
            refusals: state.new_key_refusals,
            created: None,
            used: None,
        };
        state.keys.insert(pair.key_id.clone(), key);
        if let Some(kind) = state.lost_answers.get("create_access_key") {
            return Err(CloudError::new(kind.clone(), "iam:CreateAccessKey"));
        }
        Ok(NewAccessKey {
            pair,
            created: None,
        })
    }

    async fn set_access_key_active(
        &self,
        _user: &str,
        key_id: &str,
        active: bool,
    ) -> Result<(), CloudError> {
        self.enter("set_access_key_active", key_id).await?;
        match self.cloud.state().keys.get_mut(key_id) {
            Some(key) => {
                key.active = active;
                Ok(())
            }
            None => Err(CloudError::new(
                CloudErrorKind::NoSuchKey,
                "iam:UpdateAccessKey",
            )),
        }
    }

    async fn delete_access_key(&self, _user: &str, key_id: &str) -> Result<(), CloudError> {
        self.enter("delete_access_key", key_id).await?;
        match self.cloud.state().keys.remove(key_id) {
            Some(_) => Ok(()),
            None => Err(CloudError::new(
                CloudErrorKind::NoSuchKey,
                "iam:DeleteAccessKey",
            )),
        }
    }

    async fn user_tags(&self, user: &str) -> Result<Vec<(String, String)>, CloudError> {
        self.enter("user_tags", user).await?;
        self.cloud.access(|access| access.must_have(user))?;
        Ok(self
            .cloud
            .tags()
            .into_iter()
            .filter(|(owner, _, _)| owner == user)
            .map(|(_, name, value)| (name, value))
            .collect())
    }

    async fn tag_user(&self, user: &str, name: &str, value: &str) -> Result<(), CloudError> {
        self.enter("tag_user", name).await?;
        self.cloud.add_tag(user, name, value);
        Ok(())
    }

    async fn untag_user(&self, user: &str, name: &str) -> Result<(), CloudError> {
        self.enter("untag_user", name).await?;
        self.cloud
            .state()
            .tags
            .retain(|(owner, tag, _)| owner != user || tag != name);
        Ok(())
    }
}

#[async_trait]
impl ReportAccess for FakeAccount {
    async fn credential_report(&self) -> Result<Option<CredentialReport>, CloudError> {
        self.enter("credential_report", "").await?;
        let state = self.cloud.state();
        if !state.has_report {
            return Ok(None);
        }
        let mut csv = "user,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date\n".to_owned();
        let mut users: BTreeMap<&str, Vec<&Key>> = BTreeMap::new();
        for key in state.keys.values() {
            users.entry(&key.user).or_default().push(key);
        }
        let date = |seconds: Option<u64>| {
            let date =
                seconds.map(|at| time::rfc3339(time::from_unix_seconds(at)).replace('Z', "+00:00"));
            date.unwrap_or_else(|| "N/A".into())
        };
        for (user, keys) in users {
            let name = if user == "root" {
                "<root_account>"
            } else {
                user
            };
            let slot = |at: usize| match keys.get(at) {
                Some(key) => format!("{},{},{}", key.active, date(key.created), date(key.used)),
                None => "false,N/A,N/A".into(),
            };
            csv.push_str(&format!("{name},{},{}\n", slot(0), slot(1)));
        }
        Ok(Some(CredentialReport {
            csv: csv.into_bytes(),
            made: Some(time::from_unix_seconds(1_800_000_000 - 3_600)),
        }))
    }

    async fn make_credential_report(&self) -> Result<(), CloudError> {
        self.enter("make_credential_report", "").await?;
        self.cloud.state().has_report = true;
        Ok(())
    }

    async fn user_details(&self, page: Option<&str>) -> Result<UserDetailsPage, CloudError> {
        self.enter("user_details", page.unwrap_or_default()).await?;
        let users = self.cloud.users();
        let tags = self.cloud.tags();
        let users = users.into_iter().map(|name| UserDetails {
            tags: tags
                .iter()
                .filter(|(owner, _, _)| *owner == name)
                .map(|(_, key, value)| (key.clone(), value.clone()))
                .collect(),
            attached_policies: self.cloud.attached_to(&name),
            name,
        });
        Ok(UserDetailsPage {
            users: users.collect(),
            next: None,
        })
    }

    async fn policies_attached_to(&self, user: &str) -> Result<Vec<String>, CloudError> {
        self.enter("policies_attached_to", user).await?;
        Ok(self.cloud.attached_to(user))
    }
}

#[async_trait]
impl BucketAccess for FakeAccount {
    async fn list_buckets(&self) -> Result<Vec<Bucket>, CloudError> {
        let caller = self.enter("list_buckets", "").await?;
        self.cloud
            .access(|access| access.check(&caller, "s3:ListAllMyBuckets", "", ""))?;
        Ok(self.cloud.state().buckets.clone())
    }

    async fn bucket_region(&self, bucket: &str) -> Result<String, CloudError> {
        self.enter("bucket_region", bucket).await?;
        Ok("eu-west-1".into())
    }

    async fn create_bucket(&self, bucket: &str, _region: &str) -> Result<(), CloudError> {
        self.enter("create_bucket", bucket).await?;
        self.cloud.add_bucket(bucket);
        Ok(())
    }

    async fn bucket_settings(&self, bucket: &str) -> Result<BucketSettings, CloudError> {
        self.enter("bucket_settings", bucket).await?;
        Ok(BucketSettings::default())
    }

    async fn delete_bucket(&self, bucket: &str) -> Result<(), CloudError> {
        self.enter("delete_bucket", bucket).await?;
        self.cloud.remove_bucket(bucket);
        Ok(())
    }
}

pub fn no_objects<T>() -> Result<T, CloudError> {
    Err(CloudError::new(CloudErrorKind::NotImplemented, "objects"))
}

/// Objects are tested beside the transfers.
macro_rules! without_objects {
    ($account:ty) => {
        #[async_trait::async_trait]
        impl ObjectAccess for $account {
            async fn list_objects(&self, _: ListObjects<'_>) -> Result<ObjectListing, CloudError> {
                no_objects()
            }
            async fn head_object(&self, _: &str, _: &str) -> Result<ObjectHead, CloudError> {
                no_objects()
            }
            async fn put_object(&self, _: PutObject<'_>, _: OnBytes) -> Result<Stored, CloudError> {
                no_objects()
            }
            async fn put_empty(&self, _: &str, _: &str) -> Result<(), CloudError> {
                no_objects()
            }
            async fn create_multipart(
                &self,
                _: &str,
                _: &str,
                _: Option<&str>,
            ) -> Result<String, CloudError> {
                no_objects()
            }
            async fn upload_part(
                &self,
                _: UploadPart<'_>,
                _: OnBytes,
            ) -> Result<UploadedPart, CloudError> {
                no_objects()
            }
            async fn complete_multipart(
                &self,
                _: CompleteMultipart<'_>,
            ) -> Result<Stored, CloudError> {
                no_objects()
            }
            async fn abort_multipart(&self, _: &str, _: &str, _: &str) -> Result<(), CloudError> {
                no_objects()
            }
            async fn get_object(
                &self,
                _: &str,
                _: &str,
                _: Option<(u64, u64)>,
                _: Option<&str>,
            ) -> Result<ByteStream, CloudError> {
                no_objects()
            }
            async fn copy_object(&self, _: CopyObject<'_>) -> Result<(), CloudError> {
                no_objects()
            }
            async fn delete_objects(
                &self,
                _: &str,
                _: &[String],
            ) -> Result<Vec<(String, CloudError)>, CloudError> {
                no_objects()
            }
            async fn presign_get(&self, _: &str, _: &str, _: u32) -> Result<Presigned, CloudError> {
                no_objects()
            }
        }
    };
}
pub(crate) use without_objects;

/// For accounts in whose tests no policy is put.
macro_rules! without_policies {
    ($account:ty) => {
        #[async_trait::async_trait]
        impl PolicyAccess for $account {
            async fn put_user_policy(&self, _: &str, _: &str, _: &str) -> Result<(), CloudError> {
                no_objects()
            }
            async fn delete_user_policy(&self, _: &str, _: &str) -> Result<(), CloudError> {
                no_objects()
            }
        }
    };
}
pub(crate) use without_policies;
