//! A machine for one test: a home folder, a keychain in memory, an account in memory, and the helper in this process.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, OnceLock, Weak,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use keywell_app::{
    App, CancellationToken, Code, Parts, Places, PracticeAccount, Problem, Variables,
    cloud::AccessKeyPair, hand_out, sessions::Person, setup,
};
use keywell_vault::{Item, MemoryStore, OtherToolKeys, Secret, Store, StoreKind, VaultError};
use keywell_wire as wire;

use crate::fake_cloud::FakeCloud;

pub const KEY_ID: &str = "AKIAIOSFODNN7EXAMPLE";
/// The canary: searched for wherever a secret must not be.
pub const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
pub const TOKEN: &str = "FwoGZXIvYXdzEXAMPLESESSIONTOKEN";

pub fn pair() -> AccessKeyPair {
    AccessKeyPair {
        key_id: KEY_ID.into(),
        secret: Secret::new(SECRET),
        session_token: None,
    }
}

type Helper = Arc<dyn Fn(&str) -> Option<Result<Secret, Problem>> + Send + Sync>;

pub struct World {
    pub home: tempfile::TempDir,
    pub store: TestStore,
    pub cloud: FakeCloud,
    pub app: Arc<App>,
    pub other_tools: Arc<Mutex<OtherToolKeys>>,
    helper: Arc<Mutex<Option<Helper>>>,
}

/// Everything that a failed set-up must leave as it was.
#[derive(PartialEq)]
pub struct Everything {
    files: BTreeMap<PathBuf, Vec<u8>>,
    items: Vec<Item>,
}

impl Everything {
    /// The same without Keywell's own files, which remember more than they did.
    pub fn without_state(&self) -> (BTreeMap<PathBuf, Vec<u8>>, &[Item]) {
        let files = self.files.iter().filter(|(path, _)| {
            let in_state = path
                .parent()
                .is_some_and(|folder| folder.ends_with("keywell"));
            !in_state && !path.ends_with(".aws")
        });
        let files = files.map(|(path, bytes)| (path.clone(), bytes.clone()));
        (files.collect(), &self.items)
    }
}

impl std::fmt::Debug for Everything {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (path, bytes) in &self.files {
            writeln!(
                formatter,
                "--- {}\n{}",
                path.display(),
                String::from_utf8_lossy(bytes)
            )?;
        }
        write!(formatter, "{:?}", self.items)
    }
}

impl World {
    pub fn new() -> Self {
        Self::with(&[])
    }

