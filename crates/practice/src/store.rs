//! What is kept on disk: an index (redb) of the account, buckets, objects and uploads, and one file per body.
//!
//! Object keys are bytes in the index, so that they list in byte order. Bodies never change once written: an object
//! made of parts points to the parts' files, a copy is a hard link. Changes of objects are visible at once and durable
//! within [`FLUSH_INTERVAL`]; changes of the account and of buckets are durable when they return. A body that nothing
//! points to any more is removed after the index is durable, so that a crash never leaves an object without its body.

use std::collections::{BTreeMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use redb::{
    Database, DatabaseError, Durability, ReadableDatabase, ReadableTable, Table, TableDefinition,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::PracticeError;
use crate::random;
pub(crate) use crate::records::{
    Bucket, Checksums, Description, Encryption, Object, Part, PartSummary, PublicAccessBlock,
    Segment, Upload,
};

/// How long a change of an object may stay in memory only.
pub(crate) const FLUSH_INTERVAL: Duration = Duration::from_millis(100);

/// A body that was replaced stays this long for those who still read it.
const GARBAGE_AGE: Duration = Duration::from_secs(30);

pub(crate) const INDEX_FILE: &str = "practice.redb";
pub(crate) const BODIES_FOLDER: &str = "bodies";
const UNFINISHED_FOLDER: &str = "unfinished";

const ACCOUNT: TableDefinition<&str, &[u8]> = TableDefinition::new("account");
const BUCKETS: TableDefinition<&str, &[u8]> = TableDefinition::new("buckets");
const OBJECTS: TableDefinition<(&str, &[u8]), &[u8]> = TableDefinition::new("objects");
const UPLOADS: TableDefinition<(&str, &[u8], &str), &[u8]> = TableDefinition::new("uploads");
const PARTS: TableDefinition<(&str, u32), &[u8]> = TableDefinition::new("parts");

/// A failure of the disk or of the index; the client sees InternalError.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    #[error("the index failed")]
    Index(#[source] Box<redb::Error>),
    #[error("a record in the index is not understood")]
    Record(#[source] serde_json::Error),
    #[error("a body file failed")]
    Body(#[source] io::Error),
}

macro_rules! index_errors {
    ($($kind:ty),*) => {
        $(impl From<$kind> for StoreError {
            fn from(error: $kind) -> Self {
                Self::Index(Box::new(error.into()))
            }
        })*
    };
}
index_errors!(
    redb::StorageError,
    redb::TableError,
    redb::TransactionError,
    redb::CommitError,
    redb::SetDurabilityError
);

impl From<serde_json::Error> for StoreError {
    fn from(error: serde_json::Error) -> Self {
        Self::Record(error)
    }
}

pub(crate) struct Store {
    database: Database,
    bodies: PathBuf,
    unflushed: AtomicBool,
    garbage: Mutex<Vec<(Instant, String)>>,
}

/// The tables of one change; all of it is applied, or nothing.
pub(crate) struct Tables<'t> {
    buckets: Table<'t, &'static str, &'static [u8]>,
    objects: Table<'t, (&'static str, &'static [u8]), &'static [u8]>,
    uploads: Table<'t, (&'static str, &'static [u8], &'static str), &'static [u8]>,
    parts: Table<'t, (&'static str, u32), &'static [u8]>,
    garbage: Vec<String>,
}

/// When a change is on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durable {
    /// When the change returns.
    AtOnce,
    /// Within [`FLUSH_INTERVAL`].
    Soon,
}

impl Store {
    /// Opens the folder's store, or makes it. Fails with `AlreadyRunning` while another one has it open.
    pub(crate) fn open(data_dir: &Path) -> Result<Self, PracticeError> {
        let index = data_dir.join(INDEX_FILE);
        let database = Database::create(&index).map_err(|error| match error {
            DatabaseError::DatabaseAlreadyOpen => PracticeError::AlreadyRunning {
                data_dir: data_dir.to_owned(),
            },
            error => PracticeError::state(&index, error),
        })?;
        let bodies = data_dir.join(BODIES_FOLDER);
        let store = Self {
            database,
            bodies,
            unflushed: AtomicBool::new(false),
            garbage: Mutex::new(Vec::new()),
        };
        let unfinished = store.bodies.join(UNFINISHED_FOLDER);
        if unfinished.exists() {
            std::fs::remove_dir_all(&unfinished)
                .map_err(|source| PracticeError::file("remove", &unfinished, source))?;
        }
        std::fs::create_dir_all(&unfinished)
            .map_err(|source| PracticeError::file("make", &unfinished, source))?;
        store
            .make_tables()
            .map_err(|error| PracticeError::state(&index, error))?;
        store
            .remove_orphans()
            .map_err(|error| PracticeError::state(&store.bodies, error))?;
        Ok(store)
    }

