//! What AWS clients get, also when Keywell's own file is lost.

use keywell_app::{
    App, Code, Problem,
    cloud::AccessKeyPair,
    hand_out::{self, Target},
    setup,
};
use keywell_vault::{ErrorKind, Item, Operation, Secret, Store};

use crate::world::{KEY_ID, SECRET, TOKEN, World, handed_out, request};

async fn answer(app: &App, profile: &str) -> Result<String, Problem> {
    let target = Target::Profile(profile.into());
    let json = handed_out(app, &target).await?;
    Ok(json.expose().to_owned())
}

fn temporary() -> AccessKeyPair {
    AccessKeyPair {
        key_id: "ASIAIOSFODNN7EXAMPLE".into(),
        secret: Secret::new(SECRET),
        session_token: Some(Secret::new(TOKEN)),
    }
}

#[tokio::test]
async fn the_answer_has_the_form_that_the_sdks_ask_for() {
    let world = World::new().with_profile("long").await;
    world.cloud.add_key("marta", &temporary());
    let short = setup::Request {
        pair: temporary(),
        ..request("short")
    };
    world.set_up(&short).await.unwrap();
    insta::assert_snapshot!(answer(&world.app, "long").await.unwrap(), @r#"{"Version":1,"AccessKeyId":"AKIAIOSFODNN7EXAMPLE","SecretAccessKey":"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}"#);
    insta::assert_snapshot!(answer(&world.app, "short").await.unwrap(), @r#"{"Version":1,"AccessKeyId":"ASIAIOSFODNN7EXAMPLE","SecretAccessKey":"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY","SessionToken":"FwoGZXIvYXdzEXAMPLESESSIONTOKEN"}"#);
}

#[tokio::test]
async fn after_the_index_is_lost_the_item_is_found_again() {
    for profile in ["work", "my profile", "ä"] {
        let world = World::new().with_profile(profile).await;
        let before = keywell_app::profiles::row(&world.app, profile).unwrap();
        let line = world
            .config()
            .lines()
            .last()
            .unwrap()
            .trim_start_matches("credential_process = ")
            .to_owned();
        for damage in [None, Some("{ \"profiles\": tru")] {
            std::fs::remove_file(world.path("keywell/index.json")).unwrap();
            if let Some(text) = damage {
                world.write("keywell/index.json", text);
            }
            let printed = (world.app.run_helper)(line.clone()).await.unwrap();
            assert!(printed.expose().contains(SECRET));
            let after = keywell_app::profiles::row(&world.app, profile).unwrap();
            assert_eq!(after.key_id, before.key_id);
            assert_eq!(after.key_stored, before.key_stored);
            // The id is known again too, so that a second set-up keeps it.
            let again = setup::Request {
                replace: true,
                ..request(profile)
            };
            let config = world.config();
            world.set_up(&again).await.unwrap();
            assert_eq!(world.config(), config);
        }
    }
}

#[tokio::test]
async fn keywell_itself_finds_a_key_again_as_the_helper_does() {
    let world = World::new().with_profile("work").await;
    std::fs::remove_file(world.path("keywell/index.json")).unwrap();
    let connection = keywell_app::connection_of(&world.app, "work")
        .await
        .unwrap();
    assert!(matches!(
        connection.credentials,
        keywell_app::cloud::Credentials::Pair(pair) if pair.key_id == KEY_ID
    ));
}

#[tokio::test]
async fn an_index_that_can_not_be_written_keeps_no_client_from_its_key() {
    let world = World::new().with_profile("work").await;
    std::fs::remove_file(world.path("keywell/index.json")).unwrap();
    world.block("keywell/index.lock");
    assert!(answer(&world.app, "work").await.unwrap().contains(SECRET));
}

#[tokio::test]
async fn of_two_items_for_a_profile_the_newer_is_handed_out_and_those_of_other_files_are_not() {
    let world = World::new().with_profile("work").await;
    let first = world.item(KEY_ID).unwrap();
    std::fs::remove_file(world.path("keywell/index.json")).unwrap();
    let others = [
        (
            "AKIAEXAMPLE000000001",
            first.config_file.clone(),
            5,
            "older",
        ),
        (
            "AKIAEXAMPLE000000002",
            first.config_file.clone(),
            u64::MAX,
            "newer",
        ),
        (
            "AKIAEXAMPLE000000003",
            "/another/config".into(),
            u64::MAX,
            "foreign",
        ),
    ];
    for (key_id, config_file, created, secret) in others {
        let item = Item {
            key_id: key_id.into(),
            secret: Secret::new(secret),
            created,
            config_file,
            ..first.clone()
        };
        world.store.set(&item).unwrap();
    }
    let json = answer(&world.app, "work").await.unwrap();
    assert!(json.contains("AKIAEXAMPLE000000002"), "another item won");
}

#[tokio::test]
async fn what_can_not_be_handed_out_is_an_error_with_a_remedy_and_without_a_secret() {
    let world = World::new().with_profile("work").await;
    for target in [
        Target::Profile("nobody".into()),
        Target::Id("ffffffff".into()),
    ] {
        let problem = handed_out(&world.app, &target).await.unwrap_err();
        assert_eq!(problem.code, Code::ProfileSecretMissing);
        assert!(!problem.hint.is_empty());
    }
    world
        .store
        .inner
        .fail_next(Operation::Get, ErrorKind::Locked);
    let problem = answer(&world.app, "work").await.unwrap_err();
    assert_eq!(problem.code, Code::VaultLocked);
    world.store.delete(KEY_ID).unwrap();
    let problem = answer(&world.app, "work").await.unwrap_err();
    assert_eq!(problem.code, Code::ProfileSecretMissing);
}

#[cfg(unix)]
#[tokio::test]
async fn the_line_is_run_without_a_shell_and_its_failure_is_told() {
    let run = hand_out::run_helper();
    let printed = run(r#"/bin/echo "a  b" $HOME ;"#.into()).await.unwrap();
    assert_eq!(printed.expose(), "a  b $HOME ;\n");
    for line in ["", "/bin/false", "/nowhere/keywell x"] {
        let problem = run(line.into()).await.unwrap_err();
        assert_eq!(problem.code, Code::HelperFailed, "{line}");
    }
}

#[tokio::test]
async fn a_removed_profile_hands_nothing_out_though_its_key_stays_in_the_keychain() {
    let world = World::new().with_profile("work").await;
    keywell_app::profiles::remove(&world.app, "work", false)
        .await
        .unwrap();
    let refused = answer(&world.app, "work").await.unwrap_err();
    assert_eq!(refused.code, Code::ProfileSecretMissing);
}
