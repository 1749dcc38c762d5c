//! The health of access keys: what is read, how it is judged, and what is said of this machine.

use keywell_app::{
    CancellationToken, Code,
    cloud::{AccessKeyPair, CloudErrorKind as Kind},
    key_health, settings,
};
use keywell_wire as wire;
use keywell_wire::{KeyFindingCode, KeyState, ReadBy};

use crate::world::{KEY_ID, World, pair, request};

/// The day of the test's clock.
const TODAY: u64 = 1_800_000_000 / 86_400;
const BOBS: &str = "AKIAEXAMPLE100000001";

async fn admin() -> World {
    let world = World::new().with_profile("admin").await;
    world.cloud.set_dates(KEY_ID, day(1), Some(day(0)));
    world
}

fn day(ago: u64) -> u64 {
    (TODAY - ago) * 86_400
}

fn another(key_id: &str) -> AccessKeyPair {
    AccessKeyPair {
        key_id: key_id.into(),
        ..pair()
    }
}

fn add(world: &World, user: &str, key_id: &str, age: u64, unused: Option<u64>) {
    world.cloud.add_key(user, &another(key_id));
    world.cloud.set_dates(key_id, day(age), unused.map(day));
}

async fn health_of(world: &World, profile: Option<&str>) -> wire::KeyHealth {
    key_health::read(&world.app, profile, &|_| {}, &CancellationToken::new())
        .await
        .unwrap()
}

async fn health(world: &World) -> wire::KeyHealth {
    health_of(world, Some("admin")).await
}

fn without_report(world: &World) {
    world
        .cloud
        .fail_always("credential_report", Kind::AccessDenied);
}

fn codes_of(health: &wire::KeyHealth, user: &str) -> Vec<KeyFindingCode> {
    let about = |finding: &&wire::KeyFinding| finding.user.as_deref() == Some(user);
    let findings = health.findings.iter().filter(about);
    findings.map(|finding| finding.code.clone()).collect()
}

fn codes(health: &wire::KeyHealth) -> Vec<KeyFindingCode> {
    let codes = health.findings.iter().map(|finding| finding.code.clone());
    codes.collect()
}

#[tokio::test]
async fn each_key_is_judged_by_its_age_its_use_and_its_state_whichever_way_it_is_read() {
    let cases: &[(u64, Option<u64>, KeyState, &[KeyFindingCode])] = &[
        (10, Some(1), KeyState::Fine, &[]),
        (90, Some(1), KeyState::Fine, &[]),
        (91, Some(1), KeyState::Due, &[KeyFindingCode::Old]),
        (181, Some(1), KeyState::Overdue, &[KeyFindingCode::Old]),
        (300, Some(91), KeyState::Unused, &[KeyFindingCode::Unused]),
        (8, None, KeyState::NeverUsed, &[KeyFindingCode::NeverUsed]),
        (2, None, KeyState::Fine, &[]),
    ];
    for by_report in [true, false] {
        let world = admin().await;
        if !by_report {
            without_report(&world);
        }
        for (number, (age, unused, _, _)) in cases.iter().enumerate() {
            let key_id = format!("AKIAEXAMPLE10000000{number}");
            add(&world, &format!("user-{number}"), &key_id, *age, *unused);
        }
        let health = health(&world).await;
        let source = if by_report {
            ReadBy::Report
        } else {
            ReadBy::PerUser
        };
        assert_eq!(health.accounts[0].read_by, source);
        for (number, (age, unused, state, expected)) in cases.iter().enumerate() {
            let user = format!("user-{number}");
            let keys = &health.accounts[0].keys;
            let key = keys.iter().find(|key| key.user == user).unwrap();
            assert_eq!(key.state, *state, "{age} days, used {unused:?} ago");
            assert_eq!(codes_of(&health, &user), *expected, "{age} days");
            assert_eq!(key.key_id.is_some(), !by_report);
        }
    }
}

#[tokio::test]
async fn the_policy_is_that_of_the_settings() {
    let world = admin().await;
    add(&world, "bob", BOBS, 31, Some(1));
    assert!(codes_of(&health(&world).await, "bob").is_empty());
    let changes = [("key_rotate_days".to_owned(), "30".to_owned())];
    settings::set(&world.app, &changes).unwrap();
    let health = health(&world).await;
    assert_eq!(codes_of(&health, "bob"), [KeyFindingCode::Old]);
    assert_eq!(health.rotate_after_days, 30);
}

