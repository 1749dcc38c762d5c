//! IAM: users, access keys, inline policies and user tags. Roles, MFA devices and what else hangs
//! on a user are in modules of their own.
//!
//! Source: IAM API Reference, the page of each action.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::account::{ACCESS_KEYS_PER_USER, AccessKey, Account, Caller, Grant, User};
use crate::authentication::{Refusal, invalid_client_token};
use crate::clock::{from_millis, iso8601};
use crate::policy::{self, PolicyRefusal};
use crate::query::{
    Answer, Parameters, QueryService, authorise, not_implemented, validation_error,
};
use crate::state::State;
use crate::xml::{element, wrap};
use crate::{mfa, reports, roles, user_items};

const TAGS_PER_USER: usize = 50;
const DEFAULT_PAGE: usize = 100;
const LONGEST_INLINE_POLICIES: usize = 2048;

pub(crate) fn call(state: &State, caller: &Caller, parameters: &Parameters) -> Answer {
    // IAM User Guide, "Request temporary security credentials": such sessions can not call IAM.
    if matches!(
        caller.grant,
        Grant::UserSession { mfa: false } | Grant::Federated
    ) {
        return Err(invalid_client_token());
    }
    if let Some(answer) = roles::call(state, caller, parameters)
        .or_else(|| mfa::call(state, caller, parameters))
        .or_else(|| reports::call(state, caller, parameters))
        .or_else(|| user_items::call(state, caller, parameters))
    {
        return answer;
    }
    let handler: fn(&State, &str, &Parameters) -> Answer = match parameters.action() {
        "CreateUser" => create_user,
        "GetUser" => get_user,
        "ListUsers" => list_users,
        "DeleteUser" => delete_user,
        "CreateAccessKey" => create_access_key,
        "ListAccessKeys" => list_access_keys,
        "UpdateAccessKey" => update_access_key,
        "DeleteAccessKey" => delete_access_key,
        "GetAccessKeyLastUsed" => get_access_key_last_used,
        "PutUserPolicy" => put_user_policy,
        "GetUserPolicy" => get_user_policy,
        "ListUserPolicies" => list_user_policies,
        "DeleteUserPolicy" => delete_user_policy,
        "TagUser" => tag_user,
        "ListUserTags" => list_user_tags,
        "UntagUser" => untag_user,
        "CreateAccountAlias" => create_account_alias,
        "DeleteAccountAlias" => delete_account_alias,
        "ListAccountAliases" => list_account_aliases,
        action => return Err(not_implemented(QueryService::Iam, action)),
    };
    let account = state.account();
    // Without a name an action is about the caller, save those that must name a user or are about none.
    let user_name = match parameters.action() {
        "GetAccessKeyLastUsed" => account
            .find_key(parameters.required("AccessKeyId")?)
            .map_or("*", |(user, _)| user.name.as_str()),
        "ListUsers" => "",
        "CreateAccountAlias" | "DeleteAccountAlias" | "ListAccountAliases" => "*",
        "GetUser" | "CreateAccessKey" | "ListAccessKeys" | "UpdateAccessKey"
        | "DeleteAccessKey" => parameters.get("UserName").unwrap_or(&caller.user_name),
        _ => parameters.required("UserName")?,
    };
    let resource = match account.users.get(user_name) {
        Some(user) => account.user_arn(user),
        // Actions on the account's aliases have no resource of their own.
        None if parameters.action().ends_with("Alias")
            || parameters.action().ends_with("Aliases") =>
        {
            "*".to_owned()
        }
        None => format!(
            "arn:aws:iam::{}:user{}{user_name}",
            account.id,
            parameters.get("Path").unwrap_or("/")
        ),
    };
    let action = format!("iam:{}", parameters.action());
    authorise(state, caller, &action, &resource)?;
    handler(state, user_name, parameters)
}

pub(crate) fn no_such_user(name: &str) -> Refusal {
    no_such_entity(format!("The user with name {name} cannot be found."))
}

pub(crate) fn no_such_entity(message: String) -> Refusal {
    Refusal::new(404, "NoSuchEntity", message)
}

