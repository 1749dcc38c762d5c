use crate::support::{Home, Practice};

/// An account with ten users, two keys each, and a plain profile of its administrator.
fn account() -> (Home, Practice) {
    let mut home = Home::new();
    let practice = Practice::start(&home, &["--data", "account", "--users", "10"]);
    practice.write_profile(&home, "admin");
    home.set("AWS_PROFILE", "admin");
    (home, practice)
}

#[test]
fn the_health_of_keys_names_what_is_old_and_what_lies_about() {
    let (home, practice) = account();
    let ran = home.run(&["key", "health", "--json"]).passed().json();
    let read = &ran["accounts"][0];
    assert_eq!(read["readBy"], "report");
    assert_eq!(read["keys"].as_array().unwrap().len(), 21);
    let plain = &ran["findings"][0];
    assert_eq!(plain["code"], "plain");
    assert_eq!(plain["keyId"], practice.key_id.as_str());

    let text = home.run(&["key", "health"]).passed().stdout;
    assert!(text.contains("21 access keys of 11 users."), "{text}");
    assert!(text.contains("was never used in"), "{text}");
    assert!(text.contains("keywell profile migrate"), "{text}");
}

#[test]
fn scripts_fail_on_the_findings_that_they_name() {
    let (home, _practice) = account();
    for (kinds, code) in [("plain,old", 1), ("root,quarantined,gone", 0), ("old", 0)] {
        let ran = home.run(&["key", "health", "--fail-on", kinds, "--json"]);
        assert_eq!(ran.code, code, "{kinds}");
        ran.json();
    }
    home.run(&[
        "settings",
        "set",
        "key_rotate_days=3",
        "key_unused_days=3650",
    ])
    .passed();
    assert_eq!(
        home.run(&["key", "health", "--fail-on", "old", "--json"])
            .code,
        1
    );
    let odd = home.run(&["key", "health", "--fail-on", "odd", "--json"]);
    assert_eq!(odd.code, 2);
    let nobody = home.run(&["key", "health", "--profile", "nobody", "--json"]);
    assert_eq!(nobody.error()["code"], "profile.missing");
}

#[test]
fn the_csv_has_a_heading_and_a_row_for_each_key_of_every_account() {
    let (home, practice) = account();
    let csv = home
        .run(&["key", "health", "--all", "--csv"])
        .passed()
        .stdout;
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines.len(), 22, "{csv}");
    assert!(
        lines[0].starts_with("account,profile,user,access_key_id,state,"),
        "{csv}"
    );
    assert!(lines[1].contains(&practice.key_id), "{csv}");
}

#[test]
fn nothing_is_due_where_no_key_is_in_the_keychain_and_one_profile_is_named_for_the_way_back() {
    let (home, _practice) = account();
    let due = home
        .run(&["key", "rotate", "--due", "--json"])
        .passed()
        .json();
    assert_eq!(due, serde_json::json!([]));
    let both = [
        "key",
        "rotate",
        "--profile",
        "a",
        "--profile",
        "b",
        "--back",
        "--yes",
        "--json",
    ];
    assert_eq!(home.run(&both).code, 2);
    let many = [
        "key",
        "rotate",
        "--profile",
        "admin",
        "--profile",
        "nobody",
        "--yes",
        "--json",
    ];
    let ran = home.run(&many);
    assert_eq!(ran.code, 1);
    let outcomes = ran.json();
    assert_eq!(outcomes[0]["failure"]["code"], "rotation.refused");
    assert_eq!(outcomes[1]["failure"]["code"], "profile.missing");
}
