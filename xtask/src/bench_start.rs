//! `cargo xtask bench start`: Keywell's window beside a bare window of Tauri's, started in turns on a display of their own.

use crate::bench::{Goals, median};
use crate::session::{Keychain, Session};
use crate::{page, paths, process, release};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// The hidden verb that runs on the private display; its argument is the throwaway home.
pub const INSIDE: &str = "bench-start-in";

const STARTS: usize = 21;
const IDLE_TURNS: usize = 3;

/// What the window does at its start is over then, and what it does after a while has begun.
const IDLE: Duration = Duration::from_secs(60);

/// A window that takes longer is broken, not slow.
const PATIENCE: Duration = Duration::from_secs(60);

/// Goals of the product, beside the bare window: time until the page is there, and memory of the main process.
const MOST_TIME: f64 = 1.3;
const MOST_MEMORY: f64 = 1.2;

const CONFIG: &str = "[default]\nregion = eu-north-1\n\n[profile media]\nregion = eu-west-1\n";

/// # Errors
/// A sentence when something can not be built or started, or says how many goals were missed.
pub fn bench() -> Result<(), String> {
    page::install()?;
    process::run(&mut page::script("build"))?;
    process::run(&mut release::build("keywell-desktop"))?;
    process::run(process::cargo().current_dir(paths::root()).args([
        "build",
        "--workspace",
        "--release",
        "--example",
        "bare-window",
    ]))?;
    let session = Session::new()?;
    let own = std::env::current_exe().map_err(|why| format!("xtask's own path: {why}"))?;
    let mut command = session.command(true, Keychain::Unlocked, own)?;
    process::run(command.arg(INSIDE).arg(session.home()))
}

/// The part on the private display.
///
/// # Errors
/// As [`bench`].
pub fn inside(home: &Path) -> Result<(), String> {
    write_config(home)?;
    let keywell = paths::built("release", "keywell-desktop");
    let bare = paths::built("release/examples", "bare-window");
    let mut goals = Goals::default();

    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    // What lies on the disk is in memory after the first turn, which does not count.
    for turn in 0..=STARTS {
        let both = (
            started(Command::new(&keywell).arg("--measure-start"))?,
            started(&mut Command::new(&bare))?,
        );
        if turn > 0 {
            ours.push(both.0);
            theirs.push(both.1);
        }
    }
    let (ours, theirs) = (median(&mut ours), median(&mut theirs));
    let share = ours.as_secs_f64() / theirs.as_secs_f64();
    goals.judge(
        share <= MOST_TIME,
        &format!(
            "start until the page is there {} ms beside a bare window's {} ms: {share:.2} of it (goal {MOST_TIME}; medians of {STARTS})",
            ours.as_millis(),
            theirs.as_millis(),
        ),
    );

    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..IDLE_TURNS {
        let both = (
            Running::start(&mut Command::new(&keywell))?,
            Running::start(Command::new(&bare).arg("--stay"))?,
        );
        thread::sleep(IDLE);
        ours.push(both.0.private_memory()?);
        theirs.push(both.1.private_memory()?);
    }
    let (ours, theirs) = (median(&mut ours), median(&mut theirs));
    let share = ours as f64 / theirs as f64;
    goals.judge(
        share <= MOST_MEMORY,
        &format!(
            "private memory of the main process after {} s idle {:.1} MiB beside a bare window's {:.1} MiB: {share:.2} of it (goal {MOST_MEMORY}; medians of {IDLE_TURNS})",
            IDLE.as_secs(),
            ours as f64 / 1024.0,
            theirs as f64 / 1024.0,
        ),
    );
    goals.finish()
}

/// The AWS files that the window finds.
///
/// # Errors
/// A sentence when they cannot be written.
pub fn write_config(home: &Path) -> Result<(), String> {
    let folder = home.join(".aws");
    fs::create_dir_all(&folder)
        .and_then(|()| fs::write(folder.join("config"), CONFIG))
        .map_err(|why| format!("{} cannot be written: {why}", folder.display()))
}

/// From the start of a program that prints a line when its page is shown, until that line. Waits for its end, too.
fn started(command: &mut Command) -> Result<Duration, String> {
    let begun = Instant::now();
    let mut running = Running::start(command)?;
    let stdout = running.0.stdout.take();
    let (sender, shown) = mpsc::channel();
    thread::spawn(move || {
        let mut said = String::new();
        if let Some(stdout) = stdout
            && BufReader::new(stdout)
                .read_line(&mut said)
                .is_ok_and(|read| read > 0)
        {
            // Nobody waits any more after `PATIENCE`.
            let _ = sender.send(begun.elapsed());
        }
    });
    let took = shown.recv_timeout(PATIENCE).map_err(|_| {
        format!(
            "`{}` showed no page within {} s",
            process::line(command),
            PATIENCE.as_secs()
        )
    })?;
    // The next start is not to share the machine with the end of this one.
    let ended = running.0.wait();
    ended.map_err(|why| format!("`{}`: {why}", process::line(command)))?;
    Ok(took)
}

/// A program that runs until this is dropped.
struct Running(Child);

impl Running {
    fn start(command: &mut Command) -> Result<Running, String> {
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        child
            .map(Running)
            .map_err(|why| format!("`{}` cannot be started: {why}", process::line(command)))
    }

    /// Memory that no other process shares, in KiB: what the system would get back if this one ended.
    fn private_memory(&self) -> Result<u64, String> {
        let file = format!("/proc/{}/smaps_rollup", self.0.id());
        let text = fs::read_to_string(&file).map_err(|why| format!("{file}: {why}"))?;
        private_of(&text).ok_or_else(|| format!("{file} has no private memory:\n{text}"))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The sum of `Private_Clean` and `Private_Dirty` in a process's `smaps_rollup` (proc_pid_smaps(5)), in KiB.
fn private_of(rollup: &str) -> Option<u64> {
    let of = |name: &str| -> Option<u64> {
        let line = rollup.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim().strip_suffix(" kB")?.parse().ok()
    };
    Some(of("Private_Clean:")? + of("Private_Dirty:")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_memory_is_the_sum_of_its_clean_and_dirty_pages() {
        let rollup = "55d0-7ffc ---p 00000000 00:00 0    [rollup]\nRss:              884 kB\nShared_Dirty:       4 kB\nPrivate_Clean:     88 kB\nPrivate_Dirty:    212 kB\nSwap:               0 kB\n";
        assert_eq!(private_of(rollup), Some(300));
        assert_eq!(private_of("Rss: 884 kB\n"), None);
    }

    #[test]
    #[cfg(unix)]
    fn a_program_that_ends_without_a_line_is_an_error_and_one_that_prints_is_timed() {
        let why = started(&mut Command::new("true")).unwrap_err();
        assert!(why.contains("`true` showed no page"), "{why}");
        assert!(started(Command::new("echo").arg("shown")).unwrap() < PATIENCE);
    }
}
