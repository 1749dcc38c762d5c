//! `cargo xtask bench helper`: the helper beside its peers, in one session with a real keyring.

use crate::bench::{Goals, median, timed};
use crate::session::{Keychain, Session};
use crate::{paths, process, release};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// The hidden verb that runs on the private bus; its argument is the throwaway home.
pub const INSIDE: &str = "bench-helper-in";

const TRIES: usize = 101;
const CALLERS: usize = 100;
const KEY_ID: &str = "AKIAPRACTICEBENCH000";

/// Goals of the product: the helper beside libsecret's own tool, a start beside `/bin/true`, and the latest answer of a
/// caller while the keychain hangs.
const MOST_OF_PEER: f64 = 0.65;
const MOST_OVER_TRUE: Duration = Duration::from_millis(2);
const LATEST_ANSWER: Duration = Duration::from_secs(6);

/// # Errors
/// A sentence when something can not be built or started, or names the goals that were missed.
pub fn bench() -> Result<(), String> {
    // The command alone: the window would take a quarter of an hour more.
    process::run(&mut release::build("keywell"))?;
    let session = Session::new()?;
    let own = std::env::current_exe().map_err(|why| format!("xtask's own path: {why}"))?;
    let mut command = session.command(false, Keychain::Unlocked, own)?;
    process::run(command.arg(INSIDE).arg(session.home()))
}

/// The part on the private bus.
///
/// # Errors
/// As [`bench`].
pub fn inside(home: &Path) -> Result<(), String> {
    let bench = Bench::with_a_key(home)?;
    let mut goals = Goals::default();

    let (ours, peer) = alternating(|| bench.helper(), secret_tool)?;
    let share = ours.as_secs_f64() / peer.as_secs_f64();
    goals.judge(
        share <= MOST_OF_PEER,
        &format!(
            "credential-process {} beside secret-tool lookup {}: {share:.2} of it (goal {MOST_OF_PEER})",
            shown(ours),
            shown(peer)
        ),
    );
    let version = || {
        let mut command = bench.command();
        command.arg("--version");
        command
    };
    let (ours, peer) = alternating(version, || Command::new("/bin/true"))?;
    goals.judge(
        ours <= peer + MOST_OVER_TRUE,
        &format!(
            "keywell --version {} beside /bin/true {} (goal {} more)",
            shown(ours),
            shown(peer),
            shown(MOST_OVER_TRUE)
        ),
    );
    let (answered, latest) = bench.all_at_once(true)?;
    goals.judge(
        answered == CALLERS,
        &format!(
            "{answered} of {CALLERS} callers at once were served, the last after {}",
            shown(latest)
        ),
    );
    let keyring = Hung::stop()?;
    let (refused, latest) = bench.all_at_once(false)?;
    drop(keyring);
    goals.judge(
        refused == CALLERS && latest < LATEST_ANSWER,
        &format!(
            "{refused} of {CALLERS} callers got an error while the keyring hung, the last after {} (goal {})",
            shown(latest),
            shown(LATEST_ANSWER)
        ),
    );
    goals.finish()
}

struct Bench {
    home: PathBuf,
    keywell: PathBuf,
}

/// The helper, and a key for it to hand out.
///
/// # Errors
/// A sentence when the key can not be stored.
pub fn helper_with_a_key(home: &Path) -> Result<Command, String> {
    Ok(Bench::with_a_key(home)?.helper())
}

impl Bench {
    fn with_a_key(home: &Path) -> Result<Bench, String> {
        let bench = Bench {
            home: home.to_path_buf(),
            keywell: paths::built("release", "keywell"),
        };
        bench.store_a_key()?;
        Ok(bench)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.keywell);
        command.env("KEYWELL_HOME", self.home.join("keywell"));
        command
    }

    fn helper(&self) -> Command {
        let mut command = self.command();
        command.args(["credential-process", "--profile", "bench"]);
        command
    }

    fn store_a_key(&self) -> Result<(), String> {
        let csv = self.home.join("bench_accessKeys.csv");
        let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
        let text = format!("Access key ID,Secret access key\n{KEY_ID},{secret}\n");
        fs::File::create(&csv)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .map_err(|why| format!("{} cannot be written: {why}", csv.display()))?;
        let mut setup = self.command();
        setup.arg("setup").arg("--csv").arg(&csv);
        setup.args([
            "--profile",
            "bench",
            "--region",
            "us-east-1",
            "--no-test",
            "--json",
        ]);
        // A key of the practice account is taken for nothing else, and nobody is asked here.
        setup.args(["--endpoint-url", "http://127.0.0.1:9"]);
        process::run(setup.stdin(Stdio::null()).stdout(Stdio::null()))?;
        if timed(&mut self.helper())?.1 && timed(&mut secret_tool())?.1 {
            Ok(())
        } else {
            Err("the key that was stored can not be read".to_owned())
        }
    }

    /// Starts all callers and waits for each; how many ended as `served` says, and when the last one did.
    fn all_at_once(&self, served: bool) -> Result<(usize, Duration), String> {
        let begun = Instant::now();
        let ended: Vec<Result<bool, String>> = thread::scope(|scope| {
            let callers: Vec<_> = (0..CALLERS)
                .map(|_| scope.spawn(|| timed(&mut self.helper()).map(|(_, done)| done)))
                .collect();
            callers
                .into_iter()
                .map(|caller| {
                    caller
                        .join()
                        .unwrap_or(Err("a caller's thread died".to_owned()))
                })
                .collect()
        });
        let latest = begun.elapsed();
        let ended = ended.into_iter().collect::<Result<Vec<bool>, String>>()?;
        Ok((
            ended.into_iter().filter(|done| *done == served).count(),
            latest,
        ))
    }
}

/// Reads the very item that the helper reads.
fn secret_tool() -> Command {
    let mut command = Command::new("secret-tool");
    command.args(["lookup", "service", "keywell", "username", KEY_ID]);
    command
}

/// The medians of two commands that take turns, so that whatever else the machine does hits both.
fn alternating(
    ours: impl Fn() -> Command,
    peer: impl Fn() -> Command,
) -> Result<(Duration, Duration), String> {
    let mut times = (Vec::with_capacity(TRIES), Vec::with_capacity(TRIES));
    for _ in 0..TRIES {
        times.0.push(timed(&mut ours())?.0);
        times.1.push(timed(&mut peer())?.0);
    }
    Ok((median(&mut times.0), median(&mut times.1)))
}

fn shown(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}

/// The keyring's daemon, stopped where it is: it keeps its name on the bus and answers nothing. Goes on when dropped.
struct Hung(String);

impl Hung {
    fn stop() -> Result<Hung, String> {
        let answer = process::output(Command::new("gdbus").args([
            "call",
            "--session",
            "--dest",
            "org.freedesktop.DBus",
            "--object-path",
            "/org/freedesktop/DBus",
            "--method",
            "org.freedesktop.DBus.GetConnectionUnixProcessID",
            "org.freedesktop.secrets",
        ]))
        .unwrap_or_default();
        // `(uint32 4711,)`
        let id: String = answer
            .rsplit(' ')
            .next()
            .unwrap_or_default()
            .chars()
            .filter(char::is_ascii_digit)
            .collect();
        if id.is_empty() {
            return Err(format!("nobody knows the keyring's process: {answer:?}"));
        }
        process::run(Command::new("kill").args(["-STOP", &id]))?;
        Ok(Hung(id))
    }
}

impl Drop for Hung {
    fn drop(&mut self) {
        let _ = process::run(Command::new("kill").args(["-CONT", &self.0]));
    }
}
