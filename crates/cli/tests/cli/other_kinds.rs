//! Profiles whose credentials Keywell does not keep: they are listed as what they are, work for buckets through the
//! SDK's own providers, and keep every line of theirs through an edit.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    thread,
};

use serde_json::Value;

use crate::support::{Home, Practice};

/// A session of the practice account, as the server of `exec` gives it out.
struct Session {
    key_id: String,
    secret: String,
    token: String,
}

impl Session {
    fn of(home: &Home) -> Self {
        let script = r#"
            rest=${AWS_CONTAINER_CREDENTIALS_FULL_URI#http://}
            at=${rest%%/*}
            exec 3<>/dev/tcp/${at%:*}/${at#*:}
            printf 'GET /%s HTTP/1.1\r\nHost: %s\r\nAuthorization: %s\r\n\r\n' "${rest#*/}" "$at" "$AWS_CONTAINER_AUTHORIZATION_TOKEN" >&3
            cat <&3"#;
        let ran = home.run(&["exec", "plain", "--server", "--", "/bin/bash", "-c", script]);
        let ran = ran.passed();
        let json = ran.stdout.rsplit_once("\r\n\r\n").unwrap().1;
        let json: Value = serde_json::from_str(json.trim()).unwrap();
        let text = |name: &str| json[name].as_str().unwrap().to_owned();
        Self {
            key_id: text("AccessKeyId"),
            secret: text("SecretAccessKey"),
            token: text("Token"),
        }
    }
}

/// What `aws login` keeps: a session until `expires`, and what it is renewed with. The private key is made up.
fn signed_in(session: &Session, expires: &str) -> String {
    serde_json::json!({
        "accessToken": {
            "accessKeyId": session.key_id, "secretAccessKey": session.secret, "sessionToken": session.token,
            "accountId": "111122223333", "expiresAt": expires,
        },
        "tokenType": "aws_sigv4",
        "refreshToken": "refresh-once",
        "idToken": "identity",
        "clientId": "arn:aws:signin:::devtools/same-device",
        "dpopKey": "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIBd3m/2OTLswfrpOlq1Q5WXBTz+a9JeppS4S/Y5J4xwpoAoGCCqGSM49\nAwEHoUQDQgAEaWnkWJNFsLyNTEnv7wGgScNOzp2d/kmFKjdyLsml8eDky9cNDPYi\n0rwfd1Pwgv6Gr2sfsUHeGVTSy0ur3RE7cA==\n-----END EC PRIVATE KEY-----\n",
    })
    .to_string()
}

/// Sessions of `aws login`, whose files are named by their SHA-256.
const LOGIN: &str = "arn:aws:iam::111122223333:user/marta";
const LOGIN_FILE: &str =
    ".aws/login/cache/97e6af353b6781452f8eb28ae93d239216e536d175c25a7ccb849109973616d6.json";

/// STS for web identities, the portal of Identity Center and AWS Sign-In, which give out this session.
fn identity_services(session: &Session) -> String {
    let Session {
        key_id,
        secret,
        token,
    } = session;
    let sts = format!(
        "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>{key_id}</AccessKeyId><SecretAccessKey>{secret}</SecretAccessKey><SessionToken>{token}</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"
    );
    let portal = serde_json::json!({ "roleCredentials": {
        "accessKeyId": key_id, "secretAccessKey": secret, "sessionToken": token, "expiration": 4_070_908_800_000_u64,
    }})
    .to_string();
    let sign_in = serde_json::json!({
        "accessToken": { "accessKeyId": key_id, "secretAccessKey": secret, "sessionToken": token },
        "tokenType": "aws_sigv4", "expiresIn": 900, "refreshToken": "refresh-twice",
    })
    .to_string();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            answer(stream.unwrap(), &sts, &portal, &sign_in);
        }
    });
    address
}

fn answer(mut stream: TcpStream, sts: &str, portal: &str, sign_in: &str) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut asked = String::new();
    let mut length = 0;
    for line in reader.by_ref().lines() {
        let line = line.unwrap().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(text) = line.strip_prefix("content-length:") {
            length = text.trim().parse().unwrap();
        }
        asked.push_str(&line);
        asked.push('\n');
    }
    let mut body = String::new();
    reader.take(length).read_to_string(&mut body).unwrap();
    let path = asked.split(' ').nth(1).unwrap();
    let body = match path.split('?').next().unwrap() {
        "/federation/credentials" => {
            assert!(asked.contains("signed-in"), "{asked}");
            portal
        }
        "/v1/token" => {
            // RFC 9449: the sender proves that it has the private key.
            assert!(asked.contains("\ndpop: "), "{asked}");
            assert!(body.contains("refresh-once"), "{body}");
            sign_in
        }
        _ => sts,
    };
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
    .unwrap();
}

