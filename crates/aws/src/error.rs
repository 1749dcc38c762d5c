//! From the SDK's errors to [`CloudErrorKind`]: by the service's code, the status and the types in the source chain,
//! never by text.

use std::{error::Error, io, time::SystemTime};

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_async::future::timeout::TimedOutError;
use aws_smithy_runtime_api::client::{
    orchestrator::HttpResponse,
    result::{ConnectorError, SdkError},
};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use keywell_app::cloud::{CloudError, CloudErrorKind, Credentials};

use crate::{
    body::FileReadError,
    client::ProxyError,
    clock::{milliseconds_between, server_time},
};

/// The header by which S3 tells where a bucket is, also when it refuses.
pub(crate) const BUCKET_REGION: &str = "x-amz-bucket-region";

/// IAM and STS refuse signatures older or newer than this as `SignatureDoesNotMatch`
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html>).
const SIGNATURE_TOLERANCE_MILLISECONDS: i64 = 5 * 60 * 1000;

/// What the connection's credentials look like. AWS answers "no such key" both for an unknown key and for a temporary one
/// whose token is missing or wrong; the shape of what was sent tells which is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    LongTerm,
    /// A temporary key (`ASIA…`), or any key that was sent with a token.
    Temporary,
}

impl Shape {
    pub(crate) fn of(credentials: &Credentials) -> Shape {
        match credentials {
            Credentials::Pair(pair)
                if pair.session_token.is_some() || pair.key_id.starts_with("ASIA") =>
            {
                Shape::Temporary
            }
            _ => Shape::LongTerm,
        }
    }
}

/// What is asked, and what it means when the service does not find it.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    pub(crate) operation: &'static str,
    pub(crate) missing: CloudErrorKind,
    pub(crate) shape: Shape,
    /// This machine's time, to be held against the `Date` header of a refusal.
    pub(crate) now: SystemTime,
}

/// Translates one failed call of the SDK.
pub(crate) fn translate<E>(question: &Question, error: SdkError<E, HttpResponse>) -> CloudError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let mut answer = CloudError::new(CloudErrorKind::Other, question.operation);
    if let Some(raw) = error.raw_response() {
        let header = |name: &str| raw.headers().get(name).map(str::to_owned);
        answer.status = Some(raw.status().as_u16());
        answer.request_id = header("x-amzn-requestid").or_else(|| header("x-amz-request-id"));
        answer.clock_offset_milliseconds =
            server_time(raw).map(|server| milliseconds_between(question.now, server));
    }
    let metadata = error.as_service_error().map(ProvideErrorMetadata::meta);
    answer.service_code = metadata
        .and_then(|metadata| metadata.code())
        .map(str::to_owned);
    answer.service_message = metadata
        .and_then(|metadata| metadata.message())
        .map(str::to_owned);
    answer.kind = match &error {
        SdkError::ServiceError(context) => {
            let region = context.raw().headers().get(BUCKET_REGION);
            of_answer(question, &answer, region)
        }
        SdkError::ResponseError(context) => of_chain(&error).unwrap_or_else(|| {
            let region = context.raw().headers().get(BUCKET_REGION);
            of_answer(question, &answer, region)
        }),
        SdkError::TimeoutError(_) => CloudErrorKind::TimedOut,
        SdkError::DispatchFailure(failure) => of_chain(&error).unwrap_or({
            if failure.is_timeout() {
                CloudErrorKind::TimedOut
            } else if failure.is_user() {
                CloudErrorKind::Invalid
            } else {
                CloudErrorKind::Unreachable
            }
        }),
        SdkError::ConstructionFailure(_) => of_chain(&error).unwrap_or(CloudErrorKind::Invalid),
        _ => of_chain(&error).unwrap_or(CloudErrorKind::Other),
    };
    answer.source = error.into_source().ok();
    answer
}

