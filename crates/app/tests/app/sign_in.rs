//! Links that sign in to the console: which session is sent where, and who is told that they can not.

use keywell_app::{
    Code, Problem,
    cloud::CloudErrorKind,
    hand_out::Caller,
    sessions::Person,
    sign_in::{self, SignIn, SignInLink},
};

use crate::world::World;

const ROLE: &str =
    "[profile role]\nrole_arn = arn:aws:iam::111122223333:role/Admin\nsource_profile = base\n";

async fn world(more: &str) -> World {
    let world = World::new().with_profile("base").await;
    let config = world.config();
    world.write(".aws/config", &format!("{config}{more}"));
    world
}

async fn link(world: &World, profile: &str) -> Result<SignInLink, Problem> {
    let wanted = SignIn {
        profile,
        service: Some("s3"),
        endpoint: None,
    };
    sign_in::link(&world.app, wanted, &Person::nobody(), &Caller::default()).await
}

fn asked(world: &World) -> Vec<String> {
    let mut calls = world.cloud.calls();
    calls.retain(|call| !call.starts_with("identity"));
    calls
}

#[tokio::test]
async fn a_users_key_signs_in_through_a_session_of_its_own() {
    let world = world("").await;
    let before = asked(&world).len();
    let link = link(&world, "base").await.unwrap();
    assert_eq!(
        asked(&world)[before..],
        [
            "federation_token marta",
            "sign_in_token https://signin.aws.amazon.com ASIAEXAMPLE000000001"
        ]
    );
    assert_eq!(link.arn, "arn:aws:iam::111122223333:user/marta");
    insta::assert_snapshot!(link.address.expose(), @"https://signin.aws.amazon.com/federation?Action=login&Issuer=keywell&Destination=https%3A%2F%2Fconsole.aws.amazon.com%2Fs3%2Fhome%3Fregion%3Deu-west-1&SigninToken=sign-in+token");
    assert!(!link.without_mfa);
}

#[tokio::test]
async fn a_role_signs_in_as_itself_and_where_its_partition_is() {
    let world = world(ROLE).await;
    let arn = "arn:aws-us-gov:sts::111122223333:assumed-role/Admin/keywell-role";
    world.cloud.answer_identities(&[Some(arn)]);
    let link = link(&world, "role").await.unwrap();
    assert_eq!(link.arn, arn);
    assert_eq!(world.cloud.count("federation_token"), 0);
    let address = link.address.expose();
    assert!(
        address.starts_with("https://signin.amazonaws-us-gov.com/federation?"),
        "{address}"
    );
    assert!(
        address.contains("console.amazonaws-us-gov.com%2Fs3"),
        "{address}"
    );
}

#[tokio::test]
async fn a_profile_with_mfa_signs_in_by_its_key_and_is_told_so() {
    let world = world("").await;
    let config = world.config();
    let with_device = config.replace(
        "[profile base]\n",
        "[profile base]\nmfa_serial = arn:aws:iam::111122223333:mfa/phone\n",
    );
    world.write(".aws/config", &with_device);
    let link = link(&world, "base").await.unwrap();
    assert!(link.without_mfa);
    assert_eq!(world.cloud.count("session_token"), 0);
}

#[tokio::test]
async fn who_can_not_sign_in_is_told_why() {
    let world = world("").await;
    let arn = "arn:aws:iam::111122223333:root";
    world.cloud.answer_identities(&[Some(arn)]);
    let problem = link(&world, "base").await.err().unwrap();
    assert_eq!(problem.code, Code::ConsoleRoot);

    for (operation, kind, code, hint) in [
        (
            "federation_token",
            CloudErrorKind::AccessDenied,
            Code::AccessDenied,
            "sts:GetFederationToken",
        ),
        (
            "sign_in_token",
            CloudErrorKind::Invalid,
            Code::ConsoleSession,
            "role",
        ),
        (
            "sign_in_token",
            CloudErrorKind::Unreachable,
            Code::Unreachable,
            "",
        ),
    ] {
        world.cloud.fail_next(operation, kind);
        let problem = link(&world, "base").await.err().unwrap();
        assert_eq!(problem.code, code, "{problem:?}");
        assert!(problem.hint.contains(hint), "{problem:?}");
    }
}

#[tokio::test]
async fn keys_of_another_service_are_not_sent_to_aws() {
    let world = world(
        "[profile minio]\nendpoint_url = http://127.0.0.1:9\ncredential_process = /opt/keywell/bin/keywell credential-process --profile base\n",
    )
    .await;
    let problem = link(&world, "minio").await.err().unwrap();
    assert_eq!(problem.code, Code::ConsoleElsewhere);
    assert_eq!(world.cloud.count("sign_in_token"), 0);
}

#[tokio::test]
async fn a_profile_that_asks_first_asks_before_it_signs_in() {
    let world = world("").await;
    keywell_app::sessions::set_ask_first(&world.app, "base", true).unwrap();
    let before = asked(&world).len();
    let problem = link(&world, "base").await.err().unwrap();
    assert_eq!(problem.code, Code::LeaveNobody);
    assert_eq!(asked(&world).len(), before);
}
