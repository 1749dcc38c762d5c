//! The helper without a terminal: it asks through the window beside it, here a script that answers as it is told.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::support::{Home, Practice, Ran};

/// A role behind a key and an MFA device, and a window that answers with `answer`.
fn home(practice: &Practice, home: &Home, answer: &str) {
    practice.write_profile(home, "base");
    let config = home.read(".aws/config");
    home.write(
        ".aws/config",
        format!(
            "{config}\n[profile prod]\nrole_arn = arn:aws:iam::123456789012:role/Admin\nsource_profile = base\nmfa_serial = arn:aws:iam::123456789012:mfa/phone\nregion = us-east-1\nendpoint_url = {}\n",
            practice.endpoint_url
        ),
    );
    let program = env!("CARGO_BIN_EXE_keywell");
    let own = home.path("bin/keywell");
    fs::create_dir_all(own.parent().unwrap()).unwrap();
    if fs::hard_link(program, &own).is_err() {
        fs::copy(program, &own).unwrap();
    }
    let window = home.write(
        "bin/keywell-desktop",
        format!(
            "#!/bin/sh\nread -r question\necho \"$1 $question\" >> \"$HOME/questions\"\n{answer}\n"
        ),
    );
    fs::set_permissions(&window, fs::Permissions::from_mode(0o755)).unwrap();
}

fn run(home: &Home, display: Option<&str>, more: &[&str]) -> Ran {
    let arguments = [more, &["credential-process", "--profile", "prod"]].concat();
    let plain = home.command(&arguments);
    let mut command = Command::new(home.path("bin/keywell"));
    command
        .args(&arguments)
        .env_clear()
        .envs(
            plain
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .env("PATH", "/usr/bin:/bin")
        .current_dir(home.path(""))
        .stdin(Stdio::null());
    if let Some(display) = display {
        command.env("DISPLAY", display);
    }
    let output = command.output().unwrap();
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

fn questions(home: &Home) -> Vec<Value> {
    let path = home.path("questions");
    let text = match Path::new(&path).exists() {
        true => fs::read_to_string(path).unwrap(),
        false => String::new(),
    };
    text.lines()
        .map(|line| serde_json::from_str(line.strip_prefix("--ask ").unwrap()).unwrap())
        .collect()
}

#[test]
fn without_a_display_or_with_json_nobody_is_asked_and_the_caller_hears_it_at_once() {
    let its = Home::new();
    let practice = Practice::start(&its, &[]);
    home(&practice, &its, "echo 'code 123456'");
    for (display, more) in [
        (None, &["--json"][..]),
        (Some(""), &["--json"]),
        (Some(":7"), &["--json"]),
    ] {
        let ran = run(&its, display, more);
        assert_eq!(ran.code, 1, "{}", ran.stderr);
        assert_eq!(ran.error()["code"], "mfa.nobody_to_ask");
    }
    let ran = run(&its, None, &[]);
    assert!(ran.stderr.contains("MFA device phone"), "{}", ran.stderr);
    assert_eq!(questions(&its), [] as [Value; 0]);
}

#[test]
fn a_window_is_told_who_asks_and_a_code_that_is_refused_twice_ends_it() {
    let its = Home::new();
    let practice = Practice::start(&its, &[]);
    home(&practice, &its, "echo 'code 000000'");
    let ran = run(&its, Some(":7"), &[]);
    assert_eq!((ran.code, &*ran.stdout), (1, ""));
    assert!(
        ran.stderr
            .contains("refused the code of the MFA device phone twice"),
        "{}",
        ran.stderr
    );
    let asked = questions(&its);
    assert_eq!(asked.len(), 2);
    let [first, second] = [&asked[0], &asked[1]];
    assert_eq!(first["kind"], "code");
    assert_eq!(first["profile"], "prod");
    assert_eq!(first["device"], "phone");
    assert_eq!(first["account"], "123456789012");
    assert_eq!(
        first["folder"].as_str().map(Path::new),
        fs::canonicalize(its.path("")).ok().as_deref()
    );
    assert_eq!(
        (&first["again"], &second["again"]),
        (&false.into(), &true.into())
    );
    assert!(
        first["seconds"]
            .as_u64()
            .is_some_and(|seconds| (50..=60).contains(&seconds)),
        "{first}"
    );
    #[cfg(target_os = "linux")]
    assert!(
        first["programs"][0].as_str().unwrap().contains("cli-"),
        "{first}"
    );
}

#[test]
fn a_window_that_is_closed_or_breaks_is_told_apart() {
    for (answer, said) in [
        ("echo cancelled", "You cancelled this"),
        ("exit 1", "window could not ask you"),
        ("echo nonsense", "window could not ask you"),
    ] {
        let its = Home::new();
        let practice = Practice::start(&its, &[]);
        home(&practice, &its, answer);
        let ran = run(&its, Some(":7"), &[]);
        assert_eq!((ran.code, &*ran.stdout), (1, ""), "{answer}");
        assert!(ran.stderr.contains(said), "{answer}: {}", ran.stderr);
        assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
    }
}
