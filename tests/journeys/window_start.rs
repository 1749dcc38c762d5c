//! How the window starts: once, with a link, at the size it had, and on machines that lack what it would like to have.

use keywell_journeys::{Home, Window, end_soon, window_program};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

fn home_with_profiles() -> Home {
    let home = Home::new();
    home.write(
        ".aws/config",
        "[default]\nregion=eu-north-1\n\n[profile media]\nregion=eu-west-1\n",
    );
    home
}

fn page(window: &Window) -> String {
    let page = window.driver().execute("return location.hash", &[]);
    page.expect("the window answers")
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

#[test]
fn a_second_start_hands_its_link_to_the_first_and_ends() {
    let home = home_with_profiles();
    let window = Window::open(&home);
    window.see("profile-row-media");
    for (link, address) in [
        ("keywell://profile/media", "#/profiles/media"),
        ("keywell://profile/default/", "#/profiles/default"),
    ] {
        let mut second = window.start_again();
        second.arg(link);
        end_soon(second);
        window.until(&format!("location.hash === '{address}'"));
    }
    let before = home.aws_config();
    for link in [
        "keywell://profile/../setup",
        "keywell://setup/paste",
        "keywell://profile/media?do=remove",
    ] {
        let mut second = window.start_again();
        second.arg(link);
        end_soon(second);
        window.reads("Keywell was opened with a link that it does not know.");
        assert_eq!(page(&window), "#/profiles/default", "{link}");
        window.reload();
    }
    assert_eq!(home.aws_config(), before);
}

#[test]
fn a_link_that_starts_the_window_is_the_first_page_it_shows() {
    let home = home_with_profiles();
    let window = Window::open_with(&home, &["keywell://profile/media"]);
    window.until("location.hash === '#/profiles/media'");
    window.until("document.querySelector('[data-page=\"profile\"]')");
}

/// Runs a measured start, which ends by itself once the page is shown; how many milliseconds it says that took.
fn measured_start(home: &Home) -> u64 {
    let begun = Instant::now();
    let ran = home
        .command(window_program())
        .arg("--measure-start")
        .output()
        .expect("the program starts");
    let (said, errors) = (
        String::from_utf8_lossy(&ran.stdout),
        String::from_utf8_lossy(&ran.stderr),
    );
    assert!(ran.status.success(), "{}\n{errors}", ran.status);
    let took: u64 = said
        .trim()
        .parse()
        .unwrap_or_else(|_| panic!("{said:?}\n{errors}"));
    assert!(Duration::from_millis(took) <= begun.elapsed() + Duration::from_millis(20));
    took
}

#[test]
fn a_measured_start_prints_its_milliseconds_and_ends() {
    assert!(measured_start(&home_with_profiles()) > 0);
}

const WINDOW_STATE: &str = ".config/dev.keywell.desktop/.window-state.json";

#[test]
fn the_window_opens_at_the_size_that_it_had() {
    let home = home_with_profiles();
    measured_start(&home);
    let file = home.join(WINDOW_STATE);
    let text = fs::read_to_string(&file).expect("the size was kept when the window closed");
    let mut kept: Value = serde_json::from_str(&text).expect("JSON");
    assert!(
        kept["main"]["width"]
            .as_u64()
            .is_some_and(|width| width > 600),
        "{text}"
    );
    kept["main"]["width"] = json!(940);
    kept["main"]["height"] = json!(610);
    fs::write(&file, kept.to_string()).unwrap();
    let window = Window::open(&home);
    window.until("innerWidth === 940");

    let home = home_with_profiles();
    home.write(WINDOW_STATE, "{ damaged");
    Window::open(&home).see("profile-row-media");
}

/// A library that can not be loaded hides the one that is installed.
fn without_tray_library(home: Home) -> Home {
    for name in ["libayatana-appindicator3.so.1", "libappindicator3.so.1"] {
        home.write(&format!("lib/{name}"), "");
    }
    let folder = home.join("lib");
    home.with("LD_LIBRARY_PATH", folder)
}

#[test]
fn without_a_session_bus_or_a_tray_library_the_window_opens_all_the_same() {
    let no_bus = |home: Home| home.with("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus");
    for home in [
        no_bus(home_with_profiles()),
        without_tray_library(home_with_profiles()),
        without_tray_library(no_bus(home_with_profiles())),
    ] {
        let window = Window::open(&home);
        window.click("profile-row-media");
        window.until("location.hash === '#/profiles/media'");
        // The tray comes after the first answer was shown: the window outlives that.
        window.reload();
        window.see("[data-page=\"profile\"]");
        let log = fs::read_to_string(home.join("window.log")).unwrap_or_default();
        assert!(!log.contains("panicked"), "{log}");
    }
}

#[test]
fn a_file_that_nobody_gave_the_window_is_neither_read_nor_sent() {
    let home = home_with_profiles();
    let csv = home.write(
        "Downloads/ana_accessKeys.csv",
        "Access key ID,Secret access key\nAKIAIOSFODNN7EXAMPLE,wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n",
    );
    let window = Window::open(&home);
    window.see("profile-row-media");
    let asks = |path: &Path| {
        [
            ("setup_from_csv", json!({"path": path, "row": null})),
            (
                "upload",
                json!({"profile": "media", "bucket": "b", "prefix": "", "paths": [path], "pickFolder": false, "onConflict": "ask"}),
            ),
            (
                "download",
                json!({"profile": "media", "bucket": "b", "prefix": "", "keys": ["k"], "folders": [], "directory": path, "onConflict": "ask"}),
            ),
        ]
    };
    for (command, request) in asks(&csv) {
        let why = window
            .invoke(command, &json!({ "request": request }))
            .expect_err(command);
        assert!(why.contains("path.not_given"), "{command}: {why}");
    }
    window.drop_files(&[&csv]);
    window.see("setup-profile");
    let [(command, request), ..] = asks(&csv);
    assert!(
        window
            .invoke(command, &json!({ "request": request }))
            .is_ok()
    );
}
