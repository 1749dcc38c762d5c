//! A home folder for one journey, and the clean environment that goes with it.

use crate::programs::{self, Outcome};
use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// The session's own variables: the programs need them to find the display and the keychain.
const PASSED_ON: [&str; 7] = [
    "PATH",
    "LANG",
    "DISPLAY",
    "XAUTHORITY",
    "DBUS_SESSION_BUS_ADDRESS",
    "XDG_RUNTIME_DIR",
    "NO_AT_BRIDGE",
];

/// A folder that is somebody's whole home, removed at the end.
pub struct Home {
    folder: TempDir,
    variables: BTreeMap<OsString, OsString>,
}

impl Home {
    /// # Panics
    /// When no folder can be made.
    #[expect(clippy::new_without_default, reason = "it makes a folder")]
    pub fn new() -> Home {
        let folder = tempfile::Builder::new()
            .prefix("keywell-home-")
            .tempdir()
            .expect("a temporary folder");
        Home {
            folder,
            variables: BTreeMap::new(),
        }
    }

    /// With this variable for all that is started in it.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<OsString>) -> Home {
        self.variables.insert(name.into(), value.into());
        self
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn join(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    /// `~/.aws/config` as it stands; empty when it is not there.
    pub fn aws_config(&self) -> String {
        fs::read_to_string(self.join(".aws/config")).unwrap_or_default()
    }

    /// Writes a file below the home and gives its path.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.join(name);
        fs::create_dir_all(path.parent().expect("a file has a folder"))
            .expect("a folder below the home");
        fs::write(&path, bytes).expect("a file below the home");
        path
    }

    /// As [`Home::write`], a minute ago: Keywell waits for files that somebody has just written, until they hold still.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn write_old(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.write(name, bytes);
        let earlier = std::time::SystemTime::now() - std::time::Duration::from_secs(60);
        let file = fs::File::options().write(true).open(&path);
        file.and_then(|file| file.set_modified(earlier))
            .expect("a file below the home");
        path
    }

    /// Runs the work and holds every file below the home against what it was, to the byte. What a practice account there writes for itself may change.
    ///
    /// # Panics
    /// When a file came, went or changed.
    pub fn is_unchanged_by<T>(&self, work: impl FnOnce() -> T) -> T {
        let before = self.contents();
        let outcome = work();
        let after = self.contents();
        assert!(
            after.keys().eq(before.keys()),
            "other files than before: {:?} instead of {:?}",
            after.keys(),
            before.keys()
        );
        for (path, bytes) in &before {
            assert!(after[path] == *bytes, "{} has changed", path.display());
        }
        outcome
    }

    /// Every file below the home with its bytes, but those of a practice account, Keywell's lock files, which stay, and
    /// the public key that seals the history: it is made before the first change is tried, and says nothing of it.
    fn contents(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let left_out =
            ["practice", "practice.log", ".keywell/history-key.json"].map(|name| self.join(name));
        let data = self.join(".keywell");
        let is_lock = |path: &Path| {
            path.starts_with(&data)
                && path
                    .extension()
                    .is_some_and(|extension| extension == "lock")
        };
        let mut found = BTreeMap::new();
        let mut folders = vec![self.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).expect("a readable folder").flatten() {
                let (path, about) = (entry.path(), entry.file_type().expect("a known type"));
                if left_out.contains(&path) || is_lock(&path) {
                    continue;
                } else if about.is_dir() {
                    folders.push(path);
                } else if about.is_file() {
                    let bytes = fs::read(&path).expect("a readable file");
                    found.insert(path, bytes);
                }
            }
        }
        found
    }

    /// All variables that a program started in this home sees: nothing of the machine's own AWS settings, and no way out to a metadata service.
    pub fn environment(&self) -> BTreeMap<OsString, OsString> {
        let mut all: BTreeMap<OsString, OsString> = PASSED_ON
            .iter()
            .filter_map(|name| Some((name.into(), env::var_os(name)?)))
            .collect();
        all.insert("HOME".into(), self.path().into());
        all.insert("KEYWELL_HOME".into(), self.join(".keywell").into());
        for (name, folder) in [
            ("XDG_CONFIG_HOME", ".config"),
            ("XDG_DATA_HOME", ".local/share"),
            ("XDG_CACHE_HOME", ".cache"),
            ("XDG_STATE_HOME", ".local/state"),
        ] {
            all.insert(name.into(), self.join(folder).into());
        }
        all.insert("AWS_EC2_METADATA_DISABLED".into(), "true".into());
        // boto3 retries refusals of the network with long pauses.
        all.insert("AWS_MAX_ATTEMPTS".into(), "2".into());
        all.extend(self.variables.clone());
        all
    }

    /// A command that runs in this home and nowhere else.
    pub fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command
            .env_clear()
            .envs(self.environment())
            .current_dir(self.path());
        command
    }

    /// Runs `keywell` with these arguments.
    pub fn keywell(&self, arguments: &[&str]) -> Outcome {
        Outcome::of(
            self.command(programs::keywell_program()).args(arguments),
            "",
        )
    }

    /// Runs `keywell` with `input` on its standard input.
    pub fn keywell_with_input(&self, arguments: &[&str], input: &str) -> Outcome {
        Outcome::of(
            self.command(programs::keywell_program()).args(arguments),
            input,
        )
    }

    /// Runs the real AWS CLI.
    pub fn aws(&self, arguments: &[&str]) -> Outcome {
        Outcome::of(
            self.command(programs::python_program("aws"))
                .args(arguments),
            "",
        )
    }

    /// Runs a Python script that may use boto3; `arguments` are its `sys.argv[1:]`.
    pub fn python(&self, script: &str, arguments: &[&str]) -> Outcome {
        self.python_with_input(script, arguments, "")
    }

    /// As [`Home::python`], with `input` on its standard input.
    pub fn python_with_input(&self, script: &str, arguments: &[&str], input: &str) -> Outcome {
        Outcome::of(
            self.command(programs::python_program("python"))
                .args(["-c", script])
                .args(arguments),
            input,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    #[test]
    fn a_file_that_comes_goes_or_changes_is_noticed_and_one_of_the_practice_account_is_not() {
        let home = Home::new();
        let file = home.write("deep/file", "a");
        let unchanged =
            |work: &dyn Fn()| catch_unwind(AssertUnwindSafe(|| home.is_unchanged_by(work))).is_ok();
        assert!(unchanged(&|| {
            home.write("practice/state", "new");
        }));
        assert!(!unchanged(&|| {
            home.write("deep/file", "b");
        }));
        assert!(!unchanged(&|| {
            home.write("deep/other", "");
        }));
        assert!(!unchanged(&|| fs::remove_file(&file).unwrap()));
    }
}
