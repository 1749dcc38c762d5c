//! The doctor: each state gives exactly its finding, and the remedy that is a button takes it away.

use std::collections::BTreeSet;

use keywell_app::{
    CancellationToken, Code, cloud::CloudErrorKind as Kind, doctor, history, test_profile,
};
use keywell_vault::{ErrorKind, Operation, Secret, Store, VaultError};
use keywell_wire::{DoctorReport, MachineFinding, Remedy, Severity, StepId};

use crate::world::{KEY_ID, SECRET, World};

async fn examine(world: &World) -> DoctorReport {
    doctor::examine(&world.app, true, &CancellationToken::new())
        .await
        .unwrap()
}

fn codes(report: &DoctorReport) -> Vec<&str> {
    report
        .findings
        .iter()
        .map(|found| found.code.as_str())
        .collect()
}

/// A machine on which nothing is wrong: one keychain-backed profile, with a region.
async fn well(variables: &[(&str, &str)]) -> World {
    let world = World::with(variables).with_profile("work").await;
    std::fs::create_dir_all(world.path("Downloads")).unwrap();
    tighten(&world);
    world
}

/// As the AWS CLI and Keywell keep these.
fn tighten(world: &World) {
    #[cfg(unix)]
    for (path, mode) in [
        (".aws", 0o700),
        (".aws/config", 0o600),
        (".aws/credentials", 0o600),
    ] {
        set_mode(world, path, mode);
    }
    #[cfg(not(unix))]
    let _ = world;
}

#[cfg(unix)]
fn set_mode(world: &World, path: &str, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    let path = world.path(path);
    if path.exists() {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }
}

fn add_to_config(world: &World, text: &str) {
    world.write(".aws/config", &format!("{}{text}", world.config()));
}

const PLAIN: &str = "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n";

/// What the clock of a [`World`] says, in Unix seconds.
const NOW: u64 = 1_800_000_000;

/// Line 6 of the promise: all of it is looked at.
const LOOKS: [&str; 11] = [
    "AWS files",
    "Variables",
    "Profiles",
    "Precedence",
    "Plain keys",
    "Sign-ins",
    "Keychain",
    "AWS CLI",
    "Network",
    "Account",
    "Clock",
];

/// What makes a finding, and whether `fix` takes it away.
struct Case {
    code: &'static str,
    severity: Severity,
    variables: &'static [(&'static str, &'static str)],
    prepare: fn(&World),
    is_fixed: bool,
}

