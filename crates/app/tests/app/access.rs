//! Access for a program: made whole or not at all, proven on both sides, and taken back.

use keywell_app::{CancellationToken, Code, Problem, access, cloud::CloudErrorKind as Kind};
use keywell_vault::{ErrorKind, Operation};
use keywell_wire as wire;
use wire::ProofOutcome as Outcome;

use crate::world::World;

const NEW_KEY: &str = "AKIAEXAMPLE000000001";

async fn harbour() -> World {
    let world = World::new().with_profile("harbour").await;
    world.cloud.add_bucket("ledger");
    world
}

fn plan(prefix: &str, allow: &str) -> wire::AccessPlan {
    let has = |word: &str| allow.contains(word);
    wire::AccessPlan {
        using: "harbour".into(),
        user: "uploader".into(),
        bucket: "harbour-media".into(),
        new_bucket_region: None,
        prefix: prefix.into(),
        allow: wire::AccessAllow {
            read: has("read"),
            write: has("write"),
            list: has("list"),
            delete: has("delete"),
            versions: has("versions"),
        },
        policy: None,
        profile: "uploader".into(),
    }
}

async fn grant(world: &World, plan: &wire::AccessPlan) -> Result<wire::AccessGranted, Problem> {
    access::grant(&world.app, plan, &|_| {}, &CancellationToken::new()).await
}

async fn revoke(world: &World) -> Result<wire::AccessRevoked, Problem> {
    let request = access::Revoke {
        user: "uploader",
        account_id: None,
        using: None,
    };
    access::revoke(&world.app, &request, &|_| {}).await
}

fn proof(granted: &wire::AccessGranted, wanted: bool) -> Vec<(&str, Outcome)> {
    granted
        .proof
        .iter()
        .filter(|line| line.wanted == wanted)
        .map(|line| (line.attempt.as_str(), line.outcome.clone()))
        .collect()
}

/// Nothing at AWS, in the keychain, in the files or in Keywell's records is left.
fn assert_as_before(world: &World, before: &crate::world::Everything, when: &str) {
    assert!(
        world.cloud.access(|access| access.users.is_empty()),
        "{when}"
    );
    assert!(!world.cloud.has_user("uploader"), "{when}");
    assert!(
        world.cloud.access(|access| access.objects.is_empty()),
        "{when}"
    );
    assert_eq!(world.cloud.buckets(), ["harbour-media", "ledger"], "{when}");
    assert_eq!(access::list(&world.app).unwrap(), [], "{when}");
    assert_eq!(world.everything(), *before, "{when}");
}

#[tokio::test(start_paused = true)]
async fn a_program_gets_what_was_ticked_proven_on_both_sides() {
    let world = harbour().await;
    world.cloud.refuse_new_keys(3);
    world.cloud.access(|access| access.denials = 2);
    let granted = grant(&world, &plan("in/", "read,write")).await.unwrap();
    assert_eq!(granted.access.key_id.as_deref(), Some(NEW_KEY));
    assert_eq!(
        granted.summary.commands,
        [
            "aws s3 cp FILE 's3://harbour-media/in/' --profile uploader",
            "aws s3 cp 's3://harbour-media/in/NAME' . --profile uploader",
            "aws sts get-caller-identity --profile uploader",
        ]
    );
    assert_eq!(world.item(NEW_KEY).unwrap().profile, "uploader");
    assert!(world.config().contains("[profile uploader]"));
    assert_eq!(
        proof(&granted, true)
            .iter()
            .map(|line| &line.1)
            .collect::<Vec<_>>(),
        [&Outcome::AsWanted, &Outcome::AsWanted]
    );
    let denied = proof(&granted, false);
    assert!(
        denied.iter().all(|line| line.1 == Outcome::AsWanted),
        "{denied:?}"
    );
    for attempt in [
        "List in/",
        "List all of harbour-media",
        "List all of ledger",
        "users",
    ] {
        assert!(
            denied.iter().any(|line| line.0.contains(attempt)),
            "{attempt}: {denied:?}"
        );
    }
    assert!(
        world.cloud.access(|access| access.objects.is_empty()),
        "the probes are gone"
    );
    assert_eq!(access::list(&world.app).unwrap(), [granted.access]);
}

