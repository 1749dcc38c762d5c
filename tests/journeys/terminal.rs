//! The main job in the terminal, on the practice account, judged by the real AWS CLI and boto3.

use crate::clients;
use keywell_journeys::{Canary, Home, Practice, keychain_items, wait_for};
use serde_json::Value;
use std::fs;
use std::io::Read;
use std::net::TcpStream;
use std::time::Duration;

/// A home with a practice account whose administrator's csv became the profile `practice`.
fn set_up(home: &Home) -> Practice {
    let practice = Practice::start(home, &[]);
    let csv = practice.csv();
    let summary = home
        .keywell(&[
            "setup",
            "--csv",
            &csv.to_string_lossy(),
            "--profile",
            "practice",
            "--region",
            "us-east-1",
            "--endpoint-url",
            practice.url(),
            "--json",
        ])
        .succeeded()
        .json();
    assert_eq!(summary["profile"], "practice");
    assert_eq!(summary["keyId"], practice.admin().0.as_str());
    practice
}

/// Enough bytes for a multipart upload, and no two parts alike.
fn large_file(home: &Home) -> std::path::PathBuf {
    let bytes: Vec<u8> = (0..20 * 1024 * 1024_u32)
        .flat_map(|n| [n, n >> 8].map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8))
        .take(20 * 1024 * 1024)
        .collect();
    home.write("large.bin", bytes)
}

#[test]
fn a_csv_becomes_a_profile_that_the_aws_cli_and_boto3_use() {
    let home = Home::new();
    let practice = set_up(&home);
    let (key_id, secret) = practice.admin();

    let identity = clients::identity(&home, "practice");
    assert!(
        identity["Arn"].as_str().unwrap().ends_with(":user/admin"),
        "{identity}"
    );
    assert_eq!(clients::buckets(&home, "practice"), [""; 0]);

    let config = home.aws_config();
    assert!(
        config.contains("[profile practice]") && config.contains("credential_process"),
        "{config}"
    );
    assert!(
        config.contains(&format!("endpoint_url = {}", practice.url())),
        "{config}"
    );
    assert!(!config.contains(&secret), "the secret is in ~/.aws/config");
    assert!(
        !fs::read_to_string(home.join(".aws/credentials"))
            .unwrap_or_default()
            .contains("practice")
    );
    assert!(
        keychain_items(&key_id).contains(&key_id),
        "nothing in the keychain under {key_id}"
    );
    assert!(
        practice.csv().exists(),
        "the csv is kept unless its deletion was asked for"
    );
}

#[test]
fn the_helper_prints_what_the_clients_specification_asks_for() {
    let home = Home::new();
    let practice = set_up(&home);
    let answer = home
        .keywell(&["credential-process", "--profile", "practice"])
        .succeeded()
        .json();
    let (key_id, secret) = practice.admin();
    assert_eq!(answer["Version"], 1);
    assert_eq!(answer["AccessKeyId"], key_id.as_str());
    assert!(
        answer["SecretAccessKey"] == secret.as_str(),
        "another secret than the one in the csv"
    );
    assert_eq!(
        answer.get("SessionToken").filter(|token| !token.is_null()),
        None
    );
}

#[test]
fn a_test_says_who_the_profile_is_and_a_list_shows_it() {
    let home = Home::new();
    let _practice = set_up(&home);
    let report = home
        .keywell(&["test", "practice", "--json"])
        .succeeded()
        .json();
    assert_eq!(report["passed"], true, "{report}");
    assert_eq!(report["identity"]["name"], "admin", "{report}");
    let shown = home.keywell(&["test", "practice"]).succeeded();
    assert!(shown.stdout.contains("admin"), "{shown:#?}");
    let list = home.keywell(&["profile", "list"]).succeeded();
    assert!(list.stdout.contains("practice"), "{list:#?}");
}

