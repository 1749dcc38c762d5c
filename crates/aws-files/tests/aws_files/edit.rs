use keywell_aws_files::{DiffKind, Document, EditError, diff_lines};

fn set(text: &str, header: &str, key: &str, value: &str) -> String {
    let mut document = Document::parse(text);
    document.set(header, key, value).unwrap();
    assert_eq!(document.get(header, key).as_deref(), Some(value));
    document.text()
}

#[test]
fn a_key_is_set_where_a_person_would_set_it() {
    let cases = [
        // A new file.
        (
            "",
            "default",
            "region",
            "eu-west-1",
            "[default]\nregion = eu-west-1\n",
        ),
        // In place, with its own spacing and spelling.
        (
            "[a]\nRegion=x\nb=1\n",
            "a",
            "region",
            "y",
            "[a]\nRegion=y\nb=1\n",
        ),
        (
            "[a]\nregion  =\tx  \n",
            "a",
            "region",
            "y",
            "[a]\nregion  =\ty\n",
        ),
        ("[a]\nr =\n", "a", "r", "y", "[a]\nr = y\n"),
        ("[a]\nr=\n", "a", "r", "y", "[a]\nr=y\n"),
        ("[a]\nr = x\n", "a", "r", "", "[a]\nr = \n"),
        (
            "[a]\r\nr = x\r\n[b]\r\n",
            "a",
            "r",
            "y",
            "[a]\r\nr = y\r\n[b]\r\n",
        ),
        ("[a]\nr = x", "a", "r", "y", "[a]\nr = y"),
        // A comment behind the value, which the AWS CLI would read as part of it, gets a line of its own.
        ("[a]\nr = x # mine\n", "a", "r", "y", "[a]\n# mine\nr = y\n"),
        ("[a]\nr = x # mine", "a", "r", "y", "[a]\n# mine\nr = y"),
        // The last of several is the one that counts.
        (
            "[a]\nr = 1\nr = 2\n[a]\nr = 3\n",
            "a",
            "r",
            "y",
            "[a]\nr = 1\nr = 2\n[a]\nr = y\n",
        ),
        // A nested block gives way to a value; comments among it stay.
        (
            "[a]\ns3 =\n  x = 1\n# c\n  y = 2\nr = 1\n",
            "a",
            "s3",
            "v",
            "[a]\ns3 = v\n# c\nr = 1\n",
        ),
        // A new key goes after the last key of its section, before blank lines and comments.
        (
            "[a]\nr = x\n\n# about b\n[b]\n",
            "a",
            "k",
            "v",
            "[a]\nr = x\nk = v\n\n# about b\n[b]\n",
        ),
        ("[a]\n\n[b]\n", "a", "k", "v", "[a]\nk = v\n\n[b]\n"),
        (
            "[a]\ns3 =\n  x = 1\n",
            "a",
            "k",
            "v",
            "[a]\ns3 =\n  x = 1\nk = v\n",
        ),
        ("[a]\n  r = x\n", "a", "k", "v", "[a]\n  r = x\n  k = v\n"),
        ("[a]", "a", "k", "v", "[a]\nk = v\n"),
        ("[a]\r\nr = x", "a", "k", "v", "[a]\r\nr = x\r\nk = v\r\n"),
        // Half an ending on the last line is completed, and means as little afterwards as before.
        (
            "[a]\nr = x\n\t\r",
            "b",
            "k",
            "v",
            "[a]\nr = x\n\t\r\n[b]\nk = v\n",
        ),
        ("\r", "a", "k", "v", "\r\n[a]\nk = v\n"),
        ("[a]\nr = x\r", "a", "r", "y", "[a]\nr = y\r"),
        (
            "[ a ] # c\nr = x\n",
            "a",
            "k",
            "v",
            "[ a ] # c\nr = x\nk = v\n",
        ),
        // As `aws configure set`: behind commented-out settings, and one line further down at the end of the file.
        (
            "[a]\nr = x\n# q = 1\n# note\n[b]\n",
            "a",
            "k",
            "v",
            "[a]\nr = x\n# q = 1\nk = v\n# note\n[b]\n",
        ),
        ("[a]\nr = x\n\n", "a", "k", "v", "[a]\nr = x\n\nk = v\n"),
        (
            "[a]\nr = x\n# end",
            "a",
            "k",
            "v",
            "[a]\nr = x\n# end\nk = v\n",
        ),
        // But what is commented out below a blank line stays with the next section.
        (
            "[a]\nr = x\n\n# b: mine\n[b]\n",
            "a",
            "k",
            "v",
            "[a]\nr = x\nk = v\n\n# b: mine\n[b]\n",
        ),
        // A new section goes to the end.
        ("[a]\nr = x\n", "b", "k", "v", "[a]\nr = x\n[b]\nk = v\n"),
        ("[a]\nr = x", "b", "k", "v", "[a]\nr = x\n[b]\nk = v\n"),
        (
            "[a]\n\n[c]\nr = x\n",
            "b",
            "k",
            "v",
            "[a]\n\n[c]\nr = x\n[b]\nk = v\n",
        ),
        (
            "[a]\nr = x\n# end\n",
            "b",
            "k",
            "v",
            "[a]\nr = x\n# end\n[b]\nk = v\n",
        ),
        (
            "[a]\r\nr = x\r\n",
            "b",
            "k",
            "v",
            "[a]\r\nr = x\r\n[b]\r\nk = v\r\n",
        ),
        ("\u{feff}", "b", "k", "v", "\u{feff}[b]\nk = v\n"),
        (
            "# only a comment",
            "b",
            "k",
            "v",
            "# only a comment\n[b]\nk = v\n",
        ),
        // The section under which clients read `default`.
        (
            "[default]\nx = 1\n[profile default]\ny = 2\n",
            "default",
            "k",
            "v",
            "[default]\nx = 1\n[profile default]\ny = 2\nk = v\n",
        ),
    ];
    for (text, header, key, value, expected) in cases {
        assert_eq!(set(text, header, key, value), expected, "{text:?}");
        assert_eq!(
            set(expected, header, key, value),
            expected,
            "again: {text:?}"
        );
    }
}