#[tokio::test(start_paused = true)]
async fn every_choice_of_ticks_is_proven_and_leaves_no_object() {
    for number in 1..16 {
        let ticks: Vec<&str> = ["read", "write", "list", "delete"]
            .into_iter()
            .enumerate()
            .filter(|(place, _)| number & (1 << place) != 0)
            .map(|(_, tick)| tick)
            .collect();
        let prefix = if number % 3 == 0 { "" } else { "in/" };
        let world = harbour().await;
        let ticks = ticks.join(",");
        let granted = grant(&world, &plan(prefix, &ticks)).await.unwrap();
        let odd: Vec<_> = granted
            .proof
            .iter()
            .filter(|line| line.outcome != Outcome::AsWanted)
            .collect();
        assert!(odd.is_empty(), "{prefix} {ticks}: {odd:?}");
        assert!(
            world.cloud.access(|access| access.objects.is_empty()),
            "{prefix} {ticks}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn it_is_taken_back_whole() {
    let world = harbour().await;
    let before = world.everything();
    grant(&world, &plan("in/", "read,list")).await.unwrap();
    let revoked = revoke(&world).await.unwrap();
    assert_eq!(revoked.kept, [""; 0]);
    assert_as_before(&world, &before, "taken back");
    assert_eq!(revoke(&world).await.unwrap_err().code, Code::AccessNone);
}

#[tokio::test(start_paused = true)]
async fn whatever_call_fails_everything_is_as_before() {
    const CALLS: &[&str] = &[
        "identity",
        "bucket_region",
        "create_user",
        "create_user_answer",
        "put_user_policy",
        "create_access_key",
    ];
    for call in CALLS {
        for kind in [Kind::AccessDenied, Kind::Throttled, Kind::TimedOut] {
            let world = harbour().await;
            let before = world.everything();
            world.cloud.fail_next(call, kind.clone());
            let problem = grant(&world, &plan("in/", "read,write")).await.unwrap_err();
            assert!(
                !problem.message.is_empty() && !problem.hint.is_empty(),
                "{call} {kind:?}"
            );
            assert_as_before(&world, &before, &format!("{call} {kind:?}"));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_permission_that_does_not_come_takes_everything_back() {
    for call in ["put_empty", "head_object", "list_objects"] {
        let world = harbour().await;
        let before = world.everything();
        world.cloud.fail_always(call, Kind::AccessDenied);
        let problem = grant(&world, &plan("in/", "read,write,list"))
            .await
            .unwrap_err();
        assert_eq!(problem.code, Code::AccessUnproven, "{call}");
        assert!(problem.hint.contains("bucket's own policy"), "{call}");
        assert_as_before(&world, &before, call);
    }
}

#[tokio::test(start_paused = true)]
async fn a_keychain_that_fails_leaves_nothing() {
    for operation in [Operation::Probe, Operation::Set, Operation::Get] {
        let world = harbour().await;
        let before = world.everything();
        world.store.inner.fail_next(operation, ErrorKind::Locked);
        grant(&world, &plan("in/", "read")).await.unwrap_err();
        assert_as_before(&world, &before, &format!("{operation:?}"));
    }
}

#[tokio::test(start_paused = true)]
async fn cancelling_anywhere_leaves_nothing() {
    for call in ["list_objects", "put_empty", "head_object", "list_users"] {
        let world = harbour().await;
        let before = world.everything();
        let cancel = CancellationToken::new();
        world.cloud.cancel_and_hang(call, &cancel);
        let plan = plan("in/", "read,write,list");
        let problem = access::grant(&world.app, &plan, &|_| {}, &cancel)
            .await
            .unwrap_err();
        assert_eq!(problem.code, Code::Cancelled, "{call}");
        assert!(problem.message.contains("gone again"), "{call}");
        assert_as_before(&world, &before, call);
    }
}

#[tokio::test(start_paused = true)]
async fn a_user_that_was_there_is_never_touched() {
    let world = harbour().await;
    world.cloud.add_user("uploader");
    let problem = grant(&world, &plan("in/", "read")).await.unwrap_err();
    assert_eq!(problem.code, Code::EntityExists);
    assert!(world.cloud.has_user("uploader"));
    assert_eq!(world.cloud.count("delete_user"), 0);
    assert_eq!(access::list(&world.app).unwrap(), []);
}

#[tokio::test(start_paused = true)]
async fn a_user_deleted_elsewhere_in_the_middle_leaves_nothing_unexplained() {
    for call in ["put_user_policy", "create_access_key"] {
        let world = harbour().await;
        let before = world.everything();
        let cloud = world.cloud.clone();
        let seen = move |step: wire::Step| {
            let after_user = step.id == wire::StepId::User && step.state == wire::StepState::Passed;
            let after_policy =
                step.id == wire::StepId::Policy && step.state == wire::StepState::Passed;
            if (call == "put_user_policy" && after_user)
                || (call == "create_access_key" && after_policy)
            {
                cloud.delete_elsewhere("uploader");
            }
        };
        let cancel = CancellationToken::new();
        let problem = access::grant(&world.app, &plan("in/", "read"), &seen, &cancel)
            .await
            .unwrap_err();
        assert_eq!(problem.code, Code::NoSuchUser, "{call}");
        world.cloud.remove_tags_of("uploader");
        assert_as_before(&world, &before, call);
    }
}

#[tokio::test(start_paused = true)]
async fn what_can_not_be_taken_back_is_named_and_taken_back_later() {
    let world = harbour().await;
    let before = world.everything();
    world
        .cloud
        .fail_next("create_access_key", Kind::AccessDenied);
    world.cloud.fail_next("delete_user", Kind::Throttled);
    let problem = grant(&world, &plan("in/", "read")).await.unwrap_err();
    assert_eq!(problem.code, Code::AccessDenied);
    assert!(
        problem.cause.contains("Not all could be taken back"),
        "{}",
        problem.cause
    );
    assert!(problem.hint.contains("keywell access revoke uploader"));
    let left = access::list(&world.app).unwrap();
    assert_eq!(left[0].state, wire::AccessState::Interrupted);
    revoke(&world).await.unwrap();
    assert_as_before(&world, &before, "later");
}

#[tokio::test(start_paused = true)]
async fn what_a_kill_leaves_is_taken_back_by_the_next_run_for_the_same_user() {
    for call in [
        "create_user_answer",
        "put_user_policy",
        "create_access_key",
        "list_users",
        "put_empty",
    ] {
        let world = harbour().await;
        let before = world.everything();
        // The run is dropped where it stands, as by a kill.
        world.cloud.cancel_and_hang(call, &CancellationToken::new());
        {
            let plan = plan("in/", "read,write");
            let killed = grant(&world, &plan);
            let waited = tokio::time::timeout(std::time::Duration::from_secs(600), killed).await;
            assert!(waited.is_err(), "{call}");
        }
        let left = access::list(&world.app).unwrap();
        assert_eq!(left[0].state, wire::AccessState::Interrupted, "{call}");
        world.cloud.wake();
        grant(&world, &plan("in/", "read,write")).await.unwrap();
        revoke(&world).await.unwrap();
        assert_as_before(&world, &before, call);
    }
}

#[tokio::test(start_paused = true)]
async fn that_it_can_do_more_is_told() {
    let world = harbour().await;
    world
        .cloud
        .access(|access| access.more.push("s3:DeleteObject"));
    let granted = grant(&world, &plan("in/", "read,write")).await.unwrap();
    let more: Vec<_> = proof(&granted, false)
        .into_iter()
        .filter(|line| line.1 == Outcome::NotAsWanted)
        .collect();
    assert_eq!(more.len(), 2, "{more:?}");
    assert!(more.iter().all(|line| line.0.starts_with("Delete")));
}

#[tokio::test(start_paused = true)]
async fn a_new_bucket_goes_with_what_failed_and_stays_with_what_was_made() {
    let new = wire::AccessPlan {
        bucket: "harbour-new".into(),
        new_bucket_region: Some("eu-central-1".into()),
        ..plan("", "write")
    };
    let world = harbour().await;
    let before = world.everything();
    world
        .cloud
        .fail_next("create_access_key", Kind::AccessDenied);
    grant(&world, &new).await.unwrap_err();
    assert_as_before(&world, &before, "failed");

    grant(&world, &new).await.unwrap();
    assert!(world.config().contains("region = eu-central-1"));
    revoke(&world).await.unwrap();
    assert!(world.cloud.buckets().contains(&"harbour-new".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_user_who_has_more_by_now_is_told_of_and_loses_the_key_at_once() {
    let world = harbour().await;
    grant(&world, &plan("in/", "read")).await.unwrap();
    world.cloud.access(|access| access.clings = true);
    let problem = revoke(&world).await.unwrap_err();
    assert_eq!(problem.code, Code::DeleteConflict);
    assert!(world.cloud.keys_of("uploader").is_empty());
    world.cloud.access(|access| access.clings = false);
    revoke(&world).await.unwrap();
    assert!(!world.config().contains("uploader"));
}

#[tokio::test]
async fn bad_plans_are_refused_before_anything_is_asked() {
    let world = harbour().await;
    let cases: Vec<(wire::AccessPlan, Code)> = vec![
        (plan("in/", ""), Code::AccessNothing),
        (plan("/in/", "read"), Code::AccessPrefix),
        (
            wire::AccessPlan {
                user: "a b".into(),
                ..plan("", "read")
            },
            Code::UserName,
        ),
        (
            wire::AccessPlan {
                bucket: "Harbour".into(),
                ..plan("", "read")
            },
            Code::BucketName,
        ),
        (
            wire::AccessPlan {
                profile: "harbour".into(),
                ..plan("", "read")
            },
            Code::ProfileExists,
        ),
        (
            wire::AccessPlan {
                using: "nobody".into(),
                ..plan("", "read")
            },
            Code::ProfileMissing,
        ),
        (
            wire::AccessPlan {
                policy: Some("{".into()),
                ..plan("", "read")
            },
            Code::PolicyForm,
        ),
        (
            wire::AccessPlan {
                policy: Some(format!(
                    r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::{}"}}}}"#,
                    "x".repeat(7_000)
                )),
                ..plan("", "read")
            },
            Code::PolicyTooLong,
        ),
    ];
    for (plan, code) in cases {
        let problem = grant(&world, &plan).await.unwrap_err();
        assert_eq!(problem.code, code, "{plan:?}");
        assert!(!problem.hint.is_empty(), "{plan:?}");
    }
    assert_eq!(world.cloud.count("create_user"), 0);
}

#[tokio::test(start_paused = true)]
async fn an_edited_policy_is_used_as_it_is() {
    let world = harbour().await;
    let edited = r#"{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": "arn:aws:s3:::harbour-media/in/*"}]
}"#;
    let plan = wire::AccessPlan {
        policy: Some(edited.into()),
        ..plan("in/", "list")
    };
    // It allows other things than were ticked; the person wrote it, so that is told and not undone.
    let granted = grant(&world, &plan).await.unwrap();
    let stored = world
        .cloud
        .access(|access| access.users["uploader"]["keywell-access"].clone());
    assert_eq!(stored, edited);
    assert_eq!(proof(&granted, true)[0].1, Outcome::NotAsWanted);
    let more: Vec<_> = proof(&granted, false)
        .into_iter()
        .filter(|line| line.1 == Outcome::NotAsWanted)
        .collect();
    assert!(
        matches!(more.as_slice(), [(attempt, _)] if attempt.starts_with("Read in/")),
        "{more:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn what_could_be_read_without_being_listed_is_found_out_on_an_object_that_is_there() {
    let world = harbour().await;
    let invoice = ("harbour-media".to_owned(), "invoices/1.pdf".to_owned());
    let payroll = ("ledger".to_owned(), "payroll.csv".to_owned());
    world
        .cloud
        .access(|access| access.objects.extend([invoice.clone(), payroll.clone()]));
    let edited = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "Allow", "Action": ["s3:PutObject"], "Resource": "arn:aws:s3:::harbour-media/in/*"},
    {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "arn:aws:s3:::*"}
  ]
}"#;
    let plan = wire::AccessPlan {
        policy: Some(edited.into()),
        ..plan("in/", "write")
    };
    let granted = grant(&world, &plan).await.unwrap();
    let more: Vec<_> = proof(&granted, false)
        .into_iter()
        .filter(|line| line.1 == Outcome::NotAsWanted)
        .map(|line| line.0)
        .collect();
    assert_eq!(more.len(), 3, "{more:?}");
    assert!(more[0].starts_with("Read in/keywell-probe-"), "{more:?}");
    assert_eq!(
        more[1..],
        [
            "Read invoices/1.pdf in harbour-media",
            "Read payroll.csv in ledger"
        ]
    );
    let left = world.cloud.access(|access| access.objects.clone());
    assert_eq!(left, [invoice, payroll].into());
}

#[tokio::test]
async fn the_preview_shows_the_policy_and_every_problem_at_once() {
    let world = harbour().await;
    let preview = access::preview(&world.app, &plan("in", "read,write"))
        .await
        .unwrap();
    assert!(preview.policy.contains("arn:aws:s3:::harbour-media/in*"));
    assert_eq!(preview.flaws, []);
    assert_eq!(preview.notes.len(), 3, "{:?}", preview.notes);
    assert!(preview.length < preview.limit);
    let bad = wire::AccessPlan {
        user: "a b".into(),
        bucket: "B".into(),
        profile: "harbour".into(),
        policy: Some("{\n}".into()),
        ..plan("/in", "")
    };
    let preview = access::preview(&world.app, &bad).await.unwrap();
    for problem in [
        &preview.user_problem,
        &preview.bucket_problem,
        &preview.profile_problem,
        &preview.prefix_problem,
        &preview.allow_problem,
    ] {
        assert!(problem.is_some(), "{preview:?}");
    }
    assert!(preview.flaws.iter().any(|flaw| flaw.blocking));
}
