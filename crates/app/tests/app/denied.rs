//! Everything that is done with users, keys and accesses, with each of its calls in turn refused, slowed down or crossed
//! by somebody else: it is done, or the reason is told and no key stays that nobody knows of.

use std::{future::Future, pin::Pin};

use keywell_app::{
    CancellationToken, Code, Problem, access,
    cloud::{AccessKeyPair, CloudErrorKind as Kind},
    key_health,
    keys::{self, NewKey, Place},
    rotation::{self, Rotate},
    sessions::Person,
    users::{self, NewUser},
};
use keywell_wire as wire;

use crate::{
    fake_cloud::FakeCloud,
    world::{KEY_ID, World, pair},
};

const BOBS: &str = "AKIAI44QH8DHBEXAMPLE";
const ELSEWHERE: &str = "AKIAEXAMPLE100000009";
const USERS: [&str; 3] = ["marta", "bob", "uploader"];

type Ending<'w> = Pin<Box<dyn Future<Output = Result<(), Problem>> + 'w>>;

/// What is done, and with whose keys.
struct Deed {
    name: &'static str,
    user: &'static str,
    /// What has to be there before, done with nobody in the way.
    before: fn(&World) -> Ending<'_>,
    run: fn(&World) -> Ending<'_>,
}

fn nothing(_: &World) -> Ending<'_> {
    Box::pin(std::future::ready(Ok(())))
}

const DEEDS: [Deed; 12] = [
    Deed {
        name: "list users",
        user: "bob",
        before: nothing,
        run: |world| Box::pin(async { users::list(&world.app, "harbour").await.map(drop) }),
    },
    Deed {
        name: "show a user",
        user: "bob",
        before: nothing,
        run: |world| Box::pin(async { users::show(&world.app, "harbour", "bob").await.map(drop) }),
    },
    Deed {
        name: "make a user",
        user: "bob",
        before: nothing,
        run: |world| Box::pin(make_user(world)),
    },
    Deed {
        name: "delete a user",
        user: "bob",
        before: nothing,
        run: |world| Box::pin(delete_user(world)),
    },
    Deed {
        name: "make a key for a profile",
        user: "bob",
        before: nothing,
        run: |world| {
            Box::pin(make_key(
                world,
                Place::Profile {
                    name: "bob",
                    region: "eu-west-1",
                },
            ))
        },
    },
    Deed {
        name: "make a key that waits",
        user: "bob",
        before: nothing,
        run: |world| Box::pin(make_key(world, Place::Waiting)),
    },
    Deed {
        name: "rotate",
        user: "marta",
        before: nothing,
        run: |world| Box::pin(rotate(world)),
    },
    Deed {
        name: "give access",
        user: "uploader",
        before: nothing,
        run: |world| Box::pin(give_access(world)),
    },
    Deed {
        name: "look at the health",
        user: "bob",
        before: nothing,
        run: |world| {
            Box::pin(async {
                let cancel = CancellationToken::new();
                key_health::read(&world.app, None, &|_| {}, &cancel)
                    .await
                    .map(drop)
            })
        },
    },
    Deed {
        name: "take access back",
        user: "uploader",
        before: |world| Box::pin(give_access(world)),
        run: |world| Box::pin(take_access_back(world)),
    },
    Deed {
        name: "deactivate a key",
        user: "bob",
        before: nothing,
        run: |world| {
            Box::pin(keys::set_active(
                &world.app, "harbour", "bob", BOBS, false, false,
            ))
        },
    },
    Deed {
        name: "delete a key",
        user: "bob",
        before: nothing,
        run: |world| Box::pin(keys::delete(&world.app, "harbour", "bob", BOBS)),
    },
];

async fn make_user(world: &World) -> Result<(), Problem> {
    let new = NewUser {
        profile: "harbour",
        name: "carol",
        path: "/",
        description: "reads the ledger",
    };
    users::create(&world.app, &new).await.map(drop)
}

