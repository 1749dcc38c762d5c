//! What IAM tells of all users at once.

use std::time::SystemTime;

use async_trait::async_trait;

use super::CloudError;

/// IAM's credential report: a csv of the root user and every user, with up to two keys each and without key IDs.
#[derive(Debug, Clone, PartialEq)]
pub struct CredentialReport {
    pub csv: Vec<u8>,
    pub made: Option<SystemTime>,
}

/// One user, as `GetAccountAuthorizationDetails` tells it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct UserDetails {
    pub name: String,
    pub tags: Vec<(String, String)>,
    /// The names of the managed policies that are attached to the user itself.
    pub attached_policies: Vec<String>,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct UserDetailsPage {
    pub users: Vec<UserDetails>,
    /// Asks for the page after this one.
    pub next: Option<String>,
}

#[async_trait]
pub trait ReportAccess: Send + Sync {
    /// The credential report; `None` when there is none younger than four hours, or when it is being made.
    async fn credential_report(&self) -> Result<Option<CredentialReport>, CloudError>;

    /// Has a credential report made, which takes seconds. IAM makes a new one at most every four hours.
    async fn make_credential_report(&self) -> Result<(), CloudError>;

    /// One page of the account's users, at most 1,000 (`iam:GetAccountAuthorizationDetails`).
    async fn user_details(&self, page: Option<&str>) -> Result<UserDetailsPage, CloudError>;

    /// The names of the managed policies attached to a user itself (`iam:ListAttachedUserPolicies`).
    async fn policies_attached_to(&self, user: &str) -> Result<Vec<String>, CloudError>;
}
