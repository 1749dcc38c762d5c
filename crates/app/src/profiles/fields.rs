//! The settings of a profile that have a form of their own, and what a value of each has to look like.
//!
//! From the "Settings reference" of the AWS SDKs and tools guide, and from the limits of `AssumeRole` in the STS
//! reference. A setting that is not listed takes any text.

use keywell_wire as wire;
use wire::FieldKind as Kind;

use super::{Files, is_secret, names, plain_pair};
use crate::{
    problem::{Code, Problem},
    regions, setup,
};

const OUTPUTS: &[&str] = &["json", "yaml", "yaml-stream", "text", "table", "off"];
const SWITCH: &[&str] = &["true", "false"];

struct Field {
    name: &'static str,
    kind: Kind,
    choices: &'static [&'static str],
    /// Least and most, where the value is a number.
    range: Option<(u32, u32)>,
}

const fn field(name: &'static str, kind: Kind) -> Field {
    Field {
        name,
        kind,
        choices: &[],
        range: None,
    }
}

const fn choice(name: &'static str, choices: &'static [&'static str]) -> Field {
    Field {
        choices,
        ..field(name, Kind::Choice)
    }
}

const fn number(name: &'static str, least: u32, most: u32) -> Field {
    Field {
        range: Some((least, most)),
        ..field(name, Kind::Number)
    }
}

const FIELDS: &[Field] = &[
    field("region", Kind::Region),
    choice("output", OUTPUTS),
    field("endpoint_url", Kind::Url),
    field("services", Kind::Services),
    field("role_arn", Kind::RoleArn),
    field("source_profile", Kind::Profile),
    choice(
        "credential_source",
        &["Environment", "Ec2InstanceMetadata", "EcsContainer"],
    ),
    field("mfa_serial", Kind::MfaSerial),
    field("external_id", Kind::ExternalId),
    number("duration_seconds", 900, 43_200),
    field("role_session_name", Kind::SessionName),
    field("sso_session", Kind::SsoSession),
    field("sso_account_id", Kind::AccountId),
    field("sso_role_name", Kind::Text),
    field("sso_region", Kind::Region),
    field("sso_start_url", Kind::Url),
    field("credential_process", Kind::Command),
    choice("retry_mode", &["legacy", "standard", "adaptive"]),
    number("max_attempts", 1, 100),
    choice("s3.addressing_style", &["auto", "virtual", "path"]),
    number("s3.max_concurrent_requests", 1, 1000),
    field("s3.multipart_threshold", Kind::Size),
    field("s3.multipart_chunksize", Kind::Size),
    choice("s3.use_accelerate_endpoint", SWITCH),
    choice("s3.payload_signing_enabled", SWITCH),
    choice("use_dualstack_endpoint", SWITCH),
    choice("use_fips_endpoint", SWITCH),
    choice("sts_regional_endpoints", &["regional", "legacy"]),
    field("ca_bundle", Kind::Text),
];

/// Every setting with a form of its own, in the order in which a form shows them.
pub fn fields() -> Vec<wire::ProfileField> {
    FIELDS
        .iter()
        .map(|field| wire::ProfileField {
            name: field.name.to_owned(),
            kind: field.kind.clone(),
            choices: field.choices.iter().map(ToString::to_string).collect(),
            least: field.range.map(|(least, _)| least),
            most: field.range.map(|(_, most)| most),
        })
        .collect()
}

fn wrong(message: String, hint: &str) -> Problem {
    Problem::new(Code::ProfileValue, message, hint)
}

/// Whether a name may be written as a setting: `region`, or `s3.addressing_style` for one of a nested block.
pub(super) fn check_setting_name(name: &str) -> Result<(), Problem> {
    if is_secret(name) || name.eq_ignore_ascii_case("aws_access_key_id") {
        return Err(wrong(
            "Keys are not written into profiles by hand.".into(),
            "Use keywell setup: it puts the secret into the keychain.",
        ));
    }
    let is_word = |word: &str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
    };
    match name.split_once('.') {
        Some((block, inner)) if is_word(block) && is_word(inner) => Ok(()),
        None if is_word(name) => Ok(()),
        _ => Err(wrong(
            format!("{name:?} is not the name of a setting."),
            "Names look like region, endpoint_url or s3.addressing_style.",
        )),
    }
}

