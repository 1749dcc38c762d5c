//! The account: its users, their access keys, inline policies and tags. Plain data and its rules; no network, no time.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::condition::Values;
use crate::mfa::MfaDevice;
use crate::policy::{self, Decision};
use crate::random;
use crate::roles::Role;
use crate::secret::{self, Secret};
use crate::session;
use crate::user_items::{Group, UserItems};

/// AWS's quota `AccessKeysPerUser`.
pub(crate) const ACCESS_KEYS_PER_USER: usize = 2;

/// Marks the practice account's key ids; `AKIA` is AWS's own prefix of long-term keys.
const KEY_ID_PREFIX: &str = "AKIAPRACTICE";

pub(crate) const ALLOW_ALL: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

/// The name of the user that a new account begins with.
pub(crate) const ADMINISTRATOR: &str = "admin";

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) users: BTreeMap<String, User>,
    /// States of older versions have none.
    #[serde(default)]
    pub(crate) alias: Option<String>,
    #[serde(default)]
    pub(crate) roles: BTreeMap<String, Role>,
    #[serde(default)]
    pub(crate) groups: BTreeMap<String, Group>,
    /// Virtual MFA devices by their serial number, which is an ARN.
    #[serde(default)]
    pub(crate) mfa_devices: BTreeMap<String, MfaDevice>,
    /// What session keys and tokens are made from.
    #[serde(default = "session::new_master", with = "secret::stored")]
    pub(crate) session_master: Secret,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) id: String,
    pub(crate) path: String,
    pub(crate) created_millis: i64,
    pub(crate) access_keys: Vec<AccessKey>,
    pub(crate) policies: BTreeMap<String, String>,
    pub(crate) tags: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) items: UserItems,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct AccessKey {
    pub(crate) id: String,
    #[serde(with = "secret::stored")]
    pub(crate) secret: Secret,
    pub(crate) active: bool,
    pub(crate) created_millis: i64,
    pub(crate) last_used: Option<LastUse>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LastUse {
    pub(crate) at_millis: i64,
    pub(crate) region: String,
    pub(crate) service: String,
}

/// Who sent a request, once its signature was found right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    /// The user's name; of a role's session the role's and the session's, `NAME/SESSION`.
    pub(crate) user_name: String,
    pub(crate) grant: Grant,
    pub(crate) user_id: String,
    pub(crate) arn: String,
}

/// By what right a caller acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Grant {
    /// A user's long-term key.
    LongTerm,
    /// A session of `GetSessionToken`.
    UserSession { mfa: bool },
    /// A session of `GetFederationToken`, with a policy that takes nothing away from the user's.
    Federated,
    /// A session of `AssumeRole`.
    Role { name: String },
}

impl Account {
    /// A new account with one administrator who has one access key.
    pub(crate) fn with_administrator(now_millis: i64) -> Self {
        let mut account = Self {
            id: random::account_id(),
            users: BTreeMap::new(),
            alias: None,
            roles: BTreeMap::new(),
            groups: BTreeMap::new(),
            mfa_devices: BTreeMap::new(),
            session_master: session::new_master(),
        };
        let mut administrator = User::new(ADMINISTRATOR, "/", now_millis);
        administrator
            .policies
            .insert("AdministratorAccess".to_owned(), ALLOW_ALL.to_owned());
        administrator.access_keys.push(AccessKey::new(now_millis));
        account
            .users
            .insert(administrator.name.clone(), administrator);
        account
    }

    pub(crate) fn user_arn(&self, user: &User) -> String {
        format!("arn:aws:iam::{}:user{}{}", self.id, user.path, user.name)
    }

    pub(crate) fn find_key(&self, key_id: &str) -> Option<(&User, &AccessKey)> {
        self.users.values().find_map(|user| {
            let key = user.access_keys.iter().find(|key| key.id == key_id)?;
            Some((user, key))
        })
    }

    pub(crate) fn caller(&self, user: &User) -> Caller {
        Caller {
            user_name: user.name.clone(),
            grant: Grant::LongTerm,
            user_id: user.id.clone(),
            arn: self.user_arn(user),
        }
    }

    pub(crate) fn record_use(&mut self, key_id: &str, use_: LastUse) {
        for user in self.users.values_mut() {
            for key in &mut user.access_keys {
                if key.id == key_id {
                    key.last_used = Some(use_);
                    return;
                }
            }
        }
    }

    /// What the policies of the caller's user or role say. Who is gone may do nothing.
    pub(crate) fn decide(
        &self,
        caller: &Caller,
        action: &str,
        resource: &str,
        values: &Values<'_>,
    ) -> Decision {
        let documents: Vec<&str> = match &caller.grant {
            Grant::LongTerm | Grant::UserSession { .. } | Grant::Federated => {
                let user = self.users.get(&caller.user_name);
                user.into_iter()
                    .flat_map(|user| {
                        let inline = user.policies.values().map(String::as_str);
                        inline.chain(user.items.documents())
                    })
                    .collect()
            }
            Grant::Role { name } => {
                let role = self.roles.get(name);
                role.into_iter()
                    .flat_map(|role| role.policies.values().map(String::as_str))
                    .collect()
            }
        };
        // PutUserPolicy and PutRolePolicy store nothing that does not parse.
        let policies: Vec<_> = documents
            .into_iter()
            .filter_map(|document| policy::parse(document).ok())
            .collect();
        policy::evaluate(policies.iter(), action, resource, values)
    }
}

impl User {
    pub(crate) fn new(name: &str, path: &str, now_millis: i64) -> Self {
        Self {
            name: name.to_owned(),
            id: format!("AIDA{}", random::base32(17)),
            path: path.to_owned(),
            created_millis: now_millis,
            access_keys: Vec::new(),
            policies: BTreeMap::new(),
            tags: BTreeMap::new(),
            items: UserItems::default(),
        }
    }
}

impl AccessKey {
    pub(crate) fn new(now_millis: i64) -> Self {
        Self {
            id: format!("{KEY_ID_PREFIX}{}", random::base32(8)),
            secret: Secret::new(random::secret_access_key()),
            active: true,
            created_millis: now_millis,
            last_used: None,
        }
    }
}

/// The words in which IAM and S3 refuse an action; source: IAM User Guide, "Troubleshoot access denied error messages".
pub(crate) fn denial_message(
    caller: &Caller,
    action: &str,
    resource: &str,
    decision: Decision,
) -> String {
    let reason = if decision == Decision::ExplicitlyDenied {
        "with an explicit deny in an identity-based policy".to_owned()
    } else {
        format!("because no identity-based policy allows the {action} action")
    };
    format!(
        "User: {} is not authorized to perform: {action} on resource: {resource} {reason}",
        caller.arn
    )
}
