use std::fs;

use keywell_app::{Code, Problem, diagnostics, settings};
use keywell_wire::*;
use tauri::{AppHandle, State};
use tauri_plugin_dialog::DialogExt;

use super::{Answer, system::KEYCHAIN_PATIENCE};
use crate::shell::Shell;

#[tauri::command]
pub async fn settings_show(shell: State<'_, Shell>) -> Answer<SettingsState> {
    Ok(settings::show(&shell.app))
}

#[tauri::command]
pub async fn settings_save(shell: State<'_, Shell>, request: Settings) -> Answer<SettingsState> {
    let state = settings::save(&shell.app, &request)?;
    shell
        .transfers
        .set_speed(settings::speed(&shell.app.places));
    Ok(state)
}

#[tauri::command]
pub async fn diagnostics_preview(shell: State<'_, Shell>) -> Answer<Diagnostics> {
    let vault = keywell_app::vault_status(&shell.app, KEYCHAIN_PATIENCE).await;
    let program = concat!("Keywell ", env!("CARGO_PKG_VERSION"), ", window");
    let text = diagnostics::text(&shell.app, program, &vault);
    shell.diagnostics.keep(text.clone());
    Ok(Diagnostics { text })
}

/// Saves the text that was shown last, and answers where; `None` when the person closed the dialog.
#[tauri::command]
pub async fn diagnostics_save(app: AppHandle, shell: State<'_, Shell>) -> Answer<Option<String>> {
    let Some(text) = shell.diagnostics.last() else {
        return Ok(None);
    };
    let (sender, picked) = tokio::sync::oneshot::channel();
    app.dialog()
        .file()
        .set_title("Save the diagnostics")
        .set_file_name("keywell-diagnostics.txt")
        .save_file(move |file| drop(sender.send(file)));
    let file = picked.await.ok().flatten();
    let Some(path) = file.and_then(|file| file.into_path().ok()) else {
        return Ok(None);
    };
    fs::write(&path, text).map_err(|error| {
        Problem::new(
            Code::FilesUnwritable,
            "The diagnostics could not be saved.",
            "Choose another folder.",
        )
        .because(error.to_string())
    })?;
    Ok(Some(shell.app.places.shown(&path)))
}
