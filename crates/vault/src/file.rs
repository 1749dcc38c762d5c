//! A store in one encrypted file, for machines without a keychain. It is used where a person chose it by name.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::item::{ItemText, decode, encode};
use crate::passphrase::{Cost, Flaw, Purpose, SealKey, Sealed};
use crate::remembered;
use crate::replace::persist;
use crate::{ErrorKind, Item, Operation, Secret, Store, StoreKind, VaultError};

const LABEL: &str = "The encrypted file";

/// No file of Keywell's is as large; a larger one is not read into memory.
const LARGEST: u64 = 16 * 1024 * 1024;

/// How often a person may mistype.
const TRIES: u32 = 3;

/// The item that [`Store::probe`] writes and deletes; [`Store::list`] leaves it out.
const PROBE: &str = "keywell-probe";

/// What a passphrase is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// To open a file that is there.
    Existing,
    /// For a file that is about to be made.
    New,
}

/// Where a passphrase came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Typed by a person, who may be asked again when it is wrong.
    Typed,
    /// Given once, for this process.
    Given,
    /// There for every process that asks, so that none needs to remember it.
    Standing,
}

#[derive(Clone, Debug)]
pub struct Passphrase {
    pub secret: Secret,
    pub origin: Origin,
}

/// Gets the passphrase from wherever this process may. `None` when there is nowhere to get it from, or when
/// [`FileStore::unlock_with`] or [`FileStore::create`] got it meanwhile. An error of kind [`io::ErrorKind::Interrupted`]
/// says that a person was asked and gave none.
pub type AskPassphrase = Arc<dyn Fn(&Path, Asked) -> io::Result<Option<Passphrase>> + Send + Sync>;

/// How long a key is held after its passphrase was given; `None` for ever. Asked each time, as the person may change it.
type LockAfter = Box<dyn Fn() -> Option<Duration> + Send + Sync>;

/// A store in one encrypted file.
///
/// It is read whole for each call, and replaced whole, so that a reader sees the old or the new one. Writers take
/// turns by a lock file beside it. The key is derived once and held until [`FileStore::lock_after`] has passed: in this
/// process and, where the system can, for the user's other processes (see the module `remembered`).
pub struct FileStore {
    path: PathBuf,
    ask: AskPassphrase,
    cost: Cost,
    lock_after: LockAfter,
    /// How long a writer waits for its turn.
    deadline: Duration,
    held: Mutex<Option<Held>>,
}

struct Held {
    key: Arc<SealKey>,
    since: Instant,
}

#[derive(Serialize)]
struct Written<'a> {
    items: BTreeMap<&'a str, &'a str>,
}

#[derive(Default, Deserialize)]
struct Content {
    items: BTreeMap<String, ItemText>,
}

impl FileStore {
    /// The store in `path`, which need not be there yet. Nothing is read before the first call.
    pub fn new(path: impl Into<PathBuf>, deadline: Duration, ask: AskPassphrase) -> FileStore {
        FileStore {
            path: path.into(),
            ask,
            cost: Cost::USUAL,
            lock_after: Box::new(|| None),
            deadline,
            held: Mutex::default(),
        }
    }

    /// What a new file's key costs.
    pub fn cost(self, cost: Cost) -> FileStore {
        FileStore { cost, ..self }
    }

