//! S3: whole objects and parts from files on this machine.

use std::time::Duration;

use aws_sdk_s3::{
    config::Builder,
    types::{ChecksumType, CompletedMultipartUpload, CompletedPart},
};
use keywell_app::cloud::{
    Checksum, ChecksumAlgorithm, CloudError, CloudErrorKind, CompleteMultipart, ObjectAccess,
    OnBytes, PutObject, Stored, UploadPart, UploadedPart,
};

use crate::{
    account::{AwsAccount, with_attempt_limit, without_attempt_limit},
    body::Outgoing,
    checksum::{checksum_of, compare, model, of_parts},
};

/// Joining the parts of a large object "could take several minutes"
/// (<https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html>).
const COMPLETE_LIMIT: Duration = Duration::from_secs(10 * 60);

impl AwsAccount {
    /// A CRC64NVME is kept over the whole object; the others over the parts' checksums, which every server can.
    fn multipart_checksum_type(&self) -> Option<ChecksumType> {
        (self.checksum_algorithm() == ChecksumAlgorithm::Crc64Nvme)
            .then_some(ChecksumType::FullObject)
    }

    pub(crate) async fn put(
        &self,
        request: PutObject<'_>,
        on_bytes: OnBytes,
    ) -> Result<Stored, CloudError> {
        let operation = "s3:PutObject";
        let algorithm = self.checksum_algorithm();
        let body = Outgoing::open(request.body, algorithm, on_bytes, operation).await?;
        let upload = self.in_region_of(request.bucket, |s3| {
            let body = &body;
            async move {
                s3.put_object()
                    .bucket(request.bucket)
                    .key(request.key)
                    .set_content_type(request.content_type.map(str::to_owned))
                    .set_if_none_match(request.only_if_absent.then(|| "*".to_owned()))
                    .content_length(length(body.length()))
                    .checksum_algorithm(model(algorithm))
                    .body(body.body())
                    .customize()
                    .config_override(Builder::new().timeout_config(without_attempt_limit()))
                    .send()
                    .await
                    .map_err(|error| self.error(operation, CloudErrorKind::NoSuchBucket, error))
            }
        });
        let answer = match body.watch(operation, upload).await {
            Err(error)
                if error.kind == CloudErrorKind::PreconditionFailed
                    && request.only_if_absent
                    && body.was_repeated() =>
            {
                return self.stored_before(request, &body).await.ok_or(error);
            }
            answer => answer?,
        };
        let checksum = checksum_of!(answer);
        compare(body.sent().as_ref(), checksum.as_ref(), operation)?;
        Ok(Stored {
            etag: answer.e_tag,
            checksum,
        })
    }

    /// The object that an earlier attempt of this upload stored, whose answer got lost: same size, same checksum.
    async fn stored_before(&self, request: PutObject<'_>, body: &Outgoing) -> Option<Stored> {
        let head = self.head_object(request.bucket, request.key).await.ok()?;
        let ours = head.size == body.length()
            && body.sent().is_some_and(|sent| head.checksum == Some(sent));
        ours.then_some(Stored {
            etag: head.etag,
            checksum: head.checksum,
        })
    }

    pub(crate) async fn begin_multipart(
        &self,
        bucket: &str,
        key: &str,
        content_type: Option<&str>,
    ) -> Result<String, CloudError> {
        let operation = "s3:PutObject";
        let answer = self
            .in_region_of(bucket, |s3| async move {
                s3.create_multipart_upload()
                    .bucket(bucket)
                    .key(key)
                    .set_content_type(content_type.map(str::to_owned))
                    .checksum_algorithm(model(self.checksum_algorithm()))
                    .set_checksum_type(self.multipart_checksum_type())
                    .send()
                    .await
                    .map_err(|error| self.error(operation, CloudErrorKind::NoSuchBucket, error))
            })
            .await?;
        answer.upload_id.ok_or_else(|| {
            CloudError::new(CloudErrorKind::Other, operation)
                .with_source("the answer names no upload")
        })
    }

    pub(crate) async fn send_part(
        &self,
        request: UploadPart<'_>,
        on_bytes: OnBytes,
    ) -> Result<UploadedPart, CloudError> {
        let operation = "s3:PutObject";
        let algorithm = self.checksum_algorithm();
        let body = Outgoing::open(request.body, algorithm, on_bytes, operation).await?;
        let upload = self.in_region_of(request.bucket, |s3| {
            let body = &body;
            async move {
                s3.upload_part()
                    .bucket(request.bucket)
                    .key(request.key)
                    .upload_id(request.upload_id)
                    .part_number(request.number)
                    .content_length(length(body.length()))
                    .checksum_algorithm(model(algorithm))
                    .body(body.body())
                    .customize()
                    .config_override(Builder::new().timeout_config(without_attempt_limit()))
                    .send()
                    .await
                    .map_err(|error| self.error(operation, CloudErrorKind::NoSuchUpload, error))
            }
        });
        let answer = body.watch(operation, upload).await?;
        let checksum = checksum_of!(answer, None);
        compare(body.sent().as_ref(), checksum.as_ref(), operation)?;
        let etag = answer.e_tag.ok_or_else(|| {
            CloudError::new(CloudErrorKind::Other, operation)
                .with_source("the answer names no ETag")
        })?;
        Ok(UploadedPart {
            number: request.number,
            size: body.length(),
            etag,
            checksum,
        })
    }

    pub(crate) async fn finish_multipart(
        &self,
        request: CompleteMultipart<'_>,
    ) -> Result<Stored, CloudError> {
        let operation = "s3:PutObject";
        let parts = request.parts.iter().map(completed_part).collect();
        let parts = CompletedMultipartUpload::builder()
            .set_parts(Some(parts))
            .build();
        let answer = self
            .in_region_of(request.bucket, |s3| {
                let parts = parts.clone();
                let limit = Builder::new().timeout_config(with_attempt_limit(COMPLETE_LIMIT));
                async move {
                    s3.complete_multipart_upload()
                        .bucket(request.bucket)
                        .key(request.key)
                        .upload_id(request.upload_id)
                        .set_checksum_type(self.multipart_checksum_type())
                        .mpu_object_size(length(request.size))
                        .set_if_none_match(request.only_if_absent.then(|| "*".to_owned()))
                        .multipart_upload(parts)
                        .customize()
                        .config_override(limit)
                        .send()
                        .await
                        .map_err(|error| self.error(operation, CloudErrorKind::NoSuchUpload, error))
                }
            })
            .await?;
        let checksum = checksum_of!(answer);
        if let Some(stored) = &checksum {
            compare(
                of_parts(request.parts, stored).as_ref(),
                Some(stored),
                operation,
            )?;
        }
        Ok(Stored {
            etag: answer.e_tag,
            checksum,
        })
    }
}

fn completed_part(part: &UploadedPart) -> CompletedPart {
    let checksum = |wanted: ChecksumAlgorithm| {
        let found = part.checksum.as_ref();
        found
            .filter(|checksum: &&Checksum| checksum.algorithm == wanted)
            .map(|checksum| checksum.value.clone())
    };
    CompletedPart::builder()
        .part_number(part.number)
        .e_tag(&part.etag)
        .set_checksum_crc32(checksum(ChecksumAlgorithm::Crc32))
        .set_checksum_crc32_c(checksum(ChecksumAlgorithm::Crc32C))
        .set_checksum_crc64_nvme(checksum(ChecksumAlgorithm::Crc64Nvme))
        .set_checksum_sha1(checksum(ChecksumAlgorithm::Sha1))
        .set_checksum_sha256(checksum(ChecksumAlgorithm::Sha256))
        .build()
}

fn length(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}
