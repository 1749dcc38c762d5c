//! STS: who am I, and sessions.
//!
//! Source: STS API Reference, the page of each action.

use crate::account::{ALLOW_ALL, Caller, Grant, denial_message};
use crate::authentication::Refusal;
use crate::condition::Values;
use crate::mfa;
use crate::policy::Decision;
use crate::query::{Answer, Parameters, QueryService, not_implemented, validation_error};
use crate::session::{self, Who};
use crate::state::State;
use crate::trust::{self, Trusted, Visit};
use crate::xml::{element, wrap};

const SHORTEST_SECONDS: i64 = 900;
const LONGEST_USER_SESSION_SECONDS: i64 = 129_600;
const LONGEST_CHAINED_SECONDS: i64 = 3600;

pub(crate) fn call(state: &State, caller: &Caller, parameters: &Parameters) -> Answer {
    let action = parameters.action();
    // STS API Reference, "GetSessionToken": such sessions may call these two of STS and no other.
    if matches!(caller.grant, Grant::UserSession { .. })
        && !matches!(action, "AssumeRole" | "GetCallerIdentity")
    {
        return Err(Refusal::new(
            403,
            "AccessDenied",
            format!("Cannot call {action} with session credentials"),
        ));
    }
    // The same, "GetFederationToken".
    if caller.grant == Grant::Federated && action != "GetCallerIdentity" {
        return Err(Refusal::new(
            403,
            "AccessDenied",
            format!("Cannot call {action} with session credentials"),
        ));
    }
    match action {
        "GetCallerIdentity" => Ok(Some(
            element("Arn", &caller.arn)
                + &element("UserId", &caller.user_id)
                + &element("Account", &state.account().id),
        )),
        "GetAccessKeyInfo" => access_key_info(state, parameters),
        "GetSessionToken" => get_session_token(state, caller, parameters),
        "GetFederationToken" => get_federation_token(state, caller, parameters),
        "AssumeRole" => assume_role(state, caller, parameters),
        action => Err(not_implemented(QueryService::Sts, action)),
    }
}

/// At AWS the account can be read from any key id; here only ids of this account are known.
fn access_key_info(state: &State, parameters: &Parameters) -> Answer {
    let key_id = parameters.required("AccessKeyId")?;
    let account = state.account();
    if account.find_key(key_id).is_none() {
        return Err(validation_error(format!(
            "The access key ID {key_id} is not one of this practice account."
        )));
    }
    Ok(Some(element("Account", &account.id)))
}

fn seconds(parameters: &Parameters, default: i64, longest: i64) -> Result<i64, Refusal> {
    let Some(text) = parameters.get("DurationSeconds") else {
        return Ok(default);
    };
    text.parse()
        .ok()
        .filter(|seconds| (SHORTEST_SECONDS..=longest).contains(seconds))
        .ok_or_else(|| {
            validation_error(format!(
                "1 validation error detected: Value '{text}' at 'durationSeconds' failed to satisfy constraint: Member must have value between {SHORTEST_SECONDS} and {longest}"
            ))
        })
}

fn get_session_token(state: &State, caller: &Caller, parameters: &Parameters) -> Answer {
    if caller.grant != Grant::LongTerm {
        return Err(Refusal::new(
            403,
            "AccessDenied",
            "Cannot call GetSessionToken with session credentials",
        ));
    }
    let seconds = seconds(parameters, 43_200, LONGEST_USER_SESSION_SECONDS)?;
    let mfa = mfa::verify(state, caller, parameters)?;
    let who = Who::User {
        name: caller.user_name.clone(),
        mfa,
    };
    let expires = state.clock.now() + time::Duration::seconds(seconds);
    Ok(Some(session::issue(&state.account(), who, expires)))
}

/// Policies that take something away from the user's are not known here.
fn get_federation_token(state: &State, caller: &Caller, parameters: &Parameters) -> Answer {
    let name = parameters.required("Name")?;
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    if !(2..=32).contains(&name.len()) || !name.chars().all(is_allowed) {
        return Err(validation_error(format!(
            "1 validation error detected: Value '{name}' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*"
        )));
    }
    if parameters.get("Policy") != Some(ALLOW_ALL) {
        return Err(not_implemented(
            QueryService::Sts,
            "GetFederationToken with this policy",
        ));
    }
    let account = state.account();
    let arn = format!("arn:aws:sts::{}:federated-user/{name}", account.id);
    let decision = account.decide(caller, "sts:GetFederationToken", &arn, &Values::new());
    if caller.grant != Grant::LongTerm || decision != Decision::Allowed {
        return Err(Refusal::new(
            403,
            "AccessDenied",
            denial_message(caller, "sts:GetFederationToken", &arn, decision),
        ));
    }
    let seconds = seconds(parameters, 43_200, LONGEST_USER_SESSION_SECONDS)?;
    let who = Who::Federated {
        user: caller.user_name.clone(),
        name: name.to_owned(),
    };
    let expires = state.clock.now() + time::Duration::seconds(seconds);
    let federated = wrap(
        "FederatedUser",
        &(element("FederatedUserId", &format!("{}:{name}", account.id)) + &element("Arn", &arn)),
    );
    Ok(Some(session::issue(&account, who, expires) + &federated))
}

fn assume_role(state: &State, caller: &Caller, parameters: &Parameters) -> Answer {
    let arn = parameters.required("RoleArn")?;
    let session_name = parameters.required("RoleSessionName")?;
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    if !(2..=64).contains(&session_name.len()) || !session_name.chars().all(is_allowed) {
        return Err(validation_error(format!(
            "1 validation error detected: Value '{session_name}' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*"
        )));
    }
    let mfa = mfa::verify(state, caller, parameters)?
        || caller.grant == (Grant::UserSession { mfa: true });
    let account = state.account();
    let denied = || {
        Refusal::new(
            403,
            "AccessDenied",
            denial_message(caller, "sts:AssumeRole", arn, Decision::ImplicitlyDenied),
        )
    };
    // A role that is not there is refused in the words of one that may not be assumed.
    let role = account
        .roles
        .values()
        .find(|role| account.role_arn(role) == arn)
        .ok_or_else(denied)?;
    let visit = Visit {
        caller,
        mfa,
        external_id: parameters.get("ExternalId"),
    };
    // CreateRole stores no document that does not parse.
    let trusted =
        trust::parse(&role.trust).map_or(Trusted::No, |trust| trust.decide(&account, &visit));
    let own = account.decide(caller, "sts:AssumeRole", arn, &Values::new());
    let allowed = match trusted {
        Trusted::No => false,
        Trusted::WithOwnPolicy => own == Decision::Allowed,
        Trusted::Yes => own != Decision::ExplicitlyDenied,
    };
    if !allowed {
        return Err(denied());
    }
    let is_chained = matches!(caller.grant, Grant::Role { .. });
    let longest = if is_chained {
        LONGEST_CHAINED_SECONDS
    } else {
        role.max_session_seconds
    };
    let seconds = seconds(parameters, 3600, longest)?;
    let who = Who::Role {
        name: role.name.clone(),
        session: session_name.to_owned(),
    };
    let assumed = session::caller(&account, &who).ok_or_else(denied)?;
    let expires = state.clock.now() + time::Duration::seconds(seconds);
    let assumed_user = wrap(
        "AssumedRoleUser",
        &(element("AssumedRoleId", &assumed.user_id) + &element("Arn", &assumed.arn)),
    );
    Ok(Some(session::issue(&account, who, expires) + &assumed_user))
}
