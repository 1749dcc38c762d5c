//! The checksums that go with objects: which one, computed here, and compared with what the service stored.

use aws_sdk_s3::types;
use aws_smithy_types::base64;
use crc_fast::CrcAlgorithm;
use keywell_app::cloud::{Checksum, ChecksumAlgorithm, CloudError, CloudErrorKind, UploadedPart};

/// A running checksum.
pub(crate) struct Digest {
    digest: crc_fast::Digest,
    width: usize,
}

impl Digest {
    /// `None` for an algorithm that Keywell never asks for.
    pub(crate) fn new(algorithm: ChecksumAlgorithm) -> Option<Digest> {
        let (crc, width) = crc(algorithm)?;
        Some(Digest {
            digest: crc_fast::Digest::new(crc),
            width,
        })
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.digest.update(bytes);
    }

    /// As S3 writes it: big-endian, base64.
    pub(crate) fn base64(self) -> String {
        encode(self.digest.finalize(), self.width)
    }
}

fn crc(algorithm: ChecksumAlgorithm) -> Option<(CrcAlgorithm, usize)> {
    match algorithm {
        ChecksumAlgorithm::Crc32 => Some((CrcAlgorithm::Crc32IsoHdlc, 4)),
        ChecksumAlgorithm::Crc32C => Some((CrcAlgorithm::Crc32Iscsi, 4)),
        ChecksumAlgorithm::Crc64Nvme => Some((CrcAlgorithm::Crc64Nvme, 8)),
        ChecksumAlgorithm::Sha1 | ChecksumAlgorithm::Sha256 | ChecksumAlgorithm::Other => None,
    }
}

fn encode(value: u64, width: usize) -> String {
    base64::encode(&value.to_be_bytes()[8 - width..])
}

fn decode(value: &str, width: usize) -> Option<u64> {
    let bytes = base64::decode(value).ok()?;
    if bytes.len() != width {
        return None;
    }
    Some(
        bytes
            .iter()
            .fold(0, |number, byte| number << 8 | u64::from(*byte)),
    )
}

/// The algorithm's name in the SDK's model.
pub(crate) fn model(algorithm: ChecksumAlgorithm) -> types::ChecksumAlgorithm {
    match algorithm {
        ChecksumAlgorithm::Crc64Nvme => types::ChecksumAlgorithm::Crc64Nvme,
        ChecksumAlgorithm::Crc32C => types::ChecksumAlgorithm::Crc32C,
        ChecksumAlgorithm::Sha1 => types::ChecksumAlgorithm::Sha1,
        ChecksumAlgorithm::Sha256 => types::ChecksumAlgorithm::Sha256,
        ChecksumAlgorithm::Crc32 | ChecksumAlgorithm::Other => types::ChecksumAlgorithm::Crc32,
    }
}

/// The checksum among an answer's fields. S3 sends one.
pub(crate) fn found(
    fields: [(ChecksumAlgorithm, Option<&str>); 5],
    kind: Option<&types::ChecksumType>,
) -> Option<Checksum> {
    fields.into_iter().find_map(|(algorithm, value)| {
        let value = value?.to_owned();
        // A checksum of checksums ends in the number of parts; some servers send that form without naming the type.
        let full_object = kind != Some(&types::ChecksumType::Composite) && !value.contains('-');
        Some(Checksum {
            algorithm,
            value,
            full_object,
        })
    })
}

/// Servers that do not name the type of a checksum may mean one of the parts' checksums. Only an object that was sent
/// in parts can have such a one, and its ETag ends in the number of parts; CRC64NVME is always of the whole object.
pub(crate) fn doubt_type(
    mut checksum: Checksum,
    kind: Option<&types::ChecksumType>,
    etag: Option<&str>,
) -> Checksum {
    let in_parts = etag.is_some_and(|etag| etag.contains('-'));
    if kind.is_none() && in_parts && checksum.algorithm != ChecksumAlgorithm::Crc64Nvme {
        checksum.full_object = false;
    }
    checksum
}

/// The checksum fields of an answer that names the type.
macro_rules! checksum_of {
    ($output:expr) => {
        $crate::checksum::checksum_of!($output, $output.checksum_type()).map(|checksum| {
            $crate::checksum::doubt_type(checksum, $output.checksum_type(), $output.e_tag())
        })
    };
    ($output:expr, $kind:expr) => {
        $crate::checksum::found(
            [
                (
                    keywell_app::cloud::ChecksumAlgorithm::Crc64Nvme,
                    $output.checksum_crc64_nvme(),
                ),
                (
                    keywell_app::cloud::ChecksumAlgorithm::Crc32C,
                    $output.checksum_crc32_c(),
                ),
                (
                    keywell_app::cloud::ChecksumAlgorithm::Crc32,
                    $output.checksum_crc32(),
                ),
                (
                    keywell_app::cloud::ChecksumAlgorithm::Sha256,
                    $output.checksum_sha256(),
                ),
                (
                    keywell_app::cloud::ChecksumAlgorithm::Sha1,
                    $output.checksum_sha1(),
                ),
            ],
            $kind,
        )
    };
}
pub(crate) use checksum_of;

