//! What happens between the signature and the operation: the right region, faults, permissions.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use hyper::header::HeaderValue;
use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::{S3Auth, SecretKey};
use s3s::{S3Result, s3_error};

use super::{DEFAULT_REGION, TAKEN_BUCKET, error_with_status, internal, no_such_bucket};
use crate::account::{Caller, denial_message};
use crate::condition::Values;
use crate::faults::Fault;
use crate::policy::Decision;
use crate::session;
use crate::state::State;

/// Where the fault that struck a request is left for the connection to see.
#[derive(Clone, Default)]
pub(crate) struct FaultSlot(pub(crate) Arc<Mutex<Option<Fault>>>);

impl FaultSlot {
    pub(crate) fn put(&self, fault: Fault) {
        *self.0.lock().unwrap_or_else(|lock| lock.into_inner()) = Some(fault);
    }

    pub(crate) fn take(&self) -> Option<Fault> {
        self.0
            .lock()
            .unwrap_or_else(|lock| lock.into_inner())
            .take()
    }
}

/// The region of a request's credential scope; Signature Version 2 has none and is not redirected.
#[derive(Clone)]
pub(crate) struct RequestRegion(pub(crate) Option<String>);

/// The key of a request whose signature only s3s checks; its use is recorded once that is done.
#[derive(Clone)]
pub(crate) struct UnrecordedUse(pub(crate) String);

/// Gives s3s the secrets with which it checks the signatures of chunked bodies.
pub(crate) struct KeysOfAccount(pub(crate) Arc<State>);

#[async_trait]
impl S3Auth for KeysOfAccount {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        let account = self.0.account();
        // The token was checked before s3s got the request.
        if session::is_session_key(access_key) {
            let secret = session::secret_of(&account, access_key);
            return Ok(SecretKey::from(secret.expose()));
        }
        match account.find_key(access_key) {
            Some((_, key)) => Ok(SecretKey::from(key.secret.expose())),
            None => Err(s3_error!(
                InvalidAccessKeyId,
                "The AWS Access Key Id you provided does not exist in our records."
            )),
        }
    }
}

/// Asks the caller's policies, and everything that AWS asks before an operation begins.
pub(crate) struct PoliciesOfAccount(pub(crate) Arc<State>);

#[async_trait]
impl S3Access for PoliciesOfAccount {
    async fn check(&self, context: &mut S3AccessContext<'_>) -> S3Result<()> {
        let state = &self.0;
        let operation = context.s3_op().name().to_owned();
        let bucket = context.s3_path().get_bucket_name().map(str::to_owned);
        let key = context.s3_path().get_object_key().map(str::to_owned);
        let query = listing_query(context.uri().query().unwrap_or_default());
        let expected_owner = context
            .headers()
            .get("x-amz-expected-bucket-owner")
            .cloned();
        let extensions = context.extensions_mut();
        let (Some(caller), Some(region), Some(slot)) = (
            extensions.get::<Caller>().cloned(),
            extensions.get::<RequestRegion>().cloned(),
            extensions.get::<FaultSlot>().cloned(),
        ) else {
            return Err(s3_error!(AccessDenied, "Access Denied"));
        };

        if let Some(UnrecordedUse(key_id)) = extensions.get() {
            state.record_use(key_id, DEFAULT_REGION, "s3");
        }

        if let Some(bucket) = bucket.as_deref()
            && operation != "CreateBucket"
        {
            check_bucket(state, &operation, bucket, region.0.as_deref())?;
            if expected_owner.is_some_and(|owner| owner != state.account().id.as_str()) {
                return Err(s3_error!(AccessDenied, "Access Denied"));
            }
        }

        if let Some(fault) = state.faults.strike("s3", &operation, key.as_deref()) {
            tokio::time::sleep(fault.delay()).await;
            let refusal = fault.answer().map(|(status, code)| {
                error_with_status(
                    code,
                    status,
                    format!("A fault of the practice account: {code}"),
                )
            });
            let resets = fault.reset;
            slot.put(fault);
            if let Some(refusal) = refusal {
                return Err(refusal);
            }
            if resets {
                return Err(s3_error!(InternalError, "The connection is reset."));
            }
        }

        // Each key of a batch is asked for on its own.
        if operation == "DeleteObjects" {
            return Ok(());
        }
        let action = action_of(&operation);
        let resource = match (bucket.as_deref(), key.as_deref()) {
            (Some(bucket), Some(key)) => object_arn(bucket, key),
            (Some(bucket), None) => bucket_arn(bucket),
            (None, _) => bucket_arn("*"),
        };
        let values = if action == "s3:ListBucket" {
            query
                .iter()
                .map(|(name, value)| (*name, value.as_str()))
                .collect()
        } else {
            Values::new()
        };
        authorise_with(state, &caller, &action, &resource, &values)
    }
}

