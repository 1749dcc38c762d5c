//! Profiles listed, shown and changed; every change can be taken back.

use keywell_app::{
    Code,
    history::undo,
    profiles::{self, copy, list, remove, rename, save, show},
};
use keywell_vault::{ErrorKind, Operation, Store};
use keywell_wire::{self as wire, ProfileKind, SecretPlace};

use crate::world::{KEY_ID, SECRET, TOKEN, World, request};

const KINDS: &str = "\
[default]
region = eu-west-1
[profile role]
role_arn = arn:aws:iam::111122223333:role/x
source_profile = plain
[profile web]
role_arn = arn:aws:iam::111122223333:role/x
web_identity_token_file = /token
[profile sso]
sso_session = corp
[profile old-sso]
sso_start_url = https://x
[profile login]
login_session = arn:aws:iam::111122223333:user/x
[profile tool]
credential_process = /usr/bin/other --x
[profile lost]
credential_process = /opt/keywell/bin/keywell credential-process --profile lost
[profile inline]
AWS_ACCESS_KEY_ID = AKIAI44QH8DHBEXAMPLE
AWS_SECRET_ACCESS_KEY = canary/SECRET
[sso-session corp]
sso_region = x
[services s]
s3 =
  endpoint_url = http://x
";

fn kinds() -> World {
    let world = World::new();
    world.write(".aws/config", KINDS);
    world.write(
        ".aws/credentials",
        &format!(
            "[plain]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\n[half]\naws_access_key_id = {KEY_ID}\naws_secret_access_key =\n"
        ),
    );
    world
}

#[tokio::test]
async fn each_kind_of_profile_is_known() {
    let world = kinds();
    world.set_up(&request("kept")).await.unwrap();
    let rows: Vec<_> = list(&world.app)
        .unwrap()
        .into_iter()
        .map(|row| (row.name, row.kind, row.secret, row.key_id))
        .collect();
    let key = |id: &str| Some(id.to_owned());
    use ProfileKind as Kind;
    let expected = [
        ("default", Kind::Empty, SecretPlace::None, None),
        ("role", Kind::Role, SecretPlace::None, None),
        ("web", Kind::WebIdentity, SecretPlace::None, None),
        ("sso", Kind::SignIn, SecretPlace::None, None),
        ("old-sso", Kind::SignIn, SecretPlace::None, None),
        ("login", Kind::SignIn, SecretPlace::None, None),
        ("tool", Kind::OtherProcess, SecretPlace::None, None),
        ("lost", Kind::AccessKey, SecretPlace::Missing, None),
        (
            "inline",
            Kind::AccessKey,
            SecretPlace::PlainText,
            key("AKIAI44QH8DHBEXAMPLE"),
        ),
        ("kept", Kind::AccessKey, SecretPlace::Keychain, key(KEY_ID)),
        (
            "plain",
            Kind::AccessKey,
            SecretPlace::PlainText,
            key(KEY_ID),
        ),
        ("half", Kind::Empty, SecretPlace::None, None),
    ]
    .map(|(name, kind, secret, key_id)| (name.to_owned(), kind, secret, key_id));
    assert_eq!(rows, expected);
}

#[tokio::test]
async fn no_secret_crosses_to_the_page_whatever_is_done_to_a_profile() {
    let world = World::new();
    let config = format!(
        "[profile a]\nregion = x-1\n# aws_secret_access_key = {SECRET}\nAws_Secret_Access_Key={SECRET}\naws_access_key_id = {KEY_ID}\naws_session_token =\n  {TOKEN}\noutput = json\n[profile b]\nregion = x-1\n"
    );
    let credentials = format!(
        "[a]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\naws_session_token = {TOKEN}\n"
    );
    world.write(".aws/config", &config);
    world.write(".aws/credentials", &credentials);
    let app = &world.app;
    let mut crossed: Vec<String> = Vec::new();
    crossed.push(serde_json::to_string(&list(app).unwrap()).unwrap());
    crossed.push(serde_json::to_string(&show(app, "a").unwrap()).unwrap());
    let mut change = |change: wire::ProfileChange| {
        crossed.push(serde_json::to_string(&change).unwrap());
        change.undo.unwrap().token
    };
    let values = [("output".to_owned(), Some("yaml".to_owned()))];
    change(save(app, "a", false, &values).await.unwrap());
    change(save(app, "b", false, &values).await.unwrap());
    change(copy(app, "a", "c").await.unwrap());
    change(rename(app, "c", "d").await.unwrap());
    let token = change(remove(app, "d", false).await.unwrap());
    undo(app, &token).await.unwrap();
    assert!(
        world.config().matches(SECRET).count() == 4,
        "the copy is back"
    );
    world
        .cloud
        .fail_always("identity", keywell_app::cloud::CloudErrorKind::WrongSecret);
    let report =
        keywell_app::test_profile::test(app, "a", &|_| {}, &keywell_app::CancellationToken::new())
            .await
            .unwrap();
    crossed.push(serde_json::to_string(&report).unwrap());
    for text in &crossed {
        for canary in [SECRET, TOKEN, &SECRET[..20], &SECRET[20..]] {
            assert!(!text.contains(canary), "{text}");
        }
    }
    assert!(crossed.iter().any(|text| text.contains("••••")));
}

