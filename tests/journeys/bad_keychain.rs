//! Set-up and the helper where the keychain is not there, locked or hung: said in words, and nothing is changed.

use crate::clients;
use keywell_journeys::{Home, Outcome, Practice, PrivateKeychain};
use std::thread;
use std::time::{Duration, Instant};

fn set_up(keychain: &PrivateKeychain<'_>, practice: &Practice, profile: &str) -> Outcome {
    keychain.keywell(&[
        "setup",
        "--csv",
        &practice.csv().to_string_lossy(),
        "--profile",
        profile,
        "--region",
        "us-east-1",
        "--endpoint-url",
        practice.url(),
        "--json",
    ])
}

/// The key ID and the secret of each item, as lines; how the rest is printed depends on whether the keyring was read from its file.
fn secrets(keychain: &PrivateKeychain<'_>) -> Vec<String> {
    let told =
        |line: &&str| line.starts_with("secret = ") || line.starts_with("attribute.username = ");
    let items = keychain.items();
    let mut lines: Vec<String> = items.lines().filter(told).map(str::to_owned).collect();
    lines.sort();
    lines
}

fn home_with_settings() -> Home {
    let home = Home::new();
    home.write(".aws/config", "# mine\r\n[profile old]\r\nregion=eu-west-1");
    home
}

#[test]
fn without_a_session_bus_set_up_says_that_there_is_no_keychain() {
    let home = home_with_settings();
    let practice = Practice::start(&home, &[]);
    let keychain = PrivateKeychain::without_bus(&home);
    let refused = home.is_unchanged_by(|| set_up(&keychain, &practice, "practice"));
    let failure = refused.failed_with("vault.no_service");
    assert!(
        failure["hint"]
            .as_str()
            .is_some_and(|hint| hint.contains("Secret Service")),
        "{failure:#}"
    );
}

#[test]
fn without_a_keychain_a_plain_key_stays_where_it_is_and_no_new_key_is_made() {
    let home = home_with_settings();
    let practice = Practice::start(&home, &[]);
    let (key_id, secret) = practice.admin();
    home.write(
        ".aws/credentials",
        format!("[plain]\naws_access_key_id={key_id}\naws_secret_access_key={secret}\n"),
    );
    home.write(
        ".aws/config",
        format!(
            "[profile plain]\nregion=us-east-1\nendpoint_url={}\n",
            practice.url()
        ),
    );
    clients::make_user(&home, "plain", "deploy");
    let keychain = PrivateKeychain::without_bus(&home);
    let move_it = ["setup", "--from-profile", "plain"];
    let make_one = [
        "key",
        "create",
        "--user",
        "deploy",
        "--using",
        "plain",
        "--profile",
        "deploy",
    ];
    home.is_unchanged_by(|| {
        for arguments in [&move_it[..], &make_one] {
            let refused = keychain.keywell(&[arguments, &["--json"]].concat());
            refused.failed_with("vault.no_service");
        }
    });
    let keys = ["key", "list", "--user", "deploy", "--profile", "plain"];
    let keys = keychain.keywell(&[&keys[..], &["--json"]].concat());
    let keys = keys.succeeded().json();
    assert_eq!(keys["keys"], serde_json::json!([]));
    clients::identity(&home, "plain");
}

#[test]
fn without_a_keyring_set_up_says_how_to_make_one() {
    let home = home_with_settings();
    let practice = Practice::start(&home, &[]);
    // The daemon makes files of its own when it starts.
    let keychain = PrivateKeychain::without_keyring(&home);
    let refused = home.is_unchanged_by(|| set_up(&keychain, &practice, "practice"));
    refused.failed_with("vault.no_keyring");
}

#[test]
fn with_a_locked_keyring_that_nobody_can_open_set_up_and_helper_say_so() {
    let home = home_with_settings();
    let practice = Practice::start(&home, &[]);
    let open = PrivateKeychain::unlocked(&home);
    set_up(&open, &practice, "practice").succeeded();
    let items = secrets(&open);
    drop(open);

    let locked = PrivateKeychain::locked(&home);
    home.is_unchanged_by(|| {
        set_up(&locked, &practice, "second").failed_with("vault.locked");
        let helper = ["credential-process", "--profile", "practice"];
        let said = locked.keywell(&helper).exited(1);
        assert_eq!(said.stdout, "", "{said:#?}");
        assert!(
            said.stderr.starts_with("keywell: ") && said.stderr.contains("locked"),
            "{said:#?}"
        );
        let helper = [&helper[..], &["--json"]].concat();
        locked.keywell(&helper).failed_with("vault.locked");
    });
    drop(locked);
    assert_eq!(
        items.len(),
        4,
        "name and content of the key's item and of the history's"
    );
    // Not with assert_eq, which would print them.
    assert!(secrets(&PrivateKeychain::unlocked(&home)) == items);
}

