use std::{collections::BTreeMap, ops::Range};

use similar::{DiffTag, TextDiff};

use crate::document::Document;

/// One run of lines that differs between the base and a later text.
#[derive(Clone, PartialEq)]
struct Change<'a> {
    /// Lines of the base, counted from 0; empty for lines that were only added.
    base: Range<usize>,
    lines: Vec<&'a str>,
}

/// Makes the change from `base` to `ours` in `theirs`, a later state of `base`. All else in `theirs` keeps its bytes.
///
/// None when both changed the same lines, and when the merged text would say something that neither meant, such as
/// a key that ends up in another section.
pub fn merge(base: &str, ours: &str, theirs: &str) -> Option<String> {
    if theirs == base || ours == theirs {
        return Some(ours.to_owned());
    }
    if ours == base {
        return Some(theirs.to_owned());
    }
    let lines = split(base);
    let (mine, other) = (split(ours), split(theirs));
    // Line by line a renamed section keeps its lines. Where sections look alike, only their names tell which is which.
    [by_line, by_section].into_iter().find_map(|token| {
        let mine = changes(&lines, &mine, token);
        let other = changes(&lines, &other, token);
        // Where both added lines at one place, either order may be the one that keeps both meanings.
        [(&mine, &other), (&other, &mine)]
            .into_iter()
            .filter_map(|(first, second)| joined(&lines, first, second))
            .find(|merged| keeps_meaning(base, ours, theirs, merged))
    })
}

/// Lines are compared as they are.
fn by_line(_section: &str, line: &str) -> String {
    line.to_owned()
}

/// Lines of two sections are never the same.
fn by_section(section: &str, line: &str) -> String {
    format!("{section}\0{line}")
}

fn split(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// What stands for each line when it is compared; `token` gets the line of the section's brackets, too.
fn tokens(lines: &[&str], token: fn(&str, &str) -> String) -> Vec<String> {
    let mut section = "";
    lines
        .iter()
        .map(|line| {
            if line.starts_with('[') {
                section = line;
            }
            token(section, line)
        })
        .collect()
}

fn changes<'a>(
    base: &[&'a str],
    new: &[&'a str],
    token: fn(&str, &str) -> String,
) -> Vec<Change<'a>> {
    let (old_tokens, new_tokens) = (tokens(base, token), tokens(new, token));
    let old_tokens: Vec<&str> = old_tokens.iter().map(String::as_str).collect();
    let new_tokens: Vec<&str> = new_tokens.iter().map(String::as_str).collect();
    TextDiff::from_slices(&old_tokens, &new_tokens)
        .ops()
        .iter()
        .filter(|op| op.tag() != DiffTag::Equal)
        .map(|op| Change {
            base: op.old_range(),
            lines: new[op.new_range()].to_vec(),
        })
        .collect()
}

fn joined(base: &[&str], first: &[Change<'_>], second: &[Change<'_>]) -> Option<String> {
    let mut all: Vec<&Change<'_>> = first.iter().collect();
    for change in second {
        if first.contains(change) {
            continue;
        }
        if first.iter().any(|other| overlap(&change.base, &other.base)) {
            return None;
        }
        all.push(change);
    }
    // Stable, so that of two additions at one place the first one's come first.
    all.sort_by_key(|change| (change.base.start, !change.base.is_empty()));
    let mut text = String::new();
    let mut at = 0;
    for change in all {
        append(&mut text, base.get(at..change.base.start)?);
        append(&mut text, &change.lines);
        at = change.base.end;
    }
    append(&mut text, &base[at..]);
    Some(text)
}

/// Adds whole lines; the last line of a file may lack its ending, and no longer is the last.
fn append(text: &mut String, lines: &[&str]) {
    for line in lines {
        if !text.is_empty() && !text.ends_with('\n') {
            text.push_str(if text.contains("\r\n") { "\r\n" } else { "\n" });
        }
        text.push_str(line);
    }
}

/// Lines added at the edge of another change do not overlap with it.
fn overlap(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start < b.end && b.start < a.end
}

/// A section, or a key (in lower case) in it.
pub(crate) type Setting = (String, Option<String>);

/// What a text says: sections, and the keys with their values in them.
pub(crate) fn meaning(text: &str) -> BTreeMap<Setting, String> {
    let document = Document::parse(text);
    let mut found = BTreeMap::new();
    for span in &document.spans {
        let Some(header) = &span.header else { continue };
        found.insert((header.clone(), None), String::new());
        for property in &span.properties {
            found.insert(
                (header.clone(), Some(document.key(property))),
                document.value(property),
            );
        }
    }
    found
}

/// Whether the merged text says what ours changed and what theirs changed, and nothing else.
fn keeps_meaning(base: &str, ours: &str, theirs: &str, merged: &str) -> bool {
    let [base, ours, theirs, merged] = [base, ours, theirs, merged].map(meaning);
    let mut names: Vec<_> = [&base, &ours, &theirs, &merged]
        .into_iter()
        .flat_map(BTreeMap::keys)
        .collect();
    names.sort_unstable();
    names.dedup();
    names.into_iter().all(|name| {
        let (before, mine, other) = (base.get(name), ours.get(name), theirs.get(name));
        let expected = match (mine == before, other == before) {
            (true, _) => other,
            (_, true) => mine,
            _ if mine == other => mine,
            _ => return false,
        };
        merged.get(name) == expected
    })
}
