//! The AWS files mended and rearranged in the real window: the difference first, then exactly those bytes.

use keywell_journeys::{Home, Window, wait_for};
use serde_json::Value;
use std::time::Duration;

const LONG: Duration = Duration::from_secs(60);

/// A comment behind a value, which botocore takes for a part of it; a section that is there twice, for which the AWS CLI
/// refuses the file; and bytes of all kinds that are nobody's business.
const MISREAD: &str = "# mine\r\n[profile harbour]\r\nregion=eu-north-1 # near\r\n\r\n[profile quay]\noutput  = json\n; kept\n[profile quay]\nregion = eu-west-1";

fn config(home: &Home, expected: &str) {
    wait_for("the config file to be as it was shown", LONG, || {
        (home.aws_config() == expected).then_some(())
    });
}

/// A changed line: its sign, and its words.
fn changed(sign: &str, text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    format!("{sign}{}", words.join(" "))
}

/// The lines that change, as they are on show.
fn shown(window: &Window) -> Vec<String> {
    window.see("dialog[open] figure pre");
    let lines =
        "return [...document.querySelectorAll('dialog[open] figure pre > :is(.added, .removed)')]
        .map((line) => [line.querySelector('i').textContent, line.textContent.slice(1)])";
    let lines = window.driver().execute(lines, &[]).expect("the lines");
    let lines = lines.as_array().expect("a list");
    lines
        .iter()
        .map(|line| changed(line[0].as_str().unwrap(), line[1].as_str().unwrap()))
        .collect()
}

/// The same as the terminal tells it.
fn told(answer: &Value) -> Vec<String> {
    let lines = answer["diff"].as_array().expect("a difference");
    lines
        .iter()
        .filter_map(|line| {
            let text = line["text"].as_str()?;
            match line["kind"].as_str()? {
                "added" => Some(changed("+", text)),
                "removed" => Some(changed("−", text)),
                _ => None,
            }
        })
        .collect()
}

#[test]
fn a_misread_file_is_mended_with_one_click_after_its_difference_was_shown() {
    let home = Home::new();
    home.write(".aws/config", MISREAD);
    let refused = home.aws(&["configure", "list", "--profile", "quay"]);
    assert!(!refused.status.success(), "the AWS CLI takes the file");
    let mended = home.keywell(&["files", "repair", "--yes", "--json"]);
    let mended = mended.succeeded().json();
    let after = home.aws_config();
    assert_ne!(after, MISREAD);
    let taken = home.aws(&["configure", "get", "region", "--profile", "harbour"]);
    assert_eq!(taken.stdout.trim(), "eu-north-1");
    home.write(".aws/config", MISREAD);

    let window = Window::open(&home);
    window.go("#/profiles");
    window.see("misread-config");
    window.click("repair-open-config");
    window.see("repair-problems");
    window.reads("line 3");
    assert_eq!(shown(&window), told(&mended));
    assert_eq!(home.aws_config(), MISREAD, "a look writes nothing");

    window.click("repair-run");
    config(&home, &after);
    window.until("!document.querySelector('[data-test=\"misread-config\"]')");
    window.click("toast-undo");
    config(&home, MISREAD);
    window.see("misread-config");
}

#[test]
fn a_section_is_renamed_with_every_profile_that_names_it_and_back() {
    let home = Home::new();
    let before = "# ours\n[sso-session corp]\nsso_region = eu-west-1\n\n[profile a]\nsso_session=corp\n[profile b]\nsso_session = corp\n";
    home.write(".aws/config", before);
    let window = Window::open(&home);
    window.go("#/profiles");
    window.see("profile-row-a");
    window.click("profiles-more");
    window.click("profiles-sections");
    window.click("section-rename-ssoSession-corp");
    window.fill("section-new-name", "harbour");
    window.see("[data-test=\"section-change-run\"]:enabled");
    window.reads("[sso-session harbour]");
    assert_eq!(home.aws_config(), before, "a look writes nothing");
    window.click("section-change-run");
    config(&home, &before.replace("corp", "harbour"));
    window.click("toast-undo");
    config(&home, before);
}
