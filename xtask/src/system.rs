//! System packages: found missing, shown, and installed where the system has apt; elsewhere said exactly.

use crate::process;
use std::collections::BTreeSet;
use std::process::{Command, Stdio};

/// What the packages are for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Group {
    /// Compiling and starting the window.
    Build,
    /// A secret store on a machine without a desktop.
    Keyring,
    /// The journeys.
    Test,
    /// Checking for Windows.
    Cross,
    /// KDE's secret store.
    KWallet,
}

impl Group {
    /// The groups named on the command line; `Build` when none is.
    pub fn parse_all(words: &[&str]) -> Option<Vec<Group>> {
        if words.is_empty() {
            return Some(vec![Group::Build]);
        }
        words.iter().map(|word| Group::parse(word)).collect()
    }

    fn parse(word: &str) -> Option<Group> {
        match word {
            "build" => Some(Group::Build),
            "keyring" => Some(Group::Keyring),
            "test" => Some(Group::Test),
            "cross" => Some(Group::Cross),
            "kwallet" => Some(Group::KWallet),
            _ => None,
        }
    }

    fn debian(self) -> &'static [&'static str] {
        match self {
            Group::Build => &[
                "build-essential",
                "pkg-config",
                "libwebkit2gtk-4.1-dev",
                "librsvg2-dev",
            ],
            // libglib2.0-bin has gdbus, which tells an unlocked keyring from a locked one.
            Group::Keyring => &["gnome-keyring", "dbus", "dbus-x11", "libglib2.0-bin"],
            // libsecret-tools looks into the keychain, xclip into the clipboard; without a font pictures show boxes;
            // fish and zsh take over what `keywell env` prints; awscli and rclone call the helper; x11-utils lists windows.
            Group::Test => &[
                "xvfb",
                "xauth",
                "webkit2gtk-driver",
                "libsecret-tools",
                "xclip",
                "python3",
                "python3-venv",
                "fonts-inter",
                "fonts-dejavu-core",
                "fish",
                "zsh",
                "awscli",
                "rclone",
                "x11-utils",
            ],
            Group::Cross => &[
                "gcc-mingw-w64-x86-64",
                "g++-mingw-w64-x86-64",
                "python3",
                "python3-venv",
            ],
            Group::KWallet => &["libkf5wallet-bin"],
        }
    }

    fn fedora(self) -> &'static [&'static str] {
        match self {
            Group::Build => &[
                "gcc",
                "gcc-c++",
                "make",
                "pkgconf-pkg-config",
                "webkit2gtk4.1-devel",
                "librsvg2-devel",
            ],
            Group::Keyring => &["gnome-keyring", "dbus-daemon", "glib2"],
            Group::Test => &[
                "xorg-x11-server-Xvfb",
                "xorg-x11-xauth",
                "webkit2gtk-driver",
                "libsecret",
                "xclip",
                "python3",
                "awscli2",
                "rclone",
                "xwininfo",
            ],
            Group::Cross => &["mingw64-gcc", "mingw64-gcc-c++", "python3"],
            Group::KWallet => &["kf5-kwallet"],
        }
    }

    fn arch(self) -> &'static [&'static str] {
        match self {
            Group::Build => &["base-devel", "webkit2gtk-4.1", "librsvg"],
            Group::Keyring => &["gnome-keyring", "dbus", "glib2"],
            Group::Test => &[
                "xorg-server-xvfb",
                "xorg-xauth",
                "libsecret",
                "xclip",
                "python",
                "aws-cli-v2",
                "rclone",
                "xorg-xwininfo",
            ],
            Group::Cross => &["mingw-w64-gcc", "python"],
            Group::KWallet => &["kwallet5"],
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Platform {
    Apt,
    Dnf,
    Pacman,
    OtherLinux,
    MacOs,
    Windows,
}

fn platform() -> Platform {
    let has = |program: &str| process::output(Command::new(program).arg("--version")).is_some();
    match std::env::consts::OS {
        "macos" => Platform::MacOs,
        "windows" => Platform::Windows,
        _ if has("apt-get") => Platform::Apt,
        _ if has("dnf") => Platform::Dnf,
        _ if has("pacman") => Platform::Pacman,
        _ => Platform::OtherLinux,
    }
}

/// Installs what the groups need and this system lacks.
///
/// # Errors
/// A sentence when apt fails. On other systems nothing is installed: what to type is printed, and the build goes on, since only it can tell
/// whether the person has done so.
pub fn install(groups: &[Group]) -> Result<(), String> {
    let platform = platform();
    if platform == Platform::Apt {
        return install_with_apt(&missing(groups));
    }
    if let Some(advice) = advice(platform, groups) {
        println!("{advice}");
    }
    Ok(())
}

fn names(groups: &[Group], list: fn(Group) -> &'static [&'static str]) -> Vec<&'static str> {
    let mut seen = BTreeSet::new();
    groups
        .iter()
        .flat_map(|group| list(*group))
        .copied()
        .filter(|name| seen.insert(*name))
        .collect()
}

