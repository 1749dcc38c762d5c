//! One walk through everything that the traits can do, for any server that speaks the protocols.

use std::{path::Path, sync::Arc, time::Duration};

use futures::StreamExt;
use keywell_app::cloud::{
    Account, ChecksumAlgorithm, CloudErrorKind as Kind, CompleteMultipart, CopyObject, FileSlice,
    ListObjects, OnBytes, PutObject, UploadPart,
};

const MIB: usize = 1024 * 1024;

fn nobody() -> OnBytes {
    Arc::new(|_| Duration::ZERO)
}

fn slice(path: &Path, offset: usize, length: usize) -> FileSlice<'_> {
    FileSlice {
        path,
        offset: offset as u64,
        length: length as u64,
    }
}

fn everything(bucket: &str) -> ListObjects<'_> {
    ListObjects {
        bucket,
        prefix: "",
        delimiter: None,
        continuation: None,
        max_keys: 1000,
    }
}

async fn read(
    account: &dyn Account,
    bucket: &str,
    key: &str,
    range: Option<(u64, u64)>,
) -> Vec<u8> {
    let body = account.get_object(bucket, key, range, None).await.unwrap();
    let blocks: Vec<_> = body.map(Result::unwrap).collect().await;
    blocks.concat()
}

/// A user with keys and tags, made by the caller beforehand.
pub async fn keys_of_a_user(account: &dyn Account, user: &str) {
    let users = account.list_users().await.unwrap();
    let found = users.iter().find(|found| found.name == user).unwrap();
    assert!(found.arn.ends_with(&format!(":user/{user}")));
    assert!(
        account
            .list_access_keys(Some(user))
            .await
            .unwrap()
            .is_empty()
    );

    let first = account.create_access_key(user).await.unwrap().pair;
    assert!(first.secret.expose().len() >= 40);
    account.create_access_key(user).await.unwrap();
    let third = account.create_access_key(user).await.unwrap_err();
    assert_eq!(third.kind, Kind::LimitExceeded);

    let used = account.access_key_last_used(&first.key_id).await.unwrap();
    assert_eq!(used.service, None);
    account
        .set_access_key_active(user, &first.key_id, false)
        .await
        .unwrap();
    let keys = account.list_access_keys(Some(user)).await.unwrap();
    let key = keys.iter().find(|key| key.key_id == first.key_id).unwrap();
    assert!(!key.active);
    assert!(key.created.is_some());

    account
        .tag_user(user, &first.key_id, "for the laptop")
        .await
        .unwrap();
    let tags = account.user_tags(user).await.unwrap();
    assert_eq!(tags, [(first.key_id.clone(), "for the laptop".to_owned())]);
    account.untag_user(user, &first.key_id).await.unwrap();
    assert!(account.user_tags(user).await.unwrap().is_empty());

    for key in &keys {
        account.delete_access_key(user, &key.key_id).await.unwrap();
    }
    let gone = account.delete_access_key(user, &first.key_id).await;
    assert_eq!(gone.unwrap_err().kind, Kind::NoSuchKey);
    let nobody = account.list_access_keys(Some("nobody")).await;
    assert_eq!(nobody.unwrap_err().kind, Kind::NoSuchUser);
}

pub async fn buckets(account: &dyn Account) {
    for (bucket, region) in [("keywell-home", "us-east-1"), ("keywell-away", "eu-west-1")] {
        account.create_bucket(bucket, region).await.unwrap();
        assert_eq!(account.bucket_region(bucket).await.unwrap(), region);
        let settings = account.bucket_settings(bucket).await.unwrap();
        assert_eq!(settings.region.as_deref(), Some(region));
        assert_eq!(settings.public_access_blocked, Some(true));
        assert_eq!(settings.encryption.as_deref(), Some("AES256"));
        assert_eq!(settings.acls_off, Some(true));
        let again = account.create_bucket(bucket, region).await.unwrap_err();
        assert_eq!(again.kind, Kind::BucketOwned);
        let buckets = account.list_buckets().await.unwrap();
        assert!(buckets.iter().any(|found| found.name == bucket));
        account.put_empty(bucket, "folder/").await.unwrap();
        let full = account.delete_bucket(bucket).await.unwrap_err();
        assert_eq!(full.kind, Kind::BucketNotEmpty);
        let keys = ["folder/".to_owned()];
        assert!(
            account
                .delete_objects(bucket, &keys)
                .await
                .unwrap()
                .is_empty()
        );
        account.delete_bucket(bucket).await.unwrap();
        let gone = account.bucket_region(bucket).await.unwrap_err();
        assert_eq!(gone.kind, Kind::NoSuchBucket);
    }
}

