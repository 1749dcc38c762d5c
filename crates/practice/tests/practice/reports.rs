use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::client::{Client, Fixture};

#[tokio::test]
async fn a_credential_report_is_made_on_wish_kept_for_four_hours_and_has_no_key_ids() {
    let fixture = Fixture::start_with(|options| options.users = 3).await;
    let get = || fixture.admin.iam(&[("Action", "GetCredentialReport")]);
    let make = || fixture.admin.iam(&[("Action", "GenerateCredentialReport")]);
    assert_eq!(get().await.refusal(), (410, "ReportNotPresent".to_owned()));
    assert_eq!(make().await.ok().element("State"), "STARTED");
    assert_eq!(make().await.ok().element("State"), "COMPLETE");
    let content = get().await.ok().element("Content");
    let csv = String::from_utf8(BASE64_STANDARD.decode(content).unwrap()).unwrap();
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines.len(), 1 + 1 + 1 + 3, "{csv}");
    assert!(lines[1].starts_with("<root_account>,"), "{csv}");
    assert!(
        lines.iter().all(|line| line.matches(',').count() == 21),
        "{csv}"
    );
    assert!(!csv.contains("AKIA"), "{csv}");
    fixture.clock.advance(4 * 60 * 60);
    let later = Client {
        time: Some(fixture.clock.now()),
        ..fixture.admin.clone()
    };
    let expired = later.iam(&[("Action", "GetCredentialReport")]).await;
    assert_eq!(expired.refusal(), (410, "ReportExpired".to_owned()));
    let anew = later.iam(&[("Action", "GenerateCredentialReport")]).await;
    assert_eq!(anew.ok().element("State"), "STARTED");
}

#[tokio::test]
async fn details_of_users_come_in_pages_with_their_tags() {
    let fixture = Fixture::start_with(|options| options.users = 3).await;
    let tag = [
        ("Action", "TagUser"),
        ("UserName", "user-00001"),
        ("Tags.member.1.Key", "AKIAPRACTICE00000001"),
        ("Tags.member.1.Value", "Laptop"),
    ];
    fixture.admin.iam(&tag).await.ok();
    let first = fixture
        .admin
        .iam(&[
            ("Action", "GetAccountAuthorizationDetails"),
            ("Filter.member.1", "User"),
            ("MaxItems", "2"),
        ])
        .await
        .ok();
    assert_eq!(first.element("IsTruncated"), "true");
    assert_eq!(first.element("Value"), "Laptop");
    let marker = first.element("Marker");
    let second = fixture
        .admin
        .iam(&[
            ("Action", "GetAccountAuthorizationDetails"),
            ("Filter.member.1", "User"),
            ("MaxItems", "2"),
            ("Marker", &marker),
        ])
        .await
        .ok();
    assert_eq!(second.element("IsTruncated"), "false");
    assert_eq!(second.element("UserName"), "user-00002");
}

#[tokio::test]
async fn who_has_no_right_to_them_gets_neither() {
    let fixture = Fixture::start().await;
    let bob = fixture.user("bob", None).await;
    for action in [
        "GenerateCredentialReport",
        "GetCredentialReport",
        "GetAccountAuthorizationDetails",
    ] {
        let refused = bob.iam(&[("Action", action)]).await.refusal();
        assert_eq!(refused, (403, "AccessDenied".to_owned()), "{action}");
    }
}
