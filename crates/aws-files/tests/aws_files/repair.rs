use keywell_aws_files::{Document, ProblemKind};

#[test]
fn what_clients_read_differently_is_mended_without_a_change_of_meaning() {
    let cases = [
        ("\u{feff}[a]\nx = 1\n", "[a]\nx = 1\n"),
        (
            "[a]\nx = 1\n[b]\ny = 2\n[a]\n# c\nz = 3\n",
            "[a]\nx = 1\n# c\nz = 3\n[b]\ny = 2\n",
        ),
        (
            "[a]\nx = 1\n[a]\nx = 2\n\n# about b\n[b]\n",
            "[a]\nx = 2\n\n# about b\n[b]\n",
        ),
        ("[a]\nx = 1\n  more\ny = 1\nX = 2\n", "[a]\ny = 1\nX = 2\n"),
        ("[a]\nx = 1 # mine\n", "[a]\n# mine\nx = 1\n"),
        ("[a]\r\nx=1\t; mine", "[a]\r\n; mine\r\nx=1"),
        ("[ default ] # c\nx = 1\n", "[default] # c\nx = 1\n"),
        ("[profile a\nx = 1\n", "[profile a]\nx = 1\n"),
        ("[a] junk\nx = 1\n", "[a] # junk\nx = 1\n"),
        ("[profile a b]\nx = 1\n", "[profile 'a b']\nx = 1\n"),
        ("[a]\n  x = 1\n  y = 2\n", "[a]\nx = 1\ny = 2\n"),
        ("[a]\nx = 1\n  # c\ny = 2\n", "[a]\nx = 1\n# c\ny = 2\n"),
        (
            "x = 1\n[a]\nno equals\n= 2\n",
            "# x = 1\n[a]\n# no equals\n# = 2\n",
        ),
    ];
    for (text, expected) in cases {
        let document = Document::parse(text);
        let repaired = document.repaired_all();
        assert_eq!(repaired.text(), expected, "{text:?}");
        assert_eq!(repaired.problems(), [], "{text:?}");
        assert_eq!(repaired.repaired_all().text(), expected, "again: {text:?}");
    }
}

#[test]
fn what_only_a_person_can_decide_is_left_alone() {
    for text in [
        "[DEFAULT]\nx = 1\n",
        "[default]\nx = 1\n[profile default]\nx = 2\n",
        "[profile a]\n[profile A]\n",
        "[a]\nx = é\n",
        "[a#b]\n",
    ] {
        let document = Document::parse(text);
        assert_ne!(document.problems(), []);
        assert_eq!(document.repaired_all().text(), text);
    }
    let first = &Document::parse("[ a ]\nx = 1 # c\n");
    let problem = &first.problems()[1];
    assert_eq!(problem.kind, ProblemKind::InlineComment);
    assert_eq!(
        first.repaired(problem).as_deref(),
        Some("[ a ]\n# c\nx = 1\n")
    );
}
