//! Migration: where keys are found, what moving one does, and taking it back.

use keywell_app::{
    CancellationToken, Code, Problem, cloud::CloudErrorKind, doctor, hand_out, history, migrate,
    profiles,
};
use keywell_vault::{
    ErrorKind, Operation, OtherTool, OtherToolKey, Secret, Store, UnreadStore, VaultError,
};
use keywell_wire as wire;

use crate::world::{KEY_ID, SECRET, World, handed_out};

pub async fn move_key(world: &World, key: &str) -> Result<wire::Migration, Problem> {
    migrate::run(
        &world.app,
        &request(key),
        &|_| {},
        &CancellationToken::new(),
    )
    .await
}

pub fn request(key: &str) -> migrate::Request {
    migrate::Request {
        key: key.into(),
        new_profile: None,
        ask_network: true,
    }
}

async fn list(world: &World) -> wire::MigrationList {
    migrate::list(&world.app).await.unwrap()
}

/// The key in both AWS files, a csv, and a start-up file.
pub fn scattered() -> World {
    let world = World::new();
    world.write(
        ".aws/config",
        "# notes\r\n[profile work]\r\nregion=eu-west-1\r\n\r\n[profile twin]\r\nregion = x-1\r\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\r\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\r\n[default]\r\n",
    );
    world.write(
        ".aws/credentials",
        &format!("[a]\naws_access_key_id = AKIAI44QH8DHBEXAMPLE\naws_secret_access_key = other\n# mine\n[work]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET} \n; end"),
    );
    world.write(
        "Downloads/marta_accessKeys.csv",
        &format!("\u{feff}Access key ID,Secret access key\r\n{KEY_ID},{SECRET}\r\n"),
    );
    world.write(
        ".bashrc",
        &format!("alias l=ls\nexport AWS_ACCESS_KEY_ID={KEY_ID}\nexport AWS_SECRET_ACCESS_KEY={SECRET} # old\necho hi"),
    );
    world
}

#[tokio::test]
async fn one_key_in_several_places_is_one_key() {
    let world = scattered();
    let list = list(&world).await;
    let key = list.keys.iter().find(|key| key.id == KEY_ID).unwrap();
    let places: Vec<_> = key.copies.iter().map(|copy| copy.place.as_str()).collect();
    assert_eq!(
        places,
        [
            "~/.aws/credentials, profile work",
            "~/.aws/config, profile twin",
            "~/Downloads/marta_accessKeys.csv",
            "~/.bashrc, line 2",
        ]
    );
    assert_eq!(key.profiles, ["work", "twin"]);
    assert!(!key.new_profile && key.blocked.is_none());
    assert!(!serde_json::to_string(&list).unwrap().contains(SECRET));
}

#[tokio::test]
async fn a_moved_key_leaves_no_plain_copy_and_every_profile_asks_the_keychain() {
    let world = scattered();
    let before = world.everything();
    let moved = move_key(&world, KEY_ID).await.unwrap();
    assert_eq!(moved.profiles, ["work", "twin"]);
    assert!(moved.finished);
    assert_eq!(
        world.config(),
        "# notes\r\n[profile work]\r\nregion=eu-west-1\r\ncredential_process = /opt/keywell/bin/keywell credential-process --profile work\r\n\r\n[profile twin]\r\nregion = x-1\r\ncredential_process = /opt/keywell/bin/keywell credential-process --profile twin\r\n[default]\r\n"
    );
    assert_eq!(
        world.read(".aws/credentials"),
        "[a]\naws_access_key_id = AKIAI44QH8DHBEXAMPLE\naws_secret_access_key = other\n# mine\n[work]\n; end"
    );
    assert_eq!(
        world.read(".bashrc"),
        "alias l=ls\nexport AWS_PROFILE=work\necho hi"
    );
    assert!(!world.path("Downloads/marta_accessKeys.csv").exists());
    assert!(
        !format!("{:?}", world.files_as_text()).contains(SECRET),
        "a plain copy is left somewhere"
    );
    for profile in ["work", "twin"] {
        let target = hand_out::Target::Profile(profile.into());
        let handed = handed_out(&world.app, &target).await.unwrap();
        assert!(handed.expose().contains(SECRET));
        let row = profiles::row(&world.app, profile).unwrap();
        assert_eq!(row.secret, wire::SecretPlace::Keychain);
    }

    migrate::undo(&world.app, &moved.id).await.unwrap();
    assert_eq!(world.everything().without_state(), before.without_state());
    assert!(world.item(KEY_ID).is_none());
    assert!(list(&world).await.done.is_empty());
}

