//! GetObjectAttributes.

use std::sync::Arc;

use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result};

use super::checksums::{checksum_type, fill_checksums};
use super::objects::find_object;
use super::{etag, timestamp};
use crate::state::State;
use crate::store::Object as StoredObject;

pub(super) async fn get(
    state: &Arc<State>,
    request: S3Request<GetObjectAttributesInput>,
) -> S3Result<S3Response<GetObjectAttributesOutput>> {
    let input = &request.input;
    let object = find_object(state, &request, &input.bucket, &input.key)?;
    let asked = |name: &str| {
        input
            .object_attributes
            .iter()
            // The header's list arrives as one text.
            .flat_map(|attributes| attributes.as_str().split(','))
            .any(|attribute| attribute.trim() == name)
    };
    let mut output = GetObjectAttributesOutput {
        last_modified: Some(timestamp(object.modified_millis)),
        ..Default::default()
    };
    if asked(ObjectAttributes::ETAG) {
        output.e_tag = Some(etag(&object.etag));
    }
    if asked(ObjectAttributes::OBJECT_SIZE) {
        output.object_size = i64::try_from(object.size).ok();
    }
    if asked(ObjectAttributes::STORAGE_CLASS) {
        let class = object.description.storage_class.clone();
        output.storage_class = Some(class.map_or(
            StorageClass::from_static(StorageClass::STANDARD),
            StorageClass::from,
        ));
    }
    if asked(ObjectAttributes::CHECKSUM) && !object.checksums.values.is_empty() {
        let mut checksum = Checksum {
            checksum_type: checksum_type(&object.checksums),
            ..Default::default()
        };
        fill_checksums!(checksum, object.checksums);
        output.checksum = Some(checksum);
    }
    if asked(ObjectAttributes::OBJECT_PARTS) && !object.parts.is_empty() {
        output.object_parts = Some(attribute_parts(&object, input));
    }
    Ok(S3Response::new(output))
}

fn attribute_parts(
    object: &StoredObject,
    input: &GetObjectAttributesInput,
) -> GetObjectAttributesParts {
    let max = input.max_parts.unwrap_or(1000).clamp(0, 1000);
    let after = input.part_number_marker.unwrap_or(0);
    let mut rest = object
        .parts
        .iter()
        .filter(|part| i64::from(part.number) > i64::from(after))
        .peekable();
    let parts: Vec<ObjectPart> = rest
        .by_ref()
        .take(max as usize)
        .map(|part| {
            let mut listed = ObjectPart {
                part_number: i32::try_from(part.number).ok(),
                size: i64::try_from(part.size).ok(),
                ..Default::default()
            };
            fill_checksums!(listed, part.checksums);
            listed
        })
        .collect();
    GetObjectAttributesParts {
        is_truncated: Some(rest.peek().is_some()),
        max_parts: Some(max),
        next_part_number_marker: parts.last().and_then(|part| part.part_number),
        part_number_marker: Some(after),
        total_parts_count: i32::try_from(object.parts.len()).ok(),
        parts: Some(parts),
    }
}
