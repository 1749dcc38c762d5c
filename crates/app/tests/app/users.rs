//! IAM users: listing, showing, making, deleting.

use keywell_app::{
    CancellationToken, Code, Problem,
    cloud::{CloudErrorKind as Kind, UserItemKind},
    users::{self, NewUser},
};
use keywell_wire as wire;

use crate::world::{KEY_ID, World, pair, request};

const BOBS: &str = "AKIAI44QH8DHBEXAMPLE";

async fn admin() -> World {
    World::new().with_profile("admin").await
}

/// bob, with one of everything.
async fn with_bob() -> World {
    let world = admin().await;
    let mut key = pair();
    key.key_id = BOBS.into();
    world.cloud.add_key("bob", &key);
    for (kind, id) in [
        (UserItemKind::LoginProfile, "bob"),
        (UserItemKind::SigningCertificate, "CERTIFICATE"),
        (UserItemKind::SshPublicKey, "APKAEXAMPLE"),
        (UserItemKind::ServiceCredential, "ACCAEXAMPLE"),
        (UserItemKind::MfaDevice, "arn:aws:iam::111122223333:mfa/bob"),
        (UserItemKind::InlinePolicy, "uploads"),
        (
            UserItemKind::AttachedPolicy,
            "arn:aws:iam::aws:policy/ReadOnlyAccess",
        ),
        (UserItemKind::Group, "designers"),
    ] {
        world.cloud.hang("bob", kind, id);
    }
    world
}

async fn create(world: &World, new: (&str, &str, &str)) -> Result<wire::UserCreated, Problem> {
    let (name, path, description) = new;
    let new = NewUser {
        profile: "admin",
        name,
        path,
        description,
    };
    users::create(&world.app, &new).await
}

async fn shown(world: &World) -> wire::UserDetails {
    users::show(&world.app, "admin", "bob").await.unwrap()
}

async fn delete(world: &World, items: &[wire::UserItem]) -> Result<wire::UserDeleted, Problem> {
    users::delete(&world.app, "admin", "bob", items).await
}

#[tokio::test]
async fn a_caller_who_may_not_list_users_sees_itself() {
    let world = admin().await;
    let names = |list: &wire::UserList| -> Vec<(String, bool)> {
        list.users
            .iter()
            .map(|user| (user.name.clone(), user.is_caller))
            .collect()
    };
    world.cloud.add_user("bob");
    let all = users::list(&world.app, "admin").await.unwrap();
    assert_eq!(names(&all), [("bob".into(), false), ("marta".into(), true)]);
    world.cloud.fail_always("list_users", Kind::AccessDenied);
    let own = users::list(&world.app, "admin").await.unwrap();
    assert!(own.denied);
    assert_eq!(names(&own), [("marta".into(), true)]);
    assert_eq!(own.users[0].path, "/");
}

#[tokio::test]
async fn a_user_is_made_with_its_description_as_a_tag() {
    let world = admin().await;
    let made = create(&world, ("ci", "/robots/", "Deploys the web site"))
        .await
        .unwrap();
    assert_eq!(made.user.path, "/robots/");
    assert_eq!(made.description_failure, None);
    let tag = (
        "ci".to_owned(),
        "Description".to_owned(),
        "Deploys the web site".to_owned(),
    );
    assert_eq!(world.cloud.tags(), [tag]);
    let taken = create(&world, ("ci", "/", "")).await.unwrap_err();
    assert_eq!(taken.code, Code::EntityExists);
}

#[tokio::test]
async fn what_iam_would_refuse_of_a_user_is_not_asked() {
    let world = admin().await;
    for (new, code) in [
        (("a b", "/", ""), Code::UserName),
        (("", "/", ""), Code::UserName),
        (("ci", "robots", ""), Code::UserName),
        (("ci", "/", "a, b"), Code::KeyDescriptionForm),
    ] {
        assert_eq!(create(&world, new).await.unwrap_err().code, code, "{new:?}");
    }
    assert_eq!(world.cloud.count("create_user"), 0);
}

#[tokio::test]
async fn a_caller_who_may_not_tag_makes_a_user_without_a_description() {
    let world = admin().await;
    world.cloud.fail_next("create_user", Kind::AccessDenied);
    let made = create(&world, ("ci", "/", "Deploys")).await.unwrap();
    let failure = made.description_failure.unwrap();
    assert_eq!(failure.code, Code::AccessDenied.as_str());
    assert!(world.cloud.has_user("ci"));
    assert!(world.cloud.tags().is_empty());
}

