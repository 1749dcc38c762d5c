use keywell_aws_files::{Document, FileKind, ProblemKind, header};

/// A file, a section, and its keys and values.
type Case<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)]);

/// The rules of the AWS SDKs' shared tests for profile files.
#[test]
fn values_are_read_as_the_sdks_read_them() {
    let cases: &[Case] = &[
        ("[profile foo]", "profile foo", &[]),
        (
            "[profile foo]\nname = value",
            "profile foo",
            &[("name", "value")],
        ),
        (
            "[profile foo]\r\nname = value\r\n",
            "profile foo",
            &[("name", "value")],
        ),
        (
            "[profile foo]\nname = val=ue",
            "profile foo",
            &[("name", "val=ue")],
        ),
        ("[profile foo]\nname = 😂", "profile foo", &[("name", "😂")]),
        (
            "[profile foo]\nname \t=  \tvalue \t",
            "profile foo",
            &[("name", "value")],
        ),
        ("[profile foo]\nname =", "profile foo", &[("name", "")]),
        (
            "\t \n[profile foo]\n\t\n \nname = value\n\t \n",
            "profile foo",
            &[("name", "value")],
        ),
        (
            "# c\n[profile foo] # c\nname = value # c with # sign",
            "profile foo",
            &[("name", "value")],
        ),
        (
            "; c\n[profile foo]; c\nname = value ; c",
            "profile foo",
            &[("name", "value")],
        ),
        (
            "[profile foo]\nname = value; no\nname2 = value# no",
            "profile foo",
            &[("name", "value; no"), ("name2", "value# no")],
        ),
        (
            "[profile foo]\nname = value\n -more\n \t -yet ",
            "profile foo",
            &[("name", "value\n-more\n-yet")],
        ),
        (
            "[profile foo]\nname = value\n -more # c",
            "profile foo",
            &[("name", "value\n-more # c")],
        ),
        (
            "[profile foo]\nname = value\n[profile foo]\nname2 = value2",
            "profile foo",
            &[("name", "value"), ("name2", "value2")],
        ),
        (
            "[profile foo]\nName = a\nname = b",
            "profile foo",
            &[("name", "b")],
        ),
        (
            "[profile foo]\nName = a\n[profile foo]\nname = b",
            "profile foo",
            &[("name", "b")],
        ),
        (
            "[profile default]\na = 1\n[default]\nb = 2",
            "default",
            &[("a", "1")],
        ),
        (
            "[default]\nb = 2\n[profile default]\na = 1",
            "default",
            &[("a", "1")],
        ),
        (
            "[profile foo]\ns3 =\n name = value\n\t \n name2 = value2",
            "profile foo",
            &[("s3", "\nname = value\nname2 = value2")],
        ),
        (
            "[profile foo]\ns3 =\n name =",
            "profile foo",
            &[("s3", "\nname =")],
        ),
        (
            "[   profile \tfoo \t]\nname = value",
            "profile foo",
            &[("name", "value")],
        ),
        ("[\tfoo ]\nname = value", "foo", &[("name", "value")]),
        (
            "[profile \"a b\"]\nname = value",
            "profile 'a b'",
            &[("name", "value")],
        ),
        (
            "\u{feff}[default]\nname = value",
            "default",
            &[("name", "value")],
        ),
        // What the SDKs refuse and the AWS CLI reads.
        (
            "[default]\n  a = 1\n  b = 2\n",
            "default",
            &[("a", "1"), ("b", "2")],
        ),
        ("[default] junk\na = 1\n", "default", &[("a", "1")]),
        // What nobody reads is skipped.
        ("[default]\nno equals\na = 1\n", "default", &[("a", "1")]),
        (
            "[default]\na = 1\n[profile\nb = 2\n",
            "default",
            &[("a", "1")],
        ),
    ];
    for (text, section, expected) in cases {
        let document = Document::parse(text);
        assert!(document.contains(section), "{text:?}");
        let found = document.properties(section);
        let found: Vec<(&str, &str)> = found
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .collect();
        assert_eq!(&found, expected, "{text:?}");
        for (key, value) in *expected {
            assert_eq!(
                document.get(section, key).as_deref(),
                Some(*value),
                "{text:?}"
            );
        }
        assert_eq!(document.text(), *text);
    }
}

