//! What a key may do beside S3, for a test: which account this is, and whether the key may look after itself. Being
//! denied is an answer to each of these, and none of them fails a test.

use keywell_wire::{IdentityCard, IdentityKind, StepId, StepState};
use tokio_util::sync::CancellationToken;

use crate::{
    checks::{self, Steps, account_words},
    cloud::{Account, CloudError, CloudErrorKind, Context},
    problem::Problem,
};

/// Asks for the account's alias, and of an IAM user for its own keys and MFA devices.
pub(crate) async fn ask(
    steps: &Steps<'_>,
    account: &dyn Account,
    context: &Context<'_>,
    identity: &IdentityCard,
    cancel: &CancellationToken,
) -> Result<(), Problem> {
    let limit = checks::network_limit(context);
    let running = steps.begin(StepId::Account, "Which account is it?", Some(limit));
    let asked = checks::answer_of(
        "ListAccountAliases",
        limit,
        cancel,
        account.account_aliases(),
    );
    let number = account_words(&identity.account_id);
    let (state, detail) = match asked.await {
        Err(cancelled) => return Err(steps.fail(running, cancelled)),
        Ok(Ok(aliases)) => match aliases.first() {
            Some(alias) => (StepState::Passed, format!("{alias}, {number}.")),
            None => (StepState::Passed, format!("{number}. It has no alias.")),
        },
        Ok(Err(error)) => not_told(
            &error,
            &format!("{number}. Its alias is not told to this key."),
        ),
    };
    steps.end(running, state, detail, None);
    if identity.kind != IdentityKind::User {
        return Ok(());
    }

    let running = steps.begin(
        StepId::SelfService,
        "May it look after its own key?",
        Some(limit),
    );
    let asked = checks::answer_of(
        "ListAccessKeys",
        limit,
        cancel,
        account.list_access_keys(None),
    );
    let (state, detail) = match asked.await {
        Err(cancelled) => return Err(steps.fail(running, cancelled)),
        Ok(Ok(keys)) => {
            let active = keys.iter().filter(|key| key.active).count();
            let detail = match (keys.len(), active) {
                (1, _) => "It may list its keys: this one is the only one.".to_owned(),
                (all, active) => {
                    format!("It may list its keys: {all}, of which {active} are active.")
                }
            };
            (StepState::Passed, detail)
        }
        Ok(Err(error)) => not_told(
            &error,
            "No: this key may not list its own keys, so somebody else has to rotate it.",
        ),
    };
    steps.end(running, state, detail, None);

    let running = steps.begin(StepId::Mfa, "Has the user an MFA device?", Some(limit));
    let asked = checks::answer_of("ListMFADevices", limit, cancel, account.mfa_devices(None));
    let (state, detail) = match asked.await {
        Err(cancelled) => return Err(steps.fail(running, cancelled)),
        Ok(Ok(devices)) => match &devices[..] {
            [] => (
                StepState::Answered,
                "No. A policy that asks for MFA would lock it out.".to_owned(),
            ),
            [one] => (
                StepState::Passed,
                format!(
                    "Yes: {one}. What a policy refuses without MFA needs a session with its code."
                ),
            ),
            several => (
                StepState::Passed,
                format!("Yes: {} devices.", several.len()),
            ),
        },
        Ok(Err(error)) => not_told(
            &error,
            "That is not told to this key. A policy that asks for MFA looks like this too.",
        ),
    };
    steps.end(running, state, detail, None);
    Ok(())
}

/// A denial is an answer; anything else is said, and is no fault of the key.
fn not_told(error: &CloudError, denied: &str) -> (StepState, String) {
    match error.kind {
        CloudErrorKind::AccessDenied => (StepState::Answered, denied.to_owned()),
        CloudErrorKind::NotImplemented | CloudErrorKind::Invalid | CloudErrorKind::Other => (
            StepState::Answered,
            "The server does not answer this question.".to_owned(),
        ),
        _ => (
            StepState::Warning,
            Problem::from_cloud(error, &Context::default()).message,
        ),
    }
}