#[tokio::test]
async fn a_user_is_shown_with_all_that_hangs_on_it() {
    let world = with_bob().await;
    world.cloud.add_tag("bob", "description", "Uploads photos");
    let bob = shown(&world).await;
    assert_eq!(bob.description.as_deref(), Some("Uploads photos"));
    assert_eq!(bob.keys.unwrap().keys[0].key_id, BOBS);
    assert!(bob.hidden.is_empty());
    let kinds: Vec<_> = bob.items.iter().map(|item| item.kind).collect();
    let all = UserItemKind::ALL.map(wire::UserItemKind::from);
    assert_eq!(kinds, all);
    let glance = users::glance(&world.app, "admin", "bob").await.unwrap();
    assert_eq!(glance.groups.unwrap(), ["designers"]);
    assert_eq!(glance.keys.unwrap()[0].key_id, BOBS);
}

#[tokio::test]
async fn each_thing_that_is_withheld_is_named_and_fails_nothing() {
    for kind in UserItemKind::ALL {
        let world = with_bob().await;
        world
            .cloud
            .fail_always(kind.read_action(), Kind::AccessDenied);
        let bob = shown(&world).await;
        assert_eq!(bob.hidden, [kind.into()]);
        assert_eq!(bob.items.len(), UserItemKind::ALL.len() - 1);
        assert_eq!(bob.keys.is_none(), kind == UserItemKind::AccessKey);
    }
    for operation in [
        "user",
        "user_tags",
        "denied_actions",
        "access_key_last_used",
    ] {
        let world = with_bob().await;
        world.cloud.fail_always(operation, Kind::AccessDenied);
        let bob = shown(&world).await;
        assert_eq!(bob.user.name, "bob", "{operation}");
        assert!(bob.hidden.is_empty(), "{operation}");
    }
}

#[tokio::test]
async fn a_failure_that_is_no_denial_is_told() {
    for operation in [
        "identity",
        "user",
        "user_items",
        "user_tags",
        "access_key_last_used",
    ] {
        for (kind, code) in [
            (Kind::Throttled, Code::Throttled),
            (Kind::Unreachable, Code::Unreachable),
            (Kind::NoSuchUser, Code::NoSuchUser),
        ] {
            let world = with_bob().await;
            world.cloud.fail_always(operation, kind);
            let told = users::show(&world.app, "admin", "bob").await;
            assert_eq!(told.unwrap_err().code, code, "{operation}");
        }
    }
}

#[tokio::test]
async fn a_user_goes_with_all_that_was_shown_in_iam_s_order() {
    let world = with_bob().await;
    let mut items = shown(&world).await.items;
    items.reverse();
    let done = delete(&world, &items).await.unwrap();
    assert!(done.deleted && done.left.is_empty() && done.failure.is_none());
    assert!(!world.cloud.has_user("bob"));
    let kinds: Vec<_> = done.removed.iter().map(|item| item.kind).collect();
    assert_eq!(kinds, UserItemKind::ALL.map(wire::UserItemKind::from));
    let last = world.cloud.calls().pop().unwrap();
    assert_eq!(last, "delete_user bob");
}

#[tokio::test]
async fn wherever_a_delete_fails_it_says_what_went_and_what_is_left_and_goes_on_from_there() {
    for stop in 0..=UserItemKind::ALL.len() {
        for kind in [Kind::AccessDenied, Kind::Throttled] {
            let world = with_bob().await;
            let items = shown(&world).await.items;
            let operation = UserItemKind::ALL
                .get(stop)
                .map_or("delete_user", |kind| kind.remove_action());
            world.cloud.fail_next(operation, kind);
            let ended = delete(&world, &items).await;
            assert!(world.cloud.has_user("bob"));
            if stop == 0 {
                let problem = ended.unwrap_err();
                assert!(problem.cause.contains("Nothing was changed"), "{problem:?}");
            } else {
                let ended = ended.unwrap();
                assert!(!ended.deleted && ended.failure.is_some());
                assert_eq!((ended.removed.len(), ended.left.len()), (stop, 9 - stop));
            }
            let rest = shown(&world).await.items;
            assert_eq!(rest.len(), 9 - stop);
            assert!(delete(&world, &rest).await.unwrap().deleted);
        }
    }
}

#[tokio::test]
async fn what_was_added_meanwhile_is_not_removed_and_what_is_gone_is_as_wanted() {
    let world = with_bob().await;
    let items = shown(&world).await.items;
    world.cloud.hang("bob", UserItemKind::Group, "admins");
    world.cloud.remove_key(BOBS);
    world.cloud.add_user("bob");
    let ended = delete(&world, &items).await.unwrap();
    assert_eq!(ended.failure.unwrap().code, Code::DeleteConflict.as_str());
    assert_eq!(world.cloud.items_of("bob")[0].id, "admins");
}

