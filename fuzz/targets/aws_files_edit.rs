//! Any file, any one edit: the value is read back, and every other byte is as it was.
#![no_main]

use keywell_aws_files::Document;
use libfuzzer_sys::{arbitrary, arbitrary::Arbitrary, fuzz_target};

#[derive(Debug, Arbitrary)]
struct Input {
    text: String,
    section: Section,
    key: Key,
    value: String,
    nested: Option<Key>,
}

#[derive(Debug, Clone, Copy, Arbitrary)]
enum Section {
    Default,
    Profile,
    New,
    Services,
}

#[derive(Debug, Clone, Copy, Arbitrary)]
enum Key {
    Region,
    S3,
    New,
}

impl Section {
    fn header(self) -> &'static str {
        match self {
            Section::Default => "default",
            Section::Profile => "profile a",
            Section::New => "profile brand new",
            Section::Services => "services local",
        }
    }
}

impl Key {
    fn name(self) -> &'static str {
        match self {
            Key::Region => "region",
            Key::S3 => "s3",
            Key::New => "brand_new",
        }
    }
}

fuzz_target!(|input: Input| {
    let (section, key) = (input.section.header(), input.key.name());
    let before = Document::parse(&input.text);
    assert_eq!(before.text(), input.text);
    let mut after = before.clone();
    if let Some(name) = input.nested.map(Key::name) {
        if after.set_nested(section, key, name, &input.value).is_err() {
            assert_eq!(after.text(), input.text, "a refused edit changes nothing");
            return;
        }
        assert_eq!(after.get_nested(section, key, name), Some(input.value));
    } else {
        if after.set(section, key, &input.value).is_err() {
            assert_eq!(after.text(), input.text, "a refused edit changes nothing");
            return;
        }
        assert_eq!(after.get(section, key), Some(input.value));
    }
    let text = after.text();
    assert_eq!(Document::parse(&text), after, "as a new reader reads it");
    others_are_kept(&before, &after, section, key);
    lines_are_kept(&before, &text, section, key);
});

/// No other setting reads differently.
fn others_are_kept(before: &Document, after: &Document, section: &str, key: &str) {
    for found in before.sections() {
        for (name, value) in before.properties(&found.header) {
            let edited = found.header == section || section == "default" && found.header == "profile default";
            if !(edited && name == key) {
                assert_eq!(after.get(&found.header, &name), Some(value), "{name} in [{}]", found.header);
            }
        }
    }
}

/// Without the lines of the edited setting, the old text is in the new one, line by line and in its order.
fn lines_are_kept(before: &Document, after: &str, section: &str, key: &str) {
    let old = before.text();
    // A byte order mark is no line; it stays in front.
    let (old, after) = match old.strip_prefix('\u{feff}') {
        Some(old) => (old, after.strip_prefix('\u{feff}').expect("the mark stays")),
        None => (old.as_str(), after),
    };
    let edited = before.line_of(section, key);
    let value = before.get(section, key).unwrap_or_default();
    let below = value.matches('\n').count();
    let mut new = after.split_inclusive('\n');
    let mut missing = 0;
    for (number, line) in (1..).zip(old.split_inclusive('\n')) {
        // The last line may get the ending that it lacked.
        let same = |other: &str| other == line || !line.ends_with('\n') && matches!(other.strip_prefix(line), Some("\n" | "\r\n"));
        if Some(number) == edited {
            continue;
        }
        let mut rest = new.clone();
        if rest.any(same) {
            new = rest;
        } else {
            missing += 1;
        }
    }
    assert!(missing <= below, "{missing} lines of {old:?} are not in {after:?}");
}
