//! S3: buckets, where they are and how they are set.

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_s3::{
    error::BuildError,
    types::{
        BucketLocationConstraint, CreateBucketConfiguration, ObjectOwnership,
        PublicAccessBlockConfiguration, ServerSideEncryption, ServerSideEncryptionByDefault,
        ServerSideEncryptionConfiguration, ServerSideEncryptionRule,
    },
};
use keywell_app::cloud::{Bucket, BucketAccess, BucketSettings, CloudError, CloudErrorKind};

use crate::{account::AwsAccount, error::BUCKET_REGION, users::system_time};

/// The region that `CreateBucket` wants to be asked without a location constraint.
const UNNAMED_REGION: &str = "us-east-1";

/// A page of buckets. Asking for pages makes the service name each bucket's region.
const BUCKETS_PER_PAGE: i32 = 1000;

/// A bucket that was just made may be unknown for a moment.
const SETTLING_TRIES: u32 = 6;
const SETTLING_PAUSE: Duration = Duration::from_millis(250);

impl AwsAccount {
    /// Asks the service where a bucket is, and remembers it.
    pub(crate) async fn look_up_region(&self, bucket: &str) -> Result<String, CloudError> {
        let asked = self
            .known_region(bucket)
            .unwrap_or_else(|| self.region().to_owned());
        let answer = self.s3(&asked).head_bucket().bucket(bucket).send().await;
        let region = match answer {
            // A server that names no region has the one that it was asked in.
            Ok(answer) => answer.bucket_region.unwrap_or(asked),
            Err(error) => {
                let told = error.raw_response().and_then(|raw| {
                    // A bucket that is not there has no region, whatever the header says.
                    let there = raw.status().as_u16() != 404;
                    raw.headers()
                        .get(BUCKET_REGION)
                        .filter(|_| there)
                        .map(str::to_owned)
                });
                match told {
                    Some(region) => region,
                    None => {
                        return Err(self.error(
                            "s3:ListBucket",
                            CloudErrorKind::NoSuchBucket,
                            error,
                        ));
                    }
                }
            }
        };
        self.remember_region(bucket, &region);
        Ok(region)
    }

    /// Makes the settings of a new bucket explicit, in case the service's defaults are other than AWS's.
    async fn make_safe(&self, s3: &aws_sdk_s3::Client, bucket: &str) -> Result<(), CloudError> {
        let blocked = PublicAccessBlockConfiguration::builder()
            .block_public_acls(true)
            .ignore_public_acls(true)
            .block_public_policy(true)
            .restrict_public_buckets(true)
            .build();
        settle(|| async {
            s3.put_public_access_block()
                .bucket(bucket)
                .public_access_block_configuration(blocked.clone())
                .send()
                .await
                .map(drop)
                .map_err(|error| {
                    self.error(
                        "s3:PutBucketPublicAccessBlock",
                        CloudErrorKind::NoSuchBucket,
                        error,
                    )
                })
        })
        .await?;
        let operation = "s3:PutEncryptionConfiguration";
        let invalid = |error: BuildError| {
            CloudError::new(CloudErrorKind::Invalid, operation).with_source(error)
        };
        let by_default = ServerSideEncryptionByDefault::builder()
            .sse_algorithm(ServerSideEncryption::Aes256)
            .build()
            .map_err(invalid)?;
        let rule = ServerSideEncryptionRule::builder()
            .apply_server_side_encryption_by_default(by_default)
            .bucket_key_enabled(true)
            .build();
        let encrypted = ServerSideEncryptionConfiguration::builder()
            .rules(rule)
            .build()
            .map_err(invalid)?;
        settle(|| async {
            s3.put_bucket_encryption()
                .bucket(bucket)
                .server_side_encryption_configuration(encrypted.clone())
                .send()
                .await
                .map(drop)
                .map_err(|error| self.error(operation, CloudErrorKind::NoSuchBucket, error))
        })
        .await
    }
}

/// Repeats a call on a bucket that was just made while the service does not know it yet.
async fn settle<F>(call: impl Fn() -> F + Send + Sync) -> Result<(), CloudError>
where
    F: Future<Output = Result<(), CloudError>> + Send,
{
    for tried in 1.. {
        match call().await {
            Err(error)
                if tried < SETTLING_TRIES
                    && matches!(
                        error.kind,
                        CloudErrorKind::NoSuchBucket | CloudErrorKind::Unavailable
                    ) =>
            {
                tokio::time::sleep(SETTLING_PAUSE * tried).await;
            }
            answer => return answer,
        }
    }
    Ok(())
}

/// A setting that may not be read, or that the server does not know, is unknown. `absent` holds what the service's
/// "there is no such configuration" means.
fn setting<T>(
    answer: Result<Option<T>, CloudError>,
    absent: Option<T>,
) -> Result<Option<T>, CloudError> {
    match answer {
        Ok(value) => Ok(value),
        Err(error) => match error.kind {
            CloudErrorKind::AccessDenied | CloudErrorKind::NotImplemented => Ok(None),
            // What `missing` is set to for the settings: the configuration is not there, but the bucket is.
            CloudErrorKind::Other if error.status == Some(404) => Ok(absent),
            _ => Err(error),
        },
    }
}

