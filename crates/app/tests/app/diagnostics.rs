use std::fs;

use keywell_app::diagnostics;
use keywell_wire::{Failure, VaultStatus};

use crate::world::{SECRET, TOKEN, World};

const KEY_ID: &str = "AKIAIOSFODNN7EXAMPLE";

/// Each is somewhere in what Keywell knows of this machine, and none may be in the text.
const CANARIES: &[&str] = &[
    SECRET,
    TOKEN,
    KEY_ID,
    "ASIAIOSFODNN7EXAMPLE",
    "harbour-prod",
    "hunter2",
    "proxy.corp.example",
    "123456789012",
    "marta",
    "intranet-minio",
];

#[test]
fn the_text_says_what_is_there_and_nothing_that_is_private() {
    let world = World::with(&[
        ("AWS_SESSION_TOKEN", TOKEN),
        ("AWS_ACCESS_KEY_ID", "ASIAIOSFODNN7EXAMPLE"),
        (
            "HTTPS_PROXY",
            "http://marta:hunter2@proxy.corp.example:3128",
        ),
    ]);
    let app = &world.app;
    let aws = app.places.config_file.parent().unwrap();
    fs::create_dir_all(aws).unwrap();
    fs::create_dir_all(&app.places.data).unwrap();
    fs::write(
        &app.places.config_file,
        "[profile harbour-prod]\nregion = eu-north-1\nendpoint_url = https://intranet-minio:9000\nrole_arn = arn:aws:iam::123456789012:role/marta\n[default]\nregion = us-east-1\n",
    )
    .unwrap();
    fs::write(
        &app.places.credentials_file,
        format!("[default]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\naws_session_token = {TOKEN}\n"),
    )
    .unwrap();
    fs::write(
        app.places.data.join("settings.json"),
        r#"{"version":1,"proxy":"http://proxy.corp.example:3128","clipboard_seconds":"hunter2"}"#,
    )
    .unwrap();
    let home = world.home.path().display().to_string();
    let vault = VaultStatus {
        available: false,
        label: String::new(),
        problem: Some(Failure {
            code: "vault.no_service".into(),
            message: String::new(),
            cause: format!("no socket {home}/bus for {KEY_ID}"),
            hint: String::new(),
        }),
    };
    let text = diagnostics::text(app, "Keywell 0.1.0, window", &vault);
    for canary in CANARIES.iter().copied().chain([home.as_str()]) {
        assert!(!text.contains(canary), "{canary} is in:\n{text}");
    }
    for fact in [
        "Keywell 0.1.0, window",
        "time      2027-01-15T08:00:00Z",
        "keychain  problem vault.no_service no socket ~/bus for …MPLE",
        "set       AWS_ACCESS_KEY_ID AWS_SESSION_TOKEN KEYWELL_HOME HTTPS_PROXY",
        "  config       ~/.aws/config (",
        "  proxy                    set",
        "  problem settings.value of clipboardSeconds",
        "Profiles (2)",
        "accessKey, secret plainText, key …MPLE, us-east-1, AWS, never tested",
        "eu-north-1, own endpoint, never tested",
    ] {
        assert!(text.contains(fact), "{fact} is not in:\n{text}");
    }
}

#[test]
fn a_machine_on_which_nothing_is_set_up_or_can_be_read_has_a_text_too() {
    let world = World::new();
    let vault = VaultStatus {
        available: true,
        label: "Login keyring".into(),
        problem: None,
    };
    let empty = diagnostics::text(&world.app, "Keywell", &vault);
    assert!(
        empty.contains("Profiles (0)") && empty.contains("(entity not found)"),
        "{empty}"
    );

    fs::create_dir_all(&world.app.places.config_file).unwrap();
    let broken = diagnostics::text(&world.app, "Keywell", &vault);
    assert!(broken.contains("Profiles: problem files."), "{broken}");
}
