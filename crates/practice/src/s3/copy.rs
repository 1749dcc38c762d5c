//! Copies within the account: whole objects, and ranges of them into parts.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::TryStreamExt;
use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::access::{authorise, object_arn};
use super::checksums::{ALGORITHMS, DEFAULT_ALGORITHM, checksum_type, fill_checksums};
use super::multipart::{check_part_number, find_upload, store_part};
use super::objects::{
    LARGEST_PUT, ReadConditions, check_description, check_write, description_of, find_object,
    object_of,
};
use super::streams::{read_body, write_body};
use super::{Failure, caller, etag, find_bucket, internal, timestamp};
use crate::state::State;
use crate::store::{Durable, Object as StoredObject, StoreError};

/// The source of a copy, which the caller must be allowed to read.
fn find_source<T>(
    state: &State,
    request: &S3Request<T>,
    source: &CopySource,
) -> S3Result<(String, String, StoredObject)> {
    let CopySource::Bucket {
        bucket,
        key,
        version_id: None,
    } = source
    else {
        return Err(s3_error!(
            NotImplemented,
            "The practice account copies from buckets only, and has no versions."
        ));
    };
    find_bucket(state, bucket)?;
    authorise(
        state,
        caller(request)?,
        "s3:GetObject",
        &object_arn(bucket, key),
    )?;
    let object = find_object(state, request, bucket, key)?;
    Ok((bucket.to_string(), key.to_string(), object))
}

macro_rules! source_conditions {
    ($input:expr) => {
        ReadConditions {
            if_match: $input.copy_source_if_match.as_ref(),
            if_none_match: $input.copy_source_if_none_match.as_ref(),
            if_modified_since: $input.copy_source_if_modified_since.as_ref(),
            if_unmodified_since: $input.copy_source_if_unmodified_since.as_ref(),
        }
    };
}

/// A failed condition on a copy's source is always PreconditionFailed.
fn check_source(conditions: &ReadConditions<'_>, source: &StoredObject) -> S3Result<()> {
    conditions.check(source).map_err(|_| {
        s3_error!(
            PreconditionFailed,
            "At least one of the pre-conditions you specified did not hold"
        )
    })
}

pub(super) async fn copy_object(
    state: &Arc<State>,
    request: S3Request<CopyObjectInput>,
) -> S3Result<S3Response<CopyObjectOutput>> {
    let (source_bucket, source_key, source) =
        find_source(state, &request, &request.input.copy_source)?;
    let if_none_match = request
        .headers
        .get("if-none-match")
        .and_then(|value| ETagCondition::parse_http_header(value.as_bytes()).ok());
    let if_match = request
        .headers
        .get("if-match")
        .and_then(|value| ETagCondition::parse_http_header(value.as_bytes()).ok());
    let mut input = request.input;
    check_source(&source_conditions!(input), &source)?;
    if source.size > LARGEST_PUT {
        return Err(s3_error!(
            InvalidRequest,
            "The specified copy source is larger than the maximum allowable size for a copy source: 5368709120"
        ));
    }
    let replaces = input
        .metadata_directive
        .as_ref()
        .is_some_and(|directive| directive.as_str() == MetadataDirective::REPLACE);
    let wished_class = input.storage_class.is_some();
    let wished_encryption = input.server_side_encryption.is_some();
    if source_bucket == input.bucket
        && source_key == input.key
        && !replaces
        && !wished_class
        && !wished_encryption
    {
        return Err(s3_error!(
            InvalidRequest,
            "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes."
        ));
    }
    let bucket = find_bucket(state, &input.bucket)?;
    let wished = description_of!(input);
    let mut description = if replaces {
        wished.clone()
    } else {
        source.description.clone()
    };
    // Neither is copied from the source.
    description.storage_class = wished.storage_class;
    description.encryption = wished.encryption.or(Some(bucket.encryption.algorithm));
    check_description(&description)?;
    let algorithm = input
        .checksum_algorithm
        .as_ref()
        .and_then(|wish| ALGORITHMS.into_iter().find(|known| *known == wish.as_str()));
    let copy = copy_bytes(state, &source, description, algorithm).await?;
    let stored = state
        .store
        .change(Durable::Soon, |tables| -> Result<(), Failure> {
            check_write(
                tables,
                &input.bucket,
                &input.key,
                if_match.as_ref(),
                if_none_match.as_ref(),
            )?;
            Ok(tables.put_object(&input.bucket, &input.key, &copy)?)
        });
    if let Err(failure) = stored {
        state.store.discard_segments(&copy.segments);
        return Err(failure.into());
    }
    let mut result = CopyObjectResult {
        checksum_type: checksum_type(&copy.checksums),
        e_tag: Some(etag(&copy.etag)),
        last_modified: Some(timestamp(copy.modified_millis)),
        ..Default::default()
    };
    fill_checksums!(result, copy.checksums);
    Ok(S3Response::new(CopyObjectOutput {
        copy_object_result: Some(result),
        server_side_encryption: copy
            .description
            .encryption
            .clone()
            .map(ServerSideEncryption::from),
        ..Default::default()
    }))
}

