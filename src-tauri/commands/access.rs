use keywell_app::access::{self, Revoke};
use keywell_wire::*;
use tauri::{State, ipc::Channel};

use super::{Answer, to_page};
use crate::shell::Shell;

#[tauri::command]
pub async fn access_preview(shell: State<'_, Shell>, request: AccessPlan) -> Answer<AccessPreview> {
    Ok(access::preview(&shell.app, &request).await?)
}

#[tauri::command]
pub async fn access_grant(
    shell: State<'_, Shell>,
    request: AccessGrantRequest,
    channel: Channel<Step>,
) -> Answer<AccessGranted> {
    let task = shell.task(&request.task);
    Ok(access::grant(&shell.app, &request.plan, &to_page(&channel), &task.token).await?)
}

#[tauri::command]
pub fn access_list(shell: State<'_, Shell>) -> Answer<Vec<Access>> {
    Ok(access::list(&shell.app)?)
}

/// Not cancellable: half taken back helps nobody.
#[tauri::command]
pub async fn access_revoke(
    shell: State<'_, Shell>,
    request: AccessRevokeRequest,
    channel: Channel<Step>,
) -> Answer<AccessRevoked> {
    let revoke = Revoke {
        user: &request.user,
        account_id: Some(&request.account_id),
        using: request.using.as_deref(),
    };
    Ok(access::revoke(&shell.app, &revoke, &to_page(&channel)).await?)
}
