//! Wrong keys, wrong files and a server that is gone: said in words, and nothing changes.

use crate::window::{practise, set_up_by_drop};
use keywell_journeys::{Home, Window, keychain_items};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

const LONG: Duration = Duration::from_secs(60);
const WRONG_SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

/// Everything below the home that Keywell and the AWS clients keep, byte for byte: not the practice account's own records of requests, nor what
/// the browser engine keeps.
fn kept(home: &Home) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    walk(home.path(), &mut files);
    for apart in [
        ".keywell/practice",
        ".local",
        ".cache",
        ".config",
        "window.log",
    ] {
        let apart = home.join(apart);
        files.retain(|path, _| !path.starts_with(&apart));
    }
    files
}

fn walk(folder: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(folder).expect("a readable folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            walk(&path, files);
        } else {
            files.insert(path.clone(), fs::read(&path).unwrap_or_default());
        }
    }
}

fn paste(window: &Window, key_id: &str, secret: &str) {
    window.fill("setup-key-id", key_id);
    window.fill("setup-secret", secret);
    window.click("setup-continue");
}

#[test]
fn a_wrong_secret_is_said_in_words_and_changes_neither_home_nor_keychain() {
    let home = Home::new();
    home.write(".aws/config", "# mine\n[default]\nregion=eu-north-1\n");
    let window = Window::open(&home);
    // The page first finds its own way to the profiles; going elsewhere before that would be overtaken.
    window.see("profile-row-default");
    window.go("#/welcome");
    let csv = practise(&home, &window);
    let text = fs::read_to_string(csv).unwrap();
    let key_id = text
        .lines()
        .nth(1)
        .and_then(|row| row.split(',').next())
        .expect("a row with a key");
    let before = kept(&home);

    window.click("set-up-a-key");
    window.click("setup-paste");
    paste(&window, key_id, WRONG_SECRET);
    window.fill("setup-profile", "wrong");
    window.click("setup-run");
    window.see_within(
        "[data-test=\"error\"][data-code=\"sts.wrong_secret\"]",
        LONG,
    );
    window.reads("The secret access key does not belong to this access key ID.");
    window.reads("Nothing was changed.");
    window.reads("Copy both from the same place again.");

    assert_eq!(kept(&home), before);
    assert!(
        !keychain_items(key_id).contains(key_id),
        "the keychain holds an entry for {key_id}"
    );
    // The way back leads to the plan, with what was typed.
    window.click("setup-back");
    window.see("setup-profile");
    window.until("document.querySelector('[data-test=\"setup-profile\"]').value === 'wrong'");
}

#[test]
fn a_pasted_key_of_the_wrong_form_is_refused_beside_its_field() {
    let home = Home::new();
    let window = Window::open(&home);
    window.click("first-run-paste");
    let before = kept(&home);
    let good = "AKIAIOSFODNN7EXAMPLE";
    for (key_id, secret, field, says) in [
        (
            "AKIAIOSFODNN7EXAMPL",
            WRONG_SECRET,
            "setup-key-id",
            "19 characters",
        ),
        ("AKIAIOSFODNN7EXAMPLe", WRONG_SECRET, "setup-key-id", "'e'"),
        (
            "AIDAIOSFODNN7EXAMPLE",
            WRONG_SECRET,
            "setup-key-id",
            "an IAM user",
        ),
        ("", WRONG_SECRET, "setup-key-id", "is empty"),
        (good, "", "setup-secret", "is empty"),
        (good, "wJalrXUtnFEMI", "setup-secret", "13 characters"),
        (
            good,
            &format!(" {WRONG_SECRET}"),
            "setup-secret",
            "blanks around it",
        ),
        (
            "ASIAIOSFODNN7EXAMPLE",
            WRONG_SECRET,
            "setup-token",
            "session token is missing",
        ),
    ] {
        paste(&window, key_id, secret);
        window.see(&format!("[data-test=\"{field}\"][aria-invalid=\"true\"]"));
        window.reads(says);
        // What was wrong has to be typed again, and stands nowhere meanwhile.
        assert!(secret.is_empty() || !window.remains().contains(secret));
    }
    assert_eq!(kept(&home), before);
}

#[test]
fn a_dropped_file_without_a_key_is_refused_with_the_reason() {
    let home = Home::new();
    let window = Window::open(&home);
    fs::create_dir_all(home.join("Downloads/folder.csv")).unwrap();
    let header = "Access key ID,Secret access key\r\n";
    let utf_16: Vec<u8> = header.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let files: [(&str, Vec<u8>, &str); 7] = [
        ("Downloads/empty.csv", Vec::new(), "csv.empty"),
        ("Downloads/header.csv", header.into(), "csv.no_key"),
        (
            "Downloads/semicolons.csv",
            header.replace(',', ";").into(),
            "csv.delimiter",
        ),
        (
            "Downloads/other.csv",
            b"name,price\r\npear,3\r\n".to_vec(),
            "csv.not_a_csv",
        ),
        (
            "Downloads/utf-16.csv",
            [vec![0xff, 0xfe], utf_16].concat(),
            "csv.not_a_csv",
        ),
        (
            "Downloads/noise.csv",
            vec![b'x'; 50_000_000],
            "csv.too_large",
        ),
        ("Downloads/folder.csv", Vec::new(), "csv.unreadable"),
    ];
    for (name, bytes, code) in files {
        let path = home.join(name);
        if !path.is_dir() {
            home.write(name, bytes);
        }
        window.drop_files(&[&path]);
        window.see(&format!("[data-test=\"error\"][data-code=\"{code}\"]"));
        window.reads("Nothing was changed.");
    }
    assert!(home.aws_config().is_empty());
}

#[test]
fn a_practice_account_that_was_stopped_is_said_in_words_and_starts_again() {
    let home = Home::new();
    let window = Window::open(&home);
    let csv = practise(&home, &window);
    set_up_by_drop(&window, &csv);
    home.keywell(&["practice", "stop"]).succeeded();

    window.go("#/profiles/practice");
    window.click("profile-test");
    window.see_within(
        "[data-test=\"error\"][data-code=\"network.unreachable\"]",
        LONG,
    );
    let said = window.text("[data-test=\"error\"]");
    assert!(said.contains("127.0.0.1"), "{said}");

    window.go("#/buckets");
    window.see_within(
        "[data-test=\"error\"][data-code=\"network.unreachable\"]",
        LONG,
    );
    window.click("practice-start");
    window.see_within("bucket-create-first", LONG);
    window.go("#/profiles/practice");
    window.click("profile-test");
    window.see_within("[data-test=\"step-identity\"][data-state=\"passed\"]", LONG);
}
