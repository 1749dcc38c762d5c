//! Access for a program, against the practice account, which enforces policies.

use serde_json::Value;

use crate::support::{Home, Practice, Ran};

/// A home with an encrypted file in the keychain's place, an administrator's profile and two buckets.
fn home() -> (Home, Practice) {
    let mut home = Home::new();
    let credential = home.write("credentials/keywell-passphrase", "correct horse");
    let folder = credential.parent().unwrap().to_str().unwrap().to_owned();
    home.set("CREDENTIALS_DIRECTORY", &folder);
    home.set("KEYWELL_STORE", "file");
    let practice = Practice::start(&home, &["--data", "account"]);
    practice.write_profile(&home, "admin");
    home.set("AWS_PROFILE", "admin");
    for bucket in ["s3://harbour-media", "s3://ledger"] {
        home.run(&["s3", "mb", bucket]).passed();
    }
    (home, practice)
}

fn grant(home: &Home, more: &[&str]) -> Ran {
    let mut arguments = vec![
        "access",
        "grant",
        "--user",
        "uploader",
        "--bucket",
        "harbour-media",
    ];
    arguments.extend(more);
    home.run(&arguments)
}

fn names(list: &Value, field: &str) -> Vec<String> {
    list.as_array()
        .unwrap()
        .iter()
        .map(|one| one[field].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_program_gets_one_prefix_and_nothing_more_until_it_is_taken_back() {
    let (home, _practice) = home();
    // A prefix of characters that policies read otherwise.
    let granted = grant(
        &home,
        &["--prefix", "in*$?/", "--allow", "read,write,list", "--json"],
    )
    .passed()
    .json();
    let proof = granted["proof"].as_array().unwrap();
    assert!(
        proof.iter().all(|line| line["outcome"] == "asWanted"),
        "{proof:#?}"
    );
    assert!(
        proof
            .iter()
            .any(|line| line["attempt"] == "List all of ledger")
    );
    assert_eq!(granted["access"]["profile"], "uploader");

    let file = home.write("ship.txt", "ship");
    let file = file.to_str().unwrap();
    let as_uploader = |arguments: &[&str]| {
        let mut all = arguments.to_vec();
        all.extend(["--profile", "uploader", "--json"]);
        home.run(&all)
    };
    as_uploader(&["s3", "cp", file, "s3://harbour-media/in*$?/ship.txt"]).passed();
    as_uploader(&["s3", "ls", "s3://harbour-media/in*$?/"]).passed();
    for refused in [
        ["s3", "cp", file, "s3://harbour-media/inxy/ship.txt"].as_slice(),
        &["s3", "rm", "s3://harbour-media/in*$?/ship.txt"],
        &["s3", "ls", "s3://harbour-media/"],
        &["s3", "ls", "s3://ledger/"],
    ] {
        assert_ne!(as_uploader(refused).code, 0, "{refused:?}");
    }
    // The probes are gone.
    let left = home
        .run(&["s3", "ls", "--recursive", "s3://harbour-media/", "--json"])
        .passed();
    assert!(!left.stdout.contains("keywell-probe"), "{}", left.stdout);

    let list = home.run(&["access", "list"]).passed();
    assert!(list.stdout.contains("read, write, list"), "{}", list.stdout);
    home.run(&["access", "revoke", "uploader", "--yes"])
        .passed();
    let users = home.run(&["user", "list", "--json"]).passed().json();
    assert_eq!(names(&users["users"], "name"), ["admin"]);
    assert!(!home.read(".aws/config").contains("uploader"));
    assert_eq!(
        home.run(&["access", "list", "--json"]).passed().json(),
        serde_json::json!([])
    );
}

#[test]
fn the_policy_is_shown_before_and_can_be_ones_own() {
    let (home, _practice) = home();
    let shown = grant(&home, &["--prefix", "in/", "--allow", "write", "--dry-run"]).passed();
    let policy: Value = serde_json::from_str(&shown.stdout).unwrap();
    assert_eq!(policy["Statement"][1]["Sid"], "Objects");
    assert_eq!(
        policy["Statement"][1]["Resource"],
        "arn:aws:s3:::harbour-media/in/*"
    );
    assert!(
        shown.stderr.contains("of 2048 characters"),
        "{}",
        shown.stderr
    );

    let policy = home.write(
        "policy.json",
        shown.stdout.replace("s3:PutObject", "s3:PutObjects"),
    );
    let policy = policy.to_str().unwrap();
    let odd = grant(
        &home,
        &["--allow", "write", "--policy", policy, "--dry-run"],
    )
    .passed();
    assert!(
        odd.stderr.contains("Did you mean s3:PutObject?"),
        "{}",
        odd.stderr
    );

    let broken = home.write("broken.json", "{\n\"Version\": \"2012-10-17\",\n}");
    let broken = broken.to_str().unwrap();
    let refused = grant(&home, &["--allow", "write", "--policy", broken, "--json"]);
    assert_eq!(refused.error()["code"], "policy.form");
    assert!(
        refused.error()["message"]
            .as_str()
            .unwrap()
            .starts_with("Line 2")
    );

    let long = home.write("long.json", shown.stdout.replace("in/", &"x".repeat(3_500)));
    let long = long.to_str().unwrap();
    let refused = grant(&home, &["--allow", "write", "--policy", long, "--json"]);
    assert_eq!(refused.error()["code"], "policy.too_long");
    let users = home.run(&["user", "list", "--json"]).passed().json();
    assert_eq!(users["users"].as_array().unwrap().len(), 1);
}

#[test]
fn a_new_bucket_is_made_along_and_what_can_not_be_is_named() {
    let (home, _practice) = home();
    let missing = home.run(&[
        "access",
        "grant",
        "--user",
        "web",
        "--bucket",
        "not-there-1",
        "--allow",
        "read",
        "--json",
    ]);
    assert_eq!(missing.error()["code"], "s3.no_such_bucket");
    let made = home.run(&[
        "access",
        "grant",
        "--user",
        "web",
        "--bucket",
        "harbour-new",
        "--create-bucket",
        "--allow",
        "read,write,delete",
        "--profile",
        "web-media",
    ]);
    let made = made.passed();
    assert!(made.stdout.contains("It can not:"), "{}", made.stdout);
    let again = home.run(&[
        "access",
        "grant",
        "--user",
        "web",
        "--bucket",
        "ledger",
        "--allow",
        "read",
        "--profile",
        "web-2",
        "--json",
    ]);
    assert_eq!(again.error()["code"], "iam.entity_exists");
    let own = home.run(&[
        "access",
        "revoke",
        "web",
        "--using",
        "web-media",
        "--yes",
        "--json",
    ]);
    assert_eq!(own.error()["code"], "access.none");
    let unknown = home.run(&["access", "revoke", "nobody", "--yes", "--json"]);
    assert_eq!(unknown.error()["code"], "access.none");
    assert_eq!(home.run(&["access", "revoke", "web"]).code, 2);
}
