//! A service in memory: real bytes and checksums, and faults on order.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io::Read,
    io::Seek,
    io::SeekFrom,
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use futures::{StreamExt, stream};
use keywell_app::{
    cloud::{
        ByteStream, Checksum, ChecksumAlgorithm, CloudError, CloudErrorKind, CompleteMultipart,
        CopyObject, FileSlice, ListObjects, ObjectAccess, ObjectEntry, ObjectHead, ObjectListing,
        OnBytes, Presigned, PutObject, Stored, UploadPart, UploadedPart,
    },
    transfers::{Limits, Transfers},
};

pub const BUCKET: &str = "shelf";

/// What a call does instead of, or before, or after its work.
pub enum Fault {
    Fail(CloudErrorKind),
    /// Works, but the answer is lost on the way.
    LoseAnswer,
    /// Never answers.
    Hang,
    /// The body ends after so many bytes, with an error or as if that were all.
    Cut(usize),
    CutSilently(usize),
    /// Something happens in the world first.
    Meanwhile(Box<dyn FnOnce(&MemoryService) + Send>),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    pub bytes: Vec<u8>,
    pub content_type: Option<String>,
    pub checksum: Option<Checksum>,
    pub etag: String,
    /// What `HeadObject` says instead of the true size.
    pub claimed_size: Option<u64>,
}

struct Upload {
    bucket: String,
    key: String,
    content_type: Option<String>,
    parts: BTreeMap<i32, Vec<u8>>,
}

#[derive(Default)]
struct State {
    objects: BTreeMap<(String, String), Object>,
    uploads: BTreeMap<String, Upload>,
    faults: Vec<(&'static str, Fault)>,
    denied: BTreeSet<&'static str>,
    calls: Vec<String>,
    last: u64,
}

#[derive(Clone)]
pub struct MemoryService {
    state: Arc<Mutex<State>>,
    page: usize,
}

impl MemoryService {
    pub fn new() -> Self {
        Self::with_pages_of(1000)
    }

    pub fn with_pages_of(page: usize) -> Self {
        Self {
            state: Arc::default(),
            page,
        }
    }

