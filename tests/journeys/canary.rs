//! The search for a leak: a secret goes in through the window, every screen is looked at, and then it is nowhere but in the keychain.

use crate::window::practise;
use keywell_journeys::{Canary, Home, Window, keychain_items};
use std::fs;
use std::time::Duration;

const SCREENS: [&str; 8] = [
    "#/profiles",
    "#/profiles/canary",
    "#/keys",
    "#/keys/admin",
    "#/buckets",
    "#/transfers",
    "#/setup",
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

    window.go("#/");
    window.click("first-run-paste");
    window.fill("setup-key-id", key_id);
    window.fill("setup-secret", secret);
    window.click("setup-continue");
    window.fill("setup-profile", "canary");
    window.fill("setup-endpoint", &endpoint);
    window.click("setup-run");
    window.see_within("setup-finish", Duration::from_secs(60));
    let mut leaks = Vec::new();
    leaks.extend(canary.search("the page when the set-up has ended", window.remains()));
    for screen in SCREENS {
        window.go(screen);
        window.until("document.querySelector('h1')");
        std::thread::sleep(Duration::from_millis(300));
        leaks.extend(canary.search(screen, window.remains()));
        leaks.extend(canary.search_processes());
    }
    assert_eq!(leaks, []);

    let messages = window.messages();
    assert!(
        messages.iter().any(|message| message.contains("setup_run")),
        "no message was recorded"
    );
    let carrying: Vec<&String> = messages
        .iter()
        .filter(|message| canary.form_in(message.as_bytes()).is_some())
        .collect();
    let inbound =
        |message: &str| message.starts_with("[\"out\"") && message.contains("setup_from_paste");
    assert!(
        carrying.len() == 1 && inbound(carrying[0]),
        "{} messages carry the secret; one may, on its way in",
        carrying.len()
    );

    let session = std::env::var_os("HOME").expect("a session has a home");
    assert_eq!(
        canary.search_files(home.path(), &[home.join(".keywell/practice")]),
        []
    );
    assert_eq!(canary.search_files(session.as_ref(), &[]), []);
    assert!(
        canary
            .search("the keychain", keychain_items(key_id))
            .is_some(),
        "the keychain does not hold the secret"
    );
}

/// Where the practice account listens, as it wrote it down.
fn endpoint_url(home: &Home) -> String {
    let text = fs::read_to_string(home.join(".keywell/practice/practice.json"))
        .expect("the practice account's own record");
    let from = text
        .find("http://127.0.0.1:")
        .expect("an address in the record");
    text[from..]
        .chars()
        .take_while(|c| !"\",}".contains(*c))
        .collect()
}
