//! The commands of the page, a few lines each: take the request, call the use case, hand the answer back.

pub mod account;
pub mod bucket;
pub mod doctor;
pub mod files;
pub mod migration;
pub mod profile;
pub mod settings;
pub mod setup;
pub mod system;
pub mod transfer;

use keywell_wire::{Failure, Step};
use tauri::ipc::Channel;

/// What every command answers with.
pub type Answer<T> = Result<T, Failure>;

/// Sends steps to the page. A page that has gone does not stop the work.
fn to_page(channel: &Channel<Step>) -> impl Fn(Step) + Send + Sync + '_ {
    move |step| drop(channel.send(step))
}
