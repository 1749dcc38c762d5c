//! `cargo xtask test`: everything, with one set of cargo flags so that nothing is compiled twice.

use crate::phases::Phases;
use crate::session::{Keychain, Session};
use crate::system::Group;
use crate::{keychains, page, paths, process, python, system, versions};
use std::process::Command;

/// # Errors
/// A sentence that names the phases that failed.
pub fn verify() -> Result<(), String> {
    versions::check()?;
    let mut phases = Phases::default();
    // Only Linux has a WebDriver for the window that needs nobody's desktop.
    let journeys = cfg!(target_os = "linux");
    let ready = phases.run("system packages", || {
        system::install(&[Group::Build, Group::Keyring, Group::Test])
    }) && phases.run("page: npm ci", page::install)
        && phases.run("page: build", || process::run(&mut page::script("build")));
    if ready {
        phases.run("page: check", || process::run(&mut page::script("check")));
        phases.tests("page: test", || Ok(page::script("test")));
        // Programs and tests together: `cargo test` alone would not build the programs that the journeys start.
        let built = phases.run("Rust: build", || {
            process::run(&mut cargo(&["build", "--workspace", "--all-targets"]))
        }) && phases.run("Rust: build journeys", || {
            process::run(&mut cargo(&[
                "test",
                "--workspace",
                "--test",
                "journeys",
                "--no-run",
            ]))
        });
        if built {
            let all = ["test", "--workspace", "--no-fail-fast"];
            if journeys {
                in_session(&mut phases, "Rust: test", false, &all);
                keychains::test(&mut phases);
            } else {
                phases.tests("Rust: test", || Ok(cargo(&all)));
            }
            if journeys && phases.run("AWS clients, moto", clients) {
                in_session(
                    &mut phases,
                    "journeys",
                    true,
                    &["test", "--workspace", "--test", "journeys"],
                );
            }
        }
    }
    if !journeys {
        println!(
            "\nSKIPPED on this system: the journeys in the real window (they need Linux with Xvfb and WebKitWebDriver)."
        );
    }
    phases.finish()
}

/// The clients that come from other places than the system's packages, and moto.
fn clients() -> Result<(), String> {
    python::install()?;
    page::install_in(&paths::javascript())
}

/// `cargo xtask journeys`: builds what the journeys drive, and runs those whose names hold one of the words.
///
/// # Errors
/// A sentence that names the phases that failed.
pub fn journeys(filters: &[&str]) -> Result<(), String> {
    versions::check()?;
    let mut phases = Phases::default();
    let ready = phases.run("system packages", || {
        system::install(&[Group::Build, Group::Keyring, Group::Test])
    }) && phases.run("page: npm ci", page::install)
        && phases.run("page: build", || process::run(&mut page::script("build")))
        && phases.run("Rust: build", || {
            process::run(&mut cargo(&[
                "build",
                "--workspace",
                "--bins",
                "--examples",
            ]))
        })
        && phases.run("AWS clients, moto", clients);
    if ready {
        let mut arguments = vec!["test", "--workspace", "--test", "journeys", "--"];
        arguments.extend(filters);
        in_session(&mut phases, "journeys", true, &arguments);
    }
    phases.finish()
}

/// `cargo xtask torture`: the journeys of that name with a thousand rounds. Their figures go to standard error.
///
/// # Errors
/// A sentence that names the phases that failed.
pub fn torture() -> Result<(), String> {
    let mut phases = Phases::default();
    let built = phases.run("Rust: build", || {
        process::run(&mut cargo(&["build", "--workspace"]))
    }) && phases.run("AWS CLI", python::install);
    if built {
        phases.tests("torture", || {
            let mut command =
                cargo(&["test", "--workspace", "--test", "journeys", "--", "torture"]);
            command
                .args(["--test-threads", "1"])
                .env("KEYWELL_TORTURE_ROUNDS", "1000");
            Ok(command)
        });
    }
    phases.finish()
}

pub fn cargo(arguments: &[&str]) -> Command {
    let mut command = process::cargo();
    command.current_dir(paths::root()).args(arguments);
    command
}

fn in_session(phases: &mut Phases, name: &str, display: bool, arguments: &[&str]) {
    match Session::new() {
        Ok(session) => {
            phases.tests(name, || {
                let mut command =
                    session.command(display, Keychain::Unlocked, process::cargo().get_program())?;
                command
                    .current_dir(paths::root())
                    .args(arguments)
                    .env(keychains::VARIABLE, "1");
                Ok(command)
            });
        }
        Err(why) => {
            phases.run(name, || Err(why));
        }
    }
}
