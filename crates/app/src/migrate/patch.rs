//! What was changed in a text, kept without the secret: enough to take the change back once the secret is at hand.

use keywell_vault::Secret;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use similar::{DiffOp, TextDiff};

use crate::cloud::AccessKeyPair;

/// A change from one text to another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Patch {
    /// SHA-256 of the text before and after, in hex.
    before: String,
    after: String,
    /// In the order of the text.
    hunks: Vec<Hunk>,
}

/// Lines that took the place of others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Hunk {
    /// Where the new lines begin in the text after, counted from 0.
    line: usize,
    removed: Vec<Vec<Part>>,
    inserted: Vec<String>,
    /// SHA-256 of the line above, by which the place is found in a text that changed since. It may be somebody's
    /// secret, so it is not kept itself.
    above: Option<String>,
}

/// A piece of a text that may hold the key's secrets, which are named in place of being kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Part {
    Text(String),
    Secret,
    SessionToken,
}

/// Where a text stands between the two ends of a patch.
#[derive(Debug, PartialEq)]
pub(crate) enum Stage {
    Before,
    After,
    /// Somebody else changed it since.
    Other,
}

impl Patch {
    /// The change, with the pair's secrets named in place of being kept.
    pub fn between(before: &str, after: &str, pair: &AccessKeyPair) -> Self {
        let old: Vec<&str> = before.split_inclusive('\n').collect();
        let new: Vec<&str> = after.split_inclusive('\n').collect();
        let hunks = TextDiff::from_slices(&old, &new)
            .ops()
            .iter()
            .filter(|op| !matches!(op, DiffOp::Equal { .. }))
            .map(|op| {
                let line = op.new_range().start;
                Hunk {
                    line,
                    removed: old[op.old_range()]
                        .iter()
                        .map(|line| parts(line, pair))
                        .collect(),
                    inserted: new[op.new_range()]
                        .iter()
                        .map(|line| (*line).to_owned())
                        .collect(),
                    above: line.checked_sub(1).map(|above| hash(new[above])),
                }
            })
            .collect();
        Self {
            before: hash(before),
            after: hash(after),
            hunks,
        }
    }

    pub fn stage(&self, text: &str) -> Stage {
        let now = hash(text);
        if now == self.before {
            Stage::Before
        } else if now == self.after {
            Stage::After
        } else {
            Stage::Other
        }
    }

    /// The text before, from the text after or from one that was changed since elsewhere. `None` when the place of a
    /// change can not be found again.
    pub fn back(&self, text: &str, pair: &AccessKeyPair) -> Option<Secret> {
        let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
        let exact = self.stage(text) == Stage::After;
        for hunk in self.hunks.iter().rev() {
            let at = if exact { hunk.line } else { hunk.find(&lines)? };
            let removed = hunk.removed.iter().map(|line| joined(line, pair));
            lines.splice(at..at + hunk.inserted.len(), removed);
        }
        Some(Secret::new(lines.concat()))
    }
}

impl Hunk {
    /// The place nearest to where the change was made.
    fn find(&self, lines: &[String]) -> Option<usize> {
        let fits = |at: &usize| {
            if !self.inserted.is_empty() {
                return lines[*at..].starts_with(&self.inserted);
            }
            match (&self.above, at.checked_sub(1)) {
                (Some(above), Some(line)) => hash(&lines[line]) == *above,
                (None, None) => true,
                _ => false,
            }
        };
        (0..=lines.len())
            .filter(fits)
            .min_by_key(|at| at.abs_diff(self.line))
    }
}

fn hash(text: &str) -> String {
    Sha256::digest(text.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The text cut at the pair's secrets.
pub(crate) fn parts(text: &str, pair: &AccessKeyPair) -> Vec<Part> {
    let mut secrets = vec![(pair.secret.expose(), Part::Secret)];
    if let Some(token) = &pair.session_token {
        secrets.push((token.expose(), Part::SessionToken));
    }
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((at, (secret, part))) = secrets
        .iter()
        .filter(|(secret, _)| !secret.is_empty())
        .filter_map(|secret| Some((rest.find(secret.0)?, secret)))
        .min_by_key(|(at, _)| *at)
    {
        if at > 0 {
            found.push(Part::Text(rest[..at].to_owned()));
        }
        found.push(part.clone());
        rest = &rest[at + secret.len()..];
    }
    if !rest.is_empty() {
        found.push(Part::Text(rest.to_owned()));
    }
    found
}

/// The inverse of [`parts`].
pub(crate) fn joined(parts: &[Part], pair: &AccessKeyPair) -> String {
    parts
        .iter()
        .map(|part| match part {
            Part::Text(text) => text.as_str(),
            Part::Secret => pair.secret.expose(),
            Part::SessionToken => pair
                .session_token
                .as_ref()
                .map(Secret::expose)
                .unwrap_or_default(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

    fn pair() -> AccessKeyPair {
        AccessKeyPair {
            key_id: "AKIAIOSFODNN7EXAMPLE".into(),
            secret: Secret::new(KEY),
            session_token: Some(Secret::new("TOKENTOKEN")),
        }
    }

    #[test]
    fn a_patch_holds_no_secret_and_finds_its_place_in_a_text_that_changed_since() {
        let before = format!("a\nid=1\nsecret={KEY}\ntoken=TOKENTOKEN\nb\n");
        let after = "a\nprofile=x\nb\n";
        let patch = Patch::between(&before, after, &pair());
        let stored = serde_json::to_string(&patch).unwrap();
        assert!(
            !stored.contains(KEY) && !stored.contains("TOKENTOKEN"),
            "{stored}"
        );
        let back = |text: &str| {
            patch
                .back(text, &pair())
                .map(|text| text.expose().to_owned())
        };
        assert_eq!(back(after).unwrap(), before);
        assert_eq!(
            back("new\na\nprofile=x\nb\nmore\n").unwrap(),
            format!("new\n{before}more\n")
        );
        assert_eq!(back("a\nb\n"), None);
    }

    #[test]
    fn lines_that_only_went_come_back_below_the_line_that_was_above_them() {
        let before = format!("a\nsecret={KEY}\nb\n");
        let patch = Patch::between(&before, "a\nb\n", &pair());
        let back = |text: &str| {
            patch
                .back(text, &pair())
                .map(|text| text.expose().to_owned())
        };
        assert_eq!(back("0\na\nb\nc\n").unwrap(), format!("0\n{before}c\n"));
        assert_eq!(back("0\nb\n"), None);
    }

    proptest! {
        #[test]
        fn every_change_can_be_taken_back_to_the_byte(
            lines in proptest::collection::vec(prop_oneof!["[a-c=]{0,6}\r?\n", Just(format!("x={KEY}\n")), Just("t=TOKENTOKEN".to_owned())], 0..12),
            kept in proptest::collection::vec(any::<bool>(), 12),
        ) {
            let before = lines.concat();
            let after: String = lines.iter().zip(kept).map(|(line, keep)| if keep && !line.contains(KEY) { line.clone() } else { "new\n".to_owned() }).collect();
            let patch = Patch::between(&before, &after, &pair());
            prop_assert!(!serde_json::to_string(&patch).unwrap().contains(KEY));
            let back = patch.back(&after, &pair()).unwrap();
            prop_assert_eq!(back.expose(), before);
        }
    }
}
