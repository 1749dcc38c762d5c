//! What `files edit` and `files repair` did is in the history, and is undone from there.

use std::{process::Stdio, time::Instant};

use serde_json::{Value, json};

use crate::support::{Home, Ran, SECRET};

fn edit(home: &Home, file: &str, section: &str, values: Value) -> Ran {
    let edit = json!({"section": section, "values": values}).to_string();
    home.run_with(&["files", "edit", "--file", file, "--json"], &edit)
        .passed()
}

#[test]
fn an_edit_is_undone_with_every_byte_whichever_file_it_was() {
    let home = Home::new();
    let before = "# mine\r\n[profile x]\r\nregion=us-east-1 # here\r\n";
    for file in [".aws/config", "elsewhere/config"] {
        home.write(file, before);
        edit(
            &home,
            file,
            "profile x",
            json!({"region": "eu-west-1", "s3": {"a": "b"}}),
        );
        assert_ne!(home.read(file), before);
        let last = &home.run(&["profile", "history", "--json"]).passed().json()[0];
        let text = last["text"].as_str().unwrap();
        assert!(text.starts_with("Edited [profile x] in "), "{text}");
        assert_eq!(last["profile"], "x");
        home.run(&["profile", "undo"]).passed();
        assert_eq!(home.read(file), before);
    }
    edit(
        &home,
        "new/config",
        "default",
        json!({"region": "eu-west-1"}),
    );
    home.run(&["profile", "undo"]).passed();
    assert!(!home.path("new").exists(), "made by the edit alone");
}

#[test]
fn an_edit_says_how_it_is_undone() {
    let home = Home::new();
    let change = json!({"section": "profile x", "values": {"region": "eu-west-1"}}).to_string();
    let ran = home.run_with(&["files", "edit", "--file", ".aws/config"], &change);
    assert_eq!(
        ran.passed().stdout,
        "Changed .aws/config.\nTake it back: keywell profile undo 1\n"
    );
}

#[test]
fn without_a_vault_an_edit_beside_secrets_goes_on_and_says_that_it_can_not_be_undone() {
    let home = Home::new();
    let plain = format!("[default]\naws_secret_access_key = {SECRET}\n");
    for file in [".aws/credentials", "elsewhere/credentials"] {
        home.write(file, &plain);
        let ran = edit(&home, file, "default", json!({"region": "eu-west-1"}));
        assert_eq!(ran.json(), json!({"changed": true}));
        let note = ran.error()["note"].as_str().unwrap().to_owned();
        assert!(note.starts_with("This can not be undone"), "{note}");
        assert_eq!(home.read(file), format!("{plain}region = eu-west-1\n"));
        let last = &home.run(&["profile", "history", "--json"]).passed().json()[0];
        assert_eq!(last["state"], "notKept");
    }
    for (path, bytes) in home.contents() {
        let clear = String::from_utf8_lossy(&bytes).contains(SECRET);
        assert!(
            !clear || path.ends_with("credentials"),
            "{}",
            path.display()
        );
    }
}

#[test]
fn a_repair_is_undone() {
    let home = Home::new();
    let before = "[ default ]\nregion = a # mine\n[default]\noutput = json\n";
    home.write(".aws/config", before);
    home.run(&["files", "repair", "--yes"]).passed();
    assert_ne!(home.read(".aws/config"), before);
    home.run(&["profile", "undo"]).passed();
    assert_eq!(home.read(".aws/config"), before);
}

#[test]
fn a_killed_edit_is_in_the_history_when_it_is_in_the_file_and_all_of_it_is_undone() {
    let home = Home::new();
    let before = "# mine\n[profile x]\nregion = us-east-1\n";
    home.write(".aws/config", before);
    let start = |round: usize| {
        let mut child = home
            .command(&["files", "edit", "--file", ".aws/config"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let key = format!("key{round}");
        let edit = json!({"section": "profile x", "values": {key: "value"}});
        serde_json::to_writer(child.stdin.take().unwrap(), &edit).unwrap();
        child
    };
    let begun = Instant::now();
    assert!(start(0).wait().unwrap().success());
    // So that the kills fall into all of a run.
    let whole = begun.elapsed();
    for round in 1..=20 {
        let mut child = start(round);
        std::thread::sleep(whole * u32::try_from(round * 7 % 20).unwrap() / 20);
        child.kill().unwrap();
        child.wait().unwrap();
        let written = home
            .read(".aws/config")
            .contains(&format!("key{round} = value\n"));
        let history = home.run(&["profile", "history", "--json"]).passed().json();
        let newest = history[0]["id"].as_str().unwrap();
        let shown = home
            .run(&["profile", "history", newest, "--json"])
            .passed()
            .json();
        let added = |line: &Value| line["text"] == format!("key{round} = value");
        let known = shown["diff"].as_array().unwrap().iter().any(added);
        assert!(known || !written, "round {round} is not in the history");
    }
    let history = home.run(&["profile", "history", "--json"]).passed().json();
    for entry in history.as_array().unwrap() {
        home.run(&["profile", "undo", entry["id"].as_str().unwrap()])
            .passed();
    }
    assert_eq!(home.read(".aws/config"), before);
    let left = std::fs::read_dir(home.path(".aws")).unwrap().count();
    assert_eq!(left, 2, "the file and the lock");
}
