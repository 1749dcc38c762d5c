use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

pub const KEY_ID: &str = "AKIAIOSFODNN7EXAMPLE";
pub const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

/// A home folder, and the environment of the commands that run in it.
pub struct Home {
    folder: TempDir,
    variables: Vec<(String, String)>,
}

/// What a command left behind.
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    /// The one JSON value on stdout.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error} in {:?}, stderr {}", self.stdout, self.stderr))
    }

    /// The one JSON object on stderr.
    #[track_caller]
    pub fn error(&self) -> Value {
        serde_json::from_str(&self.stderr)
            .unwrap_or_else(|error| panic!("{error} in {:?}", self.stderr))
    }

    #[track_caller]
    pub fn passed(self) -> Self {
        assert_eq!(self.code, 0, "{}{}", self.stdout, self.stderr);
        self
    }
}

impl Home {
    pub fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let home = folder.path().to_str().unwrap().to_owned();
        let variables = [
            ("HOME", home.as_str()),
            ("USERPROFILE", &home),
            ("KEYWELL_HOME", &format!("{home}/keywell")),
            ("TZ", "UTC"),
            // What would go out to AWS ends here; the practice account speaks plain http.
            ("HTTPS_PROXY", "http://127.0.0.1:9"),
            // A session bus that is not there: no keychain.
            ("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec();
        Self { folder, variables }
    }

    pub fn set(&mut self, name: &str, value: &str) {
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    pub fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    /// Writes a file, with the folders above it.
    pub fn write(&self, below: &str, contents: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(below);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, contents).unwrap();
        // Files that somebody has just written are waited for, until they hold still.
        let earlier = std::time::SystemTime::now() - std::time::Duration::from_secs(60);
        let file = fs::File::options().write(true).open(&path).unwrap();
        file.set_modified(earlier).unwrap();
        path
    }

    pub fn read(&self, below: &str) -> String {
        fs::read_to_string(self.path(below)).unwrap()
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.command_of(Path::new(env!("CARGO_BIN_EXE_keywell")));
        command.args(arguments);
        command
    }

    /// Another program in this home.
    pub fn command_of(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .envs(self.variables.iter().cloned())
            .current_dir(self.folder.path());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, "")
    }

    pub fn run_with(&self, arguments: &[&str], stdin: &str) -> Ran {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that does not read stdin may be gone already.
        let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
        let output = child.wait_with_output().unwrap();
        Ran {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Every file below the home, with its bytes.
    pub fn contents(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut found = BTreeMap::new();
        collect(self.folder.path(), &mut found);
        found
    }
}

fn collect(folder: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else {
            found.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
}

/// A practice account that runs until this is dropped.
pub struct Practice {
    child: Child,
    pub endpoint_url: String,
    pub key_id: String,
    pub secret: String,
}

impl Practice {
    pub fn start(home: &Home, more: &[&str]) -> Self {
        let mut arguments = vec!["practice", "start", "--json"];
        arguments.extend(more);
        let mut child = home
            .command(&arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap();
        let csv = fs::read_to_string(ready["csvPath"].as_str().unwrap()).unwrap();
        let row = csv.lines().nth(1).unwrap();
        let (key_id, secret) = row.split_once(',').unwrap();
        Self {
            endpoint_url: ready["endpointUrl"].as_str().unwrap().to_owned(),
            key_id: key_id.to_owned(),
            secret: secret.to_owned(),
            child,
        }
    }

    /// Lets the environment name it, as scripts do.
    pub fn name_in(&self, home: &mut Home) {
        home.set("AWS_ACCESS_KEY_ID", &self.key_id);
        home.set("AWS_SECRET_ACCESS_KEY", &self.secret);
        home.set("AWS_ENDPOINT_URL", &self.endpoint_url);
        home.set("AWS_REGION", "us-east-1");
    }

    /// Writes a plain profile for it.
    pub fn write_profile(&self, home: &Home, profile: &str) {
        home.write(
            ".aws/credentials",
            format!(
                "[{profile}]\naws_access_key_id = {}\naws_secret_access_key = {}\n",
                self.key_id, self.secret
            ),
        );
        home.write(
            ".aws/config",
            format!(
                "[profile {profile}]\nregion = us-east-1\nendpoint_url = {}\n",
                self.endpoint_url
            ),
        );
    }

    #[cfg(unix)]
    pub fn pid(&self) -> rustix::process::Pid {
        rustix::process::Pid::from_child(&self.child)
    }

    pub fn exit_code(&mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }
}

impl Drop for Practice {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
