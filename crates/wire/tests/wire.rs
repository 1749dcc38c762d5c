//! The generated types are up to date, and the wire is what the page expects.

use std::{env, fs, path::Path};

fn generated() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/src/backend/wire.ts")
}

#[test]
fn the_generated_typescript_is_what_the_page_has() {
    let fresh = keywell_wire::typescript();
    if env::var_os("KEYWELL_WRITE_TYPES").is_some() {
        fs::write(generated(), &fresh).unwrap();
    }
    let stored = fs::read_to_string(generated()).unwrap_or_default();
    assert!(
        stored == fresh,
        "ui/src/backend/wire.ts is stale: run `cargo xtask types`"
    );
}

#[test]
fn every_command_has_a_name_of_its_own() {
    let mut names = keywell_wire::COMMANDS.to_vec();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), keywell_wire::COMMANDS.len());
}

#[test]
fn field_names_are_in_camel_case_on_the_wire() {
    let row = keywell_wire::ObjectFailure {
        key: "a".into(),
        failure: keywell_wire::Failure {
            code: "c".into(),
            message: "m".into(),
            cause: String::new(),
            hint: String::new(),
        },
    };
    assert_eq!(
        serde_json::to_string(&row).unwrap(),
        r#"{"key":"a","failure":{"code":"c","message":"m","cause":"","hint":""}}"#
    );
    let created: keywell_wire::PresignedCopied =
        serde_json::from_str(r#"{"expires":"x"}"#).unwrap();
    assert_eq!(created.expires, "x");
}
