//! Keys in `.env` files and in the start-up files of shells: which lines set one, and the text without them.
//!
//! Read are `NAME=value` and `export NAME=value` (POSIX shells and dotenv), `set -x NAME value` (fish), `setenv NAME
//! value` (csh), `$env:NAME = "value"` (PowerShell) and `set NAME=value` (cmd). A value that is put together when the
//! file runs (`$OTHER`, `$(command)`) is no plain key and is passed over.

use keywell_vault::Secret;

use crate::{cloud::AccessKeyPair, helper_line::is_plain_name};

/// The variables that AWS's tools read a key from; the last is boto's old name of the one before it.
const KEY_ID: &str = "AWS_ACCESS_KEY_ID";
const SECRET: &str = "AWS_SECRET_ACCESS_KEY";
const TOKENS: &[&str] = &["AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"];

/// A key that a file sets.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Found {
    pub pair: AccessKeyPair,
    /// Counted from 1.
    pub line: usize,
}

/// Something else that a file sets beside its keys.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Settings {
    pub region: Option<String>,
    pub endpoint_url: Option<String>,
}

/// Every key that the text sets, with the line of its ID.
pub(crate) fn keys(text: &str) -> Vec<Found> {
    let (mut ids, mut secrets, mut tokens) = (Vec::new(), Vec::new(), Vec::new());
    for (number, line) in (1..).zip(text.lines()) {
        for assignment in parse(line).assignments {
            match assignment.name.as_str() {
                KEY_ID => ids.push((number, assignment.value)),
                SECRET => secrets.push(Secret::new(assignment.value)),
                name if TOKENS.contains(&name) => tokens.push(Secret::new(assignment.value)),
                _ => {}
            }
        }
    }
    // An ID without its secret is no key, and which secret belongs to which ID is then a guess.
    if ids.len() != secrets.len() {
        return Vec::new();
    }
    let tokens_fit = tokens.len() == ids.len();
    let mut tokens = tokens.into_iter();
    ids.into_iter()
        .zip(secrets)
        .map(|((line, key_id), secret)| Found {
            pair: AccessKeyPair {
                key_id,
                secret,
                session_token: tokens.next().filter(|_| tokens_fit),
            },
            line,
        })
        .collect()
}

/// The region and the address that the text sets, for a profile that is to be made of its key.
pub(crate) fn settings(text: &str) -> Settings {
    let mut found = Settings::default();
    for assignment in text.lines().flat_map(|line| parse(line).assignments) {
        match assignment.name.as_str() {
            "AWS_REGION" | "AWS_DEFAULT_REGION" => found.region = Some(assignment.value),
            "AWS_ENDPOINT_URL" => found.endpoint_url = Some(assignment.value),
            _ => {}
        }
    }
    found
}

/// The text without the key. Where its ID was set, `AWS_PROFILE` is set now, in the same way of writing, unless the
/// text sets that already. Every other byte stays.
///
/// # Errors
/// The number of a line that sets the key and does something else too.
pub(crate) fn without(text: &str, pair: &AccessKeyPair, profile: &str) -> Result<String, usize> {
    let sets_profile = text
        .lines()
        .flat_map(|line| parse(line).assignments)
        .any(|assignment| assignment.name == "AWS_PROFILE");
    let mut named = sets_profile;
    let mut kept = String::with_capacity(text.len());
    for (number, line) in (1..).zip(text.split_inclusive('\n')) {
        let content = line.trim_end_matches(['\r', '\n']);
        let parsed = parse(content);
        let ours = parsed
            .assignments
            .iter()
            .filter(|assignment| assignment.is_of(pair))
            .count();
        if ours == 0 {
            kept.push_str(line);
            continue;
        }
        if ours < parsed.assignments.len() || parsed.does_more {
            return Err(number);
        }
        let sets_id = parsed.assignments.iter().any(|one| one.name == KEY_ID);
        if sets_id && !named {
            named = true;
            kept.push_str(&parsed.like_it("AWS_PROFILE", profile));
            kept.push_str(&line[content.len()..]);
        }
    }
    Ok(kept)
}

/// What one line sets.
#[derive(Debug, Default)]
struct Line {
    assignments: Vec<Assignment>,
    /// What stands before the name, blanks included: `export `, `set -gx `.
    before: String,
    syntax: Syntax,
    /// The line also runs something, or sets a value that is known only then.
    does_more: bool,
}

#[derive(Debug, PartialEq)]
struct Assignment {
    name: String,
    value: String,
}

