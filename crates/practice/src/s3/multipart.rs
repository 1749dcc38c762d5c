//! Multipart uploads. A completed object points to its parts' bodies; nothing is copied.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use s3s::dto::*;
use s3s::{S3Error, S3Request, S3Response, S3Result, s3_error};

use super::checksums::{
    ALGORITHMS, Announced, DEFAULT_ALGORITHM, checksum_type, combined, composite, fill_checksums,
};
use super::objects::{LARGEST_PUT, check_description, check_write, description_of, hex};
use super::streams::{Written, write_upload};
use super::{Failure, caller, etag, find_bucket, internal};
use crate::random;
use crate::state::State;
use crate::store::{
    Checksums, Durable, Object as StoredObject, Part as StoredPart, PartSummary, Upload,
};

/// Every part but the last has at least 5 MiB.
const SMALLEST_PART: u64 = 5 * 1024 * 1024;

fn no_such_upload() -> S3Error {
    s3_error!(
        NoSuchUpload,
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed."
    )
}

pub(super) fn find_upload(state: &State, bucket: &str, key: &str, id: &str) -> S3Result<Upload> {
    state
        .store
        .upload(bucket, key, id)
        .map_err(internal)?
        .ok_or_else(no_such_upload)
}

pub(super) fn check_part_number(number: i32) -> S3Result<u32> {
    u32::try_from(number)
        .ok()
        .filter(|number| (1..=10_000).contains(number))
        .ok_or_else(|| {
            s3_error!(
                InvalidArgument,
                "Part number must be an integer between 1 and 10000, inclusive"
            )
        })
}

/// The algorithm and whether the checksum is one of checksums, from what a new upload asks for.
fn checksum_plan(
    algorithm: Option<&str>,
    kind: Option<&str>,
) -> S3Result<(Option<&'static str>, bool)> {
    let Some(wish) = algorithm else {
        if kind.is_some() {
            return Err(s3_error!(
                InvalidRequest,
                "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header."
            ));
        }
        return Ok((None, false));
    };
    let known = ALGORITHMS
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(wish))
        .ok_or_else(|| {
            s3_error!(
                InvalidRequest,
                "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]"
            )
        })?;
    let is_composite = match (known, kind) {
        ("CRC64NVME", None | Some(ChecksumType::FULL_OBJECT)) => false,
        ("CRC32" | "CRC32C", Some(ChecksumType::FULL_OBJECT)) => false,
        ("CRC32" | "CRC32C" | "SHA1" | "SHA256", None | Some(ChecksumType::COMPOSITE)) => true,
        (_, kind) => {
            return Err(s3_error!(
                InvalidRequest,
                "The {} checksum type cannot be used with the {} checksum algorithm.",
                kind.unwrap_or_default(),
                known.to_ascii_lowercase()
            ));
        }
    };
    Ok((Some(known), is_composite))
}

pub(super) async fn create(
    state: &Arc<State>,
    request: S3Request<CreateMultipartUploadInput>,
) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
    let caller = caller(&request)?.clone();
    let mut input = request.input;
    let bucket = find_bucket(state, &input.bucket)?;
    let mut description = description_of!(input);
    check_description(&description)?;
    description
        .encryption
        .get_or_insert(bucket.encryption.algorithm);
    let (algorithm, is_composite) = checksum_plan(
        input
            .checksum_algorithm
            .as_ref()
            .map(ChecksumAlgorithm::as_str),
        input.checksum_type.as_ref().map(ChecksumType::as_str),
    )?;
    let upload = Upload {
        initiated_millis: state.now_millis(),
        initiator_arn: caller.arn,
        initiator_name: caller.user_name,
        description,
        checksum_algorithm: algorithm.map(str::to_owned),
        checksum_composite: is_composite,
    };
    let id = random::base32(64);
    state
        .store
        .change(Durable::Soon, |tables| -> Result<(), Failure> {
            Ok(tables.put_upload(&input.bucket, &input.key, &id, &upload)?)
        })?;
    Ok(S3Response::new(CreateMultipartUploadOutput {
        bucket: Some(input.bucket),
        key: Some(input.key),
        upload_id: Some(id),
        checksum_algorithm: algorithm.map(ChecksumAlgorithm::from_static),
        checksum_type: algorithm.map(|_| {
            ChecksumType::from_static(if is_composite {
                ChecksumType::COMPOSITE
            } else {
                ChecksumType::FULL_OBJECT
            })
        }),
        server_side_encryption: upload
            .description
            .encryption
            .map(ServerSideEncryption::from),
        ..Default::default()
    }))
}

