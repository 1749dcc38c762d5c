use futures::StreamExt;
use keywell_app::cloud::{CloudErrorKind as Kind, CopyObject, ListObjects};

use crate::server::{Answer, Server};

#[tokio::test]
async fn listed_keys_are_asked_for_encoded_and_decoded() {
    let body = "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>n+1</NextContinuationToken>\
        <EncodingType>url</EncodingType>\
        <Contents><Key>a+b%2Bc%25/%C3%A9%01</Key><Size>7</Size><ETag>&quot;e&quot;</ETag></Contents>\
        <Contents><Key>cold</Key><Size>1</Size><StorageClass>GLACIER</StorageClass></Contents>\
        <CommonPrefixes><Prefix>my+folder/</Prefix></CommonPrefixes></ListBucketResult>";
    let server = Server::always(Answer::new(200, body)).await;
    let page = server
        .account()
        .list_objects(ListObjects {
            bucket: "photos",
            prefix: "a b/",
            delimiter: Some("/"),
            continuation: Some("here"),
            max_keys: 2,
        })
        .await
        .unwrap();
    assert_eq!(page.folders, ["my folder/"]);
    assert_eq!(page.objects[0].key, "a b+c%/é\u{1}");
    assert_eq!(page.objects[0].storage_class, "STANDARD");
    assert_eq!(page.objects[1].storage_class, "GLACIER");
    assert_eq!(page.continuation.as_deref(), Some("n+1"));
    let target = &server.asked()[0].target;
    for part in [
        "list-type=2",
        "encoding-type=url",
        "prefix=a%20b%2F",
        "delimiter=%2F",
        "continuation-token=here",
        "max-keys=2",
    ] {
        assert!(target.contains(part), "{target} has no {part}");
    }
}

#[tokio::test]
async fn a_last_page_has_no_continuation_whatever_else_it_says() {
    let body = "<ListBucketResult><IsTruncated>false</IsTruncated><NextContinuationToken>n</NextContinuationToken></ListBucketResult>";
    let server = Server::always(Answer::new(200, body)).await;
    let request = ListObjects {
        bucket: "photos",
        prefix: "",
        delimiter: None,
        continuation: None,
        max_keys: 1000,
    };
    let page = server.account().list_objects(request).await.unwrap();
    assert_eq!(page.continuation, None);
    assert!(!server.asked()[0].target.contains("prefix="));
}

#[tokio::test]
async fn an_object_that_arrives_damaged_is_a_checksum_error() {
    let answer = Answer::new(200, "123456789").header("x-amz-checksum-crc32", "AAAAAA==");
    let server = Server::always(answer).await;
    let account = server.account();
    let body = account.get_object("photos", "cat", None, None).await;
    let last = body.unwrap().collect::<Vec<_>>().await.pop().unwrap();
    assert_eq!(last.unwrap_err().kind, Kind::BadChecksum);
}

#[tokio::test]
async fn a_range_is_asked_for_with_the_etag_it_must_have_and_without_a_checksum() {
    let answer = Answer::new(206, "345")
        .header("content-range", "bytes 2-4/9")
        .header("x-amz-checksum-crc32", "y/Q5Jg==");
    let server = Server::always(answer).await;
    let account = server.account();
    let body = account
        .get_object("photos", "cat", Some((2, 4)), Some("\"e\""))
        .await
        .unwrap();
    let blocks: Vec<_> = body.map(Result::unwrap).collect().await;
    assert_eq!(blocks.concat(), b"345");
    let asked = &server.asked()[0];
    assert_eq!(asked.header("range"), Some("bytes=2-4"));
    assert_eq!(asked.header("if-match"), Some("\"e\""));
    assert_eq!(asked.header("x-amz-checksum-mode"), None);
}

#[tokio::test]
async fn the_whole_object_in_place_of_a_range_is_refused() {
    let server = Server::always(Answer::new(200, "123456789")).await;
    let account = server.account();
    let error = account
        .get_object("photos", "cat", Some((2, 4)), None)
        .await
        .err()
        .unwrap();
    assert_eq!(error.kind, Kind::NotImplemented);
}

#[tokio::test]
async fn an_object_that_changed_is_a_failed_precondition() {
    let server = Server::always(Answer::error(412, "PreconditionFailed")).await;
    let account = server.account();
    let error = account
        .get_object("photos", "cat", None, Some("\"old\""))
        .await
        .err()
        .unwrap();
    assert_eq!(error.kind, Kind::PreconditionFailed);
    assert_eq!(error.operation, "s3:GetObject");
}

#[tokio::test]
async fn keys_that_xml_has_no_place_for_are_deleted_one_by_one() {
    let server = Server::start(|asked, _| match asked.method.as_str() {
        "POST" => Answer::new(200, "<DeleteResult/>"),
        _ => Answer::error(403, "AccessDenied"),
    })
    .await;
    let keys = ["a<b>&".to_owned(), "bell\u{7}".to_owned()];
    let stayed = server.account().delete_objects("photos", &keys).await;
    let stayed = stayed.unwrap();
    assert_eq!(stayed.len(), 1);
    assert_eq!(stayed[0].0, "bell\u{7}");
    let asked = server.asked();
    let batch = String::from_utf8(asked[0].data()).unwrap();
    assert!(batch.contains("<Key>a&lt;b&gt;&amp;</Key>"), "{batch}");
    assert!(asked[0].header("x-amz-checksum-crc32").is_some());
    assert_eq!(asked[1].method, "DELETE");
    assert_eq!(asked[1].target.split('?').next(), Some("/photos/bell%07"));
}

#[tokio::test]
async fn a_copy_can_be_told_to_overwrite_nothing() {
    let body = "<CopyObjectResult><ETag>&quot;e&quot;</ETag></CopyObjectResult>";
    let server = Server::always(Answer::new(200, body)).await;
    let account = server.account();
    for only_if_absent in [true, false] {
        let copy = CopyObject {
            from_bucket: "photos",
            from_key: "cat",
            bucket: "photos",
            key: "dog",
            only_if_absent,
        };
        account.copy_object(copy).await.unwrap();
    }
    let asked = server.asked();
    assert_eq!(asked[0].header("if-none-match"), Some("*"));
    assert_eq!(asked[1].header("if-none-match"), None);
}
