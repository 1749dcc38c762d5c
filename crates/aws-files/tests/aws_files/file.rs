use std::fs;
use std::path::Path;
#[cfg(unix)]
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use keywell_aws_files::{
    Document, EditError, FileErrorKind, edit, edit_since, read, restore, snapshot,
};
use tempfile::TempDir;

fn set_region(document: &mut Document) -> Result<(), EditError> {
    document.set("default", "region", "eu-west-1")
}

const WRITTEN: &str = "[default]\nregion = eu-west-1\n";

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_missing_file_is_made_and_restored_to_missing_with_its_folder() {
    let home = TempDir::new().unwrap();
    let path = home.path().join(".aws").join("config");
    assert!(read(&path).unwrap().is_none());
    let edited = edit(&path, set_region).unwrap();
    assert!(edited.changed());
    assert!(!edited.before.existed());
    assert_eq!(edited.after_text, WRITTEN);
    assert_eq!(fs::read_to_string(&path).unwrap(), WRITTEN);
    assert_eq!(
        names(&home.path().join(".aws")),
        [".keywell.lock", "config"]
    );
    restore(&path, &edited.before).unwrap();
    assert_eq!(names(home.path()), [""; 0]);
    restore(&path, &edited.before).unwrap();
}

#[test]
fn a_refused_change_writes_nothing_and_makes_no_folder() {
    let home = TempDir::new().unwrap();
    let path = home.path().join(".aws").join("config");
    let error = edit(&path, |document| document.set("a]", "b", "c")).unwrap_err();
    assert_eq!(error.code(), "files.header");
    assert_eq!(names(home.path()), [""; 0]);

    let existing = home.path().join("config");
    fs::write(&existing, "[a]\nx = 1").unwrap();
    let refuse = |_: &mut Document| Err(EditError::Refused("There is a reason.".to_owned()));
    let error = edit(&existing, refuse).unwrap_err();
    assert_eq!(error.to_string(), "There is a reason.");
    assert_eq!(fs::read_to_string(&existing).unwrap(), "[a]\nx = 1");
}

#[test]
fn bytes_that_are_not_touched_stay() {
    let home = TempDir::new().unwrap();
    let path = home.path().join("config");
    let before = "\u{feff}# c\r\n[default]\r\nregion=x\r\nk = ü # c\r\n[b]";
    fs::write(&path, before).unwrap();
    let edited = edit(&path, set_region).unwrap();
    assert_eq!(edited.before_text, before);
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        before.replace("region=x", "region=eu-west-1")
    );
    restore(&path, &edited.before).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), before);
}

#[test]
fn unchanged_text_is_not_written() {
    let home = TempDir::new().unwrap();
    let path = home.path().join("config");
    fs::write(&path, WRITTEN).unwrap();
    let modified = fs::metadata(&path).unwrap().modified().unwrap();
    let edited = edit(&path, set_region).unwrap();
    assert!(!edited.changed());
    assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), modified);

    let missing = home.path().join("none").join("config");
    assert!(!edit(&missing, |_| Ok(())).unwrap().changed());
    assert!(!missing.parent().unwrap().exists());
}

#[test]
fn files_that_are_no_text_are_told_apart() {
    let home = TempDir::new().unwrap();
    let path = |name: &str| home.path().join(name);
    fs::create_dir(path("folder")).unwrap();
    fs::write(path("latin"), b"[a]\nx = \xfc\n").unwrap();
    fs::write(path("zero"), b"[a]\nx = 1\ny = \0\n").unwrap();
    fs::write(path("utf16"), b"\xff\xfe[\0a\0]\0").unwrap();
    fs::write(path("large"), vec![b' '; 5_000_000]).unwrap();
    for (name, kind, code) in [
        ("folder", FileErrorKind::Directory, "files.directory"),
        (
            "latin",
            FileErrorKind::NotUtf8 { line: 2 },
            "files.not_utf8",
        ),
        ("zero", FileErrorKind::Nul { line: 3 }, "files.not_text"),
        ("utf16", FileErrorKind::Utf16, "files.utf16"),
        ("large", FileErrorKind::TooLarge, "files.too_large"),
    ] {
        let before = fs::read(path(name)).ok();
        for error in [
            read(&path(name)).unwrap_err(),
            edit(&path(name), set_region).unwrap_err(),
        ] {
            assert_eq!(error.kind, kind);
            assert_eq!(error.code(), code);
            assert!(error.message().contains(name));
            assert!(!error.hint().is_empty());
        }
        assert_eq!(fs::read(path(name)).ok(), before);
    }
}

