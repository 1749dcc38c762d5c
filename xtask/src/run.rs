//! `cargo xtask run`: from a clean checkout to the open window.

use crate::system::Group;
use crate::{page, paths, practise, process, session, system, versions};
use std::env;
use std::process::Command;

/// # Errors
/// A sentence that says which step failed.
pub fn run() -> Result<(), String> {
    versions::check()?;
    let display = has_display();
    system::install(if display {
        &[Group::Build]
    } else {
        &[Group::Build, Group::Keyring]
    })?;
    println!("Building the page …");
    page::install()?;
    process::run(&mut page::script("build"))?;
    println!("Building Keywell (the first time takes several minutes) …");
    process::run(
        process::cargo()
            .current_dir(paths::root())
            .args(["build", "--workspace"]),
    )?;
    if display {
        println!("Opening the window …");
        return process::run(&mut Command::new(paths::built("debug", "keywell-desktop")));
    }
    println!(
        "\nThere is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set), so Keywell does its main job in the terminal."
    );
    println!(
        "It uses a practice account on this machine, a throwaway home folder and a keyring of its own; nothing of yours is touched.\n"
    );
    let session = session::Session::new()?;
    let own = env::current_exe().map_err(|why| format!("xtask's own path is unknown: {why}"))?;
    process::run(
        session
            .command(false, session::Keychain::Unlocked, own)?
            .arg(practise::VERB)
            .arg(session.home()),
    )
}

fn has_display() -> bool {
    let set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || set("DISPLAY") || set("WAYLAND_DISPLAY")
}
