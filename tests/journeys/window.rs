//! The main job in the real window, judged by the real AWS CLI and boto3.

use crate::clients;
use keywell_journeys::{Home, Window, keychain_items, wait_for};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

const LONG: Duration = Duration::from_secs(60);

/// Starts the practice account from the first run's card and gives the csv that it wrote.
pub fn practise(home: &Home, window: &Window) -> PathBuf {
    window.click("first-run-practise");
    window.see("practice-ready");
    let csv = home.join(".keywell/practice/admin_accessKeys.csv");
    assert!(csv.exists(), "the practice account gave no csv");
    csv
}

/// Drops the csv and takes the set-up to its end, as the profile `practice`.
pub fn set_up_by_drop(window: &Window, csv: &Path) {
    window.drop_files(&[csv]);
    window.fill("setup-profile", "practice");
    window.click("setup-run");
    window.see_within("setup-finish", LONG);
}

#[test]
fn from_the_first_run_to_a_bucket_with_a_file_and_a_key_for_somebody_else() {
    let home = Home::new();
    let window = Window::open(&home);
    window.see("first-run-practise");
    let csv = practise(&home, &window);
    set_up_by_drop(&window, &csv);

    let config = home.aws_config();
    assert!(
        config.contains("[profile practice]") && config.contains("credential_process"),
        "{config}"
    );
    let identity = clients::identity(&home, "practice");
    assert!(
        identity["Arn"].as_str().unwrap().ends_with(":user/admin"),
        "{identity}"
    );
    assert_eq!(clients::buckets(&home, "practice"), [""; 0]);

    window.go("#/profiles");
    window.see("profile-row-practice");
    window.go("#/profiles/practice");
    window.click("profile-test");
    window.see_within(
        "[data-test=\"profile-test-steps\"][data-done=\"true\"]",
        LONG,
    );
    window.see("[data-test=\"step-identity\"][data-state=\"passed\"]");

    make_bucket(&window, "journey-window");
    assert_eq!(clients::buckets(&home, "practice"), ["journey-window"]);
    upload_by_drop(&home, &window);
    deactivate_a_key_for_somebody_else(&home, &window);
}

fn make_bucket(window: &Window, name: &str) {
    window.go("#/buckets");
    window.click("bucket-create");
    window.fill("bucket-create-name", name);
    window.click("bucket-create-run");
    wait_for_row(window, &format!("bucket-row-{name}"));
}

fn wait_for_row(window: &Window, row: &str) {
    window.until(&format!("document.querySelector('[data-test=\"{row}\"]')"));
}

/// A small file and one that is sent in parts, together.
fn upload_by_drop(home: &Home, window: &Window) {
    let small = home.write("Pictures/map.txt", "a small map\n");
    let large = home.write(
        "Pictures/film.bin",
        (0..18 * 1024 * 1024_u32)
            .map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8)
            .collect::<Vec<u8>>(),
    );
    window.go("#/buckets/journey-window");
    window.see("bucket-upload");
    window.drop_files(&[&small, &large]);
    for file in [&small, &large] {
        let key = file.file_name().unwrap().to_string_lossy();
        wait_for_row(window, &format!("object-row-{key}"));
        assert_eq!(
            clients::object(home, "practice", "journey-window", &key),
            clients::file(home, file)
        );
    }
    window.go("#/transfers");
    window.reads("film.bin");
}

fn deactivate_a_key_for_somebody_else(home: &Home, window: &Window) {
    window.go("#/keys");
    window.click("user-create");
    window.fill("user-create-name", "deploy");
    window.fill("user-create-description", "Puts the site online");
    window.click("user-create-run");
    window.see("user-description");
    window.reads("Puts the site online");
    window.click("key-create");
    window.fill("key-create-profile", "deploy");
    window.click("key-create-run");
    wait_for("the profile of the new key", LONG, || {
        home.aws_config().contains("[profile deploy]").then_some(())
    });
    let key_id = key_of(home, "deploy");
    assert!(
        keychain_items(&key_id).contains(&key_id),
        "nothing in the keychain under {key_id}"
    );
    assert!(
        clients::identity(home, "deploy")["Arn"]
            .as_str()
            .unwrap()
            .ends_with(":user/deploy")
    );

    window.click("key-create-done");
    window.click(&format!("key-{key_id}-menu"));
    window.click("key-deactivate");
    wait_for("the service to refuse the key", LONG, || {
        let asked = home.aws(&["sts", "get-caller-identity", "--profile", "deploy"]);
        (!asked.status.success()).then_some(())
    });
    clients::refused(home, "deploy", "InvalidClientTokenId");
}

/// The access key ID that a profile's helper prints.
fn key_of(home: &Home, profile: &str) -> String {
    let answer = home
        .keywell(&["credential-process", "--profile", profile])
        .succeeded()
        .json();
    answer["AccessKeyId"]
        .as_str()
        .expect("an access key ID")
        .to_owned()
}

#[test]
fn a_csv_that_lands_in_downloads_is_taken_once_the_watch_was_allowed() {
    let home = Home::new();
    let window = Window::open(&home);
    let practised = practise(&home, &window);
    home.write("Downloads/older_accessKeys.csv", "");
    window.click("welcome-back");
    window.click("first-run-console");
    let land = |name: &str| {
        // Browsers write under another name first.
        let unfinished = home.write("Downloads/unfinished.part", fs::read(&practised).unwrap());
        fs::rename(unfinished, home.join("Downloads").join(name)).unwrap();
    };
    land("before_accessKeys.csv");
    window.click("downloads-watch");
    window.see("downloads-stop");
    land("notes.csv");
    std::thread::sleep(Duration::from_secs(1));
    window.see("downloads-stop");
    land("admin_accessKeys.csv");
    window.see("setup-profile");
    window.reads("Downloads/admin_accessKeys.csv");
    window.click("setup-run");
    window.see_within("setup-finish", LONG);
}

#[test]
fn a_dropped_csv_stays_until_its_deletion_is_asked_for() {
    let home = Home::new();
    let window = Window::open(&home);
    let practised = practise(&home, &window);
    let csv = home.join("Downloads/admin_accessKeys.csv");
    home.write(
        "Downloads/admin_accessKeys.csv",
        fs::read(&practised).unwrap(),
    );
    set_up_by_drop(&window, &csv);
    assert!(csv.exists(), "deleted without having been asked");
    window.click("setup-delete-csv");
    wait_for("the csv to go", LONG, || (!csv.exists()).then_some(()));
    assert!(
        practised.exists(),
        "another file than the dropped one was deleted"
    );
}
