//! Downloads: whole files or none, and never outside the folder.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant, SystemTime},
};

use keywell_app::{cloud::CloudErrorKind, transfers::DownloadPlan};
use keywell_wire::{OnConflict, TransferRow, TransferStarted, TransferState};
use proptest::prelude::*;

use crate::transfers_bucket::{BUCKET, Fault, MemoryService, code, pattern, small_transfers};

fn plan(
    directory: &Path,
    keys: &[&str],
    folders: &[&str],
    on_conflict: OnConflict,
) -> DownloadPlan {
    DownloadPlan {
        profile: "practice".into(),
        bucket: BUCKET.into(),
        prefix: "logs/".into(),
        keys: keys.iter().map(|key| (*key).to_owned()).collect(),
        folders: folders.iter().map(|folder| (*folder).to_owned()).collect(),
        directory: directory.to_owned(),
        name: None,
        on_conflict,
    }
}

async fn download(service: &MemoryService, plan: DownloadPlan) -> Vec<TransferRow> {
    let transfers = small_transfers();
    let begun = transfers.download(service.access(), plan).await.unwrap();
    assert_eq!(begun.conflicts, [] as [String; 0]);
    transfers.wait(&begun.transfers).await
}

/// All below a folder, folders with a slash at the end, sorted.
fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            let name = path
                .strip_prefix(folder)
                .unwrap()
                .to_str()
                .unwrap()
                .replace('\\', "/");
            if path.is_dir() {
                found.push(format!("{name}/"));
                open.push(path);
            } else {
                found.push(name);
            }
        }
    }
    found.sort();
    found
}

#[tokio::test]
async fn objects_come_in_one_stream_or_in_ranges_and_are_the_same_bytes() {
    for (size, gets) in [
        (0, &[][..]),
        (1, &["get logs/x None"]),
        (32, &["get logs/x None"]),
        (
            33,
            &[
                "get logs/x Some((0, 15))",
                "get logs/x Some((16, 31))",
                "get logs/x Some((32, 32))",
            ],
        ),
        (
            48,
            &[
                "get logs/x Some((0, 15))",
                "get logs/x Some((16, 31))",
                "get logs/x Some((32, 47))",
            ],
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let service = MemoryService::new();
        service.put("logs/x", pattern(size));
        let rows = download(
            &service,
            plan(folder.path(), &["logs/x"], &[], OnConflict::Ask),
        )
        .await;
        assert_eq!(rows[0].state, TransferState::Done, "{:?}", rows[0].failure);
        assert_eq!(
            (rows[0].bytes_done, rows[0].bytes_total),
            (size as u64, size as u64)
        );
        assert!(rows[0].checksum.as_ref().unwrap().starts_with("CRC64NVME "));
        assert_eq!(fs::read(folder.path().join("x")).unwrap(), pattern(size));
        assert_eq!(files(folder.path()), ["x"], "no temporary file stays");
        let mut calls = service.calls("get");
        calls.sort();
        assert_eq!(calls, gets);
        let modified = fs::metadata(folder.path().join("x"))
            .unwrap()
            .modified()
            .unwrap();
        assert_eq!(
            modified,
            SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000)
        );
    }
}

#[tokio::test]
async fn a_folder_comes_with_all_below_it_over_many_pages() {
    let folder = tempfile::tempdir().unwrap();
    let service = MemoryService::with_pages_of(7);
    for index in 0..40 {
        service.put(&format!("logs/2026/{index:02}/entry"), pattern(index));
    }
    service.put("logs/2026/", "");
    service.put("logs/2026/empty/", "");
    service.put("logs/other", "not wanted");
    service.put("logs/single key.txt", "wanted");
    let keys = ["logs/single key.txt", "logs/2026/05/entry"];
    let rows = download(
        &service,
        plan(folder.path(), &keys, &["logs/2026/"], OnConflict::Ask),
    )
    .await;
    assert_eq!(rows.len(), 43);
    let failed: Vec<_> = rows
        .iter()
        .filter(|row| row.state != TransferState::Done)
        .collect();
    assert!(failed.is_empty(), "{failed:?}");
    let found = files(folder.path());
    assert_eq!(found.len(), 40 * 2 + 3);
    assert!(
        found.contains(&"2026/empty/".to_owned()) && found.contains(&"single key.txt".to_owned())
    );
    assert_eq!(
        fs::read(folder.path().join("2026/39/entry")).unwrap(),
        pattern(39)
    );
}

