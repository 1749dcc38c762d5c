//! A window of Tauri's and nothing else, that `cargo xtask bench start` holds Keywell's against. Its version and features
//! of Tauri are Keywell's, because it is an example of the same package.

use std::io::Write;
use tauri::AppHandle;

/// Says that the page is shown. Ends then, unless it was started with `--stay`.
///
/// The window's permissions are compiled for the package, so the command bears the name of Keywell's own.
#[tauri::command]
fn page_shown(app: AppHandle) {
    // Whoever started it reads this, or does not.
    let _ = writeln!(std::io::stdout(), "shown");
    if !std::env::args().any(|argument| argument == "--stay") {
        app.exit(0);
    }
}

fn main() {
    tauri::Builder::default()
        .invoke_handler(tauri::generate_handler![page_shown])
        .run(tauri::generate_context!(
            "xtask/bare-window/tauri.conf.json"
        ))
        .expect("the window system of this machine can be used");
}
