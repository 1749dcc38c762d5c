//! Profiles for which the person wants to be asked first.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use keywell_app::{
    Code, Problem,
    hand_out::{self, Caller, Target},
    sessions::{self, Ask, Leave, MfaQuestion, PassphraseQuestion, Person, UseQuestion},
};
use keywell_vault::Secret;

use crate::world::{KEY_ID, World};

/// Somebody who always answers the same.
struct Owner {
    answer: Leave,
    asked: AtomicUsize,
    last: Mutex<Option<UseQuestion>>,
}

#[async_trait]
impl Ask for Owner {
    async fn code(&self, _: &MfaQuestion) -> Result<Secret, Problem> {
        panic!("no code is wanted here")
    }

    async fn passphrase(&self, _: &PassphraseQuestion) -> Result<Secret, Problem> {
        panic!("no passphrase is wanted here")
    }

    async fn leave(&self, question: &UseQuestion) -> Result<Leave, Problem> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        *self.last.lock().unwrap() = Some(question.clone());
        // Others arrive meanwhile.
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        Ok(self.answer)
    }
}

fn owner(answer: Leave) -> Arc<Owner> {
    Arc::new(Owner {
        answer,
        asked: AtomicUsize::default(),
        last: Mutex::default(),
    })
}

fn program(name: &str) -> Caller {
    Caller {
        programs: vec![name.into(), "/bin/bash".into()],
        folder: "/work".into(),
    }
}

async fn ask_first(profile: &str) -> World {
    let world = World::new().with_profile(profile).await;
    sessions::set_ask_first(&world.app, profile, true).unwrap();
    world
}

async fn want(world: &World, person: &Person, caller: &Caller) -> Result<(), Problem> {
    let target = Target::Profile("base".into());
    // As the helper does: what can be answered at once is.
    if hand_out::quick_json(&world.app, &target, caller)?.is_some() {
        return Ok(());
    }
    hand_out::credential_json(&world.app, &target, person, caller)
        .await
        .map(drop)
}

#[tokio::test]
async fn what_the_person_answers_holds_for_that_program_as_long_as_they_said() {
    for (answer, asked_in_all) in [(Leave::Once, 4), (Leave::ForAnHour, 2), (Leave::Always, 2)] {
        let world = ask_first("base").await;
        let owner = owner(answer);
        let person = Person::who_is_asked_by(owner.clone());
        for name in [
            "/usr/bin/aws",
            "/usr/bin/aws",
            "/usr/bin/terraform",
            "/usr/bin/terraform",
        ] {
            want(&world, &person, &program(name)).await.unwrap();
        }
        assert_eq!(
            owner.asked.load(Ordering::SeqCst),
            asked_in_all,
            "{answer:?}"
        );
        let question = owner.last.lock().unwrap().clone().unwrap();
        assert_eq!(question.profile, "base");
        assert_eq!(question.account.as_deref(), Some("111122223333"));
        // Switching it off and on forgets the answers.
        sessions::set_ask_first(&world.app, "base", false).unwrap();
        want(&world, &Person::nobody(), &program("/usr/bin/other"))
            .await
            .unwrap();
        sessions::set_ask_first(&world.app, "base", true).unwrap();
        let problem = want(&world, &Person::nobody(), &program("/usr/bin/aws"))
            .await
            .unwrap_err();
        assert_eq!(problem.code, Code::LeaveNobody);
    }
}

#[tokio::test]
async fn an_hour_ends() {
    let world = ask_first("base").await;
    let person = Person::who_is_asked_by(owner(Leave::ForAnHour));
    want(&world, &person, &program("/usr/bin/aws"))
        .await
        .unwrap();
    let kept = world.read("keywell/hand-outs/leave.json");
    // 2027-01-15, 08:00 and an hour.
    assert!(kept.contains("1800003600000"), "{kept}");
    let over = kept.replace("1800003600000", "1799999999999");
    world.write("keywell/hand-outs/leave.json", &over);
    let problem = want(&world, &Person::nobody(), &program("/usr/bin/aws"))
        .await
        .unwrap_err();
    assert_eq!(problem.code, Code::LeaveNobody);
}

