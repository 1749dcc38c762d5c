//! Signing in to the console, with a sign-in service on loopback in place of AWS's.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    thread::{self, JoinHandle},
};

use serde_json::Value;

use crate::support::{Home, Practice};

/// Answers one request, and gives its first line back.
fn sign_in_service(answer: &'static str) -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let served = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
        let asked = lines.next().unwrap().unwrap();
        while !lines.next().unwrap().unwrap().is_empty() {}
        stream.write_all(answer.as_bytes()).unwrap();
        asked
    });
    (address, served)
}

const TOKEN: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 24\r\nConnection: close\r\n\r\n{\"SigninToken\":\"a/b+c=\"}";
const REFUSED: &str =
    "HTTP/1.1 400 Bad Request\r\nContent-Length: 6\r\nConnection: close\r\n\r\n<html>";

#[test]
fn the_session_of_a_users_key_is_exchanged_for_a_link_that_is_printed() {
    let home = Home::new();
    let practice = Practice::start(&home, &[]);
    practice.write_profile(&home, "work");
    let (service, served) = sign_in_service(TOKEN);
    let ran = home.run(&["console", "work", "--print", "--signin-endpoint", &service]);
    let ran = ran.passed();
    assert_eq!(
        ran.stdout,
        format!(
            "{service}/federation?Action=login&Issuer=keywell&Destination=https%3A%2F%2Fconsole.aws.amazon.com%2Fconsole%2Fhome%3Fregion%3Dus-east-1&SigninToken=a%2Fb%2Bc%3D\n"
        )
    );
    assert_eq!(ran.stderr, "");
    let asked = served.join().unwrap();
    let query = asked
        .strip_prefix("GET /federation?Action=getSigninToken&Session=")
        .unwrap_or_else(|| panic!("{asked}"));
    let session = percent_decoded(query.strip_suffix(" HTTP/1.1").unwrap());
    let session: Value = serde_json::from_str(&session).unwrap();
    assert!(session["sessionId"].as_str().unwrap().starts_with("ASIA"));
    assert!(session["sessionKey"].is_string() && session["sessionToken"].is_string());
}

#[cfg(unix)]
#[test]
fn the_browser_gets_the_link_over_an_address_that_works_once() {
    use std::os::unix::fs::PermissionsExt as _;

    let mut home = Home::new();
    let practice = Practice::start(&home, &[]);
    practice.write_profile(&home, "work");
    let (service, served) = sign_in_service(TOKEN);
    // A browser that keeps what it was given and what it then got.
    let browser = home.write(
        "bin/xdg-open",
        r#"#!/bin/bash
rest=${1#http://}; at=${rest%%/*}
ask() { exec 3<>/dev/tcp/${at%:*}/${at#*:}; printf 'GET /%s HTTP/1.1\r\n\r\n' "$1" >&3; cat <&3; }
{ echo "$1"; ask wrong; ask "${rest#*/}"; } > "$HOME/browser"
"#,
    );
    std::fs::set_permissions(&browser, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/bin:/bin", home.path("bin").display());
    home.set("PATH", &path);
    let ran = home.run(&["console", "work", "--signin-endpoint", &service]);
    let ran = ran.passed();
    assert!(
        ran.stdout.starts_with("Signed in as arn:aws:iam::"),
        "{}",
        ran.stdout
    );
    served.join().unwrap();
    let browser = home.read("browser");
    let (given, got) = browser.split_once('\n').unwrap();
    assert!(given.starts_with("http://127.0.0.1:"), "{given}");
    assert!(!given.contains("SigninToken"), "it was on a command line");
    assert!(got.starts_with("HTTP/1.1 404"), "{got}");
    let link = format!("Location: {service}/federation?Action=login");
    assert!(got.contains("HTTP/1.1 302") && got.contains(&link), "{got}");
}

#[test]
fn what_can_not_sign_in_says_why() {
    let home = Home::new();
    let practice = Practice::start(&home, &[]);
    practice.write_profile(&home, "work");
    let elsewhere = home.run(&["console", "work", "--json"]);
    assert_eq!(elsewhere.code, 1);
    assert_eq!(elsewhere.error()["code"], "console.elsewhere");

    let (service, served) = sign_in_service(REFUSED);
    let refused = home.run(&["console", "work", "--json", "--signin-endpoint", &service]);
    assert_eq!(refused.error()["code"], "console.session");
    served.join().unwrap();

    for (more, code) in [
        (["--service", "../s3"], "console.service"),
        (
            ["--signin-endpoint", "http://signin.example"],
            "endpoint.form",
        ),
    ] {
        let ran = home.run(&[&["console", "work", "--json"], more.as_slice()].concat());
        assert_eq!(ran.error()["code"], code);
    }
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'%' => {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                let digits = std::str::from_utf8(&digits).unwrap();
                bytes.push(u8::from_str_radix(digits, 16).unwrap());
            }
            b'+' => bytes.push(b' '),
            other => bytes.push(other),
        }
    }
    String::from_utf8(bytes).unwrap()
}
