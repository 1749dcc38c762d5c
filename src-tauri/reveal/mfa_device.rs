//! The QR code and the seed of an MFA device that is being set up.

use std::time::Duration;

use keywell_app::{Problem, mfa::Enrolment};
use keywell_vault::Secret;
use tauri::AppHandle;

use super::Shown;

pub(super) const LABEL: &str = "mfa-device";

/// Long enough to find the phone and type two codes.
const SHOWN_FOR: Duration = Duration::from_secs(5 * 60);

const STYLE: &str = "\
:root { color-scheme: light dark; font: 14px/20px system-ui, sans-serif }
body { margin: 0; padding: 20px; text-align: center }
h1 { margin: 0 0 2px; font-size: 16px; line-height: 22px; overflow-wrap: anywhere }
p { margin: 0 0 12px; opacity: .72; text-wrap: balance }
figure { margin: 0 auto 12px; width: 264px; padding: 4px; background: #fff; border-radius: 8px }
svg { display: block; width: 264px; height: 264px }
code { display: block; font: 13px/20px ui-monospace, monospace; overflow-wrap: anywhere; user-select: all }";

pub fn show(app: &AppHandle, enrolment: &Enrolment) -> Result<(), Problem> {
    let shown = Shown {
        label: LABEL,
        title: "MFA device – Keywell",
        size: (340.0, 510.0),
        time: SHOWN_FOR,
        document: document(enrolment)?,
        instead: "Set the device up in a terminal: keywell mfa create PROFILE",
    };
    super::show(app, shown)
}

pub fn close(app: &AppHandle) {
    super::close(app, LABEL);
}

fn document(enrolment: &Enrolment) -> Result<Secret, Problem> {
    Ok(Secret::new(format!(
        "<!doctype html><meta charset=\"utf-8\"><title>MFA device</title><style>{STYLE}</style>\
         <h1>{}</h1><p>MFA device of {} in account {}</p><figure>{}</figure>\
         <p>Scan it with an authenticator app, or type this key into the app:</p><code>{}</code>",
        escaped(&enrolment.name),
        escaped(&enrolment.user),
        escaped(&enrolment.account),
        enrolment.svg()?.expose(),
        escaped(enrolment.seed.expose()),
    )))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