pub async fn objects(account: &dyn Account) {
    let bucket = "keywell-objects";
    account.create_bucket(bucket, "us-east-1").await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    let bytes: Vec<u8> = (0..11 * MIB).map(|index| (index / 7 % 256) as u8).collect();
    std::fs::write(&path, &bytes).unwrap();
    let odd = "a folder/é + %41 & <b>.txt";

    let put = |key, length, only_if_absent| PutObject {
        bucket,
        key,
        body: slice(&path, 3, length),
        content_type: Some("text/plain"),
        only_if_absent,
    };
    let stored = account
        .put_object(put(odd, 300_000, true), nobody())
        .await
        .unwrap();
    let checksum = stored.checksum.unwrap();
    assert_eq!(checksum.algorithm, ChecksumAlgorithm::Crc32);
    let taken = account.put_object(put(odd, 10, true), nobody()).await;
    assert_eq!(taken.unwrap_err().kind, Kind::PreconditionFailed);
    account
        .put_object(put("empty", 0, false), nobody())
        .await
        .unwrap();

    let head = account.head_object(bucket, odd).await.unwrap();
    assert_eq!(head.size, 300_000);
    assert_eq!(head.content_type.as_deref(), Some("text/plain"));
    assert_eq!(head.checksum, Some(checksum));
    let missing = account.head_object(bucket, "missing").await.unwrap_err();
    assert_eq!(missing.kind, Kind::NoSuchObject);
    assert!(read(account, bucket, odd, None).await == bytes[3..300_003]);
    assert!(read(account, bucket, odd, Some((10, 19))).await == bytes[13..23]);
    let changed = account
        .get_object(bucket, odd, None, Some("\"other\""))
        .await
        .err()
        .unwrap();
    assert_eq!(changed.kind, Kind::PreconditionFailed);

    multipart(account, bucket, &path, &bytes).await;

    let copy = |key, only_if_absent| CopyObject {
        from_bucket: bucket,
        from_key: odd,
        bucket,
        key,
        only_if_absent,
    };
    account.copy_object(copy("copy", false)).await.unwrap();
    assert_eq!(
        account.head_object(bucket, "copy").await.unwrap().size,
        300_000
    );

    let page = account
        .list_objects(ListObjects {
            delimiter: Some("/"),
            max_keys: 2,
            ..everything(bucket)
        })
        .await
        .unwrap();
    assert_eq!(page.folders, ["a folder/"]);
    assert_eq!(page.objects.len(), 1);
    let rest = account
        .list_objects(ListObjects {
            delimiter: Some("/"),
            continuation: page.continuation.as_deref(),
            ..everything(bucket)
        })
        .await
        .unwrap();
    assert_eq!(rest.continuation, None);
    let listed = account.list_objects(everything(bucket)).await.unwrap();
    let keys: Vec<_> = listed
        .objects
        .into_iter()
        .map(|object| object.key)
        .collect();
    assert_eq!(keys, [odd, "copy", "empty", "large"]);

    assert!(
        account
            .delete_objects(bucket, &keys)
            .await
            .unwrap()
            .is_empty()
    );
    account.delete_bucket(bucket).await.unwrap();
}

async fn multipart(account: &dyn Account, bucket: &str, path: &Path, bytes: &[u8]) {
    let key = "large";
    let upload_id = account.create_multipart(bucket, key, None).await.unwrap();
    let mut parts = Vec::new();
    for (number, offset, length) in [(1, 0, 5 * MIB), (2, 5 * MIB, 5 * MIB), (3, 10 * MIB, MIB)] {
        let part = UploadPart {
            bucket,
            key,
            upload_id: &upload_id,
            number,
            body: slice(path, offset, length),
        };
        parts.push(account.upload_part(part, nobody()).await.unwrap());
    }
    let complete = CompleteMultipart {
        bucket,
        key,
        upload_id: &upload_id,
        parts: &parts,
        size: bytes.len() as u64,
        only_if_absent: true,
    };
    let stored = account.complete_multipart(complete).await.unwrap();
    assert!(stored.etag.unwrap().ends_with("-3\""));
    assert!(read(account, bucket, key, None).await == bytes);

    let upload_id = account
        .create_multipart(bucket, "never", None)
        .await
        .unwrap();
    account
        .abort_multipart(bucket, "never", &upload_id)
        .await
        .unwrap();
}
