//! What is asked of STS beside who the caller is.

use std::time::SystemTime;

use async_trait::async_trait;
use keywell_vault::Secret;

use super::{AccessKeyPair, CloudError};

/// Credentials and when they end; `None` for long-term ones.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    pub pair: AccessKeyPair,
    pub expires: Option<SystemTime>,
}

/// A device and the code that it shows now. STS takes each code once.
#[derive(Debug, Clone, Copy)]
pub struct MfaCode<'a> {
    pub serial: &'a str,
    pub code: &'a Secret,
}

#[derive(Debug, Clone, Copy)]
pub struct AssumeRole<'a> {
    pub role_arn: &'a str,
    pub session_name: &'a str,
    pub external_id: Option<&'a str>,
    /// 900 to the role's maximum; the service's default (an hour) when none is given.
    pub seconds: Option<u32>,
    pub tags: &'a [(String, String)],
}

#[async_trait]
pub trait SessionAccess: Send + Sync {
    /// `sts:GetSessionToken`, which needs no permission and a long-term key. `seconds`: 900 to 129,600, 12 hours when
    /// none is given.
    async fn session_token(
        &self,
        mfa: Option<MfaCode<'_>>,
        seconds: Option<u32>,
    ) -> Result<Session, CloudError>;

    /// `sts:AssumeRole`.
    async fn assume_role(&self, request: AssumeRole<'_>) -> Result<Session, CloudError>;

    /// The credentials that this connection signs with, looked up where they come from.
    async fn credentials(&self) -> Result<Session, CloudError>;
}
