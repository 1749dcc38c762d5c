//! Set-up when it goes well, and the requests that are refused before anything happens.

use keywell_app::{
    Code,
    cloud::{AccessKeyPair, CloudErrorKind},
    setup,
};
use keywell_vault::Secret;
use keywell_wire as wire;

use crate::world::{KEY_ID, SECRET, TOKEN, World, pair, request};

const CSV: &str = "\u{feff}Access key ID,Secret access key\r\nAKIAIOSFODNN7EXAMPLE,wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\r\n";

fn plan(draft: &wire::KeyDraft) -> wire::SetupPlan {
    wire::SetupPlan {
        draft: draft.draft.clone(),
        profile: draft.suggested_profile.clone(),
        region: draft.suggested_region.clone(),
        output: "json".into(),
        endpoint_url: draft.suggested_endpoint_url.clone(),
        replace: false,
        root_confirmation: String::new(),
    }
}

async fn run_plan(
    world: &World,
    plan: &wire::SetupPlan,
) -> Result<wire::SetupSummary, keywell_app::Problem> {
    let cancel = keywell_app::CancellationToken::new();
    setup::run_draft(&world.app, plan, &|_| {}, &cancel).await
}

#[tokio::test]
async fn a_csv_becomes_a_proven_profile_whose_secret_is_in_the_keychain_alone() {
    let world = World::new();
    world.write("Downloads/marta_accessKeys.csv", CSV);
    let csv = world.path("Downloads/marta_accessKeys.csv");
    let draft = setup::from_csv(&world.app, &csv, None).unwrap();
    assert_eq!(draft.suggested_profile, "marta");
    assert!(draft.default_free && draft.choices.is_empty());

    let plan = plan(&draft);
    let preview = setup::preview(&world.app, &plan).unwrap();
    assert_eq!(preview.name_problem, None);
    assert!(!world.path(".aws").exists(), "a preview writes nothing");

    let summary = run_plan(&world, &plan).await.unwrap();
    assert_eq!(summary.identity.name, "marta");
    assert_eq!(summary.csv_path.as_deref(), csv.to_str());
    insta::assert_snapshot!(world.config(), @r"
    [profile marta]
    region = us-east-1
    output = json
    credential_process = /opt/keywell/bin/keywell credential-process --profile marta
    ");
    assert!(!world.path(".aws/credentials").exists());
    assert_eq!(world.item(KEY_ID).unwrap().secret.expose(), SECRET);
    assert!(!world.index().contains(SECRET));
    assert_eq!(world.cloud.count("identity"), 2, "asked, and proven");
    let steps: Vec<(String, String)> = summary
        .steps
        .iter()
        .map(|step| (format!("{:?}", step.state), step.detail.clone()))
        .collect();
    insta::assert_debug_snapshot!("steps_of_a_set_up", steps);
    insta::assert_debug_snapshot!(summary.commands, @r#"
    [
        "aws s3 ls --profile marta",
        "aws sts get-caller-identity --profile marta",
        "keywell test marta",
    ]
    "#);

    assert_eq!(
        run_plan(&world, &plan).await.unwrap_err().code,
        Code::DraftGone,
        "a secret is not held longer than needed"
    );
    setup::delete_csv(&world.app, &csv).unwrap();
    assert!(!csv.exists());
}

#[tokio::test]
async fn a_first_profile_is_the_one_in_use_and_a_second_does_not_take_its_place() {
    let world = World::new().with_profile("one").await;
    world.set_up(&request("two")).await.unwrap();
    assert_eq!(world.in_use().as_deref(), Some("one"));
    assert_eq!(keywell_app::profiles::list(&world.app).unwrap().len(), 2);
}

#[test]
fn a_pasted_key_is_offered_the_default_profile_while_there_is_none() {
    let world = World::new();
    let paste = || {
        setup::from_paste(
            &world.app,
            wire::PasteRequest {
                key_id: format!(" {KEY_ID}\n"),
                secret: SECRET.into(),
                session_token: Some(String::new()),
            },
        )
        .unwrap()
    };
    let draft = paste();
    assert!(draft.default_free);
    assert_eq!(draft.suggested_profile, "default");
    world.write(".aws/config", "[default]\nregion = eu-west-1\n");
    let draft = paste();
    assert!(!draft.default_free);
    assert_eq!(draft.suggested_profile, "keywell");
    world.write(".aws/credentials", "[keywell]\naws_access_key_id = x\n");
    assert_eq!(paste().suggested_profile, "keywell-2");
}

#[test]
fn a_csv_of_several_keys_lets_the_person_choose() {
    let world = World::new();
    world.write(
        "keys.csv",
        "User name,Access key ID,Secret access key\nann,AKIAIOSFODNN7EXAMPLE,wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\nbob,AKIAI44QH8DHBEXAMPLE,je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY\n",
    );
    let draft = |row| setup::from_csv(&world.app, &world.path("keys.csv"), row);
    let first = draft(None).unwrap();
    let users: Vec<_> = first
        .choices
        .iter()
        .map(|choice| (choice.row, choice.user.as_deref(), choice.key_id.as_str()))
        .collect();
    assert_eq!(
        users,
        [
            (0, Some("ann"), "AKIAIOSFODNN7EXAMPLE"),
            (1, Some("bob"), "AKIAI44QH8DHBEXAMPLE")
        ]
    );
    let second = draft(Some(1)).unwrap();
    assert_eq!(second.key_id, "AKIAI44QH8DHBEXAMPLE");
    assert_eq!(second.suggested_profile, "bob");
    assert_eq!(draft(Some(2)).unwrap_err().code, Code::CsvNoKey);
    assert_eq!(
        setup::preview(&world.app, &plan(&first)).unwrap_err().code,
        Code::DraftGone,
        "only the newest draft is held"
    );
}

#[test]
fn only_a_csv_that_was_read_here_can_be_deleted() {
    let world = World::new();
    world.write("keys.csv", CSV);
    let problem = setup::delete_csv(&world.app, &world.path("keys.csv")).unwrap_err();
    assert_eq!(problem.code, Code::CsvNotOurs);
    assert!(world.path("keys.csv").exists());
}

#[tokio::test]
async fn a_plain_profile_moves_and_every_other_byte_of_both_files_stays() {
    let config = "# my notes\r\n[default]\r\nregion=us-west-2\r\n\r\n[profile work]  # day job\r\nregion = eu-central-1\r\nmax_attempts = 5\r\ns3 =\r\n    max_concurrent_requests = 20\r\n\r\n; the end\r\n[profile last]\r\nrole_arn = arn:aws:iam::1:role/x\r\n";
    let credentials = format!(
        "# keep me\n[other]\naws_access_key_id = AKIAI44QH8DHBEXAMPLE\naws_secret_access_key = other\n\n[work]\naws_access_key_id={KEY_ID}\naws_secret_access_key={SECRET}\n\n# about last\n[last]\naws_access_key_id = a\n"
    );
    let world = World::new();
    world.write(".aws/config", config);
    world.write(".aws/credentials", &credentials);

    let draft = setup::from_profile(&world.app, "work").unwrap();
    assert_eq!(draft.suggested_profile, "work");
    assert_eq!(draft.suggested_region, "eu-central-1");
    let summary = run_plan(&world, &plan(&draft)).await.unwrap();

    assert_eq!(
        world.config(),
        config.replace(
            "    max_concurrent_requests = 20\r\n",
            "    max_concurrent_requests = 20\r\noutput = json\r\ncredential_process = /opt/keywell/bin/keywell credential-process --profile work\r\n"
        )
    );
    assert_eq!(
        world.read(".aws/credentials"),
        credentials.replace(
            &format!("[work]\naws_access_key_id={KEY_ID}\naws_secret_access_key={SECRET}\n\n"),
            ""
        )
    );
    keywell_app::history::undo(&world.app, &summary.undo.unwrap().token)
        .await
        .unwrap();
    assert_eq!(world.config(), config);
    assert_eq!(world.read(".aws/credentials"), credentials);
    assert_eq!(world.item(KEY_ID), None);
    assert_eq!(world.index(), "");
}

#[tokio::test]
async fn static_keys_leave_both_files_and_the_comments_beside_them_stay() {
    let world = World::new();
    let keys = format!("aws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\n");
    world.write(
        ".aws/config",
        &format!("[profile work]\n{keys}region = x-1\n"),
    );
    world.write(
        ".aws/credentials",
        &format!("[work]\n# since 2024\n{keys}aws_session_token =\n# ask Bob\n"),
    );
    let draft = setup::from_profile(&world.app, "work").unwrap();
    run_plan(&world, &plan(&draft)).await.unwrap();
    assert!(!world.config().contains(SECRET) && !world.config().contains(KEY_ID));
    assert_eq!(
        world.read(".aws/credentials"),
        "[work]\n# since 2024\n# ask Bob\n"
    );
}

#[tokio::test]
async fn a_plain_key_that_is_not_the_one_to_move_is_never_removed() {
    let world = World::new();
    world.write(
        ".aws/credentials",
        &format!("[work]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\n"),
    );
    let draft = setup::from_profile(&world.app, "work").unwrap();
    world.write(
        ".aws/credentials",
        "[work]\naws_access_key_id = AKIAI44QH8DHBEXAMPLE\naws_secret_access_key = je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY\n",
    );
    let before = world.everything();
    let problem = run_plan(&world, &plan(&draft)).await.unwrap_err();
    assert_eq!(problem.code, Code::ProfileExists);
    assert_eq!(world.everything(), before);
}

#[tokio::test]
async fn an_existing_profile_is_replaced_only_when_asked_and_undo_brings_it_back() {
    let world = World::new();
    world.write(
        ".aws/config",
        "[profile work]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = base\nregion = eu-west-3\n",
    );
    let before = world.everything();
    let problem = world.set_up(&request("work")).await.unwrap_err();
    assert_eq!(problem.code, Code::ProfileExists);
    assert!(world.cloud.calls().is_empty(), "nothing was asked");
    assert_eq!(world.everything(), before);

    let replace = setup::Request {
        replace: true,
        ..request("work")
    };
    let summary = world.set_up(&replace).await.unwrap();
    assert!(!world.config().contains("role_arn"));
    keywell_app::history::undo(&world.app, &summary.undo.unwrap().token)
        .await
        .unwrap();
    assert_eq!(world.everything(), before);
}

#[tokio::test]
async fn undo_of_a_set_up_brings_the_older_item_back_and_keeps_a_key_that_others_use() {
    let world = World::new();
    let temporary = |token: &str| AccessKeyPair {
        key_id: "ASIAIOSFODNN7EXAMPLE".into(),
        secret: Secret::new(SECRET),
        session_token: Some(Secret::new(token)),
    };
    for (token, replace) in [("first", false), ("second", true)] {
        world.cloud.add_key("marta", &temporary(token));
        let again = setup::Request {
            pair: temporary(token),
            replace,
            ..request("work")
        };
        let summary = world.set_up(&again).await.unwrap();
        if replace {
            let token = summary.undo.unwrap().token;
            keywell_app::history::undo(&world.app, &token)
                .await
                .unwrap();
        }
    }
    let item = world.item("ASIAIOSFODNN7EXAMPLE").unwrap();
    assert_eq!(item.session_token, Some(Secret::new("first")));

    let world = World::new();
    let first = world.set_up(&request("one")).await.unwrap();
    keywell_app::profiles::copy(&world.app, "one", "two")
        .await
        .unwrap();
    let token = first.undo.unwrap().token;
    keywell_app::history::undo(&world.app, &token)
        .await
        .unwrap();
    assert!(!world.config().contains("[profile one]"));
    assert!(world.config().contains("[profile two]"));
    assert!(world.item(KEY_ID).is_some(), "the copy uses it");
}

#[tokio::test]
async fn undo_of_a_set_up_keeps_a_key_that_another_config_file_uses() {
    let world = World::new().with_profile("one").await;
    let summary = world.set_up(&request("two")).await.unwrap();
    assert!(world.item(KEY_ID).is_some());
    let token = summary.undo.unwrap().token;
    keywell_app::history::undo(&world.app, &token)
        .await
        .unwrap();
    assert!(world.item(KEY_ID).is_some(), "one uses it");

    let world = World::new();
    let summary = world.set_up(&request("one")).await.unwrap();
    let mut index: serde_json::Value = serde_json::from_str(&world.index()).unwrap();
    index["profiles"]["/elsewhere/config"]["x"]["key_id"] = KEY_ID.into();
    world.write("keywell/index.json", &index.to_string());
    let token = summary.undo.unwrap().token;
    keywell_app::history::undo(&world.app, &token)
        .await
        .unwrap();
    assert_eq!(world.config(), "");
    assert!(world.item(KEY_ID).is_some(), "another config file uses it");
}

#[tokio::test]
async fn a_profile_that_somebody_makes_meanwhile_is_not_written_over() {
    let world = World::new();
    let config = "[profile work]\nregion = us-west-2\n";
    let on_step = |step: wire::Step| {
        if step.id == wire::StepId::Store {
            world.write(".aws/config", config);
        }
    };
    let cancel = keywell_app::CancellationToken::new();
    let problem = setup::run(&world.app, &request("work"), &on_step, &cancel)
        .await
        .unwrap_err();
    assert_eq!(problem.code, Code::ProfileExists);
    assert_eq!(world.config(), config);
    assert_eq!(world.item(KEY_ID), None);
}

#[tokio::test]
async fn a_root_users_key_is_stored_only_after_a_typed_confirmation() {
    let world = World::new();
    world.cloud.add_key("root", &pair());
    let before = world.everything();
    assert_eq!(
        world.set_up(&request("work")).await.unwrap_err().code,
        Code::KeyRoot
    );
    assert_eq!(world.everything(), before);
    let confirmed = setup::Request {
        root_confirmed: true,
        ..request("work")
    };
    let summary = world.set_up(&confirmed).await.unwrap();
    assert_eq!(summary.identity.kind, wire::IdentityKind::Root);
}

#[tokio::test]
async fn a_temporary_key_needs_its_token_and_is_handed_out_with_it() {
    let world = World::new();
    let temporary = |token: Option<&str>| AccessKeyPair {
        key_id: "ASIAIOSFODNN7EXAMPLE".into(),
        secret: Secret::new(SECRET),
        session_token: token.map(Secret::new),
    };
    world.cloud.add_key("marta", &temporary(Some(TOKEN)));
    let with = |token| setup::Request {
        pair: temporary(token),
        ..request("work")
    };
    assert_eq!(
        world.set_up(&with(None)).await.unwrap_err().code,
        Code::KeyTokenMissing
    );
    world.set_up(&with(Some(TOKEN))).await.unwrap();
    let item = world.item("ASIAIOSFODNN7EXAMPLE").unwrap();
    assert_eq!(item.session_token, Some(Secret::new(TOKEN)));
}

#[tokio::test]
async fn a_key_that_may_not_list_buckets_passes() {
    for kind in [CloudErrorKind::AccessDenied, CloudErrorKind::Unavailable] {
        let world = World::new();
        world.cloud.fail_always("list_buckets", kind);
        world.set_up(&request("work")).await.unwrap();
    }
}

#[tokio::test]
async fn a_server_without_sts_is_proven_by_s3() {
    for endpoint in ["http://127.0.0.1:9000", " http://127.0.0.1:9000/"] {
        let world = World::new();
        let own = AccessKeyPair {
            key_id: "minioadmin".into(),
            secret: Secret::new("minioadmin"),
            session_token: None,
        };
        world.cloud.add_key("own", &own);
        world
            .cloud
            .fail_always("identity", CloudErrorKind::NotImplemented);
        let request = setup::Request {
            pair: own,
            endpoint_url: Some(endpoint.into()),
            ..request("local")
        };
        let summary = world.set_up(&request).await.unwrap();
        assert_eq!(summary.identity.account_id, "");
        assert!(
            world
                .config()
                .contains("endpoint_url = http://127.0.0.1:9000\n")
        );
        assert_eq!(
            world.cloud.last_connection().endpoints.all.as_deref(),
            Some("http://127.0.0.1:9000")
        );

        world
            .cloud
            .fail_always("list_buckets", CloudErrorKind::UnknownKey);
        let again = setup::Request {
            profile: "second".into(),
            ..request
        };
        assert_eq!(
            world.set_up(&again).await.unwrap_err().code,
            Code::UnknownKey
        );
    }
}

#[tokio::test]
async fn without_the_network_only_the_helper_is_asked() {
    let world = World::new();
    let offline = setup::Request {
        ask_network: false,
        ..request("work")
    };
    world.set_up(&offline).await.unwrap();
    assert!(world.cloud.calls().is_empty());
    assert_eq!(world.item(KEY_ID).unwrap().profile, "work");
}

#[tokio::test]
async fn names_that_clients_would_mangle_are_written_as_an_id_that_the_helper_knows() {
    for name in ["my profile", "ä", "it's", "a$b", "-dash"] {
        let world = World::new().with_profile(name).await;
        assert!(world.config().contains(" --id "), "{}", world.config());
        let row = keywell_app::profiles::row(&world.app, name).unwrap();
        assert_eq!(row.secret, wire::SecretPlace::Keychain);
        let same = setup::Request {
            replace: true,
            ..request(name)
        };
        let before = world.config();
        world.set_up(&same).await.unwrap();
        assert_eq!(world.config(), before, "the id stays");
    }
}

#[tokio::test]
async fn what_can_not_be_written_is_refused_before_anything_is_asked() {
    let base = || request("work");
    let cases = [
        ("", None, None, None, Code::ProfileName),
        ("a]b", None, None, None, Code::ProfileName),
        ("a\nb", None, None, None, Code::ProfileName),
        (" a", None, None, None, Code::ProfileName),
        ("a#b", None, None, None, Code::ProfileName),
        ("work", Some("EU west"), None, None, Code::RegionForm),
        ("work", Some(""), None, None, Code::RegionForm),
        ("work", None, Some("xml"), None, Code::ProfileValue),
        ("work", None, None, Some("localhost"), Code::EndpointForm),
        ("work", None, None, Some("http://a\nb"), Code::EndpointForm),
    ];
    for (profile, region, output, endpoint, code) in cases {
        let world = World::new();
        let before = world.everything();
        let request = setup::Request {
            profile: profile.into(),
            region: region.unwrap_or("eu-west-1").into(),
            output: output.unwrap_or("json").into(),
            endpoint_url: endpoint.map(str::to_owned),
            ..base()
        };
        let problem = world.set_up(&request).await.unwrap_err();
        assert_eq!(problem.code, code, "{profile:?} {region:?} {endpoint:?}");
        assert!(!problem.message.is_empty() && !problem.hint.is_empty());
        assert!(world.cloud.calls().is_empty());
        assert_eq!(world.everything(), before);
    }
}

#[tokio::test]
async fn a_preview_shows_what_will_be_written_and_what_is_wrong() {
    let world = World::new().with_profile("taken").await;
    world.write("keys.csv", CSV);
    let draft = setup::from_csv(&world.app, &world.path("keys.csv"), None).unwrap();
    assert_eq!(draft.findings[0].code, "key.known");
    let good = plan(&draft);
    let taken = wire::SetupPlan {
        profile: "taken".into(),
        region: "eu-north-1".into(),
        ..good.clone()
    };
    let preview = setup::preview(&world.app, &taken).unwrap();
    assert!(preview.exists);
    let added: Vec<_> = preview
        .diff
        .iter()
        .filter(|line| line.kind == wire::DiffKind::Added)
        .map(|line| line.text.as_str())
        .collect();
    assert_eq!(added, ["region = eu-north-1"]);
    let wrong = wire::SetupPlan {
        profile: "a]".into(),
        region: "??".into(),
        endpoint_url: Some("x".into()),
        ..good
    };
    let preview = setup::preview(&world.app, &wrong).unwrap();
    assert!(preview.diff.is_empty());
    let codes = [
        preview.name_problem,
        preview.region_problem,
        preview.endpoint_problem,
    ]
    .map(|problem| problem.unwrap().code);
    assert_eq!(codes, ["profile.name", "region.form", "endpoint.form"]);
}

#[tokio::test]
async fn the_key_of_a_practice_account_is_not_sent_to_aws() {
    let world = World::new();
    let mut wanted = request("work");
    wanted.pair.key_id = "AKIAPRACTICE00000001".to_owned();
    let before = world.everything();
    let problem = world.set_up(&wanted).await.unwrap_err();
    assert_eq!(problem.code, Code::EndpointForm);
    assert_eq!(world.everything(), before);
}
