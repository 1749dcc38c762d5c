//! Signature Version 4: reading what a request claims and computing what its signature should be.
//!
//! Source: IAM User Guide, "Create a signed AWS API request"; S3 API Reference, "Authenticating Requests (AWS
//! Signature Version 4)".

use std::collections::BTreeMap;
use std::time::SystemTime;

use aws_sigv4::sign::v4::{calculate_signature, generate_signing_key};
use hyper::HeaderMap;
use hyper::Method;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use crate::clock::parse_amz_date;
use crate::random;
use crate::secret::Secret;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// What SigV4 leaves unescaped in queries; in paths also the slash.
const QUERY_ESCAPES: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');
const PATH_ESCAPES: &AsciiSet = &QUERY_ESCAPES.remove(b'/');

/// The credential scope and the rest of what a signed request says about its signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Claim {
    pub(crate) key_id: String,
    pub(crate) scope_date: String,
    pub(crate) region: String,
    pub(crate) service: String,
    /// Lower case, as sent.
    pub(crate) signed_headers: Vec<String>,
    pub(crate) signature: String,
    /// The text of `x-amz-date`, or of `X-Amz-Date` in a presigned URL.
    pub(crate) date: String,
    pub(crate) session_token: Option<String>,
    /// Seconds that a presigned URL is valid; nothing when the headers are signed.
    pub(crate) expires_seconds: Option<String>,
}

/// Why no claim could be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// Neither an Authorization header nor a presigned query.
    NotSigned,
    /// Signed in another way than AWS4-HMAC-SHA256.
    OtherAlgorithm,
    /// An incomplete Authorization header.
    MalformedHeader,
    /// An incomplete presigned query.
    MalformedQuery,
}

/// Reads the signature's claim from a request.
pub(crate) fn read_claim(headers: &HeaderMap, query: &str) -> Result<Claim, Unreadable> {
    let query = decode_query(query);
    if let Some(authorization) = header(headers, "authorization") {
        return read_header(&authorization, headers);
    }
    if query
        .iter()
        .any(|(name, _)| name == "X-Amz-Signature" || name == "X-Amz-Algorithm")
    {
        return read_query(&query);
    }
    if query.iter().any(|(name, _)| name == "Signature") {
        return Err(Unreadable::OtherAlgorithm);
    }
    Err(Unreadable::NotSigned)
}

/// A presigned URL of Signature Version 2, which the AWS CLI 1 and boto3 still make for us-east-1 unless told otherwise.
/// Source: S3 User Guide, "Authenticating requests using the REST API (AWS signature version 2)".
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PresignedV2 {
    pub(crate) key_id: String,
    /// Seconds since 1970.
    pub(crate) expires: i64,
    pub(crate) session_token: Option<String>,
}

/// Reads a presigned query of Signature Version 2.
pub(crate) fn read_presigned_v2(query: &str) -> Option<PresignedV2> {
    let query = decode_query(query);
    let field = |name: &str| {
        query
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.clone())
    };
    field("Signature")?;
    Some(PresignedV2 {
        key_id: field("AWSAccessKeyId")?,
        expires: field("Expires")?.parse().ok()?,
        session_token: field("x-amz-security-token"),
    })
}

fn read_header(authorization: &str, headers: &HeaderMap) -> Result<Claim, Unreadable> {
    let fields = authorization
        .strip_prefix(ALGORITHM)
        .ok_or(Unreadable::OtherAlgorithm)?;
    let fields: BTreeMap<&str, &str> = fields
        .split(',')
        .filter_map(|field| field.trim().split_once('='))
        .collect();
    let field = |name| fields.get(name).copied().ok_or(Unreadable::MalformedHeader);
    let date = header(headers, "x-amz-date").ok_or(Unreadable::MalformedHeader)?;
    claim(
        field("Credential")?,
        field("SignedHeaders")?,
        field("Signature")?,
        date,
        header(headers, "x-amz-security-token"),
        None,
    )
    .ok_or(Unreadable::MalformedHeader)
}

