//! The test of a profile: what it says, and what it keeps.

use keywell_app::{
    CancellationToken, Code, Problem, buckets, cloud::CloudErrorKind as Kind, profiles,
    test_profile,
};
use keywell_vault::{ErrorKind, Operation, Secret};
use keywell_wire::{self as wire, StepId, StepState};

use crate::world::{SECRET, World};

async fn run(world: &World, profile: &str) -> Result<wire::TestReport, Problem> {
    test_profile::test(&world.app, profile, &|_| {}, &CancellationToken::new()).await
}

async fn work() -> World {
    World::new().with_profile("work").await
}

#[tokio::test]
async fn a_profile_that_works_is_proven_through_the_helper_and_remembered() {
    let world = work().await;
    let report = run(&world, "work").await.unwrap();
    assert!(report.passed && report.may_list_buckets);
    let steps: Vec<_> = report.steps.iter().map(|step| step.id.clone()).collect();
    assert_eq!(
        steps,
        [
            StepId::Prove,
            StepId::Identity,
            StepId::Clock,
            StepId::Buckets,
            StepId::Account,
            StepId::SelfService,
            StepId::Mfa,
            StepId::Region,
            StepId::Sources
        ]
    );
    let row = profiles::row(&world.app, "work").unwrap();
    assert_eq!(row.last_test_passed, Some(true));
    assert_eq!(row.last_tested.as_deref(), Some("2027-01-15T08:00:00Z"));
}

#[tokio::test]
async fn whatever_fails_is_a_failed_step_and_the_last_identity_stays_known() {
    type Sabotage = fn(&World);
    let cases: [(Sabotage, &str); 6] = [
        (
            |world| world.cloud.fail_always("identity", Kind::UnknownKey),
            "sts.unknown_key",
        ),
        (|world| world.cloud.fail_connect(Kind::Tls), "network.tls"),
        (
            |world| {
                world
                    .store
                    .inner
                    .fail_next(Operation::Get, ErrorKind::Locked);
            },
            "vault.locked",
        ),
        (
            // The helper is another program, and says in words why it fails.
            |world| {
                world.on_helper(|_| Some(Err(Problem::new(Code::HelperFailed, "It says no.", ""))));
                world
                    .store
                    .inner
                    .fail_next(Operation::Get, ErrorKind::Locked);
            },
            "vault.locked",
        ),
        (
            |world| world.on_helper(|_| Some(Ok(Secret::new("garbage")))),
            "helper.failed",
        ),
        (
            |world| {
                let store = world.store.inner.clone();
                keywell_vault::Store::delete(&store, crate::world::KEY_ID).unwrap();
            },
            "profile.secret_missing",
        ),
    ];
    for (sabotage, code) in cases {
        let world = work().await;
        sabotage(&world);
        let report = run(&world, "work").await.unwrap();
        assert!(!report.passed, "{code}");
        let failed: Vec<_> = report
            .steps
            .iter()
            .filter(|step| step.state == StepState::Failed)
            .map(|step| step.failure.as_ref().unwrap().code.as_str())
            .collect();
        assert_eq!(failed, [code]);
        let row = profiles::row(&world.app, "work").unwrap();
        assert_eq!(row.last_test_passed, Some(false));
        assert_eq!(row.identity.unwrap().name, "marta");
        assert!(!serde_json::to_string(&report).unwrap().contains(SECRET));
    }
}

#[tokio::test]
async fn a_cancelled_test_leaves_the_last_outcome() {
    let world = work().await;
    let index = world.index();
    let cancel = CancellationToken::new();
    world.cloud.cancel_and_hang("identity", &cancel);
    let problem = test_profile::test(&world.app, "work", &|_| {}, &cancel)
        .await
        .unwrap_err();
    assert_eq!(problem.code, Code::Cancelled);
    assert_eq!(world.index(), index);
}

#[tokio::test]
async fn an_index_that_can_not_be_written_does_not_cost_the_answer() {
    let world = work().await;
    world.block("keywell/index.lock");
    assert!(run(&world, "work").await.unwrap().passed);
}

#[tokio::test]
async fn a_second_plain_copy_of_a_key_is_a_warning() {
    let world = work().await;
    world.write(
        ".aws/credentials",
        &format!("[work]\naws_access_key_id = a\naws_secret_access_key = {SECRET}\n"),
    );
    let report = run(&world, "work").await.unwrap();
    let last = report.steps.last().unwrap();
    assert_eq!(last.state, StepState::Warning);
    assert!(
        last.detail.contains("~/.aws/credentials"),
        "{}",
        last.detail
    );
}

#[tokio::test]
async fn being_denied_is_an_answer_for_buckets_too() {
    let world = work().await;
    world.cloud.fail_next("list_buckets", Kind::AccessDenied);
    assert!(buckets::list(&world.app, "work").await.unwrap().denied);
    world.cloud.fail_next("list_buckets", Kind::Unreachable);
    let problem = buckets::list(&world.app, "work").await.unwrap_err();
    assert_eq!(problem.code, Code::Unreachable);
}

#[tokio::test]
async fn a_bucket_whose_settings_can_not_be_read_back_was_made_all_the_same() {
    let world = work().await;
    world.cloud.fail_next("bucket_settings", Kind::TimedOut);
    let made = buckets::create(&world.app, "work", "new-bucket", "eu-west-1")
        .await
        .unwrap();
    assert_eq!(made.public_access_blocked, None);
    assert_eq!(made.region, "eu-west-1");
    let problem = buckets::create(&world.app, "work", "New", "eu-west-1")
        .await
        .unwrap_err();
    assert_eq!(problem.code, Code::BucketName);
    assert_eq!(world.cloud.count("create_bucket"), 1);
}

