//! The few commands of the WebDriver protocol that journeys need, over plain HTTP on the loopback address.
//!
//! Source of the commands: W3C WebDriver, <https://www.w3.org/TR/webdriver2/#endpoints>.

use crate::home::Home;
use crate::servers::{Running, free_port, listens};
use crate::wait_for;
use base64::Engine;
use serde_json::{Value, json};
use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

/// The name under which the protocol wraps an element's id.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// The longest answer: a new session starts the program.
const ANSWER: Duration = Duration::from_secs(60);
/// As long as a program may take to end after its session.
const ENDING: Duration = Duration::from_secs(10);

/// Without this variable a program's window takes no commands.
const AUTOMATION: (&str, &str) = ("TAURI_WEBVIEW_AUTOMATION", "true");

/// What the driver said when it refused a command.
#[derive(Debug)]
pub struct WebDriverError {
    /// The protocol's error code, `no such element` and so on; `io` when the driver did not answer.
    pub code: String,
    pub message: String,
}

impl fmt::Display for WebDriverError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for WebDriverError {}

impl From<io::Error> for WebDriverError {
    fn from(why: io::Error) -> Self {
        WebDriverError {
            code: "io".into(),
            message: why.to_string(),
        }
    }
}

type Answer<T> = Result<T, WebDriverError>;

/// One driver with one session: one window of the program.
pub struct Driver {
    port: u16,
    session: String,
    /// What the driver itself started, and so ends.
    started: Option<Started>,
    _process: Running,
}

/// A program and the home that it was started in.
struct Started {
    program: PathBuf,
    home: OsString,
}

/// An element of the page that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element(String);

impl Driver {
    /// Starts WebKitWebDriver in this home and lets it start `program`.
    ///
    /// # Errors
    /// When the program does not open a window.
    ///
    /// # Panics
    /// When the driver itself cannot be started.
    pub fn start(home: &Home, program: &Path, arguments: &[&str]) -> Answer<Driver> {
        // A browserName other than the program's own makes the driver refuse, so there is none.
        let wanted = json!({"webkitgtk:browserOptions": {"binary": program, "args": arguments}});
        let mut driver = Driver::with_session(home, &[], &wanted)?;
        driver.started = Some(Started {
            program: program.to_owned(),
            home: home.path().into(),
        });
        Ok(driver)
    }

    /// Joins a window that somebody else started with [`Driver::variables`] for this port.
    ///
    /// # Errors
    /// When no such window is there yet.
    ///
    /// # Panics
    /// When the driver itself cannot be started.
    pub fn join(home: &Home, port: u16) -> Answer<Driver> {
        let target = format!("--target=127.0.0.1:{port}");
        Driver::with_session(home, &[&target], &json!({}))
    }

