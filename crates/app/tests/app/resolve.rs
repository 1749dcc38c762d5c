//! Region, addresses and credentials of a connection, with the precedence of the SDK guide.

use keywell_app::{
    Code,
    cloud::{Credentials, Endpoints},
    connection_of, environment_account,
};

use crate::world::{KEY_ID, SECRET, World};

const CONFIG: &str = "\
[default]
region = eu-north-1
endpoint_url = http://default
[profile bare]
role_arn = r
[profile work]
role_arn = r
region = eu-west-1
endpoint_url = http://profile
services = own
ca_bundle = /profile.pem
[services own]
s3 =
  endpoint_url = http://services-s3
[profile ignoring]
role_arn = r
endpoint_url = http://profile
ignore_configured_endpoint_urls = true
[profile empty]
region = eu-west-1
";

/// Variables of the environment.
type Set<'a> = &'a [(&'a str, &'a str)];

fn world(variables: &[(&str, &str)]) -> World {
    let world = World::with(variables);
    world.write(".aws/config", CONFIG);
    world
}

#[tokio::test]
async fn the_region_comes_from_the_environment_then_the_profile() {
    for (profile, variables, expected) in [
        ("bare", &[][..], "us-east-1"),
        ("work", &[], "eu-west-1"),
        (
            "work",
            &[("AWS_DEFAULT_REGION", "ap-south-1")],
            "ap-south-1",
        ),
        (
            "work",
            &[
                ("AWS_DEFAULT_REGION", "ap-south-1"),
                ("AWS_REGION", "sa-east-1"),
            ],
            "sa-east-1",
        ),
        ("work", &[("AWS_REGION", "")], "eu-west-1"),
    ] {
        let world = world(variables);
        let connection = connection_of(&world.app, profile).await.unwrap();
        assert_eq!(connection.region, expected, "{profile} {variables:?}");
    }
}

#[tokio::test]
async fn an_address_comes_from_the_most_special_place() {
    let all = ("AWS_ENDPOINT_URL", "http://variable");
    let s3 = ("AWS_ENDPOINT_URL_S3", "http://variable-s3");
    let ignore = |value| ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", value);
    // Profile, variables, then the addresses of S3 and of IAM.
    type Case<'a> = (&'a str, Set<'a>, Option<&'a str>, Option<&'a str>);
    let cases: &[Case<'_>] = &[
        ("bare", &[], None, None),
        (
            "work",
            &[],
            Some("http://services-s3"),
            Some("http://profile"),
        ),
        (
            "work",
            &[all],
            Some("http://variable"),
            Some("http://variable"),
        ),
        (
            "work",
            &[s3],
            Some("http://variable-s3"),
            Some("http://profile"),
        ),
        (
            "work",
            &[s3, all],
            Some("http://variable-s3"),
            Some("http://variable"),
        ),
        ("bare", &[s3], Some("http://variable-s3"), None),
        ("work", &[s3, all, ignore("true")], None, None),
        (
            "work",
            &[all, ignore("false")],
            Some("http://variable"),
            Some("http://variable"),
        ),
        ("ignoring", &[], None, None),
        (
            "ignoring",
            &[ignore("false")],
            Some("http://profile"),
            Some("http://profile"),
        ),
    ];
    for (profile, variables, s3, iam) in cases {
        let world = world(variables);
        let Endpoints {
            all,
            s3: own_s3,
            iam: own_iam,
            ..
        } = connection_of(&world.app, profile).await.unwrap().endpoints;
        let found = (
            own_s3.or_else(|| all.clone()),
            own_iam.or_else(|| all.clone()),
        );
        assert_eq!(
            (found.0.as_deref(), found.1.as_deref()),
            (*s3, *iam),
            "{profile} {variables:?}"
        );
    }
}

#[tokio::test]
async fn proxies_and_certificates_come_from_the_environment_first() {
    let world_ = world(&[]);
    let network = connection_of(&world_.app, "work").await.unwrap().network;
    assert_eq!(network.ca_bundle.unwrap().to_str(), Some("/profile.pem"));
    let world = world(&[
        ("AWS_CA_BUNDLE", "/variable.pem"),
        ("HTTPS_PROXY", "http://upper"),
        ("https_proxy", "http://lower"),
        ("HTTP_PROXY", "http://not-read"),
        ("NO_PROXY", "localhost"),
    ]);
    let network = connection_of(&world.app, "work").await.unwrap().network;
    assert_eq!(network.ca_bundle.unwrap().to_str(), Some("/variable.pem"));
    assert_eq!(network.https_proxy.as_deref(), Some("http://lower"));
    assert_eq!(network.http_proxy, None);
    assert_eq!(network.no_proxy.as_deref(), Some("localhost"));
}

#[tokio::test]
async fn without_a_profile_the_environment_decides_as_in_the_sdks() {
    let key = ("AWS_ACCESS_KEY_ID", KEY_ID);
    let named = |name| ("AWS_PROFILE", name);
    // Variables, then: the profile that is used, the region, the address.
    type Case<'a> = (Set<'a>, Option<&'a str>, &'a str, Option<&'a str>);
    let cases: &[Case<'_>] = &[
        (
            &[named("work")],
            Some("work"),
            "eu-west-1",
            Some("http://profile"),
        ),
        (&[key], None, "eu-north-1", Some("http://default")),
        (
            &[key, named("work")],
            None,
            "eu-west-1",
            Some("http://profile"),
        ),
        (&[key, named("none")], None, "us-east-1", None),
        (
            &[
                key,
                ("AWS_REGION", "sa-east-1"),
                ("AWS_ENDPOINT_URL", "http://variable"),
            ],
            None,
            "sa-east-1",
            Some("http://variable"),
        ),
    ];
    for (variables, profile, region, endpoint) in cases {
        let world = world(variables);
        let (_, found) = environment_account(&world.app).await.unwrap();
        assert_eq!(found.as_deref(), *profile, "{variables:?}");
        let connection = world.cloud.last_connection();
        assert_eq!(connection.region, *region, "{variables:?}");
        assert_eq!(connection.endpoints.all.as_deref(), *endpoint);
        let from_environment = connection.credentials == Credentials::Environment;
        assert_eq!(from_environment, profile.is_none());
    }
    let world = world(&[named("none")]);
    let problem = environment_account(&world.app).await.err().unwrap();
    assert_eq!(problem.code, Code::ProfileMissing);
}

#[tokio::test]
async fn each_kind_of_profile_gives_its_credentials() {
    let world = world(&[]);
    world.write(
        ".aws/credentials",
        &format!("[plain]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\naws_security_token = t\n"),
    );
    let credentials = async |profile: &str| {
        connection_of(&world.app, profile)
            .await
            .map(|connection| connection.credentials)
            .map_err(|problem| problem.code)
    };
    assert_eq!(
        credentials("work").await,
        Ok(Credentials::Profile("work".into()))
    );
    let Ok(Credentials::Pair(pair)) = credentials("plain").await else {
        panic!("a plain profile gives its pair");
    };
    assert_eq!(pair.secret.expose(), SECRET);
    assert_eq!(pair.session_token.unwrap().expose(), "t");
    assert_eq!(credentials("empty").await, Err(Code::NoCredentials));
    assert_eq!(credentials("none").await, Err(Code::ProfileMissing));
}
