//! What the real AWS CLI and boto3 say about a profile that Keywell made.

use keywell_journeys::Home;
use serde_json::Value;

const READ_OBJECT: &str = r#"
import boto3, hashlib, sys
profile, bucket, key = sys.argv[1:4]
body = boto3.Session(profile_name=profile).client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
print(len(body), hashlib.sha256(body).hexdigest())
"#;

const WHO: &str = r#"
import boto3, json, sys
answer = boto3.Session(profile_name=sys.argv[1]).client("sts").get_caller_identity()
print(json.dumps({name: answer[name] for name in ("Account", "Arn", "UserId")}))
"#;

const LIST_BUCKETS: &str = r#"
import boto3, sys
for bucket in boto3.Session(profile_name=sys.argv[1]).client("s3").list_buckets()["Buckets"]:
    print(bucket["Name"])
"#;

const MAKE_USER: &str = r#"
import boto3, json, sys
iam = boto3.Session(profile_name=sys.argv[1]).client("iam")
iam.create_user(UserName=sys.argv[2])
may = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
iam.put_user_policy(UserName=sys.argv[2], PolicyName="buckets", PolicyDocument=json.dumps(may))
"#;

/// Asks the AWS CLI and boto3 who this profile is; both have to say the same.
pub fn identity(home: &Home, profile: &str) -> Value {
    let [by_cli, by_boto] = identities(home, profile);
    assert_eq!(by_cli, by_boto);
    by_cli
}

/// The ARNs that the AWS CLI and boto3 see of this profile, each by itself.
pub fn arns(home: &Home, profile: &str) -> [String; 2] {
    identities(home, profile).map(|who| who["Arn"].as_str().expect("an ARN").to_owned())
}

fn identities(home: &Home, profile: &str) -> [Value; 2] {
    let by_cli = home
        .aws(&[
            "sts",
            "get-caller-identity",
            "--profile",
            profile,
            "--output",
            "json",
        ])
        .succeeded()
        .json();
    [by_cli, home.python(WHO, &[profile]).succeeded().json()]
}

/// The names that `aws s3 ls` prints; boto3 has to list the same.
pub fn buckets(home: &Home, profile: &str) -> Vec<String> {
    let listed = home.aws(&["s3", "ls", "--profile", profile]).succeeded();
    let name = |line: &str| line.split_whitespace().last().map(str::to_owned);
    let by_cli: Vec<String> = listed.stdout.lines().filter_map(name).collect();
    let by_boto = home.python(LIST_BUCKETS, &[profile]).succeeded();
    assert_eq!(by_cli, by_boto.stdout.lines().collect::<Vec<_>>());
    by_cli
}

/// The size and SHA-256 of an object, as boto3 reads it.
pub fn object(home: &Home, profile: &str, bucket: &str, key: &str) -> String {
    let read = home.python(READ_OBJECT, &[profile, bucket, key]);
    read.succeeded().stdout.trim().to_owned()
}

/// The same for a file on this machine, by the system's own `sha256sum`.
pub fn file(home: &Home, path: &std::path::Path) -> String {
    let size = std::fs::metadata(path).expect("the file is there").len();
    let mut sum = home.command("sha256sum");
    let outcome = keywell_journeys::Outcome::of(sum.arg(path), "").succeeded();
    let digest = outcome.stdout.split_whitespace().next().expect("a digest");
    format!("{size} {digest}")
}

/// Makes another user, who may do anything in S3 and nothing else.
pub fn make_user(home: &Home, profile: &str, user: &str) {
    home.python(MAKE_USER, &[profile, user]).succeeded();
}

/// Both clients are refused, with AWS's own error code.
pub fn refused(home: &Home, profile: &str, code: &str) {
    let by_cli = home.aws(&["sts", "get-caller-identity", "--profile", profile]);
    assert!(!by_cli.status.success(), "{by_cli:#?}");
    assert!(by_cli.stderr.contains(code), "{by_cli:#?}");
    let by_boto = home.python(WHO, &[profile]);
    assert!(!by_boto.status.success(), "{by_boto:#?}");
    assert!(by_boto.stderr.contains(code), "{by_boto:#?}");
}