    /// How long the key is held after the passphrase was given; `None` until this process ends, and for the user's
    /// other processes until the machine is restarted.
    pub fn lock_after(
        self,
        time: impl Fn() -> Option<Duration> + Send + Sync + 'static,
    ) -> FileStore {
        FileStore {
            lock_after: Box::new(time),
            ..self
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn exists(&self) -> bool {
        self.path.exists()
    }

    /// Opens the file, asking for its passphrase even if it is held already. The key is then held anew.
    ///
    /// # Errors
    /// [`ErrorKind::NoEntry`] when there is no file.
    pub fn unlock(&self) -> Result<(), VaultError> {
        let bytes = self
            .bytes(Operation::Open)?
            .ok_or_else(|| VaultError::new(ErrorKind::NoEntry, Operation::Open, LABEL))?;
        let sealed = self.parse(&bytes, Operation::Open)?;
        let key = self.asked_key(&sealed, Operation::Open)?;
        self.content(&sealed, &key, Operation::Open).map(|_| ())
    }

    /// Opens the file with this passphrase and holds its key, as [`FileStore::unlock`] does.
    ///
    /// # Errors
    /// [`ErrorKind::NoEntry`] when there is no file.
    pub fn unlock_with(&self, passphrase: &Secret) -> Result<(), VaultError> {
        let bytes = self
            .bytes(Operation::Open)?
            .ok_or_else(|| VaultError::new(ErrorKind::NoEntry, Operation::Open, LABEL))?;
        let sealed = self.parse(&bytes, Operation::Open)?;
        let key = sealed
            .key(passphrase)
            .map_err(self.flawed(Operation::Open))?;
        self.content(&sealed, &key, Operation::Open)?;
        self.hold(key, Origin::Given);
        Ok(())
    }

    /// Makes the file, with nothing in it, under this passphrase, and holds its key.
    ///
    /// # Errors
    /// [`ErrorKind::Unwritable`] also when there is a file already, which is left as it is.
    pub fn create(&self, passphrase: &Secret) -> Result<(), VaultError> {
        let operation = Operation::Open;
        let unwritable = |error: io::Error| self.error(ErrorKind::Unwritable, operation, error);
        self.not_empty(passphrase, operation)?;
        let key =
            SealKey::new(Purpose::Vault, passphrase, self.cost).map_err(self.flawed(operation))?;
        let folder = self.path.parent().unwrap_or(Path::new("."));
        private_folder(folder).map_err(unwritable)?;
        let _turn = self.turn(&self.path, operation)?;
        if self.bytes(operation)?.is_some() {
            return Err(unwritable(io::ErrorKind::AlreadyExists.into()));
        }
        let text = self.seal(&Content::default(), &key, operation)?;
        replace(&self.path, folder, &text).map_err(unwritable)?;
        self.hold(key, Origin::Given);
        Ok(())
    }

    /// Whether reading the file would ask for its passphrase. False when there is no file.
    ///
    /// # Errors
    /// When the file can not be read, or is none of Keywell's.
    pub fn is_locked(&self) -> Result<bool, VaultError> {
        let Some(bytes) = self.bytes(Operation::Open)? else {
            return Ok(false);
        };
        let sealed = self.parse(&bytes, Operation::Open)?;
        Ok(self.held_key(&sealed).is_none())
    }

    /// Forgets the key, here and for the user's other processes. False when none was held outside this process.
    ///
    /// # Errors
    /// When the file can not be read, so that it is not known which key is its.
    pub fn lock(&self) -> Result<bool, VaultError> {
        *self.held() = None;
        match self.bytes(Operation::Open)? {
            Some(bytes) => {
                let sealed = self.parse(&bytes, Operation::Open)?;
                Ok(remembered::forget(&remembered_name(sealed.salt())))
            }
            None => Ok(false),
        }
    }

    fn held(&self) -> MutexGuard<'_, Option<Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn error(&self, kind: ErrorKind, operation: Operation, cause: impl ToString) -> VaultError {
        VaultError::new(kind, operation, LABEL).because(format!(
            "{}: {}",
            self.path.display(),
            cause.to_string()
        ))
    }

    fn flawed(&self, operation: Operation) -> impl Fn(Flaw) -> VaultError {
        move |flaw| self.error(flaw.kind, operation, flaw.cause)
    }

    /// The file's bytes, or `None` when there is no file.
    fn bytes(&self, operation: Operation) -> Result<Option<Vec<u8>>, VaultError> {
        let read = || {
            let size = fs::metadata(&self.path)?.len();
            if size > LARGEST {
                return Err(io::Error::other(format!("it has {size} bytes")));
            }
            fs::read(&self.path)
        };
        match read() {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.error(ErrorKind::Unreadable, operation, error)),
        }
    }

