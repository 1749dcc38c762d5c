//! The steps of a set-up or a test as they happen.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressStyle};
use keywell_app::Code;
use keywell_wire::{Step, StepId, StepState};

use crate::{
    error::shown,
    output::{DIM, Output},
};

/// Shows steps when they end, and a spinner while one runs on a terminal.
pub(crate) struct StepView {
    output: Output,
    kind: Kind,
    state: Mutex<State>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A failed step ends the command, which says why at its end.
    Setup,
    /// A failed step says why at once.
    Test,
    /// As `Setup`, for a key that AWS may not know yet: the steps come again until it does.
    NewKey,
}

#[derive(Default)]
struct State {
    spinner: Option<ProgressBar>,
    /// Steps that need not be shown again.
    passed: Vec<StepId>,
    said_to_wait: bool,
}

impl StepView {
    pub fn of_setup(output: Output) -> Self {
        Self::new(output, Kind::Setup)
    }

    pub fn of_test(output: Output) -> Self {
        Self::new(output, Kind::Test)
    }

    pub fn of_new_key(output: Output) -> Self {
        Self::new(output, Kind::NewKey)
    }

    fn new(output: Output, kind: Kind) -> Self {
        Self {
            output,
            kind,
            state: Mutex::default(),
        }
    }

    pub fn show(&self, step: &Step) {
        if self.output.json {
            return;
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bar) = state.spinner.take() {
            bar.finish_and_clear();
        }
        if step.state == StepState::Running {
            state.spinner = Some(spin(&step.title));
            return;
        }
        let text = match self.kind {
            Kind::NewKey => state.of_new_key(step),
            kind => Some(step_text(step, kind == Kind::Test)),
        };
        if let Some(text) = text {
            // A closed pipe shows when the result is written.
            let _ = self.output.line(text);
        }
    }
}

impl State {
    fn of_new_key(&mut self, step: &Step) -> Option<String> {
        let is_new = |code: &str| {
            [Code::UnknownKey, Code::WrongSecret]
                .iter()
                .any(|known| known.as_str() == code)
        };
        if step
            .failure
            .as_ref()
            .is_some_and(|failure| is_new(&failure.code))
        {
            let first = !std::mem::replace(&mut self.said_to_wait, true);
            return first.then(|| {
                format!(
                    "  …  {}\n       The new key does not work yet; this can take a minute.",
                    step.title
                )
            });
        }
        if self.passed.contains(&step.id) {
            return None;
        }
        self.passed.push(step.id.clone());
        Some(step_text(step, false))
    }
}

fn spin(title: &str) -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed:.dim}") {
        bar.set_style(style);
    }
    bar.set_message(title.to_owned());
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

fn step_text(step: &Step, with_reasons: bool) -> String {
    let (sign, style) = match step.state {
        StepState::Running => ("…", Style::new()),
        StepState::Passed => ("✓", AnsiColor::Green.on_default()),
        StepState::Answered => ("–", AnsiColor::Cyan.on_default()),
        StepState::Warning => ("!", AnsiColor::Yellow.on_default()),
        StepState::Failed => ("✗", AnsiColor::Red.on_default()),
    };
    let mut text = format!("  {style}{sign}{style:#}  {}", step.title);
    if let Some(milliseconds) = step.milliseconds {
        text.push_str(&format!(" {DIM}({milliseconds} ms){DIM:#}"));
    }
    let failure = step.failure.as_ref().filter(|_| with_reasons);
    let reasons = failure.map_or(["", ""], |failure| [&failure.cause, &failure.hint]);
    for line in [step.detail.as_str(), reasons[0], reasons[1]] {
        if !line.is_empty() {
            text.push_str(&format!("\n       {}", shown(line)));
        }
    }
    if let Some(command) = &step.command {
        text.push_str(&format!("\n       {DIM}do:{DIM:#} {}", shown(command)));
    }
    text
}
