//! Any run of changes to profiles, taken back from the last to the first, leaves every byte as it was.

use keywell_app::{
    history::undo,
    profiles::{copy, remove, rename, save},
};
use proptest::prelude::*;

use crate::world::{KEY_ID, SECRET, World, request};

#[derive(Debug, Clone)]
enum Change {
    Save(String, Option<&'static str>),
    Copy(String, String),
    Rename(String, String),
    Remove(String, bool),
    SetUp(String),
}

fn name() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["default", "work", "plain", "my work", "ä", "role"])
        .prop_map(str::to_owned)
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        (name(), prop::option::of(Just("us-west-2")))
            .prop_map(|(name, value)| Change::Save(name, value)),
        (name(), name()).prop_map(|(from, to)| Change::Copy(from, to)),
        (name(), name()).prop_map(|(from, to)| Change::Rename(from, to)),
        (name(), any::<bool>()).prop_map(|(name, forget)| Change::Remove(name, forget)),
        name().prop_map(Change::SetUp),
    ]
}

fn files() -> impl Strategy<Value = (String, String)> {
    let line = prop::sample::select(vec![
        "[default]",
        "[profile default]",
        "[profile work]",
        "[profile role]",
        "[profile 'my work']",
        "[services s]",
        "region = eu-west-1",
        "role_arn = r",
        "source_profile = work",
        "s3 =\n  a = 1",
        "# a comment",
        "",
    ]);
    let ending = prop::sample::select(vec!["\n", "\r\n"]);
    let plain = format!(
        "[plain]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\n# mine\n[a]\nx = y"
    );
    let config = (prop::collection::vec(line, 0..14), ending)
        .prop_map(|(lines, ending)| lines.join("\n").replace('\n', ending));
    (config, prop::sample::select(vec![String::new(), plain]))
}

/// Returns the token of a change that was made. One that is refused must change nothing.
async fn make(world: &World, change: &Change) -> Option<String> {
    let app = &world.app;
    let done = match change {
        Change::Save(name, value) => {
            let region = [("region".to_owned(), value.map(str::to_owned))];
            save(app, name, false, &region).await
        }
        Change::Copy(from, to) => copy(app, from, to).await,
        Change::Rename(from, to) => rename(app, from, to).await,
        Change::Remove(name, forget) => remove(app, name, *forget).await,
        Change::SetUp(name) => {
            let replace = keywell_app::setup::Request {
                replace: true,
                ..request(name)
            };
            let summary = world.set_up(&replace).await.ok()?;
            return summary.undo.map(|undo| undo.token);
        }
    };
    Some(done.ok()?.undo?.token)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn undo_from_the_last_change_to_the_first_restores_every_byte(
        (config, credentials) in files(),
        changes in prop::collection::vec(change(), 1..8),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let world = World::new();
            world.write(".aws/config", &config);
            world.write(".aws/credentials", &credentials);
            let mut states = Vec::new();
            for change in &changes {
                let before = world.everything();
                match make(&world, change).await {
                    Some(token) => states.push((token, before)),
                    None => prop_assert_eq!(world.everything(), before, "{:?} was refused", change),
                }
            }
            for (token, before) in states.into_iter().rev() {
                undo(&world.app, &token).await.unwrap();
                prop_assert_eq!(world.everything(), before);
            }
            Ok(())
        })?;
    }
}
