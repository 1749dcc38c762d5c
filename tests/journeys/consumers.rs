//! The programs that people use with their keys, each through `credential_process`, each against a server that checks
//! signatures, with a key that lies in the keychain and nowhere else.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
};

use keywell_journeys::{
    Canary, Home, Outcome, Practice, javascript_consumer, keywell_program, python_program,
    rust_consumer,
};

const BUCKET: &str = "consumers";
const KEY: &str = "folder/read me.txt";
const CONTENT: &str = "what only somebody with the key can read";

/// The AWS CLI of the system's packages: version 2, where that of PyPI is version 1.
const SYSTEM_AWS: &str = "/usr/bin/aws";

const BOTO3: &str = r#"
import boto3, sys
s3 = boto3.client("s3")
print(boto3.client("sts").get_caller_identity()["Arn"])
print(*(bucket["Name"] for bucket in s3.list_buckets()["Buckets"]))
print(s3.get_object(Bucket=sys.argv[1], Key=sys.argv[2])["Body"].read().decode())
"#;

const FURNISH: &str = r#"
import boto3, sys
s3 = boto3.Session(profile_name=sys.argv[1]).client("s3")
s3.create_bucket(Bucket=sys.argv[2])
s3.put_object(Bucket=sys.argv[2], Key=sys.argv[3], Body=sys.argv[4].encode())
"#;

const DEACTIVATE: &str = r#"
import boto3, sys
iam = boto3.Session(profile_name=sys.argv[1]).client("iam")
iam.update_access_key(AccessKeyId=sys.argv[2], Status="Inactive")
"#;

/// A client of AWS, and the commands that list the buckets and read the object. What they act as is in `AWS_PROFILE`.
struct Consumer {
    name: &'static str,
    /// Finds a profile whose name has blanks or quotes. Of the others, those with an SDK for Rust or JavaScript take only
    /// the characters of the SDKs' shared rules, and those with the first SDK for Go do not take quotes for quotes.
    takes_any_name: bool,
    commands: fn(&Home, &Practice) -> Vec<Command>,
}

const CONSUMERS: [Consumer; 7] = [
    Consumer {
        name: "AWS CLI 1",
        takes_any_name: true,
        commands: |home, _| aws(home, &python_program("aws"), &[]),
    },
    Consumer {
        name: "AWS CLI 2",
        takes_any_name: true,
        // 2.9 does not know the profile's endpoint_url, which came with 2.13.
        commands: |home, practice| {
            aws(
                home,
                Path::new(SYSTEM_AWS),
                &["--endpoint-url", practice.url()],
            )
        },
    },
    Consumer {
        name: "boto3",
        takes_any_name: true,
        commands: |home, _| {
            vec![command(
                home,
                &python_program("python"),
                &["-c", BOTO3, BUCKET, KEY],
            )]
        },
    },
    Consumer {
        name: "AWS SDK for JavaScript",
        takes_any_name: false,
        commands: |home, _| {
            let script = javascript_consumer();
            let script = script.to_str().expect("a path of text");
            vec![command(home, Path::new("node"), &[script, BUCKET, KEY])]
        },
    },
    Consumer {
        name: "AWS SDK for Rust",
        takes_any_name: false,
        commands: |home, _| vec![command(home, &rust_consumer(), &[BUCKET, KEY])],
    },
    Consumer {
        name: "s5cmd",
        takes_any_name: false,
        // With --profile it would read the credentials file alone.
        commands: |home, practice| {
            let s5cmd = |words: &[&str]| {
                let options = ["--retry-count", "0", "--endpoint-url", practice.url()];
                command(home, &python_program("s5cmd"), &[&options, words].concat())
            };
            vec![
                s5cmd(&["ls"]),
                s5cmd(&["cat", &format!("s3://{BUCKET}/{KEY}")]),
            ]
        },
    },
    Consumer {
        name: "rclone",
        takes_any_name: false,
        commands: |home, practice| {
            let rclone = |words: &[&str]| {
                let options = ["--retries", "1", "--low-level-retries", "1"];
                let mut rclone = command(home, Path::new("rclone"), &[&options, words].concat());
                rclone.envs([
                    ("RCLONE_CONFIG_AWS_TYPE", "s3"),
                    ("RCLONE_CONFIG_AWS_PROVIDER", "Other"),
                    ("RCLONE_CONFIG_AWS_ENV_AUTH", "true"),
                    ("RCLONE_CONFIG_AWS_REGION", "us-east-1"),
                    ("RCLONE_CONFIG_AWS_ENDPOINT", practice.url()),
                ]);
                rclone
            };
            vec![
                rclone(&["lsd", "aws:"]),
                rclone(&["cat", &format!("aws:{BUCKET}/{KEY}")]),
            ]
        },
    },
];

