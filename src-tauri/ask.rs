//! `keywell-desktop --ask`: a small window that puts one question to a person, for a helper that has no terminal. It is
//! a program of its own beside the main window: no keychain, no network, and a page that may call two commands.

use std::{
    io::{self, BufRead as _, Read as _, Write as _},
    process, thread,
    time::{Duration, Instant},
};

use keywell_app::ask::{Answer, LONGEST};
use keywell_wire::{AskKind, AskQuestion};
use tauri::{AppHandle, Manager, WebviewUrl, WebviewWindowBuilder};

use crate::commands;

/// No question came, or no window could be had.
const FAILED: i32 = 1;

/// The question, and until when it may be answered.
pub struct Asked {
    question: AskQuestion,
    until: Instant,
}

impl Asked {
    /// A page that was loaded late has less time.
    pub fn question(&self) -> AskQuestion {
        let left = self.until.saturating_duration_since(Instant::now());
        AskQuestion {
            seconds: u32::try_from(left.as_secs()).unwrap_or_default(),
            ..self.question.clone()
        }
    }
}

/// Reads the question from stdin, shows it, writes the answer to stdout, and ends.
pub fn run() {
    let Some(question) = read_question() else {
        process::exit(FAILED);
    };
    let patience = Duration::from_secs(question.seconds.into());
    let until = Instant::now() + patience;
    end_with_the_helper();
    thread::spawn(move || {
        thread::sleep(patience);
        process::exit(FAILED);
    });
    tauri::Builder::default()
        .invoke_handler(tauri::generate_handler![
            commands::ask::ask_question,
            commands::ask::ask_answer,
        ])
        .setup(move |app| {
            let kind = question.kind.clone();
            app.manage(Asked { question, until });
            open_window(app, &kind)
        })
        .build(crate::context())
        .expect("the window system of this machine can be used")
        .run(|app, event| {
            // The window was closed by its frame.
            if let tauri::RunEvent::ExitRequested { code: None, .. } = event {
                answer(app, &Answer::Cancelled);
            }
        });
}

fn read_question() -> Option<AskQuestion> {
    let mut line = Vec::new();
    let stdin = io::stdin().lock();
    stdin.take(LONGEST).read_until(b'\n', &mut line).ok()?;
    serde_json::from_slice(&line).ok()
}

/// The helper keeps the pipe open for as long as it waits; nobody is asked for one that is gone.
fn end_with_the_helper() {
    thread::spawn(|| {
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        process::exit(FAILED);
    });
}

/// Hands the answer to the helper and ends.
pub fn answer(app: &AppHandle, answer: &Answer) {
    let mut stdout = io::stdout().lock();
    let written = stdout
        .write_all(answer.line().expose().as_bytes())
        .and_then(|()| stdout.flush());
    app.cleanup_before_exit();
    process::exit(if written.is_ok() { 0 } else { FAILED });
}

fn open_window(app: &tauri::App, kind: &AskKind) -> Result<(), Box<dyn std::error::Error>> {
    let title = match kind {
        AskKind::Code => "MFA code – Keywell",
        AskKind::Passphrase => "Passphrase – Keywell",
        AskKind::Leave => "May this program? – Keywell",
    };
    WebviewWindowBuilder::new(app, "ask", WebviewUrl::App("ask.html".into()))
        .title(title)
        .inner_size(460.0, 420.0)
        .min_inner_size(380.0, 320.0)
        .maximizable(false)
        .center()
        .focused(true)
        // It came up because of something that the person did elsewhere, and ends within a minute.
        .always_on_top(true)
        .on_navigation(crate::is_own_page)
        .build()?;
    Ok(())
}
