use crate::{Failure, wire};

wire! {
/// How far the replacing of a key is.
pub enum RotationState {
    /// A key is asked for.
    Creating,
    /// The new key is in the keychain; AWS does not know it everywhere yet.
    Waiting,
    /// The profiles use the new key; the old one is active still.
    Switched,
    /// The old key is inactive and its last use is watched.
    Watching,
    Deleting,
    GoingBack,
    Done,
    WentBack,
}

pub struct Rotation {
    pub state: RotationState,
    /// The profile that the rotation was asked for.
    pub profile: String,
    /// The profiles that use the old or the new key.
    pub profiles: Vec<String>,
    /// The profile that acts, where the key does not act for itself.
    pub using: Option<String>,
    pub user: String,
    pub account_id: String,
    pub old_key_id: String,
    pub new_key_id: Option<String>,
    /// RFC 3339, UTC, as the other times here.
    pub began: String,
    pub switched: Option<String>,
    pub inactive_since: Option<String>,
    /// When the old key is deleted if nothing uses it.
    pub delete_due: Option<String>,
    pub grace_seconds: u32,
    /// Something used the old key after the switch. It is not deleted then until a person says so.
    pub late_use: Option<LateUse>,
    /// What could not be done and is no reason to stop.
    pub notes: Vec<String>,
}

pub struct LateUse {
    pub at: String,
    pub service: Option<String>,
    pub region: Option<String>,
}

/// How the rotation of one of many profiles ended.
pub struct RotationOutcome {
    pub profile: String,
    pub rotation: Option<Rotation>,
    pub failure: Option<Failure>,
}

/// A key of the keychain that is older than the policy allows.
pub struct DueKey {
    pub key_id: String,
    /// The profiles that use it.
    pub profiles: Vec<String>,
    pub age_days: u32,
    /// AWS did not tell its age; it has been in the keychain for so long.
    pub at_least: bool,
}

pub struct RotateManyRequest {
    pub task: String,
    pub profiles: Vec<String>,
    /// How long the old keys are watched; seven days when not given.
    pub grace_seconds: Option<u32>,
}

/// Begins a rotation or goes on with it.
pub struct RotateRequest {
    pub task: String,
    pub profile: String,
    /// Another profile that acts in the key's place.
    pub using: Option<String>,
    /// How long the old key is watched; as it was, or seven days, when not given.
    pub grace_seconds: Option<u32>,
}
}
