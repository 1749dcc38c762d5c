//! The page's TypeScript, written from crates/wire.

use crate::{paths, process};

/// Writes `ui/src/backend/wire.ts`. The test that writes it is the one that fails when the file is stale.
///
/// # Errors
/// A sentence when crates/wire does not build.
pub fn write() -> Result<(), String> {
    process::run(
        process::cargo()
            .current_dir(paths::root())
            .env("KEYWELL_WRITE_TYPES", "1")
            .args([
                "test",
                "--quiet",
                "--package",
                "keywell-wire",
                "--test",
                "wire",
            ]),
    )?;
    println!("wrote ui/src/backend/wire.ts");
    Ok(())
}
