//! `s3://BUCKET/KEY` on the command line.

use std::{ffi::OsString, path::PathBuf};

use keywell_app::S3Address;

use crate::error::Stop;

const HINT: &str = "An address looks like s3://my-bucket/folder/file.txt";

pub(super) fn parse(text: &str) -> Result<S3Address, Stop> {
    S3Address::parse(text).map_err(|fault| Stop::usage(format!("{text:?} {fault}."), HINT))
}

/// For `mb` and `rb`, which take a bucket and nothing in it.
pub(super) fn parse_bucket(text: &str) -> Result<String, Stop> {
    let address = parse(text)?;
    if address.key.is_empty() {
        Ok(address.bucket)
    } else {
        Err(Stop::usage(
            format!("{text:?} names more than a bucket."),
            format!("Write s3://{}", address.bucket),
        ))
    }
}

/// One side of a copy.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Side {
    Here(PathBuf),
    There(S3Address),
}

impl Side {
    pub fn parse(argument: OsString) -> Result<Self, Stop> {
        match argument.to_str() {
            Some(text) if S3Address::is_meant(text) => parse(text).map(Self::There),
            _ => Ok(Self::Here(PathBuf::from(argument))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_begin_with_s3_is_a_path() {
        assert_eq!(
            Side::parse("./s3:/x".into()).unwrap(),
            Side::Here("./s3:/x".into())
        );
        let there = S3Address::parse("s3://b/x").unwrap();
        assert_eq!(Side::parse("s3://b/x".into()).unwrap(), Side::There(there));
    }
}
