//! IAM: users, their access keys and their tags.

mod administration;

use std::time::SystemTime;

use async_trait::async_trait;
use aws_config::retry::RetryConfig;
use aws_sdk_iam::types::{
    ContextEntry, ContextKeyTypeEnum, PolicyEvaluationDecisionType, StatusType, Tag, User,
};
use aws_smithy_types::DateTime;
use keywell_app::cloud::{
    AccessKey, AccessKeyPair, CloudError, CloudErrorKind, IamUser, LastUsed, NewAccessKey,
    UserAccess,
};
use keywell_vault::Secret;

use crate::account::AwsAccount;

pub(crate) fn system_time(date: Option<&DateTime>) -> Option<SystemTime> {
    date.and_then(|date| SystemTime::try_from(*date).ok())
}

fn of_user(user: User) -> IamUser {
    IamUser {
        created: system_time(Some(&user.create_date)),
        name: user.user_name,
        arn: user.arn,
        path: user.path,
    }
}

fn tag(operation: &'static str, name: &str, value: &str) -> Result<Tag, CloudError> {
    let tag = Tag::builder().key(name).value(value).build();
    tag.map_err(|error| CloudError::new(CloudErrorKind::Invalid, operation).with_source(error))
}

/// For calls that make something: one whose answer got lost may have made it, and another attempt would make a second
/// one that nobody sees, or find the first in its way.
fn once() -> aws_sdk_iam::config::Builder {
    aws_sdk_iam::config::Builder::new().retry_config(RetryConfig::disabled())
}

#[async_trait]
impl UserAccess for AwsAccount {
    async fn list_users(&self) -> Result<Vec<IamUser>, CloudError> {
        let mut users = Vec::new();
        let mut pages = self.iam.list_users().into_paginator().send();
        while let Some(page) = pages.next().await {
            let page =
                page.map_err(|error| self.error("iam:ListUsers", CloudErrorKind::Other, error))?;
            users.extend(page.users.into_iter().map(of_user));
        }
        Ok(users)
    }