#[tokio::test]
async fn what_others_changed_since_stays_when_a_move_is_taken_back() {
    let world = scattered();
    let moved = move_key(&world, KEY_ID).await.unwrap();
    let config = world
        .config()
        .replace("region=eu-west-1", "region=eu-west-2");
    world.write(".aws/config", &config);
    let credentials = world.read(".aws/credentials");
    world.write(".aws/credentials", &format!("[new]\nx = y\n{credentials}"));
    let shell = world.read(".bashrc");
    world.write(".bashrc", &format!("alias g=git\n{shell}\n"));

    migrate::undo(&world.app, &moved.id).await.unwrap();
    let credentials = world.read(".aws/credentials");
    assert!(
        credentials.starts_with("[new]\nx = y\n[a]\n"),
        "{credentials}"
    );
    assert!(
        credentials.contains(&format!(
            "[work]\n; end\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}"
        )),
        "{credentials}"
    );
    let config = world.config();
    assert!(
        config.contains("region=eu-west-2") && !config.contains("credential_process"),
        "{config}"
    );
    assert_eq!(
        world.read(".bashrc"),
        format!(
            "alias g=git\nalias l=ls\nexport AWS_ACCESS_KEY_ID={KEY_ID}\nexport AWS_SECRET_ACCESS_KEY={SECRET} # old\necho hi\n"
        )
    );
    let row = profiles::row(&world.app, "work").unwrap();
    assert_eq!(row.secret, wire::SecretPlace::PlainText);
}

#[tokio::test]
async fn a_final_move_keeps_nothing_to_bring_it_back_with() {
    let world = scattered();
    let moved = move_key(&world, KEY_ID).await.unwrap();
    let stored = world.read("keywell/migrations.json");
    assert!(
        stored.contains(KEY_ID) && !stored.contains(SECRET),
        "{stored}"
    );
    migrate::settle(&world.app, &moved.id).unwrap();
    assert!(!world.path("keywell/migrations.json").exists());
    let problem = migrate::undo(&world.app, &moved.id).await.unwrap_err();
    assert_eq!(problem.code, Code::UndoGone);
    assert!(world.item(KEY_ID).is_some());
}

#[tokio::test]
async fn a_move_whose_profile_has_another_key_by_now_is_not_taken_back() {
    let world = scattered();
    let moved = move_key(&world, KEY_ID).await.unwrap();
    let index = world.index().replace(KEY_ID, "AKIAI44QH8DHBEXAMPLE");
    world.write("keywell/index.json", &index);
    let before = world.everything();
    let problem = migrate::undo(&world.app, &moved.id).await.unwrap_err();
    assert_eq!(problem.code, Code::UndoGone);
    assert_eq!(world.everything(), before);
}

#[tokio::test]
async fn a_key_without_a_profile_gets_one_from_what_stands_beside_it() {
    let world = World::new();
    let env = format!(
        "AWS_ACCESS_KEY_ID='{KEY_ID}'\nAWS_SECRET_ACCESS_KEY='{SECRET}'\nAWS_REGION=eu-central-1\nPORT=80\n"
    );
    world.write("shop/.env", &env);
    let file = world.path("shop/.env");
    migrate::point_at(&world.app, &file).unwrap();
    let key = &list(&world).await.keys[0];
    assert!(key.new_profile);
    let request = migrate::Request {
        new_profile: Some("shop".into()),
        ..request(&key.id)
    };
    let moved = migrate::run(&world.app, &request, &|_| {}, &CancellationToken::new())
        .await
        .unwrap();
    assert_eq!(moved.profiles, ["shop"]);
    assert_eq!(
        world.read("shop/.env"),
        "AWS_PROFILE=shop\nAWS_REGION=eu-central-1\nPORT=80\n"
    );
    assert_eq!(
        world.config(),
        "[profile shop]\nregion = eu-central-1\noutput = json\ncredential_process = /opt/keywell/bin/keywell credential-process --profile shop\n"
    );
    migrate::undo(&world.app, &moved.id).await.unwrap();
    assert_eq!(world.read("shop/.env"), env);
    assert!(!world.path(".aws/config").exists());
}

