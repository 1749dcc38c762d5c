//! Rotations: what is refused beforehand, and what is said when something is in the way.

use std::time::Duration;

use keywell_app::{
    CancellationToken, Code, Problem,
    cloud::{AccessKeyPair, CloudErrorKind as Kind},
    rotation::{self, Rotate},
    sessions::Person,
};
use keywell_vault::{ErrorKind, Operation};
use keywell_wire as wire;

use crate::world::{KEY_ID, World, handed_out, pair, request};

const NEW_KEY: &str = "AKIAEXAMPLE000000001";

async fn rotate_with(
    world: &World,
    profile: &str,
    using: Option<&str>,
    grace: Option<Duration>,
) -> Result<wire::Rotation, Problem> {
    let request = Rotate {
        profile,
        using,
        grace,
        person: Person::nobody(),
    };
    rotation::rotate(&world.app, &request, &|_| {}, &CancellationToken::new()).await
}

async fn rotate(world: &World, profile: &str) -> Result<wire::Rotation, Problem> {
    rotate_with(world, profile, None, Some(Duration::ZERO)).await
}

async fn go_back(world: &World, profile: &str) -> Result<wire::Rotation, Problem> {
    let request = Rotate {
        profile,
        using: None,
        grace: None,
        person: Person::nobody(),
    };
    rotation::go_back(&world.app, &request, &|_| {}, &CancellationToken::new()).await
}

async fn harbour() -> World {
    World::new().with_profile("harbour").await
}

fn another(key_id: &str) -> AccessKeyPair {
    AccessKeyPair {
        key_id: key_id.into(),
        ..pair()
    }
}

fn is_untouched(world: &World) -> bool {
    world.cloud.count("create_access_key") == 0 && rotation::list(&world.app).unwrap().is_empty()
}

#[tokio::test(start_paused = true)]
async fn every_profile_of_the_key_is_switched_and_a_description_moves_along() {
    let world = harbour().await;
    let second = world.set_up(&request("harbour-eu")).await;
    second.unwrap();
    world.cloud.add_tag("marta", KEY_ID, "Laptop");
    let done = rotate(&world, "harbour").await.unwrap();
    assert_eq!(done.state, wire::RotationState::Done);
    assert_eq!(done.profiles, ["harbour", "harbour-eu"]);
    assert_eq!(world.cloud.keys_of("marta"), [(NEW_KEY.to_owned(), true)]);
    let tag = ("marta".to_owned(), NEW_KEY.to_owned(), "Laptop".to_owned());
    assert_eq!(world.cloud.tags(), [tag]);
    assert!(world.item(KEY_ID).is_none());
    assert_eq!(world.item(NEW_KEY).unwrap().profile, "harbour");
}

#[tokio::test(start_paused = true)]
async fn the_old_key_waits_inactive_and_going_back_makes_it_work_again() {
    let world = harbour().await;
    let before = world.everything();
    let watching = rotate_with(&world, "harbour", None, None).await.unwrap();
    assert_eq!(watching.state, wire::RotationState::Watching);
    assert_eq!(watching.grace_seconds, 7 * 86_400);
    let keys = world.cloud.keys_of("marta");
    assert_eq!(
        keys,
        [(NEW_KEY.to_owned(), true), (KEY_ID.to_owned(), false)]
    );
    assert_eq!(rotation::list(&world.app).unwrap(), [watching]);

    let back = go_back(&world, "harbour").await.unwrap();
    assert_eq!(back.state, wire::RotationState::WentBack);
    assert_eq!(world.cloud.keys_of("marta"), [(KEY_ID.to_owned(), true)]);
    assert_eq!(world.everything(), before);
}

#[tokio::test(start_paused = true)]
async fn after_a_rotation_no_caller_gets_the_old_key_or_a_session_of_it() {
    use keywell_app::{hand_out::Target, sessions::set_short_sessions};
    use keywell_vault::session_cache::{SessionCache, cache_key};

    let world = harbour().await;
    world.set_up(&request("short")).await.unwrap();
    set_short_sessions(&world.app, "short", true).unwrap();
    let config = world.config();
    world.write(
        ".aws/config",
        &format!(
            "{config}[profile role]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = harbour\n"
        ),
    );
    let ask = async || {
        let mut answers = Vec::new();
        for profile in ["harbour", "short", "role"] {
            let target = Target::Profile(profile.into());
            let json = handed_out(&world.app, &target).await.unwrap();
            answers.push(json.expose().to_owned());
        }
        answers
    };
    let kept = || {
        let key = cache_key(&world.store, false, 0).unwrap().unwrap();
        let cache = SessionCache::at(world.path("keywell/sessions"));
        let sessions = cache.read(&key).unwrap().sessions;
        sessions.into_keys().collect::<Vec<_>>()
    };
    let before = ask().await;
    assert_eq!(ask().await, before);
    assert_eq!(kept().len(), 2);
    rotate_with(&world, "harbour", None, None).await.unwrap();
    // The proof of the rotation has made a session of the new key.
    assert!(!kept().iter().any(|name| name.starts_with(KEY_ID)));
    let (new_key, _) = &world.cloud.keys_of("marta")[0];
    let after = ask().await;
    for (old, new) in before.iter().zip(&after) {
        assert_ne!(old, new);
    }
    assert!(after[0].contains(new_key), "another key");
    assert!(kept().iter().all(|name| name.starts_with(new_key)));
    // And back again.
    go_back(&world, "harbour").await.unwrap();
    assert!(!kept().iter().any(|name| name.starts_with(new_key)));
    assert!(ask().await[0].contains(KEY_ID), "another key");
}

