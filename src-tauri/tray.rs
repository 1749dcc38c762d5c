//! The tray icon: copies the name of a profile, brings the window back. Where there is no tray, Keywell does without.

use std::sync::{Mutex, PoisonError};

use keywell_wire::Overview;
use tauri::{
    AppHandle, Manager,
    menu::{CheckMenuItemBuilder, Menu, MenuBuilder, MenuItemBuilder},
    tray::{TrayIcon, TrayIconBuilder},
};

use crate::{page, shell::Shell};

/// More profiles than this are for the window, which can be searched.
const MOST: usize = 20;

const COPY: &str = "copy:";
const OPEN: &str = "open";

/// What the tray shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Names {
    profiles: Vec<String>,
    in_use: Option<String>,
}

#[derive(Default)]
pub struct Tray(Mutex<State>);

#[derive(Default)]
struct State {
    icon: Option<TrayIcon>,
    names: Names,
}

impl Tray {
    /// Takes the profiles as they are now. A tray that is there shows them.
    pub fn update(&self, app: &AppHandle, overview: &Overview) {
        let names = Names {
            profiles: overview
                .profiles
                .iter()
                .map(|row| row.name.clone())
                .collect(),
            in_use: overview.profile_in_use.clone(),
        };
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.names == names {
            return;
        }
        state.names = names;
        if let Some(icon) = &state.icon {
            // The old menu stays, with names that still can be copied.
            let _ = menu(app, &state.names).and_then(|menu| icon.set_menu(Some(menu)));
        }
    }

    /// Shows the tray icon, where this system can. Called on the main thread.
    pub fn show(&self, app: &AppHandle) {
        if !can_show() {
            return;
        }
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let built = menu(app, &state.names).and_then(|menu| {
            let icon = TrayIconBuilder::with_id("main")
                .menu(&menu)
                .tooltip("Keywell");
            match app.default_window_icon() {
                Some(image) => icon.icon(image.clone()),
                None => icon,
            }
            .build(app)
        });
        state.icon = built.ok();
    }
}

fn menu(app: &AppHandle, names: &Names) -> tauri::Result<Menu<tauri::Wry>> {
    let open = MenuItemBuilder::with_id(OPEN, "Open Keywell").build(app)?;
    let mut menu = MenuBuilder::new(app).item(&open).separator();
    if !names.profiles.is_empty() {
        let heading = MenuItemBuilder::new("Copy the name of a profile")
            .enabled(false)
            .build(app)?;
        menu = menu.item(&heading);
    }
    for name in names.profiles.iter().take(MOST) {
        let item = CheckMenuItemBuilder::with_id(format!("{COPY}{name}"), shown(name))
            .checked(names.in_use.as_ref() == Some(name))
            .build(app)?;
        menu = menu.item(&item);
    }
    if names.profiles.len() > MOST {
        let more = format!("{} more in Keywell…", names.profiles.len() - MOST);
        menu = menu.item(&MenuItemBuilder::with_id(OPEN, more).build(app)?);
    }
    let quit = MenuItemBuilder::with_id("quit", "Quit Keywell").build(app)?;
    menu.separator().item(&quit).build()
}

/// `&` marks the key of a menu item, unless it is doubled.
fn shown(name: &str) -> String {
    const LONGEST: usize = 60;
    let cut: String = name.chars().take(LONGEST).collect();
    let more = if cut.len() < name.len() { "…" } else { "" };
    format!("{}{more}", cut.replace('&', "&&"))
}

/// Something was chosen in the tray's menu.
pub fn chosen(app: &AppHandle, id: &str) {
    if let Some(name) = id.strip_prefix(COPY) {
        let shell = app.state::<Shell>();
        if let Err(problem) = shell.clipboard.copy(name) {
            page::show_window(app);
            page::ask(app, keywell_wire::PageRequest::Say(problem.into()));
        }
        // A click has turned the mark; it says which profile is in use, not which was copied.
        let tray = &shell.tray;
        let state = tray.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(icon) = &state.icon {
            let _ = menu(app, &state.names).and_then(|menu| icon.set_menu(Some(menu)));
        }
    } else if id == OPEN {
        page::show_window(app);
    }
}

/// The tray's library is loaded when the icon is made, and where there is none its crate panics: so it is tried first.
/// The names are those that libappindicator-sys tries.
#[cfg(target_os = "linux")]
fn can_show() -> bool {
    ["libayatana-appindicator3.so.1", "libappindicator3.so.1"]
        .into_iter()
        .any(|name| {
            #[expect(unsafe_code, reason = "a library's initialisers run when it is loaded")]
            // SAFETY: these register GTK types, on the thread that runs GTK, as they would a moment later.
            let library = unsafe { libloading::Library::new(name) };
            // Types that are registered can not be unloaded again.
            library.map(std::mem::forget).is_ok()
        })
}

#[cfg(not(target_os = "linux"))]
fn can_show() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_shown_as_they_are_and_cut_when_they_are_long() {
        assert_eq!(shown("r&d"), "r&&d");
        assert_eq!(shown(&"é".repeat(60)), "é".repeat(60));
        assert_eq!(shown(&"é".repeat(61)), "é".repeat(60) + "…");
    }
}
