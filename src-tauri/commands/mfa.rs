use keywell_app::mfa::{self, Codes};
use keywell_vault::Secret;
use keywell_wire::*;
use tauri::{AppHandle, State};

use super::Answer;
use crate::{reveal, shell::Shell};

#[tauri::command]
pub async fn mfa_list(shell: State<'_, Shell>, request: UserRequest) -> Answer<MfaDevices> {
    Ok(mfa::devices(&shell.app, &request.profile, Some(&request.user)).await?)
}

#[tauri::command]
pub async fn mfa_create(shell: State<'_, Shell>, request: MfaCreateRequest) -> Answer<MfaDraft> {
    let user = Some(&*request.user);
    Ok(mfa::create(&shell.app, &request.profile, user, Some(&request.name)).await?)
}

/// Shows the QR code in a window of its own.
#[tauri::command]
pub async fn mfa_show(
    app: AppHandle,
    shell: State<'_, Shell>,
    request: DraftRequest,
) -> Answer<()> {
    let enrolment = mfa::enrolment(&shell.app, &request.draft)?;
    Ok(reveal::show_mfa_device(&app, &enrolment)?)
}

#[tauri::command]
pub async fn mfa_enable(
    app: AppHandle,
    shell: State<'_, Shell>,
    request: MfaEnableRequest,
) -> Answer<MfaEnabled> {
    let codes = Codes::Typed(request.codes.map(Secret::new));
    let enabled = mfa::enable(&shell.app, &request.draft, codes, request.keep_seed).await?;
    reveal::close_mfa_device(&app);
    Ok(enabled)
}

#[tauri::command]
pub async fn mfa_cancel(
    app: AppHandle,
    shell: State<'_, Shell>,
    request: DraftRequest,
) -> Answer<()> {
    reveal::close_mfa_device(&app);
    Ok(mfa::cancel(&shell.app, &request.draft).await?)
}
