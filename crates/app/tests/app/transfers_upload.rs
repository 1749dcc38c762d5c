//! Uploads: what is sent, what is not, and what is left when something fails.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use keywell_app::{
    cloud::CloudErrorKind,
    transfers::{Transfers, UploadPlan},
};
use keywell_wire::{OnConflict, TransferRow, TransferStarted, TransferState};
use proptest::prelude::*;

use crate::transfers_bucket::{BUCKET, Fault, MemoryService, code, pattern, small_transfers};

fn plan(paths: &[&Path], on_conflict: OnConflict) -> UploadPlan {
    UploadPlan {
        profile: "practice".into(),
        bucket: BUCKET.into(),
        prefix: "in/".into(),
        paths: paths.iter().map(|path| path.to_path_buf()).collect(),
        name: None,
        on_conflict,
    }
}

async fn started(
    transfers: &Transfers,
    service: &MemoryService,
    plan: UploadPlan,
) -> TransferStarted {
    transfers.upload(service.access(), plan).await.unwrap()
}

async fn upload(
    service: &MemoryService,
    paths: &[&Path],
    on_conflict: OnConflict,
) -> Vec<TransferRow> {
    let transfers = small_transfers();
    let begun = started(&transfers, service, plan(paths, on_conflict)).await;
    transfers.wait(&begun.transfers).await
}

fn file(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, bytes).unwrap();
    path
}

