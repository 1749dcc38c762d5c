//! Buckets: listed, made with safe defaults, deleted when empty.

use keywell_wire as wire;

use crate::{
    App,
    cloud::{Account, Bucket, BucketSettings, CloudErrorKind, Context},
    problem::{Code, Problem},
    regions, resolve, time,
};

/// All buckets with their regions. A key that may not list them can still open one by name.
pub async fn list(app: &App, profile: &str) -> Result<wire::BucketList, Problem> {
    let account = resolve::account_of(app, profile).await?;
    list_in(account.as_ref(), Some(profile)).await
}

/// [`list`] in an account that is open already; `profile` is for sentences.
pub async fn list_in(
    account: &dyn Account,
    profile: Option<&str>,
) -> Result<wire::BucketList, Problem> {
    match account.list_buckets().await {
        Ok(buckets) => Ok(wire::BucketList {
            buckets: buckets.into_iter().map(bucket_row).collect(),
            denied: false,
        }),
        Err(error) if error.kind == CloudErrorKind::AccessDenied => Ok(wire::BucketList {
            buckets: Vec::new(),
            denied: true,
        }),
        Err(error) => Err(Problem::from_cloud(
            &error,
            &Context {
                profile,
                ..Context::default()
            },
        )),
    }
}

pub(crate) fn bucket_row(bucket: Bucket) -> wire::BucketRow {
    wire::BucketRow {
        name: bucket.name,
        region: bucket.region,
        created: bucket.created.map(time::rfc3339),
    }
}

/// Makes a bucket and reads its settings back.
pub async fn create(
    app: &App,
    profile: &str,
    bucket: &str,
    region: &str,
) -> Result<wire::BucketSettings, Problem> {
    check_name(bucket)?;
    regions::check_region(region)?;
    let account = resolve::account_of(app, profile).await?;
    create_in(account.as_ref(), Some(profile), bucket, region).await
}

/// [`create`] in an account that is open already; `profile` is for sentences.
pub async fn create_in(
    account: &dyn Account,
    profile: Option<&str>,
    bucket: &str,
    region: &str,
) -> Result<wire::BucketSettings, Problem> {
    check_name(bucket)?;
    regions::check_region(region)?;
    let context = Context {
        profile,
        bucket: Some(bucket),
        region: Some(region),
        ..Context::default()
    };
    account
        .create_bucket(bucket, region)
        .await
        .map_err(|error| Problem::from_cloud(&error, &context))?;
    // The bucket is there; settings that can not be read back are unknown, not a failure to make it.
    let settings = account
        .bucket_settings(bucket)
        .await
        .unwrap_or_else(|error| {
            tracing::warn!(%error, "the settings of a new bucket could not be read back");
            BucketSettings::default()
        });
    Ok(wire::BucketSettings {
        name: bucket.to_owned(),
        region: settings.region.unwrap_or_else(|| region.to_owned()),
        public_access_blocked: settings.public_access_blocked,
        acls_off: settings.acls_off,
        encryption: settings.encryption,
    })
}

/// Deletes a bucket; the service refuses one that is not empty.
pub async fn delete(app: &App, profile: &str, bucket: &str) -> Result<(), Problem> {
    let account = resolve::account_of(app, profile).await?;
    delete_in(account.as_ref(), Some(profile), bucket).await
}

/// [`delete`] in an account that is open already; `profile` is for sentences.
pub async fn delete_in(
    account: &dyn Account,
    profile: Option<&str>,
    bucket: &str,
) -> Result<(), Problem> {
    let context = Context {
        profile,
        bucket: Some(bucket),
        ..Context::default()
    };
    account
        .delete_bucket(bucket)
        .await
        .map_err(|error| Problem::from_cloud(&error, &context))
}

/// The rules of "General purpose bucket naming rules" in the S3 user guide.
pub fn check_name(name: &str) -> Result<(), Problem> {
    let wrong = |message: String, hint: &str| Err(Problem::new(Code::BucketName, message, hint));
    const FORM: &str = "Use 3 to 63 characters: a-z, 0-9 and hyphens.";
    if name.is_empty() {
        return wrong("The bucket has no name yet.".into(), FORM);
    }
    if let Some(odd) = name.chars().find(|character| {
        !(character.is_ascii_lowercase()
            || character.is_ascii_digit()
            || matches!(character, '-' | '.'))
    }) {
        let what = if odd.is_uppercase() {
            "capital letters".to_owned()
        } else if odd == '_' {
            "underscores".to_owned()
        } else if odd.is_whitespace() {
            "blanks".to_owned()
        } else {
            format!("{odd:?}")
        };
        return wrong(format!("A bucket name has no {what}."), FORM);
    }
    if !(3..=63).contains(&name.len()) {
        return wrong(
            format!(
                "A bucket name has 3 to 63 characters; this one has {}.",
                name.len()
            ),
            FORM,
        );
    }
    let edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    if !edge(name.as_bytes().first()) || !edge(name.as_bytes().last()) {
        return wrong(
            "A bucket name begins and ends with a letter or a digit.".into(),
            FORM,
        );
    }
    if name.contains("..") {
        return wrong("A bucket name has no two dots in a row.".into(), FORM);
    }
    if name.parse::<std::net::Ipv4Addr>().is_ok() {
        return wrong("A bucket name is not an IP address.".into(), FORM);
    }
    const PREFIXES: [&str; 3] = ["xn--", "sthree-", "amzn-s3-demo-"];
    const SUFFIXES: [&str; 6] = [
        "-s3alias",
        "--ol-s3",
        ".mrap",
        "--x-s3",
        "--table-s3",
        "-an",
    ];
    if let Some(prefix) = PREFIXES.iter().find(|prefix| name.starts_with(**prefix)) {
        return wrong(
            format!("Names that begin with {prefix} are AWS's own."),
            "Choose another beginning.",
        );
    }
    if let Some(suffix) = SUFFIXES.iter().find(|suffix| name.ends_with(**suffix)) {
        return wrong(
            format!("Names that end with {suffix} are AWS's own."),
            "Choose another ending.",
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bucket_names_follow_the_rules_of_the_user_guide() {
        let long = "a".repeat(64);
        for name in [
            "abc",
            "harbour-media-originals",
            "a.b.c",
            "1abc",
            &"a".repeat(63),
        ] {
            assert_eq!(check_name(name), Ok(()), "{name}");
        }
        let wrong: &[(&str, &str)] = &[
            ("", "no name"),
            ("ab", "3 to 63"),
            (&long, "3 to 63"),
            ("Abc", "capital letters"),
            ("a_b", "underscores"),
            ("a b", "blanks"),
            ("ä-b-c", "'ä'"),
            ("-abc", "begins and ends"),
            ("abc-", "begins and ends"),
            ("a..b", "two dots"),
            ("192.168.5.4", "IP address"),
            ("xn--abc", "AWS's own"),
            ("abc-s3alias", "AWS's own"),
            ("abc--x-s3", "AWS's own"),
        ];
        for (name, part) in wrong {
            let problem = check_name(name).unwrap_err();
            assert!(
                problem.message.contains(part),
                "{name}: {}",
                problem.message
            );
        }
    }
}
