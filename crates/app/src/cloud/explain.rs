//! Turns what AWS said into what a person can use.

use super::{CloudError, CloudErrorKind as Kind};
use crate::problem::{Code, Problem};

/// What is known about the call that failed, so that the sentence can name it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Context<'a> {
    pub profile: Option<&'a str>,
    pub key_id: Option<&'a str>,
    pub user: Option<&'a str>,
    pub bucket: Option<&'a str>,
    pub object: Option<&'a str>,
    pub region: Option<&'a str>,
    /// The address that was asked, when it is not AWS's own.
    pub endpoint: Option<&'a str>,
}

/// The first and last characters of a key ID: enough to tell keys apart in a sentence.
pub fn short_key_id(key_id: &str) -> String {
    let characters: Vec<char> = key_id.chars().collect();
    if characters.len() <= 12 {
        return key_id.to_owned();
    }
    let head: String = characters[..4].iter().collect();
    let tail: String = characters[characters.len() - 6..].iter().collect();
    format!("{head}…{tail}")
}

impl Problem {
    /// Names what failed and what to do about it.
    pub fn from_cloud(error: &CloudError, context: &Context<'_>) -> Self {
        let (code, message, hint) = sentences(error, context);
        Self::new(code, message, hint).because(cause(error, context))
    }
}

