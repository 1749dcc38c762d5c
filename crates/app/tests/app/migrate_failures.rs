//! Migration when something fails, is cancelled or is killed: a profile works at every moment, and what failed is as it
//! was before.

use std::sync::Mutex;

use keywell_app::{
    CancellationToken, Code, Problem, cloud::CloudErrorKind as Kind, hand_out, migrate, profiles,
};
use keywell_vault::{ErrorKind, Operation, Secret, VaultError};
use keywell_wire::{SecretPlace, StepState};

use crate::{
    migrate::{request, scattered},
    world::{Everything, KEY_ID, SECRET, World, handed_out},
};

type Sabotage = Box<dyn Fn(&World, &CancellationToken)>;

fn cases() -> Vec<(&'static str, Sabotage, Code)> {
    fn case(
        name: &'static str,
        code: Code,
        sabotage: impl Fn(&World, &CancellationToken) + 'static,
    ) -> (&'static str, Sabotage, Code) {
        (name, Box::new(sabotage), code)
    }
    vec![
        case("AWS does not know the key", Code::UnknownKey, |world, _| {
            world.cloud.fail_next("identity", Kind::UnknownKey);
        }),
        case("AWS can not be reached", Code::Unreachable, |world, _| {
            world.cloud.fail_next("identity", Kind::Unreachable);
        }),
        case(
            "cancelled while AWS is asked",
            Code::Cancelled,
            |world, cancel| {
                world.cloud.cancel_and_hang("identity", cancel);
            },
        ),
        case("cancelled before it began", Code::Cancelled, |_, cancel| {
            cancel.cancel()
        }),
        case(
            "the keychain does not open",
            Code::VaultLocked,
            |world, _| {
                world
                    .store
                    .fail_open(VaultError::new(ErrorKind::Locked, Operation::Open, "x"));
            },
        ),
        case(
            "the keychain refuses the item",
            Code::VaultDenied,
            |world, _| {
                world
                    .store
                    .inner
                    .fail_next(Operation::Set, ErrorKind::Denied);
            },
        ),
        case(
            "another secret is read back",
            Code::VaultAltered,
            |world, _| {
                world.store.alter_get(3);
            },
        ),
        case(
            "the journal can not be written",
            Code::FilesUnwritable,
            |world, _| {
                world.block("keywell/migrations.lock");
            },
        ),
        case(
            "the index can not be written",
            Code::FilesUnwritable,
            |world, _| {
                world.block("keywell/index.lock");
            },
        ),
        case(
            "the AWS files can not be written",
            Code::FilesUnwritable,
            |world, _| {
                world.block(".aws/.keywell.lock");
            },
        ),
        case(
            "the helper prints garbage",
            Code::HelperFailed,
            |world, _| {
                world.on_helper(|_| Some(Ok(Secret::new("Segmentation fault"))));
            },
        ),
        case("the helper fails", Code::HelperFailed, |world, _| {
            world.on_helper(|_| Some(Err(Problem::new(Code::HelperFailed, "no", "no"))));
        }),
        case(
            "the helper hands out another key",
            Code::SetupUnproven,
            |world, _| {
                world.on_helper(|_| {
                Some(Ok(Secret::new(
                    r#"{"Version":1,"AccessKeyId":"AKIAI44QH8DHBEXAMPLE","SecretAccessKey":"x"}"#,
                )))
            });
            },
        ),
        case(
            "cancelled while the helper runs",
            Code::Cancelled,
            |world, cancel| {
                let cancel = cancel.clone();
                world.on_helper(move |_| {
                    cancel.cancel();
                    None
                });
            },
        ),
        case(
            "AWS says somebody else the second time",
            Code::SetupUnproven,
            |world, _| {
                world
                    .cloud
                    .answer_identities(&[None, Some("arn:aws:iam::999900001111:user/mallory")]);
            },
        ),
        case(
            "the journal can not be written at the end",
            Code::FilesUnwritable,
            |world, _| {
                let lock = world.path("keywell/migrations.lock");
                world.on_helper(move |_| {
                    let _ = std::fs::remove_file(&lock);
                    let _ = std::fs::create_dir(&lock);
                    None
                });
            },
        ),
    ]
}

