//! The sections that profiles refer to by name: shown first, changed with all that names them, taken back.

use keywell_app::{
    Code, history,
    profiles::{change_section, preview_section},
};
use keywell_wire::{DiffKind, SectionChange, SectionKind, SectionRequest};

use crate::world::World;

const CONFIG: &str = "\
# ours
[sso-session corp]
sso_region = eu-west-1 # near

[profile a]
sso_session = corp
[profile b]
sso_session=corp
[sso-session spare]
";

fn world() -> World {
    let world = World::new();
    world.write(".aws/config", CONFIG);
    world
}

fn request(name: &str, change: SectionChange) -> SectionRequest {
    SectionRequest {
        kind: SectionKind::SsoSession,
        name: name.into(),
        change,
    }
}

fn rename(to: &str) -> SectionChange {
    SectionChange::Rename { to: to.into() }
}

fn remove(successor: Option<&str>) -> SectionChange {
    SectionChange::Remove {
        successor: successor.map(Into::into),
    }
}

#[tokio::test]
async fn what_is_shown_is_what_is_done_and_undo_gives_every_byte_back() {
    let renamed = CONFIG
        .replace("[sso-session corp]", "[sso-session harbour]")
        .replace("sso_session = corp", "sso_session = harbour")
        .replace("sso_session=corp", "sso_session=harbour");
    let handed_over = CONFIG
        .replace("[sso-session corp]\nsso_region = eu-west-1 # near\n\n", "")
        .replace("corp", "spare");
    let alone = CONFIG.replace("[sso-session spare]\n", "");
    for (name, change, after) in [
        ("corp", rename("harbour"), renamed),
        ("corp", remove(Some("spare")), handed_over),
        ("spare", remove(None), alone),
    ] {
        let world = world();
        let request = request(name, change);
        let shown = preview_section(&world.app, &request).unwrap();
        assert_eq!(world.config(), CONFIG, "a preview writes nothing");
        assert!(shown.diff.iter().any(|line| line.kind != DiffKind::Same));
        let done = change_section(&world.app, &request, Some(&shown.version)).await;
        let done = done.unwrap();
        assert_eq!(world.config(), after);
        assert_eq!(done.diff, shown.diff);
        history::undo(&world.app, &done.undo.unwrap().token)
            .await
            .unwrap();
        assert_eq!(world.config(), CONFIG);
    }
}

#[tokio::test]
async fn what_can_not_be_is_refused_and_what_changed_meanwhile_is_left() {
    let world = world();
    for (name, change, code) in [
        ("none", rename("x"), Code::ProfileMissing),
        ("corp", rename("spare"), Code::FilesEdit),
        ("corp", rename("a]b"), Code::ProfileName),
        ("corp", remove(None), Code::FilesEdit),
        ("corp", remove(Some("corp")), Code::ProfileValue),
        ("corp", remove(Some("none")), Code::ProfileMissing),
    ] {
        let request = request(name, change);
        let shown = preview_section(&world.app, &request).unwrap_err();
        let done = change_section(&world.app, &request, None).await;
        assert_eq!(done.unwrap_err().code, code, "{request:?}");
        assert_eq!(shown.code, code, "{request:?}");
    }
    let request = request("corp", rename("harbour"));
    let shown = preview_section(&world.app, &request).unwrap();
    let changed = format!("{CONFIG}[profile c]\nsso_session = corp\n");
    world.write(".aws/config", &changed);
    let done = change_section(&world.app, &request, Some(&shown.version)).await;
    assert_eq!(done.unwrap_err().code, Code::FilesChanged);
    assert_eq!(world.config(), changed);
}
