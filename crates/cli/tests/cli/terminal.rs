//! What is asked on a terminal. Nothing is, where there is none: all other tests run so.

use std::{
    fs::{File, OpenOptions},
    io::{Read, Write},
    process::Stdio,
};

use rustix::{
    fs::OFlags,
    process::{Pid, Signal, kill_process},
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
};

use crate::support::{Home, Practice};

/// Runs a command on a pseudo-terminal and answers its questions; its exit code and what was on the screen.
fn on_terminal(home: &Home, arguments: &[&str], answers: &str) -> (Option<i32>, String) {
    run(home, arguments, answers, None)
}

/// `interrupted_at` is the question at which the person presses Ctrl-C.
fn run(
    home: &Home,
    arguments: &[&str],
    answers: &str,
    interrupted_at: Option<&str>,
) -> (Option<i32>, String) {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let path = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    std::os::unix::fs::OpenOptionsExt::custom_flags(
        &mut options,
        OFlags::NOCTTY.bits().try_into().unwrap(),
    );
    let terminal = options.open(path).unwrap();
    let side = || Stdio::from(terminal.try_clone().unwrap());
    let mut child = home
        .command(arguments)
        .env("TERM", "dumb")
        .stdin(side())
        .stdout(side())
        .stderr(side())
        .spawn()
        .unwrap();
    drop(terminal);
    let mut master = File::from(master);
    master.write_all(answers.as_bytes()).unwrap();
    let mut screen = Vec::new();
    let mut buffer = [0; 4096];
    // Linux answers with an error when the last one has hung up.
    while let Ok(count @ 1..) = master.read(&mut buffer) {
        screen.extend_from_slice(&buffer[..count]);
        if interrupted_at
            .is_some_and(|question| String::from_utf8_lossy(&screen).ends_with(question))
        {
            kill_process(Pid::from_child(&child), Signal::INT).unwrap();
        }
    }
    let code = child.wait().unwrap().code();
    (code, String::from_utf8_lossy(&screen).into_owned())
}

const CONFIG: &str = "[profile media]\nregion = eu-west-1\n";

#[test]
fn a_profile_is_removed_only_after_a_yes() {
    let home = Home::new();
    home.write(".aws/config", CONFIG);
    for answer in ["\n", "n\n", "media\n"] {
        let (code, screen) = on_terminal(&home, &["profile", "remove", "media"], answer);
        assert_eq!(code, Some(130), "{screen}");
        assert!(screen.contains("Remove the profile media?"), "{screen}");
        assert_eq!(home.read(".aws/config"), CONFIG);
    }
    let (code, screen) = on_terminal(&home, &["profile", "remove", "media"], "y\n");
    assert_eq!(code, Some(0), "{screen}");
    assert_eq!(home.read(".aws/config"), "");
}

#[test]
fn a_question_ends_with_ctrl_c() {
    let home = Home::new();
    home.write(".aws/config", CONFIG);
    let arguments = ["profile", "remove", "media"];
    let (code, screen) = run(&home, &arguments, "", Some("[y/N] "));
    assert_eq!(code, Some(130), "{screen}");
    assert_eq!(home.read(".aws/config"), CONFIG);
}

#[test]
fn nothing_asks_with_json_even_on_a_terminal() {
    let home = Home::new();
    let (code, screen) = on_terminal(&home, &["setup", "--json"], "");
    assert_eq!(code, Some(2));
    assert!(screen.contains(r#""code":"usage""#), "{screen}");
    // The terminal would show the secret while it is typed.
    let arguments = ["setup", "--key-id", "AKIAIOSFODNN7EXAMPLE", "--json"];
    let (code, screen) = on_terminal(&home, &arguments, "");
    assert_eq!(code, Some(2));
    assert!(screen.contains(r#""code":"usage""#), "{screen}");
}

#[test]
fn guided_set_up_finds_the_csv_in_downloads_and_asks_for_the_rest() {
    let home = Home::new();
    let practice = Practice::start(&home, &[]);
    let csv = home.read("keywell/practice/admin_accessKeys.csv");
    home.write("Downloads/admin_accessKeys.csv", &csv);
    home.write("Downloads/holiday.csv", "a,b\n");
    // 1: the file; then the profile's name and its region.
    let (code, screen) = on_terminal(&home, &["setup"], "1\nmine\n\n");
    assert!(
        screen.contains("1  the file ~/Downloads/admin_accessKeys.csv"),
        "{screen}"
    );
    assert!(!screen.contains("holiday.csv"), "{screen}");
    assert!(screen.contains("Name of the profile [admin]:"), "{screen}");
    assert!(screen.contains("Region [us-east-1]:"), "{screen}");
    assert!(!screen.contains(&practice.secret), "{screen}");
    // The practice account knows the key; the keychain is what is missing.
    assert!(screen.contains("IAM user admin"), "{screen}");
    assert_eq!(code, Some(1), "{screen}");
    assert!(!home.path(".aws").exists());
}
