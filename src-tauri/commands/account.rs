use std::time::Duration;

use keywell_app::{
    keys::{self, NewKey, Place},
    rotation::{self, Rotate},
};
use keywell_wire::*;
use tauri::{State, ipc::Channel};

use super::{Answer, to_page};
use crate::shell::Shell;

#[tauri::command]
pub async fn key_list(shell: State<'_, Shell>, request: UserRequest) -> Answer<AccessKeyList> {
    Ok(keys::list_keys(&shell.app, &request.profile, &request.user).await?)
}

#[tauri::command]
pub async fn key_create(
    shell: State<'_, Shell>,
    request: KeyCreateRequest,
    channel: Channel<Step>,
) -> Answer<KeyCreated> {
    let task = shell.task(&request.task);
    let new = NewKey {
        profile: &request.profile,
        user: &request.user,
        description: &request.description,
        place: match &request.new_profile {
            Some(new) => Place::Profile {
                name: &new.name,
                region: &new.region,
            },
            None => Place::Waiting,
        },
    };
    Ok(keys::create(&shell.app, &new, &to_page(&channel), &task.token).await?)
}

#[tauri::command]
pub async fn key_set_status(shell: State<'_, Shell>, request: KeyStatusRequest) -> Answer<()> {
    Ok(keys::set_active(
        &shell.app,
        &request.profile,
        &request.user,
        &request.key_id,
        request.active,
        false,
    )
    .await?)
}

#[tauri::command]
pub async fn key_delete(shell: State<'_, Shell>, request: KeyRequest) -> Answer<()> {
    Ok(keys::delete(&shell.app, &request.profile, &request.user, &request.key_id).await?)
}

#[tauri::command]
pub fn rotation_list(shell: State<'_, Shell>) -> Answer<Vec<Rotation>> {
    Ok(rotation::list(&shell.app)?)
}

#[tauri::command]
pub async fn key_rotate(
    shell: State<'_, Shell>,
    request: RotateRequest,
    channel: Channel<Step>,
) -> Answer<Rotation> {
    let task = shell.task(&request.task);
    let wanted = Rotate::asked(&request, shell.person());
    Ok(rotation::rotate(&shell.app, &wanted, &to_page(&channel), &task.token).await?)
}

#[tauri::command]
pub async fn key_rotate_back(
    shell: State<'_, Shell>,
    request: RotateRequest,
    channel: Channel<Step>,
) -> Answer<Rotation> {
    let task = shell.task(&request.task);
    let wanted = Rotate::asked(&request, shell.person());
    Ok(rotation::go_back(&shell.app, &wanted, &to_page(&channel), &task.token).await?)
}

#[tauri::command]
pub async fn key_rotate_many(
    shell: State<'_, Shell>,
    request: RotateManyRequest,
    channel: Channel<RotationOutcome>,
) -> Answer<Vec<RotationOutcome>> {
    let task = shell.task(&request.task);
    let grace = request
        .grace_seconds
        .map(|seconds| Duration::from_secs(seconds.into()));
    let tell = |outcome: &RotationOutcome| drop(channel.send(outcome.clone()));
    let (app, person) = (&shell.app, shell.person());
    Ok(rotation::rotate_many(app, &request.profiles, grace, &person, &tell, &task.token).await)
}

#[tauri::command]
pub async fn rotation_due(shell: State<'_, Shell>) -> Answer<Vec<DueKey>> {
    Ok(rotation::due(&shell.app).await?)
}