    fn parse<'a>(&self, bytes: &'a [u8], operation: Operation) -> Result<Sealed<'a>, VaultError> {
        Sealed::parse(Purpose::Vault, bytes).map_err(self.flawed(operation))
    }

    fn content(
        &self,
        sealed: &Sealed<'_>,
        key: &SealKey,
        operation: Operation,
    ) -> Result<Content, VaultError> {
        let plain = sealed.open(key).map_err(self.flawed(operation))?;
        serde_json::from_slice(&plain).map_err(|_| {
            self.error(
                ErrorKind::OtherVersion,
                operation,
                "its content is not what this version writes",
            )
        })
    }

    /// What the file holds and the key that opened it; `None` when there is no file.
    fn read(&self, operation: Operation) -> Result<Option<(Content, Arc<SealKey>)>, VaultError> {
        let Some(bytes) = self.bytes(operation)? else {
            return Ok(None);
        };
        let sealed = self.parse(&bytes, operation)?;
        let key = match self.held_key(&sealed) {
            Some(key) => key,
            None => self.asked_key(&sealed, operation)?,
        };
        Ok(Some((self.content(&sealed, &key, operation)?, key)))
    }

    fn held_key(&self, sealed: &Sealed<'_>) -> Option<Arc<SealKey>> {
        let mut held = self.held();
        let lock_after = (self.lock_after)();
        let is_over = |held: &Held| lock_after.is_some_and(|time| held.since.elapsed() >= time);
        if held.as_ref().is_some_and(is_over) {
            *held = None;
        }
        if let Some(held) = held.as_ref().filter(|held| held.key.fits(sealed)) {
            return Some(Arc::clone(&held.key));
        }
        // Not held here: the kernel's own clock ends it, which this process could only prolong.
        let derived = remembered::recall(&remembered_name(sealed.salt()))?;
        sealed.key_from(&derived).map(Arc::new)
    }

    fn asked_key(
        &self,
        sealed: &Sealed<'_>,
        operation: Operation,
    ) -> Result<Arc<SealKey>, VaultError> {
        let mut tries = TRIES;
        loop {
            let passphrase = match self.passphrase(Asked::Existing, operation) {
                Ok(passphrase) => passphrase,
                Err(error) => return self.held_key(sealed).ok_or(error),
            };
            match sealed.key(&passphrase.secret) {
                Ok(key) => return Ok(self.hold(key, passphrase.origin)),
                Err(flaw) => {
                    tries -= 1;
                    let mistyped = flaw.kind == ErrorKind::WrongPassphrase
                        && passphrase.origin == Origin::Typed;
                    if !mistyped || tries == 0 {
                        return Err(self.flawed(operation)(flaw));
                    }
                }
            }
        }
    }

    fn hold(&self, key: SealKey, origin: Origin) -> Arc<SealKey> {
        if origin != Origin::Standing {
            // Where the system remembers nothing, the passphrase is asked for again.
            let _ = remembered::remember(
                &remembered_name(key.salt()),
                key.derived(),
                (self.lock_after)(),
            );
        }
        let key = Arc::new(key);
        *self.held() = Some(Held {
            key: Arc::clone(&key),
            since: Instant::now(),
        });
        key
    }

    fn passphrase(&self, asked: Asked, operation: Operation) -> Result<Passphrase, VaultError> {
        match (self.ask)(&self.path, asked) {
            Ok(Some(passphrase)) => {
                self.not_empty(&passphrase.secret, operation)?;
                Ok(passphrase)
            }
            Ok(None) => Err(self.error(
                ErrorKind::PassphraseNeeded,
                operation,
                "no passphrase was given",
            )),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                Err(VaultError::new(ErrorKind::NotUnlocked, operation, LABEL))
            }
            Err(error) => Err(self.error(ErrorKind::PassphraseNeeded, operation, error)),
        }
    }

    fn not_empty(&self, passphrase: &Secret, operation: Operation) -> Result<(), VaultError> {
        if passphrase.expose().is_empty() {
            return Err(self.error(
                ErrorKind::PassphraseNeeded,
                operation,
                "an empty passphrase was given",
            ));
        }
        Ok(())
    }

    /// Reads, changes and replaces the file while no other Keywell does.
    fn update<R>(
        &self,
        operation: Operation,
        change: impl FnOnce(&mut Content) -> Result<R, VaultError>,
    ) -> Result<R, VaultError> {
        let unwritable = |error: io::Error| self.error(ErrorKind::Unwritable, operation, error);
        // A link is followed, so that what it leads to is replaced and not the link.
        let path = fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone());
        let folder = path.parent().unwrap_or(Path::new("."));
        // A person is asked before others have to wait.
        let new = match self.read(operation)? {
            Some(_) => None,
            None => match self.passphrase(Asked::New, operation) {
                Ok(passphrase) => {
                    let key = SealKey::new(Purpose::Vault, &passphrase.secret, self.cost)
                        .map_err(self.flawed(operation))?;
                    Some((key, passphrase.origin))
                }
                // It was made while a person was asked.
                Err(_) if self.exists() => None,
                Err(error) => return Err(error),
            },
        };
        private_folder(folder).map_err(unwritable)?;
        let _turn = self.turn(&path, operation)?;
        let write = |content: &Content, key: &SealKey| {
            let text = self.seal(content, key, operation)?;
            replace(&path, folder, &text).map_err(unwritable)
        };
        match (self.read(operation)?, new) {
            (Some((mut content, key)), _) => {
                let result = change(&mut content)?;
                write(&content, &key)?;
                Ok(result)
            }
            (None, Some((key, origin))) => {
                let mut content = Content::default();
                let result = change(&mut content)?;
                write(&content, &key)?;
                self.hold(key, origin);
                Ok(result)
            }
            (None, None) => {
                Err(self.error(ErrorKind::Unreadable, operation, "it has just been removed"))
            }
        }
    }

    fn seal(
        &self,
        content: &Content,
        key: &SealKey,
        operation: Operation,
    ) -> Result<Vec<u8>, VaultError> {
        let items = &content.items;
        // Room for all of it, as a vector that grows leaves copies behind.
        let room = items
            .iter()
            .map(|(name, text)| name.len() + text.0.len() + 8);
        let mut plain = Zeroizing::new(Vec::with_capacity(64 + room.sum::<usize>()));
        let written = Written {
            items: items
                .iter()
                .map(|(name, text)| (name.as_str(), text.0.as_str()))
                .collect(),
        };
        serde_json::to_writer(&mut *plain, &written).map_err(|_| {
            self.error(
                ErrorKind::Other,
                operation,
                "its content can not be written",
            )
        })?;
        let text = key.seal(&plain).map_err(self.flawed(operation))?;
        if text.len() as u64 > LARGEST {
            return Err(self.error(ErrorKind::TooLong, operation, "it would grow too large"));
        }
        Ok(text)
    }

    /// This process's turn to write; it ends when the file is dropped, or the process dies.
    fn turn(&self, path: &Path, operation: Operation) -> Result<File, VaultError> {
        let begun = Instant::now();
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path.with_extension("lock"))
            .map_err(|error| self.error(ErrorKind::Unwritable, operation, error))?;
        loop {
            match lock.try_lock() {
                Ok(()) => return Ok(lock),
                Err(TryLockError::WouldBlock) if begun.elapsed() < self.deadline => {
                    thread::sleep(Duration::from_millis(5));
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(self.error(
                        ErrorKind::TimedOut,
                        operation,
                        "another Keywell is writing it",
                    ));
                }
                Err(TryLockError::Error(error)) => {
                    return Err(self.error(ErrorKind::Unwritable, operation, error));
                }
            }
        }
    }

    fn item(&self, content: &Content, key_id: &str) -> Result<Item, VaultError> {
        let text = content
            .items
            .get(key_id)
            .ok_or_else(|| VaultError::new(ErrorKind::NoEntry, Operation::Get, LABEL))?;
        decode(key_id, text.0.as_bytes())
            .map_err(|(kind, reason)| self.error(kind, Operation::Get, reason))
    }
}