/// A copy of an object that was put at once shares its body; any other is written anew as one body.
async fn copy_bytes(
    state: &Arc<State>,
    source: &StoredObject,
    description: crate::store::Description,
    algorithm: Option<&'static str>,
) -> S3Result<StoredObject> {
    let has_checksum = algorithm.is_none_or(|name| source.checksums.values.contains_key(name));
    if source.parts.is_empty() && has_checksum {
        let segments = state
            .store
            .link_bodies(&source.segments)
            .map_err(|error| internal(StoreError::Body(error)))?;
        let mut copy = StoredObject {
            description,
            segments,
            modified_millis: state.now_millis(),
            ..source.clone()
        };
        if let Some(name) = algorithm {
            copy.checksums.values.retain(|known, _| known == name);
        }
        return Ok(copy);
    }
    let kept = source
        .checksums
        .values
        .keys()
        .find_map(|stored| ALGORITHMS.into_iter().find(|known| known == stored));
    let algorithm = algorithm.or(kept).unwrap_or(DEFAULT_ALGORITHM);
    let chunks = read_body(state, &source.segments, 0..source.size)
        .map_err(|error| internal(StoreError::Body(error)));
    let written = write_body(state, chunks, &[algorithm], |_, _, _| Ok(())).await?;
    Ok(object_of(state, written, description))
}

/// `bytes=first-last`, both there, within the source.
fn copied_range(text: &str, size: u64) -> S3Result<std::ops::Range<u64>> {
    let invalid = || {
        s3_error!(
            InvalidArgument,
            "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy"
        )
    };
    let (first, last) = text
        .strip_prefix("bytes=")
        .and_then(|range| range.split_once('-'))
        .ok_or_else(invalid)?;
    let first: u64 = first.parse().map_err(|_| invalid())?;
    let last: u64 = last.parse().map_err(|_| invalid())?;
    if first > last {
        return Err(invalid());
    }
    if last >= size {
        return Err(s3_error!(
            InvalidArgument,
            "Range specified is not valid for source object of size: {size}"
        ));
    }
    Ok(first..last + 1)
}

pub(super) async fn upload_part_copy(
    state: &Arc<State>,
    request: S3Request<UploadPartCopyInput>,
) -> S3Result<S3Response<UploadPartCopyOutput>> {
    let (_, _, source) = find_source(state, &request, &request.input.copy_source)?;
    let input = request.input;
    check_source(&source_conditions!(input), &source)?;
    let number = check_part_number(input.part_number)?;
    let upload = find_upload(state, &input.bucket, &input.key, &input.upload_id)?;
    let range = match &input.copy_source_range {
        Some(text) => copied_range(text, source.size)?,
        None => 0..source.size,
    };
    if range.end - range.start > LARGEST_PUT {
        return Err(s3_error!(
            EntityTooLarge,
            "Your proposed upload exceeds the maximum allowed size"
        ));
    }
    let algorithm = upload
        .checksum_algorithm
        .as_deref()
        .unwrap_or(DEFAULT_ALGORITHM);
    let chunks = read_body(state, &source.segments, range)
        .map_err(|error| internal(StoreError::Body(error)));
    let written = write_body(state, chunks, &[algorithm], |_, _, _| Ok(())).await?;
    let part = store_part(
        state,
        &input.bucket,
        &input.key,
        &input.upload_id,
        number,
        written,
    )?;
    let mut result = CopyPartResult {
        e_tag: Some(etag(&part.etag)),
        last_modified: Some(timestamp(part.modified_millis)),
        ..Default::default()
    };
    // The checksum that S3 computes unasked is not told for parts.
    let told = if upload.checksum_algorithm.is_some() {
        part.checksums
    } else {
        crate::store::Checksums {
            values: BTreeMap::new(),
            composite: false,
        }
    };
    fill_checksums!(result, told);
    Ok(S3Response::new(UploadPartCopyOutput {
        copy_part_result: Some(result),
        ..Default::default()
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_copies_need_both_ends_within_the_source() {
        for (text, expected) in [
            ("bytes=0-9", Some(0..10)),
            ("bytes=3-3", Some(3..4)),
            ("bytes=0-10", None),
            ("bytes=5-4", None),
            ("bytes=5-", None),
            ("bytes=-5", None),
            ("0-9", None),
        ] {
            assert_eq!(copied_range(text, 10).ok(), expected, "{text}");
        }
    }
}
