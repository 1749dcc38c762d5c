//! What happens within the service alone: listing below folders, copies, deletes.

use std::{collections::HashSet, time::Duration};

use futures::{StreamExt, stream};
use keywell_wire::{ObjectDeleted, ObjectFailure, OnConflict};

use super::{
    board::distinct,
    conflict, failure,
    retry::{self, retried},
};
use crate::{
    cloud::{CloudError, CloudErrorKind, CopyObject, ListObjects, ObjectAccess},
    problem::{Code, Problem},
};

/// The most that DeleteObjects takes, and that one page of a listing holds.
const BATCH: usize = 1_000;
const RETRY_WAIT: Duration = Duration::from_millis(500);
const COPIES_AT_ONCE: usize = 8;
/// S3 copies no more in one request.
const COPY_LIMIT: u64 = 5 * 1024 * 1024 * 1024;
const MOST_NAMES: u32 = 1_000;

#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) key: String,
    /// Known for what a listing named.
    pub(super) size: Option<u64>,
}

/// A key without the prefix; where it does not begin so, its last part.
pub(super) fn below<'a>(key: &'a str, prefix: &str) -> &'a str {
    key.strip_prefix(prefix).unwrap_or_else(|| {
        let trimmed = key.trim_end_matches('/');
        &key[trimmed.rfind('/').map_or(0, |at| at + 1)..]
    })
}

/// The objects that are meant: the keys themselves and all below the folders, each once.
pub(super) async fn resolve(
    access: &dyn ObjectAccess,
    bucket: &str,
    keys: &[String],
    folders: &[String],
    wait: Duration,
) -> Result<Vec<Entry>, CloudError> {
    let keys = distinct(keys.iter().filter(|key| !folders.contains(key)).cloned());
    let mut seen: HashSet<String> = keys.iter().cloned().collect();
    let mut entries: Vec<Entry> = keys
        .into_iter()
        .map(|key| Entry { key, size: None })
        .collect();
    for folder in folders {
        let mut continuation = None;
        loop {
            let page = page_below(access, bucket, folder, continuation.as_deref(), wait).await?;
            entries.extend(
                page.objects
                    .into_iter()
                    .filter(|object| seen.insert(object.key.clone()))
                    .map(|object| Entry {
                        key: object.key,
                        size: Some(object.size),
                    }),
            );
            continuation = page.continuation;
            if continuation.is_none() {
                break;
            }
        }
    }
    Ok(entries)
}

async fn page_below(
    access: &dyn ObjectAccess,
    bucket: &str,
    prefix: &str,
    continuation: Option<&str>,
    wait: Duration,
) -> Result<crate::cloud::ObjectListing, CloudError> {
    let max_keys = BATCH as i32;
    let request = ListObjects {
        bucket,
        prefix,
        delimiter: None,
        continuation,
        max_keys,
    };
    retried(wait, || access.list_objects(request)).await.0
}

/// Deletes objects, and everything below the folders. What stayed is in the answer with the reason; a folder is named
/// there when the rest of it could not be listed or deleted.
///
/// Fails with `aws.invalid_request` for a folder without a name, which would mean the whole bucket: see [`empty_bucket`].
pub async fn delete(
    access: &dyn ObjectAccess,
    bucket: &str,
    keys: &[String],
    folders: &[String],
) -> Result<ObjectDeleted, Problem> {
    if folders.iter().any(String::is_empty) || keys.iter().any(String::is_empty) {
        return Err(Problem::new(
            Code::InvalidRequest,
            "A folder without a name stands for the whole bucket, so nothing was deleted.",
            "Name the objects or folders to delete.",
        ));
    }
    let mut answer = ObjectDeleted {
        deleted: 0,
        failed: Vec::new(),
    };
    let keys = distinct(keys.iter().filter(|key| !folders.contains(key)).cloned());
    for batch in keys.chunks(BATCH) {
        if !delete_batch(access, bucket, batch, &mut answer).await {
            break;
        }
    }
    for folder in folders {
        delete_below(access, bucket, folder, &mut answer).await;
    }
    Ok(answer)
}

