use crate::support::{Home, Practice};

#[test]
fn a_plain_profile_is_tested_and_lists_users_and_keys() {
    let home = Home::new();
    let practice = Practice::start(&home, &["--data", "account"]);
    practice.write_profile(&home, "admin");

    let report = home.run(&["test", "admin", "--json"]).passed().json();
    assert_eq!(report["passed"], true);
    assert_eq!(report["identity"]["name"], "admin");

    let users = home
        .run(&["user", "list", "--profile", "admin", "--json"])
        .passed()
        .json();
    assert_eq!(users["users"][0]["name"], "admin");
    assert_eq!(users["users"][0]["isCaller"], true);

    let keys = home
        .run(&["key", "list", "--profile", "admin", "--json"])
        .passed()
        .json();
    assert_eq!(keys["user"], "admin");
    assert_eq!(keys["keys"][0]["keyId"], practice.key_id.as_str());
    assert_eq!(keys["keys"][0]["active"], true);

    let text = home.run(&["key", "list", "--profile", "admin"]).passed();
    assert!(text.stdout.contains(&practice.key_id), "{}", text.stdout);
    assert!(text.stdout.contains("1 of 2 keys"), "{}", text.stdout);
}

#[test]
fn a_deactivated_key_is_refused_from_then_on() {
    let mut home = Home::new();
    let practice = Practice::start(&home, &["--data", "account"]);
    practice.write_profile(&home, "admin");
    home.set("AWS_PROFILE", "admin");

    let own = home.run(&["key", "delete", &practice.key_id, "--yes", "--json"]);
    assert_eq!(own.error()["code"], "key.in_use");

    let unknown = ["key", "deactivate", "AKIAPRACTICE22222222", "--json"];
    assert_eq!(home.run(&unknown).error()["code"], "iam.no_such_key");

    let own = home.run(&["key", "deactivate", &practice.key_id, "--json"]);
    assert_eq!(own.error()["code"], "key.in_use");

    let done = home
        .run(&["key", "deactivate", &practice.key_id, "--yes", "--json"])
        .passed()
        .json();
    assert_eq!(done["state"], "inactive");
    assert_eq!(done["user"], "admin");

    let refused = home.run(&["key", "list", "--json"]);
    assert_eq!(refused.error()["code"], "sts.unknown_key");
    assert_eq!(refused.code, 1);
}

#[test]
fn no_key_is_made_when_there_is_no_keychain_to_keep_it() {
    let home = Home::new();
    let practice = Practice::start(&home, &["--data", "account"]);
    practice.write_profile(&home, "admin");
    let ran = home.run(&[
        "key",
        "create",
        "--user",
        "admin",
        "--profile",
        "second",
        "--using",
        "admin",
        "--json",
    ]);
    assert_eq!(ran.error()["code"], "vault.no_service");
    let keys = home
        .run(&["key", "list", "--profile", "admin", "--json"])
        .passed()
        .json();
    assert_eq!(keys["keys"].as_array().unwrap().len(), 1);
}

/// The text with what differs from run to run replaced.
fn steady(text: &str, practice: &Practice, account: &str) -> String {
    let mut steady = text
        .replace(&practice.key_id, "KEY")
        .replace(account, "ACCOUNT");
    // Times, as `2026-11-22 10:33`.
    let is_time = |part: &str| {
        part.len() == 16
            && part
                .bytes()
                .zip(*b"dddd-dd-dd dd:dd")
                .all(|(byte, form)| match form {
                    b'd' => byte.is_ascii_digit(),
                    form => byte == form,
                })
    };
    let mut from = 0;
    while let Some(part) = steady.get(from..from + 16) {
        if is_time(part) {
            steady.replace_range(from..from + 16, "YYYY-MM-DD HH:MM");
        }
        from += 1;
        while !steady.is_char_boundary(from) {
            from += 1;
        }
    }
    steady
}

#[test]
fn a_user_is_made_listed_shown_and_deleted() {
    let mut home = Home::new();
    let practice = Practice::start(&home, &["--data", "account"]);
    practice.write_profile(&home, "admin");
    home.set("AWS_PROFILE", "admin");
    let account = home.run(&["user", "list", "--json"]).passed().json()["accountId"]
        .as_str()
        .unwrap()
        .to_owned();
    let steady = |text: &str| steady(text, &practice, &account);

    let make = ["user", "create", "ci", "--path", "/robots/"];
    let described = ["--description", "deploys the web site"];
    let made = home.run(&[&make[..], &described].concat()).passed();
    insta::assert_snapshot!("user_create", steady(&made.stdout));
    assert_eq!(home.run(&make).code, 1);
    let listed = home.run(&["user", "list", "--details"]).passed();
    insta::assert_snapshot!("user_list_details", steady(&listed.stdout));
    let found = home.run(&["user", "list", "--search", "ROBOTS", "--json"]);
    assert_eq!(found.json()["users"].as_array().unwrap().len(), 1);
    let shown = home.run(&["user", "show", "ci"]).passed();
    insta::assert_snapshot!("user_show", steady(&shown.stdout));

    let json = home.run(&["user", "show", "ci", "--json"]).passed().json();
    assert_eq!(json["description"], "deploys the web site");
    assert_eq!(json["user"]["path"], "/robots/");

    let asks = home.run(&["user", "delete", "ci", "--json"]);
    assert_eq!(
        (asks.code, asks.error()["code"].clone()),
        (2, "usage".into())
    );
    let own = home.run(&["user", "delete", "admin", "--yes", "--json"]);
    assert_eq!(own.error()["code"], "iam.user_self");
    let gone = home.run(&["user", "delete", "ci", "--yes"]).passed();
    insta::assert_snapshot!("user_delete", steady(&gone.stdout));
    let again = home.run(&["user", "show", "ci", "--json"]);
    assert_eq!(again.error()["code"], "iam.no_such_user");
    let odd = home.run(&["user", "create", "a b", "--json"]);
    assert_eq!(
        (odd.code, odd.error()["code"].clone()),
        (2, "iam.user_name".into())
    );
}

#[test]
fn unfinished_keys_are_listed_and_a_number_that_is_none_is_refused() {
    let home = Home::new();
    let none = home.run(&["key", "unfinished"]).passed();
    assert_eq!(none.stdout, "No key waits to find its place.\n");
    home.write(
        "keywell/new-keys/1.json",
        r#"{"stage":"kept","profile":"admin","user":"bob","account_id":"111122223333","description":"","asked":1800000000,"before":[],"key_id":"AKIAIOSFODNN7EXAMPLE"}"#,
    );
    let listed = home.run(&["key", "unfinished"]).passed();
    insta::assert_snapshot!("key_unfinished", listed.stdout);
    for verb in ["discard", "release"] {
        let ran = home.run(&["key", verb, "2", "--json"]);
        assert_eq!(ran.error()["code"], "key.unfinished");
    }
    let both = [
        "key",
        "create",
        "--user",
        "a",
        "--profile",
        "a",
        "--csv",
        "a.csv",
    ];
    assert_eq!(home.run(&both).code, 2);
    let neither = ["key", "create", "--user", "a"];
    assert_eq!(home.run(&neither).code, 2);
}
