//! Starting and stopping.

use std::io;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

use crate::account::ADMINISTRATOR;
use crate::clock::{Clock, ServerClock};
use crate::control::{self, Record, RunningRecord};
use crate::faults::{Fault, Faults};
use crate::files::{CERTIFICATE_FILE, CSV_FILE, console_csv, make_private_folder, write_private};
use crate::peer::is_same_user_or_root;
use crate::serve::Server;
use crate::state::State;
use crate::store::{Durable, FLUSH_INTERVAL, INDEX_FILE, Store, StoreError};
use crate::{PracticeError, connection, random, seed, tls};

/// What connections get to end what they are doing when it stops.
const GRACE: Duration = Duration::from_secs(3);

const CSV_WRITTEN: &str = "csv written";

/// How to start a practice account.
pub struct Options {
    /// Its folder. Made if it is not there.
    pub data_dir: PathBuf,
    /// The port on 127.0.0.1. Without one it is that of the last start, and at first any free one.
    pub port: Option<u16>,
    /// How long a new access key is not known yet.
    pub new_key_delay: Duration,
    /// Seconds by which the server's clock is ahead (or behind, when negative).
    pub clock_skew: i64,
    /// Waited before each answer.
    pub latency: Duration,
    /// Users to fill the account with, two keys each; those that are there already stay.
    pub users: u32,
    /// Faults, the first that fits a request strikes.
    pub faults: Vec<Fault>,
    /// Serve HTTPS with a fresh self-signed certificate.
    pub tls: bool,
    /// Where the time comes from.
    pub clock: Clock,
}

impl Options {
    /// No delay, skew, latency, faults or TLS, on the remembered port.
    pub fn new(data_dir: impl Into<PathBuf>, clock: Clock) -> Self {
        Self {
            data_dir: data_dir.into(),
            port: None,
            new_key_delay: Duration::ZERO,
            clock_skew: 0,
            latency: Duration::ZERO,
            users: 0,
            faults: Vec::new(),
            tls: false,
            clock,
        }
    }
}

/// A running practice account. Dropping it begins to stop it; [`stop`](Self::stop) waits for the end.
#[derive(Debug)]
pub struct Practice {
    endpoint_url: String,
    csv_path: PathBuf,
    account_id: String,
    certificate_path: Option<PathBuf>,
    stop: watch::Sender<bool>,
    serving: Option<JoinHandle<()>>,
}

/// Starts a practice account on 127.0.0.1; it serves in tasks of the current tokio runtime.
///
/// At the first start on a folder it makes the account and its administrator, and writes `admin_accessKeys.csv`.
///
/// # Errors
/// `AlreadyRunning`, `PortTaken`, `File`, `State`, `Network`, `Certificate`.
pub async fn start(options: Options) -> Result<Practice, PracticeError> {
    let data_dir = options.data_dir;
    make_private_folder(&data_dir)?;
    let index = data_dir.join(INDEX_FILE);
    let broken = |error: StoreError| PracticeError::state(&index, error);
    let store = Store::open(&data_dir)?;
    let state = State::load(
        store,
        ServerClock::new(options.clock, options.clock_skew),
        Faults::new(options.faults),
        options.new_key_delay,
        options.latency,
    )
    .map_err(broken)?;
    let state = Arc::new(state);
    if options.users > 0 {
        let now = state.now_millis();
        state
            .change_account(|account| {
                seed::add_users(account, options.users, now);
                Ok(())
            })
            .map_err(broken)?;
    }
    let csv_path = data_dir.join(CSV_FILE);
    write_csv_once(&state, &csv_path, broken)?;

    let mut record = Record::read(&data_dir);
    let listener = bind(options.port.or(record.port)).await?;
    let port = local_port(&listener)?;
    let certificate_path = options.tls.then(|| data_dir.join(CERTIFICATE_FILE));
    let acceptor = certificate_path.as_deref().map(tls::acceptor).transpose()?;
    let scheme = if options.tls { "https" } else { "http" };
    let endpoint_url = format!("{scheme}://127.0.0.1:{port}");

    let control = bind(None).await?;
    let token = random::hex::<16>();
    record.port = Some(port);
    record.running = Some(RunningRecord {
        pid: std::process::id(),
        endpoint_url: endpoint_url.clone(),
        control_port: local_port(&control)?,
        token: token.clone(),
    });
    record.write(&data_dir)?;

    let (stop, stopping) = watch::channel(false);
    let (waiting_in, waiting) = mpsc::unbounded_channel();
    let control = tokio::spawn(control::listen(
        control,
        Arc::clone(&state),
        token,
        stop.clone(),
        waiting_in,
    ));
    let serving = tokio::spawn(serve_until_stopped(Serving {
        state: Arc::clone(&state),
        listener,
        acceptor,
        stopping,
        control,
        waiting,
        data_dir,
        record,
    }));
    Ok(Practice {
        endpoint_url,
        csv_path,
        account_id: state.account().id.clone(),
        certificate_path,
        stop,
        serving: Some(serving),
    })
}

