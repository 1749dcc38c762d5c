use std::ffi::OsString;
use std::path::Path;

use keywell_aws_files::FileKind::{Config, Credentials};
use keywell_aws_files::{NameProblem, check_profile_name, header, locate, profile_of};

#[test]
fn the_files_are_where_the_sdks_look_for_them() {
    let cases: [(Option<&str>, &str); 6] = [
        (None, "/home/ann/.aws/config"),
        (Some(""), "/home/ann/.aws/config"),
        (Some("/etc/aws"), "/etc/aws"),
        (Some("~/dot/aws"), "/home/ann/dot/aws"),
        (Some("~"), "/home/ann"),
        (Some("~bob/aws"), "~bob/aws"),
    ];
    for (value, expected) in cases {
        let paths = locate(Path::new("/home/ann"), |name| {
            (name == "AWS_CONFIG_FILE")
                .then(|| value.map(OsString::from))
                .flatten()
        });
        assert_eq!(paths.config, Path::new(expected), "{value:?}");
        assert_eq!(paths.credentials, Path::new("/home/ann/.aws/credentials"));
    }
    let paths = locate(Path::new("/h"), |name| {
        (name == "AWS_SHARED_CREDENTIALS_FILE").then(|| "~/c".into())
    });
    assert_eq!(paths.credentials, Path::new("/h/c"));
    assert_eq!(paths.config, Path::new("/h/.aws/config"));
}

#[test]
fn a_profile_has_the_section_that_the_cli_gives_it() {
    let cases = [
        (Config, "default", "default"),
        (Config, "work", "profile work"),
        (Config, "a b", "profile 'a b'"),
        (Config, "it's", r#"profile 'it'"'"'s'"#),
        (Config, "50%/x@y+z", "profile 50%/x@y+z"),
        (Credentials, "default", "default"),
        (Credentials, "work", "work"),
        (Credentials, "a b", "a b"),
    ];
    for (kind, profile, expected) in cases {
        assert_eq!(header(kind, profile), expected);
        assert_eq!(profile_of(kind, expected).as_deref(), Some(profile));
    }
}

#[test]
fn other_sections_are_no_profiles() {
    let cases = [
        (Config, "sso-session corp", None),
        (Config, "services local", None),
        (Config, "plugins", None),
        (Config, "work", None),
        (Config, "profile", None),
        (Config, "profile ''", None),
        (Config, "profile a b", None),
        (Config, "profilework", None),
        (Config, "profile \t x", Some("x")),
        (Config, " profile x ", Some("x")),
        (Config, "profile \"a b\"", Some("a b")),
        (Config, "profile default", Some("default")),
        (Credentials, "profile work", None),
        (Credentials, "sso-sessionfoo", Some("sso-sessionfoo")),
        (Credentials, "", None),
    ];
    for (kind, text, expected) in cases {
        assert_eq!(profile_of(kind, text).as_deref(), expected, "{text:?}");
    }
}

#[test]
fn names_that_would_break_a_file_are_refused_with_the_reason() {
    let long = "x".repeat(129);
    let cases: [(&str, Result<(), NameProblem>); 18] = [
        ("work", Ok(())),
        ("a b", Ok(())),
        ("Zoë", Ok(())),
        ("it's", Ok(())),
        ("5\" disk", Ok(())),
        ("it's 5\"", Err(NameProblem::BothQuotes)),
        (&long[..128], Ok(())),
        ("", Err(NameProblem::Empty)),
        ("a\nb", Err(NameProblem::ControlCharacter)),
        ("a\u{0}", Err(NameProblem::ControlCharacter)),
        ("a]", Err(NameProblem::Bracket(']'))),
        ("[a", Err(NameProblem::Bracket('['))),
        (" a", Err(NameProblem::LeadingOrTrailingBlank)),
        ("a ", Err(NameProblem::LeadingOrTrailingBlank)),
        ("a#b", Err(NameProblem::CommentCharacter('#'))),
        ("DEFAULT", Err(NameProblem::Reserved)),
        ("profile a", Err(NameProblem::Reserved)),
        (&long, Err(NameProblem::TooLong)),
    ];
    for (name, expected) in cases {
        assert_eq!(check_profile_name(name), expected, "{name:?}");
        if let Err(problem) = expected {
            assert!(problem.to_string().ends_with('.'));
            assert!(problem.code().starts_with("profile_name."));
            assert!(!problem.hint().is_empty());
        }
    }
}
