//! The traits against the practice account: real protocols, real signatures, real refusals.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use aws_sdk_iam::config::{BehaviorVersion, Region};
use keywell_app::cloud::{
    AccessKeyPair, Account, Cloud, CloudErrorKind as Kind, Connection, Credentials, FileSlice,
    ListObjects, NewUser, PutObject, UserItemKind,
};
use keywell_aws::AwsCloud;
use keywell_practice::{Options, Practice, code_at};
use keywell_vault::Secret;
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{connection_to, journey};

pub(crate) struct Setting {
    pub(crate) practice: Practice,
    pub(crate) administrator: AccessKeyPair,
    folder: TempDir,
}

impl Setting {
    pub(crate) async fn new() -> Setting {
        Setting::with(|_| ()).await
    }

    async fn with(change: impl FnOnce(&mut Options)) -> Setting {
        let folder = tempfile::tempdir().unwrap();
        let mut options = Options::new(folder.path().join("practice"), Arc::new(SystemTime::now));
        change(&mut options);
        let practice = keywell_practice::start(options).await.unwrap();
        let csv = std::fs::read_to_string(practice.csv_path()).unwrap();
        let (key_id, secret) = csv
            .trim_end()
            .rsplit_once('\n')
            .unwrap()
            .1
            .split_once(',')
            .unwrap();
        let administrator = AccessKeyPair {
            key_id: key_id.to_owned(),
            secret: Secret::new(secret),
            session_token: None,
        };
        Setting {
            practice,
            administrator,
            folder,
        }
    }

    fn connection(&self, pair: &AccessKeyPair) -> Connection {
        let mut connection = connection_to(self.practice.endpoint_url());
        connection.credentials = Credentials::Pair(pair.clone());
        connection
    }

    pub(crate) fn account(&self) -> Arc<dyn Account> {
        self.account_of(&self.administrator)
    }

    pub(crate) fn account_of(&self, pair: &AccessKeyPair) -> Arc<dyn Account> {
        AwsCloud::new().connect(self.connection(pair)).unwrap()
    }

    /// IAM as the administrator sees it, for what the traits do not make.
    pub(crate) fn iam(&self) -> aws_sdk_iam::Client {
        let pair = &self.administrator;
        let credentials = aws_sdk_iam::config::Credentials::new(
            &pair.key_id,
            pair.secret.expose(),
            None,
            None,
            "test",
        );
        let config = aws_sdk_iam::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .endpoint_url(self.practice.endpoint_url())
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .credentials_provider(credentials)
            .build();
        aws_sdk_iam::Client::from_conf(config)
    }

    async fn add_user(&self, name: &str) {
        let new = NewUser {
            name,
            path: "/",
            tags: &[],
        };
        self.account().create_user(new).await.unwrap();
    }

    async fn add_mfa_device(&self, user: &str) {
        let iam = self.iam();
        let made = iam.create_virtual_mfa_device();
        let made = made.virtual_mfa_device_name(user).send().await.unwrap();
        let device = made.virtual_mfa_device.unwrap();
        let seed = device.base32_string_seed.unwrap().into_inner();
        let seed = String::from_utf8(seed).unwrap();
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let now = i64::try_from(now.unwrap().as_secs()).unwrap();
        let enabled = iam
            .enable_mfa_device()
            .user_name(user)
            .serial_number(device.serial_number)
            .authentication_code1(code_at(&seed, now - 30).unwrap())
            .authentication_code2(code_at(&seed, now).unwrap());
        enabled.send().await.unwrap();
    }
}

#[tokio::test]
async fn the_administrator_is_told_who_it_is() {
    let setting = Setting::new().await;
    let told = setting.account().identity().await.unwrap();
    assert_eq!(told.identity.account_id, setting.practice.account_id());
    assert!(told.identity.arn.ends_with(":user/admin"));
    assert!(told.clock_offset_milliseconds.unwrap().abs() < 2_000);
}

#[tokio::test]
async fn the_keys_of_a_user_are_made_listed_described_switched_and_deleted() {
    let setting = Setting::new().await;
    setting.add_user("eve").await;
    journey::keys_of_a_user(&*setting.account(), "eve").await;
}

