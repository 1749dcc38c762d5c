use std::{
    io::Write,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use keywell_app::cloud::{
    Checksum, ChecksumAlgorithm, CloudErrorKind as Kind, CompleteMultipart, FileSlice, OnBytes,
    PutObject, UploadPart, UploadedPart,
};
use tempfile::NamedTempFile;

use crate::server::{Answer, Server};

const MIB: usize = 1024 * 1024;

fn file_of(bytes: &[u8]) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    file
}

fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|index| (index % 251) as u8).collect()
}

fn put(path: &Path, offset: u64, length: u64) -> PutObject<'_> {
    PutObject {
        bucket: "photos",
        key: "a cat/é.jpg",
        body: FileSlice {
            path,
            offset,
            length,
        },
        content_type: Some("image/jpeg"),
        only_if_absent: true,
    }
}

/// What is reported of the progress, in order.
fn recorder() -> (OnBytes, Arc<Mutex<Vec<i64>>>) {
    let reports = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&reports);
    (
        Arc::new(move |bytes| {
            log.lock().unwrap().push(bytes);
            Duration::ZERO
        }),
        reports,
    )
}

fn nobody() -> OnBytes {
    Arc::new(|_| Duration::ZERO)
}

#[tokio::test]
async fn a_slice_of_a_file_is_sent_with_a_checksum_and_its_progress_told() {
    let server = Server::always(Answer::new(200, "").header("etag", "\"e\"")).await;
    let bytes = pattern(MIB);
    let file = file_of(&bytes);
    let (on_bytes, reports) = recorder();
    let stored = server
        .account()
        .put_object(put(file.path(), 1000, 600_000), on_bytes)
        .await
        .unwrap();
    assert_eq!(stored.etag.as_deref(), Some("\"e\""));
    let asked = &server.asked()[0];
    assert_eq!(
        asked.target.split('?').next(),
        Some("/photos/a%20cat/%C3%A9.jpg")
    );
    assert_eq!(asked.data(), &bytes[1000..601_000]);
    assert_eq!(asked.header("content-type"), Some("image/jpeg"));
    assert_eq!(asked.header("if-none-match"), Some("*"));
    assert_eq!(asked.header("x-amz-trailer"), Some("x-amz-checksum-crc32"));
    assert_eq!(reports.lock().unwrap().iter().sum::<i64>(), 600_000);
}

#[tokio::test]
async fn an_empty_file_is_sent_too() {
    let server = Server::always(Answer::new(200, "")).await;
    let file = file_of(b"");
    let account = server.account();
    account
        .put_object(put(file.path(), 0, 0), nobody())
        .await
        .unwrap();
    assert!(server.asked()[0].data().is_empty());
}

#[tokio::test]
async fn a_broken_upload_is_begun_again_and_its_progress_rewound() {
    let server = Server::start(|_, before| match before {
        0 => Answer::hang_up_after(700_000),
        1 => Answer::error(503, "SlowDown"),
        _ => Answer::new(200, ""),
    })
    .await;
    let bytes = pattern(2 * MIB);
    let file = file_of(&bytes);
    let (on_bytes, reports) = recorder();
    let account = server.account();
    account
        .put_object(put(file.path(), 0, bytes.len() as u64), on_bytes)
        .await
        .unwrap();
    assert_eq!(server.asked().len(), 3);
    assert_eq!(server.asked()[2].data(), bytes);
    let reports = reports.lock().unwrap();
    let rewinds = reports.iter().filter(|bytes| **bytes < 0).count();
    assert_eq!(rewinds, 2);
    assert_eq!(reports.iter().sum::<i64>(), bytes.len() as i64);
    let mut level = 0;
    for bytes in reports.iter() {
        level += bytes;
        assert!(level >= 0, "{reports:?}");
    }
}

