use crate::{BucketRow, Failure, Undo, wire};

wire! {
/// Where the secret of a profile lives.
pub enum SecretPlace {
    Keychain,
    PlainText,
    /// A keychain-backed profile whose key is not in the keychain any more.
    Missing,
    /// Another kind: a role, a sign-in, another program.
    None,
}

/// How a profile comes to its credentials.
pub enum ProfileKind {
    AccessKey,
    Role,
    SignIn,
    WebIdentity,
    OtherProcess,
    Empty,
}

pub struct ProfileRow {
    pub name: String,
    pub kind: ProfileKind,
    pub secret: SecretPlace,
    pub key_id: Option<String>,
    pub region: Option<String>,
    pub endpoint_url: Option<String>,
    /// True when this profile points at the practice account on this machine.
    pub practice: bool,
    /// What the last test found out.
    pub identity: Option<IdentityCard>,
    /// RFC 3339, UTC.
    pub last_tested: Option<String>,
    pub last_test_passed: Option<bool>,
    /// A group that the person made.
    pub group: Option<String>,
    pub sso_session: Option<String>,
    /// The profile that this one acts through.
    pub source_profile: Option<String>,
    /// Unix seconds at which Keywell stored the key.
    pub key_stored: Option<u64>,
    /// True when the person marked it as one of production; the window is tinted while it is in use.
    pub production: bool,
}

pub struct IdentityCard {
    pub account_id: String,
    pub arn: String,
    /// The user's or role's name, from the ARN; "root" for the account's root user.
    pub name: String,
    pub kind: IdentityKind,
}

pub enum IdentityKind {
    User,
    Root,
    AssumedRole,
    Federated,
}

pub struct ProfileRequest {
    pub profile: String,
}

pub struct ProfileMarkRequest {
    pub profile: String,
    pub production: bool,
}

/// One profile in full, without secrets.
pub struct ProfileDetails {
    pub row: ProfileRow,
    /// Every setting in file order, secrets left out; those of a nested block as `s3.addressing_style`.
    pub properties: Vec<Property>,
    pub config_file: String,
    /// The section as it stands in the config file, secrets masked.
    pub config_text: String,
    /// False where there is no such section, or more than one.
    pub text_editable: bool,
    /// The profiles that act through this one.
    pub used_by: Vec<String>,
    /// The sections that this profile can refer to.
    pub sso_sessions: Vec<String>,
    pub services: Vec<String>,
    /// Things to mend that can be seen without the network.
    pub findings: Vec<Finding>,
}

pub struct Property {
    pub name: String,
    pub value: String,
}

/// Something noticed about a profile, with its remedy.
pub struct Finding {
    pub code: String,
    pub severity: Severity,
    pub message: String,
    pub detail: String,
}

pub enum Severity {
    Note,
    Warning,
    Stop,
}

/// Makes a profile by hand or edits one. Values not named are left as they are.
pub struct ProfileSaveRequest {
    pub profile: String,
    /// True when the profile must not exist yet.
    pub create: bool,
    /// `value: null` removes the property.
    pub values: Vec<PropertyChange>,
    /// What the form showed; a setting that differs from it by now is not written over.
    pub seen: Vec<Property>,
}

/// What saving would do.
pub struct ProfilePreview {
    /// What is wrong, by setting; empty name: with the whole.
    pub problems: Vec<ValueProblem>,
    pub diff: Vec<DiffLine>,
}

pub struct ValueProblem {
    pub name: String,
    pub failure: Failure,
}

/// The section of a profile, edited as text.
pub struct ProfileTextRequest {
    pub profile: String,
    /// The text that the person began with.
    pub seen: String,
    pub text: String,
}

pub struct ProfileGroupRequest {
    pub profile: String,
    /// None takes it out of its group.
    pub group: Option<String>,
}

/// A setting whose values have a form.
pub struct ProfileField {
    pub name: String,
    pub kind: FieldKind,
    pub choices: Vec<String>,
    pub least: Option<u32>,
    pub most: Option<u32>,
}

pub enum FieldKind {
    Text,
    Region,
    Choice,
    Number,
    Url,
    RoleArn,
    MfaSerial,
    AccountId,
    ExternalId,
    SessionName,
    Size,
    Command,
    /// The name of another profile.
    Profile,
    /// The name of an `sso-session` section.
    SsoSession,
    /// The name of a `services` section.
    Services,
}

/// The AWS files, or what Keywell knows of profiles, were changed outside this window or by it.
pub struct ProfilesChanged {
    /// Counts from 1 for this watch.
    pub number: u32,
}

/// A section that profiles refer to by name.
pub struct SharedSection {
    pub kind: SectionKind,
    pub name: String,
    /// The profiles that name it.
    pub used_by: Vec<String>,
}

pub enum SectionKind {
    /// `[sso-session NAME]`: where to sign in.
    SsoSession,
    /// `[services NAME]`: addresses of services.
    Services,
}

pub struct SectionRequest {
    pub kind: SectionKind,
    pub name: String,
    pub change: SectionChange,
}

#[serde(tag = "kind")]
pub enum SectionChange {
    /// The profiles that name it follow.
    Rename { to: String },
    /// The profiles that name it name the successor from then on.
    Remove { successor: Option<String> },
}

/// What a change to a section would do.
pub struct SectionPreview {
    pub diff: Vec<DiffLine>,
    /// Stands for the diff.
    pub version: String,
}

pub struct SectionRun {
    pub request: SectionRequest,
    /// That of the preview that was shown; a change that would do anything else is refused.
    pub version: String,
}

pub struct PropertyChange {
    pub name: String,
    pub value: Option<String>,
}

pub struct ProfilePairRequest {
    pub from: String,
    pub to: String,
}

pub struct ProfileRemoveRequest {
    pub profile: String,
    /// Also removes the key from the keychain when no other profile uses it. The key at AWS stays.
    pub forget_key: bool,
    /// The profile that those act through from then on that acted through the removed one.
    pub successor: Option<String>,
}

/// What a change to the files did.
pub struct ProfileChange {
    pub profile: String,
    pub diff: Vec<DiffLine>,
    pub undo: Option<Undo>,
    /// Why it can not be undone.
    pub note: Option<String>,
}

pub struct DiffLine {
    pub kind: DiffKind,
    pub text: String,
}

pub enum DiffKind {
    Same,
    Added,
    Removed,
}

/// Begins a test; its steps arrive on the channel as they end.
pub struct TestRequest {
    pub task: String,
    pub profile: String,
}

/// One step of a set-up or a test, sent when it begins and again when it ends.
pub struct Step {
    pub id: StepId,
    pub state: StepState,
    /// The step's name as a question or statement: "Who is this?"
    pub title: String,
    /// What was found, one or two sentences. Empty while running.
    pub detail: String,
    /// How long it took, in milliseconds, when the network was asked.
    pub milliseconds: Option<u32>,
    /// The time limit of a running step, in milliseconds.
    pub limit_milliseconds: Option<u32>,
    pub failure: Option<Failure>,
    /// A command that mends what was found, where one does.
    pub command: Option<String>,
}

pub enum StepId {
    Form,
    Identity,
    Clock,
    Buckets,
    Store,
    Write,
    Prove,
    Remove,
    Sources,
    Create,
    Ready,
    Switch,
    Deactivate,
    Activate,
    Watch,
    Delete,
    Account,
    Bucket,
    User,
    Policy,
    Can,
    CanNot,
    TakeBack,
    SelfService,
    Mfa,
    Region,
    Network,
}

pub enum StepState {
    Running,
    Passed,
    /// The service said no, and that is an answer, not a fault.
    Answered,
    Warning,
    Failed,
}

pub struct TestReport {
    pub profile: String,
    pub passed: bool,
    pub identity: Option<IdentityCard>,
    pub steps: Vec<Step>,
    pub buckets: Vec<BucketRow>,
    /// False when the key may not list buckets.
    pub may_list_buckets: bool,
    pub tested: String,
}
}