#[test]
fn a_file_in_the_place_of_the_folder_is_an_error() {
    let home = TempDir::new().unwrap();
    let folder = home.path().join(".aws");
    fs::write(&folder, "in the way").unwrap();
    let error = edit(&folder.join("config"), set_region).unwrap_err();
    assert!(error.code().starts_with("files.un"), "{}", error.code());
    assert_eq!(fs::read_to_string(&folder).unwrap(), "in the way");
}

#[test]
fn a_change_by_another_program_meanwhile_is_kept() {
    let home = TempDir::new().unwrap();
    let path = home.path().join("config");
    fs::write(&path, "[default]\n").unwrap();
    let mut calls = 0;
    let edited = edit(&path, |document| {
        calls += 1;
        if calls == 1 {
            fs::write(&path, "[default]\noutput = json\n").unwrap();
        }
        set_region(document)
    })
    .unwrap();
    assert_eq!(calls, 2);
    assert_eq!(edited.before_text, "[default]\noutput = json\n");
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        "[default]\noutput = json\nregion = eu-west-1\n"
    );
}

#[test]
fn a_file_that_never_rests_is_given_up_and_left_alone() {
    let home = TempDir::new().unwrap();
    let path = home.path().join("config");
    fs::write(&path, "[default]\n").unwrap();
    let mut calls = 0;
    let error = edit(&path, |document| {
        calls += 1;
        fs::write(&path, format!("[call{calls}]\nx = {calls}\n")).unwrap();
        set_region(document)
    })
    .unwrap_err();
    assert_eq!(error.code(), "files.changing");
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        format!("[call{calls}]\nx = {calls}\n")
    );
    assert_eq!(names(home.path()), ["config"]);
}

#[test]
fn writers_at_the_same_time_lose_nothing_and_readers_see_whole_files() {
    const WRITERS: usize = 6;
    const EDITS: usize = 15;
    let home = TempDir::new().unwrap();
    let path = home.path().join(".aws").join("config");
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            let path = &path;
            scope.spawn(move || {
                for count in 0..EDITS {
                    edit(path, |document| {
                        document.set(
                            &format!("profile w{writer}"),
                            &format!("key{count}"),
                            "value",
                        )
                    })
                    .unwrap();
                }
            });
        }
        let path = &path;
        scope.spawn(move || {
            for _ in 0..200 {
                if let Some(document) = read(path).unwrap() {
                    assert!(document.text().ends_with("value\n"));
                }
            }
        });
    });
    let document = read(&path).unwrap().unwrap();
    for writer in 0..WRITERS {
        let section = format!("profile w{writer}");
        assert_eq!(document.properties(&section).len(), EDITS);
    }
    assert_eq!(document.problems(), []);
}

#[test]
fn a_file_that_is_being_written_in_place_is_waited_for() {
    // As `open(path, "w")` of Python does: empty, then some, then all.
    let whole = "[default]\noutput = json\n[profile b]\nregion = us-east-1\n";
    let home = TempDir::new().unwrap();
    for (number, part) in ["", "[default]\noutput = js"].into_iter().enumerate() {
        let path = home.path().join(format!("config{number}"));
        fs::write(&path, part).unwrap();
        thread::scope(|scope| {
            let writing = scope.spawn(|| {
                thread::sleep(Duration::from_millis(150));
                fs::write(&path, whole).unwrap();
            });
            let seen = read(&path).unwrap().unwrap().text();
            assert_eq!(seen, whole, "after {part:?}");
            writing.join().unwrap();
        });
        fs::write(&path, part).unwrap();
        thread::scope(|scope| {
            scope.spawn(|| {
                thread::sleep(Duration::from_millis(150));
                fs::write(&path, whole).unwrap();
            });
            let edited = edit(&path, set_region).unwrap();
            assert_eq!(edited.before_text, whole);
        });
    }
}

#[test]
fn what_keywell_wrote_is_read_at_once() {
    let home = TempDir::new().unwrap();
    let path = home.path().join("config");
    edit(&path, set_region).unwrap();
    let other = home.path().join("credentials");
    edit(&other, |document| document.set("default", "x", "y")).unwrap();
    let started = Instant::now();
    for _ in 0..20 {
        read(&path).unwrap();
        read(&other).unwrap();
    }
    // One that is not known to be whole takes 50 ms.
    assert!(started.elapsed() < Duration::from_millis(1000));
}

