//! Many rotations at once, and those that are due.

use std::time::Duration;

use keywell_app::{
    CancellationToken, Code,
    cloud::{AccessKeyPair, CloudErrorKind as Kind},
    rotation,
};
use keywell_wire as wire;

use crate::world::{KEY_ID, World, pair, request};

const TODAY: u64 = 1_800_000_000 / 86_400;
const BOBS: &str = "AKIAEXAMPLE100000001";

/// Two keys: one that two profiles share, and one of another user.
async fn world() -> World {
    let world = World::new().with_profile("harbour").await;
    world.set_up(&request("harbour-eu")).await.unwrap();
    let mut ci = request("ci");
    ci.pair = AccessKeyPair {
        key_id: BOBS.into(),
        ..pair()
    };
    world.cloud.add_key("bob", &ci.pair);
    world.set_up(&ci).await.unwrap();
    made(&world, KEY_ID, 10);
    made(&world, BOBS, 10);
    world
}

fn made(world: &World, key_id: &str, days_ago: u64) {
    world
        .cloud
        .set_dates(key_id, (TODAY - days_ago) * 86_400, None);
}

fn names(profiles: &[&str]) -> Vec<String> {
    profiles.iter().map(|name| (*name).to_owned()).collect()
}

#[tokio::test(start_paused = true)]
async fn several_profiles_are_rotated_and_those_that_share_a_key_once() {
    let world = world().await;
    let wanted = names(&["harbour", "ci", "harbour-eu", "nobody"]);
    let cancel = CancellationToken::new();
    let outcomes =
        rotation::rotate_many(&world.app, &wanted, Some(Duration::ZERO), &|_| {}, &cancel).await;
    let ended: Vec<(&str, Option<&str>)> = outcomes
        .iter()
        .map(|outcome| {
            let code = outcome
                .failure
                .as_ref()
                .map(|failure| failure.code.as_str());
            (outcome.profile.as_str(), code)
        })
        .collect();
    let missing = Code::ProfileMissing.as_str();
    assert_eq!(
        ended,
        [("harbour", None), ("ci", None), ("nobody", Some(missing))]
    );
    let rotation = outcomes[0].rotation.as_ref().unwrap();
    assert_eq!(rotation.profiles, ["harbour", "harbour-eu"]);
    assert_eq!(world.cloud.keys_of("marta").len(), 1);
    assert_eq!(world.cloud.keys_of("bob").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_is_due_is_asked_of_aws_and_else_of_the_keychain() {
    let world = world().await;
    assert_eq!(rotation::due(&world.app).await.unwrap(), []);
    made(&world, BOBS, 91);
    let due = rotation::due(&world.app).await.unwrap();
    let key = wire::DueKey {
        key_id: BOBS.into(),
        profiles: names(&["ci"]),
        age_days: 91,
        at_least: false,
    };
    assert_eq!(due, [key]);
    // Where AWS does not tell, a key is as old as its entry in the keychain, which is new.
    world
        .cloud
        .fail_always("list_access_keys", Kind::AccessDenied);
    assert_eq!(rotation::due(&world.app).await.unwrap(), []);
}

#[tokio::test(start_paused = true)]
async fn a_round_without_a_person_goes_on_with_what_waits_and_replaces_what_is_due() {
    let world = world().await;
    made(&world, BOBS, 91);
    let cancel = CancellationToken::new();
    let tend = || rotation::tend(&world.app, &|_| {}, &cancel);
    let states = |outcomes: Vec<wire::RotationOutcome>| -> Vec<(String, wire::RotationState)> {
        let each = outcomes.into_iter();
        each.map(|outcome| (outcome.profile, outcome.rotation.unwrap().state))
            .collect()
    };
    let watching = ("ci".to_owned(), wire::RotationState::Watching);
    assert_eq!(
        states(tend().await.unwrap()),
        std::slice::from_ref(&watching)
    );
    // It is watched for a week; the new key is not due, and neither is the old one any more.
    assert_eq!(states(tend().await.unwrap()), [watching]);
    assert_eq!(world.cloud.count("create_access_key"), 1);
    world.cloud.set_clock_offset(8 * 86_400 * 1000);
    let done = ("ci".to_owned(), wire::RotationState::Done);
    assert_eq!(states(tend().await.unwrap()), [done]);
    assert_eq!(tend().await.unwrap(), []);
}
