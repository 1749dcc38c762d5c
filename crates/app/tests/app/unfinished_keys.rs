//! Keys that were made and have not found their place.

use keywell_app::{
    CancellationToken, Code, Problem,
    cloud::CloudErrorKind as Kind,
    keys::{self, NewKey, Place},
};
use keywell_vault::{ErrorKind, Operation, Store};
use keywell_wire as wire;

use crate::world::{World, pair};

const NEW_KEY: &str = "AKIAEXAMPLE000000001";

async fn admin() -> World {
    World::new().with_profile("admin").await
}

async fn make(world: &World) -> Result<wire::KeyCreated, Problem> {
    let new = NewKey {
        profile: "admin",
        user: "bob",
        description: "Uploads",
        place: Place::Waiting,
    };
    keys::create(&world.app, &new, &|_| {}, &CancellationToken::new()).await
}

async fn finish(world: &World, id: &str) -> Result<wire::SetupSummary, Problem> {
    let place = ("bob", "eu-west-1");
    keys::finish(&world.app, id, place, &|_| {}, &CancellationToken::new()).await
}

fn states(world: &World) -> Vec<wire::UnfinishedState> {
    let keys = keys::unfinished(&world.app).unwrap();
    keys.iter().map(|key| key.state).collect()
}

/// Writes the journal of a process that was killed, `asked` seconds after 1970.
fn killed(world: &World, stage: &str, key_id: Option<&str>, asked: u64) {
    let journal = serde_json::json!({
        "stage": stage, "profile": "admin", "user": "bob", "account_id": "111122223333",
        "description": "Uploads", "asked": asked, "before": [], "key_id": key_id,
    });
    world.write("keywell/new-keys/1.json", &journal.to_string());
}

#[tokio::test]
async fn a_key_without_a_profile_waits_in_the_keychain_and_can_become_one_later() {
    let world = admin().await;
    let made = make(&world).await.unwrap();
    assert_eq!((made.key_id.as_str(), made.summary), (NEW_KEY, None));
    let id = made.waiting.unwrap();
    let waiting = keys::unfinished(&world.app).unwrap();
    assert_eq!(waiting[0].state, wire::UnfinishedState::Waiting);
    assert_eq!(waiting[0].key_id.as_deref(), Some(NEW_KEY));
    let pair = keys::waiting_pair(&world.app, &id).await.unwrap();
    assert_eq!(world.item(NEW_KEY).unwrap().secret, pair.secret);
    for text in world.files_as_text() {
        assert!(!text.contains(pair.secret.expose()));
    }
    assert_eq!(finish(&world, &id).await.unwrap().profile, "bob");
    assert!(states(&world).is_empty());
    assert_eq!(world.item(NEW_KEY).unwrap().profile, "bob");
    let gone = keys::waiting_pair(&world.app, &id).await.unwrap_err();
    assert_eq!(gone.code, Code::KeyUnfinished);
}

#[tokio::test]
async fn the_csv_of_a_waiting_key_can_be_set_up_and_is_the_owner_s_alone() {
    let world = admin().await;
    let id = make(&world).await.unwrap().waiting.unwrap();
    let path = world.path("bob_accessKeys.csv");
    keys::save_csv(&world.app, &id, &path).await.unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let draft = keywell_app::setup::from_csv(&world.app, &path, None).unwrap();
    assert_eq!(draft.key_id, NEW_KEY);
    assert_eq!(draft.suggested_profile, "bob");
    let nowhere = world.path("nowhere/key.csv");
    let problem = keys::save_csv(&world.app, &id, &nowhere).await.unwrap_err();
    assert_eq!(problem.code, Code::FilesUnwritable);
}

#[tokio::test]
async fn a_secret_that_was_taken_is_forgotten_and_the_key_stays() {
    let world = admin().await;
    let id = make(&world).await.unwrap().waiting.unwrap();
    keys::release(&world.app, &id).await.unwrap();
    assert!(world.item(NEW_KEY).is_none());
    assert_eq!(world.cloud.keys_of("bob"), [(NEW_KEY.to_owned(), true)]);
    assert!(states(&world).is_empty());
}

