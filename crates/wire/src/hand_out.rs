use serde::Deserialize;
use ts_rs::TS;

use crate::wire;

/// What the person answers to the small window. A code goes inwards only.
#[derive(Deserialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum AskAnswer {
    Code { code: String },
    Passphrase { passphrase: String },
    Leave { leave: Leave },
    Cancelled,
}

wire! {
/// One time that a program got credentials.
pub struct HandOut {
    /// RFC 3339, UTC.
    pub at: String,
    pub profile: String,
    /// `key`, `session`, `role`, `other`, or `refused`: the person said no.
    pub kind: String,
    /// Asked of STS just then, and not taken from the cache.
    pub fresh: bool,
    /// The program that asked, then its parents; empty where the system does not tell.
    pub programs: Vec<String>,
    /// The folder that the program was in.
    pub folder: String,
}

/// How many of the last hand-outs are wanted.
pub struct HandOutsRequest {
    pub longest: u32,
}

/// How the key of a profile is handed out.
pub struct HandOutChoices {
    /// Programs get sessions of the key and never the key itself. None where they get sessions in any case: a role.
    pub short_sessions: Option<bool>,
    /// The person is asked the first time a program wants it.
    pub ask_first: bool,
}

pub struct HandOutChoicesRequest {
    pub profile: String,
    pub choices: HandOutChoices,
}

/// What the small window of `keywell-desktop --ask` asks.
pub struct AskQuestion {
    pub kind: AskKind,
    pub profile: String,
    pub account: Option<String>,
    /// The MFA device, as its owner named it.
    pub device: Option<String>,
    /// The encrypted file that is locked.
    pub file: Option<String>,
    /// The code or passphrase before this one was refused.
    pub again: bool,
    /// The program that wants the credentials, then its parents; empty where the system does not tell.
    pub programs: Vec<String>,
    /// The folder that the program is in.
    pub folder: String,
    /// How long the person may take.
    pub seconds: u32,
}

pub enum AskKind {
    /// The code of an MFA device.
    Code,
    /// The passphrase of the encrypted file.
    Passphrase,
    /// Whether a program may have the credentials.
    Leave,
}

pub enum Leave {
    Once,
    ForAnHour,
    Always,
    Refused,
}
}
