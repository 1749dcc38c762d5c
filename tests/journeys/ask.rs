//! Programs without a terminal that need a person: the helper opens a small window, and what is answered there decides.

use keywell_journeys::{
    Driver, Home, Outcome, Practice, Screens, Window, free_port, keywell_program, python_program,
};
use std::process::Command;
use std::thread;

use crate::mfa::Device;

const WHO: &str = r#"
import boto3
print(boto3.client("sts").get_caller_identity()["Arn"])
"#;

/// The profile `work`, whose key is in the keychain.
fn prepare(home: &Home) -> Practice {
    let practice = Practice::start(home, &[]);
    let csv = practice.csv();
    let mut setup = vec!["setup", "--profile", "work", "--region", "us-east-1"];
    let csv = csv.to_str().expect("a path of text");
    setup.extend(["--csv", csv, "--endpoint-url", practice.url()]);
    home.keywell(&setup).succeeded();
    practice
}

fn helper(home: &Home) -> Command {
    let mut command = home.command(keywell_program());
    command.args(["credential-process", "--profile", "work"]);
    command
}

fn boto3(home: &Home) -> Command {
    let mut command = home.command(python_program("python"));
    command.args(["-c", WHO]).env("AWS_PROFILE", "work");
    command
}

/// Runs a program while a person answers the windows that its helper opens.
fn run(mut program: Command, person: impl FnOnce(u16)) -> Outcome {
    let port = free_port();
    program.envs(Driver::variables(port));
    thread::scope(|scope| {
        let running = scope.spawn(move || Outcome::of(&mut program, ""));
        person(port);
        running.join().expect("no panic")
    })
}

/// Runs it where no window can open, so that it fails when somebody has to be asked.
fn run_without_display(mut program: Command) -> Outcome {
    Outcome::of(program.env_remove("DISPLAY"), "")
}

fn type_code(window: Window, code: &str) {
    window.fill("ask-code", code);
    window.leave_by("ask-run");
}

#[test]
fn a_code_is_asked_for_in_a_window_once_more_when_it_was_wrong_and_not_at_all_while_the_session_lives()
 {
    let home = Home::new();
    let _practice = prepare(&home);
    let device = Device::enrol(&home, "work", "phone");
    let serial = format!("mfa_serial={}", device.serial);
    home.keywell(&["profile", "set", "work", &serial])
        .succeeded();
    let mut screens = Screens::default();

    let cancelled = run(helper(&home), |port| {
        let window = Window::join(&home, port);
        window.reads("phone");
        window.leave_by("ask-cancel");
    });
    assert!(!cancelled.status.success(), "{cancelled:#?}");
    assert_eq!(cancelled.stdout, "", "{cancelled:#?}");

    let answered = run(helper(&home), |port| {
        let window = Window::join(&home, port);
        window.see("ask-code");
        screens.look(&window, "ask-code");
        type_code(window, "000000");
        let window = Window::join(&home, port);
        window.reads("AWS refused this code");
        screens.look(&window, "ask-again");
        type_code(window, &device.next_code(&home));
    });
    let session = answered.succeeded().json();
    assert!(session["SessionToken"].is_string(), "no session");
    let again = run_without_display(boto3(&home)).succeeded();
    assert!(again.stdout.contains(":user/admin"), "{again:#?}");
    screens.finish();
}

#[test]
fn a_hundred_callers_at_once_ask_for_one_code_and_make_one_session() {
    let home = Home::new();
    let practice = prepare(&home);
    let device = Device::enrol(&home, "work", "phone");
    let serial = format!("mfa_serial={}", device.serial);
    home.keywell(&["profile", "set", "work", &serial])
        .succeeded();
    let port = free_port();
    // Whoever opened a second window would wait in vain: one person answers once.
    let outcomes: Vec<Outcome> = thread::scope(|scope| {
        let call = || Outcome::of(helper(&home).envs(Driver::variables(port)), "");
        let callers: Vec<_> = (0..100).map(|_| scope.spawn(call)).collect();
        type_code(Window::join(&home, port), &device.next_code(&home));
        callers
            .into_iter()
            .map(|caller| caller.join().expect("no panic"))
            .collect()
    });
    let first = outcomes[0].json();
    for outcome in outcomes {
        assert_eq!(outcome.succeeded().json(), first);
    }
    assert_eq!(practice.calls("sts:GetSessionToken"), 1);
}

