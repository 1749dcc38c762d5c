use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use keywell_vault::{
    AskPassphrase, Asked, Cost, ErrorKind, FileStore, Origin, Passphrase, Secret, Store, StoreKind,
    store_and_verify,
};

use crate::store::{conforms, item};

pub const CHEAP: Cost = Cost {
    memory_kib: 8,
    passes: 1,
    lanes: 1,
};
const KEY: &str = "AKIAIOSFODNN7EXAMPLE";
const DEADLINE: Duration = Duration::from_secs(20);

/// Answers with each passphrase in turn, and counts how often it was asked.
#[derive(Clone)]
struct Person {
    answers: Arc<Mutex<Vec<&'static str>>>,
    asked: Arc<AtomicUsize>,
    origin: Origin,
}

impl Person {
    fn who_answers(answers: &[&'static str]) -> Person {
        Person {
            answers: Arc::new(Mutex::new(answers.iter().rev().copied().collect())),
            asked: Arc::default(),
            origin: Origin::Typed,
        }
    }

    fn ask(&self) -> AskPassphrase {
        let person = self.clone();
        Arc::new(move |_, _| {
            person.asked.fetch_add(1, Ordering::SeqCst);
            let answer = person.answers.lock().unwrap().pop();
            Ok(answer.map(|text| Passphrase {
                secret: Secret::new(text),
                origin: person.origin,
            }))
        })
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

fn always(text: &'static str) -> AskPassphrase {
    Arc::new(move |_, _| {
        Ok(Some(Passphrase {
            secret: Secret::new(text),
            origin: Origin::Standing,
        }))
    })
}

fn store(path: &Path, ask: AskPassphrase) -> FileStore {
    FileStore::new(path, DEADLINE, ask).cost(CHEAP)
}

fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keywell").join("vault.keywell");
    (folder, path)
}

#[test]
fn the_file_conforms() {
    let (_folder, path) = folder();
    let store = store(&path, always("correct horse"));
    assert_eq!(store.kind(), StoreKind::File);
    conforms(&store, "AKIAPRACTICE");
}

#[test]
fn the_file_can_be_read_by_its_owner_alone_and_holds_no_plain_text() {
    let (_folder, path) = folder();
    let kept = item(KEY, "wJalrXUtnFEMI");
    store(&path, always("p")).set(&kept).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    assert!(
        text.starts_with("keywell vault 1\nargon2id 8 1 1 "),
        "{text}"
    );
    for hidden in [KEY, "wJalrXUtnFEMI", "work", "/home/ann"] {
        assert!(!text.contains(hidden), "{hidden}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(path.parent().unwrap()), 0o700);
    }
    assert_eq!(store(&path, always("p")).get(KEY).unwrap(), kept);
}

#[test]
fn the_usual_cost_is_what_a_new_file_has() {
    let (_folder, path) = folder();
    let store = FileStore::new(&path, DEADLINE, always("p"));
    store.set(&item(KEY, "s")).unwrap();
    assert!(
        fs::read_to_string(&path)
            .unwrap()
            .contains("\nargon2id 65536 3 1 ")
    );
}

#[test]
fn whatever_is_wrong_with_the_file_has_its_own_code_and_the_file_stays_as_it_is() {
    let (_folder, path) = folder();
    store(&path, always("right")).set(&item(KEY, "s")).unwrap();
    let whole = fs::read_to_string(&path).unwrap();
    let middle = whole.len() - 80;
    let flipped = format!("{}{}{}", &whole[..middle], "~", &whole[middle + 1..]);
    let cases = [
        (whole.clone(), "wrong", ErrorKind::WrongPassphrase),
        (whole.clone(), "", ErrorKind::PassphraseNeeded),
        (
            whole[..whole.len() / 2].to_owned(),
            "right",
            ErrorKind::CutShort,
        ),
        (String::new(), "right", ErrorKind::CutShort),
        (flipped, "right", ErrorKind::FileDamaged),
        (
            "{\"not\":\"ours\"}\n".to_owned(),
            "right",
            ErrorKind::FileDamaged,
        ),
        (
            whole.replace("vault 1\n", "vault 2\n"),
            "right",
            ErrorKind::OtherVersion,
        ),
    ];
    for (content, passphrase, kind) in cases {
        fs::write(&path, &content).unwrap();
        let store = store(&path, always(passphrase));
        let failures = [
            store.get(KEY).map(|_| ()),
            store_and_verify(&store, &item(KEY, "other")),
            store.set(&item(KEY, "other")),
            store.delete(KEY),
            store.list().map(|_| ()),
            store.probe(),
            store.unlock(),
        ];
        for failure in failures {
            let error = failure.unwrap_err();
            assert_eq!(error.kind, kind, "{error:?}");
            let cause = error.source.as_ref().map(ToString::to_string).unwrap();
            assert!(cause.contains("vault.keywell"), "{cause}");
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), content, "{kind:?}");
    }
}

#[test]
fn a_file_that_can_not_be_read_is_not_taken_for_a_missing_one() {
    let (_folder, path) = folder();
    fs::create_dir_all(&path).unwrap();
    let blocked = store(&path, always("p"));
    assert_eq!(blocked.get(KEY).unwrap_err().kind, ErrorKind::Unreadable);
    assert_eq!(
        blocked.set(&item(KEY, "s")).unwrap_err().kind,
        ErrorKind::Unreadable
    );
    assert_eq!(blocked.delete(KEY).unwrap_err().kind, ErrorKind::Unreadable);
    let below_a_file = path.parent().unwrap().join("plain");
    fs::write(&below_a_file, "").unwrap();
    let blocked = store(&below_a_file.join("vault.keywell"), always("p"));
    let error = blocked.set(&item(KEY, "s")).unwrap_err();
    assert!(matches!(
        error.kind,
        ErrorKind::Unreadable | ErrorKind::Unwritable
    ));
}

#[test]
fn a_missing_file_is_an_empty_store_and_asks_for_nothing_before_the_first_write() {
    let (_folder, path) = folder();
    let person = Person::who_answers(&[]);
    let empty = store(&path, person.ask());
    assert_eq!(empty.list().unwrap(), [""; 0]);
    assert_eq!(empty.get(KEY).unwrap_err().kind, ErrorKind::NoEntry);
    assert_eq!(empty.delete(KEY).unwrap_err().kind, ErrorKind::NoEntry);
    assert!(!empty.lock().unwrap());
    assert_eq!(person.asked(), 0);
    let error = empty.set(&item(KEY, "s")).unwrap_err();
    assert_eq!(error.kind, ErrorKind::PassphraseNeeded);
    assert!(!path.exists());
}

#[test]
fn a_new_file_is_announced_as_new() {
    let (_folder, path) = folder();
    let seen: Arc<Mutex<Vec<Asked>>> = Arc::default();
    let ask: AskPassphrase = {
        let seen = Arc::clone(&seen);
        Arc::new(move |_, asked| {
            seen.lock().unwrap().push(asked);
            Ok(Some(Passphrase {
                secret: Secret::new("p"),
                origin: Origin::Standing,
            }))
        })
    };
    store(&path, Arc::clone(&ask)).set(&item(KEY, "s")).unwrap();
    store(&path, ask).set(&item(KEY, "t")).unwrap();
    assert_eq!(*seen.lock().unwrap(), [Asked::New, Asked::Existing]);
}

#[test]
fn a_person_may_mistype_twice_and_is_asked_once_when_right() {
    let (_folder, path) = folder();
    store(&path, always("right")).set(&item(KEY, "s")).unwrap();
    let person = Person::who_answers(&["wrong", "Right", "right"]);
    let opened = store(&path, person.ask());
    for _ in 0..3 {
        opened.get(KEY).unwrap();
        opened.probe().unwrap();
    }
    assert_eq!(person.asked(), 3);
    opened.lock().unwrap();
    let stranger = Person::who_answers(&["1", "2", "3", "4"]);
    let error = store(&path, stranger.ask()).get(KEY).unwrap_err();
    assert_eq!(error.kind, ErrorKind::WrongPassphrase);
    assert_eq!(stranger.asked(), 3);
}

#[test]
fn it_locks_itself_after_its_time() {
    let (_folder, path) = folder();
    let person = Person {
        origin: Origin::Standing,
        ..Person::who_answers(&["p", "p", "p"])
    };
    let store = store(&path, person.ask()).lock_after(|| Some(Duration::ZERO));
    store.set(&item(KEY, "s")).unwrap();
    let before = person.asked();
    store.get(KEY).unwrap();
    assert_eq!(person.asked(), before + 1);
}

#[test]
fn what_was_typed_opens_it_in_other_processes_until_it_is_locked() {
    let (_folder, path) = folder();
    let hour = || Some(Duration::from_secs(3600));
    let person = Person::who_answers(&["p", "p", "p"]);
    let first = store(&path, person.ask()).lock_after(hour);
    first.set(&item(KEY, "s")).unwrap();
    first.get(KEY).unwrap();
    let nobody = Person::who_answers(&[]);
    let second = store(&path, nobody.ask()).lock_after(hour);
    // A kernel without a keyring, as in some containers, remembers nothing.
    let remembers = second.get(KEY).is_ok();
    assert_eq!(nobody.asked() == 0, remembers);
    assert_eq!(second.lock().unwrap(), remembers);
    assert!(!second.lock().unwrap());
    let third = store(&path, nobody.ask()).lock_after(hour);
    assert_eq!(
        third.get(KEY).unwrap_err().kind,
        ErrorKind::PassphraseNeeded
    );
}

#[test]
fn a_passphrase_that_stands_ready_for_everybody_is_remembered_by_nobody() {
    let (_folder, path) = folder();
    let hour = || Some(Duration::from_secs(3600));
    store(&path, always("p"))
        .lock_after(hour)
        .set(&item(KEY, "s"))
        .unwrap();
    let nobody = Person::who_answers(&[]);
    let other = store(&path, nobody.ask()).lock_after(hour);
    assert_eq!(
        other.get(KEY).unwrap_err().kind,
        ErrorKind::PassphraseNeeded
    );
}

#[test]
fn writers_take_turns_and_lose_nothing() {
    let (_folder, path) = folder();
    store(&path, always("p")).set(&item(KEY, "s")).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let path = &path;
            scope.spawn(move || {
                let own = store(path, always("p"));
                for number in 0..5 {
                    let key_id = format!("AKIAPRACTICE{thread}{number}");
                    store_and_verify(&own, &item(&key_id, &key_id)).unwrap();
                }
            });
        }
    });
    let all = store(&path, always("p"));
    assert_eq!(all.list().unwrap().len(), 41);
    assert_eq!(
        all.get("AKIAPRACTICE34").unwrap().secret,
        Secret::new("AKIAPRACTICE34")
    );
}