fn cases() -> Vec<Case> {
    fn case(code: &'static str, severity: Severity, prepare: fn(&World)) -> Case {
        Case {
            code,
            severity,
            variables: &[],
            prepare,
            is_fixed: false,
        }
    }
    fn fixed(case: Case) -> Case {
        Case {
            is_fixed: true,
            ..case
        }
    }
    fn with(variables: &'static [(&'static str, &'static str)], case: Case) -> Case {
        Case { variables, ..case }
    }
    use Severity::{Note, Stop, Warning};
    let mut cases = vec![
        fixed(case("files.misread", Stop, |world| {
            add_to_config(
                world,
                "[profile a]\nregion = eu-west-1\n[profile a]\noutput = json\n",
            )
        })),
        fixed(case("files.misread", Warning, |world| {
            add_to_config(world, "[profile a]\nregion = eu-west-1 # here\n")
        })),
        case("files.misread", Warning, |world| {
            add_to_config(world, "[profile WORK]\noutput = json\n")
        }),
        case("files.unreadable", Stop, |world| {
            std::fs::write(world.path(".aws/config"), b"[profile \xff]\n").unwrap();
        }),
        with(
            &[
                ("AWS_ACCESS_KEY_ID", "AKIAI44QH8DHBEXAMPLE"),
                ("AWS_SECRET_ACCESS_KEY", "x"),
            ],
            case("environment.key", Warning, |_| {}),
        ),
        with(
            &[("AWS_ACCESS_KEY_ID", "AKIAI44QH8DHBEXAMPLE")],
            case("environment.half_key", Stop, |_| {}),
        ),
        with(
            &[("AWS_PROFILE", "gone")],
            case("environment.profile", Stop, |_| {}),
        ),
        with(
            &[("AWS_PROFILE", "work"), ("AWS_DEFAULT_PROFILE", "other")],
            case("environment.overrides", Warning, |_| {}),
        ),
        with(
            &[("AWS_REGION", "us-west-2")],
            case("environment.overrides", Note, |_| {}),
        ),
        with(
            &[("AWS_ENDPOINT_URL_IAM", "http://127.0.0.1:9")],
            case("environment.overrides", Note, |_| {}),
        ),
        with(
            &[("AWS_SHARED_CREDENTIALS_FILE", "~/gone/credentials")],
            case("environment.file", Warning, |_| {}),
        ),
        with(
            &[("AWS_CA_BUNDLE", "~/gone.pem")],
            case("network.ca_bundle", Stop, |_| {}),
        ),
        with(
            &[("AWS_CA_BUNDLE", "~/empty.pem")],
            case("network.ca_bundle", Stop, |world| {
                world.write("empty.pem", "hello")
            }),
        ),
        with(
            &[("HTTPS_PROXY", "http://")],
            case("network.proxy_form", Stop, |_| {}),
        ),
        case("profile.chain", Stop, |world| {
            add_to_config(
                world,
                "[profile r]\nrole_arn = arn:aws:iam::111122223333:role/r\nsource_profile = gone\n",
            );
        }),
        case("profile.precedence", Warning, |world| {
            add_to_config(
                world,
                "[profile both]\nregion = eu-west-1\nsso_account_id = 111122223333\nsso_role_name = r\nsso_start_url = https://x.awsapps.com/start\ncredential_process = other-tool\n",
            );
        }),
        case("profile.refused_by_programs", Note, |world| {
            add_to_config(
                world,
                "[profile both]\nrole_arn = arn:aws:iam::111122223333:role/r\nsource_profile = work\nweb_identity_token_file = /t\n",
            );
        }),
        case("profile.refused_by_programs", Stop, |world| {
            add_to_config(
                world,
                "[profile half]\nregion = eu-west-1\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n",
            );
        }),
        case("profile.reference", Stop, |world| {
            add_to_config(
                world,
                "[profile s]\nsso_session = gone\nsso_account_id = 111122223333\n",
            );
        }),
        case("profile.region", Stop, |world| {
            add_to_config(
                world,
                "[profile s]\nregion = EU West\nrole_arn = x\nsource_profile = work\n",
            );
        }),
        case("profile.region", Warning, |world| {
            world.write(
                ".aws/config",
                &world.config().replace("eu-west-1", "eu-wset-1"),
            );
        }),
        fixed(case("profile.helper_moved", Stop, |world| {
            world.write(
                ".aws/config",
                &world
                    .config()
                    .replace("/opt/keywell/bin/keywell", "/old/place/keywell"),
            );
        })),
        fixed(case("profile.ca_bundle", Stop, |world| {
            world.write(
                ".aws/config",
                &world
                    .config()
                    .replace("output", "ca_bundle = /gone.pem\noutput"),
            );
        })),
        fixed(case("profile.no_region", Note, |world| {
            world.write(
                ".aws/config",
                &world.config().replace("region = eu-west-1\n", ""),
            );
        })),
        case("profile.refused", Warning, |world| {
            world.write(
                "keywell/index.json",
                &world
                    .index()
                    .replace("\"passed\": true", "\"passed\": false"),
            );
        }),
        case("profile.secret_missing", Stop, |world| {
            world.store.inner.delete(KEY_ID).unwrap();
        }),
        case("vault.unavailable", Stop, |world| {
            world
                .store
                .fail_open(VaultError::new(ErrorKind::NoService, Operation::Open, "x"));
        }),
        case("key.stale", Note, |world| {
            let index = world.index();
            let stored = format!("\"key_stored\": {NOW}");
            assert!(index.contains(&stored), "{index}");
            let old = format!("\"key_stored\": {}", NOW - 91 * 24 * 60 * 60);
            world.write("keywell/index.json", &index.replace(&stored, &old));
        }),
        fixed(case("profile.plain_copy", Warning, |world| {
            world.write(".aws/credentials", &format!("[work]\n{PLAIN}"));
        })),
        fixed(case("key.plain", Warning, |world| {
            world.write(".aws/config", "[profile work]\nregion = eu-west-1\n");
            world.write(".aws/credentials", &format!("[work]\n{PLAIN}"));
        })),
        fixed(case("key.plain", Warning, |world| {
            world.write(
                "Downloads/rootkey.csv",
                &format!("AWSAccessKeyId={KEY_ID}\nAWSSecretKey={SECRET}\n"),
            );
        })),
        fixed(case("key.plain", Warning, |world| {
            world.write(
                ".config/fish/config.fish",
                &format!(
                    "set -gx AWS_ACCESS_KEY_ID {KEY_ID}\nset -gx AWS_SECRET_ACCESS_KEY {SECRET}\n"
                ),
            );
        })),
        case("session.ending", Warning, |world| {
            add_to_config(
                world,
                "[profile s]\nsso_session = corp\n[sso-session corp]\nsso_start_url = https://x.awsapps.com/start/#/\n",
            );
            world.write(".aws/sso/cache/a.json", r#"{"startUrl":"https://x.awsapps.com/start","accessToken":"x","expiresAt":"2027-01-15T08:10:00Z"}"#);
        }),
        case("session.ending", Warning, |world| {
            add_to_config(
                world,
                "[profile l]\nlogin_session = arn:aws:iam::111122223333:user/marta\n",
            );
            world.write(
                &format!(
                    ".aws/login/cache/{}.json",
                    login_name("arn:aws:iam::111122223333:user/marta")
                ),
                r#"{"accessToken":{"expiresAt":"2027-01-14T07:00:00Z"}}"#,
            );
        }),
        case("session.ending", Warning, |world| {
            world.write(".aws/credentials", "[saml]\naws_access_key_id = ASIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\naws_session_token = t\nregion = eu-west-1\nx_security_token_expires = 2027-01-15T09:05:00+01:00\n");
        }),
        case("awscli.old", Warning, |world| {
            add_to_config(world, "endpoint_url = https://storage.example.com\n");
            world.on_helper(|line| {
                (line == "aws --version").then(|| Ok(Secret::new("aws-cli/2.12.9 Python/3.11\n")))
            });
        }),
        case("clock.skewed", Stop, |world| {
            world.cloud.set_clock_offset(-400_000)
        }),
        case("clock.skewed", Warning, |world| {
            world.cloud.set_clock_offset(90_000)
        }),
        case("clock.skewed", Stop, |world| {
            world.cloud.fail_next("identity", Kind::ClockSkew)
        }),
        case("network.tls", Stop, |world| {
            world.cloud.fail_next("identity", Kind::Tls)
        }),
        case("network.proxy", Stop, |world| {
            world.cloud.fail_next("identity", Kind::Proxy)
        }),
        case("network.unreachable", Stop, |world| {
            world.cloud.fail_next("identity", Kind::Unreachable)
        }),
        case("profile.refused_now", Warning, |world| {
            world.cloud.fail_next("identity", Kind::WrongSecret)
        }),
        case("profile.region_disabled", Stop, |world| {
            world.cloud.fail_next("identity", Kind::UnknownKey)
        }),
    ];
    #[cfg(unix)]
    cases.extend([
        fixed(case("files.permissions", Stop, |world| {
            set_mode(world, ".aws/config", 0o664)
        })),
        fixed(case("files.permissions", Stop, |world| {
            set_mode(world, ".aws", 0o777)
        })),
        fixed(case("files.permissions", Warning, |world| {
            world.write(".aws/credentials", "");
            set_mode(world, ".aws/credentials", 0o644);
        })),
    ]);
    cases
}

/// Line 6 of the promise: where a test of a profile and the look at the machine each say it.
struct Promise {
    what: &'static str,
    steps: &'static [StepId],
    looks: &'static [&'static str],
    findings: &'static [&'static str],
}

