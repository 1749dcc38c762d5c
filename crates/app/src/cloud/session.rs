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

#[derive(Debug, Clone, Copy)]
pub struct FederationToken<'a> {
    /// 2 to 32 characters of `[A-Za-z0-9+=,.@_-]`.
    pub name: &'a str,
    /// What the session may do of that which the user may do: JSON. Without one it may do nothing.
    pub policy: &'a str,
    /// 900 to 129,600.
    pub seconds: u32,
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

    /// `sts:GetFederationToken`, which needs a long-term key and the permission to call it.
    async fn federation_token(&self, request: FederationToken<'_>) -> Result<Session, CloudError>;

    /// Exchanges a session for a token of the sign-in service at `endpoint` (`getSigninToken`, IAM User Guide,
    /// "Enable custom identity broker access to the AWS console"). It is good for 15 minutes. `Invalid` when the service
    /// does not take the session.
    async fn sign_in_token(
        &self,
        endpoint: &str,
        session: &AccessKeyPair,
    ) -> Result<Secret, CloudError>;

    /// The credentials that this connection signs with, looked up where they come from.
    async fn credentials(&self) -> Result<Session, CloudError>;
}
