//! Objects into files.

use std::{
    collections::HashSet,
    fs, io,
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
};

use futures::{StreamExt, TryStreamExt, stream};
use keywell_wire::{OnConflict, TransferDirection, TransferStarted, TransferState};

use super::{
    DownloadPlan, MIB, Transfers,
    board::Shared,
    conflict, digest,
    failure::{self, Stop},
    local_name::{Naming, relative_path},
    remote,
    retry::{self, TRIES, retried},
    row::{self, Finish, Transfer},
    sink::Sink,
};
use crate::{
    blocking,
    cloud::{CloudError, CloudErrorKind, ObjectAccess, ObjectHead},
    problem::{Code, Problem},
};

/// How much is gathered before it is written.
const BUFFER: usize = MIB as usize;

struct Job {
    access: Arc<dyn ObjectAccess>,
    bucket: String,
    key: String,
    target: PathBuf,
    /// Only a folder is made.
    is_folder: bool,
    on_conflict: OnConflict,
}

enum FetchError {
    Cloud(CloudError),
    Stop(Stop),
}

impl Transfers {
    /// Lists the folders and begins to fetch. Object keys that can not be paths are on the board as failed, with the
    /// reason. With `OnConflict::Ask`, and files that are there already, nothing begins and their names come back.
    ///
    /// Fails when a folder can not be listed or nothing lies below it.
    pub async fn download(
        &self,
        access: Arc<dyn ObjectAccess>,
        plan: DownloadPlan,
    ) -> Result<TransferStarted, Problem> {
        let wait = self.shared().limits.retry_wait;
        let entries = remote::resolve(&*access, &plan.bucket, &plan.keys, &plan.folders, wait)
            .await
            .map_err(|error| failure::cloud(&error, &plan.bucket, None))?;
        let mut jobs = Vec::new();
        let mut refused = Vec::new();
        let mut targets = HashSet::new();
        for entry in entries {
            // The marker of the folder that is looked at is the target folder itself.
            if entry.key == plan.prefix {
                continue;
            }
            let below = match &plan.name {
                Some(name) if plan.keys.contains(&entry.key) => name.as_str(),
                _ => remote::below(&entry.key, &plan.prefix),
            };
            let is_folder = entry.key.ends_with('/') && below.ends_with('/');
            let named = relative_path(
                if is_folder {
                    &below[..below.len() - 1]
                } else {
                    below
                },
                Naming::HERE,
            );
            let target = match named {
                Ok(path) => plan.directory.join(path),
                Err(fault) => {
                    let problem = failure::target_name(below, &fault.to_string());
                    refused.push((entry, plan.directory.clone(), problem));
                    continue;
                }
            };
            let twice = !targets.insert(target.clone());
            if twice && is_folder {
                continue;
            }
            if twice && !matches!(plan.on_conflict, OnConflict::KeepBoth) {
                let problem = failure::exists(&target.display().to_string());
                refused.push((entry, target, problem));
                continue;
            }
            if is_folder && entry.size.is_some_and(|size| size > 0) {
                let why = "its name ends in `/` as a folder's does, but it holds data";
                let problem = failure::target_name(below, why);
                refused.push((entry, target, problem));
                continue;
            }
            jobs.push((entry, target, is_folder));
        }
        if jobs.is_empty() && refused.is_empty() {
            return Err(Problem::new(
                Code::NoSuchObject,
                "There is nothing to download: no object lies there.",
                "Refresh the folder and choose objects.",
            ));
        }
        if matches!(plan.on_conflict, OnConflict::Ask) {
            let targets: Vec<PathBuf> = jobs
                .iter()
                .filter(|(.., is_folder)| !is_folder)
                .map(|(_, target, _)| target.clone())
                .collect();
            let directory = plan.directory.clone();
            let conflicts = blocking(move || existing(&targets, &directory)).await?;
            if !conflicts.is_empty() {
                return Ok(TransferStarted {
                    transfers: Vec::new(),
                    conflicts,
                });
            }
        }
        Ok(self.begin_downloads(&access, &plan, jobs, refused))
    }

    fn begin_downloads(
        &self,
        access: &Arc<dyn ObjectAccess>,
        plan: &DownloadPlan,
        wanted: Vec<(remote::Entry, PathBuf, bool)>,
        refused: Vec<(remote::Entry, PathBuf, Problem)>,
    ) -> TransferStarted {
        let blank = |entry: &remote::Entry| {
            let mut row = row::blank(TransferDirection::Download, &plan.profile, &plan.bucket);
            row.key.clone_from(&entry.key);
            row.bytes_total = entry.size.unwrap_or(0);
            remote::below(&entry.key, &plan.prefix).clone_into(&mut row.name);
            row
        };
        let mut transfers = Vec::new();
        let mut jobs = Vec::new();
        for (entry, target, is_folder) in wanted {
            let mut row = blank(&entry);
            row.path = target.to_string_lossy().into_owned();
            let (id, transfer) = self.add(row);
            transfers.push(id);
            let job = Job {
                access: Arc::clone(access),
                bucket: plan.bucket.clone(),
                key: entry.key,
                target,
                is_folder,
                on_conflict: plan.on_conflict.clone(),
            };
            jobs.push((transfer, job));
        }
        for (entry, target, problem) in refused {
            transfers.push(self.add_ended(
                blank(&entry),
                &target,
                Some(problem),
                TransferState::Failed,
            ));
        }
        self.start(jobs, download_file);
        TransferStarted {
            transfers,
            conflicts: Vec::new(),
        }
    }
}

