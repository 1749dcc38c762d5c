use crate::{Failure, SetupSummary, wire};

wire! {
/// What a program may do below its prefix.
pub struct AccessAllow {
    pub read: bool,
    pub write: bool,
    pub list: bool,
    pub delete: bool,
    /// Reading and listing extend to older versions.
    pub versions: bool,
}

/// A user, a policy for one bucket, a key and a profile that are to be made; also asks for the preview.
pub struct AccessPlan {
    /// The profile that acts.
    pub using: String,
    pub user: String,
    pub bucket: String,
    /// Where a new bucket is to be; `null` for one that is there.
    pub new_bucket_region: Option<String>,
    pub prefix: String,
    pub allow: AccessAllow,
    /// The policy as the person edited it; `null` for the one that Keywell makes.
    pub policy: Option<String>,
    /// The new profile that is to hold the key.
    pub profile: String,
}

pub struct AccessPreview {
    /// JSON on several lines: what Keywell would make of the plan, whatever was edited.
    pub policy: String,
    /// Of the edited policy, or else of the one that Keywell makes.
    pub flaws: Vec<PolicyFlaw>,
    /// In characters, as IAM counts them.
    pub length: u32,
    pub limit: u32,
    pub bucket_problem: Option<Failure>,
    pub prefix_problem: Option<Failure>,
    pub allow_problem: Option<Failure>,
    pub user_problem: Option<Failure>,
    pub profile_problem: Option<Failure>,
    /// What is worth knowing and no fault.
    pub notes: Vec<String>,
}

pub struct PolicyFlaw {
    /// Counted from 1; `null` for the policy as a whole.
    pub line: Option<u32>,
    pub message: String,
    pub hint: String,
    /// IAM would refuse it.
    pub blocking: bool,
}

pub struct AccessGrantRequest {
    pub task: String,
    pub plan: AccessPlan,
}

pub struct AccessGranted {
    pub access: Access,
    pub summary: SetupSummary,
    pub proof: Vec<AccessProof>,
}

/// One thing that was tried with the new key.
pub struct AccessProof {
    /// What was tried: "Read an object below in/".
    pub attempt: String,
    /// Whether the program should be able to do it.
    pub wanted: bool,
    pub outcome: ProofOutcome,
    /// Why, where it was not as it should be.
    pub detail: String,
}

pub enum ProofOutcome {
    AsWanted,
    NotAsWanted,
    Untried,
}

/// What a program was given, from Keywell's own records.
pub struct Access {
    pub state: AccessState,
    pub account_id: String,
    pub user: String,
    pub bucket: String,
    pub prefix: String,
    pub allow: AccessAllow,
    pub profile: String,
    pub using: String,
    pub key_id: Option<String>,
    /// RFC 3339, UTC.
    pub began: String,
}

pub enum AccessState {
    Made,
    /// Another Keywell works on it.
    Running,
    /// A run was killed before it ended, or could not take everything back.
    Interrupted,
}

pub struct AccessRevokeRequest {
    pub task: String,
    pub account_id: String,
    pub user: String,
    /// Another profile that acts; `null` for the one that acted before.
    pub using: Option<String>,
}

pub struct AccessRevoked {
    pub access: Access,
    /// What stays, and why.
    pub kept: Vec<String>,
}
}
