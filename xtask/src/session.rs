//! A private desktop session: its own bus, an unlocked keyring in a throwaway home, and a display when asked for one.
//!
//! Nothing that runs in it can touch the person's own keyring.

use crate::process;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// The hidden verb that runs on the private bus.
pub const INSIDE: &str = "inside-session";

/// The folders of one session; removed when dropped.
pub struct Session {
    folder: PathBuf,
}

impl Session {
    /// # Errors
    /// A sentence when the folders cannot be made.
    pub fn new() -> Result<Session, String> {
        // Sockets lie in it, and their paths may have no more than 107 bytes: so not below the target folder.
        let folder = std::env::temp_dir().join(format!("keywell-{}", std::process::id()));
        let session = Session { folder };
        for part in [session.home(), session.runtime()] {
            make_private(&part)
                .map_err(|why| format!("{} cannot be made: {why}", part.display()))?;
        }
        Ok(session)
    }

    pub fn home(&self) -> PathBuf {
        self.folder.join("home")
    }

    fn runtime(&self) -> PathBuf {
        self.folder.join("run")
    }

    /// A command that runs `program` inside the session; add its arguments.
    ///
    /// # Errors
    /// A sentence when this program's own path is unknown.
    pub fn command(&self, display: bool, program: impl AsRef<Path>) -> Result<Command, String> {
        let own =
            std::env::current_exe().map_err(|why| format!("xtask's own path is unknown: {why}"))?;
        let mut command = if display {
            let mut command = Command::new("xvfb-run");
            command.args([
                "--auto-servernum",
                "--server-args=-screen 0 1280x800x24",
                "dbus-run-session",
                "--",
            ]);
            command
        } else {
            let mut command = Command::new("dbus-run-session");
            command.arg("--").env_remove("DISPLAY");
            command
        };
        command.arg(own).arg(INSIDE).arg(program.as_ref());
        // rustup and cargo find their folders through HOME.
        let real = std::env::var_os("HOME")
            .map(PathBuf::from)
            .unwrap_or_default();
        for (name, folder) in [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")] {
            if std::env::var_os(name).is_none() {
                command.env(name, real.join(folder));
            }
        }
        for name in [
            "WAYLAND_DISPLAY",
            "DBUS_SESSION_BUS_ADDRESS",
            "XDG_CONFIG_HOME",
            "XDG_DATA_HOME",
            "XDG_CACHE_HOME",
            "XDG_STATE_HOME",
        ] {
            command.env_remove(name);
        }
        // Without a desktop nobody provides the accessibility bus and GTK waits for it.
        command
            .env("NO_AT_BRIDGE", "1")
            .env("HOME", self.home())
            .env("XDG_RUNTIME_DIR", self.runtime());
        Ok(command)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // What stays behind is an empty-handed folder below the system's temporary one.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn make_private(folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    #[cfg(unix)]
    fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    Ok(())
}

/// On the private bus: unlocks a new keyring, runs the command, passes on its exit code.
pub fn inside(command: &[&str]) -> ExitCode {
    let _keyring = match Keyring::unlock() {
        Ok(keyring) => keyring,
        Err(why) => {
            eprintln!("error: {why}");
            return ExitCode::FAILURE;
        }
    };
    match Command::new(command[0]).args(&command[1..]).status() {
        Ok(status) => status
            .code()
            .and_then(|code| u8::try_from(code).ok())
            .map_or(ExitCode::FAILURE, ExitCode::from),
        Err(why) => {
            eprintln!("error: `{}` cannot be started: {why}", command[0]);
            ExitCode::FAILURE
        }
    }
}

/// A gnome-keyring daemon with an unlocked login keyring; ended when dropped.
struct Keyring(Child);

impl Keyring {
    fn unlock() -> Result<Keyring, String> {
        let cannot = |why: std::io::Error| format!("gnome-keyring-daemon cannot be started: {why}");
        let mut daemon = Command::new("gnome-keyring-daemon")
            .args(["--foreground", "--unlock", "--components=secrets"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(cannot)?;
        // The password protects nothing: the keyring lives as long as this session. It is taken to the byte, so no newline.
        let sent = daemon
            .stdin
            .take()
            .map(|mut stdin| stdin.write_all(b"throwaway"));
        let keyring = Keyring(daemon);
        sent.transpose().map_err(cannot)?;
        let begun = Instant::now();
        // The daemon does not fail on a wrong password, so ask whether the keyring is open.
        while begun.elapsed() < Duration::from_secs(20) {
            if unlocked() {
                return Ok(keyring);
            }
            thread::sleep(Duration::from_millis(100));
        }
        Err(
            "gnome-keyring-daemon started, but its login keyring did not unlock within 20 seconds"
                .into(),
        )
    }
}

impl Drop for Keyring {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn unlocked() -> bool {
    // A question to the name itself would make the bus start a second daemon while the first is still coming up.
    let there = ask(&[
        "org.freedesktop.DBus",
        "/org/freedesktop/DBus",
        "org.freedesktop.DBus.NameHasOwner",
        SECRETS,
    ]);
    there.contains("true") && {
        let property = ["org.freedesktop.Secret.Collection", "Locked"];
        let call = [
            SECRETS,
            "/org/freedesktop/secrets/collection/login",
            "org.freedesktop.DBus.Properties.Get",
        ];
        ask(&[call.as_slice(), &property].concat()).contains("<false>")
    }
}

const SECRETS: &str = "org.freedesktop.secrets";

/// Calls `[destination, object path, method, arguments…]` on the session bus; empty when that fails.
fn ask(call: &[&str]) -> String {
    let mut gdbus = Command::new("gdbus");
    gdbus.args([
        "call",
        "--session",
        "--dest",
        call[0],
        "--object-path",
        call[1],
        "--method",
        call[2],
    ]);
    process::output(gdbus.args(&call[3..])).unwrap_or_default()
}