/// A delete that stops half way says what is left; that is its failure here.
async fn delete_user(world: &World) -> Result<(), Problem> {
    let shown = users::show(&world.app, "harbour", "bob").await?;
    let deleted = users::delete(&world.app, "harbour", "bob", &shown.items).await?;
    match deleted.failure {
        None => {
            assert!(deleted.deleted);
            Ok(())
        }
        Some(failure) => {
            let code = Code::parse(&failure.code).unwrap();
            Err(Problem::new(code, failure.message, failure.hint).because(failure.cause))
        }
    }
}

async fn make_key(world: &World, place: Place<'_>) -> Result<(), Problem> {
    let new = NewKey {
        profile: "harbour",
        user: "bob",
        description: "Laptop of Bob",
        place,
    };
    let cancel = CancellationToken::new();
    keys::create(&world.app, &new, &|_| {}, &cancel)
        .await
        .map(drop)
}

fn rotation() -> Rotate<'static> {
    Rotate {
        profile: "harbour",
        using: None,
        grace: Some(std::time::Duration::ZERO),
        person: Person::nobody(),
    }
}

async fn rotate(world: &World) -> Result<(), Problem> {
    let cancel = CancellationToken::new();
    rotation::rotate(&world.app, &rotation(), &|_| {}, &cancel)
        .await
        .map(drop)
}

async fn give_access(world: &World) -> Result<(), Problem> {
    let plan = wire::AccessPlan {
        using: "harbour".into(),
        user: "uploader".into(),
        bucket: "harbour-media".into(),
        new_bucket_region: None,
        prefix: "in/".into(),
        allow: wire::AccessAllow {
            read: true,
            write: true,
            list: true,
            delete: false,
            versions: false,
        },
        policy: None,
        profile: "uploader".into(),
    };
    let cancel = CancellationToken::new();
    access::grant(&world.app, &plan, &|_| {}, &cancel)
        .await
        .map(drop)
}

async fn take_access_back(world: &World) -> Result<(), Problem> {
    access::revoke(&world.app, &the_uploader(), &|_| {})
        .await
        .map(drop)
}

fn the_uploader() -> access::Revoke<'static> {
    access::Revoke {
        user: "uploader",
        account_id: None,
        using: None,
    }
}

async fn harbour() -> World {
    let world = World::new().with_profile("harbour").await;
    world.cloud.add_bucket("ledger");
    world.cloud.add_key("bob", &another(BOBS));
    world
}

fn another(key_id: &str) -> AccessKeyPair {
    AccessKeyPair {
        key_id: key_id.into(),
        ..pair()
    }
}

/// Each key at AWS is one that was there, is in the keychain, or is named by what Keywell offers to tidy up or by the
/// problem itself.
fn assert_every_key_is_known(world: &World, problem: Option<&Problem>, when: &str) {
    let unfinished = keys::unfinished(&world.app).unwrap();
    let rotations = rotation::list(&world.app).unwrap();
    let accesses = access::list(&world.app).unwrap();
    for user in USERS {
        for (key_id, _) in world.cloud.keys_of(user) {
            let is_known = [KEY_ID, BOBS, ELSEWHERE].contains(&key_id.as_str())
                || world.item(&key_id).is_some()
                || unfinished.iter().any(|one| one.user == user)
                || rotations.iter().any(|one| one.user == user)
                || accesses.iter().any(|one| one.user == user)
                || problem.is_some_and(|problem| problem.cause.contains(&key_id));
            assert!(
                is_known,
                "{when}: nobody knows of {key_id} of {user}: {problem:?}"
            );
        }
    }
}

/// A rotation that was stopped goes on to its end once nothing is in the way, or says why it can not.
async fn assert_rotations_end(world: &World, when: &str) {
    if rotation::list(&world.app).unwrap().is_empty() {
        return;
    }
    let cancel = CancellationToken::new();
    let ended = rotation::resume(&world.app, &rotation(), &|_| {}, &cancel).await;
    if let Err(problem) = &ended {
        assert!(!problem.hint.is_empty(), "{when}: {problem:?}");
        // Both keys went with their user, so that no key here can find out what became of them.
        if world.cloud.keys_of("marta").is_empty() {
            return;
        }
    }
    let left = rotation::list(&world.app).unwrap();
    assert!(left.is_empty(), "{when}: {ended:?} {left:?}");
}