#[tokio::test]
async fn what_has_no_key_of_its_own_is_refused_with_what_to_do() {
    let world = harbour().await;
    world.write(
        ".aws/config",
        &format!(
            "{}\n[profile role]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = harbour\n\n[profile plain]\naws_access_key_id = AKIAI44QH8DHBEXAMPLE\naws_secret_access_key = x\n\n[profile empty]\nregion = eu-west-1\n",
            world.config()
        ),
    );
    for (profile, code) in [
        ("role", Code::RotationRefused),
        ("plain", Code::RotationRefused),
        ("empty", Code::RotationRefused),
        ("nobody", Code::ProfileMissing),
    ] {
        let problem = rotate(&world, profile).await.unwrap_err();
        assert_eq!(problem.code, code, "{profile}");
        assert!(!problem.hint.is_empty(), "{profile}");
    }
    assert!(is_untouched(&world));
}

#[tokio::test]
async fn a_root_users_key_is_not_rotated_but_to_be_replaced() {
    let world = harbour().await;
    world.cloud.add_key("root", &pair());
    let problem = rotate(&world, "harbour").await.unwrap_err();
    assert_eq!(problem.code, Code::KeyRoot);
    assert!(is_untouched(&world));
}

#[tokio::test]
async fn a_plain_copy_of_the_key_would_stop_working_so_it_is_named_first() {
    let world = harbour().await;
    let secret = pair().secret;
    world.write(
        ".aws/credentials",
        &format!(
            "[copy]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {}\n",
            secret.expose()
        ),
    );
    let problem = rotate(&world, "harbour").await.unwrap_err();
    assert_eq!(problem.code, Code::RotationRefused);
    assert!(problem.message.contains("copy"), "{problem:?}");
    assert!(is_untouched(&world));
}

#[tokio::test]
async fn a_user_with_two_keys_is_told_whether_the_other_one_is_used_and_how_to_part_with_it() {
    const OTHER: &str = "AKIAI44QH8DHBEXAMPLE";
    const DAY: u64 = 86_400;
    let now = 1_800_000_000;
    // Whether it is active, when it was used, what else is the case; what is said of it, and what is offered.
    let cases = [
        (
            true,
            None,
            "",
            "active, made 2026-10-07, never used",
            "unused. Deactivate it",
        ),
        (
            true,
            Some(now - 3 * DAY),
            "",
            "last used 2027-01-12",
            "Find what uses the other one",
        ),
        (
            false,
            Some(now - 300 * DAY),
            "",
            "inactive, made 2026-10-07, last used",
            "Delete it, then rotate",
        ),
        (
            true,
            None,
            "denied",
            "not told to this caller",
            "Find what uses the other one",
        ),
        (
            true,
            None,
            "held",
            "never used",
            "The profile second here has the other one",
        ),
    ];
    for (active, used, more, said, offered) in cases {
        let world = harbour().await;
        world.cloud.add_key("marta", &another(OTHER));
        world.cloud.set_dates(OTHER, now - 100 * DAY, used);
        if !active {
            world.cloud.deactivate(OTHER);
        }
        match more {
            "denied" => world
                .cloud
                .fail_always("access_key_last_used", Kind::AccessDenied),
            "held" => {
                let mut second = request("second");
                second.pair = another(OTHER);
                world.set_up(&second).await.unwrap();
            }
            _ => {}
        }
        let problem = rotate(&world, "harbour").await.unwrap_err();
        assert_eq!(problem.code, Code::KeyLimit);
        assert!(problem.cause.contains(OTHER), "{problem:?}");
        assert!(problem.cause.contains(said), "{problem:?}");
        assert!(problem.hint.contains(offered), "{problem:?}");
        assert!(
            problem.hint.contains(&format!("key delete {OTHER}")),
            "{problem:?}"
        );
        assert!(is_untouched(&world));
    }
}

