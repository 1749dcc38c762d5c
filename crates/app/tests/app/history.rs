//! What was changed is kept, and can be taken back by any process.

use std::fs;

use keywell_app::{
    Code,
    history::{last, list, show, undo},
    profiles::{copy, remove, rename, save},
};
use keywell_vault::{ErrorKind, Operation, Store, VaultError, is_seal_key};
use keywell_wire::HistoryState;

use crate::world::{KEY_ID, SECRET, TOKEN, World, request};

const PLAIN: &str = "[plain]\naws_access_key_id = AKIAI44QH8DHBEXAMPLE\naws_secret_access_key = canary/SECRET/0123456789012345678901\n";

fn with_config(config: &str) -> World {
    let world = World::new();
    world.write(".aws/config", config);
    world
}

async fn set_region(world: &World, profile: &str, region: &str) -> String {
    let values = [("region".to_owned(), Some(region.to_owned()))];
    let change = save(&world.app, profile, false, &values).await.unwrap();
    change.undo.unwrap().token
}

/// All that Keywell keeps of its own, as one text.
fn own_files(world: &World) -> String {
    fn read(folder: &std::path::Path, text: &mut String) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                read(&path, text);
            } else {
                text.push_str(&String::from_utf8_lossy(&fs::read(path).unwrap()));
            }
        }
    }
    let mut text = String::new();
    read(&world.path("keywell"), &mut text);
    text
}

#[tokio::test]
async fn no_secret_is_ever_clear_in_keywells_own_folder() {
    let world = with_config("[profile inline]\naws_secret_access_key = canary/SECRET/in-config\n");
    world.write(".aws/credentials", PLAIN);
    world.set_up(&request("work")).await.unwrap();
    let draft = keywell_app::setup::Source::Profile("plain".into());
    let migrate = keywell_app::setup::Request {
        source: draft,
        replace: true,
        ..request("plain")
    };
    world.set_up(&migrate).await.unwrap();
    let changes = [
        rename(&world.app, "inline", "renamed").await.unwrap(),
        remove(&world.app, "work", true).await.unwrap(),
    ];
    for change in &changes {
        undo(&world.app, &change.undo.as_ref().unwrap().token)
            .await
            .unwrap();
    }
    while let Some(id) = last(&world.app).unwrap() {
        undo(&world.app, &id).await.unwrap().change.unwrap();
    }
    assert_eq!(world.read(".aws/credentials"), PLAIN, "it all came back");
    let own = own_files(&world);
    for canary in [SECRET, TOKEN, "canary", "SECRET/", &SECRET[..20]] {
        assert!(!own.contains(canary), "{canary}");
    }
    assert!(own.contains("sealed"));
}

#[tokio::test]
async fn without_a_keychain_the_change_is_made_and_says_that_it_can_not_be_undone() {
    let world = World::new();
    world.write(".aws/credentials", PLAIN);
    world
        .store
        .fail_open(VaultError::new(ErrorKind::NoService, Operation::Open, "x"));
    let change = rename(&world.app, "plain", "other").await.unwrap();
    assert!(change.undo.is_none());
    let note = change.note.unwrap();
    assert!(note.starts_with("This can not be undone"), "{note}");
    assert!(world.read(".aws/credentials").starts_with("[other]"));
    assert!(!own_files(&world).contains("canary"));

    let entries = list(&world.app).unwrap();
    assert_eq!(entries[0].state, HistoryState::NotKept);
    let problem = undo(&world.app, &entries[0].id).await.unwrap_err();
    assert_eq!(problem.code, Code::UndoGone);

    // What has no secrets needs no keychain, neither to be written nor to be undone.
    world.write(".aws/config", "[profile a]\nregion = eu-west-1\n");
    let token = set_region(&world, "a", "us-west-2").await;
    undo(&world.app, &token).await.unwrap().change.unwrap();
    assert_eq!(world.config(), "[profile a]\nregion = eu-west-1\n");
}

