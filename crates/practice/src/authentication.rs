//! Who sent a request, or why AWS would not believe it.
//!
//! Sources: S3 API Reference, "Error responses"; IAM User Guide, "Troubleshoot Signature Version 4 signing for AWS API
//! requests". An inactive, deleted or too new key is refused in the same words as an unknown one, as at AWS.

use hyper::HeaderMap;
use hyper::http::request::Parts;

use crate::account::{AccessKey, Account, Caller, User};
use crate::clock::{amz_date, iso8601, to_millis};
use crate::secret::Secret;
use crate::session::{self, SessionRefusal};
use crate::signature::{Claim, PresignedV2, Unreadable};
use crate::state::State;

const S3_SKEW: time::Duration = time::Duration::minutes(15);
const QUERY_SKEW: time::Duration = time::Duration::minutes(5);
const LONGEST_PRESIGNED_SECONDS: i64 = 7 * 24 * 60 * 60;

/// An AWS error to answer with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) message: String,
    /// Further elements of S3's error document.
    pub(crate) details: Vec<(&'static str, String)>,
}

impl Refusal {
    pub(crate) fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self {
            status,
            code: code.to_owned(),
            message: message.into(),
            details: Vec::new(),
        }
    }

    fn with(mut self, name: &'static str, text: impl Into<String>) -> Self {
        self.details.push((name, text.into()));
        self
    }
}

impl From<crate::store::StoreError> for Refusal {
    fn from(error: crate::store::StoreError) -> Self {
        tracing::error!(error = &error as &dyn std::error::Error, "the store failed");
        Self::new(
            500,
            "InternalFailure",
            "The practice account could not read or write its state.",
        )
    }
}

/// The refusal of an S3 request whose signature cannot be read.
pub(crate) fn unreadable_s3(unreadable: Unreadable) -> Refusal {
    match unreadable {
        Unreadable::NotSigned => Refusal::new(403, "AccessDenied", "Access Denied"),
        Unreadable::OtherAlgorithm => Refusal::new(
            400,
            "InvalidRequest",
            "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.",
        ),
        Unreadable::MalformedHeader => Refusal::new(
            400,
            "AuthorizationHeaderMalformed",
            "The authorization header that you provided is not valid.",
        ),
        Unreadable::MalformedQuery => Refusal::new(
            400,
            "AuthorizationQueryParametersError",
            "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.",
        ),
    }
}

/// The refusal of an IAM or STS request whose signature cannot be read.
pub(crate) fn unreadable_query(unreadable: Unreadable) -> Refusal {
    match unreadable {
        Unreadable::NotSigned => Refusal::new(
            403,
            "MissingAuthenticationToken",
            "Request is missing Authentication Token",
        ),
        _ => Refusal::new(
            400,
            "IncompleteSignature",
            "The request signature does not conform to AWS standards.",
        ),
    }
}

/// Why a key and its token are not taken.
#[derive(Debug)]
pub(crate) enum KeyRefusal {
    /// Unknown, inactive or too new; also a session's key without its token.
    Unknown,
    BadToken,
    Expired,
}

/// A key that is known, active and old enough, with its user.
pub(crate) fn usable_key<'a>(
    state: &State,
    account: &'a Account,
    key_id: &str,
) -> Option<(&'a User, &'a AccessKey)> {
    let (user, key) = account.find_key(key_id)?;
    let age = to_millis(state.clock.now()).saturating_sub(key.created_millis);
    let known_after = i64::try_from(state.new_key_delay.as_millis()).unwrap_or(i64::MAX);
    (key.active && age >= known_after).then_some((user, key))
}

/// The secret to check a signature with, and whose it is.
fn signing_key(
    state: &State,
    account: &Account,
    key_id: &str,
    session_token: Option<&str>,
) -> Result<(Secret, Caller), KeyRefusal> {
    if session::is_session_key(key_id) {
        let token = session_token.ok_or(KeyRefusal::Unknown)?;
        let now = to_millis(state.clock.now());
        return session::open(account, key_id, token, now).map_err(|refusal| match refusal {
            SessionRefusal::Invalid => KeyRefusal::BadToken,
            SessionRefusal::Expired => KeyRefusal::Expired,
        });
    }
    let (user, key) = usable_key(state, account, key_id).ok_or(KeyRefusal::Unknown)?;
    match session_token {
        None => Ok((key.secret.clone(), account.caller(user))),
        // Long-term keys have no token.
        Some(_) => Err(KeyRefusal::BadToken),
    }
}