#[tokio::test]
async fn what_is_denied_or_locked_beforehand_keeps_a_key_from_being_made() {
    for operation in ["identity", "list_access_keys"] {
        let world = harbour().await;
        world.cloud.fail_always(operation, Kind::AccessDenied);
        let problem = rotate(&world, "harbour").await.unwrap_err();
        assert_eq!(problem.code, Code::AccessDenied, "{operation}");
        assert!(is_untouched(&world), "{operation}");
    }
    let world = harbour().await;
    world
        .store
        .inner
        .fail_always(Operation::Probe, ErrorKind::Locked);
    assert_eq!(
        rotate(&world, "harbour").await.unwrap_err().code,
        Code::VaultLocked
    );
    assert!(is_untouched(&world));
}

#[tokio::test(start_paused = true)]
async fn a_denied_step_leaves_both_keys_working_and_another_profile_can_go_on() {
    for operation in ["set_access_key_active", "delete_access_key"] {
        let world = harbour().await;
        world.cloud.fail_next(operation, Kind::AccessDenied);
        let problem = rotate(&world, "harbour").await.unwrap_err();
        assert_eq!(problem.code, Code::AccessDenied, "{operation}");
        assert!(problem.hint.contains("--using"), "{problem:?}");
        world
            .cloud
            .add_key("admin", &another("AKIAI44QH8DHBEXAMPLE"));
        let mut admin = request("admin");
        admin.pair = another("AKIAI44QH8DHBEXAMPLE");
        world.set_up(&admin).await.unwrap();
        let done = rotate_with(&world, "harbour", Some("admin"), Some(Duration::ZERO)).await;
        assert_eq!(
            done.unwrap().state,
            wire::RotationState::Done,
            "{operation}"
        );
        assert_eq!(world.cloud.keys_of("marta"), [(NEW_KEY.to_owned(), true)]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_that_may_not_be_described_or_looked_at_is_rotated_all_the_same() {
    for operation in ["access_key_last_used", "user_tags", "tag_user"] {
        let world = harbour().await;
        world.cloud.add_tag("marta", KEY_ID, "Laptop");
        world.cloud.fail_always(operation, Kind::AccessDenied);
        let done = rotate(&world, "harbour").await.unwrap();
        assert_eq!(done.state, wire::RotationState::Done, "{operation}");
        assert_eq!(
            done.notes.is_empty(),
            operation != "tag_user",
            "{:?}",
            done.notes
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_that_stays_unknown_leaves_the_old_one_in_use() {
    let world = harbour().await;
    world.cloud.refuse_new_keys(10_000);
    let problem = rotate(&world, "harbour").await.unwrap_err();
    assert_eq!(problem.code, Code::RotationNotReady);
    assert!(world.index().contains(KEY_ID));
    let back = go_back(&world, "harbour").await.unwrap();
    assert_eq!(back.state, wire::RotationState::WentBack);
    assert_eq!(world.cloud.keys_of("marta"), [(KEY_ID.to_owned(), true)]);
}

#[tokio::test(start_paused = true)]
async fn a_rotation_that_is_stopped_says_how_it_goes_on_and_back() {
    let world = harbour().await;
    let cancel = CancellationToken::new();
    world.cloud.cancel_and_hang("list_buckets", &cancel);
    let request = Rotate {
        profile: "harbour",
        using: None,
        grace: None,
        person: Person::nobody(),
    };
    let problem = rotation::rotate(&world.app, &request, &|_| {}, &cancel)
        .await
        .unwrap_err();
    assert_eq!(problem.code, Code::RotationStopped);
    assert!(problem.hint.contains("--resume") && problem.hint.contains("--back"));
    assert_eq!(rotation::list(&world.app).unwrap().len(), 1);
}

#[tokio::test]
async fn a_damaged_journal_is_not_taken_for_none() {
    let world = harbour().await;
    world.write(&format!("keywell/rotations/{KEY_ID}.json"), "{");
    let problem = rotate(&world, "harbour").await.unwrap_err();
    assert_eq!(problem.code, Code::RotationJournal);
    assert_eq!(world.cloud.count("create_access_key"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_profile_that_got_another_key_meanwhile_ends_the_rotation() {
    let world = harbour().await;
    rotate_with(&world, "harbour", None, None).await.unwrap();
    world
        .cloud
        .add_key("marta", &another("AKIAI44QH8DHBEXAMPLE"));
    let mut replaced = request("harbour");
    replaced.pair = another("AKIAI44QH8DHBEXAMPLE");
    replaced.replace = true;
    world.set_up(&replaced).await.unwrap();
    let problem = go_back(&world, "harbour").await.unwrap_err();
    assert_eq!(problem.code, Code::RotationNone);
    assert!(rotation::list(&world.app).unwrap().is_empty());
}
