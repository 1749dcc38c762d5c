//! IAM: inline policies of users.

use async_trait::async_trait;
use keywell_app::cloud::{CloudError, CloudErrorKind, PolicyAccess};

use crate::account::AwsAccount;

#[async_trait]
impl PolicyAccess for AwsAccount {
    async fn put_user_policy(
        &self,
        user: &str,
        name: &str,
        document: &str,
    ) -> Result<(), CloudError> {
        self.iam
            .put_user_policy()
            .user_name(user)
            .policy_name(name)
            .policy_document(document)
            .send()
            .await
            .map(drop)
            .map_err(|error| self.error("iam:PutUserPolicy", CloudErrorKind::NoSuchUser, error))
    }

    async fn delete_user_policy(&self, user: &str, name: &str) -> Result<(), CloudError> {
        self.iam
            .delete_user_policy()
            .user_name(user)
            .policy_name(name)
            .send()
            .await
            .map(drop)
            .map_err(|error| self.error("iam:DeleteUserPolicy", CloudErrorKind::NoSuchUser, error))
    }
}
