//! `s3://BUCKET/KEY` on the command line.

use std::{ffi::OsString, fmt, path::PathBuf};

use crate::error::Stop;

/// A bucket, and an object key or prefix in it; the key may be empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    pub bucket: String,
    pub key: String,
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "s3://{}/{}", self.bucket, self.key)
    }
}

const HINT: &str = "An address looks like s3://my-bucket/folder/file.txt";

impl Address {
    pub fn parse(text: &str) -> Result<Self, Stop> {
        let rest = text
            .strip_prefix("s3://")
            .ok_or_else(|| Stop::usage(format!("{text:?} is not an address in S3."), HINT))?;
        let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.is_empty() {
            return Err(Stop::usage(format!("{text:?} names no bucket."), HINT));
        }
        Ok(Self {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
        })
    }

    /// For `mb` and `rb`, which take a bucket and nothing in it.
    pub fn parse_bucket(text: &str) -> Result<String, Stop> {
        let address = Self::parse(text)?;
        if address.key.is_empty() {
            Ok(address.bucket)
        } else {
            Err(Stop::usage(
                format!("{text:?} names more than a bucket."),
                format!("Write s3://{}", address.bucket),
            ))
        }
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

/// One side of a copy.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Side {
    Here(PathBuf),
    There(Address),
}

impl Side {
    pub fn parse(argument: OsString) -> Result<Self, Stop> {
        match argument.to_str() {
            Some(text) if text.starts_with("s3://") => Address::parse(text).map(Self::There),
            _ => Ok(Self::Here(PathBuf::from(argument))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(bucket: &str, key: &str) -> Address {
        Address {
            bucket: bucket.into(),
            key: key.into(),
        }
    }

    #[test]
    fn an_address_is_a_bucket_and_a_key() {
        let cases = [
            ("s3://b", address("b", "")),
            ("s3://b/", address("b", "")),
            ("s3://b/a/c.txt", address("b", "a/c.txt")),
            ("s3://b//a", address("b", "/a")),
            ("s3://b/a b?c#d", address("b", "a b?c#d")),
        ];
        for (text, expected) in cases {
            assert_eq!(Address::parse(text).unwrap(), expected, "{text}");
        }
        for text in ["b/a", "s3://", "s3:///a", "S3://b", "https://b/a"] {
            assert!(Address::parse(text).is_err(), "{text}");
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

    #[test]
    fn what_does_not_begin_with_s3_is_a_path() {
        assert_eq!(
            Side::parse("./s3:/x".into()).unwrap(),
            Side::Here("./s3:/x".into())
        );
        assert_eq!(
            Side::parse("s3://b/x".into()).unwrap(),
            Side::There(address("b", "x"))
        );
    }
}
