//! Objects: put, get, head, delete.

use std::collections::HashMap;
use std::ops::Range as Bytes;
use std::sync::Arc;

use s3s::dto::*;
use s3s::{S3Error, S3Request, S3Response, S3Result, s3_error};

use super::access::{authorise, bucket_arn, object_arn};
use super::checksums::{Announced, DEFAULT_ALGORITHM, checksum_type, fill_checksums};
use super::streams::{Written, read_body, write_upload};
use super::{Failure, caller, etag, find_bucket, internal, no_such_bucket, timestamp};
use crate::clock::to_millis;
use crate::state::State;
use crate::store::{Description, Durable, Object as StoredObject, Tables};

/// S3's largest object that is put at once: 5 GiB.
pub(super) const LARGEST_PUT: u64 = 5 * 1024 * 1024 * 1024;

const LARGEST_METADATA: usize = 2048;

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn too_large() -> S3Error {
    s3_error!(
        EntityTooLarge,
        "Your proposed upload exceeds the maximum allowed size"
    )
}

/// Takes from an input what is stored beside an object's bytes.
macro_rules! description_of {
    ($input:expr) => {{
        let metadata: std::collections::BTreeMap<String, String> = $input
            .metadata
            .take()
            .unwrap_or_default()
            .into_iter()
            .collect();
        $crate::store::Description {
            content_type: $input.content_type.take(),
            cache_control: $input.cache_control.take(),
            content_disposition: $input.content_disposition.take(),
            content_encoding: $crate::s3::objects::stored_encoding($input.content_encoding.take()),
            content_language: $input.content_language.take(),
            expires_millis: $input
                .expires
                .take()
                .map(|time| $crate::clock::to_millis(time.into())),
            metadata,
            storage_class: $input
                .storage_class
                .take()
                .map(|class| class.as_str().to_owned())
                .filter(|class| class != StorageClass::STANDARD),
            encryption: $input
                .server_side_encryption
                .take()
                .map(|encryption| encryption.as_str().to_owned()),
        }
    }};
}
pub(super) use description_of;

/// `aws-chunked` is about the transfer, not about the object.
pub(super) fn stored_encoding(encoding: Option<String>) -> Option<String> {
    let encoding: Vec<&str> = encoding
        .as_deref()?
        .split(',')
        .map(str::trim)
        .filter(|coding| !coding.is_empty() && *coding != "aws-chunked")
        .collect();
    (!encoding.is_empty()).then(|| encoding.join(","))
}

pub(super) fn check_description(description: &Description) -> S3Result<()> {
    let size: usize = description
        .metadata
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum();
    if size > LARGEST_METADATA {
        return Err(s3_error!(
            MetadataTooLarge,
            "Your metadata headers exceed the maximum allowed metadata size"
        ));
    }
    let classes = [
        StorageClass::DEEP_ARCHIVE,
        StorageClass::GLACIER,
        StorageClass::GLACIER_IR,
        StorageClass::INTELLIGENT_TIERING,
        StorageClass::ONEZONE_IA,
        StorageClass::REDUCED_REDUNDANCY,
        StorageClass::STANDARD_IA,
    ];
    if let Some(class) = &description.storage_class
        && !classes.contains(&class.as_str())
    {
        return Err(s3_error!(
            InvalidStorageClass,
            "The storage class you specified is not valid"
        ));
    }
    Ok(())
}

fn precondition_failed() -> S3Error {
    s3_error!(
        PreconditionFailed,
        "At least one of the pre-conditions you specified did not hold"
    )
}

fn no_such_key() -> S3Error {
    s3_error!(NoSuchKey, "The specified key does not exist.")
}

fn names(condition: &ETagCondition, object: &StoredObject) -> bool {
    match condition {
        ETagCondition::Any => true,
        ETagCondition::ETag(tag) => tag.value() == object.etag,
    }
}