/// Deletes every object of a bucket (of a versioned one: the current versions).
pub async fn empty_bucket(access: &dyn ObjectAccess, bucket: &str) -> ObjectDeleted {
    let mut answer = ObjectDeleted {
        deleted: 0,
        failed: Vec::new(),
    };
    delete_below(access, bucket, "", &mut answer).await;
    answer
}

async fn delete_below(
    access: &dyn ObjectAccess,
    bucket: &str,
    folder: &str,
    answer: &mut ObjectDeleted,
) {
    let mut continuation = None;
    loop {
        let page =
            match page_below(access, bucket, folder, continuation.as_deref(), RETRY_WAIT).await {
                Ok(page) => page,
                Err(error) => {
                    let failure = failure::cloud(&error, bucket, None).into();
                    answer.failed.push(ObjectFailure {
                        key: folder.to_owned(),
                        failure,
                    });
                    return;
                }
            };
        let keys: Vec<String> = page.objects.into_iter().map(|object| object.key).collect();
        if !keys.is_empty() && !delete_batch(access, bucket, &keys, answer).await {
            return;
        }
        continuation = page.continuation;
        if continuation.is_none() {
            return;
        }
    }
}

/// False when the service refused the whole batch, so that the next would fare no better.
async fn delete_batch(
    access: &dyn ObjectAccess,
    bucket: &str,
    keys: &[String],
    answer: &mut ObjectDeleted,
) -> bool {
    let mut left = keys.to_vec();
    let mut tries = 0;
    loop {
        let stayed = match retried(RETRY_WAIT, || access.delete_objects(bucket, &left))
            .await
            .0
        {
            Ok(stayed) => stayed,
            Err(error) => {
                let failure = failure::cloud(&error, bucket, None);
                answer
                    .failed
                    .extend(left.into_iter().map(|key| ObjectFailure {
                        key,
                        failure: failure.clone().into(),
                    }));
                return false;
            }
        };
        answer.deleted += (left.len() - stayed.len()) as u64;
        tries += 1;
        // Single keys of a batch are throttled on their own (`SlowDown`, `InternalError`).
        let (again, failed): (Vec<_>, Vec<_>) = stayed
            .into_iter()
            .partition(|(_, error)| tries < retry::TRIES && retry::is_transient(&error.kind));
        answer
            .failed
            .extend(failed.into_iter().map(|(key, error)| ObjectFailure {
                failure: failure::cloud(&error, bucket, Some(&key)).into(),
                key,
            }));
        if again.is_empty() {
            return true;
        }
        left = again.into_iter().map(|(key, _)| key).collect();
        retry::pause(tries - 1, RETRY_WAIT).await;
    }
}

/// What to copy within the service. A copy's key is `to_prefix` and the key without `from_prefix`.
#[derive(Debug, Clone)]
pub struct CopyPlan {
    pub from_bucket: String,
    pub from_prefix: String,
    pub keys: Vec<String>,
    /// Prefixes; everything below them is copied.
    pub folders: Vec<String>,
    pub to_bucket: String,
    pub to_prefix: String,
    /// The name for the one object in `keys`, instead of its own.
    pub name: Option<String>,
    pub on_conflict: OnConflict,
}

/// What became of a copy. With `OnConflict::Ask` and names that are taken only `conflicts` is filled.
#[derive(Debug, Default)]
pub struct Copied {
    /// Source and target keys.
    pub copied: Vec<(String, String)>,
    /// Source keys whose targets are there already.
    pub skipped: Vec<String>,
    pub failed: Vec<ObjectFailure>,
    pub conflicts: Vec<String>,
}

