//! Two changes of one file: what the merge makes says all of both, or there is none.
#![no_main]

use keywell_aws_files::{Document, merge};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &str, &str)| {
    let (base, ours, theirs) = input;
    assert_eq!(merge(base, ours, base).as_deref(), Some(ours));
    assert_eq!(merge(base, base, theirs).as_deref(), Some(theirs));
    let Some(merged) = merge(base, ours, theirs) else { return };
    let [base, ours, theirs, merged] = [base, ours, theirs, &merged].map(Document::parse);
    for section in theirs.sections() {
        for (key, value) in theirs.properties(&section.header) {
            let get = |document: &Document| document.get(&section.header, &key);
            if get(&ours) == get(&base) {
                assert_eq!(get(&merged), Some(value), "{key} in [{}]", section.header);
            }
        }
    }
});