#[tokio::test]
async fn a_file_that_is_there_is_asked_about_replaced_skipped_or_numbered() {
    let service = MemoryService::new();
    service.put("logs/a.txt", "new");
    service.put("logs/b.txt", "b");
    let prepared = || {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.txt"), "old").unwrap();
        folder
    };
    let keys = ["logs/a.txt", "logs/b.txt"];
    let read = |folder: &Path, name: &str| fs::read_to_string(folder.join(name)).unwrap();

    let folder = prepared();
    let asked = small_transfers()
        .download(
            service.access(),
            plan(folder.path(), &keys, &[], OnConflict::Ask),
        )
        .await;
    assert_eq!(
        asked.unwrap(),
        TransferStarted {
            transfers: vec![],
            conflicts: vec!["a.txt".into()]
        }
    );
    assert_eq!(files(folder.path()), ["a.txt"]);

    let folder = prepared();
    download(
        &service,
        plan(folder.path(), &keys, &[], OnConflict::Replace),
    )
    .await;
    assert_eq!(read(folder.path(), "a.txt"), "new");

    let folder = prepared();
    let rows = download(&service, plan(folder.path(), &keys, &[], OnConflict::Skip)).await;
    assert_eq!(
        [&rows[0].state, &rows[1].state],
        [&TransferState::Skipped, &TransferState::Done]
    );
    assert_eq!(read(folder.path(), "a.txt"), "old");

    let folder = prepared();
    let rows = download(
        &service,
        plan(folder.path(), &keys, &[], OnConflict::KeepBoth),
    )
    .await;
    assert_eq!(files(folder.path()), ["a (2).txt", "a.txt", "b.txt"]);
    assert_eq!(
        (
            read(folder.path(), "a.txt"),
            read(folder.path(), "a (2).txt")
        ),
        ("old".into(), "new".into())
    );
    assert!(rows[0].path.ends_with("a (2).txt"));
}

#[tokio::test]
async fn a_file_that_appears_meanwhile_is_not_replaced() {
    let service = MemoryService::new();
    service.put("logs/a.txt", "new");
    for (on_conflict, state, expected) in [
        (OnConflict::Ask, TransferState::Failed, &["a.txt"][..]),
        (OnConflict::Skip, TransferState::Skipped, &["a.txt"]),
        (
            OnConflict::KeepBoth,
            TransferState::Done,
            &["a (2).txt", "a.txt"],
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.txt");
        let theirs = target.clone();
        service.fault(
            "get",
            Fault::Meanwhile(Box::new(move |_| fs::write(theirs, "theirs").unwrap())),
        );
        let rows = download(
            &service,
            plan(folder.path(), &["logs/a.txt"], &[], on_conflict),
        )
        .await;
        assert_eq!(rows[0].state, state);
        assert_eq!(files(folder.path()), expected);
        assert_eq!(fs::read_to_string(&target).unwrap(), "theirs");
    }
}

#[tokio::test]
async fn an_object_that_changes_meanwhile_is_not_mixed_from_two() {
    for size in [20, 80] {
        let folder = tempfile::tempdir().unwrap();
        let service = MemoryService::new();
        service.put("logs/x", pattern(size));
        let change = move |service: &MemoryService| service.put("logs/x", vec![9; size]);
        service.fault("get", Fault::Meanwhile(Box::new(change)));
        let rows = download(
            &service,
            plan(folder.path(), &["logs/x"], &[], OnConflict::Ask),
        )
        .await;
        assert_eq!(
            (&rows[0].state, code(&rows[0])),
            (&TransferState::Failed, "s3.precondition_failed")
        );
        assert_eq!(files(folder.path()), [] as [&str; 0]);
    }
}

#[tokio::test]
async fn bytes_that_do_not_match_the_stored_checksum_get_no_name() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("x"), "old").unwrap();
    let service = MemoryService::new();
    service.put("logs/x", pattern(50));
    service.alter("logs/x", |object| object.bytes[7] ^= 1);
    let rows = download(
        &service,
        plan(folder.path(), &["logs/x"], &[], OnConflict::Replace),
    )
    .await;
    assert_eq!(
        (&rows[0].state, code(&rows[0])),
        (&TransferState::Failed, "s3.bad_checksum")
    );
    assert_eq!(files(folder.path()), ["x"]);
    assert_eq!(fs::read_to_string(folder.path().join("x")).unwrap(), "old");
}

