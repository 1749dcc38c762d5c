use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

use crate::header::{FileKind, canonical, profile_of};
use crate::line::{
    BYTE_ORDER_MARK, Brackets, assignment, brackets, indent, is_blank, split_ending,
    starts_comment, trim,
};
use crate::problem::{Problem, ProblemKind};

/// The text of one file, every byte of it, with its sections and keys as the AWS SDKs understand them.
///
/// Reading never fails. Where the SDKs refuse a whole file for one line, that line is kept, skipped and listed in
/// [`Document::problems`]; where the AWS CLI can still read it (an indented key, text after the bracket), it is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    text: String,
    /// The byte at which each line starts.
    starts: Vec<usize>,
    pub(crate) spans: Vec<Span>,
    problems: Vec<Problem>,
}

/// One section of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// The text between the brackets in its usual spelling: `default`, `profile x`, `sso-session y`.
    pub header: String,
    /// The line of the brackets, counted from 1.
    pub line: usize,
}

/// A section's place in the text. Line numbers here count from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    /// None when the brackets are not closed: such a section can not be named, only ended.
    pub(crate) header: Option<String>,
    pub(crate) line: usize,
    /// The last line that is neither blank nor a comment at the start of the line.
    pub(crate) last_line: usize,
    pub(crate) properties: Vec<Property>,
}

/// Key and value are places in the text, so that a file of thousands of profiles is read without copying it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Property {
    /// As it is written.
    pub(crate) key: Range<usize>,
    /// On the line of the key.
    pub(crate) value: Range<usize>,
    pub(crate) line: usize,
    pub(crate) indent: usize,
    pub(crate) continuations: Vec<usize>,
}

impl Property {
    /// Whether the lines below are settings of their own (`s3 =`) and not the value going on.
    pub(crate) fn is_nested(&self) -> bool {
        self.value.is_empty() && !self.continuations.is_empty()
    }
}

impl Document {
    /// Takes any text. Problems are listed, never fatal.
    pub fn parse(text: &str) -> Document {
        Document::from(text.to_owned())
    }

    /// The whole text, byte for byte.
    pub fn text(&self) -> String {
        self.text.clone()
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) fn line_count(&self) -> usize {
        self.starts.len()
    }

    /// The bytes of some lines, their endings included.
    pub(crate) fn place(&self, lines: Range<usize>) -> Range<usize> {
        let start = |line: usize| self.starts.get(line).copied().unwrap_or(self.text.len());
        start(lines.start)..start(lines.end)
    }

    /// A line and its ending.
    pub(crate) fn line(&self, number: usize) -> &str {
        &self.text[self.place(number..number + 1)]
    }

    /// A line without its ending.
    pub(crate) fn content(&self, number: usize) -> &str {
        split_ending(self.line(number)).0
    }

    /// The key in lower case: keys ignore case.
    pub(crate) fn key(&self, property: &Property) -> String {
        self.text[property.key.clone()].to_ascii_lowercase()
    }

    pub(crate) fn has_key(&self, property: &Property, key: &str) -> bool {
        self.text[property.key.clone()].eq_ignore_ascii_case(key)
    }

    pub(crate) fn value(&self, property: &Property) -> String {
        let mut value = self.text[property.value.clone()].to_owned();
        for line in &property.continuations {
            value.push('\n');
            value.push_str(trim(self.content(*line)));
        }
        value
    }

    /// What clients would refuse or misread, in the order of the lines.
    pub fn problems(&self) -> Vec<Problem> {
        self.problems.clone()
    }

    /// All sections in the order of the file, duplicates included.
    pub fn sections(&self) -> Vec<Section> {
        self.spans
            .iter()
            .filter_map(|span| {
                Some(Section {
                    header: span.header.clone()?,
                    line: span.line + 1,
                })
            })
            .collect()
    }

    /// The names of the profiles in the order of the file, each once.
    pub fn profiles(&self, kind: FileKind) -> Vec<String> {
        let mut seen = std::collections::HashSet::new();
        self.spans
            .iter()
            .filter_map(|span| profile_of(kind, span.header.as_deref()?))
            .filter(|profile| seen.insert(profile.clone()))
            .collect()
    }

