//! What one run of the window holds.

use std::{
    collections::HashMap,
    env,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use keywell_app::{
    App, CancellationToken, Parts, Places, Problem, Variables,
    ask::AskWindow,
    hand_out, mfa,
    sessions::Person,
    settings,
    transfers::{Limits, Transfers},
    vault::{self, Stores},
    watch::Seen,
};
use keywell_aws::AwsCloud;
use keywell_vault::FileStore;

use crate::{
    clipboard::Clipboard, given::GivenPaths, page::PageLine, passphrase::PassphraseLine,
    practice::PracticeHost, reveal::Reveal, start::Start, tray::Tray,
};

/// A keychain may ask the person to unlock it, which takes a person's time.
const KEYCHAIN_DEADLINE: Duration = Duration::from_secs(60);

/// How long closing waits for parts and temporary files to be removed.
const CLOSING_PATIENCE: Duration = Duration::from_secs(5);

pub struct Shell {
    pub app: Arc<App>,
    pub transfers: Transfers,
    pub practice: PracticeHost,
    pub clipboard: Clipboard,
    pub given: GivenPaths,
    pub page: Arc<PageLine>,
    pub passphrase: Arc<PassphraseLine>,
    pub stores: Stores,
    pub tray: Tray,
    pub reveal: Reveal,
    pub start: Start,
    pub diagnostics: ShownText,
    /// The keys that were shown last, as csv.
    pub key_health: ShownText,
    tasks: Mutex<HashMap<String, CancellationToken>>,
    /// The AWS files as the page saw them last.
    files_seen: Mutex<Option<Seen>>,
}

impl Shell {
    /// Reads the environment once; everything below gets it as an argument.
    pub fn new(start: Start) -> Self {
        let variables = Variables::from_iter(env::vars_os());
        let home = env::home_dir().unwrap_or_default();
        let places = Places::find(&home, &variables, helper_path());
        let practice = PracticeHost::new(places.practice());
        let known_practice = practice.account();
        let page = Arc::<PageLine>::default();
        let passphrase = Arc::new(PassphraseLine::new(Arc::clone(&page)));
        let stores = stores(&places, Arc::clone(&passphrase));
        let app = App::new(Parts {
            open_vault: vault::open_vault(stores.clone(), places.clone(), variables.clone()),
            places,
            variables,
            clock: Arc::new(SystemTime::now),
            cloud: Arc::new(AwsCloud::new()),
            practice: Arc::new(move || {
                known_practice
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .clone()
            }),
            run_helper: hand_out::run_helper(),
            other_tools: Arc::new(|| keywell_vault::keys_of_other_tools(KEYCHAIN_DEADLINE)),
        });
        Self {
            app: Arc::new(app),
            transfers: Transfers::new(Arc::new(SystemTime::now), Limits::default()),
            practice,
            clipboard: Clipboard::default(),
            given: GivenPaths::default(),
            page,
            passphrase,
            stores,
            tray: Tray::default(),
            reveal: Reveal::default(),
            start,
            files_seen: Mutex::default(),
            diagnostics: ShownText::default(),
            key_health: ShownText::default(),
            tasks: Mutex::default(),
        }
    }

    /// Begins a piece of work that the page can cancel by the id it chose. The guard ends it.
    pub fn task(&self, id: &str) -> Task<'_> {
        let token = CancellationToken::new();
        self.tasks().insert(id.to_owned(), token.clone());
        Task {
            shell: self,
            id: id.to_owned(),
            token,
        }
    }

    pub fn cancel(&self, id: &str) {
        if let Some(token) = self.tasks().get(id) {
            token.cancel();
        }
    }

    /// The person at this window, who is asked in a small one beside it.
    pub fn person(&self) -> Person {
        let window = env::current_exe()
            .ok()
            .and_then(|program| AskWindow::beside_itself(program, &self.app.variables));
        window.map_or_else(Person::nobody, |window| {
            Person::who_is_asked_by(Arc::new(window))
        })
    }

    /// A csv that a person gave this window, or that the practice account wrote.
    pub fn given_csv(&self, path: &str) -> Result<PathBuf, Problem> {
        let practice = (self.app.practice)().map(|account| account.csv);
        match practice.filter(|csv| csv.as_os_str() == path) {
            Some(csv) => Ok(csv),
            None => self.given.take(path),
        }
    }

    /// Ends what this window began: transfers leave no parts behind, the practice account's state is on disk.
    pub async fn close(&self) {
        for token in self.tasks().values() {
            token.cancel();
        }
        self.transfers.cancel_all();
        // An endpoint that hangs must not keep the window from closing.
        let _ = tokio::time::timeout(CLOSING_PATIENCE, self.transfers.wait_all()).await;
        // A device that nobody has confirmed would be left over in the account.
        let _ = tokio::time::timeout(CLOSING_PATIENCE, mfa::cancel_waiting(&self.app)).await;
        self.practice.close().await;
    }

    /// The page is about to read the AWS files; what changes from now on is news to it.
    pub fn files_seen(&self) {
        let seen = Seen::now(&self.app.places);
        *self
            .files_seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(seen);
    }

    pub fn seen_by_page(&self) -> Seen {
        let seen = self.files_seen.lock();
        let seen = seen.unwrap_or_else(PoisonError::into_inner).clone();
        seen.unwrap_or_else(|| Seen::now(&self.app.places))
    }

    fn tasks(&self) -> std::sync::MutexGuard<'_, HashMap<String, CancellationToken>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The page asks for the passphrase of the encrypted file, when the file is needed.
fn stores(places: &Places, passphrase: Arc<PassphraseLine>) -> Stores {
    let settings_of = places.clone();
    let file = FileStore::new(
        places.vault_file(),
        KEYCHAIN_DEADLINE,
        Arc::new(move |_, asked| passphrase.wait(asked)),
    )
    .lock_after(move || settings::lock_after(&settings_of));
    Stores {
        keychain: Arc::new(|| keywell_vault::system_store(KEYCHAIN_DEADLINE).map(Arc::from)),
        file: Arc::new(file),
    }
}

/// The `keywell` program lies beside this one in every package.
fn helper_path() -> PathBuf {
    let name = format!("keywell{}", env::consts::EXE_SUFFIX);
    env::current_exe()
        .ok()
        .and_then(|program| Some(program.parent()?.join(&name)))
        .unwrap_or_else(|| PathBuf::from(name))
}

pub struct Task<'a> {
    shell: &'a Shell,
    id: String,
    pub token: CancellationToken,
}

impl Task<'_> {
    /// Does the work, or as much of it as is done when the page cancels it.
    pub async fn unless_cancelled<T>(
        &self,
        work: impl Future<Output = Result<T, Problem>>,
    ) -> Result<T, Problem> {
        let done = self.token.run_until_cancelled(work).await;
        done.unwrap_or_else(|| Err(Problem::cancelled()))
    }
}

impl Drop for Task<'_> {
    fn drop(&mut self) {
        self.shell.tasks().remove(&self.id);
    }
}

/// The text that was shown last, so that nothing else is saved than what a person has read.
#[derive(Default)]
pub struct ShownText(Mutex<Option<String>>);

impl ShownText {
    pub fn keep(&self, text: String) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(text);
    }

    pub fn last(&self) -> Option<String> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}
