//! Buckets and their settings.

use std::net::Ipv4Addr;

use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::access::RequestRegion;
use super::{
    DEFAULT_REGION, Failure, TAKEN_BUCKET, find_bucket, internal, no_such_bucket, owner, timestamp,
};
use crate::state::State;
use crate::store::{Bucket as StoredBucket, Durable, Encryption, PublicAccessBlock};

/// Quota "General purpose buckets" of a new account.
const BUCKETS_PER_ACCOUNT: u64 = 10_000;

/// Whether a name may be given to a general purpose bucket; source: S3 User Guide, "General purpose bucket naming rules".
pub(crate) fn is_bucket_name(name: &str) -> bool {
    let is_inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    let is_end = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    (3..=63).contains(&name.len())
        && name.chars().all(is_inner)
        && is_end(name.chars().next())
        && is_end(name.chars().next_back())
        && !name.contains("..")
        && name.parse::<Ipv4Addr>().is_err()
        && !["xn--", "sthree-", "amzn-s3-demo-"]
            .iter()
            .any(|prefix| name.starts_with(prefix))
        && !["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"]
            .iter()
            .any(|suffix| name.ends_with(suffix))
}

pub(super) async fn list(
    state: &State,
    request: S3Request<ListBucketsInput>,
) -> S3Result<S3Response<ListBucketsOutput>> {
    let input = request.input;
    let max = match input.max_buckets {
        None => usize::MAX,
        Some(max) if (1..=10_000).contains(&max) => max as usize,
        Some(_) => {
            return Err(s3_error!(
                InvalidArgument,
                "max-buckets must be between 1 and 10000"
            ));
        }
    };
    let prefix = input.prefix.clone().unwrap_or_default();
    let mut matching = state
        .store
        .buckets()
        .map_err(internal)?
        .into_iter()
        .filter(|(name, bucket)| {
            name.starts_with(&prefix)
                && input
                    .bucket_region
                    .as_ref()
                    .is_none_or(|region| *region == bucket.region)
                && input
                    .continuation_token
                    .as_ref()
                    .is_none_or(|last| name > last)
        })
        .peekable();
    let buckets: Vec<Bucket> = matching
        .by_ref()
        .take(max)
        .map(|(name, bucket)| Bucket {
            bucket_region: Some(bucket.region),
            creation_date: Some(timestamp(bucket.created_millis)),
            name: Some(name),
        })
        .collect();
    let continuation_token = matching
        .peek()
        .and_then(|_| buckets.last())
        .and_then(|last| last.name.clone());
    Ok(S3Response::new(ListBucketsOutput {
        buckets: Some(buckets),
        continuation_token,
        owner: Some(owner(state)),
        prefix: input.prefix,
    }))
}

/// The region that a new bucket gets, from the endpoint's region and the wished constraint.
fn region_of_new_bucket(endpoint: &str, constraint: Option<&str>) -> S3Result<String> {
    match constraint {
        // The us-east-1 endpoint makes buckets everywhere, but must not be told so of its own region.
        Some(DEFAULT_REGION) => Err(s3_error!(
            InvalidLocationConstraint,
            "The specified location-constraint is not valid"
        )),
        Some("EU") if endpoint == DEFAULT_REGION || endpoint == "eu-west-1" => {
            Ok("eu-west-1".to_owned())
        }
        Some(wish) if endpoint == DEFAULT_REGION || endpoint == wish => Ok(wish.to_owned()),
        None if endpoint == DEFAULT_REGION => Ok(DEFAULT_REGION.to_owned()),
        other => Err(s3_error!(
            IllegalLocationConstraintException,
            "The {} location constraint is incompatible for the region specific endpoint this request was sent to.",
            other.unwrap_or("unspecified")
        )),
    }
}

