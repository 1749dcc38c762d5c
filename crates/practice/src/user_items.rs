//! IAM: what hangs on a user beside keys, inline policies and tags, and what IAM would answer a user.
//!
//! Groups and the few managed policies have no more to them than a user's page needs: a group grants nothing here.
//! Source: IAM API Reference, the page of each action.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::account::{Account, Caller, Grant, User};
use crate::authentication::Refusal;
use crate::clock::{from_millis, iso8601};
use crate::condition::Values;
use crate::iam::{check_name, find_user, find_user_mut, no_such_entity, no_such_user, page};
use crate::policy::Decision;
use crate::query::{Answer, Parameters, authorise, validation_error};
use crate::random;
use crate::state::State;
use crate::xml::{element, wrap};

/// Policies of AWS's own that can be attached, with what they come to here.
const MANAGED: &[(&str, &str)] = &[
    (
        "AdministratorAccess",
        r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#,
    ),
    (
        "IAMFullAccess",
        r#"{"Statement":{"Effect":"Allow","Action":"iam:*","Resource":"*"}}"#,
    ),
    (
        "AmazonS3FullAccess",
        r#"{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}"#,
    ),
    (
        "AmazonS3ReadOnlyAccess",
        r#"{"Statement":{"Effect":"Allow","Action":["s3:Get*","s3:List*"],"Resource":"*"}}"#,
    ),
    (
        "AWSCompromisedKeyQuarantineV3",
        r#"{"Statement":{"Effect":"Deny","Action":["iam:CreateAccessKey","iam:CreateUser","iam:AttachUserPolicy"],"Resource":"*"}}"#,
    ),
];

const MANAGED_ARN: &str = "arn:aws:iam::aws:policy/";
/// IAM's quotas of signing certificates, SSH keys and credentials of one service for a user.
const CERTIFICATES_PER_USER: usize = 2;
const SSH_KEYS_PER_USER: usize = 5;
const CREDENTIALS_PER_SERVICE: usize = 2;

/// What a user may have beside what every user has.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct UserItems {
    login_profile_millis: Option<i64>,
    /// Names of managed policies.
    attached: BTreeSet<String>,
    groups: BTreeSet<String>,
    /// IDs and when they were uploaded.
    certificates: BTreeMap<String, i64>,
    ssh_keys: BTreeMap<String, i64>,
    credentials: BTreeMap<String, ServiceCredential>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct ServiceCredential {
    service: String,
    created_millis: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Group {
    id: String,
    path: String,
    created_millis: i64,
}

impl UserItems {
    /// The documents of the attached policies.
    pub(crate) fn documents(&self) -> impl Iterator<Item = &str> {
        MANAGED
            .iter()
            .filter(|(name, _)| self.attached.contains(*name))
            .map(|(_, document)| *document)
    }

    /// What keeps the user from being deleted, in the words of `DeleteConflict`.
    pub(crate) fn left(&self) -> Option<&'static str> {
        [
            (self.login_profile_millis.is_some(), "login profile"),
            (!self.certificates.is_empty(), "certificates"),
            (!self.ssh_keys.is_empty(), "SSH public keys"),
            (!self.credentials.is_empty(), "service specific credentials"),
            (!self.attached.is_empty(), "policies"),
            (!self.groups.is_empty(), "group memberships"),
        ]
        .into_iter()
        .find_map(|(is_left, words)| is_left.then_some(words))
    }
}

