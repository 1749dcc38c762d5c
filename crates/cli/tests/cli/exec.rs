//! Programs that are run with a profile's credentials.

#[cfg(unix)]
use std::{
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    net::TcpListener,
    thread,
    time::{Duration, SystemTime},
};

#[cfg(unix)]
use crate::support::Practice;
use crate::support::{Home, KEY_ID, SECRET};

/// A home with a plain profile that nothing is asked of.
fn home() -> Home {
    let mut home = Home::new();
    home.write(
        ".aws/credentials",
        format!("[work]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\n"),
    );
    home.write(
        ".aws/config",
        "[profile work]\nregion = eu-west-1\nendpoint_url = http://127.0.0.1:9\n",
    );
    home.set("PATH", "/usr/bin:/bin");
    home.set("AWS_PROFILE", "another");
    home.set("AWS_SESSION_TOKEN", "of another");
    home
}

#[cfg(unix)]
#[test]
fn a_program_gets_the_profile_and_nothing_of_another() {
    let ran = home().run(&["exec", "work", "--", "env"]).passed();
    let mut lines: Vec<&str> = ran
        .stdout
        .lines()
        .filter(|line| line.starts_with("AWS_") || line.starts_with("KEYWELL_PROFILE"))
        .collect();
    lines.sort_unstable();
    insta::assert_snapshot!(lines.join("\n"), @"
    AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE
    AWS_DEFAULT_REGION=eu-west-1
    AWS_ENDPOINT_URL=http://127.0.0.1:9
    AWS_REGION=eu-west-1
    AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY
    KEYWELL_PROFILE=work
    ");
}

#[cfg(unix)]
#[test]
fn the_exit_code_and_the_end_by_a_signal_are_the_programs_own() {
    let home = home();
    let code = |command: &[&str]| {
        let arguments = [&["exec", "work", "--"], command].concat();
        home.run(&arguments).code
    };
    assert_eq!(code(&["sh", "-c", "exit 42"]), 42);
    // The program took this one's place, so that the signal ended this process.
    assert_eq!(code(&["sh", "-c", "kill -TERM $$"]), -1);
    assert_eq!(code(&["no-such-program-of-ours"]), 127);
    assert_eq!(code(&["/"]), 126);
    assert_eq!(home.run(&["exec", "work"]).code, 2);
    assert_eq!(home.run(&["exec", "nobody", "--", "env"]).code, 1);
}

#[cfg(unix)]
#[test]
fn a_server_gives_sessions_to_who_has_the_token_and_ends_with_the_program() {
    let home = Home::new();
    let practice = Practice::start(&home, &[]);
    practice.write_profile(&home, "work");
    let script = r#"
        rest=${AWS_CONTAINER_CREDENTIALS_FULL_URI#http://}
        at=${rest%%/*}
        ask() {
            exec 3<>/dev/tcp/${at%:*}/${at#*:}
            printf 'GET /%s HTTP/1.1\r\nHost: %s\r\nAuthorization: %s\r\n\r\n' "$1" "$2" "$3" >&3
            cat <&3; echo; echo ---
        }
        ask credentials "$at" "$AWS_CONTAINER_AUTHORIZATION_TOKEN"
        ask credentials "$at" wrong
        ask credentials evil.example "$AWS_CONTAINER_AUTHORIZATION_TOKEN"
        ask other "$at" "$AWS_CONTAINER_AUTHORIZATION_TOKEN"
        env | grep -c '^AWS_SECRET' ; exit 7"#;
    let ran = home.run(&["exec", "work", "--server", "--", "/bin/bash", "-c", script]);
    assert_eq!(ran.code, 7, "{}{}", ran.stdout, ran.stderr);
    let answers: Vec<&str> = ran.stdout.split("---").collect();
    assert!(answers[0].starts_with("HTTP/1.1 200"), "{}", answers[0]);
    let json = answers[0].rsplit_once("\r\n\r\n").unwrap().1;
    let json: serde_json::Value = serde_json::from_str(json.trim()).unwrap();
    assert!(json["AccessKeyId"].as_str().unwrap().starts_with("ASIA"));
    assert!(json["Token"].is_string() && json["Expiration"].is_string());
    assert!(answers[1].trim_start().starts_with("HTTP/1.1 401"));
    assert!(answers[2].trim_start().starts_with("HTTP/1.1 401"));
    assert!(answers[3].trim_start().starts_with("HTTP/1.1 404"));
    assert_eq!(answers[4].trim(), "0");
}

/// An STS that gives a new session at each call, which lasts for the seconds that stand at its place; the last one for
/// ever after.
#[cfg(unix)]
fn sts(seconds: &'static [u64]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for (call, stream) in listener.incoming().enumerate() {
            let mut stream = stream.unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut length = 0;
            for line in reader.by_ref().lines() {
                let line = line.unwrap().to_ascii_lowercase();
                if let Some(text) = line.strip_prefix("content-length:") {
                    length = text.trim().parse().unwrap();
                }
                if line.is_empty() {
                    break;
                }
            }
            io::copy(&mut reader.take(length), &mut io::sink()).unwrap();
            let lasts = seconds.get(call).or(seconds.last()).unwrap();
            let ends = SystemTime::now() + Duration::from_secs(*lasts);
            let body = format!(
                "<GetSessionTokenResponse><GetSessionTokenResult><Credentials><AccessKeyId>ASIAPRACTICE{call:08}</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>session-{call}</SessionToken><Expiration>{}</Expiration></Credentials></GetSessionTokenResult></GetSessionTokenResponse>",
                humantime::format_rfc3339_seconds(ends)
            );
            let length = body.len();
            write!(
                stream,
                "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
            )
            .unwrap();
        }
    });
    address
}

/// Asks the server of `exec`, as the SDKs' provider for containers does. `$1` is the token.
#[cfg(unix)]
const ASK: &str = r#"
    ask() {
        rest=${AWS_CONTAINER_CREDENTIALS_FULL_URI#http://}
        at=${rest%%/*}
        exec 3<>/dev/tcp/${at%:*}/${at#*:}
        printf 'GET /%s HTTP/1.1\r\nHost: %s\r\nAuthorization: %s\r\n\r\n' "${rest#*/}" "$at" "$1" >&3
        cat <&3
        exec 3<&-
    }
"#;

#[cfg(unix)]
#[test]
fn a_long_run_gets_another_session_before_its_first_one_ends_and_keeps_one_that_lasts() {
    let mut home = home();
    // Sessions are kept where there is a store for their key.
    let credential = home.write("credentials/keywell-passphrase", "correct horse");
    let folder = credential.parent().unwrap().to_str().unwrap().to_owned();
    home.set("CREDENTIALS_DIRECTORY", &folder);
    home.set("KEYWELL_STORE", "file");
    home.set("AWS_ENDPOINT_URL_STS", &sts(&[60, 90, 12 * 60 * 60]));
    let script = format!(
        r#"{ASK}
        for turn in 1 2 3 4; do
            ask "$AWS_CONTAINER_AUTHORIZATION_TOKEN" | grep -o 'session-[0-9]*'
        done"#
    );
    let ran = home
        .run(&["exec", "work", "--server", "--", "/bin/bash", "-c", &script])
        .passed();
    // The first was had before the program began, and would end within a minute; so would the next one.
    let got: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(got, ["session-1", "session-2", "session-2", "session-2"]);
}

#[cfg(target_os = "linux")]
#[test]
fn another_user_gets_nothing_from_the_server_of_exec_even_with_its_token() {
    let home = Home::new();
    let practice = Practice::start(&home, &[]);
    practice.write_profile(&home, "work");
    let script = format!(
        r#"{ASK}
        ask "$AWS_CONTAINER_AUTHORIZATION_TOKEN" | head -1
        echo ---
        export -f ask
        if [ "$(id -u)" = 0 ]; then
            setpriv --reuid=65534 --regid=65534 --clear-groups /bin/bash -c 'id -u; ask "$AWS_CONTAINER_AUTHORIZATION_TOKEN"' 2>/dev/null
        else
            echo 'only root can be another user'
        fi"#
    );
    let ran = home.run(&["exec", "work", "--server", "--", "/bin/bash", "-c", &script]);
    let (own, other) = ran.stdout.split_once("---").unwrap();
    assert!(own.starts_with("HTTP/1.1 200"), "{own}{}", ran.stderr);
    let expected = ["65534", "only root can be another user"];
    assert!(expected.contains(&other.trim()), "{other}");
}

#[test]
fn env_prints_lines_that_set_what_is_needed_and_unset_the_rest() {
    let home = home();
    insta::assert_snapshot!(home.run(&["env", "work"]).passed().stdout);
    insta::assert_snapshot!(home.run(&["env", "work", "--shell", "dotenv"]).passed().stdout, @"
    AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE
    AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY
    AWS_REGION=eu-west-1
    AWS_DEFAULT_REGION=eu-west-1
    AWS_ENDPOINT_URL=http://127.0.0.1:9
    KEYWELL_PROFILE=work
    ");
    let json = home.run(&["env", "work", "--json"]).passed().json();
    assert_eq!(json["AWS_ACCESS_KEY_ID"], KEY_ID);
}

/// A value that no shell may touch: quotes, what starts a substitution, what ends a word.
#[cfg(unix)]
const ODD: &str = r#"a'b"c$d`e\f%g!h(i)j k;l&m|n<o>p*q?r[s]t{u}v~w#x$(y)"#;

/// Each of the shells that this machine has takes the lines over, and forgets what another profile left behind.
#[cfg(unix)]
#[test]
fn shells_take_the_lines_of_env_as_they_are_meant() {
    let mut home = home();
    home.write(
        ".aws/credentials",
        format!("[work]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {ODD}\n"),
    );
    home.set("KEYWELL", env!("CARGO_BIN_EXE_keywell"));
    let posix = r#"eval "$("$KEYWELL" env work)"; printf '%s|%s' "$AWS_SECRET_ACCESS_KEY" "${AWS_SESSION_TOKEN-none}""#;
    let fish = r#"$KEYWELL env work --shell fish | source; printf '%s|' "$AWS_SECRET_ACCESS_KEY"; set -q AWS_SESSION_TOKEN; or printf none"#;
    let powershell = r#"& $Env:KEYWELL env work --shell powershell | Invoke-Expression; $token = if ($null -eq $Env:AWS_SESSION_TOKEN) { 'none' } else { 'there' }; [Console]::Write($Env:AWS_SECRET_ACCESS_KEY + '|' + $token)"#;
    let shells: &[(&str, &[&str], &str)] = &[
        ("bash", &["-c"], posix),
        ("dash", &["-c"], posix),
        ("zsh", &["-f", "-c"], posix),
        ("fish", &["--no-config", "-c"], fish),
        ("pwsh", &["-NoProfile", "-Command"], powershell),
    ];
    for (shell, options, script) in shells {
        let on_path = ["/usr/bin", "/bin"].map(|folder| std::path::Path::new(folder).join(shell));
        let Some(program) = on_path.iter().find(|program| program.exists()) else {
            assert_ne!(*shell, "bash", "every machine of ours has one");
            continue;
        };
        let output = home
            .command_of(program)
            .args(*options)
            .arg(script)
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stdout);
        let complained = String::from_utf8_lossy(&output.stderr);
        assert_eq!(told, format!("{ODD}|none"), "{shell}: {complained}");
    }
}

#[cfg(unix)]
#[test]
fn a_program_gets_the_limit_of_core_files_that_its_caller_had() {
    let home = home();
    let script = "ulimit -Sc 8; exec \"$0\" exec work -- sh -c 'ulimit -Sc; ulimit -Hc'";
    let plain = home.command(&[]);
    let mut command = std::process::Command::new("sh");
    command
        .args(["-c", script, env!("CARGO_BIN_EXE_keywell")])
        .env_clear()
        .envs(
            plain
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .current_dir(home.path(""));
    let limits = |command: &mut std::process::Command| {
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    let mut without = std::process::Command::new("sh");
    without.args(["-c", "ulimit -Sc 8; ulimit -Sc; ulimit -Hc"]);
    let expected = limits(&mut without);
    assert!(expected.starts_with("8\n"), "{expected}");
    assert_eq!(limits(&mut command), expected);
}
