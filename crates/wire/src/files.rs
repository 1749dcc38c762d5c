use crate::{DiffLine, Failure, wire};

wire! {
pub enum AwsFile {
    Config,
    Credentials,
}

/// What clients refuse or misread in one of the AWS files, and what mending it would change.
pub struct FileProblems {
    pub file: AwsFile,
    pub path: String,
    /// Stands for the text that was looked at.
    pub version: String,
    pub problems: Vec<FileProblem>,
    /// What mending would change, secrets masked; empty where nothing can be mended.
    pub diff: Vec<DiffLine>,
    /// Why the file can not be read at all.
    pub failure: Option<Failure>,
}

pub struct FileProblem {
    /// Counted from 1.
    pub line: u32,
    pub message: String,
    /// False where only a person can decide.
    pub mends: bool,
}

/// Mends a file, as long as it is the version that was shown.
pub struct FileRepairRequest {
    pub file: AwsFile,
    pub version: String,
}
}
