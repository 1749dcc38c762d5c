//! Rotations of profiles that name an MFA device: one session acts, asked for before anything is changed.

use std::{sync::atomic::Ordering, time::Duration};

use keywell_app::{
    CancellationToken, Code, Problem,
    cloud::CloudErrorKind as Kind,
    rotation::{self, Rotate},
    sessions::Person,
};
use keywell_wire as wire;

use crate::{
    fake_cloud::MFA_CODE,
    sessions::who_types,
    world::{KEY_ID, World, request},
};

const NEW_KEY: &str = "AKIAEXAMPLE000000002";

pub fn name_mfa_device(world: &World, profile: &str, device: &str, more: &str) {
    let section = format!("[profile {profile}]\n");
    let line = format!("{section}mfa_serial = arn:aws:iam::111122223333:mfa/{device}\n{more}");
    let config = world.config().replacen(&section, &line, 1);
    world.write(".aws/config", &config);
}

async fn with_device(more: &str) -> World {
    let world = World::new().with_profile("harbour").await;
    name_mfa_device(&world, "harbour", "marta", more);
    // IAM is closed to this user's keys without MFA.
    world.cloud.want_mfa_for("marta");
    world
}

fn request_by(person: Person, grace: Option<Duration>) -> Rotate<'static> {
    Rotate {
        profile: "harbour",
        using: None,
        grace,
        person,
    }
}

async fn rotate(
    world: &World,
    person: Person,
    grace: Option<Duration>,
) -> Result<wire::Rotation, Problem> {
    let request = request_by(person, grace);
    rotation::rotate(&world.app, &request, &|_| {}, &CancellationToken::new()).await
}

fn is_untouched(world: &World) -> bool {
    world.cloud.count("create_access_key") == 0 && rotation::list(&world.app).unwrap().is_empty()
}

#[tokio::test(start_paused = true)]
async fn a_person_is_asked_once_and_the_session_acts_through_to_the_delete() {
    let world = with_device("").await;
    // A profile of the same key that names no device is proven by its helper, as ever.
    world.set_up(&request("harbour-eu")).await.unwrap();
    let (person, asked) = who_types(&[MFA_CODE]);
    let done = rotate(&world, person, Some(Duration::ZERO)).await.unwrap();
    assert_eq!(done.state, wire::RotationState::Done);
    assert_eq!(done.profiles, ["harbour", "harbour-eu"]);
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    assert_eq!(world.cloud.count("session_token"), 1);
    assert_eq!(world.cloud.keys_of("marta"), [(NEW_KEY.to_owned(), true)]);
    assert!(world.item(KEY_ID).is_none());
}

#[tokio::test(start_paused = true)]
async fn each_later_run_asks_for_its_own_session_and_going_back_works() {
    let world = with_device("").await;
    let (person, asked) = who_types(&[MFA_CODE, MFA_CODE]);
    let watching = rotate(&world, person.clone(), None).await.unwrap();
    assert_eq!(watching.state, wire::RotationState::Watching);
    // Without a person it stands where it stood.
    let nobody = rotate(&world, Person::nobody(), None).await.unwrap_err();
    assert_eq!(nobody.code, Code::MfaNobody);
    let request = request_by(person, None);
    let cancel = CancellationToken::new();
    let back = rotation::go_back(&world.app, &request, &|_| {}, &cancel).await;
    assert_eq!(back.unwrap().state, wire::RotationState::WentBack);
    assert_eq!(asked.load(Ordering::SeqCst), 2);
    assert_eq!(world.cloud.keys_of("marta"), [(KEY_ID.to_owned(), true)]);
}

#[tokio::test(start_paused = true)]
async fn where_the_key_in_use_stopped_working_the_other_one_makes_the_session_for_the_way_back() {
    let world = with_device("").await;
    world
        .cloud
        .fail_next("set_access_key_active", Kind::Unavailable);
    let (person, _) = who_types(&[MFA_CODE; 3]);
    rotate(&world, person.clone(), None).await.unwrap_err();
    assert!(world.index().contains(NEW_KEY));
    assert!(world.cloud.remove_key(NEW_KEY));
    let request = request_by(person, None);
    let cancel = CancellationToken::new();
    let back = rotation::go_back(&world.app, &request, &|_| {}, &cancel).await;
    assert_eq!(back.unwrap().state, wire::RotationState::WentBack);
    assert_eq!(world.cloud.keys_of("marta"), [(KEY_ID.to_owned(), true)]);
}

#[tokio::test]
async fn without_anybody_to_ask_or_with_a_wrong_code_no_key_is_made() {
    let world = with_device("").await;
    let problem = rotate(&world, Person::nobody(), None).await.unwrap_err();
    assert_eq!(problem.code, Code::MfaNobody);
    assert!(
        problem.hint.contains("key rotate --profile harbour"),
        "{problem:?}"
    );
    assert!(problem.hint.contains("--using"), "{problem:?}");
    let (person, _) = who_types(&["000000", "000001"]);
    let problem = rotate(&world, person, None).await.unwrap_err();
    assert_eq!(problem.code, Code::MfaCode);
    assert!(is_untouched(&world));
}

#[tokio::test(start_paused = true)]
async fn whether_the_session_lasts_for_the_run_is_checked_before_the_first_step() {
    // The shortest session of STS is long enough when it is new; one that is nearly over is not used.
    let world = with_device("duration_seconds = 900\n").await;
    let (person, asked) = who_types(&[MFA_CODE, MFA_CODE]);
    world.cloud.set_session_age(500);
    let short = rotate(&world, person.clone(), None).await.unwrap_err();
    assert_eq!(short.code, Code::RotationRefused);
    assert!(short.message.contains("ends in 6 minutes"), "{short:?}");
    assert!(is_untouched(&world));
    world.cloud.set_session_age(0);
    let watching = rotate(&world, person, None).await.unwrap();
    assert_eq!(watching.state, wire::RotationState::Watching);
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}