pub(crate) fn find_user<'a>(account: &'a Account, name: &str) -> Result<&'a User, Refusal> {
    account.users.get(name).ok_or_else(|| no_such_user(name))
}

pub(crate) fn find_user_mut<'a>(
    account: &'a mut Account,
    name: &str,
) -> Result<&'a mut User, Refusal> {
    account
        .users
        .get_mut(name)
        .ok_or_else(|| no_such_user(name))
}

/// Names of users and policies: 1 to `longest` characters of `[\w+=,.@-]`.
pub(crate) fn check_name(member: &str, name: &str, longest: usize) -> Result<(), Refusal> {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    if name.is_empty() || name.len() > longest || !name.chars().all(is_allowed) {
        return Err(validation_error(format!(
            "The specified value for {member} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_- and be at most {longest} long."
        )));
    }
    Ok(())
}

/// One page of `items`, which are in order; the marker is the name of the last one of the page before.
pub(crate) fn page<'a, T>(
    parameters: &Parameters,
    items: impl Iterator<Item = (&'a str, T)>,
) -> Result<(Vec<T>, String), Refusal> {
    let max = match parameters.get("MaxItems") {
        None => DEFAULT_PAGE,
        Some(text) => text
            .parse()
            .ok()
            .filter(|max| (1..=1000).contains(max))
            .ok_or_else(|| {
                validation_error(format!(
                    "1 validation error detected: Value '{text}' at 'maxItems' failed to satisfy constraint: Member must have value between 1 and 1000"
                ))
            })?,
    };
    let after = match parameters.get("Marker") {
        None => None,
        Some(marker) => Some(
            decode_marker(marker)
                .ok_or_else(|| validation_error(format!("Invalid Marker: {marker}")))?,
        ),
    };
    let mut rest = items.filter(|(name, _)| after.as_deref().is_none_or(|after| *name > after));
    let mut taken = Vec::new();
    let mut last = "";
    for (name, item) in rest.by_ref().take(max) {
        last = name;
        taken.push(item);
    }
    let end = if rest.next().is_some() {
        element("IsTruncated", "true") + &element("Marker", &encode_marker(last))
    } else {
        element("IsTruncated", "false")
    };
    Ok((taken, end))
}

fn encode_marker(name: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(name)
}

fn decode_marker(marker: &str) -> Option<String> {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(marker)
        .ok()?;
    String::from_utf8(bytes).ok()
}

pub(crate) fn user_xml(account: &Account, user: &User) -> String {
    element("Path", &user.path)
        + &element("UserName", &user.name)
        + &element("UserId", &user.id)
        + &element("Arn", &account.user_arn(user))
        + &element("CreateDate", &iso8601(from_millis(user.created_millis)))
}

pub(crate) fn tags_xml(user: &User) -> String {
    let members: String = user
        .tags
        .iter()
        .map(|(key, value)| tag_xml(key, value))
        .collect();
    if members.is_empty() {
        String::new()
    } else {
        wrap("Tags", &members)
    }
}

fn tag_xml(key: &str, value: &str) -> String {
    wrap("member", &(element("Key", key) + &element("Value", value)))
}

fn create_user(state: &State, name: &str, parameters: &Parameters) -> Answer {
    check_name("userName", name, 64)?;
    let path = parameters.get("Path").unwrap_or("/");
    if !(path.starts_with('/') && path.ends_with('/') && path.len() <= 512) {
        return Err(validation_error(
            "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.",
        ));
    }
    let tags = read_tags(parameters)?;
    let now = state.now_millis();
    state.change_account(|account| {
        // Names that differ in nothing but case are the same to IAM.
        if account
            .users
            .keys()
            .any(|known| known.eq_ignore_ascii_case(name))
        {
            return Err(Refusal::new(
                409,
                "EntityAlreadyExists",
                format!("User with name {name} already exists."),
            ));
        }
        let mut user = User::new(name, path, now);
        user.tags.extend(tags);
        let xml = wrap("User", &(user_xml(account, &user) + &tags_xml(&user)));
        account.users.insert(name.to_owned(), user);
        Ok(Some(xml))
    })
}

