//! The two parts of a new access key.

use std::time::Duration;

use keywell_app::{Problem, cloud::AccessKeyPair};
use keywell_vault::Secret;
use tauri::AppHandle;

use super::Shown;

pub(super) const LABEL: &str = "secret";

/// Long enough to write forty characters down.
const SHOWN_FOR: Duration = Duration::from_secs(60);

pub fn show(app: &AppHandle, pair: &AccessKeyPair) -> Result<(), Problem> {
    let shown = Shown {
        label: LABEL,
        title: "Secret access key",
        size: (520.0, 260.0),
        time: SHOWN_FOR,
        document: document(pair),
        instead: "Save the key as a csv, or copy it.",
    };
    super::show(app, shown)
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
p {{ margin: 0 0 4px; opacity: .75; text-wrap: balance; }}
code {{ display: block; margin: 0 0 16px; font: 15px/1.5 ui-monospace, monospace; user-select: all; overflow-wrap: anywhere; }}
i {{ display: block; height: 4px; margin: 0 0 10px; border-radius: 2px; background: currentColor; opacity: .5; transform-origin: left; animation: left {seconds}s linear forwards; }}
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
}