fn sentences(error: &CloudError, context: &Context<'_>) -> (Code, String, String) {
    let key = context.key_id.map_or_else(
        || "This access key".to_owned(),
        |id| format!("The access key {}", short_key_id(id)),
    );
    // At the start of a sentence, and after a word that says what the name is.
    let bucket = context.bucket.unwrap_or("This bucket");
    let user = context.user.unwrap_or("This user");
    let named = |word: &str, name: Option<&str>| match name {
        Some(name) => format!("{word} {name}"),
        None => format!("{word} of this name"),
    };
    let server = context.endpoint.unwrap_or("AWS");
    let action = error.operation;
    let owned = |text: &str| text.to_owned();
    match &error.kind {
        Kind::UnknownKey => (
            Code::UnknownKey,
            format!("{key} is not one that {server} accepts."),
            owned(
                "Check the key ID for a typing error, or make a new key. A key made a few seconds ago may need a minute.",
            ),
        ),
        Kind::WrongSecret => (
            Code::WrongSecret,
            owned("The secret access key does not belong to this access key ID."),
            owned(
                "Copy both from the same place again. If the secret is lost, make a new key: AWS shows a secret only once.",
            ),
        ),
        Kind::BadToken => (
            Code::BadToken,
            owned("The session token does not belong to this access key."),
            owned(
                "Copy the three values again from the same place, or leave the token out for a long-term key.",
            ),
        ),
        Kind::ExpiredSession => (
            Code::ExpiredSession,
            owned("This session has ended."),
            owned("Sign in again where it came from, and take the new values."),
        ),
        Kind::ClockSkew => {
            let by = error
                .clock_offset_milliseconds
                .map(clock_words)
                .unwrap_or_default();
            (
                Code::ClockSkew,
                if by.is_empty() {
                    owned("This computer's clock is wrong.")
                } else {
                    format!("This computer's clock is {by}.")
                },
                owned(
                    "Set the clock to be set automatically, then try again. On Linux: timedatectl set-ntp true",
                ),
            )
        }
        Kind::AccessDenied => (
            Code::AccessDenied,
            format!("{key} may not do {action}."),
            format!("Ask whoever manages this account to allow {action}, or use another profile."),
        ),
        Kind::NoSuchUser => (
            Code::NoSuchUser,
            format!(
                "There is no {} in this account.",
                named("IAM user", context.user)
            ),
            owned("Check the name, or choose a user from the list."),
        ),
        Kind::NoSuchKey => (
            Code::NoSuchKey,
            format!("{user} has no such access key."),
            owned("Refresh the list: it may have been deleted elsewhere."),
        ),
        Kind::NoSuchEntity => (
            Code::NoSuchEntity,
            owned("What was to be changed is not there any more."),
            owned("Refresh the list: it may have been deleted elsewhere."),
        ),
        Kind::EntityExists => (
            Code::EntityExists,
            format!(
                "There is a {} in this account already.",
                named("user", context.user)
            ),
            owned(
                "Choose another name. Names that differ in upper and lower case only are the same to IAM.",
            ),
        ),
        Kind::DeleteConflict => (
            Code::DeleteConflict,
            format!("{user} was not deleted: something still hangs on it."),
            owned("Look again: it may have been added meanwhile, or be hidden from this key."),
        ),
        Kind::BadPolicy => (
            Code::PolicyForm,
            owned("AWS does not take this policy."),
            owned("Read what AWS said, and change the policy."),
        ),
        Kind::LimitExceeded if action == "iam:PutUserPolicy" => (
            Code::PolicyTooLong,
            owned("The policy is longer than AWS allows for a user."),
            owned("Make it shorter: 2,048 characters in all, white space not counted."),
        ),
        Kind::LimitExceeded if action != "iam:CreateAccessKey" => (
            Code::Quota,
            format!("A quota of this account is used up, so {server} refused {action}."),
            owned("Delete what is not needed, or ask AWS for a higher quota."),
        ),
        Kind::LimitExceeded => (
            Code::KeyLimit,
            format!("{user} has two access keys already, and AWS allows no third."),
            owned(
                "Delete the one that is not used, then make the new one. Inactive keys count too.",
            ),
        ),
        Kind::WrongMfaCode => (
            Code::MfaCode,
            owned("AWS did not take the code of the MFA device."),
            owned("Check the clocks of this computer and of the device, and type the next code."),
        ),
        Kind::MfaDeviceTaken => (
            Code::MfaDeviceTaken,
            owned("This account has an MFA device of that name already."),
            owned("Choose another name."),
        ),
        Kind::NoSuchBucket => (
            Code::NoSuchBucket,
            format!("There is no {}.", named("bucket", context.bucket)),
            owned("Check the name. Bucket names are in lower case."),
        ),
        Kind::NoSuchObject => (
            Code::NoSuchObject,
            format!(
                "There is no {} in {}.",
                named("object", context.object),
                context.bucket.unwrap_or("this bucket")
            ),
            owned("Refresh the folder: it may have been deleted or moved."),
        ),
        Kind::NoSuchUpload => (
            Code::NoSuchUpload,
            owned("This upload is not known any more."),
            owned("Start the upload again."),
        ),
        Kind::BucketTaken => (
            Code::BucketTaken,
            match context.bucket {
                Some(bucket) => format!("The name {bucket} belongs to somebody else's bucket."),
                None => owned("This name belongs to somebody else's bucket."),
            },
            owned(
                "Choose another name: bucket names are shared by all AWS accounts. Adding your account or company helps.",
            ),
        ),
        Kind::BucketOwned => (
            Code::BucketOwned,
            format!("You own a {} already.", named("bucket", context.bucket)),
            owned("Open it, or choose another name."),
        ),
        Kind::BucketNotEmpty => (
            Code::BucketNotEmpty,
            format!("{bucket} is not empty, so it was not deleted."),
            owned("Delete what is in it first. Older versions and unfinished uploads count too."),
        ),
        Kind::InvalidBucketName => (
            Code::BucketName,
            format!(
                "{server} does not take {} as a bucket name.",
                context.bucket.unwrap_or("this")
            ),
            owned("Use 3 to 63 characters: a-z, 0-9 and hyphens."),
        ),
        Kind::WrongRegion(actual) => (
            Code::WrongRegion,
            match actual {
                Some(region) => format!("{bucket} is in {region}."),
                None => format!("{bucket} is in another region."),
            },
            owned("Set the profile's region to the bucket's, then try again."),
        ),
        Kind::PreconditionFailed => (
            Code::PreconditionFailed,
            match context.object {
                Some(object) => format!("{object} was changed or made by somebody else meanwhile."),
                None => owned("It was changed by somebody else meanwhile."),
            },
            owned("Refresh, then decide which of the two to keep."),
        ),
        Kind::BadChecksum => (
            Code::BadChecksum,
            owned("What arrived is not what was sent."),
            owned("Try again. If it happens again, a proxy or a disk on the way changes data."),
        ),
        Kind::Invalid => (
            Code::InvalidRequest,
            format!("{server} refused the request {action}."),
            owned("Copy the details if you want to ask somebody about it."),
        ),
        Kind::Throttled => (
            Code::Throttled,
            format!("{server} asks to slow down."),
            owned("Wait a moment, then try again."),
        ),
        Kind::Unavailable => (
            Code::Unavailable,
            format!("{server} had an error of its own."),
            owned("Try again in a minute."),
        ),
        Kind::NotImplemented => (
            Code::NotImplemented,
            format!("{server} does not know {action}."),
            owned("This server is not AWS, or an older one; that step can not be done there."),
        ),
        Kind::NoCredentials => (
            Code::NoCredentials,
            match context.profile {
                Some(profile) => format!("The profile {profile} gives no usable credentials."),
                None => owned("There are no credentials to use."),
            },
            match context.profile {
                Some(profile) => format!(
                    "Sign in again if they come from a sign-in: aws login --profile {profile}, or aws sso login --profile {profile}. Where they come from is told by: keywell files explain {profile}"
                ),
                None => owned("Name a profile with --profile, or set one up: keywell setup"),
            },
        ),
        Kind::Unreachable => (
            Code::Unreachable,
            format!("{server} can not be reached."),
            match context.endpoint {
                Some(_) => owned("Check the address, and that the server runs."),
                None => owned(
                    "Check the internet connection. Behind a company network, a proxy may be needed (HTTPS_PROXY).",
                ),
            },
        ),
        Kind::TimedOut => (
            Code::TimedOut,
            format!("{server} did not answer in time."),
            owned("Try again. If it stays so, a firewall or a proxy may be in the way."),
        ),
        Kind::Tls => (
            Code::Tls,
            format!("The certificate of {server} does not verify."),
            owned(
                "If a company proxy signs its own certificates, set AWS_CA_BUNDLE to its PEM file. Otherwise do not go on: somebody may be listening.",
            ),
        ),
        Kind::Proxy => (
            Code::Proxy,
            owned("The proxy refused or did not answer."),
            owned("Check HTTPS_PROXY and NO_PROXY, or ask who runs the proxy."),
        ),
        Kind::LocalFile => (
            Code::TransferSourceUnreadable,
            owned("The file could not be read while it was sent."),
            owned("Check that it is still there and may be read."),
        ),
        Kind::Other => (
            Code::AwsOther,
            format!("{server} refused {action}."),
            owned("Copy the details if you want to ask somebody about it."),
        ),
    }
}

