//! Rust and Node: the two things a person has to have before `cargo xtask` can do the rest.

use crate::process;
use std::process::Command;

/// As `rust-version` in the root manifest.
const RUST: Version = Version(1, 95);
/// Vite 8 asks for it.
const NODE: Version = Version(20, 19);

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Version(u32, u32);

/// Checks both.
///
/// # Errors
/// A sentence that names what is missing or too old, the version wanted, and where to get it.
pub fn check() -> Result<(), String> {
    let rust = process::output(Command::new("rustc").arg("--version"));
    judge(
        "Rust",
        "rustc",
        RUST,
        rust.as_deref(),
        "rustup toolchain install 1.95.0 (https://rustup.rs)",
    )?;
    let node = process::output(Command::new("node").arg("--version"));
    judge(
        "Node",
        "node",
        NODE,
        node.as_deref(),
        "https://nodejs.org, or your system's package manager",
    )?;
    if process::output(process::npm().arg("--version")).is_none() {
        return Err("npm is missing though Node is there. Install it with your system's package manager (Debian: `apt-get install npm`).".into());
    }
    Ok(())
}

fn judge(
    name: &str,
    program: &str,
    wanted: Version,
    output: Option<&str>,
    get: &str,
) -> Result<(), String> {
    let need = format!("Keywell needs {name} {}.{} or later", wanted.0, wanted.1);
    let Some(output) = output else {
        return Err(format!(
            "{need}, and `{program}` was not found on PATH. Get it: {get}"
        ));
    };
    match parse(output) {
        Some(found) if found >= wanted => Ok(()),
        _ => Err(format!(
            "{need}; this machine has {}. Get it: {get}",
            output.trim()
        )),
    }
}

/// The first `MAJOR.MINOR` in `rustc 1.95.0 (…)` or `v20.19.2`.
fn parse(output: &str) -> Option<Version> {
    let word = output
        .split_whitespace()
        .map(|word| word.trim_start_matches('v'))
        .find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    let mut numbers = word.split('.');
    Some(Version(
        numbers.next()?.parse().ok()?,
        numbers.next()?.parse().ok()?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_what_the_programs_print() {
        for (output, found) in [
            ("rustc 1.95.0 (59807616e 2026-04-14)", Some(Version(1, 95))),
            ("v20.20.2\n", Some(Version(20, 20))),
            ("rustc 1.100.0-nightly", Some(Version(1, 100))),
            ("", None),
            ("node", None),
        ] {
            assert_eq!(parse(output), found, "{output}");
        }
    }

    #[test]
    fn the_message_names_the_program_and_the_version_wanted() {
        let get = "from there";
        let missing = judge("Node", "node", NODE, None, get).unwrap_err();
        assert_eq!(
            missing,
            "Keywell needs Node 20.19 or later, and `node` was not found on PATH. Get it: from there"
        );
        let old = judge("Node", "node", NODE, Some("v18.19.0\n"), get).unwrap_err();
        assert_eq!(
            old,
            "Keywell needs Node 20.19 or later; this machine has v18.19.0. Get it: from there"
        );
        assert_eq!(judge("Node", "node", NODE, Some("v22.0.0"), get), Ok(()));
        assert_eq!(
            judge("Rust", "rustc", RUST, Some("rustc 1.95.0 (x)"), get),
            Ok(())
        );
    }
}
