use std::{error::Error, fmt};

/// What went wrong between here and AWS, by kind. The kind decides; the service's own code and text are kept to be
/// shown, never to be matched on.
#[derive(Debug)]
pub struct CloudError {
    pub kind: CloudErrorKind,
    /// As IAM writes it: `s3:ListAllMyBuckets`, `sts:GetCallerIdentity`.
    pub operation: &'static str,
    /// The service's error code: `AccessDenied`.
    pub service_code: Option<String>,
    /// The service's own sentence, for "copy details".
    pub service_message: Option<String>,
    pub status: Option<u16>,
    pub request_id: Option<String>,
    /// The service's clock minus this machine's, in milliseconds, when its answer carried a date.
    pub clock_offset_milliseconds: Option<i64>,
    pub source: Option<Box<dyn Error + Send + Sync>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CloudErrorKind {
    /// Unknown, inactive or deleted key: AWS gives one answer for the three.
    UnknownKey,
    /// The signature does not match: a wrong secret.
    WrongSecret,
    /// The session token is wrong, missing or does not belong to the key.
    BadToken,
    ExpiredSession,
    /// This machine's clock is too far off.
    ClockSkew,
    AccessDenied,
    NoSuchUser,
    /// IAM does not take the policy.
    BadPolicy,
    NoSuchKey,
    /// What IAM was asked to change is not there.
    NoSuchEntity,
    /// IAM has one of this name already.
    EntityExists,
    /// Something hangs on what was to be deleted.
    DeleteConflict,
    NoSuchBucket,
    NoSuchObject,
    NoSuchUpload,
    /// The bucket name belongs to somebody.
    BucketTaken,
    /// The bucket is the caller's own already.
    BucketOwned,
    BucketNotEmpty,
    InvalidBucketName,
    /// A quota is used up, as the two keys of a user.
    LimitExceeded,
    /// The codes of an MFA device that is being enabled.
    WrongMfaCode,
    /// The account has an MFA device of that name.
    MfaDeviceTaken,
    /// The bucket lives elsewhere; the region when the service told.
    WrongRegion(Option<String>),
    /// `If-None-Match` or `If-Match` did not hold.
    PreconditionFailed,
    BadChecksum,
    Invalid,
    Throttled,
    /// The service answered 5xx.
    Unavailable,
    NotImplemented,
    /// The profile or the environment holds no usable credentials.
    NoCredentials,
    /// No connection: refused, no route, name not found.
    Unreachable,
    TimedOut,
    /// The server's certificate does not verify, or the CA bundle can not be read.
    Tls,
    /// The proxy refuses or can not be reached.
    Proxy,
    /// A file on this machine could not be read while it was sent.
    LocalFile,
    Other,
}

impl CloudError {
    pub fn new(kind: CloudErrorKind, operation: &'static str) -> Self {
        Self {
            kind,
            operation,
            service_code: None,
            service_message: None,
            status: None,
            request_id: None,
            clock_offset_milliseconds: None,
            source: None,
        }
    }

    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }
}

impl CloudError {
    /// The innermost error below this one, which is the one that names the address, the file or the certificate.
    pub fn root_cause(&self) -> Option<String> {
        let mut current: &(dyn Error + 'static) = self.source.as_deref()?;
        while let Some(next) = current.source() {
            current = next;
        }
        Some(current.to_string())
    }
}

impl fmt::Display for CloudError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} failed", self.operation)?;
        match (&self.service_code, &self.service_message) {
            (Some(code), Some(message)) => write!(formatter, ": {code}: {message}"),
            (Some(code), None) => write!(formatter, ": {code}"),
            _ => Ok(()),
        }
    }
}

impl Error for CloudError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn Error + 'static))
    }
}
