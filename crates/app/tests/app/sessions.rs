//! Which sessions are handed out, when STS is asked, and what is said when a chain of profiles leads nowhere.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use keywell_app::{
    Code, Problem,
    cloud::{CloudErrorKind, Credentials},
    hand_out::{self, Target},
    notices,
    sessions::{Ask, Leave, MfaQuestion, PassphraseQuestion, Person, UseQuestion},
    settings,
};
use keywell_vault::{Secret, session_cache::KEY_ITEM};
use serde_json::Value;

use crate::{
    fake_cloud::MFA_CODE,
    world::{KEY_ID, SECRET, World},
};

const ROLE: &str = "role_arn = arn:aws:iam::111122223333:role/Admin";

/// A keychain-backed profile `base`, and more lines of the config file.
async fn world(more: &str) -> World {
    let world = World::new().with_profile("base").await;
    let config = world.config();
    world.write(".aws/config", &format!("{config}{more}"));
    world
}

async fn ask(world: &World, profile: &str, person: &Person) -> Result<Value, Problem> {
    let target = Target::Profile(profile.into());
    let json = hand_out::credential_json(&world.app, &target, person, &hand_out::Caller::default())
        .await?;
    Ok(serde_json::from_str(json.expose()).unwrap())
}

async fn answer(world: &World, profile: &str) -> Result<Value, Problem> {
    ask(world, profile, &Person::nobody()).await
}

/// A person who gives these codes in turn; how often they were asked.
pub fn who_types(codes: &'static [&'static str]) -> (Person, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    (
        Person::who_is_asked_by(Arc::new(Typist { codes, count })),
        asked,
    )
}

struct Typist {
    codes: &'static [&'static str],
    count: Arc<AtomicUsize>,
}

#[async_trait]
impl Ask for Typist {
    async fn code(&self, _: &MfaQuestion) -> Result<Secret, Problem> {
        let number = self.count.fetch_add(1, Ordering::SeqCst);
        Ok(Secret::new(self.codes[number]))
    }

    async fn passphrase(&self, _: &PassphraseQuestion) -> Result<Secret, Problem> {
        panic!("no passphrase is wanted here")
    }

    async fn leave(&self, _: &UseQuestion) -> Result<Leave, Problem> {
        panic!("nobody wants leave here")
    }
}

#[tokio::test]
async fn a_role_is_assumed_once_with_the_settings_of_its_profile_and_then_cached() {
    let more = format!("[profile role]\n{ROLE}\nsource_profile = base\nduration_seconds = 7200\n");
    let world = world(&more).await;
    let first = answer(&world, "role").await.unwrap();
    assert_eq!(first["Version"], 1);
    assert!(first["AccessKeyId"].as_str().unwrap().starts_with("ASIA"));
    assert_eq!(first["Expiration"], "2027-01-15T10:00:00Z");
    let Credentials::Pair(signed_by) = world.cloud.last_connection().credentials else {
        panic!("the key signs");
    };
    assert_eq!(signed_by.key_id, KEY_ID);
    assert_eq!(answer(&world, "role").await.unwrap(), first);
    let quick = hand_out::quick_json(
        &world.app,
        &Target::Profile("role".into()),
        &hand_out::Caller::default(),
    )
    .unwrap();
    assert!(quick.is_some());
    assert_eq!(world.cloud.count("assume_role"), 1);
    // Neither the sessions nor the key are in a file that can be read.
    let file = std::fs::read(world.path("keywell/sessions")).unwrap();
    for secret in ["session secret", "session token", SECRET] {
        let found = file
            .windows(secret.len())
            .any(|window| window == secret.as_bytes());
        assert!(!found, "{secret}");
    }
    assert!(world.item(KEY_ITEM).is_some());
}

