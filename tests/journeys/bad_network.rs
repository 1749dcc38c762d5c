//! What goes wrong between this machine and AWS, and at AWS: each with its code, a sentence and a hint, and nothing changed.

use crate::clients;
use keywell_journeys::{Home, Outcome, Practice, free_port, keychain_items, keywell_program};
use serde_json::Value;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

/// A key of the documentation, which no server here knows.
const KEY_ID: &str = "AKIAIOSFODNN7EXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

fn new_home() -> Home {
    let home = Home::new();
    home.write(".aws/config", "# mine\r\n[profile old]\r\nregion=eu-west-1");
    home
}

fn keywell(home: &Home, variables: &[(&str, &str)], arguments: &[&str], input: &str) -> Outcome {
    let mut command = home.command(keywell_program());
    command
        .args(arguments)
        .arg("--json")
        .envs(variables.iter().copied());
    Outcome::of(&mut command, input)
}

fn set_up_csv(home: &Home, csv: &Path, endpoint: &str, variables: &[(&str, &str)]) -> Outcome {
    let csv = csv.to_string_lossy();
    let setup = ["setup", "--csv", &csv, "--profile", "practice"];
    let address = ["--region", "us-east-1", "--endpoint-url", endpoint];
    keywell(home, variables, &[&setup[..], &address].concat(), "")
}

/// Sets a pair up that is given on standard input.
fn set_up_pair(
    home: &Home,
    (key_id, secret): (&str, &str),
    profile: &str,
    endpoint: &str,
    variables: &[(&str, &str)],
) -> Outcome {
    let setup = ["setup", "--key-id", key_id, "--profile", profile];
    let address = ["--region", "us-east-1", "--endpoint-url", endpoint];
    let arguments = [&setup[..], &address].concat();
    keywell(home, variables, &arguments, &format!("{secret}\n"))
}

/// A practice account with its administrator's profile `practice`.
fn set_up(home: &Home, options: &[&str]) -> Practice {
    let practice = Practice::start(home, options);
    set_up_csv(home, &practice.csv(), practice.url(), &[]).succeeded();
    practice
}

/// Runs `keywell` as the administrator.
fn admin(home: &Home, arguments: &[&str]) -> Outcome {
    let acting = [arguments, &["--profile", "practice"]].concat();
    keywell(home, &[], &acting, "")
}

fn assert_not_kept(key_id: &str) {
    assert!(
        !keychain_items(key_id).contains(key_id),
        "the keychain holds {key_id}"
    );
}

fn text<'a>(failure: &'a Value, part: &str) -> &'a str {
    failure[part].as_str().unwrap_or_default()
}

#[test]
fn a_clock_that_is_off_is_named_with_how_far() {
    for (skew, words) in [("20m", "20 minutes slow"), ("-20m", "20 minutes fast")] {
        let home = new_home();
        let practice = Practice::start(&home, &["--clock-skew", skew]);
        let refused =
            home.is_unchanged_by(|| set_up_csv(&home, &practice.csv(), practice.url(), &[]));
        let failure = refused.failed_with("clock.skewed");
        assert!(text(&failure, "message").contains(words), "{failure:#}");
        assert_not_kept(&practice.admin().0);
    }
}

#[test]
fn a_certificate_is_trusted_only_when_its_bundle_is_named() {
    let home = new_home();
    let practice = Practice::start(&home, &["--tls"]);
    let endpoint = practice.url().replace("http://", "https://");
    let bundle = practice.data().join("certificate.pem");
    let trusted = [("AWS_CA_BUNDLE", bundle.to_str().expect("a path of text"))];

    let refused = home.is_unchanged_by(|| set_up_csv(&home, &practice.csv(), &endpoint, &[]));
    let failure = refused.failed_with("network.tls");
    assert!(
        text(&failure, "hint").contains("AWS_CA_BUNDLE"),
        "{failure:#}"
    );
    assert_not_kept(&practice.admin().0);

    set_up_csv(&home, &practice.csv(), &endpoint, &trusted).succeeded();
    let listing = ["s3", "ls", "--profile", "practice"];
    keywell(&home, &trusted, &listing, "").succeeded();
    keywell(&home, &[], &listing, "").failed_with("network.tls");
    let report = keywell(&home, &[], &["test", "practice"], "").exited(1);
    assert!(report.stdout.contains("network.tls"), "{report:#?}");
}

#[test]
fn a_server_that_is_not_there_is_named_with_its_address() {
    let home = new_home();
    let endpoint = format!("http://127.0.0.1:{}", free_port());
    let refused =
        home.is_unchanged_by(|| set_up_pair(&home, (KEY_ID, SECRET), "work", &endpoint, &[]));
    let failure = refused.failed_with("network.unreachable");
    assert!(text(&failure, "message").contains(&endpoint), "{failure:#}");
    assert_not_kept(KEY_ID);
}

