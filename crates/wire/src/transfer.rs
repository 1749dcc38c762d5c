use crate::{Failure, wire};

wire! {
pub struct UploadRequest {
    pub profile: String,
    pub bucket: String,
    pub prefix: String,
    /// Files and folders on this machine. Empty asks the person with the system's picker.
    pub paths: Vec<String>,
    /// With empty `paths`: pick a folder instead of files.
    pub pick_folder: bool,
    pub on_conflict: OnConflict,
}

/// What to do where the name is taken already.
pub enum OnConflict {
    /// Ask: the call fails with `transfer.exists` and names them; nothing is sent.
    Ask,
    Replace,
    Skip,
    KeepBoth,
}

pub struct DownloadRequest {
    pub profile: String,
    pub bucket: String,
    /// The folder that is being looked at; names on disk are relative to it.
    pub prefix: String,
    pub keys: Vec<String>,
    pub folders: Vec<String>,
    /// `null` asks the person with the system's picker.
    pub directory: Option<String>,
    pub on_conflict: OnConflict,
}

pub struct TransferStarted {
    /// Empty when the person closed the picker.
    pub transfers: Vec<String>,
    /// With `OnConflict::Ask`: names that are taken; nothing was started then.
    pub conflicts: Vec<String>,
}

/// What the page learns of transfers it asked for, so that it can ask again after a conflict without the picker.
pub struct TransferAnswer {
    /// Empty when the person closed the picker.
    pub transfers: Vec<String>,
    /// With `OnConflict::Ask`: names that are taken; nothing was started then.
    pub conflicts: Vec<String>,
    /// Of an upload: the files and folders that were named or picked.
    pub sources: Vec<String>,
    /// Of a download: the folder that was named or picked.
    pub directory: Option<String>,
}

pub enum TransferDirection {
    Upload,
    Download,
}

pub enum TransferState {
    Waiting,
    Running,
    Checking,
    Done,
    Failed,
    Cancelled,
    Skipped,
}

/// One file on its way.
pub struct TransferRow {
    pub id: String,
    pub direction: TransferDirection,
    pub state: TransferState,
    pub name: String,
    pub profile: String,
    pub bucket: String,
    pub key: String,
    pub path: String,
    pub bytes_done: u64,
    pub bytes_total: u64,
    /// Over the last seconds.
    pub bytes_per_second: u64,
    pub checksum: Option<String>,
    pub failure: Option<Failure>,
    pub started: Option<String>,
    pub ended: Option<String>,
}

/// All transfers of this window, sent at most ten times a second while something moves.
pub struct TransferBoard {
    pub transfers: Vec<TransferRow>,
}

pub struct TransferRequest {
    pub id: String,
}
}