#[test]
fn lines_that_a_client_refuses_or_misreads_are_named() {
    use ProblemKind::*;
    let duplicate = |header: &str| DuplicateSection {
        header: header.to_owned(),
    };
    let cases = [
        ("[default]\na = 1\n\n# c\n; d\n", vec![]),
        ("\u{feff}[a]", vec![(1, ByteOrderMark)]),
        ("[a]\nx = 1\ry = 2\n", vec![(2, CarriageReturn)]),
        ("[a", vec![(1, UnclosedHeader)]),
        ("[a#b]", vec![(1, UnclearHeader)]),
        ("[ a ]", vec![(1, BlankInBrackets)]),
        ("[DEFAULT]", vec![(1, ReservedHeader)]),
        ("[profile a b]", vec![(1, IgnoredProfile)]),
        ("[]", vec![(1, IgnoredProfile)]),
        ("[a]\n[b]\n[a]", vec![(3, duplicate("a"))]),
        (
            "[profile  a]\n[profile a]",
            vec![(2, duplicate("profile a"))],
        ),
        ("[default]\n[profile default]", vec![(2, TwoDefaults)]),
        (
            "[a]\nx = 1\nX = 2",
            vec![(
                3,
                DuplicateKey {
                    key: "x".to_owned(),
                },
            )],
        ),
        ("x = 1", vec![(1, OutsideSection)]),
        ("[a]\nkey : value", vec![(2, MissingEquals)]),
        ("[a]\n= value", vec![(2, EmptyKey)]),
        ("[a]\ns3 =\n x", vec![(3, MissingEquals)]),
        ("[a]\ns3 =\n = x", vec![(3, EmptyKey)]),
        ("[a]\n x = 1", vec![(2, IndentedKey)]),
        ("[a]\nx = 1\n # c", vec![(3, IndentedComment)]),
        ("[a]\nx = 1 # c", vec![(2, InlineComment)]),
        ("[a]\nx = é", vec![(2, NonAscii)]),
        (
            "[profile a]\n[profile A]",
            vec![(
                2,
                CaseTwin {
                    header: "profile A".to_owned(),
                    other: "profile a".to_owned(),
                },
            )],
        ),
    ];
    for (text, expected) in cases {
        let found: Vec<_> = Document::parse(text)
            .problems()
            .into_iter()
            .map(|problem| (problem.line, problem.kind))
            .collect();
        assert_eq!(found, expected, "{text:?}");
        for (_, kind) in found {
            assert!(kind.to_string().ends_with('.'));
        }
    }
}

#[test]
fn sections_are_listed_in_order_and_profiles_once() {
    let document = Document::parse(
        "[default]\n[profile b]\n[sso-session s]\n[profile \"a b\"]\n[profile  b]\n[plugins]\n",
    );
    let sections: Vec<_> = document
        .sections()
        .into_iter()
        .map(|section| (section.line, section.header))
        .collect();
    insta::assert_debug_snapshot!(sections, @r#"
    [
        (
            1,
            "default",
        ),
        (
            2,
            "profile b",
        ),
        (
            3,
            "sso-session s",
        ),
        (
            4,
            "profile 'a b'",
        ),
        (
            5,
            "profile b",
        ),
        (
            6,
            "plugins",
        ),
    ]
    "#);
    assert_eq!(document.profiles(FileKind::Config), ["default", "b", "a b"]);
    for profile in document.profiles(FileKind::Config) {
        assert!(document.contains(&header(FileKind::Config, &profile)));
    }
}
