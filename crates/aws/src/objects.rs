//! S3: listing, reading, copying, deleting and linking objects.

use std::time::Duration;

use async_trait::async_trait;
use aws_credential_types::provider::ProvideCredentials;
use aws_sdk_s3::{
    config::{Builder, ResponseChecksumValidation},
    error::BuildError,
    presigning::PresigningConfig,
    primitives::ByteStream as SdkByteStream,
    types::{ChecksumMode, Delete, EncodingType, ObjectIdentifier},
};
use futures::StreamExt;
use keywell_app::cloud::{
    ByteStream, CloudError, CloudErrorKind, CompleteMultipart, CopyObject, ListObjects,
    ObjectAccess, ObjectEntry, ObjectHead, ObjectListing, OnBytes, Presigned, PutObject, Stored,
    UploadPart, UploadedPart,
};
use keywell_vault::Secret;

use crate::{
    account::{AwsAccount, with_attempt_limit},
    body::INACTIVITY,
    checksum::{checksum_of, model},
    error::{of_chain, translate_entry},
    paths::{copy_source, decode_listed, fits_xml},
    users::system_time,
};

/// A copy of 5 GB answers when it is done.
const COPY_LIMIT: Duration = Duration::from_secs(10 * 60);

/// The longest life of a presigned link, seven days
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html>).
const LONGEST_LINK_SECONDS: u32 = 604_800;

const GET: &str = "s3:GetObject";
const DELETE: &str = "s3:DeleteObject";

fn size(bytes: Option<i64>) -> u64 {
    bytes
        .and_then(|bytes| u64::try_from(bytes).ok())
        .unwrap_or(0)
}

#[async_trait]
impl ObjectAccess for AwsAccount {
    async fn list_objects(&self, request: ListObjects<'_>) -> Result<ObjectListing, CloudError> {
        let page = self
            .in_region_of(request.bucket, |s3| async move {
                let prefix = Some(request.prefix).filter(|prefix| !prefix.is_empty());
                s3.list_objects_v2()
                    .bucket(request.bucket)
                    .set_prefix(prefix.map(str::to_owned))
                    .set_delimiter(request.delimiter.map(str::to_owned))
                    .set_continuation_token(request.continuation.map(str::to_owned))
                    .max_keys(request.max_keys)
                    // Keys may hold characters that XML has no place for.
                    .encoding_type(EncodingType::Url)
                    .send()
                    .await
                    .map_err(|error| {
                        self.error("s3:ListBucket", CloudErrorKind::NoSuchBucket, error)
                    })
            })
            .await?;
        let encoded = page.encoding_type == Some(EncodingType::Url);
        let decode = |text: String| {
            if encoded { decode_listed(&text) } else { text }
        };
        let folders = page.common_prefixes.unwrap_or_default();
        let objects = page.contents.unwrap_or_default();
        Ok(ObjectListing {
            folders: folders
                .into_iter()
                .filter_map(|folder| folder.prefix)
                .map(decode)
                .collect(),
            objects: objects
                .into_iter()
                .map(|object| ObjectEntry {
                    size: size(object.size),
                    modified: system_time(object.last_modified.as_ref()),
                    etag: object.e_tag,
                    storage_class: object
                        .storage_class
                        .map_or_else(|| "STANDARD".to_owned(), |class| class.as_str().to_owned()),
                    key: decode(object.key.unwrap_or_default()),
                })
                .collect(),
            continuation: page
                .next_continuation_token
                .filter(|_| page.is_truncated == Some(true)),
        })
    }

    async fn head_object(&self, bucket: &str, key: &str) -> Result<ObjectHead, CloudError> {
        let answer = self
            .in_region_of(bucket, |s3| async move {
                s3.head_object()
                    .bucket(bucket)
                    .key(key)
                    .checksum_mode(ChecksumMode::Enabled)
                    .send()
                    .await
                    .map_err(|error| self.error(GET, CloudErrorKind::NoSuchObject, error))
            })
            .await?;
        Ok(ObjectHead {
            size: size(answer.content_length),
            modified: system_time(answer.last_modified.as_ref()),
            checksum: checksum_of!(answer),
            etag: answer.e_tag,
            content_type: answer.content_type,
        })
    }

    async fn put_object(
        &self,
        request: PutObject<'_>,
        on_bytes: OnBytes,
    ) -> Result<Stored, CloudError> {
        self.put(request, on_bytes).await
    }