    /// A store that is gone with this process, for an account without objects.
    pub(crate) fn in_memory() -> Result<Self, PracticeError> {
        let nowhere = Path::new("");
        let database = Database::builder()
            .create_with_backend(redb::backends::InMemoryBackend::new())
            .map_err(|error| PracticeError::state(nowhere, error))?;
        let store = Self {
            database,
            bodies: PathBuf::new(),
            unflushed: AtomicBool::new(false),
            garbage: Mutex::new(Vec::new()),
        };
        store
            .make_tables()
            .map_err(|error| PracticeError::state(nowhere, error))?;
        Ok(store)
    }

    fn make_tables(&self) -> Result<(), StoreError> {
        let transaction = self.database.begin_write()?;
        transaction.open_table(ACCOUNT)?;
        Tables::open(&transaction)?;
        Ok(transaction.commit()?)
    }

    /// Removes the bodies that a crash left without an owner.
    fn remove_orphans(&self) -> Result<(), StoreError> {
        let transaction = self.database.begin_read()?;
        let mut owned = HashSet::new();
        for row in transaction.open_table(OBJECTS)?.iter()? {
            let object: Object = serde_json::from_slice(row?.1.value())?;
            owned.extend(object.segments.into_iter().map(|segment| segment.body));
        }
        for row in transaction.open_table(PARTS)?.iter()? {
            let part: Part = serde_json::from_slice(row?.1.value())?;
            owned.extend(part.segments.into_iter().map(|segment| segment.body));
        }
        for folder in std::fs::read_dir(&self.bodies).map_err(StoreError::Body)? {
            let folder = folder.map_err(StoreError::Body)?.path();
            if folder.ends_with(UNFINISHED_FOLDER) || !folder.is_dir() {
                continue;
            }
            for file in std::fs::read_dir(&folder).map_err(StoreError::Body)? {
                let file = file.map_err(StoreError::Body)?;
                if !owned.contains(&*file.file_name().to_string_lossy()) {
                    std::fs::remove_file(file.path()).map_err(StoreError::Body)?;
                }
            }
        }
        Ok(())
    }

    /// A record of the account's table.
    pub(crate) fn account_record<T: DeserializeOwned>(
        &self,
        name: &str,
    ) -> Result<Option<T>, StoreError> {
        let table = self.database.begin_read()?.open_table(ACCOUNT)?;
        record(table.get(name)?.map(|guard| guard.value().to_vec()))
    }

    /// Writes a record of the account's table.
    pub(crate) fn put_account_record<T: Serialize>(
        &self,
        name: &str,
        value: &T,
        durable: Durable,
    ) -> Result<(), StoreError> {
        let mut transaction = self.database.begin_write()?;
        self.set_durability(&mut transaction, durable)?;
        transaction
            .open_table(ACCOUNT)?
            .insert(name, serde_json::to_vec(value)?.as_slice())?;
        Ok(transaction.commit()?)
    }

    fn set_durability(
        &self,
        transaction: &mut redb::WriteTransaction,
        durable: Durable,
    ) -> Result<(), StoreError> {
        if durable == Durable::Soon {
            transaction.set_durability(Durability::None)?;
            self.unflushed.store(true, Ordering::Release);
        }
        Ok(())
    }