pub(super) async fn create(
    state: &State,
    request: S3Request<CreateBucketInput>,
) -> S3Result<S3Response<CreateBucketOutput>> {
    let input = request.input;
    let endpoint = request
        .extensions
        .get::<RequestRegion>()
        .and_then(|region| region.0.as_deref())
        .unwrap_or(DEFAULT_REGION);
    let constraint = input
        .create_bucket_configuration
        .as_ref()
        .and_then(|configuration| configuration.location_constraint.as_ref())
        .map(BucketLocationConstraint::as_str)
        .filter(|constraint| !constraint.is_empty());
    let region = region_of_new_bucket(endpoint, constraint)?;
    let name = input.bucket;
    if name == TAKEN_BUCKET {
        return Err(s3_error!(
            BucketAlreadyExists,
            "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again."
        ));
    }
    // What AWS gives to every new bucket since April 2023.
    let bucket = StoredBucket {
        region,
        created_millis: state.now_millis(),
        public_access_block: Some(PublicAccessBlock {
            block_public_acls: true,
            ignore_public_acls: true,
            block_public_policy: true,
            restrict_public_buckets: true,
        }),
        ownership: Some(
            input
                .object_ownership
                .map_or(ObjectOwnership::BUCKET_OWNER_ENFORCED.to_owned(), |wish| {
                    wish.as_str().to_owned()
                }),
        ),
        encryption: Encryption {
            algorithm: ServerSideEncryption::AES256.to_owned(),
            kms_key_id: None,
            bucket_key_enabled: false,
        },
    };
    state
        .store
        .change(Durable::AtOnce, |tables| -> Result<(), Failure> {
            if tables.bucket(&name)?.is_some() {
                return Err(s3_error!(
                    BucketAlreadyOwnedByYou,
                    "Your previous request to create the named bucket succeeded and you already own it."
                )
                .into());
            }
            if tables.bucket_count()? >= BUCKETS_PER_ACCOUNT {
                return Err(s3_error!(
                    TooManyBuckets,
                    "You have attempted to create more buckets than allowed"
                )
                .into());
            }
            Ok(tables.put_bucket(&name, &bucket)?)
        })?;
    Ok(S3Response::new(CreateBucketOutput {
        location: Some(format!("/{name}")),
    }))
}

pub(super) async fn head(
    state: &State,
    request: S3Request<HeadBucketInput>,
) -> S3Result<S3Response<HeadBucketOutput>> {
    let bucket = find_bucket(state, &request.input.bucket)?;
    Ok(S3Response::new(HeadBucketOutput {
        access_point_alias: Some(false),
        bucket_region: Some(bucket.region),
        ..Default::default()
    }))
}

pub(super) async fn location(
    state: &State,
    request: S3Request<GetBucketLocationInput>,
) -> S3Result<S3Response<GetBucketLocationOutput>> {
    let bucket = find_bucket(state, &request.input.bucket)?;
    // us-east-1 is told by an empty constraint.
    let constraint = (bucket.region != DEFAULT_REGION)
        .then(|| BucketLocationConstraint::from(bucket.region.clone()));
    Ok(S3Response::new(GetBucketLocationOutput {
        location_constraint: constraint,
    }))
}

pub(super) async fn delete(
    state: &State,
    request: S3Request<DeleteBucketInput>,
) -> S3Result<S3Response<DeleteBucketOutput>> {
    let name = request.input.bucket;
    state
        .store
        .change(Durable::AtOnce, |tables| -> Result<(), Failure> {
            if tables.bucket(&name)?.is_none() {
                return Err(no_such_bucket().into());
            }
            if !tables.bucket_is_empty(&name)? {
                return Err(s3_error!(
                    BucketNotEmpty,
                    "The bucket you tried to delete is not empty"
                )
                .into());
            }
            Ok(tables.remove_bucket(&name)?)
        })?;
    Ok(S3Response::new(DeleteBucketOutput::default()))
}

