//! The start: what waits until the page is shown, and how long that took.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use tauri::{AppHandle, Manager};

use crate::{notices, shell::Shell};

/// What is known of this start.
pub struct Start {
    begun: Instant,
    measure: bool,
    shown: AtomicBool,
}

impl Start {
    pub fn new(measure: bool) -> Self {
        Self {
            begun: Instant::now(),
            measure,
            shown: AtomicBool::new(false),
        }
    }

    /// Since the system started the process; where it does not tell, since `main`.
    fn elapsed(&self) -> Duration {
        since_process_start().unwrap_or_else(|| self.begun.elapsed())
    }
}

/// The page is there and shows its first answer. Now comes what nobody waits for.
pub fn page_shown(app: &AppHandle) {
    let start = &app.state::<Shell>().start;
    if start.shown.swap(true, Ordering::Relaxed) {
        return;
    }
    if start.measure {
        #[expect(clippy::print_stdout, reason = "the figure is what was asked for")]
        {
            println!("{}", start.elapsed().as_millis());
        }
        crate::close(app.clone());
        return;
    }
    let handle = app.clone();
    // The main thread is there as long as the window is.
    let _ = app.run_on_main_thread(move || handle.state::<Shell>().tray.show(&handle));
    tauri::async_runtime::spawn(notices::watch(app.clone()));
}

/// `starttime` of proc_pid_stat(5), the 22nd field, in ticks of 10 ms since the machine started, against proc_uptime(5).
#[cfg(target_os = "linux")]
fn since_process_start() -> Option<Duration> {
    const TICKS_PER_SECOND: f64 = 100.0;
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The second field is the program's name in brackets and may hold blanks.
    let (_, fields) = stat.rsplit_once(')')?;
    let started: f64 = fields.split_whitespace().nth(22 - 3)?.parse().ok()?;
    let uptime = std::fs::read_to_string("/proc/uptime").ok()?;
    let now: f64 = uptime.split_whitespace().next()?.parse().ok()?;
    Duration::try_from_secs_f64(now - started / TICKS_PER_SECOND).ok()
}

#[cfg(not(target_os = "linux"))]
fn since_process_start() -> Option<Duration> {
    None
}
