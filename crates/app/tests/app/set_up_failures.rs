//! Set-up when something fails or is cancelled: files, index and keychain are as before, byte for byte.

use keywell_app::{CancellationToken, Code, Problem, cloud::CloudErrorKind as Kind, setup};
use keywell_vault::{ErrorKind, Item, Operation, Secret, VaultError};

use crate::world::{KEY_ID, SECRET, World, pair, request};

/// Machines on which set-up begins.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Start {
    /// No AWS files, no index, an empty keychain.
    Fresh,
    /// A plain profile with neighbours, to be moved; the files are in folders of their own.
    Plain,
    /// The profile is keychain-backed already, and is set up anew with the key that the keychain holds.
    Again,
}

const STARTS: [Start; 3] = [Start::Fresh, Start::Plain, Start::Again];

async fn begin(start: Start) -> (World, setup::Request) {
    match start {
        Start::Fresh => (World::new(), request("work")),
        Start::Plain => {
            let world = World::with(&[
                ("AWS_CONFIG_FILE", "~/.aws/config"),
                ("AWS_SHARED_CREDENTIALS_FILE", "~/elsewhere/credentials"),
            ]);
            world.write(
                ".aws/config",
                "# notes\r\n[profile work]\r\nregion=x-1\r\n\r\n[default]\r\n",
            );
            world.write(
                "elsewhere/credentials",
                &format!("[a]\nx = y\n[work]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET} \n; end"),
            );
            let request = setup::Request {
                source: setup::Source::Profile("work".into()),
                ..request("work")
            };
            (world, request)
        }
        Start::Again => {
            let world = World::new().with_profile("work").await;
            // The keychain holds what another Keywell stored: another time, another profile.
            let item = Item {
                created: 7,
                profile: "older".into(),
                ..world.item(KEY_ID).unwrap()
            };
            keywell_vault::Store::set(&world.store.inner, &item).unwrap();
            let request = setup::Request {
                replace: true,
                region: "eu-south-1".into(),
                ..request("work")
            };
            (world, request)
        }
    }
}

type Sabotage = Box<dyn Fn(&World, &CancellationToken)>;

