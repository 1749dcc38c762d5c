use serde::Deserialize;
use ts_rs::TS;

use crate::{DiffLine, Finding, IdentityCard, Step, Undo, wire};

/// A pasted access key; inwards only.
#[derive(Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PasteRequest {
    pub key_id: String,
    pub secret: String,
    pub session_token: Option<String>,
}

wire! {
pub struct CsvRequest {
    pub path: String,
    /// Which row, when the file holds several keys; counted from 0.
    pub row: Option<u32>,
}

/// A key that waits in Rust's memory to be set up. The secret stays there.
pub struct KeyDraft {
    pub draft: String,
    pub source: KeySource,
    /// Path of the csv or name of the profile it came from.
    pub source_name: Option<String>,
    pub key_id: String,
    /// True for ASIA keys, which need their session token and end by themselves.
    pub temporary: bool,
    pub suggested_profile: String,
    pub suggested_region: String,
    pub suggested_output: String,
    pub suggested_endpoint_url: Option<String>,
    /// True when there is no `default` profile, so the page can offer to make one.
    pub default_free: bool,
    pub findings: Vec<Finding>,
    /// The keys of a csv that holds several; the person chooses one.
    pub choices: Vec<KeyChoice>,
}

pub enum KeySource {
    Csv,
    Paste,
    Profile,
}

pub struct KeyChoice {
    pub row: u32,
    pub user: Option<String>,
    pub key_id: String,
}

pub struct DraftRequest {
    pub draft: String,
}

/// What is to be made of a draft; also asks for its preview.
pub struct SetupPlan {
    pub draft: String,
    pub profile: String,
    pub region: String,
    pub output: String,
    pub endpoint_url: Option<String>,
    /// Allows writing over a profile that exists.
    pub replace: bool,
    /// Typed by the person to store a root user's key; empty otherwise.
    pub root_confirmation: String,
}

pub struct SetupRequest {
    pub task: String,
    pub plan: SetupPlan,
}

/// What set-up would write, before it writes.
pub struct SetupPreview {
    pub config_file: String,
    pub diff: Vec<DiffLine>,
    pub name_problem: Option<crate::Failure>,
    pub exists: bool,
    pub region_problem: Option<crate::Failure>,
    pub endpoint_problem: Option<crate::Failure>,
}

/// The set-up is done and proven.
pub struct SetupSummary {
    pub profile: String,
    pub key_id: String,
    pub identity: IdentityCard,
    pub steps: Vec<Step>,
    /// Exact commands to try.
    pub commands: Vec<String>,
    /// The csv that still holds the secret, when there is one to delete.
    pub csv_path: Option<String>,
    pub undo: Option<Undo>,
}
}
