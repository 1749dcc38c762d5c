//! STS.

use async_trait::async_trait;
use keywell_app::cloud::{CloudError, CloudErrorKind, Identity, IdentityAccess, IdentityAnswer};

use crate::{account::AwsAccount, clock::ClockReading};

#[async_trait]
impl IdentityAccess for AwsAccount {
    async fn identity(&self) -> Result<IdentityAnswer, CloudError> {
        let operation = "sts:GetCallerIdentity";
        let clock = ClockReading::default();
        let answer = self
            .sts
            .get_caller_identity()
            .customize()
            .interceptor(clock.clone())
            .send()
            .await
            .map_err(|error| self.error(operation, CloudErrorKind::Other, error))?;
        let (Some(account_id), Some(arn)) = (answer.account, answer.arn) else {
            return Err(CloudError::new(CloudErrorKind::Other, operation)
                .with_source("the answer names no account"));
        };
        Ok(IdentityAnswer {
            identity: Identity {
                account_id,
                arn,
                user_id: answer.user_id.unwrap_or_default(),
            },
            clock_offset_milliseconds: clock.offset_milliseconds(),
        })
    }
}
