//! The stores that keep the keys. Passphrases come in here and go no further than the store.

use std::sync::Arc;

use keywell_app::{
    Problem,
    vault::{self, Watched},
};
use keywell_vault::Secret;
use keywell_wire::*;
use tauri::{AppHandle, State, ipc::Channel};
use tauri_plugin_dialog::DialogExt;

use super::{Answer, away, picked, place_to_save};
use crate::shell::Shell;

#[tauri::command]
pub async fn vault_stores(shell: State<'_, Shell>, request: StoresRequest) -> Answer<Stores> {
    Ok(vault::states(&shell.app, &shell.stores, request.prove).await?)
}

#[tauri::command]
pub async fn vault_unlock(shell: State<'_, Shell>, request: PassphraseRequest) -> Answer<()> {
    let (file, passphrase) = (
        Arc::clone(&shell.stores.file),
        Secret::new(request.passphrase),
    );
    away(move || Ok(file.unlock_with(&passphrase)?)).await?;
    shell.passphrase.answer(true);
    Ok(())
}

#[tauri::command]
pub async fn vault_create(shell: State<'_, Shell>, request: PassphraseRequest) -> Answer<()> {
    let (file, passphrase) = (
        Arc::clone(&shell.stores.file),
        Secret::new(request.passphrase),
    );
    away(move || Ok(file.create(&passphrase)?)).await?;
    shell.passphrase.answer(true);
    Ok(())
}

/// The person closed the dialog that asked for the passphrase.
#[tauri::command]
pub fn vault_stay_locked(shell: State<'_, Shell>) {
    shell.passphrase.answer(false);
}

#[tauri::command]
pub async fn vault_lock(shell: State<'_, Shell>) -> Answer<()> {
    shell.stores.file.lock().map_err(Problem::from)?;
    Ok(())
}

#[tauri::command]
pub async fn vault_move(
    shell: State<'_, Shell>,
    request: VaultMoveRequest,
    channel: Channel<VaultMoveProgress>,
) -> Answer<VaultMoved> {
    let task = shell.task(&request.task);
    let (app, stores, cancel) = (
        Arc::clone(&shell.app),
        shell.stores.clone(),
        task.token.clone(),
    );
    let passphrase = request.passphrase.map(Secret::new);
    let moved = away(move || {
        if let Some(passphrase) = passphrase {
            stores.file.create(&passphrase)?;
        }
        let watched = Watched {
            on_progress: &|progress| drop(channel.send(progress)),
            cancel: &cancel,
        };
        vault::move_to(&app, &stores, request.to, &watched)
    });
    Ok(moved.await?)
}

/// Asks where, and writes a backup there; `None` when the person closed the dialog.
#[tauri::command]
pub async fn backup_save(
    app: AppHandle,
    shell: State<'_, Shell>,
    request: PassphraseRequest,
) -> Answer<Option<BackupSaved>> {
    let passphrase = Secret::new(request.passphrase);
    let Some(path) = place_to_save(&app, "Save the backup", "keywell.backup").await else {
        return Ok(None);
    };
    Ok(Some(
        vault::save_backup(&shell.app, &path, passphrase).await?,
    ))
}

#[tauri::command]
pub async fn backup_pick(app: AppHandle, shell: State<'_, Shell>) -> Answer<Option<String>> {
    let dialog = app.dialog().file().set_title("Choose the backup");
    let path = picked(|answer| dialog.pick_file(answer)).await;
    shell.given.add(&path);
    Ok(path.map(|path| path.display().to_string()))
}

#[tauri::command]
pub async fn backup_open(
    shell: State<'_, Shell>,
    request: BackupOpenRequest,
) -> Answer<BackupDraft> {
    let passphrase = Secret::new(request.passphrase);
    let path = shell.given.take(&request.path)?;
    Ok(vault::open_backup(&shell.app, &path, passphrase).await?)
}

#[tauri::command]
pub async fn backup_restore(
    shell: State<'_, Shell>,
    request: BackupRestoreRequest,
) -> Answer<BackupRestored> {
    let BackupRestoreRequest { draft, replace } = request;
    let stored = vault::restore_backup(&shell.app, &draft, replace).await?;
    Ok(BackupRestored {
        stored: u32::try_from(stored).unwrap_or(u32::MAX),
    })
}

#[tauri::command]
pub fn backup_forget(shell: State<'_, Shell>, request: DraftRequest) {
    vault::forget_backup(&shell.app, &request.draft);
}