/// The csv comes with the account; once it is gone it does not come back, as in the console.
fn write_csv_once(
    state: &State,
    path: &Path,
    broken: impl Fn(StoreError) -> PracticeError,
) -> Result<(), PracticeError> {
    let written: Option<bool> = state.store.account_record(CSV_WRITTEN).map_err(&broken)?;
    if written.is_some() {
        return Ok(());
    }
    let account = state.account();
    if let Some(key) = account
        .users
        .get(ADMINISTRATOR)
        .and_then(|user| user.access_keys.first())
    {
        write_private(path, console_csv(&key.id, key.secret.expose()).as_bytes())?;
    }
    state
        .store
        .put_account_record(CSV_WRITTEN, &true, Durable::AtOnce)
        .map_err(broken)
}

async fn bind(port: Option<u16>) -> Result<TcpListener, PracticeError> {
    let wished = port.unwrap_or(0);
    TcpListener::bind((Ipv4Addr::LOCALHOST, wished))
        .await
        .map_err(|source| match source.kind() {
            io::ErrorKind::AddrInUse | io::ErrorKind::PermissionDenied if wished != 0 => {
                PracticeError::PortTaken {
                    port: wished,
                    source,
                }
            }
            _ => PracticeError::Network { source },
        })
}

fn local_port(listener: &TcpListener) -> Result<u16, PracticeError> {
    match listener.local_addr() {
        Ok(address) => Ok(address.port()),
        Err(source) => Err(PracticeError::Network { source }),
    }
}

struct Serving {
    state: Arc<State>,
    listener: TcpListener,
    acceptor: Option<TlsAcceptor>,
    stopping: watch::Receiver<bool>,
    control: JoinHandle<()>,
    waiting: mpsc::UnboundedReceiver<tokio::net::TcpStream>,
    data_dir: PathBuf,
    record: Record,
}

async fn serve_until_stopped(serving: Serving) {
    let Serving {
        state,
        listener,
        acceptor,
        stopping,
        control,
        mut waiting,
        data_dir,
        mut record,
    } = serving;
    let server = Arc::new(Server::new(Arc::clone(&state)));
    let own = listener.local_addr();
    let mut connections = JoinSet::new();
    let mut flushes = tokio::time::interval(FLUSH_INTERVAL);
    flushes.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut stopped = std::pin::pin!(connection::until_stop(stopping.clone()));
    loop {
        tokio::select! {
            () = &mut stopped => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    if !own.as_ref().is_ok_and(|own| is_same_user_or_root(peer, *own)) {
                        tracing::warn!("a connection of another user was closed");
                        continue;
                    }
                    connections.spawn(connection::serve(
                        Arc::clone(&server),
                        stream,
                        acceptor.clone(),
                        stopping.clone(),
                    ));
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection was not accepted");
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            },
            Some(_) = connections.join_next() => {}
            _ = flushes.tick() => flush(&state, false).await,
        }
    }
    drop(listener);
    let all_ended = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(GRACE, all_ended).await.is_err() {
        connections.shutdown().await;
    }
    flush(&state, true).await;
    control.abort();
    record.running = None;
    if let Err(error) = record.write(&data_dir) {
        tracing::warn!(%error, "the record of the running practice account stays");
    }
    // The index's lock goes with the last of these, before those who wait for the end are told.
    drop(server);
    drop(state);
    waiting.close();
    while waiting.recv().await.is_some() {}
}

async fn flush(state: &Arc<State>, all: bool) {
    let state = Arc::clone(state);
    let flushed = tokio::task::spawn_blocking(move || state.flush(all)).await;
    if let Ok(Err(error)) = flushed {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "changes are not on disk"
        );
    }
}

impl Practice {
    /// `http://127.0.0.1:PORT`, for S3, IAM and STS alike.
    pub fn endpoint_url(&self) -> &str {
        &self.endpoint_url
    }

    /// Where the administrator's `admin_accessKeys.csv` was written at the first start.
    pub fn csv_path(&self) -> &Path {
        &self.csv_path
    }

    /// The account's twelve digits.
    pub fn account_id(&self) -> &str {
        &self.account_id
    }

    /// The self-signed certificate in PEM, when it serves HTTPS.
    pub fn certificate_path(&self) -> Option<&Path> {
        self.certificate_path.as_deref()
    }

    /// Stops it: open requests get three seconds, everything is written, the folder's lock is freed.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        if let Some(serving) = self.serving.take()
            && let Err(error) = serving.await
        {
            tracing::error!(%error, "the practice account ended badly");
        }
    }

    /// Resolves when somebody asked it to stop with [`request_stop`](crate::request_stop). It then stops on its own;
    /// [`stop`](Self::stop) waits for that.
    pub async fn stopped(&self) {
        connection::until_stop(self.stop.subscribe()).await;
    }
}

impl Drop for Practice {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
    }
}
