//! A profile edited setting by setting and as text, and what refers to it.

use keywell_app::{
    Code,
    history::undo,
    profiles::{
        self, preview, preview_text, remove_for, save, save_seen, save_text, set_group, show,
    },
    watch,
};
use keywell_wire::{DiffKind, Property};

use crate::world::{SECRET, World};

const CONFIG: &str = "\
# mine
[profile base]
region = eu-west-1
# a note
aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY
s3 =
  addressing_style = auto
  max_concurrent_requests = 20

# about deploy
[profile deploy]
role_arn = arn:aws:iam::123456789012:role/deploy
source_profile = base
";

fn world() -> World {
    let world = World::new();
    world.write(".aws/config", CONFIG);
    world
}

fn value(name: &str, value: &str) -> (String, Option<String>) {
    (name.to_owned(), Some(value.to_owned()))
}

#[tokio::test]
async fn a_nested_setting_is_shown_set_and_taken_out_by_its_own_name() {
    let world = world();
    let properties = show(&world.app, "base").unwrap().properties;
    let shown: Vec<_> = properties
        .iter()
        .map(|property| (property.name.as_str(), property.value.as_str()))
        .collect();
    assert_eq!(
        shown,
        [
            ("region", "eu-west-1"),
            ("s3.addressing_style", "auto"),
            ("s3.max_concurrent_requests", "20"),
        ]
    );
    let values = [
        value("s3.addressing_style", "path"),
        ("s3.max_concurrent_requests".to_owned(), None),
    ];
    save(&world.app, "base", false, &values).await.unwrap();
    let expected = CONFIG
        .replace("addressing_style = auto", "addressing_style = path")
        .replace("  max_concurrent_requests = 20\n", "");
    assert_eq!(world.config(), expected);
}

#[tokio::test]
async fn a_preview_says_what_is_wrong_with_each_value_and_what_the_others_would_do() {
    let world = world();
    let values = [
        value("region", "us-west-2"),
        value("output", "xml"),
        value("duration_seconds", "1"),
        value("aws_secret_access_key", SECRET),
        value("source_profile", "nobody"),
    ];
    let found = preview(&world.app, "deploy", false, &values).unwrap();
    let names: Vec<_> = found
        .problems
        .iter()
        .map(|problem| problem.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "output",
            "duration_seconds",
            "aws_secret_access_key",
            "source_profile"
        ]
    );
    let added: Vec<_> = found
        .diff
        .iter()
        .filter(|line| line.kind == DiffKind::Added)
        .map(|line| line.text.as_str())
        .collect();
    assert_eq!(added, ["region = us-west-2"]);
    let taken = preview(&world.app, "base", true, &values[..1]).unwrap();
    assert_eq!(taken.problems[0].failure.code, "profile.exists");
    assert_eq!(world.config(), CONFIG);
}

#[tokio::test]
async fn a_form_does_not_write_over_what_changed_since_it_was_opened() {
    let world = world();
    let seen = show(&world.app, "base").unwrap().properties;
    world.write(".aws/config", &CONFIG.replace("eu-west-1", "eu-west-3"));
    let mine = [value("region", "us-west-2")];
    let problem = save_seen(&world.app, "base", false, &mine, Some(&seen))
        .await
        .unwrap_err();
    assert_eq!(problem.code, Code::FilesChanged);
    let other = [value("output", "json")];
    save_seen(&world.app, "base", false, &other, Some(&seen))
        .await
        .unwrap();
    let same = [value("region", "eu-west-3")];
    save_seen(&world.app, "base", false, &same, Some(&seen))
        .await
        .unwrap();
    assert!(
        world.config().contains("region = eu-west-3") && world.config().contains("output = json")
    );
    let none: [Property; 0] = [];
    assert!(
        save_seen(&world.app, "base", false, &mine, Some(&none))
            .await
            .is_err()
    );
}