#[test]
fn a_program_that_needs_leave_gets_what_the_person_gives_it_and_no_more() {
    let home = Home::new();
    let _practice = prepare(&home);
    home.keywell(&["profile", "ask-first", "work", "--on"])
        .succeeded();
    let mut screens = Screens::default();
    let allowed = |program: Command, how: &str| {
        run(program, |port| {
            let window = Window::join(&home, port);
            window.click(&format!("ask-leave-{how}"));
            window.leave_by("ask-allow");
        })
        .succeeded()
    };

    let refused = run(boto3(&home), |port| {
        let window = Window::join(&home, port);
        window.reads("May python");
        screens.look(&window, "ask-leave");
        window.leave_by("ask-refuse");
    });
    assert!(!refused.status.success(), "{refused:#?}");

    let once = allowed(boto3(&home), "once");
    assert!(once.stdout.contains(":user/admin"), "{once:#?}");
    let nobody = run_without_display(boto3(&home));
    assert!(!nobody.status.success(), "{nobody:#?}");

    allowed(boto3(&home), "forAnHour");
    run_without_display(boto3(&home)).succeeded();
    // It was given to that program and to no other.
    let other = run_without_display(helper(&home));
    assert!(!other.status.success(), "{other:#?}");
    allowed(helper(&home), "always");
    run_without_display(helper(&home)).succeeded();
    screens.finish();
}

#[test]
fn a_locked_encrypted_file_is_opened_in_a_window_once_for_all_who_wait() {
    const PASSPHRASE: &str = "correct horse  battery";
    let home = Home::new().with("KEYWELL_STORE", "file");
    // Only the set-up has its passphrase from a credential.
    home.write("passphrase/keywell-passphrase", PASSPHRASE);
    let credentials = home.join("passphrase");
    let practice = Practice::start(&home, &[]);
    let csv = practice.csv();
    let mut setup = home.command(keywell_program());
    setup.args(["setup", "--profile", "work", "--region", "us-east-1"]);
    setup
        .arg("--csv")
        .arg(csv)
        .args(["--endpoint-url", practice.url()]);
    setup.env("CREDENTIALS_DIRECTORY", credentials);
    Outcome::of(&mut setup, "").succeeded();
    let mut screens = Screens::default();

    let nobody = run_without_display(helper(&home));
    assert!(!nobody.status.success(), "{nobody:#?}");
    assert!(nobody.stderr.contains("vault unlock"), "{nobody:#?}");

    let cancelled = run(helper(&home), |port| {
        let window = Window::join(&home, port);
        window.see("ask-passphrase");
        screens.look(&window, "ask-passphrase");
        window.leave_by("ask-cancel");
    });
    assert!(!cancelled.status.success(), "{cancelled:#?}");
    assert_eq!(cancelled.stdout, "", "{cancelled:#?}");

    // Whoever comes meanwhile opens no window of its own.
    let port = free_port();
    let outcomes: Vec<Outcome> = thread::scope(|scope| {
        let call = || Outcome::of(helper(&home).envs(Driver::variables(port)), "");
        let callers: Vec<_> = (0..10).map(|_| scope.spawn(call)).collect();
        let window = Window::join(&home, port);
        window.fill("ask-passphrase", "correct hose");
        window.leave_by("ask-run");
        let window = Window::join(&home, port);
        window.reads("does not open with that passphrase");
        screens.look(&window, "ask-passphrase-again");
        window.fill("ask-passphrase", PASSPHRASE);
        window.leave_by("ask-run");
        callers
            .into_iter()
            .map(|caller| caller.join().expect("no panic"))
            .collect()
    });
    for outcome in outcomes {
        assert_eq!(outcome.succeeded().json()["Version"], 1);
    }
    let client = run_without_display(boto3(&home)).succeeded();
    assert!(client.stdout.contains(":user/admin"), "{client:#?}");
    home.keywell(&["vault", "lock"]).succeeded();
    screens.finish();
}