#[tokio::test]
async fn whatever_fails_leaves_files_index_and_keychain_as_they_were() {
    for (name, sabotage, code) in cases() {
        let world = scattered();
        let cancel = CancellationToken::new();
        let before = world.everything();
        sabotage(&world, &cancel);
        let steps = Mutex::new(Vec::new());
        let problem = migrate::run(
            &world.app,
            &request(KEY_ID),
            &|step| steps.lock().unwrap().push(step),
            &cancel,
        )
        .await
        .expect_err(name);
        assert_eq!(problem.code, code, "{name}: {problem:?}");
        assert_eq!(
            world.everything().without_state(),
            before.without_state(),
            "{name}"
        );
        let shown = serde_json::to_string(&*steps.lock().unwrap()).unwrap();
        assert!(
            !shown.contains(SECRET) && !format!("{problem:?}").contains(SECRET),
            "{name}"
        );
    }
}

/// What AWS clients find for a profile: the helper's answer, or the plain key.
async fn works(world: &World, profile: &str) -> bool {
    let row = profiles::row(&world.app, profile).unwrap();
    match row.secret {
        SecretPlace::PlainText => row.key_id.as_deref() == Some(KEY_ID),
        _ => {
            let target = hand_out::Target::Profile(profile.into());
            handed_out(&world.app, &target)
                .await
                .is_ok_and(|handed| handed.expose().contains(SECRET))
        }
    }
}

#[tokio::test]
async fn a_kill_at_any_step_leaves_profiles_that_work_and_a_move_that_can_be_done_or_undone() {
    let world = scattered();
    let before = world.everything();
    let moments: Mutex<Vec<(String, Everything)>> = Mutex::default();
    migrate::run(
        &world.app,
        &request(KEY_ID),
        &|step| {
            let state = if step.state == StepState::Running {
                "begins"
            } else {
                "ends"
            };
            let moment = format!("{:?} {state}", step.id);
            moments.lock().unwrap().push((moment, world.everything()));
        },
        &CancellationToken::new(),
    )
    .await
    .unwrap();
    let moments = moments.into_inner().unwrap();
    assert!(moments.len() >= 10, "{}", moments.len());
    for (moment, state) in &moments {
        world.put_back(state);
        for profile in ["work", "twin"] {
            assert!(works(&world, profile).await, "{moment}: {profile}");
        }
        // Taken back …
        if let Some(cut_off) = migrate::list(&world.app).await.unwrap().done.first() {
            migrate::undo(&world.app, &cut_off.id).await.unwrap();
        }
        assert_eq!(
            world.everything().without_state(),
            before.without_state(),
            "{moment}"
        );
        // … or done again, as if nothing had been.
        world.put_back(state);
        let is_plain = migrate::list(&world.app)
            .await
            .unwrap()
            .keys
            .iter()
            .any(|key| key.id == KEY_ID);
        if is_plain {
            migrate::run(
                &world.app,
                &request(KEY_ID),
                &|_| {},
                &CancellationToken::new(),
            )
            .await
            .unwrap();
        }
        assert!(!world.files_as_text().concat().contains(SECRET), "{moment}");
        assert!(
            works(&world, "work").await && works(&world, "twin").await,
            "{moment}"
        );
    }
}

#[tokio::test]
async fn an_undo_that_fails_can_be_tried_again() {
    let world = scattered();
    let before = world.everything();
    let moved = migrate::run(
        &world.app,
        &request(KEY_ID),
        &|_| {},
        &CancellationToken::new(),
    )
    .await
    .unwrap();
    world
        .store
        .inner
        .fail_next(Operation::Get, ErrorKind::Locked);
    let problem = migrate::undo(&world.app, &moved.id).await.unwrap_err();
    assert_eq!(problem.code, Code::VaultLocked);
    world.block(".aws/.keywell.lock");
    migrate::undo(&world.app, &moved.id).await.unwrap_err();
    assert!(works(&world, "work").await);
    std::fs::remove_dir(world.path(".aws/.keywell.lock")).unwrap();
    migrate::undo(&world.app, &moved.id).await.unwrap();
    assert_eq!(world.everything().without_state(), before.without_state());
}