#[tokio::test]
async fn a_refusal_is_told_and_written_down() {
    let world = ask_first("base").await;
    let person = Person::who_is_asked_by(owner(Leave::Refused));
    let problem = want(&world, &person, &program("/usr/bin/aws"))
        .await
        .unwrap_err();
    assert_eq!(problem.code, Code::LeaveRefused);
    assert!(problem.message.contains("/usr/bin/aws") && problem.message.contains("base"));
    let journal = hand_out::journal(&world.app, 1).unwrap();
    assert_eq!(journal[0].kind, "refused");
    assert_eq!(journal[0].programs[0], "/usr/bin/aws");
}

#[tokio::test]
async fn of_many_at_once_one_asks_and_all_take_its_answer() {
    for answer in [Leave::ForAnHour, Leave::Refused] {
        let world = ask_first("base").await;
        let owner = owner(answer);
        let person = Person::who_is_asked_by(owner.clone());
        let caller = program("/usr/bin/terraform");
        let all = (0..20).map(|_| want(&world, &person, &caller));
        let outcomes = futures::future::join_all(all).await;
        let allowed = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        match answer {
            Leave::Refused => assert_eq!(allowed, 0),
            _ => {
                assert_eq!(allowed, 20);
                assert_eq!(owner.asked.load(Ordering::SeqCst), 1);
            }
        }
    }
}

#[tokio::test]
async fn exec_and_a_role_profile_of_its_own_line_ask_too() {
    let world = World::new().with_profile("base").await;
    let config = world.config();
    world.write(
        ".aws/config",
        &format!(
            "{config}[profile role]\nrole_arn = arn:aws:iam::111122223333:role/Admin\nsource_profile = base\n[profile prod]\ncredential_process = /opt/keywell/bin/keywell credential-process --profile role\n"
        ),
    );
    // The choice belongs to the profile that the line names.
    sessions::set_ask_first(&world.app, "prod", true).unwrap();
    let chosen = sessions::choices(&world.app, "prod").unwrap().unwrap();
    assert!(chosen.ask_first && chosen.short_sessions.is_none());
    let target = Target::Profile("role".into());
    let nobody = Person::nobody();
    let caller = program("/usr/bin/aws");
    let refused = hand_out::credential_json(&world.app, &target, &nobody, &caller).await;
    assert_eq!(refused.unwrap_err().code, Code::LeaveNobody);
    for profile in ["prod", "role"] {
        let refused = hand_out::permit(&world.app, profile, &nobody, &caller).await;
        assert_eq!(refused.err().unwrap().code, Code::LeaveNobody, "{profile}");
    }
    // The key itself is another profile's.
    let permit = hand_out::permit(&world.app, "base", &nobody, &caller)
        .await
        .unwrap();
    let environment = hand_out::environment(&world.app, &permit, &nobody, &caller)
        .await
        .unwrap();
    assert!(
        environment
            .set
            .iter()
            .any(|(_, value)| value.expose() == KEY_ID)
    );
}

#[tokio::test]
async fn only_what_keywell_hands_out_has_the_choice() {
    let world = ask_first("base").await;
    world.write(
        ".aws/config",
        &format!("{}[profile plain]\nregion = eu-west-1\n", world.config()),
    );
    let chosen = sessions::choices(&world.app, "base").unwrap().unwrap();
    assert!(chosen.ask_first && chosen.short_sessions == Some(false));
    assert_eq!(sessions::choices(&world.app, "plain").unwrap(), None);
    let problem = sessions::set_ask_first(&world.app, "plain", true).unwrap_err();
    assert_eq!(problem.code, Code::ProfileValue);
}

#[tokio::test]
async fn keywell_itself_is_not_asked_about() {
    let world = ask_first("base").await;
    for name in [
        "/opt/keywell/bin/keywell",
        "/opt/keywell/bin/keywell-desktop",
    ] {
        want(&world, &Person::nobody(), &program(name))
            .await
            .unwrap();
    }
    let other = program("/opt/other/keywell");
    let problem = want(&world, &Person::nobody(), &other).await.unwrap_err();
    assert_eq!(problem.code, Code::LeaveNobody);
}
