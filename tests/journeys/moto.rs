//! The same job with moto as the server: a second opinion on the requests that Keywell sends.
//!
//! moto keeps serving a key that was deactivated, so here the key is deleted instead.

use crate::{clients, terminal::only_key};
use keywell_journeys::{Home, Moto};

pub fn set_up(home: &Home) -> Moto {
    let moto = Moto::start(home);
    home.keywell(&[
        "setup",
        "--csv",
        &moto.csv().to_string_lossy(),
        "--profile",
        "moto",
        "--region",
        "us-east-1",
        "--endpoint-url",
        moto.url(),
        "--json",
    ])
    .succeeded();
    moto
}

#[test]
fn with_moto_a_csv_becomes_a_profile_that_the_aws_cli_and_boto3_use() {
    let home = Home::new();
    let moto = set_up(&home);
    assert!(
        clients::identity(&home, "moto")["Arn"]
            .as_str()
            .unwrap()
            .ends_with(":user/admin")
    );
    assert!(
        !home.aws_config().contains(&moto.admin().1),
        "the secret is in ~/.aws/config"
    );
    home.keywell(&["test", "moto"]).succeeded();
}

#[test]
fn with_moto_a_bucket_is_made_and_a_file_comes_back_byte_for_byte() {
    let home = Home::new();
    let _moto = set_up(&home);
    let keywell = |arguments: &[&str]| home.keywell(&[arguments, &["--profile", "moto"]].concat());
    keywell(&["s3", "mb", "s3://journey-moto"]).succeeded();
    assert_eq!(clients::buckets(&home, "moto"), ["journey-moto"]);
    for (name, size) in [("small.txt", 6), ("large.bin", 18 * 1024 * 1024)] {
        let file = home.write(name, vec![b'k'; size]);
        let address = format!("s3://journey-moto/folder/{name}");
        keywell(&["s3", "cp", &file.to_string_lossy(), &address]).succeeded();
        let stored = clients::object(&home, "moto", "journey-moto", &format!("folder/{name}"));
        assert_eq!(stored, clients::file(&home, &file));
        let back = home.join(&format!("back-{name}"));
        keywell(&["s3", "cp", &address, &back.to_string_lossy()]).succeeded();
        assert_eq!(clients::file(&home, &back), clients::file(&home, &file));
        let listed = keywell(&["s3", "ls", "s3://journey-moto/folder/"]).succeeded();
        assert!(listed.stdout.contains(name), "{}", listed.stdout);
        // moto with authentication on can not check presigned links (it answers 500), so none is opened here.
        let link = keywell(&["s3", "presign", &address]).succeeded();
        assert!(link.stdout.contains("X-Amz-Signature="), "{}", link.stdout);
        keywell(&["s3", "rm", &address]).succeeded();
    }
    keywell(&["s3", "rb", "s3://journey-moto"]).succeeded();
    assert_eq!(clients::buckets(&home, "moto"), [""; 0]);
}

#[test]
fn with_moto_a_key_made_for_another_user_works_until_it_is_deleted() {
    let home = Home::new();
    let _moto = set_up(&home);
    clients::make_user(&home, "moto", "deploy");
    let users = home
        .keywell(&["user", "list", "--profile", "moto", "--json"])
        .succeeded()
        .json();
    assert!(
        users["users"]
            .as_array()
            .unwrap()
            .iter()
            .any(|user| user["name"] == "deploy")
    );
    home.keywell(&[
        "setup",
        "--create-for",
        "deploy",
        "--using",
        "moto",
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
    let acting = ["--user", "deploy", "--profile", "moto", "--json"];
    let key = |words: &[&str]| home.keywell(&[&["key"], words, &acting].concat());
    let key_id = only_key(&key(&["list"]).succeeded().json());
    for (verb, active) in [
        ("deactivate", false),
        ("activate", true),
        ("deactivate", false),
    ] {
        key(&[verb, &key_id]).succeeded();
        let keys = key(&["list"]).succeeded().json();
        assert_eq!(keys["keys"][0]["active"], active, "{verb}");
    }
    make_a_second_key(&home);
    key(&["delete", &key_id, "--yes"]).succeeded();
    clients::refused(&home, "deploy", "InvalidClientTokenId");
}

/// With a description, which is kept as a tag of the user; a third key is refused. The description has no blank: moto's
/// check of signatures answers 403 to one, where the practice account and the same request without checks take it.
fn make_a_second_key(home: &Home) {
    let create = |profile: &str| {
        home.keywell(&[
            "key",
            "create",
            "--user",
            "deploy",
            "--profile",
            profile,
            "--using",
            "moto",
            "--description",
            "Laptop",
            "--json",
        ])
    };
    let created = create("second").succeeded().json();
    assert!(created["descriptionFailure"].is_null(), "{created}");
    create("third").failed_with("iam.key_limit");
    let keys = home
        .keywell(&[
            "key",
            "list",
            "--user",
            "deploy",
            "--profile",
            "moto",
            "--json",
        ])
        .succeeded()
        .json();
    let keys = keys["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 2);
    assert!(
        keys.iter().any(|key| key["description"] == "Laptop"),
        "{keys:?}"
    );
}
