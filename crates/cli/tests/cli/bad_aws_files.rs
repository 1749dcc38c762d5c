//! AWS files as nobody should have them: each command says clearly what is wrong, with the line, and writes nothing.

use std::{fs, io::Read as _, path::PathBuf};

use serde_json::{Value, json};

use crate::support::{Home, Ran};

const ROLE: &str = "role_arn = arn:aws:iam::123456789012:role/r\n";
const KEY: &str = "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n";

/// What a command makes of the file.
enum Answer {
    /// It goes on, and says this where something is wrong all the same.
    Done(&'static str),
    /// The code of the error, and what its message says.
    Refused(&'static str, &'static str),
}
use Answer::{Done, Refused};

struct Case {
    what: &'static str,
    make: fn(&Home),
    dump: Answer,
    edit: Answer,
    list: Answer,
    show: Answer,
}

const FILE: &str = ".aws/config";

/// A case in which all four commands refuse the file in the same words.
fn refused(what: &'static str, make: fn(&Home), code: &'static str, says: &'static str) -> Case {
    Case {
        what,
        make,
        dump: Refused(code, says),
        edit: Refused(code, says),
        list: Refused(code, says),
        show: Refused(code, says),
    }
}

/// Noise that is the same in each run.
fn noise() -> Vec<u8> {
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    std::iter::repeat_with(|| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed.to_le_bytes()[3]
    })
    .take(51 * 1024)
    .collect()
}

fn chain(home: &Home) {
    let links: String = (1..=30)
        .map(|number| {
            format!(
                "[profile c{number}]\n{ROLE}source_profile = c{}\n",
                number + 1
            )
        })
        .collect();
    let first = format!("[profile x]\n{ROLE}source_profile = c1\n");
    home.write(FILE, format!("{first}{links}[profile c31]\n{KEY}"));
}

fn cases() -> Vec<Case> {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "some cases are of Unix alone"))]
    let mut cases = vec![
        refused(
            "51 KB of random bytes",
            |home| drop(home.write(FILE, noise())),
            "files.not_text",
            "line 1 ",
        ),
        refused(
            "a directory in place of the file",
            |home| drop(home.write(".aws/config/inner", "")),
            "files.unreadable",
            "is a folder",
        ),
        refused(
            "a file of 100 MB",
            |home| {
                let path = home.write(FILE, "");
                let file = fs::File::options().write(true).open(path).unwrap();
                file.set_len(100 * 1024 * 1024).unwrap();
            },
            "files.unreadable",
            "too large",
        ),
        refused(
            "NUL bytes",
            |home| drop(home.write(FILE, b"[profile x]\nregion = a\0b\n")),
            "files.not_text",
            "line 2 ",
        ),
        refused(
            "invalid UTF-8",
            |home| drop(home.write(FILE, b"[profile x]\n# caf\xe9\nregion = a\n")),
            "files.not_text",
            "line 2 ",
        ),
        Case {
            what: "a profile that refers to itself",
            make: |home| drop(home.write(FILE, format!("[profile x]\n{ROLE}source_profile = x\n"))),
            dump: Done(""),
            edit: Done(""),
            list: Done(""),
            show: Done("line 3 of ~/.aws/config"),
        },
        Case {
            what: "a chain of 30",
            make: chain,
            dump: Done(""),
            edit: Done(""),
            list: Done(""),
            show: Done("more than 20 others"),
        },
        Case {
            what: "names that differ only in case",
            make: |home| {
                drop(home.write(FILE, "[profile x]\nregion = a\n[profile X]\nregion = b\n"));
            },
            dump: Done("\"X\""),
            edit: Done(""),
            list: Done("\"X\""),
            show: Done(""),
        },
    ];
    #[cfg(unix)]
    cases.extend([
        Case {
            what: "a dangling symlink",
            make: |home| {
                fs::create_dir(home.path(".aws")).unwrap();
                std::os::unix::fs::symlink("nowhere/config", home.path(FILE)).unwrap();
            },
            // AWS's tools go on without it too.
            dump: Done(""),
            edit: Refused("files.unwritable", "leads nowhere"),
            list: Done(""),
            show: Refused("profile.missing", "x"),
        },
        Case {
            what: "a read-only file",
            make: |home| {
                use std::os::unix::fs::PermissionsExt as _;
                let path = home.write(FILE, "[profile x]\nregion = a\n");
                fs::set_permissions(path, fs::Permissions::from_mode(0o400)).unwrap();
            },
            dump: Done(""),
            edit: Refused("files.unwritable", "config"),
            list: Done(""),
            show: Done(""),
        },
    ]);
    cases
}

#[track_caller]
fn check(what: &str, command: &str, ran: &Ran, expected: &Answer) {
    match expected {
        Done(says) => {
            assert_eq!(ran.code, 0, "{what}, {command}: {}", ran.stderr);
            assert!(
                ran.stdout.contains(says),
                "{what}, {command}: {}",
                ran.stdout
            );
        }
        Refused(code, says) => {
            assert_eq!(ran.code, 1, "{what}, {command}: {}", ran.stderr);
            assert_eq!(ran.stdout, "", "{what}, {command}");
            let error = ran.error();
            let text = |part: &str| error[part].as_str().unwrap().to_owned();
            assert_eq!(text("code"), *code, "{what}, {command}: {error}");
            assert!(text("message").contains(says), "{what}, {command}: {error}");
            assert!(!text("hint").is_empty(), "{what}, {command}: {error}");
        }
    }
}

/// What lies in `.aws`: a link by where it leads, a file by its length and its first megabyte.
fn files(home: &Home) -> Vec<(PathBuf, u64, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![home.path(".aws")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let known = fs::symlink_metadata(&path).unwrap();
            if known.is_dir() {
                folders.push(path);
            } else if known.is_symlink() {
                let leads_to = fs::read_link(&path).unwrap();
                found.push((
                    path,
                    0,
                    leads_to.to_string_lossy().into_owned().into_bytes(),
                ));
            } else {
                let mut bytes = Vec::new();
                let file = fs::File::open(&path).unwrap();
                file.take(1 << 20).read_to_end(&mut bytes).unwrap();
                found.push((path, known.len(), bytes));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn each_bad_file_gets_a_clear_answer_from_every_command_and_stays_as_it_is() {
    for case in cases() {
        let home = Home::new();
        (case.make)(&home);
        let before = files(&home);
        let what = case.what;
        for (command, arguments, expected) in [
            ("dump", &["--json", "files", "dump"][..], &case.dump),
            ("list", &["--json", "profile", "list"], &case.list),
            ("show", &["--json", "profile", "show", "x"], &case.show),
        ] {
            check(what, command, &home.run(arguments), expected);
            assert!(files(&home) == before, "{what}, {command}");
        }
        let change = json!({"section": "profile x", "values": {"output": "json"}});
        let path = home.path(FILE);
        let arguments = ["--json", "files", "edit", "--file", path.to_str().unwrap()];
        let ran = home.run_with(&arguments, &change.to_string());
        check(what, "edit", &ran, &case.edit);
        match case.edit {
            Refused(..) => assert!(files(&home) == before, "{what}, edit"),
            Done(_) => {
                let dumped: Value = home.run(&["files", "dump"]).passed().json();
                assert_eq!(dumped["profiles"]["x"]["output"], "json", "{what}");
                assert_eq!(dumped["profiles"]["X"]["output"], Value::Null, "{what}");
            }
        }
    }
}