#[tokio::test]
async fn a_broken_connection_goes_on_where_it_broke_off() {
    let folder = tempfile::tempdir().unwrap();
    let service = MemoryService::new();
    service.put("logs/x", pattern(30));
    service.fault("get", Fault::Cut(7));
    service.fault("get", Fault::CutSilently(10));
    let rows = download(
        &service,
        plan(folder.path(), &["logs/x"], &[], OnConflict::Ask),
    )
    .await;
    assert_eq!(rows[0].state, TransferState::Done, "{:?}", rows[0].failure);
    assert_eq!(rows[0].bytes_done, 30);
    assert_eq!(fs::read(folder.path().join("x")).unwrap(), pattern(30));
    assert_eq!(
        service.calls("get"),
        [
            "get logs/x None",
            "get logs/x Some((7, 29))",
            "get logs/x Some((17, 29))"
        ]
    );
}

#[tokio::test]
async fn a_connection_that_brings_nothing_is_tried_three_times() {
    let folder = tempfile::tempdir().unwrap();
    let service = MemoryService::new();
    service.put("logs/x", pattern(30));
    for _ in 0..9 {
        service.fault("get", Fault::Cut(0));
    }
    let rows = download(
        &service,
        plan(folder.path(), &["logs/x"], &[], OnConflict::Ask),
    )
    .await;
    assert_eq!(
        (code(&rows[0]), service.calls("get").len()),
        ("network.unreachable", 3)
    );
    assert_eq!(files(folder.path()), [] as [&str; 0]);
}

#[tokio::test]
async fn a_cancelled_download_shows_at_once_and_removes_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let service = MemoryService::new();
    service.put("logs/x", pattern(100));
    service.fault("get", Fault::Hang);
    let transfers = small_transfers();
    let wanted = plan(folder.path(), &["logs/x"], &[], OnConflict::Ask);
    let begun = transfers.download(service.access(), wanted).await.unwrap();
    let start = Instant::now();
    while service.calls("get").len() < 4 {
        assert!(start.elapsed() < Duration::from_secs(5));
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let temporary = files(folder.path());
    assert!(
        temporary[0].starts_with(".x.keywell-") && temporary[0].ends_with(".part"),
        "{temporary:?}"
    );
    let asked = Instant::now();
    assert!(transfers.cancel(&begun.transfers[0]));
    assert_eq!(
        transfers.board().transfers[0].state,
        TransferState::Cancelled
    );
    transfers.wait(&begun.transfers).await;
    assert!(
        asked.elapsed() < Duration::from_millis(200),
        "{:?}",
        asked.elapsed()
    );
    assert_eq!(files(folder.path()), [] as [&str; 0]);
}

#[tokio::test]
async fn keys_that_lead_out_of_the_folder_are_refused_by_name_and_the_others_come() {
    let outer = tempfile::tempdir().unwrap();
    let folder = outer.path().join("in");
    fs::create_dir(&folder).unwrap();
    let service = MemoryService::new();
    let bad = [
        "logs/../escaped",
        "logs/a/../../escaped",
        "logs//etc/x",
        "logs/./x",
        "logs/nul\0",
        "logs/deep/..",
    ];
    for key in bad {
        service.put(key, "bad");
    }
    service.put("logs/good", "good");
    let rows = download(
        &service,
        plan(&folder, &[], &["logs/"], OnConflict::Replace),
    )
    .await;
    let failed: Vec<_> = rows
        .iter()
        .filter(|row| row.state == TransferState::Failed)
        .collect();
    assert_eq!(failed.len(), bad.len());
    assert!(
        failed.iter().all(|row| code(row) == "transfer.name"),
        "{failed:?}"
    );
    assert_eq!(files(outer.path()), ["in/", "in/good"]);

    let renamed = DownloadPlan {
        name: Some("safe".into()),
        ..plan(&folder, &[bad[0]], &[], OnConflict::Ask)
    };
    download(&service, renamed).await;
    assert_eq!(fs::read_to_string(folder.join("safe")).unwrap(), "bad");
}