#[test]
fn nested_keys_are_set_and_removed_one_by_one() {
    let set = |text: &str, value: &str| {
        let mut document = Document::parse(text);
        document.set_nested("a", "s3", "x", value).unwrap();
        assert_eq!(document.get_nested("a", "s3", "x").as_deref(), Some(value));
        document.text()
    };
    let cases = [
        ("", "[a]\ns3 =\n  x = 1\n"),
        ("[a]\nr = 1\n[b]\n", "[a]\nr = 1\ns3 =\n  x = 1\n[b]\n"),
        ("[a]\r\nr = 1", "[a]\r\nr = 1\r\ns3 =\r\n  x = 1\r\n"),
        ("[a]\n  r = 1\n", "[a]\n  r = 1\n  s3 =\n    x = 1\n"),
        // In place, with its own spacing.
        ("[a]\nS3=\n\tx=2\n\ty=3\n", "[a]\nS3=\n\tx=1\n\ty=3\n"),
        ("[a]\ns3 =\n  x = 2 # c\n", "[a]\ns3 =\n# c\n  x = 1\n"),
        // At the end of the block, as deep as its neighbours.
        (
            "[a]\ns3 =\n    y = 2\n\n# c\n    z = 3\nr = 1\n",
            "[a]\ns3 =\n    y = 2\n\n# c\n    z = 3\n    x = 1\nr = 1\n",
        ),
        ("[a]\ns3 =\nr = 1\n", "[a]\ns3 =\n  x = 1\nr = 1\n"),
        ("[a]\ns3 =", "[a]\ns3 =\n  x = 1\n"),
        ("[a]\ns3 = plain\n  more\n", "[a]\ns3 = \n  x = 1\n"),
    ];
    for (text, expected) in cases {
        assert_eq!(set(text, "1"), expected, "{text:?}");
        assert_eq!(set(expected, "1"), expected, "again: {text:?}");
    }
    let mut document = Document::parse("[a]\ns3 =\n  x = 1\n  X = 2\n# c\nr = 1\n");
    assert!(document.unset_nested("a", "s3", "x"));
    assert_eq!(document.text(), "[a]\ns3 =\n  X = 2\n# c\nr = 1\n");
    assert!(!document.unset_nested("a", "s3", "x"));
    assert!(!document.unset_nested("a", "r", "x"));
    assert!(document.unset_nested("a", "s3", "X"));
    assert_eq!(document.text(), "[a]\n# c\nr = 1\n");
    for (name, value) in [("x\n", "1"), ("x", "1\n"), ("", "1"), ("x", "a # b")] {
        assert!(document.set_nested("a", "s3", name, value).is_err());
    }
    assert_eq!(document.text(), "[a]\n# c\nr = 1\n");
}

