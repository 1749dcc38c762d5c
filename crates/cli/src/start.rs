//! What the process knows of its surroundings, gathered once: home, environment, clock, keychain, cloud.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::{Duration, SystemTime},
};

use keywell_app::{
    App, OpenVault, Parts, Places, PracticeAccount, Variables, hand_out, settings,
    vault::{self, Stores},
};
use keywell_aws::AwsCloud;
use keywell_vault::FileStore;
use keywell_wire::{Failure, StoreChoice};
use tokio::runtime::{Builder, Runtime};

use crate::{
    arguments::{Arguments, Command},
    error::Stop,
    passphrase, prompt,
};

/// How long the keychain may take: a person may have to answer its prompt.
const WITH_A_PERSON: Duration = Duration::from_secs(60);
const WITHOUT_A_PERSON: Duration = Duration::from_secs(10);

/// Keeps what is in this process out of core files and away from debuggers of the same user. Where a limit can not be
/// set, the program works all the same.
pub(crate) struct MemoryGuard {
    /// The limit of core files as this process was given it.
    #[cfg(unix)]
    given: rustix::process::Rlimit,
}

impl MemoryGuard {
    pub fn set() -> Self {
        // The limit does not hold for a core pattern that pipes into a program; this does. See prctl(2), PR_SET_DUMPABLE.
        #[cfg(target_os = "linux")]
        {
            use rustix::process::{DumpableBehavior, set_dumpable_behavior};
            let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
        }
        let guard = Self {
            #[cfg(unix)]
            given: rustix::process::getrlimit(rustix::process::Resource::Core),
        };
        guard.lower();
        guard
    }

    /// Starts another program with the limit that this one was given: what the person set for it is theirs.
    pub fn lifted<R>(&self, start: impl FnOnce() -> R) -> R {
        #[cfg(unix)]
        limit_core_files(self.given);
        let started = start();
        self.lower();
        started
    }

    /// The soft limit alone, since a hard one can not be raised again.
    fn lower(&self) {
        #[cfg(unix)]
        limit_core_files(rustix::process::Rlimit {
            current: Some(0),
            ..self.given
        });
    }
}

#[cfg(unix)]
fn limit_core_files(limit: rustix::process::Rlimit) {
    let _ = rustix::process::setrlimit(rustix::process::Resource::Core, limit);
}

/// The helper is started for each call of an AWS client, so it does without worker threads.
pub(crate) fn runtime(is_helper: bool) -> Result<Runtime, Stop> {
    let mut builder = if is_helper {
        Builder::new_current_thread()
    } else {
        Builder::new_multi_thread()
    };
    builder.enable_all().build().map_err(|error| {
        no_start(
            "The system gave no threads to work with.",
            error.to_string(),
        )
    })
}

fn no_start(message: &str, cause: String) -> Stop {
    Stop::failed(Failure {
        code: "start.failed".into(),
        message: message.into(),
        cause,
        hint: String::new(),
    })
}

pub(crate) fn app(arguments: &Arguments) -> Result<(App, Stores), Stop> {
    let variables = Variables::from_iter(std::env::vars_os());
    let home = std::env::home_dir()
        .filter(|home| !home.as_os_str().is_empty())
        .ok_or_else(|| no_start("There is no home folder.", "HOME is not set.".into()))?;
    let program = std::env::current_exe().map_err(|error| {
        no_start(
            "The path of this program can not be found.",
            error.to_string(),
        )
    })?;
    let places = Places::find(&home, &variables, stable_path(&program, &variables));
    let deadline = match &arguments.command {
        Command::CredentialProcess(_) => crate::credential_process::VAULT_DEADLINE,
        _ if prompt::has_terminal() => WITH_A_PERSON,
        _ => WITHOUT_A_PERSON,
    };
    let mut practice_folders = vec![places.practice()];
    if let Command::Setup(setup) = &arguments.command {
        practice_folders.splice(0..0, setup.csv_folder());
    }
    // It is asked for each row of a list, and does not move while a command runs.
    let known_practice = OnceLock::new();
    // A variable that names no store is said at once, and not taken for the default.
    let chosen = settings::store(&places, &variables)?;
    let is_helper = matches!(arguments.command, Command::CredentialProcess(_));
    let keychain = if is_helper && chosen == StoreChoice::Keychain {
        opened_early(deadline)
    } else {
        opened_when_needed(deadline)
    };
    let stores = stores(arguments, &places, &variables, keychain, deadline);
    let app = App::new(Parts {
        open_vault: vault::open_vault(stores.clone(), places.clone(), variables.clone()),
        places,
        variables,
        clock: Arc::new(SystemTime::now),
        cloud: Arc::new(AwsCloud::new()),
        practice: Arc::new(move || {
            known_practice
                .get_or_init(|| practice_folders.iter().find_map(|folder| practice(folder)))
                .clone()
        }),
        run_helper: hand_out::run_helper(),
        other_tools: Arc::new(move || keywell_vault::keys_of_other_tools(deadline)),
    });
    Ok((app, stores))
}

fn opened_when_needed(deadline: Duration) -> OpenVault {
    Arc::new(move || keywell_vault::system_store(deadline).map(Arc::from))
}

/// Opens it at once and beside all else: the keychain's side of the key exchange takes as long as the rest of the helper.
fn opened_early(deadline: Duration) -> OpenVault {
    let opening = Mutex::new(Some(keywell_vault::system_store_soon(deadline)));
    let again = opened_when_needed(deadline);
    Arc::new(move || {
        let opening = opening
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        match opening {
            Some(opened) => opened().map(Arc::from),
            None => again(),
        }
    })
}

fn stores(
    arguments: &Arguments,
    places: &Places,
    variables: &Variables,
    keychain: OpenVault,
    deadline: Duration,
) -> Stores {
    // An AWS client's terminal is not the helper's to write to.
    let may_prompt = !arguments.json
        && !matches!(arguments.command, Command::CredentialProcess(_))
        && prompt::has_terminal();
    let ask = passphrase::ask(arguments.passphrase_fd, variables, may_prompt);
    let unlocked_for = match &arguments.command {
        Command::Vault(command) => command.unlocked_for(),
        _ => None,
    };
    let places = places.clone();
    let file = FileStore::new(places.vault_file(), deadline, ask)
        .lock_after(move || unlocked_for.or_else(|| settings::lock_after(&places)));
    Stores {
        keychain,
        file: Arc::new(file),
    }
}

fn practice(folder: &Path) -> Option<PracticeAccount> {
    let status = keywell_practice::status(folder);
    // The folder may be that of a csv from elsewhere: it must not send the key off this machine.
    let endpoint_url = status.endpoint_url.filter(|url| {
        ["http://127.0.0.1:", "https://127.0.0.1:"]
            .iter()
            .any(|loopback| url.starts_with(loopback))
    })?;
    Some(PracticeAccount {
        endpoint_url,
        csv: status.csv_path?,
    })
}

/// The path that other programs keep. A link on PATH that leads to this program outlives an update that moves what it
/// points to.
fn stable_path(program: &Path, variables: &Variables) -> PathBuf {
    let (Some(paths), Some(name), Ok(real)) = (
        variables.get("PATH"),
        program.file_name(),
        program.canonicalize(),
    ) else {
        return program.to_owned();
    };
    std::env::split_paths(paths)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(name))
        .find(|candidate| candidate.canonicalize().is_ok_and(|found| found == real))
        .unwrap_or_else(|| program.to_owned())
}
