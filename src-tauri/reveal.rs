//! A small window of its own that shows a secret for a time. It has no script, no commands and no address that the page
//! could read: Rust hands its document out once, to that window, and closes it.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use keywell_app::{Code, Problem, cloud::AccessKeyPair};
use keywell_vault::Secret;
use tauri::{
    AppHandle, Manager, Runtime, UriSchemeContext, WebviewUrl, WebviewWindowBuilder,
    http::{Request, Response, StatusCode, header},
};

use crate::shell::Shell;

pub const SCHEME: &str = "keywell-secret";
pub const LABEL: &str = "secret";

/// Long enough to write forty characters down.
const SHOWN_FOR: Duration = Duration::from_secs(60);

/// The document of the window that is about to open.
#[derive(Default)]
pub struct Reveal(Mutex<Option<Secret>>);

impl Reveal {
    fn put(&self, document: Option<Secret>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = document;
    }

    fn take(&self) -> Option<Secret> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Opens the window, and closes it after a time.
pub fn show(app: &AppHandle, pair: &AccessKeyPair) -> Result<(), Problem> {
    close(app);
    app.state::<Shell>().reveal.put(Some(document(pair)));
    let opened = open(app);
    if opened.is_err() {
        app.state::<Shell>().reveal.put(None);
    }
    opened.map_err(|error| {
        Problem::new(
            Code::Internal,
            "A window for the secret can not be opened.",
            "Save the key as a csv, or copy it.",
        )
        .because(error.to_string())
    })?;
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        tokio::time::sleep(SHOWN_FOR).await;
        close(&app);
    });
    Ok(())
}

fn open(app: &AppHandle) -> tauri::Result<()> {
    let address = format!("{SCHEME}://localhost/")
        .parse()
        .expect("an address of this program");
    let mut window = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::CustomProtocol(address))
        .title("Secret access key")
        .inner_size(520.0, 260.0)
        .resizable(false)
        .disable_javascript()
        .incognito(true)
        // Kept out of screenshots and shared screens where the system can.
        .content_protected(true)
        .on_navigation(|url| {
            url.scheme() == SCHEME || url.host_str() == Some(&format!("{SCHEME}.localhost"))
        });
    // It goes when the main window goes.
    if let Some(main) = app.get_webview_window("main") {
        window = window.parent(&main)?;
    }
    window.build().map(drop)
}

fn close(app: &AppHandle) {
    if let Some(window) = app.get_webview_window(LABEL)
        && let Err(error) = window.destroy()
    {
        tracing::warn!(%error, "the window of a secret stays open");
    }
}

/// Answers that window's one request. Nobody else gets anything, and nobody gets it twice.
pub fn answer<R: Runtime>(
    context: &UriSchemeContext<'_, R>,
    _request: &Request<Vec<u8>>,
) -> Response<Vec<u8>> {
    let document = (context.webview_label() == LABEL)
        .then(|| context.app_handle().state::<Shell>().reveal.take())
        .flatten();
    respond(document.as_ref())
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
            "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'",
        )
        .body(body)
        .expect("the parts of an answer of this program")
}

/// The two parts of a key, and a bar that runs out. Both are checked to hold nothing but what AWS makes them of.
fn document(pair: &AccessKeyPair) -> Secret {
    let plain = |text: &str| -> String {
        text.chars()
            .filter(|character| character.is_ascii_alphanumeric() || "+/=_-".contains(*character))
            .collect()
    };
    Secret::new(format!(
        r#"<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Secret access key</title>
<style>
:root {{ color-scheme: light dark; font: 14px/1.5 system-ui, sans-serif; }}
body {{ margin: 20px 24px; }}
p {{ margin: 0 0 4px; opacity: .75; }}
code {{ display: block; margin: 0 0 16px; font: 15px/1.5 ui-monospace, monospace; user-select: all; overflow-wrap: anywhere; }}
i {{ display: block; height: 4px; background: currentColor; opacity: .5; transform-origin: left; animation: left {seconds}s linear forwards; }}
@keyframes left {{ to {{ transform: scaleX(0); }} }}
</style></head><body>
<p>Access key ID</p><code>{key_id}</code>
<p>Secret access key</p><code>{secret}</code>
<i></i><p>This window closes after {seconds} seconds. AWS shows the secret to nobody again.</p>
</body></html>"#,
        seconds = SHOWN_FOR.as_secs(),
        key_id = plain(&pair.key_id),
        secret = plain(pair.secret.expose()),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(secret: &str) -> AccessKeyPair {
        AccessKeyPair {
            key_id: "AKIAIOSFODNN7EXAMPLE".into(),
            secret: Secret::new(secret),
            session_token: None,
        }
    }

    #[test]
    fn the_document_shows_the_key_and_runs_nothing() {
        let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
        let document = document(&pair(secret));
        assert!(document.expose().contains(secret));
        assert!(!document.expose().contains("<script"));
        let odd = super::document(&pair("<script>a</script>"));
        assert!(!odd.expose().contains("<script"));
    }

    #[test]
    fn a_document_is_handed_out_once() {
        let reveal = Reveal::default();
        reveal.put(Some(Secret::new("once")));
        let first = respond(reveal.take().as_ref());
        assert_eq!(
            (first.status(), first.body().as_slice()),
            (StatusCode::OK, &b"once"[..])
        );
        let again = respond(reveal.take().as_ref());
        assert_eq!(again.status(), StatusCode::NOT_FOUND);
        assert!(again.body().is_empty());
        assert_eq!(again.headers()[header::CACHE_CONTROL], "no-store");
    }
}