/// The value as it is to be written.
pub(super) fn checked_value(
    files: &Files,
    profile: &str,
    name: &str,
    value: &str,
) -> Result<String, Problem> {
    if value.contains(['\n', '\r']) {
        return Err(wrong(
            format!("The value of {name} has a line break in it."),
            "Write it on one line.",
        ));
    }
    let lower = name.to_ascii_lowercase();
    let Some(field) = FIELDS.iter().find(|field| field.name == lower) else {
        return Ok(value.to_owned());
    };
    match field.kind {
        Kind::Region => regions::check_region(value)?,
        Kind::Url => return setup::check_endpoint(value),
        Kind::Choice if !field.choices.contains(&value) => {
            return Err(wrong(
                format!("{value:?} is no value for {name}."),
                &format!("Choose one of: {}.", field.choices.join(", ")),
            ));
        }
        Kind::Number => check_number(name, value, field.range)?,
        Kind::RoleArn => check_role_arn(value)?,
        Kind::MfaSerial => check_mfa_serial(value)?,
        Kind::AccountId if !is_account_id(value) => {
            return Err(wrong(
                format!("{value:?} is not an account number."),
                "An account number has 12 digits, without hyphens.",
            ));
        }
        Kind::ExternalId => check_alphabet(name, value, 2..=1224, "_+=,.@:/-")?,
        Kind::SessionName => check_alphabet(name, value, 2..=64, "_+=,.@-")?,
        Kind::Profile => check_source(files, profile, value)?,
        Kind::SsoSession => check_section(files, "sso-session", value)?,
        Kind::Services => check_section(files, "services", value)?,
        Kind::Size if !is_size(value) => {
            return Err(wrong(
                format!("{value:?} is not a size."),
                "Write bytes, or a number with a unit: 8MB, 64KB, 1GB.",
            ));
        }
        Kind::Command if value.trim().is_empty() => {
            return Err(wrong(
                "The command is empty.".into(),
                "Name the program with its full path, and its arguments behind it.",
            ));
        }
        Kind::Choice | Kind::AccountId | Kind::Size | Kind::Command | Kind::Text => {}
    }
    Ok(value.to_owned())
}

fn check_number(name: &str, value: &str, range: Option<(u32, u32)>) -> Result<(), Problem> {
    let (least, most) = range.unwrap_or((0, u32::MAX));
    // A plus sign, which Rust reads, is none of AWS's digits.
    let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    let number: Option<u32> = digits.then(|| value.parse().ok()).flatten();
    if number.is_some_and(|number| (least..=most).contains(&number)) {
        return Ok(());
    }
    let hint = match name {
        "duration_seconds" => "15 minutes are 900, an hour is 3600, 12 hours are 43200.",
        _ => "Write digits alone.",
    };
    Err(wrong(
        format!("{name} is a whole number from {least} to {most}."),
        hint,
    ))
}

/// Partition, account and resource of an IAM ARN, in any partition ("IAM identifiers" in the IAM user guide).
fn iam_resource(arn: &str) -> Option<&str> {
    let [prefix, partition, service, region, account, resource] =
        arn.splitn(6, ':').collect::<Vec<_>>().try_into().ok()?;
    let is_partition = partition == "aws"
        || partition.strip_prefix("aws-").is_some_and(|rest| {
            !rest.is_empty()
                && rest
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte == b'-')
        });
    let form = prefix == "arn"
        && is_partition
        && service == "iam"
        && region.is_empty()
        && is_account_id(account);
    form.then_some(resource)
}

fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A path and a name in IAM's alphabet.
fn is_iam_name(text: &str) -> bool {
    let name = text.rsplit('/').next().unwrap_or_default();
    !name.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_+=,.@-/".contains(&byte))
}

fn check_role_arn(value: &str) -> Result<(), Problem> {
    const HINT: &str = "A role's ARN looks like arn:aws:iam::123456789012:role/deploy; in China it begins with arn:aws-cn, in GovCloud with arn:aws-us-gov.";
    match iam_resource(value) {
        Some(resource) if resource.strip_prefix("role/").is_some_and(is_iam_name) => Ok(()),
        Some(resource) => {
            let kind = resource.split('/').next().unwrap_or_default();
            Err(wrong(
                format!("This is the ARN of a {kind:?}, not of a role."),
                HINT,
            ))
        }
        None => Err(wrong(format!("{value:?} is not the ARN of a role."), HINT)),
    }
}

