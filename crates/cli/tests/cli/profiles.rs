use crate::support::Home;

const CONFIG: &str = "\
# kept as it is
[default]
region=eu-west-1

[profile media] ; films
region = eu-central-1
output = json
";

fn home() -> Home {
    let home = Home::new();
    home.write(".aws/config", CONFIG);
    home
}

#[test]
fn values_are_set_and_taken_out_and_the_rest_stays() {
    let home = home();
    home.run(&[
        "profile",
        "set",
        "media",
        "region=eu-west-3",
        "--unset",
        "output",
    ])
    .passed();
    assert_eq!(
        home.read(".aws/config"),
        CONFIG
            .replace("eu-central-1", "eu-west-3")
            .replace("output = json\n", "")
    );
}

#[test]
fn a_profile_is_made_by_hand_copied_renamed_and_removed() {
    let home = home();
    home.run(&[
        "profile",
        "set",
        "deploy",
        "--create",
        "role_arn=arn:aws:iam::123456789012:role/deploy",
        "source_profile=media",
    ])
    .passed();
    home.run(&["profile", "copy", "deploy", "release"]).passed();
    home.run(&["profile", "rename", "media", "film"]).passed();
    insta::assert_snapshot!(home.read(".aws/config"), @r"
    # kept as it is
    [default]
    region=eu-west-1

    [profile film] ; films
    region = eu-central-1
    output = json
    [profile deploy]
    role_arn = arn:aws:iam::123456789012:role/deploy
    source_profile = film

    [profile release]
    role_arn = arn:aws:iam::123456789012:role/deploy
    source_profile = film
    ");

    let list = home.run(&["profile", "list", "--json"]).passed().json();
    let names: Vec<_> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["name"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(names, ["default", "film", "deploy", "release"]);

    for profile in ["deploy", "release"] {
        home.run(&["profile", "remove", profile]).passed();
    }
    home.run(&["profile", "rename", "film", "media"]).passed();
    assert_eq!(home.read(".aws/config"), CONFIG);
}

#[test]
fn lists_and_details_are_tables_for_people() {
    let home = home();
    home.write(
        ".aws/credentials",
        "[media]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n",
    );
    insta::assert_snapshot!(home.run(&["profile", "list"]).passed().stdout, @r"
    PROFILE  IDENTITY  ACCOUNT  SECRET      LAST TESTED (UTC)
    default                     none        never
    media                       plain text  never
    ");
    insta::assert_snapshot!(home.run(&["profile", "show", "media"]).passed().stdout, @r"
    media
      key          AKIAIOSFODNN7EXAMPLE
      secret       plain text
      last tested  never
      file         ~/.aws/config
      region = eu-central-1
      output = json
    ! The secret of this profile is plain text
      Every program that runs as you can read ~/.aws/credentials. Keywell can move it into the keychain.
    ");
}

#[test]
fn a_home_without_profiles_says_how_to_make_one() {
    let home = Home::new();
    assert_eq!(
        home.run(&["profile", "list"]).passed().stdout,
        "There are no profiles yet. Make one: keywell setup\n"
    );
    assert_eq!(
        home.run(&["profile", "list", "--json"]).passed().json(),
        serde_json::json!([])
    );
}

#[test]
fn a_profile_is_marked_as_production_and_unmarked_again() {
    let home = home();
    let mark = |flag: &str| {
        let row = home
            .run(&["profile", "mark", "media", flag, "--json"])
            .passed()
            .json();
        row["production"].as_bool()
    };
    assert_eq!(mark("--production"), Some(true));
    let shown = home.run(&["profile", "show", "media"]).passed();
    assert!(shown.stdout.contains("production"), "{}", shown.stdout);
    assert_eq!(mark("--no-production"), Some(false));
    assert_eq!(home.read(".aws/config"), CONFIG);
    // One of the two has to be said, and only one.
    for flags in [&[][..], &["--production", "--no-production"]] {
        let arguments = [&["profile", "mark", "media"], flags].concat();
        assert_eq!(home.run(&arguments).code, 2);
    }
}

#[test]
fn a_change_of_one_process_is_undone_by_another_and_done_again() {
    let home = home();
    home.run(&["profile", "set", "media", "region=eu-west-3"])
        .passed();
    let shown = home.run(&["profile", "history", "1"]).passed().stdout;
    insta::assert_snapshot!(shown.replace(|character: char| character.is_ascii_digit(), "0"), @r"
    Changed region of media
      when     0000-00-00 00:00
      file     ~/.aws/config
      - region = eu-central-0
      + region = eu-west-0
    ");
    home.run(&["profile", "rename", "media", "film"]).passed();
    let list = home.run(&["profile", "history", "--json"]).passed().json();
    let texts: Vec<_> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["text"].as_str().unwrap())
        .collect();
    assert_eq!(texts, ["Renamed media to film", "Changed region of media"]);
    insta::assert_snapshot!(home.run(&["profile", "undo"]).passed().stdout, @r"
    Undone: 2.
      - [profile film] ; films
      + [profile media] ; films
    Take it back: keywell profile undo 3
    ");
    home.run(&["profile", "undo"]).passed();
    assert_eq!(home.read(".aws/config"), CONFIG);
    let nothing = home.run(&["profile", "undo", "--json"]);
    assert_eq!(
        (nothing.code, &nothing.error()["code"]),
        (1, &"undo.gone".into())
    );
    home.run(&["profile", "undo", "4"]).passed();
    assert!(home.read(".aws/config").contains("eu-west-3"));
}

#[test]
fn a_conflict_shows_both_sides_and_leaves_the_file() {
    let home = home();
    home.run(&["profile", "set", "media", "region=eu-west-3"])
        .passed();
    let theirs = home.read(".aws/config").replace("eu-west-3", "us-east-1");
    home.write(".aws/config", &theirs);
    let run = home.run(&["profile", "undo"]);
    assert_eq!(run.code, 1);
    insta::assert_snapshot!(run.stdout, @r"
    The same lines of ~/.aws/config were changed since, so nothing was undone. Changed since:
      - region = eu-west-3
      + region = us-east-1
    Undo would have done:
      - region = eu-west-3
      + region = eu-central-1
    ");
    assert_eq!(home.read(".aws/config"), theirs);
    let answer = home.run(&["profile", "undo", "--json"]).json();
    assert_eq!(answer["conflict"]["file"], "~/.aws/config");
    assert!(answer["change"].is_null());
}

#[test]
fn eight_processes_at_once_lose_neither_a_change_nor_its_history() {
    let home = home();
    std::thread::scope(|scope| {
        for number in 0..8 {
            let home = &home;
            scope.spawn(move || {
                let name = format!("p{number}");
                home.run(&["profile", "set", &name, "--create", "region=eu-west-1"])
                    .passed();
            });
        }
    });
    let list = home.run(&["profile", "history", "--json"]).passed().json();
    assert_eq!(list.as_array().unwrap().len(), 8);
    let profiles = home.run(&["profile", "list", "--json"]).passed().json();
    assert_eq!(profiles.as_array().unwrap().len(), 10);
    for _ in 0..8 {
        home.run(&["profile", "undo"]).passed();
    }
    assert_eq!(home.read(".aws/config"), CONFIG);
}

#[test]
fn a_value_that_aws_would_refuse_is_refused_with_what_would_be_right() {
    let home = home();
    let cases = [
        (
            "duration_seconds=60",
            "duration_seconds is a whole number from 900 to 43200.",
        ),
        ("role_arn=deploy", "\"deploy\" is not the ARN of a role."),
        ("source_profile=nobody", "There is no profile nobody."),
        ("output=xml", "\"xml\" is no value for output."),
    ];
    for (value, message) in cases {
        let run = home.run(&["profile", "set", "media", value, "--json"]);
        assert_eq!(
            (run.code, run.error()["message"].as_str()),
            (2, Some(message)),
            "{value}"
        );
    }
    assert_eq!(home.read(".aws/config"), CONFIG);
}

#[test]
fn nested_settings_groups_and_successors_work_from_the_terminal() {
    let home = home();
    let role = "role_arn=arn:aws:iam::123456789012:role/deploy";
    home.run(&[
        "profile",
        "set",
        "deploy",
        "--create",
        role,
        "source_profile=media",
        "s3.addressing_style=path",
    ])
    .passed();
    home.run(&["profile", "group", "media", "films"]).passed();
    insta::assert_snapshot!(home.run(&["profile", "show", "media"]).passed().stdout, @r"
    media
      secret       none
      last tested  never
      group        films
      used by      deploy
      file         ~/.aws/config
      region = eu-central-1
      output = json
    ");
    home.run(&["profile", "unset", "deploy", "s3.addressing_style"])
        .passed();
    let removed = home.run(&["profile", "remove", "media"]).passed();
    assert!(
        removed.stdout.contains("These acted through it: deploy"),
        "{}",
        removed.stdout
    );
    home.run(&["profile", "undo"]).passed();
    home.run(&["profile", "remove", "media", "--successor", "default"])
        .passed();
    assert!(
        home.read(".aws/config")
            .ends_with("source_profile = default\n")
    );
}