/// A home with a profile of each kind.
fn home(practice: &Practice, mut home: Home) -> Home {
    practice.write_profile(&home, "plain");
    let session = Session::of(&home);
    let token = home.write("token", "a web identity");
    let other = home.write(
        "other-tool.json",
        serde_json::json!({
            "Version": 1, "AccessKeyId": practice.key_id, "SecretAccessKey": practice.secret,
        })
        .to_string(),
    );
    // Named by the SHA-1 of the session's name.
    home.write(
        ".aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json",
        r#"{"startUrl":"https://corp.awsapps.com/start","region":"eu-west-1","accessToken":"signed-in","expiresAt":"2099-01-01T00:00:00Z"}"#,
    );
    home.write(LOGIN_FILE, signed_in(&session, "2099-01-01T00:00:00Z"));
    let config = home.read(".aws/config");
    home.write(
        ".aws/config",
        format!(
            "{config}\
# by hand
[profile web]
role_arn = arn:aws:iam::111122223333:role/Web
web_identity_token_file = {token}
region = us-east-1
[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-west-1
sso_registration_scopes = sso:account:access
[profile sso]
sso_session = corp
sso_account_id = 111122223333
sso_role_name = Reader
region = us-east-1
[profile login]
login_session = {LOGIN}
region = us-east-1
[profile other]
credential_process = /bin/cat {other}
region = us-east-1
",
            token = token.display(),
            other = other.display(),
        ),
    );
    let services = identity_services(&session);
    home.set("AWS_ENDPOINT_URL_STS", &services);
    home.set("AWS_ENDPOINT_URL_SSO", &services);
    home.set("AWS_ENDPOINT_URL_SIGNIN", &services);
    home.set("AWS_ENDPOINT_URL_S3", &practice.endpoint_url);
    home
}

#[test]
fn profiles_of_other_kinds_open_buckets_and_outlive_an_edit() {
    let empty = Home::new();
    let practice = Practice::start(&empty, &[]);
    let home = home(&practice, empty);
    home.run(&["s3", "mb", "s3://harbour-media", "--profile", "other"])
        .passed();
    let listed = home.run(&["profile", "list", "--json"]).passed().json();
    for (profile, kind) in [
        ("web", "webIdentity"),
        ("sso", "signIn"),
        ("login", "signIn"),
        ("other", "otherProcess"),
    ] {
        let row = listed
            .as_array()
            .unwrap()
            .iter()
            .find(|row| row["name"] == profile)
            .unwrap_or_else(|| panic!("{listed}"));
        assert_eq!(row["kind"], kind, "{row}");
        let buckets = || {
            home.run(&["s3", "ls", "--profile", profile])
                .passed()
                .stdout
        };
        assert!(
            buckets().contains("harbour-media"),
            "{profile}: {}",
            buckets()
        );

        let before = home.read(".aws/config");
        home.run(&["profile", "set", profile, "output=json"])
            .passed();
        let after = home.read(".aws/config");
        let line = "output = json\n";
        let lines = |text: &str| text.matches(line).count();
        assert_eq!(lines(&after), lines(&before) + 1, "{profile}");
        assert_eq!(
            after.replace(line, ""),
            before.replace(line, ""),
            "{profile}"
        );
        assert!(
            buckets().contains("harbour-media"),
            "{profile} after the edit"
        );
    }
    let source = home.write("a.txt", "bytes");
    let target = "s3://harbour-media/a.txt";
    home.run(&[
        "s3",
        "cp",
        source.to_str().unwrap(),
        target,
        "--profile",
        "sso",
    ])
    .passed();
    home.run(&[
        "s3",
        "cp",
        target,
        home.path("b.txt").to_str().unwrap(),
        "--profile",
        "web",
    ])
    .passed();
    assert_eq!(home.read("b.txt"), "bytes");
}

#[test]
fn a_sign_in_that_is_about_to_end_is_renewed_and_one_that_is_not_there_says_how_to_sign_in() {
    let empty = Home::new();
    let practice = Practice::start(&empty, &[]);
    let home = home(&practice, empty);
    home.run(&["s3", "mb", "s3://harbour-media", "--profile", "other"])
        .passed();
    let kept: Value = serde_json::from_str(&home.read(LOGIN_FILE)).unwrap();
    let mut ended = kept.clone();
    ended["accessToken"]["expiresAt"] = "2026-01-01T00:00:00Z".into();
    home.write(LOGIN_FILE, ended.to_string());
    let buckets = || home.run(&["s3", "ls", "--profile", "login"]);
    assert!(buckets().passed().stdout.contains("harbour-media"));
    let renewed: Value = serde_json::from_str(&home.read(LOGIN_FILE)).unwrap();
    assert_eq!(renewed["refreshToken"], "refresh-twice");
    assert_eq!(renewed["dpopKey"], kept["dpopKey"]);
    assert_ne!(
        renewed["accessToken"]["expiresAt"],
        ended["accessToken"]["expiresAt"]
    );

    std::fs::remove_file(home.path(LOGIN_FILE)).unwrap();
    let refused = home.run(&["s3", "ls", "--profile", "login", "--json"]);
    let error = refused.error();
    assert_eq!(error["code"], "aws.no_credentials");
    let hint = error["hint"].as_str().unwrap();
    assert!(hint.contains("aws login --profile login"), "{hint}");
}
