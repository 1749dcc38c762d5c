use crate::support::{Home, SECRET};

#[test]
fn settings_are_shown_changed_and_taken_out_and_new_profiles_follow_them() {
    let home = Home::new();
    let shown = home.run(&["settings", "show"]).passed().stdout;
    insta::assert_snapshot!(shown, @r"
    appearance               system
    default_region           us-east-1
    default_output           json
    store                    keychain
    lock_after_minutes       15
    clipboard_seconds        60
    proxy
    no_proxy
    ca_bundle
    key_rotate_days          90
    key_unused_days          90
    rotate_in_background     false
    notify_sessions          true
    transfer_parallel        4
    transfer_kib_per_second  0
    ~/keywell/settings.json
    – HTTPS_PROXY of the environment decides in place of proxy.
    ");
    let changed = home
        .run(&[
            "settings",
            "set",
            "default_region=eu-north-1",
            "default_output=yaml",
            "proxy=http://proxy.example.com:3128",
            "--json",
        ])
        .passed()
        .json();
    assert_eq!(changed["settings"]["defaultRegion"], "eu-north-1");
    home.run(&["settings", "set", "proxy="]).passed();
    let again = home.run(&["settings", "show", "--json"]).passed().json();
    assert_eq!(again["settings"]["proxy"], "");
    assert_eq!(again["settings"]["defaultOutput"], "yaml");
    assert_eq!(again["problems"], serde_json::json!([]));
}

#[test]
fn a_refused_setting_ends_with_2_and_saves_none_of_the_others() {
    let home = Home::new();
    for (arguments, code) in [
        (
            &["appearance=dark", "clipboard_seconds=1"][..],
            "settings.value",
        ),
        (&["appearance=dark", "default_region=EU"][..], "region.form"),
        (&["appearance=dark", "colour=blue"][..], "settings.unknown"),
        (&["appearance=dark", "proxy"][..], "usage"),
    ] {
        let ran = home.run(&[&["settings", "set", "--json"], arguments].concat());
        assert_eq!(ran.error()["code"], code, "{arguments:?}");
        assert_eq!(ran.code, 2, "{arguments:?}");
        assert!(!home.path("keywell/settings.json").exists());
    }
    let with_password = format!("proxy=http://ana:{}@127.0.0.1:1", SECRET.replace('/', "."));
    let ran = home.run(&["settings", "set", &with_password]);
    assert_eq!(ran.code, 2);
    assert!(!ran.stderr.contains("bPxRfiCYEXAMPLEKEY"), "{}", ran.stderr);
}

#[test]
fn diagnostics_are_one_text_without_names_or_secrets() {
    let mut home = Home::new();
    home.set("AWS_SECRET_ACCESS_KEY", SECRET);
    home.write(".aws/config", "[profile harbour-prod]\nregion=eu-north-1\n");
    let text = home.run(&["diagnostics"]).passed().stdout;
    assert!(
        text.starts_with("Keywell ") && text.contains("Profiles (1)"),
        "{text}"
    );
    for private in [SECRET, "harbour-prod", home.path("").to_str().unwrap()] {
        assert!(!text.contains(private), "{private} is in {text}");
    }
    let json = home.run(&["diagnostics", "--json"]).passed().json();
    assert!(json["text"].as_str().unwrap().contains("Profiles (1)"));
}
