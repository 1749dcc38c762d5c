//! From an object key to a path below a folder. A key is any text; a path must not leave the folder.

use std::path::PathBuf;

/// Whose rules for names hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Naming {
    Unix,
    Windows,
}

impl Naming {
    pub(super) const HERE: Self = if cfg!(windows) {
        Self::Windows
    } else {
        Self::Unix
    };
}

/// Why a key can not become a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum NameFault {
    #[error("it has an empty part between two slashes")]
    Empty,
    #[error("it has a part `.` or `..`, which could lead out of the folder")]
    Dots,
    #[error("it holds a zero byte")]
    Zero,
}

/// The path of an object below the target folder. On Windows what it does not take in names becomes `_`
/// (<https://learn.microsoft.com/windows/win32/fileio/naming-a-file>).
pub(super) fn relative_path(key: &str, naming: Naming) -> Result<PathBuf, NameFault> {
    key.split('/')
        .map(|segment| segment_name(segment, naming))
        .collect()
}

/// For the fuzz target: by the rules of both kinds of system.
#[cfg(fuzzing)]
pub(crate) fn object_paths(key: &str) -> [Option<PathBuf>; 2] {
    [Naming::Unix, Naming::Windows].map(|naming| relative_path(key, naming).ok())
}

fn segment_name(segment: &str, naming: Naming) -> Result<String, NameFault> {
    match segment {
        "" => return Err(NameFault::Empty),
        "." | ".." => return Err(NameFault::Dots),
        _ if segment.contains('\0') => return Err(NameFault::Zero),
        _ => {}
    }
    if naming == Naming::Unix {
        return Ok(segment.to_owned());
    }
    let mut name: String = segment
        .chars()
        .map(|character| match character {
            '<' | '>' | ':' | '"' | '|' | '?' | '*' | '\\' | '\u{1}'..='\u{1f}' => '_',
            other => other,
        })
        .collect();
    // Windows drops dots and blanks at the end, so that two names would become one, or `..` appear.
    let kept = name.trim_end_matches(['.', ' ']).len();
    let dropped = name.len() - kept;
    name.truncate(kept);
    name.extend(std::iter::repeat_n('_', dropped));
    if is_device(&name) {
        name.insert(0, '_');
    }
    Ok(name)
}

fn is_device(name: &str) -> bool {
    let stem = name
        .split('.')
        .next()
        .unwrap_or_default()
        .trim_end()
        .to_ascii_uppercase();
    match stem.as_str() {
        "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$" => true,
        _ => ["COM", "LPT"].iter().any(|device| {
            stem.strip_prefix(device).is_some_and(|rest| {
                matches!(rest, "¹" | "²" | "³")
                    || (rest.len() == 1 && rest.as_bytes()[0].is_ascii_digit())
            })
        }),
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Component, Path};

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn keys_that_could_leave_the_folder_are_refused() {
        for naming in [Naming::Unix, Naming::Windows] {
            for (key, fault) in [
                ("../a", NameFault::Dots),
                ("a/../../b", NameFault::Dots),
                ("a/..", NameFault::Dots),
                ("..", NameFault::Dots),
                ("./a", NameFault::Dots),
                ("/etc/passwd", NameFault::Empty),
                ("a//b", NameFault::Empty),
                ("", NameFault::Empty),
                ("a\0b", NameFault::Zero),
            ] {
                assert_eq!(relative_path(key, naming), Err(fault), "{key:?} {naming:?}");
            }
        }
    }

    #[test]
    fn names_that_windows_does_not_take_get_an_underscore() {
        for (key, expected) in [
            ("plain.txt", "plain.txt"),
            ("12:30?.log", "12_30_.log"),
            ("..\\up", ".._up"),
            ("C:\\x", "C__x"),
            (".. ", "___"),
            ("name. ", "name__"),
            ("CON", "_CON"),
            ("nul.txt", "_nul.txt"),
            ("com1", "_com1"),
            ("COM¹.x", "_COM¹.x"),
            ("aux .c", "_aux .c"),
            ("COM10", "COM10"),
            ("console", "console"),
            ("tab\there", "tab_here"),
        ] {
            assert_eq!(
                relative_path(key, Naming::Windows),
                Ok(PathBuf::from(expected)),
                "{key:?}"
            );
        }
    }

    #[test]
    fn odd_but_harmless_keys_keep_their_names_on_unix() {
        for key in [
            "a b",
            "a\\b",
            "12:30",
            "...",
            ".hidden",
            "Grüße/日本",
            "new\nline",
            "~",
            "$HOME",
            "a?b*",
        ] {
            assert_eq!(relative_path(key, Naming::Unix), Ok(PathBuf::from(key)));
        }
    }

    proptest! {
        #[test]
        fn no_key_leads_out_of_the_folder(key in r"([a-z.]{0,3}|\.\.|/|\\|:|\PC|\x00| ){0,12}", windows: bool) {
            let naming = if windows { Naming::Windows } else { Naming::Unix };
            if let Ok(path) = relative_path(&key, naming) {
                prop_assert!(path.components().all(|part| matches!(part, Component::Normal(_))), "{path:?}");
                prop_assert_eq!(path.components().count(), key.split('/').count());
                prop_assert!(Path::new("/base").join(&path).starts_with("/base"));
                if windows {
                    let text = path.to_string_lossy().replace('/', "");
                    prop_assert!(!text.contains(['\\', ':', '"', '<', '>', '|', '?', '*']));
                    prop_assert!(path.iter().all(|part| !part.to_string_lossy().ends_with(['.', ' '])));
                }
            }
        }
    }
}
