//! Journeys of the whole thing, as `cargo xtask test` runs them: under a display, on a private bus, with an unlocked keyring.

mod canary;
mod clients;
mod moto;
mod terminal;
mod window;
