//! Bytes from clients into body files and back, never a whole body in memory.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures::stream::{self, Stream, StreamExt};
use hyper::HeaderMap;
use s3s::dto::StreamingBlob;
use s3s::{S3Error, S3Result, TrailingHeaders, s3_error};
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt, BufWriter};

use super::checksums::{Announced, Hashing, compare};
use super::internal;
use crate::state::State;
use crate::store::{Checksums, Segment, StoreError};

const CHUNK_BYTES: usize = 256 * 1024;

/// What was written: the body and what its bytes gave.
pub(super) struct Written {
    pub(super) segments: Vec<Segment>,
    pub(super) size: u64,
    pub(super) md5: [u8; 16],
    pub(super) checksums: Checksums,
}

/// An unfinished file that goes away unless it is kept.
struct Unfinished(Option<PathBuf>);

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(path) = self.0.take()
            && let Err(error) = std::fs::remove_file(&path)
        {
            tracing::debug!(%error, "an unfinished body was not removed");
        }
    }
}

/// Writes a client's body, computing `algorithms`, and compares it with what was announced. Nothing stays when it differs.
pub(super) async fn write_upload(
    state: &State,
    body: Option<StreamingBlob>,
    headers: &HeaderMap,
    trailing: Option<&TrailingHeaders>,
    announced: &Announced,
    algorithms: &[&str],
) -> S3Result<Written> {
    let broken = |error: s3s::StdError| broken_body(headers, error);
    let chunks = stream::iter(body)
        .flatten()
        .map(|chunk| chunk.map_err(broken));
    let length = ["x-amz-decoded-content-length", "content-length"]
        .iter()
        .find_map(|name| headers.get(*name)?.to_str().ok()?.parse::<u64>().ok());
    let check = |md5, size, checksums: &Checksums| {
        if length.is_some_and(|length| length != size) {
            return Err(incomplete_body());
        }
        let value = announced.trailer.and_then(|algorithm| {
            let name = format!("x-amz-checksum-{}", algorithm.to_ascii_lowercase());
            trailing?
                .read(|headers| Some(headers.get(&name)?.to_str().ok()?.trim().to_owned()))
                .flatten()
        });
        compare(announced, value, md5, checksums)
    };
    write_body(state, chunks, algorithms, check).await
}

fn incomplete_body() -> S3Error {
    s3_error!(
        IncompleteBody,
        "You did not provide the number of bytes specified by the Content-Length HTTP header"
    )
}

/// The body's stream ended with an error: the connection broke, or s3s found a wrong hash or chunk signature in it.
fn broken_body(headers: &HeaderMap, error: s3s::StdError) -> S3Error {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error.as_ref());
    while let Some(inner) = cause {
        if inner.is::<hyper::Error>() {
            return incomplete_body();
        }
        cause = inner.source();
    }
    let payload = headers
        .get("x-amz-content-sha256")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if payload.starts_with("STREAMING-AWS4-HMAC") {
        s3_error!(
            SignatureDoesNotMatch,
            "The request signature we calculated does not match the signature you provided. Check your key and signing method."
        )
    } else if payload.starts_with("STREAMING-") {
        incomplete_body()
    } else {
        super::error_with_status(
            "XAmzContentSHA256Mismatch",
            400,
            "The provided 'x-amz-content-sha256' header does not match what was computed."
                .to_owned(),
        )
    }
}

/// Writes a stream into a body file. The file is kept only if `check` agrees with what was found.
pub(super) async fn write_body(
    state: &State,
    chunks: impl Stream<Item = S3Result<Bytes>>,
    algorithms: &[&str],
    check: impl FnOnce([u8; 16], u64, &Checksums) -> S3Result<()>,
) -> S3Result<Written> {
    let failed = |error| internal(StoreError::Body(error));
    let mut hashing = Hashing::new(algorithms);
    let mut size = 0;
    let mut chunks = std::pin::pin!(chunks);
    let (body, path) = state.store.unfinished_body();
    let mut file = None;
    let mut unfinished = Unfinished(None);
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk?;
        if chunk.is_empty() {
            continue;
        }
        hashing.update(&chunk);
        size += chunk.len() as u64;
        let file = match &mut file {
            Some(file) => file,
            None => {
                let opened = tokio::fs::File::create(&path).await.map_err(failed)?;
                unfinished.0 = Some(path.clone());
                file.insert(BufWriter::with_capacity(CHUNK_BYTES, opened))
            }
        };
        file.write_all(&chunk).await.map_err(failed)?;
    }
    let (md5, checksums) = hashing.finish();
    check(md5, size, &checksums)?;
    let mut segments = Vec::new();
    if let Some(mut file) = file {
        file.flush().await.map_err(failed)?;
        drop(file);
        state.store.keep_body(&body, &path).map_err(failed)?;
        unfinished.0 = None;
        segments.push(Segment { body, size });
    }
    Ok(Written {
        segments,
        size,
        md5,
        checksums,
    })
}

struct Reading {
    /// File and range in it, the next one last.
    pieces: Vec<(PathBuf, Range<u64>)>,
    file: Option<(tokio::fs::File, u64)>,
}

/// The bytes `range` of a body made of `segments`.
pub(super) fn read_body(
    state: &Arc<State>,
    segments: &[Segment],
    range: Range<u64>,
) -> impl Stream<Item = std::io::Result<Bytes>> + Send + Sync + use<> {
    let mut pieces = Vec::new();
    let mut begin = 0;
    for segment in segments {
        let end = begin + segment.size;
        let from = range.start.max(begin);
        let to = range.end.min(end);
        if from < to {
            let path = state.store.body_path(&segment.body);
            pieces.push((path, from - begin..to - begin));
        }
        begin = end;
    }
    pieces.reverse();
    let reading = Reading { pieces, file: None };
    stream::try_unfold(reading, |mut reading| async move {
        let (file, left) = match &mut reading.file {
            Some(open) => open,
            None => {
                let Some((path, range)) = reading.pieces.pop() else {
                    return Ok(None);
                };
                let mut file = tokio::fs::File::open(&path).await?;
                file.seek(std::io::SeekFrom::Start(range.start)).await?;
                reading.file.insert((file, range.end - range.start))
            }
        };
        let wanted = CHUNK_BYTES.min(usize::try_from(*left).unwrap_or(CHUNK_BYTES));
        let mut chunk = BytesMut::with_capacity(wanted);
        while chunk.len() < wanted {
            let missing = (wanted - chunk.len()) as u64;
            if (&mut *file).take(missing).read_buf(&mut chunk).await? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
        }
        *left -= wanted as u64;
        if *left == 0 {
            reading.file = None;
        }
        Ok(Some((chunk.freeze(), reading)))
    })
}