fn cases(start: Start) -> Vec<(String, Sabotage, Option<Code>)> {
    let mut cases: Vec<(String, Sabotage, Option<Code>)> = Vec::new();
    let mut case = |name: &str, sabotage: Sabotage, code: Option<Code>| {
        cases.push((name.to_owned(), sabotage, code));
    };
    for (kind, code) in [
        (Kind::UnknownKey, Code::UnknownKey),
        (Kind::WrongSecret, Code::WrongSecret),
        (Kind::ClockSkew, Code::ClockSkew),
        (Kind::AccessDenied, Code::AccessDenied),
        (Kind::Throttled, Code::Throttled),
        (Kind::Unavailable, Code::Unavailable),
        (Kind::Unreachable, Code::Unreachable),
        (Kind::TimedOut, Code::TimedOut),
        (Kind::Tls, Code::Tls),
        (Kind::Proxy, Code::Proxy),
    ] {
        let first = kind.clone();
        case(
            &format!("who is this: {kind:?}"),
            Box::new(move |world, _| world.cloud.fail_next("identity", first.clone())),
            Some(code),
        );
        case(
            &format!("connect: {kind:?}"),
            Box::new(move |world, _| world.cloud.fail_connect(kind.clone())),
            Some(code),
        );
    }
    for operation in ["identity", "list_buckets"] {
        case(
            &format!("cancelled during {operation}"),
            Box::new(move |world, cancel| world.cloud.cancel_and_hang(operation, cancel)),
            Some(Code::Cancelled),
        );
    }
    case(
        "cancelled before it began",
        Box::new(|_, cancel| cancel.cancel()),
        Some(Code::Cancelled),
    );
    for (kind, code) in [
        (ErrorKind::Locked, Code::VaultLocked),
        (ErrorKind::Denied, Code::VaultDenied),
        (ErrorKind::TimedOut, Code::VaultTimedOut),
        (ErrorKind::NoKeyring, Code::VaultNoKeyring),
    ] {
        for operation in [Operation::Get, Operation::Set] {
            case(
                &format!("keychain: {operation:?} {kind:?}"),
                Box::new(move |world, _| world.store.inner.fail_next(operation, kind)),
                Some(code),
            );
        }
        case(
            &format!("keychain does not open: {kind:?}"),
            Box::new(move |world, _| {
                world
                    .store
                    .fail_open(VaultError::new(kind, Operation::Open, "x"));
            }),
            Some(code),
        );
    }
    // Readings: what is there before (twice), then the comparison.
    case(
        "another secret is read back",
        Box::new(|world, _| world.store.alter_get(3)),
        Some(Code::VaultAltered),
    );
    case(
        "the index can not be written",
        Box::new(|world, _| world.block("keywell/index.lock")),
        Some(Code::FilesUnwritable),
    );
    match start {
        Start::Fresh => case(
            "the folder is a file",
            Box::new(|world, _| world.write(".aws", "in the way")),
            None,
        ),
        Start::Plain => {
            case(
                "the config file can not be written",
                Box::new(|world, _| world.block(".aws/.keywell.lock")),
                Some(Code::FilesUnwritable),
            );
            case(
                "the credentials file can not be written",
                Box::new(|world, _| world.block("elsewhere/.keywell.lock")),
                Some(Code::FilesUnwritable),
            );
        }
        Start::Again => case(
            "the config file can not be written",
            Box::new(|world, _| world.block(".aws/.keywell.lock")),
            Some(Code::FilesUnwritable),
        ),
    }
    let answers: [(&str, &str); 4] = [
        ("garbage", "Segmentation fault"),
        ("nothing", ""),
        (
            "an other version",
            r#"{"Version":2,"AccessKeyId":"AKIAIOSFODNN7EXAMPLE","SecretAccessKey":"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}"#,
        ),
        (
            "another key",
            r#"{"Version":1,"AccessKeyId":"AKIAI44QH8DHBEXAMPLE","SecretAccessKey":"x"}"#,
        ),
    ];
    for (name, answer) in answers {
        let code = if name == "another key" {
            Code::SetupUnproven
        } else {
            Code::HelperFailed
        };
        case(
            &format!("the helper prints {name}"),
            Box::new(move |world, _| world.on_helper(move |_| Some(Ok(Secret::new(answer))))),
            Some(code),
        );
    }
    case(
        "the helper fails",
        Box::new(|world, _| {
            world.on_helper(|_| Some(Err(Problem::new(Code::HelperFailed, "no", "no"))));
        }),
        Some(Code::HelperFailed),
    );
    case(
        "cancelled while the helper runs",
        Box::new(|world, cancel| {
            let cancel = cancel.clone();
            world.on_helper(move |_| {
                cancel.cancel();
                None
            });
        }),
        Some(Code::Cancelled),
    );
    case(
        "AWS says somebody else the second time",
        Box::new(|world, _| {
            world
                .cloud
                .answer_identities(&[None, Some("arn:aws:iam::999900001111:user/mallory")]);
        }),
        Some(Code::SetupUnproven),
    );
    case(
        "AWS refuses the second time",
        Box::new(|world, _| {
            let cloud = world.cloud.clone();
            world.on_helper(move |_| {
                cloud.fail_next("identity", Kind::UnknownKey);
                None
            });
        }),
        Some(Code::UnknownKey),
    );
    cases
}

