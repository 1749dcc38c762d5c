//! An AWS file that can not be read at all, as the window tells of it: on every page, beside mending, and on Health.

use std::{fs, path::Path};

use keywell_app::{CancellationToken, doctor, files, overview};
use keywell_wire::{PracticeStatus, Remedy, Severity, VaultStatus};

use crate::world::World;

fn shown(world: &World) -> keywell_wire::Overview {
    let vault = VaultStatus {
        available: false,
        label: String::new(),
        problem: None,
    };
    let practice = PracticeStatus {
        running: false,
        exists: false,
        endpoint_url: None,
        csv_path: None,
    };
    overview(&world.app, "0", vault, practice)
}

#[tokio::test]
async fn a_file_that_can_not_be_read_is_told_on_the_page_with_its_line_and_what_to_do() {
    type Make = fn(&Path);
    let cases: [(Make, &str, &str); 4] = [
        (
            |path| fs::write(path, b"[profile x]\nregion = a\0b\n").unwrap(),
            "files.not_text",
            "line 2 ",
        ),
        (
            |path| fs::write(path, b"[profile x]\n# caf\xe9\n").unwrap(),
            "files.not_text",
            "line 2 ",
        ),
        (
            |path| fs::create_dir(path).unwrap(),
            "files.unreadable",
            "is a folder",
        ),
        (
            |path| {
                let file = fs::File::create(path).unwrap();
                file.set_len(100 * 1024 * 1024).unwrap();
            },
            "files.unreadable",
            "too large",
        ),
    ];
    for (make, code, says) in cases {
        let world = World::new();
        fs::create_dir_all(world.path(".aws")).unwrap();
        make(&world.path(".aws/config"));

        let problem = shown(&world).problem.unwrap();
        assert_eq!(problem.code, code);
        assert!(problem.message.contains(says), "{}", problem.message);
        assert!(!problem.hint.is_empty());

        let [config, credentials] = files::problems(&world.app).try_into().unwrap();
        assert_eq!(config.failure.unwrap(), problem);
        assert_eq!(credentials.failure, None);

        let report = doctor::examine(&world.app, false, &CancellationToken::new()).await;
        let findings = report.unwrap().findings;
        let found = findings
            .iter()
            .find(|found| found.code == "files.unreadable")
            .unwrap();
        assert_eq!(found.severity, Severity::Stop);
        assert_eq!(found.message, problem.message);
        assert!(matches!(&found.remedy, Remedy::Command { command } if !command.is_empty()));
    }
}