fn get_user(state: &State, name: &str, _: &Parameters) -> Answer {
    let account = state.account();
    let user = find_user(&account, name)?;
    let xml = user_xml(&account, user) + &tags_xml(user);
    Ok(Some(wrap("User", &xml)))
}

fn list_users(state: &State, _: &str, parameters: &Parameters) -> Answer {
    let account = state.account();
    let prefix = parameters.get("PathPrefix").unwrap_or("/");
    let users = account
        .users
        .values()
        .filter(|user| user.path.starts_with(prefix))
        .map(|user| (user.name.as_str(), user));
    let (users, end) = page(parameters, users)?;
    let members: String = users
        .into_iter()
        .map(|user| wrap("member", &user_xml(&account, user)))
        .collect();
    Ok(Some(wrap("Users", &members) + &end))
}

fn delete_user(state: &State, name: &str, _: &Parameters) -> Answer {
    state.change_account(|account| {
        let user = find_user(account, name)?;
        let left = if !user.access_keys.is_empty() {
            "access keys"
        } else if !user.policies.is_empty() {
            "policies"
        } else if account
            .mfa_devices
            .values()
            .any(|device| device.user.as_deref() == Some(name))
        {
            "MFA device"
        } else if let Some(left) = user.items.left() {
            left
        } else {
            account.users.remove(name);
            return Ok(None);
        };
        Err(Refusal::new(
            409,
            "DeleteConflict",
            format!("Cannot delete entity, must delete {left} first."),
        ))
    })
}

fn status(active: bool) -> &'static str {
    if active { "Active" } else { "Inactive" }
}

fn create_access_key(state: &State, name: &str, _: &Parameters) -> Answer {
    let now = state.now_millis();
    state.change_account(|account| {
        let user = find_user_mut(account, name)?;
        if user.access_keys.len() >= ACCESS_KEYS_PER_USER {
            return Err(Refusal::new(
                409,
                "LimitExceeded",
                format!("Cannot exceed quota for AccessKeysPerUser: {ACCESS_KEYS_PER_USER}"),
            ));
        }
        let key = AccessKey::new(now);
        let xml = element("UserName", name)
            + &element("AccessKeyId", &key.id)
            + &element("Status", status(key.active))
            + &element("SecretAccessKey", key.secret.expose())
            + &element("CreateDate", &iso8601(from_millis(key.created_millis)));
        user.access_keys.push(key);
        Ok(Some(wrap("AccessKey", &xml)))
    })
}

fn list_access_keys(state: &State, name: &str, parameters: &Parameters) -> Answer {
    let account = state.account();
    let user = find_user(&account, name)?;
    let mut keys: Vec<&AccessKey> = user.access_keys.iter().collect();
    keys.sort_by(|a, b| a.id.cmp(&b.id));
    let (keys, end) = page(
        parameters,
        keys.into_iter().map(|key| (key.id.as_str(), key)),
    )?;
    let members: String = keys
        .into_iter()
        .map(|key| {
            let xml = element("UserName", &user.name)
                + &element("AccessKeyId", &key.id)
                + &element("Status", status(key.active))
                + &element("CreateDate", &iso8601(from_millis(key.created_millis)));
            wrap("member", &xml)
        })
        .collect();
    Ok(Some(wrap("AccessKeyMetadata", &members) + &end))
}

fn no_such_key(id: &str) -> Refusal {
    no_such_entity(format!("The Access Key with id {id} cannot be found."))
}

fn update_access_key(state: &State, name: &str, parameters: &Parameters) -> Answer {
    let id = parameters.required("AccessKeyId")?;
    let active = match parameters.required("Status")? {
        "Active" => true,
        "Inactive" => false,
        other => {
            return Err(validation_error(format!(
                "1 validation error detected: Value '{other}' at 'status' failed to satisfy constraint: Member must satisfy enum value set: [Active, Inactive]"
            )));
        }
    };
    state.change_account(|account| {
        let user = find_user_mut(account, name)?;
        let key = user
            .access_keys
            .iter_mut()
            .find(|key| key.id == id)
            .ok_or_else(|| no_such_key(id))?;
        key.active = active;
        Ok(None)
    })
}