#[test]
fn a_keychain_that_never_answers_is_given_up_and_gets_nothing_later() {
    let home = home_with_settings();
    let practice = Practice::start(&home, &[]);
    let keychain = PrivateKeychain::unlocked(&home);
    set_up(&keychain, &practice, "practice").succeeded();
    let items = secrets(&keychain);

    keychain.hang();
    home.is_unchanged_by(|| {
        let helper = ["credential-process", "--profile", "practice"];
        let begun = Instant::now();
        let said = keychain.keywell(&helper).exited(1);
        assert!(said.stderr.contains("did not answer in time"), "{said:#?}");
        let helper = [&helper[..], &["--json"]].concat();
        keychain.keywell(&helper).failed_with("vault.timed_out");
        // AWS clients give their helper a minute, and people less.
        assert!(
            begun.elapsed() < Duration::from_secs(12),
            "{:?}",
            begun.elapsed()
        );
        let begun = Instant::now();
        set_up(&keychain, &practice, "second").failed_with("vault.timed_out");
        // Nobody is at a terminal to answer a prompt.
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "{:?}",
            begun.elapsed()
        );
    });
    keychain.go_on();
    assert!(secrets(&keychain) == items);
    set_up(&keychain, &practice, "second").succeeded();
}

#[test]
fn a_hundred_callers_of_a_keychain_that_never_answers_each_get_an_error_before_six_seconds() {
    let home = home_with_settings();
    let practice = Practice::start(&home, &[]);
    let keychain = PrivateKeychain::unlocked(&home);
    set_up(&keychain, &practice, "practice").succeeded();
    keychain.hang();
    let helper = ["credential-process", "--profile", "practice", "--json"];
    let ask = || {
        let begun = Instant::now();
        let said = keychain.keywell(&helper);
        (begun.elapsed(), said)
    };
    let all = thread::scope(|scope| {
        let callers: Vec<_> = (0..100).map(|_| scope.spawn(ask)).collect();
        let ended = callers.into_iter().map(|caller| caller.join());
        ended.collect::<Result<Vec<_>, _>>().expect("no panic")
    });
    for (took, said) in all {
        said.failed_with("vault.timed_out");
        assert!(took < Duration::from_secs(6), "{took:?}");
    }
}

#[test]
fn a_keychain_that_dies_in_between_is_told_of_and_loses_nothing() {
    let home = home_with_settings();
    let practice = Practice::start(&home, &[]);
    let mut keychain = PrivateKeychain::unlocked(&home);
    set_up(&keychain, &practice, "practice").succeeded();
    let items = secrets(&keychain);
    keychain.die();
    home.is_unchanged_by(|| {
        let helper = ["credential-process", "--profile", "practice", "--json"];
        for said in [
            keychain.keywell(&helper),
            set_up(&keychain, &practice, "second"),
        ] {
            // Whether the bus starts another daemon is the system's to say.
            let said = said.exited(1);
            let failure: serde_json::Value =
                serde_json::from_str(&said.stderr).expect("one JSON object on stderr");
            let code = failure["code"].as_str();
            assert!(
                matches!(
                    code,
                    Some("vault.locked" | "vault.no_provider" | "vault.broke_off")
                ),
                "{said:#?}"
            );
        }
    });
    drop(keychain);
    let again = PrivateKeychain::unlocked(&home);
    assert!(secrets(&again) == items);
    let helper = ["credential-process", "--profile", "practice"];
    again.keywell(&helper).succeeded();
}

#[test]
fn keys_move_into_the_encrypted_file_and_back_while_a_profile_goes_on_working() {
    let home = home_with_settings();
    let practice = Practice::start(&home, &[]);
    let keychain = PrivateKeychain::unlocked(&home);
    set_up(&keychain, &practice, "practice").succeeded();
    let items = secrets(&keychain);
    home.write("passphrase/keywell-passphrase", "correct horse");
    let folder = home.path().join("passphrase");
    let run = |arguments: &[&str]| {
        let credential = [("CREDENTIALS_DIRECTORY", folder.as_path())];
        keychain.keywell_with(&credential, arguments)
    };
    let answer = |store: &str| {
        let status = run(&["vault", "status", "--json"]).succeeded().json();
        assert_eq!(status["store"], store, "{status:#}");
        let answer = run(&["credential-process", "--profile", "practice"]);
        answer.succeeded().json()["AccessKeyId"].clone()
    };
    let key_id = answer("keychain");
    run(&["vault", "move", "--to", "file", "--json"]).succeeded();
    assert!(secrets(&keychain).is_empty());
    assert_eq!(answer("file"), key_id);
    run(&["vault", "move", "--to", "keychain", "--json"]).succeeded();
    assert_eq!(answer("keychain"), key_id);
    // Not with assert_eq, which would print them.
    assert!(secrets(&keychain) == items);
}

#[test]
fn a_test_of_a_profile_whose_keyring_is_locked_names_the_keyring() {
    let home = Home::new();
    let practice = Practice::start(&home, &[]);
    let open = PrivateKeychain::unlocked(&home);
    set_up(&open, &practice, "practice").succeeded();
    drop(open);
    let locked = PrivateKeychain::locked(&home);
    let report = locked
        .keywell(&["test", "practice", "--json"])
        .exited(1)
        .json();
    assert_eq!(report["passed"], false, "{report:#}");
    let failed = report["steps"]
        .as_array()
        .into_iter()
        .flatten()
        .find_map(|step| step["failure"].as_object())
        .unwrap_or_else(|| panic!("no failed step: {report:#}"));
    assert_eq!(failed["code"], "vault.locked", "{report:#}");
    let reading = ["s3", "ls", "--profile", "practice", "--json"];
    locked.keywell(&reading).failed_with("vault.locked");
}
