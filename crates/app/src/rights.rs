//! What a key may do beside S3, for a test: which account this is, and whether the key may look after itself. Being
//! denied is an answer to each of these, and none of them fails a test.

use keywell_wire::{IdentityCard, IdentityKind, StepId, StepState};
use tokio_util::sync::CancellationToken;

use crate::{
    checks::{self, Steps, account_words},
    cloud::{Account, CloudError, CloudErrorKind, Context},
    doctor, mfa,
    problem::Problem,
};

/// Asks for the account's alias, and of an IAM user for its own keys and MFA devices.
pub(crate) async fn ask(
    steps: &Steps<'_>,
    account: &dyn Account,
    context: &Context<'_>,
    identity: &IdentityCard,
    may_not_list_buckets: bool,
    cancel: &CancellationToken,
) -> Result<(), Problem> {
    let mut denied = Denied::default();
    if may_not_list_buckets {
        denied.0.push("s3:ListAllMyBuckets".to_owned());
    }
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
        Ok(Err(error)) => denied.told(
            "iam:ListAccountAliases",
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
        Ok(Err(error)) => denied.told(
            "iam:ListAccessKeys",
            &error,
            "No: this key may not list its own keys, so somebody else has to rotate it.",
        ),
    };
    steps.end(running, state, detail, None);

    let running = steps.begin(
        StepId::Mfa,
        "Has the user an MFA device, and is it required?",
        Some(limit),
    );
    let asked = checks::answer_of("ListMFADevices", limit, cancel, account.mfa_devices(None));
    let mut usable = None;
    let (state, has) = match asked.await {
        Err(cancelled) => return Err(steps.fail(running, cancelled)),
        Ok(Ok(devices)) => {
            usable = devices
                .iter()
                .find(|serial| mfa::gives_codes(serial))
                .cloned();
            match &devices[..] {
                [] => (
                    StepState::Answered,
                    "It has no device, so a policy that asks for MFA would lock it out.".to_owned(),
                ),
                [one] => (StepState::Passed, format!("It has one: {one}.")),
                several => (
                    StepState::Passed,
                    format!("It has {} devices.", several.len()),
                ),
            }
        }
        Ok(Err(error)) => denied.told(
            "iam:ListMFADevices",
            &error,
            "Whether it has a device is not told to this key.",
        ),
    };
    let required = if denied.0.is_empty() {
        Ok(Required::NotForThis)
    } else {
        let asked = checks::answer_of(
            "SimulatePrincipalPolicy",
            limit,
            cancel,
            account.allowed_with_mfa(&identity.arn, &denied.0),
        );
        asked.await.map(|answer| match answer {
            Ok(opened) if opened.is_empty() => Required::Useless,
            Ok(opened) => Required::For(opened),
            Err(_) => Required::Unknown,
        })
    };
    match required {
        Err(cancelled) => return Err(steps.fail(running, cancelled)),
        Ok(required) => {
            let (state, command) = match required {
                Required::For(_) => (
                    StepState::Warning,
                    context
                        .profile
                        .map(|profile| with_mfa(profile, usable.as_deref())),
                ),
                _ => (state, None),
            };
            let detail = format!("{has} {}", required.words());
            steps.end_with_command(running, state, detail, command);
        }
    }
    Ok(())
}

/// Lets a profile act with MFA: with a device that is there, or with a new one.
fn with_mfa(profile: &str, device: Option<&str>) -> String {
    let profile = doctor::quoted(profile);
    match device {
        Some(serial) => format!(
            "keywell profile set {profile} mfa_serial={}",
            doctor::quoted(serial)
        ),
        None => format!("keywell mfa create {profile}"),
    }
}

/// What the key was refused, as actions of IAM.
#[derive(Default)]
struct Denied(Vec<String>);

impl Denied {
    /// As [`not_told`], and notes the action where it was denied.
    fn told(&mut self, action: &str, error: &CloudError, denied: &str) -> (StepState, String) {
        if error.kind == CloudErrorKind::AccessDenied {
            self.0.push(action.to_owned());
        }
        not_told(error, denied)
    }
}

/// Whether MFA is required, as far as it can be told: AWS gives one answer to who lacks a right and to who lacks MFA, and
/// only trying the policies out tells the two apart.
enum Required {
    NotForThis,
    For(Vec<String>),
    Useless,
    Unknown,
}

impl Required {
    fn words(&self) -> String {
        match self {
            Required::NotForThis => "Nothing that was asked needed it.".to_owned(),
            Required::For(actions) => {
                format!("Its policies allow {} only with MFA.", actions.join(", "))
            }
            Required::Useless => "What was refused would be refused with it too.".to_owned(),
            Required::Unknown => {
                "Whether MFA would open what was refused is not told to this key.".to_owned()
            }
        }
    }
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
