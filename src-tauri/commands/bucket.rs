use keywell_app::{account_of, buckets, objects, settings, transfers};
use keywell_wire::*;
use tauri::State;

use super::Answer;
use crate::shell::Shell;

#[tauri::command]
pub async fn bucket_list(shell: State<'_, Shell>, request: ProfileRequest) -> Answer<BucketList> {
    Ok(buckets::list(&shell.app, &request.profile).await?)
}

#[tauri::command]
pub fn bucket_check_name(request: BucketNameRequest) -> BucketNameCheck {
    BucketNameCheck {
        problem: buckets::check_name(&request.name).err().map(Into::into),
    }
}

#[tauri::command]
pub async fn bucket_create(
    shell: State<'_, Shell>,
    request: BucketCreateRequest,
) -> Answer<BucketSettings> {
    let task = shell.task(&request.task);
    let (profile, bucket) = (&request.profile, &request.bucket);
    let creating = buckets::create(&shell.app, profile, bucket, &request.region);
    Ok(task.unless_cancelled(creating).await?)
}

#[tauri::command]
pub async fn bucket_delete(shell: State<'_, Shell>, request: BucketRequest) -> Answer<()> {
    let task = shell.task(&request.task);
    let deleting = buckets::delete(&shell.app, &request.profile, &request.bucket);
    Ok(task.unless_cancelled(deleting).await?)
}

#[tauri::command]
pub async fn object_list(
    shell: State<'_, Shell>,
    request: ObjectListRequest,
) -> Answer<ObjectPage> {
    let continuation = request.continuation.as_deref();
    Ok(objects::list(
        &shell.app,
        &request.profile,
        &request.bucket,
        &request.prefix,
        continuation,
    )
    .await?)
}

#[tauri::command]
pub async fn object_delete(
    shell: State<'_, Shell>,
    request: ObjectDeleteRequest,
) -> Answer<ObjectDeleted> {
    let task = shell.task(&request.task);
    let deleting = async {
        let account = account_of(&shell.app, &request.profile).await?;
        let (keys, folders) = (&request.keys, &request.folders);
        transfers::delete(account.as_ref(), &request.bucket, keys, folders).await
    };
    Ok(task.unless_cancelled(deleting).await?)
}

#[tauri::command]
pub async fn object_presign(
    shell: State<'_, Shell>,
    request: PresignRequest,
) -> Answer<PresignedCopied> {
    let (link, expires) = objects::presign(
        &shell.app,
        &request.profile,
        &request.bucket,
        &request.key,
        request.expires_seconds,
    )
    .await?;
    let clear_after = settings::clipboard_time(&shell.app.places);
    shell.clipboard.copy_sensitive(link.expose(), clear_after)?;
    Ok(PresignedCopied { expires })
}
