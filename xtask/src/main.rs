//! `cargo xtask run | test | journeys | keychains | types | bench | torture | fuzz | order | install`: what a person or a machine types to build, try and prove Keywell.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a terminal program whose output is its purpose"
)]

mod bench;
mod bench_helper;
mod bench_start;
mod fuzz;
mod keychains;
mod order;
mod page;
mod paths;
mod phases;
mod practise;
mod process;
mod python;
mod release;
mod run;
mod session;
mod system;
mod types;
mod verify;
mod versions;

use std::process::ExitCode;

const USAGE: &str = "\
Usage: cargo xtask <verb>

  run       install what is missing, build, and open the window
            (without a display: the main job in the terminal, on a practice account)
  test      everything: Rust, page, command line, and journeys in the real window
  journeys  only the journeys, or those whose name holds a word: cargo xtask journeys window
  keychains only the keychain's test, with a keychain that is locked, hangs, or is not there, and with KWallet
  types     write ui/src/backend/wire.ts from crates/wire
  torture   a thousand killed writers and full disks, and writers beside the AWS CLI: the long form of a journey
  fuzz      the parsers under random bytes, with nightly and cargo-fuzz: cargo xtask fuzz [TARGET] [--seconds N]
  bench     sizes of the release binaries and the helper's latency
            bench helper: the helper beside secret-tool and /bin/true, and with a keyring that hangs
            bench start: the window beside a bare one of Tauri's: time until the page is there, and memory
            bench files: an edit of a large AWS file, beside botocore's load of it
  order     write which functions the starts of window and helper run, for the linker to put side by side (x86-64 Linux)
  install   only install the system packages: cargo xtask install [build] [test] [cross]
";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match arguments.as_slice() {
        ["run"] => run::run(),
        ["test"] => verify::verify(),
        ["journeys", filters @ ..] => verify::journeys(filters),
        ["keychains"] => keychains::run(),
        ["types"] => types::write(),
        ["bench"] => bench::bench(),
        ["bench", "files"] => bench::files(),
        ["bench", "start"] => bench_start::bench(),
        ["order"] => order::order(),
        ["torture"] => verify::torture(),
        ["fuzz", arguments @ ..] => match fuzz::Wish::parse(arguments) {
            Some(wish) => fuzz::run(&wish),
            None => return usage(),
        },
        ["bench", "helper"] => bench_helper::bench(),
        ["install", groups @ ..] => match system::Group::parse_all(groups) {
            Some(groups) => system::install(&groups),
            None => return usage(),
        },
        // These are started by xtask itself on a private bus, never typed.
        [session::INSIDE, keychain, command @ ..] if !command.is_empty() => {
            return match session::Keychain::of_word(keychain) {
                Some(keychain) => session::inside(keychain, command),
                None => usage(),
            };
        }
        [bench_helper::INSIDE, home] => bench_helper::inside(std::path::Path::new(home)),
        [order::INSIDE, home] => order::inside(std::path::Path::new(home)),
        [bench_start::INSIDE, home] => bench_start::inside(std::path::Path::new(home)),
        [practise::VERB, home] => practise::practise(std::path::Path::new(home)),
        ["help" | "--help" | "-h"] => {
            print!("{USAGE}");
            Ok(())
        }
        _ => return usage(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("\nerror: {why}");
            ExitCode::FAILURE
        }
    }
}

fn usage() -> ExitCode {
    eprint!("{USAGE}");
    ExitCode::from(2)
}
