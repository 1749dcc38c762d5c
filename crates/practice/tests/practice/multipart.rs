use crate::client::{Answer, Client, Fixture, call};

const PART: usize = 5 * 1024 * 1024;

fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

async fn bucket() -> Fixture {
    let fixture = Fixture::start().await;
    fixture.admin.put("/pictures", "").await.ok();
    fixture
}

async fn begin(client: &Client, headers: &[(&str, &str)]) -> String {
    let mut begin = call("POST", "/pictures/film?uploads");
    for (name, value) in headers {
        begin = begin.header(name, *value);
    }
    client.s3(begin).await.ok().element("UploadId")
}

async fn part(client: &Client, upload: &str, number: usize, body: Vec<u8>) -> String {
    let target = format!("/pictures/film?partNumber={number}&uploadId={upload}");
    client
        .put(&target, body)
        .await
        .ok()
        .header("etag")
        .to_owned()
}

async fn complete(
    client: &Client,
    upload: &str,
    parts: &[(usize, &str)],
    headers: &[(&str, &str)],
) -> Answer {
    let parts: String = parts
        .iter()
        .map(|(number, etag)| {
            format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>")
        })
        .collect();
    let mut complete = call("POST", &format!("/pictures/film?uploadId={upload}")).body(format!(
        "<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>"
    ));
    for (name, value) in headers {
        complete = complete.header(name, *value);
    }
    client.s3(complete).await
}

#[tokio::test]
async fn parts_become_one_object_that_is_read_across_them() {
    let fixture = bucket().await;
    let admin = &fixture.admin;
    let upload = begin(
        admin,
        &[
            ("x-amz-meta-name", "Minka"),
            ("content-type", "video/x-cat"),
        ],
    )
    .await;
    let second = part(admin, &upload, 7, b"the end".to_vec()).await;
    let first = part(admin, &upload, 2, vec![b'x'; PART]).await;
    assert_eq!(
        admin.get("/pictures/film").await.refusal(),
        refused(404, "NoSuchKey")
    );
    let uploads = admin.get("/pictures?uploads").await.ok();
    assert_eq!(
        (uploads.element("Key"), uploads.element("UploadId")),
        ("film".to_owned(), upload.clone())
    );
    let parts = admin
        .get(&format!("/pictures/film?uploadId={upload}&max-parts=1"))
        .await
        .ok();
    assert_eq!(parts.elements("PartNumber"), ["2"]);
    assert_eq!(parts.element("NextPartNumberMarker"), "2");
    let rest = admin
        .get(&format!(
            "/pictures/film?uploadId={upload}&part-number-marker=2"
        ))
        .await
        .ok();
    assert_eq!(
        (rest.elements("PartNumber"), rest.element("Size")),
        (vec!["7".to_owned()], "7".to_owned())
    );

    let done = complete(admin, &upload, &[(2, &first), (7, &second)], &[])
        .await
        .ok();
    assert!(done.element("ETag").contains("-2"), "{}", done.text());
    let across =
        call("GET", "/pictures/film").header("range", format!("bytes={}-{}", PART - 2, PART + 2));
    assert_eq!(admin.s3(across).await.ok().text(), "xxthe");
    let head = admin
        .s3(call("HEAD", "/pictures/film?partNumber=7"))
        .await
        .ok();
    assert_eq!(
        (
            head.status,
            head.header("x-amz-mp-parts-count"),
            head.header("content-length")
        ),
        (206, "2", "7")
    );
    let whole = admin.get("/pictures/film").await.ok();
    assert_eq!(
        (whole.body.len(), whole.header("x-amz-meta-name")),
        (PART + 7, "Minka")
    );
    assert_eq!(
        admin
            .get("/pictures?uploads")
            .await
            .ok()
            .elements("UploadId")
            .len(),
        0
    );
    assert_eq!(
        complete(admin, &upload, &[(2, &first)], &[])
            .await
            .refusal(),
        refused(404, "NoSuchUpload")
    );
}

#[tokio::test]
async fn a_completion_that_does_not_fit_is_refused_and_changes_nothing() {
    let fixture = bucket().await;
    let admin = &fixture.admin;
    let upload = begin(admin, &[]).await;
    let one = part(admin, &upload, 1, b"small".to_vec()).await;
    let two = part(admin, &upload, 2, b"last".to_vec()).await;
    for (parts, expected) in [
        (
            vec![(1, one.as_str()), (2, two.as_str())],
            refused(400, "EntityTooSmall"),
        ),
        (
            vec![(2, two.as_str()), (1, one.as_str())],
            refused(400, "InvalidPartOrder"),
        ),
        (vec![(1, two.as_str())], refused(400, "InvalidPart")),
        (vec![(3, one.as_str())], refused(400, "InvalidPart")),
        (vec![], refused(400, "MalformedXML")),
    ] {
        assert_eq!(
            complete(admin, &upload, &parts, &[]).await.refusal(),
            expected,
            "{parts:?}"
        );
    }
    let wrong_size = complete(
        admin,
        &upload,
        &[(1, &one)],
        &[("x-amz-mp-object-size", "6")],
    )
    .await;
    assert_eq!(wrong_size.refusal(), refused(400, "InvalidRequest"));
    admin.put("/pictures/film", "already there").await.ok();
    let exists = complete(admin, &upload, &[(1, &one)], &[("if-none-match", "*")]).await;
    assert_eq!(exists.refusal(), refused(412, "PreconditionFailed"));
    assert_eq!(
        admin.get("/pictures/film").await.ok().text(),
        "already there"
    );
    complete(admin, &upload, &[(1, &one)], &[]).await.ok();
    assert_eq!(admin.get("/pictures/film").await.ok().text(), "small");
}

