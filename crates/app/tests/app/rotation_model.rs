//! Rotations under every kind of fault, at every step, in random histories. `KEYWELL_HISTORIES` says how many.

use std::time::Duration;

use keywell_app::Problem;
use keywell_wire as wire;
use proptest::prelude::*;

use crate::rotation_machine::{Command, Ended, Fault, Machine, PROFILES};

/// More steps than any run has.
const LONGEST_RUN: usize = 90;

#[derive(Debug, Clone)]
struct Run {
    command: Command,
    /// In seconds.
    grace: Option<u64>,
    faults: Vec<(usize, Fault)>,
    /// Seconds that pass before it.
    pause: u64,
}

fn histories() -> u32 {
    let wanted = std::env::var("KEYWELL_HISTORIES").ok();
    wanted.and_then(|text| text.parse().ok()).unwrap_or(200)
}

fn faults() -> impl Strategy<Value = Fault> {
    prop_oneof![
        3 => any::<u8>().prop_map(Fault::Refuse),
        3 => Just(Fault::Lose),
        3 => Just(Fault::Crash),
        3 => Just(Fault::CrashAfter),
        3 => Just(Fault::CrashBeforeJournal),
        2 => (-900_000_i64..900_000).prop_map(Fault::Clock),
        1 => (-299_i64..299).prop_map(Fault::Clock),
        1 => Just(Fault::MakeElsewhere),
        1 => Just(Fault::DeleteSpareElsewhere),
        1 => Just(Fault::DeleteUserElsewhere),
        1 => Just(Fault::UseElsewhere),
    ]
}

fn runs() -> impl Strategy<Value = Run> {
    let command = prop_oneof![
        4 => Just(Command::Rotate),
        2 => Just(Command::Resume),
        2 => Just(Command::Back),
        1 => Just(Command::Twice),
    ];
    let grace = prop_oneof![Just(None), Just(Some(0)), Just(Some(86_400))];
    let pause = prop_oneof![0_u64..30, 0_u64..1_000_000];
    let faults = proptest::collection::vec((1..LONGEST_RUN, faults()), 0..4);
    (command, grace, faults, pause).prop_map(|(command, grace, faults, pause)| Run {
        command,
        grace,
        faults,
        pause,
    })
}

fn in_moved_time<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap()
        .block_on(work)
}

/// Without further faults one more command ends the rotation, and nothing is left over.
async fn ends(machine: &Machine, command: Command) {
    machine.set_clock_right();
    tokio::time::sleep(Duration::from_secs(60)).await;
    if machine.user_is_gone() {
        return says_that_no_key_works(machine, command).await;
    }
    if machine.is_under_way() {
        let ended = machine.run(command, Some(Duration::ZERO), &[]).await;
        let Ended::Answer(answer) = ended else {
            panic!("crashed without a fault");
        };
        // Two answers end it as well: no room, and no way back, after which going on tidies up.
        let code = answer
            .as_ref()
            .as_ref()
            .err()
            .map(|problem: &Problem| problem.code.as_str());
        if code == Some("rotation.no_way_back") {
            machine
                .run(Command::Resume, Some(Duration::ZERO), &[])
                .await;
        } else {
            assert!(matches!(code, None | Some("iam.key_limit")), "{answer:?}");
        }
    }
    assert!(!machine.is_under_way(), "resume did not end it");
    machine.assert_mended();
    let used = machine.key_of(PROFILES[0]);
    assert_eq!(machine.key_of(PROFILES[1]), used);
    assert_eq!(
        machine.kept(),
        std::slice::from_ref(&used),
        "the keychain holds more than one key"
    );
    let foreign = machine.foreign();
    for key_id in machine.key_ids() {
        assert!(
            key_id == used || foreign.contains(&key_id),
            "{key_id} was left at AWS"
        );
    }
}

