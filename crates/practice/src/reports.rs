//! IAM: what it tells of all users at once, the credential report and the authorization details.
//!
//! Source: IAM API Reference, the page of each action; IAM User Guide, "Getting credential reports for your AWS account".

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::account::{AccessKey, Account, Caller, User};
use crate::authentication::Refusal;
use crate::clock::{from_millis, iso8601};
use crate::iam::{page, tags_xml, user_xml};
use crate::query::{Answer, Parameters, authorise};
use crate::state::State;
use crate::xml::{element, wrap};

/// IAM makes a new report at most every four hours.
const REPORT_LIFE_MILLIS: i64 = 4 * 60 * 60 * 1000;

const COLUMNS: &str = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated";

/// The credential report made last.
#[derive(Debug, Clone)]
pub(crate) struct Report {
    made_millis: i64,
    csv: String,
}

/// Answers the actions of this module; nothing for others.
pub(crate) fn call(state: &State, caller: &Caller, parameters: &Parameters) -> Option<Answer> {
    let handler: fn(&State, &Parameters) -> Answer = match parameters.action() {
        "GenerateCredentialReport" => generate,
        "GetCredentialReport" => get,
        "GetAccountAuthorizationDetails" => details,
        _ => return None,
    };
    let action = format!("iam:{}", parameters.action());
    Some(authorise(state, caller, &action, "*").and_then(|()| handler(state, parameters)))
}

fn generate(state: &State, _: &Parameters) -> Answer {
    let now = state.now_millis();
    let mut report = state.report();
    if report.as_ref().is_some_and(|report| is_fresh(report, now)) {
        return Ok(Some(element("State", "COMPLETE")));
    }
    *report = Some(Report {
        made_millis: now,
        csv: csv(&state.account(), state),
    });
    Ok(Some(
        element("State", "STARTED")
            + &element(
                "Description",
                "No report exists. Starting a new report generation task",
            ),
    ))
}

fn is_fresh(report: &Report, now: i64) -> bool {
    now - report.made_millis < REPORT_LIFE_MILLIS
}

fn get(state: &State, _: &Parameters) -> Answer {
    let gone = |code, message: &str| Err(Refusal::new(410, code, message));
    let report = state.report();
    let Some(report) = report.as_ref() else {
        return gone("ReportNotPresent", "No report exists for this account.");
    };
    if !is_fresh(report, state.now_millis()) {
        return gone("ReportExpired", "The report has expired.");
    }
    Ok(Some(
        element("Content", &BASE64_STANDARD.encode(&report.csv))
            + &element("ReportFormat", "text/csv")
            + &element("GeneratedTime", &iso8601(from_millis(report.made_millis))),
    ))
}

fn csv(account: &Account, state: &State) -> String {
    let mut text = format!("{COLUMNS}\n");
    let created = report_time(state.now_millis());
    text.push_str(&format!(
        "<root_account>,arn:aws:iam::{}:root,{created},not_supported,no_information,not_supported,not_supported,true,{},{},false,N/A,false,N/A\n",
        account.id,
        slot(None),
        slot(None),
    ));
    for user in account.users.values() {
        let mut keys = user.access_keys.iter();
        let row = format!(
            "{},{},{},false,N/A,N/A,N/A,false,{},{},false,N/A,false,N/A\n",
            cell(&user.name),
            cell(&account.user_arn(user)),
            report_time(user.created_millis),
            slot(keys.next()),
            slot(keys.next()),
        );
        text.push_str(&row);
    }
    text
}

/// Names may hold commas.
fn cell(text: &str) -> String {
    if text.contains(',') {
        format!("\"{text}\"")
    } else {
        text.to_owned()
    }
}

/// `2026-01-31T12:00:00+00:00`, as in the report.
fn report_time(millis: i64) -> String {
    iso8601(from_millis(millis)).replace('Z', "+00:00")
}

fn slot(key: Option<&AccessKey>) -> String {
    let Some(key) = key else {
        return "false,N/A,N/A,N/A,N/A".to_owned();
    };
    let used = match &key.last_used {
        Some(used) => format!(
            "{},{},{}",
            report_time(used.at_millis),
            used.region,
            used.service
        ),
        None => "N/A,N/A,N/A".to_owned(),
    };
    format!("{},{},{used}", key.active, report_time(key.created_millis))
}

/// Users only: roles, groups and policies are left out whatever the filter.
fn details(state: &State, parameters: &Parameters) -> Answer {
    let account = state.account();
    let filter = parameters.members("Filter", None);
    let wants_users = filter.is_empty() || filter.contains(&"User");
    let users = account
        .users
        .values()
        .filter(|_| wants_users)
        .map(|user| (user.name.as_str(), user));
    let (users, end) = page(parameters, users)?;
    let members: String = users
        .into_iter()
        .map(|user| wrap("member", &user_details(&account, user)))
        .collect();
    Ok(Some(wrap("UserDetailList", &members) + &end))
}

fn user_details(account: &Account, user: &User) -> String {
    user_xml(account, user) + &tags_xml(user)
}
