//! Files into a bucket.

use std::{
    collections::HashSet,
    fs,
    future::Future,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::SystemTime,
};

use futures::{StreamExt, TryStreamExt, stream};
use keywell_wire::{OnConflict, TransferDirection, TransferRow, TransferStarted, TransferState};

use super::{
    MIB, Transfers, UploadPlan,
    board::Shared,
    conflict, digest,
    failure::{self, Stop},
    pace::Pace,
    retry::retried,
    row::{self, Finish, Transfer},
    walk::{Found, walk},
};
use crate::{
    blocking,
    cloud::{
        CloudError, CloudErrorKind, CompleteMultipart, FileSlice, ListObjects, ObjectAccess,
        OnBytes, PutObject, Stored, UploadPart, UploadedPart,
    },
    problem::{Code, Problem},
};

/// S3's limit for an object key, in bytes of UTF-8.
const KEY_LIMIT: usize = 1024;
/// Part sizes are chosen so that a file has at most this many; S3 takes 10,000.
const MOST_PARTS: u64 = 9_500;
/// How many names `KeepBoth` tries.
const MOST_NAMES: u32 = 1_000;

struct Job {
    access: Arc<dyn ObjectAccess>,
    bucket: String,
    key: String,
    path: PathBuf,
    /// A listing showed the key, so that it need not be tried.
    taken: bool,
    on_conflict: OnConflict,
}

/// Size and time of a file, to see whether it changed.
#[derive(Clone, Copy, PartialEq)]
struct Stamp {
    size: u64,
    modified: Option<SystemTime>,
}

enum SendError {
    /// Somebody has the key.
    Taken,
    Stop(Stop),
}

impl From<Stop> for SendError {
    fn from(stop: Stop) -> Self {
        Self::Stop(stop)
    }
}

impl From<Problem> for SendError {
    fn from(problem: Problem) -> Self {
        Self::Stop(Stop::Failed(problem))
    }
}

struct Sent {
    stored: Stored,
    part_size: Option<u64>,
}

impl Transfers {
    /// Walks the paths and begins to send what lies there. What can not be sent is on the board as failed or skipped,
    /// with the reason. With `OnConflict::Ask`, and names that are taken, nothing begins and the names come back.
    ///
    /// Fails when nothing was found, or when the bucket can not be listed for a reason other than a missing permission;
    /// without that permission the service itself refuses to replace what is there.
    pub async fn upload(
        &self,
        access: Arc<dyn ObjectAccess>,
        plan: UploadPlan,
    ) -> Result<TransferStarted, Problem> {
        let (paths, name) = (plan.paths.clone(), plan.name.clone());
        let found = blocking(move || walk(&paths, name.as_deref())).await?;
        if found.is_empty() {
            return Err(Problem::new(
                Code::TransferSourceMissing,
                "There is no file to upload: the folder is empty.",
                "Choose files, or a folder that has some.",
            ));
        }
        let keys: Vec<String> = found
            .iter()
            .map(|entry| match entry {
                Found::File { name, .. } => format!("{}{name}", plan.prefix),
                _ => String::new(),
            })
            .collect();
        let taken = if matches!(plan.on_conflict, OnConflict::Replace) {
            HashSet::new()
        } else {
            let wanted = keys
                .iter()
                .map(String::as_str)
                .filter(|key| !key.is_empty() && key.len() <= KEY_LIMIT);
            match conflict::taken(
                &*access,
                &plan.bucket,
                wanted,
                self.shared().limits.retry_wait,
            )
            .await
            {
                Ok(taken) => taken,
                Err(error) if error.kind == CloudErrorKind::AccessDenied => HashSet::new(),
                Err(error) => return Err(failure::cloud(&error, &plan.bucket, None)),
            }
        };
        if matches!(plan.on_conflict, OnConflict::Ask) && !taken.is_empty() {
            let mut conflicts: Vec<String> = taken.into_iter().collect();
            conflicts.sort();
            return Ok(TransferStarted {
                transfers: Vec::new(),
                conflicts,
            });
        }
        Ok(self.begin_uploads(&access, &plan, found, keys, &taken))
    }

