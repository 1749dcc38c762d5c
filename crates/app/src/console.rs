//! Addresses of the AWS console, in the partition that the profile in use belongs to.

use keywell_wire::ConsolePage;

use crate::{App, index};

/// The page's address. Without a tested profile it is the commercial partition's, where nearly everybody is.
pub fn address(app: &App, page: &ConsolePage) -> String {
    let arn = index::in_use(&app.places)
        .ok()
        .flatten()
        .and_then(|profile| index::entry(&app.places, &profile).ok().flatten())
        .and_then(|entry| entry.tested?.arn);
    address_in(
        arn.as_deref()
            .and_then(|arn| arn.split(':').nth(1))
            .unwrap_or("aws"),
        page,
    )
}

/// The console's host in a partition.
pub(crate) fn host(partition: &str) -> &'static str {
    match partition {
        "aws-cn" => "console.amazonaws.cn",
        "aws-us-gov" => "console.amazonaws-us-gov.com",
        _ => "console.aws.amazon.com",
    }
}

fn address_in(partition: &str, page: &ConsolePage) -> String {
    let host = host(partition);
    match page {
        ConsolePage::SignUp => "https://aws.amazon.com/free/".to_owned(),
        ConsolePage::Users => format!("https://{host}/iam/home#/users"),
        ConsolePage::OwnAccessKeys => format!("https://{host}/iam/home#/security_credentials"),
        ConsolePage::CloudShell => format!("https://{host}/cloudshell/home"),
        ConsolePage::IdentityCenter => format!("https://{host}/singlesignon/home"),
        ConsolePage::Roles => format!("https://{host}/iam/home#/roles"),
        ConsolePage::RolesAnywhere => format!("https://{host}/rolesanywhere/home"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_console_is_the_one_of_the_partition() {
        let cases = [
            ("aws", "https://console.aws.amazon.com/iam/home#/users"),
            ("aws-cn", "https://console.amazonaws.cn/iam/home#/users"),
            (
                "aws-us-gov",
                "https://console.amazonaws-us-gov.com/iam/home#/users",
            ),
        ];
        for (partition, expected) in cases {
            assert_eq!(address_in(partition, &ConsolePage::Users), expected);
        }
    }
}
