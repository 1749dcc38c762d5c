//! What the page cannot do, asked from the real page in the real window.

use crate::window::practise;
use keywell_journeys::{Home, Window};
use serde_json::{Value, json};
use std::fs;

#[test]
fn the_page_is_refused_every_command_that_its_capability_does_not_name() {
    let home = Home::new();
    let window = Window::open(&home);
    let mark = home.write("mark.txt", "a file that the page must not touch");
    let path = mark.to_string_lossy();

    let allowed = window.invoke("overview", &json!({"request": null}));
    assert!(
        allowed.is_ok_and(|overview| overview["profiles"].is_array()),
        "not even what is allowed works, so a refusal proves nothing"
    );
    for (command, arguments) in [
        ("plugin:fs|read_file", json!({"path": path})),
        ("plugin:fs|remove", json!({"path": path})),
        (
            "plugin:shell|execute",
            json!({"program": "true", "args": []}),
        ),
        ("plugin:http|fetch", json!({"url": "http://127.0.0.1/"})),
        (
            "plugin:opener|open_url",
            json!({"url": "https://example.com"}),
        ),
        ("plugin:opener|open_path", json!({"path": path})),
        ("plugin:dialog|open", json!({"options": {}})),
        ("plugin:clipboard-manager|read_text", json!({})),
        (
            "plugin:event|emit",
            json!({"event": "tauri://drag-drop", "payload": {"paths": [path]}}),
        ),
        (
            "plugin:webview|create_webview_window",
            json!({"options": {"label": "other", "url": "https://example.com"}}),
        ),
        ("plugin:window|close", json!({"label": "main"})),
        ("plugin:path|resolve_directory", json!({"directory": 21})),
        ("plugin:app|version", json!({})),
        (
            "secret_read",
            json!({"request": {"keyId": "AKIAIOSFODNN7EXAMPLE"}}),
        ),
        (
            "credential_process",
            json!({"request": {"profile": "default"}}),
        ),
    ] {
        let why = window
            .invoke(command, &arguments)
            .expect_err(&format!("{command} was answered"));
        assert!(
            why.contains("not allowed") || why.contains("not found"),
            "{command} was refused for another reason: {why}"
        );
    }
    assert!(mark.exists());
}

/// Says how a request of the page ended.
const FETCH: &str = r"
const [address, done] = arguments;
fetch(address, { mode: 'no-cors' }).then(() => done('answered'), (why) => done(String(why)));";

#[test]
fn the_page_reaches_no_server_not_even_the_practice_account() {
    let home = Home::new();
    let window = Window::open(&home);
    practise(&home, &window);
    let record: Value =
        serde_json::from_slice(&fs::read(home.join(".keywell/practice/practice.json")).unwrap())
            .unwrap();
    let address = record["running"]["endpoint_url"]
        .as_str()
        .expect("an address in the practice account's record");
    assert!(
        std::net::TcpStream::connect(address.trim_start_matches("http://")).is_ok(),
        "nobody listens, so a refusal proves nothing"
    );
    let ended = window
        .driver()
        .execute_async(FETCH, &[json!(address)])
        .expect("the window answers");
    assert_ne!(ended, "answered");
}
