//! `keywell profile migrate | export | import` and `keywell doctor`, as scripts see them.

use serde_json::json;

use crate::support::{Home, KEY_ID, SECRET};

fn home() -> Home {
    let home = Home::new();
    home.write(
        ".aws/credentials",
        format!("[work]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\n"),
    );
    home
}

#[test]
fn plain_keys_are_listed_without_their_secrets() {
    let home = home();
    home.write(
        "shop/.env",
        format!("AWS_ACCESS_KEY_ID={KEY_ID}\nAWS_SECRET_ACCESS_KEY={SECRET}\n"),
    );
    let ran = home
        .run(&["profile", "migrate", "--json", "--env-file", "shop/.env"])
        .passed();
    let list = ran.json();
    assert_eq!(list["keys"][0]["keyId"], KEY_ID);
    assert_eq!(list["keys"][0]["profiles"], json!(["work"]));
    assert_eq!(list["keys"][0]["copies"][1]["place"], "~/shop/.env, line 1");
    assert!(!ran.stdout.contains(SECRET));
    let text = home.run(&["profile", "migrate"]).passed().stdout;
    assert!(text.contains("~/.aws/credentials, profile work"), "{text}");
}

#[test]
fn without_a_keychain_nothing_is_moved_and_every_file_stays() {
    let home = home();
    let before = home.read(".aws/credentials");
    let ran = home.run(&["profile", "migrate", "work", "--no-test", "--json"]);
    assert_eq!(ran.code, 1);
    assert_eq!(ran.error()["code"], "vault.no_service");
    assert_eq!(home.read(".aws/credentials"), before);
    assert!(!home.path(".aws/config").exists());
}

#[test]
fn what_makes_no_sense_is_refused() {
    let home = home();
    for (arguments, code) in [
        (&["profile", "migrate", "nobody"][..], 2),
        (&["profile", "migrate", "work", "--all"], 2),
        (&["profile", "migrate", "--undo", "m9"], 1),
        (&["profile", "migrate", "--final", "m9"], 1),
        (&["profile", "migrate", "--env-file", "none"], 1),
        (&["profile", "import", "none"], 1),
        (&["profile", "export", "nobody"], 1),
        (&["doctor", "--fix", "nothing.known"], 1),
        (&["doctor", "--about", "x"], 2),
    ] {
        assert_eq!(home.run(arguments).code, code, "{arguments:?}");
    }
}

#[test]
fn profiles_go_from_one_home_to_another() {
    let from = home();
    from.write(".aws/config", "[profile work]\nregion = eu-west-1\n");
    let text = from.run(&["profile", "export"]).passed().stdout;
    assert!(
        !text.contains(SECRET) && text.contains("[profile work]"),
        "{text}"
    );

    let to = Home::new();
    to.write("profiles.txt", &text);
    let answer = to
        .run(&["profile", "import", "profiles.txt", "--json"])
        .passed()
        .json();
    assert_eq!(answer["added"], json!(["work"]));
    assert!(
        to.read(".aws/config")
            .contains("credential-process --profile work")
    );
    to.write(".aws/config", "[profile work]\nregion = us-east-1\n");
    let answer = to.run_with(&["profile", "import", "-", "--json"], &text);
    assert_eq!(answer.code, 3);
    assert_eq!(answer.json()["conflicts"][0]["profile"], "work");
    assert_eq!(
        to.read(".aws/config"),
        "[profile work]\nregion = us-east-1\n"
    );
}

#[test]
fn the_doctor_exits_with_3_when_something_is_wrong_and_mends_what_it_can() {
    let home = home();
    home.write(".aws/config", "[profile work]\nca_bundle = /gone.pem\n");
    let report = home.run(&["doctor", "--offline", "--json"]);
    assert_eq!(report.code, 3);
    let report = report.json();
    let codes: Vec<&str> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["code"].as_str().unwrap())
        .collect();
    assert_eq!(codes[0], "profile.ca_bundle");
    assert!(codes.contains(&"key.plain") && codes.contains(&"vault.unavailable"));

    let text = home.run(&["doctor", "--offline"]).stdout;
    assert!(
        text.contains("--fix profile.ca_bundle --about work"),
        "{text}"
    );
    assert!(
        text.contains("AWS files") && text.contains("Keychain"),
        "{text}"
    );
    home.run(&["doctor", "--fix", "profile.ca_bundle"]).passed();
    assert!(!home.read(".aws/config").contains("ca_bundle"));
    assert_eq!(home.run(&["doctor", "--fix", "profile.ca_bundle"]).code, 1);
}
