//! `cargo xtask bench`: numbers that a person feels, measured, not promised.

use crate::{paths, process, python};
use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const TRIES: usize = 31;

/// Prints the sizes of both release programs and how long the command takes to start and answer.
///
/// # Errors
/// A sentence when the release build fails.
pub fn bench() -> Result<(), String> {
    process::run(process::cargo().current_dir(paths::root()).args([
        "build",
        "--workspace",
        "--release",
        "--bins",
    ]))?;
    for name in ["keywell", "keywell-desktop"] {
        let file = paths::built("release", name);
        let size = fs::metadata(&file)
            .map_err(|why| format!("{} cannot be read: {why}", file.display()))?
            .len();
        println!("{name:<16} {:>7.1} MiB", mebibytes(size));
    }
    let keywell = paths::built("release", "keywell");
    // A profile that does not exist: what every call of the helper costs before the keychain is asked, on any machine.
    let empty = std::env::temp_dir().join(format!("keywell-bench-{}", std::process::id()));
    for (what, arguments) in [
        ("keywell --version", &["--version"][..]),
        (
            "credential-process, no such profile",
            &["credential-process", "--profile", "keywell-bench-none"],
        ),
    ] {
        let mut times = Vec::with_capacity(TRIES);
        for _ in 0..TRIES {
            let mut command = Command::new(&keywell);
            command
                .args(arguments)
                .env("KEYWELL_HOME", &empty)
                .env("HOME", &empty);
            times.push(timed(&mut command)?.0);
        }
        println!(
            "{what:<36} median {:>6.1} ms of {TRIES}",
            median(&mut times).as_secs_f64() * 1000.0
        );
    }
    // Only what the runs above may have made.
    let _ = fs::remove_dir_all(&empty);
    Ok(())
}

/// Prints what the edit of one value in a large AWS file costs, beside what botocore takes to load it.
///
/// # Errors
/// A sentence when the build fails or botocore can not be had.
pub fn files() -> Result<(), String> {
    python::install()?;
    process::run(
        process::cargo()
            .current_dir(paths::root())
            .args([
                "bench",
                "--package",
                "keywell-aws-files",
                "--bench",
                "edit",
                "--",
            ])
            .arg(paths::python_program("python")),
    )
}

/// How long a command ran, and whether it ended well.
pub fn timed(command: &mut Command) -> Result<(Duration, bool), String> {
    let begun = Instant::now();
    let ended = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let took = begun.elapsed();
    let status =
        ended.map_err(|why| format!("`{}` cannot be started: {why}", process::line(command)))?;
    Ok((took, status.success()))
}

pub fn median<T: Ord + Copy>(figures: &mut [T]) -> T {
    figures.sort_unstable();
    figures[figures.len() / 2]
}

/// Goals held against what was measured, and printed as they are.
#[derive(Default)]
pub struct Goals {
    judged: usize,
    missed: usize,
}

impl Goals {
    pub fn judge(&mut self, met: bool, what: &str) {
        println!("{} {what}", if met { "met   " } else { "MISSED" });
        self.judged += 1;
        self.missed += usize::from(!met);
    }

    /// # Errors
    /// A sentence when a goal was missed.
    pub fn finish(&self) -> Result<(), String> {
        match self.missed {
            0 => Ok(()),
            missed => Err(format!("{missed} of {} goals missed", self.judged)),
        }
    }
}

fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / 1_048_576.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_one_whatever_the_order() {
        let mut times = [9, 1, 5].map(Duration::from_millis);
        assert_eq!(median(&mut times), Duration::from_millis(5));
    }

    #[test]
    fn one_missed_goal_of_two_is_an_error() {
        let mut goals = Goals::default();
        goals.judge(true, "met");
        assert_eq!(goals.finish(), Ok(()));
        goals.judge(false, "missed");
        assert_eq!(goals.finish(), Err("1 of 2 goals missed".to_owned()));
    }
}