#[tokio::test]
async fn what_others_changed_since_stays_and_their_change_of_the_same_line_is_shown() {
    let world = with_config("[profile a]\nregion = eu-west-1\n");
    let token = set_region(&world, "a", "us-west-2").await;
    world.write(
        ".aws/config",
        "# mine\n[profile a]\nregion = us-west-2\noutput = text\n\n[profile b]\nregion = x\n",
    );
    undo(&world.app, &token).await.unwrap().change.unwrap();
    assert_eq!(
        world.config(),
        "# mine\n[profile a]\nregion = eu-west-1\noutput = text\n\n[profile b]\nregion = x\n"
    );

    let token = set_region(&world, "a", "us-west-2").await;
    let theirs = world.config().replace("us-west-2", "ap-east-1");
    world.write(".aws/config", &theirs);
    let shown = show(&world.app, &token).unwrap().conflict.unwrap();
    let answer = undo(&world.app, &token).await.unwrap();
    assert!(answer.change.is_none());
    assert_eq!(answer.conflict, Some(shown));
    let since: Vec<_> = answer.conflict.unwrap().since;
    assert!(since.iter().any(|line| line.text == "region = ap-east-1"));
    assert_eq!(world.config(), theirs);
}

#[tokio::test]
async fn an_undo_is_in_the_history_and_undoing_it_does_the_change_again() {
    let world = World::new().with_profile("work").await;
    let before = world.everything();
    let change = remove(&world.app, "work", true).await.unwrap();
    let removed = world.everything();
    let token = change.undo.unwrap().token;
    let undone = undo(&world.app, &token).await.unwrap().change.unwrap();
    assert_eq!(world.everything(), before);
    let redone = undo(&world.app, &undone.undo.unwrap().token).await.unwrap();
    assert_eq!(world.everything(), removed);
    assert_eq!(world.item(KEY_ID), None);
    let again = redone.change.unwrap().undo.unwrap().token;
    undo(&world.app, &again).await.unwrap().change.unwrap();
    assert_eq!(world.everything(), before);

    let states: Vec<_> = list(&world.app)
        .unwrap()
        .into_iter()
        .map(|entry| (entry.text, entry.state))
        .collect();
    let expected = [
        ("Undid: Removed work", HistoryState::Done),
        ("Removed work", HistoryState::Undone),
        ("Undid: Removed work", HistoryState::Done),
        ("Removed work", HistoryState::Undone),
        ("Set up work", HistoryState::Done),
    ];
    assert_eq!(
        states,
        expected.map(|(text, state)| (text.to_owned(), state))
    );
}

#[tokio::test]
async fn a_key_that_the_profile_got_since_is_not_swapped_back() {
    let world = World::new().with_profile("work").await;
    let change = rename(&world.app, "work", "other").await.unwrap();
    let index = world.index().replace(KEY_ID, "AKIAI44QH8DHBEXAMPLE");
    world.write("keywell/index.json", &index);
    let before = world.everything();
    let problem = undo(&world.app, &change.undo.unwrap().token)
        .await
        .unwrap_err();
    assert_eq!(problem.code, Code::FilesChanged);
    assert_eq!(world.everything(), before);
}

#[tokio::test]
async fn a_history_whose_key_is_gone_says_so_and_the_next_change_makes_a_new_one() {
    let world = World::new();
    world.write(".aws/credentials", PLAIN);
    let change = rename(&world.app, "plain", "other").await.unwrap();
    let seal_key = || {
        let items = world.store.list().unwrap();
        items.into_iter().find(|name| is_seal_key(name))
    };
    let first = seal_key().unwrap();
    world.store.delete(&first).unwrap();
    let token = change.undo.unwrap().token;
    let problem = undo(&world.app, &token).await.unwrap_err();
    assert_eq!(problem.code, Code::UndoSealed);
    let change = rename(&world.app, "other", "third").await.unwrap();
    assert_ne!(seal_key().unwrap(), first);
    let token = change.undo.unwrap().token;
    undo(&world.app, &token).await.unwrap().change.unwrap();
    assert!(world.read(".aws/credentials").starts_with("[other]"));
}

