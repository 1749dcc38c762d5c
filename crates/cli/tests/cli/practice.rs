use crate::support::{Home, Practice};

#[test]
fn it_starts_answers_stops_and_keeps_its_key() {
    let home = Home::new();
    let status = |home: &Home| home.run(&["practice", "status", "--json"]).passed().json();
    assert_eq!(status(&home)["running"], false);
    assert_eq!(status(&home)["exists"], false);

    let mut first = Practice::start(&home, &[]);
    assert!(first.endpoint_url.starts_with("http://127.0.0.1:"));
    assert_eq!(status(&home)["running"], true);
    assert_eq!(status(&home)["endpointUrl"], first.endpoint_url.as_str());

    let reset = home.run(&["practice", "reset", "--json"]);
    assert_eq!(reset.code, 1);
    assert_eq!(reset.error()["code"], "practice.failed");

    home.run(&["practice", "stop"]).passed();
    assert_eq!(first.exit_code(), Some(0));
    assert_eq!(status(&home)["running"], false);
    assert_eq!(status(&home)["exists"], true);

    let mut second = Practice::start(&home, &[]);
    assert_eq!(second.key_id, first.key_id);
    assert_eq!(second.endpoint_url, first.endpoint_url);
    home.run(&["practice", "stop"]).passed();
    assert_eq!(second.exit_code(), Some(0));

    home.run(&["practice", "reset"]).passed();
    assert_eq!(status(&home)["exists"], false);
}

#[test]
fn a_clock_that_is_off_is_noticed_by_a_test() {
    let home = Home::new();
    let practice = Practice::start(&home, &["--data", "skewed", "--clock-skew", "-20m"]);
    practice.write_profile(&home, "skewed");
    let ran = home.run(&["test", "skewed", "--json"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let report = ran.json();
    assert_eq!(report["passed"], false);
    let codes: Vec<_> = report["steps"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|step| step["failure"]["code"].as_str())
        .collect();
    assert_eq!(codes, ["clock.skewed"]);
}
