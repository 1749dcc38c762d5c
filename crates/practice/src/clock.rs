//! Time as the practice account sees it, and the forms in which AWS writes it.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;
use time::macros::format_description;

/// Where the time comes from; `Arc::new(SystemTime::now)` outside of tests.
pub type Clock = Arc<dyn Fn() -> SystemTime + Send + Sync>;

/// The server's clock: the injected one plus a skew.
#[derive(Clone)]
pub(crate) struct ServerClock {
    clock: Clock,
    skew_seconds: i64,
}

impl ServerClock {
    pub(crate) fn new(clock: Clock, skew_seconds: i64) -> Self {
        Self {
            clock,
            skew_seconds,
        }
    }

    pub(crate) fn now(&self) -> OffsetDateTime {
        OffsetDateTime::from((self.clock)()) + time::Duration::seconds(self.skew_seconds)
    }
}

/// Milliseconds since 1970, the form in which times are stored.
pub(crate) fn to_millis(time: OffsetDateTime) -> i64 {
    (time.unix_timestamp_nanos() / 1_000_000) as i64
}

/// The reverse of [`to_millis`].
pub(crate) fn from_millis(millis: i64) -> OffsetDateTime {
    if millis >= 0 {
        OffsetDateTime::UNIX_EPOCH + Duration::from_millis(millis.unsigned_abs())
    } else {
        OffsetDateTime::UNIX_EPOCH - Duration::from_millis(millis.unsigned_abs())
    }
}

/// `2026-01-31T12:00:00Z`, as in the answers of IAM.
pub(crate) fn iso8601(time: OffsetDateTime) -> String {
    time.format(format_description!(
        "[year]-[month]-[day]T[hour]:[minute]:[second]Z"
    ))
    .unwrap_or_default()
}

/// `20260131T120000Z`, as in `x-amz-date`.
pub(crate) fn amz_date(time: OffsetDateTime) -> String {
    time.format(format_description!(
        "[year][month][day]T[hour][minute][second]Z"
    ))
    .unwrap_or_default()
}

/// Reads `20260131T120000Z`.
pub(crate) fn parse_amz_date(text: &str) -> Option<OffsetDateTime> {
    let format = format_description!("[year][month][day]T[hour][minute][second]Z");
    time::PrimitiveDateTime::parse(text, format)
        .ok()
        .map(time::PrimitiveDateTime::assume_utc)
}

/// The `Date` header's form (RFC 9110, section 5.6.7).
pub(crate) fn http_date(time: OffsetDateTime) -> String {
    time.format(&Rfc2822)
        .unwrap_or_default()
        .replace("+0000", "GMT")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_aws_writes_them() {
        let time = from_millis(1_440_938_160_123);
        assert_eq!(iso8601(time), "2015-08-30T12:36:00Z");
        assert_eq!(amz_date(time), "20150830T123600Z");
        assert_eq!(http_date(time), "Sun, 30 Aug 2015 12:36:00 GMT");
        assert_eq!(
            parse_amz_date("20150830T123600Z").map(to_millis),
            Some(1_440_938_160_000)
        );
        assert_eq!(parse_amz_date("2015-08-30"), None);
    }
}