    fn begin_uploads(
        &self,
        access: &Arc<dyn ObjectAccess>,
        plan: &UploadPlan,
        found: Vec<Found>,
        keys: Vec<String>,
        taken: &HashSet<String>,
    ) -> TransferStarted {
        let mut jobs = Vec::new();
        let mut transfers = Vec::new();
        let mut used = HashSet::new();
        for (entry, key) in found.into_iter().zip(keys) {
            let mut row = row::blank(TransferDirection::Upload, &plan.profile, &plan.bucket);
            let (path, problem, state) = match entry {
                Found::File { path, name, size } => {
                    row.name = name;
                    row.bytes_total = size;
                    row.key.clone_from(&key);
                    let twice = !used.insert(key.clone());
                    let problem = if key.len() > KEY_LIMIT {
                        Some(failure::key_too_long(&key))
                    } else if twice && !matches!(plan.on_conflict, OnConflict::KeepBoth) {
                        // Two chosen files of one name: to replace one with the other can not be meant.
                        Some(failure::exists(&key))
                    } else {
                        None
                    };
                    if problem.is_none() {
                        row.path = path.to_string_lossy().into_owned();
                        let taken = twice || taken.contains(&key);
                        let (id, transfer) = self.add(row);
                        let on_conflict = plan.on_conflict.clone();
                        let job = Job {
                            access: Arc::clone(access),
                            bucket: plan.bucket.clone(),
                            key,
                            path,
                            taken,
                            on_conflict,
                        };
                        jobs.push((transfer, job));
                        transfers.push(id);
                        continue;
                    }
                    (path, problem, TransferState::Failed)
                }
                Found::Refused { path, problem } => (path, Some(problem), TransferState::Failed),
                Found::LeftOut { path, problem } => (path, Some(problem), TransferState::Skipped),
            };
            transfers.push(self.add_ended(row, &path, problem, state));
        }
        self.start(jobs, upload_file);
        TransferStarted {
            transfers,
            conflicts: Vec::new(),
        }
    }

    /// A row for what never begins.
    pub(super) fn add_ended(
        &self,
        mut row: TransferRow,
        path: &Path,
        problem: Option<Problem>,
        state: TransferState,
    ) -> String {
        if row.name.is_empty() {
            row.name = path
                .file_name()
                .unwrap_or(path.as_os_str())
                .to_string_lossy()
                .into_owned();
        }
        row.path = path.to_string_lossy().into_owned();
        row.failure = problem.map(Into::into);
        row.state = state;
        row.ended = Some(crate::time::rfc3339((self.shared().clock)()));
        self.add(row).0
    }
}

async fn upload_file(
    shared: Arc<Shared>,
    transfer: Arc<Transfer>,
    job: Job,
) -> Result<Finish, Stop> {
    let mut key = job.key.clone();
    let mut number = 1;
    let mut known_taken = job.taken;
    loop {
        let sent = if known_taken {
            Err(SendError::Taken)
        } else {
            send(&shared, &transfer, &job, &key).await
        };
        match sent {
            Ok((sent, stamp)) => {
                let checksum = check_stored(&shared, &job, &key, stamp, &sent).await?;
                return Ok(Finish::Done { checksum });
            }
            Err(SendError::Stop(stop)) => return Err(stop),
            Err(SendError::Taken) => match job.on_conflict {
                OnConflict::Skip => return Ok(Finish::Skipped),
                OnConflict::KeepBoth if number < MOST_NAMES => {
                    number += 1;
                    key = conflict::numbered(&job.key, number);
                    if key.len() > KEY_LIMIT {
                        return Err(failure::key_too_long(&key).into());
                    }
                    transfer.resume();
                    transfer.set_key(&key);
                    known_taken = transfer.unless_cancelled(is_taken(&job, &key)).await?;
                }
                _ => return Err(failure::exists(&key).into()),
            },
        }
    }
}

/// Asks for one key by a listing, which needs no permission to read. When it can not be told the conditional write does.
async fn is_taken(job: &Job, key: &str) -> bool {
    let request = ListObjects {
        bucket: &job.bucket,
        prefix: key,
        delimiter: None,
        continuation: None,
        max_keys: 1,
    };
    match job.access.list_objects(request).await {
        Ok(page) => page.objects.first().is_some_and(|object| object.key == key),
        Err(_) => false,
    }
}

async fn send(
    shared: &Shared,
    transfer: &Arc<Transfer>,
    job: &Job,
    key: &str,
) -> Result<(Sent, Stamp), SendError> {
    let stamp = stamp(&job.path).await?;
    transfer.set_total(stamp.size);
    let content_type = mime_guess::from_path(&job.path).first_raw();
    let sent = if stamp.size < shared.limits.multipart_from {
        send_whole(shared, transfer, job, key, stamp, content_type).await?
    } else {
        send_parts(shared, transfer, job, key, stamp, content_type).await?
    };
    Ok((sent, stamp))
}

