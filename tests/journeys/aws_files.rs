//! `keywell files` against the real AWS CLI and boto3: the same bytes written, the same source found.

use keywell_journeys::Home;
use serde_json::{Value, json};
use std::fs;

/// A file, a section of it, and the values to set there.
type Case = (String, &'static str, Vec<(&'static str, &'static str)>);

/// Texts, a section in them, and what is set there one after the other.
fn cases() -> Vec<Case> {
    let texts = [
        "",
        "[default]\n",
        "[default]",
        "[default]\nregion = us-east-1\n",
        "[default]\nregion = us-east-1",
        "[default]\nregion = us-east-1\n\n",
        "[default]\nregion = us-east-1\n\n\n\n",
        "[default]\nregion = us-east-1\n# the end\n",
        "# top\n\n[default]\nregion = us-east-1\noutput = json\n\n[profile a]\nregion = eu-west-1\n",
        "[default]\n# output = text\n[profile a]\nregion = eu-west-1\n\n[profile b]\noutput = json\n",
        "[profile a]\nregion = eu-west-1\n# output = text\n# a note\n[profile b]\noutput = json\n",
        "[profile a]\n\n[profile b]\noutput = json\n",
        "[profile a]\nregion = eu-west-1\ns3 =\n    max_queue_size = 5\n\n[profile b]\noutput = json\n",
        "[profile a]\nregion = eu-west-1\ns3 =\n  max_queue_size = 5\noutput = json\n",
        "[profile a]\nrole_arn = arn:aws:iam::123456789012:role/r\n; note\nsource_profile = b\n[sso-session s]\nsso_region = us-east-1\n",
        "[profile 'a b']\nregion = eu-west-1\n\n[profile c]\noutput = json\n",
    ];
    let sections = ["default", "profile a", "profile 'a b'", "profile new"];
    let edits: [&[(&str, &str)]; 5] = [
        &[("region", "ap-south-1")],
        &[("retry_mode", "adaptive")],
        &[
            ("retry_mode", "adaptive"),
            ("max_attempts", "3"),
            ("region", "x"),
        ],
        &[("sso_start_url", "https://x.awsapps.com/start/#/")],
        &[("cli_pager", "")],
    ];
    let mut cases = Vec::new();
    for text in texts {
        for section in sections {
            for edit in edits {
                cases.push((text.to_owned(), section, edit.to_vec()));
            }
        }
    }
    cases
}

const CONFIGURE_SET: &str = r#"
import json, os, sys
from awscli.customizations.configure.writer import ConfigFileWriter
from botocore.configloader import raw_config_parse
path = os.path.join(sys.argv[1], "file")
for case in json.load(sys.stdin):
    text, section, edits = case
    with open(path, "w") as file: file.write(text)
    if not text: os.remove(path)
    for key, value in edits:
        ConfigFileWriter().update_config({"__section__": section, key: value}, path)
    print(json.dumps(open(path).read()))
"#;

#[test]
fn an_edit_writes_the_same_bytes_as_aws_configure_set() {
    let home = Home::new();
    let cases = cases();
    let asked = json!(
        cases
            .iter()
            .map(|(text, section, edits)| json!([text, section, edits]))
            .collect::<Vec<_>>()
    );
    let theirs = home.python_with_input(
        CONFIGURE_SET,
        &[&home.path().to_string_lossy()],
        &asked.to_string(),
    );
    let theirs: Vec<Value> = theirs
        .succeeded()
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("a line of JSON"))
        .collect();
    assert_eq!(theirs.len(), cases.len());
    let path = home.join("ours");
    for ((text, section, edits), expected) in cases.iter().zip(theirs) {
        match text.as_str() {
            "" => drop(fs::remove_file(&path)),
            text => drop(home.write_old("ours", text)),
        }
        let values: serde_json::Map<String, Value> = edits
            .iter()
            .map(|(key, value)| ((*key).to_owned(), json!(value)))
            .collect();
        let edit = json!({"section": section, "values": values}).to_string();
        home.keywell_with_input(
            &["files", "edit", "--json", "--file", &path.to_string_lossy()],
            &edit,
        )
        .succeeded();
        let found = fs::read_to_string(&path).expect("it was written");
        // Keywell gives a last line no ending that it had not, where it only changes its value.
        let same = json!(found) == expected
            || !text.ends_with('\n') && json!(format!("{found}\n")) == expected;
        assert!(
            same,
            "{text:?} {section} {edits:?}: {found:?}, not {expected}"
        );
    }
}