pub(super) async fn upload_part(
    state: &Arc<State>,
    request: S3Request<UploadPartInput>,
) -> S3Result<S3Response<UploadPartOutput>> {
    let S3Request {
        mut input,
        headers,
        trailing_headers,
        ..
    } = request;
    let announced = Announced::read(&headers)?;
    let number = check_part_number(input.part_number)?;
    let upload = find_upload(state, &input.bucket, &input.key, &input.upload_id)?;
    if input
        .content_length
        .is_some_and(|length| length.unsigned_abs() > LARGEST_PUT)
    {
        return Err(s3_error!(
            EntityTooLarge,
            "Your proposed upload exceeds the maximum allowed size"
        ));
    }
    let planned = upload.checksum_algorithm.as_deref();
    if let (Some(planned), Some(sent)) = (planned, announced.algorithm())
        && planned != sent
    {
        return Err(s3_error!(
            InvalidRequest,
            "Checksum Type mismatch occurred, expected checksum Type: {}, actual checksum Type: {}",
            planned.to_ascii_lowercase(),
            sent.to_ascii_lowercase()
        ));
    }
    let mut algorithms = vec![planned.unwrap_or(DEFAULT_ALGORITHM)];
    algorithms.extend(announced.algorithm().filter(|sent| *sent != algorithms[0]));
    let written = write_upload(
        state,
        input.body.take(),
        &headers,
        trailing_headers.as_ref(),
        &announced,
        &algorithms,
    )
    .await?;
    let part = store_part(
        state,
        &input.bucket,
        &input.key,
        &input.upload_id,
        number,
        written,
    )?;
    let mut told = part.checksums;
    let asked = announced.algorithm().or(planned);
    told.values
        .retain(|algorithm, _| Some(algorithm.as_str()) == asked);
    let mut output = UploadPartOutput {
        e_tag: Some(etag(&part.etag)),
        server_side_encryption: upload
            .description
            .encryption
            .map(ServerSideEncryption::from),
        ..Default::default()
    };
    fill_checksums!(output, told);
    Ok(S3Response::new(output))
}

/// Puts a written body into its upload, which may have ended meanwhile.
pub(super) fn store_part(
    state: &State,
    bucket: &str,
    key: &str,
    upload_id: &str,
    number: u32,
    written: Written,
) -> S3Result<StoredPart> {
    let part = StoredPart {
        size: written.size,
        etag: hex(&written.md5),
        modified_millis: state.now_millis(),
        checksums: written.checksums,
        segments: written.segments,
    };
    let stored = state
        .store
        .change(Durable::Soon, |tables| -> Result<(), Failure> {
            if tables.upload(bucket, key, upload_id)?.is_none() {
                return Err(no_such_upload().into());
            }
            Ok(tables.put_part(upload_id, number, &part)?)
        });
    match stored {
        Ok(()) => Ok(part),
        Err(failure) => {
            state.store.discard_segments(&part.segments);
            Err(failure.into())
        }
    }
}

fn invalid_part() -> S3Error {
    s3_error!(
        InvalidPart,
        "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag."
    )
}

fn sent_checksum<'a>(part: &'a CompletedPart, algorithm: &str) -> Option<&'a String> {
    match algorithm {
        "CRC32" => part.checksum_crc32.as_ref(),
        "CRC32C" => part.checksum_crc32c.as_ref(),
        "CRC64NVME" => part.checksum_crc64nvme.as_ref(),
        "SHA1" => part.checksum_sha1.as_ref(),
        _ => part.checksum_sha256.as_ref(),
    }
}