/// Answers the actions of this module; nothing for others.
pub(crate) fn call(state: &State, caller: &Caller, parameters: &Parameters) -> Option<Answer> {
    let handler: fn(&State, &str, &Parameters) -> Answer = match parameters.action() {
        "CreateGroup" => create_group,
        "DeleteGroup" => delete_group,
        "AddUserToGroup" => add_to_group,
        "RemoveUserFromGroup" => remove_from_group,
        "ListGroupsForUser" => list_groups,
        "AttachUserPolicy" => attach_policy,
        "DetachUserPolicy" => detach_policy,
        "ListAttachedUserPolicies" => list_attached,
        "CreateLoginProfile" => create_login_profile,
        "GetLoginProfile" => get_login_profile,
        "DeleteLoginProfile" => delete_login_profile,
        "UploadSigningCertificate" => upload_certificate,
        "ListSigningCertificates" => list_certificates,
        "DeleteSigningCertificate" => delete_certificate,
        "UploadSSHPublicKey" => upload_ssh_key,
        "ListSSHPublicKeys" => list_ssh_keys,
        "DeleteSSHPublicKey" => delete_ssh_key,
        "CreateServiceSpecificCredential" => create_credential,
        "ListServiceSpecificCredentials" => list_credentials,
        "DeleteServiceSpecificCredential" => delete_credential,
        "SimulatePrincipalPolicy" => simulate,
        _ => return None,
    };
    Some(answer(state, caller, parameters, handler))
}

fn answer(
    state: &State,
    caller: &Caller,
    parameters: &Parameters,
    handler: fn(&State, &str, &Parameters) -> Answer,
) -> Answer {
    let account = state.account();
    let (name, resource) = match parameters.action() {
        "SimulatePrincipalPolicy" => {
            let principal = parameters.required("PolicySourceArn")?;
            (principal.to_owned(), principal.to_owned())
        }
        "CreateGroup" | "DeleteGroup" | "AddUserToGroup" | "RemoveUserFromGroup" => {
            let group = parameters.required("GroupName")?;
            let path = account.groups.get(group).map_or("/", |known| &known.path);
            (
                group.to_owned(),
                format!("arn:aws:iam::{}:group{path}{group}", account.id),
            )
        }
        _ => {
            let name = parameters
                .get("UserName")
                .unwrap_or(&caller.user_name)
                .to_owned();
            let arn = match account.users.get(&name) {
                Some(user) => account.user_arn(user),
                None => format!("arn:aws:iam::{}:user/{name}", account.id),
            };
            (name, arn)
        }
    };
    let action = format!("iam:{}", parameters.action());
    authorise(state, caller, &action, &resource)?;
    handler(state, &name, parameters)
}

fn change_user<T>(
    state: &State,
    name: &str,
    change: impl FnOnce(&mut User) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    state.change_account(|account| change(find_user_mut(account, name)?))
}

fn limit_exceeded(quota: &str, limit: usize) -> Refusal {
    Refusal::new(
        409,
        "LimitExceeded",
        format!("Cannot exceed quota for {quota}: {limit}"),
    )
}

fn already_exists(what: impl std::fmt::Display) -> Refusal {
    Refusal::new(
        409,
        "EntityAlreadyExists",
        format!("{what} already exists."),
    )
}

fn date(millis: i64) -> String {
    iso8601(from_millis(millis))
}

fn group_xml(account: &Account, name: &str, group: &Group) -> String {
    let arn = format!("arn:aws:iam::{}:group{}{name}", account.id, group.path);
    element("Path", &group.path)
        + &element("GroupName", name)
        + &element("GroupId", &group.id)
        + &element("Arn", &arn)
        + &element("CreateDate", &date(group.created_millis))
}

fn no_such_group(name: &str) -> Refusal {
    no_such_entity(format!("The group with name {name} cannot be found."))
}

fn create_group(state: &State, name: &str, parameters: &Parameters) -> Answer {
    check_name("groupName", name, 128)?;
    let group = Group {
        id: format!("AGPA{}", random::base32(17)),
        path: parameters.get("Path").unwrap_or("/").to_owned(),
        created_millis: state.now_millis(),
    };
    state.change_account(|account| {
        if account
            .groups
            .keys()
            .any(|known| known.eq_ignore_ascii_case(name))
        {
            return Err(already_exists(format_args!("Group with name {name}")));
        }
        let xml = wrap("Group", &group_xml(account, name, &group));
        account.groups.insert(name.to_owned(), group);
        Ok(Some(xml))
    })
}