fn command(home: &Home, program: &Path, arguments: &[&str]) -> Command {
    let mut command = home.command(program);
    command.args(arguments);
    command
}

fn aws(home: &Home, program: &Path, options: &[&str]) -> Vec<Command> {
    let object = format!("s3://{BUCKET}/{KEY}");
    let s3 = |words: &[&str]| command(home, program, &[&["s3"], words, options].concat());
    vec![s3(&["ls"]), s3(&["cp", &object, "-"])]
}

impl Consumer {
    /// Runs the commands until one fails; the last one's outcome, with the output of all.
    fn ask(&self, home: &Home, practice: &Practice, profile: &str) -> Outcome {
        let mut said = String::new();
        let mut last = None;
        for mut command in (self.commands)(home, practice) {
            let outcome = Outcome::of(command.env("AWS_PROFILE", profile), "");
            said += &outcome.stdout;
            let failed = !outcome.status.success();
            last = Some(outcome);
            if failed {
                break;
            }
        }
        Outcome {
            stdout: said,
            ..last.expect("at least one command")
        }
    }

    fn reads(&self, home: &Home, practice: &Practice, profile: &str) {
        let outcome = self.ask(home, practice, profile);
        for wanted in [BUCKET, CONTENT] {
            assert!(
                outcome.status.success() && outcome.stdout.contains(wanted),
                "{} with the profile {profile}: {outcome:#?}",
                self.name
            );
        }
    }

    fn is_refused(&self, home: &Home, practice: &Practice, profile: &str) {
        let outcome = self.ask(home, practice, profile);
        assert!(
            !outcome.status.success() && !outcome.stdout.contains(CONTENT),
            "{} with the profile {profile}: {outcome:#?}",
            self.name
        );
    }
}

/// Each consumer for itself, all at once.
fn each(work: impl Fn(&Consumer) + Sync) {
    thread::scope(|scope| {
        let work = &work;
        for consumer in &CONSUMERS {
            scope.spawn(move || work(consumer));
        }
    });
}

/// `keywell` in a folder with a blank in its name.
fn keywell_beside_a_blank(home: &Home) -> PathBuf {
    let program = home.join("key well/keywell");
    fs::create_dir_all(home.join("key well")).expect("a folder below the home");
    fs::hard_link(keywell_program(), &program)
        .or_else(|_| fs::copy(keywell_program(), &program).map(drop))
        .expect("a copy of keywell");
    program
}

/// Sets profiles of these names up with the administrator's key, by a keywell whose path has a blank.
fn set_up(home: &Home, profiles: &[&str]) -> Practice {
    let practice = Practice::start(home, &[]);
    let keywell = keywell_beside_a_blank(home);
    let csv = practice.csv();
    let csv = csv.to_str().expect("a path of text");
    for profile in profiles {
        let mut setup = home.command(&keywell);
        setup.args(["setup", "--csv", csv, "--region", "us-east-1"]);
        setup.args(["--profile", profile, "--endpoint-url", practice.url()]);
        Outcome::of(&mut setup, "").succeeded();
    }
    let written = home.aws_config();
    assert!(written.contains("key well/keywell"), "{written}");
    home.python(FURNISH, &[profiles[0], BUCKET, KEY, CONTENT])
        .succeeded();
    practice
}

#[test]
fn every_client_reads_with_a_key_from_the_keychain_and_none_once_the_key_is_inactive() {
    let home = Home::new();
    let practice = set_up(&home, &["work"]);
    let (key_id, secret) = practice.admin();
    let in_files = Canary::new(&secret).search_files(&home.join(".aws"), &[]);
    assert!(in_files.is_empty(), "{in_files:?}");

    each(|consumer| consumer.reads(&home, &practice, "work"));
    home.python(DEACTIVATE, &["work", &key_id]).succeeded();
    each(|consumer| consumer.is_refused(&home, &practice, "work"));
}

#[test]
fn a_name_with_blanks_and_quotes_works_where_the_client_takes_it_and_harms_nobody_else() {
    let home = Home::new();
    let names = ["plain", "it's two words", r#"the "odd" one"#];
    let practice = set_up(&home, &names);
    each(|consumer| {
        consumer.reads(&home, &practice, "plain");
        for name in &names[1..] {
            if consumer.takes_any_name {
                consumer.reads(&home, &practice, name);
            } else {
                consumer.is_refused(&home, &practice, name);
            }
        }
    });
}