fn promises() -> Vec<Promise> {
    vec![
        Promise {
            what: "identity and account alias",
            steps: &[StepId::Identity, StepId::Account],
            looks: &["Account"],
            findings: &["profile.refused", "profile.refused_now"],
        },
        Promise {
            what: "what the key may do: S3, its own keys, MFA",
            steps: &[StepId::Buckets, StepId::SelfService, StepId::Mfa],
            looks: &[],
            findings: &[],
        },
        Promise {
            what: "clock offset",
            steps: &[StepId::Clock],
            looks: &["Clock"],
            findings: &["clock.skewed"],
        },
        Promise {
            what: "proxy and CA",
            steps: &[StepId::Network],
            looks: &["Network"],
            findings: &[
                "network.ca_bundle",
                "network.proxy_form",
                "network.proxy",
                "network.tls",
                "network.unreachable",
                "profile.ca_bundle",
            ],
        },
        Promise {
            what: "region known and enabled",
            steps: &[StepId::Region],
            looks: &["Profiles"],
            findings: &[
                "profile.region",
                "profile.no_region",
                "profile.region_disabled",
            ],
        },
        Promise {
            what: "file permissions, and whether the files can be read",
            steps: &[],
            looks: &["AWS files"],
            findings: &["files.permissions", "files.unreadable", "files.misread"],
        },
        Promise {
            what: "precedence traps",
            steps: &[StepId::Sources],
            looks: &["Variables", "Precedence"],
            findings: &[
                "environment.key",
                "environment.half_key",
                "environment.profile",
                "environment.overrides",
                "environment.file",
                "profile.precedence",
                "profile.plain_copy",
                "profile.refused_by_programs",
                "profile.chain",
                "profile.reference",
            ],
        },
        Promise {
            what: "stale static keys",
            steps: &[],
            looks: &["Plain keys"],
            findings: &["key.stale", "key.plain"],
        },
        Promise {
            what: "keychain state",
            steps: &[StepId::Prove],
            looks: &["Keychain"],
            findings: &[
                "vault.unavailable",
                "profile.secret_missing",
                "profile.helper_moved",
            ],
        },
        Promise {
            what: "AWS CLI version",
            steps: &[],
            looks: &["AWS CLI"],
            findings: &["awscli.old"],
        },
        Promise {
            what: "tokens about to expire",
            steps: &[],
            looks: &["Sign-ins"],
            findings: &["session.ending"],
        },
    ]
}

