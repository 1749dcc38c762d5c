//! STS: who am I. Neither action needs a permission, as at AWS.

use crate::account::Caller;
use crate::query::{Answer, Parameters, QueryService, not_implemented, validation_error};
use crate::state::State;
use crate::xml::element;

pub(crate) fn call(state: &State, caller: &Caller, parameters: &Parameters) -> Answer {
    match parameters.action() {
        "GetCallerIdentity" => Ok(Some(
            element("Arn", &caller.arn)
                + &element("UserId", &caller.user_id)
                + &element("Account", &state.account().id),
        )),
        "GetAccessKeyInfo" => access_key_info(state, parameters),
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
