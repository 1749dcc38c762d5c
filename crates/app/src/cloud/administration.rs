//! What is asked of IAM about users themselves, and about all that hangs on one.

use async_trait::async_trait;

use super::{CloudError, IamUser};

/// A kind of thing that hangs on an IAM user. A user that has any of them can not be deleted
/// (IAM API Reference, `DeleteUser`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UserItemKind {
    LoginProfile,
    AccessKey,
    SigningCertificate,
    SshPublicKey,
    ServiceCredential,
    MfaDevice,
    InlinePolicy,
    AttachedPolicy,
    Group,
}

impl UserItemKind {
    /// In the order in which they are removed: first what signs in and signs requests, then the MFA devices, so that no
    /// password is ever left without its device, then what gives rights.
    pub const ALL: [Self; 9] = [
        Self::LoginProfile,
        Self::AccessKey,
        Self::SigningCertificate,
        Self::SshPublicKey,
        Self::ServiceCredential,
        Self::MfaDevice,
        Self::InlinePolicy,
        Self::AttachedPolicy,
        Self::Group,
    ];

    /// The action that reads them, as IAM names it.
    pub fn read_action(self) -> &'static str {
        match self {
            Self::LoginProfile => "iam:GetLoginProfile",
            Self::AccessKey => "iam:ListAccessKeys",
            Self::SigningCertificate => "iam:ListSigningCertificates",
            Self::SshPublicKey => "iam:ListSSHPublicKeys",
            Self::ServiceCredential => "iam:ListServiceSpecificCredentials",
            Self::MfaDevice => "iam:ListMFADevices",
            Self::InlinePolicy => "iam:ListUserPolicies",
            Self::AttachedPolicy => "iam:ListAttachedUserPolicies",
            Self::Group => "iam:ListGroupsForUser",
        }
    }

    /// The action that removes one.
    pub fn remove_action(self) -> &'static str {
        match self {
            Self::LoginProfile => "iam:DeleteLoginProfile",
            Self::AccessKey => "iam:DeleteAccessKey",
            Self::SigningCertificate => "iam:DeleteSigningCertificate",
            Self::SshPublicKey => "iam:DeleteSSHPublicKey",
            Self::ServiceCredential => "iam:DeleteServiceSpecificCredential",
            Self::MfaDevice => "iam:DeactivateMFADevice",
            Self::InlinePolicy => "iam:DeleteUserPolicy",
            Self::AttachedPolicy => "iam:DetachUserPolicy",
            Self::Group => "iam:RemoveUserFromGroup",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct UserItem {
    pub kind: UserItemKind,
    /// What IAM knows it by: a key ID, an ARN, a name.
    pub id: String,
    /// What a person knows it by.
    pub name: String,
}

#[derive(Debug, Clone, Copy)]
pub struct NewUser<'a> {
    pub name: &'a str,
    pub path: &'a str,
    pub tags: &'a [(String, String)],
}

#[async_trait]
pub trait UserAdministration: Send + Sync {
    /// One user (`iam:GetUser`).
    async fn user(&self, user: &str) -> Result<IamUser, CloudError>;

    /// Makes a user with its tags in one step. A name that is taken is `EntityExists`.
    async fn create_user(&self, new: NewUser<'_>) -> Result<IamUser, CloudError>;

    /// Deletes a user. While anything hangs on it, that is `DeleteConflict`.
    async fn delete_user(&self, user: &str) -> Result<(), CloudError>;

    /// All that hangs on a user, of one kind.
    async fn user_items(&self, user: &str, kind: UserItemKind)
    -> Result<Vec<UserItem>, CloudError>;

    /// Removes one of them; one that is not there is `NoSuchEntity`. A virtual MFA device is deleted, too.
    async fn remove_user_item(&self, user: &str, item: &UserItem) -> Result<(), CloudError>;

    /// Those of the actions that the policies of a user or role do not allow on a resource
    /// (`iam:SimulatePrincipalPolicy`). Where that depends on what a request carries, as an MFA code, none is named.
    async fn denied_actions(
        &self,
        principal_arn: &str,
        actions: &[&str],
        resource_arn: &str,
    ) -> Result<Vec<String>, CloudError>;
}
