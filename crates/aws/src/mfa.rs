//! IAM: MFA devices.

use async_trait::async_trait;
use keywell_app::cloud::{CloudError, CloudErrorKind, MfaAccess, NewMfaDevice};
use keywell_vault::Secret;

use crate::account::AwsAccount;

#[async_trait]
impl MfaAccess for AwsAccount {
    async fn create_virtual_mfa_device(&self, name: &str) -> Result<NewMfaDevice, CloudError> {
        let operation = "iam:CreateVirtualMFADevice";
        let answer = self
            .iam
            .create_virtual_mfa_device()
            .virtual_mfa_device_name(name)
            .send()
            .await
            .map_err(|error| self.error(operation, CloudErrorKind::Other, error))
            .map_err(taken)?;
        let lacks = |what: &'static str| {
            CloudError::new(CloudErrorKind::Other, operation).with_source(what)
        };
        let device = answer
            .virtual_mfa_device
            .ok_or_else(|| lacks("the answer holds no device"))?;
        // The blob is the seed's text, not its bytes.
        let seed = device
            .base32_string_seed
            .and_then(|seed| String::from_utf8(seed.into_inner()).ok())
            .ok_or_else(|| lacks("the answer holds no seed"))?;
        Ok(NewMfaDevice {
            serial: device.serial_number,
            seed: Secret::new(seed),
        })
    }

    async fn enable_mfa_device(
        &self,
        user: &str,
        serial: &str,
        [first, second]: [&Secret; 2],
    ) -> Result<(), CloudError> {
        self.iam
            .enable_mfa_device()
            .user_name(user)
            .serial_number(serial)
            .authentication_code1(first.expose())
            .authentication_code2(second.expose())
            .send()
            .await
            .map(drop)
            .map_err(|error| self.error("iam:EnableMFADevice", CloudErrorKind::NoSuchUser, error))
    }

    async fn delete_virtual_mfa_device(&self, serial: &str) -> Result<(), CloudError> {
        self.iam
            .delete_virtual_mfa_device()
            .serial_number(serial)
            .send()
            .await
            .map(drop)
            .map_err(|error| self.error("iam:DeleteVirtualMFADevice", CloudErrorKind::Other, error))
    }
}

/// IAM has one answer for every name that is taken.
fn taken(mut error: CloudError) -> CloudError {
    if error.kind == CloudErrorKind::EntityExists {
        error.kind = CloudErrorKind::MfaDeviceTaken;
    }
    error
}
