//! STS and MFA devices against the practice account.

use std::time::{Duration, SystemTime};

use keywell_app::cloud::{AccessKeyPair, AssumeRole, CloudErrorKind as Kind, MfaCode, Session};
use keywell_practice::code_at;
use keywell_vault::Secret;

use crate::practice::Setting;

fn role<'a>(role_arn: &'a str, tags: &'a [(String, String)]) -> AssumeRole<'a> {
    AssumeRole {
        role_arn,
        session_name: "keywell-test",
        external_id: Some("x-1"),
        seconds: Some(900),
        tags,
    }
}

async fn arn(setting: &Setting, pair: &AccessKeyPair) -> String {
    let account = setting.account_of(pair);
    account.identity().await.unwrap().identity.arn
}

fn seconds_left(session: &Session) -> u64 {
    let left = session
        .expires
        .unwrap()
        .duration_since(SystemTime::now())
        .unwrap_or(Duration::ZERO);
    left.as_secs()
}

fn now() -> i64 {
    let since = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

#[tokio::test]
async fn a_session_of_a_key_is_its_user_and_may_not_call_iam() {
    let setting = Setting::new().await;
    let session = setting
        .account()
        .session_token(None, Some(900))
        .await
        .unwrap();
    assert!((800..=900).contains(&seconds_left(&session)));
    assert!(session.pair.session_token.is_some());
    assert!(arn(&setting, &session.pair).await.ends_with(":user/admin"));
    let account = setting.account_of(&session.pair);
    // IAM does not know such a token at all.
    let refused = account.list_users().await.unwrap_err();
    assert_eq!(refused.kind, Kind::BadToken);
    // A session makes no session.
    let refused = account.session_token(None, None).await.unwrap_err();
    assert_eq!(refused.kind, Kind::AccessDenied);
    let unchanged = setting.account().credentials().await.unwrap();
    assert_eq!(unchanged.pair, setting.administrator);
    assert_eq!(unchanged.expires, None);
}

#[tokio::test]
async fn a_role_is_assumed_by_whoever_it_trusts_and_nobody_else() {
    let setting = Setting::new().await;
    let account = setting.practice.account_id().to_owned();
    let trust = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{account}"}},"Action":"sts:AssumeRole","Condition":{{"StringEquals":{{"sts:ExternalId":"x-1"}}}}}}]}}"#
    );
    let made = setting
        .iam()
        .create_role()
        .role_name("Reader")
        .assume_role_policy_document(trust)
        .send();
    let role_arn = made.await.unwrap().role.unwrap().arn;
    let tags = [("team".to_owned(), "web".to_owned())];
    let session = setting
        .account()
        .assume_role(role(&role_arn, &tags))
        .await
        .unwrap();
    assert!((800..=900).contains(&seconds_left(&session)));
    let found = arn(&setting, &session.pair).await;
    assert!(
        found.ends_with(":assumed-role/Reader/keywell-test"),
        "{found}"
    );
    for (role_arn, external_id) in [
        (role_arn.as_str(), None),
        ("arn:aws:iam::123456789012:role/Nobody", Some("x-1")),
    ] {
        let request = AssumeRole {
            external_id,
            ..role(role_arn, &[])
        };
        let refused = setting.account().assume_role(request).await.unwrap_err();
        assert_eq!(refused.kind, Kind::AccessDenied, "{role_arn}");
    }
}

#[tokio::test]
async fn a_device_is_made_confirmed_used_once_for_each_code_and_refused_else() {
    let setting = Setting::new().await;
    let account = setting.account();
    let device = account.create_virtual_mfa_device("phone").await.unwrap();
    let again = account.create_virtual_mfa_device("phone").await;
    assert_eq!(again.unwrap_err().kind, Kind::MfaDeviceTaken);
    let code = |offset: i64| Secret::new(code_at(device.seed.expose(), now() + offset).unwrap());
    let wrong = [Secret::new("000000"), Secret::new("000001")];
    let refused = account
        .enable_mfa_device("admin", &device.serial, [&wrong[0], &wrong[1]])
        .await
        .unwrap_err();
    assert_eq!(refused.kind, Kind::WrongMfaCode);
    account
        .enable_mfa_device("admin", &device.serial, [&code(-30), &code(0)])
        .await
        .unwrap();
    assert_eq!(
        account.mfa_devices(None).await.unwrap(),
        [device.serial.as_str()]
    );
    let next = code(30);
    let mfa = MfaCode {
        serial: &device.serial,
        code: &next,
    };
    let session = account.session_token(Some(mfa), Some(900)).await.unwrap();
    // One with MFA may call IAM.
    setting
        .account_of(&session.pair)
        .list_users()
        .await
        .unwrap();
    // No code is taken twice.
    let refused = account.session_token(Some(mfa), None).await.unwrap_err();
    assert_eq!(refused.kind, Kind::AccessDenied);
    // A device that nobody has confirmed can be deleted.
    let spare = account.create_virtual_mfa_device("spare").await.unwrap();
    account
        .delete_virtual_mfa_device(&spare.serial)
        .await
        .unwrap();
}