async fn send_whole(
    shared: &Shared,
    transfer: &Arc<Transfer>,
    job: &Job,
    key: &str,
    stamp: Stamp,
    content_type: Option<&str>,
) -> Result<Sent, SendError> {
    let only_if_absent = !matches!(job.on_conflict, OnConflict::Replace);
    let request = PutObject {
        bucket: &job.bucket,
        key,
        body: FileSlice {
            path: &job.path,
            offset: 0,
            length: stamp.size,
        },
        content_type,
        only_if_absent,
    };
    let put = retried(shared.limits.retry_wait, || async {
        let _permit = shared.requests.acquire().await;
        counted(&shared.pace, transfer, stamp.size, |on_bytes| {
            job.access.put_object(request, on_bytes)
        })
        .await
    });
    let (answer, tries) = transfer.unless_cancelled(put).await?;
    transfer.commit()?;
    match answer {
        Ok(stored) => {
            unchanged(&job.path, stamp).await?;
            Ok(Sent {
                stored,
                part_size: None,
            })
        }
        Err(error) => refused(shared, job, key, stamp, error, tries, None).await,
    }
}

async fn send_parts(
    shared: &Shared,
    transfer: &Arc<Transfer>,
    job: &Job,
    key: &str,
    stamp: Stamp,
    content_type: Option<&str>,
) -> Result<Sent, SendError> {
    let part_size = part_size(stamp.size, shared.limits.part_size);
    // Not dropped when cancelled: an upload whose id never came back could not be removed.
    let create = || job.access.create_multipart(&job.bucket, key, content_type);
    let upload_id = retried(shared.limits.retry_wait, create)
        .await
        .0
        .map_err(|error| failure::cloud(&error, &job.bucket, Some(key)))?;
    let outcome =
        parts_and_completion(shared, transfer, job, key, &upload_id, stamp, part_size).await;
    let Err(failed) = outcome else { return outcome };
    let abort = || job.access.abort_multipart(&job.bucket, key, &upload_id);
    match retried(shared.limits.retry_wait, abort).await.0 {
        Err(error) if error.kind != CloudErrorKind::NoSuchUpload => {
            Err(SendError::Stop(match failed {
                SendError::Stop(Stop::Failed(problem)) => {
                    Stop::Failed(failure::parts_remain(&job.bucket, &error, Some(problem)))
                }
                SendError::Stop(_) => {
                    Stop::CancelledWith(failure::parts_remain(&job.bucket, &error, None))
                }
                SendError::Taken => Stop::Failed(failure::parts_remain(
                    &job.bucket,
                    &error,
                    Some(failure::exists(key)),
                )),
            }))
        }
        _ => Err(failed),
    }
}

async fn parts_and_completion(
    shared: &Shared,
    transfer: &Arc<Transfer>,
    job: &Job,
    key: &str,
    upload_id: &str,
    stamp: Stamp,
    part_size: u64,
) -> Result<Sent, SendError> {
    let send_part = |index: u64| async move {
        let offset = index * part_size;
        let length = part_size.min(stamp.size - offset);
        let request = UploadPart {
            bucket: &job.bucket,
            key,
            upload_id,
            number: i32::try_from(index + 1).unwrap_or(i32::MAX),
            body: FileSlice {
                path: &job.path,
                offset,
                length,
            },
        };
        retried(shared.limits.retry_wait, || async {
            let _permit = shared.requests.acquire().await;
            counted(&shared.pace, transfer, length, |on_bytes| {
                job.access.upload_part(request, on_bytes)
            })
            .await
        })
        .await
        .0
    };
    let parts = stream::iter(0..stamp.size.div_ceil(part_size))
        .map(send_part)
        .buffer_unordered(shared.limits.parts.max(1))
        .try_collect::<Vec<UploadedPart>>();
    let parts = transfer.unless_cancelled(parts).await?;
    // A file that was cut short makes the read fail; what happened to the file says more than that.
    unchanged(&job.path, stamp).await?;
    let mut parts = parts.map_err(|error| failure::cloud(&error, &job.bucket, Some(key)))?;
    parts.sort_by_key(|part| part.number);
    transfer.commit()?;
    let request = CompleteMultipart {
        bucket: &job.bucket,
        key,
        upload_id,
        parts: &parts,
        size: stamp.size,
        only_if_absent: !matches!(job.on_conflict, OnConflict::Replace),
    };
    let complete = || job.access.complete_multipart(request);
    match retried(shared.limits.retry_wait, complete).await {
        (Ok(stored), _) => Ok(Sent {
            stored,
            part_size: Some(part_size),
        }),
        (Err(error), tries) => {
            refused(shared, job, key, stamp, error, tries, Some(part_size)).await
        }
    }
}