#[tokio::test]
async fn inactive_keys_are_forgotten_after_a_while_and_nothing_else_is_said_of_them() {
    let world = admin().await;
    add(&world, "bob", BOBS, 400, None);
    add(&world, "ana", "AKIAEXAMPLE100000002", 40, Some(20));
    world.cloud.deactivate(BOBS);
    world.cloud.deactivate("AKIAEXAMPLE100000002");
    let health = health(&world).await;
    assert_eq!(codes_of(&health, "bob"), [KeyFindingCode::Forgotten]);
    assert_eq!(codes_of(&health, "ana"), []);
}

#[tokio::test]
async fn a_root_key_and_a_quarantined_user_come_first() {
    for by_report in [true, false] {
        let world = admin().await;
        if !by_report {
            without_report(&world);
        }
        add(&world, "bob", BOBS, 5, Some(1));
        world
            .cloud
            .attach_policy("bob", "AWSCompromisedKeyQuarantineV3");
        if by_report {
            add(&world, "root", "AKIAEXAMPLE100000002", 5, Some(1));
        }
        let health = health(&world).await;
        let expected: &[KeyFindingCode] = if by_report {
            &[KeyFindingCode::Root, KeyFindingCode::Quarantined]
        } else {
            &[KeyFindingCode::Quarantined]
        };
        assert_eq!(codes(&health), expected);
    }
}

#[tokio::test]
async fn the_keys_of_profiles_here_have_their_ids_and_can_be_rotated() {
    let world = admin().await;
    world.cloud.set_dates(KEY_ID, day(200), Some(day(0)));
    world.cloud.add_tag("marta", KEY_ID, "Laptop");
    let health = health(&world).await;
    let key = &health.accounts[0].keys[0];
    assert_eq!(key.key_id.as_deref(), Some(KEY_ID));
    assert_eq!(key.description.as_deref(), Some("Laptop"));
    assert_eq!(key.profiles, ["admin"]);
    assert_eq!(key.due_in_days, Some(-110));
    let finding = &health.findings[0];
    let remedy = wire::KeyRemedy::Rotate {
        profile: "admin".into(),
    };
    assert_eq!(finding.remedy, remedy);
    let command = "keywell key rotate --profile admin";
    assert_eq!(finding.command.as_deref(), Some(command));
}

#[tokio::test]
async fn plain_copies_and_keys_in_several_places_are_found_on_this_machine() {
    let world = admin().await;
    world.set_up(&request("media")).await.unwrap();
    let text = format!("[plain]\naws_access_key_id = {BOBS}\naws_secret_access_key = x\n");
    world.write(".aws/credentials", &text);
    let health = health(&world).await;
    assert_eq!(
        codes(&health),
        [KeyFindingCode::Plain, KeyFindingCode::Several]
    );
    assert_eq!(health.findings[0].profiles, ["plain"]);
    assert_eq!(health.findings[1].profiles, ["admin", "media"]);
}

#[tokio::test]
async fn profiles_whose_key_or_user_is_gone_are_named() {
    for by_report in [true, false] {
        let world = admin().await;
        let mut boss = request("boss");
        boss.pair = another(BOBS);
        world.cloud.add_key("bob", &boss.pair);
        world.set_up(&boss).await.unwrap();
        if !by_report {
            without_report(&world);
        }
        // Bob had one key and now has another one.
        world.cloud.remove_key(BOBS);
        add(&world, "bob", "AKIAEXAMPLE100000002", 5, Some(1));
        assert_eq!(codes(&health(&world).await), [KeyFindingCode::Gone]);
        world.cloud.remove_key("AKIAEXAMPLE100000002");
        world.cloud.forget_user("bob");
        let health = health(&world).await;
        assert_eq!(codes(&health), [KeyFindingCode::DeletedUser], "{by_report}");
        assert_eq!(health.findings[0].profiles, ["boss"]);
    }
}

