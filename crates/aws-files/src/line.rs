//! One line, as the SDKs take it apart. Blanks are space and tab and nothing else, as their shared tests say.

const BLANKS: [char; 2] = [' ', '\t'];
const COMMENTS: [char; 2] = ['#', ';'];
pub(crate) const BYTE_ORDER_MARK: char = '\u{feff}';

pub(crate) fn trim(text: &str) -> &str {
    text.trim_matches(BLANKS)
}

pub(crate) fn is_blank(text: &str) -> bool {
    trim(text).is_empty()
}

pub(crate) fn starts_comment(text: &str) -> bool {
    text.starts_with(COMMENTS)
}

pub(crate) fn starts_blank(text: &str) -> bool {
    text.starts_with(BLANKS)
}

/// How many blanks the line starts with.
pub(crate) fn indent(text: &str) -> usize {
    text.len() - text.trim_start_matches(BLANKS).len()
}

/// The line without its ending, and the ending: `\n`, `\r\n` or, for the last line of a file only, nothing or `\r`.
/// That half of an ending is one for Python, and Rust's SDK trims it off.
pub(crate) fn split_ending(line: &str) -> (&str, &str) {
    let content = line
        .strip_suffix("\r\n")
        .or_else(|| line.strip_suffix('\n'))
        .or_else(|| line.strip_suffix('\r'))
        .unwrap_or(line);
    (content, &line[content.len()..])
}

/// Where a comment starts. Beside a value it counts only after a blank; beside a section name it always does.
pub(crate) fn comment_start(text: &str, needs_blank: bool) -> Option<usize> {
    let mut after_blank = false;
    for (index, character) in text.char_indices() {
        if COMMENTS.contains(&character) && (after_blank || !needs_blank) {
            return Some(index);
        }
        after_blank = character.is_whitespace();
    }
    None
}

/// `key = value # comment`, each part trimmed.
pub(crate) struct Assignment<'a> {
    pub(crate) key: &'a str,
    pub(crate) value: &'a str,
    pub(crate) comment: Option<&'a str>,
}

/// None without an equals sign. The key may be empty.
pub(crate) fn assignment(content: &str) -> Option<Assignment<'_>> {
    let content = trim(content);
    let (code, comment) = match comment_start(content, true) {
        Some(start) => (&content[..start], Some(&content[start..])),
        None => (content, None),
    };
    let (key, value) = code.split_once('=')?;
    Some(Assignment {
        key: trim(key),
        value: trim(value),
        comment,
    })
}

/// What the AWS CLI's editor takes for a setting: anything, and then a colon or an equals sign
/// (`OPTION_REGEX` in its `customizations/configure/writer.py`).
pub(crate) fn is_option(content: &str) -> bool {
    let mut characters = content.chars();
    let begins = characters.next().is_some_and(|c| !matches!(c, ':' | '='));
    begins && characters.as_str().contains([':', '='])
}

/// What stands between the brackets of a section's first line.
pub(crate) enum Brackets {
    /// Byte positions of the text between `[` and `]`.
    Closed {
        start: usize,
        end: usize,
        clear: bool,
    },
    Unclosed,
}

/// `content` starts with `[`. The SDKs want nothing but a comment after the `]` and no comment character before it;
/// the AWS CLI takes everything up to the last `]`, which is what is used where the SDKs would give up.
pub(crate) fn brackets(content: &str) -> Brackets {
    let code = match comment_start(content, false) {
        Some(start) => &content[..start],
        None => content,
    };
    let code = code.trim_end_matches(BLANKS);
    if code.len() > 1 && code.ends_with(']') {
        return Brackets::Closed {
            start: 1,
            end: code.len() - 1,
            clear: true,
        };
    }
    match content.rfind(']') {
        Some(end) => Brackets::Closed {
            start: 1,
            end,
            clear: false,
        },
        None => Brackets::Unclosed,
    }
}