#[tokio::test]
async fn a_key_that_is_known_elsewhere_tells_of_a_region_that_is_not_enabled() {
    let world = work().await;
    world.cloud.fail_next("identity", Kind::UnknownKey);
    let report = run(&world, "work").await.unwrap();
    assert!(!report.passed);
    let step = report
        .steps
        .iter()
        .find(|step| step.id == StepId::Region)
        .unwrap();
    assert_eq!(step.failure.as_ref().unwrap().code, "region.disabled");
    assert_eq!(world.cloud.last_connection().region, "us-east-1");
}

#[tokio::test]
async fn what_the_key_may_not_ask_is_an_answer_and_fails_no_test() {
    let world = work().await;
    for operation in [
        "account_aliases",
        "list_access_keys",
        "mfa_devices",
        "allowed_with_mfa",
    ] {
        world.cloud.fail_always(operation, Kind::AccessDenied);
    }
    let report = run(&world, "work").await.unwrap();
    assert!(report.passed);
    for id in [StepId::Account, StepId::SelfService, StepId::Mfa] {
        let step = report.steps.iter().find(|step| step.id == id).unwrap();
        assert_eq!(step.state, StepState::Answered, "{step:?}");
        assert!(step.failure.is_none() && !step.detail.is_empty());
    }
}

/// Whether MFA is required can be told only as far as the policies may be tried out.
#[tokio::test]
async fn whether_mfa_is_required_is_told_or_said_to_be_unknown() {
    type Case = (&'static [&'static str], StepState, &'static str);
    let cases: [Case; 4] = [
        (
            &[],
            StepState::Answered,
            "Nothing that was asked needed it.",
        ),
        (
            &["list_access_keys"],
            StepState::Warning,
            "Its policies allow iam:ListAccessKeys only with MFA.",
        ),
        (
            &["account_aliases"],
            StepState::Answered,
            "What was refused would be refused with it too.",
        ),
        (
            &["list_access_keys", "allowed_with_mfa"],
            StepState::Answered,
            "Whether MFA would open what was refused is not told to this key.",
        ),
    ];
    for (denied, state, words) in cases {
        let world = work().await;
        for operation in denied {
            world.cloud.fail_always(operation, Kind::AccessDenied);
        }
        let report = run(&world, "work").await.unwrap();
        let step = report
            .steps
            .iter()
            .find(|step| step.id == StepId::Mfa)
            .unwrap();
        assert!(report.passed);
        assert_eq!(step.state, state, "{step:?}");
        assert!(step.detail.ends_with(words), "{}", step.detail);
        assert_eq!(step.command.is_some(), state == StepState::Warning);
    }
}

/// What a test warns of comes with the command that mends it.
#[tokio::test]
async fn each_warning_has_its_command() {
    type Case = (fn(&World), StepId, &'static str);
    let cases: [Case; 5] = [
        (
            |world| world.cloud.set_clock_offset(90_000),
            StepId::Clock,
            "",
        ),
        (
            |world| {
                world
                    .cloud
                    .fail_always("list_access_keys", Kind::AccessDenied)
            },
            StepId::Mfa,
            "keywell mfa create work",
        ),
        (
            |world| {
                world
                    .cloud
                    .fail_always("list_access_keys", Kind::AccessDenied);
                world.cloud.set_mfa_devices(&[
                    "arn:aws:iam::111122223333:u2f/user/marta/key",
                    "arn:aws:iam::111122223333:mfa/marta",
                ]);
            },
            StepId::Mfa,
            "keywell profile set work mfa_serial='arn:aws:iam::111122223333:mfa/marta'",
        ),
        (
            |world| {
                world.write(
                    ".aws/credentials",
                    &format!("[work]\naws_access_key_id = a\naws_secret_access_key = {SECRET}\n"),
                );
            },
            StepId::Sources,
            "keywell profile migrate work",
        ),
        (
            |world| {
                let chain = "role_arn = arn:aws:iam::111122223333:role/r\nsource_profile = work\n";
                world.write(
                    ".aws/config",
                    &world.config().replace("output", &format!("{chain}output")),
                );
            },
            StepId::Sources,
            "keywell profile set work source_profile=NAME",
        ),
    ];
    for (prepare, id, expected) in cases {
        let world = work().await;
        prepare(&world);
        let report = run(&world, "work").await.unwrap();
        let step = report.steps.iter().find(|step| step.id == id).unwrap();
        assert_eq!(step.state, StepState::Warning, "{step:?}");
        let command = step.command.as_deref().unwrap_or_default();
        assert!(!command.is_empty(), "{step:?}");
        // How a clock is set differs between systems.
        assert!(id == StepId::Clock || command == expected, "{command}");
    }
}

#[tokio::test]
async fn a_proxy_and_a_certificate_file_are_told_without_a_password() {
    let world = World::with(&[
        ("HTTPS_PROXY", "http://marta:hunter2@proxy.example.com:3128"),
        ("AWS_CA_BUNDLE", "/etc/corp.pem"),
    ])
    .with_profile("work")
    .await;
    let report = run(&world, "work").await.unwrap();
    let step = report
        .steps
        .iter()
        .find(|step| step.id == StepId::Network)
        .unwrap();
    assert_eq!(
        step.detail,
        "A proxy is set: proxy.example.com:3128. Only the certificates in /etc/corp.pem are trusted."
    );
}
