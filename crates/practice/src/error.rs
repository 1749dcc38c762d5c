//! What can go wrong with the practice account itself, as opposed to the AWS errors that it answers with.

use std::error::Error as StdError;
use std::io;
use std::path::{Path, PathBuf};

/// Tells errors apart without reading their text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorCode {
    /// A practice account is already running on this folder.
    AlreadyRunning,
    /// No practice account is running on this folder.
    NotRunning,
    /// The port is taken by another program.
    PortTaken,
    /// A file or folder could not be read or written.
    File,
    /// The stored state could not be opened or understood.
    State,
    /// The file of faults is not what it should be.
    Faults,
    /// The loopback address could not be served.
    Network,
    /// The self-signed certificate could not be made.
    Certificate,
    /// The running practice account did not stop in time.
    StopTimeout,
}

/// An error of the practice account: message (Display), cause (source), [`hint`](Self::hint), [`code`](Self::code).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PracticeError {
    /// Another process, or this one, serves the folder already.
    #[error("a practice account is already running on {}", data_dir.display())]
    AlreadyRunning {
        /// The folder with its state.
        data_dir: PathBuf,
    },
    /// Nothing runs on the folder.
    #[error("no practice account is running on {}", data_dir.display())]
    NotRunning {
        /// The folder with its state.
        data_dir: PathBuf,
    },
    /// The wished or remembered port is in use.
    #[error("port {port} on 127.0.0.1 is in use")]
    PortTaken {
        /// The port.
        port: u16,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A file operation failed.
    #[error("cannot {doing} {}", path.display())]
    File {
        /// A verb: read, write, remove …
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The index cannot be used.
    #[error("the practice account's state in {} cannot be used", path.display())]
    State {
        /// The index file.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The faults are not valid JSON of the expected form.
    #[error("the faults are not a JSON array of faults")]
    FaultsSyntax {
        /// Where and why.
        #[source]
        source: serde_json::Error,
    },
    /// One fault makes no sense.
    #[error("fault number {number}: {reason}")]
    FaultInvalid {
        /// Counted from 1.
        number: usize,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Listening failed for another reason than a taken port.
    #[error("cannot listen on 127.0.0.1")]
    Network {
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// No certificate could be made.
    #[error("cannot make a self-signed certificate")]
    Certificate {
        /// Why.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
    /// It was asked to stop and still runs.
    #[error("the practice account was asked to stop and still runs (process {pid})")]
    StopTimeout {
        /// Its process.
        pid: u32,
    },
}

impl PracticeError {
    pub(crate) fn file(doing: &'static str, path: &Path, source: io::Error) -> Self {
        Self::File {
            doing,
            path: path.to_owned(),
            source,
        }
    }

    pub(crate) fn state(path: &Path, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::State {
            path: path.to_owned(),
            source: source.into(),
        }
    }

    pub(crate) fn certificate(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Certificate {
            source: source.into(),
        }
    }

    /// The code to decide on.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::AlreadyRunning { .. } => ErrorCode::AlreadyRunning,
            Self::NotRunning { .. } => ErrorCode::NotRunning,
            Self::PortTaken { .. } => ErrorCode::PortTaken,
            Self::File { .. } => ErrorCode::File,
            Self::State { .. } => ErrorCode::State,
            Self::FaultsSyntax { .. } | Self::FaultInvalid { .. } => ErrorCode::Faults,
            Self::Network { .. } => ErrorCode::Network,
            Self::Certificate { .. } => ErrorCode::Certificate,
            Self::StopTimeout { .. } => ErrorCode::StopTimeout,
        }
    }

    /// What to do next, one sentence.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::AlreadyRunning { .. } => {
                "Stop it with `keywell practice stop`, or choose another folder with --data."
            }
            Self::NotRunning { .. } => "Start one with `keywell practice start`.",
            Self::PortTaken { .. } => {
                "Stop the program that uses it, or choose another port with --port."
            }
            Self::File { .. } => "Check that the folder exists and that you may write to it.",
            Self::State { .. } => {
                "Start anew with `keywell practice reset`; its users and buckets are lost."
            }
            Self::FaultsSyntax { .. } | Self::FaultInvalid { .. } => {
                "Write them as [{\"service\":\"s3\",\"operation\":\"PutObject\",\"status\":503,\"code\":\"SlowDown\"}]."
            }
            Self::Network { .. } => "Check that this system lets programs listen on 127.0.0.1.",
            Self::Certificate { .. } => "Start without --tls.",
            Self::StopTimeout { .. } => "Wait for its transfers to end, or end the process.",
        }
    }
}
