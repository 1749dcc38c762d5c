use similar::{ChangeTag, TextDiff};

/// One line of a comparison, without its ending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffLine {
    pub kind: DiffKind,
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DiffKind {
    Same,
    Added,
    Removed,
}

/// How many unchanged lines are shown around a change.
const CONTEXT: usize = 3;

/// The changed lines with three unchanged ones around each change; empty when nothing changed. The text is the
/// file's own: what shows it must hide values that are secret.
pub fn diff_lines(before: &str, after: &str) -> Vec<DiffLine> {
    let diff = TextDiff::from_lines(before, after);
    if before == after {
        return Vec::new();
    }
    diff.grouped_ops(CONTEXT)
        .iter()
        .flatten()
        .flat_map(|op| diff.iter_changes(op))
        .map(|change| DiffLine {
            kind: match change.tag() {
                ChangeTag::Equal => DiffKind::Same,
                ChangeTag::Insert => DiffKind::Added,
                ChangeTag::Delete => DiffKind::Removed,
            },
            text: change.value().trim_end_matches(['\r', '\n']).to_owned(),
        })
        .collect()
}
