//! The sections that profiles name are renamed and removed with every reference, or not at all.

use serde_json::json;

use crate::support::Home;

const CONFIG: &str = "\
# sign-ins
[sso-session corp]
sso_start_url = https://corp.awsapps.com/start # ours
sso_region = eu-west-1

[profile a]
sso_session=corp
sso_account_id = 123456789012
sso_role_name = ReadOnly

[profile b]
sso_session = corp # too
services = local

[profile c]
sso_session = other

[sso-session other]
sso_start_url = https://other.awsapps.com/start
sso_region = eu-west-1

[services local]
s3 =
  endpoint_url = http://127.0.0.1:9000

[services unused]
";

#[test]
fn a_renamed_section_takes_its_profiles_along_and_all_of_it_is_undone() {
    let home = Home::new();
    home.write(".aws/config", CONFIG);
    let listed = home.run(&["section", "list", "--json"]).passed().json();
    assert_eq!(
        listed,
        json!([
            {"kind": "ssoSession", "name": "corp", "usedBy": ["a", "b"]},
            {"kind": "ssoSession", "name": "other", "usedBy": ["c"]},
            {"kind": "services", "name": "local", "usedBy": ["b"]},
            {"kind": "services", "name": "unused", "usedBy": []},
        ])
    );
    home.run(&["section", "rename", "sso-session", "corp", "harbour"])
        .passed();
    home.run(&["section", "rename", "services", "local", "garage"])
        .passed();
    let expected = CONFIG
        .replace("[sso-session corp]", "[sso-session harbour]")
        .replace("sso_session=corp", "sso_session=harbour")
        .replace("sso_session = corp # too", "# too\nsso_session = harbour")
        .replace("[services local]", "[services garage]")
        .replace("services = local", "services = garage");
    assert_eq!(home.read(".aws/config"), expected);
    home.run(&["profile", "undo"]).passed();
    home.run(&["profile", "undo"]).passed();
    assert_eq!(home.read(".aws/config"), CONFIG);
}

#[test]
fn a_section_in_use_is_removed_only_with_a_successor() {
    let home = Home::new();
    home.write(".aws/config", CONFIG);
    let ran = home.run(&["section", "remove", "sso-session", "corp", "--json"]);
    assert_eq!(ran.code, 1);
    let message = ran.error()["message"].as_str().unwrap().to_owned();
    assert_eq!(message, "[sso-session corp] is used by a, b.");
    for (arguments, code) in [
        (["remove", "services", "none"].as_slice(), 1),
        (&["rename", "services", "none", "x"], 1),
        (&["rename", "services", "local", "unused"], 1),
        (&["rename", "services", "local", "a]b"], 2),
        (&["remove", "sso-session", "corp", "--successor", "none"], 1),
        (&["remove", "sso-session", "corp", "--successor", "corp"], 2),
        (&["remove", "profile", "a"], 2),
    ] {
        let ran = home.run(&[&["section"], arguments].concat());
        assert_eq!(ran.code, code, "{arguments:?}: {}", ran.stderr);
        assert_eq!(home.read(".aws/config"), CONFIG, "{arguments:?}");
    }
    home.run(&[
        "section",
        "remove",
        "sso-session",
        "corp",
        "--successor",
        "other",
    ])
    .passed();
    home.run(&["section", "remove", "services", "unused"])
        .passed();
    let listed = home.run(&["section", "list", "--json"]).passed().json();
    assert_eq!(
        listed,
        json!([
            {"kind": "ssoSession", "name": "other", "usedBy": ["a", "b", "c"]},
            {"kind": "services", "name": "local", "usedBy": ["b"]},
        ])
    );
}
