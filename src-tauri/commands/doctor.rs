use keywell_app::doctor;
use keywell_wire::*;
use tauri::State;

use super::Answer;
use crate::shell::Shell;

#[tauri::command]
pub async fn doctor_run(shell: State<'_, Shell>, request: DoctorRequest) -> Answer<DoctorReport> {
    let task = shell.task(&request.task);
    Ok(doctor::examine(&shell.app, request.online, &task.token).await?)
}

#[tauri::command]
pub async fn doctor_fix(shell: State<'_, Shell>, request: DoctorFixRequest) -> Answer<DoctorFixed> {
    Ok(doctor::fix(&shell.app, &request.code, Some(&request.subject)).await?)
}
