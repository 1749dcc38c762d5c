use std::path::Path;

use keywell_app::setup;
use keywell_wire::*;
use tauri::{AppHandle, State, ipc::Channel};
use tauri_plugin_dialog::DialogExt;

use super::{Answer, to_page};
use crate::shell::Shell;

#[tauri::command]
pub async fn csv_pick(app: AppHandle, shell: State<'_, Shell>) -> Answer<Option<String>> {
    let (sender, picked) = tokio::sync::oneshot::channel();
    app.dialog()
        .file()
        .set_title("Choose the .csv from the AWS console")
        .set_directory(&shell.app.places.downloads)
        .add_filter("Access key file", &["csv"])
        .pick_file(move |file| drop(sender.send(file)));
    // A dialog that went away without an answer is a dialog that was closed.
    let file = picked.await.ok().flatten();
    let path = file.and_then(|file| file.into_path().ok());
    shell.given.add(&path);
    Ok(path.map(|path| path.display().to_string()))
}

#[tauri::command]
pub async fn setup_from_csv(shell: State<'_, Shell>, request: CsvRequest) -> Answer<KeyDraft> {
    let path = shell.given_csv(&request.path)?;
    Ok(setup::from_csv(&shell.app, &path, request.row)?)
}

#[tauri::command]
pub async fn setup_from_paste(shell: State<'_, Shell>, request: PasteRequest) -> Answer<KeyDraft> {
    Ok(setup::from_paste(&shell.app, request)?)
}

#[tauri::command]
pub async fn setup_from_profile(
    shell: State<'_, Shell>,
    request: ProfileRequest,
) -> Answer<KeyDraft> {
    Ok(setup::from_profile(&shell.app, &request.profile)?)
}

#[tauri::command]
pub async fn setup_preview(shell: State<'_, Shell>, request: SetupPlan) -> Answer<SetupPreview> {
    Ok(setup::preview(&shell.app, &request)?)
}

#[tauri::command]
pub async fn setup_run(
    shell: State<'_, Shell>,
    request: SetupRequest,
    channel: Channel<Step>,
) -> Answer<SetupSummary> {
    let task = shell.task(&request.task);
    Ok(setup::run_draft(&shell.app, &request.plan, &to_page(&channel), &task.token).await?)
}

#[tauri::command]
pub fn setup_forget(shell: State<'_, Shell>, request: DraftRequest) {
    setup::forget(&shell.app, &request.draft);
}

#[tauri::command]
pub async fn csv_delete(shell: State<'_, Shell>, request: CsvRequest) -> Answer<()> {
    Ok(setup::delete_csv(&shell.app, Path::new(&request.path))?)
}
