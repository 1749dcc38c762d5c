use std::time::Duration;

use keywell_app::{console, history, regions::REGIONS};
use keywell_wire::*;
use tauri::{AppHandle, State, ipc::Channel};
use tauri_plugin_opener::OpenerExt;

use super::Answer;
use crate::{downloads, shell::Shell, start};

/// How long the first paint waits for the keychain to answer.
pub const KEYCHAIN_PATIENCE: Duration = Duration::from_secs(2);

#[tauri::command]
pub async fn overview(app: AppHandle, shell: State<'_, Shell>) -> Answer<Overview> {
    shell.files_seen();
    let vault = match shell.start.first_vault_status().await {
        Some(first) => first,
        None => keywell_app::vault_status(&shell.app, KEYCHAIN_PATIENCE).await,
    };
    let overview = keywell_app::overview(
        &shell.app,
        env!("CARGO_PKG_VERSION"),
        vault,
        shell.practice.status(),
    );
    shell.tray.update(&app, &overview);
    Ok(overview)
}

#[tauri::command]
pub fn page_shown(app: AppHandle, request: PageShown) {
    start::page_shown(&app, &request.phases);
}

/// The channel goes on after the answer.
#[tauri::command]
pub fn requests_watch(shell: State<'_, Shell>, channel: Channel<PageRequest>) {
    shell.page.open(channel);
}

#[tauri::command]
pub fn regions() -> Vec<Region> {
    REGIONS
        .iter()
        .map(|(id, name)| Region {
            id: (*id).into(),
            name: (*name).into(),
        })
        .collect()
}

#[tauri::command]
pub fn task_cancel(shell: State<'_, Shell>, request: TaskRequest) {
    shell.cancel(&request.task);
}

#[tauri::command]
pub async fn undo(shell: State<'_, Shell>, request: UndoRequest) -> Answer<UndoAnswer> {
    Ok(history::undo(&shell.app, &request.token).await?)
}

#[tauri::command]
pub async fn history_list(shell: State<'_, Shell>) -> Answer<Vec<HistoryEntry>> {
    Ok(history::list(&shell.app)?)
}

#[tauri::command]
pub async fn history_show(
    shell: State<'_, Shell>,
    request: HistoryRequest,
) -> Answer<HistoryDetails> {
    Ok(history::show(&shell.app, &request.id)?)
}

#[tauri::command]
pub fn clipboard_copy(shell: State<'_, Shell>, request: CopyRequest) -> Answer<()> {
    Ok(shell.clipboard.copy(&request.text)?)
}

#[tauri::command]
pub fn console_open(
    app: AppHandle,
    shell: State<'_, Shell>,
    request: ConsoleRequest,
) -> Answer<()> {
    let address = console::address(&shell.app, &request.page);
    app.opener()
        .open_url(&address, None::<&str>)
        .map_err(|error| Failure {
            code: "internal".into(),
            message: "No browser could be opened.".into(),
            cause: error.to_string(),
            hint: format!("Open it by hand: {address}"),
        })
}

#[tauri::command]
pub async fn downloads_watch(
    shell: State<'_, Shell>,
    request: TaskRequest,
    channel: Channel<CsvArrival>,
) -> Answer<()> {
    let task = shell.task(&request.task);
    let send = |arrival: CsvArrival| {
        shell.given.add([&arrival.path]);
        drop(channel.send(arrival));
    };
    Ok(downloads::watch(&shell.app.places.downloads, &task.token, send).await?)
}

#[tauri::command]
pub async fn practice_start(shell: State<'_, Shell>) -> Answer<PracticeStatus> {
    Ok(shell.practice.start().await?)
}

#[tauri::command]
pub async fn practice_stop(shell: State<'_, Shell>) -> Answer<PracticeStatus> {
    Ok(shell.practice.stop().await?)
}
