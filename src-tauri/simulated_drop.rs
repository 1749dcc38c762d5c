//! Files dropped on the window, for the journeys: no WebDriver can drag from outside a window. Debug builds alone have
//! it, and only another start of this program in the same session can ask for it; the page can not.

use std::path::PathBuf;

use serde_json::json;
use tauri::{AppHandle, Emitter, Manager};

use crate::shell::Shell;

/// Does and tells the page what follows a real drop (tauri's src/manager/window.rs).
pub fn drop_on_window(app: &AppHandle, paths: &[PathBuf]) {
    app.state::<Shell>().given.add(paths);
    let payload = json!({ "paths": paths, "position": { "x": 400, "y": 300 } });
    for event in ["tauri://drag-enter", "tauri://drag-drop"] {
        // A window that is closing takes no drops.
        let _ = app.emit_to("main", event, &payload);
    }
}