fn cause(error: &CloudError, context: &Context<'_>) -> String {
    if let Some(code) = &error.service_code {
        let server = if context.endpoint.is_some() {
            "The server"
        } else {
            "AWS"
        };
        return match (&error.service_message, &error.kind) {
            // AWS's own text adds nothing to these and reads badly.
            (_, Kind::WrongSecret | Kind::ClockSkew) | (None, _) => {
                format!("{server} said {code} for {}.", error.operation)
            }
            (Some(message), _) => {
                format!("{server} said {code} for {}: {message}", error.operation)
            }
        };
    }
    match (&error.kind, error.root_cause()) {
        (_, Some(root)) => root,
        (Kind::ClockSkew, None) => {
            "AWS refuses what is signed with a clock this far off.".to_owned()
        }
        _ => String::new(),
    }
}

/// "20 minutes slow", "4 seconds fast". The offset is the service's clock minus this one's.
pub fn clock_words(offset_milliseconds: i64) -> String {
    let direction = if offset_milliseconds > 0 {
        "slow"
    } else {
        "fast"
    };
    let seconds = offset_milliseconds.unsigned_abs() as f64 / 1000.0;
    let plural = |count: u64, unit: &str| {
        format!(
            "{count} {unit}{} {direction}",
            if count == 1 { "" } else { "s" }
        )
    };
    if seconds >= 5400.0 {
        plural((seconds / 3600.0).round() as u64, "hour")
    } else if seconds >= 90.0 {
        plural((seconds / 60.0).round() as u64, "minute")
    } else if seconds >= 10.0 {
        plural(seconds.round() as u64, "second")
    } else {
        format!("{seconds:.1} seconds {direction}")
    }
}
