use keywell_app::cloud::{CloudErrorKind as Kind, ListObjects};

use crate::server::{Answer, Server};

const EMPTY: &str =
    "<ListBucketResult><Name>photos</Name><IsTruncated>false</IsTruncated></ListBucketResult>";

fn list(bucket: &str) -> ListObjects<'_> {
    ListObjects {
        bucket,
        prefix: "",
        delimiter: None,
        continuation: None,
        max_keys: 10,
    }
}

async fn server_in(region: &'static str, refusal: Answer) -> Server {
    Server::start(move |asked, _| {
        if asked.region() != region {
            refusal.clone()
        } else if asked.method == "GET" {
            Answer::new(200, EMPTY)
        } else {
            Answer::new(200, "").header("x-amz-bucket-region", region)
        }
    })
    .await
}

#[tokio::test]
async fn a_redirected_request_is_sent_again_to_the_right_region_and_so_are_those_after_it() {
    let redirect =
        Answer::error(301, "PermanentRedirect").header("x-amz-bucket-region", "eu-west-1");
    let server = server_in("eu-west-1", redirect).await;
    let account = server.account();
    account.list_objects(list("photos")).await.unwrap();
    account.list_objects(list("photos")).await.unwrap();
    let regions: Vec<_> = server.asked().iter().map(|asked| asked.region()).collect();
    assert_eq!(regions, ["us-east-1", "eu-west-1", "eu-west-1"]);
}

#[tokio::test]
async fn a_refusal_that_names_no_region_is_followed_by_the_question_where_the_bucket_is() {
    let server = Server::start(|asked, _| match (asked.method.as_str(), asked.region()) {
        ("HEAD", _) => Answer::new(403, "").header("x-amz-bucket-region", "eu-west-1"),
        (_, region) if region == "eu-west-1" => Answer::new(200, EMPTY),
        _ => Answer::error(400, "AuthorizationHeaderMalformed"),
    })
    .await;
    server.account().list_objects(list("photos")).await.unwrap();
    let asked = server.asked();
    let methods: Vec<_> = asked.iter().map(|asked| asked.method.as_str()).collect();
    assert_eq!(methods, ["GET", "HEAD", "GET"]);
}

