use crate::{AccessKeyList, Failure, UserRow, wire};

wire! {
/// A kind of thing that hangs on an IAM user and goes with it.
#[derive(Copy, Eq)]
pub enum UserItemKind {
    LoginProfile,
    AccessKey,
    SigningCertificate,
    SshPublicKey,
    ServiceCredential,
    MfaDevice,
    InlinePolicy,
    AttachedPolicy,
    Group,
}

pub struct UserItem {
    pub kind: UserItemKind,
    pub id: String,
    /// What a person knows it by.
    pub name: String,
}

/// A user with all that hangs on it, as far as the caller may see.
pub struct UserDetails {
    pub user: UserRow,
    /// What the user is for.
    pub description: Option<String>,
    /// None when the caller may not list them.
    pub keys: Option<AccessKeyList>,
    /// In the order in which a delete removes them.
    pub items: Vec<UserItem>,
    /// Kinds that the caller may not see.
    pub hidden: Vec<UserItemKind>,
    /// What the caller may not do with this user, as IAM names it: `iam:DeleteUser`.
    pub denied_actions: Vec<String>,
}

/// What a row of the list shows beside the name. Each part is none when the caller may not see it.
pub struct UserGlance {
    pub user: String,
    pub groups: Option<Vec<String>>,
    pub mfa_devices: Option<u32>,
    pub keys: Option<Vec<KeyGlance>>,
}

pub struct KeyGlance {
    pub key_id: String,
    pub active: bool,
    /// RFC 3339, UTC.
    pub created: Option<String>,
    /// None when it was never used, or the caller may not know.
    pub last_used: Option<String>,
}

pub struct UserCreateRequest {
    pub profile: String,
    pub name: String,
    /// `/` or `/team/`.
    pub path: String,
    pub description: String,
}

pub struct UserCreated {
    pub user: UserRow,
    /// Why the description could not be stored, when the user was made without it.
    pub description_failure: Option<Failure>,
}

pub struct UserDeleteRequest {
    pub profile: String,
    pub user: String,
    /// What the person was shown. Nothing else is removed.
    pub items: Vec<UserItem>,
}

/// What became of a user that was to be deleted.
pub struct UserDeleted {
    pub user: String,
    /// False when something was removed and the user is still there.
    pub deleted: bool,
    pub removed: Vec<UserItem>,
    pub left: Vec<UserItem>,
    /// Profiles on this machine that held one of its keys.
    pub profiles: Vec<String>,
    /// Why it stopped.
    pub failure: Option<Failure>,
}
}
