use keywell_aws_files::{Document, merge};
use proptest::prelude::*;

const BASE: &str = "[a]\nr = 1\no = 1\n\n[b]\nr = 2\n";

#[test]
fn changes_of_other_lines_are_both_kept() {
    let cases = [
        // Nobody else changed anything.
        (BASE, "[a]\nr = 9\n", BASE, "[a]\nr = 9\n"),
        // Another section, another key, a new section at the end.
        (
            BASE,
            "[a]\nr = 9\no = 1\n\n[b]\nr = 2\n",
            "[a]\nr = 1\no = 1\n\n[b]\nr = 8\n",
            "[a]\nr = 9\no = 1\n\n[b]\nr = 8\n",
        ),
        (
            BASE,
            "[a]\nr = 1\no = 1\n",
            "[a]\nr = 1\no = 1\n\n[b]\nr = 2\n\n[c]\nx = y\n",
            "[a]\nr = 1\no = 1\n\n[c]\nx = y\n",
        ),
        // Two sections that were both added at the end.
        (
            "[a]\nr = 1\n",
            "[a]\nr = 1\n[b]\nr = 2\n",
            "[a]\nr = 1\n[c]\nr = 3\n",
            "[a]\nr = 1\n[b]\nr = 2\n[c]\nr = 3\n",
        ),
        // Sections that look alike, but for their names.
        (
            "[f]\nr = 1\n[d]\nr = 1\n",
            "[f]\nr = 1\n",
            "[d]\nr = 1\n[g]\nr = 1\n",
            "[g]\nr = 1\n",
        ),
        // Both did the same.
        (BASE, "[a]\nr = 9\n", "[a]\nr = 9\n", "[a]\nr = 9\n"),
    ];
    for (base, ours, theirs, expected) in cases {
        let merged = merge(base, ours, theirs);
        assert_eq!(merged.as_deref(), Some(expected), "{ours:?} + {theirs:?}");
    }
}

#[test]
fn changes_of_the_same_lines_are_not_merged() {
    let cases = [
        (BASE, "[a]\nr = 9\no = 1\n", "[a]\nr = 8\no = 1\n"),
        // The section is taken out by one and gets a key by the other: the key would land in the section above.
        (
            BASE,
            "[a]\nr = 1\no = 1\n\n",
            "[a]\nr = 1\no = 1\n\n[b]\nr = 2\nx = y\n",
        ),
        // Both add the same key to the same section with other values.
        (
            BASE,
            "[a]\nr = 1\no = 1\nk = 1\n\n[b]\nr = 2\n",
            "[a]\nr = 1\no = 1\nk = 2\n\n[b]\nr = 2\n",
        ),
    ];
    for (base, ours, theirs) in cases {
        assert_eq!(merge(base, ours, theirs), None, "{ours:?} + {theirs:?}");
    }
}

fn text() -> impl Strategy<Value = String> {
    let line = prop::sample::select(vec![
        "[a]\n",
        "[b]\n",
        "[c]\n",
        "r = 1\n",
        "r = 2\n",
        "o = 1\n",
        "s3 =\n",
        "  x = 1\n",
        "# c\n",
        "\n",
    ]);
    prop::collection::vec(line, 0..12).prop_map(|lines| lines.concat())
}

proptest! {
    #[test]
    fn a_merge_keeps_every_value_that_only_the_other_side_changed(base in text(), ours in text(), theirs in text()) {
        let Some(merged) = merge(&base, &ours, &theirs) else { return Ok(()) };
        let [base, ours, theirs, merged] = [base, ours, theirs, merged].map(|text| Document::parse(&text));
        for section in ["a", "b", "c"] {
            for key in ["r", "o", "s3"] {
                let get = |document: &Document| document.get(section, key);
                if get(&ours) == get(&base) {
                    prop_assert_eq!(get(&merged), get(&theirs));
                } else {
                    prop_assert_eq!(get(&merged), get(&ours));
                }
            }
        }
    }
}

#[test]
fn changes_that_cross_each_other_are_not_joined() {
    let base = "  x = 1\n[a]\n[c]\n\n";
    assert_eq!(
        merge(base, "[c]\n[b]\n[c]\n\n", "[b]\n[b]\n[a]\n  x = 1\n[a]\n"),
        None
    );
}