/// Checks an S3 request by its headers or its presigned query.
pub(crate) fn authenticate_s3(
    state: &State,
    claim: &Claim,
    request: &Parts,
) -> Result<Caller, Refusal> {
    let account = state.account();
    let (secret, caller) = s3_key(
        state,
        &account,
        &claim.key_id,
        claim.session_token.as_deref(),
    )?;
    check_s3_time(state, claim)?;
    check_all_signed(claim, &request.headers)?;
    let payload = match request.headers.get("x-amz-content-sha256") {
        Some(value) => String::from_utf8_lossy(value.as_bytes()).into_owned(),
        None if claim.is_presigned() => "UNSIGNED-PAYLOAD".to_owned(),
        None => {
            return Err(Refusal::new(
                400,
                "InvalidRequest",
                "Missing required header for this request: x-amz-content-sha256",
            ));
        }
    };
    if !claim.is_right(
        &secret,
        &request.method,
        request.uri.path(),
        request.uri.query().unwrap_or_default(),
        &request.headers,
        &payload,
    ) {
        return Err(Refusal::new(
            403,
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
        )
        .with("AWSAccessKeyId", &claim.key_id)
        .with("SignatureProvided", &claim.signature));
    }
    state.record_use(&claim.key_id, &claim.region, &claim.service);
    Ok(caller)
}

/// Checks all of a Signature Version 2 URL but its signature, which s3s checks afterwards; only then is the use of the
/// key recorded.
pub(crate) fn authenticate_presigned_v2(
    state: &State,
    presigned: &PresignedV2,
) -> Result<Caller, Refusal> {
    let account = state.account();
    let (_, caller) = s3_key(
        state,
        &account,
        &presigned.key_id,
        presigned.session_token.as_deref(),
    )?;
    let now = state.clock.now();
    if now.unix_timestamp() > presigned.expires {
        return Err(Refusal::new(403, "AccessDenied", "Request has expired")
            .with("Expires", presigned.expires.to_string())
            .with("ServerTime", iso8601(now)));
    }
    Ok(caller)
}

/// The key that an S3 request names, and whose it is.
fn s3_key(
    state: &State,
    account: &Account,
    key_id: &str,
    session_token: Option<&str>,
) -> Result<(Secret, Caller), Refusal> {
    signing_key(state, account, key_id, session_token).map_err(|refusal| {
        let token = session_token.unwrap_or_default();
        match refusal {
            KeyRefusal::Unknown => Refusal::new(
                403,
                "InvalidAccessKeyId",
                "The AWS Access Key Id you provided does not exist in our records.",
            )
            .with("AWSAccessKeyId", key_id),
            KeyRefusal::BadToken => Refusal::new(
                400,
                "InvalidToken",
                "The provided token is malformed or otherwise invalid.",
            )
            .with("Token-0", token),
            KeyRefusal::Expired => {
                Refusal::new(400, "ExpiredToken", "The provided token has expired.")
                    .with("Token-0", token)
            }
        }
    })
}

fn check_s3_time(state: &State, claim: &Claim) -> Result<(), Refusal> {
    let now = state.clock.now();
    let Some(time) = claim.time() else {
        return Err(Refusal::new(
            403,
            "AccessDenied",
            "AWS authentication requires a valid Date or x-amz-date header",
        ));
    };
    if let Some(expires) = &claim.expires_seconds {
        let seconds = expires
            .parse::<i64>()
            .ok()
            .filter(|seconds| *seconds >= 0)
            .ok_or_else(|| query_error("X-Amz-Expires must be a non-negative number"))?;
        if seconds > LONGEST_PRESIGNED_SECONDS {
            return Err(query_error(
                "X-Amz-Expires must be less than a week (in seconds) that is 604800",
            ));
        }
        let end = time + time::Duration::seconds(seconds);
        if now > end {
            return Err(Refusal::new(403, "AccessDenied", "Request has expired")
                .with("X-Amz-Expires", expires)
                .with("Expires", iso8601(end))
                .with("ServerTime", iso8601(now)));
        }
        if time > now + S3_SKEW {
            return Err(Refusal::new(
                403,
                "AccessDenied",
                "Request is not yet valid",
            ));
        }
    } else if (now - time).abs() > S3_SKEW {
        return Err(Refusal::new(
            403,
            "RequestTimeTooSkewed",
            "The difference between the request time and the current time is too large.",
        )
        .with("RequestTime", &claim.date)
        .with("ServerTime", iso8601(now))
        .with("MaxAllowedSkewMilliseconds", "900000"));
    }
    if !claim.scope_agrees() {
        let message = format!(
            "Invalid credential date \"{}\". This date is not the same as X-Amz-Date: \"{}\".",
            claim.scope_date,
            claim.date.get(..8).unwrap_or_default()
        );
        return Err(if claim.is_presigned() {
            query_error(&message)
        } else {
            Refusal::new(400, "AuthorizationHeaderMalformed", message)
        });
    }
    Ok(())
}

