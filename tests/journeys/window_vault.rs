//! The encrypted file in the real window: its passphrase goes in and comes out nowhere.

use std::time::Duration;

use keywell_journeys::{Home, Practice, Window};

const PASSPHRASE: &str = "correct-horse-battery";
const LONG: Duration = Duration::from_secs(60);
const DIALOG: &str = "[data-test=\"passphrase-dialog\"][open]";

#[test]
fn the_window_asks_for_the_passphrase_of_a_locked_file_and_goes_on_with_what_needed_it() {
    let home = Home::new().with("KEYWELL_STORE", "file");
    // The command has its passphrase from a credential; the window has nobody but the person.
    home.write("passphrase/keywell-passphrase", PASSPHRASE);
    let folder = home.join("passphrase");
    let home = home.with("CREDENTIALS_DIRECTORY", folder);
    let practice = Practice::start(&home, &[]);
    let csv = practice.csv();
    let set_up = [
        "setup",
        "--csv",
        csv.to_str().unwrap(),
        "--profile",
        "practice",
        "--region",
        "us-east-1",
        "--endpoint-url",
        practice.url(),
        "--json",
    ];
    home.keywell(&set_up).succeeded();

    let window = Window::open(&home);
    window.see("profile-row-practice");
    // The page of a profile asks for its buckets, and with them for the key.
    window.go("#/profiles/practice");
    window.see(DIALOG);
    window.fill("passphrase-field", "wrong-horse");
    window.click("passphrase-run");
    window.reads("does not open with that passphrase");
    window.fill("passphrase-field", PASSPHRASE);
    window.click("passphrase-run");
    window.until("!document.querySelector('dialog[open]')");
    window.click("profile-test");
    window.see_within(
        "[data-test=\"profile-test-steps\"][data-done=\"true\"]",
        LONG,
    );
    window.see("[data-test=\"step-identity\"][data-state=\"passed\"]");
    assert!(!window.remains().contains(PASSPHRASE));

    window.go("#/settings");
    window.click("vault-lock");
    window.see("vault-unlock");
    window.picture("vault-locked");
    window.click("vault-prove");
    window.see(DIALOG);
    window.picture("vault-passphrase");
    window.click("passphrase-stay");
    window.see("[data-code=\"vault.not_unlocked\"]");
    window.click("vault-unlock");
    window.see(DIALOG);
    window.fill("passphrase-field", PASSPHRASE);
    window.click("passphrase-run");
    window.see("vault-lock");
    window.click("vault-prove");
    window.reads("A trial item was written, read and deleted");
    home.keywell(&["vault", "lock"]).succeeded();
}