fn delete_access_key(state: &State, name: &str, parameters: &Parameters) -> Answer {
    let id = parameters.required("AccessKeyId")?;
    state.change_account(|account| {
        let user = find_user_mut(account, name)?;
        let before = user.access_keys.len();
        user.access_keys.retain(|key| key.id != id);
        if user.access_keys.len() == before {
            return Err(no_such_key(id));
        }
        Ok(None)
    })
}

fn get_access_key_last_used(state: &State, _: &str, parameters: &Parameters) -> Answer {
    let id = parameters.required("AccessKeyId")?;
    let account = state.account();
    let (user, key) = account.find_key(id).ok_or_else(|| no_such_key(id))?;
    let last_used = match &key.last_used {
        Some(last) => {
            element("LastUsedDate", &iso8601(from_millis(last.at_millis)))
                + &element("ServiceName", &last.service)
                + &element("Region", &last.region)
        }
        None => element("ServiceName", "N/A") + &element("Region", "N/A"),
    };
    Ok(Some(
        element("UserName", &user.name) + &wrap("AccessKeyLastUsed", &last_used),
    ))
}

fn put_user_policy(state: &State, name: &str, parameters: &Parameters) -> Answer {
    let policy_name = parameters.required("PolicyName")?;
    check_name("policyName", policy_name, 128)?;
    let document = parameters.required("PolicyDocument")?;
    policy::parse(document).map_err(|refusal| match refusal {
        PolicyRefusal::Malformed => {
            Refusal::new(400, "MalformedPolicyDocument", "Syntax errors in policy.")
        }
        PolicyRefusal::Condition => Refusal::new(
            501,
            "NotImplemented",
            "The practice account does not implement this Condition in policies.",
        ),
    })?;
    state.change_account(|account| {
        let user = find_user_mut(account, name)?;
        user.policies
            .insert(policy_name.to_owned(), document.to_owned());
        // The quota counts all inline policies of a user together, without white space.
        let length = |text: &String| text.chars().filter(|c| !c.is_whitespace()).count();
        if user.policies.values().map(length).sum::<usize>() > LONGEST_INLINE_POLICIES {
            return Err(Refusal::new(
                409,
                "LimitExceeded",
                format!(
                    "Maximum policy size of {LONGEST_INLINE_POLICIES} bytes exceeded for user {name}"
                ),
            ));
        }
        Ok(None)
    })
}

fn no_such_policy(name: &str) -> Refusal {
    no_such_entity(format!("The user policy with name {name} cannot be found."))
}

fn get_user_policy(state: &State, name: &str, parameters: &Parameters) -> Answer {
    let policy_name = parameters.required("PolicyName")?;
    let account = state.account();
    let document = find_user(&account, name)?
        .policies
        .get(policy_name)
        .ok_or_else(|| no_such_policy(policy_name))?;
    // The document is percent-encoded in the answer (RFC 3986).
    let document = utf8_percent_encode(document, NON_ALPHANUMERIC).to_string();
    Ok(Some(
        element("UserName", name)
            + &element("PolicyName", policy_name)
            + &element("PolicyDocument", &document),
    ))
}

fn list_user_policies(state: &State, name: &str, parameters: &Parameters) -> Answer {
    let account = state.account();
    let names = find_user(&account, name)?.policies.keys();
    let (names, end) = page(parameters, names.map(|name| (name.as_str(), name)))?;
    let members: String = names
        .into_iter()
        .map(|name| element("member", name))
        .collect();
    Ok(Some(wrap("PolicyNames", &members) + &end))
}

fn delete_user_policy(state: &State, name: &str, parameters: &Parameters) -> Answer {
    let policy_name = parameters.required("PolicyName")?;
    state.change_account(|account| {
        find_user_mut(account, name)?
            .policies
            .remove(policy_name)
            .ok_or_else(|| no_such_policy(policy_name))?;
        Ok(None)
    })
}