#[test]
fn a_bucket_is_made_and_files_large_and_small_come_back_byte_for_byte() {
    let home = Home::new();
    let _practice = set_up(&home);
    let keywell =
        |arguments: &[&str]| home.keywell(&[arguments, &["--profile", "practice"]].concat());
    keywell(&["s3", "mb", "s3://journey-bucket"]).succeeded();
    assert_eq!(clients::buckets(&home, "practice"), ["journey-bucket"]);

    let small = home.write("notes/Ünïcode name & more.txt", "small\n");
    let large = large_file(&home);
    keywell(&[
        "s3",
        "cp",
        &small.to_string_lossy(),
        "s3://journey-bucket/small/Ünïcode name & more.txt",
    ])
    .succeeded();
    keywell(&[
        "s3",
        "cp",
        &large.to_string_lossy(),
        "s3://journey-bucket/large.bin",
    ])
    .succeeded();
    let stored = clients::object(
        &home,
        "practice",
        "journey-bucket",
        "small/Ünïcode name & more.txt",
    );
    assert_eq!(stored, clients::file(&home, &small));
    assert_eq!(
        clients::object(&home, "practice", "journey-bucket", "large.bin"),
        clients::file(&home, &large)
    );

    let listed = keywell(&["s3", "ls", "--recursive", "s3://journey-bucket/"]).succeeded();
    let by_aws = home
        .aws(&[
            "s3",
            "ls",
            "--recursive",
            "s3://journey-bucket/",
            "--profile",
            "practice",
        ])
        .succeeded();
    let without_times = |text: &str| -> Vec<String> {
        text.lines()
            .map(|line| {
                line.split_whitespace()
                    .skip(2)
                    .collect::<Vec<_>>()
                    .join(" ")
            })
            .collect()
    };
    assert_eq!(without_times(&listed.stdout), without_times(&by_aws.stdout));

    let back = home.join("back.bin");
    keywell(&[
        "s3",
        "cp",
        "s3://journey-bucket/large.bin",
        &back.to_string_lossy(),
    ])
    .succeeded();
    assert!(
        fs::read(&back).unwrap() == fs::read(&large).unwrap(),
        "the downloaded file differs"
    );

    let refused = keywell(&["s3", "rb", "s3://journey-bucket"]).exited(1);
    assert!(refused.stderr.contains("empty"), "{refused:#?}");
    for key in ["large.bin", "small/Ünïcode name & more.txt"] {
        keywell(&["s3", "rm", &format!("s3://journey-bucket/{key}")]).succeeded();
    }
    keywell(&["s3", "rb", "s3://journey-bucket"]).succeeded();
    assert_eq!(clients::buckets(&home, "practice"), [""; 0]);
}

#[test]
fn a_presigned_link_opens_the_object_without_credentials() {
    let home = Home::new();
    let practice = set_up(&home);
    let keywell =
        |arguments: &[&str]| home.keywell(&[arguments, &["--profile", "practice"]].concat());
    keywell(&["s3", "mb", "s3://journey-links"]).succeeded();
    let file = home.write("hello.txt", "hello, link\n");
    keywell(&[
        "s3",
        "cp",
        &file.to_string_lossy(),
        "s3://journey-links/hello.txt",
    ])
    .succeeded();
    let link = keywell(&["s3", "presign", "s3://journey-links/hello.txt"]).succeeded();
    let link = link
        .stdout
        .lines()
        .find(|line| line.starts_with("http"))
        .expect("a line with the link")
        .trim()
        .to_owned();
    assert!(link.starts_with(practice.url()), "{link}");
    assert!(get(&link).ends_with("hello, link\n"), "{}", get(&link));
    let tampered = link.replace("hello.txt", "other.txt");
    assert!(
        get(&tampered).starts_with("HTTP/1.1 403"),
        "{}",
        get(&tampered)
    );
}