#[test]
fn two_changes_of_one_setting_are_a_conflict_that_shows_both_and_writes_nothing() {
    let home = TempDir::new().unwrap();
    let path = home.path().join("config");
    fs::write(&path, "[default]\nregion = us-east-1\n").unwrap();
    let theirs = "[default]\nregion = eu-north-1\n";
    let error = edit(&path, |document| {
        fs::write(&path, theirs).unwrap();
        set_region(document)
    })
    .unwrap_err();
    assert_eq!(error.code(), "files.conflict");
    let FileErrorKind::Edit(EditError::Conflict(conflict)) = &error.kind else {
        panic!("{error:?}");
    };
    assert_eq!(conflict.place, "region in [default]");
    assert_eq!(conflict.ours.as_deref(), Some("eu-west-1"));
    assert_eq!(conflict.theirs.as_deref(), Some("eu-north-1"));
    assert!(!format!("{error:?}").contains("eu-north-1"));
    assert_eq!(fs::read_to_string(&path).unwrap(), theirs);
}

#[test]
fn a_change_since_the_text_was_seen_is_merged_or_a_conflict() {
    let home = TempDir::new().unwrap();
    let path = home.path().join("config");
    let seen = "[default]\nregion = us-east-1\noutput = text\n";
    for (now, expected) in [
        (seen, Some("[default]\nregion = eu-west-1\noutput = text\n")),
        (
            "[default]\nregion = us-east-1\noutput = json\n[b]\n",
            Some("[default]\nregion = eu-west-1\noutput = json\n[b]\n"),
        ),
        // Both mean the same.
        (
            "[default]\nregion = eu-west-1\noutput = json\n",
            Some("[default]\nregion = eu-west-1\noutput = json\n"),
        ),
        ("[default]\nregion = eu-north-1\noutput = text\n", None),
        ("[default]\noutput = text\n", None),
    ] {
        fs::write(&path, now).unwrap();
        match expected {
            Some(expected) => {
                edit_since(&path, Some(seen), set_region).unwrap();
                assert_eq!(fs::read_to_string(&path).unwrap(), expected);
            }
            None => {
                let error = edit_since(&path, Some(seen), set_region).unwrap_err();
                assert_eq!(error.code(), "files.conflict");
                assert_eq!(fs::read_to_string(&path).unwrap(), now);
            }
        }
    }
}

#[test]
fn an_edit_that_another_program_wrote_over_is_reported() {
    let home = TempDir::new().unwrap();
    let path = home.path().join("config");
    let before = "[default]\nregion = us-east-1\n";
    let moment = Duration::from_millis(60);
    fs::write(&path, before).unwrap();
    let edited = edit(&path, set_region).unwrap();
    assert_eq!(edited.overwritten_within(moment).unwrap(), [""; 0]);
    // Another line, written by a program that saw the edit.
    fs::write(&path, format!("{}output = json\n", edited.after_text)).unwrap();
    assert_eq!(edited.overwritten_within(moment).unwrap(), [""; 0]);
    // One that did not see it.
    fs::write(&path, before).unwrap();
    assert_eq!(
        edited.overwritten_within(moment).unwrap(),
        ["region in [default]"]
    );
}

#[test]
fn what_a_killed_keywell_left_is_cleared_away() {
    let home = TempDir::new().unwrap();
    let path = home.path().join("config");
    fs::write(home.path().join(".keywell-AbC123.tmp"), "left").unwrap();
    fs::write(home.path().join(".keywellrc.tmp"), "somebody's").unwrap();
    edit(&path, set_region).unwrap();
    assert_eq!(
        names(home.path()),
        [".keywell.lock", ".keywellrc.tmp", "config"]
    );
}

