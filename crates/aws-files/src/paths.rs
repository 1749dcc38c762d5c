use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Where the two files are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    pub config: PathBuf,
    pub credentials: PathBuf,
}

/// The files that the AWS CLI and SDKs use: `AWS_CONFIG_FILE` and `AWS_SHARED_CREDENTIALS_FILE` when set and not
/// empty, with a leading `~` expanded, else `.aws/config` and `.aws/credentials` in the home folder.
/// <https://docs.aws.amazon.com/sdkref/latest/guide/file-location.html>
pub fn locate(home: &Path, variable: impl Fn(&str) -> Option<OsString>) -> Paths {
    let path = |name: &str, default: &str| match variable(name).filter(|value| !value.is_empty()) {
        Some(value) => expand(home, PathBuf::from(value)),
        None => home.join(".aws").join(default),
    };
    Paths {
        config: path("AWS_CONFIG_FILE", "config"),
        credentials: path("AWS_SHARED_CREDENTIALS_FILE", "credentials"),
    }
}

fn expand(home: &Path, path: PathBuf) -> PathBuf {
    match path.strip_prefix("~") {
        // Joining an empty path would add a separator.
        Ok(rest) if rest.as_os_str().is_empty() => home.to_path_buf(),
        Ok(rest) => home.join(rest),
        Err(_) => path,
    }
}