#[tokio::test]
async fn keys_are_not_written_into_profiles_by_hand() {
    let world = kinds();
    let before = world.everything();
    for (name, value, code) in [
        ("aws_secret_access_key", SECRET, Code::ProfileValue),
        ("AWS_SECRET_ACCESS_KEY", SECRET, Code::ProfileValue),
        ("Aws_Access_Key_Id", KEY_ID, Code::ProfileValue),
        ("aws_session_token", TOKEN, Code::ProfileValue),
        ("aws_security_token", TOKEN, Code::ProfileValue),
        ("region", "EU", Code::RegionForm),
        ("REGION", "EU", Code::RegionForm),
        ("endpoint_url", "x", Code::EndpointForm),
        ("a b", "x", Code::ProfileValue),
        ("", "x", Code::ProfileValue),
        ("output", "json\n[profile evil]", Code::ProfileValue),
        ("ca_bundle", " x", Code::FilesValue),
    ] {
        let values = [(name.into(), Some(value.into()))];
        let problem = save(&world.app, "default", false, &values)
            .await
            .unwrap_err();
        assert_eq!(problem.code, code, "{name}");
    }
    assert_eq!(world.everything(), before);
}

#[tokio::test]
async fn every_change_is_taken_back_byte_for_byte() {
    let world = kinds();
    world.set_up(&request("kept")).await.unwrap();
    world.set_up(&request("my profile")).await.unwrap();
    profiles::set_in_use(&world.app, "kept").unwrap();
    let app = &world.app;
    let before = world.everything();
    let region = |value: Option<&str>| vec![("region".to_owned(), value.map(str::to_owned))];
    let mut tried = 0;
    for name in ["kept", "my profile", "role", "plain", "default", "inline"] {
        for number in 0..5 {
            let change = match number {
                0 => save(app, name, false, &region(Some("us-west-2"))).await,
                1 => copy(app, name, "new name").await,
                2 => rename(app, name, "new name").await,
                3 => remove(app, name, false).await,
                _ => remove(app, name, true).await,
            }
            .unwrap();
            assert_ne!(world.everything(), before, "{name} {number}");
            undo(app, &change.undo.clone().unwrap().token)
                .await
                .unwrap();
            assert_eq!(world.everything(), before, "{name} {number}");
            assert_eq!(
                undo(app, &change.undo.unwrap().token)
                    .await
                    .unwrap_err()
                    .code,
                Code::UndoGone
            );
            tried += 1;
        }
    }
    assert_eq!(tried, 30);
}

#[tokio::test]
async fn an_index_that_can_not_be_written_leaves_the_files_as_they_were() {
    let world = World::new().with_profile("work").await;
    world.block("keywell/index.lock");
    let before = world.everything();
    let app = &world.app;
    for problem in [
        copy(app, "work", "other").await.unwrap_err(),
        rename(app, "work", "other").await.unwrap_err(),
        remove(app, "work", true).await.unwrap_err(),
    ] {
        assert_eq!(problem.code, Code::FilesUnwritable);
        assert_eq!(world.everything(), before);
    }
}