/// Translates an error inside a batch answer, which has a code and a sentence and nothing else.
pub(crate) fn translate_entry(
    question: &Question,
    code: Option<&str>,
    message: Option<&str>,
) -> CloudError {
    let mut answer = CloudError::new(CloudErrorKind::Other, question.operation);
    answer.service_code = code.map(str::to_owned);
    answer.service_message = message.map(str::to_owned);
    answer.kind = of_answer(question, &answer, None);
    answer
}

/// The kind of an answer that the service gave.
fn of_answer(question: &Question, answer: &CloudError, region: Option<&str>) -> CloudErrorKind {
    let redirected = matches!(answer.status, Some(301 | 307));
    // A HEAD request has no body, so that a wrong region shows as a bare 400 with the right region in its header.
    let bare = answer.service_code.is_none() && answer.status == Some(400);
    if redirected || (bare && region.is_some()) {
        return CloudErrorKind::WrongRegion(region.map(str::to_owned));
    }
    let kind = answer
        .service_code
        .as_deref()
        .and_then(|code| of_code(question, code, answer.clock_offset_milliseconds, region));
    kind.unwrap_or_else(|| of_status(question, answer.status))
}

/// Codes: <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>,
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html>.
fn of_code(
    question: &Question,
    code: &str,
    clock_offset: Option<i64>,
    region: Option<&str>,
) -> Option<CloudErrorKind> {
    use CloudErrorKind as Kind;
    Some(match code {
        "InvalidClientTokenId" | "InvalidAccessKeyId" | "UnrecognizedClientException" => {
            match question.shape {
                Shape::LongTerm => Kind::UnknownKey,
                Shape::Temporary => Kind::BadToken,
            }
        }
        "SignatureDoesNotMatch" | "InvalidSignatureException" => match clock_offset {
            Some(offset) if offset.abs() > SIGNATURE_TOLERANCE_MILLISECONDS => Kind::ClockSkew,
            _ => Kind::WrongSecret,
        },
        "InvalidToken" => Kind::BadToken,
        "ExpiredToken" | "ExpiredTokenException" | "TokenRefreshRequired" => Kind::ExpiredSession,
        "RequestTimeTooSkewed" | "RequestExpired" => Kind::ClockSkew,
        "AccessDenied"
        | "AccessDeniedException"
        | "AllAccessDisabled"
        | "UnauthorizedOperation"
        | "UnauthorizedAccess"
        | "MissingAuthenticationToken"
        | "NotSignedUp"
        | "OptInRequired"
        | "RegionDisabledException" => Kind::AccessDenied,
        "NoSuchEntity" | "NoSuchEntityException" | "NotFound" | "404" => question.missing.clone(),
        "EntityAlreadyExists" | "EntityAlreadyExistsException" => Kind::EntityExists,
        "DeleteConflict" | "DeleteConflictException" => Kind::DeleteConflict,
        "MalformedPolicyDocument" | "MalformedPolicyDocumentException" => Kind::BadPolicy,
        "NoSuchBucket" => Kind::NoSuchBucket,
        "NoSuchKey" | "NoSuchVersion" => Kind::NoSuchObject,
        "NoSuchUpload" => Kind::NoSuchUpload,
        "BucketAlreadyExists" => Kind::BucketTaken,
        "BucketAlreadyOwnedByYou" => Kind::BucketOwned,
        "BucketNotEmpty" => Kind::BucketNotEmpty,
        "InvalidBucketName" => Kind::InvalidBucketName,
        "LimitExceeded" | "LimitExceededException" | "TooManyBuckets" | "QuotaExceeded" => {
            Kind::LimitExceeded
        }
        "InvalidAuthenticationCode" => Kind::WrongMfaCode,
        "PermanentRedirect" | "TemporaryRedirect" | "AuthorizationHeaderMalformed" => {
            Kind::WrongRegion(region.map(str::to_owned))
        }
        "PreconditionFailed" | "ConditionalRequestConflict" => Kind::PreconditionFailed,
        "BadDigest"
        | "InvalidDigest"
        | "XAmzContentSHA256Mismatch"
        | "XAmzContentChecksumMismatch" => Kind::BadChecksum,
        "SlowDown"
        | "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "RequestLimitExceeded"
        | "TooManyRequestsException" => Kind::Throttled,
        "InternalError"
        | "InternalFailure"
        | "ServiceFailure"
        | "ServiceUnavailable"
        | "ServiceUnavailableException"
        | "OperationAborted" => Kind::Unavailable,
        "RequestTimeout" | "RequestTimeoutException" => Kind::TimedOut,
        "NotImplemented" | "MethodNotAllowed" | "UnsupportedOperation" => Kind::NotImplemented,
        "ValidationError"
        | "InvalidInput"
        | "InvalidInputException"
        | "InvalidArgument"
        | "InvalidRequest"
        | "InvalidRange"
        | "InvalidPart"
        | "InvalidPartOrder"
        | "EntityTooSmall"
        | "EntityTooLarge"
        | "KeyTooLongError"
        | "MalformedXML"
        | "IncompleteBody"
        | "IllegalLocationConstraintException"
        | "InvalidLocationConstraint" => Kind::Invalid,
        _ => return None,
    })
}

