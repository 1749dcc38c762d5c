//! Every screen as people see it: a picture in both appearances, and what axe-core finds wrong with it, also in high contrast
//! and at 200 %.

use crate::window::{Window, pictures};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

const APPEARANCES: [&str; 2] = ["light", "dark"];

/// Colours fade for a moment after a change.
const FADE: Duration = Duration::from_millis(350);

/// What no rule could decide is told of and lets a journey pass: axe-core can not judge the contrast of an arrow alone.
const UNDECIDED: &str = "undecided";

/// Everything larger by a factor, as after Control plus.
const ZOOM: &str = "document.documentElement.style.zoom = arguments[0]";

/// A check in which no rule passed was none.
const CHECK: &str = r"
const done = arguments[arguments.length - 1];
const rows = (rules, grade) => rules.flatMap((rule) => rule.nodes.map(({ target, any, all, none }) =>
  [grade(rule), rule.id, target.flat().join(' '), [...any, ...all, ...none].map(({ message }) => message).join('; ')]));
axe.run(document, { resultTypes: ['violations', 'incomplete'] }).then(
  ({ violations, incomplete, passes }) => done([
    ...rows(violations, ({ impact }) => impact ?? 'minor'),
    ...rows(incomplete, () => 'undecided'),
    ...(passes.length > 0 ? [] : [['critical', 'axe-core itself', '', 'no rule passed']]),
  ]),
  (why) => done([['critical', 'axe-core itself', '', String(why)]]),
);";

const DISMISS_TOASTS: &str = r#"document.querySelectorAll('[data-test="toast"] > button:last-child').forEach((button) => button.click())"#;

const TWO_FRAMES: &str = "const [done] = arguments; requestAnimationFrame(() => requestAnimationFrame(() => done(true)))";

/// Something that axe-core does not let pass.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Violation {
    impact: String,
    rule: String,
    element: String,
    message: String,
}

/// What was looked at, and what was found.
#[derive(Default)]
pub struct Screens {
    found: BTreeMap<Violation, BTreeSet<String>>,
    looked: usize,
}

impl Screens {
    /// Takes pictures `NAME-light` and `NAME-dark` of what the window shows now, without its passing messages, and checks both.
    ///
    /// # Panics
    /// When the window gives no picture or axe-core cannot run.
    pub fn look(&mut self, window: &Window, name: &str) {
        run(window, DISMISS_TOASTS);
        self.look_as_it_is(window, name);
    }

    /// As [`Screens::look`], passing messages included.
    ///
    /// # Panics
    /// As [`Screens::look`].
    pub fn look_as_it_is(&mut self, window: &Window, name: &str) {
        self.photograph(window, name);
        for appearance in APPEARANCES {
            appear(window, appearance);
            self.check(window, &format!("{name}-{appearance}"));
            contrast(window, true);
            self.check(window, &format!("{name}-{appearance}-contrast"));
            contrast(window, false);
        }
        zoom(window, "2");
        self.check(window, &format!("{name}-200"));
        zoom(window, "");
        self.looked += 1;
        self.report();
    }

    /// Takes the pictures alone.
    ///
    /// # Panics
    /// As [`Screens::look`].
    pub fn photograph(&self, window: &Window, name: &str) {
        window.until("document.fonts.status === 'loaded'");
        window.driver().rest_pointer().expect("the pointer moves");
        for appearance in APPEARANCES {
            appear(window, appearance);
            let name = format!("{name}-{appearance}");
            assert!(
                window.picture(&name).is_some(),
                "there is no picture {name}"
            );
        }
    }

    fn check(&mut self, window: &Window, name: &str) {
        for violation in check(window) {
            self.found
                .entry(violation)
                .or_default()
                .insert(name.to_owned());
        }
    }

    /// # Panics
    /// When there is a violation, however small; `accessibility.txt` beside the pictures also has what was not decided.
    pub fn finish(&self) {
        let violations: String = self
            .found
            .iter()
            .filter(|(violation, _)| violation.impact != UNDECIDED)
            .map(line)
            .collect();
        assert!(violations.is_empty(), "axe-core found:\n{violations}");
    }

    fn report(&self) {
        let all: String = self.found.iter().map(line).collect();
        let (looked, found) = (self.looked, self.found.len());
        fs::write(
            pictures().join("accessibility.txt"),
            format!("{looked} screens, {found} findings\n\n{all}"),
        )
        .expect("a report beside the pictures");
    }
}

fn line((violation, screens): (&Violation, &BTreeSet<String>)) -> String {
    let Violation {
        impact,
        rule,
        element,
        message,
    } = violation;
    let screens: Vec<&str> = screens.iter().map(String::as_str).collect();
    let screens = screens.join(", ");
    format!("{impact}: {rule}: {element}\n    {message}\n    {screens}\n")
}

fn appear(window: &Window, appearance: &str) {
    let set = "document.documentElement.dataset.theme = arguments[0]";
    window
        .driver()
        .execute(set, &[json!(appearance)])
        .expect("the window answers");
    thread::sleep(FADE);
    // A picture is of the last frame that was drawn.
    window
        .driver()
        .execute_async(TWO_FRAMES, &[])
        .expect("the window draws");
}

fn contrast(window: &Window, more: bool) {
    let set = "const data = document.documentElement.dataset; if (arguments[0]) data.contrast = 'more'; else delete data.contrast";
    window
        .driver()
        .execute(set, &[json!(more)])
        .expect("the window answers");
    thread::sleep(FADE);
}

fn zoom(window: &Window, factor: &str) {
    window
        .driver()
        .execute(ZOOM, &[json!(factor)])
        .expect("the window answers");
    thread::sleep(FADE);
}

fn run(window: &Window, script: &str) {
    window
        .driver()
        .execute(script, &[])
        .expect("the window answers");
}

fn check(window: &Window) -> Vec<Violation> {
    let there = window
        .driver()
        .execute("return typeof window.axe === 'object'", &[]);
    if there.expect("the window answers") != true {
        run(window, &axe_core());
    }
    let found = window
        .driver()
        .execute_async(CHECK, &[])
        .expect("axe-core answers");
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let rows = found.as_array().expect("axe-core gives a list");
    rows.iter()
        .map(|row| Violation {
            impact: text(&row[0]),
            rule: text(&row[1]),
            element: text(&row[2]),
            message: text(&row[3]),
        })
        .collect()
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn axe_core() -> String {
    let path = root().join("ui/node_modules/axe-core/axe.min.js");
    fs::read_to_string(&path)
        .unwrap_or_else(|why| panic!("{}: {why}; run `cargo xtask test`", path.display()))
}

/// Copies pictures to the folder that `KEYWELL_PICTURES` names, counted from the root of the clone (`docs/pictures` for the README's). Does
/// nothing when it names none, so that a plain run leaves the clone as it is.
///
/// # Panics
/// When a picture is not there or cannot be copied.
pub fn publish(names: &[(&str, &str)]) {
    let Some(folder) = env::var_os("KEYWELL_PICTURES") else {
        return;
    };
    let folder: PathBuf = root().join(folder);
    fs::create_dir_all(&folder).expect("a folder for pictures");
    for (from, to) in names {
        fs::copy(
            pictures().join(format!("{from}.png")),
            folder.join(format!("{to}.png")),
        )
        .expect("a picture to copy");
    }
}
