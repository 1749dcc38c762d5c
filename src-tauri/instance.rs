//! One window for each data folder: a second start hands its link to the first and ends.

use std::path::Path;

use keywell_app::App;
use tauri::{AppHandle, Wry, plugin::TauriPlugin};

use crate::{arguments::Arguments, page};

/// The plugin, or nothing where another window could not be asked. A start never waits for a system that hangs.
pub fn plugin(app: &App) -> Option<TauriPlugin<Wry>> {
    let is_chosen = app.variables.get("KEYWELL_HOME").is_some();
    let id = id(is_chosen.then_some(app.places.data.as_path()));
    if !can_ask(&id) {
        return None;
    }
    let plugin = tauri_plugin_single_instance::Builder::new().callback(second_start);
    #[cfg(target_os = "linux")]
    let plugin = plugin.dbus_id(id);
    Some(plugin.build())
}

fn second_start(app: &AppHandle, arguments: Vec<String>, _folder: String) {
    let arguments = Arguments::of(arguments);
    #[cfg(debug_assertions)]
    if !arguments.dropped.is_empty() {
        return crate::simulated_drop::drop_on_window(app, &arguments.dropped);
    }
    page::show_window(app);
    if let Some(link) = arguments.link {
        page::follow_link(app, &link);
    }
}

/// The name on the session bus; a data folder that was chosen by hand has its own.
fn id(chosen_data: Option<&Path>) -> String {
    use std::hash::{DefaultHasher, Hash, Hasher};
    const ID: &str = "dev.keywell.desktop";
    let Some(data) = chosen_data else {
        return ID.to_owned();
    };
    let mut hasher = DefaultHasher::new();
    data.hash(&mut hasher);
    format!("{ID}.data{:016x}", hasher.finish())
}

/// Whether the session bus answers, and the window that has the name, if there is one. The plugin waits for both without
/// end.
#[cfg(target_os = "linux")]
fn can_ask(id: &str) -> bool {
    use std::{sync::mpsc, thread, time::Duration};
    const PATIENCE: Duration = Duration::from_secs(2);

    let (sender, answer) = mpsc::channel();
    let name = format!("{id}.SingleInstance");
    thread::spawn(move || {
        // Nobody waits any more when this took too long.
        let _ = sender.send(ask(&name, PATIENCE).is_ok());
    });
    answer.recv_timeout(PATIENCE).unwrap_or(false)
}

#[cfg(target_os = "linux")]
fn ask(name: &str, patience: std::time::Duration) -> zbus::Result<()> {
    use zbus::blocking::{connection::Builder, fdo::DBusProxy};
    let connection = Builder::session()?.method_timeout(patience).build()?;
    if DBusProxy::new(&connection)?.name_has_owner(name.try_into()?)? {
        let peer = Some("org.freedesktop.DBus.Peer");
        connection.call_method(Some(name), "/", peer, "Ping", &())?;
    }
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn can_ask(_id: &str) -> bool {
    true
}