    pub fn access(&self) -> Arc<dyn ObjectAccess> {
        Arc::new(self.clone())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub fn put(&self, key: &str, bytes: impl Into<Vec<u8>>) {
        self.store(BUCKET, key, bytes.into(), None);
    }

    fn store(
        &self,
        bucket: &str,
        key: &str,
        bytes: Vec<u8>,
        content_type: Option<String>,
    ) -> Stored {
        let mut state = self.state();
        state.last += 1;
        let etag = format!("\"{}\"", state.last);
        let checksum = Some(crc64(&bytes));
        let object = Object {
            bytes,
            content_type,
            checksum: checksum.clone(),
            etag: etag.clone(),
            claimed_size: None,
        };
        state.objects.insert((bucket.into(), key.into()), object);
        Stored {
            etag: Some(etag),
            checksum,
        }
    }

    pub fn alter(&self, key: &str, change: impl FnOnce(&mut Object)) {
        change(
            self.state()
                .objects
                .get_mut(&(BUCKET.into(), key.into()))
                .unwrap(),
        );
    }

    pub fn get(&self, key: &str) -> Option<Object> {
        self.state()
            .objects
            .get(&(BUCKET.into(), key.into()))
            .cloned()
    }

    pub fn bytes(&self, key: &str) -> Option<Vec<u8>> {
        self.get(key).map(|object| object.bytes)
    }

    pub fn keys(&self) -> Vec<String> {
        self.keys_of(BUCKET)
    }

    pub fn keys_of(&self, bucket: &str) -> Vec<String> {
        self.state()
            .objects
            .keys()
            .filter(|(of, _)| of == bucket)
            .map(|(_, key)| key.clone())
            .collect()
    }

    pub fn open_uploads(&self) -> usize {
        self.state().uploads.len()
    }

    /// The next call of this operation that finds no earlier fault meets this one.
    pub fn fault(&self, operation: &'static str, fault: Fault) {
        self.state().faults.push((operation, fault));
    }

    pub fn deny(&self, operation: &'static str) {
        self.state().denied.insert(operation);
    }

    pub fn calls(&self, operation: &str) -> Vec<String> {
        self.state()
            .calls
            .iter()
            .filter(|call| call.split(' ').next() == Some(operation))
            .cloned()
            .collect()
    }

    /// Writes the call down and lets its fault happen. What comes back is for the end of the call.
    async fn arrive(
        &self,
        operation: &'static str,
        details: String,
    ) -> Result<Option<Fault>, CloudError> {
        let fault = {
            let mut state = self.state();
            state.calls.push(format!("{operation} {details}"));
            if state.denied.contains(operation) {
                return Err(CloudError::new(CloudErrorKind::AccessDenied, operation));
            }
            let at = state.faults.iter().position(|(of, _)| *of == operation);
            at.map(|at| state.faults.remove(at).1)
        };
        match fault {
            Some(Fault::Fail(kind)) => Err(CloudError::new(kind, operation)),
            Some(Fault::Hang) => futures::future::pending().await,
            Some(Fault::Meanwhile(happen)) => {
                happen(self);
                Ok(None)
            }
            fault => Ok(fault),
        }
    }

    fn leave<T>(operation: &'static str, fault: Option<Fault>, answer: T) -> Result<T, CloudError> {
        match fault {
            Some(Fault::LoseAnswer) => Err(CloudError::new(CloudErrorKind::Unreachable, operation)),
            _ => Ok(answer),
        }
    }

    fn absent(
        &self,
        bucket: &str,
        key: &str,
        wanted: bool,
        operation: &'static str,
    ) -> Result<(), CloudError> {
        if wanted
            && self
                .state()
                .objects
                .contains_key(&(bucket.into(), key.into()))
        {
            return Err(CloudError::new(
                CloudErrorKind::PreconditionFailed,
                operation,
            ));
        }
        Ok(())
    }
}

pub fn crc64(bytes: &[u8]) -> Checksum {
    let value = crc_fast::checksum(crc_fast::CrcAlgorithm::Crc64Nvme, bytes);
    Checksum {
        algorithm: ChecksumAlgorithm::Crc64Nvme,
        value: BASE64_STANDARD.encode(value.to_be_bytes()),
        full_object: true,
    }
}

fn read(
    slice: FileSlice<'_>,
    on_bytes: &OnBytes,
    operation: &'static str,
) -> Result<Vec<u8>, CloudError> {
    let local = |error: std::io::Error| {
        CloudError::new(CloudErrorKind::LocalFile, operation).with_source(error)
    };
    let mut file = File::open(slice.path).map_err(local)?;
    file.seek(SeekFrom::Start(slice.offset)).map_err(local)?;
    let mut bytes = vec![0; usize::try_from(slice.length).unwrap()];
    file.read_exact(&mut bytes).map_err(local)?;
    let _ = on_bytes(i64::try_from(bytes.len()).unwrap());
    Ok(bytes)
}

#[async_trait]
impl ObjectAccess for MemoryService {
    async fn list_objects(&self, request: ListObjects<'_>) -> Result<ObjectListing, CloudError> {
        self.arrive(
            "list",
            format!("{} {:?}", request.prefix, request.continuation),
        )
        .await?;
        let room = self.page.min(usize::try_from(request.max_keys).unwrap());
        let mut page = ObjectListing::default();
        let mut names = BTreeSet::new();
        for ((bucket, key), object) in &self.state().objects {
            let Some(rest) = key
                .strip_prefix(request.prefix)
                .filter(|_| bucket == request.bucket)
            else {
                continue;
            };
            let folder = request
                .delimiter
                .and_then(|delimiter| rest.find(delimiter))
                .map(|at| key[..=request.prefix.len() + at].to_owned());
            let name = folder.clone().unwrap_or_else(|| key.clone());
            if request
                .continuation
                .is_some_and(|after| name.as_str() <= after)
                || names.contains(&name)
            {
                continue;
            }
            if names.len() == room {
                page.continuation = names.last().cloned();
                break;
            }
            names.insert(name);
            match folder {
                Some(folder) => page.folders.push(folder),
                None => page.objects.push(ObjectEntry {
                    key: key.clone(),
                    size: object.bytes.len() as u64,
                    modified: None,
                    etag: Some(object.etag.clone()),
                    storage_class: "STANDARD".into(),
                }),
            }
        }
        Ok(page)
    }

