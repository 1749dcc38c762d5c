//! What the use cases ask of AWS, as traits. `crates/aws` answers them with the SDK; tests answer them from memory.

mod administration;
mod error;
mod explain;
mod mfa;
mod policies;
mod reports;
mod session;
mod types;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;

pub use administration::{NewUser, UserAdministration, UserItem, UserItemKind};
pub use error::{CloudError, CloudErrorKind};
pub use explain::{Context, clock_words, short_key_id};
pub use mfa::{MfaAccess, NewMfaDevice};
pub use policies::PolicyAccess;
pub use reports::{CredentialReport, ReportAccess, UserDetails, UserDetailsPage};
pub use session::{AssumeRole, FederationToken, MfaCode, Session, SessionAccess};
pub use types::*;

/// Opens an account. No request is sent until the account is asked something.
pub trait Cloud: Send + Sync {
    /// Fails with `tls` or `proxy` kinds when the CA bundle or the proxy setting can not be used.
    fn connect(&self, connection: Connection) -> Result<Arc<dyn Account>, CloudError>;
}

/// One account, seen through one set of credentials.
pub trait Account:
    IdentityAccess
    + SessionAccess
    + MfaAccess
    + UserAccess
    + UserAdministration
    + PolicyAccess
    + ReportAccess
    + BucketAccess
    + ObjectAccess
{
}

impl<T> Account for T where
    T: IdentityAccess
        + SessionAccess
        + MfaAccess
        + UserAccess
        + UserAdministration
        + PolicyAccess
        + ReportAccess
        + BucketAccess
        + ObjectAccess
{
}

#[async_trait]
pub trait IdentityAccess: Send + Sync {
    /// Who these credentials are (`sts:GetCallerIdentity`, which needs no permission), and how far this clock is off.
    async fn identity(&self) -> Result<IdentityAnswer, CloudError>;
}

#[async_trait]
pub trait UserAccess: Send + Sync {
    /// All IAM users, every page of them.
    async fn list_users(&self) -> Result<Vec<IamUser>, CloudError>;

    /// The access keys of a user; of the caller when none is named.
    async fn list_access_keys(&self, user: Option<&str>) -> Result<Vec<AccessKey>, CloudError>;

    /// When and where a key was last used.
    async fn access_key_last_used(&self, key_id: &str) -> Result<LastUsed, CloudError>;

    /// Makes a key. The secret is in this answer and nowhere else, ever.
    async fn create_access_key(&self, user: &str) -> Result<NewAccessKey, CloudError>;

    async fn set_access_key_active(
        &self,
        user: &str,
        key_id: &str,
        active: bool,
    ) -> Result<(), CloudError>;

    async fn delete_access_key(&self, user: &str, key_id: &str) -> Result<(), CloudError>;

    /// The tags of a user. The console keeps a key's description as a tag whose name is the key ID.
    async fn user_tags(&self, user: &str) -> Result<Vec<(String, String)>, CloudError>;

    async fn tag_user(&self, user: &str, name: &str, value: &str) -> Result<(), CloudError>;

    async fn untag_user(&self, user: &str, name: &str) -> Result<(), CloudError>;

    /// The names that the account's owner gave it (`iam:ListAccountAliases`); AWS has at most one.
    async fn account_aliases(&self) -> Result<Vec<String>, CloudError>;

    /// The serials of a user's MFA devices; of the caller's when none is named (`iam:ListMFADevices`).
    async fn mfa_devices(&self, user: Option<&str>) -> Result<Vec<String>, CloudError>;

    /// Those of the actions that a user's policies would allow on everything to a session with MFA
    /// (`iam:SimulatePrincipalPolicy`). Nothing is done.
    async fn allowed_with_mfa(
        &self,
        user_arn: &str,
        actions: &[String],
    ) -> Result<Vec<String>, CloudError>;
}

#[async_trait]
pub trait BucketAccess: Send + Sync {
    /// All buckets, every page of them, with their regions where the service tells.
    async fn list_buckets(&self) -> Result<Vec<Bucket>, CloudError>;

    /// The region of a bucket (`HeadBucket`, whose answer names the region even when access is denied).
    async fn bucket_region(&self, bucket: &str) -> Result<String, CloudError>;

    /// Makes a bucket and sets Block Public Access on, ACLs off, encryption on. A bucket that is there already is an
    /// error, also where the service answers 200 for the caller's own (us-east-1).
    async fn create_bucket(&self, bucket: &str, region: &str) -> Result<(), CloudError>;

    /// The settings as the service tells them; a setting that may not be read is `None`.
    async fn bucket_settings(&self, bucket: &str) -> Result<BucketSettings, CloudError>;

    async fn delete_bucket(&self, bucket: &str) -> Result<(), CloudError>;
}

/// Called with the number of bytes that went over the line since the last call; may be negative when a retry starts over.
/// Answers how long to wait before the next ones.
pub type OnBytes = Arc<dyn Fn(i64) -> Duration + Send + Sync>;

/// The bytes of an object as they arrive.
pub type ByteStream = BoxStream<'static, Result<Bytes, CloudError>>;

#[async_trait]
pub trait ObjectAccess: Send + Sync {
    /// One page, in UTF-8 byte order. With `delimiter` the page holds folders too.
    async fn list_objects(&self, request: ListObjects<'_>) -> Result<ObjectListing, CloudError>;

    async fn head_object(&self, bucket: &str, key: &str) -> Result<ObjectHead, CloudError>;

    /// Sends a whole file in one request (at most 5 GB), with a checksum that the service verifies.
    async fn put_object(
        &self,
        request: PutObject<'_>,
        on_bytes: OnBytes,
    ) -> Result<Stored, CloudError>;

    /// Makes an empty object: the marker of a folder.
    async fn put_empty(&self, bucket: &str, key: &str) -> Result<(), CloudError>;

    /// Begins a multipart upload and returns its id.
    async fn create_multipart(
        &self,
        bucket: &str,
        key: &str,
        content_type: Option<&str>,
    ) -> Result<String, CloudError>;

    /// Sends one part (5 MiB to 5 GiB; the last may be smaller).
    async fn upload_part(
        &self,
        request: UploadPart<'_>,
        on_bytes: OnBytes,
    ) -> Result<UploadedPart, CloudError>;

    /// Completes a multipart upload. An error inside a 200 answer is an error.
    async fn complete_multipart(
        &self,
        request: CompleteMultipart<'_>,
    ) -> Result<Stored, CloudError>;

    async fn abort_multipart(
        &self,
        bucket: &str,
        key: &str,
        upload_id: &str,
    ) -> Result<(), CloudError>;

    /// Streams an object or a range of it (first and last byte, inclusive). `if_match` holds the ETag it must still have.
    async fn get_object(
        &self,
        bucket: &str,
        key: &str,
        range: Option<(u64, u64)>,
        if_match: Option<&str>,
    ) -> Result<ByteStream, CloudError>;

    /// Copies within the service, at most 5 GB.
    async fn copy_object(&self, request: CopyObject<'_>) -> Result<(), CloudError>;

    /// Deletes up to 1,000 objects; returns those that stayed, with the reason.
    async fn delete_objects(
        &self,
        bucket: &str,
        keys: &[String],
    ) -> Result<Vec<(String, CloudError)>, CloudError>;

    /// A link that lets anybody read the object until it ends. Signed here; nothing is sent.
    async fn presign_get(
        &self,
        bucket: &str,
        key: &str,
        expires_seconds: u32,
    ) -> Result<Presigned, CloudError>;
}
