//! Object keys as S3 writes them into headers and listings.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// All but the unreserved characters of RFC 3986, and `/`.
const COPY_SOURCE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/');

/// The `x-amz-copy-source` of an object. The SDK sends it as it is given.
pub(crate) fn copy_source(bucket: &str, key: &str) -> String {
    format!("{bucket}/{}", utf8_percent_encode(key, COPY_SOURCE))
}

/// A key or prefix of a listing that was asked for with `encoding-type=url`, where a blank is `+` and a plus is `%2B`.
pub(crate) fn decode_listed(text: &str) -> String {
    let text = text.replace('+', " ");
    percent_decode_str(&text).decode_utf8_lossy().into_owned()
}

/// Whether XML 1.0 has a place for every character of a key
/// (<https://www.w3.org/TR/xml/#charsets>): a batch delete names its keys in XML.
pub(crate) fn fits_xml(key: &str) -> bool {
    key.chars()
        .all(|character| matches!(character, '\t' | '\n' | '\r' | ' '..='\u{FFFD}' | '\u{10000}'..))
}
