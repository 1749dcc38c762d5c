use std::collections::HashMap;

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
    /// Each with its ending.
    pub(crate) lines: Vec<String>,
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

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Property {
    /// In lower case.
    pub(crate) key: String,
    pub(crate) value: String,
    pub(crate) line: usize,
    pub(crate) indent: usize,
    pub(crate) continuations: Vec<usize>,
}

impl Document {
    /// Takes any text. Problems are listed, never fatal.
    pub fn parse(text: &str) -> Document {
        let mut document = Document {
            lines: text.split_inclusive('\n').map(str::to_owned).collect(),
            ..Document::default()
        };
        document.scan();
        document
    }

    /// The whole text, byte for byte.
    pub fn text(&self) -> String {
        self.lines.concat()
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
        let key = key.to_ascii_lowercase();
        self.effective(header)
            .flat_map(|span| &span.properties)
            .rfind(|property| property.key == key)
            .map(|property| property.value.clone())
    }

    /// All keys (in lower case) and values of a section, in the order of their first appearance.
    pub fn properties(&self, header: &str) -> Vec<(String, String)> {
        let mut found: Vec<(String, String)> = Vec::new();
        for property in self.effective(header).flat_map(|span| &span.properties) {
            match found.iter_mut().find(|(key, _)| *key == property.key) {
                Some((_, value)) => value.clone_from(&property.value),
                None => found.push((property.key.clone(), property.value.clone())),
            }
        }
        found
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

    /// Reads the lines again after they changed.
    pub(crate) fn scan(&mut self) {
        let mut scan = Scan::default();
        for (number, line) in self.lines.iter().enumerate() {
            scan.line(number, line);
        }
        scan.finish();
        self.spans = scan.spans;
        self.problems = scan.problems;
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

    fn line(&mut self, number: usize, line: &str) {
        let (mut content, _) = split_ending(line);
        if number == 0
            && let Some(rest) = content.strip_prefix(BYTE_ORDER_MARK)
        {
            self.problem(number, ProblemKind::ByteOrderMark);
            content = rest;
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
            let nested = property.value.is_empty() || property.value.starts_with('\n');
            property.continuations.push(number);
            property.value.push('\n');
            property.value.push_str(trim(content));
            match assignment(content) {
                None if nested => self.problem(number, ProblemKind::MissingEquals),
                Some(found) if nested && found.key.is_empty() => {
                    self.problem(number, ProblemKind::EmptyKey);
                }
                _ => {}
            }
            return;
        }
        self.property(number, content, indent);
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

    fn property(&mut self, number: usize, content: &str, indent: usize) {
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
        let property = Property {
            key: found.key.to_ascii_lowercase(),
            value: found.value.to_owned(),
            line: number,
            indent,
            continuations: Vec::new(),
        };
        if let Some(span) = self.spans.last_mut() {
            span.properties.push(property);
        }
    }

    /// Finds what is there twice, once all lines are known.
    fn finish(&mut self) {
        let mut found = Vec::new();
        let mut headers: HashMap<&str, usize> = HashMap::new();
        for span in &self.spans {
            let Some(header) = &span.header else { continue };
            if headers.insert(header, span.line).is_some() {
                let header = header.clone();
                found.push((span.line, ProblemKind::DuplicateSection { header }));
            }
            let mut keys = std::collections::HashSet::new();
            for property in &span.properties {
                if !keys.insert(&property.key) {
                    let key = property.key.clone();
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