#[tokio::test]
async fn an_account_tells_its_alias_and_what_mfa_would_open() {
    let setting = Setting::new().await;
    let account = setting.account();
    assert_eq!(account.account_aliases().await.unwrap(), [""; 0]);
    assert_eq!(account.mfa_devices(None).await.unwrap(), [""; 0]);
    let nobody = account.mfa_devices(Some("nobody")).await;
    assert_eq!(nobody.unwrap_err().kind, Kind::NoSuchUser);
    let actions = ["s3:ListAllMyBuckets".to_owned()];
    let who = account.identity().await.unwrap().identity.arn;
    assert_eq!(
        account.allowed_with_mfa(&who, &actions).await.unwrap(),
        actions
    );
    let nobody = who.replace("admin", "nobody");
    let refused = account.allowed_with_mfa(&nobody, &actions).await;
    assert_eq!(refused.unwrap_err().kind, Kind::NoSuchUser);
}

#[tokio::test]
async fn buckets_are_made_safe_in_their_region_and_deleted_when_empty() {
    journey::buckets(&*Setting::new().await.account()).await;
}

#[tokio::test]
async fn objects_are_sent_whole_and_in_parts_read_copied_listed_and_deleted() {
    journey::objects(&*Setting::new().await.account()).await;
}

#[tokio::test]
async fn a_wrong_secret_an_unknown_key_and_a_foreign_token_are_told_apart_by_both_services() {
    let setting = Setting::new().await;
    let right = &setting.administrator;
    let wrong_secret = AccessKeyPair {
        secret: Secret::new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        ..right.clone()
    };
    let unknown = AccessKeyPair {
        key_id: "AKIAPRACTICEABCDEFGH".to_owned(),
        ..right.clone()
    };
    let with_token = AccessKeyPair {
        session_token: Some(Secret::new("not a token")),
        ..right.clone()
    };
    for (pair, expected) in [
        (wrong_secret, Kind::WrongSecret),
        (unknown, Kind::UnknownKey),
        (with_token, Kind::BadToken),
    ] {
        let account = setting.account_of(&pair);
        assert_eq!(account.identity().await.unwrap_err().kind, expected);
        assert_eq!(account.list_buckets().await.unwrap_err().kind, expected);
    }
}

#[tokio::test]
async fn a_new_key_works_may_do_nothing_yet_and_stops_working_once_deactivated() {
    let setting = Setting::new().await;
    setting.add_user("eve").await;
    let administrator = setting.account();
    let pair = administrator.create_access_key("eve").await.unwrap().pair;
    let account = setting.account_of(&pair);
    let told = account.identity().await.unwrap();
    assert!(told.identity.arn.ends_with(":user/eve"));
    for refused in [
        account.list_buckets().await.unwrap_err(),
        account.list_users().await.unwrap_err(),
    ] {
        assert_eq!(refused.kind, Kind::AccessDenied, "{refused}");
    }
    let used = administrator
        .access_key_last_used(&pair.key_id)
        .await
        .unwrap();
    assert!(used.date.is_some());

    administrator
        .set_access_key_active("eve", &pair.key_id, false)
        .await
        .unwrap();
    let refused = account.identity().await.unwrap_err();
    assert_eq!(refused.kind, Kind::UnknownKey);
}

#[tokio::test]
async fn a_key_that_is_too_new_is_an_unknown_key() {
    let setting = Setting::with(|options| options.new_key_delay = Duration::from_secs(600)).await;
    setting.add_user("eve").await;
    let pair = setting
        .account()
        .create_access_key("eve")
        .await
        .unwrap()
        .pair;
    let refused = setting.account_of(&pair).identity().await.unwrap_err();
    assert_eq!(refused.kind, Kind::UnknownKey);
}

#[tokio::test]
async fn a_wrong_clock_is_named_by_the_identity_test_and_corrected_for_the_rest() {
    for minutes in [20, -20] {
        let setting = Setting::with(|options| options.clock_skew = minutes * 60).await;
        let account = setting.account();
        let refused = account.identity().await.unwrap_err();
        assert_eq!(refused.kind, Kind::ClockSkew);
        let off = refused.clock_offset_milliseconds.unwrap();
        assert!((off - minutes * 60_000).abs() < 3_000, "{off}");
        account.list_buckets().await.unwrap();
        account.list_users().await.unwrap();
    }
}

