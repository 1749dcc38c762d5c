//! IAM: roles and their inline policies.
//!
//! Source: IAM API Reference, the page of each action.

use std::collections::BTreeMap;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};

use crate::account::{Account, Caller};
use crate::authentication::Refusal;
use crate::clock::{from_millis, iso8601};
use crate::iam::{check_name, no_such_entity, page};
use crate::policy::{self, PolicyRefusal};
use crate::query::{Answer, Parameters, authorise, validation_error};
use crate::state::State;
use crate::xml::{element, wrap};
use crate::{random, trust};

const SHORTEST_MAX_SESSION: i64 = 3600;
const LONGEST_MAX_SESSION: i64 = 43200;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Role {
    pub(crate) name: String,
    pub(crate) id: String,
    pub(crate) path: String,
    pub(crate) created_millis: i64,
    /// The trust policy.
    pub(crate) trust: String,
    pub(crate) max_session_seconds: i64,
    pub(crate) policies: BTreeMap<String, String>,
}

impl Account {
    pub(crate) fn role_arn(&self, role: &Role) -> String {
        format!("arn:aws:iam::{}:role{}{}", self.id, role.path, role.name)
    }
}

/// Answers the actions about roles; nothing for others.
pub(crate) fn call(state: &State, caller: &Caller, parameters: &Parameters) -> Option<Answer> {
    let handler: fn(&State, &str, &Parameters) -> Answer = match parameters.action() {
        "CreateRole" => create_role,
        "GetRole" => get_role,
        "ListRoles" => list_roles,
        "DeleteRole" => delete_role,
        "PutRolePolicy" => put_role_policy,
        "DeleteRolePolicy" => delete_role_policy,
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
    let name = match parameters.action() {
        "ListRoles" => "",
        _ => parameters.required("RoleName")?,
    };
    let account = state.account();
    let resource = match account.roles.get(name) {
        Some(role) => account.role_arn(role),
        None => format!("arn:aws:iam::{}:role/{name}", account.id),
    };
    let action = format!("iam:{}", parameters.action());
    authorise(state, caller, &action, &resource)?;
    handler(state, name, parameters)
}

fn find_role<'a>(account: &'a Account, name: &str) -> Result<&'a Role, Refusal> {
    account.roles.get(name).ok_or_else(|| no_such_role(name))
}

fn no_such_role(name: &str) -> Refusal {
    no_such_entity(format!("The role with name {name} cannot be found."))
}

fn role_xml(account: &Account, role: &Role) -> String {
    let document = utf8_percent_encode(&role.trust, NON_ALPHANUMERIC).to_string();
    element("Path", &role.path)
        + &element("RoleName", &role.name)
        + &element("RoleId", &role.id)
        + &element("Arn", &account.role_arn(role))
        + &element("CreateDate", &iso8601(from_millis(role.created_millis)))
        + &element("AssumeRolePolicyDocument", &document)
        + &element("MaxSessionDuration", &role.max_session_seconds.to_string())
}

fn refused_document(refusal: PolicyRefusal) -> Refusal {
    match refusal {
        PolicyRefusal::Malformed => {
            Refusal::new(400, "MalformedPolicyDocument", "Syntax errors in policy.")
        }
        PolicyRefusal::Condition => Refusal::new(
            501,
            "NotImplemented",
            "The practice account does not implement this Condition.",
        ),
    }
}

fn create_role(state: &State, name: &str, parameters: &Parameters) -> Answer {
    check_name("roleName", name, 64)?;
    let document = parameters.required("AssumeRolePolicyDocument")?;
    trust::parse(document).map_err(refused_document)?;
    let max_session_seconds = match parameters.get("MaxSessionDuration") {
        None => SHORTEST_MAX_SESSION,
        Some(text) => text
            .parse()
            .ok()
            .filter(|seconds| (SHORTEST_MAX_SESSION..=LONGEST_MAX_SESSION).contains(seconds))
            .ok_or_else(|| validation_error("MaxSessionDuration must be between 3600 and 43200"))?,
    };
    let role = Role {
        name: name.to_owned(),
        id: format!("AROA{}", random::base32(17)),
        path: parameters.get("Path").unwrap_or("/").to_owned(),
        created_millis: state.now_millis(),
        trust: document.to_owned(),
        max_session_seconds,
        policies: BTreeMap::new(),
    };
    state.change_account(|account| {
        if account
            .roles
            .keys()
            .any(|known| known.eq_ignore_ascii_case(name))
        {
            return Err(Refusal::new(
                409,
                "EntityAlreadyExists",
                format!("Role with name {name} already exists."),
            ));
        }
        let xml = wrap("Role", &role_xml(account, &role));
        account.roles.insert(name.to_owned(), role);
        Ok(Some(xml))
    })
}

fn get_role(state: &State, name: &str, _: &Parameters) -> Answer {
    let account = state.account();
    let xml = role_xml(&account, find_role(&account, name)?);
    Ok(Some(wrap("Role", &xml)))
}

fn list_roles(state: &State, _: &str, parameters: &Parameters) -> Answer {
    let account = state.account();
    let roles = account
        .roles
        .values()
        .map(|role| (role.name.as_str(), role));
    let (roles, end) = page(parameters, roles)?;
    let members: String = roles
        .into_iter()
        .map(|role| wrap("member", &role_xml(&account, role)))
        .collect();
    Ok(Some(wrap("Roles", &members) + &end))
}

fn delete_role(state: &State, name: &str, _: &Parameters) -> Answer {
    state.change_account(|account| {
        if !find_role(account, name)?.policies.is_empty() {
            return Err(Refusal::new(
                409,
                "DeleteConflict",
                "Cannot delete entity, must delete policies first.",
            ));
        }
        account.roles.remove(name);
        Ok(None)
    })
}

fn put_role_policy(state: &State, name: &str, parameters: &Parameters) -> Answer {
    let policy_name = parameters.required("PolicyName")?;
    check_name("policyName", policy_name, 128)?;
    let document = parameters.required("PolicyDocument")?;
    policy::parse(document).map_err(refused_document)?;
    state.change_account(|account| {
        let role = account
            .roles
            .get_mut(name)
            .ok_or_else(|| no_such_role(name))?;
        role.policies
            .insert(policy_name.to_owned(), document.to_owned());
        Ok(None)
    })
}

fn delete_role_policy(state: &State, name: &str, parameters: &Parameters) -> Answer {
    let policy_name = parameters.required("PolicyName")?;
    state.change_account(|account| {
        let role = account
            .roles
            .get_mut(name)
            .ok_or_else(|| no_such_role(name))?;
        match role.policies.remove(policy_name) {
            Some(_) => Ok(None),
            None => Err(no_such_entity(format!(
                "The role policy with name {policy_name} cannot be found."
            ))),
        }
    })
}
