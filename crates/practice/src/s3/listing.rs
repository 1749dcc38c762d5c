//! ListObjects and ListObjectsV2: keys in byte order, folders rolled up, page by page.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::{Failure, etag, find_bucket, owner, timestamp};
use crate::state::State;
use crate::store::{Object as StoredObject, Step};

const LARGEST_PAGE: i32 = 1000;

/// What `encoding-type=url` leaves as it is, beside letters and digits.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'*')
    .remove(b'/');

/// One line of a listing.
#[derive(Debug, Clone)]
enum Entry {
    Object(String, Box<StoredObject>),
    Prefix(String),
}

impl Entry {
    fn name(&self) -> &str {
        match self {
            Self::Object(key, _) => key,
            Self::Prefix(prefix) => prefix,
        }
    }
}

struct Page {
    entries: Vec<Entry>,
    truncated: bool,
}

/// The first key that cannot begin with `prefix` and sorts after all that do; nothing if there is none.
fn after_prefix(prefix: &[u8]) -> Option<Vec<u8>> {
    let mut next = prefix.to_vec();
    while let Some(last) = next.pop() {
        if last < u8::MAX {
            next.push(last + 1);
            return Some(next);
        }
    }
    None
}

fn read_page(
    state: &State,
    bucket: &str,
    prefix: &str,
    delimiter: &str,
    after: &str,
    max: usize,
) -> S3Result<Page> {
    let mut page = Page {
        entries: Vec::new(),
        truncated: false,
    };
    if max == 0 {
        return Ok(page);
    }
    let mut begin = prefix.as_bytes().to_vec();
    if after.as_bytes() >= begin.as_slice() && !after.is_empty() {
        begin = after.as_bytes().to_vec();
        begin.push(0);
    }
    let visited: Result<(), Failure> = state.store.objects_from(bucket, begin, |key, object| {
        if !key.starts_with(prefix.as_bytes()) {
            return Ok(Step::Stop);
        }
        let key = String::from_utf8_lossy(key).into_owned();
        let folder = (!delimiter.is_empty())
            .then(|| key[prefix.len()..].find(delimiter))
            .flatten()
            .map(|at| key[..prefix.len() + at + delimiter.len()].to_owned());
        let next = match &folder {
            Some(folder) => match after_prefix(folder.as_bytes()) {
                Some(next) => Step::JumpTo(next),
                None => Step::Stop,
            },
            None => Step::Next,
        };
        // The page before ended with this folder.
        if folder.as_deref() == Some(after) {
            return Ok(next);
        }
        if page.entries.len() == max {
            page.truncated = true;
            return Ok(Step::Stop);
        }
        page.entries.push(match folder {
            Some(folder) => Entry::Prefix(folder),
            None => Entry::Object(key, Box::new(object)),
        });
        Ok(next)
    });
    visited?;
    Ok(page)
}

/// Names as `encoding-type=url` writes them: a blank becomes a plus.
fn encode(text: &str, encoding: Option<&EncodingType>) -> String {
    encode_if(
        text,
        encoding.is_some_and(|encoding| encoding.as_str() == EncodingType::URL),
    )
}

pub(super) fn encode_if(text: &str, url: bool) -> String {
    if url {
        utf8_percent_encode(text, ENCODED)
            .to_string()
            .replace("%20", "+")
    } else {
        text.to_owned()
    }
}

fn check_page(max_keys: Option<i32>, encoding: Option<&EncodingType>) -> S3Result<usize> {
    if encoding.is_some_and(|encoding| encoding.as_str() != EncodingType::URL) {
        return Err(s3_error!(
            InvalidArgument,
            "Invalid Encoding Method specified in Request"
        ));
    }
    let max = max_keys.unwrap_or(LARGEST_PAGE);
    if max < 0 {
        return Err(s3_error!(
            InvalidArgument,
            "Argument maxKeys must be an integer between 0 and 2147483647"
        ));
    }
    Ok(max.min(LARGEST_PAGE) as usize)
}

fn split(
    state: &State,
    page: Page,
    encoding: Option<&EncodingType>,
    with_owner: bool,
) -> (Vec<Object>, Vec<CommonPrefix>) {
    let mut contents = Vec::new();
    let mut prefixes = Vec::new();
    for entry in page.entries {
        match entry {
            Entry::Prefix(prefix) => prefixes.push(CommonPrefix {
                prefix: Some(encode(&prefix, encoding)),
            }),
            Entry::Object(key, object) => contents.push(Object {
                checksum_algorithm: Some(
                    object
                        .checksums
                        .values
                        .keys()
                        .cloned()
                        .map(ChecksumAlgorithm::from)
                        .collect(),
                ),
                checksum_type: super::checksums::checksum_type(&object.checksums),
                e_tag: Some(etag(&object.etag)),
                key: Some(encode(&key, encoding)),
                last_modified: Some(timestamp(object.modified_millis)),
                owner: with_owner.then(|| owner(state)),
                size: i64::try_from(object.size).ok(),
                storage_class: Some(object.description.storage_class.clone().map_or(
                    ObjectStorageClass::from_static(ObjectStorageClass::STANDARD),
                    ObjectStorageClass::from,
                )),
                ..Default::default()
            }),
        }
    }
    (contents, prefixes)
}

