use keywell_app::migrate;
use keywell_wire::*;
use tauri::{AppHandle, State, ipc::Channel};
use tauri_plugin_dialog::DialogExt;

use super::{Answer, to_page};
use crate::shell::Shell;

#[tauri::command]
pub async fn migration_list(shell: State<'_, Shell>) -> Answer<MigrationList> {
    Ok(migrate::list(&shell.app).await?)
}

/// The person points at a file, and the page learns no more than its name.
#[tauri::command]
pub async fn migration_pick(app: AppHandle, shell: State<'_, Shell>) -> Answer<Option<String>> {
    let (sender, picked) = tokio::sync::oneshot::channel();
    app.dialog()
        .file()
        .set_title("Choose an .env file or a start-up file of a shell")
        .set_directory(&shell.app.places.home)
        .pick_file(move |file| drop(sender.send(file)));
    // A dialog that went away without an answer is a dialog that was closed.
    let file = picked.await.ok().flatten();
    let Some(path) = file.and_then(|file| file.into_path().ok()) else {
        return Ok(None);
    };
    migrate::point_at(&shell.app, &path)?;
    Ok(Some(shell.app.places.shown(&path)))
}

#[tauri::command]
pub async fn migration_run(
    shell: State<'_, Shell>,
    request: MigrationRequest,
    channel: Channel<Step>,
) -> Answer<Migration> {
    let task = shell.task(&request.task);
    let request = migrate::Request {
        key: request.key,
        new_profile: request.new_profile,
        ask_network: true,
    };
    Ok(migrate::run(&shell.app, &request, &to_page(&channel), &task.token).await?)
}

#[tauri::command]
pub async fn migration_undo(shell: State<'_, Shell>, request: MigrationIdRequest) -> Answer<()> {
    Ok(migrate::undo(&shell.app, &request.id).await?)
}

#[tauri::command]
pub async fn migration_final(shell: State<'_, Shell>, request: MigrationIdRequest) -> Answer<()> {
    Ok(migrate::settle(&shell.app, &request.id)?)
}
