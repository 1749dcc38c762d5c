//! Roles, MFA devices, and the sessions that STS gives.

use keywell_practice::{calls, code_at};

use crate::client::{Answer, Client, Fixture};

const MAY_LIST: &str = r#"{"Statement":{"Effect":"Allow","Action":["s3:ListAllMyBuckets","iam:ListUsers"],"Resource":"*"}}"#;

fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

async fn sts(client: &Client, parameters: &[(&str, &str)]) -> Answer {
    client.query("sts", "2011-06-15", parameters).await
}

/// The client that a session's answer makes.
fn session(client: &Client, answer: Answer) -> Client {
    let answer = answer.ok();
    Client {
        key_id: answer.element("AccessKeyId"),
        secret: answer.element("SecretAccessKey"),
        token: Some(answer.element("SessionToken")),
        ..client.clone()
    }
}

fn role_arn(fixture: &Fixture, name: &str) -> String {
    format!("arn:aws:iam::{}:role/{name}", fixture.practice.account_id())
}

/// A role that may list, trusted as the condition says.
async fn role(fixture: &Fixture, name: &str, principal: &str, condition: &str) {
    let trust = format!(
        r#"{{"Statement":{{"Effect":"Allow","Principal":{{"AWS":"{principal}"}},"Action":"sts:AssumeRole"{condition}}}}}"#
    );
    let create = [
        ("Action", "CreateRole"),
        ("RoleName", name),
        ("AssumeRolePolicyDocument", &trust),
    ];
    fixture.admin.iam(&create).await.ok();
    let policy = [
        ("Action", "PutRolePolicy"),
        ("RoleName", name),
        ("PolicyName", "inline"),
        ("PolicyDocument", MAY_LIST),
    ];
    fixture.admin.iam(&policy).await.ok();
}

async fn assume(client: &Client, arn: &str, more: &[(&str, &str)]) -> Answer {
    let mut parameters = vec![
        ("Action", "AssumeRole"),
        ("RoleArn", arn),
        ("RoleSessionName", "test"),
    ];
    parameters.extend(more);
    sts(client, &parameters).await
}

#[tokio::test]
async fn a_role_session_is_the_role_in_every_service_and_ends() {
    let fixture = Fixture::start().await;
    let account = fixture.practice.account_id().to_owned();
    role(&fixture, "Reader", &account, "").await;
    let arn = role_arn(&fixture, "Reader");
    let reader = session(&fixture.admin, assume(&fixture.admin, &arn, &[]).await);
    let identity = reader.identity().await.ok();
    assert_eq!(
        identity.element("Arn"),
        format!("arn:aws:sts::{account}:assumed-role/Reader/test")
    );
    reader.get("/").await.ok();
    reader.iam(&[("Action", "ListUsers")]).await.ok();
    let denied = reader.put("/bucket", "").await;
    assert_eq!(denied.refusal(), refused(403, "AccessDenied"));

    for (token, s3, query) in [
        (None, "InvalidAccessKeyId", "InvalidClientTokenId"),
        (Some("forged.token"), "InvalidToken", "InvalidClientTokenId"),
    ] {
        let wrong = Client {
            token: token.map(str::to_owned),
            ..reader.clone()
        };
        assert_eq!(wrong.get("/").await.refusal().1, s3);
        assert_eq!(wrong.identity().await.refusal().1, query);
    }
    fixture.clock.advance(3601);
    assert_eq!(
        reader.get("/").await.refusal(),
        refused(400, "ExpiredToken")
    );
    assert_eq!(
        reader.identity().await.refusal(),
        refused(403, "ExpiredToken")
    );
}

#[tokio::test]
async fn a_trust_policy_decides_who_may_assume_a_role_and_how() {
    let fixture = Fixture::start().await;
    let bob = fixture.user("bob", None).await;
    let account = fixture.practice.account_id().to_owned();
    let bob_arn = format!("arn:aws:iam::{account}:user/bob");
    role(&fixture, "ForBob", &bob_arn, "").await;
    role(&fixture, "ForAll", &account, "").await;
    let external = r#","Condition":{"StringEquals":{"sts:ExternalId":"x-1"}}"#;
    role(&fixture, "External", &bob_arn, external).await;
    let with_mfa = r#","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#;
    role(&fixture, "WithMfa", &bob_arn, with_mfa).await;
    let denied = refused(403, "AccessDenied");
    for (name, more, allowed) in [
        ("ForBob", &[][..], true),
        ("ForAll", &[], false),
        ("Missing", &[], false),
        ("External", &[], false),
        ("External", &[("ExternalId", "x-2")], false),
        ("External", &[("ExternalId", "x-1")], true),
        ("WithMfa", &[], false),
    ] {
        let answer = assume(&bob, &role_arn(&fixture, name), more).await;
        if allowed {
            answer.ok();
        } else {
            assert_eq!(answer.refusal(), denied, "{name} {more:?}");
        }
    }
    let arn = role_arn(&fixture, "ForBob");
    for more in [("DurationSeconds", "899"), ("DurationSeconds", "3601")] {
        let answer = assume(&bob, &arn, &[more]).await;
        assert_eq!(answer.refusal(), refused(400, "ValidationError"));
    }
}