impl Assignment {
    fn is_of(&self, pair: &AccessKeyPair) -> bool {
        match self.name.as_str() {
            KEY_ID => self.value == pair.key_id,
            SECRET => self.value == pair.secret.expose(),
            name if TOKENS.contains(&name) => pair
                .session_token
                .as_ref()
                .is_some_and(|token| self.value == token.expose()),
            _ => false,
        }
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq)]
enum Syntax {
    #[default]
    Equals,
    /// Name and value are two words.
    Words,
    PowerShell,
    Cmd,
}

impl Line {
    fn like_it(&self, name: &str, value: &str) -> String {
        let before = &self.before;
        let quoted = if is_plain_name(value) {
            value.to_owned()
        } else {
            format!("'{value}'")
        };
        match self.syntax {
            Syntax::Equals => format!("{before}{name}={quoted}"),
            Syntax::Words => format!("{before}{name} {quoted}"),
            Syntax::PowerShell => format!("{before}$env:{name} = '{value}'"),
            Syntax::Cmd => format!("{before}{name}={value}"),
        }
    }
}

fn parse(line: &str) -> Line {
    let line = line.strip_prefix('\u{feff}').unwrap_or(line);
    let content = line.trim_start();
    let indent = &line[..line.len() - content.len()];
    if content.is_empty() || content.starts_with('#') {
        return Line::default();
    }
    let first = content.split([' ', '\t']).next().unwrap_or_default();
    let lower = first.to_ascii_lowercase();
    if lower.starts_with("$env:") {
        return power_shell(indent, &content["$env:".len()..]);
    }
    match lower.as_str() {
        "setenv" => two_words(indent, content, 1),
        "set" | "@set" => set(indent, content),
        _ => equals(indent, content),
    }
}

/// `$env:NAME = "value"`.
fn power_shell(indent: &str, rest: &str) -> Line {
    let Some((name, value)) = rest.split_once('=') else {
        return Line::default();
    };
    let words = Words::of(value.trim(), false);
    let [Word::Plain(value)] = &words.words[..] else {
        return Line {
            does_more: true,
            ..Line::default()
        };
    };
    Line {
        assignments: vec![Assignment {
            name: name.trim().to_ascii_uppercase(),
            value: value.clone(),
        }],
        before: indent.to_owned(),
        syntax: Syntax::PowerShell,
        does_more: words.ended_early,
    }
}

/// fish's `set -gx NAME value`, or cmd's `set NAME=value`.
fn set(indent: &str, content: &str) -> Line {
    let (keyword, rest) = content.split_once([' ', '\t']).unwrap_or((content, ""));
    let rest = rest.trim_start();
    if rest.starts_with('-') {
        let flags = rest
            .split([' ', '\t'])
            .take_while(|word| word.starts_with('-'))
            .collect::<Vec<_>>();
        let exports = flags
            .iter()
            .any(|flag| *flag == "--export" || !flag.starts_with("--") && flag.contains('x'));
        return if exports {
            two_words(indent, content, 1 + flags.len())
        } else {
            Line::default()
        };
    }
    // cmd takes everything to the end of the line, or to the closing quote.
    let inner = rest
        .strip_prefix('"')
        .and_then(|quoted| quoted.trim_end().strip_suffix('"'))
        .unwrap_or(rest);
    let Some((name, value)) = inner.split_once('=') else {
        return Line::default();
    };
    Line {
        does_more: value.contains(['%', '!', '&', '|']),
        assignments: vec![Assignment {
            name: name.trim().to_ascii_uppercase(),
            value: value.trim_end().to_owned(),
        }],
        before: format!("{indent}{keyword} "),
        syntax: Syntax::Cmd,
    }
}

/// A keyword and flags, `skipped` words in all, then a name and a value.
fn two_words(indent: &str, content: &str, skipped: usize) -> Line {
    let words = Words::of(content, true);
    let (Some(Word::Plain(name)), Some(Word::Plain(value)), count) = (
        words.words.get(skipped),
        words.words.get(skipped + 1),
        words.words.len(),
    ) else {
        return Line::default();
    };
    let before: Vec<&str> = content.split_whitespace().take(skipped).collect();
    Line {
        assignments: vec![Assignment {
            name: name.clone(),
            value: value.clone(),
        }],
        before: format!("{indent}{} ", before.join(" ")),
        syntax: Syntax::Words,
        does_more: words.ended_early || count != skipped + 2,
    }
}