#[tokio::test]
async fn the_text_of_a_section_is_edited_with_its_comments_and_without_its_secrets() {
    let world = world();
    let seen = show(&world.app, "base").unwrap().config_text;
    insta::assert_snapshot!(seen, @r"
    [profile base]
    region = eu-west-1
    # a note
    aws_secret_access_key = ••••••••
    s3 =
      addressing_style = auto
      max_concurrent_requests = 20
    ");
    let text = seen.replace("# a note", "# another note\noutput = json");
    let change = save_text(&world.app, "base", &seen, &text).await.unwrap();
    let expected = CONFIG.replace("# a note", "# another note\noutput = json");
    assert_eq!(world.config(), expected);
    undo(&world.app, &change.undo.unwrap().token).await.unwrap();
    assert_eq!(world.config(), CONFIG);

    // What others changed on other lines meanwhile stays; on the same lines it is not written over.
    let theirs = CONFIG.replace("addressing_style = auto", "addressing_style = path");
    world.write(".aws/config", &theirs);
    save_text(&world.app, "base", &seen, &text).await.unwrap();
    assert_eq!(
        world.config(),
        theirs.replace("# a note", "# another note\noutput = json")
    );
    let mine = seen.replace("style = auto", "style = virtual");
    let problem = save_text(&world.app, "base", &seen, &mine)
        .await
        .unwrap_err();
    assert_eq!(problem.code, Code::FilesChanged);
}

#[tokio::test]
async fn a_text_that_is_not_this_one_section_is_refused_with_its_line() {
    let world = world();
    let seen = show(&world.app, "base").unwrap().config_text;
    let cases = [
        (seen.replace("[profile base]", "[profile other]"), "Line 1:"),
        (seen.replace("[profile base]\n", ""), "Line 1:"),
        (format!("{seen}[profile more]\nregion = x\n"), "Line 8:"),
        (seen.replace("region = eu-west-1", "region"), "Line 2:"),
        (seen.replace("region = eu-west-1", "= x"), "Line 2:"),
        (
            seen.replace("region = eu-west-1", "region = a\nregion = b"),
            "Line 3:",
        ),
        (seen.replace("••••••••", "mine"), "Line 4:"),
        (
            seen.replace("# a note", "aws_session_token = ••••••••"),
            "Line 3:",
        ),
        (format!("{seen}aws_session_token = x\n"), "Line 8:"),
        (String::new(), "Line 1:"),
    ];
    for (text, line) in cases {
        let problem = save_text(&world.app, "base", &seen, &text)
            .await
            .unwrap_err();
        assert_eq!(problem.code, Code::ProfileValue, "{text}");
        assert!(
            problem.message.starts_with(line),
            "{text}: {}",
            problem.message
        );
        let found = preview_text(&world.app, "base", &seen, &text).unwrap();
        assert_eq!(found.problems[0].failure.message, problem.message);
    }
    assert_eq!(world.config(), CONFIG);
    let gone = seen.replace("aws_secret_access_key = ••••••••\n", "");
    save_text(&world.app, "base", &seen, &gone).await.unwrap();
    assert!(
        !world.config().contains(SECRET),
        "a secret may be taken out"
    );
}

#[tokio::test]
async fn a_text_with_windows_line_ends_or_without_a_last_one_keeps_every_other_byte() {
    for config in [
        "[profile a]\r\nregion = x\r\n\r\n[profile b]\r\nregion = y",
        "[profile b]\nregion = y\n[profile a]\nregion = x",
    ] {
        let world = World::new();
        world.write(".aws/config", config);
        let seen = show(&world.app, "a").unwrap().config_text;
        assert!(!seen.contains('\r'));
        save_text(&world.app, "a", &seen, &seen).await.unwrap();
        assert_eq!(world.config(), config);
        let text = seen.replace("region = x", "region = z");
        save_text(&world.app, "a", &seen, &text).await.unwrap();
        let wanted = config.replace("region = x", "region = z");
        assert_eq!(world.config().trim_end(), wanted, "{config:?}");
    }
    let world = World::new();
    world.write(
        ".aws/config",
        "[profile a]\nregion = x\n[profile a]\noutput = json\n",
    );
    assert!(
        !show(&world.app, "a").unwrap().text_editable,
        "it is there twice"
    );
}

#[tokio::test]
async fn profiles_that_act_through_a_removed_one_are_named_and_can_be_handed_over() {
    let world = world();
    world.write(
        ".aws/config",
        &format!("{CONFIG}[profile next]\nregion = x\n"),
    );
    assert_eq!(show(&world.app, "base").unwrap().used_by, ["deploy"]);
    let before = world.config();
    let refused = remove_for(&world.app, "base", false, Some("deploy"))
        .await
        .unwrap_err();
    assert_eq!(refused.code, Code::ProfileValue);
    let change = remove_for(&world.app, "base", false, Some("next"))
        .await
        .unwrap();
    assert!(world.config().contains("source_profile = next"));
    undo(&world.app, &change.undo.unwrap().token).await.unwrap();
    assert_eq!(world.config(), before);
}

#[tokio::test]
async fn a_group_is_kept_apart_from_the_files_and_follows_the_profile() {
    let world = world();
    set_group(&world.app, "deploy", Some(" harbour ")).unwrap();
    profiles::rename(&world.app, "deploy", "ship")
        .await
        .unwrap();
    profiles::copy(&world.app, "ship", "ship-2").await.unwrap();
    for name in ["ship", "ship-2"] {
        assert_eq!(
            profiles::row(&world.app, name).unwrap().group.as_deref(),
            Some("harbour")
        );
        set_group(&world.app, name, None).unwrap();
        assert_eq!(profiles::row(&world.app, name).unwrap().group, None);
    }
    assert!(!world.config().contains("harbour"));
    assert_eq!(
        set_group(&world.app, "none", None).unwrap_err().code,
        Code::ProfileMissing
    );
    assert_eq!(
        set_group(&world.app, "ship", Some("a\nb"))
            .unwrap_err()
            .code,
        Code::ProfileValue
    );
}

#[tokio::test]
async fn a_change_made_outside_is_noticed() {
    let world = world();
    let seen = watch::Seen::now(&world.app.places);
    let waiting = tokio::spawn({
        let (app, seen) = (world.app.clone(), seen.clone());
        async move { watch::changed(&app, &seen).await }
    });
    world.write(".aws/credentials", "[a]\n");
    let now = waiting.await.unwrap();
    assert_ne!(now, seen);
    assert_eq!(now, watch::Seen::now(&world.app.places));
}
