//! `keywell files`: scripts rely on its form, so it is held against AWS's own vectors and against a table.

use std::{path::PathBuf, process::Command};

use serde_json::{Value, json};

use crate::support::{Home, Ran};

/// One of the files of test vectors that all AWS SDKs share, as the `aws-runtime` crate that this project is built with ships them.
fn vectors(name: &str) -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--offline", "--locked"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    let package = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .find(|package| package["name"] == "aws-runtime")
        .unwrap();
    let manifest = PathBuf::from(package["manifest_path"].as_str().unwrap());
    let path = manifest.with_file_name("test-data").join(name);
    let file: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    file["tests"].as_array().unwrap().clone()
}

fn dump(home: &Home, config: &str, credentials: &str) -> Ran {
    home.write("c", config);
    home.write("k", credentials);
    home.run(&["files", "dump", "--config", "c", "--credentials", "k"])
}

#[test]
fn files_are_read_as_the_shared_vectors_of_the_sdks_say() {
    let home = Home::new();
    let vectors = vectors("profile-parser-tests.json");
    assert_eq!(vectors.len(), 65);
    for vector in vectors {
        let text = |name: &str| vector["input"][name].as_str().unwrap_or_default();
        let ran = dump(&home, text("configFile"), text("credentialsFile"));
        match vector["output"].get("config") {
            Some(expected) => {
                let found = ran.passed().json();
                assert_eq!(found["profiles"], expected["profiles"], "{vector}");
                let sessions = expected.get("sso_sessions").cloned();
                let sessions = sessions.unwrap_or_else(|| json!({}));
                assert_eq!(found["sso_sessions"], sessions, "{vector}");
            }
            None => {
                assert!(vector["output"]["errorContaining"].is_string());
                assert_eq!(ran.code, 1, "{vector}");
                assert_eq!(ran.stdout, "", "{vector}");
            }
        }
    }
}

#[test]
fn files_are_found_where_the_shared_vectors_of_the_sdks_say() {
    let home = Home::new();
    let vectors = vectors("file-location-tests.json");
    assert_eq!(vectors.len(), 9);
    for vector in vectors {
        let platform = vector["platform"].as_str().unwrap();
        let environment = vector["environment"].as_object().unwrap();
        let output = home
            .command(&["files", "where", "--json", "--platform", platform])
            .env_clear()
            .envs(
                environment
                    .iter()
                    .map(|(name, value)| (name, value.as_str().unwrap())),
            )
            .output()
            .unwrap();
        let found: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(
            found["config"]["path"], vector["configLocation"],
            "{vector}"
        );
        assert_eq!(
            found["credentials"]["path"], vector["credentialsLocation"],
            "{vector}"
        );
        if let Some(profile) = vector.get("profile") {
            assert_eq!(found["profile"]["name"], *profile, "{vector}");
        }
        for part in ["config", "credentials", "profile"] {
            assert!(
                found[part]["why"].as_str().unwrap().ends_with('.'),
                "{found}"
            );
        }
    }
}

#[test]
fn dump_shows_services_and_says_for_which_line_the_sdks_refuse_a_file() {
    let home = Home::new();
    let config = "[profile a]\nservices = local\n[services local]\ns3 =\n  endpoint_url = http://127.0.0.1:9000\n";
    assert_eq!(
        dump(&home, config, "[a]\nAWS_Access_Key_Id = x\n")
            .passed()
            .json(),
        json!({
            "profiles": {"a": {"services": "local", "aws_access_key_id": "x"}},
            "sso_sessions": {},
            "services": {"local": {"s3": "\nendpoint_url = http://127.0.0.1:9000"}},
        })
    );
    for (config, credentials, line) in [
        ("[profile a]\n[profile b", "", 2),
        ("# c\n\nname = value", "", 3),
        ("[profile a]\nx = 1\ny : 2\n", "", 3),
        ("[profile a]\n= 1\n", "", 2),
        ("[profile a]\n\n  x = 1\n", "", 3),
        ("[profile a]\ns3 =\n  x\n", "", 3),
        ("\u{feff}[profile a]\n", "", 1),
        ("[profile a]\n", "[a]\nx\n", 2),
    ] {
        let ran = dump(&home, config, credentials);
        assert_eq!(ran.code, 1, "{config:?}");
        let file = if credentials.is_empty() { "c" } else { "k" };
        let place = format!("refuse {file} because of line {line}.");
        assert!(ran.stderr.contains(&place), "{config:?}: {}", ran.stderr);
    }
    assert_eq!(
        home.run(&["files", "dump", "--config", "none", "--credentials", "none"])
            .passed()
            .json(),
        json!({"profiles": {}, "sso_sessions": {}, "services": {}})
    );
}

fn edit(home: &Home, file: &str, edit: &Value) -> Ran {
    home.run_with(
        &["files", "edit", "--file", file, "--json"],
        &edit.to_string(),
    )
}

