use keywell_app::{profiles, test_profile, watch};
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
pub fn profile_fields() -> Vec<ProfileField> {
    profiles::fields()
}

fn values_of(changes: Vec<PropertyChange>) -> Vec<(String, Option<String>)> {
    changes
        .into_iter()
        .map(|change| (change.name, change.value))
        .collect()
}

#[tauri::command]
pub async fn profile_preview(
    shell: State<'_, Shell>,
    request: ProfileSaveRequest,
) -> Answer<ProfilePreview> {
    let values = values_of(request.values);
    Ok(profiles::preview(
        &shell.app,
        &request.profile,
        request.create,
        &values,
    )?)
}

#[tauri::command]
pub async fn profile_save(
    shell: State<'_, Shell>,
    request: ProfileSaveRequest,
) -> Answer<ProfileChange> {
    let values = values_of(request.values);
    let (profile, seen) = (&request.profile, Some(&*request.seen));
    Ok(profiles::save_seen(&shell.app, profile, request.create, &values, seen).await?)
}

#[tauri::command]
pub async fn profile_text_preview(
    shell: State<'_, Shell>,
    request: ProfileTextRequest,
) -> Answer<ProfilePreview> {
    Ok(profiles::preview_text(
        &shell.app,
        &request.profile,
        &request.seen,
        &request.text,
    )?)
}

#[tauri::command]
pub async fn profile_text_save(
    shell: State<'_, Shell>,
    request: ProfileTextRequest,
) -> Answer<ProfileChange> {
    Ok(profiles::save_text(&shell.app, &request.profile, &request.seen, &request.text).await?)
}

#[tauri::command]
pub async fn profile_group(shell: State<'_, Shell>, request: ProfileGroupRequest) -> Answer<()> {
    Ok(profiles::set_group(
        &shell.app,
        &request.profile,
        request.group.as_deref(),
    )?)
}

/// Says whenever the AWS files have changed, until the page cancels the watch.
#[tauri::command]
pub async fn profiles_watch(
    shell: State<'_, Shell>,
    request: TaskRequest,
    channel: Channel<ProfilesChanged>,
) -> Answer<()> {
    let task = shell.task(&request.task);
    let mut seen = shell.seen_by_page();
    let mut number = 0;
    while let Some(now) = task
        .token
        .run_until_cancelled(watch::changed(&shell.app, &seen))
        .await
    {
        seen = now;
        number += 1;
        if channel.send(ProfilesChanged { number }).is_err() {
            break;
        }
    }
    Ok(())
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
    Ok(profiles::remove_for(
        &shell.app,
        &request.profile,
        request.forget_key,
        request.successor.as_deref(),
    )
    .await?)
}
