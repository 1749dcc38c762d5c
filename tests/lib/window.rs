//! The real window, driven as a person would: by what is on it.

use crate::home::Home;
use crate::programs::{self, Outcome};
use crate::wait_for;
use crate::webdriver::{Driver, Element, WebDriverError};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// How long a person would wait before calling it broken.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where journeys leave their pictures: `screenshots/` of cargo's target folder.
///
/// # Panics
/// When the folder cannot be made.
pub fn pictures() -> PathBuf {
    let folder = programs::target().join("screenshots");
    fs::create_dir_all(&folder).expect("a folder for pictures");
    folder
}

/// The program's window.
pub struct Window {
    driver: Driver,
    environment: BTreeMap<OsString, OsString>,
}

/// Keeps every message between page and Rust in the window, for the canary. What the page asks leaves through `fetch`; answers, failures and
/// events come back through the functions in Tauri's table of callbacks (its scripts/core.js and scripts/ipc-protocol.js), which no page can
/// replace, but whose `set` it can.
const RECORD_MESSAGES: &str = r"
if (window.keywellMessages) return true;
const messages = (window.keywellMessages = []);
const keep = (...parts) => { try { messages.push(JSON.stringify(parts)); } catch { messages.push(parts.join(' ')); } };
const fetch = window.fetch;
window.fetch = (address, options) => { keep('out', String(address), String(options?.body ?? '')); return fetch(address, options); };
const callbacks = window.__TAURI_INTERNALS__.callbacks;
const set = Map.prototype.set;
callbacks.set = function (id, callback) { return set.call(this, id, (data) => { keep('in', data); return callback(data); }); };
for (const [id, callback] of [...callbacks]) callbacks.set(id, callback);
return window.fetch !== fetch;
";

/// Whether the page listens for an event of Tauri's (its src/event/mod.rs, `listen_js_script`).
const LISTENS: &str = r"
const listeners = window['__internal_unstable_listeners_object_id__']?.[arguments[0]] ?? {};
return Object.getOwnPropertyNames(listeners).length > 0;
";

const INVOKE: &str = r"
const [command, given, done] = arguments;
window.__TAURI_INTERNALS__.invoke(command, given).then(
  (answer) => done({ done: true, answer }),
  (why) => done({ done: false, why: typeof why === 'string' ? why : JSON.stringify(why) }),
);";

impl Window {
    /// Starts `keywell-desktop` in this home and waits until its page is there.
    ///
    /// # Panics
    /// When no page comes up; shows what the program printed.
    pub fn open(home: &Home) -> Window {
        Window::open_with(home, &[])
    }

    /// Starts it with arguments.
    ///
    /// # Panics
    /// As [`Window::open`].
    pub fn open_with(home: &Home, arguments: &[&str]) -> Window {
        let started = Driver::start(home, &programs::window_program(), arguments);
        let driver = started.unwrap_or_else(|why| {
            let log = fs::read_to_string(home.join("window.log")).unwrap_or_default();
            panic!("the window did not open: {why}\n{log}")
        });
        let window = Window {
            driver,
            environment: home.environment(),
        };
        window.see("body *");
        window
    }

    /// Joins a window that another program opens, which was started with [`Driver::variables`] for this port.
    ///
    /// # Panics
    /// When none is there within 30 seconds.
    pub fn join(home: &Home, port: u16) -> Window {
        let driver = wait_for("a window to join", PATIENCE, || {
            Driver::join(home, port).ok()
        });
        Window {
            driver,
            environment: home.environment(),
        }
    }

    /// Clicks what makes the window go, and waits until it is gone.
    ///
    /// # Panics
    /// When it is still there after 30 seconds.
    pub fn leave_by(self, selector: &str) {
        let element = self.see(selector);
        // It may be gone before the driver could answer.
        let _ = self.driver.click(&element);
        wait_for("the window to go", PATIENCE, || {
            self.driver.find("body").is_err().then_some(())
        });
    }

    pub fn driver(&self) -> &Driver {
        &self.driver
    }

    /// The element with this `data-test` name, once it is displayed.
    ///
    /// # Panics
    /// When it does not come within 30 seconds; leaves a picture of what is there instead.
    pub fn see(&self, selector: &str) -> Element {
        self.see_within(selector, PATIENCE)
    }

