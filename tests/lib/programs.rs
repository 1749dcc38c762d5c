//! The programs that journeys start, and what they answered.

use serde_json::Value;
use std::env;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::thread;

/// Cargo's folder of built programs: this test binary lies in its `deps/`.
fn built() -> PathBuf {
    let own = env::current_exe().expect("a test knows its own path");
    own.ancestors()
        .nth(2)
        .expect("PROFILE/deps/journeys-HASH")
        .to_path_buf()
}

/// Cargo's target folder.
pub(crate) fn target() -> PathBuf {
    built().parent().expect("TARGET/PROFILE").to_path_buf()
}

fn program(name: &str) -> PathBuf {
    let path = built().join(format!("{name}{}", env::consts::EXE_SUFFIX));
    assert!(
        path.exists(),
        "{} is not built: run `cargo xtask test`",
        path.display()
    );
    path
}

/// The command line, `keywell`.
///
/// # Panics
/// When it is not built.
pub fn keywell_program() -> PathBuf {
    program("keywell")
}

/// The window, `keywell-desktop`.
///
/// # Panics
/// When it is not built.
pub fn window_program() -> PathBuf {
    program("keywell-desktop")
}

/// A program of the Python environment that `cargo xtask test` makes.
///
/// # Panics
/// When the environment is not there.
pub fn python_program(name: &str) -> PathBuf {
    let path = target().join("venv/bin").join(name);
    assert!(
        path.exists(),
        "{} is not there: run `cargo xtask test`",
        path.display()
    );
    path
}

/// A small program with the AWS SDK for Rust, `crates/aws/examples/consumer.rs`.
///
/// # Panics
/// When it is not built.
pub fn rust_consumer() -> PathBuf {
    program("examples/consumer")
}

/// The same with the AWS SDK for JavaScript, for Node.
///
/// # Panics
/// When the SDK is not there.
pub fn javascript_consumer() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("javascript");
    assert!(
        folder.join("node_modules").exists(),
        "the SDK is not in {}: run `cargo xtask test`",
        folder.display()
    );
    folder.join("consumer.mjs")
}

/// How a program ended.
#[derive(Debug)]
pub struct Outcome {
    pub command: String,
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
}

impl Outcome {
    /// Runs the command to its end with `input` on its standard input.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn of(command: &mut Command, input: &str) -> Outcome {
        let words = std::iter::once(command.get_program()).chain(command.get_args());
        let shown: Vec<_> = words.map(|word| word.to_string_lossy()).collect();
        let shown = shown.join(" ");
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command
            .spawn()
            .unwrap_or_else(|why| panic!("{shown} cannot be started: {why}"));
        let mut stdin = child.stdin.take().expect("piped above");
        let input = input.to_owned();
        // A program that does not read its input closes the pipe, which is its right.
        let writer = thread::spawn(move || stdin.write_all(input.as_bytes()).is_ok());
        let out = child.wait_with_output().expect("a started program ends");
        writer.join().expect("writing does not panic");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Outcome {
            command: shown,
            status: out.status,
            stdout: text(&out.stdout),
            stderr: text(&out.stderr),
        }
    }

    /// The same outcome, for chaining.
    ///
    /// # Panics
    /// When the program did not exit with 0; shows all that it printed.
    pub fn succeeded(self) -> Outcome {
        assert!(self.status.success(), "should have succeeded: {self:#?}");
        self
    }

    /// The same outcome, for chaining.
    ///
    /// # Panics
    /// When the program exited with another code than this one.
    pub fn exited(self, code: i32) -> Outcome {
        assert_eq!(self.status.code(), Some(code), "{self:#?}");
        self
    }

    /// The one error of a command with `--json`: exit code 1, this code, one sentence that says what is wrong and a hint what to do.
    ///
    /// # Panics
    /// When it is another failure, or none.
    pub fn failed_with(&self, code: &str) -> Value {
        assert_eq!(self.status.code(), Some(1), "{self:#?}");
        assert_eq!(self.stdout, "", "a result beside a failure: {self:#?}");
        let failure: Value = serde_json::from_str(self.stderr.trim())
            .unwrap_or_else(|why| panic!("no single JSON ({why}): {self:#?}"));
        assert_eq!(failure["code"], code, "{failure:#}");
        for part in ["message", "hint"] {
            let text = failure[part].as_str().unwrap_or_default();
            assert!(
                !text.is_empty() && !text.contains('\n'),
                "{part} is not a sentence: {failure:#}"
            );
        }
        failure
    }

    /// Standard output as JSON.
    ///
    /// # Panics
    /// When it is not JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|why| panic!("no JSON ({why}): {self:#?}"))
    }
}

/// What the system keychain holds under the service `keywell` for this access key: attributes and secret as `secret-tool` prints them.
pub fn keychain_items(key_id: &str) -> String {
    let mut search = Command::new("secret-tool");
    search.args([
        "search", "--all", "--unlock", "service", "keywell", "username", key_id,
    ]);
    let found = Outcome::of(&mut search, "");
    // Attributes go to standard error.
    format!("{}{}", found.stdout, found.stderr)
}

/// The arguments of every process of this machine, one string each.
pub(crate) fn process_arguments() -> Vec<(String, Vec<u8>)> {
    let Ok(processes) = std::fs::read_dir(Path::new("/proc")) else {
        return Vec::new();
    };
    let numbered = processes.flatten().filter(|entry| {
        entry
            .file_name()
            .to_string_lossy()
            .bytes()
            .all(|byte| byte.is_ascii_digit())
    });
    // A process may end between the two looks.
    numbered
        .filter_map(|entry| {
            Some((
                entry.file_name().to_string_lossy().into_owned(),
                std::fs::read(entry.path().join("cmdline")).ok()?,
            ))
        })
        .collect()
}
