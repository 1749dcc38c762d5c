//! Access keys of IAM users.

use std::time::Duration;

use keywell_app::{
    CancellationToken, Code, Problem,
    cloud::CloudErrorKind as Kind,
    keys::{self, NewKey, Place},
};
use keywell_vault::{ErrorKind, Operation, VaultError};
use keywell_wire as wire;

use crate::world::{KEY_ID, World, pair};

const NEW_KEY: &str = "AKIAEXAMPLE000000001";

async fn create_with(
    world: &World,
    description: &str,
    cancel: &CancellationToken,
) -> Result<wire::KeyCreated, Problem> {
    let new = NewKey {
        profile: "admin",
        user: "bob",
        description,
        place: Place::Profile {
            name: "bob",
            region: "eu-west-1",
        },
    };
    keys::create(&world.app, &new, &|_| {}, cancel).await
}

async fn create(world: &World) -> Result<wire::KeyCreated, Problem> {
    create_with(world, "Laptop of Bob", &CancellationToken::new()).await
}

async fn admin() -> World {
    World::new().with_profile("admin").await
}

#[tokio::test]
async fn a_new_key_goes_straight_into_a_keychain_backed_profile() {
    let world = admin().await;
    let made = create(&world).await.unwrap();
    assert_eq!(made.description_failure, None);
    assert_eq!(made.summary.unwrap().identity.name, "bob");
    assert!(world.item(NEW_KEY).is_some());
    assert!(world.config().contains("--profile bob"));
    let list = keys::list_keys(&world.app, "admin", "bob").await.unwrap();
    assert_eq!(list.limit, 2);
    let row = &list.keys[0];
    assert_eq!(
        (
            row.key_id.as_str(),
            row.active,
            row.description.as_deref(),
            &row.profiles[..]
        ),
        (
            NEW_KEY,
            true,
            Some("Laptop of Bob"),
            &["bob".to_owned()][..]
        )
    );
}

#[tokio::test]
async fn a_keychain_that_fails_beforehand_keeps_a_key_from_being_made() {
    let world = admin().await;
    world
        .store
        .inner
        .fail_always(Operation::Probe, ErrorKind::Locked);
    assert_eq!(create(&world).await.unwrap_err().code, Code::VaultLocked);
    assert_eq!(world.cloud.count("create_access_key"), 0);

    let world = admin().await;
    world
        .store
        .fail_open(VaultError::new(ErrorKind::NoService, Operation::Open, "x"));
    assert_eq!(create(&world).await.unwrap_err().code, Code::VaultNoService);
    assert_eq!(world.cloud.count("create_access_key"), 0);
}

#[tokio::test]
async fn what_can_be_refused_is_refused_before_a_key_is_made() {
    let world = admin().await;
    let new = |description, new_profile, region| NewKey {
        profile: "admin",
        user: "bob",
        description,
        place: Place::Profile {
            name: new_profile,
            region,
        },
    };
    for (new, code) in [
        (new("a, b", "bob", "eu-west-1"), Code::KeyDescriptionForm),
        (new("", "b]", "eu-west-1"), Code::ProfileName),
        (new("", "admin", "eu-west-1"), Code::ProfileExists),
        (new("", "bob", "EU"), Code::RegionForm),
    ] {
        let cancel = CancellationToken::new();
        let problem = keys::create(&world.app, &new, &|_| {}, &cancel)
            .await
            .unwrap_err();
        assert_eq!(problem.code, code);
    }
    assert_eq!(world.cloud.count("create_access_key"), 0);
}

#[tokio::test]
async fn a_set_up_that_fails_deletes_the_new_key_again() {
    let world = admin().await;
    let before = world.everything();
    world
        .store
        .inner
        .fail_next(Operation::Set, ErrorKind::Denied);
    let problem = create(&world).await.unwrap_err();
    assert_eq!(problem.code, Code::VaultDenied);
    assert!(problem.cause.contains("deleted again"), "{problem:?}");
    assert!(world.cloud.keys_of("bob").is_empty());
    assert_eq!(world.everything(), before);

    world
        .store
        .inner
        .fail_next(Operation::Set, ErrorKind::Denied);
    world
        .cloud
        .fail_always("delete_access_key", Kind::AccessDenied);
    let problem = create(&world).await.unwrap_err();
    assert!(
        problem.cause.contains("AKIAEXAMPLE000000002"),
        "{problem:?}"
    );
    assert!(problem.hint.contains("Delete that key"));
}

#[tokio::test(start_paused = true)]
async fn a_key_that_aws_does_not_know_yet_is_waited_for() {
    let world = admin().await;
    world.cloud.refuse_new_keys(8);
    let began = tokio::time::Instant::now();
    create(&world).await.unwrap();
    assert!(began.elapsed() >= Duration::from_secs(10));
    assert_eq!(world.cloud.keys_of("bob"), [(NEW_KEY.to_owned(), true)]);
}

#[tokio::test(start_paused = true)]
async fn a_key_that_stays_unknown_is_given_up_and_deleted() {
    let world = admin().await;
    let before = world.everything();
    world.cloud.refuse_new_keys(10_000);
    let began = tokio::time::Instant::now();
    let problem = create(&world).await.unwrap_err();
    assert_eq!(problem.code, Code::UnknownKey);
    assert!(began.elapsed() < Duration::from_secs(120));
    assert!(world.cloud.keys_of("bob").is_empty());
    assert_eq!(world.everything(), before);
}

