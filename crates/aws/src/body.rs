//! A run of bytes of a file as a request body: read while it is sent, begun again for a retry, never held whole.

use std::{
    error::Error,
    fmt,
    fs::File,
    future::Future,
    io,
    path::{Path, PathBuf},
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, AtomicU32, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use aws_sdk_s3::primitives::{ByteStream, SdkBody};
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use keywell_app::cloud::{
    Checksum, ChecksumAlgorithm, CloudError, CloudErrorKind, FileSlice, OnBytes,
};
use tokio::{
    task::JoinHandle,
    time::{Instant, Sleep, sleep_until},
};

use crate::checksum::Digest;

const BLOCK: u64 = 256 * 1024;

/// What is sent at once. Small, so that a slow pace keeps bytes moving: S3 ends connections that stand still.
const FRAME: usize = 64 * 1024;

/// How long an upload or a download may stand still before it is given up.
pub(crate) const INACTIVITY: Duration = Duration::from_secs(60);

/// The file could not be read while it was sent.
#[derive(Debug)]
pub(crate) struct FileReadError {
    path: PathBuf,
    source: io::Error,
}

impl fmt::Display for FileReadError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} can not be read", self.path.display())
    }
}

impl Error for FileReadError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.source)
    }
}

/// A file slice that is ready to be sent, as often as it takes.
#[derive(Clone)]
pub(crate) struct Outgoing {
    file: Arc<File>,
    path: PathBuf,
    offset: u64,
    length: u64,
    algorithm: ChecksumAlgorithm,
    progress: Arc<Progress>,
}

/// What is known across all attempts of one upload.
struct Progress {
    /// Bytes counted in the attempt under way.
    counted: AtomicI64,
    attempts: AtomicU32,
    on_bytes: OnBytes,
    last_activity: Mutex<Instant>,
    digest: Mutex<Option<String>>,
}

impl Progress {
    fn touch(&self) {
        self.touch_at(Instant::now());
    }

    fn touch_at(&self, time: Instant) {
        *self
            .last_activity
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = time;
    }

    fn begin(&self) {
        self.touch();
        self.attempts.fetch_add(1, Ordering::Relaxed);
        *self.digest.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.rewind();
    }

    /// Takes back what was counted, so that the next attempt counts from nothing.
    fn rewind(&self) {
        let earlier = self.counted.swap(0, Ordering::Relaxed);
        if earlier != 0 {
            (self.on_bytes)(-earlier);
        }
    }

    /// When the next bytes may go, if that is not at once. A wait that was asked for is no standstill.
    fn add(&self, bytes: usize) -> Option<Instant> {
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        self.counted.fetch_add(bytes, Ordering::Relaxed);
        let (now, wait) = (Instant::now(), (self.on_bytes)(bytes));
        self.touch_at(now + wait);
        (!wait.is_zero()).then(|| now + wait)
    }
}

impl Outgoing {
    /// Opens the file; fails with `LocalFile` when it can not be opened or is shorter than the slice.
    pub(crate) async fn open(
        slice: FileSlice<'_>,
        algorithm: ChecksumAlgorithm,
        on_bytes: OnBytes,
        operation: &'static str,
    ) -> Result<Outgoing, CloudError> {
        let path = slice.path.to_owned();
        let end = slice.offset.saturating_add(slice.length);
        let opened = {
            let path = path.clone();
            tokio::task::spawn_blocking(move || open_for(&path, end)).await
        };
        let file = opened
            .unwrap_or_else(|join| Err(io::Error::other(join)))
            .map_err(|source| {
                CloudError::new(CloudErrorKind::LocalFile, operation).with_source(FileReadError {
                    path: path.clone(),
                    source,
                })
            })?;
        Ok(Outgoing {
            file: Arc::new(file),
            path,
            offset: slice.offset,
            length: slice.length,
            algorithm,
            progress: Arc::new(Progress {
                counted: AtomicI64::new(0),
                attempts: AtomicU32::new(0),
                on_bytes,
                last_activity: Mutex::new(Instant::now()),
                digest: Mutex::new(None),
            }),
        })
    }

    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// A body for one call of the SDK, which makes it anew for each of its attempts.
    pub(crate) fn body(&self) -> ByteStream {
        self.progress.touch();
        if self.length == 0 {
            *self
                .progress
                .digest
                .lock()
                .unwrap_or_else(PoisonError::into_inner) =
                Digest::new(self.algorithm).map(Digest::base64);
            return ByteStream::from_static(b"");
        }
        let outgoing = self.clone();
        ByteStream::new(SdkBody::retryable(move || {
            SdkBody::from_body_1_x(FileBody::new(&outgoing))
        }))
    }

    /// The checksum of what was sent last, once all of it was.
    pub(crate) fn sent(&self) -> Option<Checksum> {
        let value = self
            .progress
            .digest
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()?;
        Some(Checksum {
            algorithm: self.algorithm,
            value,
            full_object: true,
        })
    }

    /// Whether bytes were sent more than once, so that the first time may have arrived although its answer did not.
    pub(crate) fn was_repeated(&self) -> bool {
        self.progress.attempts.load(Ordering::Relaxed) > 1
    }

