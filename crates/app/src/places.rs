//! Where things are on this machine, decided once at the start from the home folder and the environment.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fmt,
    path::{Path, PathBuf},
};

use crate::cloud::Network;

/// The environment's variables as they were when the process began.
#[derive(Clone, Default)]
pub struct Variables(BTreeMap<String, OsString>);

impl fmt::Debug for Variables {
    /// The names alone: the environment may hold keys.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.0.keys()).finish()
    }
}

/// Keeps what has a name in UTF-8, which all names that Keywell asks for have.
impl FromIterator<(OsString, OsString)> for Variables {
    fn from_iter<T: IntoIterator<Item = (OsString, OsString)>>(variables: T) -> Self {
        Self(
            variables
                .into_iter()
                .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
                .collect(),
        )
    }
}

impl Variables {
    /// A variable that is set and not empty: AWS's tools take an empty one for unset.
    pub fn get(&self, name: &str) -> Option<&OsString> {
        self.0.get(name).filter(|value| !value.is_empty())
    }

    pub fn text(&self, name: &str) -> Option<String> {
        self.get(name)?.to_str().map(str::to_owned)
    }

    fn path(&self, name: &str) -> Option<PathBuf> {
        self.get(name).map(PathBuf::from)
    }
}

/// The folders and files that Keywell works with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    pub home: PathBuf,
    /// `AWS_CONFIG_FILE`, or `~/.aws/config`.
    pub config_file: PathBuf,
    /// `AWS_SHARED_CREDENTIALS_FILE`, or `~/.aws/credentials`.
    pub credentials_file: PathBuf,
    /// Keywell's own data; no secrets but the encrypted file, where one was chosen: `KEYWELL_HOME`, or the system's folder for application data.
    pub data: PathBuf,
    /// The `keywell` program, as other programs are told to call it.
    pub helper: PathBuf,
    pub downloads: PathBuf,
}

impl Places {
    pub fn find(home: &Path, variables: &Variables, helper: PathBuf) -> Self {
        let files = keywell_aws_files::locate(home, |name| variables.get(name).cloned());
        Self {
            home: home.to_owned(),
            config_file: files.config,
            credentials_file: files.credentials,
            data: variables
                .path("KEYWELL_HOME")
                .unwrap_or_else(|| data_folder(home, variables)),
            helper,
            downloads: variables
                .path("XDG_DOWNLOAD_DIR")
                .unwrap_or_else(|| home.join("Downloads")),
        }
    }

    /// A path as a person writes it: below the home folder it begins with `~`.
    pub fn shown(&self, path: &Path) -> String {
        match path.strip_prefix(&self.home) {
            Ok(rest) => format!("~{}{}", std::path::MAIN_SEPARATOR, rest.display()),
            Err(_) => path.display().to_string(),
        }
    }

    /// The encrypted file that keeps keys where a person chose it.
    pub fn vault_file(&self) -> PathBuf {
        self.data.join("vault.keywell")
    }

    /// Where the practice account keeps its state.
    pub fn practice(&self) -> PathBuf {
        self.data.join("practice")
    }
}

fn data_folder(home: &Path, variables: &Variables) -> PathBuf {
    if cfg!(windows) {
        variables
            .path("LOCALAPPDATA")
            .unwrap_or_else(|| home.join("AppData").join("Local"))
            .join("Keywell")
    } else if cfg!(target_os = "macos") {
        home.join("Library")
            .join("Application Support")
            .join("Keywell")
    } else {
        variables
            .path("XDG_DATA_HOME")
            .unwrap_or_else(|| home.join(".local").join("share"))
            .join("keywell")
    }
}

/// The proxy and certificate settings of the environment; in lower case they win, as they do for curl and botocore.
pub fn network(variables: &Variables) -> Network {
    let either = |lower: &str, upper: &str| variables.text(lower).or_else(|| variables.text(upper));
    Network {
        ca_bundle: variables.path("AWS_CA_BUNDLE"),
        https_proxy: either("https_proxy", "HTTPS_PROXY"),
        // Only the lower-case name: `HTTP_PROXY` can be set from outside in CGI programs (httpoxy).
        http_proxy: variables.text("http_proxy"),
        no_proxy: either("no_proxy", "NO_PROXY"),
    }
}
