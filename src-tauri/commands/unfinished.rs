//! Keys that wait for their place. Their secrets leave here for a window of its own, a file and the clipboard, and never
//! for the page.

use keywell_app::{keys, settings};
use keywell_wire::*;
use tauri::{AppHandle, State, ipc::Channel};
use tauri_plugin_dialog::DialogExt;

use super::{Answer, to_page};
use crate::{reveal, shell::Shell};

#[tauri::command]
pub fn key_unfinished(shell: State<'_, Shell>) -> Answer<Vec<UnfinishedKey>> {
    Ok(keys::unfinished(&shell.app)?)
}

#[tauri::command]
pub async fn key_finish(
    shell: State<'_, Shell>,
    request: UnfinishedFinishRequest,
    channel: Channel<Step>,
) -> Answer<SetupSummary> {
    let task = shell.task(&request.task);
    let NewProfile { name, region } = &request.new_profile;
    Ok(keys::finish(
        &shell.app,
        &request.id,
        (name, region),
        &to_page(&channel),
        &task.token,
    )
    .await?)
}

#[tauri::command]
pub async fn key_discard(
    shell: State<'_, Shell>,
    request: UnfinishedRequest,
) -> Answer<Option<String>> {
    Ok(keys::discard(&shell.app, &request.id).await?)
}

#[tauri::command]
pub async fn key_release(shell: State<'_, Shell>, request: UnfinishedRequest) -> Answer<()> {
    Ok(keys::release(&shell.app, &request.id).await?)
}

#[tauri::command]
pub async fn key_reveal(
    app: AppHandle,
    shell: State<'_, Shell>,
    request: UnfinishedRequest,
) -> Answer<()> {
    let pair = keys::waiting_pair(&shell.app, &request.id).await?;
    Ok(reveal::show_access_key(&app, &pair)?)
}

#[tauri::command]
pub async fn key_copy(shell: State<'_, Shell>, request: UnfinishedRequest) -> Answer<()> {
    let pair = keys::waiting_pair(&shell.app, &request.id).await?;
    let clear_after = settings::clipboard_time(&shell.app.places);
    Ok(shell
        .clipboard
        .copy_sensitive(pair.secret.expose(), clear_after)?)
}

#[tauri::command]
pub async fn key_save(
    app: AppHandle,
    shell: State<'_, Shell>,
    request: UnfinishedRequest,
) -> Answer<Option<String>> {
    let waiting = keys::unfinished(&shell.app)?;
    let user = waiting
        .into_iter()
        .find(|key| key.id == request.id)
        .map_or_else(|| "user".to_owned(), |key| key.user);
    let (sender, picked) = tokio::sync::oneshot::channel();
    app.dialog()
        .file()
        .set_title("Save the access key as a .csv")
        .set_file_name(format!("{user}_accessKeys.csv"))
        .save_file(move |file| drop(sender.send(file)));
    // A dialog that went away without an answer is a dialog that was closed.
    let file = picked.await.ok().flatten();
    let Some(path) = file.and_then(|file| file.into_path().ok()) else {
        return Ok(None);
    };
    keys::save_csv(&shell.app, &request.id, &path).await?;
    Ok(Some(shell.app.places.shown(&path)))
}