    async fn head_object(&self, bucket: &str, key: &str) -> Result<ObjectHead, CloudError> {
        self.arrive("head", key.into()).await?;
        let state = self.state();
        let object = state
            .objects
            .get(&(bucket.into(), key.into()))
            .ok_or_else(|| CloudError::new(CloudErrorKind::NoSuchObject, "s3:HeadObject"))?;
        Ok(ObjectHead {
            size: object.claimed_size.unwrap_or(object.bytes.len() as u64),
            etag: Some(object.etag.clone()),
            modified: Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000)),
            content_type: object.content_type.clone(),
            checksum: object.checksum.clone(),
        })
    }

    async fn put_object(
        &self,
        request: PutObject<'_>,
        on_bytes: OnBytes,
    ) -> Result<Stored, CloudError> {
        let fault = self.arrive("put", request.key.into()).await?;
        let bytes = read(request.body, &on_bytes, "s3:PutObject")?;
        self.absent(
            request.bucket,
            request.key,
            request.only_if_absent,
            "s3:PutObject",
        )?;
        let stored = self.store(
            request.bucket,
            request.key,
            bytes,
            request.content_type.map(Into::into),
        );
        Self::leave("s3:PutObject", fault, stored)
    }

    async fn put_empty(&self, bucket: &str, key: &str) -> Result<(), CloudError> {
        self.store(bucket, key, Vec::new(), None);
        Ok(())
    }

    async fn create_multipart(
        &self,
        bucket: &str,
        key: &str,
        content_type: Option<&str>,
    ) -> Result<String, CloudError> {
        self.arrive("create", key.into()).await?;
        let mut state = self.state();
        state.last += 1;
        let id = format!("upload-{}", state.last);
        let upload = Upload {
            bucket: bucket.into(),
            key: key.into(),
            content_type: content_type.map(Into::into),
            parts: BTreeMap::new(),
        };
        state.uploads.insert(id.clone(), upload);
        Ok(id)
    }

    async fn upload_part(
        &self,
        request: UploadPart<'_>,
        on_bytes: OnBytes,
    ) -> Result<UploadedPart, CloudError> {
        let fault = self
            .arrive(
                "part",
                format!("{} {}", request.number, request.body.length),
            )
            .await?;
        let bytes = read(request.body, &on_bytes, "s3:UploadPart")?;
        let checksum = Some(crc64(&bytes));
        self.state()
            .uploads
            .get_mut(request.upload_id)
            .ok_or_else(|| CloudError::new(CloudErrorKind::NoSuchUpload, "s3:UploadPart"))?
            .parts
            .insert(request.number, bytes);
        let part = UploadedPart {
            size: request.body.length,
            number: request.number,
            etag: format!("\"{}\"", request.number),
            checksum,
        };
        Self::leave("s3:UploadPart", fault, part)
    }

    async fn complete_multipart(
        &self,
        request: CompleteMultipart<'_>,
    ) -> Result<Stored, CloudError> {
        let fault = self.arrive("complete", request.key.into()).await?;
        self.absent(
            request.bucket,
            request.key,
            request.only_if_absent,
            "s3:CompleteMultipartUpload",
        )?;
        let upload = self
            .state()
            .uploads
            .remove(request.upload_id)
            .ok_or_else(|| {
                CloudError::new(CloudErrorKind::NoSuchUpload, "s3:CompleteMultipartUpload")
            })?;
        assert!(
            request.parts.is_sorted_by_key(|part| part.number),
            "S3 wants parts in order"
        );
        let bytes: Vec<u8> = request
            .parts
            .iter()
            .flat_map(|part| upload.parts[&part.number].clone())
            .collect();
        assert_eq!(bytes.len() as u64, request.size);
        let stored = self.store(&upload.bucket, &upload.key, bytes, upload.content_type);
        Self::leave("s3:CompleteMultipartUpload", fault, stored)
    }

    async fn abort_multipart(&self, _: &str, key: &str, upload_id: &str) -> Result<(), CloudError> {
        self.arrive("abort", key.into()).await?;
        self.state()
            .uploads
            .remove(upload_id)
            .map(|_| ())
            .ok_or_else(|| CloudError::new(CloudErrorKind::NoSuchUpload, "s3:AbortMultipartUpload"))
    }