/// The stored parts that a completion names, in its order.
fn chosen_parts(
    upload: &Upload,
    stored: &BTreeMap<u32, StoredPart>,
    named: &[CompletedPart],
) -> S3Result<Vec<(u32, StoredPart)>> {
    let mut chosen: Vec<(u32, StoredPart)> = Vec::with_capacity(named.len());
    for part in named {
        let number = check_part_number(part.part_number.unwrap_or_default())?;
        if chosen.last().is_some_and(|(before, _)| *before >= number) {
            return Err(s3_error!(
                InvalidPartOrder,
                "The list of parts was not in ascending order. Parts must be ordered by part number."
            ));
        }
        let found = stored.get(&number).ok_or_else(invalid_part)?;
        if part.e_tag.as_ref().map(ETag::value) != Some(found.etag.as_str()) {
            return Err(invalid_part());
        }
        for algorithm in ALGORITHMS {
            match sent_checksum(part, algorithm) {
                Some(sent) if found.checksums.values.get(algorithm) != Some(sent) => {
                    return Err(invalid_part());
                }
                None if upload.checksum_composite
                    && upload.checksum_algorithm.as_deref() == Some(algorithm) =>
                {
                    return Err(s3_error!(
                        InvalidRequest,
                        "The upload was created using a {} checksum. The complete request must include the checksum for each part. It was missing for part {number} in the request.",
                        algorithm.to_ascii_lowercase()
                    ));
                }
                _ => {}
            }
        }
        chosen.push((number, found.clone()));
    }
    let all_but_last = chosen.len().saturating_sub(1);
    if chosen[..all_but_last]
        .iter()
        .any(|(_, part)| part.size < SMALLEST_PART)
    {
        return Err(s3_error!(
            EntityTooSmall,
            "Your proposed upload is smaller than the minimum allowed size"
        ));
    }
    Ok(chosen)
}

/// The finished object's checksums.
fn whole_checksums(upload: &Upload, parts: &[(u32, StoredPart)]) -> Checksums {
    let algorithm = upload
        .checksum_algorithm
        .as_deref()
        .unwrap_or(DEFAULT_ALGORITHM);
    let value = if upload.checksum_composite {
        let checksums: Vec<&Checksums> = parts.iter().map(|(_, part)| &part.checksums).collect();
        composite(algorithm, &checksums)
    } else {
        let sized: Vec<(&Checksums, u64)> = parts
            .iter()
            .map(|(_, part)| (&part.checksums, part.size))
            .collect();
        combined(algorithm, &sized)
    };
    Checksums {
        values: value
            .into_iter()
            .map(|value| (algorithm.to_owned(), value))
            .collect(),
        composite: upload.checksum_composite,
    }
}

fn finished_object(state: &State, upload: Upload, parts: Vec<(u32, StoredPart)>) -> StoredObject {
    let checksums = whole_checksums(&upload, &parts);
    let mut digests = super::checksums::Hashing::new(&[]);
    for (_, part) in &parts {
        digests.update(&unhex(&part.etag));
    }
    let (md5, _) = digests.finish();
    StoredObject {
        size: parts.iter().map(|(_, part)| part.size).sum(),
        etag: format!("{}-{}", hex(&md5), parts.len()),
        modified_millis: state.now_millis(),
        description: upload.description,
        checksums,
        parts: parts
            .iter()
            .map(|(number, part)| PartSummary {
                number: *number,
                size: part.size,
                checksums: part.checksums.clone(),
            })
            .collect(),
        segments: parts
            .into_iter()
            .flat_map(|(_, part)| part.segments)
            .collect(),
    }
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len() / 2)
        .filter_map(|at| u8::from_str_radix(text.get(at * 2..at * 2 + 2)?, 16).ok())
        .collect()
}

