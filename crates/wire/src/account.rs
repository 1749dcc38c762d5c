use crate::{Failure, SetupSummary, wire};

wire! {
pub struct UserList {
    pub users: Vec<UserRow>,
    pub account_id: Option<String>,
    /// True when this caller may not list users; then `users` holds the caller alone, when known.
    pub denied: bool,
    /// What the caller may not do with users, as IAM names it: `iam:CreateUser`.
    pub denied_actions: Vec<String>,
}

pub struct AllUsersRequest {
    pub task: String,
}

/// The users of one account that the profiles of this machine open.
pub struct AccountUsers {
    /// The profile that read them.
    pub profile: String,
    /// None when they could not be read.
    pub list: Option<UserList>,
    pub failure: Option<Failure>,
}

pub struct UserRow {
    pub name: String,
    pub arn: String,
    pub path: String,
    /// RFC 3339, UTC.
    pub created: Option<String>,
    pub is_caller: bool,
}

pub struct UserRequest {
    pub profile: String,
    pub user: String,
}

pub struct AccessKeyList {
    pub user: String,
    pub keys: Vec<AccessKeyRow>,
    /// How many keys a user may have.
    pub limit: u32,
    /// When there is room for no more: the key to part with first.
    pub spare: Option<SpareKey>,
}

pub struct SpareKey {
    pub key_id: String,
    pub reason: SpareReason,
}

/// Why a key is the one to part with.
#[derive(Copy, Eq)]
pub enum SpareReason {
    /// It is inactive, so nothing uses it.
    Inactive,
    /// It was never used.
    Unused,
    /// It was not used for longer than the other one.
    Oldest,
}

pub struct AccessKeyRow {
    pub key_id: String,
    pub active: bool,
    pub created: Option<String>,
    pub last_used: Option<String>,
    pub last_used_service: Option<String>,
    pub last_used_region: Option<String>,
    pub description: Option<String>,
    /// Profiles on this machine that hold this key.
    pub profiles: Vec<String>,
}

/// Makes a key for a user. With a new profile it becomes one, backed by the keychain; without, it waits in the keychain
/// until its secret was taken.
pub struct KeyCreateRequest {
    pub task: String,
    /// The profile that acts.
    pub profile: String,
    pub user: String,
    pub description: String,
    pub new_profile: Option<NewProfile>,
}

pub struct NewProfile {
    pub name: String,
    pub region: String,
}

pub struct KeyCreated {
    pub key_id: String,
    /// The profile that was made of it.
    pub summary: Option<SetupSummary>,
    /// The id of the unfinished key, when no profile was asked for.
    pub waiting: Option<String>,
    /// Why the description could not be stored, when the key was made without it.
    pub description_failure: Option<Failure>,
}

/// A key that was made, or asked for, and has not found its place.
pub struct UnfinishedKey {
    pub id: String,
    pub user: String,
    pub account_id: String,
    /// The profile that acted.
    pub profile: String,
    pub description: String,
    /// RFC 3339, UTC.
    pub asked: String,
    pub key_id: Option<String>,
    pub state: UnfinishedState,
}

#[derive(Copy, Eq)]
pub enum UnfinishedState {
    /// Whether AWS made a key is not known.
    Asked,
    /// The key is made and its secret is lost.
    Lost,
    /// Its secret waits in the keychain.
    Waiting,
}

pub struct UnfinishedRequest {
    pub id: String,
}

pub struct UnfinishedFinishRequest {
    pub task: String,
    pub id: String,
    pub new_profile: NewProfile,
}

pub struct KeyRequest {
    pub profile: String,
    pub user: String,
    pub key_id: String,
}

pub struct KeyStatusRequest {
    pub profile: String,
    pub user: String,
    pub key_id: String,
    pub active: bool,
}
}
