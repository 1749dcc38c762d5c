//! The system's notifications, for a person who looks elsewhere. Nothing in them is secret.

use std::time::{Duration, SystemTime};

use keywell_app::{
    CancellationToken,
    notices::{self, Notice, Told},
    rotation, settings, vault,
};
use tauri::{AppHandle, Manager};

use crate::shell::Shell;

/// Between two looks at how old the keys are.
const KEYS: Duration = Duration::from_secs(6 * 60 * 60);
/// Between two looks at the sessions that programs were given.
const SESSIONS: Duration = Duration::from_secs(2 * 60);
/// Between two rounds of rotations that need no person, by the clock on the wall: a machine that sleeps at night would
/// not come to a day of being awake.
const ROTATIONS: Duration = Duration::from_secs(24 * 60 * 60);
/// Between two looks at whether a round is due, allowed, and possible without asking for a passphrase.
const LOOK: Duration = Duration::from_secs(10 * 60);

/// Watches what is worth telling for as long as the window lives.
pub async fn watch(app: AppHandle) {
    tokio::join!(
        watch_transfers(&app),
        watch_keys(&app),
        watch_sessions(&app),
        tend_keys(&app)
    );
}

async fn watch_transfers(app: &AppHandle) {
    let transfers = app.state::<Shell>().transfers.clone();
    let (mut changes, mut told) = (transfers.watch(), Told::default());
    loop {
        let board = transfers.next_board(&mut changes).await;
        if let Some(notice) = told.look(&board) {
            tell(app, notice);
        }
    }
}

async fn watch_keys(app: &AppHandle) {
    loop {
        tokio::time::sleep(KEYS).await;
        if looks_elsewhere(app)
            && let Ok(Some(notice)) = notices::keys_due(&app.state::<Shell>().app)
        {
            tell(app, notice);
        }
    }
}

async fn watch_sessions(app: &AppHandle) {
    loop {
        tokio::time::sleep(SESSIONS).await;
        let shell = app.state::<Shell>();
        if looks_elsewhere(app)
            && !vault::would_ask(&shell.app, &shell.stores)
            && let Ok(Some(notice)) = notices::sessions_ending(&shell.app).await
        {
            tell(app, notice);
        }
    }
}

/// Goes on with rotations that wait and replaces keys that are due, where the person allowed it: at the start and daily.
async fn tend_keys(app: &AppHandle) {
    let cancel = CancellationToken::new();
    let mut last = None;
    loop {
        let shell = app.state::<Shell>();
        let keywell = &shell.app;
        let now = SystemTime::now();
        if is_round_due(last, now)
            && settings::read(&keywell.places).rotate_in_background
            && !vault::would_ask(keywell, &shell.stores)
        {
            last = Some(now);
            let outcomes = rotation::tend(keywell, &|_| {}, &cancel).await;
            if let Some(notice) = outcomes
                .ok()
                .and_then(|outcomes| notices::rotated(&outcomes))
            {
                tell(app, notice);
            }
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// A clock that was set back does not put rounds off.
fn is_round_due(last: Option<SystemTime>, now: SystemTime) -> bool {
    last.is_none_or(|last| !now.duration_since(last).is_ok_and(|past| past < ROTATIONS))
}

fn looks_elsewhere(app: &AppHandle) -> bool {
    let window = app.get_webview_window("main");
    window.is_some_and(|window| !window.is_focused().unwrap_or(true))
}

/// Shows a notification where the system has them; where it has none, the page shows the same.
fn tell(app: &AppHandle, notice: Notice) {
    if !looks_elsewhere(app) {
        return;
    }
    // The notification service is another program and may take its time.
    tauri::async_runtime::spawn_blocking(move || show(&notice));
}

#[cfg(not(target_os = "macos"))]
fn show(notice: &Notice) {
    let mut notification = notify_rust::Notification::new();
    notification
        .appname("Keywell")
        .summary(&notice.title)
        .body(&notice.text);
    #[cfg(windows)]
    notification.app_id("dev.keywell.desktop");
    let _ = notification.show();
}

/// macOS asks the person once whether Keywell may, and gives a program outside of a bundle an error; then the page alone
/// says it.
#[cfg(target_os = "macos")]
fn show(notice: &Notice) {
    use mac_usernotifications::{Notification, request_auth};

    let notification = Notification::new()
        .title(&notice.title)
        .message(&notice.text);
    tauri::async_runtime::block_on(async {
        if request_auth().await.unwrap_or(false) {
            let _ = notification.send().await;
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_of_rotations_is_due_at_the_start_after_a_day_and_when_the_clock_went_back() {
        let then = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        let minute = Duration::from_secs(60);
        for (last, now, due) in [
            (None, then, true),
            (Some(then), then, false),
            (Some(then), then + ROTATIONS - minute, false),
            (Some(then), then + ROTATIONS, true),
            (Some(then), then - minute, true),
        ] {
            assert_eq!(is_round_due(last, now), due, "{last:?} {now:?}");
        }
    }
}
