//! The same job with moto as the server: a second opinion on the requests that Keywell sends.
//!
//! moto keeps serving a key that was deactivated, so here the key is deleted instead.

use crate::{clients, terminal::only_key};
use keywell_journeys::{Home, Moto};

fn set_up(home: &Home) -> Moto {
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
    let key_id = only_key(&keys);
    home.keywell(&[
        "key",
        "deactivate",
        &key_id,
        "--user",
        "deploy",
        "--profile",
        "moto",
    ])
    .succeeded();
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
    assert_eq!(keys["keys"][0]["active"], false);
    home.keywell(&[
        "key",
        "delete",
        &key_id,
        "--user",
        "deploy",
        "--profile",
        "moto",
        "--yes",
    ])
    .succeeded();
    clients::refused(&home, "deploy", "InvalidClientTokenId");
}
