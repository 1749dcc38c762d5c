//! Every screen in both appearances: pictures to look at, and no violation that axe-core finds.

use crate::{clients, window::practise};
use keywell_journeys::{Home, Practice, Screens, Window, publish};
use std::fs;
use std::time::Duration;

const LONG: Duration = Duration::from_secs(60);

/// What the README shows: the picture, and its name there.
const README: [(&str, &str); 5] = [
    ("first-run-light", "first-run-light"),
    ("setup-checks-dark", "setup-dark"),
    ("profiles-dark", "profiles-dark"),
    ("profile-light", "profile-light"),
    ("bucket-light", "bucket-light"),
];

/// People, keys, buckets and objects, as an account in use has them.
const FURNISH: &str = r#"
import boto3, json, sys
session = boto3.Session(profile_name=sys.argv[1])
iam = session.client("iam")
may = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]})
for user in ("backup", "deploy", "marta", "photo-import"):
    iam.create_user(UserName=user)
    iam.put_user_policy(UserName=user, PolicyName="buckets", PolicyDocument=may)
for user in ("backup", "marta"):
    key = iam.create_access_key(UserName=user)["AccessKey"]
    s3 = session.client("sts", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    s3.get_caller_identity()
iam.update_access_key(UserName="backup", AccessKeyId=iam.list_access_keys(UserName="backup")["AccessKeyMetadata"][0]["AccessKeyId"], Status="Inactive")
for bucket, region in (("photos", "eu-central-1"), ("site-logs", "us-east-1"), ("backups-2026", "eu-west-1")):
    s3 = session.client("s3", region_name=region)
    where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    s3.create_bucket(Bucket=bucket, **where)
s3 = session.client("s3", region_name="eu-central-1")
for key, size in (("raw/2026/1.nef", 900), ("raw/2026/2.nef", 800), ("thumbnails/1.webp", 20), ("contact-sheet.pdf", 184320),
        ("cover.jpg", 412876), ("lighthouse.jpg", 2318044), ("map.svg", 18211), ("notes.txt", 1204), ("prices.csv", 5120)):
    s3.put_object(Bucket="photos", Key=key, Body=b"\x2a" * size)
"#;

const CONFIG: &str = "
[profile staging]
sso_session = company
sso_account_id = 111122223333
sso_role_name = Developer
region = eu-central-1

[sso-session company]
sso_start_url = https://example.awsapps.com/start
sso_region = eu-central-1
";

const PLAIN: &str = "# kept from the old laptop
[old-laptop]
aws_access_key_id = AKIAIOSFODNN7EXAMPLE
aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY
";

#[test]
fn every_screen_is_photographed_in_light_and_dark_and_axe_core_finds_nothing() {
    let home = Home::new();
    let window = Window::open(&home);
    let mut screens = Screens::default();
    let slow = Practice::start(&home, &["--latency", "4s"]);

    look_at_the_first_run(&home, &window, &mut screens);
    look_at_a_set_up(&home, &window, &mut screens);
    look_at_a_slow_set_up(&window, &mut screens, &slow);
    furnish(&home, &window);
    look_at_profiles(&window, &mut screens);
    look_at_keys(&window, &mut screens);
    look_at_access(&home, &window, &mut screens);
    look_at_buckets(&home, &window, &mut screens);
    look_at_health(&window, &mut screens);
    look_at_the_shell(&window, &mut screens);

    drop(slow);
    window.go("#/profiles/slow");
    window.click("profile-test");
    window.see_within("[data-test=\"error\"]", LONG);
    screens.look(&window, "error");
    screens.finish();
    publish(&README);
}

fn look_at_the_first_run(home: &Home, window: &Window, screens: &mut Screens) {
    window.see("first-run-practise");
    screens.look(window, "first-run");
    window.click("first-run-console");
    window.see("console-steps");
    screens.look(window, "console-steps");
    window.click("welcome-back");
    practise(home, window);
    screens.look(window, "practice-ready");
}

fn look_at_a_set_up(home: &Home, window: &Window, screens: &mut Screens) {
    window.click("set-up-a-key");
    window.see("setup-paste");
    screens.look(window, "setup-choose");
    window.click("setup-paste");
    window.fill("setup-key-id", "AKIAIOSFODNN7");
    window.fill("setup-secret", "short");
    window.click("setup-continue");
    window.see("[data-test=\"setup-key-id\"][aria-invalid=\"true\"]");
    screens.look(window, "setup-paste");
    let csv = home.write(
        "Downloads/admin_accessKeys.csv",
        fs::read(home.join(".keywell/practice/admin_accessKeys.csv")).unwrap(),
    );
    window.drop_files(&[&csv]);
    window.fill("setup-profile", "practice");
    window.see("[data-test=\"setup-run\"]:enabled");
    screens.look(window, "setup-plan");
    window.click("setup-run");
    window.see_within("setup-finish", LONG);
    screens.look_as_it_is(window, "setup-ready");
    window.click("[data-test=\"setup-ready\"] details > summary");
    window.see("step-prove");
    screens.look(window, "setup-checks");
}

/// A server that takes its time, so that the checks can be seen at work.
fn look_at_a_slow_set_up(window: &Window, screens: &mut Screens, slow: &Practice) {
    let (key_id, secret) = slow.admin();
    window.click("setup-another");
    window.click("setup-paste");
    window.fill("setup-key-id", &key_id);
    window.fill("setup-secret", &secret);
    window.click("setup-continue");
    window.fill("setup-profile", "slow");
    window.fill("setup-endpoint", slow.url());
    window.click("setup-run");
    window.see("[data-test=\"step-identity\"][data-state=\"passed\"]");
    // What stands beside the work is this plan's, although the last key was pressed a moment before.
    window.reads("[profile slow]");
    screens.look(window, "setup-run");
    window.see_within("setup-finish", LONG);
}

fn furnish(home: &Home, window: &Window) {
    home.python(FURNISH, &["practice"]).succeeded();
    home.write(".aws/config", home.aws_config() + CONFIG);
    home.write(".aws/credentials", PLAIN);
    // Profiles that somebody else wrote are read when the page is drawn anew.
    window.reload();
}

fn look_at_profiles(window: &Window, screens: &mut Screens) {
    window.go("#/profiles");
    window.see("profile-row-staging");
    screens.look(window, "profiles");
    window.go("#/profiles/practice");
    window.click("profile-test");
    window.see_within(
        "[data-test=\"profile-test-steps\"][data-done=\"true\"]",
        LONG,
    );
    window.see("profile-bucket-photos");
    screens.look(window, "profile");
    window.click("tab-settings");
    window.see("settings-save");
    screens.look(window, "profile-settings");
    window.go("#/profiles/old-laptop");
    window.see("profile-move-now");
    screens.look(window, "profile-plain");
}

fn look_at_keys(window: &Window, screens: &mut Screens) {
    window.go("#/keys");
    window.see("keys-user-marta");
    screens.look(window, "keys");
    window.click("user-create");
    window.see("user-create-name");
    screens.look(window, "create-user");
    window.click("user-create-close");
    window.click("keys-scope-all");
    window.see_within("[data-test^=\"users-failed-\"]", LONG);
    screens.look(window, "keys-all");
    window.click("keys-scope-one");
    window.go("#/keys/backup");
    window.see("[data-active=\"false\"]");
    screens.look(window, "user");
    window.click("key-create");
    window.see("key-create-profile");
    screens.look(window, "create-key");
    window.click("key-create-close");
    window.go("#/health");
    window.see_within("key-findings", LONG);
    screens.look(window, "health-keys");
}

/// Access for a program from the wizard: made, proven on both sides, and taken back.
fn look_at_access(home: &Home, window: &Window, screens: &mut Screens) {
    window.go("#/access/photos/raw");
    window.see("[data-test=\"access-run\"]:enabled");
    window.fill("access-user", "raw-reader");
    window.click("access-write");
    window.see("[data-test=\"access-run\"]:enabled");
    screens.look(window, "access-plan");
    window.click("access-run");
    window.see_within("access-ready", LONG);
    screens.look(window, "access-ready");
    let odd =
        "document.querySelector('[data-test=\"access-proof\"][data-outcome=\"notAsWanted\"]')";
    window.until(&format!("!{odd}"));
    clients::object(home, "raw-reader", "photos", "raw/2026/1.nef");
    let denied = home.aws(&["s3", "ls", "--profile", "raw-reader"]);
    assert!(denied.stderr.contains("AccessDenied"), "{denied:#?}");
    window.click("access-take-back");
    window.see("access-revoke-run");
    screens.look(window, "access-revoke");
    window.click("access-revoke-run");
    window.see_within("keys-user-marta", LONG);
    window.until("!document.querySelector('[data-test=\"keys-user-raw-reader\"]')");
    assert!(
        !home.aws_config().contains("raw-reader"),
        "the profile is still there"
    );
}

fn look_at_buckets(home: &Home, window: &Window, screens: &mut Screens) {
    window.go("#/buckets");
    window.see("bucket-row-photos");
    screens.look(window, "buckets");
    window.click("bucket-create");
    window.fill("bucket-create-name", "films-2026");
    window.see("[data-test=\"bucket-create-run\"]:enabled");
    screens.look(window, "create-bucket");
    window.click("bucket-create-close");
    window.go("#/buckets/photos");
    window.click("object-row-lighthouse.jpg");
    window.see("object-download");
    screens.look(window, "bucket");
    let one = home.write("Pictures/harbour.jpg", vec![7; 1_800_000]);
    let other = home.write("Pictures/pier.jpg", vec![9; 640_000]);
    window.drop_files(&[&one, &other]);
    for name in ["harbour.jpg", "pier.jpg"] {
        window.see(&format!("object-row-{name}"));
    }
    window.go("#/transfers");
    window.reads("harbour.jpg");
    screens.look(window, "transfers");
}

/// What is wrong on this machine, and the keys that lie about on it.
fn look_at_health(window: &Window, screens: &mut Screens) {
    window.go("#/health");
    window.see_within("[data-test=\"machine-looks\"]", LONG);
    window.reads("AWS answers.");
    screens.look(window, "health");
    window.click("[data-test=\"finding-key.plain\"] [data-test=\"finding-migrate\"]");
    window.see("plain-AKIAIOSFODNN7EXAMPLE");
    screens.look(window, "plain-keys");
    window.driver().press(&[ESCAPE]).unwrap();
}

/// What surrounds every page, and the settings.
fn look_at_the_shell(window: &Window, screens: &mut Screens) {
    window.go("#/settings");
    window.see("settings-network");
    screens.look(window, "settings");
    window.go("#/profiles");
    window.click("open-palette");
    window.fill("palette-query", "p");
    window.see("palette-bucket-photos");
    screens.look(window, "palette");
    window.driver().press(&[ESCAPE]).unwrap();
    window.driver().press(&['?']).unwrap();
    window.see("[data-test=\"shortcuts\"]");
    screens.look(window, "shortcuts");
    window.driver().press(&[ESCAPE]).unwrap();
    look_at_production(window, screens);
    look_at_parts(window, screens);
}

/// The tint of the window while a production profile is in use, on a wide page and on a narrow one.
fn look_at_production(window: &Window, screens: &mut Screens) {
    window.go("#/profiles/practice");
    window.click("profile-menu");
    window.click("profile-mark");
    window.see("production-mark");
    screens.look(window, "production");
    window.go("#/profiles");
    window.see("profile-row-staging");
    screens.look(window, "production-profiles");
    window.go("#/profiles/practice");
    window.click("profile-menu");
    window.click("profile-mark");
    window.until("!document.querySelector('[data-test=\"production-mark\"]')");
}

/// The page for developers, which is longer than the window: all of it is checked at once and photographed part by part.
fn look_at_parts(window: &Window, screens: &mut Screens) {
    window.go("#/parts");
    window.see("parts-dialog-open");
    screens.look(window, "parts");
    let pages = "const body = document.querySelector('.body.scrolls'); return Math.ceil(body.scrollHeight / body.clientHeight)";
    let pages = window.driver().execute(pages, &[]).unwrap();
    let pages = pages.as_u64().expect("a number of pages");
    assert!(pages > 1, "the page of parts is not drawn");
    for page in 1..pages {
        let scroll = "const body = document.querySelector('.body.scrolls'); body.scrollTop = arguments[0] * body.clientHeight";
        window.driver().execute(scroll, &[page.into()]).unwrap();
        screens.photograph(window, &format!("parts-{}", page + 1));
    }
    let scroll = "document.querySelector('.body.scrolls').scrollTop = 0";
    window.driver().execute(scroll, &[]).unwrap();
    for (part, button, list) in [
        ("menu", "parts-menu", "[role=menu]"),
        ("select", "parts-select", "[role=listbox]"),
        ("combo", "parts-combo", "[role=listbox]"),
        ("explained", "[aria-label^=\"Region: \"]", "[role=dialog]"),
    ] {
        window.click(button);
        window.see(list);
        screens.look(window, &format!("parts-{part}-open"));
        window.driver().press(&[ESCAPE]).unwrap();
        window.until(&format!(
            "document.querySelector('{list}:not(dialog)') === null"
        ));
    }
    for part in ["dialog", "sheet", "confirm"] {
        window.click(&format!("parts-{part}-open"));
        window.see(&format!("[data-test=\"parts-{part}\"][open]"));
        screens.look(window, &format!("parts-{part}"));
        if part == "sheet" {
            choose_in_a_sheet(window, screens);
            undo_in_a_sheet(window, screens);
        }
        window.driver().press(&[ESCAPE]).unwrap();
        window.until("document.querySelector('dialog[open]') === null");
    }
}

/// A list opens above a modal dialog, and neither what is chosen nor Escape closes more than the list.
fn choose_in_a_sheet(window: &Window, screens: &mut Screens) {
    window.click("parts-valid");
    window.see("parts-valid-1");
    screens.look(window, "parts-sheet-choice");
    window.click("parts-valid-1");
    window.see("[data-test=\"parts-valid\"][data-value=\"1\"]");
    window.until("document.querySelector('[role=listbox]') === null");
    window.click("parts-valid");
    window.see("parts-valid-1");
    window.driver().press(&[ESCAPE]).unwrap();
    window.until("document.querySelector('[role=listbox]') === null");
    window.see("[data-test=\"parts-sheet\"][open]");
}

/// A message lies above the modal dialog that it came from, can be reached and pressed there.
fn undo_in_a_sheet(window: &Window, screens: &mut Screens) {
    window.click("parts-sheet-toast");
    window.see("toast-undo");
    // What has the focus stays.
    let focus = "document.querySelector('[data-test=toast-undo]').focus()";
    window.driver().execute(focus, &[]).unwrap();
    assert_eq!(focused(window), "toast-undo");
    screens.look_as_it_is(window, "parts-sheet-message");
    window.click("toast-undo");
    window.until("document.querySelector('[data-test=toast]') === null");
    window.see("[data-test=\"parts-sheet\"][open]");
}

const TAB: char = '\u{e004}';
const ENTER: char = '\u{e007}';
const ESCAPE: char = '\u{e00c}';
const CONTROL: char = '\u{e009}';
const RIGHT: char = '\u{e014}';
const DOWN: char = '\u{e015}';

/// The hook of what has the focus, or its name where it has none.
fn focused(window: &Window) -> String {
    let script = "const it = document.activeElement; return it.dataset.test ?? it.getAttribute('aria-label') ?? it.id ?? ''";
    let name = window.driver().execute(script, &[]).unwrap();
    name.as_str().unwrap_or_default().to_owned()
}

/// Presses Tab until something has the focus; gives what had it on the way.
fn tab_to(window: &Window, wanted: &str) -> Vec<String> {
    let mut way = Vec::new();
    for _ in 0..40 {
        window.driver().press(&[TAB]).unwrap();
        way.push(focused(window));
        if way.last().is_some_and(|name| name == wanted) {
            return way;
        }
    }
    panic!("Tab does not reach {wanted}: {way:?}");
}

#[test]
fn the_keyboard_alone_goes_from_a_plain_profile_to_its_settings_and_a_menu() {
    let home = Home::new();
    home.write(".aws/config", "[default]\nregion = eu-west-1\n");
    home.write(".aws/credentials", PLAIN);
    let window = Window::open(&home);
    window.see("profile-row-old-laptop");

    // From the top: the way past the side bar, the profile in use, search, the pages, then the page itself.
    let way = tab_to(&window, "profile-row-default");
    let order = [
        "profile-switcher",
        "open-palette",
        "nav-profiles",
        "nav-settings",
        "set-up-a-key",
        "filter",
    ];
    let places: Vec<_> = order
        .iter()
        .map(|name| way.iter().position(|stop| stop == name))
        .collect();
    assert!(
        places.iter().all(Option::is_some) && places.is_sorted(),
        "{way:?}"
    );

    // The list is one stop; arrows move in it, Right reaches a row's menu.
    window.driver().press(&[DOWN]).unwrap();
    assert_eq!(focused(&window), "profile-row-old-laptop");
    window.driver().press(&[RIGHT, ENTER]).unwrap();
    window.see("profile-menu-rename");
    window.driver().press(&[ESCAPE]).unwrap();
    window.until("!document.querySelector('[data-test=\"profile-menu-rename\"]')");

    window.driver().press(&['?']).unwrap();
    window.see("[data-test=\"shortcuts\"]");
    window.driver().press(&[ESCAPE]).unwrap();

    // The palette goes to a setting, and the focus is there.
    window.driver().chord(CONTROL, 'k').unwrap();
    window.see("palette-query");
    for letter in "network".chars() {
        window.driver().press(&[letter]).unwrap();
    }
    window.see("palette-settings-network");
    window.driver().press(&[ENTER]).unwrap();
    window.until("document.activeElement.id === 'settings-network-title'");
    tab_to(&window, "settings-proxy");
}

#[test]
fn the_appearance_that_was_chosen_outlives_a_new_start_of_the_page() {
    let home = Home::new();
    let window = Window::open(&home);
    for choice in ["dark", "light", "contrast"] {
        window.click("[data-test=\"appearance\"]");
        window.click(&format!("appearance-{choice}"));
        let shown = match choice {
            "contrast" => "document.documentElement.dataset.contrast === 'more'".to_owned(),
            theme => format!("document.documentElement.dataset.theme === '{theme}'"),
        };
        window.until(&shown);
        window.reload();
        window.until(&shown);
    }
}