/// The service refused the last step. After a second try the first may have done it, its answer lost on the way: then
/// the object that is there is ours.
async fn refused(
    shared: &Shared,
    job: &Job,
    key: &str,
    stamp: Stamp,
    error: CloudError,
    tries: u32,
    part_size: Option<u64>,
) -> Result<Sent, SendError> {
    let is_conflict = error.kind == CloudErrorKind::PreconditionFailed;
    if tries > 1 && (is_conflict || error.kind == CloudErrorKind::NoSuchUpload) {
        let sent = Sent {
            stored: Stored {
                etag: None,
                checksum: None,
            },
            part_size,
        };
        if let Ok(Some(_)) = check_stored(shared, job, key, stamp, &sent).await {
            return Ok(sent);
        }
    }
    if is_conflict {
        return Err(SendError::Taken);
    }
    unchanged(&job.path, stamp).await?;
    if error.kind == CloudErrorKind::LocalFile {
        return Err(failure::source(&std::io::Error::other(error), &job.path).into());
    }
    Err(failure::cloud(&error, &job.bucket, Some(key)).into())
}

/// Compares what the service says it has with the file, and returns the checksum that agreed.
///
/// A key that may write but not read is refused the question; then the checksum in the answer to the upload counts, which
/// the service compared itself.
async fn check_stored(
    shared: &Shared,
    job: &Job,
    key: &str,
    stamp: Stamp,
    sent: &Sent,
) -> Result<Option<String>, Problem> {
    let head = || job.access.head_object(&job.bucket, key);
    let checksum = match retried(shared.limits.retry_wait, head).await.0 {
        Ok(head) if head.size != stamp.size => return Err(failure::mismatch(key, "size")),
        Ok(head) => head.checksum.or_else(|| sent.stored.checksum.clone()),
        Err(error) if error.kind == CloudErrorKind::AccessDenied => sent.stored.checksum.clone(),
        Err(error) => return Err(failure::cloud(&error, &job.bucket, Some(key))),
    };
    let Some(checksum) = checksum else {
        return Ok(None);
    };
    let (path, part_size, stored) = (job.path.clone(), sent.part_size, checksum.clone());
    let matches = blocking(move || digest::matches(&path, &stored, part_size, || true))
        .await?
        .map_err(|error| failure::source(&error, &job.path))?;
    match matches {
        Some(true) => Ok(Some(format!(
            "{} {}",
            checksum.algorithm.name(),
            checksum.value
        ))),
        Some(false) => {
            unchanged(&job.path, stamp).await?;
            Err(failure::mismatch(key, checksum.algorithm.name()))
        }
        None => Ok(None),
    }
}

/// Counts the bytes of one request. An attempt that failed takes its bytes back.
async fn counted<T, F>(
    pace: &Arc<Pace>,
    transfer: &Arc<Transfer>,
    length: u64,
    ask: impl FnOnce(OnBytes) -> F,
) -> Result<T, CloudError>
where
    F: Future<Output = Result<T, CloudError>>,
{
    let count = Arc::new(AtomicI64::new(0));
    let on_bytes: OnBytes = {
        let (pace, transfer) = (Arc::clone(pace), Arc::clone(transfer));
        let count = Arc::clone(&count);
        Arc::new(move |bytes| {
            count.fetch_add(bytes, Ordering::Relaxed);
            transfer.add_bytes(bytes);
            pace.book(bytes)
        })
    };
    let answer = ask(on_bytes).await;
    let due = if answer.is_ok() {
        i64::try_from(length).unwrap_or(i64::MAX)
    } else {
        0
    };
    transfer.add_bytes(due - count.load(Ordering::Relaxed));
    answer
}

async fn stamp(path: &Path) -> Result<Stamp, Problem> {
    let path = path.to_owned();
    blocking(move || {
        // Opened, so that a file that may not be read is told before anything is sent.
        let metadata = fs::File::open(&path)
            .and_then(|file| file.metadata())
            .map_err(|error| failure::source(&error, &path))?;
        Ok(Stamp {
            size: metadata.len(),
            modified: metadata.modified().ok(),
        })
    })
    .await?
}

async fn unchanged(path: &Path, before: Stamp) -> Result<(), Problem> {
    if stamp(path).await? == before {
        Ok(())
    } else {
        Err(failure::source_changed(path))
    }
}

/// The least that fits the file into 9,500 parts, whole MiB.
fn part_size(size: u64, least: u64) -> u64 {
    let needed = size.div_ceil(MOST_PARTS);
    if needed <= least {
        least
    } else {
        needed.next_multiple_of(MIB)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn part_sizes_keep_every_file_below_ten_thousand_parts() {
        const GIB: u64 = 1024 * MIB;
        for (size, expected) in [
            (16 * MIB, 8 * MIB),
            (8 * MIB * MOST_PARTS, 8 * MIB),
            (8 * MIB * MOST_PARTS + 1, 9 * MIB),
            (100 * GIB, 11 * MIB),
            (5 * 1024 * GIB, 552 * MIB),
        ] {
            assert_eq!(part_size(size, 8 * MIB), expected, "{size}");
            assert!(size.div_ceil(part_size(size, 8 * MIB)) <= MOST_PARTS);
        }
    }
}