#[tokio::test]
async fn entries_of_other_tools_are_copied_and_stay() {
    let world = World::new();
    world.write(
        ".aws/config",
        "[profile work]\nregion = eu-west-1\ncredential_process = aws-vault exec work --json\n",
    );
    world.other_tools.lock().unwrap().keys.push(OtherToolKey {
        tool: OtherTool::AwsVault,
        name: "work".into(),
        key_id: KEY_ID.into(),
        secret: Secret::new(SECRET),
        session_token: None,
    });
    world.other_tools.lock().unwrap().unread.push(UnreadStore {
        tool: Some(OtherTool::Granted),
        error: VaultError::new(ErrorKind::Locked, Operation::List, "Granted's keyring"),
    });
    let found = list(&world).await;
    assert_eq!(found.keys[0].profiles, ["work"]);
    assert_eq!(found.keys[0].copies[0].place, "aws-vault, entry work");
    assert_eq!(found.unread[0].place, "Granted's keyring");
    assert_eq!(
        found.unread[0].failure.hint,
        "Open it with granted credentials list, then look again."
    );
    let before = world.config();
    let moved = move_key(&world, KEY_ID).await.unwrap();
    assert!(
        world
            .config()
            .contains("keywell credential-process --profile work")
    );
    migrate::undo(&world.app, &moved.id).await.unwrap();
    assert_eq!(world.config(), before);
}

#[tokio::test]
async fn what_can_not_be_moved_says_why_and_nothing_is_written() {
    type Prepare = fn(&World);
    let cases: [(Prepare, Code); 5] = [
        (
            |world| {
                world.write(".aws/credentials", "[t]\naws_access_key_id = ASIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\naws_session_token = t\n")
            },
            Code::MigrateBlocked,
        ),
        (
            |world| {
                world.write(".aws/credentials", "[t]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = short\n")
            },
            Code::KeySecretForm,
        ),
        (
            |world| {
                world.write(".aws/credentials", "[t]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n");
                world.write(".aws/config", "[profile t]\nrole_arn = arn:aws:iam::111122223333:role/r\nsource_profile = t\n");
            },
            Code::MigrateBlocked,
        ),
        (
            |world| {
                world.write(".aws/credentials", "[t]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n");
                let item = keywell_vault::Item {
                    key_id: KEY_ID.into(),
                    secret: Secret::new("another"),
                    session_token: None,
                    profile: "x".into(),
                    config_file: "y".into(),
                    created: 1,
                };
                world.store.inner.set(&item).unwrap();
            },
            Code::MigrateBlocked,
        ),
        (|_| {}, Code::MigrateNoKey),
    ];
    for (prepare, code) in cases {
        let world = World::new();
        prepare(&world);
        let before = world.everything();
        let key = list(&world)
            .await
            .keys
            .first()
            .map_or(KEY_ID.to_owned(), |key| key.id.clone());
        let problem = move_key(&world, &key).await.unwrap_err();
        assert_eq!(problem.code, code, "{problem:?}");
        assert!(!problem.hint.is_empty());
        assert_eq!(world.everything().without_state(), before.without_state());
    }
}

#[tokio::test]
async fn a_copy_that_can_not_be_cut_out_stays_and_is_told() {
    let world = World::new();
    world.write("Downloads/credentials.csv", &format!("User name,Password,Access key ID,Secret access key,Console login link\nmarta,hunter2,{KEY_ID},{SECRET},https://x\n"));
    world.write(
        ".zshrc",
        &format!("X=1 AWS_ACCESS_KEY_ID={KEY_ID} AWS_SECRET_ACCESS_KEY={SECRET} run\n"),
    );
    let said = std::sync::Mutex::new(String::new());
    migrate::run(
        &world.app,
        &request(KEY_ID),
        &|step| {
            if step.id == wire::StepId::Remove {
                *said.lock().unwrap() = step.detail;
            }
        },
        &CancellationToken::new(),
    )
    .await
    .unwrap();
    let said = said.into_inner().unwrap();
    assert!(
        said.contains("Line 1 of ~/.zshrc") && said.contains("console password"),
        "{said}"
    );
    assert!(world.read("Downloads/credentials.csv").contains(SECRET));
    assert!(world.read(".zshrc").contains(SECRET));
}

