use keywell_app::profiles;
use keywell_wire::*;
use tauri::State;

use super::Answer;
use crate::shell::Shell;

#[tauri::command]
pub async fn section_list(shell: State<'_, Shell>) -> Answer<Vec<SharedSection>> {
    Ok(profiles::sections(&shell.app)?)
}

#[tauri::command]
pub async fn section_preview(
    shell: State<'_, Shell>,
    request: SectionRequest,
) -> Answer<SectionPreview> {
    Ok(profiles::preview_section(&shell.app, &request)?)
}

#[tauri::command]
pub async fn section_change(shell: State<'_, Shell>, request: SectionRun) -> Answer<ProfileChange> {
    let seen = Some(&*request.version);
    Ok(profiles::change_section(&shell.app, &request.request, seen).await?)
}
