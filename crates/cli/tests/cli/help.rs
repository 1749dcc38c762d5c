use crate::support::Home;

#[test]
fn help_names_every_command_and_the_exit_codes() {
    insta::assert_snapshot!(Home::new().run(&["--help"]).passed().stdout);
}

#[test]
fn help_of_set_up_names_every_source_of_a_key() {
    insta::assert_snapshot!(Home::new().run(&["setup", "--help"]).passed().stdout);
}

#[test]
fn every_command_has_examples_in_its_help() {
    let commands: &[&[&str]] = &[
        &["setup"],
        &["test"],
        &["profile", "list"],
        &["profile", "show"],
        &["profile", "set"],
        &["profile", "copy"],
        &["profile", "rename"],
        &["profile", "remove"],
        &["profile", "sessions"],
        &["profile", "ask-first"],
        &["exec"],
        &["env"],
        &["journal"],
        &["mfa", "list"],
        &["mfa", "create"],
        &["mfa", "add"],
        &["mfa", "remove"],
        &["settings", "show"],
        &["settings", "set"],
        &["diagnostics"],
        &["user", "list"],
        &["key", "list"],
        &["key", "create"],
        &["key", "activate"],
        &["key", "deactivate"],
        &["key", "delete"],
        &["key", "rotate"],
        &["key", "rotations"],
        &["credential-process"],
        &["practice", "start"],
        &["practice", "status"],
        &["practice", "stop"],
        &["practice", "reset"],
        &["s3", "ls"],
        &["s3", "mb"],
        &["s3", "rb"],
        &["s3", "cp"],
        &["s3", "rm"],
        &["s3", "presign"],
        &["files", "dump"],
        &["files", "where"],
        &["files", "edit"],
        &["files", "explain"],
        &["files", "repair"],
        &["section", "list"],
        &["section", "rename"],
        &["section", "remove"],
        &["vault", "status"],
        &["vault", "move"],
        &["vault", "backup"],
        &["vault", "restore"],
        &["vault", "unlock"],
        &["vault", "lock"],
        &["completions"],
    ];
    let home = Home::new();
    for command in commands {
        let help = home.run(&[*command, &["--help"]].concat()).passed().stdout;
        assert!(help.contains("\nExample"), "{command:?}: {help}");
        assert!(help.contains("--json"), "{command:?}: {help}");
    }
}

#[test]
fn completions_are_made_for_every_shell() {
    let home = Home::new();
    for (shell, expected) in [
        ("bash", "complete -F _keywell"),
        ("zsh", "#compdef keywell"),
        ("fish", "complete -c keywell"),
        ("powershell", "Register-ArgumentCompleter"),
    ] {
        let script = home.run(&["completions", shell]).passed().stdout;
        assert!(script.contains(expected), "{shell}");
        assert!(script.contains("credential-process"), "{shell}");
    }
}

#[test]
fn bad_usage_is_explained_as_text_or_as_one_json_object() {
    let home = Home::new();
    let text = home.run(&["profile", "lsit"]);
    assert_eq!(text.code, 2);
    assert!(text.stderr.contains("list"), "{}", text.stderr);

    let json = home.run(&["--json", "profile", "lsit"]);
    assert_eq!(json.code, 2);
    assert_eq!(json.error()["code"], "usage");
    assert_eq!(json.error()["message"], "unrecognized subcommand 'lsit'");
    assert_eq!(json.stdout, "");
}