#[tokio::test]
async fn every_check_of_the_promise_is_made_and_each_finding_belongs_to_one() {
    let world = well(&[("HTTPS_PROXY", "http://127.0.0.1:3128")]).await;
    let never = CancellationToken::new();
    let steps: Vec<StepId> = test_profile::test(&world.app, "work", &|_| {}, &never)
        .await
        .unwrap()
        .steps
        .into_iter()
        .map(|step| step.id)
        .collect();
    let report = examine(&world).await;
    let looks: Vec<&str> = report.looks.iter().map(|look| look.what.as_str()).collect();
    let cases: BTreeSet<&str> = cases().into_iter().map(|case| case.code).collect();
    let promises = promises();
    for promise in &promises {
        let what = promise.what;
        for step in promise.steps {
            assert!(steps.contains(step), "{what}: {step:?}");
        }
        for look in promise.looks {
            assert!(looks.contains(look), "{what}: {look}");
        }
        for code in promise.findings {
            assert!(cases.contains(code), "{what}: {code}");
        }
    }
    let of = |part: fn(&Promise) -> &'static [&'static str]| -> BTreeSet<&str> {
        promises.iter().flat_map(part).copied().collect()
    };
    assert_eq!(of(|promise| promise.findings), cases);
    assert_eq!(of(|promise| promise.looks), looks.into_iter().collect());
    let told: Vec<&StepId> = promises.iter().flat_map(|promise| promise.steps).collect();
    assert!(steps.iter().all(|step| told.contains(&step)), "{steps:?}");
}

#[tokio::test]
async fn the_account_is_told_with_its_alias_where_the_key_may_know_it() {
    let world = well(&[]).await;
    let account = |report: &DoctorReport| {
        let look = report.looks.iter().find(|look| look.what == "Account");
        look.unwrap().state.clone()
    };
    let told = account(&examine(&world).await);
    assert!(told.contains("alias"), "{told}");
    world.cloud.fail_next("account_aliases", Kind::AccessDenied);
    let denied = account(&examine(&world).await);
    assert!(!denied.contains("alias"), "{denied}");
    assert!(told.starts_with(&denied), "{told} / {denied}");
}

