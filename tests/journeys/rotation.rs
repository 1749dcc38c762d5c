//! Rotations with the real keychain and the real helper, judged by the AWS CLI: on the practice account, killed on the way,
//! and on moto.

use crate::{clients, moto, terminal::only_key};
use keywell_journeys::{Home, Practice, Window, keychain_items, keywell_program, wait_for};
use std::process::Stdio;
use std::thread;
use std::time::Duration;

/// A home with a practice account where a new key takes some seconds to work, as at AWS.
fn set_up(home: &Home) -> Practice {
    let practice = Practice::start(home, &["--new-key-delay", "3s"]);
    home.keywell(&[
        "setup",
        "--csv",
        &practice.csv().to_string_lossy(),
        "--profile",
        "practice",
        "--region",
        "us-east-1",
        "--endpoint-url",
        practice.url(),
        "--json",
    ])
    .succeeded();
    practice
}

fn rotate(home: &Home, profile: &str, more: &[&str]) -> serde_json::Value {
    let command = ["key", "rotate", "--profile", profile, "--yes", "--json"];
    home.keywell(&[&command, more].concat()).succeeded().json()
}

/// The one key that is left works, is the profile's, and is in the keychain; the old one is nowhere.
fn is_replaced(home: &Home, profile: &str, old: &str) {
    clients::identity(home, profile);
    let keys = home
        .keywell(&["key", "list", "--profile", profile, "--json"])
        .succeeded()
        .json();
    let new = only_key(&keys);
    assert_ne!(new, old);
    let handed = home
        .keywell(&["credential-process", "--profile", profile])
        .succeeded()
        .json();
    assert_eq!(handed["AccessKeyId"], new.as_str());
    assert!(
        keychain_items(&new).contains(&new),
        "the new key is not in the keychain"
    );
    assert!(
        !keychain_items(old).contains(old),
        "the old key is still in the keychain"
    );
}

#[test]
fn a_rotation_runs_through_to_the_delete_and_clients_see_no_gap() {
    let home = Home::new();
    let practice = set_up(&home);
    let old = practice.admin().0;
    let done = rotate(&home, "practice", &["--grace", "0s"]);
    assert_eq!(done["state"], "done", "{done}");
    is_replaced(&home, "practice", &old);
}

#[test]
fn the_old_key_is_watched_and_going_back_takes_one_command() {
    let home = Home::new();
    let practice = set_up(&home);
    let old = practice.admin().0;
    let watching = rotate(&home, "practice", &[]);
    assert_eq!(watching["state"], "watching", "{watching}");
    clients::identity(&home, "practice");
    let listed = home
        .keywell(&["key", "rotations", "--json"])
        .succeeded()
        .json();
    assert_eq!(listed[0]["oldKeyId"], old.as_str());
    let back = rotate(&home, "practice", &["--back"]);
    assert_eq!(back["state"], "wentBack", "{back}");
    let keys = home
        .keywell(&["key", "list", "--profile", "practice", "--json"])
        .succeeded()
        .json();
    assert_eq!(only_key(&keys), old);
    clients::identity(&home, "practice");
}

/// The moments are spread over the run; what each of them hits differs, what must hold does not.
#[test]
fn a_rotation_that_is_killed_again_and_again_ends_and_never_locks_anybody_out() {
    let home = Home::new();
    let practice = set_up(&home);
    let old = practice.admin().0;
    let command = [
        "key",
        "rotate",
        "--profile",
        "practice",
        "--grace",
        "0s",
        "--yes",
        "--json",
    ];
    for milliseconds in [60, 120, 250, 500, 1_000, 2_000, 4_000, 8_000] {
        let mut running = home
            .command(keywell_program())
            .args(command)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        thread::sleep(Duration::from_millis(milliseconds));
        running.kill().unwrap();
        running.wait().unwrap();
        clients::identity(&home, "practice");
    }
    // The last one may have ended before it was killed.
    let listed = home
        .keywell(&["key", "rotations", "--json"])
        .succeeded()
        .json();
    if listed
        .as_array()
        .is_some_and(|rotations| !rotations.is_empty())
    {
        rotate(&home, "practice", &["--grace", "0s"]);
    }
    is_replaced(&home, "practice", &old);
}

fn under_way(home: &Home) -> usize {
    let listed = home
        .keywell(&["key", "rotations", "--json"])
        .succeeded()
        .json();
    listed.as_array().expect("a list").len()
}

#[test]
fn the_window_ends_a_rotation_whose_time_has_come_where_the_person_allowed_it() {
    let home = Home::new();
    let practice = set_up(&home);
    let old = practice.admin().0;
    let watching = rotate(&home, "practice", &["--grace", "8s"]);
    assert_eq!(watching["state"], "watching", "{watching}");
    thread::sleep(Duration::from_secs(8));

    let window = Window::open(&home);
    window.see("profile-row-practice");
    thread::sleep(Duration::from_secs(2));
    drop(window);
    assert_eq!(under_way(&home), 1, "nobody allowed it");

    home.keywell(&["settings", "set", "rotate_in_background=true"])
        .succeeded();
    let window = Window::open(&home);
    window.see("profile-row-practice");
    wait_for(
        "the rotation to end in the background",
        Duration::from_secs(60),
        || (under_way(&home) == 0).then_some(()),
    );
    drop(window);
    is_replaced(&home, "practice", &old);
}

#[test]
fn with_moto_a_key_is_rotated_and_the_old_one_is_gone() {
    let home = Home::new();
    let server = moto::set_up(&home);
    let old = server.admin().0;
    let done = rotate(&home, "moto", &["--grace", "0s"]);
    assert_eq!(done["state"], "done", "{done}");
    is_replaced(&home, "moto", &old);
}