#[test]
fn a_proxy_that_is_down_or_refuses_is_told_from_a_server_that_is_down() {
    let refusing = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let port = refusing.local_addr().expect("a bound port").port();
    thread::spawn(move || {
        for mut stream in refusing.incoming().flatten() {
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
        }
    });
    for port in [free_port(), port] {
        let home = new_home();
        let proxy = format!("http://127.0.0.1:{port}");
        // A name that can not exist (RFC 6761), so that nothing leaves the machine even without the proxy.
        let refused = home.is_unchanged_by(|| {
            set_up_pair(
                &home,
                (KEY_ID, SECRET),
                "work",
                "https://keywell.invalid",
                &[("HTTPS_PROXY", &proxy)],
            )
        });
        let failure = refused.failed_with("network.proxy");
        assert!(
            text(&failure, "hint").contains("HTTPS_PROXY"),
            "{failure:#}"
        );
        assert_not_kept(KEY_ID);
    }
}

#[test]
fn a_server_that_never_answers_is_given_up_after_half_a_minute() {
    let silent = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let endpoint = format!("http://{}", silent.local_addr().expect("a bound port"));
    // Connections are held open and never answered.
    thread::spawn(move || silent.incoming().collect::<Vec<_>>());
    let home = new_home();
    let begun = Instant::now();
    let refused =
        home.is_unchanged_by(|| set_up_pair(&home, (KEY_ID, SECRET), "work", &endpoint, &[]));
    refused.failed_with("network.timed_out");
    // The limit that the step shows, and what starting and ending take.
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(40), "{took:?}");
    assert_not_kept(KEY_ID);
}

#[test]
fn a_wrong_secret_and_an_unknown_or_inactive_key_are_refused_with_their_reason_and_not_stored() {
    let home = new_home();
    let practice = set_up(&home, &[]);
    let (admin_id, _) = practice.admin();
    let inactive = make_key(&home, "asleep");
    admin(
        &home,
        &["key", "deactivate", &inactive.0, "--user", "asleep"],
    )
    .succeeded();
    let unknown = "AKIAPRACTICEAAAAAAAA";
    for (pair, code) in [
        ((admin_id.as_str(), SECRET), "sts.wrong_secret"),
        ((unknown, SECRET), "sts.unknown_key"),
        ((&inactive.0, &inactive.1), "sts.unknown_key"),
    ] {
        let before = keychain_items(pair.0);
        let refused =
            home.is_unchanged_by(|| set_up_pair(&home, pair, "second", practice.url(), &[]));
        refused.failed_with(code);
        assert_eq!(keychain_items(pair.0), before, "{code}");
    }
    assert_not_kept(unknown);
    assert_not_kept(&inactive.0);
}

const MAKE_KEY: &str = r#"
import boto3, sys
iam = boto3.Session(profile_name=sys.argv[1]).client("iam")
iam.create_user(UserName=sys.argv[2])
key = iam.create_access_key(UserName=sys.argv[2])["AccessKey"]
print(key["AccessKeyId"], key["SecretAccessKey"])
"#;

/// Makes a user without any policy, and a key for it.
fn make_key(home: &Home, user: &str) -> (String, String) {
    let made = home.python(MAKE_KEY, &["practice", user]).succeeded();
    let (key_id, secret) = made.stdout.trim().split_once(' ').expect("a pair");
    (key_id.to_owned(), secret.to_owned())
}

#[test]
fn a_user_who_may_do_nothing_gets_a_profile_and_plain_refusals() {
    let home = new_home();
    let practice = set_up(&home, &[]);
    let (key_id, secret) = make_key(&home, "nobody");
    let pair = (key_id.as_str(), secret.as_str());
    let summary = set_up_pair(&home, pair, "nobody", practice.url(), &[])
        .succeeded()
        .json();
    let buckets = summary["steps"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|step| step["id"] == "buckets")
        .unwrap_or_else(|| panic!("buckets were not asked for: {summary:#}"));
    assert_eq!(buckets["state"], "answered", "{summary:#}");
    let report = keywell(&home, &[], &["test", "nobody"], "")
        .succeeded()
        .json();
    assert_eq!(report["mayListBuckets"], false, "{report:#}");
    // Who may not list users still sees itself.
    let users = ["user", "list", "--profile", "nobody"];
    let users = keywell(&home, &[], &users, "").succeeded().json();
    assert_eq!(users["denied"], true, "{users:#}");
    assert_eq!(users["users"][0]["name"], "nobody", "{users:#}");
    home.is_unchanged_by(|| {
        for arguments in [
            &["key", "list", "--user", "nobody"][..],
            &["s3", "ls"],
            &["s3", "mb", "s3://journey-denied"],
        ] {
            let acting = [arguments, &["--profile", "nobody"]].concat();
            keywell(&home, &[], &acting, "").failed_with("aws.access_denied");
        }
        let making = ["key", "create", "--user", "nobody", "--profile", "more"];
        let making = [&making[..], &["--using", "nobody"]].concat();
        keywell(&home, &[], &making, "").failed_with("aws.access_denied");
    });
}

