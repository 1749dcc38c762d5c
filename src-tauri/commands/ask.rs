use keywell_wire::*;
use tauri::{AppHandle, State};

use crate::ask::{self, Asked};

#[tauri::command]
pub fn ask_question(asked: State<'_, Asked>) -> AskQuestion {
    asked.question()
}

#[tauri::command]
pub fn ask_answer(app: AppHandle, request: AskAnswer) {
    ask::answer(&app, &request.into());
}
