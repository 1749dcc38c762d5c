use crate::client::{Client, Fixture, call};

fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

fn constraint(region: &str) -> String {
    format!(
        "<CreateBucketConfiguration><LocationConstraint>{region}</LocationConstraint></CreateBucketConfiguration>"
    )
}

#[tokio::test]
async fn a_new_bucket_has_awss_safe_defaults() {
    let fixture = Fixture::start().await;
    let admin = &fixture.admin;
    admin.put("/pictures", "").await.ok();
    let block = admin.get("/pictures?publicAccessBlock").await.ok();
    for setting in [
        "BlockPublicAcls",
        "IgnorePublicAcls",
        "BlockPublicPolicy",
        "RestrictPublicBuckets",
    ] {
        assert_eq!(block.element(setting), "true", "{setting}");
    }
    let ownership = admin.get("/pictures?ownershipControls").await.ok();
    assert_eq!(ownership.element("ObjectOwnership"), "BucketOwnerEnforced");
    let encryption = admin.get("/pictures?encryption").await.ok();
    assert_eq!(encryption.element("SSEAlgorithm"), "AES256");
}

#[tokio::test]
async fn settings_of_a_bucket_are_changed_and_read_back() {
    let fixture = Fixture::start().await;
    let admin = &fixture.admin;
    admin.put("/pictures", "").await.ok();
    for (subresource, document, element, expected) in [
        (
            "publicAccessBlock",
            "<PublicAccessBlockConfiguration><BlockPublicAcls>false</BlockPublicAcls></PublicAccessBlockConfiguration>",
            "BlockPublicAcls",
            "false",
        ),
        (
            "ownershipControls",
            "<OwnershipControls><Rule><ObjectOwnership>ObjectWriter</ObjectOwnership></Rule></OwnershipControls>",
            "ObjectOwnership",
            "ObjectWriter",
        ),
        (
            "encryption",
            "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>aws:kms</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>",
            "SSEAlgorithm",
            "aws:kms",
        ),
    ] {
        let target = format!("/pictures?{subresource}");
        admin.put(&target, document).await.ok();
        assert_eq!(admin.get(&target).await.ok().element(element), expected);
    }
}

#[tokio::test]
async fn names_that_are_taken_or_ill_formed_are_refused() {
    let fixture = Fixture::start().await;
    let admin = &fixture.admin;
    admin.put("/pictures", "").await.ok();
    for (name, expected) in [
        ("pictures", refused(409, "BucketAlreadyOwnedByYou")),
        ("taken-by-someone-else", refused(409, "BucketAlreadyExists")),
        ("Capital", refused(400, "InvalidBucketName")),
        ("ab", refused(400, "InvalidBucketName")),
        ("192.168.0.1", refused(400, "InvalidBucketName")),
    ] {
        assert_eq!(admin.put(&format!("/{name}"), "").await.refusal(), expected);
    }
    assert_eq!(
        admin.get("/taken-by-someone-else").await.refusal(),
        refused(403, "AccessDenied")
    );
    assert_eq!(
        admin.get("/no-such-bucket").await.refusal(),
        refused(404, "NoSuchBucket")
    );
}

#[tokio::test]
async fn a_bucket_answers_in_its_region_and_redirects_elsewhere() {
    let fixture = Fixture::start().await;
    let admin = &fixture.admin;
    admin.put("/euro", constraint("eu-central-1")).await.ok();
    let redirect = admin.get("/euro").await;
    assert_eq!(redirect.refusal(), refused(301, "PermanentRedirect"));
    assert_eq!(redirect.header("x-amz-bucket-region"), "eu-central-1");
    let head = admin.s3(call("HEAD", "/euro")).await;
    assert_eq!(
        (head.status, head.header("x-amz-bucket-region")),
        (301, "eu-central-1")
    );
    let there = Client {
        region: "eu-central-1".to_owned(),
        ..admin.clone()
    };
    there.get("/euro").await.ok();
    let head = there.s3(call("HEAD", "/euro")).await.ok();
    assert_eq!(head.header("x-amz-bucket-region"), "eu-central-1");
    let location = admin.get("/euro?location").await.ok().text();
    assert!(
        location.contains(">eu-central-1</LocationConstraint>"),
        "{location}"
    );
    assert_eq!(
        there.put("/no-constraint", "").await.refusal(),
        refused(400, "IllegalLocationConstraintException")
    );
    let wrong = admin.put("/wrong", constraint("us-east-1")).await;
    assert_eq!(wrong.refusal(), refused(400, "InvalidLocationConstraint"));
}

#[tokio::test]
async fn buckets_are_listed_with_regions_page_by_page() {
    let fixture = Fixture::start().await;
    let admin = &fixture.admin;
    for name in ["cc-1", "aa-1", "bb-1"] {
        admin.put(&format!("/{name}"), "").await.ok();
    }
    admin.put("/aa-2", constraint("eu-west-1")).await.ok();
    let all = admin.get("/").await.ok();
    assert_eq!(all.elements("Name"), ["aa-1", "aa-2", "bb-1", "cc-1"]);
    assert_eq!(all.elements("BucketRegion")[1], "eu-west-1");
    let first = admin.get("/?max-buckets=3").await.ok();
    assert_eq!(first.elements("Name").len(), 3);
    let token = first.element("ContinuationToken");
    let rest = admin
        .get(&format!("/?max-buckets=3&continuation-token={token}"))
        .await
        .ok();
    assert_eq!(rest.elements("Name"), ["cc-1"]);
    assert_eq!(rest.element("ContinuationToken"), "");
    assert_eq!(
        admin.get("/?prefix=aa").await.ok().elements("Name"),
        ["aa-1", "aa-2"]
    );
    assert_eq!(
        admin
            .get("/?bucket-region=eu-west-1")
            .await
            .ok()
            .elements("Name"),
        ["aa-2"]
    );
}

#[tokio::test]
async fn only_an_empty_bucket_is_deleted() {
    let fixture = Fixture::start().await;
    let admin = &fixture.admin;
    admin.put("/pictures", "").await.ok();
    admin.put("/pictures/cat", "miaow").await.ok();
    let delete = || call("DELETE", "/pictures");
    assert_eq!(
        admin.s3(delete()).await.refusal(),
        refused(409, "BucketNotEmpty")
    );
    admin.s3(call("DELETE", "/pictures/cat")).await.ok();
    admin.s3(delete()).await.ok();
    assert_eq!(
        admin.s3(delete()).await.refusal(),
        refused(404, "NoSuchBucket")
    );
}

#[tokio::test]
async fn what_is_not_built_answers_by_name() {
    let fixture = Fixture::start().await;
    fixture.admin.put("/pictures", "").await.ok();
    let answer = fixture.admin.get("/pictures?versioning").await;
    assert_eq!(answer.refusal(), refused(501, "NotImplemented"));
    assert!(answer.element("Message").contains("GetBucketVersioning"));
}
