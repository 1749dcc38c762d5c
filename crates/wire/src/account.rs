use crate::{Failure, SetupSummary, wire};

wire! {
pub struct UserList {
    pub users: Vec<UserRow>,
    pub account_id: Option<String>,
    /// True when this caller may not list users; then `users` holds the caller alone, when known.
    pub denied: bool,
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

/// Makes a key for a user and turns it into a keychain-backed profile in one go.
pub struct KeyCreateRequest {
    pub task: String,
    /// The profile that acts.
    pub profile: String,
    pub user: String,
    pub description: String,
    pub new_profile: String,
    pub region: String,
}

pub struct KeyCreated {
    pub summary: SetupSummary,
    /// Why the description could not be stored, when the key was made without it.
    pub description_failure: Option<Failure>,
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
