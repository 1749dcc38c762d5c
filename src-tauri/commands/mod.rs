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
pub mod vault;

use std::{fs, path::PathBuf};

use keywell_app::{Code, Problem};
use keywell_wire::{Failure, Step};
use tauri::{AppHandle, ipc::Channel};
use tauri_plugin_dialog::{DialogExt, FilePath};

/// What every command answers with.
pub type Answer<T> = Result<T, Failure>;

/// Sends steps to the page. A page that has gone does not stop the work.
fn to_page(channel: &Channel<Step>) -> impl Fn(Step) + Send + Sync + '_ {
    move |step| drop(channel.send(step))
}

/// Asks the person where to save a file; `None` when they closed the dialog.
async fn place_to_save(app: &AppHandle, title: &str, file_name: &str) -> Option<PathBuf> {
    let dialog = app
        .dialog()
        .file()
        .set_title(title)
        .set_file_name(file_name);
    picked(|answer| dialog.save_file(answer)).await
}

/// The answer of a dialog of the system. One that went away without an answer is one that was closed.
fn picked(
    show: impl FnOnce(Box<dyn FnOnce(Option<FilePath>) + Send>),
) -> impl Future<Output = Option<PathBuf>> + Send {
    let (sender, picked) = tokio::sync::oneshot::channel();
    show(Box::new(move |file| drop(sender.send(file))));
    async move { picked.await.ok().flatten()?.into_path().ok() }
}

/// Runs a call that waits for a store away from the threads that carry the network.
async fn away<R: Send + 'static>(
    call: impl FnOnce() -> Result<R, Problem> + Send + 'static,
) -> Result<R, Problem> {
    tokio::task::spawn_blocking(call).await.map_err(|error| {
        Problem::new(
            Code::Internal,
            "Keywell had an error of its own.",
            "Report it with its details.",
        )
        .because(error.to_string())
    })?
}

/// Asks the person where to save a text, and saves it there; `None` when they closed the dialog.
async fn save_as(
    app: &AppHandle,
    title: &str,
    file_name: &str,
    text: &str,
) -> Result<Option<PathBuf>, Problem> {
    let Some(path) = place_to_save(app, title, file_name).await else {
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