/// Conditions of a write, checked in the same transaction that makes it.
pub(super) fn check_write(
    tables: &Tables<'_>,
    bucket: &str,
    key: &str,
    if_match: Option<&ETagCondition>,
    if_none_match: Option<&ETagCondition>,
) -> Result<(), Failure> {
    if tables.bucket(bucket)?.is_none() {
        return Err(no_such_bucket().into());
    }
    if if_match.is_none() && if_none_match.is_none() {
        return Ok(());
    }
    let existing = tables.object(bucket, key)?;
    if let Some(condition) = if_match {
        let object = existing.as_ref().ok_or_else(no_such_key)?;
        if !names(condition, object) {
            return Err(precondition_failed().into());
        }
    }
    match if_none_match {
        Some(ETagCondition::ETag(_)) => Err(s3_error!(
            NotImplemented,
            "A header you provided implies functionality that is not implemented: If-None-Match with an ETag"
        )
        .into()),
        Some(ETagCondition::Any) if existing.is_some() => Err(precondition_failed().into()),
        _ => Ok(()),
    }
}

/// The algorithms to compute for an upload: the announced one, else S3's own choice.
pub(super) fn algorithms(announced: &Announced) -> Vec<&'static str> {
    vec![announced.algorithm().unwrap_or(DEFAULT_ALGORITHM)]
}

pub(super) async fn put(
    state: &Arc<State>,
    request: S3Request<PutObjectInput>,
) -> S3Result<S3Response<PutObjectOutput>> {
    let S3Request {
        mut input,
        headers,
        trailing_headers,
        ..
    } = request;
    let announced = Announced::read(&headers)?;
    let mut description = description_of!(input);
    check_description(&description)?;
    if input
        .content_length
        .is_some_and(|length| length.unsigned_abs() > LARGEST_PUT)
    {
        return Err(too_large());
    }
    let bucket = find_bucket(state, &input.bucket)?;
    description
        .encryption
        .get_or_insert(bucket.encryption.algorithm);
    let written = write_upload(
        state,
        input.body.take(),
        &headers,
        trailing_headers.as_ref(),
        &announced,
        &algorithms(&announced),
    )
    .await?;
    let object = object_of(state, written, description);
    let stored = state
        .store
        .change(Durable::Soon, |tables| -> Result<(), Failure> {
            check_write(
                tables,
                &input.bucket,
                &input.key,
                input.if_match.as_ref(),
                input.if_none_match.as_ref(),
            )?;
            Ok(tables.put_object(&input.bucket, &input.key, &object)?)
        });
    if let Err(failure) = stored {
        state.store.discard_segments(&object.segments);
        return Err(failure.into());
    }
    let mut output = PutObjectOutput {
        checksum_type: checksum_type(&object.checksums),
        e_tag: Some(etag(&object.etag)),
        server_side_encryption: object
            .description
            .encryption
            .clone()
            .map(ServerSideEncryption::from),
        ..Default::default()
    };
    fill_checksums!(output, object.checksums);
    Ok(S3Response::new(output))
}

/// An object that is made of one written body.
pub(super) fn object_of(state: &State, written: Written, description: Description) -> StoredObject {
    StoredObject {
        size: written.size,
        etag: hex(&written.md5),
        modified_millis: state.now_millis(),
        description,
        checksums: written.checksums,
        segments: written.segments,
        parts: Vec::new(),
    }
}

/// Whoever may not list a bucket is not told whether a key exists.
pub(super) fn find_object<T>(
    state: &State,
    request: &S3Request<T>,
    bucket: &str,
    key: &str,
) -> S3Result<StoredObject> {
    if let Some(object) = state.store.object(bucket, key).map_err(internal)? {
        return Ok(object);
    }
    authorise(
        state,
        caller(request)?,
        "s3:ListBucket",
        &bucket_arn(bucket),
    )?;
    Err(no_such_key())
}

/// Conditions of a read (RFC 9110, section 13.2.2).
pub(super) struct ReadConditions<'a> {
    pub(super) if_match: Option<&'a ETagCondition>,
    pub(super) if_none_match: Option<&'a ETagCondition>,
    pub(super) if_modified_since: Option<&'a Timestamp>,
    pub(super) if_unmodified_since: Option<&'a Timestamp>,
}