    /// What a program's environment needs for its window to be joined at this port.
    pub fn variables(port: u16) -> [(&'static str, String); 2] {
        [
            (AUTOMATION.0, AUTOMATION.1.to_owned()),
            ("WEBKIT_INSPECTOR_SERVER", format!("127.0.0.1:{port}")),
        ]
    }

    fn with_session(home: &Home, options: &[&str], wanted: &Value) -> Answer<Driver> {
        let port = free_port();
        let mut command = home.command("WebKitWebDriver");
        command
            .args(["--host=127.0.0.1", &format!("--port={port}")])
            .args(options)
            .env(AUTOMATION.0, AUTOMATION.1);
        let log = fs::File::create(home.join("window.log"))?;
        let child = command
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .expect("WebKitWebDriver can be started");
        let mut driver = Driver {
            port,
            session: String::new(),
            started: None,
            _process: Running(child),
        };
        wait_for("WebKitWebDriver", Duration::from_secs(20), || {
            listens(port).then_some(())
        });
        let wanted = json!({"capabilities": {"alwaysMatch": wanted}});
        let session = driver.call("POST", "/session", &wanted)?;
        driver.session = text(&session["sessionId"]);
        driver.post("timeouts", &json!({"script": 30_000, "implicit": 0}))?;
        Ok(driver)
    }

    /// The first element that the CSS selector names.
    ///
    /// # Errors
    /// `no such element` when there is none.
    pub fn find(&self, selector: &str) -> Answer<Element> {
        let found = self.post(
            "element",
            &json!({"using": "css selector", "value": selector}),
        )?;
        Ok(Element(text(&found[ELEMENT])))
    }

    /// # Errors
    /// When the element is gone, hidden or covered.
    pub fn click(&self, element: &Element) -> Answer<()> {
        self.post(&format!("element/{}/click", element.0), &json!({}))
            .map(drop)
    }

    /// Moves the pointer into the window's corner, where nothing lights up under it.
    ///
    /// # Errors
    /// When the driver cannot move it.
    pub fn rest_pointer(&self) -> Answer<()> {
        let corner = json!({"type": "pointerMove", "duration": 0, "x": 1, "y": 1});
        let mouse = json!({"type": "pointer", "id": "mouse", "actions": [corner]});
        self.post("actions", &json!({"actions": [mouse]})).map(drop)
    }

    /// Types with real key events.
    ///
    /// # Errors
    /// When the element is gone or takes no text.
    pub fn type_into(&self, element: &Element, words: &str) -> Answer<()> {
        self.post(
            &format!("element/{}/value", element.0),
            &json!({"text": words}),
        )
        .map(drop)
    }

    /// # Errors
    /// When the element is gone or takes no text.
    pub fn clear(&self, element: &Element) -> Answer<()> {
        self.post(&format!("element/{}/clear", element.0), &json!({}))
            .map(drop)
    }

    /// The text as a person sees it.
    ///
    /// # Errors
    /// When the element is gone.
    pub fn text(&self, element: &Element) -> Answer<String> {
        self.get(&format!("element/{}/text", element.0))
            .map(|answer| text(&answer))
    }

    /// # Errors
    /// When the element is gone.
    pub fn is_displayed(&self, element: &Element) -> Answer<bool> {
        self.get(&format!("element/{}/displayed", element.0))
            .map(|answer| answer == true)
    }

    /// False for a button or field that takes nothing now.
    ///
    /// # Errors
    /// When the element is gone.
    pub fn is_enabled(&self, element: &Element) -> Answer<bool> {
        self.get(&format!("element/{}/enabled", element.0))
            .map(|answer| answer == true)
    }

    /// Runs a function body in the page and gives what it returns.
    ///
    /// # Errors
    /// `javascript error` when it throws.
    pub fn execute(&self, script: &str, arguments: &[Value]) -> Answer<Value> {
        self.post(
            "execute/sync",
            &json!({"script": script, "args": arguments}),
        )
    }

    /// Runs a function body whose last argument is the function to call with the result.
    ///
    /// # Errors
    /// As [`Driver::execute`], and `script timeout` after 30 seconds.
    pub fn execute_async(&self, script: &str, arguments: &[Value]) -> Answer<Value> {
        self.post(
            "execute/async",
            &json!({"script": script, "args": arguments}),
        )
    }

    /// Presses keys, one after the other, wherever the focus is: `Tab` and the like by their code point in the WebDriver
    /// recommendation (17.4.2, "Keyboard actions"), letters as they are.
    ///
    /// # Errors
    /// When the driver does not answer.
    pub fn press(&self, keys: &[char]) -> Answer<()> {
        let strokes: Vec<Value> = keys
            .iter()
            .flat_map(|key| {
                [
                    json!({"type": "keyDown", "value": key.to_string()}),
                    json!({"type": "keyUp", "value": key.to_string()}),
                ]
            })
            .collect();
        self.post(
            "actions",
            &json!({"actions": [{"type": "key", "id": "keyboard", "actions": strokes}]}),
        )
        .map(drop)
    }

    /// Presses a key while another is held, such as Control.
    ///
    /// # Errors
    /// When the driver does not answer.
    pub fn chord(&self, held: char, key: char) -> Answer<()> {
        let stroke = |kind: &str, key: char| json!({"type": kind, "value": key.to_string()});
        let strokes = [
            stroke("keyDown", held),
            stroke("keyDown", key),
            stroke("keyUp", key),
            stroke("keyUp", held),
        ];
        self.post(
            "actions",
            &json!({"actions": [{"type": "key", "id": "keyboard", "actions": strokes}]}),
        )
        .map(drop)
    }

    /// Turns to another window of the program, the one with a document of this title. What follows is done there.
    ///
    /// # Errors
    /// `no such window` when there is none.
    pub fn turn_to(&self, title: &str) -> Answer<()> {
        let handles = self.get("window/handles")?;
        for handle in handles.as_array().into_iter().flatten() {
            self.post("window", &json!({"handle": handle}))?;
            if self.get("title")? == title {
                return Ok(());
            }
        }
        Err(WebDriverError {
            code: "no such window".into(),
            message: format!("{handles}"),
        })
    }

    /// The window's content as PNG.
    ///
    /// # Errors
    /// When the driver cannot take it.
    pub fn screenshot(&self) -> Answer<Vec<u8>> {
        let picture = text(&self.get("screenshot")?);
        base64::engine::general_purpose::STANDARD
            .decode(picture)
            .map_err(|why| WebDriverError {
                code: "bad picture".into(),
                message: why.to_string(),
            })
    }

    fn get(&self, command: &str) -> Answer<Value> {
        self.call(
            "GET",
            &format!("/session/{}/{command}", self.session),
            &Value::Null,
        )
    }

    fn post(&self, command: &str, body: &Value) -> Answer<Value> {
        self.call(
            "POST",
            &format!("/session/{}/{command}", self.session),
            body,
        )
    }

    fn call(&self, method: &str, path: &str, body: &Value) -> Answer<Value> {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(ANSWER))?;
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            self.port,
            body.len()
        );
        stream.write_all(head.as_bytes())?;
        stream.write_all(body.as_bytes())?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        value_of(&answer)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if !self.session.is_empty() {
            // Ends the program; the driver itself is ended by its guard whatever this answers.
            let _ = self.call(
                "DELETE",
                &format!("/session/{}", self.session),
                &Value::Null,
            );
        }
        // The driver answers before it has ended the program; without the driver the program would stay, and the next
        // window of this home would give way to it.
        let begun = Instant::now();
        while self.started.as_ref().is_some_and(Started::is_running) && begun.elapsed() < ENDING {
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Started {
    /// False too for what has ended and was not waited for: its links in /proc lead nowhere.
    fn is_running(&self) -> bool {
        let home = [b"HOME=", self.home.as_encoded_bytes()].concat();
        let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
        processes
            .map(|process| process.path())
            .filter(|process| {
                fs::read_link(process.join("exe")).is_ok_and(|exe| exe == self.program)
            })
            .any(|process| {
                let variables = fs::read(process.join("environ")).unwrap_or_default();
                variables.split(|byte| *byte == 0).any(|one| one == home)
            })
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The `value` of an HTTP answer, or the error in it.
fn value_of(answer: &[u8]) -> Answer<Value> {
    let bad = |message: &str| WebDriverError {
        code: "bad answer".into(),
        message: message.into(),
    };
    let split = answer
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .ok_or_else(|| bad("no end of the head"))?;
    let mut body: Value =
        serde_json::from_slice(&answer[split + 4..]).map_err(|why| bad(&why.to_string()))?;
    let value = body["value"].take();
    match value.get("error").and_then(Value::as_str) {
        Some(code) => Err(WebDriverError {
            code: code.to_owned(),
            message: text(&value["message"]),
        }),
        None => Ok(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_gives_its_value_or_its_error() {
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{\"value\":\"a\"}";
        assert_eq!(value_of(answer).unwrap(), "a");
        let refused = b"HTTP/1.1 404 Not Found\r\n\r\n{\"value\":{\"error\":\"no such element\",\"message\":\"gone\"}}";
        assert_eq!(
            value_of(refused).unwrap_err().to_string(),
            "no such element: gone"
        );
        assert_eq!(
            value_of(b"HTTP/1.1 200 OK\r\n").unwrap_err().code,
            "bad answer"
        );
    }
}
