//! STS: sessions.

use async_trait::async_trait;
use aws_credential_types::provider::ProvideCredentials as _;
use aws_sdk_sts::types::{Credentials, Tag};
use keywell_app::cloud::{
    AccessKeyPair, AssumeRole, CloudError, CloudErrorKind, FederationToken, MfaCode, Session,
    SessionAccess,
};
use keywell_vault::Secret;

use crate::{account::AwsAccount, error::of_chain, users::system_time};

#[async_trait]
impl SessionAccess for AwsAccount {
    async fn session_token(
        &self,
        mfa: Option<MfaCode<'_>>,
        seconds: Option<u32>,
    ) -> Result<Session, CloudError> {
        let operation = "sts:GetSessionToken";
        let answer = self
            .sts
            .get_session_token()
            .set_serial_number(mfa.map(|mfa| mfa.serial.to_owned()))
            .set_token_code(mfa.map(|mfa| mfa.code.expose().to_owned()))
            .set_duration_seconds(sdk_seconds(seconds))
            .send()
            .await
            .map_err(|error| self.error(operation, CloudErrorKind::Other, error))?;
        session(operation, answer.credentials)
    }

    async fn assume_role(&self, request: AssumeRole<'_>) -> Result<Session, CloudError> {
        let operation = "sts:AssumeRole";
        let mut call = self
            .sts
            .assume_role()
            .role_arn(request.role_arn)
            .role_session_name(request.session_name)
            .set_external_id(request.external_id.map(str::to_owned))
            .set_duration_seconds(sdk_seconds(request.seconds));
        for (key, value) in request.tags {
            let tag = Tag::builder().key(key).value(value).build();
            call = call.tags(tag.map_err(|error| {
                CloudError::new(CloudErrorKind::Invalid, operation).with_source(error)
            })?);
        }
        let answer = call
            .send()
            .await
            .map_err(|error| self.error(operation, CloudErrorKind::Other, error))?;
        session(operation, answer.credentials)
    }

    async fn federation_token(&self, request: FederationToken<'_>) -> Result<Session, CloudError> {
        let operation = "sts:GetFederationToken";
        let answer = self
            .sts
            .get_federation_token()
            .name(request.name)
            .policy(request.policy)
            .set_duration_seconds(sdk_seconds(Some(request.seconds)))
            .send()
            .await
            .map_err(|error| self.error(operation, CloudErrorKind::Other, error))?;
        session(operation, answer.credentials)
    }

    async fn sign_in_token(
        &self,
        endpoint: &str,
        session: &AccessKeyPair,
    ) -> Result<Secret, CloudError> {
        self.ask_for_sign_in_token(endpoint, session).await
    }

    async fn credentials(&self) -> Result<Session, CloudError> {
        let found = self.credentials.provide_credentials().await;
        let found = found.map_err(|error| {
            let kind = of_chain(&error).unwrap_or(CloudErrorKind::NoCredentials);
            CloudError::new(kind, "credentials").with_source(error)
        })?;
        Ok(Session {
            pair: AccessKeyPair {
                key_id: found.access_key_id().to_owned(),
                secret: Secret::new(found.secret_access_key()),
                session_token: found.session_token().map(Secret::new),
            },
            expires: found.expiry(),
        })
    }
}

fn sdk_seconds(seconds: Option<u32>) -> Option<i32> {
    seconds.and_then(|seconds| i32::try_from(seconds).ok())
}

fn session(
    operation: &'static str,
    credentials: Option<Credentials>,
) -> Result<Session, CloudError> {
    let credentials = credentials.ok_or_else(|| {
        CloudError::new(CloudErrorKind::Other, operation)
            .with_source("the answer holds no credentials")
    })?;
    Ok(Session {
        expires: system_time(Some(credentials.expiration())),
        pair: AccessKeyPair {
            key_id: credentials.access_key_id,
            secret: Secret::new(credentials.secret_access_key),
            session_token: Some(Secret::new(credentials.session_token)),
        },
    })
}
