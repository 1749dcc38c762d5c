//! `s3://BUCKET/KEY`, as the AWS CLI writes addresses.

use std::fmt;

const SCHEME: &str = "s3://";

/// A bucket, and an object key or prefix in it; the key may be empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Address {
    pub bucket: String,
    pub key: String,
}

/// Why a text is no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressFault {
    #[error("is not an address in S3")]
    NotS3,
    #[error("names no bucket")]
    NoBucket,
}

impl fmt::Display for S3Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{SCHEME}{}/{}", self.bucket, self.key)
    }
}

impl S3Address {
    /// Whether a text is meant as an address, and not as a path.
    pub fn is_meant(text: &str) -> bool {
        text.starts_with(SCHEME)
    }

    /// Takes an address apart. A key keeps every character: what looks like a query is part of it.
    ///
    /// # Errors
    /// When the scheme or the bucket is missing.
    pub fn parse(text: &str) -> Result<Self, AddressFault> {
        let rest = text.strip_prefix(SCHEME).ok_or(AddressFault::NotS3)?;
        let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.is_empty() {
            return Err(AddressFault::NoBucket);
        }
        Ok(Self {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
        })
    }

    /// True for the bucket itself and for what ends like a folder.
    pub fn is_folder(&self) -> bool {
        self.key.is_empty() || self.key.ends_with('/')
    }

    /// The key as a folder: empty for the whole bucket, else with its `/`.
    pub fn folder(&self) -> String {
        if self.is_folder() {
            self.key.clone()
        } else {
            format!("{}/", self.key)
        }
    }

    /// The key up to its last `/`, and what follows.
    pub fn split(&self) -> (&str, &str) {
        self.key
            .split_at(self.key.rfind('/').map_or(0, |at| at + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(bucket: &str, key: &str) -> S3Address {
        S3Address {
            bucket: bucket.into(),
            key: key.into(),
        }
    }

    #[test]
    fn an_address_is_a_bucket_and_a_key() {
        let cases = [
            ("s3://b", Ok(address("b", ""))),
            ("s3://b/", Ok(address("b", ""))),
            ("s3://b/a/c.txt", Ok(address("b", "a/c.txt"))),
            ("s3://b//a", Ok(address("b", "/a"))),
            ("s3://b/a b?c#d", Ok(address("b", "a b?c#d"))),
            ("s3://", Err(AddressFault::NoBucket)),
            ("s3:///a", Err(AddressFault::NoBucket)),
            ("b/a", Err(AddressFault::NotS3)),
            ("S3://b", Err(AddressFault::NotS3)),
            ("https://b/a", Err(AddressFault::NotS3)),
        ];
        for (text, expected) in cases {
            assert_eq!(S3Address::parse(text), expected, "{text}");
        }
    }

    #[test]
    fn a_key_is_taken_apart_at_its_last_slash() {
        assert_eq!(address("b", "a/c.txt").split(), ("a/", "c.txt"));
        assert_eq!(address("b", "c.txt").split(), ("", "c.txt"));
        assert_eq!(address("b", "a/").split(), ("a/", ""));
        assert_eq!(address("b", "a").folder(), "a/");
        assert_eq!(address("b", "").folder(), "");
    }
}