fn missing(groups: &[Group]) -> Vec<&'static str> {
    let wanted = names(groups, Group::debian);
    // It exits with 1 when one of the names is unknown and still lists the others.
    let listed = Command::new("dpkg-query")
        .args(["--show", "--showformat=${Package} ${db:Status-Status}\n"])
        .args(&wanted)
        .stderr(Stdio::null())
        .output();
    let listed = listed
        .map(|out| String::from_utf8_lossy(&out.stdout).into_owned())
        .unwrap_or_default();
    not_installed(&wanted, &listed)
}

/// `listed` has lines of `PACKAGE STATUS`.
fn not_installed(wanted: &[&'static str], listed: &str) -> Vec<&'static str> {
    let there: BTreeSet<&str> = listed
        .lines()
        .filter_map(|line| line.strip_suffix(" installed"))
        .collect();
    wanted
        .iter()
        .copied()
        .filter(|name| !there.contains(name))
        .collect()
}

fn install_with_apt(missing: &[&str]) -> Result<(), String> {
    if missing.is_empty() {
        return Ok(());
    }
    println!("Missing system packages: {}", missing.join(" "));
    for arguments in [
        &["update"][..],
        &["install", "--yes", "--no-install-recommends"],
    ] {
        let mut command = apt(is_root());
        command
            .args(["-o", "DPkg::Lock::Timeout=300"])
            .args(arguments);
        if arguments[0] == "install" {
            command.args(missing);
        }
        println!("$ {}", process::line(&command));
        let done = process::run(command.env("DEBIAN_FRONTEND", "noninteractive"));
        // A stale list of one foreign source must not stop the rest; the installation tells whether it mattered.
        if arguments[0] == "install" {
            done?;
        }
    }
    Ok(())
}

fn apt(root: bool) -> Command {
    if root {
        return Command::new("apt-get");
    }
    let mut command = Command::new("sudo");
    // sudo drops the environment.
    command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]);
    command
}

fn is_root() -> bool {
    process::output(Command::new("id").arg("-u")).is_some_and(|id| id.trim() == "0")
}

fn advice(platform: Platform, groups: &[Group]) -> Option<String> {
    let wants = |group| groups.contains(&group);
    match platform {
        Platform::Apt => None,
        Platform::Dnf => Some(format!("If the build misses libraries, type:\n\n    sudo dnf install {}\n", names(groups, Group::fedora).join(" "))),
        Platform::Pacman => Some(format!("If the build misses libraries, type:\n\n    sudo pacman -S --needed {}\n", names(groups, Group::arch).join(" "))),
        Platform::OtherLinux => Some(format!("Neither apt, dnf nor pacman is here. Install what Debian calls:\n\n    {}\n", names(groups, Group::debian).join(" "))),
        Platform::MacOs if wants(Group::Build) => Some("If the build misses a compiler, type:\n\n    xcode-select --install\n".into()),
        Platform::Windows if wants(Group::Build) => Some(
            "If the build misses a linker or the window stays empty, type:\n\n    winget install Microsoft.VisualStudio.2022.BuildTools --override \"--wait --passive --add \
             Microsoft.VisualStudio.Workload.VCTools --includeRecommended\"\n    winget install Microsoft.EdgeWebView2Runtime\n"
                .into(),
        ),
        Platform::MacOs | Platform::Windows => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_fully_installed_packages_count_as_there() {
        let listed = "xvfb installed\nxauth config-files\npython3 installed\nlibxvfb installed\n";
        assert_eq!(
            not_installed(&["xvfb", "xauth", "python3", "python3-venv"], listed),
            ["xauth", "python3-venv"]
        );
        assert_eq!(not_installed(&["xvfb"], ""), ["xvfb"]);
    }

    #[test]
    fn a_package_that_two_groups_need_is_named_once() {
        let all = names(&[Group::Test, Group::Cross], Group::debian);
        assert_eq!(
            all.iter().filter(|name| **name == "python3-venv").count(),
            1
        );
    }

    #[test]
    fn sudo_is_used_only_by_those_who_are_not_root() {
        assert_eq!(process::line(&apt(true)), "apt-get");
        assert_eq!(
            process::line(&apt(false)),
            "sudo DEBIAN_FRONTEND=noninteractive apt-get"
        );
    }

    #[test]
    fn systems_without_apt_are_told_what_to_type() {
        for (platform, typed) in [
            (
                Platform::Dnf,
                "sudo dnf install gcc gcc-c++ make pkgconf-pkg-config webkit2gtk4.1-devel",
            ),
            (
                Platform::Pacman,
                "sudo pacman -S --needed base-devel webkit2gtk-4.1",
            ),
            (Platform::MacOs, "xcode-select --install"),
            (
                Platform::Windows,
                "winget install Microsoft.VisualStudio.2022.BuildTools",
            ),
            (Platform::OtherLinux, "libwebkit2gtk-4.1-dev"),
        ] {
            let text = advice(platform, &[Group::Build]).unwrap();
            assert!(text.contains(typed), "{platform:?}: {text}");
        }
        assert_eq!(advice(Platform::Apt, &[Group::Build]), None);
    }

    #[test]
    fn an_unknown_group_is_refused() {
        assert_eq!(Group::parse_all(&["build", "nonsense"]), None);
        assert_eq!(Group::parse_all(&[]), Some(vec![Group::Build]));
        assert_eq!(
            Group::parse_all(&["test", "cross"]),
            Some(vec![Group::Test, Group::Cross])
        );
    }
}
