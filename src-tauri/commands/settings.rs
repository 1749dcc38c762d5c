use keywell_app::settings;
use keywell_wire::*;
use tauri::State;

use super::Answer;
use crate::shell::Shell;

#[tauri::command]
pub async fn settings_show(shell: State<'_, Shell>) -> Answer<SettingsState> {
    Ok(settings::show(&shell.app))
}

#[tauri::command]
pub async fn settings_save(shell: State<'_, Shell>, request: Settings) -> Answer<SettingsState> {
    Ok(settings::save(&shell.app, &request)?)
}