    async fn list_access_keys(&self, user: Option<&str>) -> Result<Vec<AccessKey>, CloudError> {
        let mut keys = Vec::new();
        let mut pages = self
            .iam
            .list_access_keys()
            .set_user_name(user.map(str::to_owned))
            .into_paginator()
            .send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| {
                self.error("iam:ListAccessKeys", CloudErrorKind::NoSuchUser, error)
            })?;
            for key in page.access_key_metadata {
                keys.push(AccessKey {
                    created: system_time(key.create_date.as_ref()),
                    active: key.status == Some(StatusType::Active),
                    key_id: key.access_key_id.unwrap_or_default(),
                    user: key.user_name,
                });
            }
        }
        Ok(keys)
    }

    async fn access_key_last_used(&self, key_id: &str) -> Result<LastUsed, CloudError> {
        let answer = self
            .iam
            .get_access_key_last_used()
            .access_key_id(key_id)
            .send()
            .await
            .map_err(|error| {
                self.error("iam:GetAccessKeyLastUsed", CloudErrorKind::NoSuchKey, error)
            })?;
        let known = |text: String| (!text.is_empty() && text != "N/A").then_some(text);
        Ok(answer
            .access_key_last_used
            .map(|used| LastUsed {
                date: system_time(used.last_used_date.as_ref()),
                service: known(used.service_name),
                region: known(used.region),
            })
            .unwrap_or_default())
    }

    async fn create_access_key(&self, user: &str) -> Result<NewAccessKey, CloudError> {
        let operation = "iam:CreateAccessKey";
        let answer = self
            .iam
            .create_access_key()
            .user_name(user)
            .customize()
            .config_override(once())
            .send()
            .await
            .map_err(|error| self.error(operation, CloudErrorKind::NoSuchUser, error))?;
        let key = answer.access_key.ok_or_else(|| {
            CloudError::new(CloudErrorKind::Other, operation)
                .with_source("the answer holds no access key")
        })?;
        Ok(NewAccessKey {
            created: system_time(key.create_date.as_ref()),
            pair: AccessKeyPair {
                key_id: key.access_key_id,
                secret: Secret::new(key.secret_access_key),
                session_token: None,
            },
        })
    }

    async fn set_access_key_active(
        &self,
        user: &str,
        key_id: &str,
        active: bool,
    ) -> Result<(), CloudError> {
        let status = if active {
            StatusType::Active
        } else {
            StatusType::Inactive
        };
        self.iam
            .update_access_key()
            .user_name(user)
            .access_key_id(key_id)
            .status(status)
            .send()
            .await
            .map(drop)
            .map_err(|error| self.error("iam:UpdateAccessKey", CloudErrorKind::NoSuchKey, error))
    }

    async fn delete_access_key(&self, user: &str, key_id: &str) -> Result<(), CloudError> {
        self.iam
            .delete_access_key()
            .user_name(user)
            .access_key_id(key_id)
            .send()
            .await
            .map(drop)
            .map_err(|error| self.error("iam:DeleteAccessKey", CloudErrorKind::NoSuchKey, error))
    }

    async fn user_tags(&self, user: &str) -> Result<Vec<(String, String)>, CloudError> {
        let mut tags = Vec::new();
        let mut pages = self
            .iam
            .list_user_tags()
            .user_name(user)
            .into_paginator()
            .send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| {
                self.error("iam:ListUserTags", CloudErrorKind::NoSuchUser, error)
            })?;
            tags.extend(page.tags.into_iter().map(|tag| (tag.key, tag.value)));
        }
        Ok(tags)
    }

    async fn tag_user(&self, user: &str, name: &str, value: &str) -> Result<(), CloudError> {
        let operation = "iam:TagUser";
        let tag = tag(operation, name, value)?;
        self.iam
            .tag_user()
            .user_name(user)
            .tags(tag)
            .send()
            .await
            .map(drop)
            .map_err(|error| self.error(operation, CloudErrorKind::NoSuchUser, error))
    }

    async fn untag_user(&self, user: &str, name: &str) -> Result<(), CloudError> {
        self.iam
            .untag_user()
            .user_name(user)
            .tag_keys(name)
            .send()
            .await
            .map(drop)
            .map_err(|error| self.error("iam:UntagUser", CloudErrorKind::NoSuchUser, error))
    }

    async fn account_aliases(&self) -> Result<Vec<String>, CloudError> {
        let answer = self
            .iam
            .list_account_aliases()
            .send()
            .await
            .map_err(|error| self.error("iam:ListAccountAliases", CloudErrorKind::Other, error))?;
        Ok(answer.account_aliases)
    }

    async fn mfa_devices(&self, user: Option<&str>) -> Result<Vec<String>, CloudError> {
        let mut serials = Vec::new();
        let mut pages = self
            .iam
            .list_mfa_devices()
            .set_user_name(user.map(str::to_owned))
            .into_paginator()
            .send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| {
                self.error("iam:ListMFADevices", CloudErrorKind::NoSuchUser, error)
            })?;
            serials.extend(
                page.mfa_devices
                    .into_iter()
                    .map(|device| device.serial_number),
            );
        }
        Ok(serials)
    }
    async fn allowed_with_mfa(
        &self,
        user_arn: &str,
        actions: &[String],
    ) -> Result<Vec<String>, CloudError> {
        let mfa = ContextEntry::builder()
            .context_key_name("aws:MultiFactorAuthPresent")
            .context_key_values("true")
            .context_key_type(ContextKeyTypeEnum::Boolean)
            .build();
        let answer = self
            .iam
            .simulate_principal_policy()
            .policy_source_arn(user_arn)
            .set_action_names(Some(actions.to_vec()))
            .context_entries(mfa)
            .send()
            .await
            .map_err(|error| {
                self.error(
                    "iam:SimulatePrincipalPolicy",
                    CloudErrorKind::NoSuchUser,
                    error,
                )
            })?;
        Ok(answer
            .evaluation_results
            .unwrap_or_default()
            .into_iter()
            .filter(|result| result.eval_decision == PolicyEvaluationDecisionType::Allowed)
            .map(|result| result.eval_action_name)
            .collect())
    }
}