async fn until(condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(
            start.elapsed() < Duration::from_secs(5),
            "it never happened"
        );
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn files_are_cut_into_parts_from_the_threshold_on() {
    let folder = tempfile::tempdir().unwrap();
    for (size, parts) in [
        (0, &[][..]),
        (1, &[]),
        (15, &[]),
        (16, &["part 1 8", "part 2 8"]),
        (17, &["part 1 8", "part 2 8", "part 3 1"]),
        (24, &["part 1 8", "part 2 8", "part 3 8"]),
        (25, &["part 1 8", "part 2 8", "part 3 8", "part 4 1"]),
    ] {
        let service = MemoryService::new();
        let path = file(folder.path(), "x.bin", &pattern(size));
        let rows = upload(&service, &[&path], OnConflict::Ask).await;
        assert_eq!(
            rows[0].state,
            TransferState::Done,
            "{size}: {:?}",
            rows[0].failure
        );
        assert_eq!(
            (rows[0].bytes_done, rows[0].bytes_total),
            (size as u64, size as u64)
        );
        assert!(rows[0].checksum.as_ref().unwrap().starts_with("CRC64NVME "));
        assert_eq!(service.bytes("in/x.bin").unwrap(), pattern(size));
        let mut calls = service.calls("part");
        calls.sort();
        assert_eq!(calls, parts, "{size}");
        assert_eq!(service.calls("put").len(), usize::from(parts.is_empty()));
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_folder_is_walked_and_what_is_no_file_is_named() {
    use std::os::unix::{ffi::OsStrExt, fs::symlink, net::UnixListener};
    let outside = tempfile::tempdir().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root");
    file(&root, "a.txt", b"a");
    file(&root, "deep/er/b & c.html", b"b");
    file(&root, "deep/Grüße.txt", b"g");
    fs::create_dir(root.join("empty")).unwrap();
    symlink(file(outside.path(), "target", b"linked"), root.join("link")).unwrap();
    symlink(&root, root.join("deep/loop")).unwrap();
    symlink("nowhere", root.join("dangling")).unwrap();
    let _socket = UnixListener::bind(root.join("socket")).unwrap();
    fs::write(root.join(std::ffi::OsStr::from_bytes(b"bad\xff.txt")), b"x").unwrap();

    let service = MemoryService::new();
    let rows = upload(&service, &[&root], OnConflict::Ask).await;
    assert_eq!(
        service.keys(),
        [
            "in/root/a.txt",
            "in/root/deep/Grüße.txt",
            "in/root/deep/er/b & c.html",
            "in/root/link"
        ]
    );
    assert_eq!(service.bytes("in/root/link").unwrap(), b"linked");
    assert_eq!(
        service
            .get("in/root/deep/er/b & c.html")
            .unwrap()
            .content_type
            .unwrap(),
        "text/html"
    );
    let told: Vec<_> = rows
        .iter()
        .filter(|row| row.state != TransferState::Done)
        .map(|row| format!("{:?} {} {}", row.state, row.name, code(row)))
        .collect();
    assert_eq!(
        told,
        [
            "Failed bad\u{fffd}.txt transfer.name",
            "Skipped dangling transfer.source_unreadable",
            "Skipped loop transfer.source_unreadable",
            "Skipped socket transfer.source_unreadable",
        ]
    );
}

#[tokio::test]
async fn a_name_that_is_taken_is_asked_about_replaced_skipped_or_numbered() {
    let folder = tempfile::tempdir().unwrap();
    for size in [3, 40] {
        let taken = file(folder.path(), "taken.txt", &pattern(size));
        let free = file(folder.path(), "free.txt", b"free");
        let paths = [taken.as_path(), free.as_path()];
        let prepared = || {
            let service = MemoryService::new();
            service.put("in/taken.txt", "old");
            service.put("in/taken (2).txt", "old too");
            service
        };

        let service = prepared();
        let answer = started(&small_transfers(), &service, plan(&paths, OnConflict::Ask)).await;
        assert_eq!(
            answer,
            TransferStarted {
                transfers: vec![],
                conflicts: vec!["in/taken.txt".into()]
            }
        );
        assert_eq!(service.keys().len(), 2, "nothing was sent");

        let service = prepared();
        upload(&service, &paths, OnConflict::Replace).await;
        assert_eq!(service.bytes("in/taken.txt").unwrap(), pattern(size));

        let service = prepared();
        let rows = upload(&service, &paths, OnConflict::Skip).await;
        assert_eq!(
            [&rows[0].state, &rows[1].state],
            [&TransferState::Skipped, &TransferState::Done]
        );
        assert_eq!(service.bytes("in/taken.txt").unwrap(), b"old");

        let service = prepared();
        let rows = upload(&service, &paths, OnConflict::KeepBoth).await;
        assert_eq!(
            (&rows[0].state, rows[0].key.as_str()),
            (&TransferState::Done, "in/taken (3).txt")
        );
        assert_eq!(service.bytes("in/taken (3).txt").unwrap(), pattern(size));
        assert_eq!(service.bytes("in/taken.txt").unwrap(), b"old");
    }
}

#[tokio::test]
async fn what_somebody_else_puts_there_meanwhile_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    for size in [3, 40] {
        let path = file(folder.path(), "new.txt", &pattern(size));
        for (on_conflict, state, key) in [
            (OnConflict::Ask, TransferState::Failed, "in/new.txt"),
            (OnConflict::Skip, TransferState::Skipped, "in/new.txt"),
            (OnConflict::KeepBoth, TransferState::Done, "in/new (2).txt"),
        ] {
            let service = MemoryService::new();
            let last_step = if size < 16 { "put" } else { "complete" };
            service.fault(
                last_step,
                Fault::Meanwhile(Box::new(|service| service.put("in/new.txt", "theirs"))),
            );
            let rows = upload(&service, &[&path], on_conflict).await;
            assert_eq!((&rows[0].state, rows[0].key.as_str()), (&state, key));
            assert_eq!(service.bytes("in/new.txt").unwrap(), b"theirs");
            assert_eq!(service.open_uploads(), 0);
            if state == TransferState::Failed {
                assert_eq!(code(&rows[0]), "transfer.exists");
            }
        }
    }
}

#[tokio::test]
async fn conflicts_are_found_by_one_listing_for_each_folder() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("many");
    let service = MemoryService::new();
    for index in 0..60 {
        file(&root, &format!("one/{index:03}"), b"x");
        file(&root, &format!("two/{index:03}"), b"x");
    }
    // Thousands that sort behind are not paged through.
    for index in 0..3000 {
        service.put(&format!("in/many/one/z{index}"), "");
    }
    service.put("in/many/two/007", "old");
    let answer = started(
        &small_transfers(),
        &service,
        plan(&[&root], OnConflict::Ask),
    )
    .await;
    assert_eq!(answer.conflicts, ["in/many/two/007"]);
    assert_eq!(service.calls("list").len(), 2);
    assert_eq!(service.calls("head").len(), 0);
}

#[tokio::test]
async fn two_chosen_files_of_one_name_do_not_replace_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let first = file(folder.path(), "a/note", b"first");
    let second = file(folder.path(), "b/note", b"second");
    let service = MemoryService::new();
    let rows = upload(&service, &[&first, &second], OnConflict::Replace).await;
    assert_eq!(service.bytes("in/note").unwrap(), b"first");
    assert_eq!(
        (&rows[1].state, code(&rows[1])),
        (&TransferState::Failed, "transfer.exists")
    );

    let service = MemoryService::new();
    upload(&service, &[&first, &second], OnConflict::KeepBoth).await;
    assert_eq!(service.keys(), ["in/note", "in/note (2)"]);
}

