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