fn delete_group(state: &State, name: &str, _: &Parameters) -> Answer {
    state.change_account(|account| {
        if account
            .users
            .values()
            .any(|user| user.items.groups.contains(name))
        {
            return Err(Refusal::new(
                409,
                "DeleteConflict",
                "Cannot delete entity, must remove users from group first.",
            ));
        }
        account
            .groups
            .remove(name)
            .map(|_| None)
            .ok_or_else(|| no_such_group(name))
    })
}

fn add_to_group(state: &State, group: &str, parameters: &Parameters) -> Answer {
    let user = parameters.required("UserName")?;
    state.change_account(|account| {
        if !account.groups.contains_key(group) {
            return Err(no_such_group(group));
        }
        find_user_mut(account, user)?
            .items
            .groups
            .insert(group.to_owned());
        Ok(None)
    })
}

fn remove_from_group(state: &State, group: &str, parameters: &Parameters) -> Answer {
    let user = parameters.required("UserName")?;
    state.change_account(|account| {
        if !account.groups.contains_key(group) {
            return Err(no_such_group(group));
        }
        find_user_mut(account, user)?.items.groups.remove(group);
        Ok(None)
    })
}

fn list_groups(state: &State, name: &str, parameters: &Parameters) -> Answer {
    let account = state.account();
    let groups = &find_user(&account, name)?.items.groups;
    let members = groups
        .iter()
        .filter_map(|name| Some((name.as_str(), (name, account.groups.get(name)?))));
    let (members, end) = page(parameters, members)?;
    let members: String = members
        .into_iter()
        .map(|(name, group)| wrap("member", &group_xml(&account, name, group)))
        .collect();
    Ok(Some(wrap("Groups", &members) + &end))
}

/// The name of a managed policy that there is.
fn managed(parameters: &Parameters) -> Result<&'static str, Refusal> {
    let arn = parameters.required("PolicyArn")?;
    MANAGED
        .iter()
        .map(|(name, _)| *name)
        .find(|name| arn.strip_prefix(MANAGED_ARN) == Some(*name))
        .ok_or_else(|| no_such_entity(format!("Policy {arn} does not exist or is not attachable.")))
}

fn attach_policy(state: &State, name: &str, parameters: &Parameters) -> Answer {
    let policy = managed(parameters)?;
    change_user(state, name, |user| {
        user.items.attached.insert(policy.to_owned());
        Ok(None)
    })
}

fn detach_policy(state: &State, name: &str, parameters: &Parameters) -> Answer {
    let policy = managed(parameters)?;
    change_user(state, name, |user| {
        if user.items.attached.remove(policy) {
            return Ok(None);
        }
        Err(no_such_entity(format!("Policy {policy} was not found.")))
    })
}

fn list_attached(state: &State, name: &str, parameters: &Parameters) -> Answer {
    let account = state.account();
    let attached = &find_user(&account, name)?.items.attached;
    let (attached, end) = page(
        parameters,
        attached.iter().map(|name| (name.as_str(), name)),
    )?;
    let members: String = attached
        .into_iter()
        .map(|name| {
            let policy = element("PolicyName", name)
                + &element("PolicyArn", &format!("{MANAGED_ARN}{name}"));
            wrap("member", &policy)
        })
        .collect();
    Ok(Some(wrap("AttachedPolicies", &members) + &end))
}

fn login_profile_xml(name: &str, created: i64) -> String {
    wrap(
        "LoginProfile",
        &(element("UserName", name)
            + &element("CreateDate", &date(created))
            + &element("PasswordResetRequired", "false")),
    )
}

/// A password is taken and kept nowhere: nobody can sign in to this account's console.
fn create_login_profile(state: &State, name: &str, _: &Parameters) -> Answer {
    let now = state.now_millis();
    change_user(state, name, |user| {
        if user.items.login_profile_millis.is_some() {
            return Err(already_exists(format_args!(
                "Login Profile for user {name}"
            )));
        }
        user.items.login_profile_millis = Some(now);
        Ok(Some(login_profile_xml(name, now)))
    })
}

fn no_login_profile(name: &str) -> Refusal {
    no_such_entity(format!("Login Profile for User {name} cannot be found."))
}