/// Which of the files are there, as they are called below the directory.
fn existing(targets: &[PathBuf], directory: &Path) -> Vec<String> {
    targets
        .iter()
        .filter(|target| is_there(target))
        .map(|target| {
            target
                .strip_prefix(directory)
                .unwrap_or(target)
                .to_string_lossy()
                .into_owned()
        })
        .collect()
}

fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

async fn download_file(
    shared: Arc<Shared>,
    transfer: Arc<Transfer>,
    job: Job,
) -> Result<Finish, Stop> {
    if job.is_folder {
        let target = job.target.clone();
        blocking(move || {
            fs::create_dir_all(&target).map_err(|error| failure::target(&error, &target))
        })
        .await??;
        return Ok(Finish::Done { checksum: None });
    }
    if matches!(job.on_conflict, OnConflict::Skip | OnConflict::Ask) && is_there(&job.target) {
        return taken(&job);
    }
    let head = retried(shared.limits.retry_wait, || {
        job.access.head_object(&job.bucket, &job.key)
    });
    let head = transfer
        .unless_cancelled(head)
        .await?
        .0
        .map_err(|error| failure::cloud(&error, &job.bucket, Some(&job.key)))?;
    transfer.set_total(head.size);
    let (target, size) = (job.target.clone(), head.size);
    let sink = blocking(move || prepare(&target, size)).await??;

    let fetch = fetch_all(&shared, &transfer, &job, &head, &sink);
    transfer.unless_cancelled(fetch).await??;
    transfer.checking()?;
    let (sink, checksum) = check(&transfer, &job, &head, sink).await?;
    transfer.commit()?;
    let place = move || name_it(sink, &job);
    let Some(target) = blocking(place).await?? else {
        return Ok(Finish::Skipped);
    };
    transfer.set_path(&target);
    Ok(Finish::Done { checksum })
}

/// The name is taken, and the person did not say to replace it or to keep both.
fn taken(job: &Job) -> Result<Finish, Stop> {
    match job.on_conflict {
        OnConflict::Skip => Ok(Finish::Skipped),
        _ => Err(failure::exists(&job.target.display().to_string()).into()),
    }
}

fn prepare(target: &Path, size: u64) -> Result<Sink, Problem> {
    let folder = target.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(|error| failure::target(&error, folder))?;
    // A disk that does not tell is tried.
    if fs4::available_space(folder).is_ok_and(|room| room < size) {
        return Err(failure::disk_full(target));
    }
    match target.symlink_metadata() {
        Ok(metadata) if metadata.is_dir() => {
            return Err(failure::target(&io::ErrorKind::IsADirectory.into(), target));
        }
        // A name that the disk does not take is told before anything is fetched.
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(failure::target(&error, target));
        }
        _ => {}
    }
    Sink::create(target).map_err(|error| failure::target(&error, target))
}

async fn fetch_all(
    shared: &Shared,
    transfer: &Transfer,
    job: &Job,
    head: &ObjectHead,
    sink: &Sink,
) -> Result<(), Stop> {
    let step = if head.size > shared.limits.ranges_above {
        shared.limits.range_size.max(1)
    } else {
        head.size.max(1)
    };
    let ranges =
        (0..head.size.div_ceil(step)).map(|index| index * step..head.size.min((index + 1) * step));
    stream::iter(ranges)
        .map(|range| fetch_range(shared, transfer, job, head, sink, range))
        .buffer_unordered(shared.limits.parts.max(1))
        .try_collect::<()>()
        .await
}

/// Fetches a range, going on where it broke off. What arrived counts: only tries that bring nothing are numbered.
async fn fetch_range(
    shared: &Shared,
    transfer: &Transfer,
    job: &Job,
    head: &ObjectHead,
    sink: &Sink,
    range: Range<u64>,
) -> Result<(), Stop> {
    let mut at = range.start;
    let mut tries = 0;
    loop {
        let before = at;
        let error = match fetch_once(shared, transfer, job, head, sink, &mut at, range.end).await {
            Ok(()) => return Ok(()),
            Err(FetchError::Stop(stop)) => return Err(stop),
            Err(FetchError::Cloud(error)) => error,
        };
        tries = if at > before { 1 } else { tries + 1 };
        if error.kind == CloudErrorKind::PreconditionFailed {
            return Err(failure::object_changed(&job.key).into());
        }
        if tries >= TRIES || !retry::is_transient(&error.kind) {
            return Err(failure::cloud(&error, &job.bucket, Some(&job.key)).into());
        }
        retry::pause(tries - 1, shared.limits.retry_wait).await;
    }
}

