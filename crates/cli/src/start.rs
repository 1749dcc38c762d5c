//! What the process knows of its surroundings, gathered once: home, environment, clock, keychain, cloud.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
    time::{Duration, SystemTime},
};

use keywell_app::{App, OpenVault, Parts, Places, PracticeAccount, Variables, hand_out};
use keywell_aws::AwsCloud;
use keywell_wire::Failure;
use tokio::runtime::{Builder, Runtime};

use crate::{
    arguments::{Arguments, Command},
    error::Stop,
    prompt,
};

/// How long the keychain may take: a person may have to answer its prompt.
const WITH_A_PERSON: Duration = Duration::from_secs(60);
const WITHOUT_A_PERSON: Duration = Duration::from_secs(10);

/// A core file of this process could hold secrets.
pub(crate) fn forbid_core_dumps() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let none = Rlimit {
            current: Some(0),
            maximum: Some(0),
        };
        // Lowering a limit is always allowed.
        let _ = setrlimit(Resource::Core, none);
    }
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

pub(crate) fn app(arguments: &Arguments) -> Result<App, Stop> {
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
    Ok(App::new(Parts {
        places,
        variables,
        clock: Arc::new(SystemTime::now),
        open_vault: open_vault(deadline),
        cloud: Arc::new(AwsCloud::new()),
        practice: Arc::new(move || {
            known_practice
                .get_or_init(|| practice_folders.iter().find_map(|folder| practice(folder)))
                .clone()
        }),
        run_helper: hand_out::run_helper(),
    }))
}

fn open_vault(deadline: Duration) -> OpenVault {
    Arc::new(move || keywell_vault::system_store(deadline).map(Arc::from))
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
