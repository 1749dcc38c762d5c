//! A private desktop session: its own bus, a keyring in a throwaway home, and a display when asked for one.
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

/// What a session has for a keychain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keychain {
    /// A login keyring, open.
    Unlocked,
    /// The daemon runs and nobody unlocked it: locked where the home has a login keyring, else without any.
    AsFound,
    /// A bus on which nobody provides secrets.
    Absent,
    /// KDE's, open.
    KWallet,
}

impl Keychain {
    const ALL: [(Keychain, &str); 4] = [
        (Keychain::Unlocked, "unlocked"),
        (Keychain::AsFound, "as-found"),
        (Keychain::Absent, "absent"),
        (Keychain::KWallet, "kwallet"),
    ];

    fn word(self) -> &'static str {
        let known = Keychain::ALL.iter().find(|(keychain, _)| *keychain == self);
        known.map_or("", |(_, word)| word)
    }

    pub fn of_word(word: &str) -> Option<Keychain> {
        let known = Keychain::ALL.iter().find(|(_, known)| *known == word);
        known.map(|(keychain, _)| *keychain)
    }
}

/// A bus that starts nobody, so that it has no Secret Service either.
const BARE_BUS: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#;

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
    /// A sentence when this program's own path is unknown or the bus cannot be set up.
    pub fn command(
        &self,
        display: bool,
        keychain: Keychain,
        program: impl AsRef<Path>,
    ) -> Result<Command, String> {
        let own =
            std::env::current_exe().map_err(|why| format!("xtask's own path is unknown: {why}"))?;
        let mut command = if display {
            let mut command = Command::new("xvfb-run");
            command.args([
                "--auto-servernum",
                "--server-args=-screen 0 1280x800x24",
                "dbus-run-session",
            ]);
            command
        } else {
            let mut command = Command::new("dbus-run-session");
            command.env_remove("DISPLAY");
            command
        };
        if keychain == Keychain::Absent {
            let bus = self.folder.join("bus.conf");
            fs::write(&bus, BARE_BUS)
                .map_err(|why| format!("{} cannot be written: {why}", bus.display()))?;
            command.arg("--config-file").arg(bus);
        }
        command
            .arg("--")
            .arg(own)
            .args([INSIDE, keychain.word()])
            .arg(program.as_ref());
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

/// On the private bus: starts the keyring, runs the command, passes on its exit code.
pub fn inside(keychain: Keychain, command: &[&str]) -> ExitCode {
    let started = match keychain {
        Keychain::Unlocked => Keyring::unlock().map(Some),
        Keychain::AsFound => Keyring::start().map(Some),
        Keychain::Absent => Ok(None),
        Keychain::KWallet => kwallet().map(Some),
    };
    let _keyring = match started {
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

/// The daemon of a keyring; ended when dropped.
struct Keyring(Child);

impl Keyring {
    /// With its login keyring open, which is made where there is none.
    fn unlock() -> Result<Keyring, String> {
        let mut keyring = Keyring::spawn(&["--unlock"])?;
        // The password protects nothing: the keyring lives as long as this session. It is taken to the byte, so no newline.
        let sent = keyring
            .0
            .stdin
            .take()
            .map(|mut stdin| stdin.write_all(b"throwaway"));
        sent.transpose().map_err(cannot_start)?;
        // The daemon does not fail on a wrong password, so ask whether the keyring is open.
        keyring.once(unlocked, "its login keyring did not unlock")
    }

    /// Without a password.
    fn start() -> Result<Keyring, String> {
        Keyring::spawn(&[])?.once(provided, "it did not take its name on the bus")
    }

    fn spawn(more: &[&str]) -> Result<Keyring, String> {
        let daemon = Command::new("gnome-keyring-daemon")
            .args(["--foreground", "--components=secrets"])
            .args(more)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        daemon.map(Keyring).map_err(cannot_start)
    }

    fn once(self, ready: impl Fn() -> bool, else_what: &str) -> Result<Keyring, String> {
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(20) {
            if ready() {
                return Ok(self);
            }
            thread::sleep(Duration::from_millis(100));
        }
        Err(format!(
            "the keyring's daemon started, but {else_what} within 20 seconds"
        ))
    }
}

const KWALLET: &str = "kwalletd5";

/// The settings without which KWallet asks a person before it does anything, or leaves secrets to another service.
const KWALLET_SETTINGS: &str = "\
[Wallet]
Enabled=true
First Use=false
Default Wallet=kdewallet
Local Wallet=kdewallet
[org.freedesktop.secrets]
apiEnabled=true
[Auto Allow]
kdewallet=*
";

/// KWallet with its default wallet open. It offers a new wallet to the Secret Service only from its next start on.
fn kwallet() -> Result<Keyring, String> {
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let settings = home.unwrap_or_default().join(".config");
    fs::create_dir_all(&settings)
        .and_then(|()| fs::write(settings.join("kwalletrc"), KWALLET_SETTINGS))
        .map_err(|why| format!("kwalletrc cannot be written: {why}"))?;
    drop(open_kwallet()?);
    open_kwallet()?.once(has_default, "it offers no wallet")
}

fn open_kwallet() -> Result<Keyring, String> {
    let daemon = Command::new(KWALLET)
        .env("QT_QPA_PLATFORM", "offscreen")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let daemon = daemon
        .map(Keyring)
        .map_err(|why| format!("{KWALLET} cannot be started: {why}"))?;
    // As the login does it: with a key made of the password, of 56 bytes. It protects nothing here.
    let key = format!("[byte {}]", vec!["0x41"; 56].join(", "));
    let open = ["org.kde.kwalletd5", "/modules/kwalletd5"];
    daemon
        .once(provided, "it did not take its name on the bus")?
        .once(
            || {
                ask(&[
                    &open[..],
                    &["org.kde.KWallet.pamOpen", "kdewallet", &key, "0"],
                ]
                .concat());
                ask(&[&open[..], &["org.kde.KWallet.isOpen", "kdewallet"]].concat())
                    .contains("true")
            },
            "its wallet did not open",
        )
}

/// Whether there is a collection that secrets go to.
fn has_default() -> bool {
    ask(&[
        SECRETS,
        "/org/freedesktop/secrets",
        "org.freedesktop.Secret.Service.ReadAlias",
        "default",
    ])
    .contains("/collection/")
}

fn cannot_start(why: std::io::Error) -> String {
    format!("gnome-keyring-daemon cannot be started: {why}")
}

impl Drop for Keyring {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn provided() -> bool {
    // A question to the name itself would make the bus start a second daemon while the first is still coming up.
    ask(&[
        "org.freedesktop.DBus",
        "/org/freedesktop/DBus",
        "org.freedesktop.DBus.NameHasOwner",
        SECRETS,
    ])
    .contains("true")
}

fn unlocked() -> bool {
    provided() && {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_keychain_has_a_word_that_leads_back_to_it() {
        for (keychain, _) in Keychain::ALL {
            assert_eq!(Keychain::of_word(keychain.word()), Some(keychain));
        }
        assert_eq!(Keychain::of_word(""), None);
    }
}
