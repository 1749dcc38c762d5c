//! The start: what begins early, what waits until the page is shown, and how long it took.

use std::{
    fmt::Write as _,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, SystemTime},
};

use keywell_app::App;
use keywell_wire::{StartPhase, VaultStatus};
use tauri::{AppHandle, Manager, async_runtime::JoinHandle};

use crate::{arguments::Arguments, commands::system::KEYCHAIN_PATIENCE, notices, shell::Shell};

/// What is known of this start.
pub struct Start {
    begun: SystemTime,
    measure: bool,
    print_phases: bool,
    phases: Mutex<Vec<StartPhase>>,
    vault: Mutex<Option<JoinHandle<VaultStatus>>>,
    shown: AtomicBool,
}

impl Start {
    /// Called first of all.
    pub fn begin() -> Self {
        let start = Self {
            begun: process_start().unwrap_or_else(SystemTime::now),
            measure: false,
            print_phases: false,
            phases: Mutex::default(),
            vault: Mutex::default(),
            shown: AtomicBool::new(false),
        };
        start.passed("main");
        start
    }

    pub fn measured_as(self, arguments: &Arguments) -> Self {
        Self {
            measure: arguments.measure_start,
            print_phases: arguments.phases,
            ..self
        }
    }

    /// Writes down that the start has come so far.
    pub fn passed(&self, name: &str) {
        let at = milliseconds(SystemTime::now());
        self.phases().push(StartPhase {
            name: name.to_owned(),
            at,
        });
    }

    /// Opens the keychain while the window is being made: both take their time, and the page's first answer needs both.
    pub fn ask_keychain(&self, app: &Arc<App>) {
        let app = app.clone();
        let asked = tauri::async_runtime::spawn(async move {
            keywell_app::vault_status(&app, KEYCHAIN_PATIENCE).await
        });
        *self.vault.lock().unwrap_or_else(PoisonError::into_inner) = Some(asked);
    }

    /// What the keychain said at the start; for the first who asks.
    pub async fn first_vault_status(&self) -> Option<VaultStatus> {
        let asked = self
            .vault
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        asked?.await.ok()
    }

    /// Milliseconds since the process began.
    fn took(&self, at: f64) -> f64 {
        (at - milliseconds(self.begun)).max(0.0)
    }

    fn report(&self) -> String {
        let mut text = String::new();
        if self.print_phases {
            let mut phases = self.phases().clone();
            phases.sort_by(|one, other| one.at.total_cmp(&other.at));
            for StartPhase { name, at } in &phases {
                let _ = writeln!(text, "{:5.0}  {name}", self.took(*at));
            }
        }
        let _ = writeln!(text, "{:.0}", self.took(milliseconds(SystemTime::now())));
        text
    }

    fn phases(&self) -> std::sync::MutexGuard<'_, Vec<StartPhase>> {
        self.phases.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The page is there and shows its first answer. Now comes what nobody waits for.
pub fn page_shown(app: &AppHandle, phases: &[StartPhase]) {
    let start = &app.state::<Shell>().start;
    if start.shown.swap(true, Ordering::Relaxed) {
        return;
    }
    if start.measure {
        start.phases().extend(phases.iter().cloned());
        #[expect(clippy::print_stdout, reason = "the figure is what was asked for")]
        {
            print!("{}", start.report());
        }
        crate::close(app.clone());
        return;
    }
    let handle = app.clone();
    // The main thread is there as long as the window is.
    let _ = app.run_on_main_thread(move || handle.state::<Shell>().tray.show(&handle));
    tauri::async_runtime::spawn(notices::watch(app.clone()));
}

fn milliseconds(at: SystemTime) -> f64 {
    let since = at.duration_since(SystemTime::UNIX_EPOCH);
    since.unwrap_or_default().as_secs_f64() * 1000.0
}

/// When the system started the process.
fn process_start() -> Option<SystemTime> {
    SystemTime::now().checked_sub(since_process_start()?)
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
