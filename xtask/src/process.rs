//! Running other programs, with errors that name them.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

/// `npm` is a script on Windows, which `Command` only finds with its ending.
pub fn npm() -> Command {
    Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" })
}

/// The cargo that runs xtask, so that toolchains never mix.
pub fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// The command as a person would type it.
pub fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(quoted).collect::<Vec<_>>().join(" ")
}

fn quoted(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@,+%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.into_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// Runs the command with its output on the terminal.
///
/// # Errors
/// A sentence when it cannot be started or does not exit with 0.
pub fn run(command: &mut Command) -> Result<(), String> {
    let status = command
        .status()
        .map_err(|why| format!("`{}` cannot be started: {why}", line(command)))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("`{}` ended with {status}", line(command)))
    }
}

/// Runs the command quietly and gives its standard output, or `None` when it is missing or fails.
pub fn output(command: &mut Command) -> Option<String> {
    let out = command
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    out.status
        .success()
        .then(|| String::from_utf8_lossy(&out.stdout).into_owned())
}

/// Runs the command, shows its standard output as it comes and hands each line to `see`.
///
/// # Errors
/// As [`run`].
pub fn watched(command: &mut Command, mut see: impl FnMut(&str)) -> Result<(), String> {
    let cannot = |command: &Command, why| format!("`{}` cannot be started: {why}", line(command));
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|why| cannot(command, why))?;
    if let Some(stdout) = child.stdout.take() {
        for text in BufReader::new(stdout).split(b'\n').map_while(Result::ok) {
            let text = String::from_utf8_lossy(&text).into_owned();
            println!("{text}");
            see(&text);
        }
    }
    let status = child.wait().map_err(|why| cannot(command, why))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("`{}` ended with {status}", line(command)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_it_would_be_typed() {
        let mut command = Command::new("apt-get");
        command.args(["install", "a b", "it's", "-s", ""]);
        assert_eq!(line(&command), r"apt-get install 'a b' 'it'\''s' -s ''");
    }

    #[test]
    #[cfg(unix)]
    fn a_failing_command_is_named_in_the_error() {
        let why = run(Command::new("sh").args(["-c", "exit 3"])).unwrap_err();
        assert!(why.contains("sh -c 'exit 3'") && why.contains('3'), "{why}");
        let why = run(&mut Command::new("/no/such/program")).unwrap_err();
        assert!(
            why.contains("/no/such/program") && why.contains("cannot be started"),
            "{why}"
        );
    }

    #[test]
    #[cfg(unix)]
    fn every_line_of_a_watched_command_is_seen_and_its_failure_kept() {
        let mut seen = Vec::new();
        let ended = watched(
            Command::new("sh").args(["-c", "echo one; echo two; exit 1"]),
            |text| seen.push(text.to_owned()),
        );
        assert_eq!(seen, ["one", "two"]);
        assert!(ended.is_err());
    }
}
