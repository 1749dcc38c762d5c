//! IAM: what it tells of all users at once.

use async_trait::async_trait;
use aws_sdk_iam::{error::SdkError, types::EntityType};
use keywell_app::cloud::{
    CloudError, CloudErrorKind, CredentialReport, ReportAccess, UserDetails, UserDetailsPage,
};

use crate::{account::AwsAccount, users::system_time};

/// The most that `GetAccountAuthorizationDetails` takes for a page.
const USERS_A_PAGE: i32 = 1000;

#[async_trait]
impl ReportAccess for AwsAccount {
    async fn credential_report(&self) -> Result<Option<CredentialReport>, CloudError> {
        let answer = match self.iam.get_credential_report().send().await {
            Ok(answer) => answer,
            Err(SdkError::ServiceError(refused))
                if refused.err().is_credential_report_not_present_exception()
                    || refused.err().is_credential_report_expired_exception()
                    || refused.err().is_credential_report_not_ready_exception() =>
            {
                return Ok(None);
            }
            Err(error) => {
                return Err(self.error("iam:GetCredentialReport", CloudErrorKind::Other, error));
            }
        };
        Ok(answer.content.map(|content| CredentialReport {
            csv: content.into_inner(),
            made: system_time(answer.generated_time.as_ref()),
        }))
    }

    async fn make_credential_report(&self) -> Result<(), CloudError> {
        self.iam
            .generate_credential_report()
            .send()
            .await
            .map(drop)
            .map_err(|error| {
                self.error("iam:GenerateCredentialReport", CloudErrorKind::Other, error)
            })
    }

    async fn user_details(&self, page: Option<&str>) -> Result<UserDetailsPage, CloudError> {
        let answer = self
            .iam
            .get_account_authorization_details()
            .filter(EntityType::User)
            .max_items(USERS_A_PAGE)
            .set_marker(page.map(str::to_owned))
            .send()
            .await
            .map_err(|error| {
                self.error(
                    "iam:GetAccountAuthorizationDetails",
                    CloudErrorKind::Other,
                    error,
                )
            })?;
        let users = answer.user_detail_list.unwrap_or_default();
        Ok(UserDetailsPage {
            users: users
                .into_iter()
                .map(|user| UserDetails {
                    name: user.user_name.unwrap_or_default(),
                    tags: user
                        .tags
                        .unwrap_or_default()
                        .into_iter()
                        .map(|tag| (tag.key, tag.value))
                        .collect(),
                    attached_policies: user
                        .attached_managed_policies
                        .unwrap_or_default()
                        .into_iter()
                        .filter_map(|policy| policy.policy_name)
                        .collect(),
                })
                .collect(),
            next: answer.marker.filter(|_| answer.is_truncated),
        })
    }

    async fn policies_attached_to(&self, user: &str) -> Result<Vec<String>, CloudError> {
        let mut names = Vec::new();
        let mut pages = self
            .iam
            .list_attached_user_policies()
            .user_name(user)
            .into_paginator()
            .send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| {
                self.error(
                    "iam:ListAttachedUserPolicies",
                    CloudErrorKind::NoSuchUser,
                    error,
                )
            })?;
            names.extend(
                page.attached_policies
                    .unwrap_or_default()
                    .into_iter()
                    .filter_map(|policy| policy.policy_name),
            );
        }
        Ok(names)
    }
}
