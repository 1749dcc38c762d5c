//! Programs as people get them.

use crate::{paths, process};
use std::process::Command;

/// Builds one program alone: with another target beside it, features of its dependencies may differ, and with them the names
/// by which `start-order.txt` knows their functions.
pub fn build(program: &str) -> Command {
    let mut command = process::cargo();
    command.current_dir(paths::root()).args([
        "build",
        "--workspace",
        "--release",
        "--bin",
        program,
    ]);
    command
}