/// Every kind of finding, and what mends it.
#[tokio::test]
async fn every_finding_comes_with_its_remedy() {
    fn kind(remedy: &wire::KeyRemedy) -> &'static str {
        match remedy {
            wire::KeyRemedy::Rotate { .. } => "rotate",
            wire::KeyRemedy::Deactivate { .. } => "deactivate",
            wire::KeyRemedy::OpenUser { .. } => "open the user",
            wire::KeyRemedy::Migrate { .. } => "migrate",
            wire::KeyRemedy::SetUp { .. } => "set up",
            wire::KeyRemedy::Advice { .. } => "advice",
        }
    }
    let mut told = std::collections::BTreeSet::new();
    for by_report in [true, false] {
        let world = admin().await;
        world.cloud.set_dates(KEY_ID, day(200), Some(day(0)));
        world.set_up(&request("media")).await.unwrap();
        let secret = pair().secret;
        let text = format!(
            "[plain]\naws_access_key_id = {BOBS}\naws_secret_access_key = {}\n",
            secret.expose()
        );
        world.write(".aws/credentials", &text);
        for (profile, user, key_id) in [
            ("gone", "carol", "AKIAEXAMPLE100000010"),
            ("orphan", "dave", "AKIAEXAMPLE100000011"),
        ] {
            let mut held = request(profile);
            held.pair = another(key_id);
            world.cloud.add_key(user, &held.pair);
            world.set_up(&held).await.unwrap();
            world.cloud.remove_key(key_id);
        }
        add(&world, "carol", "AKIAEXAMPLE100000012", 1, Some(0));
        world.cloud.forget_user("dave");
        add(&world, "unused", "AKIAEXAMPLE100000020", 300, Some(91));
        add(&world, "never", "AKIAEXAMPLE100000021", 50, None);
        add(&world, "inactive", "AKIAEXAMPLE100000022", 400, None);
        world.cloud.deactivate("AKIAEXAMPLE100000022");
        add(&world, "leaked", "AKIAEXAMPLE100000023", 5, Some(1));
        world
            .cloud
            .attach_policy("leaked", "AWSCompromisedKeyQuarantineV3");
        if by_report {
            add(&world, "root", "AKIAEXAMPLE100000024", 5, Some(1));
        } else {
            without_report(&world);
        }
        for finding in health(&world).await.findings {
            assert!(!finding.message.is_empty() && !finding.detail.is_empty());
            told.insert((format!("{:?}", finding.code), kind(&finding.remedy)));
        }
    }
    let told: Vec<String> = told
        .into_iter()
        .map(|(code, remedy)| format!("{code}: {remedy}"))
        .collect();
    // A report tells no key IDs of users elsewhere, so that their page is opened in place of a button.
    insta::assert_snapshot!(told.join("\n"), @r"
    DeletedUser: set up
    Forgotten: open the user
    Gone: set up
    NeverUsed: deactivate
    NeverUsed: open the user
    Old: rotate
    Plain: migrate
    Quarantined: open the user
    Root: advice
    Several: advice
    Unused: deactivate
    Unused: open the user
    ");
}

#[tokio::test]
async fn who_may_not_list_users_sees_its_own_keys() {
    let world = admin().await;
    without_report(&world);
    world.cloud.fail_always("list_users", Kind::AccessDenied);
    add(&world, "bob", BOBS, 400, Some(1));
    let health = health(&world).await;
    let account = &health.accounts[0];
    assert_eq!(account.read_by, ReadBy::OwnOnly);
    let users: Vec<&str> = account.keys.iter().map(|key| key.user.as_str()).collect();
    assert_eq!(users, ["marta"]);
}

#[tokio::test]
async fn what_is_denied_or_slowed_down_for_one_call_is_told_and_the_rest_is_shown() {
    let world = admin().await;
    add(&world, "bob", BOBS, 400, Some(1));
    without_report(&world);
    // The rows that come first ask once, and who is left out then is asked for again.
    world.cloud.fail_next("list_access_keys", Kind::Throttled);
    world.cloud.fail_next("list_access_keys", Kind::Throttled);
    let partly = health(&world).await;
    assert_eq!(partly.accounts[0].unread.len(), 1);
    let failure = &partly.accounts[0].unread[0].failure;
    assert_eq!(failure.code, Code::Throttled.as_str());
    assert_eq!(partly.accounts[0].keys.len(), 1);

    // Uses that may not be read are not taken for none.
    world
        .cloud
        .fail_always("access_key_last_used", Kind::AccessDenied);
    let blind = health(&world).await;
    assert_eq!(codes_of(&blind, "bob"), [KeyFindingCode::Old]);

    let world = admin().await;
    world.cloud.fail_always("user_details", Kind::AccessDenied);
    let health = health(&world).await;
    assert_eq!(health.accounts[0].read_by, ReadBy::Report);
    assert_eq!(health.accounts[0].notes.len(), 1, "{health:?}");
}

