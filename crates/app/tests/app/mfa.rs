//! Setting up MFA devices.

use keywell_app::{
    Code,
    cloud::CloudErrorKind,
    mfa::{self, Codes},
};
use keywell_vault::Secret;
use keywell_wire::MfaKind;

use crate::{
    fake_cloud::{MFA_CODES, MFA_SEED},
    world::World,
};

const PHONE: &str = "arn:aws:iam::111122223333:mfa/phone";

fn typed(first: &str, second: &str) -> Codes {
    Codes::Typed([Secret::new(first), Secret::new(second)])
}

#[tokio::test]
async fn a_device_is_the_users_after_two_codes_and_its_seed_is_kept_only_by_choice() {
    for keep in [false, true] {
        let world = World::new().with_profile("base").await;
        let draft = mfa::create(&world.app, "base", None, Some("phone"))
            .await
            .unwrap();
        assert_eq!((&*draft.serial, &*draft.user), (PHONE, "marta"));
        let refused = mfa::enable(&world.app, &draft.draft, typed("1", "2"), keep).await;
        assert_eq!(refused.unwrap_err().code, Code::MfaCode);
        // Wrong codes can be typed again.
        mfa::enable(&world.app, &draft.draft, typed("111111", "222222"), keep)
            .await
            .unwrap();
        let found = mfa::devices(&world.app, "base", None).await.unwrap();
        assert_eq!(found.devices.len(), 1);
        assert_eq!(found.devices[0].kind, MfaKind::Virtual);
        assert_eq!(found.devices[0].name, "phone");
        assert_eq!(found.devices[0].seed_kept, keep);
        let item = world.item(&format!("mfa:{PHONE}"));
        assert_eq!(
            item.map(|item| item.secret.expose().to_owned()).as_deref(),
            keep.then_some(MFA_SEED)
        );
        let gone = mfa::enable(&world.app, &draft.draft, typed("1", "2"), keep).await;
        assert_eq!(gone.unwrap_err().code, Code::DraftGone);
    }
}

#[tokio::test]
async fn codes_can_be_made_from_a_seed_that_is_kept() {
    let world = World::new().with_profile("base").await;
    let draft = mfa::create(&world.app, "base", None, Some("phone"))
        .await
        .unwrap();
    mfa::enable(&world.app, &draft.draft, Codes::OfSeed, true)
        .await
        .unwrap();
    let enabled = format!("enable_mfa_device marta {MFA_CODES}");
    assert!(world.cloud.calls().contains(&enabled));
}

#[tokio::test]
async fn giving_up_and_beginning_anew_leave_no_device_behind() {
    let world = World::new().with_profile("base").await;
    let first = mfa::create(&world.app, "base", None, Some("phone"))
        .await
        .unwrap();
    let second = mfa::create(&world.app, "base", None, Some("tablet"))
        .await
        .unwrap();
    assert_eq!(world.cloud.count("delete_virtual_mfa_device"), 1);
    mfa::cancel(&world.app, &first.draft).await.unwrap();
    assert_eq!(world.cloud.count("delete_virtual_mfa_device"), 1);
    mfa::cancel(&world.app, &second.draft).await.unwrap();
    assert_eq!(world.cloud.count("delete_virtual_mfa_device"), 2);
    assert_eq!(
        mfa::enrolment(&world.app, &second.draft)
            .err()
            .unwrap()
            .code,
        Code::DraftGone
    );
}

#[tokio::test]
async fn what_is_refused_has_a_code_of_its_own() {
    let world = World::new().with_profile("base").await;
    for name in ["", "two words", "a/b", &"x".repeat(227)] {
        let problem = mfa::create(&world.app, "base", None, Some(name))
            .await
            .unwrap_err();
        assert_eq!(problem.code, Code::MfaDeviceName, "{name}");
    }
    for (kind, code) in [
        (CloudErrorKind::MfaDeviceTaken, Code::MfaDeviceTaken),
        (CloudErrorKind::AccessDenied, Code::AccessDenied),
    ] {
        world.cloud.fail_next("create_virtual_mfa_device", kind);
        let problem = mfa::create(&world.app, "base", None, None)
            .await
            .unwrap_err();
        assert_eq!(problem.code, code);
        assert!(!problem.hint.is_empty());
    }
}

#[tokio::test]
async fn the_qr_code_holds_what_apps_read_and_only_fido_is_told() {
    let world = World::new().with_profile("base").await;
    let draft = mfa::create(&world.app, "base", None, Some("phone"))
        .await
        .unwrap();
    let enrolment = mfa::enrolment(&world.app, &draft.draft).unwrap();
    assert_eq!(enrolment.seed.expose(), MFA_SEED);
    assert!(enrolment.svg().unwrap().expose().contains("<svg"));
    let lines = enrolment.lines().unwrap();
    assert!(lines.expose().lines().count() > 15);

    world.cloud.set_mfa_devices(&[
        "arn:aws:iam::111122223333:u2f/user/marta/key-ABC",
        "GAHT12345678",
    ]);
    let found = mfa::devices(&world.app, "base", None).await.unwrap();
    let kinds: Vec<_> = found.devices.iter().map(|one| one.kind.clone()).collect();
    assert_eq!(kinds, [MfaKind::Fido, MfaKind::Hardware]);
    assert_eq!(found.devices[0].name, "key-ABC");
    assert!(!found.only_fido);
    world
        .cloud
        .set_mfa_devices(&["arn:aws:iam::111122223333:u2f/user/marta/key-ABC"]);
    let found = mfa::devices(&world.app, "base", None).await.unwrap();
    assert!(found.only_fido);
}
