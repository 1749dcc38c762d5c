//! How other processes find, ask and stop a running practice account.
//!
//! `practice.json` in its folder remembers the port and, while it runs, the port of a second loopback listener and a
//! random token. Who can read the file (mode 0600), and is the same user, may send one line there: `status TOKEN`, `calls TOKEN` or `stop TOKEN`.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use redb::{Database, DatabaseError};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::watch;

use crate::PracticeError;
use crate::files::{CERTIFICATE_FILE, CSV_FILE, write_private};
use crate::peer::is_same_user_or_root;
use crate::state::State;
use crate::store::{BODIES_FOLDER, INDEX_FILE};

const RECORD_FILE: &str = "practice.json";
const ANSWER_TIMEOUT: Duration = Duration::from_secs(2);
const STOP_TIMEOUT: Duration = Duration::from_secs(15);
const RUNNING: &str = "running\n";
const STOPPING: &str = "stopping\n";
const LONGEST_ANSWER: u64 = 64 * 1024;

/// What `practice.json` holds.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Record {
    /// The port that profiles may name by now.
    pub(crate) port: Option<u16>,
    pub(crate) running: Option<RunningRecord>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct RunningRecord {
    pub(crate) pid: u32,
    pub(crate) endpoint_url: String,
    pub(crate) control_port: u16,
    pub(crate) token: String,
}

impl Record {
    /// The folder's record; an absent or unreadable one is as good as none.
    pub(crate) fn read(data_dir: &Path) -> Self {
        std::fs::read(data_dir.join(RECORD_FILE))
            .ok()
            .and_then(|text| serde_json::from_slice(&text).ok())
            .unwrap_or_default()
    }

    pub(crate) fn write(&self, data_dir: &Path) -> Result<(), PracticeError> {
        let path = data_dir.join(RECORD_FILE);
        let text = serde_json::to_vec_pretty(self)
            .map_err(|error| PracticeError::file("write", &path, error.into()))?;
        write_private(&path, &text)
    }
}

/// Whether a practice account runs on a folder, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// It answered just now.
    pub running: bool,
    /// Its address, while it runs.
    pub endpoint_url: Option<String>,
    /// Its process, while it runs.
    pub pid: Option<u32>,
    /// The administrator's access key as the console gives it, unless it was deleted or never made.
    pub csv_path: Option<PathBuf>,
}

/// Looks whether a practice account runs on `data_dir`. Blocks for up to two seconds.
pub fn status(data_dir: &Path) -> Status {
    let running = Record::read(data_dir).running.filter(|running| {
        ask(running, "status", ANSWER_TIMEOUT).is_some_and(|answer| answer == RUNNING)
    });
    let csv = data_dir.join(CSV_FILE);
    Status {
        running: running.is_some(),
        pid: running.as_ref().map(|running| running.pid),
        endpoint_url: running.map(|running| running.endpoint_url),
        csv_path: csv.is_file().then_some(csv),
    }
}

/// How often each action of IAM and STS was called since the practice account on `data_dir` was started, as
/// `sts:AssumeRole` → 3. Blocks for up to two seconds.
///
/// # Errors
/// `NotRunning`.
pub fn calls(data_dir: &Path) -> Result<BTreeMap<String, u64>, PracticeError> {
    Record::read(data_dir)
        .running
        .and_then(|running| ask(&running, "calls", ANSWER_TIMEOUT))
        .and_then(|answer| serde_json::from_str(&answer).ok())
        .ok_or_else(|| PracticeError::NotRunning {
            data_dir: data_dir.to_owned(),
        })
}

/// Asks the practice account that runs on `data_dir`, in this process or another, to stop, and waits until it has.
/// Blocks for up to 15 seconds.
///
/// # Errors
/// `NotRunning` when none runs there, `StopTimeout` when it goes on running.
pub fn request_stop(data_dir: &Path) -> Result<(), PracticeError> {
    let not_running = || PracticeError::NotRunning {
        data_dir: data_dir.to_owned(),
    };
    if !status(data_dir).running {
        return Err(not_running());
    }
    let running = Record::read(data_dir).running.ok_or_else(not_running)?;
    // The connection ends when everything else has.
    match ask(&running, "stop", STOP_TIMEOUT) {
        Some(answer) if answer == STOPPING => Ok(()),
        _ if status(data_dir).running => Err(PracticeError::StopTimeout { pid: running.pid }),
        _ => Ok(()),
    }
}