impl ReadConditions<'_> {
    /// Fails with PreconditionFailed or NotModified.
    pub(super) fn check(&self, object: &StoredObject) -> S3Result<()> {
        let seconds = |time: &Timestamp| to_millis(time.clone().into()) / 1000;
        let modified = object.modified_millis / 1000;
        match (self.if_match, self.if_unmodified_since) {
            (Some(condition), _) if !names(condition, object) => return Err(precondition_failed()),
            (None, Some(time)) if modified > seconds(time) => return Err(precondition_failed()),
            _ => {}
        }
        let unchanged = match (self.if_none_match, self.if_modified_since) {
            (Some(condition), _) => names(condition, object),
            (None, Some(time)) => modified <= seconds(time),
            (None, None) => false,
        };
        if unchanged {
            return Err(s3_error!(NotModified, "Not Modified"));
        }
        Ok(())
    }
}

/// The bytes asked for, by range or by part number; nothing when it is the whole object.
fn chosen_bytes(
    object: &StoredObject,
    range: Option<Range>,
    part_number: Option<i32>,
) -> S3Result<Option<Bytes<u64>>> {
    match (range, part_number) {
        (Some(_), Some(_)) => Err(s3_error!(
            InvalidRequest,
            "Cannot specify both Range header and partNumber query parameter"
        )),
        (Some(range), None) => match range.check(object.size) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(_) => Err(s3_error!(
                InvalidRange,
                "The requested range is not satisfiable"
            )),
        },
        (None, Some(1)) if object.parts.is_empty() => {
            Ok((object.size > 0).then_some(0..object.size))
        }
        (None, Some(number)) => {
            let mut begin = 0;
            for part in &object.parts {
                let end = begin + part.size;
                if i64::from(part.number) == i64::from(number) {
                    return Ok(Some(begin..end));
                }
                begin = end;
            }
            Err(super::error_with_status(
                "InvalidPartNumber",
                416,
                "The requested partnumber is not satisfiable".to_owned(),
            ))
        }
        (None, None) => Ok(None),
    }
}

/// Fills what GetObject and HeadObject both answer.
macro_rules! fill_description {
    ($output:expr, $object:expr, $bytes:expr, $with_checksums:expr) => {{
        let object = &$object;
        let description = &object.description;
        let bytes = $bytes.clone().unwrap_or(0..object.size);
        $output.accept_ranges = Some("bytes".to_owned());
        $output.content_length = Some((bytes.end - bytes.start) as i64);
        $output.content_range = $bytes
            .as_ref()
            .map(|bytes| format!("bytes {}-{}/{}", bytes.start, bytes.end - 1, object.size));
        $output.e_tag = Some(etag(&object.etag));
        $output.last_modified = Some(timestamp(object.modified_millis));
        $output.content_type = Some(
            description
                .content_type
                .clone()
                .unwrap_or_else(|| "binary/octet-stream".to_owned()),
        );
        $output.cache_control = description.cache_control.clone();
        $output.content_disposition = description.content_disposition.clone();
        $output.content_encoding = description.content_encoding.clone();
        $output.content_language = description.content_language.clone();
        $output.expires = description.expires_millis.map(timestamp);
        $output.metadata = (!description.metadata.is_empty()).then(|| {
            description
                .metadata
                .clone()
                .into_iter()
                .collect::<HashMap<_, _>>()
        });
        $output.storage_class = description.storage_class.clone().map(StorageClass::from);
        $output.server_side_encryption = description
            .encryption
            .clone()
            .map(ServerSideEncryption::from);
        // A checksum is of the whole object, so a part of it is answered without.
        if $with_checksums
            && $bytes
                .as_ref()
                .is_none_or(|bytes| *bytes == (0..object.size))
        {
            fill_checksums!($output, object.checksums);
            $output.checksum_type = checksum_type(&object.checksums);
        }
    }};
}

fn wants_checksums(mode: Option<&ChecksumMode>) -> bool {
    mode.is_some_and(|mode| mode.as_str() == ChecksumMode::ENABLED)
}

fn parts_count(object: &StoredObject, part_number: Option<i32>) -> Option<i32> {
    part_number.filter(|_| !object.parts.is_empty())?;
    i32::try_from(object.parts.len()).ok()
}