/// One ID in five places, in two of them with a secret that is wrong.
#[tokio::test]
async fn two_secrets_of_one_id_are_two_keys_and_only_the_right_one_can_be_moved() {
    let wrong = "WRONGXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    let world = scattered();
    world.write(
        ".zshrc",
        &format!(
            "export AWS_ACCESS_KEY_ID={KEY_ID}\r\nexport AWS_SECRET_ACCESS_KEY=\"{wrong}\"\r\n"
        ),
    );
    let found = list(&world).await.keys;
    let ids: Vec<_> = found.iter().map(|key| key.id.as_str()).collect();
    let second = format!("{KEY_ID}-2");
    assert!(
        ids.contains(&KEY_ID) && ids.contains(&second.as_str()),
        "{ids:?}"
    );
    let report = doctor::examine(&world.app, false, &CancellationToken::new())
        .await
        .unwrap();
    let told = report
        .findings
        .iter()
        .find(|found| found.code == "key.two_secrets")
        .unwrap();
    assert!(told.detail.contains("~/.zshrc, line 1"), "{told:?}");
    assert!(!format!("{told:?}").contains("WRONG"));

    let before = world.everything();
    world
        .cloud
        .fail_next("identity", CloudErrorKind::WrongSecret);
    let problem = move_key(&world, &second).await.unwrap_err();
    assert_eq!(problem.code, Code::WrongSecret, "{problem:?}");
    assert_eq!(world.everything().without_state(), before.without_state());

    move_key(&world, KEY_ID).await.unwrap();
    assert!(
        world.read(".zshrc").contains(wrong),
        "the other one is not touched"
    );
    // The keychain holds the right one by now, and a wrong one never takes its place, asked of AWS or not.
    let unasked = migrate::Request {
        ask_network: false,
        ..request(KEY_ID)
    };
    let problem = migrate::run(&world.app, &unasked, &|_| {}, &CancellationToken::new())
        .await
        .unwrap_err();
    assert_eq!(problem.code, Code::MigrateBlocked, "{problem:?}");
}

#[cfg(unix)]
#[tokio::test]
async fn files_that_can_not_be_read_are_named_and_nothing_is_moved() {
    let world = scattered();
    std::fs::write(
        world.path(".aws/credentials"),
        b"[work]\naws_access_key_id = \xff\n",
    )
    .unwrap();
    let before = world.everything();
    assert_eq!(
        migrate::list(&world.app).await.unwrap_err().code,
        Code::FilesNotText
    );
    assert_eq!(
        move_key(&world, KEY_ID).await.unwrap_err().code,
        Code::FilesNotText
    );
    assert_eq!(world.everything(), before);

    // A start-up file that is no text hides nothing else.
    let world = scattered();
    std::fs::write(world.path(".bashrc"), b"\xff\xfe").unwrap();
    std::fs::create_dir(world.path(".zshrc")).unwrap();
    std::os::unix::fs::symlink("gone", world.path(".profile")).unwrap();
    let key = list(&world)
        .await
        .keys
        .into_iter()
        .find(|key| key.id == KEY_ID);
    assert_eq!(key.unwrap().copies.len(), 3);
}

#[test]
fn a_file_that_holds_no_key_is_not_taken() {
    let world = World::new();
    world.write("notes.txt", "hello");
    std::fs::write(world.path("image"), b"\x89PNG\xff\xfe").unwrap();
    std::fs::File::create(world.path("large"))
        .unwrap()
        .set_len(3 << 20)
        .unwrap();
    for name in ["notes.txt", "image", "large", "none", "."] {
        let problem = migrate::point_at(&world.app, &world.path(name)).unwrap_err();
        assert_eq!(problem.code, Code::MigrateFile, "{name}");
    }
}