#[test]
fn a_writer_that_holds_its_turn_for_ever_does_not_hold_the_others_up() {
    let (_folder, path) = folder();
    store(&path, always("p")).set(&item(KEY, "s")).unwrap();
    let lock = fs::File::open(path.with_extension("lock")).unwrap();
    lock.lock().unwrap();
    let waiting = FileStore::new(&path, Duration::from_millis(50), always("p"));
    let begun = Instant::now();
    assert_eq!(
        waiting.set(&item(KEY, "t")).unwrap_err().kind,
        ErrorKind::TimedOut
    );
    assert!(begun.elapsed() < Duration::from_secs(10));
    assert_eq!(waiting.get(KEY).unwrap().secret, Secret::new("s"));
}

#[cfg(unix)]
#[test]
fn a_link_to_the_file_stays_a_link() {
    let (folder, path) = folder();
    let real = folder.path().join("elsewhere.keywell");
    store(&real, always("p")).set(&item(KEY, "s")).unwrap();
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::os::unix::fs::symlink(&real, &path).unwrap();
    store(&path, always("p")).set(&item(KEY, "t")).unwrap();
    assert!(fs::symlink_metadata(&path).unwrap().is_symlink());
    assert_eq!(
        store(&real, always("p")).get(KEY).unwrap().secret,
        Secret::new("t")
    );
}

