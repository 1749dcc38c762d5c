//! A keychain of one journey's own, on a bus of its own, that can be locked, gone or hung.

use crate::home::Home;
use crate::programs::{self, Outcome};
use crate::servers::Running;
use crate::wait_for;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

const START: Duration = Duration::from_secs(20);

/// A bus without a display, on which a gnome-keyring of the home's own keyrings may run.
pub struct PrivateKeychain<'a> {
    home: &'a Home,
    // Dropped in this order: the daemon would otherwise outlive its bus for a moment.
    daemon: Option<Running>,
    _bus: Option<Running>,
    address: String,
    /// The daemon's sockets; their paths may have no more than 107 bytes.
    runtime: TempDir,
}

impl<'a> PrivateKeychain<'a> {
    /// A login keyring with a password of its own, open.
    ///
    /// # Panics
    /// When it does not come up.
    pub fn unlocked(home: &'a Home) -> PrivateKeychain<'a> {
        let mut keychain = PrivateKeychain::with_bus(home);
        keychain.start(&["--unlock"]);
        wait_for("an open keyring", START, || {
            keychain
                .is_locked()
                .is_some_and(|locked| !locked)
                .then_some(())
        });
        keychain
    }

    /// The keyring that the home has, which nobody unlocks.
    ///
    /// # Panics
    /// When it does not come up.
    pub fn locked(home: &'a Home) -> PrivateKeychain<'a> {
        let mut keychain = PrivateKeychain::with_bus(home);
        keychain.start(&[]);
        wait_for("a locked keyring", START, || {
            keychain.is_locked().filter(|locked| *locked)
        });
        keychain
    }

    /// A daemon in a home that has no keyring yet.
    ///
    /// # Panics
    /// When it does not come up.
    pub fn without_keyring(home: &'a Home) -> PrivateKeychain<'a> {
        let mut keychain = PrivateKeychain::with_bus(home);
        keychain.start(&[]);
        wait_for("a keyring daemon", START, || {
            keychain.is_provided().then_some(())
        });
        keychain
    }

    /// No bus at all: the address leads nowhere.
    ///
    /// # Panics
    /// When no folder can be made.
    pub fn without_bus(home: &'a Home) -> PrivateKeychain<'a> {
        PrivateKeychain {
            home,
            daemon: None,
            _bus: None,
            address: "unix:path=/nonexistent/keywell-bus".to_owned(),
            runtime: tempfile::tempdir().expect("a temporary folder"),
        }
    }

    fn with_bus(home: &'a Home) -> PrivateKeychain<'a> {
        let mut keychain = PrivateKeychain::without_bus(home);
        let mut command = keychain.command("dbus-daemon");
        let mut bus = command
            .args(["--session", "--nofork", "--print-address"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map(Running)
            .expect("dbus-daemon can be started");
        let mut address = String::new();
        BufReader::new(bus.0.stdout.take().expect("piped above"))
            .read_line(&mut address)
            .expect("a bus prints its address");
        keychain.address = address.trim().to_owned();
        keychain._bus = Some(bus);
        keychain
    }

    fn start(&mut self, more: &[&str]) {
        let mut daemon = self
            .command("gnome-keyring-daemon")
            .args(["--foreground", "--components=secrets"])
            .args(more)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map(Running)
            .expect("gnome-keyring-daemon can be started");
        // The password is taken to the byte, up to the end of the input.
        let mut stdin = daemon.0.stdin.take().expect("piped above");
        let _ = stdin.write_all(b"journey");
        self.daemon = Some(daemon);
    }

    /// A command on this bus, without a display.
    fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = self.home.command(program);
        command
            .env("DBUS_SESSION_BUS_ADDRESS", &self.address)
            .env("XDG_RUNTIME_DIR", self.runtime.path())
            .env_remove("DISPLAY")
            .env_remove("XAUTHORITY");
        command
    }

    /// Runs `keywell` with this keychain.
    pub fn keywell(&self, arguments: &[&str]) -> Outcome {
        let mut command = self.command(programs::keywell_program());
        Outcome::of(command.args(arguments), "")
    }

    /// Runs `keywell` with this keychain and more variables.
    pub fn keywell_with(&self, variables: &[(&str, &Path)], arguments: &[&str]) -> Outcome {
        let mut command = self.command(programs::keywell_program());
        command.envs(variables.iter().copied());
        Outcome::of(command.args(arguments), "")
    }

    /// Runs the real AWS CLI with this keychain.
    pub fn aws(&self, arguments: &[&str]) -> Outcome {
        let mut command = self.command(programs::python_program("aws"));
        Outcome::of(command.args(arguments), "")
    }

    /// Reads an item by one attribute, which opens a keyring that has no password.
    ///
    /// # Panics
    /// When there is none.
    pub fn read(&self, attribute: &str, value: &str) {
        let mut lookup = self.command("secret-tool");
        Outcome::of(lookup.args(["lookup", attribute, value]), "").succeeded();
    }

    /// Ends the daemon, as a crash does. Who asks next may get another one from the bus, which nobody has unlocked.
    pub fn die(&mut self) {
        self.daemon = None;
    }

    /// Stops the daemon where it is: it keeps its name on the bus and answers nothing.
    ///
    /// # Panics
    /// When there is none.
    pub fn hang(&self) {
        self.signal("-STOP");
    }

    /// Lets a hung daemon go on.
    ///
    /// # Panics
    /// When there is none.
    pub fn go_on(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let daemon = self.daemon.as_ref().expect("a daemon runs");
        let mut kill = Command::new("kill");
        Outcome::of(kill.args([signal, &daemon.0.id().to_string()]), "").succeeded();
    }

    /// What Keywell keeps here: attributes and secrets as `secret-tool` prints them.
    pub fn items(&self) -> String {
        let mut search = self.command("secret-tool");
        let found = Outcome::of(search.args(["search", "--all", "service", "keywell"]), "");
        format!("{}{}", found.stdout, found.stderr)
    }

    /// Whether somebody provides secrets.
    fn is_provided(&self) -> bool {
        // A question to the name itself would make the bus start a second daemon while the first is still coming up.
        let owned = self.ask(&[
            "org.freedesktop.DBus",
            "/org/freedesktop/DBus",
            "org.freedesktop.DBus.NameHasOwner",
            SECRETS,
        ]);
        owned.contains("true")
    }

    /// Whether the login keyring is locked; `None` while nobody answers for it.
    fn is_locked(&self) -> Option<bool> {
        if !self.is_provided() {
            return None;
        }
        let answer = self.ask(&[
            SECRETS,
            "/org/freedesktop/secrets/collection/login",
            "org.freedesktop.DBus.Properties.Get",
            "org.freedesktop.Secret.Collection",
            "Locked",
        ]);
        [("<false>", false), ("<true>", true)]
            .into_iter()
            .find(|(text, _)| answer.contains(text))
            .map(|(_, locked)| locked)
    }

    fn ask(&self, call: &[&str]) -> String {
        let mut gdbus = self.command("gdbus");
        gdbus.args(["call", "--session", "--dest", call[0]]);
        gdbus.args(["--object-path", call[1], "--method", call[2]]);
        Outcome::of(gdbus.args(&call[3..]), "").stdout
    }
}

const SECRETS: &str = "org.freedesktop.secrets";
