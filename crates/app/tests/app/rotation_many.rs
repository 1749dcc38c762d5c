//! Many rotations at once, and those that are due.

use std::{sync::atomic::Ordering, time::Duration};

use keywell_app::{
    CancellationToken, Code,
    cloud::{AccessKeyPair, CloudErrorKind as Kind},
    profiles, rotation,
    sessions::Person,
};
use keywell_wire as wire;

use crate::{
    fake_cloud::MFA_CODE,
    rotation_mfa::name_mfa_device,
    sessions::who_types,
    world::{KEY_ID, World, pair, request},
};

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

async fn rotate_many(
    world: &World,
    wanted: &[String],
    person: &Person,
) -> Vec<wire::RotationOutcome> {
    let (grace, cancel) = (Some(Duration::ZERO), CancellationToken::new());
    rotation::rotate_many(&world.app, wanted, grace, person, &|_| {}, &cancel).await
}

/// The profile and the code of each that failed.
fn ended(outcomes: &[wire::RotationOutcome]) -> Vec<(&str, Option<&str>)> {
    outcomes
        .iter()
        .map(|outcome| {
            let failure = outcome.failure.as_ref();
            (
                outcome.profile.as_str(),
                failure.map(|failure| failure.code.as_str()),
            )
        })
        .collect()
}

#[tokio::test(start_paused = true)]
async fn several_profiles_are_rotated_and_those_that_share_a_key_once() {
    let world = world().await;
    let wanted = names(&["harbour", "ci", "harbour-eu", "nobody"]);
    let outcomes = rotate_many(&world, &wanted, &Person::nobody()).await;
    let missing = Code::ProfileMissing.as_str();
    assert_eq!(
        ended(&outcomes),
        [("harbour", None), ("ci", None), ("nobody", Some(missing))]
    );
    let rotation = outcomes[0].rotation.as_ref().unwrap();
    assert_eq!(rotation.profiles, ["harbour", "harbour-eu"]);
    assert_eq!(world.cloud.keys_of("marta").len(), 1);
    assert_eq!(world.cloud.keys_of("bob").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn all_profiles_with_kept_keys_are_rotated_and_no_others() {
    let world = world().await;
    let more = "[profile role]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = ci\n";
    world.write(".aws/config", &format!("{}{more}", world.config()));
    let all = profiles::with_kept_keys(&world.app).unwrap();
    let outcomes = rotate_many(&world, &all, &Person::nobody()).await;
    assert_eq!(ended(&outcomes), [("harbour", None), ("ci", None)]);
}

#[tokio::test(start_paused = true)]
async fn the_codes_of_several_mfa_devices_are_asked_for_before_the_first_key_is_made() {
    let world = world().await;
    for (profile, user) in [("harbour", "marta"), ("ci", "bob")] {
        name_mfa_device(&world, profile, user, "");
    }
    let (person, asked) = who_types(&[MFA_CODE, MFA_CODE]);
    let wanted = names(&["harbour", "ci"]);
    let outcomes = rotate_many(&world, &wanted, &person).await;
    assert_eq!(ended(&outcomes), [("harbour", None), ("ci", None)]);
    assert_eq!(asked.load(Ordering::SeqCst), 2);
    let calls = world.cloud.calls();
    let at = |name: &str| calls.iter().position(|call| call.starts_with(name));
    let last_code = calls
        .iter()
        .rposition(|call| call.starts_with("session_token"));
    assert!(last_code < at("create_access_key"), "{calls:#?}");
}

#[tokio::test(start_paused = true)]
async fn two_wrong_codes_fail_their_profile_and_the_others_are_rotated() {
    let world = world().await;
    name_mfa_device(&world, "harbour", "marta", "");
    let (person, _) = who_types(&["000000", "000001"]);
    let outcomes = rotate_many(&world, &names(&["harbour", "ci"]), &person).await;
    let refused = Code::MfaCode.as_str();
    assert_eq!(ended(&outcomes), [("harbour", Some(refused)), ("ci", None)]);
    assert_eq!(world.cloud.count("create_access_key"), 1);
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
