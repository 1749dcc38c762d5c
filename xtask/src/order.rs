//! `cargo xtask order`: which functions the starts of the window and of the helper run, for the linker to put side by side.

use crate::session::{Keychain, Session};
use crate::{bench_helper, bench_start, page, paths, process, release};
use std::path::Path;
use std::process::Command;

/// The hidden verb that runs on the private display; its argument is the throwaway home.
pub const INSIDE: &str = "order-in";

/// Longer than what `cargo xtask bench start` calls idle.
const WINDOW_SECONDS: &str = "65";
/// The helper ends by itself, and long before.
const HELPER_SECONDS: &str = "30";

/// Writes `src-tauri/start-order.txt` and `crates/cli/start-order.txt`, which release builds link by
/// (`xtask/order/link.rs`). For x86-64 Linux.
///
/// # Errors
/// A sentence when something can not be built or started.
pub fn order() -> Result<(), String> {
    page::install()?;
    process::run(&mut page::script("build"))?;
    for program in ["keywell-desktop", "keywell"] {
        process::run(release::build(program).env("KEYWELL_LINK_MAP", map_of(program)))?;
    }
    let session = Session::new()?;
    let own = std::env::current_exe().map_err(|why| format!("xtask's own path: {why}"))?;
    let mut command = session.command(true, Keychain::Unlocked, own)?;
    process::run(command.arg(INSIDE).arg(session.home()))
}

/// The part on the private display.
///
/// # Errors
/// As [`order`].
pub fn inside(home: &Path) -> Result<(), String> {
    bench_start::write_config(home)?;
    let window = Command::new(paths::built("release", "keywell-desktop"));
    trace(&window, "src-tauri/start-order.txt", WINDOW_SECONDS)?;
    let helper = bench_helper::helper_with_a_key(home)?;
    trace(&helper, "crates/cli/start-order.txt", HELPER_SECONDS)
}

fn trace(command: &Command, order: &str, seconds: &str) -> Result<(), String> {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or_default().to_string_lossy();
    let mut trace = Command::new("python3");
    trace
        .arg(paths::root().join("xtask/order/trace.py"))
        .arg(program)
        .arg(map_of(&name))
        .arg(seconds)
        .arg(paths::root().join(order))
        .args(command.get_args());
    for (variable, value) in command.get_envs() {
        trace.env(variable, value.unwrap_or_default());
    }
    process::run(&mut trace)
}

/// What the linker wrote of a program.
fn map_of(program: &str) -> std::path::PathBuf {
    paths::target().join(format!("release/{program}.map"))
}
