//! The encrypted file, as a machine without a keychain uses it: no session bus, and a passphrase from a credential.

use serde_json::{Value, json};

use crate::support::{Home, Practice, Ran};

/// A home whose passphrase is there for every process, as systemd's credentials are.
pub fn home_with_passphrase(passphrase: &str) -> Home {
    let mut home = Home::new();
    let credential = home.write("credentials/keywell-passphrase", passphrase);
    let folder = credential.parent().unwrap().to_str().unwrap().to_owned();
    home.set("CREDENTIALS_DIRECTORY", &folder);
    home
}

fn set_up(home: &Home, practice: &Practice, more: &[&str]) -> Ran {
    let csv = home.write(
        "media_accessKeys.csv",
        format!(
            "Access key ID,Secret access key\n{},{}\n",
            practice.key_id, practice.secret
        ),
    );
    let mut arguments = vec![
        "setup",
        "--csv",
        csv.to_str().unwrap(),
        "--profile",
        "media",
        "--region",
        "us-east-1",
        "--endpoint-url",
        &practice.endpoint_url,
        "--json",
    ];
    arguments.extend(more);
    home.run(&arguments)
}

pub fn with_file() -> (Home, Practice) {
    let home = home_with_passphrase("correct horse\n");
    let practice = Practice::start(&home, &[]);
    set_up(&home, &practice, &["--store", "file"]).passed();
    (home, practice)
}

const VAULT: &str = "keywell/vault.keywell";

#[test]
fn a_machine_without_a_keychain_keeps_its_keys_in_the_file_that_was_chosen_by_name() {
    let (home, practice) = with_file();
    let file = home.read(VAULT);
    assert!(file.starts_with("keywell vault 1\nargon2id "));
    assert!(!file.contains(&practice.secret));
    let settings = home.run(&["settings", "show", "--json"]).passed().json();
    assert_eq!(settings["settings"]["store"], "file");
    let answer = home
        .run(&["credential-process", "--profile", "media"])
        .passed()
        .json();
    assert_eq!(answer["SecretAccessKey"], practice.secret);
    let report = home.run(&["test", "media", "--json"]).passed().json();
    assert_eq!(report["passed"], true);
    let status = home.run(&["vault", "status", "--json"]).passed().json();
    assert_eq!(status["store"], "file");
    let file = &status["stores"][1];
    assert_eq!(
        (&file["isProven"], &file["unreadable"]),
        (&json!(true), &json!([]))
    );
    assert_eq!(status["stores"][0]["failure"]["code"], "vault.no_service");
}

#[test]
fn without_being_chosen_no_file_is_made() {
    let home = home_with_passphrase("correct horse");
    let practice = Practice::start(&home, &[]);
    let refused = set_up(&home, &practice, &[]);
    assert_eq!(refused.error()["code"], "vault.no_service");
    assert!(!home.path(VAULT).exists());
    let status = home.run(&["vault", "status", "--json"]);
    assert_eq!(status.code, 1);
    assert_eq!(status.json()["store"], "keychain");
    let plain = set_up(&home, &practice, &["--store", "plain"]);
    assert_eq!(plain.code, 2);
    assert!(
        plain.error()["message"]
            .as_str()
            .unwrap()
            .contains("plain text")
    );
}

#[test]
fn a_set_up_that_fails_does_not_choose_the_file() {
    let home = Home::new();
    let practice = Practice::start(&home, &[]);
    let refused = set_up(&home, &practice, &["--store", "file"]);
    assert_eq!(refused.error()["code"], "vault.passphrase_needed");
    assert!(!home.path(VAULT).exists());
    assert!(!home.path("keywell/settings.json").exists());
}

#[test]
fn each_trouble_with_the_file_has_its_code_and_the_file_is_left_alone() {
    let (home, _practice) = with_file();
    let whole = home.read(VAULT);
    let flipped = whole.replacen("argon2id 65536 3", "argon2id 65536 4", 1);
    let huge = whole.replacen("argon2id 65536", "argon2id 104857600", 1);
    let later = whole.replacen("vault 1", "vault 2", 1);
    let cases = [
        (whole.as_str(), "wrong", "vault.wrong_passphrase"),
        (&whole, "", "vault.passphrase_needed"),
        (&whole[..200], "correct horse", "vault.cut_short"),
        (&flipped, "correct horse", "vault.file_damaged"),
        (&huge, "correct horse", "vault.file_damaged"),
        (&later, "correct horse", "vault.other_version"),
    ];
    for (content, passphrase, code) in cases {
        home.write(VAULT, content);
        home.write("credentials/keywell-passphrase", passphrase);
        let helper = ["credential-process", "--profile", "media", "--json"];
        assert_eq!(home.run(&helper).error()["code"], code);
        let status = home.run(&["vault", "status", "--json"]);
        assert_eq!(status.code, 1, "{code}");
        assert_eq!(status.json()["stores"][1]["failure"]["code"], code);
        assert_eq!(home.read(VAULT), content, "{code}");
    }
}

