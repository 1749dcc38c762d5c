//! The search for a secret in all the places where it must not be.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE};
use std::fs;
use std::path::{Path, PathBuf};

/// A secret in the forms in which it could leak.
pub struct Canary {
    needles: Vec<(&'static str, Vec<u8>)>,
}

/// A place where a form of the secret was found.
#[derive(Debug, PartialEq, Eq)]
pub struct Leak {
    pub place: String,
    pub form: &'static str,
}

impl Canary {
    /// # Panics
    /// When the secret is too short for its halves to be told from chance.
    pub fn new(secret: &str) -> Canary {
        assert!(secret.len() >= 40, "a secret access key has 40 characters");
        let (first, second) = secret.as_bytes().split_at(secret.len() / 2);
        let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
        let percent: String = secret
            .chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() {
                    c.to_string()
                } else {
                    format!("%{:02X}", c as u32)
                }
            })
            .collect();
        // Base64 inside a longer text starts at one of three offsets; the middle is the same whatever stands around it.
        let shifted = |by: usize| {
            STANDARD_NO_PAD
                .encode([&vec![0; by], secret.as_bytes()].concat())
                .as_bytes()[if by == 0 { 0 } else { 4 }..52]
                .to_vec()
        };
        let utf_16: Vec<u8> = secret.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let mut needles = vec![
            ("plain", secret.as_bytes().to_vec()),
            ("its first half", first.to_vec()),
            ("its second half", second.to_vec()),
            ("backwards", secret.bytes().rev().collect()),
            ("base64", shifted(0)),
            ("base64, shifted by one", shifted(1)),
            ("base64, shifted by two", shifted(2)),
            ("base64 for addresses", URL_SAFE.encode(secret).into_bytes()),
            (
                "base64 of base64",
                STANDARD.encode(STANDARD.encode(secret)).into_bytes(),
            ),
            ("hexadecimal", hex.into_bytes()),
            ("percent-encoded", percent.into_bytes()),
            ("UTF-16", utf_16),
        ];
        needles.dedup_by(|one, other| one.1 == other.1);
        Canary { needles }
    }

    /// The form in which the secret is in these bytes, if it is.
    pub fn form_in(&self, bytes: &[u8]) -> Option<&'static str> {
        self.needles
            .iter()
            .find(|(_, needle)| contains(bytes, needle))
            .map(|(form, _)| *form)
    }

    /// Searches one text.
    pub fn search(&self, place: &str, bytes: impl AsRef<[u8]>) -> Option<Leak> {
        self.form_in(bytes.as_ref()).map(|form| Leak {
            place: place.to_owned(),
            form,
        })
    }

    /// Searches every file below the folder, names included, but nothing below the `allowed` paths.
    pub fn search_files(&self, folder: &Path, allowed: &[PathBuf]) -> Vec<Leak> {
        let mut leaks = Vec::new();
        self.walk(folder, allowed, &mut leaks);
        leaks
    }

    fn walk(&self, folder: &Path, allowed: &[PathBuf], leaks: &mut Vec<Leak>) {
        let Ok(entries) = fs::read_dir(folder) else {
            return;
        };
        for path in entries.flatten().map(|entry| entry.path()) {
            if allowed.contains(&path) {
                continue;
            }
            let place = path.display().to_string();
            leaks.extend(self.search(&place, &place));
            match fs::symlink_metadata(&path) {
                Ok(about) if about.is_dir() => self.walk(&path, allowed, leaks),
                // A socket or pipe would keep the reader waiting.
                Ok(about) if about.is_file() => leaks.extend(
                    fs::read(&path)
                        .ok()
                        .and_then(|bytes| self.search(&place, bytes)),
                ),
                _ => {}
            }
        }
    }

    /// Searches the arguments of every process of this machine.
    pub fn search_processes(&self) -> Vec<Leak> {
        let all = crate::programs::process_arguments();
        all.into_iter()
            .filter_map(|(id, arguments)| {
                self.search(&format!("arguments of process {id}"), arguments)
            })
            .collect()
    }
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    #[test]
    fn every_form_of_the_secret_is_recognised() {
        let canary = Canary::new(SECRET);
        let json = format!(r#"{{"secret":"{SECRET}"}}"#);
        for (text, form) in [
            (json.clone(), Some("plain")),
            (format!("x{}y", &SECRET[..20]), Some("its first half")),
            (format!("x{}y", &SECRET[20..]), Some("its second half")),
            (STANDARD.encode(SECRET), Some("base64")),
            (
                STANDARD.encode(format!("a{SECRET}b")),
                Some("base64, shifted by one"),
            ),
            (
                STANDARD.encode(format!("ab{SECRET}")),
                Some("base64, shifted by two"),
            ),
            (STANDARD.encode(format!("abc{SECRET}defg")), Some("base64")),
            (STANDARD.encode(&json), Some("base64, shifted by two")),
            (SECRET.chars().rev().collect(), Some("backwards")),
            ("wJalrXUtnFEMI AKIAIOSFODNN7EXAMPLE".to_owned(), None),
        ] {
            assert_eq!(canary.form_in(text.as_bytes()), form, "{text}");
        }
        let percent = SECRET.replace('/', "%2F").replace('+', "%2B");
        assert_eq!(canary.form_in(percent.as_bytes()), Some("percent-encoded"));
    }

    #[test]
    fn files_are_searched_to_the_bottom_except_where_the_secret_may_be() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("a/b");
        let allowed = folder.path().join("allowed");
        fs::create_dir_all(&deep).unwrap();
        fs::create_dir_all(&allowed).unwrap();
        fs::write(deep.join("log"), format!("key={SECRET}\n")).unwrap();
        fs::write(allowed.join("admin.csv"), SECRET).unwrap();
        let canary = Canary::new(SECRET);
        let leaks = canary.search_files(folder.path(), std::slice::from_ref(&allowed));
        assert_eq!(
            leaks,
            [Leak {
                place: deep.join("log").display().to_string(),
                form: "plain"
            }]
        );
        assert_eq!(canary.search_files(folder.path(), &[]).len(), 2);
    }
}
