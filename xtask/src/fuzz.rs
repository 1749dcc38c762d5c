//! `cargo xtask fuzz`: the parsers under random bytes, each for a while. Needs the nightly compiler and cargo-fuzz.

use crate::{paths, process};
use std::fs;
use std::process::Command;

/// How long each target runs, in seconds, unless it is said.
const SECONDS: u32 = 60;

/// What was asked for: one target or all, and how long each.
#[derive(Debug, PartialEq, Eq)]
pub struct Wish<'a> {
    target: Option<&'a str>,
    seconds: u32,
}

impl<'a> Wish<'a> {
    /// `[TARGET] [--seconds N]`; none for anything else.
    pub fn parse(arguments: &[&'a str]) -> Option<Wish<'a>> {
        let (target, rest) = match arguments {
            [target, rest @ ..] if !target.starts_with("--") => (Some(*target), rest),
            rest => (None, rest),
        };
        let seconds = match rest {
            [] => SECONDS,
            ["--seconds", seconds] => seconds.parse().ok()?,
            _ => return None,
        };
        Some(Wish { target, seconds })
    }
}

/// # Errors
/// A sentence when a target is not there, does not build or finds something.
pub fn run(wish: &Wish<'_>) -> Result<(), String> {
    let folder = paths::root().join("fuzz");
    let targets = targets(&folder.join("targets"))?;
    let wanted: Vec<&String> = targets
        .iter()
        .filter(|name| wish.target.is_none_or(|wanted| wanted == name.as_str()))
        .collect();
    if wanted.is_empty() {
        return Err(format!("there are these targets: {}", targets.join(", ")));
    }
    for target in wanted {
        process::run(
            Command::new("rustup")
                .current_dir(&folder)
                .args(["run", "nightly", "cargo", "fuzz", "run", "--fuzz-dir", "."])
                .args([target.as_str(), "--"])
                .arg(format!("-max_total_time={}", wish.seconds)),
        )?;
    }
    Ok(())
}

fn targets(folder: &std::path::Path) -> Result<Vec<String>, String> {
    let entries = fs::read_dir(folder).map_err(|why| format!("{}: {why}", folder.display()))?;
    let mut names: Vec<String> = entries
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            Some(name.strip_suffix(".rs")?.to_owned())
        })
        .collect();
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_and_a_time_may_be_named() {
        let wish = |target, seconds| Some(Wish { target, seconds });
        assert_eq!(Wish::parse(&[]), wish(None, SECONDS));
        assert_eq!(Wish::parse(&["link"]), wish(Some("link"), SECONDS));
        assert_eq!(Wish::parse(&["--seconds", "5"]), wish(None, 5));
        assert_eq!(
            Wish::parse(&["link", "--seconds", "5"]),
            wish(Some("link"), 5)
        );
        for wrong in [&["--seconds"][..], &["link", "5"], &["--seconds", "x"]] {
            assert_eq!(Wish::parse(wrong), None);
        }
    }
}