#[tokio::test]
async fn a_full_object_checksum_is_combined_and_compared() {
    let fixture = bucket().await;
    let admin = &fixture.admin;
    let body = [vec![b'x'; PART], b"the end".to_vec()].concat();
    let whole = admin.put("/pictures/whole", body).await.ok();
    let expected = whole.header("x-amz-checksum-crc64nvme");
    let upload = begin(admin, &[("x-amz-checksum-algorithm", "CRC64NVME")]).await;
    let first = part(admin, &upload, 1, vec![b'x'; PART]).await;
    let last = part(admin, &upload, 2, b"the end".to_vec()).await;
    let parts = [(1, first.as_str()), (2, last.as_str())];
    let wrong = complete(
        admin,
        &upload,
        &parts,
        &[("x-amz-checksum-crc64nvme", "AAAAAAAAAAA=")],
    )
    .await;
    assert_eq!(wrong.refusal(), refused(400, "BadDigest"));
    let done = complete(
        admin,
        &upload,
        &parts,
        &[("x-amz-checksum-crc64nvme", expected)],
    )
    .await
    .ok();
    assert_eq!(done.element("ChecksumCRC64NVME"), expected);
    assert_eq!(done.element("ChecksumType"), "FULL_OBJECT");
}

#[tokio::test]
async fn a_composite_checksum_needs_that_of_every_part() {
    let fixture = bucket().await;
    let admin = &fixture.admin;
    let upload = begin(admin, &[("x-amz-checksum-algorithm", "SHA256")]).await;
    let etag = part(admin, &upload, 1, b"hello".to_vec()).await;
    assert_eq!(
        complete(admin, &upload, &[(1, &etag)], &[]).await.refusal(),
        refused(400, "InvalidRequest")
    );
    let sha256 = "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=";
    let other = call(
        "PUT",
        &format!("/pictures/film?partNumber=2&uploadId={upload}"),
    )
    .header("x-amz-checksum-crc32", "NhCmhg==")
    .body("hello");
    assert_eq!(
        admin.s3(other).await.refusal(),
        refused(400, "InvalidRequest")
    );
    let body = format!(
        "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{etag}</ETag><ChecksumSHA256>{sha256}</ChecksumSHA256></Part></CompleteMultipartUpload>"
    );
    let done = admin
        .s3(call("POST", &format!("/pictures/film?uploadId={upload}")).body(body))
        .await
        .ok();
    assert!(done.element("ChecksumSHA256").ends_with("=-1"));
    assert_eq!(done.element("ChecksumType"), "COMPOSITE");
    let attributes = call("GET", "/pictures/film?attributes").header(
        "x-amz-object-attributes",
        "ETag,Checksum,ObjectParts,ObjectSize",
    );
    let attributes = admin.s3(attributes).await.ok();
    assert_eq!(attributes.element("ObjectSize"), "5");
    assert_eq!(attributes.elements("PartNumber"), ["1"]);
}

#[tokio::test]
async fn parts_are_copied_from_ranges_and_an_aborted_upload_is_gone() {
    let fixture = bucket().await;
    let admin = &fixture.admin;
    admin.put("/pictures/digits", "0123456789").await.ok();
    let upload = begin(admin, &[]).await;
    let target = format!("/pictures/film?partNumber=1&uploadId={upload}");
    let copy = |range: &str| {
        call("PUT", &target)
            .header("x-amz-copy-source", "/pictures/digits")
            .header("x-amz-copy-source-range", range)
    };
    assert_eq!(
        admin.s3(copy("bytes=5-10")).await.refusal(),
        refused(400, "InvalidArgument")
    );
    let etag = admin
        .s3(copy("bytes=2-5"))
        .await
        .ok()
        .element("ETag")
        .replace("&quot;", "\"");
    complete(admin, &upload, &[(1, &etag)], &[]).await.ok();
    assert_eq!(admin.get("/pictures/film").await.ok().text(), "2345");

    let aborted = begin(admin, &[]).await;
    part(admin, &aborted, 1, b"x".to_vec()).await;
    let abort = call("DELETE", &format!("/pictures/film?uploadId={aborted}"));
    admin.s3(abort.clone()).await.ok();
    assert_eq!(
        admin.s3(abort).await.refusal(),
        refused(404, "NoSuchUpload")
    );
    let late = admin
        .put(
            &format!("/pictures/film?partNumber=1&uploadId={aborted}"),
            "x",
        )
        .await;
    assert_eq!(late.refusal(), refused(404, "NoSuchUpload"));
}
