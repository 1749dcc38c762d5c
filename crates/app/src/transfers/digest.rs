//! The checksums that S3 stores, computed from a file on this machine.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use crc_fast::CrcAlgorithm;
use sha2::{Digest as _, Sha256};

use crate::cloud::{Checksum, ChecksumAlgorithm};

const BUFFER: usize = 1024 * 1024;

enum Digest {
    Crc {
        digest: Box<crc_fast::Digest>,
        bytes: usize,
    },
    Sha256(Box<Sha256>),
}

impl Digest {
    /// `None` for what is not computed here.
    fn new(algorithm: ChecksumAlgorithm) -> Option<Self> {
        let (crc, bytes) = match algorithm {
            ChecksumAlgorithm::Crc32 => (CrcAlgorithm::Crc32IsoHdlc, 4),
            ChecksumAlgorithm::Crc32C => (CrcAlgorithm::Crc32Iscsi, 4),
            ChecksumAlgorithm::Crc64Nvme => (CrcAlgorithm::Crc64Nvme, 8),
            ChecksumAlgorithm::Sha256 => return Some(Self::Sha256(Box::default())),
            ChecksumAlgorithm::Sha1 | ChecksumAlgorithm::Other => return None,
        };
        Some(Self::Crc {
            digest: Box::new(crc_fast::Digest::new(crc)),
            bytes,
        })
    }

    fn update(&mut self, data: &[u8]) {
        match self {
            Self::Crc { digest, .. } => digest.update(data),
            Self::Sha256(digest) => digest.update(data),
        }
    }

    fn finish(self) -> Vec<u8> {
        match self {
            Self::Crc { digest, bytes } => digest.finalize().to_be_bytes()[8 - bytes..].to_vec(),
            Self::Sha256(digest) => digest.finalize().to_vec(),
        }
    }
}

/// Does the file hold the bytes that the checksum stands for? `None` when that can not be told here: an algorithm that
/// is not computed, or a checksum of parts whose size is not known.
///
/// A checksum of checksums is written `BASE64-COUNT`
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html>). `keep_on` is asked between
/// reads; the answer false ends with `Interrupted`.
pub(super) fn matches(
    path: &Path,
    checksum: &Checksum,
    part_size: Option<u64>,
    keep_on: impl Fn() -> bool,
) -> io::Result<Option<bool>> {
    let Some(whole) = Digest::new(checksum.algorithm) else {
        return Ok(None);
    };
    let mut file = File::open(path)?;
    let stored = checksum.value.split('-').next().unwrap_or_default();
    let computed = if checksum.full_object {
        digest_run(&mut file, whole, u64::MAX, &keep_on)?.0
    } else {
        let Some(part_size) = part_size else {
            return Ok(None);
        };
        let mut whole = whole;
        loop {
            let Some(part) = Digest::new(checksum.algorithm) else {
                return Ok(None);
            };
            let (value, length) = digest_run(&mut file, part, part_size, &keep_on)?;
            if length > 0 {
                whole.update(&value);
            }
            if length < part_size {
                break whole.finish();
            }
        }
    };
    Ok(Some(BASE64_STANDARD.encode(computed) == stored))
}

fn digest_run(
    file: &mut File,
    mut digest: Digest,
    limit: u64,
    keep_on: &impl Fn() -> bool,
) -> io::Result<(Vec<u8>, u64)> {
    let mut buffer = vec![0; BUFFER];
    let mut length = 0;
    while length < limit {
        if !keep_on() {
            return Err(io::Error::from(io::ErrorKind::Interrupted));
        }
        let room = usize::try_from(limit - length)
            .unwrap_or(BUFFER)
            .min(BUFFER);
        let count = match file.read(&mut buffer[..room]) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        digest.update(&buffer[..count]);
        length += count as u64;
    }
    Ok((digest.finish(), length))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The check values of the CRC catalogue (<https://reveng.sourceforge.io/crc-catalogue/all.htm>) and of FIPS 180 for
    /// the text `123456789`, big-endian in Base64 as S3 writes them.
    #[test]
    fn each_algorithm_gives_the_published_value() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("nine");
        std::fs::write(&path, b"123456789").unwrap();
        for (algorithm, value) in [
            (ChecksumAlgorithm::Crc32, "y/Q5Jg=="),
            (ChecksumAlgorithm::Crc32C, "4waSgw=="),
            (ChecksumAlgorithm::Crc64Nvme, "rosUhgp5mIg="),
            (
                ChecksumAlgorithm::Sha256,
                "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=",
            ),
        ] {
            let mut checksum = Checksum {
                algorithm,
                value: value.into(),
                full_object: true,
            };
            assert_eq!(
                matches(&path, &checksum, None, || true).unwrap(),
                Some(true),
                "{algorithm:?}"
            );
            checksum.value = "AAAAAA==".into();
            assert_eq!(
                matches(&path, &checksum, None, || true).unwrap(),
                Some(false),
                "{algorithm:?}"
            );
        }
    }

    #[test]
    fn a_checksum_of_parts_is_compared_when_the_part_size_is_known() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("nine");
        std::fs::write(&path, b"123456789").unwrap();
        let crc = |bytes: &[u8]| crc_fast::checksum(CrcAlgorithm::Crc32IsoHdlc, bytes) as u32;
        let mut joined = Vec::new();
        for part in [&b"1234"[..], b"5678", b"9"] {
            joined.extend(crc(part).to_be_bytes());
        }
        let value = format!("{}-3", BASE64_STANDARD.encode(crc(&joined).to_be_bytes()));
        let checksum = Checksum {
            algorithm: ChecksumAlgorithm::Crc32,
            value,
            full_object: false,
        };
        assert_eq!(
            matches(&path, &checksum, Some(4), || true).unwrap(),
            Some(true)
        );
        assert_eq!(
            matches(&path, &checksum, Some(5), || true).unwrap(),
            Some(false)
        );
        assert_eq!(matches(&path, &checksum, None, || true).unwrap(), None);
    }
}
