use std::time::{Duration, SystemTime};

use aws_sigv4::sign::v4::{calculate_signature, generate_signing_key};
use base64::Engine as _;
use s3s::crypto::{Checksum as _, Sha1};
use sha2::{Digest, Sha256};

use crate::client::{Client, Fixture, call};

async fn s3_refusal(client: &Client) -> (u16, String) {
    client.get("/").await.refusal()
}

async fn sts_refusal(client: &Client) -> (u16, String) {
    client.identity().await.refusal()
}

fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

#[tokio::test]
async fn the_administrator_is_who_the_csv_says() {
    let fixture = Fixture::start().await;
    let identity = fixture.admin.identity().await.ok();
    let account = fixture.practice.account_id();
    assert_eq!(identity.element("Account"), account);
    assert_eq!(
        identity.element("Arn"),
        format!("arn:aws:iam::{account}:user/admin")
    );
    assert!(
        identity
            .text()
            .contains("https://sts.amazonaws.com/doc/2011-06-15/")
    );
    assert!(fixture.admin.key_id.starts_with("AKIAPRACTICE") && fixture.admin.key_id.len() == 20);
    assert_eq!(fixture.admin.secret.len(), 40);
}

#[tokio::test]
async fn wrong_secrets_and_unknown_keys_are_refused_with_awss_codes() {
    let fixture = Fixture::start().await;
    let wrong_secret = Client {
        secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned(),
        ..fixture.admin.clone()
    };
    let unknown = Client {
        key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
        ..fixture.admin.clone()
    };
    let with_token = Client {
        token: Some("not-a-token".to_owned()),
        ..fixture.admin.clone()
    };
    for (client, s3, sts) in [
        (
            &wrong_secret,
            refused(403, "SignatureDoesNotMatch"),
            refused(403, "SignatureDoesNotMatch"),
        ),
        (
            &unknown,
            refused(403, "InvalidAccessKeyId"),
            refused(403, "InvalidClientTokenId"),
        ),
        (
            &with_token,
            refused(400, "InvalidToken"),
            refused(403, "InvalidClientTokenId"),
        ),
    ] {
        assert_eq!(s3_refusal(client).await, s3);
        assert_eq!(sts_refusal(client).await, sts);
    }
}

#[tokio::test]
async fn unsigned_requests_are_refused() {
    let fixture = Fixture::start().await;
    let admin = &fixture.admin;
    assert_eq!(
        admin.unsigned(call("GET", "/bucket/key")).await.refusal(),
        refused(403, "AccessDenied")
    );
    let form = call("POST", "/")
        .header("content-type", "application/x-www-form-urlencoded")
        .body("Action=GetCallerIdentity&Version=2011-06-15");
    assert_eq!(
        admin.unsigned(form).await.refusal(),
        refused(403, "MissingAuthenticationToken")
    );
    let version_2 = call("GET", "/").header("authorization", "AWS AKIAIOSFODNN7EXAMPLE:abc=");
    assert_eq!(
        admin.unsigned(version_2).await.refusal(),
        refused(400, "InvalidRequest")
    );
}

#[tokio::test]
async fn an_inactive_or_deleted_key_is_unknown_and_an_activated_one_works_again() {
    let fixture = Fixture::start().await;
    let bob = fixture.user("bob", None).await;
    let update = async |status: &str| {
        let parameters = [
            ("Action", "UpdateAccessKey"),
            ("UserName", "bob"),
            ("AccessKeyId", &bob.key_id),
            ("Status", status),
        ];
        fixture.admin.iam(&parameters).await.ok();
    };
    bob.identity().await.ok();
    update("Inactive").await;
    assert_eq!(s3_refusal(&bob).await, refused(403, "InvalidAccessKeyId"));
    assert_eq!(
        sts_refusal(&bob).await,
        refused(403, "InvalidClientTokenId")
    );
    update("Active").await;
    bob.identity().await.ok();
    let delete = [
        ("Action", "DeleteAccessKey"),
        ("UserName", "bob"),
        ("AccessKeyId", &bob.key_id),
    ];
    fixture.admin.iam(&delete).await.ok();
    assert_eq!(s3_refusal(&bob).await, refused(403, "InvalidAccessKeyId"));
}

#[tokio::test]
async fn a_new_key_is_unknown_until_the_delay_is_over() {
    let fixture =
        Fixture::start_with(|options| options.new_key_delay = Duration::from_secs(60)).await;
    fixture.admin.identity().await.ok();
    let bob = fixture.user("bob", None).await;
    assert_eq!(
        sts_refusal(&bob).await,
        refused(403, "InvalidClientTokenId")
    );
    assert_eq!(s3_refusal(&bob).await, refused(403, "InvalidAccessKeyId"));
    fixture.clock.advance(61);
    bob.identity().await.ok();
}

