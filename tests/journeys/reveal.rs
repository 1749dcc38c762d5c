//! The window that shows a new secret: one of its own, and nothing of it on the page.

use base64::{Engine, engine::general_purpose::STANDARD};
use keywell_journeys::{Canary, Home, Screens, Window, keychain_items, wait_for, windows_titled};
use serde_json::Value;
use std::time::Duration;

use crate::{clients, window};

const KEY_OF: &str = r#"
import boto3, sys
iam = boto3.Session(profile_name=sys.argv[1]).client("iam")
print(iam.list_access_keys(UserName=sys.argv[2])["AccessKeyMetadata"][0]["AccessKeyId"])
"#;

/// The secret that the keychain holds for an access key.
fn secret_of(key_id: &str) -> String {
    let items = keychain_items(key_id);
    let item = items
        .lines()
        .find_map(|line| line.strip_prefix("secret = "))
        .expect("an item");
    let item: Value =
        serde_json::from_slice(&STANDARD.decode(item).expect("base64")).expect("JSON");
    item["secret"].as_str().expect("a secret").to_owned()
}

#[test]
fn a_new_secret_is_shown_in_a_window_of_its_own_and_never_on_the_page() {
    const TITLE: &str = "Secret access key";
    let home = Home::new();
    let window = Window::open(&home);
    let csv = window::practise(&home, &window);
    window::set_up_by_drop(&window, &csv);
    clients::make_user(&home, "practice", "deploy");
    window.go("#/keys/deploy");
    window.reads("Attached policies");
    window.record_messages();
    window.click("key-create");
    window.click("key-place-reveal");
    window.click("key-create-run");
    window.see("take-reveal");
    assert_eq!(windows_titled(TITLE), 0);
    window.click("take-reveal");
    wait_for(
        "the window with the secret",
        Duration::from_secs(20),
        || (windows_titled(TITLE) == 1).then_some(()),
    );
    window.picture_of(TITLE, "key-secret");
    let mut screens = Screens::default();
    screens.look(&window, "key-take");

    let key_id = home.python(KEY_OF, &["practice", "deploy"]).succeeded();
    let canary = Canary::new(&secret_of(key_id.stdout.trim()));
    let messages = window.messages();
    assert!(!messages.is_empty(), "nothing was recorded");
    for (place, text) in [
        ("messages", messages.join("\n")),
        ("page", window.remains()),
    ] {
        assert_eq!(canary.search(place, text), None);
    }
    window.click("take-done");
    window.see("[data-active=\"true\"]");
    screens.finish();
}