fn change_bucket(
    state: &State,
    name: &str,
    change: impl FnOnce(&mut StoredBucket),
) -> S3Result<()> {
    state
        .store
        .change(Durable::AtOnce, |tables| -> Result<(), Failure> {
            let mut bucket = tables.bucket(name)?.ok_or_else(no_such_bucket)?;
            change(&mut bucket);
            Ok(tables.put_bucket(name, &bucket)?)
        })?;
    Ok(())
}

pub(super) async fn get_public_access_block(
    state: &State,
    request: S3Request<GetPublicAccessBlockInput>,
) -> S3Result<S3Response<GetPublicAccessBlockOutput>> {
    let bucket = find_bucket(state, &request.input.bucket)?;
    let block = bucket.public_access_block.ok_or_else(|| {
        super::error_with_status(
            "NoSuchPublicAccessBlockConfiguration",
            404,
            "The public access block configuration was not found".to_owned(),
        )
    })?;
    Ok(S3Response::new(GetPublicAccessBlockOutput {
        public_access_block_configuration: Some(PublicAccessBlockConfiguration {
            block_public_acls: Some(block.block_public_acls),
            ignore_public_acls: Some(block.ignore_public_acls),
            block_public_policy: Some(block.block_public_policy),
            restrict_public_buckets: Some(block.restrict_public_buckets),
        }),
    }))
}

pub(super) async fn put_public_access_block(
    state: &State,
    request: S3Request<PutPublicAccessBlockInput>,
) -> S3Result<S3Response<PutPublicAccessBlockOutput>> {
    let wish = request.input.public_access_block_configuration;
    change_bucket(state, &request.input.bucket, |bucket| {
        bucket.public_access_block = Some(PublicAccessBlock {
            block_public_acls: wish.block_public_acls.unwrap_or(false),
            ignore_public_acls: wish.ignore_public_acls.unwrap_or(false),
            block_public_policy: wish.block_public_policy.unwrap_or(false),
            restrict_public_buckets: wish.restrict_public_buckets.unwrap_or(false),
        });
    })?;
    Ok(S3Response::new(PutPublicAccessBlockOutput::default()))
}

pub(super) async fn delete_public_access_block(
    state: &State,
    request: S3Request<DeletePublicAccessBlockInput>,
) -> S3Result<S3Response<DeletePublicAccessBlockOutput>> {
    change_bucket(state, &request.input.bucket, |bucket| {
        bucket.public_access_block = None;
    })?;
    Ok(S3Response::new(DeletePublicAccessBlockOutput::default()))
}

pub(super) async fn get_ownership(
    state: &State,
    request: S3Request<GetBucketOwnershipControlsInput>,
) -> S3Result<S3Response<GetBucketOwnershipControlsOutput>> {
    let bucket = find_bucket(state, &request.input.bucket)?;
    let ownership = bucket.ownership.ok_or_else(|| {
        super::error_with_status(
            "OwnershipControlsNotFoundError",
            404,
            "The bucket ownership controls were not found".to_owned(),
        )
    })?;
    Ok(S3Response::new(GetBucketOwnershipControlsOutput {
        ownership_controls: Some(OwnershipControls {
            rules: vec![OwnershipControlsRule {
                object_ownership: ObjectOwnership::from(ownership),
            }],
        }),
    }))
}

pub(super) async fn put_ownership(
    state: &State,
    request: S3Request<PutBucketOwnershipControlsInput>,
) -> S3Result<S3Response<PutBucketOwnershipControlsOutput>> {
    const KNOWN: [&str; 3] = [
        ObjectOwnership::BUCKET_OWNER_ENFORCED,
        ObjectOwnership::BUCKET_OWNER_PREFERRED,
        ObjectOwnership::OBJECT_WRITER,
    ];
    let rules = request.input.ownership_controls.rules;
    let ownership = match rules.as_slice() {
        [rule] if KNOWN.contains(&rule.object_ownership.as_str()) => {
            rule.object_ownership.as_str().to_owned()
        }
        _ => {
            return Err(s3_error!(
                MalformedXML,
                "The XML you provided was not well-formed or did not validate against our published schema"
            ));
        }
    };
    change_bucket(state, &request.input.bucket, |bucket| {
        bucket.ownership = Some(ownership);
    })?;
    Ok(S3Response::new(PutBucketOwnershipControlsOutput::default()))
}

