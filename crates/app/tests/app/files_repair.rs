//! What clients misread is shown with the change that mends it, and mended as it was shown.

use keywell_app::{
    Code,
    files::{problems, repair_seen},
    history,
};
use keywell_wire::AwsFile;

use crate::world::{SECRET, World};

fn world() -> World {
    let world = World::new();
    world.write(
        ".aws/config",
        "[ default ]\nregion = eu-west-1\n[profile a]\nregion = b\n[profile A]\n",
    );
    world.write(
        ".aws/credentials",
        &format!("[default]\naws_secret_access_key = {SECRET} # mine\n"),
    );
    world
}

#[tokio::test]
async fn both_files_are_looked_over_without_their_secrets() {
    let world = world();
    let found = problems(&world.app);
    let lines: Vec<Vec<(u32, bool)>> = found
        .iter()
        .map(|file| {
            file.problems
                .iter()
                .map(|one| (one.line, one.mends))
                .collect()
        })
        .collect();
    assert_eq!(lines, [vec![(1, true), (5, false)], vec![(2, true)]]);
    assert!(
        found
            .iter()
            .all(|file| !file.diff.is_empty() && file.failure.is_none())
    );
    assert!(!format!("{found:?}").contains(&SECRET[..20]));

    world.write(".aws/config", "[default]\n# \0\n");
    let failure = problems(&world.app)[0].failure.clone().unwrap();
    assert!(failure.message.contains("line 2"), "{failure:?}");
}

#[tokio::test]
async fn a_file_is_mended_as_it_was_shown_and_that_is_undone() {
    let world = world();
    let before = [world.config(), world.read(".aws/credentials")];
    for found in problems(&world.app) {
        let change = repair_seen(&world.app, &found.file, &found.version)
            .await
            .unwrap();
        assert_eq!(change.diff, found.diff);
        let left = &problems(&world.app)[usize::from(found.file == AwsFile::Credentials)];
        assert!(left.problems.iter().all(|one| !one.mends), "{left:?}");
        history::undo(&world.app, &change.undo.unwrap().token)
            .await
            .unwrap();
        assert_eq!([world.config(), world.read(".aws/credentials")], before);
    }
}

#[tokio::test]
async fn a_file_that_changed_since_it_was_shown_is_left_alone() {
    let world = world();
    let seen = problems(&world.app).remove(0);
    let now = format!("{}[profile c]\n", world.config());
    world.write(".aws/config", &now);
    let problem = repair_seen(&world.app, &seen.file, &seen.version)
        .await
        .unwrap_err();
    assert_eq!(problem.code, Code::FilesChanged);
    assert_eq!(world.config(), now);
    assert!(history::list(&world.app).unwrap().is_empty());
}