fn check_mfa_serial(value: &str) -> Result<(), Problem> {
    // A hardware device has a serial number of its own, such as GAHT12345678.
    let is_hardware =
        (9..=256).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let is_device = iam_resource(value)
        .and_then(|resource| resource.strip_prefix("mfa/"))
        .is_some_and(is_iam_name);
    if is_hardware || is_device {
        return Ok(());
    }
    let message = match iam_resource(value) {
        Some(resource) if resource.starts_with("u2f/") => {
            "A security key can not be used in the AWS CLI and the SDKs.".into()
        }
        _ => format!("{value:?} is not the serial number of an MFA device."),
    };
    Err(wrong(
        message,
        "It looks like arn:aws:iam::123456789012:mfa/marta, or GAHT12345678 for a hardware device.",
    ))
}

fn check_alphabet(
    name: &str,
    value: &str,
    length: std::ops::RangeInclusive<usize>,
    signs: &str,
) -> Result<(), Problem> {
    if !length.contains(&value.len()) {
        return Err(wrong(
            format!(
                "{name} has from {} to {} characters.",
                length.start(),
                length.end()
            ),
            "Make it longer or shorter.",
        ));
    }
    match value
        .chars()
        .find(|character| !character.is_ascii_alphanumeric() && !signs.contains(*character))
    {
        None => Ok(()),
        Some(odd) => Err(wrong(
            format!("AWS does not take {odd:?} in {name}."),
            &format!("Use letters, digits and {signs}"),
        )),
    }
}

fn is_size(value: &str) -> bool {
    let digits = value.trim_end_matches(|character: char| character.is_ascii_alphabetic());
    let unit = &value[digits.len()..];
    !digits.is_empty()
        && digits.len() <= 15
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && ["", "KB", "MB", "GB", "TB", "KIB", "MIB", "GIB", "TIB"]
            .contains(&unit.to_ascii_uppercase().as_str())
}

/// A profile to act through has to be there, and must not lead back.
fn check_source(files: &Files, profile: &str, source: &str) -> Result<(), Problem> {
    if source == profile {
        return match plain_pair(files, profile) {
            Some(_) => Ok(()),
            None => Err(wrong(
                format!("{profile} can not act through itself: it has no key of its own."),
                "Choose the profile whose key signs.",
            )),
        };
    }
    if !super::has(files, source) {
        let known = names(files);
        return Err(wrong(
            format!("There is no profile {source}."),
            &match known.is_empty() {
                true => "Set that profile up first.".to_owned(),
                false => "Choose one that is there: keywell profile list".to_owned(),
            },
        ));
    }
    let mut seen = vec![source.to_owned()];
    while let Some(next) = seen
        .last()
        .and_then(|name| super::source_profile(files, name))
    {
        if next == profile {
            return Err(wrong(
                format!(
                    "{source} acts through {profile} itself, so this would go round in a circle."
                ),
                "Choose a profile that has a key or a sign-in of its own.",
            ));
        }
        if seen.contains(&next) {
            break;
        }
        seen.push(next);
    }
    Ok(())
}

fn check_section(files: &Files, kind: &str, name: &str) -> Result<(), Problem> {
    if files.config.contains(&format!("{kind} {name}")) {
        return Ok(());
    }
    let known = super::sections_of(files, kind);
    Err(wrong(
        format!("There is no [{kind} {name}] in the config file."),
        &match known.is_empty() {
            true => format!("Add a section [{kind} {name}] to the file first."),
            false => format!("There are: {}.", known.join(", ")),
        },
    ))
}

#[cfg(test)]
mod tests {
    use keywell_aws_files::Document;

    use super::*;

    fn files() -> Files {
        Files {
            config: Document::parse(
                "[profile base]\nregion = eu-west-1\n[profile a]\nsource_profile = b\n[profile b]\nsource_profile = me\n[sso-session corp]\n[services local]\n",
            ),
            credentials: Document::parse(
                "[plain]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n",
            ),
        }
    }