#[tokio::test]
async fn a_bucket_in_another_region_is_found_by_a_fresh_connection() {
    let setting = Setting::new().await;
    setting
        .account()
        .create_bucket("far", "ap-south-1")
        .await
        .unwrap();
    let account = setting.account();
    account.put_empty("far", "folder/").await.unwrap();
    let listing = account
        .list_objects(ListObjects {
            bucket: "far",
            prefix: "",
            delimiter: None,
            continuation: None,
            max_keys: 10,
        })
        .await
        .unwrap();
    assert_eq!(listing.objects[0].key, "folder/");
    let fresh = setting.account();
    let buckets = fresh.list_buckets().await.unwrap();
    assert_eq!(buckets[0].region.as_deref(), Some("ap-south-1"));
}

#[tokio::test]
async fn a_taken_or_ill_formed_bucket_name_is_refused() {
    let setting = Setting::new().await;
    let account = setting.account();
    for (name, expected) in [
        ("taken-by-someone-else", Kind::BucketTaken),
        ("Bad_Name", Kind::InvalidBucketName),
    ] {
        let refused = account.create_bucket(name, "us-east-1").await.unwrap_err();
        assert_eq!(refused.kind, expected, "{name}");
    }
}

#[tokio::test]
async fn an_upload_survives_two_broken_connections() {
    let faults = r#"[{"service":"s3","operation":"PutObject","reset":true,"times":1},
        {"service":"s3","operation":"PutObject","status":503,"code":"SlowDown","times":1}]"#;
    let setting = Setting::with(|options| {
        options.faults = keywell_practice::parse_faults(faults).unwrap();
    })
    .await;
    let account = setting.account();
    account.create_bucket("photos", "us-east-1").await.unwrap();
    let path = setting.folder.path().join("data");
    std::fs::write(&path, vec![7; 700_000]).unwrap();
    let request = PutObject {
        bucket: "photos",
        key: "sevens",
        body: FileSlice {
            path: &path,
            offset: 0,
            length: 700_000,
        },
        content_type: None,
        only_if_absent: true,
    };
    let stored = account
        .put_object(request, Arc::new(|_| Duration::ZERO))
        .await
        .unwrap();
    let head = account.head_object("photos", "sevens").await.unwrap();
    assert_eq!((head.size, head.checksum), (700_000, stored.checksum));
}