#[test]
fn a_new_key_that_takes_its_time_is_waited_for() {
    let home = new_home();
    let delay = Duration::from_secs(6);
    let _practice = set_up(&home, &["--new-key-delay", "6s"]);
    clients::make_user(&home, "practice", "deploy");
    let begun = Instant::now();
    create_key(&home, "deploy", "deploy").succeeded();
    let took = begun.elapsed();
    assert!(took >= delay && took < delay * 4, "{took:?}");
    keywell(&home, &[], &["test", "deploy"], "").succeeded();
}

fn create_key(home: &Home, user: &str, profile: &str) -> Outcome {
    let making = ["key", "create", "--user", user, "--profile", profile];
    let making = [&making[..], &["--using", "practice"]].concat();
    keywell(home, &[], &making, "")
}

#[test]
fn a_third_key_is_refused_with_what_to_do() {
    let home = new_home();
    let _practice = set_up(&home, &[]);
    clients::make_user(&home, "practice", "deploy");
    create_key(&home, "deploy", "first").succeeded();
    create_key(&home, "deploy", "second").succeeded();
    let keys = ["key", "list", "--user", "deploy"];
    let ids = |listed: &Value| -> Vec<Value> {
        let keys = listed["keys"].as_array().into_iter().flatten();
        keys.map(|key| key["keyId"].clone()).collect()
    };
    let before = ids(&admin(&home, &keys).succeeded().json());
    let refused = home.is_unchanged_by(|| create_key(&home, "deploy", "third"));
    let failure = refused.failed_with("iam.key_limit");
    assert!(text(&failure, "message").contains("deploy"), "{failure:#}");
    assert_eq!(before.len(), 2);
    assert_eq!(ids(&admin(&home, &keys).succeeded().json()), before);
}

#[test]
fn a_bucket_in_another_region_than_the_profile_s_is_followed() {
    let home = new_home();
    let _practice = set_up(&home, &[]);
    let bucket = "s3://journey-elsewhere";
    admin(&home, &["s3", "mb", bucket, "--region", "eu-west-1"]).succeeded();
    let file = home.write("note.txt", "from another region\n");
    let (file, object) = (file.to_string_lossy(), format!("{bucket}/note.txt"));
    admin(&home, &["s3", "cp", &file, &object]).succeeded();
    let listed = admin(&home, &["s3", "ls", &format!("{bucket}/")]).succeeded();
    assert!(listed.stdout.contains("note.txt"), "{listed:#?}");
    let back = home.join("back.txt");
    admin(&home, &["s3", "cp", &object, &back.to_string_lossy()]).succeeded();
    assert_eq!(
        fs::read_to_string(&back).ok().as_deref(),
        Some("from another region\n")
    );
    admin(&home, &["s3", "rm", &object]).succeeded();
    admin(&home, &["s3", "rb", bucket]).succeeded();
}

#[test]
fn buckets_that_can_not_be_made_or_deleted_say_why() {
    let home = new_home();
    let _practice = set_up(&home, &[]);
    let file = home
        .write("note.txt", "here\n")
        .to_string_lossy()
        .into_owned();
    home.is_unchanged_by(|| {
        // The name that the practice account gives to somebody else.
        let taken = admin(&home, &["s3", "mb", "s3://taken-by-someone-else"]);
        let failure = taken.failed_with("s3.bucket_taken");
        assert!(
            text(&failure, "message").contains("taken-by-someone-else"),
            "{failure:#}"
        );

        let bucket = "s3://journey-full";
        admin(&home, &["s3", "mb", bucket]).succeeded();
        admin(&home, &["s3", "mb", bucket]).failed_with("s3.bucket_owned");
        admin(&home, &["s3", "cp", &file, &format!("{bucket}/note.txt")]).succeeded();
        let full = admin(&home, &["s3", "rb", bucket]).failed_with("s3.bucket_not_empty");
        assert!(text(&full, "message").contains("journey-full"), "{full:#}");
        let listed = admin(&home, &["s3", "ls", &format!("{bucket}/")]).succeeded();
        assert!(listed.stdout.contains("note.txt"), "{listed:#?}");

        for (arguments, code) in [
            (&["s3", "rb", "s3://journey-none"][..], "s3.no_such_bucket"),
            (&["s3", "ls", "s3://journey-none/"], "s3.no_such_bucket"),
            (
                &["s3", "cp", "s3://journey-full/none.txt", "none.txt"],
                "s3.no_such_object",
            ),
            (
                &["s3", "cp", "none.txt", "s3://journey-full/none.txt"],
                "transfer.source_missing",
            ),
        ] {
            admin(&home, arguments).failed_with(code);
        }
        // What is wrong with the form is refused before anything is asked.
        let refused = admin(&home, &["s3", "mb", "s3://Bad_Name"]).exited(2);
        assert!(refused.stderr.contains("s3.bucket_name"), "{refused:#?}");
    });
}

