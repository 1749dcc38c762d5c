//! The part of the account in memory that knows the policies of users and the objects of its buckets.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use keywell_app::cloud::*;

use crate::fake_cloud::{FakeAccount, FakeCloud, no_objects};

/// Who is not among the users may do everything, as the administrator of the test world.
#[derive(Default)]
pub struct Access {
    /// The users that have policies, with these by name.
    pub users: BTreeMap<String, BTreeMap<String, String>>,
    gone: BTreeSet<String>,
    /// Bucket and object key.
    pub objects: BTreeSet<(String, String)>,
    /// Actions that something else than the user's policy allows.
    pub more: Vec<&'static str>,
    /// How many questions are still denied, as by a policy that is not known everywhere yet.
    pub denials: u32,
    /// Something that keeps a user from being deleted.
    pub clings: bool,
}

impl Access {
    /// A user that was deleted before is there again.
    pub fn begin_user(&mut self, user: &str) {
        self.gone.remove(user);
    }

    pub fn end_user(&mut self, user: &str) {
        self.users.remove(user);
        self.gone.insert(user.to_owned());
    }

    /// Whether something of this module keeps a user from being deleted.
    pub fn holds(&self, user: &str) -> bool {
        self.clings
            || self
                .users
                .get(user)
                .is_some_and(|policies| !policies.is_empty())
    }

    pub fn must_have(&self, user: &str) -> Result<(), CloudError> {
        if self.gone.contains(user) {
            return Err(CloudError::new(CloudErrorKind::NoSuchUser, "iam"));
        }
        Ok(())
    }

    pub fn check(
        &mut self,
        caller: &str,
        action: &'static str,
        bucket: &str,
        key: &str,
    ) -> Result<(), CloudError> {
        let Some(policies) = self.users.get(caller) else {
            return Ok(());
        };
        let denied = Err(CloudError::new(CloudErrorKind::AccessDenied, action));
        if self.denials > 0 {
            self.denials -= 1;
            return denied;
        }
        let allowed = policies
            .values()
            .any(|policy| allows(policy, action, bucket, key));
        if allowed || self.more.contains(&action) {
            return Ok(());
        }
        denied
    }
}

impl FakeCloud {
    /// A user goes with its keys, and with all that hangs on it.
    pub fn vanish(&self, user: &str) {
        for (key_id, _) in self.keys_of(user) {
            self.remove_key(&key_id);
        }
        self.state().items.retain(|(owner, _)| owner != user);
        self.forget_user(user);
        self.delete_elsewhere(user);
    }

    /// As somebody else would do it.
    pub fn delete_elsewhere(&self, user: &str) {
        self.state().users.retain(|known| known != user);
        self.access(|access| access.end_user(user));
    }
}

/// Only as much of IAM as the policies of these tests use.
fn allows(policy: &str, action: &str, bucket: &str, key: &str) -> bool {
    let policy: serde_json::Value = serde_json::from_str(policy).unwrap();
    let statements = policy["Statement"].as_array().unwrap();
    statements.iter().any(|statement| {
        let actions = statement["Action"].as_array().unwrap();
        let narrowed = statement["Condition"]["StringLike"]["s3:prefix"].as_str();
        let resource = statement["Resource"].as_str().unwrap();
        let of_bucket = format!("arn:aws:s3:::{bucket}");
        let covered = match narrowed {
            Some(prefix) => resource == of_bucket && key.starts_with(prefix.trim_end_matches('*')),
            None if action.starts_with("s3:List") => resource == of_bucket,
            None => format!("{of_bucket}/{key}").starts_with(resource.trim_end_matches('*')),
        };
        covered && actions.iter().any(|one| one == action)
    })
}

#[async_trait]
impl PolicyAccess for FakeAccount {
    async fn put_user_policy(
        &self,
        user: &str,
        name: &str,
        document: &str,
    ) -> Result<(), CloudError> {
        self.enter("put_user_policy", user).await?;
        self.cloud.access(|access| access.must_have(user))?;
        self.cloud.access(|access| {
            let policies = access.users.entry(user.to_owned()).or_default();
            policies.insert(name.to_owned(), document.to_owned());
        });
        Ok(())
    }

