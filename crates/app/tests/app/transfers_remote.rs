//! Deletes and copies.

use keywell_app::{
    cloud::CloudErrorKind,
    transfers::{CopyPlan, copy, delete, empty_bucket},
};
use keywell_wire::OnConflict;

use crate::transfers_bucket::{BUCKET, Fault, MemoryService};

fn texts(values: &[&str]) -> Vec<String> {
    values.iter().map(|value| (*value).to_owned()).collect()
}

#[tokio::test]
async fn a_folder_is_deleted_in_batches_with_all_below_it_and_nothing_else() {
    let service = MemoryService::new();
    for index in 0..2500 {
        service.put(&format!("old/{index}/x"), "");
    }
    for key in ["older", "keep/a", "single", "odd \n key"] {
        service.put(key, "");
    }
    let answer = delete(
        &service,
        BUCKET,
        &texts(&["single", "odd \n key", "old/"]),
        &texts(&["old/"]),
    )
    .await
    .unwrap();
    assert_eq!((answer.deleted, answer.failed.len()), (2502, 0));
    assert_eq!(service.keys(), ["keep/a", "older"]);
    assert_eq!(
        service.calls("delete"),
        ["delete 2", "delete 1000", "delete 1000", "delete 500"]
    );
}

#[tokio::test]
async fn a_folder_without_a_name_deletes_nothing_and_emptying_a_bucket_is_a_word_of_its_own() {
    let service = MemoryService::new();
    service.put("a", "");
    service.put("b/c", "");
    for (keys, folders) in [(&[][..], &[""][..]), (&[""], &[])] {
        let problem = delete(&service, BUCKET, &texts(keys), &texts(folders))
            .await
            .unwrap_err();
        assert_eq!(problem.code.as_str(), "aws.invalid_request");
    }
    assert_eq!(service.keys().len(), 2);
    assert_eq!(empty_bucket(&service, BUCKET).await.deleted, 2);
    assert_eq!(service.keys(), [] as [&str; 0]);
}

#[tokio::test]
async fn single_keys_that_are_throttled_are_tried_again_and_a_refused_batch_is_told() {
    let service = MemoryService::new();
    for key in ["a", "b", "c"] {
        service.put(key, "");
    }
    service.fault("delete", Fault::Fail(CloudErrorKind::Throttled));
    let answer = delete(&service, BUCKET, &texts(&["a", "b"]), &[])
        .await
        .unwrap();
    assert_eq!((answer.deleted, answer.failed.len()), (2, 0));
    service.deny("delete");
    let answer = delete(&service, BUCKET, &texts(&["c"]), &[]).await.unwrap();
    assert_eq!(
        (answer.deleted, answer.failed[0].failure.code.as_str()),
        (0, "aws.access_denied")
    );
    service.deny("list");
    let answer = delete(&service, BUCKET, &[], &texts(&["x/"]))
        .await
        .unwrap();
    assert_eq!(answer.failed[0].key, "x/");
}

fn copies(on_conflict: OnConflict) -> CopyPlan {
    CopyPlan {
        from_bucket: BUCKET.into(),
        from_prefix: "from/".into(),
        keys: texts(&["from/single"]),
        folders: texts(&["from/folder/"]),
        to_bucket: "other".into(),
        to_prefix: "to/".into(),
        name: None,
        on_conflict,
    }
}

#[tokio::test]
async fn copies_keep_their_names_below_the_prefix_and_replace_only_when_told() {
    let service = MemoryService::new();
    service.put("from/single", "s");
    service.put("from/folder/a.txt", "a");
    service.put("from/folder/b/c", "c");
    let copied = copy(&service, &copies(OnConflict::Ask)).await.unwrap();
    assert_eq!(copied.copied.len(), 3);
    assert_eq!(
        service.keys_of("other"),
        ["to/folder/a.txt", "to/folder/b/c", "to/single"]
    );

    let again = copy(&service, &copies(OnConflict::Ask)).await.unwrap();
    assert_eq!(
        (again.copied.len(), again.conflicts),
        (0, service.keys_of("other"))
    );
    let skipped = copy(&service, &copies(OnConflict::Skip)).await.unwrap();
    assert_eq!((skipped.copied.len(), skipped.skipped.len()), (0, 3));
    let replaced = copy(&service, &copies(OnConflict::Replace)).await.unwrap();
    assert_eq!(
        (replaced.copied.len(), service.keys_of("other").len()),
        (3, 3)
    );
    let both = copy(&service, &copies(OnConflict::KeepBoth)).await.unwrap();
    assert_eq!(
        both.copied[0],
        ("from/folder/a.txt".into(), "to/folder/a (2).txt".into())
    );
    assert_eq!(service.keys_of("other").len(), 6);
}

#[tokio::test]
async fn a_copy_onto_itself_and_of_nothing_are_refused() {
    let service = MemoryService::new();
    service.put("a", "a");
    let onto_itself = CopyPlan {
        from_prefix: String::new(),
        keys: texts(&["a", "gone"]),
        folders: Vec::new(),
        to_bucket: BUCKET.into(),
        to_prefix: String::new(),
        ..copies(OnConflict::Replace)
    };
    let answer = copy(&service, &onto_itself).await.unwrap();
    let codes: Vec<_> = answer
        .failed
        .iter()
        .map(|failed| failed.failure.code.as_str())
        .collect();
    assert_eq!(codes.len(), 2);
    assert!(
        codes.iter().all(|code| *code == "aws.invalid_request"),
        "{codes:?}"
    );
    let renamed = CopyPlan {
        name: Some("b".into()),
        keys: texts(&["a"]),
        ..onto_itself
    };
    copy(&service, &renamed).await.unwrap();
    assert_eq!(service.keys(), ["a", "b"]);
    let nothing = CopyPlan {
        keys: Vec::new(),
        ..copies(OnConflict::Ask)
    };
    assert_eq!(
        copy(&service, &nothing).await.unwrap_err().code.as_str(),
        "s3.no_such_object"
    );
}
