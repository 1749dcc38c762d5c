use keywell_app::migrate;
use keywell_wire::*;
use tauri::{AppHandle, State};
use tauri_plugin_dialog::DialogExt;

use super::{Answer, save_as};
use crate::shell::Shell;

/// Saves profiles without secrets, and answers where; `None` when the person closed the dialog.
#[tauri::command]
pub async fn profile_export(
    app: AppHandle,
    shell: State<'_, Shell>,
    request: ProfileExportRequest,
) -> Answer<Option<String>> {
    let text = migrate::export(&shell.app, &request.profiles)?;
    let saved = save_as(&app, "Save the profiles", "keywell-profiles.txt", &text).await?;
    Ok(saved.map(|path| shell.app.places.shown(&path)))
}

#[tauri::command]
pub async fn profile_import_pick(
    app: AppHandle,
    shell: State<'_, Shell>,
) -> Answer<Option<String>> {
    let (sender, picked) = tokio::sync::oneshot::channel();
    app.dialog()
        .file()
        .set_title("Choose a file that Keywell exported")
        .set_directory(&shell.app.places.home)
        .pick_file(move |file| drop(sender.send(file)));
    // A dialog that went away without an answer is a dialog that was closed.
    let file = picked.await.ok().flatten();
    let path = file.and_then(|file| file.into_path().ok());
    shell.given.add(&path);
    Ok(path.map(|path| path.display().to_string()))
}

#[tauri::command]
pub async fn profile_import_preview(
    shell: State<'_, Shell>,
    request: ProfileImportRequest,
) -> Answer<ProfileImport> {
    let path = shell.given.take(&request.path)?;
    let text = migrate::read_export(&shell.app, &path)?;
    Ok(migrate::preview_import(&shell.app, &text, request.replace)?)
}

#[tauri::command]
pub async fn profile_import(
    shell: State<'_, Shell>,
    request: ProfileImportRun,
) -> Answer<ProfileImport> {
    let path = shell.given.take(&request.path)?;
    let text = migrate::read_export(&shell.app, &path)?;
    let seen = Some(&*request.version);
    Ok(migrate::import(&shell.app, &text, request.replace, seen).await?)
}
