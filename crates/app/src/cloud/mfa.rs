//! What is asked of IAM about MFA devices.

use async_trait::async_trait;
use keywell_vault::Secret;

use super::CloudError;

/// A virtual device that nobody uses yet. The seed is in this answer and nowhere else, ever.
#[derive(Debug, Clone, PartialEq)]
pub struct NewMfaDevice {
    /// Its ARN.
    pub serial: String,
    /// In base32, as apps take it.
    pub seed: Secret,
}

#[async_trait]
pub trait MfaAccess: Send + Sync {
    /// `iam:CreateVirtualMFADevice`. `name` is unique in the account.
    async fn create_virtual_mfa_device(&self, name: &str) -> Result<NewMfaDevice, CloudError>;

    /// `iam:EnableMFADevice`, with two codes that the device showed one after the other.
    async fn enable_mfa_device(
        &self,
        user: &str,
        serial: &str,
        codes: [&Secret; 2],
    ) -> Result<(), CloudError>;

    /// `iam:DeleteVirtualMFADevice`, for a device that no user has.
    async fn delete_virtual_mfa_device(&self, serial: &str) -> Result<(), CloudError>;
}
