//! IAM: users themselves, and all that hangs on one.

use async_trait::async_trait;
use aws_sdk_iam::types::PolicyEvaluationDecisionType;
use keywell_app::cloud::{
    CloudError, CloudErrorKind, IamUser, NewUser, UserAccess, UserAdministration, UserItem,
    UserItemKind as Kind,
};

use super::{of_user, once, tag};
use crate::account::AwsAccount;

/// Sends an SDK call and translates its error.
macro_rules! send {
    ($account:ident, $operation:expr, $missing:expr, $call:expr) => {
        $call
            .send()
            .await
            .map_err(|error| $account.error($operation, $missing, error))
    };
}

/// Every page of a list, each of its entries made into an id and a name.
macro_rules! pages {
    ($account:ident, $kind:ident, $call:expr, $field:ident, $of_entry:expr) => {{
        let mut entries = $call.into_paginator().send();
        let mut items = Vec::new();
        while let Some(page) = entries.next().await {
            let page = page.map_err(|error| {
                $account.error($kind.read_action(), CloudErrorKind::NoSuchUser, error)
            })?;
            items.extend(page.$field.into_iter().map($of_entry));
        }
        items
    }};
}

#[async_trait]
impl UserAdministration for AwsAccount {
    async fn user(&self, user: &str) -> Result<IamUser, CloudError> {
        let operation = "iam:GetUser";
        let call = self.iam.get_user().user_name(user);
        let answer = send!(self, operation, CloudErrorKind::NoSuchUser, call)?;
        answer
            .user
            .map(of_user)
            .ok_or_else(|| CloudError::new(CloudErrorKind::NoSuchUser, operation))
    }

    async fn create_user(&self, new: NewUser<'_>) -> Result<IamUser, CloudError> {
        let operation = "iam:CreateUser";
        let tags = new
            .tags
            .iter()
            .map(|(name, value)| tag(operation, name, value))
            .collect::<Result<Vec<_>, _>>()?;
        let call = self
            .iam
            .create_user()
            .user_name(new.name)
            .path(new.path)
            .set_tags((!tags.is_empty()).then_some(tags))
            .customize()
            .config_override(once());
        let answer = send!(self, operation, CloudErrorKind::Other, call)?;
        answer.user.map(of_user).ok_or_else(|| {
            CloudError::new(CloudErrorKind::Other, operation)
                .with_source("the answer holds no user")
        })
    }

    async fn delete_user(&self, user: &str) -> Result<(), CloudError> {
        let call = self.iam.delete_user().user_name(user);
        send!(self, "iam:DeleteUser", CloudErrorKind::NoSuchUser, call).map(drop)
    }

    async fn user_items(&self, user: &str, kind: Kind) -> Result<Vec<UserItem>, CloudError> {
        let iam = &self.iam;
        let same = |id: String| (id.clone(), id);
        let found: Vec<(String, String)> = match kind {
            Kind::LoginProfile => {
                let missing = CloudErrorKind::NoSuchEntity;
                let call = iam.get_login_profile().user_name(user);
                match send!(self, kind.read_action(), missing, call) {
                    // IAM has no list of them: a user without one is answered like a user that is not there.
                    Err(error) if error.kind == CloudErrorKind::NoSuchEntity => Vec::new(),
                    answer => answer.map(|_| vec![same(user.to_owned())])?,
                }
            }
            Kind::AccessKey => {
                let keys = self.list_access_keys(Some(user)).await?;
                keys.into_iter().map(|key| same(key.key_id)).collect()
            }
            Kind::SigningCertificate => {
                let call = iam.list_signing_certificates().user_name(user);
                pages!(self, kind, call, certificates, |one| same(
                    one.certificate_id
                ))
            }
            Kind::SshPublicKey => {
                let call = iam.list_ssh_public_keys().user_name(user);
                let lists = pages!(self, kind, call, ssh_public_keys, |list| list);
                let keys = lists.into_iter().flatten();
                keys.map(|one| same(one.ssh_public_key_id)).collect()
            }
            Kind::ServiceCredential => self.service_credentials(user, kind).await?,
            Kind::MfaDevice => {
                let serials = self.mfa_devices(Some(user)).await?;
                serials.into_iter().map(same).collect()
            }
            Kind::InlinePolicy => {
                let call = iam.list_user_policies().user_name(user);
                pages!(self, kind, call, policy_names, same)
            }
            Kind::AttachedPolicy => {
                let call = iam.list_attached_user_policies().user_name(user);
                let lists = pages!(self, kind, call, attached_policies, |list| list);
                let policies = lists.into_iter().flatten();
                policies
                    .map(|one| {
                        let arn = one.policy_arn.unwrap_or_default();
                        (arn.clone(), one.policy_name.unwrap_or(arn))
                    })
                    .collect()
            }
            Kind::Group => {
                let call = iam.list_groups_for_user().user_name(user);
                pages!(self, kind, call, groups, |one| same(one.group_name))
            }
        };
        let items = found.into_iter();
        Ok(items
            .map(|(id, name)| UserItem { kind, id, name })
            .collect())
    }

