//! Checksums: which a client announces, what the bytes really give, and those of objects made of parts.
//!
//! Source: S3 User Guide, "Checking object integrity for data uploads in Amazon S3".

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use crc_fast::{CrcAlgorithm, checksum_combine};
use hyper::HeaderMap;
use s3s::checksum::ChecksumHasher;
use s3s::crypto::{Checksum as _, Crc32, Crc32c, Crc64Nvme, Md5, Sha1, Sha256};
use s3s::{S3Result, s3_error};

use crate::store::Checksums;

/// The algorithms that are computed, by their names in the API.
pub(super) const ALGORITHMS: [&str; 5] = ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"];

/// What S3 computes when the client announces nothing.
pub(super) const DEFAULT_ALGORITHM: &str = "CRC64NVME";

const HEADER_PREFIX: &str = "x-amz-checksum-";

/// What a client announced about a body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Announced {
    pub(super) md5: Option<String>,
    /// Algorithm and value, from a header.
    pub(super) value: Option<(&'static str, String)>,
    /// Algorithm of a value that follows the body.
    pub(super) trailer: Option<&'static str>,
}

fn algorithm_of_header(name: &str) -> Option<&'static str> {
    let suffix = name.strip_prefix(HEADER_PREFIX)?;
    ALGORITHMS
        .into_iter()
        .find(|algorithm| algorithm.eq_ignore_ascii_case(suffix))
}

impl Announced {
    /// Reads the headers of an upload.
    pub(super) fn read(headers: &HeaderMap) -> S3Result<Self> {
        let mut announced = Self::default();
        for (name, value) in headers {
            let Some(algorithm) = algorithm_of_header(name.as_str()) else {
                continue;
            };
            if announced.value.is_some() {
                return Err(s3_error!(
                    InvalidRequest,
                    "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."
                ));
            }
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            let length = BASE64.decode(&value).map(|bytes| bytes.len()).ok();
            if length != Some(digest_length(algorithm)) {
                return Err(s3_error!(
                    InvalidRequest,
                    "Value for {name} header is invalid."
                ));
            }
            announced.value = Some((algorithm, value));
        }
        announced.trailer = headers
            .get("x-amz-trailer")
            .and_then(|value| value.to_str().ok())
            .and_then(|names| {
                names
                    .split(',')
                    .find_map(|name| algorithm_of_header(&name.trim().to_ascii_lowercase()))
            });
        if let Some(md5) = headers.get("content-md5") {
            let md5 = String::from_utf8_lossy(md5.as_bytes()).into_owned();
            if BASE64.decode(&md5).map(|bytes| bytes.len()).ok() != Some(16) {
                return Err(s3_error!(
                    InvalidDigest,
                    "The Content-MD5 you specified was invalid."
                ));
            }
            announced.md5 = Some(md5);
        }
        Ok(announced)
    }

    pub(super) fn algorithm(&self) -> Option<&'static str> {
        self.value
            .as_ref()
            .map(|(algorithm, _)| *algorithm)
            .or(self.trailer)
    }
}

fn digest_length(algorithm: &str) -> usize {
    match algorithm {
        "CRC32" | "CRC32C" => 4,
        "CRC64NVME" => 8,
        "SHA1" => 20,
        _ => 32,
    }
}

/// Computes MD5 and some checksums of a stream of bytes.
pub(super) struct Hashing {
    md5: Md5,
    checksums: ChecksumHasher,
}

impl Hashing {
    pub(super) fn new(algorithms: &[&str]) -> Self {
        let wanted = |algorithm| algorithms.contains(&algorithm);
        Self {
            md5: Md5::new(),
            checksums: ChecksumHasher {
                crc32: wanted("CRC32").then(Crc32::new),
                crc32c: wanted("CRC32C").then(Crc32c::new),
                crc64nvme: wanted("CRC64NVME").then(Crc64Nvme::new),
                sha1: wanted("SHA1").then(Sha1::new),
                sha256: wanted("SHA256").then(Sha256::new),
            },
        }
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.md5.update(bytes);
        self.checksums.update(bytes);
    }

    /// The MD5 and the checksums.
    pub(super) fn finish(self) -> ([u8; 16], Checksums) {
        let found = self.checksums.finalize();
        let values = [
            ("CRC32", found.checksum_crc32),
            ("CRC32C", found.checksum_crc32c),
            ("CRC64NVME", found.checksum_crc64nvme),
            ("SHA1", found.checksum_sha1),
            ("SHA256", found.checksum_sha256),
        ];
        let checksums = Checksums {
            values: values
                .into_iter()
                .filter_map(|(name, value)| Some((name.to_owned(), value?)))
                .collect(),
            composite: false,
        };
        (self.md5.finalize(), checksums)
    }
}