#[tokio::test]
async fn a_user_session_without_mfa_can_not_call_iam_and_one_with_a_code_can() {
    let fixture = Fixture::start().await;
    let admin = &fixture.admin;
    let device = admin
        .iam(&[
            ("Action", "CreateVirtualMFADevice"),
            ("VirtualMFADeviceName", "phone"),
        ])
        .await
        .ok();
    let serial = device.element("SerialNumber");
    use base64::Engine as _;
    let seed = base64::engine::general_purpose::STANDARD
        .decode(device.element("Base32StringSeed"))
        .unwrap();
    let seed = String::from_utf8(seed).unwrap();
    let code = |steps: i64| {
        let now = fixture.clock.now();
        let seconds = now.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() as i64;
        code_at(&seed, seconds + steps * 30).unwrap()
    };
    let enable = async |first: String, second: String| {
        admin
            .iam(&[
                ("Action", "EnableMFADevice"),
                ("UserName", "admin"),
                ("SerialNumber", &serial),
                ("AuthenticationCode1", &first),
                ("AuthenticationCode2", &second),
            ])
            .await
    };
    let wrong = enable(code(0), code(0)).await;
    assert_eq!(wrong.refusal(), refused(403, "InvalidAuthenticationCode"));
    enable(code(-1), code(0)).await.ok();
    let devices = admin.iam(&[("Action", "ListMFADevices")]).await.ok();
    assert_eq!(devices.elements("SerialNumber"), [serial.as_str()]);

    let get = async |code: Option<&str>| {
        let mut parameters = vec![("Action", "GetSessionToken")];
        if let Some(code) = code {
            parameters.extend([("SerialNumber", serial.as_str()), ("TokenCode", code)]);
        }
        sts(admin, &parameters).await
    };
    let plain = session(admin, get(None).await);
    plain.get("/").await.ok();
    plain.identity().await.ok();
    let iam = plain.iam(&[("Action", "ListUsers")]).await;
    assert_eq!(iam.refusal(), refused(403, "InvalidClientTokenId"));
    let again = sts(&plain, &[("Action", "GetSessionToken")]).await;
    assert_eq!(again.refusal(), refused(403, "AccessDenied"));

    // The codes that enabled the device are used up, and so is every code after its first use.
    assert_eq!(
        get(Some(&code(0))).await.refusal(),
        refused(403, "AccessDenied")
    );
    fixture.clock.advance(60);
    let used = code(0);
    let strong = session(admin, get(Some(&used)).await);
    strong.iam(&[("Action", "ListUsers")]).await.ok();
    assert_eq!(
        get(Some(&used)).await.refusal(),
        refused(403, "AccessDenied")
    );
}

#[tokio::test]
async fn the_calls_of_iam_and_sts_are_counted_for_who_may_read_the_folder() {
    let fixture = Fixture::start().await;
    for _ in 0..3 {
        fixture.admin.identity().await.ok();
    }
    fixture.admin.iam(&[("Action", "ListUsers")]).await.ok();
    let folder = fixture.folder.path().to_owned();
    let counted = tokio::task::spawn_blocking(move || calls(&folder).unwrap())
        .await
        .unwrap();
    let counted: Vec<_> = counted
        .iter()
        .map(|(name, n)| (name.as_str(), *n))
        .collect();
    assert_eq!(
        counted,
        [("iam:ListUsers", 1), ("sts:GetCallerIdentity", 3)]
    );
}

#[tokio::test]
async fn a_federated_user_may_what_the_user_may_but_not_call_iam_or_sts() {
    let fixture = Fixture::start().await;
    let ask = |name: &'static str, policy: &'static str| {
        let admin = fixture.admin.clone();
        async move {
            let parameters = [
                ("Action", "GetFederationToken"),
                ("Name", name),
                ("Policy", policy),
            ];
            sts(&admin, &parameters).await
        }
    };
    let all =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    let federated = session(&fixture.admin, ask("eve", all).await);
    let identity = federated.identity().await.ok();
    let account = fixture.practice.account_id();
    assert_eq!(
        identity.element("Arn"),
        format!("arn:aws:sts::{account}:federated-user/eve")
    );
    federated.get("/").await.ok();
    let iam = federated.iam(&[("Action", "ListUsers")]).await;
    assert_eq!(iam.refusal(), refused(403, "InvalidClientTokenId"));
    let again = sts(&federated, &[("Action", "GetSessionToken")]).await;
    assert_eq!(again.refusal(), refused(403, "AccessDenied"));
    assert_eq!(
        ask("e", all).await.refusal(),
        refused(400, "ValidationError")
    );
    assert_eq!(ask("eve", "{}").await.refusal().0, 501);
}