#[tokio::test]
async fn after_the_settings_or_the_key_change_the_old_session_is_not_found() {
    let more = format!("[profile role]\n{ROLE}\nsource_profile = base\n");
    let world = world(&more).await;
    let first = answer(&world, "role").await.unwrap();
    let config = world.config();
    world.write(".aws/config", &format!("{config}external_id = x\n"));
    let second = answer(&world, "role").await.unwrap();
    assert_ne!(first, second);

    let mut item = world.item(KEY_ID).unwrap();
    item.key_id = "AKIAEXAMPLE000000002".into();
    let pair = keywell_app::cloud::AccessKeyPair {
        key_id: item.key_id.clone(),
        secret: item.secret.clone(),
        session_token: None,
    };
    world.cloud.add_key("marta", &pair);
    keywell_vault::Store::set(&world.store, &item).unwrap();
    let index = world.index().replace(KEY_ID, &item.key_id);
    world.write("keywell/index.json", &index);
    let third = answer(&world, "role").await.unwrap();
    assert_ne!(second, third);
    assert_eq!(world.cloud.count("assume_role"), 3);
}

#[tokio::test]
async fn a_chain_goes_from_the_key_through_every_role() {
    let more = format!(
        "[profile a]\n{ROLE}A\nsource_profile = b\n[profile b]\n{ROLE}B\nsource_profile = base\n"
    );
    let world = world(&more).await;
    answer(&world, "a").await.unwrap();
    let roles: Vec<_> = world
        .cloud
        .calls()
        .into_iter()
        .filter(|call| call.starts_with("assume_role"))
        .collect();
    assert_eq!(roles, ["assume_role AdminB", "assume_role AdminA"]);
    // The inner one is shared.
    answer(&world, "b").await.unwrap();
    assert_eq!(world.cloud.count("assume_role"), 2);
}

#[tokio::test]
async fn a_line_that_names_a_companion_profile_hands_out_its_role() {
    let more = format!(
        "[profile role]\n{ROLE}\nsource_profile = base\n[profile prod]\ncredential_process = /opt/keywell/bin/keywell credential-process --profile role\n[profile top]\n{ROLE}2\nsource_profile = prod\n"
    );
    let world = world(&more).await;
    answer(&world, "role").await.unwrap();
    answer(&world, "top").await.unwrap();
    assert_eq!(world.cloud.count("assume_role"), 2);
}

#[tokio::test]
async fn a_line_beside_its_own_role_hands_out_the_key_since_sdks_assume_the_role_with_it() {
    let world = World::new().with_profile("base").await;
    let config = world.config();
    world.write(
        ".aws/config",
        &format!("{config}{ROLE}\nsource_profile = base\n"),
    );
    let handed = answer(&world, "base").await.unwrap();
    assert_eq!(handed["AccessKeyId"], KEY_ID);
    assert_eq!(handed.get("Expiration"), None);
}

