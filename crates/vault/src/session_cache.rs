//! Sessions of STS in one file, encrypted under a key that is kept in the system's store.
//!
//! The file is a convenience: whatever is wrong with it, the sessions can be had again. So a file that can not be used
//! counts as an empty one, and the reader learns why ([`Lost`]). Sessions are never items of the store itself: with
//! its token one is larger than Windows' 2,560 bytes.

mod file;
mod key;

use std::collections::BTreeMap;

pub use file::{CacheError, Found, Lost, SessionCache};
pub use key::{CacheKey, KEY_ITEM, cache_key};

use crate::Secret;

/// Temporary credentials of STS.
#[derive(Clone, Debug, PartialEq)]
pub struct CachedSession {
    pub key_id: String,
    pub secret: Secret,
    pub session_token: Secret,
    /// When it ends, in seconds since 1970-01-01 UTC.
    pub expires: u64,
}

/// Sessions by a name that says all that they depend on.
pub type Sessions = BTreeMap<String, CachedSession>;