#[tokio::test]
async fn a_file_that_changes_shrinks_or_vanishes_while_it_is_sent_fails() {
    let folder = tempfile::tempdir().unwrap();
    type Change = fn(&Path);
    let changes: [(&str, Change, &str); 3] = [
        (
            "grows",
            |path| fs::write(path, pattern(90)).unwrap(),
            "transfer.source_changed",
        ),
        (
            "shrinks",
            |path| fs::write(path, b"").unwrap(),
            "transfer.source_changed",
        ),
        (
            "vanishes",
            |path| fs::remove_file(path).unwrap(),
            "transfer.source_missing",
        ),
    ];
    for (name, change, expected) in changes {
        for (size, operation) in [(10, "put"), (40, "part")] {
            let service = MemoryService::new();
            let path = file(folder.path(), name, &pattern(size));
            let changed = path.clone();
            service.fault(
                operation,
                Fault::Meanwhile(Box::new(move |_| change(&changed))),
            );
            let rows = upload(&service, &[&path], OnConflict::Ask).await;
            assert_eq!(
                (&rows[0].state, code(&rows[0])),
                (&TransferState::Failed, expected),
                "{name} {size}"
            );
            assert_eq!(service.open_uploads(), 0);
            if operation == "part" {
                assert_eq!(service.keys().len(), 0, "{name}");
                assert_eq!(service.calls("complete").len(), 0);
            }
        }
    }
}

#[tokio::test]
async fn a_cancelled_upload_shows_at_once_and_removes_its_parts() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "large", &pattern(100));
    let service = MemoryService::new();
    service.fault("part", Fault::Hang);
    let transfers = small_transfers();
    let begun = started(&transfers, &service, plan(&[&path], OnConflict::Ask)).await;
    until(|| service.calls("part").len() > 4).await;
    let asked = Instant::now();
    assert!(transfers.cancel(&begun.transfers[0]));
    assert_eq!(
        transfers.board().transfers[0].state,
        TransferState::Cancelled
    );
    let rows = transfers.wait(&begun.transfers).await;
    assert!(
        asked.elapsed() < Duration::from_millis(200),
        "{:?}",
        asked.elapsed()
    );
    assert_eq!(
        (&rows[0].state, &rows[0].failure),
        (&TransferState::Cancelled, &None)
    );
    assert_eq!((service.open_uploads(), service.keys().len()), (0, 0));
    assert!(!transfers.cancel(&begun.transfers[0]), "it has ended");
    assert!(!transfers.cancel("t999"));
    transfers.clear_finished();
    assert_eq!(transfers.board().transfers, []);
}

#[tokio::test]
async fn a_waiting_upload_that_is_cancelled_never_begins() {
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<PathBuf> = (0..6)
        .map(|index| file(folder.path(), &format!("f{index}"), b"x"))
        .collect();
    let service = MemoryService::new();
    for _ in 0..4 {
        service.fault("put", Fault::Hang);
    }
    let transfers = small_transfers();
    let chosen: Vec<&Path> = paths.iter().map(PathBuf::as_path).collect();
    let begun = started(&transfers, &service, plan(&chosen, OnConflict::Ask)).await;
    until(|| service.calls("put").len() == 4).await;
    transfers.cancel_all();
    transfers.wait_all().await;
    assert!(
        transfers
            .rows_of(&begun.transfers)
            .iter()
            .all(|row| row.state == TransferState::Cancelled)
    );
    assert_eq!(service.calls("put").len(), 4);
}

