//! Journeys of the whole thing, as `cargo xtask test` runs them: under a display, on a private bus, with an unlocked keyring.

mod ask;
mod aws_files;
mod bad_keychain;
mod bad_network;
mod canary;
mod clients;
mod consumers;
mod mfa;
mod migration;
mod moto;
mod reveal;
mod rotation;
mod sessions;
mod terminal;
mod torture;
mod window;
mod window_bad_input;
mod window_doors;
mod window_files;
mod window_screens;
mod window_start;
mod window_vault;