#[tokio::test]
async fn a_change_that_was_cut_short_is_undone_by_doing_nothing() {
    let config = "[profile a]\nregion = eu-west-1\n";
    let world = with_config(config);
    let token = set_region(&world, "a", "us-west-2").await;
    // As if the process was killed after the history was written and before the file was.
    world.write(".aws/config", config);
    undo(&world.app, &token).await.unwrap().change.unwrap();
    assert_eq!(world.config(), config);
}

#[tokio::test]
async fn the_last_200_changes_are_kept_for_their_owner_alone() {
    let world = with_config("[profile a]\nregion = eu-west-1\n");
    set_region(&world, "a", "us-west-1").await;
    let entry = world.read("keywell/history/00000001.json");
    for number in 2..=204 {
        world.write(&format!("keywell/history/{number:08}.json"), &entry);
    }
    let old = entry.replace("\"at\":1800000000", "\"at\":1792000000");
    assert_ne!(entry, old);
    world.write("keywell/history/00000150.json", &old);
    set_region(&world, "a", "us-west-2").await;
    let ids: Vec<_> = list(&world.app)
        .unwrap()
        .into_iter()
        .map(|entry| entry.id)
        .collect();
    assert_eq!(
        (ids.len(), ids[0].as_str(), ids[198].as_str()),
        (199, "205", "6")
    );
    assert!(!ids.contains(&"150".to_owned()), "older than 90 days");

    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode =
            |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let folder = world.path("keywell/history");
        assert_eq!(mode(&folder), 0o700);
        assert_eq!(mode(&folder.join("00000205.json")), 0o600);
    }
}

#[tokio::test]
async fn damaged_entries_are_passed_over_and_odd_ids_are_refused() {
    let world = with_config("[profile a]\nregion = eu-west-1\n");
    let token = set_region(&world, "a", "us-west-2").await;
    for (name, text) in [
        ("00000007.json", "{"),
        ("00000008.json", "{\"v\":9}"),
        ("x.json", ""),
    ] {
        world.write(&format!("keywell/history/{name}"), text);
    }
    assert_eq!(list(&world.app).unwrap().len(), 1);
    for id in [
        "",
        "0",
        "7",
        "8",
        "-1",
        "../index",
        "99999999999999999999999",
    ] {
        assert_eq!(undo(&world.app, id).await.unwrap_err().code, Code::UndoGone);
        assert_eq!(show(&world.app, id).unwrap_err().code, Code::UndoGone);
    }
    // A number is never given twice.
    let next = set_region(&world, "a", "eu-west-3").await;
    assert_eq!((token.as_str(), next.as_str()), ("1", "9"));
}

#[tokio::test]
async fn a_set_up_that_failed_is_not_in_the_history() {
    let world = World::new();
    world.on_helper(|_| Some(Err(keywell_app::Problem::cancelled())));
    world.set_up(&request("work")).await.unwrap_err();
    assert!(list(&world.app).unwrap().is_empty());
}

#[tokio::test]
async fn a_change_that_changes_nothing_is_not_in_the_history() {
    let world = with_config("[profile a]\nregion = eu-west-1\n");
    let values = [("region".to_owned(), Some("eu-west-1".to_owned()))];
    let change = save(&world.app, "a", false, &values).await.unwrap();
    assert_eq!((change.undo, change.note), (None, None));
    assert!(list(&world.app).unwrap().is_empty());
}

#[tokio::test]
async fn changes_of_other_files_are_neither_listed_nor_undone() {
    let world = with_config("[profile a]\nregion = eu-west-1\n");
    copy(&world.app, "a", "b").await.unwrap();
    let entry = world.path("keywell/history/00000001.json");
    let text = fs::read_to_string(&entry).unwrap();
    fs::write(entry, text.replace(".aws/config", ".aws/elsewhere")).unwrap();
    assert!(list(&world.app).unwrap().is_empty());
    assert_eq!(last(&world.app).unwrap(), None);
    assert_eq!(
        undo(&world.app, "1").await.unwrap_err().code,
        Code::UndoGone
    );
}
