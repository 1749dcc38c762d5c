//! IAM's credential report, read by the names of its columns ("Getting credential reports for your AWS account").

use std::{collections::HashMap, time::SystemTime};

use crate::time;

const ROOT: &str = "<root_account>";

/// A key as the report tells it: without its ID.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ReportedKey {
    pub user: String,
    pub is_root: bool,
    pub active: bool,
    pub created: Option<SystemTime>,
    pub last_used: Option<SystemTime>,
    pub service: Option<String>,
    pub region: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Report {
    /// Without the root user.
    pub users: Vec<String>,
    pub keys: Vec<ReportedKey>,
}

/// Reads the report; `None` when it is not one.
pub(super) fn read(csv: &[u8]) -> Option<Report> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(csv);
    let columns: HashMap<String, usize> = reader
        .headers()
        .ok()?
        .iter()
        .enumerate()
        .map(|(at, name)| (name.trim().to_owned(), at))
        .collect();
    if !columns.contains_key("user") || !columns.contains_key("access_key_1_active") {
        return None;
    }
    let mut report = Report::default();
    for record in reader.records() {
        let record = record.ok()?;
        let cell = |name: &str| {
            columns
                .get(name)
                .and_then(|at| record.get(*at))
                .unwrap_or_default()
        };
        let name = cell("user");
        let is_root = name == ROOT;
        let user = if is_root { "root" } else { name }.to_owned();
        if !is_root {
            report.users.push(user.clone());
        }
        for slot in ["access_key_1", "access_key_2"] {
            let of = |what: &str| cell(&format!("{slot}_{what}"));
            let active = of("active").eq_ignore_ascii_case("true");
            let created = time::parse_rfc3339(of("last_rotated"));
            // An empty slot is not active and was never filled.
            if !active && created.is_none() {
                continue;
            }
            report.keys.push(ReportedKey {
                user: user.clone(),
                is_root,
                active,
                created,
                last_used: time::parse_rfc3339(of("last_used_date")),
                service: known(of("last_used_service")),
                region: known(of("last_used_region")),
            });
        }
    }
    Some(report)
}

fn known(text: &str) -> Option<String> {
    (!matches!(text, "" | "N/A" | "no_information" | "not_supported")).then(|| text.to_owned())
}

/// For the fuzz target: the users, and whose each key is.
#[cfg(fuzzing)]
pub(crate) fn users(csv: &[u8]) -> Option<(Vec<String>, Vec<String>)> {
    let report = read(csv)?;
    let owners = report.keys.into_iter().filter(|key| !key.is_root);
    Some((report.users, owners.map(|key| key.user).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADING: &str = "user,arn,user_creation_time,password_enabled,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service";

    #[test]
    fn slots_are_keys_where_they_were_ever_filled() {
        let rows = "<root_account>,arn:aws:iam::111122223333:root,2020-01-01T00:00:00+00:00,not_supported,true,true,2026-01-01T00:00:00+00:00,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A\n\
            ana,arn:aws:iam::111122223333:user/ana,2020-01-01T00:00:00+00:00,false,false,true,2026-01-02T03:04:05+00:00,2026-02-03T04:05:06+00:00,eu-west-1,s3,false,2025-01-01T00:00:00+00:00,no_information,N/A,N/A\n\
            bob,arn:aws:iam::111122223333:user/bob,2020-01-01T00:00:00+00:00,false,false,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A\n";
        let report = read(format!("{HEADING}\n{rows}").as_bytes()).unwrap();
        assert_eq!(report.users, ["ana", "bob"]);
        let seen: Vec<_> = report
            .keys
            .iter()
            .map(|key| {
                (
                    key.user.as_str(),
                    key.is_root,
                    key.active,
                    key.last_used.map(time::rfc3339),
                    key.service.as_deref(),
                )
            })
            .collect();
        assert_eq!(
            seen,
            [
                ("root", true, true, None, None),
                (
                    "ana",
                    false,
                    true,
                    Some("2026-02-03T04:05:06Z".to_owned()),
                    Some("s3")
                ),
                ("ana", false, false, None, None),
            ]
        );
    }

    #[test]
    fn what_is_no_report_is_not_read() {
        for text in ["", "<html>no</html>", "user,arn\nana,x\n", "\u{0}\u{1}"] {
            assert_eq!(read(text.as_bytes()), None, "{text:?}");
        }
    }
}