/// Runs a shell script in a mount namespace of its own; `None`, with a loud line, where the machine forbids that.
fn with_own_mounts(home: &Home, script: &str, arguments: &[&str]) -> Option<Outcome> {
    let may_mount = |options: &&str| {
        let mut probe = Command::new("unshare");
        probe.args([options, "sh", "-c", "mount -t tmpfs none /mnt"]);
        probe.output().is_ok_and(|output| output.status.success())
    };
    let Some(options) = ["-m", "-rm"].into_iter().find(may_mount) else {
        // Past the test runner, which swallows what a passing test prints.
        let _ = writeln!(
            std::io::stderr(),
            "\nSKIPPED: `unshare` may mount nothing here, so a full disk and a read-only folder are not tried."
        );
        return None;
    };
    let mut command = home.command("unshare");
    command
        .args([options, "sh", "-c", script, "sh"])
        .arg(keywell_program())
        .args(arguments);
    Some(Outcome::of(&mut command, ""))
}

#[test]
fn a_download_to_a_full_disk_leaves_nothing_behind() {
    let home = new_home();
    let _practice = set_up(&home, &[]);
    admin(&home, &["s3", "mb", "s3://journey-large"]).succeeded();
    let file = home.write("large.bin", vec![b'k'; 300 * 1024]);
    let object = "s3://journey-large/large.bin";
    admin(&home, &["s3", "cp", &file.to_string_lossy(), object]).succeeded();
    fs::create_dir(home.join("disk")).expect("a folder below the home");
    let script = r#"mount -t tmpfs -o size=64k none "$HOME/disk" || exit 99
"$@"
code=$?
ls -A "$HOME/disk" > "$HOME/left"
exit $code"#;
    let target = home.join("disk").to_string_lossy().into_owned();
    let copy = [
        "s3",
        "cp",
        object,
        &target,
        "--profile",
        "practice",
        "--json",
    ];
    let Some(refused) = with_own_mounts(&home, script, &copy) else {
        return;
    };
    let failure = refused.failed_with("transfer.disk_full");
    assert!(!text(&failure, "message").is_empty());
    assert_eq!(
        fs::read_to_string(home.join("left")).ok().as_deref(),
        Some("")
    );
}

#[test]
fn an_aws_folder_that_can_not_be_written_keeps_the_key_out_of_the_keychain() {
    let home = new_home();
    let practice = Practice::start(&home, &[]);
    let csv = practice.csv().to_string_lossy().into_owned();
    let setup = ["setup", "--csv", &csv, "--profile", "practice"];
    let address = ["--endpoint-url", practice.url(), "--json"];
    let setup = [&setup[..], &address].concat();
    let read_only = r#"mount --bind "$HOME/.aws" "$HOME/.aws" && mount -o remount,bind,ro "$HOME/.aws" || exit 99
"$@""#;
    let refused = home.is_unchanged_by(|| with_own_mounts(&home, read_only, &setup));
    if let Some(refused) = refused {
        refused.failed_with("files.unwritable");
    }
    assert_not_kept(&practice.admin().0);
}

#[test]
fn aws_files_in_the_way_are_refused_and_missing_ones_are_made() {
    let home = Home::new();
    let practice = Practice::start(&home, &[]);
    let (key_id, _) = practice.admin();
    let set_up = || set_up_csv(&home, &practice.csv(), practice.url(), &[]);

    fs::create_dir_all(home.join(".aws/config")).expect("a folder below the home");
    home.is_unchanged_by(set_up).failed_with("files.unreadable");
    fs::remove_dir_all(home.join(".aws")).expect("it was made above");
    home.write(".aws", "not a folder");
    home.is_unchanged_by(set_up).failed_with("files.unreadable");
    assert_not_kept(&key_id);

    fs::remove_file(home.join(".aws")).expect("it was made above");
    set_up().succeeded();
    assert!(home.aws_config().contains("[profile practice]"));
    clients::identity(&home, "practice");
}
