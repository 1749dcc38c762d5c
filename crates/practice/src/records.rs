//! The records of the index. They are stored as JSON, so a field that is added needs a default.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A bucket and its settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Bucket {
    pub(crate) region: String,
    pub(crate) created_millis: i64,
    pub(crate) public_access_block: Option<PublicAccessBlock>,
    pub(crate) ownership: Option<String>,
    pub(crate) encryption: Encryption,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PublicAccessBlock {
    pub(crate) block_public_acls: bool,
    pub(crate) ignore_public_acls: bool,
    pub(crate) block_public_policy: bool,
    pub(crate) restrict_public_buckets: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Encryption {
    pub(crate) algorithm: String,
    pub(crate) kms_key_id: Option<String>,
    pub(crate) bucket_key_enabled: bool,
}

/// What a client said about an object beside its bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Description {
    pub(crate) content_type: Option<String>,
    pub(crate) cache_control: Option<String>,
    pub(crate) content_disposition: Option<String>,
    pub(crate) content_encoding: Option<String>,
    pub(crate) content_language: Option<String>,
    pub(crate) expires_millis: Option<i64>,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) storage_class: Option<String>,
    /// `AES256` or `aws:kms`; nothing is really encrypted.
    pub(crate) encryption: Option<String>,
}

/// Checksums in base64, by the name of their algorithm.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Checksums {
    pub(crate) values: BTreeMap<String, String>,
    /// Made of the parts' checksums instead of the whole object's bytes.
    pub(crate) composite: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Object {
    pub(crate) size: u64,
    pub(crate) etag: String,
    pub(crate) modified_millis: i64,
    pub(crate) description: Description,
    pub(crate) checksums: Checksums,
    /// The body, file by file.
    pub(crate) segments: Vec<Segment>,
    /// The parts it was completed from; empty when it was put at once.
    pub(crate) parts: Vec<PartSummary>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Segment {
    pub(crate) body: String,
    pub(crate) size: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PartSummary {
    pub(crate) number: u32,
    pub(crate) size: u64,
    pub(crate) checksums: Checksums,
}

/// A multipart upload that is neither completed nor aborted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Upload {
    pub(crate) initiated_millis: i64,
    pub(crate) initiator_arn: String,
    pub(crate) initiator_name: String,
    pub(crate) description: Description,
    pub(crate) checksum_algorithm: Option<String>,
    pub(crate) checksum_composite: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Part {
    pub(crate) size: u64,
    pub(crate) etag: String,
    pub(crate) modified_millis: i64,
    pub(crate) checksums: Checksums,
    pub(crate) segments: Vec<Segment>,
}