/// Compares what a completion says about the whole object with what it is.
fn check_whole(
    input: &CompleteMultipartUploadInput,
    headers: &hyper::HeaderMap,
    object: &StoredObject,
) -> S3Result<()> {
    if input
        .mpu_object_size
        .is_some_and(|size| u64::try_from(size).ok() != Some(object.size))
    {
        return Err(s3_error!(
            InvalidRequest,
            "The provided 'x-amz-mp-object-size' header does not match what was computed."
        ));
    }
    for algorithm in ALGORITHMS {
        let name = format!("x-amz-checksum-{}", algorithm.to_ascii_lowercase());
        let Some(sent) = headers.get(&name).and_then(|value| value.to_str().ok()) else {
            continue;
        };
        if BASE64
            .decode(sent.split('-').next().unwrap_or_default())
            .is_err()
        {
            return Err(s3_error!(
                InvalidRequest,
                "Value for {name} header is invalid."
            ));
        }
        if object.checksums.values.get(algorithm).map(String::as_str) != Some(sent) {
            return Err(s3_error!(
                BadDigest,
                "The {algorithm} you specified did not match the calculated checksum."
            ));
        }
    }
    Ok(())
}

pub(super) async fn complete(
    state: &Arc<State>,
    request: S3Request<CompleteMultipartUploadInput>,
) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
    let headers = request.headers;
    let input = request.input;
    let named = input
        .multipart_upload
        .as_ref()
        .and_then(|upload| upload.parts.clone())
        .filter(|parts| !parts.is_empty())
        .ok_or_else(|| {
            s3_error!(
                MalformedXML,
                "The XML you provided was not well-formed or did not validate against our published schema"
            )
        })?;
    let (bucket, key, id) = (&input.bucket, &input.key, &input.upload_id);
    let object = state
        .store
        .change(Durable::Soon, |tables| -> Result<StoredObject, Failure> {
            let upload = tables.upload(bucket, key, id)?.ok_or_else(no_such_upload)?;
            let parts = chosen_parts(&upload, &tables.part_records(id)?, &named)?;
            check_write(
                tables,
                bucket,
                key,
                input.if_match.as_ref(),
                input.if_none_match.as_ref(),
            )?;
            let object = finished_object(state, upload, parts);
            check_whole(&input, &headers, &object)?;
            let kept: HashSet<String> = object
                .segments
                .iter()
                .map(|segment| segment.body.clone())
                .collect();
            tables.remove_upload(bucket, key, id, &kept)?;
            tables.put_object(bucket, key, &object)?;
            Ok(object)
        })?;
    let host = headers
        .get("host")
        .and_then(|host| host.to_str().ok())
        .unwrap_or("127.0.0.1");
    let mut output = CompleteMultipartUploadOutput {
        checksum_type: checksum_type(&object.checksums),
        e_tag: Some(etag(&object.etag)),
        location: Some(format!("http://{host}/{bucket}/{key}")),
        server_side_encryption: object
            .description
            .encryption
            .map(ServerSideEncryption::from),
        ..Default::default()
    };
    fill_checksums!(output, object.checksums);
    output.bucket = Some(input.bucket);
    output.key = Some(input.key);
    Ok(S3Response::new(output))
}

pub(super) async fn abort(
    state: &Arc<State>,
    request: S3Request<AbortMultipartUploadInput>,
) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
    let input = request.input;
    let (bucket, key, id) = (&input.bucket, &input.key, &input.upload_id);
    state
        .store
        .change(Durable::Soon, |tables| -> Result<(), Failure> {
            if tables.upload(bucket, key, id)?.is_none() {
                return Err(no_such_upload().into());
            }
            Ok(tables.remove_upload(bucket, key, id, &HashSet::new())?)
        })?;
    Ok(S3Response::new(AbortMultipartUploadOutput::default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_of_an_uploads_checksum_follows_its_algorithm() {
        for (algorithm, kind, expected) in [
            (None, None, Some((None, false))),
            (Some("CRC32"), None, Some((Some("CRC32"), true))),
            (
                Some("CRC32"),
                Some("FULL_OBJECT"),
                Some((Some("CRC32"), false)),
            ),
            (Some("CRC64NVME"), None, Some((Some("CRC64NVME"), false))),
            (Some("CRC64NVME"), Some("COMPOSITE"), None),
            (Some("SHA256"), Some("FULL_OBJECT"), None),
            (Some("SHA1"), Some("COMPOSITE"), Some((Some("SHA1"), true))),
            (Some("MD4"), None, None),
            (None, Some("FULL_OBJECT"), None),
        ] {
            let plan = checksum_plan(algorithm, kind).ok();
            assert_eq!(plan, expected, "{algorithm:?} {kind:?}");
        }
    }
}
