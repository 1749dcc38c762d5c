//! What the menu, the tray and links ask of the page.

use std::sync::{Mutex, PoisonError};

use keywell_app::link;
use keywell_wire::PageRequest;
use tauri::{AppHandle, Manager, ipc::Channel};

use crate::shell::Shell;

/// The way to the page. What is asked before the page listens waits for it.
#[derive(Default)]
pub struct PageLine(Mutex<Line>);

#[derive(Default)]
struct Line {
    /// That of the page that listens now: a reload opens a new one.
    channel: Option<Channel<PageRequest>>,
    waiting: Option<PageRequest>,
}

impl PageLine {
    pub fn open(&self, channel: Channel<PageRequest>) {
        let mut line = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(request) = line.waiting.take() {
            // A page that has gone already is followed by one that asks again.
            let _ = channel.send(request);
        }
        line.channel = Some(channel);
    }

    /// The page that listened is gone; what is asked from here on waits for the next.
    pub fn close(&self) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .channel = None;
    }

    pub fn send(&self, request: PageRequest) {
        let mut line = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &line.channel {
            Some(channel) => drop(channel.send(request)),
            // The last wish is the one that counts.
            None => line.waiting = Some(request),
        }
    }
}

pub fn ask(app: &AppHandle, request: PageRequest) {
    app.state::<Shell>().page.send(request);
}

/// Shows the page that a link leads to, or says why not. Never does more.
pub fn follow_link(app: &AppHandle, text: &str) {
    ask(
        app,
        match link::address_of(text) {
            Ok(address) => PageRequest::Go(address),
            Err(problem) => PageRequest::Say(problem.into()),
        },
    );
}

/// Brings the window to the front.
pub fn show_window(app: &AppHandle) {
    if let Some(window) = app.get_webview_window("main") {
        // A window manager may refuse each of these, and then the person finds the window by hand.
        let _ = window.unminimize();
        let _ = window.show();
        let _ = window.set_focus();
    }
}
