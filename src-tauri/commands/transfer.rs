use std::path::PathBuf;

use keywell_app::{
    account_of, settings,
    transfers::{DownloadPlan, UploadPlan},
};
use keywell_wire::*;
use tauri::{AppHandle, State, ipc::Channel};
use tauri_plugin_dialog::{DialogExt, FilePath};

use super::Answer;
use crate::shell::Shell;

#[tauri::command]
pub async fn upload(
    app: AppHandle,
    shell: State<'_, Shell>,
    request: UploadRequest,
) -> Answer<TransferAnswer> {
    let paths = if request.paths.is_empty() {
        pick_sources(&app, request.pick_folder).await
    } else {
        let given = request.paths.iter().map(|path| shell.given.take(path));
        given.collect::<Result<_, _>>()?
    };
    shell.given.add(&paths);
    if paths.is_empty() {
        return Ok(nothing_picked());
    }
    let plan = UploadPlan {
        profile: request.profile,
        bucket: request.bucket,
        prefix: request.prefix,
        paths,
        name: None,
        on_conflict: request.on_conflict,
    };
    let sources = plan
        .paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    let account = account_of(&shell.app, &plan.profile).await?;
    shell
        .transfers
        .set_speed(settings::speed(&shell.app.places));
    let started = shell.transfers.upload(account, plan).await?;
    Ok(TransferAnswer {
        transfers: started.transfers,
        conflicts: started.conflicts,
        sources,
        directory: None,
    })
}

#[tauri::command]
pub async fn download(
    app: AppHandle,
    shell: State<'_, Shell>,
    request: DownloadRequest,
) -> Answer<TransferAnswer> {
    let directory = match request.directory {
        Some(directory) => Some(shell.given.take(&directory)?),
        None => pick_directory(&app, &shell).await,
    };
    shell.given.add(&directory);
    let Some(directory) = directory else {
        return Ok(nothing_picked());
    };
    let plan = DownloadPlan {
        profile: request.profile,
        bucket: request.bucket,
        prefix: request.prefix,
        keys: request.keys,
        folders: request.folders,
        directory,
        name: None,
        on_conflict: request.on_conflict,
    };
    let directory = plan.directory.display().to_string();
    let account = account_of(&shell.app, &plan.profile).await?;
    shell
        .transfers
        .set_speed(settings::speed(&shell.app.places));
    let started = shell.transfers.download(account, plan).await?;
    Ok(TransferAnswer {
        transfers: started.transfers,
        conflicts: started.conflicts,
        sources: Vec::new(),
        directory: Some(directory),
    })
}

fn nothing_picked() -> TransferAnswer {
    TransferAnswer {
        transfers: Vec::new(),
        conflicts: Vec::new(),
        sources: Vec::new(),
        directory: None,
    }
}

async fn pick_sources(app: &AppHandle, folder: bool) -> Vec<PathBuf> {
    let (sender, picked) = tokio::sync::oneshot::channel();
    let dialog = app.dialog().file();
    if folder {
        dialog
            .set_title("Choose a folder to upload")
            .pick_folders(move |folders| drop(sender.send(folders)));
    } else {
        dialog
            .set_title("Choose files to upload")
            .pick_files(move |files| drop(sender.send(files)));
    }
    let picked: Option<Vec<FilePath>> = picked.await.ok().flatten();
    picked
        .unwrap_or_default()
        .into_iter()
        .filter_map(|file| file.into_path().ok())
        .collect()
}

async fn pick_directory(app: &AppHandle, shell: &Shell) -> Option<PathBuf> {
    let (sender, picked) = tokio::sync::oneshot::channel();
    app.dialog()
        .file()
        .set_title("Choose where to save")
        .set_directory(&shell.app.places.downloads)
        .pick_folder(move |folder| drop(sender.send(folder)));
    picked.await.ok().flatten()?.into_path().ok()
}

/// Sends the board when something moves, at most ten times a second, until the page cancels the watch.
#[tauri::command]
pub async fn transfers_watch(
    shell: State<'_, Shell>,
    request: TaskRequest,
    channel: Channel<TransferBoard>,
) -> Answer<()> {
    let task = shell.task(&request.task);
    let mut changes = shell.transfers.watch();
    let mut board = Some(shell.transfers.board());
    while let Some(current) = board.take() {
        if channel.send(current).is_err() {
            break;
        }
        board = task
            .token
            .run_until_cancelled(shell.transfers.next_board(&mut changes))
            .await;
    }
    Ok(())
}

#[tauri::command]
pub fn transfer_cancel(shell: State<'_, Shell>, request: TransferRequest) {
    shell.transfers.cancel(&request.id);
}

#[tauri::command]
pub fn transfers_clear(shell: State<'_, Shell>) {
    shell.transfers.clear_finished();
}
