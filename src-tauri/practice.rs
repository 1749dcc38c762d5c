//! The practice account, served by the window itself for as long as it is open.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use keywell_app::{Code, PracticeAccount, Problem};
use keywell_practice::{Clock, Options, Practice, PracticeError};
use keywell_wire::PracticeStatus;

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

    pub fn status(&self) -> PracticeStatus {
        let status = keywell_practice::status(&self.data_dir);
        PracticeStatus {
            running: status.running,
            exists: status.exists,
            endpoint_url: status.endpoint_url,
            csv_path: status.csv_path.map(|path| path.display().to_string()),
            account_id: status.account_id,
        }
    }

    /// Serves again when there is an account from before. A failure shows when the account is asked for.
    pub async fn resume(&self) {
        if keywell_practice::status(&self.data_dir).exists {
            let _ = self.start().await;
        }
    }

    /// Starts the account, or joins the one that another Keywell serves already.
    pub async fn start(&self) -> Result<PracticeStatus, Problem> {
        let mut serving = self.serving.lock().await;
        let status = keywell_practice::status(&self.data_dir);
        if serving.is_none() && !status.running {
            let options = Options {
                data_dir: self.data_dir.clone(),
                port: None,
                new_key_delay: Duration::ZERO,
                clock_skew: 0,
                latency: Duration::ZERO,
                faults: Vec::new(),
                tls: false,
                clock: Clock::system(),
            };
            *serving = Some(
                keywell_practice::start(options)
                    .await
                    .map_err(|error| problem(&error))?,
            );
        }
        let status = self.status();
        let account = match (&status.endpoint_url, &status.csv_path) {
            (Some(endpoint_url), Some(csv)) => Some(PracticeAccount {
                endpoint_url: endpoint_url.clone(),
                csv: csv.into(),
            }),
            _ => None,
        };
        *self.account.lock().unwrap_or_else(PoisonError::into_inner) = account;
        Ok(status)
    }

    pub async fn stop(&self) -> Result<PracticeStatus, Problem> {
        match self.serving.lock().await.take() {
            Some(practice) => practice.stop().await,
            None => {
                keywell_practice::request_stop(&self.data_dir).map_err(|error| problem(&error))?
            }
        }
        Ok(self.status())
    }
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
