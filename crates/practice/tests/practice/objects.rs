use std::collections::BTreeSet;

use crate::client::{Fixture, call};

fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

async fn bucket() -> Fixture {
    let fixture = Fixture::start().await;
    fixture.admin.put("/pictures", "").await.ok();
    fixture
}

#[tokio::test]
async fn an_object_comes_back_with_all_that_was_said_about_it() {
    let fixture = bucket().await;
    let admin = &fixture.admin;
    let put = call("PUT", "/pictures/cat")
        .header("content-type", "image/x-cat")
        .header("content-disposition", "attachment")
        .header("cache-control", "no-store")
        .header("x-amz-meta-name", "Minka")
        .header("x-amz-storage-class", "STANDARD_IA")
        .body("miaow");
    let put = admin.s3(put).await.ok();
    assert_eq!(
        put.header("etag"),
        "\"d52cc7e73b4bd32c49ef6e911bcc18e9\"".to_owned().as_str()
    );
    for method in ["GET", "HEAD"] {
        let got = admin.s3(call(method, "/pictures/cat")).await.ok();
        for (name, value) in [
            ("content-type", "image/x-cat"),
            ("content-disposition", "attachment"),
            ("cache-control", "no-store"),
            ("x-amz-meta-name", "Minka"),
            ("x-amz-storage-class", "STANDARD_IA"),
            ("x-amz-server-side-encryption", "AES256"),
            ("content-length", "5"),
            ("etag", put.header("etag")),
        ] {
            assert_eq!(got.header(name), value, "{method} {name}");
        }
        assert_eq!(got.text(), if method == "GET" { "miaow" } else { "" });
    }
    let missing = admin.s3(call("HEAD", "/pictures/dog")).await;
    assert_eq!(missing.status, 404);
    admin.s3(call("DELETE", "/pictures/dog")).await.ok();
}

#[tokio::test]
async fn ranges_are_cut_out_and_those_outside_refused() {
    let fixture = bucket().await;
    let admin = &fixture.admin;
    admin.put("/pictures/digits", "0123456789").await.ok();
    for (range, expected, content_range) in [
        ("bytes=2-4", "234", "bytes 2-4/10"),
        ("bytes=7-", "789", "bytes 7-9/10"),
        ("bytes=-3", "789", "bytes 7-9/10"),
        ("bytes=8-99", "89", "bytes 8-9/10"),
    ] {
        let got = admin
            .s3(call("GET", "/pictures/digits").header("range", range))
            .await
            .ok();
        assert_eq!(
            (got.status, got.text().as_str(), got.header("content-range")),
            (206, expected, content_range)
        );
    }
    let outside = admin
        .s3(call("GET", "/pictures/digits").header("range", "bytes=10-"))
        .await;
    assert_eq!(outside.refusal(), refused(416, "InvalidRange"));
}

#[tokio::test]
async fn conditions_decide_about_reads_and_writes() {
    let fixture = bucket().await;
    let admin = &fixture.admin;
    let etag = admin
        .put("/pictures/cat", "miaow")
        .await
        .ok()
        .header("etag")
        .to_owned();
    for (method, target, header, value, status) in [
        ("GET", "/pictures/cat", "if-match", etag.as_str(), 200),
        ("GET", "/pictures/cat", "if-match", "\"other\"", 412),
        ("GET", "/pictures/cat", "if-none-match", etag.as_str(), 304),
        ("GET", "/pictures/cat", "if-none-match", "\"other\"", 200),
        (
            "GET",
            "/pictures/cat",
            "if-modified-since",
            "Fri, 01 Jan 2100 00:00:00 GMT",
            304,
        ),
        (
            "GET",
            "/pictures/cat",
            "if-unmodified-since",
            "Fri, 01 Jan 2010 00:00:00 GMT",
            412,
        ),
        ("PUT", "/pictures/cat", "if-none-match", "*", 412),
        ("PUT", "/pictures/cat", "if-match", "\"other\"", 412),
        ("PUT", "/pictures/dog", "if-match", etag.as_str(), 404),
        ("PUT", "/pictures/dog", "if-none-match", "*", 200),
        ("PUT", "/pictures/cat", "if-match", etag.as_str(), 200),
        ("DELETE", "/pictures/cat", "if-match", "\"other\"", 412),
    ] {
        let body = if method == "PUT" { "miaow" } else { "" };
        let answer = admin
            .s3(call(method, target).header(header, value).body(body))
            .await;
        assert_eq!(answer.status, status, "{method} {header}: {value}");
    }
}