#[tokio::test]
async fn undo_is_refused_when_the_file_changed_since_and_works_once_that_is_gone() {
    let world = World::new().with_profile("work").await;
    let before = world.everything();
    let change = remove(&world.app, "work", true).await.unwrap();
    let removed = world.config();
    let theirs = "[profile work]\nregion = us-west-1\n";
    world.write(".aws/config", theirs);
    let token = change.undo.unwrap().token;
    let answer = undo(&world.app, &token).await.unwrap();
    assert_eq!(answer.conflict.unwrap().file, "~/.aws/config");
    assert_eq!(world.config(), theirs);
    assert_eq!(world.item(KEY_ID), None, "the keychain is left alone too");

    world.write(".aws/config", &removed);
    world
        .store
        .inner
        .fail_next(Operation::Set, ErrorKind::Locked);
    let problem = undo(&world.app, &token).await.unwrap_err();
    assert_eq!(problem.code, Code::VaultLocked);
    undo(&world.app, &token).await.unwrap();
    assert_eq!(world.everything(), before);
}

#[tokio::test]
async fn a_renamed_profile_takes_its_key_along_and_those_that_build_on_it_follow() {
    let world = World::new();
    world.write(
        ".aws/config",
        "[profile admin]\nsource_profile = work\nrole_arn = r\n[profile other]\nsource_profile = else\nrole_arn = r\n",
    );
    world.set_up(&request("work")).await.unwrap();
    rename(&world.app, "work", "my work").await.unwrap();
    let config = world.config();
    let (settings, id) = config.trim_end().split_at(config.trim_end().len() - 8);
    assert!(id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
    insta::assert_snapshot!(settings, @r"
    [profile admin]
    source_profile = my work
    role_arn = r
    [profile other]
    source_profile = else
    role_arn = r
    [profile 'my work']
    region = eu-west-1
    output = json
    credential_process = /opt/keywell/bin/keywell credential-process --id
    ");
    assert_eq!(world.in_use().as_deref(), Some("my work"));
    let line = world.config();
    let line = line.lines().last().unwrap();
    let printed = (world.app.run_helper)(line.trim_start_matches("credential_process = ").into());
    assert!(printed.await.unwrap().expose().contains(SECRET));
    assert_eq!(
        rename(&world.app, "my work", "admin")
            .await
            .unwrap_err()
            .code,
        Code::ProfileExists
    );
    assert_eq!(
        rename(&world.app, "work", "x").await.unwrap_err().code,
        Code::ProfileMissing
    );
    assert_eq!(
        rename(&world.app, "my work", "a]").await.unwrap_err().code,
        Code::ProfileName
    );
}

#[tokio::test]
async fn undo_of_a_rename_brings_the_profile_in_use_back() {
    let world = World::new().with_profile("work").await;
    let change = rename(&world.app, "work", "other").await.unwrap();
    undo(&world.app, &change.undo.unwrap().token).await.unwrap();
    assert_eq!(world.in_use().as_deref(), Some("work"));
}

#[tokio::test]
async fn a_copy_has_the_same_settings_nested_ones_too_and_the_same_key() {
    let world = World::new().with_profile("work").await;
    let nested = "s3 =\n  max_concurrent_requests = 20\n  # note\n";
    world.write(".aws/config", &format!("{}{nested}", world.config()));
    copy(&world.app, "work", "twin").await.unwrap();
    let config = world.config();
    assert_eq!(
        config
            .matches(nested.trim_end_matches("  # note\n"))
            .count(),
        2
    );
    let row = profiles::row(&world.app, "twin").unwrap();
    assert_eq!(row.key_id.as_deref(), Some(KEY_ID));
    assert!(config.contains("--profile twin"));
}

#[tokio::test]
async fn a_key_leaves_the_keychain_only_when_no_other_profile_uses_it() {
    let world = World::new().with_profile("one").await;
    copy(&world.app, "one", "two").await.unwrap();
    // A third one borrows the first one's line.
    let borrowed = "[profile three]\ncredential_process = /opt/keywell/bin/keywell credential-process --profile two\n";
    world.write(".aws/config", &format!("{}{borrowed}", world.config()));
    for (profile, stays) in [("one", true), ("two", true)] {
        remove(&world.app, profile, true).await.unwrap();
        assert_eq!(world.item(KEY_ID).is_some(), stays, "{profile}");
    }
    let world = World::new().with_profile("one").await;
    remove(&world.app, "one", false).await.unwrap();
    assert!(world.item(KEY_ID).is_some(), "not asked to forget it");

    let world = World::new().with_profile("one").await;
    let before = world.everything();
    let change = remove(&world.app, "one", true).await.unwrap();
    assert_eq!(world.item(KEY_ID), None);
    assert_eq!(world.in_use(), None);
    undo(&world.app, &change.undo.unwrap().token).await.unwrap();
    assert_eq!(world.everything(), before);
}

#[tokio::test]
async fn a_keychain_that_does_not_let_go_of_a_key_keeps_the_profile() {
    for operation in [Operation::Get, Operation::Delete] {
        let world = World::new().with_profile("one").await;
        let before = world.everything();
        world.store.inner.fail_next(operation, ErrorKind::Denied);
        let problem = remove(&world.app, "one", true).await.unwrap_err();
        assert_eq!(problem.code, Code::VaultDenied);
        assert_eq!(world.everything(), before);
    }
    let world = World::new().with_profile("one").await;
    world.store.delete(KEY_ID).unwrap();
    remove(&world.app, "one", true).await.unwrap();
    assert!(list(&world.app).unwrap().is_empty());
}

#[tokio::test]
async fn a_profile_is_made_by_hand_once_and_changed_when_it_is_there() {
    let world = World::new();
    let region = [("region".to_owned(), Some("eu-west-1".to_owned()))];
    let made = save(&world.app, "new", true, &region).await.unwrap();
    assert_eq!(world.config(), "[profile new]\nregion = eu-west-1\n");
    assert_eq!(made.diff.len(), 2);
    let again = save(&world.app, "new", true, &region).await.unwrap_err();
    assert_eq!(again.code, Code::ProfileExists);
    let missing = save(&world.app, "none", false, &region).await.unwrap_err();
    assert_eq!(missing.code, Code::ProfileMissing);
    let empty = save(&world.app, "none", true, &[]).await.unwrap_err();
    assert_eq!(empty.code, Code::ProfileValue);
    let url = [(
        "endpoint_url".to_owned(),
        Some("http://127.0.0.1:9/".to_owned()),
    )];
    save(&world.app, "new", false, &url).await.unwrap();
    assert!(profiles::row(&world.app, "new").unwrap().practice);
}

#[tokio::test]
async fn a_renamed_and_a_copied_profile_are_found_again_after_their_index_is_lost() {
    let world = World::new().with_profile("work").await;
    rename(&world.app, "work", "other").await.unwrap();
    copy(&world.app, "other", "twin").await.unwrap();
    for name in ["other", "twin"] {
        std::fs::remove_file(world.app.places.data.join("index.json")).unwrap();
        let target = keywell_app::hand_out::Target::Profile(name.to_owned());
        let answer = keywell_app::hand_out::credential_json(
            &world.app,
            &target,
            &keywell_app::sessions::Person::nobody(),
            &keywell_app::hand_out::Caller::default(),
        )
        .await
        .unwrap();
        assert!(answer.expose().contains(KEY_ID), "{name}");
    }
}

#[tokio::test]
async fn the_mark_of_production_follows_a_profile_and_never_touches_the_aws_files() {
    let world = kinds();
    world.set_up(&request("kept")).await.unwrap();
    let before = world.read(".aws/config");
    for profile in ["kept", "role"] {
        assert!(
            profiles::mark_production(&world.app, profile, true)
                .unwrap()
                .production
        );
    }
    assert_eq!(world.read(".aws/config"), before);

    rename(&world.app, "kept", "live").await.unwrap();
    copy(&world.app, "role", "role-2").await.unwrap();
    let marked = |world: &World| -> Vec<String> {
        let rows = list(&world.app).unwrap().into_iter();
        rows.filter(|row| row.production)
            .map(|row| row.name)
            .collect()
    };
    assert_eq!(marked(&world), ["role", "live", "role-2"]);

    // A key that is set up again is another key of the same profile.
    let again = keywell_app::setup::Request {
        replace: true,
        ..request("live")
    };
    world.set_up(&again).await.unwrap();
    assert_eq!(marked(&world), ["role", "live", "role-2"]);

    profiles::mark_production(&world.app, "live", false).unwrap();
    remove(&world.app, "role", false).await.unwrap();
    assert_eq!(marked(&world), ["role-2"]);
    let refused = profiles::mark_production(&world.app, "nobody", true).unwrap_err();
    assert_eq!(refused.code, Code::ProfileMissing);
}
