//! Small windows of their own, each of which shows one thing that must not reach the page, for a time: the secret of a new
//! key, the QR code of an MFA device. Such a window has no script, no commands and no address that the page could read:
//! Rust hands its document out once, to that window, and closes it.

mod access_key;
mod mfa_device;

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use keywell_app::{Code, Problem};
use keywell_vault::Secret;
use tauri::{
    AppHandle, Manager, Runtime, UriSchemeContext, WebviewUrl, WebviewWindow, WebviewWindowBuilder,
    http::{Request, Response, StatusCode, header},
};

use crate::shell::Shell;

pub use access_key::show as show_access_key;
pub use mfa_device::{close as close_mfa_device, show as show_mfa_device};

pub const SCHEME: &str = "keywell-secret";
/// What the windows are called. Two of one kind are never open at once.
pub const LABELS: [&str; 2] = [access_key::LABEL, mfa_device::LABEL];

/// What a window shows, and how it looks.
struct Shown {
    label: &'static str,
    title: &'static str,
    size: (f64, f64),
    time: Duration,
    document: Secret,
    /// What a person can do where no window opens.
    instead: &'static str,
}

/// The documents of the windows that are about to open, by the windows' labels.
#[derive(Default)]
pub struct Reveal(Mutex<HashMap<&'static str, Secret>>);

impl Reveal {
    fn put(&self, label: &'static str, document: Secret) {
        self.documents().insert(label, document);
    }

    fn take(&self, label: &str) -> Option<Secret> {
        self.documents().remove(label)
    }

    fn documents(&self) -> MutexGuard<'_, HashMap<&'static str, Secret>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Opens the window, and closes it after its time.
fn show(app: &AppHandle, shown: Shown) -> Result<(), Problem> {
    let (label, time, instead) = (shown.label, shown.time, shown.instead);
    close(app, label);
    let window = open(app, shown).map_err(|error| {
        app.state::<Shell>().reveal.take(label);
        Problem::new(
            Code::Internal,
            "A window of its own can not be opened.",
            instead,
        )
        .because(error.to_string())
    })?;
    tauri::async_runtime::spawn(async move {
        tokio::time::sleep(time).await;
        // It may be gone already, and another one there by now, which its own time closes.
        let _ = window.destroy();
    });
    Ok(())
}

fn open(app: &AppHandle, shown: Shown) -> tauri::Result<WebviewWindow> {
    let address = format!("{SCHEME}://localhost/")
        .parse()
        .expect("an address of this program");
    let (width, height) = shown.size;
    let mut window =
        WebviewWindowBuilder::new(app, shown.label, WebviewUrl::CustomProtocol(address))
            .title(shown.title)
            .inner_size(width, height)
            .resizable(false)
            .maximizable(false)
            .disable_javascript()
            // On Linux such a window has a context of its own, and Tauri 2.12 registers no protocol there that another
            // window has already: it would show nothing. What is shown is stored nowhere there either.
            .incognito(!cfg!(target_os = "linux"))
            // Kept out of screenshots and shared screens where the system can.
            .content_protected(true)
            .on_navigation(|url| {
                url.scheme() == SCHEME || url.host_str() == Some(&format!("{SCHEME}.localhost"))
            });
    // It goes when the main window goes.
    if let Some(main) = app.get_webview_window("main") {
        window = window.parent(&main)?;
    }
    app.state::<Shell>().reveal.put(shown.label, shown.document);
    let window = window.build()?;
    // The main window's, which every window gets.
    window.remove_menu()?;
    Ok(window)
}

/// Closes the window, if it is there, and forgets what it was to show.
fn close(app: &AppHandle, label: &str) {
    app.state::<Shell>().reveal.take(label);
    if let Some(window) = app.get_webview_window(label)
        && let Err(error) = window.destroy()
    {
        tracing::warn!(%error, "the window of a secret stays open");
    }
}

/// Answers the one request of each such window. Nobody else gets anything, and nobody gets it twice.
pub fn answer<R: Runtime>(
    context: &UriSchemeContext<'_, R>,
    _request: &Request<Vec<u8>>,
) -> Response<Vec<u8>> {
    let shell = context.app_handle().state::<Shell>();
    respond(shell.reveal.take(context.webview_label()).as_ref())
}

fn respond(document: Option<&Secret>) -> Response<Vec<u8>> {
    let (status, body) = match document {
        Some(document) => (StatusCode::OK, document.expose().as_bytes().to_vec()),
        None => (StatusCode::NOT_FOUND, Vec::new()),
    };
    Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, "text/html; charset=utf-8")
        .header(header::CACHE_CONTROL, "no-store")
        .header(
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        )
        .body(body)
        .expect("the parts of an answer of this program")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_handed_out_once_to_its_own_window() {
        let reveal = Reveal::default();
        reveal.put(access_key::LABEL, Secret::new("once"));
        assert!(reveal.take("main").is_none());
        assert!(reveal.take(mfa_device::LABEL).is_none());
        let first = respond(reveal.take(access_key::LABEL).as_ref());
        assert_eq!(
            (first.status(), first.body().as_slice()),
            (StatusCode::OK, &b"once"[..])
        );
        let again = respond(reveal.take(access_key::LABEL).as_ref());
        assert_eq!(again.status(), StatusCode::NOT_FOUND);
        assert!(again.body().is_empty());
        assert_eq!(again.headers()[header::CACHE_CONTROL], "no-store");
    }
}