#[tokio::test]
async fn parts_that_can_not_be_removed_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "large", &pattern(40));
    let service = MemoryService::new();
    service.fault("part", Fault::Fail(CloudErrorKind::AccessDenied));
    service.deny("abort");
    let rows = upload(&service, &[&path], OnConflict::Ask).await;
    let failure = rows[0].failure.as_ref().unwrap();
    assert_eq!(failure.code, "aws.access_denied");
    assert!(
        failure.cause.contains("may remain in shelf"),
        "{}",
        failure.cause
    );
}

#[tokio::test]
async fn a_part_is_tried_three_times() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "large", &pattern(16));
    let troubles = [
        CloudErrorKind::Throttled,
        CloudErrorKind::Unavailable,
        CloudErrorKind::TimedOut,
        CloudErrorKind::Unreachable,
    ];
    for kind in troubles {
        let service = MemoryService::new();
        service.fault("part", Fault::Fail(kind.clone()));
        service.fault("part", Fault::LoseAnswer);
        let rows = upload(&service, &[&path], OnConflict::Ask).await;
        assert_eq!(
            (&rows[0].state, rows[0].bytes_done),
            (&TransferState::Done, 16)
        );
        assert_eq!(service.calls("part").len(), 4);

        let service = MemoryService::new();
        for _ in 0..6 {
            service.fault("part", Fault::Fail(kind.clone()));
        }
        let rows = upload(&service, &[&path], OnConflict::Ask).await;
        assert_eq!(
            (&rows[0].state, service.open_uploads()),
            (&TransferState::Failed, 0)
        );
        assert!(service.calls("part").len() <= 6);
    }
    let service = MemoryService::new();
    service.fault("put", Fault::Fail(CloudErrorKind::AccessDenied));
    let small = file(folder.path(), "small", b"x");
    let rows = upload(&service, &[&small], OnConflict::Ask).await;
    assert_eq!(
        (code(&rows[0]), service.calls("put").len()),
        ("aws.access_denied", 1)
    );
}

#[tokio::test]
async fn an_upload_whose_last_answer_was_lost_is_recognised_as_done() {
    let folder = tempfile::tempdir().unwrap();
    for (size, operation) in [(10, "put"), (40, "complete")] {
        let path = file(folder.path(), "x", &pattern(size));
        let service = MemoryService::new();
        service.fault(operation, Fault::LoseAnswer);
        let rows = upload(&service, &[&path], OnConflict::Ask).await;
        assert_eq!(rows[0].state, TransferState::Done, "{:?}", rows[0].failure);
        assert_eq!(service.calls(operation).len(), 2);
    }
}

#[tokio::test]
async fn an_upload_is_done_only_when_the_stored_bytes_are_the_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "x", &pattern(40));
    for (flip, what) in [(true, "CRC64NVME"), (false, "size")] {
        let service = MemoryService::new();
        service.fault(
            "head",
            Fault::Meanwhile(Box::new(move |service| {
                service.alter("in/x", |object| {
                    if flip {
                        object.bytes[3] ^= 1;
                        object.checksum = Some(crate::transfers_bucket::crc64(&object.bytes));
                    } else {
                        object.bytes.pop();
                    }
                });
            })),
        );
        let rows = upload(&service, &[&path], OnConflict::Ask).await;
        assert_eq!(
            (&rows[0].state, code(&rows[0])),
            (&TransferState::Failed, "s3.bad_checksum")
        );
        assert!(rows[0].failure.as_ref().unwrap().message.contains(what));
    }
}