#[tokio::test(start_paused = true)]
async fn cancelling_the_wait_deletes_the_new_key() {
    let world = admin().await;
    let before = world.everything();
    world.cloud.refuse_new_keys(10_000);
    let cancel = CancellationToken::new();
    let later = cancel.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(5)).await;
        later.cancel();
    });
    let problem = create_with(&world, "", &cancel).await.unwrap_err();
    assert_eq!(problem.code, Code::Cancelled);
    assert!(world.cloud.keys_of("bob").is_empty());
    assert_eq!(world.everything(), before);
}

#[tokio::test]
async fn what_is_cancelled_beforehand_makes_no_key() {
    let world = admin().await;
    let cancel = CancellationToken::new();
    cancel.cancel();
    let problem = create_with(&world, "", &cancel).await.unwrap_err();
    assert_eq!(problem.code, Code::Cancelled);
    assert_eq!(world.cloud.count("create_access_key"), 0);
}

#[tokio::test]
async fn a_third_key_is_refused_with_what_to_do() {
    let world = admin().await;
    for number in 1..=2 {
        let mut key = pair();
        key.key_id = format!("AKIAEXAMPLE10000000{number}");
        world.cloud.add_key("bob", &key);
    }
    let problem = create(&world).await.unwrap_err();
    assert_eq!(problem.code.as_str(), "iam.key_limit");
    assert!(problem.message.starts_with("bob has two access keys"));
    assert_eq!(world.cloud.keys_of("bob").len(), 2);
}

#[tokio::test]
async fn a_description_that_may_not_be_stored_does_not_cost_the_key() {
    let world = admin().await;
    world.cloud.fail_always("tag_user", Kind::AccessDenied);
    let made = create(&world).await.unwrap();
    assert_eq!(
        made.description_failure.unwrap().code,
        Code::AccessDenied.as_str()
    );
    assert!(world.item(NEW_KEY).is_some());
    assert_eq!(world.cloud.count("delete_access_key"), 0);
}

#[tokio::test]
async fn the_key_that_signs_the_request_is_not_deleted() {
    let world = admin().await;
    let problem = keys::delete(&world.app, "admin", "marta", KEY_ID)
        .await
        .unwrap_err();
    assert_eq!(problem.code, Code::KeyInUse);
    assert_eq!(world.cloud.count("delete_access_key"), 0);
}

#[tokio::test]
async fn deleting_a_key_takes_its_description_along_and_no_other() {
    let world = admin().await;
    create(&world).await.unwrap();
    world.cloud.add_tag("bob", "team", "blue");
    keys::delete(&world.app, "admin", "bob", NEW_KEY)
        .await
        .unwrap();
    assert!(world.cloud.keys_of("bob").is_empty());
    let team = ("bob".to_owned(), "team".to_owned(), "blue".to_owned());
    assert_eq!(world.cloud.tags(), [team]);
    assert!(world.item(NEW_KEY).is_some(), "the keychain is not touched");

    let again = keys::delete(&world.app, "admin", "bob", NEW_KEY)
        .await
        .unwrap_err();
    assert_eq!(again.code, Code::NoSuchKey);
}

#[tokio::test]
async fn a_key_is_deleted_also_where_its_description_can_not_be() {
    for (operation, kind) in [
        ("user_tags", Kind::AccessDenied),
        ("user_tags", Kind::Unavailable),
        ("untag_user", Kind::AccessDenied),
    ] {
        let world = admin().await;
        create(&world).await.unwrap();
        world.cloud.fail_always(operation, kind);
        keys::delete(&world.app, "admin", "bob", NEW_KEY)
            .await
            .unwrap();
        assert!(world.cloud.keys_of("bob").is_empty());
    }
}

#[tokio::test]
async fn a_deactivated_key_is_refused_and_works_again_when_activated() {
    let world = admin().await;
    create(&world).await.unwrap();
    for active in [false, true] {
        keys::set_active(&world.app, "admin", "bob", NEW_KEY, active, false)
            .await
            .unwrap();
        let caller = keys::caller(&world.app, "bob").await;
        assert_eq!(
            caller.map_err(|problem| problem.code),
            if active {
                Ok("bob".to_owned())
            } else {
                Err(Code::UnknownKey)
            }
        );
    }
}

#[tokio::test]
async fn descriptions_and_last_use_may_be_withheld_but_their_failure_is_told() {
    for operation in ["user_tags", "access_key_last_used"] {
        let world = admin().await;
        create(&world).await.unwrap();
        world.cloud.fail_next(operation, Kind::AccessDenied);
        let list = keys::list_keys(&world.app, "admin", "bob").await.unwrap();
        assert_eq!(list.keys.len(), 1);
        world.cloud.fail_next(operation, Kind::Unreachable);
        let problem = keys::list_keys(&world.app, "admin", "bob")
            .await
            .unwrap_err();
        assert_eq!(problem.code, Code::Unreachable, "{operation}");
    }
}

#[tokio::test]
async fn the_key_that_signs_is_not_deactivated_by_the_way() {
    let world = admin().await;
    let key_id = keywell_app::profiles::row(&world.app, "admin")
        .unwrap()
        .key_id
        .unwrap();
    let refused = keys::set_active(&world.app, "admin", "admin", &key_id, false, false)
        .await
        .unwrap_err();
    assert_eq!(refused.code, Code::KeyInUse);
}