#[tokio::test]
async fn a_server_that_always_redirects_is_not_asked_for_ever() {
    let redirect =
        Answer::error(301, "PermanentRedirect").header("x-amz-bucket-region", "eu-west-1");
    let server = Server::always(redirect).await;
    let error = server.account().list_objects(list("photos")).await;
    let expected = Kind::WrongRegion(Some("eu-west-1".to_owned()));
    assert_eq!(error.unwrap_err().kind, expected);
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn the_region_of_a_bucket_is_told_even_by_a_refusal() {
    for status in [200, 301, 400, 403] {
        let answer = Answer::new(status, "").header("x-amz-bucket-region", "ap-south-1");
        let server = Server::always(answer).await;
        let region = server.account().bucket_region("photos").await;
        assert_eq!(region.unwrap(), "ap-south-1", "{status}");
    }
    let gone = Answer::new(404, "").header("x-amz-bucket-region", "ap-south-1");
    let server = Server::always(gone).await;
    let error = server.account().bucket_region("photos").await.unwrap_err();
    assert_eq!(error.kind, Kind::NoSuchBucket);
}

#[tokio::test]
async fn listed_buckets_are_asked_for_by_page_and_remembered_with_their_regions() {
    let server = Server::start(|asked, _| {
        if asked.target.contains("continuation-token=next") {
            let body = "<ListAllMyBucketsResult><Buckets><Bucket><Name>second</Name></Bucket></Buckets></ListAllMyBucketsResult>";
            Answer::new(200, body)
        } else if asked.target.contains("max-buckets=") {
            let body = "<ListAllMyBucketsResult><Buckets><Bucket><Name>first</Name><BucketRegion>eu-north-1</BucketRegion>\
                <CreationDate>2026-01-02T03:04:05.000Z</CreationDate></Bucket></Buckets>\
                <ContinuationToken>next</ContinuationToken></ListAllMyBucketsResult>";
            Answer::new(200, body)
        } else {
            Answer::new(200, EMPTY)
        }
    })
    .await;
    let account = server.account();
    let buckets = account.list_buckets().await.unwrap();
    let told: Vec<_> = buckets
        .iter()
        .map(|bucket| (bucket.name.as_str(), bucket.region.as_deref()))
        .collect();
    assert_eq!(told, [("first", Some("eu-north-1")), ("second", None)]);
    assert!(buckets[0].created.is_some());
    account.list_objects(list("first")).await.unwrap();
    assert_eq!(server.asked()[2].region(), "eu-north-1");
}

#[tokio::test]
async fn a_new_bucket_is_made_safe_and_names_its_region_unless_it_is_the_first_one() {
    for (region, named) in [("us-east-1", false), ("eu-west-1", true)] {
        let server = Server::start(|asked, _| match asked.method.as_str() {
            "HEAD" => Answer::new(404, ""),
            _ => Answer::new(200, ""),
        })
        .await;
        server
            .account()
            .create_bucket("photos", region)
            .await
            .unwrap();
        let asked = server.asked();
        let steps: Vec<_> = asked
            .iter()
            .map(|asked| (asked.method.as_str(), asked.target.as_str()))
            .collect();
        assert_eq!(
            steps,
            [
                ("HEAD", "/photos/"),
                ("PUT", "/photos/"),
                ("PUT", "/photos/?publicAccessBlock"),
                ("PUT", "/photos/?encryption"),
            ]
        );
        let create = &asked[1];
        let body = String::from_utf8(create.data()).unwrap();
        assert_eq!(body.contains("<LocationConstraint>"), named, "{body}");
        assert_eq!(
            create.header("x-amz-object-ownership"),
            Some("BucketOwnerEnforced")
        );
        let encryption = String::from_utf8(asked[3].data()).unwrap();
        assert!(encryption.contains("<SSEAlgorithm>AES256</SSEAlgorithm>"));
        assert!(encryption.contains("<BucketKeyEnabled>true</BucketKeyEnabled>"));
    }
}

#[tokio::test]
async fn a_bucket_of_ones_own_is_not_made_again() {
    let server = Server::always(Answer::new(200, "")).await;
    let error = server.account().create_bucket("photos", "us-east-1").await;
    assert_eq!(error.unwrap_err().kind, Kind::BucketOwned);
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn a_bucket_that_can_not_be_made_safe_is_deleted_again() {
    let server = Server::start(|asked, _| match asked.method.as_str() {
        "HEAD" => Answer::new(404, ""),
        _ if asked.target.ends_with("encryption") => Answer::error(403, "AccessDenied"),
        _ => Answer::new(200, ""),
    })
    .await;
    let error = server.account().create_bucket("photos", "us-east-1").await;
    let error = error.unwrap_err();
    assert_eq!(error.kind, Kind::AccessDenied);
    assert_eq!(error.operation, "s3:PutEncryptionConfiguration");
    assert_eq!(server.asked().last().unwrap().method, "DELETE");
}

#[tokio::test]
async fn settings_that_may_not_be_read_are_unknown_and_those_that_are_not_set_are_off() {
    let server = Server::start(|asked, _| {
        if asked.method == "HEAD" {
            Answer::new(200, "").header("x-amz-bucket-region", "eu-west-1")
        } else if asked.target.contains("publicAccessBlock") {
            Answer::error(404, "NoSuchPublicAccessBlockConfiguration")
        } else if asked.target.contains("ownershipControls") {
            Answer::error(403, "AccessDenied")
        } else {
            Answer::error(501, "NotImplemented")
        }
    })
    .await;
    let settings = server.account().bucket_settings("photos").await.unwrap();
    assert_eq!(settings.region.as_deref(), Some("eu-west-1"));
    assert_eq!(settings.public_access_blocked, Some(false));
    assert_eq!(settings.acls_off, None);
    assert_eq!(settings.encryption, None);
}