    /// The value as the SDKs read it: sections of the same name merged, the last one wins, comments cut off. The
    /// value of a nested block is a line break and then its lines, trimmed. Keys ignore case.
    pub fn get(&self, header: &str, key: &str) -> Option<String> {
        self.effective(header)
            .flat_map(|span| &span.properties)
            .rfind(|property| self.has_key(property, key))
            .map(|property| self.value(property))
    }

    /// All keys (in lower case) and values of a section, in the order of their first appearance.
    pub fn properties(&self, header: &str) -> Vec<(String, String)> {
        let mut found: Vec<(String, String)> = Vec::new();
        for property in self.effective(header).flat_map(|span| &span.properties) {
            let (key, value) = (self.key(property), self.value(property));
            match found.iter_mut().find(|(known, _)| *known == key) {
                Some((_, old)) => *old = value,
                None => found.push((key, value)),
            }
        }
        found
    }

    /// The line that gives a key its value, counted from 1.
    pub fn line_of(&self, header: &str, key: &str) -> Option<usize> {
        self.effective(header)
            .flat_map(|span| &span.properties)
            .rfind(|property| self.has_key(property, key))
            .map(|property| property.line + 1)
    }

    /// Whether there is a section of this name.
    pub fn contains(&self, header: &str) -> bool {
        self.effective(header).next().is_some()
    }

    /// The sections that clients read under this name. `[profile default]` hides `[default]`, as in the SDKs.
    pub(crate) fn effective(&self, header: &str) -> impl DoubleEndedIterator<Item = &Span> {
        let wanted = canonical(header);
        let wanted = if is_default(&wanted) {
            let prefixed = self
                .spans
                .iter()
                .any(|span| span.header.as_deref() == Some(PREFIXED_DEFAULT));
            if prefixed { PREFIXED_DEFAULT } else { DEFAULT }.to_owned()
        } else {
            wanted
        };
        self.spans
            .iter()
            .filter(move |span| span.header.as_ref() == Some(&wanted))
    }

    /// Changes the text and reads it anew. The places must not overlap.
    pub(crate) fn replace_all(&mut self, mut changes: Vec<(Range<usize>, String)>) {
        // From the back, as each change moves what is behind it.
        changes.sort_by_key(|(place, _)| std::cmp::Reverse(place.start));
        let mut text = std::mem::take(&mut self.text);
        for (place, new) in changes {
            text.replace_range(place, &new);
        }
        *self = Document::from(text);
    }
}

impl From<String> for Document {
    fn from(text: String) -> Document {
        let mut scan = Scan::default();
        let mut starts = Vec::new();
        let mut start = 0;
        for (number, line) in text.split_inclusive('\n').enumerate() {
            starts.push(start);
            scan.line(number, start, line);
            start += line.len();
        }
        scan.finish(&text);
        let Scan { spans, problems } = scan;
        Document {
            text,
            starts,
            spans,
            problems,
        }
    }
}

const DEFAULT: &str = "default";
const PREFIXED_DEFAULT: &str = "profile default";

pub(crate) fn is_default(canonical: &str) -> bool {
    canonical == DEFAULT || canonical == PREFIXED_DEFAULT
}

#[derive(Default)]
struct Scan {
    spans: Vec<Span>,
    problems: Vec<Problem>,
}

impl Scan {
    fn problem(&mut self, number: usize, kind: ProblemKind) {
        self.problems.push(Problem {
            line: number + 1,
            kind,
        });
    }

    /// `start` is the line's first byte in the text.
    fn line(&mut self, number: usize, mut start: usize, line: &str) {
        let (mut content, _) = split_ending(line);
        if number == 0
            && let Some(rest) = content.strip_prefix(BYTE_ORDER_MARK)
        {
            self.problem(number, ProblemKind::ByteOrderMark);
            content = rest;
            start += BYTE_ORDER_MARK.len_utf8();
        }
        if !content.is_ascii() {
            self.problem(number, ProblemKind::NonAscii);
        }
        if content.contains('\r') {
            self.problem(number, ProblemKind::CarriageReturn);
        }
        if is_blank(content) || starts_comment(content) {
            return;
        }
        if content.starts_with('[') {
            self.header(number, content);
            return;
        }
        let Some(span) = self.spans.last_mut() else {
            self.problem(number, ProblemKind::OutsideSection);
            return;
        };
        span.last_line = number;
        let indent = indent(content);
        if indent > 0 && starts_comment(trim(content)) {
            self.problem(number, ProblemKind::IndentedComment);
            return;
        }
        if let Some(property) = span.properties.last_mut()
            && indent > property.indent
        {
            // A key without a value of its own starts a nested block, whose lines must be assignments too.
            property.continuations.push(number);
            let nested = property.is_nested();
            match assignment(content) {
                None if nested => self.problem(number, ProblemKind::MissingEquals),
                Some(found) if nested && found.key.is_empty() => {
                    self.problem(number, ProblemKind::EmptyKey);
                }
                _ => {}
            }
            return;
        }
        self.property(number, start, content, indent);
    }