#[test]
fn what_clients_would_not_read_back_is_refused_and_changes_nothing() {
    let key = || "k".to_owned();
    let cases = [
        ("a]b", "k", "v", EditError::Header("a]b".to_owned())),
        ("a\nb", "k", "v", EditError::Header("a\nb".to_owned())),
        (" ", "k", "v", EditError::Header(" ".to_owned())),
        ("b", "", "v", EditError::Key(String::new())),
        ("b", "k k", "v", EditError::Key("k k".to_owned())),
        ("b", "k=", "v", EditError::Key("k=".to_owned())),
        ("b", "k", "v\nw", EditError::ControlCharacter { key: key() }),
        ("b", "k", "v\rw", EditError::ControlCharacter { key: key() }),
        ("b", "k", " v", EditError::Blank { key: key() }),
        (
            "b",
            "k",
            "v # w",
            EditError::CommentCharacter { key: key() },
        ),
        ("b", "k", "; v", EditError::CommentCharacter { key: key() }),
    ];
    for (header, key, value, expected) in cases {
        let mut document = Document::parse("[a]\nx = 1");
        assert_eq!(document.set(header, key, value), Err(expected.clone()));
        assert_eq!(document.text(), "[a]\nx = 1");
        assert!(expected.code().starts_with("files."));
        assert!(!expected.hint().is_empty());
    }
}

#[test]
fn unset_takes_a_key_with_all_that_is_nested_under_it() {
    let mut document =
        Document::parse("[a]\nx = 1\ns3 =\n  p = 1\n\n  q = 2\ny = 2\n[b]\nx = 3\n[a]\nX = 4\n");
    assert!(document.unset("a", "S3"));
    assert_eq!(
        document.text(),
        "[a]\nx = 1\n\ny = 2\n[b]\nx = 3\n[a]\nX = 4\n"
    );
    assert!(document.unset("a", "x"));
    assert_eq!(document.text(), "[a]\n\ny = 2\n[b]\nx = 3\n[a]\n");
    assert!(!document.unset("a", "x"));
    assert!(!document.unset("c", "x"));
}

#[test]
fn a_removed_section_leaves_its_neighbours_and_their_comments() {
    let cases = [
        ("[a]\nx = 1\n[b]\ny = 2\n", "a", "[b]\ny = 2\n"),
        ("[a]\nx = 1\n\n[b]\ny = 2\n", "b", "[a]\nx = 1\n"),
        (
            "# top\n[a]\nx = 1\n# in a\n\n# about b\n[b]\ny = 2\n",
            "a",
            "# top\n# about b\n[b]\ny = 2\n",
        ),
        (
            "[a]\nx = 1\n# about b\n[b]\ny = 2\n",
            "a",
            "# about b\n[b]\ny = 2\n",
        ),
        ("[a]\nx = 1\n\n# end\n", "a", "# end\n"),
        ("[a]\n[b]\ny = 2\n[a]\nx = 1\n", "a", "[b]\ny = 2\n"),
        ("\u{feff}[a]\nx = 1\n[b]\n", "a", "\u{feff}[b]\n"),
        ("\u{feff}[a]\nx = 1\n", "a", "\u{feff}"),
        (
            "[default]\nx = 1\n[profile default]\ny = 2\n",
            "default",
            "",
        ),
        ("[profile 'a b']\n[c]\n", "profile \"a b\"", "[c]\n"),
    ];
    for (text, header, expected) in cases {
        let mut document = Document::parse(text);
        assert!(document.remove_section(header), "{text:?}");
        assert_eq!(document.text(), expected, "{text:?}");
        assert!(!document.contains(header));
        assert!(!document.remove_section(header));
    }
}

#[test]
fn a_renamed_section_keeps_everything_else() {
    let mut document = Document::parse("\u{feff}[profile a] # c\nx = 1\n[b]\n[profile \"a\"]\n");
    assert_eq!(
        document.rename_section("profile a", "profile 'c d'"),
        Ok(true)
    );
    assert_eq!(
        document.text(),
        "\u{feff}[profile 'c d'] # c\nx = 1\n[b]\n[profile 'c d']\n"
    );
    assert_eq!(document.rename_section("profile a", "profile x"), Ok(false));
    assert_eq!(
        document.rename_section("b", "profile \"c d\""),
        Err(EditError::SectionExists("profile 'c d'".to_owned()))
    );
    assert_eq!(document.rename_section("b", "b"), Ok(true));
    assert_eq!(
        document.rename_section("b", "x]"),
        Err(EditError::Header("x]".to_owned()))
    );
}

#[test]
fn a_comparison_shows_the_changes_and_three_lines_around() {
    let before = "[a]\n1=1\n2=2\n3=3\n4=4\n5=5\n6=6\r\n7=7\n8=8\n9=9";
    let after = before.replace("5=5", "5=x");
    let shown: String = diff_lines(before, &after)
        .iter()
        .map(|line| {
            let sign = match line.kind {
                DiffKind::Same => ' ',
                DiffKind::Added => '+',
                DiffKind::Removed => '-',
            };
            format!("{sign}{}\n", line.text)
        })
        .collect();
    assert_eq!(shown, " 2=2\n 3=3\n 4=4\n-5=5\n+5=x\n 6=6\n 7=7\n 8=8\n");
    assert_eq!(diff_lines(before, before), []);
}
