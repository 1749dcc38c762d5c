//! Phases of a long run: each is announced, timed and summed up at the end.

use crate::process;
use std::process::Command;
use std::time::{Duration, Instant};

#[derive(Default)]
pub struct Phases {
    done: Vec<Phase>,
    passed: u64,
    failed: u64,
}

struct Phase {
    name: String,
    took: Duration,
    problem: Option<String>,
}

impl Phases {
    /// Runs one phase. Its failure is kept for the summary; the answer tells whether to go on with what needs it.
    pub fn run(&mut self, name: &str, work: impl FnOnce() -> Result<(), String>) -> bool {
        println!("\n==> {name}");
        let begun = Instant::now();
        let problem = work().err();
        if let Some(why) = &problem {
            println!("==> {name}: FAILED: {why}");
        }
        let passed = problem.is_none();
        self.done.push(Phase {
            name: name.to_owned(),
            took: begun.elapsed(),
            problem,
        });
        passed
    }

    /// As [`Phases::run`], for a test runner: what its closing lines say is counted.
    pub fn tests(&mut self, name: &str, command: impl FnOnce() -> Result<Command, String>) -> bool {
        let (mut passed, mut failed) = (0, 0);
        let done = self.run(name, || {
            // Colours would hide the words that are counted.
            process::watched(command()?.env("NO_COLOR", "1"), |text| {
                let (more_passed, more_failed) = tally(text).unwrap_or_default();
                passed += more_passed;
                failed += more_failed;
            })?;
            if passed == 0 {
                Err("no test was run".into())
            } else {
                Ok(())
            }
        });
        self.passed += passed;
        self.failed += failed;
        done
    }

    /// Prints the table of phases and the closing line `N passed, N failed`.
    ///
    /// # Errors
    /// A sentence when a phase failed.
    pub fn finish(self) -> Result<(), String> {
        println!("\nPhase                                       time  result");
        for phase in &self.done {
            println!(
                "{:<40} {:>7}  {}",
                phase.name,
                clock(phase.took),
                if phase.problem.is_some() {
                    "FAILED"
                } else {
                    "ok"
                }
            );
        }
        let total: Duration = self.done.iter().map(|phase| phase.took).sum();
        println!("{:<40} {:>7}\n", "all", clock(total));
        let broken: Vec<&str> = self
            .done
            .iter()
            .filter(|phase| phase.problem.is_some())
            .map(|phase| phase.name.as_str())
            .collect();
        // A phase may fail without any runner having counted it.
        println!(
            "{} passed, {} failed",
            self.passed,
            self.failed.max(u64::from(!broken.is_empty()))
        );
        if broken.is_empty() {
            Ok(())
        } else {
            Err(format!("failed: {}", broken.join(", ")))
        }
    }
}

fn clock(time: Duration) -> String {
    format!("{}:{:02}", time.as_secs() / 60, time.as_secs() % 60)
}

/// `test result: ok. 3 passed; 0 failed; …` of Rust's runner, `Tests  1 failed | 4 passed (5)` of Vitest.
fn tally(text: &str) -> Option<(u64, u64)> {
    let text = text.trim();
    let rest = text
        .strip_prefix("test result: ")
        .or_else(|| text.strip_prefix("Tests  "))?;
    let number = |word: &str| {
        let before = rest.split_once(word)?.0;
        before
            .rsplit(|c: char| !c.is_ascii_digit())
            .find(|digits| !digits.is_empty())?
            .parse()
            .ok()
    };
    Some((
        number(" passed").unwrap_or(0),
        number(" failed").unwrap_or(0),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closing_lines_of_both_runners_are_counted() {
        for (text, counted) in [
            (
                "test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s",
                Some((3, 0)),
            ),
            (
                "test result: FAILED. 10 passed; 2 failed; 0 ignored; 0 measured",
                Some((10, 2)),
            ),
            ("      Tests  12 passed (12)", Some((12, 0))),
            ("      Tests  1 failed | 11 passed (12)", Some((11, 1))),
            ("      Tests  2 failed (2)", Some((0, 2))),
            (" Test Files  3 passed (3)", None),
            ("test a::b ... ok", None),
        ] {
            assert_eq!(tally(text), counted, "{text}");
        }
    }

    #[test]
    fn a_failed_phase_fails_the_whole_and_is_named() {
        let mut phases = Phases::default();
        assert!(phases.run("one", || Ok(())));
        assert!(!phases.run("two", || Err("broke".into())));
        assert_eq!(phases.finish(), Err("failed: two".into()));
    }
}
