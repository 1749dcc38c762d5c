//! The search for a leak: secrets go in through the window and are made in it, every screen is looked at, and then they are nowhere but in the keychain.

use crate::clients;
use crate::window::practise;
use keywell_journeys::{Canary, Home, Leak, Window, keychain_items};
use std::env;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

const LONG: Duration = Duration::from_secs(60);

const SCREENS: [&str; 11] = [
    "#/profiles",
    "#/profiles/canary",
    "#/profiles/deploy",
    "#/keys",
    "#/keys/admin",
    "#/keys/deploy",
    "#/buckets",
    "#/transfers",
    "#/setup",
    "#/welcome",
    "#/",
];

#[test]
fn a_pasted_secret_is_nowhere_but_in_the_keychain() {
    let home = Home::new();
    let window = Window::open(&home);
    window.record_messages();
    let csv = practise(&home, &window);
    let text = fs::read_to_string(&csv).unwrap();
    let (key_id, secret) = text
        .lines()
        .nth(1)
        .and_then(|row| row.trim().split_once(','))
        .expect("a row with a key");
    let canary = Canary::new(secret);
    assert_eq!(
        canary.search("the csv", &text).map(|leak| leak.form),
        Some("plain"),
        "the search finds nothing at all"
    );
    let endpoint = endpoint_url(&home);

    window.click("welcome-back");
    window.click("first-run-paste");
    window.fill("setup-key-id", key_id);
    window.fill("setup-secret", secret);
    window.click("setup-continue");
    window.fill("setup-profile", "canary");
    window.fill("setup-endpoint", &endpoint);
    window.click("setup-run");
    window.see_within("setup-finish", LONG);
    let mut leaks = Vec::new();
    leaks.extend(canary.search("the page when the set-up has ended", window.remains()));
    test_a_profile(&window, "canary");
    leaks.extend(look_everywhere(&window, &canary));
    assert_eq!(leaks, []);

    let messages = window.messages();
    assert!(
        messages.iter().any(|message| message.contains("setup_run")),
        "no message was recorded"
    );
    let carrying = carrying(&messages, &canary);
    let inbound =
        |message: &str| message.starts_with("[\"out\"") && message.contains("setup_from_paste");
    assert!(
        carrying.len() == 1 && inbound(carrying[0]),
        "{} messages carry the secret; one may, on its way in",
        carrying.len()
    );
    assert_eq!(
        search_disk(&home, &canary, &[home.join(".keywell/practice")]),
        []
    );
    assert!(
        canary
            .search("the keychain", keychain_items(key_id))
            .is_some(),
        "the keychain does not hold the secret"
    );
}

#[test]
fn the_secret_of_a_key_made_in_the_window_is_in_no_message_at_all() {
    let home = Home::new();
    let window = Window::open(&home);
    window.record_messages();
    let csv = practise(&home, &window);
    // A dropped file is named to Rust, so not even the administrator's secret comes by the page.
    let text = fs::read_to_string(&csv).unwrap();
    let administrator = text.trim_end().rsplit(',').next().expect("a secret");
    crate::window::set_up_by_drop(&window, &csv);
    clients::make_user(&home, "practice", "deploy");
    window.go("#/keys/deploy");
    window.click("key-create");
    window.fill("key-create-profile", "deploy");
    window.click("key-create-run");
    window.see_within("key-create-done", LONG);
    window.click("key-create-done");
    test_a_profile(&window, "deploy");

    let printed = home
        .keywell(&["credential-process", "--profile", "deploy"])
        .succeeded()
        .json();
    let secret = printed["SecretAccessKey"].as_str().expect("a secret");
    for secret in [administrator, secret] {
        let canary = Canary::new(secret);
        assert_eq!(look_everywhere(&window, &canary), []);
        let messages = window.messages();
        assert!(
            messages
                .iter()
                .any(|message| message.contains("key_create")),
            "no message was recorded"
        );
        assert_eq!(carrying(&messages, &canary), [""; 0]);
        assert_eq!(
            search_disk(&home, &canary, &[home.join(".keywell/practice")]),
            []
        );
    }
    let key_id = printed["AccessKeyId"].as_str().expect("a key ID");
    assert!(
        Canary::new(secret)
            .search("the keychain", keychain_items(key_id))
            .is_some(),
        "the keychain does not hold the secret"
    );
}

fn test_a_profile(window: &Window, profile: &str) {
    window.go(&format!("#/profiles/{profile}"));
    window.click("profile-test");
    window.see_within("[data-test=\"step-identity\"][data-state=\"passed\"]", LONG);
}

/// Goes through all screens: what the page holds and stores there, and how every process of this machine was called.
fn look_everywhere(window: &Window, canary: &Canary) -> Vec<Leak> {
    let mut leaks = Vec::new();
    for screen in SCREENS {
        window.go(screen);
        window.until("document.querySelector('h1')");
        std::thread::sleep(Duration::from_millis(300));
        leaks.extend(canary.search(screen, window.remains()));
        leaks.extend(canary.search_processes());
    }
    leaks
}

fn carrying<'a>(messages: &'a [String], canary: &Canary) -> Vec<&'a str> {
    messages
        .iter()
        .map(String::as_str)
        .filter(|message| canary.form_in(message.as_bytes()).is_some())
        .collect()
}

/// All files below the home with the program's logs in it, below the session's home with the keyring in it, and in its folder for sockets.
fn search_disk(home: &Home, canary: &Canary, allowed: &[PathBuf]) -> Vec<Leak> {
    let session = env::var_os("HOME").expect("a session has a home");
    let mut leaks = canary.search_files(home.path(), allowed);
    leaks.extend(canary.search_files(session.as_ref(), &[]));
    if let Some(runtime) = env::var_os("XDG_RUNTIME_DIR") {
        leaks.extend(canary.search_files(runtime.as_ref(), &[]));
    }
    assert!(
        home.join("window.log").exists(),
        "there is no log to search"
    );
    leaks
}

/// Where the practice account listens, as it wrote it down.
fn endpoint_url(home: &Home) -> String {
    let text = fs::read_to_string(home.join(".keywell/practice/practice.json"))
        .expect("the practice account's own record");
    let record: serde_json::Value = serde_json::from_str(&text).expect("a record in JSON");
    record["running"]["endpoint_url"]
        .as_str()
        .expect("an address in the record")
        .to_owned()
}