/// `NAME=value`, several of them, behind an `export` or before a command; dotenv also takes blanks around the sign.
fn equals(indent: &str, content: &str) -> Line {
    let mut before = indent.to_owned();
    let mut rest = content;
    for keyword in ["export ", "declare -x ", "typeset -x ", "env "] {
        if let Some(behind) = content.strip_prefix(keyword) {
            rest = behind.trim_start();
            before.push_str(&content[..content.len() - rest.len()]);
        }
    }
    let spaced = rest
        .split_once('=')
        .filter(|(name, value)| {
            is_variable(name.trim()) && (name.ends_with(' ') || value.starts_with(' '))
        })
        .map(|(name, value)| format!("{}={}", name.trim(), value.trim()));
    let words = Words::of(spaced.as_deref().unwrap_or(rest), true);
    let mut line = Line {
        before,
        does_more: words.ended_early,
        ..Line::default()
    };
    for word in words.words {
        match word {
            Word::Plain(text) => match text.split_once('=') {
                Some((name, value)) if is_variable(name) => line.assignments.push(Assignment {
                    name: name.to_owned(),
                    value: value.to_owned(),
                }),
                _ => line.does_more = true,
            },
            Word::Made => line.does_more = true,
        }
    }
    line
}

fn is_variable(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

enum Word {
    Plain(String),
    /// Known only when the line runs.
    Made,
}

struct Words {
    words: Vec<Word>,
    /// Another command follows on the line.
    ended_early: bool,
}

impl Words {
    /// Splits as POSIX shells do, as far as values of keys need it. `escapes`: a backslash takes the next character
    /// as it is.
    fn of(text: &str, escapes: bool) -> Self {
        let mut words = Vec::new();
        let mut word: Option<String> = None;
        let mut made = false;
        let mut ended_early = false;
        let mut quote: Option<char> = None;
        let mut characters = text.chars().peekable();
        let mut end = |word: &mut Option<String>, made: &mut bool| {
            if let Some(text) = word.take() {
                words.push(if std::mem::take(made) {
                    Word::Made
                } else {
                    Word::Plain(text)
                });
            }
        };
        while let Some(character) = characters.next() {
            match (quote, character) {
                (Some(open), close) if open == close => quote = None,
                (Some('"') | None, '$' | '`') => {
                    made = true;
                    word.get_or_insert_default();
                }
                (Some('"') | None, '\\') if escapes => {
                    word.get_or_insert_default()
                        .push(characters.next().unwrap_or('\\'));
                }
                (None, '\'' | '"') => {
                    quote = Some(character);
                    word.get_or_insert_default();
                }
                (None, ' ' | '\t' | '\r') => end(&mut word, &mut made),
                (None, '#') if word.is_none() => break,
                (None, ';' | '&' | '|') => {
                    end(&mut word, &mut made);
                    let rest: String = characters.by_ref().collect();
                    let rest = rest.trim();
                    ended_early = !(character == ';' && (rest.is_empty() || rest.starts_with('#')));
                }
                (_, other) => word.get_or_insert_default().push(other),
            }
        }
        // A value that goes on on the next line is not ours to cut.
        ended_early |= quote.is_some();
        end(&mut word, &mut made);
        Self { words, ended_early }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ID: &str = "AKIAIOSFODNN7EXAMPLE";
    const KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

    fn pair() -> AccessKeyPair {
        AccessKeyPair {
            key_id: ID.into(),
            secret: Secret::new(KEY),
            session_token: None,
        }
    }

    #[test]
    fn every_way_of_writing_is_read_and_answered_in_kind() {
        let cases = [
            (
                "AWS_ACCESS_KEY_ID=<id>\nAWS_SECRET_ACCESS_KEY=<key>\n",
                "AWS_PROFILE=work\n",
            ),
            (
                "export AWS_ACCESS_KEY_ID=<id>\nexport AWS_SECRET_ACCESS_KEY=<key>",
                "export AWS_PROFILE=work\n",
            ),
            (
                "AWS_ACCESS_KEY_ID=\"<id>\"\r\nAWS_SECRET_ACCESS_KEY='<key>'\r\n",
                "AWS_PROFILE=work\r\n",
            ),
            (
                "  AWS_ACCESS_KEY_ID = <id> # mine\nAWS_SECRET_ACCESS_KEY = \"<key>\" # mine\n",
                "  AWS_PROFILE=work\n",
            ),
            (
                "export AWS_ACCESS_KEY_ID=<id> AWS_SECRET_ACCESS_KEY=<key>;\n",
                "export AWS_PROFILE=work\n",
            ),
            (
                "declare -x AWS_ACCESS_KEY_ID=\"<id>\"\ndeclare -x AWS_SECRET_ACCESS_KEY=\"<key>\"\n",
                "declare -x AWS_PROFILE=work\n",
            ),
            (
                "set -gx AWS_ACCESS_KEY_ID <id>\nset -x AWS_SECRET_ACCESS_KEY '<key>'\n",
                "set -gx AWS_PROFILE work\n",
            ),
            (
                "set --global --export AWS_ACCESS_KEY_ID <id>\nset -Ux AWS_SECRET_ACCESS_KEY <key>\n",
                "set --global --export AWS_PROFILE work\n",
            ),
            (
                "setenv AWS_ACCESS_KEY_ID <id>\nsetenv AWS_SECRET_ACCESS_KEY <key>\n",
                "setenv AWS_PROFILE work\n",
            ),
            (
                "$env:AWS_ACCESS_KEY_ID = \"<id>\"\n$Env:AWS_SECRET_ACCESS_KEY='<key>';\n",
                "$env:AWS_PROFILE = 'work'\n",
            ),
            (
                "set AWS_ACCESS_KEY_ID=<id>\nSET \"AWS_SECRET_ACCESS_KEY=<key>\"\n",
                "set AWS_PROFILE=work\n",
            ),
            (
                "# note\nA=1\nAWS_SECRET_ACCESS_KEY=<key>\nB=2\nAWS_ACCESS_KEY_ID=<id>\nC=$(date)\n",
                "# note\nA=1\nB=2\nAWS_PROFILE=work\nC=$(date)\n",
            ),
            (
                "AWS_PROFILE=other\nAWS_ACCESS_KEY_ID=<id>\nAWS_SECRET_ACCESS_KEY=<key>\n",
                "AWS_PROFILE=other\n",
            ),
        ];
        for (text, expected) in cases {
            let text = text.replace("<id>", ID).replace("<key>", KEY);
            let found = keys(&text);
            assert_eq!(found.len(), 1, "{text}");
            assert_eq!(found[0].pair, pair(), "{text}");
            assert_eq!(without(&text, &pair(), "work").unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_plain_key_is_passed_over() {
        for text in [
            "",
            "# AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE\n# AWS_SECRET_ACCESS_KEY=x\n",
            "AWS_ACCESS_KEY_ID=$OTHER\nAWS_SECRET_ACCESS_KEY=$(pass show aws)\n",
            "AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE\n",
            "AWS_ACCESS_KEY_ID=`cat id`\nAWS_SECRET_ACCESS_KEY=\"${KEY}\"\n",
            "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY\n",
            "set -e AWS_ACCESS_KEY_ID\nset -e AWS_SECRET_ACCESS_KEY\n",
            "MY_AWS_ACCESS_KEY_ID=a\nMY_AWS_SECRET_ACCESS_KEY=b\n",
        ] {
            assert_eq!(keys(text), [], "{text}");
        }
    }

    #[test]
    fn a_line_that_does_more_is_named_and_left() {
        for text in [
            format!("A=1 AWS_ACCESS_KEY_ID={ID} AWS_SECRET_ACCESS_KEY={KEY}\n"),
            format!("AWS_ACCESS_KEY_ID={ID} AWS_SECRET_ACCESS_KEY={KEY} aws s3 ls\n"),
            format!("export AWS_ACCESS_KEY_ID={ID} AWS_SECRET_ACCESS_KEY={KEY} && run\n"),
        ] {
            assert_eq!(keys(&text).len(), 1, "{text}");
            assert_eq!(without(&text, &pair(), "work"), Err(1), "{text}");
        }
    }

    #[test]
    fn region_and_address_beside_the_key_are_seen() {
        let found =
            settings("AWS_REGION=eu-west-1\nexport AWS_ENDPOINT_URL='http://127.0.0.1:9000'\n");
        assert_eq!(found.region.as_deref(), Some("eu-west-1"));
        assert_eq!(found.endpoint_url.as_deref(), Some("http://127.0.0.1:9000"));
    }

    proptest! {
        #[test]
        fn any_text_around_a_key_keeps_every_byte(before in "[^\u{0}]{0,120}", after in "[^\u{0}]{0,120}") {
            let around = !before.contains("AWS_") && !after.contains("AWS_");
            prop_assume!(around);
            let text = format!("{before}\nexport AWS_ACCESS_KEY_ID={ID}\nexport AWS_SECRET_ACCESS_KEY={KEY}\n{after}");
            prop_assert_eq!(
                without(&text, &pair(), "work").unwrap(),
                format!("{before}\nexport AWS_PROFILE=work\n{after}")
            );
        }
    }
}