fn get_login_profile(state: &State, name: &str, _: &Parameters) -> Answer {
    let account = state.account();
    find_user(&account, name)?
        .items
        .login_profile_millis
        .map(|created| Some(login_profile_xml(name, created)))
        .ok_or_else(|| no_login_profile(name))
}

fn delete_login_profile(state: &State, name: &str, _: &Parameters) -> Answer {
    change_user(state, name, |user| {
        user.items
            .login_profile_millis
            .take()
            .map(|_| None)
            .ok_or_else(|| no_login_profile(name))
    })
}

fn certificate_xml(user: &str, id: &str, uploaded: i64) -> String {
    element("UserName", user)
        + &element("CertificateId", id)
        + &element("CertificateBody", "")
        + &element("Status", "Active")
        + &element("UploadDate", &date(uploaded))
}

fn upload_certificate(state: &State, name: &str, parameters: &Parameters) -> Answer {
    parameters.required("CertificateBody")?;
    let (id, now) = (random::base32(24), state.now_millis());
    change_user(state, name, |user| {
        if user.items.certificates.len() >= CERTIFICATES_PER_USER {
            return Err(limit_exceeded(
                "SigningCertificatesPerUser",
                CERTIFICATES_PER_USER,
            ));
        }
        let xml = wrap("Certificate", &certificate_xml(name, &id, now));
        user.items.certificates.insert(id, now);
        Ok(Some(xml))
    })
}

fn list_certificates(state: &State, name: &str, parameters: &Parameters) -> Answer {
    let account = state.account();
    let certificates = &find_user(&account, name)?.items.certificates;
    let (members, end) = page(
        parameters,
        certificates
            .iter()
            .map(|(id, uploaded)| (id.as_str(), certificate_xml(name, id, *uploaded))),
    )?;
    let members: String = members.iter().map(|xml| wrap("member", xml)).collect();
    Ok(Some(wrap("Certificates", &members) + &end))
}

fn delete_certificate(state: &State, name: &str, parameters: &Parameters) -> Answer {
    let id = parameters.required("CertificateId")?;
    change_user(state, name, |user| {
        user.items
            .certificates
            .remove(id)
            .map(|_| None)
            .ok_or_else(|| no_such_entity(format!("The Certificate with id {id} cannot be found.")))
    })
}

fn ssh_key_xml(user: &str, id: &str, uploaded: i64) -> String {
    element("UserName", user)
        + &element("SSHPublicKeyId", id)
        + &element("Status", "Active")
        + &element("UploadDate", &date(uploaded))
}

fn upload_ssh_key(state: &State, name: &str, parameters: &Parameters) -> Answer {
    let body = parameters.required("SSHPublicKeyBody")?;
    let (id, now) = (format!("APKA{}", random::base32(16)), state.now_millis());
    change_user(state, name, |user| {
        if user.items.ssh_keys.len() >= SSH_KEYS_PER_USER {
            return Err(limit_exceeded("SSHPublicKeysPerUser", SSH_KEYS_PER_USER));
        }
        let xml = ssh_key_xml(name, &id, now)
            + &element("Fingerprint", &random::base32(16))
            + &element("SSHPublicKeyBody", body);
        user.items.ssh_keys.insert(id, now);
        Ok(Some(wrap("SSHPublicKey", &xml)))
    })
}

fn list_ssh_keys(state: &State, name: &str, parameters: &Parameters) -> Answer {
    let account = state.account();
    let keys = &find_user(&account, name)?.items.ssh_keys;
    let (members, end) = page(
        parameters,
        keys.iter()
            .map(|(id, uploaded)| (id.as_str(), ssh_key_xml(name, id, *uploaded))),
    )?;
    let members: String = members.iter().map(|xml| wrap("member", xml)).collect();
    Ok(Some(wrap("SSHPublicKeys", &members) + &end))
}

fn delete_ssh_key(state: &State, name: &str, parameters: &Parameters) -> Answer {
    let id = parameters.required("SSHPublicKeyId")?;
    change_user(state, name, |user| {
        user.items
            .ssh_keys
            .remove(id)
            .map(|_| None)
            .ok_or_else(|| no_such_entity(format!("The Public Key with id {id} cannot be found.")))
    })
}

