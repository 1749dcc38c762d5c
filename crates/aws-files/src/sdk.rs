use std::fmt;

use crate::header::FileKind;
use crate::line::{
    BYTE_ORDER_MARK, Brackets, assignment, brackets, is_blank, split_ending, starts_blank,
    starts_comment, trim,
};

/// What the AWS SDKs make of both files together: names with their keys (in lower case) and values, in the order of
/// their first appearance. The value of a nested block is a line break and then its lines, trimmed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    pub profiles: Sections,
    pub sso_sessions: Sections,
    pub services: Sections,
}

pub type Sections = Vec<(String, Vec<(String, String)>)>;

/// The line for which the SDKs refuse a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Line {line}: {reason}")]
pub struct Refusal {
    pub kind: FileKind,
    /// Counted from 1.
    pub line: usize,
    pub reason: RefusalReason,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalReason {
    ByteOrderMark,
    UnclosedHeader,
    OutsideSection,
    MissingEquals { nested: bool },
    EmptyKey { nested: bool },
    LooseContinuation,
}

impl fmt::Display for RefusalReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            RefusalReason::ByteOrderMark => "the file starts with a byte order mark",
            RefusalReason::UnclosedHeader => "the section name has no \"]\" at its end",
            RefusalReason::OutsideSection => "there is no section name above it",
            RefusalReason::MissingEquals { nested: false } => "the setting has no equals sign",
            RefusalReason::MissingEquals { nested: true } => {
                "the nested setting has no equals sign"
            }
            RefusalReason::EmptyKey { nested: false } => "the setting has no name",
            RefusalReason::EmptyKey { nested: true } => "the nested setting has no name",
            RefusalReason::LooseContinuation => {
                "the line is indented, but there is no setting above it that it could continue"
            }
        })
    }
}

/// Reads both files as strictly as the AWS SDKs do; their shared tests (`profile-parser-tests.json`, which every SDK
/// ships) are the rule. A [`crate::Document`] is milder, so that it can show and mend what is refused here.
///
/// # Errors
/// The first line for which an SDK gives up.
pub fn read_as_sdk(config: &str, credentials: &str) -> Result<Settings, Refusal> {
    let mut settings = Settings::default();
    for (kind, text) in [
        (FileKind::Config, config),
        (FileKind::Credentials, credentials),
    ] {
        let raw = sections(kind, text)?;
        settings.merge(kind, raw);
    }
    Ok(settings)
}

/// Section names as they stand between the brackets, with their keys and values.
fn sections(kind: FileKind, text: &str) -> Result<Sections, Refusal> {
    let mut found = Sections::new();
    // The key that an indented line continues.
    let mut key: Option<String> = None;
    let mut nested = false;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let content = split_ending(line).0;
        let refused = |reason| Refusal {
            kind,
            line: number + 1,
            reason,
        };
        if is_blank(content) || starts_comment(content) {
            continue;
        }
        if number == 0 && content.starts_with(BYTE_ORDER_MARK) {
            return Err(refused(RefusalReason::ByteOrderMark));
        }
        if content.starts_with('[') {
            match brackets(content) {
                Brackets::Closed {
                    start,
                    end,
                    clear: true,
                } => found.push((content[start..end].to_owned(), Vec::new())),
                _ => return Err(refused(RefusalReason::UnclosedHeader)),
            };
            key = None;
            continue;
        }
        let Some((_, properties)) = found.last_mut() else {
            return Err(refused(RefusalReason::OutsideSection));
        };
        let continues = starts_blank(content);
        if continues && key.is_none() {
            return Err(refused(RefusalReason::LooseContinuation));
        }
        if !continues || nested {
            match assignment(content) {
                None => return Err(refused(RefusalReason::MissingEquals { nested: continues })),
                Some(found) if found.key.is_empty() => {
                    return Err(refused(RefusalReason::EmptyKey { nested: continues }));
                }
                Some(found) if !continues => {
                    nested = found.value.is_empty();
                    let name = found.key.to_ascii_lowercase();
                    put(properties, &name, found.value.to_owned());
                    key = Some(name);
                    continue;
                }
                Some(_) => {}
            }
        }
        let continued = properties
            .iter_mut()
            .find(|(name, _)| Some(name) == key.as_ref());
        if let Some((_, value)) = continued {
            value.push('\n');
            value.push_str(trim(content));
        }
    }
    Ok(found)
}

fn put(properties: &mut Vec<(String, String)>, key: &str, value: String) {
    match properties.iter_mut().find(|(known, _)| known == key) {
        Some((_, old)) => *old = value,
        None => properties.push((key.to_owned(), value)),
    }
}

impl Settings {
    /// Sections of other types and with names or keys that are not made of the allowed characters are left out, and
    /// `[profile default]` replaces `[default]`.
    fn merge(&mut self, kind: FileKind, raw: Sections) {
        let prefixed_default = raw.iter().any(|(name, _)| {
            kind == FileKind::Config && pair(name) == (Some("profile"), "default")
        });
        for (name, properties) in raw {
            let (prefix, name) = pair(&name);
            let sections = match (kind, prefix) {
                (FileKind::Config, Some("profile")) => &mut self.profiles,
                (FileKind::Config, Some("sso-session")) => &mut self.sso_sessions,
                (FileKind::Config, Some("services")) => &mut self.services,
                (FileKind::Config, None) if name == "default" && !prefixed_default => {
                    &mut self.profiles
                }
                (FileKind::Credentials, None) => &mut self.profiles,
                _ => continue,
            };
            if !is_identifier(name) {
                continue;
            }
            let known = sections.iter().position(|(known, _)| known == name);
            let index = known.unwrap_or_else(|| {
                sections.push((name.to_owned(), Vec::new()));
                sections.len() - 1
            });
            for (key, value) in properties {
                if is_identifier(&key) {
                    put(&mut sections[index].1, &key, value);
                }
            }
        }
    }
}

/// The type of a section and its name.
fn pair(header: &str) -> (Option<&str>, &str) {
    let header = trim(header);
    match header.split_once([' ', '\t']) {
        Some((prefix, name)) => (Some(prefix), trim(name)),
        None => (None, header),
    }
}

fn is_identifier(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_-/.%@:+".contains(c);
    !name.is_empty() && name.chars().all(allowed)
}