#[test]
fn an_edit_sets_nests_and_removes_and_leaves_the_rest() {
    let home = Home::new();
    let before = "# mine\r\n[profile x]\r\nregion=us-east-1\r\noutput = json\r\n\r\n[ default ]\r\nregion = b # c";
    home.write("aws/config", before);
    let change = json!({"section": "profile x", "values": {
        "region": "eu-west-1", "s3": {"addressing_style": "path", "max_queue_size": 5}, "output": null,
    }});
    assert_eq!(
        edit(&home, "aws/config", &change).passed().json(),
        json!({"changed": true})
    );
    let after = "# mine\r\n[profile x]\r\nregion=eu-west-1\r\ns3 =\r\n  addressing_style = path\r\n  max_queue_size = 5\r\n\r\n[ default ]\r\nregion = b # c";
    assert_eq!(home.read("aws/config"), after);
    assert_eq!(
        edit(&home, "aws/config", &change).passed().json(),
        json!({"changed": false})
    );
    let change = json!({"section": "profile x", "values": {"s3": {"addressing_style": null, "max_queue_size": null}}});
    edit(&home, "aws/config", &change).passed();
    assert_eq!(
        home.read("aws/config"),
        "# mine\r\n[profile x]\r\nregion=eu-west-1\r\n\r\n[ default ]\r\nregion = b # c"
    );
}

#[cfg(unix)]
#[test]
fn a_new_file_and_its_folder_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = Home::new();
    let change = json!({"section": "default", "values": {"region": "eu-west-1"}});
    edit(&home, "new/.aws/config", &change).passed();
    assert_eq!(
        home.read("new/.aws/config"),
        "[default]\nregion = eu-west-1\n"
    );
    let mode = |path: &str| home.path(path).metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("new/.aws/config"), 0o600);
    assert_eq!(mode("new/.aws"), 0o700);
}

#[test]
fn an_edit_that_can_not_be_written_is_refused_and_changes_nothing() {
    let home = Home::new();
    home.write("config", "[profile x]\nregion = a\n");
    let before = home.contents();
    let values = |values: Value| json!({"section": "profile x", "values": values});
    for change in [
        values(json!({"region": "a\nb"})),
        values(json!({"region": "a\rb"})),
        values(json!({"re\ngion": "a"})),
        values(json!({"": "a"})),
        values(json!({"a=b": "a"})),
        values(json!({"region": "a # b"})),
        values(json!({"region": ["a"]})),
        values(json!({"s3": {"a": "b\nc"}})),
        values(json!({"s3": {"a\n": "b"}})),
        values(json!({"s3": {"a": {"b": "c"}}})),
        values(json!({"fine": "a", "region": "a\nb"})),
        json!({"section": "profile x]\n[y", "values": {"a": "b"}}),
        json!({"section": "profile y\n", "values": {"a": "b"}}),
        json!({"section": "", "values": {"a": "b"}}),
        json!({"section": 1, "values": {"a": "b"}}),
        json!({"section": "profile x"}),
        json!({"section": "profile x", "values": {}, "more": 1}),
        json!([]),
    ] {
        let ran = edit(&home, "config", &change);
        assert_eq!(ran.code, 2, "{change}: {}", ran.stderr);
        let error = ran.error();
        assert!(!error["message"].as_str().unwrap().is_empty(), "{change}");
        assert!(!error["hint"].as_str().unwrap().is_empty(), "{change}");
        assert_eq!(home.contents(), before, "{change}");
    }
    let ran = home.run_with(&["files", "edit", "--file", "config"], "{");
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("line 1"), "{}", ran.stderr);
}

/// What each client takes, in the order of the issue: AWS CLI, boto3, Rust, Go, Java, JavaScript, .NET.
fn sources(home: &Home, profile: &str) -> Vec<String> {
    let explained = home
        .run(&["files", "explain", profile, "--json"])
        .passed()
        .json();
    assert_eq!(explained["profile"], profile);
    let clients = explained["clients"].as_array().unwrap();
    let ids: Vec<_> = clients
        .iter()
        .map(|client| client["client"].as_str().unwrap())
        .collect();
    assert_eq!(
        ids,
        [
            "aws-cli",
            "boto3",
            "rust",
            "go",
            "java",
            "javascript",
            "dotnet"
        ]
    );
    clients
        .iter()
        .map(|client| client["source"].as_str().unwrap().to_owned())
        .collect()
}

const STATIC: &str = "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n";