#[tokio::test]
async fn a_key_that_may_only_write_uploads_and_replaces_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "x", b"new");
    let service = MemoryService::new();
    service.deny("list");
    service.deny("head");
    let rows = upload(&service, &[&path], OnConflict::Ask).await;
    assert_eq!(rows[0].state, TransferState::Done);
    assert!(
        rows[0].checksum.is_some(),
        "the answer to the upload held one"
    );
    fs::write(&path, b"newer").unwrap();
    let rows = upload(&service, &[&path], OnConflict::Ask).await;
    assert_eq!(
        (code(&rows[0]), service.bytes("in/x").unwrap()),
        ("transfer.exists", b"new".to_vec())
    );
}

#[tokio::test]
async fn a_single_file_or_folder_can_get_another_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "root/x", b"x");
    let service = MemoryService::new();
    let transfers = small_transfers();
    for (source, name) in [
        (path.as_path(), "y"),
        (path.parent().unwrap(), ""),
        (path.parent().unwrap(), "other"),
    ] {
        let plan = UploadPlan {
            name: Some(name.into()),
            ..plan(&[source], OnConflict::Replace)
        };
        let begun = started(&transfers, &service, plan).await;
        transfers.wait(&begun.transfers).await;
    }
    assert_eq!(service.keys(), ["in/other/x", "in/x", "in/y"]);
}

#[tokio::test]
async fn nothing_to_send_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let service = MemoryService::new();
    let problem = small_transfers()
        .upload(service.access(), plan(&[folder.path()], OnConflict::Ask))
        .await
        .unwrap_err();
    assert_eq!(problem.code.as_str(), "transfer.source_missing");
    let rows = upload(&service, &[&folder.path().join("gone")], OnConflict::Ask).await;
    assert_eq!(
        (&rows[0].state, code(&rows[0])),
        (&TransferState::Failed, "transfer.source_missing")
    );
}

#[tokio::test]
async fn a_watcher_gets_at_most_ten_boards_a_second_and_the_last_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "x", &pattern(4000));
    let service = MemoryService::new();
    let transfers = small_transfers();
    let mut changes = transfers.watch();
    let start = Instant::now();
    assert_eq!(transfers.next_board(&mut changes).await.transfers, []);
    started(&transfers, &service, plan(&[&path], OnConflict::Ask)).await;
    let mut boards = 0;
    loop {
        boards += 1;
        let board = transfers.next_board(&mut changes).await;
        if board
            .transfers
            .iter()
            .all(|row| row.state == TransferState::Done)
        {
            break;
        }
    }
    assert!(
        boards <= 1 + start.elapsed().as_millis() / 100,
        "{boards} boards in {:?}",
        start.elapsed()
    );
}

fn any_fault() -> impl Strategy<Value = (&'static str, u8)> {
    (
        prop::sample::select(vec![
            "put", "create", "part", "part", "complete", "head", "abort",
        ]),
        0_u8..5,
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn whatever_fails_an_upload_is_whole_and_done_or_failed_and_said(
        size in 0_usize..60,
        faults in prop::collection::vec(any_fault(), 0..8),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = file(folder.path(), "x", &pattern(size));
        let service = MemoryService::new();
        let mut aborts_fail = false;
        for (operation, kind) in faults {
            aborts_fail |= operation == "abort";
            service.fault(operation, match kind {
                0 => Fault::Fail(CloudErrorKind::Throttled),
                1 => Fault::Fail(CloudErrorKind::Unreachable),
                2 => Fault::Fail(CloudErrorKind::AccessDenied),
                3 => Fault::Fail(CloudErrorKind::Other),
                _ => Fault::LoseAnswer,
            });
        }
        let rows = runtime.block_on(upload(&service, &[&path], OnConflict::Ask));
        let stored = service.bytes("in/x");
        match rows[0].state {
            TransferState::Done => prop_assert_eq!(stored.unwrap(), pattern(size)),
            TransferState::Failed => {
                prop_assert!(rows[0].failure.is_some());
                prop_assert!(stored.is_none_or(|bytes| bytes == pattern(size)));
            }
            ref state => prop_assert!(false, "{state:?}"),
        }
        prop_assert!(aborts_fail || service.open_uploads() == 0);
    }
}
