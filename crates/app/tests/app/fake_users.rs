//! Users of the account in memory, and what hangs on them.

use async_trait::async_trait;
use keywell_app::cloud::*;

use crate::fake_cloud::{FakeAccount, FakeCloud, arn};

impl FakeCloud {
    pub fn add_user(&self, user: &str) {
        self.state().users.push(user.into());
    }

    pub fn hang(&self, user: &str, kind: UserItemKind, id: &str) {
        let item = UserItem {
            kind,
            id: id.into(),
            name: id.into(),
        };
        self.state().items.push((user.into(), item));
    }

    /// All that hangs on a user but its keys.
    pub fn items_of(&self, user: &str) -> Vec<UserItem> {
        let items = self.state().items.clone();
        let own = items.into_iter().filter(|(owner, _)| owner == user);
        own.map(|(_, item)| item).collect()
    }

    pub fn has_user(&self, user: &str) -> bool {
        self.state().users.iter().any(|known| known == user) || !self.keys_of(user).is_empty()
    }
}

fn user(name: &str, path: &str) -> IamUser {
    IamUser {
        arn: arn(name),
        name: name.into(),
        path: path.into(),
        created: None,
    }
}

#[async_trait]
impl UserAdministration for FakeAccount {
    async fn user(&self, name: &str) -> Result<IamUser, CloudError> {
        self.enter("user", name).await?;
        if self.cloud.has_user(name) {
            return Ok(user(name, "/"));
        }
        Err(CloudError::new(CloudErrorKind::NoSuchUser, "iam:GetUser"))
    }

    async fn create_user(&self, new: NewUser<'_>) -> Result<IamUser, CloudError> {
        let detail = format!("{} {} {}", new.name, new.path, new.tags.len());
        self.enter("create_user", &detail).await?;
        if self.cloud.has_user(new.name) {
            return Err(CloudError::new(
                CloudErrorKind::EntityExists,
                "iam:CreateUser",
            ));
        }
        self.cloud.add_user(new.name);
        for (name, value) in new.tags {
            self.cloud.add_tag(new.name, name, value);
        }
        self.cloud.access(|access| access.begin_user(new.name));
        self.cloud.remember_user(new.name);
        // The answer of a call that happened can be lost.
        self.enter("create_user_answer", new.name).await?;
        Ok(user(new.name, new.path))
    }

    async fn delete_user(&self, name: &str) -> Result<(), CloudError> {
        self.enter("delete_user", name).await?;
        let holds = self.cloud.access(|access| access.holds(name));
        let kind = if !self.cloud.has_user(name) {
            CloudErrorKind::NoSuchUser
        } else if holds
            || !self.cloud.items_of(name).is_empty()
            || !self.cloud.keys_of(name).is_empty()
        {
            CloudErrorKind::DeleteConflict
        } else {
            self.cloud.delete_elsewhere(name);
            self.cloud.remove_tags_of(name);
            return Ok(());
        };
        Err(CloudError::new(kind, "iam:DeleteUser"))
    }

    async fn user_items(
        &self,
        user: &str,
        kind: UserItemKind,
    ) -> Result<Vec<UserItem>, CloudError> {
        self.enter("user_items", &format!("{kind:?}")).await?;
        self.enter(kind.read_action(), user).await?;
        if kind == UserItemKind::AccessKey {
            let keys = self.cloud.keys_of(user).into_iter();
            return Ok(keys
                .map(|(id, _)| UserItem {
                    kind,
                    name: id.clone(),
                    id,
                })
                .collect());
        }
        let items = self.cloud.items_of(user).into_iter();
        Ok(items.filter(|item| item.kind == kind).collect())
    }

    async fn remove_user_item(&self, user: &str, item: &UserItem) -> Result<(), CloudError> {
        self.enter("remove_user_item", &format!("{:?} {}", item.kind, item.id))
            .await?;
        self.enter(item.kind.remove_action(), user).await?;
        let gone = || CloudError::new(CloudErrorKind::NoSuchEntity, item.kind.remove_action());
        if item.kind == UserItemKind::AccessKey {
            self.cloud.add_user(user);
            return self
                .cloud
                .remove_key(&item.id)
                .then_some(())
                .ok_or_else(gone);
        }
        let items = &mut self.cloud.state().items;
        let before = items.len();
        items.retain(|(owner, known)| owner != user || known != item);
        if items.len() < before {
            Ok(())
        } else {
            Err(gone())
        }
    }

    async fn denied_actions(
        &self,
        principal: &str,
        _actions: &[&str],
        _resource: &str,
    ) -> Result<Vec<String>, CloudError> {
        self.enter("denied_actions", principal).await?;
        Ok(Vec::new())
    }
}

/// For accounts in whose tests no user is made or deleted.
macro_rules! without_users {
    ($account:ty) => {
        #[async_trait::async_trait]
        impl UserAdministration for $account {
            async fn user(&self, _: &str) -> Result<IamUser, CloudError> {
                crate::fake_users::no_users()
            }
            async fn create_user(&self, _: NewUser<'_>) -> Result<IamUser, CloudError> {
                crate::fake_users::no_users()
            }
            async fn delete_user(&self, _: &str) -> Result<(), CloudError> {
                crate::fake_users::no_users()
            }
            async fn user_items(
                &self,
                _: &str,
                _: UserItemKind,
            ) -> Result<Vec<UserItem>, CloudError> {
                crate::fake_users::no_users()
            }
            async fn remove_user_item(&self, _: &str, _: &UserItem) -> Result<(), CloudError> {
                crate::fake_users::no_users()
            }
            async fn denied_actions(
                &self,
                _: &str,
                _: &[&str],
                _: &str,
            ) -> Result<Vec<String>, CloudError> {
                crate::fake_users::no_users()
            }
        }
    };
}
pub(crate) use without_users;

pub fn no_users<T>() -> Result<T, CloudError> {
    Err(CloudError::new(CloudErrorKind::NotImplemented, "users"))
}