#[tokio::test]
async fn a_checksum_other_than_the_one_that_was_sent_is_an_error() {
    let answer = Answer::new(200, "").header("x-amz-checksum-crc32", "AAAAAA==");
    let server = Server::always(answer).await;
    let file = file_of(b"123456789");
    let account = server.account();
    let error = account.put_object(put(file.path(), 0, 9), nobody()).await;
    assert_eq!(error.unwrap_err().kind, Kind::BadChecksum);

    // The check value of CRC-32/ISO-HDLC.
    let answer = Answer::new(200, "").header("x-amz-checksum-crc32", "y/Q5Jg==");
    let server = Server::always(answer).await;
    let account = server.account();
    let stored = account.put_object(put(file.path(), 0, 9), nobody()).await;
    let checksum = stored.unwrap().checksum.unwrap();
    assert_eq!(checksum.algorithm, ChecksumAlgorithm::Crc32);
    assert!(checksum.full_object);
}

#[tokio::test]
async fn a_file_that_is_gone_a_folder_or_too_short_is_an_error_of_this_machine() {
    let server = Server::always(Answer::new(200, "")).await;
    let account = server.account();
    let folder = tempfile::tempdir().unwrap();
    let short = file_of(b"12345");
    for path in [Path::new("/nowhere/at/all"), folder.path(), short.path()] {
        let error = account.put_object(put(path, 0, 6), nobody()).await;
        assert_eq!(
            error.unwrap_err().kind,
            Kind::LocalFile,
            "{}",
            path.display()
        );
    }
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn a_file_that_shrinks_while_it_is_sent_is_an_error_of_this_machine() {
    let server = Server::always(Answer::new(200, "")).await;
    let file = file_of(&pattern(8 * MIB));
    let truncated = file.reopen().unwrap();
    let on_bytes: OnBytes = Arc::new(move |_| {
        truncated.set_len(100).unwrap();
        Duration::ZERO
    });
    let account = server.account();
    let error = account
        .put_object(put(file.path(), 0, 8 * MIB as u64), on_bytes)
        .await
        .unwrap_err();
    assert_eq!(error.kind, Kind::LocalFile);
}

#[tokio::test]
async fn what_a_failed_upload_counted_is_taken_back() {
    let server = Server::always(Answer::error(403, "AccessDenied")).await;
    let file = file_of(&pattern(MIB));
    let (on_bytes, reports) = recorder();
    let account = server.account();
    let error = account
        .put_object(put(file.path(), 0, MIB as u64), on_bytes)
        .await;
    assert_eq!(error.unwrap_err().kind, Kind::AccessDenied);
    let reports = reports.lock().unwrap();
    assert!(reports.len() > 1);
    assert_eq!(reports.iter().sum::<i64>(), 0);
}

#[tokio::test]
async fn an_upload_whose_answer_got_lost_is_known_by_its_checksum() {
    for (stored, ours) in [("y/Q5Jg==", true), ("AAAAAA==", false)] {
        let server = Server::start(move |asked, before| match (asked.method.as_str(), before) {
            ("PUT", 0) => Answer::hang_up_after(9),
            ("PUT", _) => Answer::error(412, "PreconditionFailed"),
            _ => Answer::new(200, "123456789")
                .header("etag", "\"e\"")
                .header("x-amz-checksum-crc32", stored),
        })
        .await;
        let file = file_of(b"123456789");
        let account = server.account();
        let answer = account.put_object(put(file.path(), 0, 9), nobody()).await;
        match answer {
            Ok(stored) => assert!(ours && stored.etag.as_deref() == Some("\"e\"")),
            Err(error) => assert!(!ours && error.kind == Kind::PreconditionFailed),
        }
        assert_eq!(server.asked().last().unwrap().method, "HEAD");
    }
}

fn crc32(value: &str) -> Checksum {
    Checksum {
        algorithm: ChecksumAlgorithm::Crc32,
        value: value.to_owned(),
        full_object: true,
    }
}

/// Two parts of a text whose CRCs are known: `12345` and `6789`.
fn parts() -> [UploadedPart; 2] {
    [("y/U6HA==", 5), ("nbq/hw==", 4)].map(|(value, size)| UploadedPart {
        number: if size == 5 { 1 } else { 2 },
        size,
        etag: format!("\"e{size}\""),
        checksum: Some(crc32(value)),
    })
}

fn complete(parts: &[UploadedPart]) -> CompleteMultipart<'_> {
    CompleteMultipart {
        bucket: "photos",
        key: "cat",
        upload_id: "u",
        parts,
        size: 9,
        only_if_absent: true,
    }
}

