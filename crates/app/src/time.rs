//! Times as they cross to people and programs: RFC 3339 in UTC, whole seconds.

use std::time::{Duration, SystemTime};

pub fn rfc3339(time: SystemTime) -> String {
    humantime::format_rfc3339_seconds(time).to_string()
}

pub fn from_unix_seconds(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

/// Reads RFC 3339 in UTC, written with `Z` or, as in IAM's credential report, with `+00:00`.
pub fn parse_rfc3339(text: &str) -> Option<SystemTime> {
    let in_utc = match text.strip_suffix("+00:00") {
        Some(time) => format!("{time}Z"),
        None => text.to_owned(),
    };
    humantime::parse_rfc3339(&in_utc).ok()
}

/// Seconds since 1970; 0 for clocks that stand before it.
pub fn unix_seconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs()
}
