//! ListParts and ListMultipartUploads.

use std::sync::Arc;

use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::checksums::fill_checksums;
use super::multipart::find_upload;
use super::{etag, find_bucket, internal, owner, timestamp};
use crate::state::State;
use crate::store::Upload;

fn initiator(upload: &Upload) -> Initiator {
    Initiator {
        display_name: Some(upload.initiator_name.clone()),
        id: Some(upload.initiator_arn.clone()),
    }
}

fn upload_class(upload: &Upload) -> StorageClass {
    upload.description.storage_class.clone().map_or(
        StorageClass::from_static(StorageClass::STANDARD),
        StorageClass::from,
    )
}

fn upload_checksum(upload: &Upload) -> (Option<ChecksumAlgorithm>, Option<ChecksumType>) {
    let algorithm = upload
        .checksum_algorithm
        .clone()
        .map(ChecksumAlgorithm::from);
    let kind = if upload.checksum_composite {
        ChecksumType::COMPOSITE
    } else {
        ChecksumType::FULL_OBJECT
    };
    let kind = algorithm.as_ref().map(|_| ChecksumType::from_static(kind));
    (algorithm, kind)
}

pub(super) async fn list_parts(
    state: &Arc<State>,
    request: S3Request<ListPartsInput>,
) -> S3Result<S3Response<ListPartsOutput>> {
    let input = request.input;
    let upload = find_upload(state, &input.bucket, &input.key, &input.upload_id)?;
    let max = input.max_parts.unwrap_or(1000).clamp(0, 1000);
    let after = input.part_number_marker.unwrap_or(0);
    let stored = state.store.parts(&input.upload_id).map_err(internal)?;
    let mut rest = stored
        .into_iter()
        .filter(|(number, _)| i64::from(*number) > i64::from(after))
        .peekable();
    let parts: Vec<Part> = rest
        .by_ref()
        .take(max as usize)
        .map(|(number, mut part)| {
            part.checksums
                .values
                .retain(|algorithm, _| Some(algorithm) == upload.checksum_algorithm.as_ref());
            let mut listed = Part {
                e_tag: Some(etag(&part.etag)),
                last_modified: Some(timestamp(part.modified_millis)),
                part_number: i32::try_from(number).ok(),
                size: i64::try_from(part.size).ok(),
                ..Default::default()
            };
            fill_checksums!(listed, part.checksums);
            listed
        })
        .collect();
    let truncated = rest.peek().is_some();
    let (checksum_algorithm, checksum_type) = upload_checksum(&upload);
    Ok(S3Response::new(ListPartsOutput {
        bucket: Some(input.bucket),
        key: Some(input.key),
        upload_id: Some(input.upload_id),
        checksum_algorithm,
        checksum_type,
        initiator: Some(initiator(&upload)),
        owner: Some(owner(state)),
        storage_class: Some(upload_class(&upload)),
        is_truncated: Some(truncated),
        max_parts: Some(max),
        part_number_marker: Some(after),
        next_part_number_marker: parts.last().and_then(|part| part.part_number),
        parts: Some(parts),
        ..Default::default()
    }))
}

pub(super) async fn list_uploads(
    state: &Arc<State>,
    request: S3Request<ListMultipartUploadsInput>,
) -> S3Result<S3Response<ListMultipartUploadsOutput>> {
    let input = request.input;
    find_bucket(state, &input.bucket)?;
    if input
        .delimiter
        .as_ref()
        .is_some_and(|text| !text.is_empty())
    {
        return Err(s3_error!(
            NotImplemented,
            "The practice account does not implement ListMultipartUploads with a delimiter."
        ));
    }
    let url = input
        .encoding_type
        .as_ref()
        .is_some_and(|encoding| encoding.as_str() == EncodingType::URL);
    let encoded = |text: &str| super::listing::encode_if(text, url);
    let max = input.max_uploads.unwrap_or(1000).clamp(1, 1000);
    let prefix = input.prefix.clone().unwrap_or_default();
    let key_marker = input.key_marker.clone().unwrap_or_default();
    let id_marker = input.upload_id_marker.clone().unwrap_or_default();
    let uploads = state.store.uploads(&input.bucket).map_err(internal)?;
    // Uploads of one key come in the order of their start, so the marker's own place counts, not how its id sorts.
    let marker_at = uploads
        .iter()
        .position(|(key, id, _)| *key == key_marker && *id == id_marker);
    let mut rest = uploads
        .into_iter()
        .enumerate()
        .filter(|(at, (key, _, _))| {
            let is_after = match marker_at {
                Some(marker) => *at > marker,
                None => key_marker.is_empty() || key.as_bytes() > key_marker.as_bytes(),
            };
            is_after && key.starts_with(&prefix)
        })
        .map(|(_, upload)| upload)
        .peekable();
    let mut last = None;
    let uploads: Vec<MultipartUpload> = rest
        .by_ref()
        .take(max as usize)
        .map(|(key, id, upload)| {
            last = Some((key.clone(), id.clone()));
            let (checksum_algorithm, checksum_type) = upload_checksum(&upload);
            MultipartUpload {
                checksum_algorithm,
                checksum_type,
                initiated: Some(timestamp(upload.initiated_millis)),
                initiator: Some(initiator(&upload)),
                key: Some(encoded(&key)),
                owner: Some(owner(state)),
                storage_class: Some(upload_class(&upload)),
                upload_id: Some(id),
            }
        })
        .collect();
    let truncated = rest.peek().is_some();
    let (next_key, next_id) = last.filter(|_| truncated).unzip();
    Ok(S3Response::new(ListMultipartUploadsOutput {
        bucket: Some(input.bucket),
        encoding_type: input.encoding_type.clone(),
        is_truncated: Some(truncated),
        key_marker: Some(encoded(&key_marker)),
        upload_id_marker: Some(id_marker),
        next_key_marker: next_key.as_deref().map(encoded),
        next_upload_id_marker: next_id,
        max_uploads: Some(max),
        prefix: input.prefix.as_deref().map(encoded),
        uploads: Some(uploads),
        ..Default::default()
    }))
}
