//! The practice account, served by the window itself for as long as it is open.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use keywell_app::{Code, PracticeAccount, Problem};
use keywell_practice::{Options, Practice, PracticeError};
use keywell_wire::PracticeStatus;
use tokio::time::timeout;

pub struct PracticeHost {
    data_dir: PathBuf,
    serving: tokio::sync::Mutex<Option<Practice>>,
    /// What the use cases may know; also set when another process serves the account.
    account: Arc<Mutex<Option<PracticeAccount>>>,
}

impl PracticeHost {
    pub fn new(data_dir: PathBuf) -> Self {
        Self {
            data_dir,
            serving: tokio::sync::Mutex::default(),
            account: Arc::default(),
        }
    }

    pub fn account(&self) -> Arc<Mutex<Option<PracticeAccount>>> {
        self.account.clone()
    }

    /// What is known without asking anybody, for the first paint.
    pub fn status(&self) -> PracticeStatus {
        let account = self
            .account
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        PracticeStatus {
            running: account.is_some(),
            exists: self.data_dir.is_dir(),
            csv_path: account
                .as_ref()
                .map(|account| account.csv.display().to_string()),
            endpoint_url: account.map(|account| account.endpoint_url),
        }
    }

    /// Serves again when there is an account from before. A failure shows when the account is asked for.
    pub async fn resume(&self) {
        if self.data_dir.is_dir() {
            let _ = self.start().await;
        }
    }

    /// Starts the account, or joins the one that another Keywell serves already.
    pub async fn start(&self) -> Result<PracticeStatus, Problem> {
        let mut serving = self.serving.lock().await;
        // `keywell practice stop` reaches an account that this window serves, too.
        let over = match &*serving {
            Some(practice) => timeout(Duration::ZERO, practice.stopped()).await.is_ok(),
            None => false,
        };
        if over && let Some(practice) = serving.take() {
            practice.stop().await;
        }
        if serving.is_none() {
            let data_dir = self.data_dir.clone();
            let elsewhere = blocking(move || keywell_practice::status(&data_dir)).await?;
            let account = match elsewhere.endpoint_url {
                Some(endpoint_url) => PracticeAccount {
                    endpoint_url,
                    csv: elsewhere.csv_path.unwrap_or_default(),
                },
                None => {
                    let options = Options::new(&self.data_dir, Arc::new(SystemTime::now));
                    let practice = keywell_practice::start(options)
                        .await
                        .map_err(|error| problem(&error))?;
                    let account = PracticeAccount {
                        endpoint_url: practice.endpoint_url().to_owned(),
                        csv: practice.csv_path().to_owned(),
                    };
                    *serving = Some(practice);
                    account
                }
            };
            self.set_account(Some(account));
        }
        Ok(self.status())
    }

    pub async fn stop(&self) -> Result<PracticeStatus, Problem> {
        match self.serving.lock().await.take() {
            Some(practice) => practice.stop().await,
            None => {
                let data_dir = self.data_dir.clone();
                blocking(move || keywell_practice::request_stop(&data_dir))
                    .await?
                    .map_err(|error| problem(&error))?;
            }
        }
        self.set_account(None);
        Ok(self.status())
    }

    /// Stops the account when this window serves it.
    pub async fn close(&self) {
        if let Some(practice) = self.serving.lock().await.take() {
            practice.stop().await;
        }
    }

    fn set_account(&self, account: Option<PracticeAccount>) {
        *self.account.lock().unwrap_or_else(PoisonError::into_inner) = account;
    }
}

async fn blocking<R: Send + 'static>(
    call: impl FnOnce() -> R + Send + 'static,
) -> Result<R, Problem> {
    tauri::async_runtime::spawn_blocking(call)
        .await
        .map_err(|error| {
            Problem::new(
                Code::Internal,
                "Keywell had an error of its own.",
                "Try again.",
            )
            .because(error.to_string())
        })
}

fn problem(error: &PracticeError) -> Problem {
    let cause = std::error::Error::source(error)
        .map(ToString::to_string)
        .unwrap_or_default();
    Problem::new(
        Code::Practice,
        format!("The practice account did not start: {error}."),
        error.hint(),
    )
    .because(cause)
}