    /// With variables of the environment; `~` at the start of a value is the home folder.
    pub fn with(variables: &[(&str, &str)]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let root = home.path().to_owned();
        let expand = |value: &str| match value.strip_prefix('~') {
            Some(rest) => OsString::from(format!("{}{rest}", root.display())),
            None => OsString::from(value),
        };
        let variables = Variables::from_iter(
            [("KEYWELL_HOME", "~/keywell")]
                .iter()
                .chain(variables)
                .map(|(name, value)| (OsString::from(name), expand(value))),
        );
        let store = TestStore::default();
        let cloud = FakeCloud::default();
        cloud.add_key("marta", &pair());
        cloud.add_bucket("harbour-media");
        let helper: Arc<Mutex<Option<Helper>>> = Arc::default();
        let itself: Arc<OnceLock<Weak<App>>> = Arc::default();
        let other_tools: Arc<Mutex<OtherToolKeys>> = Arc::default();
        let (opened, practice_csv) = (store.clone(), root.join("practice_accessKeys.csv"));
        let parts = Parts {
            places: Places::find(&root, &variables, "/opt/keywell/bin/keywell".into()),
            variables,
            clock: Arc::new(|| SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000)),
            open_vault: Arc::new(move || opened.open()),
            cloud: Arc::new(cloud.clone()),
            practice: Arc::new(move || {
                Some(PracticeAccount {
                    endpoint_url: "http://127.0.0.1:9".into(),
                    csv: practice_csv.clone(),
                })
            }),
            other_tools: {
                let other_tools = other_tools.clone();
                Arc::new(move || other_tools.lock().unwrap().clone())
            },
            run_helper: {
                let (helper, itself) = (helper.clone(), itself.clone());
                Arc::new(move |line| {
                    let override_ = helper.lock().unwrap().clone();
                    let app = itself.get().and_then(Weak::upgrade).unwrap();
                    Box::pin(async move {
                        if let Some(answer) = override_.and_then(|helper| helper(&line)) {
                            return answer;
                        }
                        if line.starts_with("aws ") {
                            return Err(Problem::new(
                                Code::HelperFailed,
                                "There is no AWS CLI.",
                                "",
                            ));
                        }
                        handed_out(&app, &target(&line)).await
                    })
                })
            },
        };
        let app = Arc::new(App::new(parts));
        itself.set(Arc::downgrade(&app)).unwrap();
        Self {
            home,
            store,
            cloud,
            app,
            other_tools,
            helper,
        }
    }

    /// What the helper does before it answers; `None` lets it answer as it does.
    pub fn on_helper(
        &self,
        helper: impl Fn(&str) -> Option<Result<Secret, Problem>> + Send + Sync + 'static,
    ) {
        *self.helper.lock().unwrap() = Some(Arc::new(helper));
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.home.path().join(path)
    }

    pub fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        // Files that somebody has just written are waited for, until they hold still.
        let earlier = std::time::SystemTime::now() - std::time::Duration::from_secs(60);
        let file = fs::File::options().write(true).open(&path).unwrap();
        file.set_modified(earlier).unwrap();
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_default()
    }

    pub fn config(&self) -> String {
        self.read(".aws/config")
    }

    pub fn index(&self) -> String {
        self.read("keywell/index.json")
    }

    /// The profile that the index says is in use.
    pub fn in_use(&self) -> Option<String> {
        let index: serde_json::Value = serde_json::from_str(&self.index()).ok()?;
        let by_config = index["in_use"].as_object()?;
        Some(by_config.values().next()?.as_str()?.to_owned())
    }

    /// A folder where a file has to be written: the one obstacle that stops root too.
    pub fn block(&self, path: &str) {
        let path = self.path(path);
        let _ = fs::remove_file(&path);
        fs::create_dir_all(path).unwrap();
    }

    /// Every file of the home folder with its bytes, and every item of the keychain. Locks and the history are left out.
    pub fn everything(&self) -> Everything {
        self.store.inner.recover();
        let mut files = BTreeMap::new();
        collect(self.home.path(), &mut files);
        let items = self.store.inner.list().unwrap();
        Everything {
            files,
            items: items
                .iter()
                .filter(|id| !keywell_vault::is_seal_key(id))
                .map(|id| self.store.inner.get(id).unwrap())
                .collect(),
        }
    }

    /// Every file as text, lossy.
    pub fn files_as_text(&self) -> Vec<String> {
        let everything = self.everything();
        let files = everything.files.values();
        files
            .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
            .collect()
    }

    /// Makes the machine what it was when `everything` was taken.
    pub fn put_back(&self, everything: &Everything) {
        let mut now = BTreeMap::new();
        collect(self.home.path(), &mut now);
        for path in now.keys().filter(|path| path.is_file()) {
            fs::remove_file(path).unwrap();
        }
        for (path, bytes) in &everything.files {
            if path.ends_with(".aws") {
                fs::create_dir_all(path).unwrap();
            } else {
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, bytes).unwrap();
            }
        }
        for id in self.store.inner.list().unwrap() {
            self.store.inner.delete(&id).unwrap();
        }
        for item in &everything.items {
            self.store.inner.set(item).unwrap();
        }
    }

    pub fn item(&self, key_id: &str) -> Option<Item> {
        self.store.inner.get(key_id).ok()
    }

    pub async fn set_up(&self, request: &setup::Request) -> Result<wire::SetupSummary, Problem> {
        setup::run(&self.app, request, &|_| {}, &CancellationToken::new()).await
    }

    /// A keychain-backed profile of the usual key.
    pub async fn with_profile(self, profile: &str) -> Self {
        self.set_up(&request(profile)).await.unwrap();
        self
    }
}

