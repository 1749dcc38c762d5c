//! Names that are taken, and names that are not.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    time::Duration,
};

use super::retry::retried;
use crate::cloud::{CloudError, ListObjects, ObjectAccess};

/// `reports/a.txt` → `reports/a (2).txt`. Takes the last segment of an object key, or a bare file name.
pub(super) fn numbered(name: &str, number: u32) -> String {
    let start = name.rfind('/').map_or(0, |at| at + 1);
    let (folder, file) = name.split_at(start);
    // A dot in front hides a file and begins no extension.
    let mut split = file.rfind('.').filter(|at| *at > 0).unwrap_or(file.len());
    if let Some(stem) = file[..split].strip_suffix(".tar")
        && !stem.is_empty()
    {
        split = stem.len();
    }
    let (stem, extension) = file.split_at(split);
    format!("{folder}{stem} ({number}){extension}")
}

/// Which of these object keys exist. Lists each folder once, only the stretch in which the keys lie, instead of asking
/// for each key.
pub(super) async fn taken(
    access: &dyn ObjectAccess,
    bucket: &str,
    keys: impl Iterator<Item = &str>,
    retry_wait: Duration,
) -> Result<HashSet<String>, CloudError> {
    let mut folders: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for key in keys {
        let folder = &key[..key.rfind('/').map_or(0, |at| at + 1)];
        folders.entry(folder).or_default().insert(key);
    }
    let mut found = HashSet::new();
    for wanted in folders.values() {
        let (Some(first), Some(last)) = (wanted.first(), wanted.last()) else {
            continue;
        };
        let prefix = common_prefix(first, last);
        let mut continuation: Option<String> = None;
        loop {
            let request = ListObjects {
                bucket,
                prefix,
                delimiter: Some("/"),
                continuation: continuation.as_deref(),
                max_keys: 1000,
            };
            let page = retried(retry_wait, || access.list_objects(request))
                .await
                .0?;
            let passed = page
                .objects
                .last()
                .is_some_and(|object| object.key.as_str() >= *last);
            found.extend(
                page.objects
                    .into_iter()
                    .map(|object| object.key)
                    .filter(|key| wanted.contains(key.as_str())),
            );
            continuation = page.continuation;
            if passed || continuation.is_none() {
                break;
            }
        }
    }
    Ok(found)
}

/// Between the first and the last of a sorted set all others share what these two share.
fn common_prefix<'a>(first: &'a str, last: &str) -> &'a str {
    let length: usize = first
        .chars()
        .zip(last.chars())
        .take_while(|(left, right)| left == right)
        .map(|(left, _)| left.len_utf8())
        .sum();
    &first[..length]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_file_is_numbered_before_its_extension() {
        for (name, expected) in [
            ("a.txt", "a (2).txt"),
            ("a", "a (2)"),
            ("folder.d/a", "folder.d/a (2)"),
            ("x/y/photo.JPG", "x/y/photo (2).JPG"),
            (".profile", ".profile (2)"),
            (".config.toml", ".config (2).toml"),
            ("backup.tar.gz", "backup (2).tar.gz"),
            (".tar.gz", ".tar (2).gz"),
            ("ends.", "ends (2)."),
            ("Grüße.md", "Grüße (2).md"),
        ] {
            assert_eq!(numbered(name, 2), expected);
        }
    }

    #[test]
    fn a_common_prefix_ends_on_a_character() {
        assert_eq!(common_prefix("a/grün", "a/grüß"), "a/grü");
        assert_eq!(common_prefix("é", "è"), "");
        assert_eq!(common_prefix("same", "same"), "same");
    }
}