/// Both keys went with their user: nothing can be mended, nothing may be lost, and it is said.
async fn says_that_no_key_works(machine: &Machine, command: Command) {
    let kept = machine.kept();
    assert!(!kept.is_empty(), "the keychain forgot a key");
    if !machine.is_under_way() {
        return;
    }
    let ended = machine.run(command, Some(Duration::ZERO), &[]).await;
    let Ended::Answer(answer) = ended else {
        panic!("crashed without a fault");
    };
    let problem = answer.unwrap_err();
    assert!(!problem.hint.is_empty(), "{problem:?}");
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: histories(),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn whatever_happens_a_working_key_is_in_the_keychain_and_resume_ends_it(
        runs in proptest::collection::vec(runs(), 1..5),
        back in any::<bool>(),
    ) {
        in_moved_time(async {
            let machine = Machine::new().await;
            for run in &runs {
                tokio::time::sleep(Duration::from_secs(run.pause)).await;
                machine.run(run.command, run.grace.map(Duration::from_secs), &run.faults).await;
            }
            ends(&machine, if back { Command::Back } else { Command::Resume }).await;
        });
    }
}

/// Each step of a whole rotation, forward and back, meets each kind of fault once; with fewer histories a third of them.
#[test]
#[expect(clippy::print_stderr, reason = "shown when it fails")]
fn every_step_survives_every_fault() {
    let kinds = [
        Fault::Refuse(0),
        Fault::Refuse(1),
        Fault::Refuse(2),
        Fault::Lose,
        Fault::Crash,
        Fault::CrashAfter,
        Fault::CrashBeforeJournal,
        Fault::Clock(3_600),
        Fault::Clock(-86_400),
        Fault::MakeElsewhere,
        Fault::DeleteSpareElsewhere,
        Fault::DeleteUserElsewhere,
        Fault::UseElsewhere,
    ];
    for goes_back in [false, true] {
        let steps = in_moved_time(async {
            let machine = Machine::new().await;
            whole(&machine, goes_back, &[]).await;
            machine.steps()
        });
        assert!((20..LONGEST_RUN).contains(&steps), "{steps}");
        for step in 1..=steps {
            for (number, fault) in kinds.into_iter().enumerate() {
                if histories() < 10_000 && (step + number) % 3 != 0 {
                    continue;
                }
                // Neighbouring steps end the other way.
                let ending = if step % 2 == 0 {
                    Command::Resume
                } else {
                    Command::Back
                };
                eprintln!("step {step}, {fault:?}, goes back: {goes_back}, ending: {ending:?}");
                in_moved_time(async {
                    let machine = Machine::new().await;
                    whole(&machine, goes_back, &[(step, fault)]).await;
                    ends(&machine, ending).await;
                });
            }
        }
    }
}

/// A rotation to its end, or to its watch and back; the faults are met by the way forward or the way back.
async fn whole(machine: &Machine, goes_back: bool, faults: &[(usize, Fault)]) {
    if goes_back {
        machine.run(Command::Rotate, None, &[]).await;
        machine.run(Command::Back, None, faults).await;
    } else {
        machine
            .run(Command::Rotate, Some(Duration::ZERO), faults)
            .await;
    }
}

#[test]
fn a_rotation_without_faults_replaces_the_key_everywhere_and_moves_its_description() {
    in_moved_time(async {
        let machine = Machine::new().await;
        let old = machine.key_of(PROFILES[0]);
        let ended = machine
            .run(Command::Rotate, Some(Duration::ZERO), &[])
            .await;
        let Ended::Answer(answer) = ended else {
            panic!("crashed")
        };
        let rotation = answer.unwrap();
        assert_eq!(rotation.state, wire::RotationState::Done);
        assert_eq!(rotation.profiles, PROFILES);
        let new = machine.key_of(PROFILES[0]);
        assert_ne!(new, old);
        assert_eq!(machine.key_ids(), std::slice::from_ref(&new));
        assert_eq!(machine.tags(), [(new, "Laptop".to_owned())]);
        ends(&machine, Command::Resume).await;
    });
}
