//! Sessions of roles, as the real clients and a hundred processes at once get them.

use std::{process::Stdio, thread, time::Duration};

use keywell_journeys::{Home, Outcome, Practice, wait_for};

use crate::clients;

const PREPARE: &str = r#"
import boto3, json, sys
iam = boto3.Session(profile_name=sys.argv[1]).client("iam")
account = boto3.Session(profile_name=sys.argv[1]).client("sts").get_caller_identity()["Account"]
trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:AssumeRole"}]}
may = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
role = iam.create_role(RoleName="Buckets", AssumeRolePolicyDocument=json.dumps(trust))["Role"]
iam.put_role_policy(RoleName="Buckets", PolicyName="inline", PolicyDocument=json.dumps(may))
print(role["Arn"])
"#;

/// A keychain-backed profile `base`, a role behind it, and `prod`, whose sessions Keywell hands out.
fn prepare(home: &Home, options: &[&str]) -> Practice {
    let practice = Practice::start(home, options);
    home.keywell(&[
        "setup",
        "--csv",
        &practice.csv().to_string_lossy(),
        "--profile",
        "base",
        "--region",
        "us-east-1",
        "--endpoint-url",
        practice.url(),
    ])
    .succeeded();
    let role = home.python(PREPARE, &["base"]).succeeded();
    let helper = keywell_journeys::keywell_program();
    let config = home.aws_config();
    let url = practice.url();
    home.write(
        ".aws/config",
        format!(
            "{config}
[profile prod-role]
role_arn = {}
source_profile = base
region = us-east-1
endpoint_url = {url}

[profile prod]
region = us-east-1
endpoint_url = {url}
credential_process = {} credential-process --profile prod-role
",
            role.stdout.trim(),
            helper.display()
        ),
    );
    practice
}

/// Runs the helper so many times at once; what each of them printed.
fn at_once(home: &Home, number: usize) -> Vec<Outcome> {
    thread::scope(|scope| {
        let callers: Vec<_> = (0..number)
            .map(|_| {
                scope.spawn(|| {
                    let mut command = home.command(keywell_journeys::keywell_program());
                    command
                        .args(["credential-process", "--profile", "prod-role"])
                        .stdin(Stdio::null());
                    Outcome::of(&mut command, "")
                })
            })
            .collect();
        callers
            .into_iter()
            .map(|caller| caller.join().expect("no panic"))
            .collect()
    })
}

#[test]
fn a_hundred_callers_at_once_make_one_call_of_sts() {
    let home = Home::new();
    let practice = prepare(&home, &[]);
    let outcomes = at_once(&home, 100);
    let first = outcomes[0].json();
    for outcome in &outcomes {
        assert!(outcome.status.success(), "{outcome:#?}");
        assert_eq!(outcome.json()["AccessKeyId"], first["AccessKeyId"]);
    }
    assert_eq!(practice.calls("sts:AssumeRole"), 1);
    // The network is gone; the session still lives.
    drop(practice);
    assert_eq!(at_once(&home, 1)[0].json(), first);
}

#[test]
fn the_aws_cli_and_boto3_act_as_the_role_that_keywell_assumed() {
    let home = Home::new();
    let practice = prepare(&home, &[]);
    let who = clients::identity(&home, "prod");
    assert!(
        who["Arn"]
            .as_str()
            .is_some_and(|arn| arn.ends_with(":assumed-role/Buckets/keywell-prod-role")),
        "{who:#}"
    );
    assert_eq!(practice.calls("sts:AssumeRole"), 1);
    // The profile that the SDKs resolve by themselves is the same role. Each of them names its
    // session after the second it starts in.
    for arn in clients::arns(&home, "prod-role") {
        assert!(
            arn.contains(":assumed-role/Buckets/botocore-session-"),
            "{arn}"
        );
    }
}

#[test]
fn exec_gives_boto3_the_role_by_variables_and_by_a_server() {
    let home = Home::new();
    let _practice = prepare(&home, &[]);
    let script = "import boto3; print(boto3.client('sts').get_caller_identity()['Arn'])";
    let python = keywell_journeys::python_program("python");
    let python = python.to_string_lossy();
    for more in [&[][..], &["--server"]] {
        let mut arguments = vec!["exec", "prod-role"];
        arguments.extend(more);
        arguments.extend(["--", &python, "-c", script]);
        let outcome = home.keywell(&arguments).succeeded();
        assert!(
            outcome.stdout.contains("assumed-role/Buckets/"),
            "{outcome:#?}"
        );
    }
    // A plain key makes a session too when it is handed out by a server.
    let plain = ["exec", "base", "--server", "--", &python, "-c", script];
    let outcome = home.keywell(&plain).succeeded();
    assert!(outcome.stdout.contains(":user/admin"), "{outcome:#?}");
}

#[test]
fn a_caller_that_dies_while_it_asks_does_not_block_the_next() {
    let home = Home::new();
    let slow = r#"[{"service":"sts","operation":"AssumeRole","delay_ms":4000,"times":1}]"#;
    let faults = home.write("faults.json", slow);
    let practice = prepare(&home, &["--faults", &faults.to_string_lossy()]);
    let mut command = home.command(keywell_journeys::keywell_program());
    command.args(["credential-process", "--profile", "prod-role"]);
    let mut child = command.stdout(Stdio::null()).spawn().expect("it starts");
    wait_for("the call of the first", Duration::from_secs(10), || {
        (practice.calls("sts:AssumeRole") == 1).then_some(())
    });
    child.kill().expect("it is killed");
    child.wait().expect("it ended");
    assert_eq!(at_once(&home, 1)[0].json()["Version"], 1);
    assert_eq!(practice.calls("sts:AssumeRole"), 2);
}
