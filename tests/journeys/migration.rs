//! Keys that lie about, on their way into the keychain and back, in the terminal and in the window; judged by real programs.

use crate::clients;
use keywell_journeys::{Home, Outcome, Practice, PrivateKeychain, Window};
use serde_json::{Value, json};
use std::fs;
use std::time::Duration;

const LONG: Duration = Duration::from_secs(60);

/// A keyring as gnome-keyring writes one that has no password, with one entry as aws-vault writes it.
fn awsvault_keyring(key_id: &str, secret: &str) -> String {
    let data = json!({"AccessKeyID": key_id, "SecretAccessKey": secret, "SessionToken": "", "Source": "", "CanExpire": false, "Expires": "0001-01-01T00:00:00Z"});
    let item = json!({"Key": "work", "Data": base64(&data.to_string()), "Label": "aws-vault (work)", "Description": "", "KeychainNotTrustApplication": true, "KeychainNotSynchronizable": false});
    format!(
        "[keyring]\ndisplay-name=awsvault\nctime=1763800000\nmtime=1763800000\nlock-on-idle=false\nlock-after=false\n\n\
         [1]\nitem-type=0\ndisplay-name=aws-vault (work)\nsecret={item}\nmtime=1763800000\nctime=1763800000\n\n\
         [1:attribute0]\nname=profile\ntype=string\nvalue=work\n"
    )
}

fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

#[test]
fn a_key_of_aws_vault_becomes_a_profile_that_the_aws_cli_uses_and_goes_back() {
    let home = Home::new();
    let practice = Practice::start(&home, &[]);
    let (key_id, secret) = practice.admin();
    let before = format!(
        "# mine\n[profile work]\nregion = us-east-1\nendpoint_url = {}\ncredential_process = aws-vault exec work --json\n",
        practice.url()
    );
    home.write_old(".aws/config", &before);
    home.write(
        ".local/share/keyrings/awsvault.keyring",
        awsvault_keyring(&key_id, &secret),
    );
    let keychain = PrivateKeychain::unlocked(&home);
    let list = || -> Value {
        keychain
            .keywell(&["profile", "migrate", "--json"])
            .succeeded()
            .json()
    };

    // Nobody is asked to open another tool's keyring: it is named, with what opens it.
    let closed = list();
    assert_eq!(closed["keys"], json!([]), "{closed:#}");
    assert_eq!(closed["unread"][0]["place"], "aws-vault's keyring");
    let hint = closed["unread"][0]["failure"]["hint"].as_str().unwrap();
    assert!(hint.contains("aws-vault"), "{hint}");

    // One without a password opens when something is read from it, as aws-vault does.
    keychain.read("profile", "work");
    let open = list();
    assert_eq!(open["keys"][0]["keyId"], key_id.as_str(), "{open:#}");
    assert_eq!(open["keys"][0]["profiles"], json!(["work"]));
    assert_eq!(
        open["keys"][0]["copies"][0]["place"],
        "aws-vault, entry work"
    );

    let moved = keychain
        .keywell(&["profile", "migrate", "work", "--yes", "--json"])
        .succeeded()
        .json();
    let who = keychain
        .aws(&["sts", "get-caller-identity", "--profile", "work"])
        .succeeded()
        .json();
    assert!(who["Arn"].as_str().unwrap().ends_with(":user/admin"));
    assert!(keychain.items().contains(&key_id));

    let id = moved[0]["id"].as_str().unwrap();
    keychain
        .keywell(&["profile", "migrate", "--undo", id])
        .succeeded();
    assert_eq!(home.aws_config(), before);
    assert!(!keychain.items().contains(&key_id));
    assert_eq!(
        list()["keys"][0]["keyId"],
        key_id.as_str(),
        "aws-vault's own entry stays"
    );
}