pub(super) async fn get(
    state: &Arc<State>,
    request: S3Request<GetObjectInput>,
) -> S3Result<S3Response<GetObjectOutput>> {
    let input = &request.input;
    let object = find_object(state, &request, &input.bucket, &input.key)?;
    ReadConditions {
        if_match: input.if_match.as_ref(),
        if_none_match: input.if_none_match.as_ref(),
        if_modified_since: input.if_modified_since.as_ref(),
        if_unmodified_since: input.if_unmodified_since.as_ref(),
    }
    .check(&object)?;
    let bytes = chosen_bytes(&object, input.range, input.part_number)?;
    let mut output = GetObjectOutput {
        parts_count: parts_count(&object, input.part_number),
        ..Default::default()
    };
    fill_description!(
        output,
        object,
        bytes,
        wants_checksums(input.checksum_mode.as_ref())
    );
    let range = bytes.clone().unwrap_or(0..object.size);
    output.body = Some(StreamingBlob::wrap(read_body(
        state,
        &object.segments,
        range,
    )));
    Ok(S3Response::new(output))
}

pub(super) async fn head(
    state: &Arc<State>,
    request: S3Request<HeadObjectInput>,
) -> S3Result<S3Response<HeadObjectOutput>> {
    let input = &request.input;
    let object = find_object(state, &request, &input.bucket, &input.key)?;
    ReadConditions {
        if_match: input.if_match.as_ref(),
        if_none_match: input.if_none_match.as_ref(),
        if_modified_since: input.if_modified_since.as_ref(),
        if_unmodified_since: input.if_unmodified_since.as_ref(),
    }
    .check(&object)?;
    let bytes = chosen_bytes(&object, input.range, input.part_number)?;
    let mut output = HeadObjectOutput {
        parts_count: parts_count(&object, input.part_number),
        ..Default::default()
    };
    fill_description!(
        output,
        object,
        bytes,
        wants_checksums(input.checksum_mode.as_ref())
    );
    Ok(S3Response::new(output))
}

pub(super) async fn delete(
    state: &Arc<State>,
    request: S3Request<DeleteObjectInput>,
) -> S3Result<S3Response<DeleteObjectOutput>> {
    let input = request.input;
    state
        .store
        .change(Durable::Soon, |tables| -> Result<(), Failure> {
            if input.if_match.is_some() {
                check_write(
                    tables,
                    &input.bucket,
                    &input.key,
                    input.if_match.as_ref(),
                    None,
                )?;
            }
            Ok(tables.remove_object(&input.bucket, &input.key)?)
        })?;
    Ok(S3Response::new(DeleteObjectOutput::default()))
}

pub(super) async fn delete_many(
    state: &Arc<State>,
    request: S3Request<DeleteObjectsInput>,
) -> S3Result<S3Response<DeleteObjectsOutput>> {
    let caller = caller(&request)?.clone();
    let input = request.input;
    let objects = input.delete.objects;
    if objects.is_empty() || objects.len() > 1000 {
        return Err(s3_error!(
            MalformedXML,
            "The XML you provided was not well-formed or did not validate against our published schema"
        ));
    }
    let mut errors = Vec::new();
    let mut deleted = Vec::new();
    state
        .store
        .change(Durable::Soon, |tables| -> Result<(), Failure> {
            for object in objects {
                let resource = object_arn(&input.bucket, &object.key);
                let allowed = authorise(state, &caller, "s3:DeleteObject", &resource);
                let condition = object.e_tag.map(ETagCondition::ETag);
                let outcome = match allowed {
                    Ok(()) if condition.is_some() => {
                        check_write(tables, &input.bucket, &object.key, condition.as_ref(), None)
                            .map_err(S3Error::from)
                    }
                    outcome => outcome,
                };
                match outcome {
                    Ok(()) => {
                        tables.remove_object(&input.bucket, &object.key)?;
                        deleted.push(DeletedObject {
                            key: Some(object.key),
                            ..Default::default()
                        });
                    }
                    Err(refusal) => errors.push(s3s::dto::Error {
                        code: Some(refusal.code().as_str().to_owned()),
                        message: refusal.message().map(str::to_owned),
                        key: Some(object.key),
                        version_id: None,
                    }),
                }
            }
            Ok(())
        })?;
    let quiet = input.delete.quiet.unwrap_or(false);
    Ok(S3Response::new(DeleteObjectsOutput {
        deleted: (!quiet).then_some(deleted),
        errors: (!errors.is_empty()).then_some(errors),
        ..Default::default()
    }))
}
