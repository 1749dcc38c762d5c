use crate::{DiffLine, Failure, Undo, wire};

wire! {
/// Every key that lies outside the keychain, and what was moved and can still be taken back.
pub struct MigrationList {
    pub keys: Vec<PlainKey>,
    pub unread: Vec<UnreadPlace>,
    pub done: Vec<Migration>,
}

/// One key, in as many copies as there are.
pub struct PlainKey {
    /// Names the key in requests: its ID, with a number behind it where one ID has several secrets.
    pub id: String,
    pub key_id: String,
    pub copies: Vec<PlainCopy>,
    /// The profiles that will use it from the keychain.
    pub profiles: Vec<String>,
    /// True when the profile is made for it; its name is a suggestion.
    pub new_profile: bool,
    /// Why it can not be moved.
    pub blocked: Option<Failure>,
}

pub struct PlainCopy {
    pub kind: CopyKind,
    /// File and line, or tool and entry, as a person reads it.
    pub place: String,
}

pub enum CopyKind {
    AwsFile,
    Csv,
    Variables,
    OtherTool,
}

pub struct UnreadPlace {
    pub place: String,
    pub failure: Failure,
}

/// A key that was moved.
pub struct Migration {
    pub id: String,
    pub key_id: String,
    pub profiles: Vec<String>,
    /// The files that were changed.
    pub files: Vec<String>,
    /// RFC 3339, UTC.
    pub at: String,
    /// False where it was cut off before its end.
    pub finished: bool,
}

pub struct MigrationRequest {
    pub task: String,
    pub key: String,
    /// The name of the profile that is made, for a key that has none.
    pub new_profile: Option<String>,
}

pub struct MigrationIdRequest {
    pub id: String,
}

pub struct ProfileExportRequest {
    /// All when none is named.
    pub profiles: Vec<String>,
}

/// Asks what an import of profiles would do.
pub struct ProfileImportRequest {
    /// A file that the person gave this window.
    pub path: String,
    /// Also changes profiles that are here already.
    pub replace: bool,
}

pub struct ProfileImportRun {
    pub path: String,
    pub replace: bool,
    /// That of the preview that was shown; an import that would do anything else is refused.
    pub version: String,
}

/// What an import of profiles did, or would do.
pub struct ProfileImport {
    pub added: Vec<String>,
    pub replaced: Vec<String>,
    pub unchanged: Vec<String>,
    /// Profiles that are here already with other settings, which were left as they are.
    pub conflicts: Vec<ProfileConflict>,
    /// Settings that were left out: keys in plain text.
    pub left_out: Vec<String>,
    pub diff: Vec<DiffLine>,
    /// Stands for all of the above.
    pub version: String,
    /// None for a preview, and where nothing was written.
    pub undo: Option<Undo>,
    /// Why it can not be undone.
    pub note: Option<String>,
}

pub struct ProfileConflict {
    pub profile: String,
    /// The settings that differ.
    pub settings: Vec<String>,
}
}