/// The administrator's key in every place that a person writes keys to.
fn scattered(home: &Home, practice: &Practice) -> Vec<(&'static str, String)> {
    let (key_id, secret) = practice.admin();
    let places = vec![
        (
            ".aws/config",
            format!(
                "[profile work] # mine\r\nregion=us-east-1\r\nendpoint_url = {}\r\n\r\n",
                practice.url()
            ),
        ),
        (
            ".aws/credentials",
            format!("[work]\naws_access_key_id={key_id}\naws_secret_access_key={secret}"),
        ),
        (
            ".bashrc",
            format!(
                "alias l=ls\nexport AWS_ACCESS_KEY_ID=\"{key_id}\"\nexport AWS_SECRET_ACCESS_KEY='{secret}' # old\nA=1\n"
            ),
        ),
        (
            "Downloads/admin_accessKeys.csv",
            format!("Access key ID,Secret access key\r\n{key_id},{secret}\r\n"),
        ),
        (
            "shop/.env",
            format!("PORT=80\r\nAWS_ACCESS_KEY_ID={key_id}\r\nAWS_SECRET_ACCESS_KEY={secret}\r\n"),
        ),
    ];
    for (path, text) in &places {
        home.write_old(path, text);
    }
    places
}

#[test]
fn a_key_in_five_places_leaves_them_all_and_comes_back_to_the_byte_until_it_is_final() {
    let home = Home::new();
    let practice = Practice::start(&home, &[]);
    let places = scattered(&home, &practice);
    let (_, secret) = practice.admin();
    let migrate = |more: &[&str]| -> Outcome {
        let start = ["profile", "migrate", "--json", "--env-file", "shop/.env"];
        home.keywell(&[&start, more].concat())
    };
    let moved = migrate(&["--all", "--yes"]).succeeded().json();
    for (path, _) in &places {
        let text = fs::read_to_string(home.join(path)).unwrap_or_default();
        assert!(!text.contains(&secret), "{path} still holds the secret");
    }
    let identity = clients::identity(&home, "work");
    assert!(identity["Arn"].as_str().unwrap().ends_with(":user/admin"));
    let mut bash = home.command("bash");
    let told = Outcome::of(bash.args(["-c", ". ~/.bashrc; echo $AWS_PROFILE $A"]), "");
    assert_eq!(told.succeeded().stdout, "work 1\n");

    let id = moved[0]["id"].as_str().unwrap();
    home.keywell(&["profile", "migrate", "--undo", id])
        .succeeded();
    for (path, text) in &places {
        assert_eq!(
            &fs::read_to_string(home.join(path)).unwrap(),
            text,
            "{path}"
        );
    }

    let again = migrate(&["work", "--yes"]).succeeded().json();
    let id = again[0]["id"].as_str().unwrap();
    home.keywell(&["profile", "migrate", "--final", id])
        .succeeded();
    home.keywell(&["profile", "migrate", "--undo", id, "--json"])
        .failed_with("undo.gone");
    clients::identity(&home, "work");
}

#[test]
fn in_the_window_a_finding_moves_a_plain_key_and_it_can_be_brought_back() {
    let home = Home::new();
    let practice = Practice::start(&home, &[]);
    let (key_id, secret) = practice.admin();
    let config = format!(
        "[profile work]\nregion = us-east-1\nendpoint_url = {}\n",
        practice.url()
    );
    let credentials =
        format!("[work]\naws_access_key_id = {key_id}\naws_secret_access_key = {secret}\n");
    home.write_old(".aws/config", &config);
    home.write_old(".aws/credentials", &credentials);
    let window = Window::open(&home);
    window.go("#/health");
    window.see_within("[data-test=\"finding-key.plain\"]", LONG);
    window.reads("AWS answers.");
    window.click("finding-migrate");
    // The message's undo lies above the sheet that it came from.
    for undo in ["toast-undo", "bring-back-m1"] {
        window.click(&format!("move-{key_id}"));
        window.see_within("bring-back-m1", LONG);
        let after = fs::read_to_string(home.join(".aws/credentials")).unwrap();
        assert!(!after.contains(&secret), "{after}");
        clients::identity(&home, "work");

        window.click(undo);
        window.see_within(&format!("plain-{key_id}"), LONG);
        assert_eq!(
            fs::read_to_string(home.join(".aws/credentials")).unwrap(),
            credentials
        );
        assert_eq!(home.aws_config(), config);
    }
    let shown = window.words();
    assert!(!shown.contains(&secret), "the page shows the secret");
}