#[test]
fn explain_says_what_each_client_takes() {
    let process = "credential_process = /bin/helper\n";
    let role = "role_arn = arn:aws:iam::123456789012:role/r\nsource_profile = base\n";
    let web = "role_arn = arn:aws:iam::123456789012:role/r\nweb_identity_token_file = /t\n";
    let sso = "sso_account_id = 123456789012\nsso_role_name = r\nsso_region = us-east-1\nsso_start_url = https://x\n";
    let same = |word: &str| vec![word.to_owned(); 7];
    let each = |words: [&str; 7]| words.map(str::to_owned).to_vec();
    let (cp, k, c) = ("credential_process", "credentials_file", "config_file");
    for (config, credentials, expected) in [
        (String::new(), STATIC, same(k)),
        (STATIC.to_owned(), "", same(c)),
        (STATIC.to_owned(), STATIC, same(k)),
        (process.to_owned(), "", same(cp)),
        (
            process.to_owned(),
            STATIC,
            each([k, k, cp, k, cp, k, "refused"]),
        ),
        (
            format!("{process}{STATIC}"),
            "",
            each([cp, cp, cp, c, cp, c, "refused"]),
        ),
        (role.to_owned(), "", same("assume_role")),
        (web.to_owned(), "", same("web_identity")),
        (sso.to_owned(), "", same("sso")),
        (
            sso.to_owned(),
            STATIC,
            each(["sso", "sso", "sso", k, "sso", k, "sso"]),
        ),
        ("region = eu-west-1\n".to_owned(), "", same("none")),
    ] {
        let home = Home::new();
        home.write(".aws/config", format!("[profile x]\n{config}"));
        home.write(
            ".aws/credentials",
            format!("[x]\n{credentials}[base]\n{STATIC}"),
        );
        assert_eq!(sources(&home, "x"), expected, "{config}{credentials}");
    }
}

#[test]
fn explain_says_which_variables_win() {
    let mut home = Home::new();
    home.write(
        ".aws/credentials",
        format!("[default]\n{STATIC}[x]\n{STATIC}"),
    );
    home.set("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE");
    assert_eq!(sources(&home, "x"), vec!["credentials_file"; 7]);
    home.set("AWS_SECRET_ACCESS_KEY", "x");
    home.set("AWS_REGION", "eu-west-1");
    let e = "environment";
    assert_eq!(sources(&home, "default"), vec![e; 7]);
    assert_eq!(sources(&home, "x"), [e, e, e, e, e, "credentials_file", e]);
    insta::assert_snapshot!(home.run(&["files", "explain", "x"]).passed().stdout);
}

#[test]
fn a_profile_that_acts_through_itself_or_through_too_many_is_an_error_with_its_line() {
    let home = Home::new();
    let role = "role_arn = arn:aws:iam::123456789012:role/r\n";
    let chain: String = (0..30)
        .map(|number| {
            format!(
                "[profile c{number}]\n{role}source_profile = c{}\n",
                number + 1
            )
        })
        .collect();
    home.write(
        ".aws/config",
        format!(
            "[profile self]\n{role}source_profile = self\n[profile a]\n{role}source_profile = b\n[profile b]\n{role}source_profile = a\n[profile lost]\nsource_profile = none\n{chain}[profile c30]\n{STATIC}"
        ),
    );
    let before = home.contents();
    for (profile, line, says) in [
        ("self", 3, "acts through itself"),
        ("a", 9, "acts through itself"),
        ("lost", 11, "is not there"),
        ("c0", 71, "more than 20 others"),
    ] {
        let ran = home.run(&["--json", "files", "explain", profile]);
        assert_eq!(ran.code, 1, "{}", ran.stderr);
        let message = ran.error()["message"].as_str().unwrap().to_owned();
        assert!(message.contains(says), "{message}");
        assert!(message.contains(&format!("line {line} of ")), "{message}");
    }
    assert_eq!(
        home.run(&["--json", "files", "explain", "nobody"]).error()["code"],
        "profile.missing"
    );
    assert_eq!(home.contents(), before);
    // One that has a key may act through itself; all but Java let it.
    home.write(
        ".aws/config",
        format!("[profile self]\n{role}source_profile = self\n{STATIC}"),
    );
    let assumed = "assume_role";
    assert_eq!(
        sources(&home, "self"),
        [
            assumed, assumed, assumed, assumed, "refused", assumed, "refused"
        ]
    );
}

#[test]
fn repair_shows_what_it_mends_and_writes_only_when_told() {
    let home = Home::new();
    let before = "[ default ]\naws_secret_access_key = x # mine\n[profile a]\nregion = a\n[profile A]\nregion = b\n";
    home.write(".aws/config", before);
    let shown = home.run(&["files", "repair"]).passed().stdout;
    insta::assert_snapshot!(shown);
    assert_eq!(home.read(".aws/config"), before);
    let done = home
        .run(&["files", "repair", "--yes", "--json"])
        .passed()
        .json();
    assert_eq!(done["changed"], true);
    assert_eq!(done["problems"][0]["line"], 1);
    let after = "[default]\n# mine\naws_secret_access_key = x\n[profile a]\nregion = a\n[profile A]\nregion = b\n";
    assert_eq!(home.read(".aws/config"), after);
    let again = home
        .run(&["files", "repair", "--yes", "--json"])
        .passed()
        .json();
    assert_eq!(again["changed"], false);
}