    async fn get_object(
        &self,
        bucket: &str,
        key: &str,
        range: Option<(u64, u64)>,
        if_match: Option<&str>,
    ) -> Result<ByteStream, CloudError> {
        let fault = self.arrive("get", format!("{key} {range:?}")).await?;
        let object = self
            .state()
            .objects
            .get(&(bucket.into(), key.into()))
            .cloned()
            .ok_or_else(|| CloudError::new(CloudErrorKind::NoSuchObject, "s3:GetObject"))?;
        if if_match.is_some_and(|etag| etag != object.etag) {
            return Err(CloudError::new(
                CloudErrorKind::PreconditionFailed,
                "s3:GetObject",
            ));
        }
        let bytes = Bytes::from(object.bytes);
        let bytes = match range {
            Some((first, last)) => {
                let end = usize::try_from(last).unwrap() + 1;
                bytes.slice(usize::try_from(first).unwrap()..end.min(bytes.len()))
            }
            None => bytes,
        };
        let (length, ending) = match fault {
            Some(Fault::Cut(after)) => (
                after,
                Some(Err(CloudError::new(
                    CloudErrorKind::Unreachable,
                    "s3:GetObject",
                ))),
            ),
            Some(Fault::CutSilently(after)) => (after, None),
            _ => (bytes.len(), None),
        };
        let sent = bytes.slice(..length.min(bytes.len()));
        let chunks: Vec<_> = sent
            .chunks(7)
            .map(|chunk| Ok(Bytes::copy_from_slice(chunk)))
            .chain(ending)
            .collect();
        Ok(stream::iter(chunks).boxed())
    }

    async fn copy_object(&self, request: CopyObject<'_>) -> Result<(), CloudError> {
        self.arrive("copy", request.from_key.into()).await?;
        self.absent(
            request.bucket,
            request.key,
            request.only_if_absent,
            "s3:CopyObject",
        )?;
        let source = (request.from_bucket.to_owned(), request.from_key.to_owned());
        let object = self
            .state()
            .objects
            .get(&source)
            .cloned()
            .ok_or_else(|| CloudError::new(CloudErrorKind::NoSuchObject, "s3:CopyObject"))?;
        self.store(
            request.bucket,
            request.key,
            object.bytes,
            object.content_type,
        );
        Ok(())
    }

    async fn delete_objects(
        &self,
        bucket: &str,
        keys: &[String],
    ) -> Result<Vec<(String, CloudError)>, CloudError> {
        assert!(keys.len() <= 1000, "DeleteObjects takes 1,000 keys");
        let call = self.arrive("delete", keys.len().to_string()).await;
        match call {
            // One key of the batch is told to slow down; the call itself is fine.
            Err(error) if error.kind == CloudErrorKind::Throttled => {
                let mut state = self.state();
                for key in &keys[1..] {
                    state.objects.remove(&(bucket.to_owned(), key.clone()));
                }
                Ok(vec![(keys[0].clone(), error)])
            }
            Err(error) => Err(error),
            Ok(_) => {
                let mut state = self.state();
                for key in keys {
                    state.objects.remove(&(bucket.to_owned(), key.clone()));
                }
                Ok(Vec::new())
            }
        }
    }

    async fn presign_get(&self, _: &str, _: &str, _: u32) -> Result<Presigned, CloudError> {
        Err(CloudError::new(
            CloudErrorKind::NotImplemented,
            "s3:GetObject",
        ))
    }
}

/// A board whose files count as large from 16 bytes on.
pub fn small_transfers() -> Transfers {
    let limits = Limits {
        multipart_from: 16,
        part_size: 8,
        ranges_above: 32,
        range_size: 16,
        retry_wait: Duration::from_millis(1),
        ..Limits::default()
    };
    Transfers::new(
        Arc::new(|| SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000)),
        limits,
    )
}

/// Bytes in which no two places look alike.
pub fn pattern(length: usize) -> Vec<u8> {
    (0..length)
        .map(|index| u8::try_from((index * 31 + index / 251) % 256).unwrap())
        .collect()
}

pub fn code(row: &keywell_wire::TransferRow) -> &str {
    row.failure
        .as_ref()
        .map_or("", |failure| failure.code.as_str())
}