    /// Runs an upload of this slice. What was counted is taken back when it fails; it fails with `TimedOut` when no byte moved for [`INACTIVITY`].
    pub(crate) async fn watch<T>(
        &self,
        operation: &'static str,
        upload: impl Future<Output = Result<T, CloudError>>,
    ) -> Result<T, CloudError> {
        let answer = self.until_stalled(operation, upload).await;
        if answer.is_err() {
            self.progress.rewind();
        }
        answer
    }

    async fn until_stalled<T>(
        &self,
        operation: &'static str,
        upload: impl Future<Output = Result<T, CloudError>>,
    ) -> Result<T, CloudError> {
        tokio::pin!(upload);
        loop {
            let last = *self
                .progress
                .last_activity
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            let deadline = last + INACTIVITY;
            if deadline <= Instant::now() {
                return Err(CloudError::new(CloudErrorKind::TimedOut, operation));
            }
            tokio::select! {
                result = &mut upload => return result,
                () = tokio::time::sleep_until(deadline) => {}
            }
        }
    }
}

fn open_for(path: &Path, end: u64) -> io::Result<File> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "not a regular file",
        ));
    }
    if metadata.len() < end {
        return Err(ended_early());
    }
    Ok(file)
}

fn ended_early() -> io::Error {
    io::Error::new(
        io::ErrorKind::UnexpectedEof,
        "the file is shorter than it was",
    )
}

/// One attempt. Reads one block ahead of the network.
struct FileBody {
    file: Arc<File>,
    path: PathBuf,
    /// Where the next read begins.
    offset: u64,
    unread: u64,
    unsent: u64,
    reading: Option<JoinHandle<io::Result<Bytes>>>,
    /// What was read and not sent yet.
    block: Bytes,
    /// Until the next bytes may go.
    pause: Option<Pin<Box<Sleep>>>,
    digest: Option<Digest>,
    progress: Arc<Progress>,
    begun: bool,
}

impl FileBody {
    fn new(outgoing: &Outgoing) -> FileBody {
        FileBody {
            file: Arc::clone(&outgoing.file),
            path: outgoing.path.clone(),
            offset: outgoing.offset,
            unread: outgoing.length,
            unsent: outgoing.length,
            reading: None,
            block: Bytes::new(),
            pause: None,
            digest: Digest::new(outgoing.algorithm),
            progress: Arc::clone(&outgoing.progress),
            begun: false,
        }
    }

    fn read_ahead(&mut self) {
        let length = self.unread.min(BLOCK);
        if length == 0 {
            return;
        }
        let (file, offset) = (Arc::clone(&self.file), self.offset);
        self.reading = Some(tokio::task::spawn_blocking(move || {
            read_block(&file, offset, length)
        }));
        self.offset += length;
        self.unread -= length;
    }

    /// The next block; the one after it is being read when this one is there.
    fn poll_block(&mut self, context: &mut Context<'_>) -> Poll<io::Result<Bytes>> {
        if self.reading.is_none() {
            self.read_ahead();
        }
        let Some(reading) = self.reading.as_mut() else {
            return Poll::Ready(Err(ended_early()));
        };
        let read = ready!(Pin::new(reading).poll(context))
            .unwrap_or_else(|join| Err(io::Error::other(join)));
        self.reading = None;
        if read.is_ok() {
            self.read_ahead();
        }
        Poll::Ready(read)
    }
}

impl Body for FileBody {
    type Data = Bytes;
    type Error = FileReadError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, FileReadError>>> {
        let this = self.get_mut();
        // The SDK makes bodies that it never sends, so an attempt begins with the first poll.
        if !this.begun {
            this.begun = true;
            this.progress.begin();
        }
        if this.unsent == 0 {
            return Poll::Ready(None);
        }
        if let Some(pause) = this.pause.as_mut() {
            ready!(pause.as_mut().poll(context));
            this.pause = None;
        }
        if this.block.is_empty() {
            match ready!(this.poll_block(context)) {
                Ok(block) => this.block = block,
                Err(source) => {
                    this.unsent = 0;
                    return Poll::Ready(Some(Err(FileReadError {
                        path: this.path.clone(),
                        source,
                    })));
                }
            }
        }
        let frame = this.block.split_to(this.block.len().min(FRAME));
        if let Some(digest) = this.digest.as_mut() {
            digest.update(&frame);
        }
        this.unsent -= frame.len() as u64;
        if this.unsent == 0 {
            *this
                .progress
                .digest
                .lock()
                .unwrap_or_else(PoisonError::into_inner) = this.digest.take().map(Digest::base64);
        }
        let next = this.progress.add(frame.len());
        this.pause = next.map(|time| Box::pin(sleep_until(time)));
        Poll::Ready(Some(Ok(Frame::data(frame))))
    }

    fn is_end_stream(&self) -> bool {
        self.unsent == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.unsent)
    }
}

fn read_block(file: &File, offset: u64, length: u64) -> io::Result<Bytes> {
    let mut block = vec![0; usize::try_from(length).map_err(io::Error::other)?];
    let mut filled = 0;
    while filled < block.len() {
        match read_at(file, &mut block[filled..], offset + filled as u64) {
            Ok(0) => return Err(ended_early()),
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(block.into())
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(windows)]
fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}
