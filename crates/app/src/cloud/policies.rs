//! What is asked of IAM to say what a user may do.

use async_trait::async_trait;

use super::CloudError;

#[async_trait]
pub trait PolicyAccess: Send + Sync {
    /// Stores an inline policy of a user; one of the same name is replaced.
    async fn put_user_policy(
        &self,
        user: &str,
        name: &str,
        document: &str,
    ) -> Result<(), CloudError>;

    /// Deletes an inline policy. `NoSuchUser` when the user or the policy is not there.
    async fn delete_user_policy(&self, user: &str, name: &str) -> Result<(), CloudError>;
}