fn target(line: &str) -> hand_out::Target {
    let words: Vec<&str> = line.split(' ').collect();
    match words[..] {
        [
            "/opt/keywell/bin/keywell",
            "credential-process",
            "--profile",
            name,
        ] => hand_out::Target::Profile(name.into()),
        ["/opt/keywell/bin/keywell", "credential-process", "--id", id] => {
            hand_out::Target::Id(id.into())
        }
        _ => panic!("clients would run something else: {line}"),
    }
}

pub fn request(profile: &str) -> setup::Request {
    setup::Request {
        pair: pair(),
        source: setup::Source::Given,
        profile: profile.into(),
        region: "eu-west-1".into(),
        output: "json".into(),
        endpoint_url: None,
        replace: false,
        root_confirmed: false,
        ask_network: true,
    }
}

fn collect(folder: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap_or_default();
        let is_lock = path
            .extension()
            .is_some_and(|extension| extension == "lock");
        if is_lock || name == "history" || name == "history-key.json" {
            continue;
        }
        // The journal of hand-outs is no part of what a set-up changes.
        if path.ends_with("hand-outs") {
            continue;
        }
        if path.is_dir() {
            // A new empty `.aws` would be a trace; Keywell's own folder is not.
            if path.file_name().is_some_and(|name| name == ".aws") {
                files.insert(path.clone(), Vec::new());
            }
            collect(&path, files);
        } else {
            files.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
}

/// The memory store, which can also fail to open, and hand out another secret at one chosen reading.
#[derive(Clone, Default)]
pub struct TestStore {
    pub inner: MemoryStore,
    open_fault: Arc<Mutex<Option<VaultError>>>,
    gets_until_altered: Arc<AtomicUsize>,
}

impl TestStore {
    pub fn fail_open(&self, error: VaultError) {
        *self.open_fault.lock().unwrap() = Some(error);
    }

    /// The reading after so many others gives another secret: 1 is the next one.
    pub fn alter_get(&self, number: usize) {
        self.gets_until_altered.store(number, Ordering::SeqCst);
    }

    pub fn open(&self) -> Result<Arc<dyn Store>, VaultError> {
        match self.open_fault.lock().unwrap().clone() {
            Some(error) => Err(error),
            None => Ok(Arc::new(self.clone())),
        }
    }
}

impl Store for TestStore {
    fn label(&self) -> String {
        "Test keyring".into()
    }
    fn kind(&self) -> StoreKind {
        StoreKind::Memory
    }
    fn get(&self, key_id: &str) -> Result<Item, VaultError> {
        let before =
            self.gets_until_altered
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |count| {
                    count.checked_sub(1)
                });
        let mut item = self.inner.get(key_id)?;
        if before == Ok(1) {
            item.secret = Secret::new("something else");
        }
        Ok(item)
    }
    fn set(&self, item: &Item) -> Result<(), VaultError> {
        self.inner.set(item)
    }
    fn delete(&self, key_id: &str) -> Result<(), VaultError> {
        self.inner.delete(key_id)
    }
    fn list(&self) -> Result<Vec<String>, VaultError> {
        self.inner.list()
    }
    fn probe(&self) -> Result<(), VaultError> {
        self.inner.probe()
    }
}

/// What the helper prints for a caller that nobody knows, with nobody to ask.
pub async fn handed_out(app: &App, target: &hand_out::Target) -> Result<Secret, Problem> {
    let caller = hand_out::Caller::default();
    hand_out::credential_json(app, target, &Person::nobody(), &caller).await
}