/// Which provider gave boto3 its credentials, where the profile is named (as the AWS CLI does with `--profile`) or not.
const METHOD: &str = r#"
import json, os, sys
import botocore.session
for case in json.load(sys.stdin):
    config, credentials, environment, profile, named = case
    folder = sys.argv[1]
    for name, text in (("config", config), ("credentials", credentials)):
        with open(os.path.join(folder, name), "w") as file: file.write(text)
    os.environ.update(AWS_CONFIG_FILE=os.path.join(folder, "config"), AWS_SHARED_CREDENTIALS_FILE=os.path.join(folder, "credentials"))
    if not named: os.environ["AWS_PROFILE"] = profile
    os.environ.update(environment)
    try:
        found = botocore.session.Session(profile=profile if named else None).get_credentials()
        print(json.dumps(found.method if found else None))
    except Exception as error:
        print(json.dumps("refused: %s" % type(error).__name__))
    for name in [*environment, "AWS_PROFILE"]: os.environ.pop(name, None)
"#;

#[test]
fn explain_names_the_source_that_botocore_uses() {
    const KEYS: &str = "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n";
    let home = Home::new();
    let helper = home.write("helper.sh", "#!/bin/sh\necho '{\"Version\":1,\"AccessKeyId\":\"AKIAIOSFODNN7EXAMPLE\",\"SecretAccessKey\":\"x\"}'\n");
    let process = format!("credential_process = sh {}\n", helper.display());
    let role = "role_arn = arn:aws:iam::123456789012:role/r\nsource_profile = base\n";
    let own_role = "role_arn = arn:aws:iam::123456789012:role/r\nsource_profile = x\n";
    let web = "role_arn = arn:aws:iam::123456789012:role/r\nweb_identity_token_file = /t\n";
    let sso = "sso_account_id = 123456789012\nsso_role_name = r\nsso_region = us-east-1\nsso_start_url = https://x\n";
    let keys = json!({"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "x"});
    let none = json!({});
    let both = format!("{process}{KEYS}");
    let cases: Vec<(&str, &str, &Value, bool)> = vec![
        ("", KEYS, &none, false),
        (KEYS, "", &none, false),
        (KEYS, KEYS, &none, false),
        (&process, "", &none, false),
        (&process, KEYS, &none, false),
        (&both, "", &none, false),
        (role, "", &none, false),
        (own_role, KEYS, &none, false),
        (web, "", &none, false),
        (web, KEYS, &none, false),
        (sso, "", &none, false),
        (sso, KEYS, &none, false),
        ("region = eu-west-1\n", "", &none, false),
        ("", KEYS, &keys, false),
        ("", KEYS, &keys, true),
        (role, "", &keys, false),
    ];
    let files = |config: &str, credentials: &str| {
        (
            format!("[profile x]\n{config}"),
            format!("[x]\n{credentials}[base]\n{KEYS}"),
        )
    };
    let asked: Vec<Value> = cases
        .iter()
        .map(|(config, credentials, environment, named)| {
            let (config, credentials) = files(config, credentials);
            json!([config, credentials, environment, "x", named])
        })
        .collect();
    fs::create_dir(home.join("theirs")).expect("a folder below the home");
    let theirs = home
        .python_with_input(
            METHOD,
            &[&home.join("theirs").to_string_lossy()],
            &json!(asked).to_string(),
        )
        .succeeded();
    let words = |method: &Value| match method.as_str() {
        Some("shared-credentials-file") => "credentials_file",
        Some("config-file") => "config_file",
        Some("custom-process") => "credential_process",
        Some("assume-role") => "assume_role",
        Some("assume-role-with-web-identity") => "web_identity",
        Some("sso") => "sso",
        Some("env") => "environment",
        None => "none",
        other => panic!("{other:?}"),
    };
    assert_eq!(theirs.stdout.lines().count(), cases.len());
    for ((config, credentials, environment, named), line) in cases.iter().zip(theirs.stdout.lines())
    {
        let expected = words(&serde_json::from_str(line).expect("a line of JSON"));
        let (config, credentials) = files(config, credentials);
        home.write_old(".aws/config", &config);
        home.write_old(".aws/credentials", &credentials);
        let mut command = home.command(keywell_journeys::keywell_program());
        command.args(["files", "explain", "x", "--json"]);
        for (name, value) in environment.as_object().expect("an object") {
            command.env(name, value.as_str().expect("a string"));
        }
        let explained = keywell_journeys::Outcome::of(&mut command, "")
            .succeeded()
            .json();
        let boto = &explained["clients"][1];
        assert_eq!(boto["client"], "boto3");
        let source = if *named && boto["even_when_named"] == false {
            "in_profile"
        } else {
            "source"
        };
        assert_eq!(
            boto[source], expected,
            "{config}{credentials}{environment} {named}"
        );
        assert_eq!(
            explained["clients"][0]["source"], boto["source"],
            "the AWS CLI is built on botocore"
        );
    }
}