    async fn put_empty(&self, bucket: &str, key: &str) -> Result<(), CloudError> {
        self.in_region_of(bucket, |s3| async move {
            s3.put_object()
                .bucket(bucket)
                .key(key)
                .checksum_algorithm(model(self.checksum_algorithm()))
                .body(SdkByteStream::from_static(b""))
                .send()
                .await
                .map(drop)
                .map_err(|error| self.error("s3:PutObject", CloudErrorKind::NoSuchBucket, error))
        })
        .await
    }

    async fn create_multipart(
        &self,
        bucket: &str,
        key: &str,
        content_type: Option<&str>,
    ) -> Result<String, CloudError> {
        self.begin_multipart(bucket, key, content_type).await
    }

    async fn upload_part(
        &self,
        request: UploadPart<'_>,
        on_bytes: OnBytes,
    ) -> Result<UploadedPart, CloudError> {
        self.send_part(request, on_bytes).await
    }

    async fn complete_multipart(
        &self,
        request: CompleteMultipart<'_>,
    ) -> Result<Stored, CloudError> {
        self.finish_multipart(request).await
    }

    async fn abort_multipart(
        &self,
        bucket: &str,
        key: &str,
        upload_id: &str,
    ) -> Result<(), CloudError> {
        self.in_region_of(bucket, |s3| async move {
            s3.abort_multipart_upload()
                .bucket(bucket)
                .key(key)
                .upload_id(upload_id)
                .send()
                .await
                .map(drop)
                .map_err(|error| {
                    self.error(
                        "s3:AbortMultipartUpload",
                        CloudErrorKind::NoSuchUpload,
                        error,
                    )
                })
        })
        .await
    }

    async fn get_object(
        &self,
        bucket: &str,
        key: &str,
        range: Option<(u64, u64)>,
        if_match: Option<&str>,
    ) -> Result<ByteStream, CloudError> {
        let answer = self
            .in_region_of(bucket, |s3| async move {
                // The checksum of an object says nothing about a range of it.
                let validation = match range {
                    Some(_) => ResponseChecksumValidation::WhenRequired,
                    None => ResponseChecksumValidation::WhenSupported,
                };
                s3.get_object()
                    .bucket(bucket)
                    .key(key)
                    .set_range(range.map(|(first, last)| format!("bytes={first}-{last}")))
                    .set_if_match(if_match.map(str::to_owned))
                    .customize()
                    .config_override(Builder::new().response_checksum_validation(validation))
                    .send()
                    .await
                    .map_err(|error| self.error(GET, CloudErrorKind::NoSuchObject, error))
            })
            .await?;
        if range.is_some() && answer.content_range.is_none() {
            return Err(CloudError::new(CloudErrorKind::NotImplemented, GET)
                .with_source("the server sent the whole object where a range was asked for"));
        }
        Ok(incoming(answer.body))
    }

    async fn copy_object(&self, request: CopyObject<'_>) -> Result<(), CloudError> {
        let source = copy_source(request.from_bucket, request.from_key);
        self.in_region_of(request.bucket, |s3| {
            let source = source.clone();
            let limit = Builder::new().timeout_config(with_attempt_limit(COPY_LIMIT));
            async move {
                s3.copy_object()
                    .bucket(request.bucket)
                    .key(request.key)
                    .copy_source(source)
                    .set_if_none_match(request.only_if_absent.then(|| "*".to_owned()))
                    .customize()
                    .config_override(limit)
                    .send()
                    .await
                    .map(drop)
                    .map_err(|error| {
                        self.error("s3:PutObject", CloudErrorKind::NoSuchObject, error)
                    })
            }
        })
        .await
    }

    async fn delete_objects(
        &self,
        bucket: &str,
        keys: &[String],
    ) -> Result<Vec<(String, CloudError)>, CloudError> {
        let (named, unnameable): (Vec<_>, Vec<_>) = keys.iter().partition(|key| fits_xml(key));
        let mut stayed = Vec::new();
        if !named.is_empty() {
            stayed = self.delete_batch(bucket, &named).await?;
        }
        for key in unnameable {
            if let Err(error) = self.delete_one(bucket, key).await {
                stayed.push((key.clone(), error));
            }
        }
        Ok(stayed)
    }

