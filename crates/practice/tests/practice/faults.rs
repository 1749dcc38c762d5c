use std::time::{Duration, Instant};

use keywell_practice::parse_faults;

use crate::client::{Fixture, call};

async fn with_faults(json: &str) -> Fixture {
    let faults = parse_faults(json).expect("faults");
    let fixture = Fixture::start_with(|options| options.faults = faults).await;
    fixture.admin.put("/pictures", "").await.ok();
    fixture
}

#[tokio::test]
async fn a_fault_answers_in_place_of_the_operation_as_often_as_told() {
    let fixture = with_faults(
        r#"[{"service":"s3","operation":"PutObject","key":"slow/*","status":503,"code":"SlowDown","times":2},
            {"service":"iam","operation":"ListUsers","status":400,"code":"Throttling","times":1},
            {"service":"sts","status":502,"body":"<html>Bad gateway</html>","times":1}]"#,
    )
    .await;
    let admin = &fixture.admin;
    for _ in 0..2 {
        // More than any buffer holds: the client must get to read the answer although its body is not wanted.
        let answer = admin.put("/pictures/slow/film", vec![0; 4 << 20]).await;
        assert_eq!(answer.refusal(), (503, "SlowDown".to_owned()));
    }
    admin.put("/pictures/slow/film", "x").await.ok();
    admin.put("/pictures/quick", "x").await.ok();
    let users = [("Action", "ListUsers")];
    assert_eq!(
        admin.iam(&users).await.refusal(),
        (400, "Throttling".to_owned())
    );
    admin.iam(&users).await.ok();
    let gateway = admin.identity().await;
    assert_eq!(
        (gateway.status, gateway.text().as_str()),
        (502, "<html>Bad gateway</html>")
    );
}

#[tokio::test]
async fn answers_are_cut_and_connections_reset() {
    let fixture = with_faults(
        r#"[{"operation":"GetObject","cut_after":3,"times":1},{"operation":"GetObject","reset":true,"times":1},
            {"operation":"ListUsers","reset":true,"times":1}]"#,
    )
    .await;
    let admin = &fixture.admin;
    admin.put("/pictures/cat", "miaow").await.ok();
    let get = || admin.signed("s3", &call("GET", "/pictures/cat"));
    let (cut, error) = admin
        .send_for_what_comes(get())
        .await
        .expect("the answer begins");
    assert_eq!(
        (
            cut.status,
            cut.header("content-length"),
            cut.text().as_str()
        ),
        (200, "5", "mia")
    );
    assert!(error.is_some());
    admin
        .try_send(get())
        .await
        .expect_err("the connection is reset");
    assert_eq!(admin.get("/pictures/cat").await.ok().text(), "miaow");
    let list = call("POST", "/")
        .header("content-type", "application/x-www-form-urlencoded")
        .body("Action=ListUsers&Version=2010-05-08");
    admin
        .try_send(admin.signed("iam", &list))
        .await
        .expect_err("the connection is reset");
}

#[tokio::test]
async fn latency_and_delays_take_their_time() {
    let faults =
        parse_faults(r#"[{"operation":"ListBuckets","delay_ms":150,"times":1}]"#).expect("faults");
    let fixture = Fixture::start_with(|options| {
        options.latency = Duration::from_millis(50);
        options.faults = faults;
    })
    .await;
    let begin = Instant::now();
    fixture.admin.get("/").await.ok();
    assert!(begin.elapsed() >= Duration::from_millis(200));
    let begin = Instant::now();
    fixture.admin.identity().await.ok();
    assert!(begin.elapsed() >= Duration::from_millis(50));
}
