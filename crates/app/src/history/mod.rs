//! What Keywell changed in the AWS files, so that any process can take it back.
//!
//! Each change is one file in `history/` of Keywell's data folder, written before the AWS files are, so that a change
//! that was cut short is in it, too. The text of the config file is kept as it is, unless it holds a secret; that of
//! the credentials file only sealed to a public key, whose private half is in the vault: writing asks no keychain.

mod entry;
mod folder;
mod recording;
mod sealing;
mod show;
mod undo;

pub use show::{list, show};
pub use undo::{last, undo};

pub(crate) use entry::{FileChange, InUseChange, IndexChange, IndexChanges, WhichFile};
pub(crate) use recording::{Kept, Recording};
pub(crate) use sealing::sealer;
pub(crate) use show::last_key;
