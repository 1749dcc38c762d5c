use keywell_app::{hand_out, sessions};
use keywell_wire::*;
use tauri::State;

use super::Answer;
use crate::shell::Shell;

#[tauri::command]
pub async fn hand_out_choices(
    shell: State<'_, Shell>,
    request: ProfileRequest,
) -> Answer<Option<HandOutChoices>> {
    Ok(sessions::choices(&shell.app, &request.profile)?)
}

#[tauri::command]
pub async fn hand_out_choose(
    shell: State<'_, Shell>,
    request: HandOutChoicesRequest,
) -> Answer<()> {
    Ok(sessions::choose(
        &shell.app,
        &request.profile,
        &request.choices,
    )?)
}

#[tauri::command]
pub async fn hand_out_list(
    shell: State<'_, Shell>,
    request: HandOutsRequest,
) -> Answer<Vec<HandOut>> {
    Ok(hand_out::journal(&shell.app, request.longest as usize)?)
}