    fn header(&mut self, number: usize, content: &str) {
        let header = match brackets(content) {
            Brackets::Closed { start, end, clear } => {
                let inside = &content[start..end];
                if !clear {
                    self.problem(number, ProblemKind::UnclearHeader);
                }
                if trim(inside) != inside {
                    self.problem(number, ProblemKind::BlankInBrackets);
                }
                let header = canonical(inside);
                if header == "DEFAULT" {
                    self.problem(number, ProblemKind::ReservedHeader);
                }
                let named = header.strip_prefix("profile ").is_some();
                if header.is_empty() || named && profile_of(FileKind::Config, &header).is_none() {
                    self.problem(number, ProblemKind::IgnoredProfile);
                }
                Some(header)
            }
            Brackets::Unclosed => {
                self.problem(number, ProblemKind::UnclosedHeader);
                None
            }
        };
        self.spans.push(Span {
            header,
            line: number,
            last_line: number,
            properties: Vec::new(),
        });
    }

    fn property(&mut self, number: usize, start: usize, content: &str, indent: usize) {
        let Some(found) = assignment(content) else {
            self.problem(number, ProblemKind::MissingEquals);
            return;
        };
        if found.key.is_empty() {
            self.problem(number, ProblemKind::EmptyKey);
            return;
        }
        if indent > 0 {
            self.problem(number, ProblemKind::IndentedKey);
        }
        if found.comment.is_some() {
            self.problem(number, ProblemKind::InlineComment);
        }
        let place = |part: &str| {
            let offset = start + (part.as_ptr().addr() - content.as_ptr().addr());
            offset..offset + part.len()
        };
        let property = Property {
            key: place(found.key),
            value: place(found.value),
            line: number,
            indent,
            continuations: Vec::new(),
        };
        if let Some(span) = self.spans.last_mut() {
            span.properties.push(property);
        }
    }

    /// Finds what is there twice, once all lines are known.
    fn finish(&mut self, text: &str) {
        let mut found = Vec::new();
        let mut headers: HashMap<&str, usize> = HashMap::new();
        let mut spellings: HashMap<Cow<'_, str>, &str> = HashMap::new();
        for span in &self.spans {
            let Some(header) = &span.header else { continue };
            if headers.insert(header, span.line).is_some() {
                let header = header.clone();
                found.push((span.line, ProblemKind::DuplicateSection { header }));
            }
            match spellings.insert(lower_case(header), header) {
                Some(other) if other != header => {
                    let (header, other) = (header.clone(), other.to_owned());
                    found.push((span.line, ProblemKind::CaseTwin { header, other }));
                }
                _ => {}
            }
            let mut keys = HashSet::new();
            for property in &span.properties {
                let key = lower_case(&text[property.key.clone()]);
                if !keys.insert(key.clone()) {
                    let key = key.into_owned();
                    found.push((property.line, ProblemKind::DuplicateKey { key }));
                }
            }
        }
        if let (Some(plain), Some(prefixed)) = (headers.get(DEFAULT), headers.get(PREFIXED_DEFAULT))
        {
            found.push((*plain.max(prefixed), ProblemKind::TwoDefaults));
        }
        for (line, kind) in found {
            self.problem(line, kind);
        }
        self.problems.sort_by_key(|problem| problem.line);
    }
}

fn lower_case(text: &str) -> Cow<'_, str> {
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(text.to_ascii_lowercase())
    } else {
        Cow::Borrowed(text)
    }
}