fn read_tags(parameters: &Parameters) -> Result<Vec<(String, String)>, Refusal> {
    let keys = parameters.members("Tags", Some("Key"));
    let values = parameters.members("Tags", Some("Value"));
    if keys.len() != values.len() {
        return Err(validation_error("Each tag must have a Key and a Value."));
    }
    let mut tags: Vec<(String, String)> = Vec::new();
    for (key, value) in keys.into_iter().zip(values) {
        let is_allowed =
            |c: char| c.is_alphanumeric() || c.is_whitespace() || "_.:/=+-@".contains(c);
        if key.is_empty()
            || key.chars().count() > 128
            || value.chars().count() > 256
            || !key.chars().chain(value.chars()).all(is_allowed)
        {
            return Err(validation_error(format!(
                "The tag {key} has characters or a length that tags may not have."
            )));
        }
        if tags
            .iter()
            .any(|(known, _)| known.eq_ignore_ascii_case(key))
        {
            return Err(Refusal::new(
                400,
                "InvalidInput",
                "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
            ));
        }
        tags.push((key.to_owned(), value.to_owned()));
    }
    Ok(tags)
}

fn tag_user(state: &State, name: &str, parameters: &Parameters) -> Answer {
    let tags = read_tags(parameters)?;
    if tags.is_empty() {
        parameters.required("Tags")?;
    }
    state.change_account(|account| {
        let user = find_user_mut(account, name)?;
        for (key, value) in tags {
            user.tags
                .retain(|known, _| !known.eq_ignore_ascii_case(&key));
            user.tags.insert(key, value);
        }
        if user.tags.len() > TAGS_PER_USER {
            return Err(Refusal::new(
                409,
                "LimitExceeded",
                format!("The number of tags has reached the maximum limit: {TAGS_PER_USER}"),
            ));
        }
        Ok(None)
    })
}

fn list_user_tags(state: &State, name: &str, parameters: &Parameters) -> Answer {
    let account = state.account();
    let tags = &find_user(&account, name)?.tags;
    let tags = tags
        .iter()
        .map(|(key, value)| (key.as_str(), tag_xml(key, value)));
    let (members, end) = page(parameters, tags)?;
    Ok(Some(wrap("Tags", &members.concat()) + &end))
}

fn untag_user(state: &State, name: &str, parameters: &Parameters) -> Answer {
    let keys = parameters.members("TagKeys", None);
    if keys.is_empty() {
        parameters.required("TagKeys")?;
    }
    state.change_account(|account| {
        let user = find_user_mut(account, name)?;
        user.tags
            .retain(|known, _| !keys.iter().any(|key| known.eq_ignore_ascii_case(key)));
        Ok(None)
    })
}

/// 3 to 63 lower-case letters, digits and single hyphens between them.
fn check_alias(alias: &str) -> Result<(), Refusal> {
    let is_allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if !(3..=63).contains(&alias.len())
        || !alias.chars().all(is_allowed)
        || alias.starts_with('-')
        || alias.ends_with('-')
        || alias.contains("--")
    {
        return Err(validation_error(format!(
            "1 validation error detected: Value '{alias}' at 'accountAlias' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[a-z0-9]([a-z0-9]|-(?!-)){{1,61}}[a-z0-9]$"
        )));
    }
    Ok(())
}

/// An account has one alias; a new one takes the place of the one before.
fn create_account_alias(state: &State, _: &str, parameters: &Parameters) -> Answer {
    let alias = parameters.required("AccountAlias")?;
    check_alias(alias)?;
    state.change_account(|account| {
        account.alias = Some(alias.to_owned());
        Ok(None)
    })
}

fn delete_account_alias(state: &State, _: &str, parameters: &Parameters) -> Answer {
    let alias = parameters.required("AccountAlias")?;
    state.change_account(|account| {
        if account.alias.as_deref() != Some(alias) {
            return Err(no_such_entity(format!(
                "The account alias {alias} cannot be found."
            )));
        }
        account.alias = None;
        Ok(None)
    })
}

fn list_account_aliases(state: &State, _: &str, _: &Parameters) -> Answer {
    let account = state.account();
    let members: String = account
        .alias
        .iter()
        .map(|alias| element("member", alias))
        .collect();
    Ok(Some(
        wrap("AccountAliases", &members) + &element("IsTruncated", "false"),
    ))
}