#[tokio::test]
async fn checksums_are_verified_stored_and_told_on_request() {
    let fixture = bucket().await;
    let admin = &fixture.admin;
    for (name, value) in [
        ("crc32", "NhCmhg=="),
        ("crc32c", "mnG7TA=="),
        ("sha1", "qvTGHdzF6KLavt4PO0gs2a6pQ00="),
        ("sha256", "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="),
    ] {
        let header = format!("x-amz-checksum-{name}");
        admin
            .s3(call("PUT", "/pictures/hello")
                .header(&header, value)
                .body("hello"))
            .await
            .ok();
        let got = admin
            .s3(call("GET", "/pictures/hello").header("x-amz-checksum-mode", "ENABLED"))
            .await
            .ok();
        assert_eq!(got.header(&header), value);
        assert_eq!(got.header("x-amz-checksum-type"), "FULL_OBJECT");
        assert_eq!(admin.get("/pictures/hello").await.ok().header(&header), "");
        let wrong = call("PUT", "/pictures/hello")
            .header(&header, value)
            .body("hullo");
        assert_eq!(admin.s3(wrong).await.refusal(), refused(400, "BadDigest"));
        assert_eq!(admin.get("/pictures/hello").await.ok().text(), "hello");
    }
    let unasked = admin.put("/pictures/hello", "hello").await.ok();
    assert_eq!(unasked.header("x-amz-checksum-crc64nvme").len(), 12);
    let md5 = |value: &str| {
        call("PUT", "/pictures/hello")
            .header("content-md5", value)
            .body("hello")
    };
    admin.s3(md5("XUFAKrxLKna5cZ2REBfFkg==")).await.ok();
    assert_eq!(
        admin.s3(md5("1B2M2Y8AsgTpgAmY7PhCfg==")).await.refusal(),
        refused(400, "BadDigest")
    );
    assert_eq!(
        admin.s3(md5("nonsense")).await.refusal(),
        refused(400, "InvalidDigest")
    );
}

#[tokio::test]
async fn keys_list_in_byte_order_with_folders_rolled_up() {
    let fixture = bucket().await;
    let admin = &fixture.admin;
    let keys = [
        "b",
        "a/2",
        "a/1",
        "A",
        "%C3%BC",
        "a",
        "a//x",
        "c%20d%2Be",
        "z%3C%26%3E",
    ];
    for key in keys {
        admin.put(&format!("/pictures/{key}"), "").await.ok();
    }
    let listed = [
        "A",
        "a",
        "a//x",
        "a/1",
        "a/2",
        "b",
        "c d+e",
        "z&lt;&amp;&gt;",
        "ü",
    ];
    let v2 = admin.get("/pictures?list-type=2").await.ok();
    assert_eq!(v2.elements("Key"), listed);
    assert_eq!(v2.element("KeyCount"), "9");
    assert_eq!(admin.get("/pictures").await.ok().elements("Key"), listed);
    let url = admin
        .get("/pictures?list-type=2&encoding-type=url")
        .await
        .ok();
    assert_eq!(
        url.elements("Key")[6..],
        ["c+d%2Be", "z%3C%26%3E", "%C3%BC"]
    );
    let folders = admin.get("/pictures?list-type=2&delimiter=%2F").await.ok();
    assert_eq!(
        folders.elements("Key"),
        ["A", "a", "b", "c d+e", "z&lt;&amp;&gt;", "ü"]
    );
    assert_eq!(folders.elements("CommonPrefixes"), ["<Prefix>a/</Prefix>"]);
    let inside = admin
        .get("/pictures?list-type=2&delimiter=%2F&prefix=a%2F")
        .await
        .ok();
    assert_eq!(inside.elements("Key"), ["a/1", "a/2"]);
    let after = admin
        .get("/pictures?list-type=2&start-after=a%2F2")
        .await
        .ok();
    assert_eq!(after.elements("Key"), listed[5..]);
}