    /// Changes the tables in one transaction; nothing is changed when `change` fails.
    pub(crate) fn change<T, E: From<StoreError>>(
        &self,
        durable: Durable,
        change: impl FnOnce(&mut Tables<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut transaction = self.database.begin_write().map_err(StoreError::from)?;
        self.set_durability(&mut transaction, durable)?;
        let mut tables = Tables::open(&transaction)?;
        let result = change(&mut tables);
        let garbage = std::mem::take(&mut tables.garbage);
        drop(tables);
        match result {
            Ok(value) => {
                transaction.commit().map_err(StoreError::from)?;
                self.discard(garbage);
                Ok(value)
            }
            Err(error) => {
                if let Err(abort) = transaction.abort() {
                    tracing::warn!(%abort, "a change could not be taken back");
                }
                Err(error)
            }
        }
    }

    /// Makes every change durable and removes bodies that nobody needs; `all` also those that may still be read.
    pub(crate) fn flush(&self, all: bool) -> Result<(), StoreError> {
        // Bodies are taken before the commit: whatever replaced them is then part of it.
        let due: Vec<String> = {
            let mut garbage = self.garbage.lock().unwrap_or_else(|lock| lock.into_inner());
            let (due, rest): (Vec<_>, Vec<_>) = std::mem::take(&mut *garbage)
                .into_iter()
                .partition(|(since, _)| all || since.elapsed() >= GARBAGE_AGE);
            *garbage = rest;
            due.into_iter().map(|(_, body)| body).collect()
        };
        if self.unflushed.swap(false, Ordering::AcqRel) {
            self.database.begin_write()?.commit()?;
        }
        for body in due {
            if let Err(error) = std::fs::remove_file(self.body_path(&body)) {
                tracing::debug!(%error, body, "a body could not be removed");
            }
        }
        Ok(())
    }

    fn discard(&self, bodies: Vec<String>) {
        let now = Instant::now();
        self.garbage
            .lock()
            .unwrap_or_else(|lock| lock.into_inner())
            .extend(bodies.into_iter().map(|body| (now, body)));
    }

    /// Hands over bodies that never came into the index.
    pub(crate) fn discard_segments(&self, segments: &[Segment]) {
        self.discard(
            segments
                .iter()
                .map(|segment| segment.body.clone())
                .collect(),
        );
    }

    pub(crate) fn bucket(&self, name: &str) -> Result<Option<Bucket>, StoreError> {
        let table = self.database.begin_read()?.open_table(BUCKETS)?;
        record(table.get(name)?.map(|guard| guard.value().to_vec()))
    }

    pub(crate) fn buckets(&self) -> Result<Vec<(String, Bucket)>, StoreError> {
        let table = self.database.begin_read()?.open_table(BUCKETS)?;
        let mut buckets = Vec::new();
        for row in table.iter()? {
            let (name, value) = row?;
            buckets.push((
                name.value().to_owned(),
                serde_json::from_slice(value.value())?,
            ));
        }
        Ok(buckets)
    }

    pub(crate) fn object(&self, bucket: &str, key: &str) -> Result<Option<Object>, StoreError> {
        let table = self.database.begin_read()?.open_table(OBJECTS)?;
        record(
            table
                .get((bucket, key.as_bytes()))?
                .map(|guard| guard.value().to_vec()),
        )
    }

    /// The first object of the bucket whose key is at least `from`, or after it when `after`.
    pub(crate) fn objects_from<E: From<StoreError>>(
        &self,
        bucket: &str,
        mut from: Vec<u8>,
        mut visit: impl FnMut(&[u8], Object) -> Result<Step, E>,
    ) -> Result<(), E> {
        let transaction = self.database.begin_read().map_err(StoreError::from)?;
        let table = transaction.open_table(OBJECTS).map_err(StoreError::from)?;
        loop {
            let mut jump = None;
            let rows = table
                .range((bucket, from.as_slice())..)
                .map_err(StoreError::from)?;
            for row in rows {
                let (key, value) = row.map_err(StoreError::from)?;
                let (of_bucket, key) = key.value();
                if of_bucket != bucket {
                    return Ok(());
                }
                let object = serde_json::from_slice(value.value()).map_err(StoreError::from)?;
                match visit(key, object)? {
                    Step::Next => {}
                    Step::Stop => return Ok(()),
                    Step::JumpTo(target) => {
                        jump = Some(target);
                        break;
                    }
                }
            }
            match jump {
                Some(target) => from = target,
                None => return Ok(()),
            }
        }
    }

    pub(crate) fn upload(
        &self,
        bucket: &str,
        key: &str,
        id: &str,
    ) -> Result<Option<Upload>, StoreError> {
        let table = self.database.begin_read()?.open_table(UPLOADS)?;
        record(
            table
                .get((bucket, key.as_bytes(), id))?
                .map(|guard| guard.value().to_vec()),
        )
    }

    /// The bucket's uploads in the order of their keys, those of one key in the order of their start.
    pub(crate) fn uploads(
        &self,
        bucket: &str,
    ) -> Result<Vec<(String, String, Upload)>, StoreError> {
        let table = self.database.begin_read()?.open_table(UPLOADS)?;
        let mut uploads = Vec::new();
        for row in table.range((bucket, [].as_slice(), "")..)? {
            let (name, value) = row?;
            let (of_bucket, key, id) = name.value();
            if of_bucket != bucket {
                break;
            }
            let key = String::from_utf8_lossy(key).into_owned();
            let upload: Upload = serde_json::from_slice(value.value())?;
            uploads.push((key, id.to_owned(), upload));
        }
        uploads.sort_by(|a, b| {
            let order = |(key, id, upload): &(String, String, Upload)| {
                (
                    key.clone().into_bytes(),
                    upload.initiated_millis,
                    id.clone(),
                )
            };
            order(a).cmp(&order(b))
        });
        Ok(uploads)
    }

    pub(crate) fn parts(&self, upload_id: &str) -> Result<BTreeMap<u32, Part>, StoreError> {
        let table = self.database.begin_read()?.open_table(PARTS)?;
        let mut parts = BTreeMap::new();
        for row in table.range((upload_id, 0)..=(upload_id, u32::MAX))? {
            let (name, value) = row?;
            parts.insert(name.value().1, serde_json::from_slice(value.value())?);
        }
        Ok(parts)
    }

    pub(crate) fn body_path(&self, body: &str) -> PathBuf {
        self.bodies.join(&body[..2]).join(body)
    }

    /// A path for a body that is being written; [`Self::keep_body`] gives it its place.
    pub(crate) fn unfinished_body(&self) -> (String, PathBuf) {
        let body = random::hex::<16>();
        let path = self.bodies.join(UNFINISHED_FOLDER).join(&body);
        (body, path)
    }

    pub(crate) fn keep_body(&self, body: &str, unfinished: &Path) -> io::Result<()> {
        let place = self.body_path(body);
        if let Some(folder) = place.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::rename(unfinished, place)
    }

    /// A second name for each body, for a copy of the object.
    pub(crate) fn link_bodies(&self, segments: &[Segment]) -> io::Result<Vec<Segment>> {
        segments
            .iter()
            .map(|segment| {
                let body = random::hex::<16>();
                let (from, to) = (self.body_path(&segment.body), self.body_path(&body));
                if let Some(folder) = to.parent() {
                    std::fs::create_dir_all(folder)?;
                }
                // Not every file system has hard links.
                if std::fs::hard_link(&from, &to).is_err() {
                    std::fs::copy(&from, &to)?;
                }
                Ok(Segment {
                    body,
                    size: segment.size,
                })
            })
            .collect()
    }
}

/// Where to go on after a row was seen.
pub(crate) enum Step {
    Next,
    Stop,
    JumpTo(Vec<u8>),
}

impl<'t> Tables<'t> {
    fn open(transaction: &'t redb::WriteTransaction) -> Result<Self, StoreError> {
        Ok(Self {
            buckets: transaction.open_table(BUCKETS)?,
            objects: transaction.open_table(OBJECTS)?,
            uploads: transaction.open_table(UPLOADS)?,
            parts: transaction.open_table(PARTS)?,
            garbage: Vec::new(),
        })
    }

