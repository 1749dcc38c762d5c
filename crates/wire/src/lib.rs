//! What crosses between the page and Rust: requests, answers, events. No logic lives here, and no type that holds a
//! secret can be sent to the page: the inbound types that carry a secret have no `Serialize` and no `Debug`.

mod access;
mod account;
mod bucket;
mod commands;
mod doctor;
mod error;
mod files;
mod hand_out;
mod history;
mod key_health;
mod mfa;
mod migrate;
mod overview;
mod profile;
mod rotation;
mod settings;
mod setup;
mod transfer;
mod typescript;
mod user;
mod vault;

pub use access::*;
pub use account::*;
pub use bucket::*;
pub use commands::COMMANDS;
pub use doctor::*;
pub use error::*;
pub use files::*;
pub use hand_out::*;
pub use history::*;
pub use key_health::*;
pub use mfa::*;
pub use migrate::*;
pub use overview::*;
pub use profile::*;
pub use rotation::*;
pub use settings::*;
pub use setup::*;
pub use transfer::*;
pub use typescript::typescript;
pub use user::*;
pub use vault::*;

/// Derives what every type of this crate needs: serde in camelCase and the TypeScript declaration.
macro_rules! wire {
    ($($(#[$meta:meta])* pub $kind:ident $name:ident { $($body:tt)* })+) => {$(
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, ts_rs::TS)]
        #[serde(rename_all = "camelCase")]
        $(#[$meta])*
        pub $kind $name { $($body)* }
    )+};
}
pub(crate) use wire;