#[async_trait]
impl BucketAccess for AwsAccount {
    async fn list_buckets(&self) -> Result<Vec<Bucket>, CloudError> {
        let mut buckets = Vec::new();
        let mut pages = self
            .s3(self.region())
            .list_buckets()
            .max_buckets(BUCKETS_PER_PAGE)
            .into_paginator()
            .send();
        while let Some(page) = pages.next().await {
            let page = page
                .map_err(|error| self.error("s3:ListAllMyBuckets", CloudErrorKind::Other, error))?;
            for bucket in page.buckets.unwrap_or_default() {
                let name = bucket.name.unwrap_or_default();
                if let Some(region) = &bucket.bucket_region {
                    self.remember_region(&name, region);
                }
                buckets.push(Bucket {
                    created: system_time(bucket.creation_date.as_ref()),
                    region: bucket.bucket_region,
                    name,
                });
            }
        }
        Ok(buckets)
    }

    async fn bucket_region(&self, bucket: &str) -> Result<String, CloudError> {
        self.look_up_region(bucket).await
    }

    async fn create_bucket(&self, bucket: &str, region: &str) -> Result<(), CloudError> {
        let operation = "s3:CreateBucket";
        let s3 = self.s3(region);
        // us-east-1 answers 200 for a bucket that is there already, and would have its settings changed.
        match s3.head_bucket().bucket(bucket).send().await {
            Ok(_) => return Err(CloudError::new(CloudErrorKind::BucketOwned, operation)),
            Err(error) if error.raw_response().is_none() => {
                return Err(self.error(operation, CloudErrorKind::Other, error));
            }
            // Not there, or not ours to see, or somewhere else: the next answer tells which.
            Err(_) => {}
        }
        let place = (region != UNNAMED_REGION).then(|| {
            CreateBucketConfiguration::builder()
                .location_constraint(BucketLocationConstraint::from(region))
                .build()
        });
        s3.create_bucket()
            .bucket(bucket)
            .set_create_bucket_configuration(place)
            .object_ownership(ObjectOwnership::BucketOwnerEnforced)
            .send()
            .await
            .map_err(|error| self.error(operation, CloudErrorKind::NoSuchBucket, error))?;
        self.remember_region(bucket, region);
        if let Err(error) = self.make_safe(&s3, bucket).await {
            self.forget_region(bucket);
            if let Err(left) = s3.delete_bucket().bucket(bucket).send().await {
                let left = self.error("s3:DeleteBucket", CloudErrorKind::NoSuchBucket, left);
                tracing::warn!(bucket, error = %left, "a bucket that could not be made safe stays");
            }
            return Err(error);
        }
        Ok(())
    }

    async fn bucket_settings(&self, bucket: &str) -> Result<BucketSettings, CloudError> {
        let region = self.look_up_region(bucket).await?;
        let s3 = self.s3(&region);
        let missing = || CloudErrorKind::Other;
        let (blocked, ownership, encryption) = tokio::join!(
            s3.get_public_access_block().bucket(bucket).send(),
            s3.get_bucket_ownership_controls().bucket(bucket).send(),
            s3.get_bucket_encryption().bucket(bucket).send(),
        );
        let blocked = blocked
            .map(|answer| {
                answer.public_access_block_configuration.map(|all| {
                    [
                        all.block_public_acls,
                        all.ignore_public_acls,
                        all.block_public_policy,
                        all.restrict_public_buckets,
                    ]
                    .into_iter()
                    .all(|one| one == Some(true))
                })
            })
            .map_err(|error| self.error("s3:GetBucketPublicAccessBlock", missing(), error));
        let acls_off = ownership
            .map(|answer| {
                answer.ownership_controls.map(|controls| {
                    controls
                        .rules
                        .iter()
                        .any(|rule| rule.object_ownership == ObjectOwnership::BucketOwnerEnforced)
                })
            })
            .map_err(|error| self.error("s3:GetBucketOwnershipControls", missing(), error));
        let encryption = encryption
            .map(|answer| {
                let rules = answer.server_side_encryption_configuration?.rules;
                rules.into_iter().find_map(|rule| {
                    let by_default = rule.apply_server_side_encryption_by_default?;
                    Some(by_default.sse_algorithm.as_str().to_owned())
                })
            })
            .map_err(|error| self.error("s3:GetEncryptionConfiguration", missing(), error));
        Ok(BucketSettings {
            region: Some(region),
            public_access_blocked: setting(blocked, Some(false))?,
            acls_off: setting(acls_off, Some(false))?,
            encryption: setting(encryption, None)?,
        })
    }

    async fn delete_bucket(&self, bucket: &str) -> Result<(), CloudError> {
        self.in_region_of(bucket, |s3| async move {
            s3.delete_bucket()
                .bucket(bucket)
                .send()
                .await
                .map(drop)
                .map_err(|error| self.error("s3:DeleteBucket", CloudErrorKind::NoSuchBucket, error))
        })
        .await?;
        self.forget_region(bucket);
        Ok(())
    }
}