#[tokio::test]
async fn one_account_is_read_once_and_one_that_fails_does_not_hide_the_others() {
    let world = admin().await;
    world.set_up(&request("media")).await.unwrap();
    let mut lost = request("lost");
    lost.pair = another(BOBS);
    lost.ask_network = false;
    world.set_up(&lost).await.unwrap();
    let health = health_of(&world, None).await;
    assert_eq!(health.accounts.len(), 2, "{health:?}");
    assert_eq!(
        world.cloud.count("credential_report"),
        2,
        "once to ask, once to read"
    );
    let lost = health
        .accounts
        .iter()
        .find(|account| account.profile == "lost");
    let failure = lost.and_then(|account| account.failure.as_ref()).unwrap();
    assert_eq!(failure.code, Code::UnknownKey.as_str());
    let gone = health
        .findings
        .iter()
        .find(|finding| finding.code == KeyFindingCode::Gone);
    assert_eq!(gone.unwrap().profiles, ["lost"]);
}

#[tokio::test]
async fn a_reading_that_is_stopped_shows_what_it_has() {
    let world = admin().await;
    without_report(&world);
    for number in 0..60 {
        add(
            &world,
            &format!("user-{number:02}"),
            &format!("AKIAEXAMPLE2000000{number:02}"),
            1,
            None,
        );
    }
    let cancel = CancellationToken::new();
    let stop = |part: wire::KeyHealthPart| {
        // The caller's own keys come first.
        if part.users == 61 {
            cancel.cancel();
        }
    };
    let health = key_health::read(&world.app, Some("admin"), &stop, &cancel)
        .await
        .unwrap();
    let account = &health.accounts[0];
    assert_eq!(account.keys.len() + account.left_out as usize, 61);
    assert!(account.left_out > 0 && !account.keys.is_empty());
}

#[tokio::test]
async fn plain_keys_that_can_not_be_looked_for_are_not_taken_for_none() {
    let world = admin().await;
    world.block("keywell/migrations.json");
    let cancel = CancellationToken::new();
    let problem = key_health::read(&world.app, Some("admin"), &|_| {}, &cancel)
        .await
        .unwrap_err();
    assert!(!problem.hint.is_empty(), "{problem:?}");
}

#[tokio::test]
async fn rows_in_view_are_asked_for_now() {
    let world = admin().await;
    add(&world, "bob", BOBS, 40, Some(3));
    world.cloud.add_tag("bob", BOBS, "CI");
    world.cloud.forget_user("nobody");
    let users = ["bob".to_owned(), "nobody".to_owned()];
    let rows = key_health::rows(&world.app, "admin", &users).await.unwrap();
    assert_eq!(rows[0].keys[0].key_id.as_deref(), Some(BOBS));
    assert_eq!(rows[0].keys[0].description.as_deref(), Some("CI"));
    assert!(rows[1].failure.is_some());
    let many = vec!["bob".to_owned(); 51];
    assert!(key_health::rows(&world.app, "admin", &many).await.is_err());
}

#[tokio::test]
async fn the_csv_has_a_row_for_each_key_and_no_formula() {
    let world = admin().await;
    without_report(&world);
    add(&world, "bob", BOBS, 400, Some(2));
    world
        .cloud
        .attach_policy("bob", "AWSCompromisedKeyQuarantineV2");
    let mut health = health(&world).await;
    health.accounts[0].keys[0].description = Some("=1+2, \"x\"".into());
    insta::assert_snapshot!(key_health::csv(&health), @r#"
    account,profile,user,access_key_id,state,created,age_days,last_used,service,region,description,profiles_here,findings
    111122223333,admin,bob,AKIAEXAMPLE100000001,overdue,2025-12-11T00:00:00Z,400,2027-01-13T00:00:00Z,,,"'=1+2, ""x""",,AWS has quarantined bob; AKIA…000001 of bob is 400 days old
    111122223333,admin,marta,AKIAIOSFODNN7EXAMPLE,fine,2027-01-14T00:00:00Z,1,2027-01-15T00:00:00Z,,,,admin,
    "#);
}