#[tokio::test]
async fn a_presigned_link_is_read_by_a_client_without_credentials() {
    let setting = Setting::new().await;
    let account = setting.account();
    account.create_bucket("photos", "us-east-1").await.unwrap();
    let path = setting.folder.path().join("cat");
    std::fs::write(&path, "meow").unwrap();
    let request = PutObject {
        bucket: "photos",
        key: "a cat/é.txt",
        body: FileSlice {
            path: &path,
            offset: 0,
            length: 4,
        },
        content_type: None,
        only_if_absent: false,
    };
    account
        .put_object(request, Arc::new(|_| Duration::ZERO))
        .await
        .unwrap();
    let link = account
        .presign_get("photos", "a cat/é.txt", 60)
        .await
        .unwrap();
    let url = url::Url::parse(link.url.expose()).unwrap();
    let host = &url[url::Position::BeforeHost..url::Position::AfterPort];
    let target = &url[url::Position::BeforePath..];
    let mut stream = TcpStream::connect(host).await.unwrap();
    let request = format!("GET {target} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("meow"), "{answer}");
}

#[tokio::test]
async fn its_certificate_is_trusted_once_it_is_named() {
    let setting = Setting::with(|options| options.tls = true).await;
    let mut connection = setting.connection(&setting.administrator);
    let refused = AwsCloud::new().connect(connection.clone()).unwrap();
    assert_eq!(refused.identity().await.unwrap_err().kind, Kind::Tls);
    connection.network.ca_bundle = setting.practice.certificate_path().map(Into::into);
    let account = AwsCloud::new().connect(connection).unwrap();
    account.identity().await.unwrap();
    account.list_buckets().await.unwrap();
}

#[tokio::test]
async fn a_user_with_one_of_everything_is_shown_and_goes() {
    let setting = Setting::new().await;
    let account = setting.account();
    let tags = [("Description".to_owned(), "Uploads".to_owned())];
    let new = NewUser {
        name: "bob",
        path: "/team/",
        tags: &tags,
    };
    let made = account.create_user(new).await.unwrap();
    assert_eq!((made.name.as_str(), made.path.as_str()), ("bob", "/team/"));
    assert_eq!(account.user("bob").await.unwrap().arn, made.arn);
    assert_eq!(account.user_tags("bob").await.unwrap(), tags);
    let again = account.create_user(new).await.unwrap_err();
    assert_eq!(again.kind, Kind::EntityExists);

    let iam = setting.iam();
    macro_rules! hang {
        ($call:expr) => {
            $call.send().await.unwrap()
        };
    }
    hang!(iam.create_login_profile().user_name("bob").password("x"));
    hang!(iam.create_access_key().user_name("bob"));
    hang!(
        iam.upload_signing_certificate()
            .user_name("bob")
            .certificate_body("x")
    );
    hang!(
        iam.upload_ssh_public_key()
            .user_name("bob")
            .ssh_public_key_body("x")
    );
    let credential = iam.create_service_specific_credential();
    hang!(
        credential
            .user_name("bob")
            .service_name("codecommit.amazonaws.com")
    );
    setting.add_mfa_device("bob").await;
    let document = r#"{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}"#;
    let inline = iam
        .put_user_policy()
        .user_name("bob")
        .policy_name("uploads");
    hang!(inline.policy_document(document));
    let read_only = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess";
    hang!(
        iam.attach_user_policy()
            .user_name("bob")
            .policy_arn(read_only)
    );
    hang!(iam.create_group().group_name("designers"));
    hang!(
        iam.add_user_to_group()
            .user_name("bob")
            .group_name("designers")
    );

    let mut items = Vec::new();
    for kind in UserItemKind::ALL {
        let found = account.user_items("bob", kind).await.unwrap();
        assert_eq!(found.len(), 1, "{kind:?}");
        let conflict = account.delete_user("bob").await.unwrap_err();
        assert_eq!(conflict.kind, Kind::DeleteConflict, "{kind:?}");
        items.extend(found);
    }
    assert_eq!(items[7].name, "AmazonS3ReadOnlyAccess");
    for item in &items {
        account.remove_user_item("bob", item).await.unwrap();
        let gone = account.remove_user_item("bob", item).await;
        // IAM takes it well when who is to leave a group is not in it.
        if item.kind != UserItemKind::Group {
            assert_eq!(gone.unwrap_err().kind, Kind::NoSuchEntity, "{item:?}");
        }
        assert!(
            account
                .user_items("bob", item.kind)
                .await
                .unwrap()
                .is_empty()
        );
    }
    account.delete_user("bob").await.unwrap();
    assert_eq!(
        account.user("bob").await.unwrap_err().kind,
        Kind::NoSuchUser
    );
}

#[tokio::test]
async fn iam_tells_what_a_caller_may_not_do() {
    let setting = Setting::new().await;
    setting.add_user("bob").await;
    let administrator = setting.account();
    let document = r#"{"Statement":[
        {"Effect":"Allow","Action":["iam:CreateAccessKey","iam:ListAccessKeys"],"Resource":"*"},
        {"Effect":"Allow","Action":"iam:SimulatePrincipalPolicy","Resource":"*"}]}"#;
    let policy = setting.iam().put_user_policy().user_name("bob");
    policy
        .policy_name("own-keys")
        .policy_document(document)
        .send()
        .await
        .unwrap();
    let bob = administrator.create_access_key("bob").await.unwrap().pair;
    let bob = setting.account_of(&bob);
    let arn = bob.identity().await.unwrap().identity.arn;
    let asked = ["iam:CreateAccessKey", "iam:DeleteUser", "iam:CreateUser"];
    let denied = bob.denied_actions(&arn, &asked, &arn).await.unwrap();
    assert_eq!(denied, ["iam:DeleteUser", "iam:CreateUser"]);
    for (operation, answer) in [
        (
            "read",
            bob.user_items("bob", UserItemKind::Group).await.map(drop),
        ),
        ("delete", bob.delete_user("bob").await),
    ] {
        assert_eq!(answer.unwrap_err().kind, Kind::AccessDenied, "{operation}");
    }
}
