//! Where things are in the clone.

use std::env;
use std::path::{Path, PathBuf};

/// The root of the clone.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask/ lies in the clone")
}

/// Cargo's target folder: `CARGO_TARGET_DIR` when it is set, else `target/`.
pub fn target() -> PathBuf {
    match env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => root().join(folder),
        None => root().join("target"),
    }
}

/// A program that `cargo build` made in `profile` (`debug` or `release`).
pub fn built(profile: &str, name: &str) -> PathBuf {
    target()
        .join(profile)
        .join(format!("{name}{}", env::consts::EXE_SUFFIX))
}

/// The page's npm project.
pub fn page() -> PathBuf {
    root().join("ui")
}

/// The AWS SDK for JavaScript, as journeys use it.
pub fn javascript() -> PathBuf {
    root().join("tests/javascript")
}

/// A program of the Python environment that `python::install` makes.
pub fn python_program(name: &str) -> PathBuf {
    let venv = target().join("venv");
    if cfg!(windows) {
        venv.join("Scripts").join(format!("{name}.exe"))
    } else {
        venv.join("bin").join(name)
    }
}
