use std::{path::Path, time::SystemTime};

use keywell_app::cloud::{Cloud, CloudErrorKind as Kind, Connection, Credentials};
use keywell_aws::AwsCloud;
use keywell_vault::Secret;

use crate::{
    connection_to, example_pair,
    server::{Answer, Server},
};

const IDENTITY: &str = "<GetCallerIdentityResponse><GetCallerIdentityResult>\
    <Arn>arn:aws-us-gov:iam::123456789012:user/eve</Arn><UserId>AIDAEVE</UserId><Account>123456789012</Account>\
    </GetCallerIdentityResult></GetCallerIdentityResponse>";

fn with_profile(endpoint: &str, folder: &Path, config: &str, profile: &str) -> Connection {
    let mut connection = connection_to(endpoint);
    connection.config_file = folder.join("config");
    connection.credentials_file = folder.join("credentials");
    std::fs::write(&connection.config_file, config).unwrap();
    connection.credentials = Credentials::Profile(profile.to_owned());
    connection
}

#[tokio::test]
async fn a_profile_is_read_from_the_files_that_the_connection_names() {
    let server = Server::always(Answer::new(200, IDENTITY)).await;
    let folder = tempfile::tempdir().unwrap();
    let connection = with_profile(&server.url, folder.path(), "", "work");
    let text = "[work]\naws_access_key_id = AKIAI44QH8DHBEXAMPLE\naws_secret_access_key = je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY\n";
    std::fs::write(&connection.credentials_file, text).unwrap();
    let account = AwsCloud::new().connect(connection).unwrap();
    let told = account.identity().await.unwrap();
    assert_eq!(
        told.identity.arn,
        "arn:aws-us-gov:iam::123456789012:user/eve"
    );
    let signature = server.asked()[0]
        .header("authorization")
        .unwrap()
        .to_owned();
    assert!(signature.contains("AKIAI44QH8DHBEXAMPLE"), "{signature}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_profile_may_take_its_key_from_another_program() {
    let server = Server::always(Answer::new(200, IDENTITY)).await;
    let folder = tempfile::tempdir().unwrap();
    let answer = folder.path().join("answer.json");
    let json = r#"{"Version":1,"AccessKeyId":"ASIAIOSFODNN7EXAMPLE","SecretAccessKey":"s","SessionToken":"t","Expiration":"2126-01-01T00:00:00Z"}"#;
    std::fs::write(&answer, json).unwrap();
    let config = format!(
        "[profile work]\ncredential_process = cat {}\n",
        answer.display()
    );
    let connection = with_profile(&server.url, folder.path(), &config, "work");
    let account = AwsCloud::new().connect(connection).unwrap();
    account.identity().await.unwrap();
    let asked = &server.asked()[0];
    assert_eq!(asked.header("x-amz-security-token"), Some("t"));
}

#[cfg(unix)]
#[tokio::test]
async fn a_profile_without_usable_credentials_says_so_and_asks_nobody() {
    let server = Server::always(Answer::new(200, IDENTITY)).await;
    for config in [
        "",
        "[profile work]\nregion = eu-west-1\n",
        "[profile work]\ncredential_process = /nowhere/program\n",
        "[profile work]\ncredential_process = echo nonsense\n",
        "[profile work\n",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let connection = with_profile(&server.url, folder.path(), config, "work");
        let account = AwsCloud::new().connect(connection).unwrap();
        let error = account.identity().await.unwrap_err();
        assert_eq!(error.kind, Kind::NoCredentials, "{config}");
        let error = account.presign_get("photos", "cat", 60).await.unwrap_err();
        assert_eq!(error.kind, Kind::NoCredentials, "{config}");
    }
    assert!(server.asked().is_empty());
}

fn parameter(url: &str, name: &str) -> Option<String> {
    let url = url::Url::parse(url).unwrap();
    let found = url.query_pairs().find(|(key, _)| key == name);
    found.map(|(_, value)| value.into_owned())
}

#[tokio::test]
async fn a_link_signs_nothing_but_its_host_and_lives_for_seven_days_at_most() {
    let account = AwsCloud::new()
        .connect(connection_to("http://127.0.0.1:1"))
        .unwrap();
    let before = SystemTime::now();
    for (asked, given) in [(60, 60), (604_800, 604_800), (u32::MAX, 604_800)] {
        let link = account.presign_get("photos", "a b/é", asked).await.unwrap();
        let url = link.url.expose();
        assert!(
            url.starts_with("http://127.0.0.1:1/photos/a%20b/%C3%A9?"),
            "{url}"
        );
        assert_eq!(
            parameter(url, "X-Amz-SignedHeaders").as_deref(),
            Some("host")
        );
        assert_eq!(parameter(url, "X-Amz-Expires"), Some(given.to_string()));
        let life = link.expires.duration_since(before).unwrap().as_secs();
        assert!((given..given + 10).contains(&life), "{life}");
    }
}

#[tokio::test]
async fn a_link_carries_the_session_token() {
    let mut connection = connection_to("http://127.0.0.1:1");
    let mut pair = example_pair();
    pair.session_token = Some(Secret::new("a token"));
    connection.credentials = Credentials::Pair(pair);
    let account = AwsCloud::new().connect(connection).unwrap();
    let link = account.presign_get("photos", "cat", 60).await.unwrap();
    let token = parameter(link.url.expose(), "X-Amz-Security-Token");
    assert_eq!(token.as_deref(), Some("a token"));
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_ends_with_the_session_it_was_signed_by() {
    use std::time::Duration;

    let folder = tempfile::tempdir().unwrap();
    let json = r#"{"Version":1,"AccessKeyId":"ASIAIOSFODNN7EXAMPLE","SecretAccessKey":"s","SessionToken":"t","Expiration":"2126-01-01T00:10:00Z"}"#;
    std::fs::write(folder.path().join("answer.json"), json).unwrap();
    let config = format!(
        "[profile work]\ncredential_process = cat {}/answer.json\n",
        folder.path().display()
    );
    // 2126-01-01T00:00:00Z.
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(4_922_899_200);
    let clock = aws_smithy_async::time::StaticTimeSource::new(now);
    let connection = with_profile("http://127.0.0.1:1", folder.path(), &config, "work");
    let account = AwsCloud::with_time_source(clock)
        .connect(connection)
        .unwrap();
    let link = account.presign_get("photos", "cat", 86_400).await.unwrap();
    assert_eq!(link.expires, now + Duration::from_secs(600));
    let expires = parameter(link.url.expose(), "X-Amz-Expires");
    assert_eq!(expires.as_deref(), Some("600"));
}
