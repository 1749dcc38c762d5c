//! Each gets an error with a code, a sentence and a hint, and changes nothing.

use crate::support::{Home, KEY_ID, SECRET};

struct Case<'a> {
    arguments: &'a [&'a str],
    stdin: &'a str,
    exit: i32,
    code: &'a str,
}

fn case<'a>(arguments: &'a [&'a str], exit: i32, code: &'a str) -> Case<'a> {
    Case {
        arguments,
        stdin: "",
        exit,
        code,
    }
}

fn check(home: &Home, cases: &[Case<'_>]) {
    let before = home.contents();
    for Case {
        arguments,
        stdin,
        exit,
        code,
    } in cases
    {
        let ran = home.run_with(&[arguments, &["--json"] as &[&str]].concat(), stdin);
        let error = ran.error();
        assert_eq!(error["code"], *code, "{arguments:?}: {error}");
        assert_eq!(ran.code, *exit, "{arguments:?}: {error}");
        assert_eq!(ran.stdout, "", "{arguments:?}");
        assert_ne!(error["message"], "", "{arguments:?}: {error}");
        assert_ne!(error["hint"], "", "{arguments:?}: {error}");
        assert!(!ran.stderr.contains(SECRET), "{arguments:?}");
        assert_eq!(home.contents(), before, "{arguments:?}");
    }
}

#[test]
fn a_csv_that_is_not_one_is_refused() {
    let home = Home::new();
    home.write("empty.csv", "");
    home.write("header.csv", "Access key ID,Secret access key\r\n");
    home.write(
        "semicolons.csv",
        format!("Access key ID;Secret access key\r\n{KEY_ID};{SECRET}\r\n"),
    );
    home.write(
        "two.csv",
        format!(
            "User name,Access key ID,Secret access key\nana,{KEY_ID},{SECRET}\nben,AKIAI44QH8DHBEXAMPLE,{SECRET}\n"
        ),
    );
    let utf16: Vec<u8> = "Access key ID,Secret access key"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    home.write("utf16.csv", [vec![0xff, 0xfe], utf16].concat());
    home.write("noise.csv", vec![b'x'; 3 << 20]);
    home.write("folder/in.txt", "");
    check(
        &home,
        &[
            case(&["setup", "--csv", "none.csv"], 1, "csv.unreadable"),
            case(&["setup", "--csv", "folder"], 1, "csv.unreadable"),
            case(&["setup", "--csv", "empty.csv"], 1, "csv.empty"),
            case(&["setup", "--csv", "header.csv"], 1, "csv.no_key"),
            case(&["setup", "--csv", "semicolons.csv"], 1, "csv.delimiter"),
            case(&["setup", "--csv", "utf16.csv"], 1, "csv.not_a_csv"),
            case(&["setup", "--csv", "noise.csv"], 1, "csv.too_large"),
            case(&["setup", "--csv", "two.csv"], 2, "csv.several_keys"),
            case(
                &["setup", "--csv", "two.csv", "--row", "3"],
                1,
                "csv.no_key",
            ),
            case(&["setup", "--csv", "two.csv", "--row", "0"], 2, "usage"),
        ],
    );
}

#[test]
fn the_keys_of_a_csv_with_several_are_named() {
    let home = Home::new();
    home.write(
        "two.csv",
        format!(
            "User name,Access key ID,Secret access key\nana,{KEY_ID},{SECRET}\nben,AKIAI44QH8DHBEXAMPLE,{SECRET}\n"
        ),
    );
    let error = home.run(&["setup", "--csv", "two.csv", "--json"]).error();
    assert_eq!(
        error["cause"],
        "1: AKIAIOSFODNN7EXAMPLE of ana, 2: AKIAI44QH8DHBEXAMPLE of ben"
    );
}

#[test]
fn a_key_of_a_wrong_form_is_refused() {
    let keys: &[(&str, &str, &str)] = &[
        ("AKIAIOSFODNN7EXAMPL", SECRET, "key.id_form"),
        ("AKIAIOSFODNN7EXAMPLE1", SECRET, "key.id_form"),
        (KEY_ID, "tooshort", "key.secret_form"),
        (
            KEY_ID,
            " wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "key.secret_form",
        ),
        ("ASIAIOSFODNN7EXAMPLE", SECRET, "key.token_missing"),
        (KEY_ID, "", "usage"),
    ];
    let home = Home::new();
    for (key_id, stdin, code) in keys {
        let arguments = ["setup", "--key-id", key_id, "--profile", "media"];
        check(
            &home,
            &[Case {
                arguments: &arguments,
                stdin,
                exit: 2,
                code,
            }],
        );
    }
}

#[test]
fn a_value_of_a_wrong_form_is_refused_before_anything_is_asked() {
    let home = Home::new();
    home.write(".aws/config", "[profile media]\nregion = eu-west-1\n");
    let values: &[(&[&str], i32, &str)] = &[
        (&["--profile", ""], 2, "profile.name"),
        (&["--profile", "a]b"], 2, "profile.name"),
        (&["--profile", "a\nb"], 2, "profile.name"),
        (&["--profile", "media"], 1, "profile.exists"),
        (&["--profile", "x", "--region", "Europe"], 2, "region.form"),
        (
            &["--profile", "x", "--endpoint-url", "ftp://127.0.0.1"],
            2,
            "endpoint.form",
        ),
        (&["--profile", "x", "--output", "xml"], 2, "profile.value"),
        (&["--profile", "x", "--store", "plain"], 2, "usage"),
        (&["--profile", "x", "--delete-csv"], 2, "usage"),
        (&["--profile", "x", "--csv", "a.csv"], 2, "usage"),
        (&["--profile", "x", "--confirm-root", "yes"], 2, "usage"),
    ];
    for (more, exit, code) in values {
        let arguments = [&["setup", "--key-id", KEY_ID, "--no-test"] as &[&str], more].concat();
        check(
            &home,
            &[Case {
                arguments: &arguments,
                stdin: SECRET,
                exit: *exit,
                code,
            }],
        );
    }
}

#[test]
fn what_is_not_there_or_makes_no_sense_is_refused() {
    let home = Home::new();
    home.write(
        ".aws/config",
        "[profile media]\nregion = eu-west-1\n[profile film]\nregion = eu-west-1\n",
    );
    home.write("folder/in.txt", "");
    check(
        &home,
        &[
            case(&["setup"], 2, "usage"),
            case(&["setup", "--create-for", "ana"], 2, "usage"),
            case(&["setup", "--from-profile", "none"], 1, "profile.missing"),
            case(
                &["setup", "--from-profile", "media"],
                1,
                "profile.not_plain",
            ),
            case(&["test", "none"], 1, "profile.missing"),
            case(&["profile", "show", "none"], 1, "profile.missing"),
            case(&["profile", "set", "media"], 2, "usage"),
            case(&["profile", "set", "media", "region"], 2, "usage"),
            case(
                &["profile", "set", "none", "region=eu-west-1"],
                1,
                "profile.missing",
            ),
            case(
                &["profile", "set", "media", "region=Europe"],
                2,
                "region.form",
            ),
            case(
                &["profile", "set", "media", "region=eu-west-1", "--create"],
                1,
                "profile.exists",
            ),
            case(&["profile", "copy", "media", "film"], 1, "profile.exists"),
            case(&["profile", "rename", "none", "new"], 1, "profile.missing"),
            case(&["profile", "rename", "media", "a]b"], 2, "profile.name"),
            case(&["profile", "remove", "none"], 1, "profile.missing"),
            case(&["key", "delete", KEY_ID], 2, "usage"),
            case(&["user", "list", "--profile", "none"], 1, "profile.missing"),
            case(&["credential-process"], 2, "usage"),
            case(&["practice", "stop"], 1, "practice.failed"),
            case(&["practice", "start", "--latency", "long"], 2, "usage"),
            case(&["practice", "start", "--faults", "none.json"], 2, "usage"),
            case(&["s3", "ls", "my-bucket"], 2, "usage"),
            case(&["s3", "mb", "s3://Bad_Name"], 2, "s3.bucket_name"),
            case(&["s3", "mb", "s3://good-name/key"], 2, "usage"),
            case(&["s3", "cp", "here.txt", "there.txt"], 2, "usage"),
            case(&["s3", "cp", "folder", "s3://bucket"], 2, "usage"),
            case(&["s3", "cp", "s3://bucket/", "."], 2, "usage"),
            case(
                &["s3", "cp", "a", "s3://b/a", "--on-conflict", "newer"],
                2,
                "usage",
            ),
            case(&["s3", "rm", "s3://bucket"], 2, "usage"),
            case(
                &["s3", "presign", "s3://bucket/key", "--expires-in", "700000"],
                2,
                "s3.presign_too_long",
            ),
            case(&["s3", "ls", "--profile", "none"], 1, "profile.missing"),
        ],
    );
}
