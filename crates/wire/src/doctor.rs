use crate::{AwsFile, Severity, wire};

wire! {
/// What is wrong on this machine, worst first.
pub struct DoctorReport {
    pub findings: Vec<MachineFinding>,
    /// What was looked at, and how it is.
    pub looks: Vec<Look>,
    /// RFC 3339, UTC.
    pub at: String,
}

/// Something that was looked at.
pub struct Look {
    /// A few words: "AWS CLI".
    pub what: String,
    /// How it is, one or more sentences. What is wrong with it is among the findings.
    pub state: String,
}

/// Something wrong, with why it matters and what mends it.
pub struct MachineFinding {
    /// Names the kind: `files.permissions`. Several findings may have one.
    pub code: String,
    pub severity: Severity,
    /// What is wrong, one sentence.
    pub message: String,
    /// Why it matters.
    pub detail: String,
    pub remedy: Remedy,
    /// What the finding is about: a profile's name, a file. Names it for its remedy together with the code.
    pub subject: String,
}

/// What mends a finding.
#[serde(tag = "kind")]
pub enum Remedy {
    /// Keywell does it; `label` is what the button says.
    Fix { label: String },
    /// The key is moved to the keychain.
    Migrate { key: String },
    /// A key is set up for this profile.
    SetUp { profile: String },
    /// The profile's key is rotated.
    Rotate { profile: String },
    /// The file is mended, once its change was shown.
    Repair { file: AwsFile },
    /// A person runs it.
    Command { command: String },
}

pub struct DoctorRequest {
    pub task: String,
    /// False leaves out every question over the network.
    pub online: bool,
}

/// A finding that was mended.
pub struct DoctorFixed {
    /// The finding's message.
    pub message: String,
    pub undo: Option<crate::Undo>,
}

pub struct DoctorFixRequest {
    pub code: String,
    pub subject: String,
}
}
