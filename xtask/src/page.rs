//! Packages of npm, and the checks and the build of the page in ui/.

use crate::{paths, process};
use std::fs;
use std::path::Path;
use std::process::Command;

/// `npm ci` in the page's folder, unless `node_modules` is there and no older than the lock file.
///
/// # Errors
/// A sentence when npm fails.
pub fn install() -> Result<(), String> {
    install_in(&paths::page())
}

/// The same for another project.
///
/// # Errors
/// A sentence when npm fails.
pub fn install_in(project: &Path) -> Result<(), String> {
    if fresh(project) {
        return Ok(());
    }
    process::run(npm(&["ci", "--no-audit", "--no-fund"]).current_dir(project))
}

/// npm writes `node_modules/.package-lock.json` last, so its age is that of a finished installation.
fn fresh(project: &Path) -> bool {
    let age = |file: &str| fs::metadata(project.join(file)).and_then(|about| about.modified());
    match (
        age("node_modules/.package-lock.json"),
        age("package-lock.json"),
    ) {
        (Ok(installed), Ok(locked)) => installed >= locked,
        _ => false,
    }
}

/// A script of ui/package.json, ready to run.
pub fn script(name: &str) -> Command {
    npm(&["run", "--silent", name])
}

fn npm(arguments: &[&str]) -> Command {
    let mut command = process::npm();
    command.current_dir(paths::page()).args(arguments);
    command
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, SystemTime};

    #[test]
    fn packages_are_installed_anew_when_missing_or_older_than_the_lock_file() {
        let page = std::env::temp_dir().join(format!("keywell-page-{}", std::process::id()));
        fs::create_dir_all(page.join("node_modules")).unwrap();
        let touch = |file: &str, at: SystemTime| {
            fs::File::create(page.join(file))
                .unwrap()
                .set_modified(at)
                .unwrap();
        };
        let now = SystemTime::now();
        touch("package-lock.json", now);
        assert!(!fresh(&page), "never installed");
        touch(
            "node_modules/.package-lock.json",
            now - Duration::from_secs(60),
        );
        assert!(!fresh(&page), "the lock file changed since");
        touch(
            "node_modules/.package-lock.json",
            now + Duration::from_secs(60),
        );
        assert!(fresh(&page));
        fs::remove_dir_all(&page).unwrap();
    }
}
