//! The commands of the page, a few lines each: take the request, call the use case, hand the answer back.

pub mod access;
pub mod account;
pub mod ask;
pub mod bucket;
pub mod doctor;
pub mod files;
pub mod hand_out;
pub mod key_health;
pub mod mfa;
pub mod migration;
pub mod portable;
pub mod profile;
pub mod section;
pub mod settings;
pub mod setup;
pub mod system;
pub mod transfer;
pub mod unfinished;
pub mod user;

use std::{fs, path::PathBuf};

use keywell_app::{Code, Problem};
use keywell_wire::{Failure, Step};
use tauri::{AppHandle, ipc::Channel};
use tauri_plugin_dialog::DialogExt;

/// What every command answers with.
pub type Answer<T> = Result<T, Failure>;

/// Sends steps to the page. A page that has gone does not stop the work.
fn to_page(channel: &Channel<Step>) -> impl Fn(Step) + Send + Sync + '_ {
    move |step| drop(channel.send(step))
}

/// Asks the person where to save a text, and saves it there; `None` when they closed the dialog.
async fn save_as(
    app: &AppHandle,
    title: &str,
    file_name: &str,
    text: &str,
) -> Result<Option<PathBuf>, Problem> {
    let (sender, picked) = tokio::sync::oneshot::channel();
    app.dialog()
        .file()
        .set_title(title)
        .set_file_name(file_name)
        .save_file(move |file| drop(sender.send(file)));
    let file = picked.await.ok().flatten();
    let Some(path) = file.and_then(|file| file.into_path().ok()) else {
        return Ok(None);
    };
    fs::write(&path, text).map_err(|error| {
        Problem::new(
            Code::FilesUnwritable,
            format!("{file_name} could not be saved."),
            "Choose another folder.",
        )
        .because(error.to_string())
    })?;
    Ok(Some(path))
}