    pub(crate) fn bucket(&self, name: &str) -> Result<Option<Bucket>, StoreError> {
        record(self.buckets.get(name)?.map(|guard| guard.value().to_vec()))
    }

    pub(crate) fn bucket_count(&self) -> Result<u64, StoreError> {
        use redb::ReadableTableMetadata as _;
        Ok(self.buckets.len()?)
    }

    pub(crate) fn put_bucket(&mut self, name: &str, bucket: &Bucket) -> Result<(), StoreError> {
        self.buckets
            .insert(name, serde_json::to_vec(bucket)?.as_slice())?;
        Ok(())
    }

    pub(crate) fn remove_bucket(&mut self, name: &str) -> Result<(), StoreError> {
        self.buckets.remove(name)?;
        let uploads: Vec<(Vec<u8>, String)> = self
            .uploads
            .range((name, [].as_slice(), "")..)?
            .map_while(|row| row.ok())
            .map_while(|(row, _)| {
                let (bucket, key, id) = row.value();
                (bucket == name).then(|| (key.to_vec(), id.to_owned()))
            })
            .collect();
        for (key, id) in uploads {
            self.uploads.remove((name, key.as_slice(), id.as_str()))?;
            self.remove_parts(&id, &HashSet::new())?;
        }
        Ok(())
    }