fn query_error(message: &str) -> Refusal {
    Refusal::new(400, "AuthorizationQueryParametersError", message)
}

/// S3 wants the host and every `x-amz-` header to be signed; else a stranger could add some.
fn check_all_signed(claim: &Claim, headers: &HeaderMap) -> Result<(), Refusal> {
    let is_signed = |name: &str| claim.signed_headers.iter().any(|signed| signed == name);
    let missing: Vec<&str> = headers
        .keys()
        .map(hyper::header::HeaderName::as_str)
        .filter(|name| *name == "host" || name.starts_with("x-amz-"))
        .filter(|name| !is_signed(name))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Refusal::new(
        403,
        "AccessDenied",
        "There were headers present in the request which were not signed",
    )
    .with("HeadersNotSigned", missing.join(", ")))
}

/// Checks an IAM or STS request; `payload_hash` is the SHA-256 of its body in hexadecimal.
pub(crate) fn authenticate_query(
    state: &State,
    claim: &Claim,
    request: &Parts,
    payload_hash: &str,
) -> Result<Caller, Refusal> {
    let account = state.account();
    let (secret, caller) = signing_key(
        state,
        &account,
        &claim.key_id,
        claim.session_token.as_deref(),
    )
    .map_err(|refusal| match refusal {
        KeyRefusal::Unknown | KeyRefusal::BadToken => invalid_client_token(),
        KeyRefusal::Expired => Refusal::new(
            403,
            "ExpiredToken",
            "The security token included in the request is expired",
        ),
    })?;
    check_query_time(state, claim)?;
    if !claim.is_right(
        &secret,
        &request.method,
        request.uri.path(),
        request.uri.query().unwrap_or_default(),
        &request.headers,
        payload_hash,
    ) {
        return Err(signature_mismatch(
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
        ));
    }
    state.record_use(&claim.key_id, &claim.region, &claim.service);
    Ok(caller)
}

/// What IAM and STS say of a key or token that they do not know, and IAM of every session without MFA.
pub(crate) fn invalid_client_token() -> Refusal {
    Refusal::new(
        403,
        "InvalidClientTokenId",
        "The security token included in the request is invalid.",
    )
}

fn signature_mismatch(message: impl Into<String>) -> Refusal {
    Refusal::new(403, "SignatureDoesNotMatch", message)
}

fn check_query_time(state: &State, claim: &Claim) -> Result<(), Refusal> {
    let now = state.clock.now();
    let Some(time) = claim.time() else {
        return Err(Refusal::new(
            400,
            "IncompleteSignature",
            "Date must be in ISO-8601 'basic format'.",
        ));
    };
    if !claim.scope_agrees() {
        return Err(signature_mismatch(format!(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{}' != '{}'.",
            claim.scope_date, claim.date
        )));
    }
    let lifetime = claim
        .expires_seconds
        .as_ref()
        .and_then(|seconds| seconds.parse().ok())
        .map_or(QUERY_SKEW, time::Duration::seconds);
    if now > time + lifetime {
        return Err(signature_mismatch(format!(
            "Signature expired: {} is now earlier than {} ({} - {} min.)",
            claim.date,
            amz_date(now - lifetime),
            amz_date(now),
            lifetime.whole_minutes()
        )));
    }
    if time > now + QUERY_SKEW {
        return Err(signature_mismatch(format!(
            "Signature not yet current: {} is still later than {} ({} + 5 min.)",
            claim.date,
            amz_date(now + QUERY_SKEW),
            amz_date(now)
        )));
    }
    Ok(())
}