fn of_status(question: &Question, status: Option<u16>) -> CloudErrorKind {
    use CloudErrorKind as Kind;
    match status {
        Some(400 | 411 | 416) => Kind::Invalid,
        Some(401 | 403) => Kind::AccessDenied,
        Some(404) => question.missing.clone(),
        Some(405 | 501) => Kind::NotImplemented,
        Some(407) => Kind::Proxy,
        Some(408) => Kind::TimedOut,
        Some(412) => Kind::PreconditionFailed,
        Some(429) => Kind::Throttled,
        Some(500..) => Kind::Unavailable,
        _ => Kind::Other,
    }
}

/// The kind of an error that no answer came with, or whose answer broke off.
pub(crate) fn of_chain(error: &(dyn Error + 'static)) -> Option<CloudErrorKind> {
    use aws_smithy_checksums::body::validate::Error as ValidateError;

    let found = |wanted: fn(&(dyn Error + 'static)) -> bool| chain(error).any(wanted);
    if found(|error| error.is::<FileReadError>()) {
        Some(CloudErrorKind::LocalFile)
    } else if found(|error| error.is::<ValidateError>()) {
        Some(CloudErrorKind::BadChecksum)
    } else if found(|error| error.is::<rustls::Error>()) {
        Some(CloudErrorKind::Tls)
    } else if found(|error| error.is::<ProxyError>()) {
        Some(CloudErrorKind::Proxy)
    } else if found(is_connector_timeout) {
        Some(CloudErrorKind::TimedOut)
    } else if found(|error| error.is::<CredentialsError>()) {
        // A provider that asks the network fails as the network does; one that finds nothing has nothing. The SDK wraps
        // both in one more connector error, which says nothing.
        let offline = chain(error)
            .skip_while(|error| !error.is::<CredentialsError>())
            .any(|error| error.is::<ConnectorError>());
        Some(if offline {
            CloudErrorKind::Unreachable
        } else {
            CloudErrorKind::NoCredentials
        })
    } else if found(|error| error.is::<TimedOutError>()) {
        Some(CloudErrorKind::TimedOut)
    } else if found(|error| error.is::<io::Error>()) {
        Some(CloudErrorKind::Unreachable)
    } else {
        None
    }
}

fn is_connector_timeout(error: &(dyn Error + 'static)) -> bool {
    let connector = error.downcast_ref::<ConnectorError>();
    let io = error.downcast_ref::<io::Error>();
    connector.is_some_and(ConnectorError::is_timeout)
        || io.is_some_and(|io| io.kind() == io::ErrorKind::TimedOut)
}

/// An error and everything below it. `io::Error::source` leaves out the error that it wraps, so that one is asked for.
pub(crate) fn chain<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| {
        match error.downcast_ref::<io::Error>() {
            Some(io) => io.get_ref().map(|inner| inner as &(dyn Error + 'static)),
            None => error.source(),
        }
    })
}