#[test]
fn debug_output_shows_no_text_of_a_file() {
    let home = TempDir::new().unwrap();
    let path = home.path().join("credentials");
    fs::write(&path, "[default]\naws_secret_access_key = SECRETSECRET\n").unwrap();
    let edited = edit(&path, set_region).unwrap();
    let shown = format!("{edited:?} {:?}", snapshot(&path).unwrap());
    assert!(!shown.contains("SECRET"), "{shown}");
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    fn chmod(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn new_files_are_for_their_owner_alone_and_old_ones_keep_their_mode() {
        let home = TempDir::new().unwrap();
        let path = home.path().join("a").join(".aws").join("config");
        edit(&path, set_region).unwrap();
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(path.parent().unwrap()), 0o700);
        assert_eq!(mode(&path.with_file_name(".keywell.lock")), 0o600);
        for old in [0o640, 0o644, 0o600] {
            chmod(&path, old);
            let edited = edit(&path, |document| {
                document.set("default", "mode", &format!("{old:o}"))
            })
            .unwrap();
            assert_eq!(mode(&path), old);
            chmod(&path, 0o666);
            restore(&path, &edited.before).unwrap();
            assert_eq!(mode(&path), old);
        }
    }

    #[test]
    fn a_read_only_file_is_not_replaced() {
        let home = TempDir::new().unwrap();
        let path = home.path().join("config");
        fs::write(&path, "[a]\n").unwrap();
        chmod(&path, 0o400);
        let error = edit(&path, set_region).unwrap_err();
        assert_eq!(error.code(), "files.not_writable");
        assert_eq!(fs::read_to_string(&path).unwrap(), "[a]\n");
    }

    #[test]
    fn an_unwritable_folder_is_named() {
        let home = TempDir::new().unwrap();
        let folder = home.path().join(".aws");
        fs::create_dir(&folder).unwrap();
        chmod(&folder, 0o500);
        // The superuser may write everywhere, and has a folder that nobody may write to.
        let free = fs::write(folder.join("try"), "").is_ok();
        let folder = if free {
            Path::new("/proc/self").to_path_buf()
        } else {
            folder
        };
        let error = edit(&folder.join("config"), set_region).unwrap_err();
        assert!(
            ["files.not_writable", "files.unwritable"].contains(&error.code()),
            "{error:?}"
        );
        assert!(error.path.starts_with(&folder), "{error:?}");
    }

    #[test]
    fn links_stay_links_and_their_target_is_edited() {
        let home = TempDir::new().unwrap();
        let dot = home.path().join("dot");
        let aws = home.path().join(".aws");
        fs::create_dir(&dot).unwrap();
        fs::create_dir(&aws).unwrap();
        fs::write(dot.join("config"), "[default]\n").unwrap();
        symlink("../dot/config", aws.join("second")).unwrap();
        symlink("second", aws.join("config")).unwrap();
        let edited = edit(&aws.join("config"), set_region).unwrap();
        assert_eq!(fs::read_to_string(dot.join("config")).unwrap(), WRITTEN);
        assert_eq!(
            fs::read_link(aws.join("config")).unwrap(),
            Path::new("second")
        );
        assert!(aws.join("second").is_symlink());
        restore(&aws.join("config"), &edited.before).unwrap();
        assert_eq!(
            fs::read_to_string(dot.join("config")).unwrap(),
            "[default]\n"
        );
        assert!(aws.join("config").is_symlink());
    }

    #[test]
    fn a_link_that_leads_nowhere_reads_as_no_file_and_is_not_written_through() {
        let home = TempDir::new().unwrap();
        let link = home.path().join("config");
        symlink("later/config", &link).unwrap();
        assert!(read(&link).unwrap().is_none());
        let circle = home.path().join("circle");
        symlink("circle", &circle).unwrap();
        for path in [&link, &circle] {
            assert_eq!(edit(path, set_region).unwrap_err().code(), "files.link");
        }
        assert_eq!(names(home.path()), ["circle", "config"]);
    }

    #[test]
    fn devices_read_as_empty_and_are_never_replaced() {
        assert_eq!(read(Path::new("/dev/null")).unwrap().unwrap().text(), "");
        assert_eq!(
            read(Path::new("/dev/zero")).unwrap_err().code(),
            "files.too_large"
        );
        let home = TempDir::new().unwrap();
        // Of the two, only the superuser can make the first: nobody else could replace the real device.
        let own = home.path().join("null");
        let made = Command::new("mknod")
            .arg(&own)
            .args(["c", "1", "3"])
            .output();
        let device = if made.is_ok_and(|made| made.status.success()) {
            own.as_path()
        } else {
            Path::new("/dev/null")
        };
        for error in [
            edit(device, set_region).unwrap_err(),
            snapshot(device).unwrap_err(),
        ] {
            assert_eq!(error.code(), "files.not_regular");
        }
    }
}