fn credential_xml(user: &str, account: &str, id: &str, credential: &ServiceCredential) -> String {
    element("UserName", user)
        + &element("Status", "Active")
        + &element("ServiceUserName", &format!("{user}-at-{account}"))
        + &element("CreateDate", &date(credential.created_millis))
        + &element("ServiceSpecificCredentialId", id)
        + &element("ServiceName", &credential.service)
}

fn create_credential(state: &State, name: &str, parameters: &Parameters) -> Answer {
    let service = parameters.required("ServiceName")?;
    let credential = ServiceCredential {
        service: service.to_owned(),
        created_millis: state.now_millis(),
    };
    let id = format!("ACCA{}", random::base32(17));
    state.change_account(|account| {
        let account_id = account.id.clone();
        let known = &mut find_user_mut(account, name)?.items.credentials;
        if known.values().filter(|one| one.service == service).count() >= CREDENTIALS_PER_SERVICE {
            return Err(limit_exceeded(
                "ServiceSpecificCredentialsPerUser",
                CREDENTIALS_PER_SERVICE,
            ));
        }
        let xml = credential_xml(name, &account_id, &id, &credential)
            + &element("ServicePassword", &random::secret_access_key());
        known.insert(id, credential);
        Ok(Some(wrap("ServiceSpecificCredential", &xml)))
    })
}

fn list_credentials(state: &State, name: &str, _: &Parameters) -> Answer {
    let account = state.account();
    let members: String = find_user(&account, name)?
        .items
        .credentials
        .iter()
        .map(|(id, one)| wrap("member", &credential_xml(name, &account.id, id, one)))
        .collect();
    Ok(Some(wrap("ServiceSpecificCredentials", &members)))
}

fn delete_credential(state: &State, name: &str, parameters: &Parameters) -> Answer {
    let id = parameters.required("ServiceSpecificCredentialId")?;
    change_user(state, name, |user| {
        user.items
            .credentials
            .remove(id)
            .map(|_| None)
            .ok_or_else(|| {
                no_such_entity(format!("No such credential {id} exists for user {name}."))
            })
    })
}

/// What the policies of a user or a role say of actions on one resource, or on any.
fn simulate(state: &State, principal: &str, parameters: &Parameters) -> Answer {
    let actions = parameters.members("ActionNames", None);
    if actions.is_empty() {
        parameters.required("ActionNames")?;
    }
    let resources = parameters.members("ResourceArns", None);
    let resource = resources.first().copied().unwrap_or("*");
    let account = state.account();
    let caller = principal_of(&account, principal).ok_or_else(|| {
        if let Some((_, path_and_name)) = principal.split_once(":user/") {
            let name = path_and_name.rsplit('/').next().unwrap_or_default();
            return no_such_user(name);
        }
        validation_error(format!(
            "Invalid Entity Arn: {principal} does not clearly define entity type and name."
        ))
    })?;
    let members: String = actions
        .into_iter()
        .map(|action| {
            let decision = match account.decide(&caller, action, resource, &Values::new()) {
                Decision::Allowed => "allowed",
                Decision::ImplicitlyDenied => "implicitDeny",
                Decision::ExplicitlyDenied => "explicitDeny",
            };
            let result = element("EvalActionName", action)
                + &element("EvalResourceName", resource)
                + &element("EvalDecision", decision);
            wrap("member", &result)
        })
        .collect();
    Ok(Some(
        wrap("EvaluationResults", &members) + &element("IsTruncated", "false"),
    ))
}

fn principal_of(account: &Account, arn: &str) -> Option<Caller> {
    if let Some(user) = account
        .users
        .values()
        .find(|user| account.user_arn(user) == arn)
    {
        return Some(account.caller(user));
    }
    let role = account
        .roles
        .values()
        .find(|role| account.role_arn(role) == arn)?;
    Some(Caller {
        user_name: role.name.clone(),
        grant: Grant::Role {
            name: role.name.clone(),
        },
        user_id: role.id.clone(),
        arn: arn.to_owned(),
    })
}