    pub(crate) fn bucket_is_empty(&self, name: &str) -> Result<bool, StoreError> {
        match self.objects.range((name, [].as_slice())..)?.next() {
            Some(row) => Ok(row?.0.value().0 != name),
            None => Ok(true),
        }
    }

    pub(crate) fn object(&self, bucket: &str, key: &str) -> Result<Option<Object>, StoreError> {
        let row = self.objects.get((bucket, key.as_bytes()))?;
        record(row.map(|guard| guard.value().to_vec()))
    }

    pub(crate) fn put_object(
        &mut self,
        bucket: &str,
        key: &str,
        object: &Object,
    ) -> Result<(), StoreError> {
        self.remove_object(bucket, key)?;
        self.objects.insert(
            (bucket, key.as_bytes()),
            serde_json::to_vec(object)?.as_slice(),
        )?;
        Ok(())
    }

    pub(crate) fn remove_object(&mut self, bucket: &str, key: &str) -> Result<(), StoreError> {
        if let Some(object) = self.object(bucket, key)? {
            self.objects.remove((bucket, key.as_bytes()))?;
            self.garbage
                .extend(object.segments.into_iter().map(|segment| segment.body));
        }
        Ok(())
    }

    pub(crate) fn upload(
        &self,
        bucket: &str,
        key: &str,
        id: &str,
    ) -> Result<Option<Upload>, StoreError> {
        let row = self.uploads.get((bucket, key.as_bytes(), id))?;
        record(row.map(|guard| guard.value().to_vec()))
    }

    pub(crate) fn put_upload(
        &mut self,
        bucket: &str,
        key: &str,
        id: &str,
        upload: &Upload,
    ) -> Result<(), StoreError> {
        self.uploads.insert(
            (bucket, key.as_bytes(), id),
            serde_json::to_vec(upload)?.as_slice(),
        )?;
        Ok(())
    }

    /// Removes an upload and those of its parts' bodies that are not in `kept`.
    pub(crate) fn remove_upload(
        &mut self,
        bucket: &str,
        key: &str,
        id: &str,
        kept: &HashSet<String>,
    ) -> Result<(), StoreError> {
        self.uploads.remove((bucket, key.as_bytes(), id))?;
        self.remove_parts(id, kept)
    }

    fn remove_parts(&mut self, id: &str, kept: &HashSet<String>) -> Result<(), StoreError> {
        let numbers: Vec<u32> = self.part_records(id)?.into_keys().collect();
        for number in numbers {
            if let Some(part) = self.part(id, number)? {
                self.garbage.extend(
                    part.segments
                        .into_iter()
                        .map(|segment| segment.body)
                        .filter(|body| !kept.contains(body)),
                );
            }
            self.parts.remove((id, number))?;
        }
        Ok(())
    }

    fn part(&self, id: &str, number: u32) -> Result<Option<Part>, StoreError> {
        let row = self.parts.get((id, number))?;
        record(row.map(|guard| guard.value().to_vec()))
    }

    pub(crate) fn part_records(&self, id: &str) -> Result<BTreeMap<u32, Part>, StoreError> {
        let mut parts = BTreeMap::new();
        for row in self.parts.range((id, 0)..=(id, u32::MAX))? {
            let (name, value) = row?;
            parts.insert(name.value().1, serde_json::from_slice(value.value())?);
        }
        Ok(parts)
    }

    pub(crate) fn put_part(
        &mut self,
        id: &str,
        number: u32,
        part: &Part,
    ) -> Result<(), StoreError> {
        if let Some(old) = self.part(id, number)? {
            self.garbage
                .extend(old.segments.into_iter().map(|segment| segment.body));
        }
        self.parts
            .insert((id, number), serde_json::to_vec(part)?.as_slice())?;
        Ok(())
    }
}

fn record<T: DeserializeOwned>(bytes: Option<Vec<u8>>) -> Result<Option<T>, StoreError> {
    bytes
        .map(|bytes| serde_json::from_slice(&bytes))
        .transpose()
        .map_err(StoreError::from)
}
