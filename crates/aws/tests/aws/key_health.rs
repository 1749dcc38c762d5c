//! The health of a large account's keys, against the practice account.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    sync::{Arc, Mutex},
    time::{Duration, Instant, SystemTime},
};

use keywell_app::{App, CancellationToken, Parts, Places, Variables, hand_out, key_health};
use keywell_aws::AwsCloud;
use keywell_practice::{Fault, Options, Practice};
use keywell_vault::{MemoryStore, OtherToolKeys};
use keywell_wire as wire;
use keywell_wire::ReadBy;
use tempfile::TempDir;

struct Setting {
    home: TempDir,
    practice: Practice,
    app: App,
}

fn folder(home: &Path) -> std::path::PathBuf {
    home.join("account")
}

impl Setting {
    /// A practice account with so many users, and a profile of its administrator.
    async fn with(users: u32, change: impl FnOnce(&mut Options)) -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut options = Options::new(folder(home.path()), Arc::new(SystemTime::now));
        options.users = users;
        change(&mut options);
        let practice = keywell_practice::start(options).await.unwrap();
        let csv = fs::read_to_string(practice.csv_path()).unwrap();
        let (key_id, secret) = csv.lines().last().unwrap().split_once(',').unwrap();
        let aws = home.path().join(".aws");
        fs::create_dir(&aws).unwrap();
        let endpoint = practice.endpoint_url();
        fs::write(
            aws.join("config"),
            format!("[profile admin]\nregion = us-east-1\nendpoint_url = {endpoint}\n"),
        )
        .unwrap();
        let text =
            format!("[admin]\naws_access_key_id = {key_id}\naws_secret_access_key = {secret}\n");
        fs::write(aws.join("credentials"), text).unwrap();
        let variables =
            Variables::from_iter([("KEYWELL_HOME".into(), home.path().join("keywell").into())]);
        let app = App::new(Parts {
            places: Places::find(home.path(), &variables, "/opt/keywell/bin/keywell".into()),
            variables,
            clock: Arc::new(SystemTime::now),
            open_vault: Arc::new(|| Ok(Arc::new(MemoryStore::new()))),
            cloud: Arc::new(AwsCloud::new()),
            practice: Arc::new(|| None),
            run_helper: hand_out::run_helper(),
            other_tools: Arc::new(OtherToolKeys::default),
        });
        Self {
            home,
            practice,
            app,
        }
    }

    /// What was read, and when the first rows came.
    async fn read(&self) -> (wire::KeyHealth, Duration) {
        let began = Instant::now();
        let first = Mutex::new(None);
        let shown = Mutex::new(BTreeSet::new());
        let on_part = |part: wire::KeyHealthPart| {
            assert!(!part.keys.is_empty());
            first.lock().unwrap().get_or_insert(began.elapsed());
            let users: BTreeSet<String> = part.keys.into_iter().map(|key| key.user).collect();
            let mut shown = shown.lock().unwrap();
            assert!(shown.is_disjoint(&users), "rows came twice");
            shown.extend(users);
        };
        let cancel = CancellationToken::new();
        let health = key_health::read(&self.app, Some("admin"), &on_part, &cancel)
            .await
            .unwrap();
        let first = first.lock().unwrap().unwrap();
        (health, first)
    }

    /// How often each action was called.
    async fn calls(&self) -> BTreeMap<String, u64> {
        let folder = folder(self.home.path());
        tokio::task::spawn_blocking(move || keywell_practice::calls(&folder))
            .await
            .unwrap()
            .unwrap()
    }
}

/// A fault of IAM's.
fn fault(operation: &str, status: u16, code: &str, more: &str) -> Vec<Fault> {
    let text = format!(
        r#"[{{"service": "iam", "operation": "{operation}", "status": {status}, "code": "{code}"{more}}}]"#
    );
    keywell_practice::parse_faults(&text).unwrap()
}

/// The figure of first rows is printed, and not asserted: machines differ.
#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::print_stderr, reason = "the figure is to be read")]
async fn ten_thousand_keys_are_read_with_at_most_sixty_calls() {
    let slow = |options: &mut Options| options.latency = Duration::from_millis(50);
    let setting = Setting::with(5_000, slow).await;
    let began = Instant::now();
    let (health, first) = setting.read().await;
    let calls = setting.calls().await;
    let count: u64 = calls.values().sum();
    eprintln!(
        "5,000 users with two keys each at 50 ms: first rows after {} ms, all after {} ms, {count} calls",
        first.as_millis(),
        began.elapsed().as_millis()
    );
    assert!(count <= 60, "{calls:?}");
    let account = &health.accounts[0];
    assert_eq!(account.read_by, ReadBy::Report);
    assert_eq!((account.users, account.keys.len()), (5_001, 10_001));
    assert!(account.report_made.is_some() && account.notes.is_empty());
    // The rows in view.
    let users: Vec<String> = (1..=25).map(|number| format!("user-{number:05}")).collect();
    let rows = key_health::rows(&setting.app, "admin", &users)
        .await
        .unwrap();
    assert!(
        rows.iter()
            .all(|row| row.keys.len() == 2 && row.keys[0].key_id.is_some())
    );
    setting.practice.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_right_to_the_report_each_user_is_asked_for() {
    let denied = |options: &mut Options| {
        options.faults = fault("*CredentialReport", 403, "AccessDenied", "");
    };
    let setting = Setting::with(40, denied).await;
    let (health, _) = setting.read().await;
    let account = &health.accounts[0];
    assert_eq!(account.read_by, ReadBy::PerUser);
    assert_eq!((account.users, account.keys.len()), (41, 81));
    assert!(account.keys.iter().all(|key| key.key_id.is_some()));
    assert_eq!(setting.calls().await["iam:ListUsers"], 1);
    setting.practice.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_is_being_made_is_waited_for() {
    let unready = |options: &mut Options| {
        options.faults = fault(
            "GetCredentialReport",
            404,
            "ReportInProgress",
            r#", "times": 2"#,
        );
    };
    let setting = Setting::with(2, unready).await;
    let (health, _) = setting.read().await;
    assert_eq!(health.accounts[0].read_by, ReadBy::Report);
    assert_eq!(health.accounts[0].keys.len(), 5);
    setting.practice.stop().await;
}
