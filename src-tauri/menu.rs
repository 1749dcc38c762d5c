//! The application menu. Its shortcuts are the page's own; what the page can do alone has no item here.
//!
//! Keys without a modifier (`N`, `?`) and Ctrl+Z are the page's alone: as accelerators they would be taken from text
//! that is being typed.

use keywell_wire::{PageAction, PageRequest};
use tauri::{
    AppHandle, Runtime,
    menu::{Menu, MenuBuilder, MenuEvent, MenuItemBuilder, SubmenuBuilder},
};

use crate::{page, tray};

/// Identifier, words, shortcut and what it asks of the page.
type Entry = (
    &'static str,
    &'static str,
    Option<&'static str>,
    fn() -> PageRequest,
);

fn go(address: &str) -> PageRequest {
    PageRequest::Go(address.to_owned())
}

const SET_UP: Entry = ("set-up", "Set Up a Key…", None, || {
    PageRequest::Do(PageAction::SetUp)
});
const SETTINGS: Entry = ("settings", "Settings…", Some("CmdOrCtrl+,"), || {
    go("#/settings")
});
const SHORTCUTS: Entry = ("shortcuts", "Keyboard Shortcuts", None, || {
    PageRequest::Do(PageAction::Shortcuts)
});
const GO: &[Entry] = &[
    ("search", "Search…", Some("CmdOrCtrl+K"), || {
        PageRequest::Do(PageAction::Search)
    }),
    ("profiles", "Profiles", Some("CmdOrCtrl+1"), || {
        go("#/profiles")
    }),
    ("keys", "Keys", Some("CmdOrCtrl+2"), || go("#/keys")),
    ("buckets", "Buckets", Some("CmdOrCtrl+3"), || {
        go("#/buckets")
    }),
    ("transfers", "Transfers", Some("CmdOrCtrl+4"), || {
        go("#/transfers")
    }),
];

pub fn build<R: Runtime>(app: &AppHandle<R>) -> tauri::Result<Menu<R>> {
    let item = |(id, words, shortcut, _): Entry| {
        let item = MenuItemBuilder::with_id(id, words);
        match shortcut {
            Some(shortcut) => item.accelerator(shortcut),
            None => item,
        }
        .build(app)
    };
    let mut places = SubmenuBuilder::new(app, "Go");
    for (at, entry) in GO.iter().enumerate() {
        places = places.item(&item(*entry)?);
        if at == 0 {
            places = places.separator();
        }
    }
    let places = places.build()?;
    let help = SubmenuBuilder::new(app, "Help")
        .item(&item(SHORTCUTS)?)
        .build()?;

    if cfg!(target_os = "macos") {
        let keywell = SubmenuBuilder::new(app, "Keywell")
            .about(None)
            .separator()
            .item(&item(SETTINGS)?)
            .separator()
            .services()
            .separator()
            .hide()
            .hide_others()
            .show_all()
            .separator()
            .quit()
            .build()?;
        let file = SubmenuBuilder::new(app, "File")
            .item(&item(SET_UP)?)
            .separator()
            .close_window()
            .build()?;
        // Without these items their keys do nothing in a text field of the page.
        let edit = SubmenuBuilder::new(app, "Edit")
            .undo()
            .redo()
            .separator()
            .cut()
            .copy()
            .paste()
            .select_all()
            .build()?;
        let window = SubmenuBuilder::new(app, "Window")
            .minimize()
            .maximize()
            .fullscreen()
            .build()?;
        return MenuBuilder::new(app)
            .items(&[&keywell, &file, &edit, &places, &window, &help])
            .build();
    }
    let quit = MenuItemBuilder::with_id("quit", "Quit")
        .accelerator("CmdOrCtrl+Q")
        .build(app)?;
    let file = SubmenuBuilder::new(app, "File")
        .item(&item(SET_UP)?)
        .item(&item(SETTINGS)?)
        .separator()
        .item(&quit)
        .build()?;
    MenuBuilder::new(app)
        .items(&[&file, &places, &help])
        .build()
}

/// Something was chosen in the menu or in the tray.
pub fn chosen(app: &AppHandle, event: &MenuEvent) {
    let id = event.id().as_ref();
    let mut entries = GO.iter().chain([&SET_UP, &SETTINGS, &SHORTCUTS]);
    if let Some((.., request)) = entries.find(|(known, ..)| *known == id) {
        page::ask(app, request());
    } else if id == "quit" {
        crate::close(app.clone());
    } else {
        tray::chosen(app, id);
    }
}