/// What a listing asks for, as condition keys.
fn listing_query(query: &str) -> Vec<(&'static str, String)> {
    url::form_urlencoded::parse(query.as_bytes())
        .filter_map(|(name, value)| {
            let name = match name.as_ref() {
                "prefix" => "s3:prefix",
                "delimiter" => "s3:delimiter",
                _ => return None,
            };
            Some((name, value.into_owned()))
        })
        .collect()
}

fn check_bucket(state: &State, operation: &str, name: &str, region: Option<&str>) -> S3Result<()> {
    if name == TAKEN_BUCKET {
        return Err(s3_error!(AccessDenied, "Access Denied"));
    }
    let bucket = state
        .store
        .bucket(name)
        .map_err(internal)?
        .ok_or_else(no_such_bucket)?;
    // GetBucketLocation answers everywhere; it is how older clients find the region.
    if region.is_none_or(|region| region == bucket.region) || operation == "GetBucketLocation" {
        return Ok(());
    }
    let mut redirect = s3_error!(
        PermanentRedirect,
        "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint."
    );
    if let Ok(region) = HeaderValue::from_str(&bucket.region) {
        let mut headers = hyper::HeaderMap::new();
        headers.insert("x-amz-bucket-region", region);
        redirect.set_headers(headers);
    }
    Err(redirect)
}

pub(super) fn bucket_arn(bucket: &str) -> String {
    format!("arn:aws:s3:::{bucket}")
}

pub(super) fn object_arn(bucket: &str, key: &str) -> String {
    format!("arn:aws:s3:::{bucket}/{key}")
}

/// Refuses what the caller's policies do not allow.
pub(super) fn authorise(
    state: &State,
    caller: &Caller,
    action: &str,
    resource: &str,
) -> S3Result<()> {
    authorise_with(state, caller, action, resource, &Values::new())
}

fn authorise_with(
    state: &State,
    caller: &Caller,
    action: &str,
    resource: &str,
    values: &Values<'_>,
) -> S3Result<()> {
    match state.decide(caller, action, resource, values) {
        Decision::Allowed => Ok(()),
        decision => {
            let resource = format!("\"{resource}\"");
            Err(error_with_status(
                "AccessDenied",
                403,
                denial_message(caller, action, &resource, decision),
            ))
        }
    }
}

/// The permission that an operation needs; source: Service Authorization Reference, "Actions, resources, and condition
/// keys for Amazon S3".
fn action_of(operation: &str) -> String {
    let action = match operation {
        "ListBuckets" => "ListAllMyBuckets",
        "HeadBucket" | "ListObjects" | "ListObjectsV2" => "ListBucket",
        "GetPublicAccessBlock" => "GetBucketPublicAccessBlock",
        "PutPublicAccessBlock" | "DeletePublicAccessBlock" => "PutBucketPublicAccessBlock",
        "GetBucketEncryption" => "GetEncryptionConfiguration",
        "PutBucketEncryption" | "DeleteBucketEncryption" => "PutEncryptionConfiguration",
        "HeadObject" => "GetObject",
        "CopyObject"
        | "CreateMultipartUpload"
        | "UploadPart"
        | "UploadPartCopy"
        | "CompleteMultipartUpload" => "PutObject",
        "ListParts" => "ListMultipartUploadParts",
        "ListMultipartUploads" => "ListBucketMultipartUploads",
        other => other,
    };
    format!("s3:{action}")
}
