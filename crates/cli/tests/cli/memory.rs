//! What others can read of the running command.

use std::{
    fs,
    os::unix::{
        fs::{MetadataExt as _, PermissionsExt as _},
        process::CommandExt as _,
    },
    process::{Child, Stdio},
    time::{Duration, Instant},
};

use crate::support::Home;

const NOBODY: u32 = 65_534;

/// Ends when dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// proc(5): the files of a process that is not dumpable belong to root, so that nobody of its own user can read its
/// memory; and a core file is limited to nothing.
#[test]
fn the_memory_of_the_command_is_closed_to_its_own_user() {
    let home = Home::new();
    // Nobody reads what root does; so root lets somebody else run it, from where everybody may.
    let is_root = rustix::process::getuid().is_root();
    let program = home.path("keywell-of-all");
    fs::copy(env!("CARGO_BIN_EXE_keywell"), &program).unwrap();
    for path in [home.path(""), program.clone()] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let mut command = home.command_of(&program);
    // It waits for a secret on stdin.
    command
        .args([
            "setup",
            "--key-id",
            crate::support::KEY_ID,
            "--profile",
            "x",
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    if is_root {
        command.uid(NOBODY);
    }
    let running = Running(command.spawn().unwrap());
    let of = |file: &str| format!("/proc/{}/{file}", running.0.id());
    let begun = Instant::now();
    // Before its first line runs, it is dumpable like any other.
    while fs::metadata(of("environ")).unwrap().uid() != 0 {
        assert!(begun.elapsed() < Duration::from_secs(20), "it is dumpable");
        std::thread::sleep(Duration::from_millis(10));
    }
    let limits = fs::read_to_string(of("limits")).unwrap();
    let core = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"))
        .unwrap();
    assert_eq!(core.split_whitespace().nth(4), Some("0"), "{core}");
}
