//! The real AWS CLI, boto3, s5cmd and moto, in a Python environment of their own below the target folder.

use crate::{paths, process};
use std::fs;
use std::process::Command;

/// Makes `target/venv` with exactly what `tests/requirements.txt` names, unless it holds that already.
///
/// # Errors
/// A sentence when Python is missing or a package cannot be had.
pub fn install() -> Result<(), String> {
    let requirements = paths::root().join("tests/requirements.txt");
    let wanted = fs::read_to_string(&requirements)
        .map_err(|why| format!("{} cannot be read: {why}", requirements.display()))?;
    let venv = paths::target().join("venv");
    let stamp = venv.join("keywell-installed.txt");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    let python = if cfg!(windows) { "python" } else { "python3" };
    process::run(
        Command::new(python)
            .args(["-m", "venv", "--clear"])
            .arg(&venv),
    )?;
    process::run(
        Command::new(paths::python_program("python"))
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "--requirement",
            ])
            .arg(&requirements),
    )?;
    fs::write(&stamp, wanted).map_err(|why| format!("{} cannot be written: {why}", stamp.display()))
}
