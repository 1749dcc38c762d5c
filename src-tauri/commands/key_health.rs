use keywell_app::key_health;
use keywell_wire::*;
use tauri::{AppHandle, State, ipc::Channel};

use super::{Answer, save_as};
use crate::shell::Shell;

#[tauri::command]
pub async fn key_health(
    shell: State<'_, Shell>,
    request: KeyHealthRequest,
    channel: Channel<KeyHealthPart>,
) -> Answer<KeyHealth> {
    let task = shell.task(&request.task);
    let on_part = |part| drop(channel.send(part));
    let profile = request.profile.as_deref();
    let health = key_health::read(&shell.app, profile, &on_part, &task.token).await?;
    shell.key_health.keep(key_health::csv(&health));
    Ok(health)
}

#[tauri::command]
pub async fn key_health_rows(
    shell: State<'_, Shell>,
    request: KeyRowsRequest,
) -> Answer<Vec<UserKeys>> {
    Ok(key_health::rows(&shell.app, &request.profile, &request.users).await?)
}

/// Saves the keys that were shown last, and answers where; `None` when the person closed the dialog.
#[tauri::command]
pub async fn key_health_save(app: AppHandle, shell: State<'_, Shell>) -> Answer<Option<String>> {
    let Some(text) = shell.key_health.last() else {
        return Ok(None);
    };
    let saved = save_as(&app, "Save the keys", "keywell-keys.csv", &text).await?;
    Ok(saved.map(|path| shell.app.places.shown(&path)))
}
