//! The built command, run as a person or a script runs it, in a home of its own and with an empty environment.

mod access;
#[cfg(all(unix, not(target_os = "macos")))]
mod ask;
mod bad_aws_files;
mod bad_input;
mod console;
mod credential_process;
mod exec;
mod files;
mod files_history;
mod help;
#[cfg(unix)]
mod interrupt;
mod key_health;
mod keys;
#[cfg(target_os = "linux")]
mod memory;
mod migrate;
#[cfg(unix)]
mod other_kinds;
mod practice;
mod profiles;
mod rotate;
mod s3;
mod sections;
mod settings;
mod setup;
mod support;
#[cfg(unix)]
mod terminal;
mod vault;
