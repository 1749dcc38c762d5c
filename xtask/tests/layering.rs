//! Which crate may know what: the rules of the layout, checked on the manifests and the sources.

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

struct Package {
    name: String,
    folder: PathBuf,
    dependencies: Vec<String>,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn packages() -> Vec<Package> {
    let out = Command::new(env!("CARGO"))
        .current_dir(root())
        .args([
            "metadata",
            "--no-deps",
            "--format-version",
            "1",
            "--offline",
        ])
        .output()
        .unwrap();
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    let metadata: Value = serde_json::from_slice(&out.stdout).unwrap();
    let package = |package: &Value| Package {
        name: package["name"].as_str().unwrap().to_owned(),
        folder: Path::new(package["manifest_path"].as_str().unwrap())
            .parent()
            .unwrap()
            .to_owned(),
        dependencies: package["dependencies"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["name"].as_str().unwrap().to_owned())
            .collect(),
    };
    metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(package)
        .collect()
}

fn libraries() -> Vec<Package> {
    let below = root().join("crates");
    packages()
        .into_iter()
        .filter(|package| package.folder.starts_with(&below))
        .collect()
}

fn names_tauri(dependency: &str) -> bool {
    dependency == "tauri"
        || dependency.starts_with("tauri-")
        || dependency == "wry"
        || dependency == "tao"
}

/// The SDK, and what it is made of.
fn names_the_aws_sdk(dependency: &str) -> bool {
    dependency.starts_with("aws-")
}

/// Signing without a client: the practice account checks signatures with it, as the service does.
const SIGNING: [&str; 3] = [
    "aws-sigv4",
    "aws-credential-types",
    "aws-smithy-runtime-api",
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// Lines of the package's own sources that hold one of the words, as `FILE:LINE: TEXT`.
fn mentions(package: &Package, words: &[&str]) -> Vec<String> {
    let mut files = Vec::new();
    sources(&package.folder, &mut files);
    let mut found = Vec::new();
    for file in files {
        for (number, line) in fs::read_to_string(&file).unwrap().lines().enumerate() {
            if words.iter().any(|word| line.contains(word)) {
                found.push(format!(
                    "{}:{}: {}",
                    file.display(),
                    number + 1,
                    line.trim()
                ));
            }
        }
    }
    found
}

#[test]
fn nothing_under_crates_names_tauri() {
    for package in libraries() {
        let wrong: Vec<&String> = package
            .dependencies
            .iter()
            .filter(|name| names_tauri(name))
            .collect();
        assert!(wrong.is_empty(), "{} depends on {wrong:?}", package.name);
        let wrong = mentions(&package, &["tauri::", "use tauri"]);
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}

#[test]
fn only_the_aws_crate_names_the_aws_sdk() {
    for package in packages()
        .into_iter()
        .filter(|package| package.name != "keywell-aws")
    {
        let signs = package.name == "keywell-practice";
        let allowed = |name: &str| !names_the_aws_sdk(name) || (signs && SIGNING.contains(&name));
        let wrong: Vec<&String> = package
            .dependencies
            .iter()
            .filter(|name| !allowed(name))
            .collect();
        assert!(wrong.is_empty(), "{} depends on {wrong:?}", package.name);
    }
    for package in libraries()
        .into_iter()
        .filter(|package| package.name != "keywell-aws")
    {
        let wrong = mentions(
            &package,
            &["aws_sdk_", "aws_config::", "aws_smithy_http_client"],
        );
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}

#[test]
fn the_ground_crates_know_nothing_of_those_above_them() {
    let upper = [
        "keywell-app",
        "keywell-aws",
        "keywell-cli",
        "keywell-desktop",
    ];
    for package in libraries() {
        let forbidden: &[&str] = match package.name.as_str() {
            "keywell-aws-files" | "keywell-vault" | "keywell-wire" | "keywell-practice"
            | "keywell-objects" => &upper,
            "keywell-app" => &upper[1..],
            "keywell-aws" => &upper[2..],
            _ => &upper[3..],
        };
        // A test may use what stands above; a library may not.
        let manifest = fs::read_to_string(package.folder.join("Cargo.toml")).unwrap();
        let normal = manifest.split("[dev-dependencies]").next().unwrap();
        for name in forbidden {
            assert!(
                !normal
                    .lines()
                    .any(|line| line.starts_with(name) && !line.starts_with(&format!("{name}-"))),
                "{} depends on {name}",
                package.name
            );
        }
    }
}

#[test]
fn the_journeys_do_not_depend_on_what_they_prove() {
    let journeys = packages()
        .into_iter()
        .find(|package| package.name == "keywell-journeys")
        .expect("tests/ is a package of the workspace");
    let wrong: Vec<&String> = journeys
        .dependencies
        .iter()
        .filter(|name| name.starts_with("keywell") || names_tauri(name))
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn the_rules_recognise_what_they_forbid() {
    assert!(names_tauri("tauri") && names_tauri("tauri-plugin-dialog") && !names_tauri("tempfile"));
    assert!(
        names_the_aws_sdk("aws-sdk-s3")
            && names_the_aws_sdk("aws-config")
            && !names_the_aws_sdk("keywell-aws")
    );
}