fn read_query(query: &[(String, String)]) -> Result<Claim, Unreadable> {
    let field = |name: &str| {
        query
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.clone())
    };
    let needed = |name: &str| field(name).ok_or(Unreadable::MalformedQuery);
    if needed("X-Amz-Algorithm")? != ALGORITHM {
        return Err(Unreadable::OtherAlgorithm);
    }
    claim(
        &needed("X-Amz-Credential")?,
        &needed("X-Amz-SignedHeaders")?,
        &needed("X-Amz-Signature")?,
        needed("X-Amz-Date")?,
        field("X-Amz-Security-Token"),
        Some(needed("X-Amz-Expires")?),
    )
    .ok_or(Unreadable::MalformedQuery)
}

fn claim(
    credential: &str,
    signed_headers: &str,
    signature: &str,
    date: String,
    session_token: Option<String>,
    expires_seconds: Option<String>,
) -> Option<Claim> {
    let mut parts = credential.rsplit('/');
    let ("aws4_request", service, region, scope_date, key_id) = (
        parts.next()?,
        parts.next()?,
        parts.next()?,
        parts.next()?,
        parts.next()?,
    ) else {
        return None;
    };
    if parts.next().is_some() || key_id.is_empty() {
        return None;
    }
    Some(Claim {
        key_id: key_id.to_owned(),
        scope_date: scope_date.to_owned(),
        region: region.to_owned(),
        service: service.to_owned(),
        signed_headers: signed_headers.split(';').map(str::to_owned).collect(),
        signature: signature.to_owned(),
        date,
        session_token,
        expires_seconds,
    })
}

impl Claim {
    pub(crate) fn time(&self) -> Option<OffsetDateTime> {
        parse_amz_date(&self.date)
    }

    /// Whether the scope's day is that of the request's time.
    pub(crate) fn scope_agrees(&self) -> bool {
        self.date.starts_with(&self.scope_date) && self.scope_date.len() == 8
    }

    pub(crate) fn is_presigned(&self) -> bool {
        self.expires_seconds.is_some()
    }

    /// Whether the signature is the one that `secret` gives for the request. `payload_hash` is what the request was
    /// signed with: a hash in hexadecimal or one of S3's words for a payload that is not hashed.
    pub(crate) fn is_right(
        &self,
        secret: &Secret,
        method: &Method,
        path: &str,
        query: &str,
        headers: &HeaderMap,
        payload_hash: &str,
    ) -> bool {
        let Some(time) = self.time() else {
            return false;
        };
        let key = generate_signing_key(
            secret.expose(),
            SystemTime::from(time),
            &self.region,
            &self.service,
        );
        // Some clients sign the path as they send it, others send it less escaped than they sign it.
        let escaped_path = utf8_percent_encode(
            &String::from_utf8_lossy(&percent_decode_str(path).collect::<Vec<u8>>()),
            PATH_ESCAPES,
        )
        .to_string();
        let twice_escaped_path = utf8_percent_encode(path, PATH_ESCAPES).to_string();
        let mut paths = vec![escaped_path, path.to_owned()];
        if self.service != "s3" {
            paths.push(twice_escaped_path);
        }
        paths.dedup();
        paths.iter().any(|path| {
            let canonical = self.canonical_request(method, path, query, headers, payload_hash);
            let to_sign = format!(
                "{ALGORITHM}\n{}\n{}/{}/{}/aws4_request\n{}",
                self.date,
                self.scope_date,
                self.region,
                self.service,
                hex_sha256(canonical.as_bytes())
            );
            equal_in_constant_time(
                &calculate_signature(&key, to_sign.as_bytes()),
                &self.signature,
            )
        })
    }

    fn canonical_request(
        &self,
        method: &Method,
        path: &str,
        query: &str,
        headers: &HeaderMap,
        payload_hash: &str,
    ) -> String {
        let mut names = self.signed_headers.clone();
        names.sort_unstable();
        let mut canonical_headers = String::new();
        for name in &names {
            let value = header(headers, name).unwrap_or_default();
            canonical_headers.push_str(&format!("{name}:{value}\n"));
        }
        let path = if path.is_empty() { "/" } else { path };
        format!(
            "{method}\n{path}\n{}\n{canonical_headers}\n{}\n{payload_hash}",
            canonical_query(query),
            names.join(";")
        )
    }
}

