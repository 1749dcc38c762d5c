//! Short credentials of STS for profiles that ask for them: a role, a chain of roles, an MFA device, or the person's
//! wish that programs get sessions only.
//!
//! `plan` reads the files as the SDKs do and says what has to be asked of STS. `obtain` does it: from the cache, or
//! once for everybody who asks at that moment (`flight`). `person` is who can be asked for a code or for leave (`leave`),
//! and how long all of it may take.

mod cache;
mod flight;
mod leave;
mod obtain;
mod person;
mod plan;
mod switch;
mod totp;
mod unlock;

pub(crate) use cache::{file, forget_sessions_of, lost, start_anew};
pub(crate) use leave::{have_leave, is_free_to_use};
pub(crate) use obtain::{Handed, Kind, mfa_session_end, obtain, obtain_lasting, quick};
pub(crate) use person::is_fido;
pub use person::{Ask, Leave, MfaQuestion, PassphraseQuestion, Person, UseQuestion, WITH_A_PERSON};
pub(crate) use plan::Plan;
pub use switch::{choices, choose, set_ask_first, set_short_sessions};
#[cfg(fuzzing)]
pub(crate) use totp::seed_length;
pub use totp::{forget_seed, keep_seed};
pub(crate) use totp::{is_seed_kept, store_seed, two_codes};
pub(crate) use unlock::unlock;
