use std::{fmt, path::Path, path::PathBuf, time::SystemTime};

use keywell_vault::Secret;

/// The two parts of an access key, and the token of a temporary one.
#[derive(Debug, Clone, PartialEq)]
pub struct AccessKeyPair {
    pub key_id: String,
    pub secret: Secret,
    pub session_token: Option<Secret>,
}

/// Which credentials a connection uses.
#[derive(Debug, Clone, PartialEq)]
pub enum Credentials {
    Pair(AccessKeyPair),
    /// Whatever the AWS SDK finds for this profile: roles, sign-ins, other programs.
    Profile(String),
    /// Whatever the AWS SDK finds without a profile: variables first, then the default profile.
    Environment,
}

/// Addresses that replace AWS's own. The one of a service wins over `all`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Endpoints {
    pub all: Option<String>,
    pub s3: Option<String>,
    pub iam: Option<String>,
    pub sts: Option<String>,
}

/// What the network needs beside the address, from the environment and the profile.
#[derive(Clone, Default, PartialEq)]
pub struct Network {
    /// PEM file that replaces the system's certificate authorities (`AWS_CA_BUNDLE`, `ca_bundle`).
    pub ca_bundle: Option<PathBuf>,
    pub https_proxy: Option<String>,
    pub http_proxy: Option<String>,
    pub no_proxy: Option<String>,
}

impl fmt::Debug for Network {
    /// Without the proxies' addresses, which may hold a password.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Network")
            .field("ca_bundle", &self.ca_bundle)
            .field("https_proxy", &self.https_proxy.is_some())
            .field("http_proxy", &self.http_proxy.is_some())
            .field("no_proxy", &self.no_proxy)
            .finish()
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Connection {
    pub credentials: Credentials,
    pub region: String,
    pub endpoints: Endpoints,
    pub network: Network,
    /// The AWS files, for credentials that come through the SDK's own providers.
    pub config_file: PathBuf,
    pub credentials_file: PathBuf,
}

/// An ARN's caller, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    pub account_id: String,
    pub arn: String,
    pub user_id: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct IdentityAnswer {
    pub identity: Identity,
    /// The service's clock minus this machine's, in milliseconds, from the `Date` header and half the round trip.
    pub clock_offset_milliseconds: Option<i64>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct IamUser {
    pub name: String,
    pub arn: String,
    pub path: String,
    pub created: Option<SystemTime>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct AccessKey {
    pub key_id: String,
    pub user: Option<String>,
    pub active: bool,
    pub created: Option<SystemTime>,
}

/// All `None` when the key was never used (AWS answers `N/A`).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LastUsed {
    pub date: Option<SystemTime>,
    pub service: Option<String>,
    pub region: Option<String>,
}

#[derive(Debug, Clone)]
pub struct NewAccessKey {
    pub pair: AccessKeyPair,
    pub created: Option<SystemTime>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Bucket {
    pub name: String,
    pub region: Option<String>,
    pub created: Option<SystemTime>,
}

/// `None`: the service would not say.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BucketSettings {
    pub region: Option<String>,
    /// All four Block Public Access settings are on.
    pub public_access_blocked: Option<bool>,
    /// Object Ownership is BucketOwnerEnforced.
    pub acls_off: Option<bool>,
    /// `AES256`, `aws:kms` or `aws:kms:dsse`.
    pub encryption: Option<String>,
}

#[derive(Debug, Clone, Copy)]
pub struct ListObjects<'a> {
    pub bucket: &'a str,
    pub prefix: &'a str,
    /// `/` for a folder's own page, none for everything below.
    pub delimiter: Option<&'a str>,
    pub continuation: Option<&'a str>,
    /// At most 1,000.
    pub max_keys: i32,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct ObjectListing {
    /// Common prefixes, each with its trailing delimiter.
    pub folders: Vec<String>,
    pub objects: Vec<ObjectEntry>,
    pub continuation: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct ObjectEntry {
    pub key: String,
    pub size: u64,
    pub modified: Option<SystemTime>,
    pub etag: Option<String>,
    /// `STANDARD` where the service names none.
    pub storage_class: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct ObjectHead {
    pub size: u64,
    pub etag: Option<String>,
    pub modified: Option<SystemTime>,
    pub content_type: Option<String>,
    pub checksum: Option<Checksum>,
}

/// A checksum that the service stores with an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checksum {
    pub algorithm: ChecksumAlgorithm,
    /// Base64, as the service writes it.
    pub value: String,
    /// False for a checksum of checksums of parts, which says nothing about the bytes in one go.
    pub full_object: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChecksumAlgorithm {
    Crc32,
    Crc32C,
    Crc64Nvme,
    Sha1,
    Sha256,
    Other,
}

impl ChecksumAlgorithm {
    pub fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32C => "CRC32C",
            Self::Crc64Nvme => "CRC64NVME",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
            Self::Other => "checksum",
        }
    }
}

/// A run of bytes of a file, read while it is sent and never held whole.
#[derive(Debug, Clone, Copy)]
pub struct FileSlice<'a> {
    pub path: &'a Path,
    pub offset: u64,
    pub length: u64,
}

#[derive(Debug, Clone, Copy)]
pub struct PutObject<'a> {
    pub bucket: &'a str,
    pub key: &'a str,
    pub body: FileSlice<'a>,
    pub content_type: Option<&'a str>,
    /// Fails with `PreconditionFailed` when the key is taken (`If-None-Match: *`).
    pub only_if_absent: bool,
}

#[derive(Debug, Clone, Copy)]
pub struct UploadPart<'a> {
    pub bucket: &'a str,
    pub key: &'a str,
    pub upload_id: &'a str,
    /// 1 to 10,000.
    pub number: i32,
    pub body: FileSlice<'a>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct UploadedPart {
    pub number: i32,
    /// In bytes: the checksum of the whole is joined from the parts' checksums and lengths.
    pub size: u64,
    pub etag: String,
    pub checksum: Option<Checksum>,
}

#[derive(Debug, Clone, Copy)]
pub struct CompleteMultipart<'a> {
    pub bucket: &'a str,
    pub key: &'a str,
    pub upload_id: &'a str,
    pub parts: &'a [UploadedPart],
    pub size: u64,
    pub only_if_absent: bool,
}

/// What the service says it stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    pub etag: Option<String>,
    pub checksum: Option<Checksum>,
}

#[derive(Debug, Clone, Copy)]
pub struct CopyObject<'a> {
    pub from_bucket: &'a str,
    pub from_key: &'a str,
    pub bucket: &'a str,
    pub key: &'a str,
    pub only_if_absent: bool,
}

/// A presigned link. Whoever has it may read the object, so it is shown only when asked for.
#[derive(Debug, Clone)]
pub struct Presigned {
    pub url: Secret,
    pub expires: SystemTime,
}