    async fn remove_user_item(&self, user: &str, item: &UserItem) -> Result<(), CloudError> {
        let (iam, id, operation) = (&self.iam, &item.id, item.kind.remove_action());
        let gone = CloudErrorKind::NoSuchEntity;
        match item.kind {
            Kind::LoginProfile => {
                let call = iam.delete_login_profile().user_name(user);
                send!(self, operation, gone, call).map(drop)
            }
            Kind::AccessKey => {
                let call = iam.delete_access_key().user_name(user).access_key_id(id);
                send!(self, operation, gone, call).map(drop)
            }
            Kind::SigningCertificate => {
                let call = iam.delete_signing_certificate().user_name(user);
                send!(self, operation, gone, call.certificate_id(id)).map(drop)
            }
            Kind::SshPublicKey => {
                let call = iam.delete_ssh_public_key().user_name(user);
                send!(self, operation, gone, call.ssh_public_key_id(id)).map(drop)
            }
            Kind::ServiceCredential => {
                let call = iam.delete_service_specific_credential().user_name(user);
                send!(
                    self,
                    operation,
                    gone,
                    call.service_specific_credential_id(id)
                )
                .map(drop)
            }
            Kind::MfaDevice => self.remove_mfa_device(user, id, operation).await,
            Kind::InlinePolicy => {
                let call = iam.delete_user_policy().user_name(user).policy_name(id);
                send!(self, operation, gone, call).map(drop)
            }
            Kind::AttachedPolicy => {
                let call = iam.detach_user_policy().user_name(user).policy_arn(id);
                send!(self, operation, gone, call).map(drop)
            }
            Kind::Group => {
                let call = iam.remove_user_from_group().user_name(user).group_name(id);
                send!(self, operation, gone, call).map(drop)
            }
        }
    }

    async fn denied_actions(
        &self,
        principal_arn: &str,
        actions: &[&str],
        resource_arn: &str,
    ) -> Result<Vec<String>, CloudError> {
        let names = actions.iter().map(|action| (*action).to_owned()).collect();
        let call = self
            .iam
            .simulate_principal_policy()
            .policy_source_arn(principal_arn)
            .set_action_names(Some(names))
            .resource_arns(resource_arn);
        let answer = send!(
            self,
            "iam:SimulatePrincipalPolicy",
            CloudErrorKind::NoSuchEntity,
            call
        )?;
        let results = answer.evaluation_results.unwrap_or_default();
        Ok(results
            .into_iter()
            .filter(|result| {
                result.eval_decision != PolicyEvaluationDecisionType::Allowed
                    && result.missing_context_values().is_empty()
            })
            .map(|result| result.eval_action_name)
            .collect())
    }
}

impl AwsAccount {
    /// IDs and, for people, the services and the names to sign in with.
    async fn service_credentials(
        &self,
        user: &str,
        kind: Kind,
    ) -> Result<Vec<(String, String)>, CloudError> {
        let mut found = Vec::new();
        let mut marker = None;
        loop {
            let call = self.iam.list_service_specific_credentials().user_name(user);
            let page = send!(
                self,
                kind.read_action(),
                CloudErrorKind::NoSuchUser,
                call.set_marker(marker)
            )?;
            for one in page.service_specific_credentials.unwrap_or_default() {
                let name = format!("{} ({})", one.service_user_name, one.service_name);
                found.push((one.service_specific_credential_id, name));
            }
            match page.marker.filter(|_| page.is_truncated) {
                Some(next) => marker = Some(next),
                None => return Ok(found),
            }
        }
    }

    /// A virtual device is nothing without its user. Its serial is an ARN; that of a device of metal or glass is not, or
    /// is one of another kind (IAM User Guide, "IAM identifiers").
    async fn remove_mfa_device(
        &self,
        user: &str,
        serial: &str,
        operation: &'static str,
    ) -> Result<(), CloudError> {
        let call = self.iam.deactivate_mfa_device().user_name(user);
        send!(
            self,
            operation,
            CloudErrorKind::NoSuchEntity,
            call.serial_number(serial)
        )?;
        let is_virtual = serial
            .splitn(6, ':')
            .nth(5)
            .is_some_and(|resource| resource.starts_with("mfa/"));
        if !is_virtual {
            return Ok(());
        }
        let call = self.iam.delete_virtual_mfa_device().serial_number(serial);
        let gone = CloudErrorKind::NoSuchEntity;
        match send!(self, "iam:DeleteVirtualMFADevice", gone, call) {
            Err(error) if error.kind != CloudErrorKind::NoSuchEntity => Err(error),
            _ => Ok(()),
        }
    }
}