/// One request. `at` moves with what was written.
async fn fetch_once(
    shared: &Shared,
    transfer: &Transfer,
    job: &Job,
    head: &ObjectHead,
    sink: &Sink,
    at: &mut u64,
    end: u64,
) -> Result<(), FetchError> {
    let _permit = shared.requests.acquire().await;
    let is_whole = *at == 0 && end == head.size;
    let range = (!is_whole).then(|| (*at, end - 1));
    let answer = job
        .access
        .get_object(&job.bucket, &job.key, range, head.etag.as_deref())
        .await;
    let mut body = answer.map_err(FetchError::Cloud)?;
    let mut buffer = Vec::with_capacity(BUFFER);
    let outcome = loop {
        let chunk = match body.next().await {
            Some(Ok(chunk)) => chunk,
            Some(Err(error)) => break Err(FetchError::Cloud(error)),
            None => break Ok(()),
        };
        if *at + (buffer.len() + chunk.len()) as u64 > end {
            return Err(FetchError::Stop(failure::object_changed(&job.key).into()));
        }
        let bytes = i64::try_from(chunk.len()).unwrap_or(i64::MAX);
        transfer.add_bytes(bytes);
        // What is not read here is not sent there.
        tokio::time::sleep(shared.pace.book(bytes)).await;
        buffer.extend_from_slice(&chunk);
        if buffer.len() >= BUFFER {
            buffer = flush(sink, buffer, at, &job.target).await?;
        }
    };
    flush(sink, buffer, at, &job.target).await?;
    outcome?;
    if *at < end {
        let short = CloudError::new(CloudErrorKind::Unreachable, "s3:GetObject")
            .with_source(format!("the connection ended {} bytes early", end - *at));
        return Err(FetchError::Cloud(short));
    }
    Ok(())
}

async fn flush(
    sink: &Sink,
    buffer: Vec<u8>,
    at: &mut u64,
    target: &Path,
) -> Result<Vec<u8>, FetchError> {
    let length = buffer.len() as u64;
    let mut buffer = sink
        .write_at(buffer, *at)
        .await
        .map_err(|error| FetchError::Stop(failure::target(&error, target).into()))?;
    *at += length;
    buffer.clear();
    Ok(buffer)
}

/// Brings the file to the disk and compares it with what the service stored.
async fn check(
    transfer: &Arc<Transfer>,
    job: &Job,
    head: &ObjectHead,
    sink: Sink,
) -> Result<(Sink, Option<String>), Stop> {
    let (target, key, head) = (job.target.clone(), job.key.clone(), head.clone());
    let token = transfer.token.clone();
    let checked = blocking(move || {
        let broken = |error: io::Error| Stop::Failed(failure::target(&error, &target));
        sink.sync(head.modified).map_err(broken)?;
        let length = fs::metadata(sink.path()).map_err(broken)?.len();
        if length != head.size {
            return Err(Stop::Failed(failure::mismatch(&key, "size")));
        }
        let Some(checksum) = head.checksum else {
            return Ok((sink, None));
        };
        let matches = digest::matches(sink.path(), &checksum, None, || !token.is_cancelled());
        match matches {
            Err(_) if token.is_cancelled() => Err(Stop::Cancelled),
            Err(error) => Err(broken(error)),
            Ok(None) => Ok((sink, None)),
            Ok(Some(true)) => Ok((
                sink,
                Some(format!("{} {}", checksum.algorithm.name(), checksum.value)),
            )),
            Ok(Some(false)) => Err(Stop::Failed(failure::mismatch(
                &key,
                checksum.algorithm.name(),
            ))),
        }
    });
    checked.await?
}

/// Gives the file its name, or the next free one. `None`: it is taken, and skipped for that.
fn name_it(mut sink: Sink, job: &Job) -> Result<Option<PathBuf>, Stop> {
    let own = job
        .target
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let mut target = job.target.clone();
    let mut number = 1;
    loop {
        let (error, back) =
            match sink.persist(&target, matches!(job.on_conflict, OnConflict::Replace)) {
                Ok(()) => return Ok(Some(target)),
                Err(failed) => failed,
            };
        sink = back;
        if error.kind() != io::ErrorKind::AlreadyExists
            || matches!(job.on_conflict, OnConflict::Replace)
        {
            return Err(failure::target(&error, &target).into());
        }
        match job.on_conflict {
            OnConflict::KeepBoth => {
                number += 1;
                target = job.target.with_file_name(conflict::numbered(&own, number));
            }
            OnConflict::Skip => return Ok(None),
            _ => return Err(failure::exists(&target.display().to_string()).into()),
        }
    }
}