#[tokio::test]
async fn a_clock_that_is_off_is_refused_by_s3_after_15_and_by_sts_after_5_minutes() {
    let fixture = Fixture::start().await;
    for (minutes, s3, sts) in [
        (4, refused(200, ""), refused(200, "")),
        (6, refused(200, ""), refused(403, "SignatureDoesNotMatch")),
        (
            16,
            refused(403, "RequestTimeTooSkewed"),
            refused(403, "SignatureDoesNotMatch"),
        ),
    ] {
        let shift = Duration::from_secs(minutes * 60);
        for time in [SystemTime::now() + shift, SystemTime::now() - shift] {
            let client = Client {
                time: Some(time),
                ..fixture.admin.clone()
            };
            assert_eq!(s3_refusal(&client).await, s3, "{minutes}");
            assert_eq!(sts_refusal(&client).await, sts, "{minutes}");
        }
    }
    let late = Client {
        time: Some(SystemTime::now() - Duration::from_secs(600)),
        ..fixture.admin.clone()
    };
    assert!(
        late.identity()
            .await
            .element("Message")
            .starts_with("Signature expired: ")
    );
}

#[tokio::test]
async fn a_skewed_server_tells_its_own_time() {
    let fixture = Fixture::start_with(|options| options.clock_skew = 20 * 60).await;
    let answer = fixture.admin.get("/").await;
    assert_eq!(answer.refusal(), refused(403, "RequestTimeTooSkewed"));
    assert_eq!(answer.element("MaxAllowedSkewMilliseconds"), "900000");
    let corrected = Client {
        time: Some(SystemTime::now() + Duration::from_secs(20 * 60)),
        ..fixture.admin.clone()
    };
    assert_eq!(s3_refusal(&corrected).await, refused(200, ""));
    assert!(answer.header("date").ends_with(" GMT"));
}

#[tokio::test]
async fn presigned_urls_work_until_they_expire_and_only_as_signed() {
    let fixture = Fixture::start().await;
    let admin = &fixture.admin;
    admin.put("/pictures", "").await.ok();
    let put = admin.presigned(&call("PUT", "/pictures/a%20cat.txt"), 60);
    admin.unsigned(call("PUT", &put).body("miaow")).await.ok();
    let get = admin.presigned(&call("GET", "/pictures/a%20cat.txt"), 60);
    assert_eq!(admin.unsigned(call("GET", &get)).await.ok().text(), "miaow");

    let tampered = get.replace("a%20cat", "another");
    assert_eq!(
        admin.unsigned(call("GET", &tampered)).await.refusal(),
        refused(403, "SignatureDoesNotMatch")
    );
    assert_eq!(
        admin.unsigned(call("PUT", &get).body("x")).await.refusal(),
        refused(403, "SignatureDoesNotMatch")
    );
    let longer = get.replace("X-Amz-Expires=60", "X-Amz-Expires=61");
    assert_eq!(
        admin.unsigned(call("GET", &longer)).await.refusal(),
        refused(403, "SignatureDoesNotMatch")
    );
    let header = call("GET", &get).header("x-amz-meta-sneaked", "in");
    assert_eq!(
        admin.unsigned(header).await.refusal(),
        refused(403, "AccessDenied")
    );
    let week = admin.presigned(&call("GET", "/pictures/a%20cat.txt"), 604_801);
    assert_eq!(
        admin.unsigned(call("GET", &week)).await.refusal(),
        refused(400, "AuthorizationQueryParametersError")
    );

    fixture.clock.advance(61);
    let expired = admin.unsigned(call("GET", &get)).await;
    assert_eq!(expired.refusal(), refused(403, "AccessDenied"));
    assert_eq!(expired.element("Message"), "Request has expired");
}

/// HMAC-SHA1 (RFC 2104), which only Signature Version 2 needs.
fn hmac_sha1(key: &str, message: &str) -> String {
    let pad = |byte: u8| {
        let mut block = [byte; 64];
        block
            .iter_mut()
            .zip(key.bytes())
            .for_each(|(pad, key)| *pad ^= key);
        block.to_vec()
    };
    let inner = Sha1::checksum(&[pad(0x36), message.as_bytes().to_vec()].concat());
    let outer = Sha1::checksum(&[pad(0x5c), inner.to_vec()].concat());
    base64::engine::general_purpose::STANDARD.encode(outer)
}

#[tokio::test]
async fn presigned_urls_of_the_older_signature_work_as_the_aws_cli_makes_them() {
    let fixture = Fixture::start().await;
    let admin = &fixture.admin;
    admin.put("/pictures", "").await.ok();
    admin.put("/pictures/cat", "miaow").await.ok();
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .expect("after 1970");
    let expires = now.as_secs() + 60;
    let signature = hmac_sha1(&admin.secret, &format!("GET\n\n\n{expires}\n/pictures/cat"));
    let signature: String = url::form_urlencoded::byte_serialize(signature.as_bytes()).collect();
    let target = format!(
        "/pictures/cat?AWSAccessKeyId={}&Signature={signature}&Expires={expires}",
        admin.key_id
    );
    assert_eq!(
        admin.unsigned(call("GET", &target)).await.ok().text(),
        "miaow"
    );
    let tampered = target.replace("/cat", "/dog");
    assert_eq!(
        admin.unsigned(call("GET", &tampered)).await.refusal(),
        refused(403, "SignatureDoesNotMatch")
    );
    let unknown = target.replace(&admin.key_id, "AKIAIOSFODNN7EXAMPLE");
    assert_eq!(
        admin.unsigned(call("GET", &unknown)).await.refusal(),
        refused(403, "InvalidAccessKeyId")
    );
    fixture.clock.advance(61);
    assert_eq!(
        admin.unsigned(call("GET", &target)).await.refusal(),
        refused(403, "AccessDenied")
    );
}