/// Compares what was announced with what was found. `trailing` is the value that followed the body.
pub(super) fn compare(
    announced: &Announced,
    trailing: Option<String>,
    md5: [u8; 16],
    found: &Checksums,
) -> S3Result<()> {
    if announced
        .md5
        .as_ref()
        .is_some_and(|wanted| *wanted != BASE64.encode(md5))
    {
        return Err(s3_error!(
            BadDigest,
            "The Content-MD5 you specified did not match what we received."
        ));
    }
    let trailing = match (announced.trailer, trailing) {
        (Some(algorithm), Some(value)) => Some((algorithm, value)),
        (Some(_), None) => {
            return Err(super::error_with_status(
                "MalformedTrailerError",
                400,
                "The request contained trailing data that was not well-formed or did not conform to our published schema.".to_owned(),
            ));
        }
        (None, _) => None,
    };
    for (algorithm, wanted) in announced.value.iter().cloned().chain(trailing) {
        if found.values.get(algorithm) != Some(&wanted) {
            return Err(s3_error!(
                BadDigest,
                "The {algorithm} you specified did not match the calculated checksum."
            ));
        }
    }
    Ok(())
}

/// The checksum of checksums, as S3 writes it: `base64-N`.
pub(super) fn composite(algorithm: &str, parts: &[&Checksums]) -> Option<String> {
    let mut hashing = Hashing::new(&[algorithm]);
    for part in parts {
        hashing.update(&BASE64.decode(part.values.get(algorithm)?).ok()?);
    }
    let (_, checksums) = hashing.finish();
    let value = checksums.values.get(algorithm)?;
    Some(format!("{value}-{}", parts.len()))
}

/// The checksum of the whole object from those of its parts and their sizes; only CRCs can be combined.
pub(super) fn combined(algorithm: &str, parts: &[(&Checksums, u64)]) -> Option<String> {
    let (crc, width) = match algorithm {
        "CRC32" => (CrcAlgorithm::Crc32IsoHdlc, 4),
        "CRC32C" => (CrcAlgorithm::Crc32Iscsi, 4),
        "CRC64NVME" => (CrcAlgorithm::Crc64Nvme, 8),
        _ => return None,
    };
    let mut whole: Option<u64> = None;
    for (part, size) in parts {
        let bytes = BASE64.decode(part.values.get(algorithm)?).ok()?;
        let value = bytes
            .iter()
            .fold(0_u64, |value, byte| (value << 8) | u64::from(*byte));
        whole = Some(match whole {
            None => value,
            Some(before) => checksum_combine(crc, before, value, *size),
        });
    }
    let bytes = whole?.to_be_bytes();
    Some(BASE64.encode(&bytes[8 - width..]))
}

/// Puts stored checksums into the five fields that many answers have.
macro_rules! fill_checksums {
    ($output:expr, $checksums:expr) => {{
        let values = &$checksums.values;
        $output.checksum_crc32 = values.get("CRC32").cloned();
        $output.checksum_crc32c = values.get("CRC32C").cloned();
        $output.checksum_crc64nvme = values.get("CRC64NVME").cloned();
        $output.checksum_sha1 = values.get("SHA1").cloned();
        $output.checksum_sha256 = values.get("SHA256").cloned();
    }};
}
pub(super) use fill_checksums;

/// `FULL_OBJECT` or `COMPOSITE`.
pub(super) fn checksum_type(checksums: &Checksums) -> Option<s3s::dto::ChecksumType> {
    use s3s::dto::ChecksumType;
    (!checksums.values.is_empty()).then(|| {
        ChecksumType::from_static(if checksums.composite {
            ChecksumType::COMPOSITE
        } else {
            ChecksumType::FULL_OBJECT
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hash(algorithm: &str, bytes: &[u8]) -> Checksums {
        let mut hashing = Hashing::new(&[algorithm]);
        hashing.update(bytes);
        hashing.finish().1
    }

    #[test]
    fn known_values_of_123456789() {
        // The check values of the CRC catalogue.
        for (algorithm, expected) in [
            ("CRC32", 0xcbf4_3926_u64),
            ("CRC32C", 0xe306_9283),
            ("CRC64NVME", 0xae8b_1486_0a79_9888),
        ] {
            let found = hash(algorithm, b"123456789");
            let bytes = BASE64.decode(&found.values[algorithm]).expect("base64");
            assert!(expected.to_be_bytes().ends_with(&bytes), "{algorithm}");
        }
    }

    proptest! {
        #[test]
        fn crcs_of_parts_combine_to_that_of_the_whole(
            parts in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..200), 1..6)
        ) {
            for algorithm in ["CRC32", "CRC32C", "CRC64NVME"] {
                let found: Vec<_> = parts.iter().map(|part| hash(algorithm, part)).collect();
                let sized: Vec<_> = found
                    .iter()
                    .zip(&parts)
                    .map(|(checksums, part)| (checksums, part.len() as u64))
                    .collect();
                let whole = hash(algorithm, &parts.concat());
                prop_assert_eq!(combined(algorithm, &sized), whole.values.get(algorithm).cloned());
            }
        }
    }
}