#[tokio::test]
async fn a_user_deleted_elsewhere_in_the_middle_is_deleted() {
    let world = with_bob().await;
    let items = shown(&world).await.items;
    world.cloud.fail_next("delete_user", Kind::NoSuchUser);
    assert!(delete(&world, &items).await.unwrap().deleted);

    let world = admin().await;
    let nobody = delete(&world, &[]).await.unwrap_err();
    assert_eq!(nobody.code, Code::NoSuchUser);
}

#[tokio::test]
async fn nobody_deletes_its_own_user() {
    let world = admin().await;
    let own = users::delete(&world.app, "admin", "marta", &[]).await;
    assert_eq!(own.unwrap_err().code, Code::UserSelf);
    // Nor one whose key signs, whatever its name is said to be.
    let item = wire::UserItem {
        kind: wire::UserItemKind::AccessKey,
        id: KEY_ID.into(),
        name: KEY_ID.into(),
    };
    let signs = delete(&world, &[item]).await;
    assert_eq!(signs.unwrap_err().code, Code::UserSelf);
    assert_eq!(world.cloud.count("remove_user_item"), 0);
}

#[tokio::test]
async fn what_was_refused_is_known_where_iam_does_not_tell() {
    let world = with_bob().await;
    world
        .cloud
        .fail_always("denied_actions", Kind::AccessDenied);
    world.cloud.fail_always("create_user", Kind::AccessDenied);
    world
        .cloud
        .fail_always("iam:DeleteLoginProfile", Kind::AccessDenied);
    assert!(
        users::list(&world.app, "admin")
            .await
            .unwrap()
            .denied_actions
            .is_empty()
    );
    create(&world, ("ci", "/", "")).await.unwrap_err();
    delete(&world, &shown(&world).await.items)
        .await
        .unwrap_err();
    let list = users::list(&world.app, "admin").await.unwrap();
    assert_eq!(list.denied_actions, ["iam:CreateUser"]);
    assert_eq!(shown(&world).await.denied_actions, ["iam:DeleteUser"]);
}

#[tokio::test]
async fn the_users_of_all_accounts_are_read_together_and_what_can_not_be_read_is_named() {
    let world = admin().await;
    world.cloud.add_user("bob");
    // A second profile of the same account, and one whose key is gone.
    world.set_up(&request("second")).await.unwrap();
    let mut gone = request("gone");
    gone.pair.key_id = BOBS.into();
    gone.ask_network = false;
    world.set_up(&gone).await.unwrap();
    let heard = std::sync::Mutex::new(Vec::new());
    let on_account = |account: &wire::AccountUsers| heard.lock().unwrap().push(account.clone());
    let cancel = CancellationToken::new();
    let all = users::list_all(&world.app, &on_account, &cancel)
        .await
        .unwrap();
    // They are told as they come, and answered in the order of the profiles.
    let mut heard = heard.into_inner().unwrap();
    heard.sort_by(|one, other| one.profile.cmp(&other.profile));
    assert_eq!(heard, all);
    let told: Vec<_> = all
        .iter()
        .map(|one| {
            let names = one.list.as_ref().map(|list| list.users.len());
            let code = one.failure.as_ref().map(|failure| failure.code.as_str());
            (one.profile.as_str(), names, code)
        })
        .collect();
    let unknown = Code::UnknownKey.as_str();
    assert_eq!(
        told,
        [("admin", Some(2), None), ("gone", None, Some(unknown))]
    );
}

#[tokio::test]
async fn where_nobody_may_list_the_users_of_an_account_each_profile_shows_its_own() {
    let world = admin().await;
    let mut second = request("second");
    second.pair.key_id = BOBS.into();
    world.cloud.add_key("bob", &second.pair);
    world.set_up(&second).await.unwrap();
    world.set_up(&request("copy")).await.unwrap();
    world.cloud.fail_always("list_users", Kind::AccessDenied);
    let cancel = CancellationToken::new();
    let all = users::list_all(&world.app, &|_| {}, &cancel).await.unwrap();
    let own: Vec<_> = all
        .iter()
        .map(|one| one.list.as_ref().unwrap().users[0].name.as_str())
        .collect();
    assert_eq!(own.len(), 2, "{all:?}");
    assert!(own.contains(&"marta") && own.contains(&"bob"), "{own:?}");
}