/// A plain GET over the loopback address: head and body.
fn get(link: &str) -> String {
    use std::io::Write;
    let (host, path) = link
        .strip_prefix("http://")
        .and_then(|rest| rest.split_once('/'))
        .expect("an address on this machine");
    let mut stream = TcpStream::connect(host).expect("a server that listens");
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    write!(
        stream,
        "GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn a_key_made_for_another_user_works_until_it_is_deactivated() {
    let home = Home::new();
    let _practice = set_up(&home);
    clients::make_user(&home, "practice", "deploy");
    let users = home
        .keywell(&["user", "list", "--profile", "practice", "--json"])
        .succeeded();
    assert!(
        users.stdout.contains("deploy") && users.stdout.contains("admin"),
        "{users:#?}"
    );

    home.keywell(&[
        "setup",
        "--create-for",
        "deploy",
        "--using",
        "practice",
        "--profile",
        "deploy",
        "--json",
    ])
    .succeeded();
    assert!(
        clients::identity(&home, "deploy")["Arn"]
            .as_str()
            .unwrap()
            .ends_with(":user/deploy")
    );
    let keys = home
        .keywell(&[
            "key",
            "list",
            "--user",
            "deploy",
            "--profile",
            "practice",
            "--json",
        ])
        .succeeded()
        .json();
    let key_id = only_key(&keys);
    assert!(keychain_items(&key_id).contains(&key_id));

    home.keywell(&[
        "key",
        "deactivate",
        &key_id,
        "--user",
        "deploy",
        "--profile",
        "practice",
    ])
    .succeeded();
    clients::refused(&home, "deploy", "InvalidClientTokenId");
    let tested = home.keywell(&["test", "deploy", "--json"]).exited(1);
    assert!(
        tested.stdout.contains("\"passed\":false") || tested.stdout.contains("\"passed\": false"),
        "{tested:#?}"
    );

    home.keywell(&[
        "key",
        "activate",
        &key_id,
        "--user",
        "deploy",
        "--profile",
        "practice",
    ])
    .succeeded();
    clients::identity(&home, "deploy");
    home.keywell(&[
        "key",
        "deactivate",
        &key_id,
        "--user",
        "deploy",
        "--profile",
        "practice",
    ])
    .succeeded();
    home.keywell(&[
        "key",
        "delete",
        &key_id,
        "--user",
        "deploy",
        "--profile",
        "practice",
        "--yes",
    ])
    .succeeded();
    let keys = home
        .keywell(&[
            "key",
            "list",
            "--user",
            "deploy",
            "--profile",
            "practice",
            "--json",
        ])
        .succeeded()
        .json();
    assert_eq!(keys["keys"], serde_json::json!([]));
}

pub fn only_key(keys: &Value) -> String {
    let all = keys["keys"]
        .as_array()
        .unwrap_or_else(|| panic!("no list of keys: {keys}"));
    assert_eq!(all.len(), 1, "{keys}");
    all[0]["keyId"].as_str().expect("a key id").to_owned()
}

#[test]
fn a_key_that_is_refused_changes_neither_files_nor_keychain() {
    let home = Home::new();
    let practice = Practice::start(&home, &[]);
    let (key_id, _) = practice.admin();
    home.write(".aws/config", "# mine\n[profile old]\nregion=eu-west-1\n");
    let before = home.aws_config();
    let arguments = [
        "setup",
        "--key-id",
        &key_id,
        "--profile",
        "practice",
        "--endpoint-url",
        practice.url(),
        "--json",
    ];
    let refused = home
        .keywell_with_input(&arguments, "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n")
        .exited(1);
    let failure: Value = serde_json::from_str(refused.stderr.trim())
        .unwrap_or_else(|why| panic!("{why}: {refused:#?}"));
    for part in ["code", "message", "hint"] {
        assert!(
            failure[part].as_str().is_some_and(|text| !text.is_empty()),
            "no {part}: {failure}"
        );
    }
    assert_eq!(home.aws_config(), before);
    assert!(
        !keychain_items(&key_id).contains(&key_id),
        "the keychain holds a key that was refused"
    );
}

#[test]
fn the_secret_is_nowhere_but_in_the_keychain_after_the_terminal_s_main_job() {
    let home = Home::new();
    let practice = set_up(&home);
    let (key_id, secret) = practice.admin();
    let canary = Canary::new(&secret);
    assert_eq!(
        canary
            .search("the csv", fs::read(practice.csv()).unwrap())
            .map(|leak| leak.form),
        Some("plain"),
        "the search finds nothing at all"
    );

    let keywell =
        |arguments: &[&str]| home.keywell(&[arguments, &["--profile", "practice"]].concat());
    let mut said = Vec::new();
    for arguments in [
        &["s3", "mb", "s3://journey-canary"][..],
        &["user", "list"],
        &["key", "list", "--user", "admin"],
        &["s3", "ls"],
    ] {
        let outcome = keywell(arguments).succeeded();
        said.extend([outcome.stdout, outcome.stderr]);
    }
    for arguments in [
        &["test", "practice"][..],
        &["profile", "list"],
        &["profile", "show", "practice"],
        &["profile", "show", "practice", "--json"],
    ] {
        let outcome = home.keywell(arguments).succeeded();
        said.extend([outcome.stdout, outcome.stderr]);
    }
    for text in &said {
        assert_eq!(canary.search("what the commands print", text), None);
    }
    assert_eq!(
        canary.search_files(home.path(), &[practice.data().to_path_buf()]),
        []
    );
    // The keyring's own file lies in the session's home, encrypted.
    let session = std::env::var_os("HOME").expect("a session has a home");
    assert_eq!(canary.search_files(session.as_ref(), &[]), []);
    assert_eq!(canary.search_processes(), []);
    let kept = wait_for("the keychain", Duration::from_secs(5), || {
        Some(keychain_items(&key_id)).filter(|kept| kept.contains(&key_id))
    });
    assert!(
        stored_in(&kept, &canary),
        "the keychain does not hold the secret"
    );
}

/// The item is base64 of a small JSON, so the secret is in it at one of the three offsets.
pub fn stored_in(item: &str, canary: &Canary) -> bool {
    canary.search("the keychain", item).is_some()
}