/// A store whose asker waits for what another thread does with the same store, as the window's does.
fn store_that_waits_for(
    path: &Path,
    act: impl Fn(&FileStore) + Send + Sync + 'static,
) -> Arc<FileStore> {
    Arc::new_cyclic(|this: &std::sync::Weak<FileStore>| {
        let this = this.clone();
        let ask: AskPassphrase = Arc::new(move |_, _| {
            act(&this.upgrade().unwrap());
            Ok(None)
        });
        store(path, ask)
    })
}

#[test]
fn who_waits_for_the_passphrase_goes_on_when_the_file_was_opened_or_made_meanwhile() {
    let (_folder, path) = folder();
    let made = store_that_waits_for(&path, |store| store.create(&Secret::new("p")).unwrap());
    made.set(&item(KEY, "s")).unwrap();
    made.lock().unwrap();
    assert!(made.is_locked().unwrap());
    let opened = store_that_waits_for(&path, |store| {
        let wrong = store.unlock_with(&Secret::new("P")).unwrap_err();
        assert_eq!(wrong.kind, ErrorKind::WrongPassphrase);
        assert!(store.is_locked().unwrap());
        store.unlock_with(&Secret::new("p")).unwrap();
    });
    assert_eq!(opened.get(KEY).unwrap(), item(KEY, "s"));
    assert!(!opened.is_locked().unwrap());
    opened.lock().unwrap();
}

#[test]
fn a_file_that_is_there_is_not_made_anew() {
    let (_folder, path) = folder();
    let store = store(&path, always("p"));
    assert!(!store.is_locked().unwrap());
    let missing = store.unlock_with(&Secret::new("p")).unwrap_err();
    assert_eq!(missing.kind, ErrorKind::NoEntry);
    let empty = store.create(&Secret::new("")).unwrap_err();
    assert_eq!(empty.kind, ErrorKind::PassphraseNeeded);
    store.set(&item(KEY, "s")).unwrap();
    let before = fs::read(&path).unwrap();
    let again = store.create(&Secret::new("q")).unwrap_err();
    assert_eq!(again.kind, ErrorKind::Unwritable);
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_person_who_gives_no_passphrase_is_told_so_and_not_that_nobody_could_be_asked() {
    let (_folder, path) = folder();
    store(&path, always("p")).set(&item(KEY, "s")).unwrap();
    let ask: AskPassphrase = Arc::new(|_, _| Err(std::io::ErrorKind::Interrupted.into()));
    let locked = store(&path, ask);
    let before = fs::read(&path).unwrap();
    let kinds = [
        locked.get(KEY).unwrap_err().kind,
        locked.set(&item(KEY, "t")).unwrap_err().kind,
        store_and_verify(&locked, &item(KEY, "t")).unwrap_err().kind,
    ];
    assert_eq!(kinds, [ErrorKind::NotUnlocked; 3]);
    assert_eq!(fs::read(&path).unwrap(), before);
}
