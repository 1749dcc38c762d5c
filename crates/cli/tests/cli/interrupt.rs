use std::{
    process::{Child, Stdio},
    thread,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::support::{Home, KEY_ID, Practice, SECRET};

fn start(home: &Home, arguments: &[&str]) -> Child {
    home.command(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Interrupts a command that is in the middle of something; its exit code and its error.
fn interrupt(child: Child) -> (Option<i32>, Value) {
    thread::sleep(Duration::from_millis(1500));
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let output = child.wait_with_output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    (
        output.status.code(),
        serde_json::from_str(&error).unwrap_or_else(|_| panic!("{error}")),
    )
}

#[test]
fn a_set_up_that_is_interrupted_leaves_everything_as_it_was() {
    let home = Home::new();
    let practice = Practice::start(&home, &["--data", "account", "--latency", "30s"]);
    home.write(".aws/config", "[profile media]\nregion = eu-west-1\n");
    let mut child = start(
        &home,
        &[
            "setup",
            "--key-id",
            KEY_ID,
            "--profile",
            "new",
            "--endpoint-url",
            &practice.endpoint_url,
            "--json",
        ],
    );
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), SECRET.as_bytes()).unwrap();
    let (code, error) = interrupt(child);
    assert_eq!(code, Some(130));
    assert_eq!(error["code"], "task.cancelled");
    assert_eq!(
        home.read(".aws/config"),
        "[profile media]\nregion = eu-west-1\n"
    );
}

#[test]
fn a_copy_that_is_interrupted_leaves_nothing_half_done() {
    let mut home = Home::new();
    home.write(
        "faults.json",
        r#"[{"service":"s3","operation":"GetObject","delay_ms":60000}]"#,
    );
    let practice = Practice::start(&home, &["--data", "account", "--faults", "faults.json"]);
    practice.name_in(&mut home);
    home.run(&["s3", "mb", "s3://pictures"]).passed();
    home.write("a.txt", "a");
    home.run(&["s3", "cp", "a.txt", "s3://pictures/"]).passed();
    let child = start(
        &home,
        &["s3", "cp", "s3://pictures/a.txt", "back/a.txt", "--json"],
    );
    let (code, error) = interrupt(child);
    assert_eq!(code, Some(130));
    assert_eq!(error["code"], "transfer.cancelled");
    let left: Vec<_> = home
        .contents()
        .into_keys()
        .filter(|path| path.starts_with(home.path("back")))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_list_that_is_interrupted_ends_at_once() {
    let mut home = Home::new();
    let practice = Practice::start(&home, &["--data", "account", "--latency", "60s"]);
    practice.name_in(&mut home);
    let (code, error) = interrupt(start(&home, &["s3", "ls", "--json"]));
    assert_eq!(code, Some(130));
    assert_eq!(error["code"], "task.cancelled");
}

#[test]
fn the_practice_account_ends_well_when_it_is_interrupted() {
    let home = Home::new();
    for signal in [Signal::INT, Signal::TERM] {
        let mut practice = Practice::start(&home, &[]);
        kill_process(practice.pid(), signal).unwrap();
        assert_eq!(practice.exit_code(), Some(0));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_command_leaves_no_core_file() {
    let home = Home::new();
    let practice = Practice::start(&home, &[]);
    let limits = format!("/proc/{}/limits", practice.pid());
    let limits = std::fs::read_to_string(limits).unwrap();
    let core = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"));
    let words: Vec<&str> = core.unwrap().split_whitespace().collect();
    // The hard limit stays, for the programs that `exec` starts.
    assert_eq!(words[4], "0", "{limits}");
}
