//! Short credentials of STS for profiles that ask for them: a role, a chain of roles, an MFA device, or the person's
//! wish that programs get sessions only.
//!
//! `plan` reads the files as the SDKs do and says what has to be asked of STS. `obtain` does it: from the cache, or
//! once for everybody who asks at that moment (`flight`). `person` is who can be asked for a code, and how long all of
//! it may take.

mod cache;
mod flight;
mod obtain;
mod person;
mod plan;
mod switch;
mod totp;

pub(crate) use obtain::{Handed, Kind, obtain, quick};
pub use person::{AskCode, MfaQuestion, Person};
pub(crate) use plan::Plan;
pub use switch::set_short_sessions;
pub use totp::{forget_seed, keep_seed};
