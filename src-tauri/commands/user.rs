use keywell_app::users::{self, NewUser};
use keywell_wire::*;
use tauri::{State, ipc::Channel};

use super::Answer;
use crate::shell::Shell;

#[tauri::command]
pub async fn user_list(shell: State<'_, Shell>, request: ProfileRequest) -> Answer<UserList> {
    Ok(users::list(&shell.app, &request.profile).await?)
}

#[tauri::command]
pub async fn user_list_all(
    shell: State<'_, Shell>,
    request: AllUsersRequest,
    channel: Channel<AccountUsers>,
) -> Answer<Vec<AccountUsers>> {
    let task = shell.task(&request.task);
    let on_account = |account: &AccountUsers| drop(channel.send(account.clone()));
    Ok(users::list_all(&shell.app, &on_account, &task.token).await?)
}

#[tauri::command]
pub async fn user_glance(shell: State<'_, Shell>, request: UserRequest) -> Answer<UserGlance> {
    Ok(users::glance(&shell.app, &request.profile, &request.user).await?)
}

#[tauri::command]
pub async fn user_show(shell: State<'_, Shell>, request: UserRequest) -> Answer<UserDetails> {
    Ok(users::show(&shell.app, &request.profile, &request.user).await?)
}

#[tauri::command]
pub async fn user_create(
    shell: State<'_, Shell>,
    request: UserCreateRequest,
) -> Answer<UserCreated> {
    let new = NewUser {
        profile: &request.profile,
        name: &request.name,
        path: &request.path,
        description: &request.description,
    };
    Ok(users::create(&shell.app, &new).await?)
}

#[tauri::command]
pub async fn user_delete(
    shell: State<'_, Shell>,
    request: UserDeleteRequest,
) -> Answer<UserDeleted> {
    Ok(users::delete(&shell.app, &request.profile, &request.user, &request.items).await?)
}
