use crate::support::{Home, KEY_ID, Practice, SECRET};

#[test]
fn without_a_keychain_nothing_is_stored_anywhere_else() {
    let home = Home::new();
    home.write(
        ".aws/config",
        "# mine\n[profile media]\nregion = eu-west-1\n",
    );
    let before = home.contents();
    let ran = home.run_with(
        &[
            "setup",
            "--key-id",
            KEY_ID,
            "--profile",
            "new",
            "--no-test",
            "--json",
        ],
        SECRET,
    );
    assert_eq!(ran.error()["code"], "vault.no_service", "{}", ran.stderr);
    assert_eq!(ran.code, 1);
    assert_eq!(home.contents(), before);
}

#[test]
fn a_practice_csv_is_asked_at_its_own_address() {
    let home = Home::new();
    let practice = Practice::start(&home, &["--data", "account"]);
    let before = home.contents().into_keys().collect::<Vec<_>>();
    // The keychain is the first thing that is missing: the key itself was accepted.
    let ran = home.run(&["setup", "--csv", "account/admin_accessKeys.csv"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stdout.contains("admin"), "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stderr.contains("error:"), "{}", ran.stderr);
    assert!(!ran.stdout.contains(&practice.secret));
    assert!(!ran.stderr.contains(&practice.secret));
    assert_eq!(home.contents().into_keys().collect::<Vec<_>>(), before);
}

#[test]
fn a_wrong_secret_is_named_by_its_code() {
    let home = Home::new();
    let practice = Practice::start(&home, &[]);
    let arguments = [
        "setup",
        "--key-id",
        &practice.key_id,
        "--profile",
        "practice",
        "--endpoint-url",
        &practice.endpoint_url,
        "--json",
    ];
    let ran = home.run_with(&arguments, SECRET);
    assert_eq!(ran.error()["code"], "sts.wrong_secret", "{}", ran.stderr);
    assert!(!home.path(".aws").exists());
}
