use keywell_aws_files::FileKind::{Config, Credentials};
use keywell_aws_files::{
    Document, Problem, ProblemKind, Section, Sections, check_profile_name, header, profile_of,
    read_as_sdk,
};
use proptest::prelude::*;

/// Text in which the characters and words that mean something to the parser are frequent.
fn file_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => Just("\n".to_owned()),
        1 => Just("\r\n".to_owned()),
        2 => "[ \t#;=\\[\\]\"'\r\u{feff}]",
        2 => Just("[default]\n".to_owned()),
        2 => Just("[profile a]\n".to_owned()),
        1 => Just("[profile default]\n".to_owned()),
        1 => Just("[ profile  'a' ] # c\r\n".to_owned()),
        2 => Just("region = x\n".to_owned()),
        1 => Just("Region=y # c\n".to_owned()),
        1 => Just("s3 =\n  a = 1\n".to_owned()),
        1 => Just("  indented = 1\n".to_owned()),
        2 => "[a-z0-9 =]{0,8}",
        1 => any::<String>(),
    ];
    proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-Za-z0-9+/=]{1,40}",
        "[ -~é]{0,30}".prop_filter_map("clients would cut it", |text| {
            let text = text.trim().to_owned();
            Document::default()
                .set("default", "k", &text)
                .is_ok()
                .then_some(text)
        }),
    ]
}

/// Lines without endings, and without the mark that only the first may have.
fn lines(text: &str) -> Vec<&str> {
    text.trim_start_matches('\u{feff}')
        .split('\n')
        .map(|line| line.trim_end_matches('\r'))
        .filter(|line| !line.is_empty())
        .collect()
}

/// The lines that go on what a key's line began, from the last to the first, counted from 0.
fn below(document: &Document, section: &str, key: &str) -> Vec<usize> {
    let text = document.text();
    let first = document.line_of(section, key).unwrap();
    let value = document.get(section, key).unwrap();
    let lines = text.split_inclusive('\n').enumerate().skip(first);
    let indent = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let own = indent(text.split_inclusive('\n').nth(first - 1).unwrap());
    let counts = |line: &str| {
        let content = line
            .trim_end_matches(['\n', '\r'])
            .trim_matches([' ', '\t']);
        indent(line) > own && !content.is_empty() && !content.starts_with(['#', ';'])
    };
    let mut found: Vec<usize> = lines
        .filter(|(_, line)| counts(line))
        .map(|(number, _)| number)
        .take(value.matches('\n').count())
        .collect();
    found.reverse();
    found
}