fn login_name(session: &str) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(session.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[tokio::test]
async fn a_machine_on_which_nothing_is_wrong_has_no_findings() {
    let world = well(&[]).await;
    let before = world.everything();
    let report = examine(&world).await;
    assert_eq!(report.findings, []);
    let looks: Vec<&str> = report.looks.iter().map(|look| look.what.as_str()).collect();
    assert_eq!(looks, LOOKS);
    assert_eq!(world.everything(), before, "a look changes nothing");
    assert_eq!(examine(&World::new()).await.findings, []);
}

#[tokio::test]
async fn each_state_gives_exactly_its_finding_and_the_fix_takes_it_away() {
    for case in cases() {
        let world = well(case.variables).await;
        let loose = case.code == "files.permissions";
        (case.prepare)(&world);
        if !loose {
            tighten(&world);
        }
        let report = examine(&world).await;
        assert_eq!(codes(&report), [case.code], "{:?}", report.findings);
        let found: &MachineFinding = &report.findings[0];
        assert_eq!(found.severity, case.severity, "{found:?}");
        assert!(!found.message.is_empty() && !found.detail.is_empty() && !found.subject.is_empty());
        assert!(!format!("{found:?}").contains(SECRET));
        let has_button = matches!(
            found.remedy,
            Remedy::Fix { .. } | Remedy::Migrate { .. } | Remedy::Repair { .. }
        );
        assert_eq!(has_button, case.is_fixed, "{found:?}");
        if let Remedy::Command { command } = &found.remedy {
            assert!(!command.is_empty(), "{found:?}");
        }
        let mended = doctor::fix(&world.app, case.code, Some(&found.subject)).await;
        if !case.is_fixed {
            // What only the network tells is not asked again.
            let problem = mended.expect_err(case.code);
            assert!(
                matches!(problem.code, Code::DoctorNoFix | Code::DoctorNoFinding),
                "{problem:?}"
            );
            continue;
        }
        let mended = mended.unwrap_or_else(|problem| panic!("{}: {problem:?}", case.code));
        tighten(&world);
        assert_eq!(examine(&world).await.findings, [], "{}", case.code);
        if let Some(token) = mended.undo {
            history::undo(&world.app, &token.token).await.unwrap();
            assert_eq!(codes(&examine(&world).await), [case.code]);
        }
    }
}

#[tokio::test]
async fn a_round_of_profiles_is_told_for_each_of_them() {
    let world = well(&[]).await;
    add_to_config(
        &world,
        "[profile a]\nrole_arn = x\nsource_profile = b\n[profile b]\nrole_arn = x\nsource_profile = a\n",
    );
    let report = examine(&world).await;
    assert_eq!(codes(&report), ["profile.chain", "profile.chain"]);
    assert!(report.findings[0].detail.contains("a → b → a"));
}

#[tokio::test]
async fn the_worst_comes_first() {
    let world = well(&[("AWS_PROFILE", "gone")]).await;
    world.write(
        ".aws/config",
        &world.config().replace("region = eu-west-1\n", ""),
    );
    world.write(".aws/credentials", &format!("[work]\n{PLAIN}"));
    tighten(&world);
    assert_eq!(
        codes(&examine(&world).await),
        [
            "environment.profile",
            "profile.plain_copy",
            "profile.no_region"
        ]
    );
}

#[tokio::test]
async fn a_variable_that_a_start_up_file_sets_is_traced_to_its_line() {
    let world = well(&[
        ("AWS_ACCESS_KEY_ID", KEY_ID),
        ("AWS_SECRET_ACCESS_KEY", SECRET),
    ])
    .await;
    world.write(
        ".bashrc",
        &format!(
            "# mine\nexport AWS_ACCESS_KEY_ID={KEY_ID}\nexport AWS_SECRET_ACCESS_KEY={SECRET}\n"
        ),
    );
    let report = examine(&world).await;
    let found = report
        .findings
        .iter()
        .find(|found| found.code == "environment.key")
        .unwrap();
    assert!(
        found.detail.contains("~/.bashrc, line 2"),
        "{}",
        found.detail
    );
    assert_eq!(found.remedy, Remedy::Migrate { key: KEY_ID.into() });
}

#[tokio::test]
async fn without_the_network_aws_is_not_asked() {
    let world = well(&[]).await;
    let before = world.cloud.calls().len();
    doctor::examine(&world.app, false, &CancellationToken::new())
        .await
        .unwrap();
    assert_eq!(world.cloud.calls().len(), before);
}