    /// # Panics
    /// As [`Window::see`], after `limit`.
    pub fn see_within(&self, selector: &str, limit: Duration) -> Element {
        let selector = &css(selector);
        let begun = std::time::Instant::now();
        loop {
            let answer = self.displayed(selector);
            if let Ok(Some(element)) = answer {
                return element;
            }
            if begun.elapsed() > limit {
                self.picture_of_failure();
                let last = answer.map_or_else(|why| why.to_string(), |_| "it is hidden".into());
                panic!(
                    "{selector} did not come up within {limit:?} ({last}); the page says:\n{}",
                    self.words()
                );
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// The element, or `None` when it is there and hidden.
    fn displayed(&self, selector: &str) -> Result<Option<Element>, WebDriverError> {
        let element = self.driver.find(selector)?;
        let is_displayed = self.driver.is_displayed(&element)?;
        Ok(is_displayed.then_some(element))
    }

    /// Clicks it once it is displayed and can be clicked.
    ///
    /// # Panics
    /// When that does not succeed within 30 seconds.
    pub fn click(&self, selector: &str) {
        self.act(selector, |element| self.driver.click(element));
    }

    /// Empties the field and types into it.
    ///
    /// # Panics
    /// When that does not succeed within 30 seconds.
    pub fn fill(&self, selector: &str, words: &str) {
        self.act(selector, |element| {
            self.driver.clear(element)?;
            // The driver takes no empty text, and its emptying is no input that the page hears of.
            let keys = if words.is_empty() { "x\u{e003}" } else { words };
            self.driver.type_into(element, keys)
        });
    }

    /// The page is drawn anew while work goes on, so an element may be replaced between finding and using it.
    fn act(&self, selector: &str, work: impl Fn(&Element) -> Result<(), WebDriverError>) {
        let begun = std::time::Instant::now();
        loop {
            let element = self.see(selector);
            // The driver clicks a disabled button without a word.
            let done = match self.driver.is_enabled(&element) {
                Ok(false) => Err(WebDriverError {
                    code: "disabled".into(),
                    message: self.words(),
                }),
                _ => work(&element),
            };
            match done {
                Ok(()) => return,
                Err(why) if begun.elapsed() > PATIENCE => {
                    self.picture_of_failure();
                    panic!("{selector} cannot be used: {why}")
                }
                Err(_) => std::thread::sleep(Duration::from_millis(100)),
            }
        }
    }

    /// The text of an element as a person sees it.
    ///
    /// # Panics
    /// When it does not come.
    pub fn text(&self, selector: &str) -> String {
        let element = self.see(selector);
        self.driver.text(&element).unwrap_or_default()
    }

    /// Waits until the page shows these words.
    ///
    /// # Panics
    /// When it does not within 30 seconds.
    pub fn reads(&self, words: &str) {
        let begun = std::time::Instant::now();
        while !self.words().contains(words) {
            if begun.elapsed() > PATIENCE {
                self.picture_of_failure();
                panic!(
                    "the page does not say {words:?}; it says:\n{}",
                    self.words()
                );
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// All words on the page.
    pub fn words(&self) -> String {
        let all = self.driver.execute("return document.body.innerText", &[]);
        all.ok()
            .and_then(|words| words.as_str().map(str::to_owned))
            .unwrap_or_default()
    }

    /// Goes to a page by its address, `#/profiles` and so on.
    ///
    /// # Panics
    /// When the window does not answer.
    pub fn go(&self, address: &str) {
        self.driver
            .execute("location.hash = arguments[0]", &[json!(address)])
            .expect("the window answers");
    }

    /// Starts the page anew, as after a change that it cannot see.
    ///
    /// # Panics
    /// When it does not come back within 30 seconds.
    pub fn reload(&self) {
        self.driver
            .execute("window.keywellOld = true; location.reload()", &[])
            .expect("the window answers");
        self.until("!window.keywellOld && document.querySelector('h1')");
    }

    /// Files as good as dropped on the window: a second start of a debug build asks the first for all that follows a
    /// drop.
    ///
    /// # Panics
    /// When nothing on the page listens for drops, or the window does not answer.
    pub fn drop_files(&self, paths: &[&Path]) {
        wait_for("a listener for dropped files", PATIENCE, || {
            let listens = self.driver.execute(LISTENS, &[json!("tauri://drag-drop")]);
            listens.ok()?.as_bool()?.then_some(())
        });
        let mut command = self.start_again();
        command.arg("--simulate-drop").args(paths);
        end_soon(command);
    }

    /// A second start of the program in the same home.
    pub fn start_again(&self) -> Command {
        let mut command = Command::new(programs::window_program());
        command.env_clear().envs(&self.environment);
        command
    }

    /// From here on every message between page and Rust is kept.
    ///
    /// # Panics
    /// When the page's door to Rust cannot be watched: then the canary would prove nothing.
    pub fn record_messages(&self) {
        let watched = self.driver.execute(RECORD_MESSAGES, &[]);
        assert_eq!(
            watched.expect("the window answers"),
            true,
            "the messages cannot be watched"
        );
    }

    /// The messages kept so far, each `["out", address, body]` or `["in", answer]` as JSON.
    pub fn messages(&self) -> Vec<String> {
        let all = self
            .driver
            .execute("return window.keywellMessages ?? []", &[])
            .unwrap_or_default();
        all.as_array()
            .map(|all| {
                all.iter()
                    .filter_map(|one| one.as_str().map(str::to_owned))
                    .collect()
            })
            .unwrap_or_default()
    }

    /// All that the page holds: its elements with the values of their fields, its storage, address and history of requests.
    ///
    /// # Panics
    /// When the window does not answer.
    pub fn remains(&self) -> String {
        let all = self.driver.execute(
            "return JSON.stringify([document.documentElement.outerHTML, [...document.querySelectorAll('input, textarea, select')].map((field) => field.value), \
             Object.entries(localStorage), Object.entries(sessionStorage), document.cookie, location.href, performance.getEntries().map((entry) => entry.name)])",
            &[],
        );
        all.expect("the window answers")
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// Saves a picture of another window of the program, the one with a document of this title.
    ///
    /// # Panics
    /// When it does not come within 30 seconds.
    pub fn picture_of(&self, title: &str, name: &str) {
        let own = self.driver.execute("return document.title", &[]);
        let own = own.expect("the window answers");
        wait_for(title, PATIENCE, || self.driver.turn_to(title).ok());
        let picture = self.picture(name);
        let back = self.driver.turn_to(own.as_str().unwrap_or_default());
        back.expect("the first window is still there");
        assert!(picture.is_some(), "there is no picture {name}");
    }

    /// Saves a picture of the window and gives its path; `None` when the driver cannot take one.
    pub fn picture(&self, name: &str) -> Option<PathBuf> {
        let path = pictures().join(format!("{name}.png"));
        let picture = self.driver.screenshot().ok()?;
        fs::write(&path, picture).ok()?;
        Some(path)
    }

    /// Journeys run side by side, so each failure's picture has its journey's name.
    fn picture_of_failure(&self) {
        let thread = std::thread::current();
        let journey = thread.name().unwrap_or("journey").replace("::", "-");
        self.picture(&format!("failed-{journey}"));
    }

    /// Waits until the condition, a JavaScript expression, holds.
    ///
    /// # Panics
    /// When it does not within 30 seconds; leaves a picture of what is there.
    pub fn until(&self, condition: &str) {
        let script = format!("return !!({condition})");
        let begun = std::time::Instant::now();
        while !self
            .driver
            .execute(&script, &[])
            .is_ok_and(|answer| answer == true)
        {
            if begun.elapsed() > PATIENCE {
                self.picture_of_failure();
                panic!(
                    "waited in vain for {condition}; the page says:\n{}",
                    self.words()
                );
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Asks Rust as the page would, with any command; what it answers, or why it was refused.
    ///
    /// # Errors
    /// What the page would get as the reason.
    ///
    /// # Panics
    /// When the window does not answer.
    pub fn invoke(&self, command: &str, arguments: &Value) -> Result<Value, String> {
        let answer = self
            .driver
            .execute_async(INVOKE, &[json!(command), arguments.clone()])
            .expect("the window answers");
        if answer["done"] == true {
            Ok(answer["answer"].clone())
        } else {
            Err(answer["why"].as_str().unwrap_or_default().to_owned())
        }
    }
}

/// Runs a second start, which hands over what it was given and ends.
///
/// # Panics
/// When it goes on for 30 seconds, or fails.
pub fn end_soon(mut command: Command) {
    let mut child = command.spawn().expect("the program starts");
    let begun = std::time::Instant::now();
    loop {
        match child.try_wait().expect("a child can be waited for") {
            Some(status) => {
                return assert!(status.success(), "the second start ended with {status}");
            }
            None if begun.elapsed() > PATIENCE => {
                let _ = child.kill();
                panic!("the second start did not find the first");
            }
            None => std::thread::sleep(Duration::from_millis(50)),
        }
    }
}

/// How many windows on the display have a title that starts so, those without a page that could be driven included.
pub fn windows_titled(start: &str) -> usize {
    let mut list = Command::new("xwininfo");
    let list = Outcome::of(list.args(["-root", "-tree"]), "").succeeded();
    let named = format!("\"{start}");
    list.stdout
        .lines()
        .filter(|line| line.contains(&named))
        .count()
}

/// A bare name stands for `[data-test="name"]`.
fn css(selector: &str) -> String {
    let bare = selector
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
        && selector.contains('-');
    if bare {
        format!("[data-test=\"{selector}\"]")
    } else {
        selector.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_name_is_a_test_name_and_all_else_a_selector() {
        for (given, selector) in [
            ("setup-run", "[data-test=\"setup-run\"]"),
            (
                "profile-row-practice",
                "[data-test=\"profile-row-practice\"]",
            ),
            ("body *", "body *"),
            ("#main-part", "#main-part"),
            ("dialog", "dialog"),
        ] {
            assert_eq!(css(given), selector);
        }
    }
}