proptest! {
    #[test]
    fn any_text_comes_out_as_it_went_in(text in prop_oneof![any::<String>(), file_text()]) {
        prop_assert_eq!(Document::parse(&text).text(), text);
    }

    #[test]
    fn a_set_value_is_read_back_and_set_again_without_change(
        text in file_text(),
        section in prop_oneof![Just("default"), Just("profile a"), Just("profile new")],
        key in prop_oneof![Just("region"), Just("s3"), Just("indented"), Just("other")],
        value in value(),
    ) {
        let mut document = Document::parse(&text);
        document.set(section, key, &value).unwrap();
        prop_assert_eq!(document.get(section, key), Some(value.clone()));
        let once = document.text();
        prop_assert_eq!(&Document::parse(&once), &document);
        document.set(section, key, &value).unwrap();
        prop_assert_eq!(document.text(), once);
    }

    #[test]
    fn any_edit_of_one_value_leaves_every_other_byte_as_it_was(
        text in file_text(),
        section in prop_oneof![Just("default"), Just("profile a"), Just("profile new")],
        key in prop_oneof![Just("region"), Just("s3"), Just("indented"), Just("brand_new")],
        value in value(),
    ) {
        let before = Document::parse(&text);
        let mut after = before.clone();
        after.set(section, key, &value).unwrap();
        let text_after = after.text();
        let line = after.line_of(section, key).unwrap() - 1;
        let mut new: Vec<&str> = text_after.split_inclusive('\n').collect();
        new.remove(line);
        if let Some(old_line) = before.line_of(section, key) {
            let mut old: Vec<&str> = text.split_inclusive('\n').collect();
            for gone in below(&before, section, key) {
                old.remove(gone);
            }
            let replaced = old.remove(old_line - 1);
            if new.len() > old.len() {
                let comment = new.remove(line - 1).trim_end();
                prop_assert!(comment.starts_with(['#', ';']) && replaced.contains(comment));
            }
            prop_assert_eq!(new, old);
        } else {
            if !before.contains(section) {
                let header = new.remove(line - 1);
                prop_assert!(header.contains('['), "{:?}", header);
            }
            let rest = new.concat();
            let mark = if text == "\u{feff}" { "" } else { &text };
            let missing = rest.strip_prefix(mark);
            prop_assert!(
                matches!(missing, Some("" | "\n" | "\r\n")),
                "{:?} became {:?}", text, rest
            );
        }
        for found in before.sections() {
            for (name, old_value) in before.properties(&found.header) {
                if (found.header.as_str(), name.as_str()) != (section, key)
                    && (section != "default" || found.header != "profile default")
                {
                    prop_assert_eq!(after.get(&found.header, &name), Some(old_value));
                }
            }
        }
    }

    #[test]
    fn a_nested_value_is_read_back_and_leaves_every_other_line_as_it_was(
        text in file_text(),
        section in prop_oneof![Just("default"), Just("profile a"), Just("profile new")],
        name in prop_oneof![Just("a"), Just("b")],
        value in value(),
    ) {
        let mut document = Document::parse(&text);
        document.set_nested(section, "s3", name, &value).unwrap();
        prop_assert_eq!(document.get_nested(section, "s3", name), Some(value.clone()));
        let once = document.text();
        document.set_nested(section, "s3", name, &value).unwrap();
        prop_assert_eq!(document.text(), once);
        prop_assert!(document.unset_nested(section, "s3", name));
        prop_assert_eq!(document.get_nested(section, "s3", name), None);
    }

    #[test]
    fn what_the_sdks_accept_is_read_as_they_read_it(text in file_text()) {
        let Ok(settings) = read_as_sdk(&text, "") else {
            return Ok(());
        };
        let document = Document::parse(&text);
        for (name, properties) in settings.profiles {
            let section = header(Config, &name);
            // Only botocore takes quotes away, so the two part ways where a quoted and a plain section mean one profile.
            let means_it = |found: &&Section| found.header == section;
            if text.contains('\'') && document.sections().iter().filter(means_it).count() > 1 {
                continue;
            }
            for (key, value) in properties {
                let comments = value.contains("\n#") || value.contains("\n;");
                prop_assert!(
                    comments || document.get(&section, &key) == Some(value.clone()),
                    "{}.{} is {:?}", section, key, value
                );
            }
        }
    }

    #[test]
    fn set_then_unset_gives_the_old_values(text in file_text(), value in value()) {
        let before = Document::parse(&text);
        let mut after = before.clone();
        after.set("profile a", "brand_new", &value).unwrap();
        prop_assert!(after.unset("profile a", "brand_new"));
        let (old, new) = (before.text(), after.text());
        let mut kept = lines(&new);
        if !before.contains("profile a") {
            let header = kept.iter().rposition(|line| *line == "[profile a]").unwrap();
            kept.remove(header);
        }
        prop_assert_eq!(kept, lines(&old));
    }

    #[test]
    fn repairs_come_to_an_end_and_keep_the_values_of_what_was_readable(text in file_text()) {
        let before = Document::parse(&text);
        let after = before.repaired_all();
        prop_assert_eq!(after.repaired_all().text(), after.text());
        // Clients do not agree on quoted names.
        if let Ok(settings) = read_as_sdk(&text, "")
            && !text.contains(['\'', '"'])
        {
            let repaired = read_as_sdk(&after.text(), "");
            prop_assert!(repaired.is_ok(), "{:?} became {:?}", text, after.text());
            let names = |settings: &Sections| settings.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
            let (old, new) = (names(&settings.profiles), names(&repaired.unwrap().profiles));
            prop_assert!(old.iter().all(|name| new.contains(name)), "{:?} became {:?}", old, new);
        }
    }

    #[test]
    fn a_removed_section_is_gone_and_the_others_keep_their_values(text in file_text()) {
        let before = Document::parse(&text);
        let mut after = before.clone();
        prop_assert_eq!(after.remove_section("profile a"), before.contains("profile a"));
        prop_assert!(!after.contains("profile a"));
        for section in before.sections() {
            if section.header != "profile a" {
                prop_assert_eq!(
                    after.properties(&section.header),
                    before.properties(&section.header)
                );
            }
        }
    }

    #[test]
    fn a_name_that_passes_the_check_survives_the_way_through_a_file(
        name in "[ -~éß]{1,20}".prop_filter("refused", |name| check_profile_name(name).is_ok()),
    ) {
        for kind in [Config, Credentials] {
            let section = header(kind, &name);
            prop_assert_eq!(profile_of(kind, &section), Some(name.clone()));
            let mut document = Document::default();
            document.set(&section, "region", "eu-west-1").unwrap();
            prop_assert_eq!(document.profiles(kind), vec![name.clone()]);
            let others = |problem: &Problem| problem.kind != ProblemKind::NonAscii;
            prop_assert_eq!(document.problems().into_iter().filter(others).count(), 0);
        }
    }
}