#[tokio::test]
async fn whatever_fails_leaves_files_index_and_keychain_as_they_were() {
    let mut tried = 0;
    for start in STARTS {
        for (name, sabotage, code) in cases(start) {
            let (world, request) = begin(start).await;
            let cancel = CancellationToken::new();
            sabotage(&world, &cancel);
            // Obstacles are part of the machine, faults are not taken back by looking.
            let faults_kept = name.starts_with("keychain:");
            let before = if faults_kept {
                let before = world.everything();
                sabotage(&world, &cancel);
                before
            } else {
                world.everything()
            };
            let steps = std::sync::Mutex::new(Vec::new());
            let problem = setup::run(
                &world.app,
                &request,
                &|step| steps.lock().unwrap().push(step),
                &cancel,
            )
            .await
            .expect_err(&name);
            if let Some(code) = code {
                assert_eq!(problem.code, code, "{start:?}: {name}: {problem:?}");
            }
            let shown = serde_json::to_string(&*steps.lock().unwrap()).unwrap();
            assert!(
                name == "cancelled before it began" || shown.contains(r#""state":"failed""#),
                "{start:?}: {name}: no step says what failed: {shown}"
            );
            assert!(
                !shown.contains(SECRET) && !format!("{problem:?}").contains(SECRET),
                "{start:?}: {name}"
            );
            assert!(
                !problem.cause.contains("put back"),
                "{start:?}: {name}: {problem:?}"
            );
            assert_eq!(world.everything(), before, "{start:?}: {name}");
            tried += 1;
        }
    }
    assert!(tried > 100, "{tried}");
}

#[tokio::test]
async fn after_a_failure_the_same_request_succeeds() {
    for start in STARTS {
        let (world, request) = begin(start).await;
        world.cloud.fail_next("identity", Kind::Unreachable);
        world.set_up(&request).await.unwrap_err();
        world
            .store
            .inner
            .fail_next(Operation::Set, ErrorKind::Locked);
        world.set_up(&request).await.unwrap_err();
        world.set_up(&request).await.unwrap();
        assert_eq!(world.item(KEY_ID).unwrap().secret, pair().secret);
    }
}

#[tokio::test]
async fn a_file_that_somebody_changed_meanwhile_keeps_the_profile_working_and_the_key_in_the_keychain()
 {
    let (world, request) = begin(Start::Plain).await;
    let config = world.path(".aws/config");
    world.on_helper(move |_| {
        let text = std::fs::read_to_string(&config).unwrap();
        std::fs::write(&config, format!("{text}[profile new]\n")).unwrap();
        Some(Ok(Secret::new("garbage")))
    });
    let problem = world.set_up(&request).await.unwrap_err();
    assert_eq!(
        problem.code,
        Code::HelperFailed,
        "the first failure is told"
    );
    assert!(problem.cause.contains("changed by another program"));
    // The plain key has left the files, so the keychain's is the only one.
    assert!(!world.read("elsewhere/credentials").contains(SECRET));
    assert_eq!(world.item(KEY_ID).unwrap().secret, pair().secret);
    let row = keywell_app::profiles::row(&world.app, "work").unwrap();
    assert_eq!(row.secret, keywell_wire::SecretPlace::Keychain);
}

#[tokio::test]
async fn an_index_that_becomes_unwritable_at_the_end_takes_the_set_up_back() {
    for start in STARTS {
        let (world, request) = begin(start).await;
        let before = world.everything();
        let (lock, index) = (world.path("keywell/index.lock"), world.index());
        world.on_helper(move |_| {
            let _ = std::fs::remove_file(&lock);
            std::fs::create_dir_all(&lock).unwrap();
            None
        });
        let problem = world.set_up(&request).await.unwrap_err();
        assert_eq!(problem.code, Code::FilesUnwritable);
        assert!(problem.cause.contains("put back"), "{problem:?}");
        // The index alone can not be put back; once it can be, all is as it was.
        std::fs::remove_dir(world.path("keywell/index.lock")).unwrap();
        if index.is_empty() {
            std::fs::remove_file(world.path("keywell/index.json")).unwrap();
        } else {
            world.write("keywell/index.json", &index);
        }
        assert_eq!(world.everything(), before, "{start:?}");
    }
}

#[tokio::test]
async fn a_keychain_that_fails_to_take_a_key_back_is_told_beside_the_first_failure() {
    let (world, request) = begin(Start::Fresh).await;
    let store = world.store.inner.clone();
    world.on_helper(move |_| {
        store.fail_always(Operation::Delete, ErrorKind::Locked);
        Some(Ok(Secret::new("garbage")))
    });
    let problem = world.set_up(&request).await.unwrap_err();
    assert_eq!(problem.code, Code::HelperFailed);
    assert!(problem.cause.contains("is locked"), "{problem:?}");
    assert!(!world.path(".aws").exists());
}

#[tokio::test(start_paused = true)]
async fn a_server_that_never_answers_is_given_up_after_the_limit_that_the_step_shows() {
    let (world, request) = begin(Start::Fresh).await;
    let before = world.everything();
    world
        .cloud
        .cancel_and_hang("identity", &CancellationToken::new());
    let limit = std::sync::Mutex::new(None);
    let on_step = |step: keywell_wire::Step| {
        if step.id == keywell_wire::StepId::Identity && step.failure.is_none() {
            *limit.lock().unwrap() = step.limit_milliseconds;
        }
    };
    let began = tokio::time::Instant::now();
    let problem = setup::run(&world.app, &request, &on_step, &CancellationToken::new())
        .await
        .unwrap_err();
    assert_eq!(problem.code, Code::TimedOut);
    let took = u32::try_from(began.elapsed().as_millis()).unwrap();
    assert_eq!(Some(took), *limit.lock().unwrap());
    assert!(world.everything() == before);
}