pub(super) async fn list(
    state: &Arc<State>,
    request: S3Request<ListObjectsInput>,
) -> S3Result<S3Response<ListObjectsOutput>> {
    let input = request.input;
    find_bucket(state, &input.bucket)?;
    let encoding = input.encoding_type.as_ref();
    let max = check_page(input.max_keys, encoding)?;
    let prefix = input.prefix.unwrap_or_default();
    let marker = input.marker.unwrap_or_default();
    let delimiter = input.delimiter.clone().unwrap_or_default();
    let page = read_page(state, &input.bucket, &prefix, &delimiter, &marker, max)?;
    let truncated = page.truncated;
    // Only with a delimiter; else the last key is the marker of the next page.
    let next_marker = page
        .entries
        .last()
        .filter(|_| truncated && !delimiter.is_empty())
        .map(|last| encode(last.name(), encoding));
    let (contents, prefixes) = split(state, page, encoding, true);
    Ok(S3Response::new(ListObjectsOutput {
        name: Some(input.bucket),
        prefix: Some(encode(&prefix, encoding)),
        marker: Some(encode(&marker, encoding)),
        max_keys: i32::try_from(max).ok(),
        is_truncated: Some(truncated),
        contents: Some(contents),
        common_prefixes: Some(prefixes),
        delimiter: input
            .delimiter
            .map(|delimiter| encode(&delimiter, encoding)),
        next_marker,
        encoding_type: input.encoding_type.clone(),
        ..Default::default()
    }))
}

pub(super) async fn list_v2(
    state: &Arc<State>,
    request: S3Request<ListObjectsV2Input>,
) -> S3Result<S3Response<ListObjectsV2Output>> {
    let input = request.input;
    find_bucket(state, &input.bucket)?;
    let encoding = input.encoding_type.as_ref();
    let max = check_page(input.max_keys, encoding)?;
    let prefix = input.prefix.unwrap_or_default();
    let delimiter = input.delimiter.clone().unwrap_or_default();
    let start_after = input.start_after.clone().unwrap_or_default();
    let after = match &input.continuation_token {
        Some(token) => URL_SAFE_NO_PAD
            .decode(token)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .ok_or_else(|| {
                s3_error!(
                    InvalidArgument,
                    "The continuation token provided is incorrect"
                )
            })?,
        None => start_after,
    };
    let page = read_page(state, &input.bucket, &prefix, &delimiter, &after, max)?;
    let truncated = page.truncated;
    let next = page
        .entries
        .last()
        .filter(|_| truncated)
        .map(|last| URL_SAFE_NO_PAD.encode(last.name()));
    let count = i32::try_from(page.entries.len()).ok();
    let (contents, prefixes) = split(state, page, encoding, input.fetch_owner.unwrap_or(false));
    Ok(S3Response::new(ListObjectsV2Output {
        name: Some(input.bucket),
        prefix: Some(encode(&prefix, encoding)),
        max_keys: i32::try_from(max).ok(),
        key_count: count,
        continuation_token: input.continuation_token,
        is_truncated: Some(truncated),
        next_continuation_token: next,
        contents: Some(contents),
        common_prefixes: Some(prefixes),
        delimiter: input
            .delimiter
            .map(|delimiter| encode(&delimiter, encoding)),
        encoding_type: input.encoding_type.clone(),
        start_after: input.start_after.map(|key| encode(&key, encoding)),
        ..Default::default()
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_follows_a_prefix_sorts_after_all_that_begin_with_it(
            prefix in proptest::collection::vec(any::<u8>(), 1..5),
            tail in proptest::collection::vec(any::<u8>(), 0..5),
        ) {
            if let Some(after) = after_prefix(&prefix) {
                let key = [prefix.clone(), tail].concat();
                prop_assert!(key < after);
                prop_assert!(!after.starts_with(&prefix));
            } else {
                prop_assert!(prefix.iter().all(|byte| *byte == u8::MAX));
            }
        }
    }

    #[test]
    fn names_are_url_encoded_as_s3_does() {
        let url = EncodingType::from_static(EncodingType::URL);
        assert_eq!(encode("a b+c/ü&*", Some(&url)), "a+b%2Bc/%C3%BC%26*");
        assert_eq!(encode("a b", None), "a b");
    }
}