    async fn presign_get(
        &self,
        bucket: &str,
        key: &str,
        expires_seconds: u32,
    ) -> Result<Presigned, CloudError> {
        let begin = self.time.now();
        let mut life = Duration::from_secs(expires_seconds.min(LONGEST_LINK_SECONDS).into());
        let provider = &self.credentials;
        let credentials = provider.provide_credentials().await.map_err(|error| {
            let kind = of_chain(&error).unwrap_or(CloudErrorKind::NoCredentials);
            CloudError::new(kind, GET).with_source(error)
        })?;
        if let Some(end) = credentials.expiry() {
            life = life.min(end.duration_since(begin).unwrap_or_default());
        }
        let invalid = |kind: CloudErrorKind| CloudError::new(kind, GET);
        if life < Duration::from_secs(1) {
            return Err(invalid(CloudErrorKind::ExpiredSession));
        }
        let config = PresigningConfig::builder()
            .start_time(begin)
            .expires_in(life)
            .build()
            .map_err(|error| invalid(CloudErrorKind::Invalid).with_source(error))?;
        let region = self
            .known_region(bucket)
            .unwrap_or_else(|| self.region().to_owned());
        // A link has no headers of its own, so that it must not sign the one which asks for a checksum.
        let plain =
            Builder::new().response_checksum_validation(ResponseChecksumValidation::WhenRequired);
        let request = self
            .s3(&region)
            .get_object()
            .bucket(bucket)
            .key(key)
            .customize()
            .config_override(plain)
            .presigned(config)
            .await
            .map_err(|error| self.error(GET, CloudErrorKind::NoSuchObject, error))?;
        Ok(Presigned {
            url: Secret::new(request.uri()),
            expires: begin + Duration::from_secs(life.as_secs()),
        })
    }
}

impl AwsAccount {
    async fn delete_batch(
        &self,
        bucket: &str,
        keys: &[&String],
    ) -> Result<Vec<(String, CloudError)>, CloudError> {
        let invalid =
            |error: BuildError| CloudError::new(CloudErrorKind::Invalid, DELETE).with_source(error);
        let names = keys
            .iter()
            .map(|key| ObjectIdentifier::builder().key(key.as_str()).build())
            .collect::<Result<Vec<_>, _>>()
            .map_err(invalid)?;
        let batch = Delete::builder()
            .set_objects(Some(names))
            .quiet(true)
            .build()
            .map_err(invalid)?;
        let answer = self
            .in_region_of(bucket, |s3| {
                let batch = batch.clone();
                async move {
                    s3.delete_objects()
                        .bucket(bucket)
                        .delete(batch)
                        .checksum_algorithm(model(self.checksum_algorithm()))
                        .send()
                        .await
                        .map_err(|error| self.error(DELETE, CloudErrorKind::NoSuchBucket, error))
                }
            })
            .await?;
        let question = self.question(DELETE, CloudErrorKind::NoSuchObject);
        Ok(answer
            .errors
            .unwrap_or_default()
            .into_iter()
            .map(|entry| {
                let error =
                    translate_entry(&question, entry.code.as_deref(), entry.message.as_deref());
                (entry.key.unwrap_or_default(), error)
            })
            .collect())
    }

    async fn delete_one(&self, bucket: &str, key: &str) -> Result<(), CloudError> {
        self.in_region_of(bucket, |s3| async move {
            s3.delete_object()
                .bucket(bucket)
                .key(key)
                .send()
                .await
                .map(drop)
                .map_err(|error| self.error(DELETE, CloudErrorKind::NoSuchObject, error))
        })
        .await
    }
}

/// An answer's body, given up when nothing arrives for [`INACTIVITY`].
fn incoming(body: SdkByteStream) -> ByteStream {
    futures::stream::unfold(Some(body), |body| async move {
        let mut body = body?;
        match tokio::time::timeout(INACTIVITY, body.next()).await {
            Ok(None) => None,
            Ok(Some(Ok(bytes))) => Some((Ok(bytes), Some(body))),
            Ok(Some(Err(error))) => {
                let kind = of_chain(&error).unwrap_or(CloudErrorKind::Unreachable);
                Some((Err(CloudError::new(kind, GET).with_source(error)), None))
            }
            Err(_) => Some((Err(CloudError::new(CloudErrorKind::TimedOut, GET)), None)),
        }
    })
    .boxed()
}