fn completed(checksum: &str, kind: &str) -> Answer {
    let body = format!(
        "<CompleteMultipartUploadResult><ETag>&quot;whole&quot;</ETag>\
         <ChecksumCRC32>{checksum}</ChecksumCRC32><ChecksumType>{kind}</ChecksumType></CompleteMultipartUploadResult>"
    );
    Answer::new(200, body)
}

#[tokio::test]
async fn an_error_inside_a_200_answer_to_complete_is_an_error() {
    let body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>InternalError</Code><Message>sorry</Message></Error>";
    let server = Server::always(Answer::new(200, body)).await;
    let error = server
        .account()
        .complete_multipart(complete(&parts()))
        .await;
    let error = error.unwrap_err();
    assert_eq!(error.kind, Kind::Unavailable);
    assert_eq!(error.service_code.as_deref(), Some("InternalError"));
}

#[tokio::test]
async fn an_error_inside_a_200_answer_to_a_copy_is_an_error() {
    let body = "<Error><Code>SlowDown</Code><Message>sorry</Message></Error>";
    let server = Server::always(Answer::new(200, body)).await;
    let copy = keywell_app::cloud::CopyObject {
        from_bucket: "photos",
        from_key: "a cat?/é+.jpg",
        bucket: "photos",
        key: "dog",
        only_if_absent: false,
    };
    let error = server.account().copy_object(copy).await.unwrap_err();
    assert_eq!(error.kind, Kind::Throttled);
    assert_eq!(
        server.asked()[0].header("x-amz-copy-source"),
        Some("photos/a%20cat%3F/%C3%A9%2B.jpg")
    );
}

#[tokio::test]
async fn the_checksum_of_a_finished_upload_is_held_against_those_of_its_parts() {
    for (value, kind, right) in [
        // The CRC of "123456789", joined from the parts.
        ("y/Q5Jg==", "FULL_OBJECT", true),
        ("AAAAAA==", "FULL_OBJECT", false),
        // The CRC of the two CRCs.
        ("4zspdQ==-2", "COMPOSITE", true),
        ("AAAAAA==-2", "COMPOSITE", false),
    ] {
        let server = Server::always(completed(value, kind)).await;
        let answer = server
            .account()
            .complete_multipart(complete(&parts()))
            .await;
        match answer {
            Ok(stored) => {
                assert!(right, "{value} {kind}");
                assert_eq!(stored.etag.as_deref(), Some("\"whole\""));
                assert_eq!(stored.checksum.unwrap().full_object, kind == "FULL_OBJECT");
            }
            Err(error) => {
                assert!(!right, "{value} {kind}: {error:?}");
                assert_eq!(error.kind, Kind::BadChecksum);
            }
        }
        let asked = &server.asked()[0];
        let body = String::from_utf8(asked.data()).unwrap();
        assert!(
            body.contains("<ChecksumCRC32>y/U6HA==</ChecksumCRC32>"),
            "{body}"
        );
        assert_eq!(asked.header("if-none-match"), Some("*"));
        assert_eq!(asked.header("x-amz-mp-object-size"), Some("9"));
    }
}

#[tokio::test]
async fn a_part_tells_its_size_and_checksum() {
    let answer = Answer::new(200, "")
        .header("etag", "\"p\"")
        .header("x-amz-checksum-crc32", "y/U6HA==");
    let server = Server::always(answer).await;
    let file = file_of(b"12345");
    let part = UploadPart {
        bucket: "photos",
        key: "cat",
        upload_id: "u",
        number: 3,
        body: FileSlice {
            path: file.path(),
            offset: 0,
            length: 5,
        },
    };
    let sent = server.account().upload_part(part, nobody()).await.unwrap();
    assert_eq!(
        sent,
        UploadedPart {
            number: 3,
            size: 5,
            etag: "\"p\"".to_owned(),
            checksum: Some(crc32("y/U6HA==")),
        }
    );
    assert!(server.asked()[0].target.contains("partNumber=3"));
}