#[tokio::test]
async fn a_file_and_a_folder_of_one_name_do_not_harm_each_other() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a"), "mine").unwrap();
    let service = MemoryService::new();
    service.put("logs/a/b", "below");
    service.put("logs/c", "c");
    let rows = download(
        &service,
        plan(
            folder.path(),
            &["logs/a/b", "logs/c"],
            &[],
            OnConflict::Replace,
        ),
    )
    .await;
    assert_eq!(
        (&rows[0].state, code(&rows[0])),
        (&TransferState::Failed, "transfer.exists")
    );
    assert_eq!(rows[1].state, TransferState::Done);
    fs::create_dir(folder.path().join("d")).unwrap();
    service.put("logs/d", "file");
    let rows = download(
        &service,
        plan(folder.path(), &["logs/d"], &[], OnConflict::Replace),
    )
    .await;
    assert_eq!(
        (&rows[0].state, code(&rows[0])),
        (&TransferState::Failed, "transfer.exists")
    );
    assert_eq!(files(folder.path()), ["a", "c", "d/"]);
}

#[tokio::test]
async fn an_object_that_is_gone_or_may_not_be_read_fails_alone() {
    let folder = tempfile::tempdir().unwrap();
    let service = MemoryService::new();
    service.put("logs/there", "x");
    let rows = download(
        &service,
        plan(
            folder.path(),
            &["logs/gone", "logs/there"],
            &[],
            OnConflict::Ask,
        ),
    )
    .await;
    assert_eq!(
        (code(&rows[0]), &rows[1].state),
        ("s3.no_such_object", &TransferState::Done)
    );
    service.deny("get");
    let rows = download(
        &service,
        plan(folder.path(), &["logs/there"], &[], OnConflict::Replace),
    )
    .await;
    assert_eq!(code(&rows[0]), "aws.access_denied");
    assert_eq!(files(folder.path()), ["there"]);
    let nothing = plan(folder.path(), &[], &["logs/none/"], OnConflict::Ask);
    let problem = small_transfers()
        .download(service.access(), nothing)
        .await
        .unwrap_err();
    assert_eq!(problem.code.as_str(), "s3.no_such_object");
}

#[tokio::test]
async fn an_object_larger_than_the_disk_is_refused_before_a_byte_comes() {
    let folder = tempfile::tempdir().unwrap();
    let service = MemoryService::new();
    service.put("logs/x", "small");
    service.alter("logs/x", |object| object.claimed_size = Some(1 << 62));
    let wanted = plan(folder.path(), &["logs/x"], &[], OnConflict::Ask);
    let rows = download(&service, wanted).await;
    assert_eq!(code(&rows[0]), "transfer.disk_full");
    assert!(service.calls("get").is_empty());
    assert_eq!(files(folder.path()), [] as [&str; 0]);
}

#[tokio::test]
async fn a_name_too_long_for_the_disk_fails_alone() {
    let folder = tempfile::tempdir().unwrap();
    let service = MemoryService::new();
    let long = format!("logs/{}", "ü".repeat(200));
    let fits = format!("logs/{}", "é".repeat(120));
    service.put(&long, "x");
    service.put(&fits, "y");
    let rows = download(
        &service,
        plan(folder.path(), &[&long, &fits], &[], OnConflict::Ask),
    )
    .await;
    assert_eq!(code(&rows[0]), "transfer.name");
    assert_eq!(rows[1].state, TransferState::Done, "{:?}", rows[1].failure);
    assert_eq!(files(folder.path()), ["é".repeat(120)]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn whatever_fails_a_download_is_whole_or_absent(
        size in 0_usize..120,
        faults in prop::collection::vec((0_u8..6, 0_usize..40), 0..8),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let service = MemoryService::new();
        service.put("logs/x", pattern(size));
        for (kind, after) in faults {
            service.fault(if kind == 0 { "head" } else { "get" }, match kind {
                0 | 1 => Fault::Fail(CloudErrorKind::Throttled),
                2 => Fault::Cut(after),
                3 => Fault::CutSilently(after),
                4 => Fault::Fail(CloudErrorKind::AccessDenied),
                _ => Fault::Meanwhile(Box::new(move |service| service.put("logs/x", vec![1; after]))),
            });
        }
        let wanted = plan(folder.path(), &["logs/x"], &[], OnConflict::Ask);
        let rows = runtime.block_on(download(&service, wanted));
        if rows[0].state == TransferState::Done {
            // One of the whole objects that were ever there.
            let bytes = fs::read(folder.path().join("x")).unwrap();
            prop_assert!(bytes == pattern(size) || bytes.iter().all(|byte| *byte == 1));
            prop_assert_eq!(files(folder.path()), vec!["x".to_owned()]);
        } else {
            prop_assert!(rows[0].failure.is_some());
            prop_assert_eq!(files(folder.path()), Vec::<String>::new());
        }
    }
}
