//! Faults on demand: which request fails, how, and how often.

use std::sync::Mutex;
use std::time::Duration;

use serde::Deserialize;

use crate::PracticeError;
use crate::policy::matches_glob;

/// One fault. `service`, `operation` and `key` choose requests (`*` and `?` are wildcards; absent means any); the rest
/// says what happens to them. Faults come after the signature was checked, before permissions are.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// `s3`, `iam` or `sts`.
    #[serde(default)]
    pub service: Option<String>,
    /// The API's name: `PutObject`, `CreateAccessKey` …
    #[serde(default)]
    pub operation: Option<String>,
    /// The object key; such a fault never hits requests without one.
    #[serde(default)]
    pub key: Option<String>,
    /// HTTP status of the answer. With only `code` or `body` given it is 500.
    #[serde(default)]
    pub status: Option<u16>,
    /// AWS error code; with only `status` given it is `InternalError`.
    #[serde(default)]
    pub code: Option<String>,
    /// The whole body in place of AWS's XML.
    #[serde(default)]
    pub body: Option<String>,
    /// The connection ends after this many bytes of the answer's body.
    #[serde(default)]
    pub cut_after: Option<u64>,
    /// Milliseconds to wait first.
    #[serde(default)]
    pub delay_ms: Option<u64>,
    /// The connection is reset without an answer.
    #[serde(default)]
    pub reset: bool,
    /// How often it strikes; absent means always.
    #[serde(default)]
    pub times: Option<u64>,
}

impl Fault {
    fn chooses(&self, service: &str, operation: &str, key: Option<&str>) -> bool {
        let fits = |pattern: &Option<String>, text: Option<&str>| match pattern {
            Some(pattern) => text.is_some_and(|text| matches_glob(pattern, text)),
            None => true,
        };
        fits(&self.service, Some(service))
            && fits(&self.operation, Some(operation))
            && fits(&self.key, key)
    }

    /// The answer that takes the place of the real one: status and code.
    pub(crate) fn answer(&self) -> Option<(u16, &str)> {
        if self.status.is_none() && self.code.is_none() && self.body.is_none() {
            return None;
        }
        Some((
            self.status.unwrap_or(500),
            self.code.as_deref().unwrap_or("InternalError"),
        ))
    }

    pub(crate) fn delay(&self) -> Duration {
        Duration::from_millis(self.delay_ms.unwrap_or(0))
    }
}

/// Reads faults from JSON: an array of objects with the fields of [`Fault`].
///
/// # Errors
/// `Faults` when it is no such array, a status is not an HTTP status, or a fault does nothing.
pub fn parse_faults(json: &str) -> Result<Vec<Fault>, PracticeError> {
    let faults: Vec<Fault> =
        serde_json::from_str(json).map_err(|source| PracticeError::FaultsSyntax { source })?;
    for (index, fault) in faults.iter().enumerate() {
        let reason = if fault
            .status
            .is_some_and(|status| !(200..600).contains(&status))
        {
            "status is not an HTTP status"
        } else if fault.answer().is_none()
            && fault.cut_after.is_none()
            && fault.delay_ms.is_none()
            && !fault.reset
        {
            "it does nothing: give status, code, body, cut_after, delay_ms or reset"
        } else {
            continue;
        };
        return Err(PracticeError::FaultInvalid {
            number: index + 1,
            reason,
        });
    }
    Ok(faults)
}

/// The faults of a running practice account, with what is left of each.
pub(crate) struct Faults(Mutex<Vec<Fault>>);

impl Faults {
    pub(crate) fn new(faults: Vec<Fault>) -> Self {
        Self(Mutex::new(faults))
    }

    /// The first fault that chooses the request, counted as used.
    pub(crate) fn strike(
        &self,
        service: &str,
        operation: &str,
        key: Option<&str>,
    ) -> Option<Fault> {
        let mut faults = self.0.lock().unwrap_or_else(|lock| lock.into_inner());
        let fault = faults
            .iter_mut()
            .find(|fault| fault.times != Some(0) && fault.chooses(service, operation, key))?;
        if let Some(times) = &mut fault.times {
            *times -= 1;
        }
        Some(fault.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_strikes_as_often_as_it_says_and_only_what_it_chooses() {
        let faults = Faults::new(
            parse_faults(
                r#"[{"service":"s3","operation":"Put*","key":"a/*","status":503,"code":"SlowDown","times":2}]"#,
            )
            .expect("faults"),
        );
        assert_eq!(faults.strike("iam", "PutUserPolicy", None), None);
        assert_eq!(faults.strike("s3", "PutObject", Some("b/1")), None);
        assert_eq!(faults.strike("s3", "GetObject", Some("a/1")), None);
        for _ in 0..2 {
            let fault = faults.strike("s3", "PutObject", Some("a/1"));
            assert_eq!(
                fault.as_ref().and_then(Fault::answer),
                Some((503, "SlowDown"))
            );
        }
        assert_eq!(faults.strike("s3", "PutObject", Some("a/1")), None);
    }

    #[test]
    fn faults_that_make_no_sense_are_refused() {
        for json in [
            "",
            "{}",
            r#"[{"operation":"PutObject"}]"#,
            r#"[{"status":42}]"#,
            r#"[{"statuss":503}]"#,
            r#"[{"reset":"yes"}]"#,
        ] {
            let error = parse_faults(json).expect_err(json);
            assert_eq!(error.code(), crate::ErrorCode::Faults, "{json}");
        }
    }
}