#[tokio::test]
async fn pages_of_every_size_give_each_name_once() {
    let fixture = bucket().await;
    let admin = &fixture.admin;
    for key in ["a/1", "a/2", "a/3", "b", "c/1", "d", "e/1", "e/2"] {
        admin.put(&format!("/pictures/{key}"), "").await.ok();
    }
    for (delimiter, expected) in [
        ("", vec!["a/1", "a/2", "a/3", "b", "c/1", "d", "e/1", "e/2"]),
        ("%2F", vec!["a/", "b", "c/", "d", "e/"]),
    ] {
        for size in 1..=9 {
            for style in ["list-type=2&continuation-token", "marker"] {
                let mut names = Vec::new();
                let mut next = String::new();
                loop {
                    let separator = if next.is_empty() {
                        String::new()
                    } else {
                        format!("&{style}={next}")
                    };
                    let list_type = if style == "marker" || !next.is_empty() {
                        ""
                    } else {
                        "&list-type=2"
                    };
                    let page = admin
                        .get(&format!(
                            "/pictures?delimiter={delimiter}&max-keys={size}{list_type}{separator}"
                        ))
                        .await
                        .ok();
                    let mut page_names: BTreeSet<String> =
                        page.elements("Key").into_iter().collect();
                    page_names.extend(
                        page.elements("CommonPrefixes")
                            .iter()
                            .map(|prefix| prefix.replace("<Prefix>", "").replace("</Prefix>", "")),
                    );
                    assert!(page_names.len() <= size);
                    names.extend(page_names.iter().cloned());
                    if page.element("IsTruncated") == "false" {
                        break;
                    }
                    let last = page_names.last().expect("a name").replace('/', "%2F");
                    next = if style == "marker" {
                        last
                    } else {
                        page.element("NextContinuationToken")
                    };
                }
                assert_eq!(names, expected, "{delimiter} {size} {style}");
            }
        }
    }
    assert_eq!(
        admin
            .get("/pictures?list-type=2&max-keys=0")
            .await
            .ok()
            .element("IsTruncated"),
        "false"
    );
    let foreign = admin
        .get("/pictures?list-type=2&continuation-token=%21")
        .await;
    assert_eq!(foreign.refusal(), refused(400, "InvalidArgument"));
}

#[tokio::test]
async fn many_objects_are_deleted_at_once() {
    let fixture = bucket().await;
    let admin = &fixture.admin;
    admin.put("/pictures/one", "1").await.ok();
    admin.put("/pictures/%3Ctwo%3E", "2").await.ok();
    let body = "<Delete><Object><Key>one</Key></Object><Object><Key>&lt;two&gt;</Key></Object><Object><Key>none</Key></Object></Delete>";
    let answer = admin
        .s3(call("POST", "/pictures?delete").body(body))
        .await
        .ok();
    assert_eq!(answer.elements("Key"), ["one", "&lt;two&gt;", "none"]);
    assert_eq!(admin.get("/pictures").await.ok().elements("Key").len(), 0);
    let quiet = body.replace("<Delete>", "<Delete><Quiet>true</Quiet>");
    let answer = admin
        .s3(call("POST", "/pictures?delete").body(quiet))
        .await
        .ok();
    assert_eq!(answer.elements("Deleted").len(), 0);
}

#[tokio::test]
async fn copies_keep_or_replace_what_was_said_about_the_source() {
    let fixture = bucket().await;
    let admin = &fixture.admin;
    let put = call("PUT", "/pictures/cat%20one")
        .header("x-amz-meta-name", "Minka")
        .body("miaow");
    admin.s3(put).await.ok();
    let copy = |target: &str| call("PUT", target).header("x-amz-copy-source", "pictures/cat%20one");
    let kept = admin.s3(copy("/pictures/kept")).await.ok();
    assert!(
        kept.element("ETag")
            .contains("d52cc7e73b4bd32c49ef6e911bcc18e9")
    );
    let replaced = copy("/pictures/replaced")
        .header("x-amz-metadata-directive", "REPLACE")
        .header("x-amz-meta-name", "Mia");
    admin.s3(replaced).await.ok();
    admin.s3(call("DELETE", "/pictures/cat%20one")).await.ok();
    for (target, name) in [("/pictures/kept", "Minka"), ("/pictures/replaced", "Mia")] {
        let got = admin.get(target).await.ok();
        assert_eq!(
            (got.text().as_str(), got.header("x-amz-meta-name")),
            ("miaow", name)
        );
    }
    let onto_itself = call("PUT", "/pictures/kept").header("x-amz-copy-source", "pictures/kept");
    assert_eq!(
        admin.s3(onto_itself).await.refusal(),
        refused(400, "InvalidRequest")
    );
    assert_eq!(
        admin.s3(copy("/pictures/x")).await.refusal(),
        refused(404, "NoSuchKey")
    );
    let unmatched = call("PUT", "/pictures/x")
        .header("x-amz-copy-source", "pictures/kept")
        .header("x-amz-copy-source-if-match", "\"other\"");
    assert_eq!(
        admin.s3(unmatched).await.refusal(),
        refused(412, "PreconditionFailed")
    );
}