fn piped(home: &Home, arguments: &[&str], passphrase: &str) -> Ran {
    home.run_with(&[arguments, &["--json"]].concat(), passphrase)
}

#[test]
fn a_backup_is_restored_only_where_told_to() {
    let (home, practice) = with_file();
    let backup = [
        "vault",
        "backup",
        "keys.backup",
        "--backup-passphrase-fd",
        "0",
    ];
    let made = piped(&home, &backup, "another horse").passed().json();
    assert_eq!(made["items"][0], practice.key_id);
    assert_eq!(
        piped(&home, &backup, "another horse").error()["code"],
        "vault.backup_exists"
    );
    assert!(!home.read("keys.backup").contains(&practice.secret));

    let restore = [
        "vault",
        "restore",
        "keys.backup",
        "--backup-passphrase-fd",
        "0",
    ];
    let sure = [&restore[..], &["--yes"]].concat();
    let rows = |ran: Ran| -> Value { ran.passed().json()["rows"].clone() };
    let same = rows(piped(&home, &sure, "another horse"));
    assert_eq!(
        (&same[0]["what"], &same[0]["isStored"]),
        (&json!("same"), &json!(false))
    );
    let gone = [
        "profile",
        "remove",
        "media",
        "--forget-key",
        "--yes",
        "--json",
    ];
    home.run(&gone).passed();
    let unsure = piped(&home, &restore, "another horse");
    assert_eq!((unsure.code, &unsure.error()["code"]), (2, &json!("usage")));
    let added = rows(piped(&home, &sure, "another horse"));
    assert_eq!(
        (&added[0]["what"], &added[0]["isStored"]),
        (&json!("add"), &json!(true))
    );
    assert_eq!(added[0]["profile"], "media");
    let wrong = piped(&home, &sure, "horse");
    assert_eq!(wrong.error()["code"], "vault.wrong_passphrase");
    assert_eq!(
        piped(&home, &sure, "").error()["code"],
        "vault.passphrase_needed"
    );
}

#[test]
fn moving_needs_the_store_it_moves_to() {
    let (home, practice) = with_file();
    let refused = home.run(&["vault", "move", "--to", "keychain", "--json"]);
    assert_eq!(refused.error()["code"], "vault.no_service");
    let answer = home
        .run(&["credential-process", "--profile", "media"])
        .passed()
        .json();
    assert_eq!(answer["AccessKeyId"], practice.key_id);

    // Nothing to carry, and a choice is made.
    let home = Home::new();
    let moved = home
        .run(&["vault", "move", "--to", "file", "--json"])
        .passed()
        .json();
    assert_eq!(
        moved,
        json!({"store": "file", "moved": [], "leftBehind": []})
    );
}

#[test]
fn the_variable_that_chooses_a_store_is_not_guessed_at() {
    let (mut home, _practice) = with_file();
    home.set("KEYWELL_STORE", "keychain");
    let helper = ["credential-process", "--profile", "media", "--json"];
    assert_eq!(home.run(&helper).error()["code"], "vault.no_service");
    home.set("KEYWELL_STORE", "cloud");
    assert_eq!(home.run(&helper).error()["code"], "settings.value");
}

#[cfg(unix)]
#[test]
fn an_unlocked_file_is_open_to_every_program_until_it_is_locked() {
    let (mut home, _practice) = with_file();
    let helper = ["credential-process", "--profile", "media", "--json"];
    home.set("CREDENTIALS_DIRECTORY", "/nonexistent");
    assert_eq!(home.run(&helper).error()["code"], "vault.passphrase_needed");
    let unlock = ["vault", "unlock", "--for", "5m", "--passphrase-fd", "0"];
    let wrong = piped(&home, &unlock, "wrong");
    assert_eq!(wrong.error()["code"], "vault.wrong_passphrase");
    piped(&home, &unlock, "correct horse\n").passed();
    let opened = home.run(&helper).code == 0;
    let locked = home.run(&["vault", "lock", "--json"]).passed().json();
    // Where the kernel keeps no keys, as in some containers, nothing stays unlocked.
    assert!(opened || std::fs::read_to_string("/proc/keys").is_err());
    assert_eq!(locked, json!({"locked": true}));
    assert_eq!(home.run(&helper).error()["code"], "vault.passphrase_needed");
}