    #[test]
    fn each_setting_takes_what_aws_takes_and_nothing_else() {
        let role = "arn:aws:iam::123456789012:role/";
        let cases: &[(&str, &[&str], &[&str])] = &[
            (
                "region",
                &["eu-west-1", "us-gov-west-1", "garage"],
                &["", "EU", "eu west"],
            ),
            ("output", &["json", "yaml-stream"], &["JSON", "xml", ""]),
            (
                "endpoint_url",
                &["http://127.0.0.1:9000"],
                &["x", "ftp://x", ""],
            ),
            (
                "role_arn",
                &[
                    "arn:aws:iam::123456789012:role/deploy",
                    "arn:aws:iam::123456789012:role/team/web/deploy",
                    "arn:aws-cn:iam::123456789012:role/a",
                    "arn:aws-us-gov:iam::123456789012:role/a",
                    "arn:aws-iso-b:iam::123456789012:role/a+=,.@-_",
                ],
                &[
                    "",
                    "deploy",
                    role,
                    "arn:aws:iam::12345678901:role/a",
                    "arn:aws:iam::1234-5678-9012:role/a",
                    "arn:aws:sts::123456789012:assumed-role/a/b",
                    "arn:aws:iam::123456789012:user/a",
                    "arn:gcp:iam::123456789012:role/a",
                    "arn:aws-:iam::123456789012:role/a",
                    "arn:aws:iam:eu-west-1:123456789012:role/a",
                    "arn:aws:iam::123456789012:role/a b",
                    "arn:aws:iam::123456789012:role/a/",
                ],
            ),
            (
                "mfa_serial",
                &[
                    "arn:aws:iam::123456789012:mfa/marta",
                    "arn:aws-cn:iam::123456789012:mfa/p/m",
                    "GAHT12345678",
                ],
                &[
                    "",
                    "marta",
                    "123456",
                    "arn:aws:iam::123456789012:u2f/x",
                    "arn:aws:iam::123456789012:user/x",
                ],
            ),
            (
                "duration_seconds",
                &["900", "3600", "43200"],
                &["", "899", "43201", "1h", "-1", "+900", "99999999999"],
            ),
            ("max_attempts", &["1", "100"], &["0", "101", "many"]),
            ("retry_mode", &["standard"], &["Standard", "none"]),
            (
                "external_id",
                &["ab", "a:b/c=d-e+f,g@h.i"],
                &["a", "a b", "ä123"],
            ),
            ("role_session_name", &["me@laptop"], &["a", "a/b"]),
            ("sso_account_id", &["123456789012"], &["1234-5678-9012", ""]),
            ("sso_session", &["corp"], &["other", ""]),
            ("services", &["local"], &["corp"]),
            (
                "source_profile",
                &["base", "plain"],
                &["none", "me", "a", ""],
            ),
            ("credential_process", &["/opt/x --y"], &["", " "]),
            ("s3.addressing_style", &["path"], &["dns"]),
            (
                "s3.multipart_chunksize",
                &["8388608", "8MB", "64kb", "1GiB"],
                &["", "8 MB", "MB", "1.5GB", "-1"],
            ),
            ("s3.max_concurrent_requests", &["20"], &["0", "x"]),
            ("use_fips_endpoint", &["true"], &["yes"]),
            ("whatever_comes", &["x = y", ""], &["a\nb"]),
        ];
        for (name, good, bad) in cases {
            for value in *good {
                assert!(
                    checked_value(&files(), "me", name, value).is_ok(),
                    "{name} = {value:?}"
                );
            }
            for value in *bad {
                let problem = checked_value(&files(), "me", name, value).unwrap_err();
                assert!(
                    !problem.hint.is_empty() && problem.message.ends_with('.'),
                    "{name}: {problem:?}"
                );
            }
        }
    }

    #[test]
    fn names_of_settings_are_words_and_never_those_of_keys() {
        for name in ["region", "s3.addressing_style", "x-1"] {
            assert!(check_setting_name(name).is_ok(), "{name}");
        }
        for name in [
            "",
            "a b",
            "a.b.c",
            ".a",
            "s3.",
            "a=b",
            "aws_secret_access_key",
            "AWS_ACCESS_KEY_ID",
            "Aws_Session_Token",
        ] {
            assert!(check_setting_name(name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_profile_with_a_key_may_act_through_itself() {
        assert!(checked_value(&files(), "plain", "source_profile", "plain").is_ok());
        assert!(checked_value(&files(), "base", "source_profile", "base").is_err());
    }
}