pub(super) async fn get_encryption(
    state: &State,
    request: S3Request<GetBucketEncryptionInput>,
) -> S3Result<S3Response<GetBucketEncryptionOutput>> {
    let encryption = find_bucket(state, &request.input.bucket)?.encryption;
    let rule = ServerSideEncryptionRule {
        apply_server_side_encryption_by_default: Some(ServerSideEncryptionByDefault {
            kms_master_key_id: encryption.kms_key_id,
            sse_algorithm: ServerSideEncryption::from(encryption.algorithm),
        }),
        bucket_key_enabled: Some(encryption.bucket_key_enabled),
    };
    Ok(S3Response::new(GetBucketEncryptionOutput {
        server_side_encryption_configuration: Some(ServerSideEncryptionConfiguration {
            rules: vec![rule],
        }),
    }))
}

pub(super) async fn put_encryption(
    state: &State,
    request: S3Request<PutBucketEncryptionInput>,
) -> S3Result<S3Response<PutBucketEncryptionOutput>> {
    const KNOWN: [&str; 3] = [
        ServerSideEncryption::AES256,
        ServerSideEncryption::AWS_KMS,
        ServerSideEncryption::AWS_KMS_DSSE,
    ];
    let rules = request.input.server_side_encryption_configuration.rules;
    let malformed = || {
        s3_error!(
            MalformedXML,
            "The XML you provided was not well-formed or did not validate against our published schema"
        )
    };
    let rule = rules.into_iter().next().ok_or_else(malformed)?;
    let default = rule
        .apply_server_side_encryption_by_default
        .filter(|default| KNOWN.contains(&default.sse_algorithm.as_str()))
        .ok_or_else(malformed)?;
    change_bucket(state, &request.input.bucket, |bucket| {
        bucket.encryption = Encryption {
            algorithm: default.sse_algorithm.as_str().to_owned(),
            kms_key_id: default.kms_master_key_id,
            bucket_key_enabled: rule.bucket_key_enabled.unwrap_or(false),
        };
    })?;
    Ok(S3Response::new(PutBucketEncryptionOutput::default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bucket_names_follow_the_rules_of_general_purpose_buckets() {
        for (name, expected) in [
            ("abc", true),
            ("my.bucket-1", true),
            ("ab", false),
            ("Abc", false),
            ("-abc", false),
            ("abc-", false),
            ("a..b", false),
            ("192.168.5.4", false),
            ("xn--abc", false),
            ("sthree-abc", false),
            ("abc-s3alias", false),
            ("under_score", false),
        ] {
            assert_eq!(is_bucket_name(name), expected, "{name}");
        }
        assert!(!is_bucket_name(&"a".repeat(64)));
    }

    #[test]
    fn the_region_of_a_new_bucket_follows_endpoint_and_constraint() {
        for (endpoint, constraint, expected) in [
            ("us-east-1", None, Some("us-east-1")),
            ("us-east-1", Some("eu-central-1"), Some("eu-central-1")),
            ("us-east-1", Some("EU"), Some("eu-west-1")),
            ("us-east-1", Some("us-east-1"), None),
            ("eu-central-1", Some("eu-central-1"), Some("eu-central-1")),
            ("eu-central-1", None, None),
            ("eu-central-1", Some("eu-west-1"), None),
        ] {
            let region = region_of_new_bucket(endpoint, constraint).ok();
            assert_eq!(region.as_deref(), expected, "{endpoint} {constraint:?}");
        }
    }
}