    async fn delete_user_policy(&self, user: &str, name: &str) -> Result<(), CloudError> {
        self.enter("delete_user_policy", user).await?;
        self.cloud.access(|access| access.must_have(user))?;
        let gone = self.cloud.access(|access| {
            let policies = access.users.get_mut(user)?;
            policies.remove(name)
        });
        gone.map(drop)
            .ok_or_else(|| CloudError::new(CloudErrorKind::NoSuchUser, "iam:DeleteUserPolicy"))
    }
}

#[async_trait]
impl ObjectAccess for FakeAccount {
    async fn list_objects(&self, request: ListObjects<'_>) -> Result<ObjectListing, CloudError> {
        let caller = self.enter("list_objects", request.bucket).await?;
        self.cloud.access(|access| {
            access.check(&caller, "s3:ListBucket", request.bucket, request.prefix)?;
            let inside = |(bucket, key): &&(String, String)| {
                bucket == request.bucket && key.starts_with(request.prefix)
            };
            let entry = |(_, key): &(String, String)| ObjectEntry {
                key: key.clone(),
                size: 0,
                modified: None,
                etag: None,
                storage_class: "STANDARD".to_owned(),
            };
            Ok(ObjectListing {
                objects: access.objects.iter().filter(inside).map(entry).collect(),
                ..ObjectListing::default()
            })
        })
    }

    async fn head_object(&self, bucket: &str, key: &str) -> Result<ObjectHead, CloudError> {
        let caller = self.enter("head_object", key).await?;
        self.cloud.access(|access| {
            access.check(&caller, "s3:GetObject", bucket, key)?;
            let there = access
                .objects
                .contains(&(bucket.to_owned(), key.to_owned()));
            let kind = match access.check(&caller, "s3:ListBucket", bucket, key) {
                Ok(()) => CloudErrorKind::NoSuchObject,
                Err(_) => CloudErrorKind::AccessDenied,
            };
            there
                .then_some(())
                .ok_or_else(|| CloudError::new(kind, "s3:GetObject"))
        })?;
        Ok(ObjectHead {
            size: 0,
            etag: None,
            modified: None,
            content_type: None,
            checksum: None,
        })
    }

    async fn put_empty(&self, bucket: &str, key: &str) -> Result<(), CloudError> {
        let caller = self.enter("put_empty", key).await?;
        self.cloud.access(|access| {
            access.check(&caller, "s3:PutObject", bucket, key)?;
            access.objects.insert((bucket.to_owned(), key.to_owned()));
            Ok(())
        })
    }

    async fn delete_objects(
        &self,
        bucket: &str,
        keys: &[String],
    ) -> Result<Vec<(String, CloudError)>, CloudError> {
        let caller = self.enter("delete_objects", &keys.join(" ")).await?;
        Ok(self.cloud.access(|access| {
            let mut failed = Vec::new();
            for key in keys {
                match access.check(&caller, "s3:DeleteObject", bucket, key) {
                    Ok(()) => {
                        access.objects.remove(&(bucket.to_owned(), key.clone()));
                    }
                    Err(error) => failed.push((key.clone(), error)),
                }
            }
            failed
        }))
    }

    async fn put_object(&self, _: PutObject<'_>, _: OnBytes) -> Result<Stored, CloudError> {
        no_objects()
    }
    async fn create_multipart(
        &self,
        _: &str,
        _: &str,
        _: Option<&str>,
    ) -> Result<String, CloudError> {
        no_objects()
    }
    async fn upload_part(&self, _: UploadPart<'_>, _: OnBytes) -> Result<UploadedPart, CloudError> {
        no_objects()
    }
    async fn complete_multipart(&self, _: CompleteMultipart<'_>) -> Result<Stored, CloudError> {
        no_objects()
    }
    async fn abort_multipart(&self, _: &str, _: &str, _: &str) -> Result<(), CloudError> {
        no_objects()
    }
    async fn get_object(
        &self,
        _: &str,
        _: &str,
        _: Option<(u64, u64)>,
        _: Option<&str>,
    ) -> Result<ByteStream, CloudError> {
        no_objects()
    }
    async fn copy_object(&self, _: CopyObject<'_>) -> Result<(), CloudError> {
        no_objects()
    }
    async fn presign_get(&self, _: &str, _: &str, _: u32) -> Result<Presigned, CloudError> {
        no_objects()
    }
}
