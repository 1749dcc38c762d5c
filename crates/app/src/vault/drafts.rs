//! A backup that was opened and waits to be restored. The page holds its id; the secrets stay here.

use std::{
    path::Path,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use keywell_vault::Secret;
use keywell_wire as wire;

use super::{Backup, RestoreRow, backup, restore, restore_plan, state::unreadable};
use crate::{
    App, blocking,
    problem::{Code, Problem},
};

/// One at a time: an older one would only be secrets that lie about.
#[derive(Default)]
pub struct Drafts {
    next: AtomicU64,
    waiting: Mutex<Option<(String, Vec<RestoreRow>)>>,
}

impl Drafts {
    fn waiting(&self) -> MutexGuard<'_, Option<(String, Vec<RestoreRow>)>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes a backup of the store that keeps the keys.
///
/// # Errors
/// Those of [`backup`].
pub async fn save_backup(
    app: &App,
    path: &Path,
    passphrase: Secret,
) -> Result<wire::BackupSaved, Problem> {
    let (open, to) = (app.open_vault.clone(), path.to_owned());
    let Backup {
        items,
        unreadable: left_out,
    } = blocking(move || backup(open()?.as_ref(), &to, &passphrase)).await??;
    Ok(wire::BackupSaved {
        path: app.shown(path),
        items,
        unreadable: unreadable(left_out),
    })
}

/// Opens a backup and says what restoring it would do.
///
/// # Errors
/// Those of [`restore_plan`].
pub async fn open_backup(
    app: &App,
    path: &Path,
    passphrase: Secret,
) -> Result<wire::BackupDraft, Problem> {
    let (open, from) = (app.open_vault.clone(), path.to_owned());
    let plan = blocking(move || restore_plan(open()?.as_ref(), &from, &passphrase)).await??;
    let drafts = &app.backup_drafts;
    let draft = format!("backup-{}", drafts.next.fetch_add(1, Ordering::Relaxed));
    let rows = plan
        .iter()
        .map(|row| wire::BackupRow {
            key_id: row.item.key_id.clone(),
            profile: row.item.profile.clone(),
            what: row.what,
        })
        .collect();
    *drafts.waiting() = Some((draft.clone(), plan));
    Ok(wire::BackupDraft { draft, rows })
}

/// Stores what the opened backup adds and, with `replace`, what it replaces. The draft ends when all is stored.
///
/// # Errors
/// `setup.draft_gone`, and those of [`restore`].
pub async fn restore_backup(app: &App, draft: &str, replace: bool) -> Result<usize, Problem> {
    let plan = match app.backup_drafts.waiting().as_ref() {
        Some((id, plan)) if id == draft => plan.clone(),
        _ => {
            return Err(Problem::new(
                Code::DraftGone,
                "This backup is not open any more.",
                "Open it again.",
            ));
        }
    };
    let open = app.open_vault.clone();
    let stored = blocking(move || restore(open()?.as_ref(), &plan, replace)).await??;
    forget_backup(app, draft);
    Ok(stored)
}

/// Forgets the opened backup. One that is gone already is what was wanted.
pub fn forget_backup(app: &App, draft: &str) {
    let mut waiting = app.backup_drafts.waiting();
    if waiting.as_ref().is_some_and(|(id, _)| id == draft) {
        *waiting = None;
    }
}
