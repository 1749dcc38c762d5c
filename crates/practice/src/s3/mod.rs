//! S3 over the store. The protocol is the s3s crate's; what the answers are is decided here.

mod access;
mod attributes;
mod buckets;
mod checksums;
mod copy;
mod listing;
mod multipart;
mod multipart_listing;
mod objects;
mod streams;

use std::sync::Arc;

use async_trait::async_trait;
use s3s::dto::*;
use s3s::{S3, S3Error, S3ErrorCode, S3Request, S3Response, S3Result, s3_error};

pub(crate) use access::{
    FaultSlot, KeysOfAccount, PoliciesOfAccount, RequestRegion, UnrecordedUse,
};
pub(crate) use buckets::is_bucket_name;

use crate::account::Caller;
use crate::state::State;
use crate::store::{Bucket, StoreError};

/// A bucket name that belongs to "another account", so that clients can meet `BucketAlreadyExists`.
pub(crate) const TAKEN_BUCKET: &str = "taken-by-someone-else";

pub(crate) const DEFAULT_REGION: &str = "us-east-1";

/// The practice account's S3.
pub(crate) struct PracticeS3 {
    state: Arc<State>,
}

impl PracticeS3 {
    pub(crate) fn new(state: Arc<State>) -> Self {
        Self { state }
    }
}

/// A failing store, as S3 tells it.
pub(crate) struct Failure(S3Error);

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self(internal(error))
    }
}

impl From<S3Error> for Failure {
    fn from(error: S3Error) -> Self {
        Self(error)
    }
}

impl From<Failure> for S3Error {
    fn from(failure: Failure) -> Self {
        failure.0
    }
}

fn internal(error: impl std::error::Error + Send + Sync + 'static) -> S3Error {
    tracing::error!(error = &error as &dyn std::error::Error, "the store failed");
    let mut refusal = s3_error!(
        InternalError,
        "We encountered an internal error. Please try again."
    );
    refusal.set_source(Box::new(error));
    refusal
}

/// An error whose code s3s may not know.
pub(crate) fn error_with_status(code: &str, status: u16, message: String) -> S3Error {
    let code = S3ErrorCode::from_bytes(code.as_bytes()).unwrap_or(S3ErrorCode::InternalError);
    let mut error = S3Error::with_message(code, message);
    if let Ok(status) = hyper::StatusCode::from_u16(status) {
        error.set_status_code(status);
    }
    error
}

fn no_such_bucket() -> S3Error {
    s3_error!(NoSuchBucket, "The specified bucket does not exist")
}

fn find_bucket(state: &State, name: &str) -> S3Result<Bucket> {
    state
        .store
        .bucket(name)
        .map_err(internal)?
        .ok_or_else(no_such_bucket)
}

fn caller<T>(request: &S3Request<T>) -> S3Result<&Caller> {
    request
        .extensions
        .get::<Caller>()
        .ok_or_else(|| s3_error!(AccessDenied, "Access Denied"))
}

fn timestamp(millis: i64) -> Timestamp {
    Timestamp::from(crate::clock::from_millis(millis))
}

fn etag(value: &str) -> ETag {
    ETag::Strong(value.to_owned())
}

fn owner(state: &State) -> Owner {
    let id = state.account().id.clone();
    Owner {
        display_name: None,
        // AWS's canonical user ids are 64 hexadecimal digits.
        id: Some(crate::signature::hex_sha256(id.as_bytes())),
    }
}

macro_rules! operations {
    ($($name:ident: $input:ty => $output:ty = $handler:path;)*) => {
        #[async_trait]
        impl S3 for PracticeS3 {
            $(async fn $name(&self, request: S3Request<$input>) -> S3Result<S3Response<$output>> {
                $handler(&self.state, request).await
            })*
        }
    };
}

operations! {
    list_buckets: ListBucketsInput => ListBucketsOutput = buckets::list;
    create_bucket: CreateBucketInput => CreateBucketOutput = buckets::create;
    head_bucket: HeadBucketInput => HeadBucketOutput = buckets::head;
    delete_bucket: DeleteBucketInput => DeleteBucketOutput = buckets::delete;
    get_bucket_location: GetBucketLocationInput => GetBucketLocationOutput = buckets::location;
    get_public_access_block: GetPublicAccessBlockInput => GetPublicAccessBlockOutput = buckets::get_public_access_block;
    put_public_access_block: PutPublicAccessBlockInput => PutPublicAccessBlockOutput = buckets::put_public_access_block;
    delete_public_access_block: DeletePublicAccessBlockInput => DeletePublicAccessBlockOutput = buckets::delete_public_access_block;
    get_bucket_ownership_controls: GetBucketOwnershipControlsInput => GetBucketOwnershipControlsOutput = buckets::get_ownership;
    put_bucket_ownership_controls: PutBucketOwnershipControlsInput => PutBucketOwnershipControlsOutput = buckets::put_ownership;
    get_bucket_encryption: GetBucketEncryptionInput => GetBucketEncryptionOutput = buckets::get_encryption;
    put_bucket_encryption: PutBucketEncryptionInput => PutBucketEncryptionOutput = buckets::put_encryption;
    put_object: PutObjectInput => PutObjectOutput = objects::put;
    get_object: GetObjectInput => GetObjectOutput = objects::get;
    head_object: HeadObjectInput => HeadObjectOutput = objects::head;
    delete_object: DeleteObjectInput => DeleteObjectOutput = objects::delete;
    delete_objects: DeleteObjectsInput => DeleteObjectsOutput = objects::delete_many;
    get_object_attributes: GetObjectAttributesInput => GetObjectAttributesOutput = attributes::get;
    copy_object: CopyObjectInput => CopyObjectOutput = copy::copy_object;
    list_objects: ListObjectsInput => ListObjectsOutput = listing::list;
    list_objects_v2: ListObjectsV2Input => ListObjectsV2Output = listing::list_v2;
    create_multipart_upload: CreateMultipartUploadInput => CreateMultipartUploadOutput = multipart::create;
    upload_part: UploadPartInput => UploadPartOutput = multipart::upload_part;
    upload_part_copy: UploadPartCopyInput => UploadPartCopyOutput = copy::upload_part_copy;
    complete_multipart_upload: CompleteMultipartUploadInput => CompleteMultipartUploadOutput = multipart::complete;
    abort_multipart_upload: AbortMultipartUploadInput => AbortMultipartUploadOutput = multipart::abort;
    list_parts: ListPartsInput => ListPartsOutput = multipart_listing::list_parts;
    list_multipart_uploads: ListMultipartUploadsInput => ListMultipartUploadsOutput = multipart_listing::list_uploads;
}