fn canonical_query(query: &str) -> String {
    let mut pairs: Vec<(String, String)> = decode_query(query)
        .into_iter()
        .filter(|(name, _)| name != "X-Amz-Signature")
        .map(|(name, value)| {
            (
                utf8_percent_encode(&name, QUERY_ESCAPES).to_string(),
                utf8_percent_encode(&value, QUERY_ESCAPES).to_string(),
            )
        })
        .collect();
    pairs.sort_unstable();
    pairs
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect::<Vec<_>>()
        .join("&")
}

/// The names and values of a query. A plus stays a plus, as it does at AWS.
pub(crate) fn decode_query(query: &str) -> Vec<(String, String)> {
    let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        })
        .collect()
}

/// The query without what presigning added to it.
pub(crate) fn without_signature(query: &str) -> String {
    const ADDED: [&str; 7] = [
        "X-Amz-Algorithm",
        "X-Amz-Credential",
        "X-Amz-Date",
        "X-Amz-Expires",
        "X-Amz-SignedHeaders",
        "X-Amz-Signature",
        "X-Amz-Security-Token",
    ];
    query
        .split('&')
        .filter(|pair| !ADDED.contains(&pair.split('=').next().unwrap_or_default()))
        .collect::<Vec<_>>()
        .join("&")
}

/// A header's values, trimmed, inner blanks made one, several joined by commas.
fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    let values: Vec<String> = headers
        .get_all(name)
        .iter()
        .map(|value| {
            String::from_utf8_lossy(value.as_bytes())
                .split(' ')
                .filter(|word| !word.is_empty())
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect();
    (!values.is_empty()).then(|| values.join(","))
}

/// SHA-256 in lower-case hexadecimal.
pub(crate) fn hex_sha256(bytes: &[u8]) -> String {
    random::to_hex(&Sha256::digest(bytes))
}

fn equal_in_constant_time(a: &str, b: &str) -> bool {
    a.len() == b.len()
        && a.bytes()
            .zip(b.bytes())
            .fold(0, |all, (a, b)| all | (a ^ b))
            == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_example_of_the_s3_reference_is_right() {
        // "Example: GET Object" of the S3 API Reference, with its example key.
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("host", "examplebucket.s3.amazonaws.com"),
            ("range", "bytes=0-9"),
            (
                "x-amz-content-sha256",
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            ),
            ("x-amz-date", "20130524T000000Z"),
            (
                "authorization",
                "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
            ),
        ] {
            headers.insert(name, value.parse().expect("a header value"));
        }
        let claim = read_claim(&headers, "").expect("a claim");
        let check = |secret: &str, path: &str| {
            claim.is_right(
                &Secret::new(secret.to_owned()),
                &Method::GET,
                path,
                "",
                &headers,
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            )
        };
        assert!(check(
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "/test.txt"
        ));
        assert!(!check(
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEZ",
            "/test.txt"
        ));
        assert!(!check(
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "/test2.txt"
        ));
    }

    #[test]
    fn what_is_not_signed_with_version_four_is_told_apart() {
        let with = |authorization: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("authorization", authorization.parse().expect("a value"));
            headers
        };
        for (headers, query, expected) in [
            (HeaderMap::new(), "", Unreadable::NotSigned),
            (
                with("AWS AKIAIOSFODNN7EXAMPLE:abc"),
                "",
                Unreadable::OtherAlgorithm,
            ),
            (
                with("AWS4-HMAC-SHA256 Credential=x"),
                "",
                Unreadable::MalformedHeader,
            ),
            (
                HeaderMap::new(),
                "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=1",
                Unreadable::MalformedQuery,
            ),
            (
                HeaderMap::new(),
                "AWSAccessKeyId=x&Signature=y&Expires=1",
                Unreadable::OtherAlgorithm,
            ),
        ] {
            assert_eq!(read_claim(&headers, query).err(), Some(expected), "{query}");
        }
    }

    proptest! {
        #[test]
        fn reading_never_panics(authorization in "[ -~]{0,80}", query in "[ -~]{0,80}") {
            let mut headers = HeaderMap::new();
            if let Ok(value) = authorization.parse() {
                headers.insert("authorization", value);
            }
            let _ = read_claim(&headers, &query);
            let _ = read_claim(&HeaderMap::new(), &query);
            let _ = without_signature(&query);
        }
    }
}