/// Fails with `BadChecksum` when the service stored other bytes than were sent. Says nothing where either is unknown or
/// the two were made by different algorithms.
pub(crate) fn compare(
    sent: Option<&Checksum>,
    stored: Option<&Checksum>,
    operation: &'static str,
) -> Result<(), CloudError> {
    let (Some(sent), Some(stored)) = (sent, stored) else {
        return Ok(());
    };
    let comparable = sent.algorithm == stored.algorithm && sent.full_object == stored.full_object;
    if comparable && sent.value != stored.value {
        return Err(CloudError::new(CloudErrorKind::BadChecksum, operation));
    }
    Ok(())
}

/// What the checksum of a finished multipart upload must be, from those of its parts.
///
/// A full-object CRC is joined from the CRCs and lengths of the parts; a composite one is the checksum of the parts'
/// checksums with the number of parts behind it
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html>).
pub(crate) fn of_parts(parts: &[UploadedPart], like: &Checksum) -> Option<Checksum> {
    let (algorithm, width) = crc(like.algorithm)?;
    let mut whole = None;
    let mut of_checksums = Digest::new(like.algorithm)?;
    for part in parts {
        let checksum = part
            .checksum
            .as_ref()
            .filter(|checksum| checksum.algorithm == like.algorithm)?;
        let value = decode(&checksum.value, width)?;
        of_checksums.update(&value.to_be_bytes()[8 - width..]);
        whole = Some(match whole {
            None => value,
            Some(before) => crc_fast::checksum_combine(algorithm, before, value, part.size),
        });
    }
    let value = if like.full_object {
        encode(whole?, width)
    } else {
        format!("{}-{}", of_checksums.base64(), parts.len())
    };
    Some(Checksum {
        algorithm: like.algorithm,
        value,
        full_object: like.full_object,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn digest(algorithm: ChecksumAlgorithm, bytes: &[u8]) -> String {
        let mut digest = Digest::new(algorithm).unwrap();
        digest.update(bytes);
        digest.base64()
    }

    fn checksum(algorithm: ChecksumAlgorithm, bytes: &[u8]) -> Checksum {
        Checksum {
            algorithm,
            value: digest(algorithm, bytes),
            full_object: true,
        }
    }

    #[test]
    fn the_check_values_of_the_crc_catalogue_come_out() {
        for (algorithm, expected) in [
            (ChecksumAlgorithm::Crc32, 0xCBF4_3926_u64),
            (ChecksumAlgorithm::Crc32C, 0xE306_9283),
            (ChecksumAlgorithm::Crc64Nvme, 0xAE8B_1486_0A79_9888),
        ] {
            let (_, width) = crc(algorithm).unwrap();
            let value = digest(algorithm, b"123456789");
            assert_eq!(
                decode(&value, width),
                Some(expected),
                "{}",
                algorithm.name()
            );
        }
    }

    #[test]
    fn checksums_of_different_algorithms_are_not_held_against_each_other() {
        let crc32 = checksum(ChecksumAlgorithm::Crc32, b"a");
        let crc64 = checksum(ChecksumAlgorithm::Crc64Nvme, b"b");
        assert!(compare(Some(&crc32), Some(&crc64), "s3:PutObject").is_ok());
        assert!(compare(Some(&crc32), None, "s3:PutObject").is_ok());
        let other = checksum(ChecksumAlgorithm::Crc32, b"b");
        let error = compare(Some(&crc32), Some(&other), "s3:PutObject").unwrap_err();
        assert_eq!(error.kind, CloudErrorKind::BadChecksum);
    }

    proptest! {
        #[test]
        fn the_checksum_of_the_whole_is_joined_from_any_parts(
            parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 1..8),
            algorithm in prop::sample::select(vec![
                ChecksumAlgorithm::Crc32,
                ChecksumAlgorithm::Crc32C,
                ChecksumAlgorithm::Crc64Nvme,
            ]),
        ) {
            let uploaded: Vec<_> = parts
                .iter()
                .zip(1..)
                .map(|(bytes, number)| UploadedPart {
                    number,
                    size: bytes.len() as u64,
                    etag: String::new(),
                    checksum: Some(checksum(algorithm, bytes)),
                })
                .collect();
            let whole = checksum(algorithm, &parts.concat());
            prop_assert_eq!(of_parts(&uploaded, &whole), Some(whole));
        }
    }
}
