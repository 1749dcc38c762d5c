use crate::{Failure, Severity, wire};

wire! {
pub struct KeyHealthRequest {
    pub task: String,
    /// The profile that asks. None: one profile for each account that the profiles of this machine open.
    pub profile: Option<String>,
}

/// The access keys of one or several accounts, and what is not as it should be.
pub struct KeyHealth {
    /// RFC 3339, UTC, as the other times here.
    pub at: String,
    pub accounts: Vec<AccountKeys>,
    /// Most urgent first.
    pub findings: Vec<KeyFinding>,
    /// The policy: a key older than this is to be rotated.
    pub rotate_after_days: u32,
    /// A key that was not used for longer than this is called unused.
    pub unused_after_days: u32,
}

/// The keys of an account as far as a profile may read them.
pub struct AccountKeys {
    /// The profile that asked.
    pub profile: String,
    pub account_id: Option<String>,
    pub read_by: ReadBy,
    /// When IAM made the credential report that the rows are from.
    pub report_made: Option<String>,
    pub users: u32,
    pub keys: Vec<HealthKey>,
    /// Users whose keys could not be read.
    pub unread: Vec<UnreadUser>,
    /// Users that were not asked for, since the work was stopped.
    pub left_out: u32,
    /// What could not be had beside the keys, as sentences.
    pub notes: Vec<String>,
    /// Why nothing could be read.
    pub failure: Option<Failure>,
}

pub enum ReadBy {
    /// IAM's credential report: all users, up to four hours old, without key IDs.
    Report,
    /// Each user was asked for.
    PerUser,
    /// The caller may see its own keys only.
    OwnOnly,
}

/// Rows of an account as they arrive.
pub struct KeyHealthPart {
    pub profile: String,
    pub account_id: Option<String>,
    pub read_by: ReadBy,
    pub report_made: Option<String>,
    pub users: u32,
    /// Users read so far.
    pub read: u32,
    /// The rows that came new.
    pub keys: Vec<HealthKey>,
}

pub struct HealthKey {
    pub user: String,
    pub is_root: bool,
    /// None while only the credential report is known, which has no key IDs.
    pub key_id: Option<String>,
    pub active: bool,
    pub created: Option<String>,
    /// Whole days since it was made.
    pub age_days: Option<u32>,
    pub last_used: Option<String>,
    pub last_used_service: Option<String>,
    pub last_used_region: Option<String>,
    pub description: Option<String>,
    /// Profiles on this machine that hold it.
    pub profiles: Vec<String>,
    pub state: KeyState,
    /// Days until its rotation is due; below zero when it is overdue. None for keys that are not to be rotated.
    pub due_in_days: Option<i32>,
    /// AWS found its secret in public and quarantined its user.
    pub quarantined: bool,
}

/// How a key stands to the policy.
pub enum KeyState {
    Fine,
    /// Older than the policy allows.
    Due,
    /// Older than twice that.
    Overdue,
    /// Not used for longer than the policy allows.
    Unused,
    NeverUsed,
    Inactive,
}

pub struct KeyFinding {
    pub code: KeyFindingCode,
    pub severity: Severity,
    /// The profile that asked; none for what is known of this machine alone.
    pub asked_by: Option<String>,
    pub user: Option<String>,
    pub key_id: Option<String>,
    /// The profiles on this machine that it is about.
    pub profiles: Vec<String>,
    pub message: String,
    /// Why it matters.
    pub detail: String,
    pub remedy: KeyRemedy,
    /// The same as a command, where there is one.
    pub command: Option<String>,
}

pub enum KeyFindingCode {
    /// Older than the policy allows.
    Old,
    /// Not used for longer than the policy allows.
    Unused,
    NeverUsed,
    /// Inactive for as long.
    Forgotten,
    /// In a plain file on this machine.
    Plain,
    /// In more than one place on this machine.
    Several,
    /// The key that a profile holds does not exist at AWS, or is refused.
    Gone,
    /// The user of the key that a profile holds does not exist.
    DeletedUser,
    Root,
    /// AWS attached a quarantine policy to the user.
    Quarantined,
}

/// What mends a finding.
#[serde(tag = "kind")]
pub enum KeyRemedy {
    /// The key of a profile is rotated.
    Rotate { profile: String },
    /// The key is deactivated, which can be taken back.
    Deactivate { profile: String, user: String, #[serde(rename = "keyId")] #[ts(rename = "keyId")] key_id: String },
    /// The user's keys are looked at.
    OpenUser { profile: String, user: String },
    /// Plain copies are moved into the keychain.
    Migrate { key: String },
    /// Another key is set up for the profile.
    SetUp { profile: String },
    /// A person does it.
    Advice { text: String },
}

pub struct UnreadUser {
    pub user: String,
    pub failure: Failure,
}

pub struct KeyRowsRequest {
    pub profile: String,
    /// At most 50.
    pub users: Vec<String>,
}

/// The keys of a user, asked for just now.
pub struct UserKeys {
    pub user: String,
    pub keys: Vec<HealthKey>,
    pub failure: Option<Failure>,
}
}