#[tokio::test]
async fn a_waiting_key_can_be_deleted_with_its_description() {
    let world = admin().await;
    let id = make(&world).await.unwrap().waiting.unwrap();
    assert_eq!(world.cloud.tags().len(), 1);
    world.cloud.fail_next("delete_access_key", Kind::Throttled);
    let slow = keys::discard(&world.app, &id).await.unwrap_err();
    assert_eq!(slow.code, Code::Throttled);
    assert_eq!(states(&world), [wire::UnfinishedState::Waiting]);
    let deleted = keys::discard(&world.app, &id).await.unwrap();
    assert_eq!(deleted.as_deref(), Some(NEW_KEY));
    assert!(world.cloud.keys_of("bob").is_empty() && world.cloud.tags().is_empty());
    assert!(world.item(NEW_KEY).is_none() && states(&world).is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_key_whose_answer_got_lost_is_deleted_again() {
    for kind in [Kind::TimedOut, Kind::Unavailable, Kind::Other] {
        let world = admin().await;
        let before = world.everything();
        world.cloud.lose_answers("create_access_key", kind);
        let problem = make(&world).await.unwrap_err();
        assert!(problem.cause.contains("Nothing was changed"), "{problem:?}");
        assert!(world.cloud.keys_of("bob").is_empty());
        assert_eq!(world.everything(), before);
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_that_can_not_be_looked_for_stays_in_the_journal_and_is_found_later() {
    let world = admin().await;
    world
        .cloud
        .lose_answers("create_access_key", Kind::TimedOut);
    world
        .cloud
        .fail_next("delete_access_key", Kind::Unreachable);
    let problem = make(&world).await.unwrap_err();
    assert!(
        problem.hint.contains("keywell key discard 1"),
        "{problem:?}"
    );
    assert_eq!(states(&world), [wire::UnfinishedState::Asked]);
    let deleted = keys::discard(&world.app, "1").await.unwrap();
    assert_eq!(deleted.as_deref(), Some(NEW_KEY));
    assert!(world.cloud.keys_of("bob").is_empty() && states(&world).is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_killed_process_leaves_a_key_that_is_found_and_no_other_is_touched() {
    // Killed while AWS was asked: the key was made, and somebody else's is there too.
    let world = admin().await;
    world
        .cloud
        .lose_answers("create_access_key", Kind::TimedOut);
    world
        .cloud
        .fail_always("delete_access_key", Kind::Unreachable);
    make(&world).await.unwrap_err();
    let world = {
        let mut other = pair();
        other.key_id = "AKIAI44QH8DHBEXAMPLE".into();
        world.cloud.add_key("bob", &other);
        world
    };
    let refused = keys::discard(&world.app, "1").await.unwrap_err();
    assert_eq!(refused.code, Code::Unreachable);
    assert_eq!(world.cloud.keys_of("bob").len(), 2);

    // Killed before AWS was asked: there is none, and the journal goes.
    let world = admin().await;
    killed(&world, "asking", None, 1_800_000_000);
    assert_eq!(keys::discard(&world.app, "1").await.unwrap(), None);
    assert!(states(&world).is_empty());

    // A key that was made at another time is somebody else's.
    let world = admin().await;
    make(&world).await.unwrap();
    killed(&world, "asking", None, 1_799_990_000);
    assert_eq!(keys::discard(&world.app, "1").await.unwrap(), None);
    assert_eq!(world.cloud.keys_of("bob").len(), 1);

    // Killed between AWS and the keychain: the secret is lost, and the key can only go.
    let world = admin().await;
    make(&world).await.unwrap();
    world.store.inner.delete(NEW_KEY).unwrap();
    killed(&world, "made", Some(NEW_KEY), 1_800_000_000);
    assert_eq!(states(&world), [wire::UnfinishedState::Lost]);
    let lost = finish(&world, "1").await.unwrap_err();
    assert_eq!(lost.code, Code::KeyUnfinished);
    assert!(lost.hint.contains("keywell key discard 1"));
    keys::discard(&world.app, "1").await.unwrap();
    assert!(world.cloud.keys_of("bob").is_empty());
}

#[tokio::test]
async fn a_key_that_a_profile_uses_by_now_is_not_discarded() {
    let world = admin().await;
    make(&world).await.unwrap();
    finish(&world, "1").await.unwrap();
    killed(&world, "kept", Some(NEW_KEY), 1_800_000_000);
    let refused = keys::discard(&world.app, "1").await.unwrap_err();
    assert_eq!(refused.code, Code::KeyInUse);
    keys::release(&world.app, "1").await.unwrap();
    assert!(world.item(NEW_KEY).is_some());
}

#[tokio::test]
async fn a_set_up_that_fails_later_leaves_the_key_waiting() {
    let world = admin().await;
    let id = make(&world).await.unwrap().waiting.unwrap();
    world
        .store
        .inner
        .fail_next(Operation::Set, ErrorKind::Denied);
    assert_eq!(
        finish(&world, &id).await.unwrap_err().code,
        Code::VaultDenied
    );
    assert_eq!(states(&world), [wire::UnfinishedState::Waiting]);
    assert!(world.item(NEW_KEY).is_some());
    finish(&world, &id).await.unwrap();
}

#[tokio::test]
async fn a_damaged_journal_is_named_and_not_taken_for_none() {
    let world = admin().await;
    world.write("keywell/new-keys/1.json", "{");
    let problem = keys::unfinished(&world.app).unwrap_err();
    assert_eq!(problem.code, Code::KeyUnfinished);
    assert!(problem.message.contains("1.json"), "{problem:?}");
    for id in ["", "2", "../index", "1.json"] {
        let gone = keys::discard(&world.app, id).await.unwrap_err();
        assert_eq!(gone.code, Code::KeyUnfinished, "{id}");
    }
}

/// Every call of AWS fails in every way that counts, one at a time: either the key is there and usable, or nothing is.
#[tokio::test(start_paused = true)]
async fn whichever_call_fails_nothing_half_done_stays_unexplained() {
    let calls = [
        "identity",
        "list_access_keys",
        "create_access_key",
        "tag_user",
    ];
    for call in calls {
        for kind in [
            Kind::AccessDenied,
            Kind::Throttled,
            Kind::TimedOut,
            Kind::NoSuchUser,
            Kind::LimitExceeded,
        ] {
            let world = admin().await;
            let before = world.everything();
            world.cloud.fail_next(call, kind.clone());
            let case = format!("{call} {kind:?}");
            match make(&world).await {
                Ok(made) => {
                    let is_extra = call == "tag_user" || kind == Kind::AccessDenied;
                    assert!(is_extra, "{case}");
                    assert_eq!(
                        made.description_failure.is_some(),
                        call == "tag_user",
                        "{case}"
                    );
                    assert_eq!(states(&world), [wire::UnfinishedState::Waiting], "{case}");
                }
                Err(problem) => {
                    assert!(
                        !problem.message.is_empty() && !problem.hint.is_empty(),
                        "{case}"
                    );
                    assert_eq!(world.everything(), before, "{case}");
                    assert!(world.cloud.keys_of("bob").is_empty(), "{case}");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_second_key_made_elsewhere_in_the_middle_is_told_with_the_way_out() {
    let world = admin().await;
    for (number, active) in [(1, true), (2, false)] {
        let mut key = pair();
        key.key_id = format!("AKIAPRACTICE0000000{number}");
        world.cloud.add_key("bob", &key);
        keys::set_active(&world.app, "admin", "bob", &key.key_id, active, false)
            .await
            .unwrap();
    }
    let problem = make(&world).await.unwrap_err();
    assert_eq!(problem.code, Code::KeyLimit);
    assert_eq!(world.cloud.count("create_access_key"), 0);
    insta::assert_snapshot!(
        format!("{}\n{}\n{}", problem.message, problem.cause, problem.hint),
        @"
    bob has two access keys already, and AWS allows no third.
    AKIAPRACTICE00000001 is active, no known use; AKIAPRACTICE00000002 is inactive, no known use.
    Nothing uses the inactive one; delete it: keywell key delete AKIAPRACTICE00000002 --user bob --profile admin
    "
    );
    // The list was read before the other one was made.
    world.cloud.remove_key("AKIAPRACTICE00000001");
    world
        .cloud
        .fail_next("create_access_key", Kind::LimitExceeded);
    assert_eq!(make(&world).await.unwrap_err().code, Code::KeyLimit);
    assert!(states(&world).is_empty());
}

#[tokio::test]
async fn orphaned_descriptions_go_with_a_deleted_key() {
    let world = admin().await;
    make(&world).await.unwrap();
    world
        .cloud
        .add_tag("bob", "AKIAI44QH8DHBEXAMPLE", "old laptop");
    world.cloud.add_tag("bob", "team", "blue");
    keys::delete(&world.app, "admin", "bob", NEW_KEY)
        .await
        .unwrap();
    let left: Vec<_> = world.cloud.tags().into_iter().map(|tag| tag.1).collect();
    assert_eq!(left, ["team"]);
}

#[tokio::test]
async fn credentials_of_a_role_and_a_root_key_have_no_keys_of_their_own() {
    for (arn, cause) in [
        (
            "arn:aws:sts::111122223333:assumed-role/deploy/x",
            "from a role",
        ),
        ("arn:aws:iam::111122223333:root", "root user"),
    ] {
        let world = admin().await;
        world.cloud.answer_identities(&[Some(arn)]);
        let problem = keys::caller(&world.app, "admin").await.unwrap_err();
        assert_eq!(problem.code, Code::NoSuchUser);
        assert!(problem.cause.contains(cause), "{problem:?}");
    }
}