/// Copies objects of at most 5 GiB without bringing them here.
///
/// Fails when the source can not be listed, or the target for a reason other than a missing permission.
pub async fn copy(access: &dyn ObjectAccess, plan: &CopyPlan) -> Result<Copied, Problem> {
    let entries = resolve(
        access,
        &plan.from_bucket,
        &plan.keys,
        &plan.folders,
        RETRY_WAIT,
    )
    .await
    .map_err(|error| failure::cloud(&error, &plan.from_bucket, None))?;
    if entries.is_empty() {
        return Err(Problem::new(
            Code::NoSuchObject,
            "There is nothing to copy: no object lies there.",
            "Check the name of the folder.",
        ));
    }
    let pairs: Vec<(Entry, String)> = entries
        .into_iter()
        .map(|entry| {
            let name = match &plan.name {
                Some(name) if plan.keys.contains(&entry.key) => name.as_str(),
                _ => below(&entry.key, &plan.from_prefix),
            };
            let target = format!("{}{name}", plan.to_prefix);
            (entry, target)
        })
        .collect();
    let mut copied = Copied::default();
    let mut taken = HashSet::new();
    if !matches!(plan.on_conflict, OnConflict::Replace) {
        let targets = pairs.iter().map(|(_, target)| target.as_str());
        taken = match conflict::taken(access, &plan.to_bucket, targets, RETRY_WAIT).await {
            Ok(taken) => taken,
            Err(error) if error.kind == CloudErrorKind::AccessDenied => HashSet::new(),
            Err(error) => return Err(failure::cloud(&error, &plan.to_bucket, None)),
        };
        if matches!(plan.on_conflict, OnConflict::Ask) && !taken.is_empty() {
            copied.conflicts = taken.into_iter().collect();
            copied.conflicts.sort();
            return Ok(copied);
        }
    }
    let taken = &taken;
    let outcomes = stream::iter(pairs)
        .map(|(entry, target)| async move {
            let outcome = copy_one(access, plan, &entry, &target, taken.contains(&target)).await;
            (entry.key, outcome)
        })
        .buffer_unordered(COPIES_AT_ONCE)
        .collect::<Vec<_>>()
        .await;
    for (key, outcome) in outcomes {
        match outcome {
            Ok(Some(target)) => copied.copied.push((key, target)),
            Ok(None) => copied.skipped.push(key),
            Err(problem) => copied.failed.push(ObjectFailure {
                key,
                failure: problem.into(),
            }),
        }
    }
    copied.copied.sort();
    copied.skipped.sort();
    Ok(copied)
}

/// The key that the copy got; `None` when it was skipped.
async fn copy_one(
    access: &dyn ObjectAccess,
    plan: &CopyPlan,
    entry: &Entry,
    target: &str,
    is_taken: bool,
) -> Result<Option<String>, Problem> {
    if entry.size.is_some_and(|size| size > COPY_LIMIT) {
        return Err(Problem::new(
            Code::InvalidRequest,
            format!(
                "`{}` is larger than 5 GiB, and the service copies no more at once.",
                entry.key
            ),
            "Download it and upload it under the new name.",
        ));
    }
    if plan.from_bucket == plan.to_bucket && entry.key == target {
        return Err(Problem::new(
            Code::InvalidRequest,
            format!("`{target}` would be copied onto itself."),
            "Choose another folder or name for the copy.",
        ));
    }
    let mut key = target.to_owned();
    let mut number = 1;
    let mut is_taken = is_taken;
    loop {
        let request = CopyObject {
            from_bucket: &plan.from_bucket,
            from_key: &entry.key,
            bucket: &plan.to_bucket,
            key: &key,
            only_if_absent: !matches!(plan.on_conflict, OnConflict::Replace),
        };
        if !is_taken {
            match retried(RETRY_WAIT, || access.copy_object(request)).await.0 {
                Ok(()) => return Ok(Some(key)),
                Err(error) if error.kind == CloudErrorKind::PreconditionFailed => {}
                Err(error) => {
                    return Err(failure::cloud(&error, &plan.from_bucket, Some(&entry.key)));
                }
            }
        }
        match plan.on_conflict {
            OnConflict::Skip => return Ok(None),
            OnConflict::KeepBoth if number < MOST_NAMES => {
                number += 1;
                key = conflict::numbered(target, number);
                is_taken = false;
            }
            _ => return Err(failure::exists(&key)),
        }
    }
}
