//! A practice AWS account on this machine: S3, IAM and STS on one loopback address.
//!
//! It is for learning without an AWS account and for tests. It refuses what AWS refuses, with AWS's own error codes:
//! wrong secrets, unknown, inactive and too new keys, foreign session tokens, skewed clocks, tampered and expired
//! presigned URLs, actions that no policy allows. The S3 protocol is spoken by the s3s crate over a store of our own; IAM
//! and STS are the query protocol, handled here.
//!
//! Not here: the command line and the window that start it, and every AWS SDK. Nothing in this crate reads the
//! environment, the home folder or the system clock.

mod account;
mod authentication;
mod body;
mod clock;
mod condition;
mod connection;
mod control;
mod error;
mod faults;
mod files;
#[cfg(all(fuzzing, target_os = "linux"))]
pub mod fuzzing;
mod iam;
mod in_process;
mod mfa;
mod peer;
mod policy;
mod practice;
mod query;
mod random;
mod records;
mod reports;
mod roles;
mod s3;
mod secret;
mod seed;
mod serve;
mod session;
mod signature;
mod state;
mod store;
mod sts;
mod tls;
mod trust;
mod user_items;
mod xml;

pub use clock::Clock;
pub use control::{Status, calls, request_stop, reset, status};
pub use error::{ErrorCode, PracticeError};
pub use faults::{Fault, parse_faults};
pub use in_process::{InProcess, Refused, Signer};
pub use mfa::code_at;
pub use peer::is_same_user_or_root;
pub use practice::{Options, Practice, start};
