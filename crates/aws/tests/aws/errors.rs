use futures::future::join_all;
use keywell_app::cloud::{Cloud, CloudErrorKind as Kind, Credentials};
use keywell_aws::AwsCloud;
use keywell_vault::Secret;

use crate::{
    connection_to, example_pair,
    server::{Answer, Server},
};

#[tokio::test]
async fn every_refusal_of_iam_and_sts_has_its_kind() {
    for (status, code, expected) in [
        (403, "InvalidClientTokenId", Kind::UnknownKey),
        (403, "SignatureDoesNotMatch", Kind::WrongSecret),
        (403, "ExpiredToken", Kind::ExpiredSession),
        (403, "AccessDenied", Kind::AccessDenied),
        (404, "NoSuchEntity", Kind::NoSuchUser),
        (409, "LimitExceeded", Kind::LimitExceeded),
        (400, "ValidationError", Kind::Invalid),
        (400, "Throttling", Kind::Throttled),
        (500, "ServiceFailure", Kind::Unavailable),
        (501, "NotImplemented", Kind::NotImplemented),
        (418, "SomethingNew", Kind::Other),
    ] {
        let server = Server::always(Answer::query_error(status, code)).await;
        let error = server.account().create_access_key("eve").await.unwrap_err();
        assert_eq!(error.kind, expected, "{code}");
        assert_eq!(error.service_code.as_deref(), Some(code));
        assert_eq!(error.service_message.as_deref(), Some("as told"));
        assert_eq!(error.status, Some(status));
        assert_eq!(error.request_id.as_deref(), Some("REQUEST1"), "{code}");
        assert_eq!(error.operation, "iam:CreateAccessKey");
    }
}

#[tokio::test]
async fn every_refusal_of_s3_has_its_kind() {
    let cases = [
        (403, "InvalidAccessKeyId", Kind::UnknownKey),
        (403, "SignatureDoesNotMatch", Kind::WrongSecret),
        (403, "RequestTimeTooSkewed", Kind::ClockSkew),
        (400, "InvalidToken", Kind::BadToken),
        (400, "ExpiredToken", Kind::ExpiredSession),
        (403, "AccessDenied", Kind::AccessDenied),
        (404, "NoSuchBucket", Kind::NoSuchBucket),
        (404, "NoSuchKey", Kind::NoSuchObject),
        (404, "NoSuchUpload", Kind::NoSuchUpload),
        (409, "BucketAlreadyExists", Kind::BucketTaken),
        (409, "BucketAlreadyOwnedByYou", Kind::BucketOwned),
        (409, "BucketNotEmpty", Kind::BucketNotEmpty),
        (400, "InvalidBucketName", Kind::InvalidBucketName),
        (412, "PreconditionFailed", Kind::PreconditionFailed),
        (409, "ConditionalRequestConflict", Kind::PreconditionFailed),
        (400, "BadDigest", Kind::BadChecksum),
        (400, "EntityTooSmall", Kind::Invalid),
        (503, "SlowDown", Kind::Throttled),
        (500, "InternalError", Kind::Unavailable),
        (501, "NotImplemented", Kind::NotImplemented),
    ];
    // At once, since some of them are tried again after a pause.
    join_all(cases.map(|(status, code, expected)| async move {
        let server = Server::always(Answer::error(status, code)).await;
        let error = server.account().delete_bucket("photos").await.unwrap_err();
        assert_eq!(error.kind, expected, "{code}");
        assert_eq!(error.service_code.as_deref(), Some(code));
        assert_eq!(error.request_id.as_deref(), Some("REQUEST1"));
    }))
    .await;
}

#[tokio::test]
async fn an_answer_without_a_code_is_judged_by_its_status() {
    for (status, expected) in [
        (400, Kind::Invalid),
        (403, Kind::AccessDenied),
        (404, Kind::NoSuchObject),
        (412, Kind::PreconditionFailed),
        (429, Kind::Throttled),
        (502, Kind::Unavailable),
    ] {
        let server = Server::always(Answer::new(status, "")).await;
        let error = server.account().head_object("photos", "cat").await;
        assert_eq!(error.unwrap_err().kind, expected, "{status}");
    }
}

#[tokio::test]
async fn a_missing_access_key_and_a_missing_user_are_told_apart() {
    let server = Server::always(Answer::query_error(404, "NoSuchEntity")).await;
    let account = server.account();
    let user = account.list_access_keys(Some("eve")).await.unwrap_err();
    let key = account.delete_access_key("eve", "AKIAX").await.unwrap_err();
    assert_eq!((user.kind, key.kind), (Kind::NoSuchUser, Kind::NoSuchKey));
}

#[tokio::test]
async fn an_unknown_temporary_key_is_taken_for_a_bad_token() {
    let server = Server::always(Answer::query_error(403, "InvalidClientTokenId")).await;
    for (key_id, token) in [
        ("ASIAIOSFODNN7EXAMPLE", None),
        ("ASIAIOSFODNN7EXAMPLE", Some("token")),
        ("AKIAIOSFODNN7EXAMPLE", Some("token")),
    ] {
        let mut connection = connection_to(&server.url);
        let mut pair = example_pair();
        pair.key_id = key_id.to_owned();
        pair.session_token = token.map(Secret::new);
        connection.credentials = Credentials::Pair(pair);
        let account = AwsCloud::new().connect(connection).unwrap();
        let error = account.identity().await.unwrap_err();
        assert_eq!(error.kind, Kind::BadToken, "{key_id} {token:?}");
    }
}

#[tokio::test]
async fn a_signature_refused_by_a_server_with_another_time_means_a_wrong_clock() {
    let answer = Answer::query_error(403, "SignatureDoesNotMatch")
        .header("date", "Sun, 06 Nov 1994 08:49:37 GMT");
    let server = Server::always(answer).await;
    let error = server.account().identity().await.unwrap_err();
    assert_eq!(error.kind, Kind::ClockSkew);
    assert!(error.clock_offset_milliseconds.unwrap() < -1_000_000_000);
}

#[tokio::test]
async fn an_error_inside_a_batch_delete_names_its_key() {
    let body = "<DeleteResult><Error><Key>cat</Key><Code>AccessDenied</Code><Message>no</Message></Error></DeleteResult>";
    let server = Server::always(Answer::new(200, body)).await;
    let keys = ["cat".to_owned(), "dog".to_owned()];
    let stayed = server.account().delete_objects("photos", &keys).await;
    let stayed = stayed.unwrap();
    assert_eq!(stayed.len(), 1);
    assert_eq!(stayed[0].0, "cat");
    assert_eq!(stayed[0].1.kind, Kind::AccessDenied);
    assert_eq!(stayed[0].1.operation, "s3:DeleteObject");
}

#[tokio::test]
async fn making_a_key_is_never_tried_twice() {
    let server = Server::always(Answer::query_error(500, "ServiceFailure")).await;
    let account = server.account();
    account.create_access_key("eve").await.unwrap_err();
    assert_eq!(server.asked().len(), 1);
    account.list_users().await.unwrap_err();
    assert_eq!(
        server.asked().len(),
        4,
        "a question is asked up to three times"
    );
}
