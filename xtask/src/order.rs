//! `cargo xtask order`: which functions the window's start runs, for the linker to put side by side.

use crate::session::{Keychain, Session};
use crate::{bench_start, page, paths, process};

/// Longer than what `cargo xtask bench start` calls idle.
const SECONDS: &str = "65";

/// Writes `src-tauri/start-order.txt`, which a release build links by (`xtask/order/link.rs`). For x86-64 Linux.
///
/// # Errors
/// A sentence when something can not be built or started.
pub fn order() -> Result<(), String> {
    page::install()?;
    process::run(&mut page::script("build"))?;
    let map = paths::target().join("release/keywell-desktop.map");
    process::run(
        process::cargo()
            .current_dir(paths::root())
            .env("KEYWELL_LINK_MAP", &map)
            .args(["build", "--workspace", "--release", "--bin"])
            .arg("keywell-desktop"),
    )?;
    let session = Session::new()?;
    bench_start::write_config(&session.home())?;
    let mut command = session.command(true, Keychain::Unlocked, "python3")?;
    process::run(
        command
            .arg(paths::root().join("xtask/order/trace.py"))
            .arg(paths::built("release", "keywell-desktop"))
            .arg(map)
            .arg(SECONDS)
            .arg(paths::root().join("src-tauri/start-order.txt")),
    )
}