#[tokio::test]
async fn one_mfa_session_serves_every_role_behind_the_key() {
    let device = "mfa_serial = arn:aws:iam::111122223333:mfa/phone";
    let more = format!(
        "[profile a]\n{ROLE}A\nsource_profile = base\n{device}\n[profile b]\n{ROLE}B\nsource_profile = base\n{device}\n"
    );
    let world = world(&more).await;
    let problem = answer(&world, "a").await.unwrap_err();
    assert_eq!(problem.code, Code::MfaNobody);
    let (person, asked) = who_types(&[MFA_CODE]);
    for profile in ["a", "b", "a"] {
        ask(&world, profile, &person).await.unwrap();
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    assert_eq!(world.cloud.count("session_token"), 1);
    assert_eq!(world.cloud.count("assume_role"), 2);
}

#[tokio::test]
async fn a_wrong_code_is_asked_for_again_and_twice_wrong_is_told() {
    let more = "[profile other]\nregion = eu-west-1\n";
    let world = world(more).await;
    let config = world.config().replace(
        "[profile other]",
        "mfa_serial = arn:aws:iam::111122223333:mfa/phone\n[profile other]",
    );
    world.write(".aws/config", &config);
    let (person, asked) = who_types(&["000000", "000001", "000002", MFA_CODE]);
    let problem = ask(&world, "base", &person).await.unwrap_err();
    assert_eq!(problem.code, Code::MfaCode);
    assert!(problem.message.contains("phone"));
    let handed = ask(&world, "base", &person).await.unwrap();
    assert!(handed["SessionToken"].is_string());
    assert_eq!(asked.load(Ordering::SeqCst), 4);
}

#[tokio::test]
async fn who_has_only_a_security_key_is_told_where_to_sign_in_and_asked_for_no_code() {
    let more = "[profile other]\nregion = eu-west-1\n";
    let world = world(more).await;
    let config = world.config().replace(
        "[profile other]",
        "mfa_serial = arn:aws:iam::111122223333:u2f/user/marta/key-ABC\n[profile other]",
    );
    world.write(".aws/config", &config);
    let (person, asked) = who_types(&[MFA_CODE]);
    let problem = ask(&world, "base", &person).await.unwrap_err();
    assert_eq!(problem.code, Code::MfaFido);
    assert!(problem.hint.contains("aws login"), "{}", problem.hint);
    assert_eq!(asked.load(Ordering::SeqCst), 0);
    assert_eq!(world.cloud.count("session_token"), 0);
}

#[tokio::test]
async fn a_key_of_the_environment_or_of_a_file_can_be_the_source() {
    let more = format!(
        "[profile e]\n{ROLE}\ncredential_source = Environment\n[profile f]\n{ROLE}\nsource_profile = plain\n"
    );
    for (profile, world) in [
        (
            "e",
            World::with(&[
                ("AWS_ACCESS_KEY_ID", KEY_ID),
                ("AWS_SECRET_ACCESS_KEY", SECRET),
            ]),
        ),
        ("f", World::new()),
    ] {
        world.write(".aws/config", &more);
        world.write(
            ".aws/credentials",
            &format!("[plain]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\n"),
        );
        answer(&world, profile).await.unwrap();
        assert_eq!(world.cloud.count("assume_role"), 1, "{profile}");
    }
}

#[tokio::test]
async fn a_chain_of_thirty_is_refused_with_its_beginning_spelled_out() {
    let chain: String = (1..30)
        .map(|number| {
            format!(
                "[profile p{number}]\n{ROLE}\nsource_profile = p{}\n",
                number + 1
            )
        })
        .collect();
    let world = world(&format!(
        "{chain}[profile p30]\n{ROLE}\nsource_profile = base\n"
    ))
    .await;
    let problem = answer(&world, "p1").await.unwrap_err();
    insta::assert_snapshot!(format!("{}: {} {}", problem.code.as_str(), problem.message, problem.hint), @"profile.chain_too_long: The chain of profiles is longer than 10: p1 → p2 → p3 → p4 → p5 → p6 → p7 → p8 → p9 → p10 → p11 → … Let source_profile lead to a profile with a key in fewer steps.");
    // One that is as long as it may be.
    assert!(answer(&world, "p22").await.is_ok());
    assert_eq!(world.cloud.count("assume_role"), 9);
}

#[tokio::test]
async fn a_long_loop_is_spelled_out_whole() {
    let world = world(&format!(
        "[profile a]\n{ROLE}\nsource_profile = b\n[profile b]\n{ROLE}\nsource_profile = c\n[profile c]\n{ROLE}\nsource_profile = b\n"
    ))
    .await;
    let problem = answer(&world, "a").await.unwrap_err();
    assert_eq!(problem.code, Code::ChainLoop);
    assert!(problem.message.contains("a → b → c → b"), "{problem}");
}

#[tokio::test]
async fn chains_that_lead_nowhere_are_spelled_out() {
    let cases = [
        (
            "source_profile = b\n[profile b]\nrole_arn = r\nsource_profile = a",
            Code::ChainLoop,
            "a → b → a",
        ),
        (
            "",
            Code::ChainBroken,
            "neither source_profile nor credential_source",
        ),
        (
            "source_profile = base\ncredential_source = Environment",
            Code::ChainBroken,
            "both",
        ),
        (
            "source_profile = gone",
            Code::ChainBroken,
            "no profile gone",
        ),
        (
            "source_profile = b\n[profile b]\nregion = eu-west-1",
            Code::ChainBroken,
            "b has no credentials",
        ),
        (
            "credential_source = Ec2InstanceMetadata",
            Code::ChainBroken,
            "Ec2InstanceMetadata",
        ),
        (
            "credential_source = Environment",
            Code::ChainBroken,
            "AWS_ACCESS_KEY_ID",
        ),
        (
            "source_profile = b\nmfa_serial = m\n[profile b]\nrole_arn = r\nsource_profile = base",
            Code::ChainBroken,
            "MFA",
        ),
        (
            "source_profile = base\nduration_seconds = 899",
            Code::ProfileValue,
            "899",
        ),
        (
            "source_profile = base\nsession_tags = team",
            Code::ProfileValue,
            "team",
        ),
    ];
    for (settings, code, word) in cases {
        let world = world(&format!("[profile a]\n{ROLE}\n{settings}\n")).await;
        let problem = answer(&world, "a").await.unwrap_err();
        let text = format!("{} {}", problem.message, problem.cause);
        assert_eq!(problem.code, code, "{settings}: {text}");
        assert!(text.contains(word), "{settings}: {text}");
        assert!(!problem.hint.is_empty(), "{settings}");
        assert_eq!(world.cloud.count("assume_role"), 0);
    }
}

#[tokio::test]
async fn what_sts_refuses_has_a_code_of_its_own() {
    for (kind, code) in [
        (CloudErrorKind::AccessDenied, Code::RoleDenied),
        (CloudErrorKind::Throttled, Code::Throttled),
        (CloudErrorKind::UnknownKey, Code::UnknownKey),
        (CloudErrorKind::Unreachable, Code::Unreachable),
    ] {
        let more = format!("[profile role]\n{ROLE}\nsource_profile = base\n");
        let world = world(&more).await;
        world.cloud.fail_next("assume_role", kind);
        let problem = answer(&world, "role").await.unwrap_err();
        assert_eq!(problem.code, code);
        answer(&world, "role").await.unwrap();
    }
}

#[tokio::test]
async fn a_cache_that_can_not_be_used_is_told_with_a_code_of_its_own_and_had_again() {
    for (damage, code) in [
        ("cut short", "sessions.cut_short"),
        ("not ours", "sessions.cut_short"),
        ("another version", "sessions.other_version"),
        ("another key", "sessions.other_key"),
        ("key lost", "sessions.other_key"),
    ] {
        let more = format!("[profile role]\n{ROLE}\nsource_profile = base\n");
        let world = world(&more).await;
        answer(&world, "role").await.unwrap();
        assert_eq!(told(&world).await, [] as [String; 0], "{damage}");
        let path = world.path("keywell/sessions");
        let mut bytes = std::fs::read(&path).unwrap();
        match damage {
            "cut short" => bytes.truncate(bytes.len() - 7),
            "not ours" => bytes = b"something else".to_vec(),
            "another version" => bytes[VERSION_AT] += 1,
            "another key" => bytes[VERSION_AT + 1] ^= 1,
            _ => keywell_vault::Store::delete(&world.store, KEY_ITEM).unwrap(),
        }
        std::fs::write(&path, bytes).unwrap();
        assert_eq!(told(&world).await, [code], "{damage}");
        let damaged = std::fs::read(&path).unwrap();
        keywell_app::doctor::fix(&world.app, code, None)
            .await
            .unwrap();
        assert_eq!(told(&world).await, [] as [String; 0], "{damage}");
        std::fs::write(&path, damaged).unwrap();
        answer(&world, "role").await.unwrap();
        answer(&world, "role").await.unwrap();
        assert_eq!(world.cloud.count("assume_role"), 2, "{damage}");
        assert_eq!(told(&world).await, [] as [String; 0], "{damage}");
    }
}

/// The version's place in the file of sessions: after the letters that name the file.
const VERSION_AT: usize = 16;

/// The codes of what the doctor says of kept sessions; each comes with a sentence and what to do.
async fn told(world: &World) -> Vec<String> {
    let report =
        keywell_app::doctor::examine(&world.app, false, &keywell_app::CancellationToken::new())
            .await
            .unwrap();
    let found = report.findings.into_iter();
    let found = found.filter(|finding| finding.code.starts_with("sessions."));
    found
        .map(|finding| {
            assert!(!finding.message.is_empty() && !finding.detail.is_empty());
            finding.code
        })
        .collect()
}

#[tokio::test]
async fn every_hand_out_is_written_down_without_its_secret() {
    let more = format!("[profile role]\n{ROLE}\nsource_profile = base\n");
    let world = world(&more).await;
    let caller = hand_out::Caller {
        programs: vec!["/usr/bin/aws".into(), "/bin/bash".into()],
        folder: "x".repeat(5000),
    };
    for profile in ["base", "role", "role"] {
        let target = Target::Profile(profile.into());
        hand_out::credential_json(&world.app, &target, &Person::nobody(), &caller)
            .await
            .unwrap();
    }
    let old = world.path("keywell/hand-outs/journal/2026-09-01.jsonl");
    let journal = hand_out::journal(&world.app, 10).unwrap();
    let told: Vec<_> = journal
        .iter()
        .map(|one| (one.profile.as_str(), one.kind.as_str(), one.fresh))
        .take(3)
        .collect();
    assert_eq!(
        told,
        [
            ("role", "role", false),
            ("role", "role", true),
            ("base", "key", false)
        ]
    );
    assert_eq!(journal[0].programs, caller.programs);
    assert_eq!(journal[0].folder.len(), 200);
    let file = world.path("keywell/hand-outs/journal/2027-01-15.jsonl");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(!text.contains(SECRET) && !text.contains("session secret"));
    // A line of another version is left out; the first hand-out of a day removes what is older than 90 days.
    std::fs::write(&file, format!("{{\"v\":2}}\n{text}")).unwrap();
    assert_eq!(
        hand_out::journal(&world.app, 10).unwrap().len(),
        journal.len()
    );
    std::fs::rename(&file, &old).unwrap();
    answer(&world, "base").await.unwrap();
    assert!(!old.exists() && file.exists());
}

#[tokio::test(start_paused = true)]
async fn codes_are_made_from_a_kept_seed_and_none_is_used_twice() {
    use keywell_app::sessions::{forget_seed, keep_seed};

    let device = "mfa_serial = arn:aws:iam::111122223333:mfa/phone";
    let more = format!("[profile a]\n{ROLE}\nsource_profile = base\n{device}\n");
    let world = world(&more).await;
    let seed = Secret::new("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    let problem = keep_seed(&world.app, "base", &seed).await.unwrap_err();
    assert_eq!(problem.code, Code::MfaNoDevice);
    let serial = keep_seed(&world.app, "a", &seed).await.unwrap();
    assert_eq!(serial, "arn:aws:iam::111122223333:mfa/phone");
    // The account in memory takes one code alone, which is not this one: what counts is which codes were tried.
    let problem = answer(&world, "a").await.unwrap_err();
    assert_eq!(problem.code, Code::MfaCode);
    let tried: Vec<String> = world
        .cloud
        .calls()
        .into_iter()
        .filter(|call| call.starts_with("session_token"))
        .collect();
    assert_eq!(tried.len(), 2);
    assert_ne!(tried[0], tried[1]);
    assert!(forget_seed(&world.app, "a").await.unwrap());
    assert!(!forget_seed(&world.app, "a").await.unwrap());
    assert_eq!(answer(&world, "a").await.unwrap_err().code, Code::MfaNobody);
}

#[tokio::test]
async fn the_choice_of_short_sessions_is_kept_and_taken_back() {
    use keywell_app::sessions::set_short_sessions;

    let world = world("[profile plain]\nregion = eu-west-1\n").await;
    set_short_sessions(&world.app, "base", true).unwrap();
    assert!(answer(&world, "base").await.unwrap()["SessionToken"].is_string());
    set_short_sessions(&world.app, "base", false).unwrap();
    assert_eq!(answer(&world, "base").await.unwrap()["AccessKeyId"], KEY_ID);
    let problem = set_short_sessions(&world.app, "plain", true).unwrap_err();
    assert_eq!(problem.code, Code::ProfileValue);
}

#[tokio::test]
async fn many_at_once_write_the_journal_line_by_line() {
    const CALLERS: usize = 16;
    const EACH: usize = 25;
    let world = world("").await;
    std::thread::scope(|scope| {
        for number in 0..CALLERS {
            let world = &world;
            scope.spawn(move || {
                let caller = hand_out::Caller {
                    programs: vec![format!("/bin/program-{number}"), "p".repeat(5000)],
                    folder: "ä".repeat(5000),
                };
                for _ in 0..EACH {
                    let target = Target::Profile("base".into());
                    let handed = hand_out::quick_json(&world.app, &target, &caller);
                    assert!(handed.unwrap().is_some());
                }
            });
        }
    });
    let file = world.read("keywell/hand-outs/journal/2027-01-15.jsonl");
    let lines = file.lines().count();
    let journal = hand_out::journal(&world.app, usize::MAX).unwrap();
    // Set-up proved the profile with the helper, too.
    assert_eq!(journal.len(), lines, "a line can not be read");
    for number in 0..CALLERS {
        let name = format!("/bin/program-{number}");
        let own = journal
            .iter()
            .filter(|one| one.programs.first() == Some(&name));
        assert_eq!(own.count(), EACH);
    }
}

#[tokio::test]
async fn a_role_with_mfa_behind_a_key_that_gives_short_sessions_asks_for_its_code() {
    let more = format!(
        "[profile role]\n{ROLE}\nsource_profile = base\nmfa_serial = arn:aws:iam::111122223333:mfa/phone\n"
    );
    let world = world(&more).await;
    keywell_app::sessions::set_short_sessions(&world.app, "base", true).unwrap();
    let (person, asked) = who_types(&[MFA_CODE]);
    ask(&world, "role", &person).await.unwrap();
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    assert_eq!(world.cloud.count("session_token"), 1);
}

#[tokio::test]
async fn a_session_that_needs_a_code_again_is_told_of_once_before_it_ends() {
    let device = "mfa_serial = arn:aws:iam::111122223333:mfa/phone";
    let more = format!("[profile short]\n{ROLE}\nsource_profile = base\n");
    let world = world(&more).await;
    let config = world.config();
    let with_device = config.replacen(
        "[profile base]\n",
        &format!("[profile base]\n{device}\nduration_seconds = 900\n"),
        1,
    );
    world.write(".aws/config", &with_device);
    assert_eq!(notices::sessions_ending(&world.app).await, Ok(None));
    let (person, _) = who_types(&[MFA_CODE]);
    ask(&world, "short", &person).await.unwrap();
    let notice = notices::sessions_ending(&world.app).await.unwrap().unwrap();
    // Programs of both profiles would ask: the role's session is made with that of its source.
    assert_eq!(notice.title, "Sessions end soon");
    assert_eq!(
        notice.text,
        "The session of base ends in 15 minutes. A program that uses it then asks for a new code. 1 more ends soon."
    );
    assert_eq!(
        notices::sessions_ending(&world.app).await,
        Ok(None),
        "told once"
    );
}

#[tokio::test]
async fn a_sign_in_that_ends_soon_is_told_of_unless_the_person_wants_no_such_notice() {
    let world = world(
        "[profile s]\nsso_session = corp\n[sso-session corp]\nsso_start_url = https://x.awsapps.com/start\n",
    )
    .await;
    let token = |end: &str| {
        let token = format!(
            r#"{{"startUrl":"https://x.awsapps.com/start","accessToken":"x","expiresAt":"{end}"}}"#
        );
        world.write(".aws/sso/cache/a.json", &token);
    };
    for end in ["2027-01-15T07:59:59Z", "2027-01-15T08:16:00Z"] {
        token(end);
        assert_eq!(
            notices::sessions_ending(&world.app).await,
            Ok(None),
            "{end}"
        );
    }
    token("2027-01-15T08:09:00Z");
    let wants = |answer: &str| {
        let change = ("notify_sessions".to_owned(), answer.to_owned());
        settings::set(&world.app, &[change]).unwrap();
    };
    wants("false");
    assert_eq!(notices::sessions_ending(&world.app).await, Ok(None));
    wants("true");
    let notice = notices::sessions_ending(&world.app).await.unwrap().unwrap();
    assert_eq!(
        notice.text,
        "The sign-in of https://x.awsapps.com/start ends in 9 minutes. Sign in again: aws sso login --sso-session corp"
    );
}