/// Removes the practice account's files from `data_dir`, and nothing else, so that the next start makes a new account.
///
/// # Errors
/// `AlreadyRunning` while one runs there; `File` when a file cannot be removed.
pub fn reset(data_dir: &Path) -> Result<(), PracticeError> {
    let index = data_dir.join(INDEX_FILE);
    let is_open = index.is_file()
        && matches!(
            Database::open(&index),
            Err(DatabaseError::DatabaseAlreadyOpen)
        );
    if is_open || status(data_dir).running {
        return Err(PracticeError::AlreadyRunning {
            data_dir: data_dir.to_owned(),
        });
    }
    let bodies = data_dir.join(BODIES_FOLDER);
    if bodies.is_dir() {
        std::fs::remove_dir_all(&bodies)
            .map_err(|source| PracticeError::file("remove", &bodies, source))?;
    }
    for name in [INDEX_FILE, CSV_FILE, CERTIFICATE_FILE, RECORD_FILE] {
        let path = data_dir.join(name);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(PracticeError::file("remove", &path, error));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Sends one line and reads the answer to its end.
fn ask(running: &RunningRecord, question: &str, timeout: Duration) -> Option<String> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, running.control_port));
    let mut stream = TcpStream::connect_timeout(&address, ANSWER_TIMEOUT).ok()?;
    stream.set_read_timeout(Some(timeout)).ok()?;
    stream.set_write_timeout(Some(ANSWER_TIMEOUT)).ok()?;
    writeln!(stream, "{question} {}", running.token).ok()?;
    let mut answer = String::new();
    stream
        .take(LONGEST_ANSWER)
        .read_to_string(&mut answer)
        .ok()?;
    Some(answer)
}

/// Answers on the control listener until it is dropped. Connections that asked for the stop are given to `waiting`,
/// to be closed when all has ended.
pub(crate) async fn listen(
    listener: tokio::net::TcpListener,
    state: Arc<State>,
    token: String,
    stop: watch::Sender<bool>,
    waiting: tokio::sync::mpsc::UnboundedSender<tokio::net::TcpStream>,
) {
    // The address of a listener that listens is known.
    let Ok(own) = listener.local_addr() else {
        return;
    };
    loop {
        let mut stream = match listener.accept().await {
            Ok((stream, peer)) if is_same_user_or_root(peer, own) => stream,
            Ok(_) => continue,
            Err(error) => {
                tracing::debug!(%error, "no control connection");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let (token, stop, waiting) = (token.clone(), stop.clone(), waiting.clone());
        let state = Arc::clone(&state);
        tokio::spawn(async move {
            let read = tokio::time::timeout(ANSWER_TIMEOUT, read_line(&mut stream)).await;
            let Ok(Some(line)) = read else {
                return;
            };
            if line == format!("status {token}") {
                let _ = stream.write_all(RUNNING.as_bytes()).await;
            } else if line == format!("calls {token}") {
                let answer = serde_json::to_vec(&state.calls()).unwrap_or_default();
                let _ = stream.write_all(&answer).await;
            } else if line == format!("stop {token}") {
                let _ = stream.write_all(STOPPING.as_bytes()).await;
                // Without a receiver it has ended already, and the connection may close.
                let _ = waiting.send(stream);
                let _ = stop.send(true);
            }
        });
    }
}

async fn read_line(stream: &mut tokio::net::TcpStream) -> Option<String> {
    let mut line = Vec::new();
    while line.len() < 256 {
        match stream.read_u8().await.ok()? {
            b'\n' => return String::from_utf8(line).ok(),
            byte => line.push(byte),
        }
    }
    None
}
