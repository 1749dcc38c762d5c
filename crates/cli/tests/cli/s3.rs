use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
};

use serde_json::json;

use crate::support::{Home, Practice};

/// Bytes without a pattern that a wrong order of parts would not show.
fn noise(length: usize) -> Vec<u8> {
    let mut state: u64 = 0x9e37_79b9_7f4a_7c15;
    std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    })
    .flatten()
    .take(length)
    .collect()
}

fn home_with_account() -> (Home, Practice) {
    let mut home = Home::new();
    let practice = Practice::start(&home, &["--data", "account"]);
    practice.name_in(&mut home);
    home.run(&["s3", "mb", "s3://pictures"]).passed();
    (home, practice)
}

/// The status line and the body of a GET, without any credentials.
fn get(url: &str) -> (String, Vec<u8>) {
    let rest = url.strip_prefix("http://").unwrap();
    let (host, path) = rest.split_once('/').unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    write!(
        stream,
        "GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let end = answer
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .unwrap();
    let head = String::from_utf8(answer[..end].to_vec()).unwrap();
    (
        head.lines().next().unwrap().to_owned(),
        answer[end + 4..].to_vec(),
    )
}

#[test]
fn a_bucket_is_made_closed_and_deleted_when_empty() {
    let (home, _practice) = home_with_account();
    let settings = home
        .run(&["s3", "mb", "s3://films", "--region", "eu-west-1", "--json"])
        .passed()
        .json();
    assert_eq!(
        settings,
        json!({
            "name": "films",
            "region": "eu-west-1",
            "publicAccessBlocked": true,
            "aclsOff": true,
            "encryption": "AES256",
        })
    );
    let twice = home.run(&["s3", "mb", "s3://films", "--region", "eu-west-1", "--json"]);
    assert_eq!(twice.error()["code"], "s3.bucket_owned");

    let text = home.run(&["s3", "ls"]).passed().stdout;
    let names: Vec<_> = text
        .lines()
        .map(|line| line.split(' ').nth(2).unwrap())
        .collect();
    assert_eq!(names, ["films", "pictures"]);

    home.write("a.txt", "a");
    home.run(&["s3", "cp", "a.txt", "s3://pictures/"]).passed();
    let full = home.run(&["s3", "rb", "s3://pictures", "--json"]);
    assert_eq!(full.error()["code"], "s3.bucket_not_empty");
    home.run(&["s3", "rm", "s3://pictures/a.txt"]).passed();
    home.run(&["s3", "rb", "s3://pictures"]).passed();
    let names = home.run(&["s3", "ls", "--json"]).passed().json();
    assert_eq!(names.as_array().unwrap().len(), 1);
}

#[test]
fn a_large_file_goes_up_and_comes_down_unchanged() {
    let (home, _practice) = home_with_account();
    let bytes = noise(20 << 20);
    home.write("large.bin", &bytes);
    let up = home
        .run(&["s3", "cp", "large.bin", "s3://pictures/raw/", "--json"])
        .passed()
        .json();
    assert_eq!(up["done"][0]["to"], "s3://pictures/raw/large.bin");
    assert_eq!(up["done"][0]["bytes"], 20 << 20);

    home.run(&["s3", "cp", "s3://pictures/raw/large.bin", "back/copy.bin"])
        .passed();
    assert!(fs::read(home.path("back/copy.bin")).unwrap() == bytes);

    home.run(&["s3", "cp", "s3://pictures/raw/large.bin", "back/"])
        .passed();
    assert!(fs::read(home.path("back/large.bin")).unwrap() == bytes);
}

#[test]
fn folders_go_up_across_and_down_and_keep_their_names() {
    let (home, _practice) = home_with_account();
    home.write("trip/a.txt", "a");
    home.write("trip/day 1/grüße.txt", "b");
    home.run(&["s3", "cp", "--recursive", "trip", "s3://pictures/2026"])
        .passed();
    home.run(&[
        "s3",
        "cp",
        "--recursive",
        "s3://pictures/2026",
        "s3://pictures/copy",
    ])
    .passed();
    let text = home
        .run(&["s3", "ls", "--recursive", "s3://pictures/"])
        .passed()
        .stdout;
    let keys: Vec<_> = text.lines().map(|line| &line[31..]).collect();
    assert_eq!(
        keys,
        [
            "2026/a.txt",
            "2026/day 1/grüße.txt",
            "copy/a.txt",
            "copy/day 1/grüße.txt"
        ]
    );
    home.run(&["s3", "cp", "--recursive", "s3://pictures/copy", "back"])
        .passed();
    assert_eq!(home.read("back/day 1/grüße.txt"), "b");

    home.run(&["s3", "rm", "--recursive", "s3://pictures/2026"])
        .passed();
    let left = home
        .run(&["s3", "ls", "--recursive", "s3://pictures/", "--json"])
        .passed()
        .json();
    assert_eq!(left.as_array().unwrap().len(), 2);
    assert_eq!(left[0]["key"], "copy/a.txt");
}

#[test]
fn a_folder_is_listed_as_the_aws_cli_lists_it() {
    let (home, _practice) = home_with_account();
    home.write("a.txt", "12345");
    for key in ["top.txt", "year/a.txt", "year/month/b.txt", "yearly.txt"] {
        let address = format!("s3://pictures/{key}");
        home.run(&["s3", "cp", "a.txt", &address]).passed();
    }
    let lines = |address: &str| -> Vec<String> {
        let text = home.run(&["s3", "ls", address]).passed().stdout;
        text.lines()
            .map(|line| match line.trim_start().starts_with("PRE") {
                true => line.to_owned(),
                false => line[20..].to_owned(),
            })
            .collect()
    };
    let folder = |name: &str| format!("                           PRE {name}");
    assert_eq!(
        lines("s3://pictures"),
        [
            folder("year/"),
            "         5 top.txt".into(),
            "         5 yearly.txt".into()
        ]
    );
    assert_eq!(
        lines("s3://pictures/year/"),
        [folder("month/"), "         5 a.txt".into()]
    );
    assert_eq!(
        lines("s3://pictures/year"),
        [folder("year/"), "         5 yearly.txt".into()]
    );
    let none = home.run(&["s3", "ls", "s3://pictures/none", "--json"]);
    assert_eq!(none.error()["code"], "s3.no_such_object");
}

#[cfg(unix)]
#[test]
fn control_characters_in_a_name_do_not_reach_the_terminal() {
    let (home, _practice) = home_with_account();
    home.write("a.txt", "a");
    let key = "one\ttwo\u{1b}[31m.txt";
    let address = format!("s3://pictures/{key}");
    home.run(&["s3", "cp", "a.txt", &address]).passed();
    let text = home
        .run(&["s3", "ls", "--recursive", "s3://pictures/"])
        .passed()
        .stdout;
    assert!(text.ends_with(" one\\ttwo\\x1b[31m.txt\n"), "{text:?}");
    let json = home
        .run(&["s3", "ls", "--recursive", "s3://pictures/", "--json"])
        .passed()
        .json();
    assert_eq!(json[0]["key"], key);
}

#[test]
fn nothing_is_overwritten_unless_told_so() {
    let (home, _practice) = home_with_account();
    home.write("a.txt", "first");
    home.run(&["s3", "cp", "a.txt", "s3://pictures/a.txt"])
        .passed();
    home.write("a.txt", "second");
    let taken = home.run(&["s3", "cp", "a.txt", "s3://pictures/a.txt", "--json"]);
    assert_eq!(taken.error()["code"], "transfer.exists");
    assert_eq!(taken.code, 1);
    let down = home.run(&["s3", "cp", "s3://pictures/a.txt", "a.txt", "--json"]);
    assert_eq!(down.error()["code"], "transfer.exists");
    assert_eq!(home.read("a.txt"), "second");

    let copy = |what: &str| {
        home.run(&[
            "s3",
            "cp",
            "a.txt",
            "s3://pictures/a.txt",
            "--on-conflict",
            what,
            "--json",
        ])
        .passed()
        .json()
    };
    assert_eq!(copy("skip")["skipped"][0], "a.txt");
    assert_eq!(
        copy("keep-both")["done"][0]["to"],
        "s3://pictures/a (2).txt"
    );
    assert_eq!(copy("replace")["done"][0]["to"], "s3://pictures/a.txt");
    home.run(&["s3", "cp", "s3://pictures/a.txt", "back.txt"])
        .passed();
    assert_eq!(home.read("back.txt"), "second");
}

#[test]
fn a_link_is_read_without_credentials_until_it_is_tampered_with() {
    let (home, _practice) = home_with_account();
    home.write("a b.txt", "hello");
    home.run(&["s3", "cp", "a b.txt", "s3://pictures/"])
        .passed();
    let url = home
        .run(&[
            "s3",
            "presign",
            "s3://pictures/a b.txt",
            "--expires-in",
            "60",
        ])
        .passed()
        .stdout;
    let url = url.trim_end();
    let (status, body) = get(url);
    assert_eq!(status, "HTTP/1.1 200 OK");
    assert_eq!(body, b"hello");
    let (status, _) = get(&url.replace("X-Amz-Expires=60", "X-Amz-Expires=600"));
    assert_eq!(status, "HTTP/1.1 403 Forbidden");
}

#[test]
fn an_upload_of_which_one_file_fails_is_partly_done() {
    let mut home = Home::new();
    home.write(
        "faults.json",
        r#"[{"service":"s3","operation":"PutObject","key":"*bad*","status":403,"code":"AccessDenied"}]"#,
    );
    let practice = Practice::start(&home, &["--data", "account", "--faults", "faults.json"]);
    practice.name_in(&mut home);
    home.run(&["s3", "mb", "s3://pictures"]).passed();
    home.write("trip/bad.txt", "a");
    home.write("trip/good.txt", "b");
    let ran = home.run(&["s3", "cp", "--recursive", "trip", "s3://pictures", "--json"]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert_eq!(ran.error()["code"], "transfer.partly");
    let summary = ran.json();
    assert_eq!(summary["done"][0]["to"], "s3://pictures/good.txt");
    assert_eq!(summary["failed"][0]["failure"]["code"], "aws.access_denied");

    let one = home.run(&["s3", "cp", "trip/bad.txt", "s3://pictures", "--json"]);
    assert_eq!(one.code, 1);
    assert_eq!(one.error()["code"], "aws.access_denied");
    assert_eq!(one.stdout, "");

    let missing = home.run(&["s3", "cp", "none.txt", "s3://pictures", "--json"]);
    assert_eq!(missing.error()["code"], "transfer.source_missing");
}

#[test]
fn a_wrong_key_and_no_key_at_all_are_told_apart() {
    let (home, practice) = home_with_account();
    let mut wrong = Home::new();
    wrong.set("AWS_ENDPOINT_URL", &practice.endpoint_url);
    let none = wrong.run(&["s3", "ls", "--json"]);
    assert_eq!(
        none.error()["code"],
        "aws.no_credentials",
        "{}",
        none.stderr
    );
    wrong.set("AWS_ACCESS_KEY_ID", &practice.key_id);
    wrong.set("AWS_SECRET_ACCESS_KEY", crate::support::SECRET);
    let refused = wrong.run(&["s3", "ls", "--json"]);
    assert_eq!(refused.error()["code"], "sts.wrong_secret");
    assert_eq!(refused.code, 1);
    drop(home);
}

#[test]
fn times_are_local_as_with_the_aws_cli() {
    let (mut home, _practice) = home_with_account();
    let mut hour = |zone: &str| -> u32 {
        home.set("TZ", zone);
        let line = home.run(&["s3", "ls"]).passed().stdout;
        line[11..13].parse().unwrap()
    };
    assert_eq!((hour("UTC0") + 9) % 24, hour("JST-9"));
}