#[tokio::test]
async fn profiles_go_to_another_machine_without_secrets() {
    let from = World::new().with_profile("work").await;
    let text = format!(
        "{}\n[profile büro]\nrole_arn = arn:aws:iam::111122223333:role/r\nsource_profile = work\nsso_session = s\ns3 =\n  addressing_style = path\n  max_concurrent_requests = 4\n[sso-session s]\nsso_start_url = https://x.awsapps.com/start/#/\n",
        from.config()
    );
    from.write(".aws/config", &text);
    from.write(
        ".aws/credentials",
        &format!("[plain]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\n"),
    );
    let text = migrate::export(&from.app, &[]).unwrap();
    insta::assert_snapshot!(text);
    assert!(!text.contains(SECRET) && !text.contains(KEY_ID));

    let to = World::new();
    to.write(".aws/config", "[profile work]\nregion = us-east-1\n");
    let dry = migrate::preview_import(&to.app, &text, false).unwrap();
    assert_eq!(to.config(), "[profile work]\nregion = us-east-1\n");
    let answer = migrate::import(&to.app, &text, false, None).await.unwrap();
    let done = wire::ProfileImport {
        undo: answer.undo.clone(),
        ..dry
    };
    assert_eq!(answer, done);
    assert!(answer.undo.is_some());
    assert_eq!(answer.added, ["büro", "plain", "sso-session s"]);
    assert_eq!(answer.conflicts[0].profile, "work");
    assert_eq!(
        answer.conflicts[0].settings,
        ["region", "output", "credential_process"]
    );
    let answer = migrate::import(&to.app, &text, true, None).await.unwrap();
    assert_eq!(answer.replaced, ["work"]);
    assert_eq!(answer.unchanged, ["büro", "plain", "sso-session s"]);
    insta::assert_snapshot!(to.config());
    assert_eq!(
        migrate::import(&to.app, &text, false, None)
            .await
            .unwrap()
            .conflicts,
        []
    );
}

#[tokio::test]
async fn an_import_does_what_was_shown_and_is_taken_back() {
    let world = World::new();
    let before = "[profile a]\nregion = us-east-1\n";
    world.write(".aws/config", before);
    let text = "[profile a]\nregion = eu-west-1\n[profile b]\noutput = json\n";
    let shown = migrate::preview_import(&world.app, text, true).unwrap();
    for (other, replace) in [(text, false), ("[profile b]\noutput = text\n", true)] {
        let problem = migrate::import(&world.app, other, replace, Some(&shown.version))
            .await
            .unwrap_err();
        assert_eq!(problem.code, Code::FilesChanged, "{other}");
        assert_eq!(world.config(), before);
    }
    let done = migrate::import(&world.app, text, true, Some(&shown.version))
        .await
        .unwrap();
    assert_eq!(
        world.config(),
        "[profile a]\nregion = eu-west-1\n\n[profile b]\noutput = json\n"
    );
    history::undo(&world.app, &done.undo.unwrap().token)
        .await
        .unwrap();
    assert_eq!(world.config(), before);
}

#[tokio::test]
async fn a_file_that_is_no_export_is_refused() {
    let world = World::new();
    world.write("large.txt", &"# nothing\n".repeat(2 << 20));
    std::fs::write(world.path("latin.txt"), b"caf\xe9").unwrap();
    for file in ["none.txt", "large.txt", "latin.txt", "keywell"] {
        std::fs::create_dir_all(world.path("keywell")).unwrap();
        let problem = migrate::read_export(&world.app, &world.path(file)).unwrap_err();
        assert_eq!(problem.code, Code::MigrateFile, "{file}");
    }
}

#[tokio::test]
async fn keys_in_a_text_that_is_imported_are_left_out_and_told() {
    let world = World::new();
    let text = format!(
        "[profile x]\nregion = eu-west-1\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\n"
    );
    let answer = migrate::import(&world.app, &text, false, None)
        .await
        .unwrap();
    assert_eq!(
        answer.left_out,
        ["x: aws_access_key_id", "x: aws_secret_access_key"]
    );
    assert_eq!(world.config(), "[profile x]\nregion = eu-west-1\n");
    for text in [
        "no section",
        "[profile a\nregion = x\n",
        "[profile a]\nregion = x\nregion = y\n",
    ] {
        let problem = migrate::import(&world.app, text, false, None)
            .await
            .unwrap_err();
        assert_eq!(problem.code, Code::FilesEdit, "{text}");
    }
}