/// An access that was given or half given, or half taken back, goes wholly once nothing is in the way.
async fn assert_accesses_can_be_taken_back(world: &World, when: &str) {
    if access::list(&world.app).unwrap().is_empty() {
        return;
    }
    let ended = access::revoke(&world.app, &the_uploader(), &|_| {}).await;
    let keys = world.cloud.keys_of("uploader");
    assert!(keys.iter().all(|(key_id, _)| key_id == ELSEWHERE), "{when}");
    if let Err(problem) = &ended {
        // Somebody else's key is not Keywell's to delete, and the user can not go without it.
        assert_eq!(problem.code, Code::DeleteConflict, "{when}: {problem:?}");
        assert!(!keys.is_empty(), "{when}: {problem:?}");
        return;
    }
    assert!(access::list(&world.app).unwrap().is_empty(), "{when}");
}

/// Does each deed once for each of its calls, with `meddle` at that call.
async fn at_every_call(
    deeds: &[&str],
    meddle: fn(&FakeCloud, &str) -> Option<Kind>,
    check: impl Fn(&Problem, &str),
) {
    for deed in DEEDS
        .iter()
        .filter(|deed| deeds.is_empty() || deeds.contains(&deed.name))
    {
        let world = harbour().await;
        (deed.before)(&world).await.unwrap();
        let before = world.cloud.calls().len();
        let done = (deed.run)(&world).await;
        done.unwrap_or_else(|problem| panic!("{}: {problem:?}", deed.name));
        let calls = world.cloud.calls().split_off(before);
        assert!(!calls.is_empty(), "{}", deed.name);
        for (number, call) in calls.iter().enumerate() {
            // An answer that is lost is no call; `unfinished_keys` and `rotation_model` lose them.
            if call.split(' ').any(|word| word.ends_with("_answer")) {
                continue;
            }
            let when = format!("{}, at {call} ({number})", deed.name);
            let world = harbour().await;
            (deed.before)(&world).await.unwrap();
            let user = deed.user;
            world
                .cloud
                .at_call(number + 1, move |cloud| meddle(cloud, user));
            let ended = (deed.run)(&world).await;
            let problem = ended.err();
            if let Some(problem) = &problem {
                assert!(!problem.message.is_empty(), "{when}");
                assert!(
                    !problem.hint.is_empty() || !problem.cause.is_empty(),
                    "{when}: {problem:?}"
                );
                check(problem, &when);
            }
            assert_every_key_is_known(&world, problem.as_ref(), &when);
            assert_rotations_end(&world, &when).await;
            assert_accesses_can_be_taken_back(&world, &when).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_denied_is_told_as_such_and_leaves_no_key_behind() {
    let told = [
        Code::AccessDenied,
        Code::AccessUnproven,
        Code::SetupUnproven,
        // What the caller may not see of a user is found out by IAM's refusal to delete it.
        Code::DeleteConflict,
    ];
    at_every_call(
        &[],
        |_, _| Some(Kind::AccessDenied),
        |problem, when| {
            assert!(told.contains(&problem.code), "{when}: {problem:?}");
        },
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_slowed_down_is_told_as_such_and_leaves_no_key_behind() {
    at_every_call(
        &[],
        |_, _| Some(Kind::Throttled),
        |problem, when| {
            assert_eq!(problem.code, Code::Throttled, "{when}: {problem:?}");
        },
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_user_deleted_elsewhere_at_any_call_leaves_nothing_unexplained() {
    at_every_call(
        &[],
        |cloud, user| {
            cloud.vanish(user);
            None
        },
        |_, _| {},
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_second_key_made_elsewhere_at_any_call_leaves_nothing_unexplained() {
    at_every_call(
        &[
            "make a key for a profile",
            "make a key that waits",
            "rotate",
            "give access",
        ],
        |cloud, user| {
            if cloud.keys_of(user).len() < 2 {
                cloud.add_key(user, &another(ELSEWHERE));
            }
            None
        },
        |_, _| {},
    )
    .await;
}
