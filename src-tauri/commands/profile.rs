use keywell_app::{profiles, test_profile};
use keywell_wire::*;
use tauri::{State, ipc::Channel};

use super::{Answer, to_page};
use crate::shell::Shell;

#[tauri::command]
pub async fn profile_show(
    shell: State<'_, Shell>,
    request: ProfileRequest,
) -> Answer<ProfileDetails> {
    Ok(profiles::show(&shell.app, &request.profile)?)
}

#[tauri::command]
pub async fn profile_use(shell: State<'_, Shell>, request: ProfileRequest) -> Answer<()> {
    Ok(profiles::set_in_use(&shell.app, &request.profile)?)
}

#[tauri::command]
pub async fn profile_mark(
    shell: State<'_, Shell>,
    request: ProfileMarkRequest,
) -> Answer<ProfileRow> {
    Ok(profiles::mark_production(
        &shell.app,
        &request.profile,
        request.production,
    )?)
}

#[tauri::command]
pub async fn profile_test(
    shell: State<'_, Shell>,
    request: TestRequest,
    channel: Channel<Step>,
) -> Answer<TestReport> {
    let task = shell.task(&request.task);
    Ok(test_profile::test(
        &shell.app,
        &request.profile,
        &to_page(&channel),
        &task.token,
    )
    .await?)
}

#[tauri::command]
pub async fn profile_save(
    shell: State<'_, Shell>,
    request: ProfileSaveRequest,
) -> Answer<ProfileChange> {
    let values: Vec<_> = request
        .values
        .into_iter()
        .map(|change| (change.name, change.value))
        .collect();
    Ok(profiles::save(&shell.app, &request.profile, request.create, &values).await?)
}

#[tauri::command]
pub async fn profile_copy(
    shell: State<'_, Shell>,
    request: ProfilePairRequest,
) -> Answer<ProfileChange> {
    Ok(profiles::copy(&shell.app, &request.from, &request.to).await?)
}

#[tauri::command]
pub async fn profile_rename(
    shell: State<'_, Shell>,
    request: ProfilePairRequest,
) -> Answer<ProfileChange> {
    Ok(profiles::rename(&shell.app, &request.from, &request.to).await?)
}

#[tauri::command]
pub async fn profile_remove(
    shell: State<'_, Shell>,
    request: ProfileRemoveRequest,
) -> Answer<ProfileChange> {
    Ok(profiles::remove(&shell.app, &request.profile, request.forget_key).await?)
}
