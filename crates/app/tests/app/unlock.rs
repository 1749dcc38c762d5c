//! A helper that finds the encrypted file locked.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use keywell_app::{
    Code, Problem,
    hand_out::{self, Target},
    sessions::{Ask, Leave, MfaQuestion, PassphraseQuestion, Person, UseQuestion},
};
use keywell_vault::{FileStore, Secret};

use crate::world::World;

const RIGHT: &str = "correct horse";

/// Types one passphrase after the other, and nothing when there are no more.
#[derive(Default)]
struct Typist {
    left: Mutex<Vec<&'static str>>,
    asked: Mutex<Vec<PassphraseQuestion>>,
}

#[async_trait]
impl Ask for Typist {
    async fn code(&self, _: &MfaQuestion) -> Result<Secret, Problem> {
        panic!("no code is wanted here")
    }

    async fn passphrase(&self, question: &PassphraseQuestion) -> Result<Secret, Problem> {
        self.asked.lock().unwrap().push(question.clone());
        // Others arrive meanwhile.
        tokio::time::sleep(Duration::from_millis(100)).await;
        let typed = self.left.lock().unwrap().pop();
        typed.map(Secret::new).ok_or_else(Problem::cancelled)
    }

    async fn leave(&self, _: &UseQuestion) -> Result<Leave, Problem> {
        panic!("nobody wants leave here")
    }
}

fn typist(typed: &[&'static str]) -> Arc<Typist> {
    Arc::new(Typist {
        left: Mutex::new(typed.iter().rev().copied().collect()),
        asked: Mutex::default(),
    })
}

/// A world whose encrypted file is there and locked.
async fn locked() -> (World, Arc<FileStore>) {
    let world = World::new().with_profile("base").await;
    let path = world.app.places.vault_file();
    let file = FileStore::new(path, Duration::from_secs(20), Arc::new(|_, _| Ok(None)));
    file.create(&Secret::new(RIGHT)).unwrap();
    file.lock().unwrap();
    (world, Arc::new(file))
}

async fn unlock(world: &World, file: &Arc<FileStore>, person: &Person) -> Result<(), Problem> {
    let target = Target::Profile("base".into());
    hand_out::unlock(&world.app, &target, file, person).await
}

#[tokio::test]
async fn who_mistypes_is_asked_again_and_told_so() {
    let (world, file) = locked().await;
    let typist = typist(&["correct hose", RIGHT]);
    let person = Person::who_is_asked_by(typist.clone());
    unlock(&world, &file, &person).await.unwrap();
    assert!(!file.is_locked().unwrap());
    let asked = typist.asked.lock().unwrap();
    let told: Vec<_> = asked
        .iter()
        .map(|one| (one.profile.as_str(), one.again))
        .collect();
    assert_eq!(told, [("base", false), ("base", true)]);
    assert_eq!(asked[0].file, file.path());
}

#[tokio::test]
async fn it_stays_locked_when_nobody_can_be_asked_says_no_or_knows_it() {
    let (world, file) = locked().await;
    for (typed, code, times) in [
        (&["a", "b", "c", RIGHT][..], Code::VaultWrongPassphrase, 3),
        (&["a"], Code::Cancelled, 2),
        (&[], Code::Cancelled, 1),
    ] {
        let typist = typist(typed);
        let person = Person::who_is_asked_by(typist.clone());
        let problem = unlock(&world, &file, &person).await.unwrap_err();
        assert_eq!(problem.code, code, "{typed:?}");
        assert_eq!(typist.asked.lock().unwrap().len(), times, "{typed:?}");
    }
    let problem = unlock(&world, &file, &Person::nobody()).await.unwrap_err();
    assert_eq!(problem.code, Code::VaultPassphraseNeeded);
    assert!(problem.message.contains("base"), "{problem:?}");
    assert!(file.is_locked().unwrap());
}

#[tokio::test]
async fn of_many_at_once_one_asks() {
    let (world, file) = locked().await;
    let typist = typist(&[RIGHT]);
    let person = Person::who_is_asked_by(typist.clone());
    let all = (0..20).map(|_| unlock(&world, &file, &person));
    for outcome in futures::future::join_all(all).await {
        outcome.unwrap();
    }
    assert_eq!(typist.asked.lock().unwrap().len(), 1);
}
