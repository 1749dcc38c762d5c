use crate::{Failure, wire};

wire! {
pub struct BucketList {
    pub buckets: Vec<BucketRow>,
    /// True when this key may not list buckets; one can still be opened by name.
    pub denied: bool,
}

pub struct BucketRow {
    pub name: String,
    pub region: Option<String>,
    pub created: Option<String>,
}

pub struct BucketRequest {
    pub profile: String,
    pub bucket: String,
    /// The id that the page chose, by which it can stop this.
    pub task: String,
}

pub struct BucketNameRequest {
    pub name: String,
}

pub struct BucketNameCheck {
    pub problem: Option<Failure>,
}

pub struct BucketCreateRequest {
    pub profile: String,
    pub bucket: String,
    pub region: String,
    /// The id that the page chose, by which it can stop this.
    pub task: String,
}

/// A new bucket with its settings as read back from the service; `null` where it would not say.
pub struct BucketSettings {
    pub name: String,
    pub region: String,
    pub public_access_blocked: Option<bool>,
    pub acls_off: Option<bool>,
    /// `AES256`, `aws:kms`, …
    pub encryption: Option<String>,
}

pub struct ObjectListRequest {
    pub profile: String,
    pub bucket: String,
    pub prefix: String,
    pub continuation: Option<String>,
}

/// One page of a folder: its folders and objects in byte order.
pub struct ObjectPage {
    pub prefix: String,
    pub folders: Vec<String>,
    pub objects: Vec<ObjectRow>,
    pub continuation: Option<String>,
    pub region: Option<String>,
}

pub struct ObjectRow {
    pub key: String,
    pub size: u64,
    pub modified: Option<String>,
    pub storage_class: String,
}

pub struct ObjectDeleteRequest {
    pub profile: String,
    pub bucket: String,
    /// Object keys; one that ends in `/` and is listed in `folders` stands for all below it.
    pub keys: Vec<String>,
    pub folders: Vec<String>,
    /// The id that the page chose, by which it can stop this.
    pub task: String,
}

pub struct ObjectDeleted {
    pub deleted: u64,
    pub failed: Vec<ObjectFailure>,
}

pub struct ObjectFailure {
    pub key: String,
    pub failure: Failure,
}

pub struct PresignRequest {
    pub profile: String,
    pub bucket: String,
    pub key: String,
    /// Seconds, at most 604,800 (seven days).
    pub expires_seconds: u32,
}

/// The link went from Rust to the clipboard; the page only learns when it ends.
pub struct PresignedCopied {
    pub expires: String,
}
}