#[tokio::test]
async fn a_body_that_is_not_the_signed_one_is_refused() {
    let fixture = Fixture::start().await;
    let admin = &fixture.admin;
    admin.put("/pictures", "").await.ok();
    let mut request = admin.signed("s3", &call("PUT", "/pictures/cat").body("miaow"));
    *request.body_mut() = b"woof!".to_vec();
    assert_eq!(
        admin.send(request).await.refusal(),
        refused(400, "XAmzContentSHA256Mismatch")
    );
    assert_eq!(
        admin.get("/pictures/cat").await.refusal(),
        refused(404, "NoSuchKey")
    );

    let form = call("POST", "/")
        .header("content-type", "application/x-www-form-urlencoded")
        .body("Action=GetCallerIdentity&Version=2011-06-15");
    let mut request = admin.signed("sts", &form);
    *request.body_mut() = b"Action=GetAccessKeyInfo&Version=2011-06-15".to_vec();
    assert_eq!(
        admin.send(request).await.refusal(),
        refused(403, "SignatureDoesNotMatch")
    );
}

#[tokio::test]
async fn chunks_with_a_trailing_checksum_are_decoded_and_checked() {
    let fixture = Fixture::start().await;
    let admin = &fixture.admin;
    admin.put("/pictures", "").await.ok();
    let put = async |crc32: &str| {
        let call = call("PUT", "/pictures/chunked")
            .payload("STREAMING-UNSIGNED-PAYLOAD-TRAILER")
            .header("content-encoding", "aws-chunked")
            .header("x-amz-decoded-content-length", "5")
            .header("x-amz-trailer", "x-amz-checksum-crc32")
            .body(format!(
                "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:{crc32}\r\n\r\n"
            ));
        admin.s3(call).await
    };
    assert_eq!(put("AAAAAA==").await.refusal(), refused(400, "BadDigest"));
    assert_eq!(admin.get("/pictures/chunked").await.status, 404);
    assert_eq!(
        put("NhCmhg==").await.ok().header("x-amz-checksum-crc32"),
        "NhCmhg=="
    );
    let got = admin.get("/pictures/chunked").await.ok();
    assert_eq!(got.text(), "hello");
    assert_eq!(got.header("content-encoding"), "");
}

#[tokio::test]
async fn every_chunk_of_a_signed_stream_is_verified() {
    let fixture = Fixture::start().await;
    let admin = &fixture.admin;
    admin.put("/pictures", "").await.ok();
    for (chunk, expected) in [
        ("hello", refused(200, "")),
        ("hullo", refused(403, "SignatureDoesNotMatch")),
    ] {
        let call = call("PUT", "/pictures/signed")
            .payload("STREAMING-AWS4-HMAC-SHA256-PAYLOAD")
            .header("content-encoding", "aws-chunked")
            .header("x-amz-decoded-content-length", "5");
        let mut request = admin.signed("s3", &call);
        let text = |name: &str| request.headers()[name].to_str().expect("text").to_owned();
        let (date, authorization) = (text("x-amz-date"), text("authorization"));
        let seed = authorization
            .rsplit_once("Signature=")
            .expect("a signature")
            .1;
        let key = generate_signing_key(&admin.secret, SystemTime::now(), "us-east-1", "s3");
        let hex =
            |digest: &[u8]| -> String { digest.iter().map(|byte| format!("{byte:02x}")).collect() };
        let sign = |before: &str, bytes: &str| {
            let scope = format!("{}/us-east-1/s3/aws4_request", &date[..8]);
            let to_sign = format!(
                "AWS4-HMAC-SHA256-PAYLOAD\n{date}\n{scope}\n{before}\n{}\n{}",
                hex(&Sha256::digest("")),
                hex(&Sha256::digest(bytes))
            );
            calculate_signature(&key, to_sign.as_bytes())
        };
        let first = sign(seed, "hello");
        let last = sign(&first, "");
        let body =
            format!("5;chunk-signature={first}\r\n{chunk}\r\n0;chunk-signature={last}\r\n\r\n");
        *request.body_mut() = body.into_bytes();
        assert_eq!(admin.send(request).await.refusal(), expected, "{chunk}");
    }
    assert_eq!(admin.get("/pictures/signed").await.ok().text(), "hello");
}
