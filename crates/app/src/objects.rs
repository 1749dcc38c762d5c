//! Folders of a bucket page by page, and links to single objects.

use keywell_vault::Secret;
use keywell_wire as wire;

use crate::{
    App,
    cloud::{Account, Context, ListObjects, ObjectEntry},
    problem::{Code, Problem},
    resolve, time,
};

/// S3's own limit for a page of a listing.
const PAGE: i32 = 1000;

/// Links live at most seven days ("Sharing objects with presigned URLs").
const LONGEST_LINK: u32 = 604_800;

/// One page of a folder.
pub async fn list(
    app: &App,
    profile: &str,
    bucket: &str,
    prefix: &str,
    continuation: Option<&str>,
) -> Result<wire::ObjectPage, Problem> {
    let account = resolve::account_of(app, profile).await?;
    let context = Context {
        profile: Some(profile),
        bucket: Some(bucket),
        ..Context::default()
    };
    let listing = account.list_objects(ListObjects {
        bucket,
        prefix,
        delimiter: Some("/"),
        continuation,
        max_keys: PAGE,
    });
    // The region only stands beside the name: a service that does not tell it leaves it out.
    let region = async {
        match continuation {
            None => account.bucket_region(bucket).await.ok(),
            Some(_) => None,
        }
    };
    let (page, region) = tokio::join!(listing, region);
    let page = page.map_err(|error| Problem::from_cloud(&error, &context))?;
    Ok(wire::ObjectPage {
        prefix: prefix.to_owned(),
        folders: page.folders,
        // The marker of the folder itself is the folder, not something in it.
        objects: page
            .objects
            .into_iter()
            .filter(|object| object.key != prefix)
            .map(object_row)
            .collect(),
        continuation: page.continuation,
        region,
    })
}

pub fn object_row(object: ObjectEntry) -> wire::ObjectRow {
    wire::ObjectRow {
        key: object.key,
        size: object.size,
        modified: object.modified.map(time::rfc3339),
        storage_class: object.storage_class,
    }
}

/// A link that lets anybody read the object until it ends, and when it ends (RFC 3339).
pub async fn presign(
    app: &App,
    profile: &str,
    bucket: &str,
    key: &str,
    expires_seconds: u32,
) -> Result<(Secret, String), Problem> {
    check_expiry(expires_seconds)?;
    let account = resolve::account_of(app, profile).await?;
    presign_in(
        account.as_ref(),
        Some(profile),
        bucket,
        key,
        expires_seconds,
    )
    .await
}

/// [`presign`] in an account that is open already; `profile` is for sentences.
pub async fn presign_in(
    account: &dyn Account,
    profile: Option<&str>,
    bucket: &str,
    key: &str,
    expires_seconds: u32,
) -> Result<(Secret, String), Problem> {
    check_expiry(expires_seconds)?;
    let context = Context {
        profile,
        bucket: Some(bucket),
        object: Some(key),
        ..Context::default()
    };
    // A link is signed for one region. Asking teaches the connection the bucket's; without an answer the profile's
    // region is used, and the link itself tells where it is wrong.
    let _ = account.bucket_region(bucket).await;
    let link = account
        .presign_get(bucket, key, expires_seconds)
        .await
        .map_err(|error| Problem::from_cloud(&error, &context))?;
    Ok((link.url, time::rfc3339(link.expires)))
}

pub fn check_expiry(expires_seconds: u32) -> Result<(), Problem> {
    if (1..=LONGEST_LINK).contains(&expires_seconds) {
        return Ok(());
    }
    Err(Problem::new(
        Code::PresignTooLong,
        "A link lives between one second and seven days.",
        "Choose at most 604800 seconds, seven days.",
    ))
}
