use keywell_app::files;
use keywell_wire::*;
use tauri::State;

use super::Answer;
use crate::shell::Shell;

#[tauri::command]
pub async fn files_problems(shell: State<'_, Shell>) -> Answer<Vec<FileProblems>> {
    Ok(files::problems(&shell.app))
}

#[tauri::command]
pub async fn files_repair(
    shell: State<'_, Shell>,
    request: FileRepairRequest,
) -> Answer<ProfileChange> {
    Ok(files::repair_seen(&shell.app, &request.file, &request.version).await?)
}