/// The salt is the file's own and tells nothing about the key.
fn remembered_name(salt: &str) -> String {
    format!("keywell-vault:{salt}")
}

/// Makes a folder, and those above it, for the owner alone.
fn private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Replaces the file whole, and returns when the disk has it.
fn replace(path: &Path, folder: &Path, text: &[u8]) -> io::Result<()> {
    // tempfile makes its files for the owner alone (0600).
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text)?;
    file.as_file().sync_all()?;
    persist(file, path)?;
    // Windows has no way to sync a folder; the rename is journaled by NTFS.
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    Ok(())
}

impl Store for FileStore {
    fn label(&self) -> String {
        LABEL.to_owned()
    }

    fn kind(&self) -> StoreKind {
        StoreKind::File
    }

    fn get(&self, key_id: &str) -> Result<Item, VaultError> {
        match self.read(Operation::Get)? {
            Some((content, _)) => self.item(&content, key_id),
            None => Err(VaultError::new(ErrorKind::NoEntry, Operation::Get, LABEL)),
        }
    }

    fn set(&self, item: &Item) -> Result<(), VaultError> {
        let text = encode(item).map_err(|_| {
            self.error(
                ErrorKind::Other,
                Operation::Set,
                "the item can not be written",
            )
        })?;
        self.update(Operation::Set, |content| {
            content.items.insert(item.key_id.clone(), ItemText(text));
            Ok(())
        })
    }

    fn delete(&self, key_id: &str) -> Result<(), VaultError> {
        let nothing = || VaultError::new(ErrorKind::NoEntry, Operation::Delete, LABEL);
        self.bytes(Operation::Delete)?.ok_or_else(nothing)?;
        self.update(Operation::Delete, |content| {
            content.items.remove(key_id).map(|_| ()).ok_or_else(nothing)
        })
    }

    fn list(&self) -> Result<Vec<String>, VaultError> {
        let content = self.read(Operation::List)?.map(|(content, _)| content);
        let mut names: Vec<String> = content.unwrap_or_default().items.into_keys().collect();
        names.retain(|name| name != PROBE);
        Ok(names)
    }

    fn probe(&self) -> Result<(), VaultError> {
        let text = format!("{:?}", Instant::now());
        self.update(Operation::Probe, |content| {
            content
                .items
                .insert(PROBE.to_owned(), ItemText::from(text.clone()));
            Ok(())
        })?;
        let found = self.read(Operation::Probe)?;
        let is_same = found
            .as_ref()
            .and_then(|(content, _)| content.items.get(PROBE))
            .is_some_and(|found| *found.0 == text);
        self.update(Operation::Probe, |content| {
            content.items.remove(PROBE);
            Ok(())
        })?;
        if is_same {
            Ok(())
        } else {
            Err(self.error(
                ErrorKind::Altered,
                Operation::Probe,
                "what was read back differs from what was written",
            ))
        }
    }
}
