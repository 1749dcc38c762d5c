use keywell_app::{diagnostics, settings};
use keywell_wire::*;
use tauri::{AppHandle, State};

use super::{Answer, save_as, system::KEYCHAIN_PATIENCE};
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
    let saved = save_as(
        &app,
        "Save the diagnostics",
        "keywell-diagnostics.txt",
        &text,
    )
    .await?;
    Ok(saved.map(|path| shell.app.places.shown(&path)))
}
