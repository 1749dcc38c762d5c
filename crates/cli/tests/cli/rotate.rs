//! `keywell key rotate` with the encrypted file as keychain and the real helper, on the practice account.

use serde_json::Value;

use crate::{
    support::Home,
    vault::{home_with_passphrase, with_file},
};

const ROTATE: [&str; 6] = ["key", "rotate", "--grace", "0s", "--yes", "--json"];

fn key_of(home: &Home, profile: &str) -> String {
    let answer = home
        .run(&["credential-process", "--profile", profile, "--json"])
        .passed()
        .json();
    answer["AccessKeyId"].as_str().unwrap().to_owned()
}

/// The profiles with what became of each, in the order in which they were rotated.
fn outcomes(told: &Value) -> Vec<(&str, &str)> {
    fn text(value: &Value) -> &str {
        value.as_str().unwrap_or_default()
    }
    told.as_array()
        .unwrap()
        .iter()
        .map(|one| match &one["failure"] {
            Value::Null => (text(&one["profile"]), text(&one["rotation"]["state"])),
            failure => (text(&one["profile"]), text(&failure["code"])),
        })
        .collect()
}

#[test]
fn all_kept_keys_are_rotated_at_once_and_what_is_in_the_way_of_one_stops_no_other() {
    let (home, practice) = with_file();
    home.run(&["user", "create", "ci", "--profile", "media", "--json"])
        .passed();
    let create = ["key", "create", "--user", "ci", "--profile", "ci"];
    home.run(&[&create[..], &["--using", "media", "--json"]].concat())
        .passed();
    let before = [key_of(&home, "media"), key_of(&home, "ci")];
    // ci may do nothing, so that it can not rotate its own key.
    let ran = home.run(&[&ROTATE[..], &["--all"]].concat());
    assert_eq!(ran.code, 3, "{}{}", ran.stdout, ran.stderr);
    let told = ran.json();
    assert_eq!(
        outcomes(&told),
        [("media", "done"), ("ci", "aws.access_denied")]
    );
    assert_ne!(key_of(&home, "media"), before[0]);
    assert_eq!(key_of(&home, "ci"), before[1]);
    drop(practice);
}

#[test]
fn a_profile_with_an_mfa_device_is_rotated_with_one_code_and_not_without_it() {
    let (home, practice) = with_file();
    let made = home
        .run(&["mfa", "create", "media", "--keep-seed", "--json"])
        .passed()
        .json();
    let serial = made["serial"].as_str().unwrap();
    home.run(&[
        "profile",
        "set",
        "media",
        &format!("mfa_serial={serial}"),
        "--json",
    ])
    .passed();
    let rotate = [&ROTATE[..], &["--profile", "media"]].concat();
    let done = home.run(&rotate).passed().json();
    assert_eq!(done["state"], "done");
    let new = done["newKeyId"].as_str().unwrap().to_owned();
    assert_ne!(new, practice.key_id);

    // Without the seed somebody has to be asked, and nobody is there.
    home.run(&["mfa", "remove", "media", "--json"]).passed();
    std::fs::remove_file(home.path("keywell/sessions")).unwrap();
    let refused = home.run(&rotate);
    assert_eq!(refused.code, 1);
    let error = refused.error();
    assert_eq!(error["code"], "mfa.nobody_to_ask");
    assert!(
        error["hint"].as_str().unwrap().contains("--using"),
        "{error}"
    );
    let under_way = home.run(&["key", "rotations", "--json"]).passed().json();
    assert_eq!(under_way, Value::Array(Vec::new()));
}

#[test]
fn all_means_nothing_where_no_key_is_kept() {
    let home = home_with_passphrase("correct horse");
    let ran = home.run(&[&ROTATE[..], &["--all"]].concat());
    assert_eq!((ran.code, ran.json()), (0, Value::Array(Vec::new())));
}
