use std::fs;

use keywell_app::{Code, settings};
use keywell_wire::{Appearance, Settings, SettingsState};

use crate::world::World;

fn file(world: &World) -> std::path::PathBuf {
    world.app.places.data.join("settings.json")
}

fn write(world: &World, text: &str) {
    fs::create_dir_all(&world.app.places.data).unwrap();
    fs::write(file(world), text).unwrap();
}

fn fields_refused(state: &SettingsState) -> Vec<&str> {
    let problems = state.problems.iter();
    problems.map(|problem| problem.field.as_str()).collect()
}

#[test]
fn what_was_saved_is_shown_again_and_the_file_holds_only_what_differs() {
    let world = World::new();
    let defaults = settings::show(&world.app);
    assert_eq!(defaults.problem, None);
    assert!(defaults.problems.is_empty() && defaults.overrides.is_empty());
    assert!(!file(&world).exists());

    let chosen = Settings {
        appearance: Appearance::Contrast,
        default_region: "eu-north-1".into(),
        clipboard_seconds: 0,
        proxy: "http://proxy.example.com:3128".into(),
        ..defaults.settings.clone()
    };
    let saved = settings::save(&world.app, &chosen).unwrap();
    assert_eq!(saved.settings, chosen);
    assert_eq!(settings::show(&world.app), saved);
    insta::assert_snapshot!(fs::read_to_string(file(&world)).unwrap(), @r#"
    {
      "appearance": "contrast",
      "default_region": "eu-north-1",
      "clipboard_seconds": 0,
      "proxy": "http://proxy.example.com:3128",
      "version": 1
    }
    "#);

    settings::save(&world.app, &defaults.settings).unwrap();
    assert!(!file(&world).exists(), "defaults need no file");
}

#[test]
fn what_this_version_does_not_know_is_kept() {
    let world = World::new();
    write(
        &world,
        r#"{"version":1,"appearance":"dark","colour_of_the_moon":["pale"]}"#,
    );
    let mut settings = settings::show(&world.app).settings;
    assert_eq!(settings.appearance, Appearance::Dark);
    settings.appearance = Appearance::System;
    settings::save(&world.app, &settings).unwrap();
    let text = fs::read_to_string(file(&world)).unwrap();
    assert!(text.contains("colour_of_the_moon") && text.contains("pale"));
    assert!(!text.contains("appearance"));
}

#[test]
fn a_damaged_file_gives_the_defaults_and_a_reason_and_is_set_aside_by_the_next_save() {
    for damaged in ["", "{", "[1]", "null", "\u{feff}{}", "{\"proxy\":"] {
        let world = World::new();
        write(&world, damaged);
        let state = settings::show(&world.app);
        let problem = state.problem.expect("a reason");
        assert_eq!(problem.code, "settings.damaged", "{damaged}");
        assert_eq!(fs::read_to_string(file(&world)).unwrap(), damaged);

        let mut wanted = state.settings;
        wanted.transfer_parallel = 2;
        let state = settings::save(&world.app, &wanted).unwrap();
        assert_eq!((state.problem, state.settings), (None, wanted));
        let aside = world.app.places.data.join("settings.damaged-1.json");
        assert_eq!(fs::read_to_string(aside).unwrap(), damaged);
    }
}

#[test]
fn a_file_of_another_version_is_neither_used_nor_written() {
    for version in ["2", "\"1\"", "1.5", "null"] {
        let world = World::new();
        let text = format!("{{\"version\":{version},\"appearance\":\"dark\"}}");
        write(&world, &text);
        let state = settings::show(&world.app);
        assert_eq!(state.problem.unwrap().code, "settings.newer", "{version}");
        assert_eq!(state.settings.appearance, Appearance::System);
        let refused = settings::save(&world.app, &state.settings).unwrap_err();
        assert_eq!(refused.code, Code::SettingsNewer);
        assert_eq!(fs::read_to_string(file(&world)).unwrap(), text);
    }
}

#[test]
fn a_stored_value_that_can_not_be_used_is_named_and_the_default_is_in_force() {
    let world = World::new();
    write(
        &world,
        r#"{"version":1,"clipboard_seconds":"soon","store":7,"default_region":"EU","transfer_parallel":3}"#,
    );
    let state = settings::show(&world.app);
    assert_eq!(
        fields_refused(&state),
        ["defaultRegion", "store", "clipboardSeconds"]
    );
    assert_eq!(state.settings.clipboard_seconds, 60);
    assert_eq!(state.settings.transfer_parallel, 3);
}

#[test]
fn each_bad_value_is_refused_at_its_field_and_nothing_is_saved() {
    let world = World::new();
    let long = "x".repeat(5000);
    for (name, value, field) in [
        ("appearance", "pink", "appearance"),
        ("default_region", "", "defaultRegion"),
        ("default_region", "EU West", "defaultRegion"),
        ("default_output", "xml", "defaultOutput"),
        ("store", "paper", "store"),
        ("lock_after_minutes", "-1", "lockAfterMinutes"),
        ("lock_after_minutes", "1441", "lockAfterMinutes"),
        ("clipboard_seconds", "4", "clipboardSeconds"),
        ("clipboard_seconds", "soon", "clipboardSeconds"),
        (
            "clipboard_seconds",
            "99999999999999999999",
            "clipboardSeconds",
        ),
        ("proxy", "proxy.example.com", "proxy"),
        ("proxy", "socks5://127.0.0.1:1080", "proxy"),
        ("proxy", "http://ana:hunter2@127.0.0.1:3128", "proxy"),
        ("proxy", "http://127.0.0.1:3128/path", "proxy"),
        ("proxy", "http://127.0.0.1:99999", "proxy"),
        ("no_proxy", "a\nb", "noProxy"),
        ("no_proxy", &long, "noProxy"),
        ("ca_bundle", "ca.pem", "caBundle"),
        ("transfer_parallel", "0", "transferParallel"),
        ("transfer_parallel", "9", "transferParallel"),
        ("transfer_parallel", "1.5", "transferParallel"),
        ("transfer_kib_per_second", "63", "transferKibPerSecond"),
    ] {
        let change = [(name.to_owned(), value.to_owned())];
        let problem = settings::set(&world.app, &change).unwrap_err();
        assert!(
            matches!(problem.code, Code::SettingValue | Code::RegionForm),
            "{name}={value}: {problem}"
        );
        assert!(!problem.hint.is_empty(), "{name}={value} has no hint");
        assert!(!problem.message.contains("hunter2") && !problem.cause.contains("hunter2"));

        write(
            &world,
            &serde_json::json!({ "version": 1, name: value }).to_string(),
        );
        assert_eq!(fields_refused(&settings::show(&world.app)), [field]);
        fs::remove_file(file(&world)).unwrap();
    }
    let unknown = [("colour".to_owned(), "blue".to_owned())];
    let problem = settings::set(&world.app, &unknown).unwrap_err();
    assert_eq!(problem.code, Code::SettingUnknown);
    assert!(problem.hint.contains("transfer_parallel"));
}

#[test]
fn a_file_of_authorities_has_to_be_there_and_to_hold_a_certificate() {
    let world = World::new();
    let set = |path: &str| settings::set(&world.app, &[("ca_bundle".to_owned(), path.to_owned())]);
    let bundle = world.home.path().join("ca.pem");
    assert_eq!(set("~/ca.pem").unwrap_err().code, Code::SettingValue);
    fs::write(&bundle, "just words").unwrap();
    assert_eq!(set("~/ca.pem").unwrap_err().code, Code::SettingValue);
    fs::write(&bundle, "-----BEGIN CERTIFICATE-----\n").unwrap();
    let state = set("~/ca.pem").unwrap();
    assert_eq!(state.settings.ca_bundle, bundle.display().to_string());
}

#[tokio::test]
async fn the_network_is_that_of_the_environment_then_the_profile_then_the_settings() {
    let chosen =
        r#"{"version":1,"proxy":"http://chosen:1","no_proxy":".chosen","ca_bundle":"/chosen.pem"}"#;
    let profile = "[default]\nregion = eu-north-1\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n";
    for (variables, of_profile, proxies, no_proxy, ca_bundle, overrides) in [
        (
            &[][..],
            "",
            [Some("http://chosen:1"), Some("http://chosen:1")],
            ".chosen",
            "/chosen.pem",
            &[][..],
        ),
        (
            &[("HTTPS_PROXY", "http://env:2"), ("NO_PROXY", "*")][..],
            "ca_bundle = /profile.pem\n",
            [None, Some("http://env:2")],
            "*",
            "/profile.pem",
            &["proxy", "noProxy"][..],
        ),
        (
            &[
                ("AWS_CA_BUNDLE", "/env.pem"),
                ("http_proxy", "http://env:3"),
            ][..],
            "ca_bundle = /profile.pem\n",
            [Some("http://env:3"), None],
            ".chosen",
            "/env.pem",
            &["proxy", "caBundle"][..],
        ),
    ] {
        let world = World::with(variables);
        write(&world, chosen);
        let config = &world.app.places.config_file;
        fs::create_dir_all(config.parent().unwrap()).unwrap();
        fs::write(config, format!("{profile}{of_profile}")).unwrap();
        let connection = keywell_app::connection_of(&world.app, "default")
            .await
            .unwrap();
        let network = connection.network;
        assert_eq!(
            [
                network.http_proxy.as_deref(),
                network.https_proxy.as_deref()
            ],
            proxies
        );
        assert_eq!(network.no_proxy.as_deref(), Some(no_proxy));
        assert_eq!(network.ca_bundle.unwrap().to_str(), Some(ca_bundle));
        let state = settings::show(&world.app);
        let named: Vec<&str> = state
            .overrides
            .iter()
            .map(|one| one.field.as_str())
            .collect();
        assert_eq!(named, overrides);
    }
}
