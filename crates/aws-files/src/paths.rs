use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// Where the two files are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    pub config: PathBuf,
    pub credentials: PathBuf,
}

/// The system whose rules apply to paths and to the home folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Platform {
    Unix,
    Windows,
}

impl Platform {
    /// The one that this program was built for.
    pub const fn current() -> Platform {
        if cfg!(windows) {
            Platform::Windows
        } else {
            Platform::Unix
        }
    }

    fn separators(self) -> &'static [char] {
        match self {
            Platform::Unix => &['/'],
            Platform::Windows => &['\\', '/'],
        }
    }
}

/// One of the two files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Location {
    /// The variable that names the file.
    pub variable: &'static str,
    /// The file's name below `.aws` in the home folder.
    pub name: &'static str,
}

pub const CONFIG: Location = Location {
    variable: "AWS_CONFIG_FILE",
    name: "config",
};

pub const CREDENTIALS: Location = Location {
    variable: "AWS_SHARED_CREDENTIALS_FILE",
    name: "credentials",
};

impl Location {
    /// The file that the AWS CLI and SDKs use: that of its variable when this is set and not empty, with a leading
    /// `~` expanded, else the one in `.aws` in the home folder.
    /// <https://docs.aws.amazon.com/sdkref/latest/guide/file-location.html>
    pub fn path(self, platform: Platform, home: &OsStr, value: Option<OsString>) -> OsString {
        match value.filter(|value| !value.is_empty()) {
            Some(value) => expand(platform, home, value),
            None => below(platform, home, [".aws", self.name]),
        }
    }
}

/// The files that the AWS CLI and SDKs use on this system.
pub fn locate(home: &Path, variable: impl Fn(&str) -> Option<OsString>) -> Paths {
    let path = |location: Location| {
        let value = variable(location.variable);
        PathBuf::from(location.path(Platform::current(), home.as_os_str(), value))
    };
    Paths {
        config: path(CONFIG),
        credentials: path(CREDENTIALS),
    }
}

/// The home folder as the AWS SDKs find it, and the variables that say so. None without these.
///
/// Python programs, the AWS CLI and boto3 among them, pass `HOME` over on Windows.
pub fn home(
    platform: Platform,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Option<(OsString, &'static str)> {
    let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
    if let Some(home) = variable("HOME") {
        return Some((home, "HOME"));
    }
    if platform == Platform::Unix {
        return None;
    }
    if let Some(home) = variable("USERPROFILE") {
        return Some((home, "USERPROFILE"));
    }
    let mut home = variable("HOMEDRIVE")?;
    home.push(variable("HOMEPATH")?);
    Some((home, "HOMEDRIVE and HOMEPATH"))
}

fn expand(platform: Platform, home: &OsStr, path: OsString) -> OsString {
    let rest = path.to_str().and_then(|text| text.strip_prefix('~'));
    match rest {
        Some(rest) if rest.is_empty() || rest.starts_with(platform.separators()) => {
            below(platform, home, rest.split(platform.separators()))
        }
        _ => path,
    }
}

fn below<'a>(
    platform: Platform,
    folder: &OsStr,
    names: impl IntoIterator<Item = &'a str>,
) -> OsString {
    let mut path = folder.to_owned();
    for name in names.into_iter().filter(|name| !name.is_empty()) {
        let ended = path.to_string_lossy().ends_with(platform.separators());
        if !ended {
            path.push(platform.separators()[0].to_string());
        }
        path.push(name);
    }
    path
}
