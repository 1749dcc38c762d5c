use crate::document::Document;
use crate::header::{FileKind, header};
use crate::line::{
    BYTE_ORDER_MARK, Brackets, assignment, brackets, is_blank, split_ending, starts_comment, trim,
};
use crate::problem::{Problem, ProblemKind};

/// More than any file has that a person could have written.
const ROUNDS: usize = 10_000;

impl Document {
    /// The text with one problem mended, so that all clients read what the SDKs read now. None where only a person
    /// can say what was meant: two defaults, names that differ only in case, a reserved name, characters beyond ASCII.
    pub fn repaired(&self, problem: &Problem) -> Option<String> {
        let line = problem.line.checked_sub(1)?;
        if line >= self.line_count() {
            return None;
        }
        let (content, ending) = split_ending(self.line(line));
        let replaced = |new: String| {
            let mut document = self.clone();
            document.replace_all(vec![(self.place(line..line + 1), new)]);
            document.text()
        };
        let mark = if line == 0 && content.starts_with(BYTE_ORDER_MARK) {
            BYTE_ORDER_MARK.len_utf8()
        } else {
            0
        };
        let (mark, content) = content.split_at(mark);
        match &problem.kind {
            ProblemKind::ByteOrderMark => Some(replaced(format!("{content}{ending}"))),
            ProblemKind::CarriageReturn => {
                let new = format!("{mark}{}{ending}", content.replace('\r', self.ending()));
                Some(replaced(new))
            }
            ProblemKind::UnclosedHeader if !content.contains(['#', ';']) => {
                Some(replaced(format!("{mark}{}]{ending}", content.trim_end())))
            }
            ProblemKind::BlankInBrackets => match brackets(content) {
                Brackets::Closed { start, end, .. } => Some(replaced(format!(
                    "{mark}[{}{}{ending}",
                    trim(&content[start..end]),
                    &content[end..]
                ))),
                Brackets::Unclosed => None,
            },
            ProblemKind::UnclearHeader => match brackets(content) {
                Brackets::Closed { end, .. } if !content[..end].contains(['#', ';']) => {
                    let rest = trim(&content[end + 1..]);
                    let head = &content[..=end];
                    Some(replaced(format!("{mark}{head} # {rest}{ending}")))
                }
                _ => None,
            },
            ProblemKind::IgnoredProfile => match brackets(content) {
                Brackets::Closed { start, end, .. } => {
                    let name = trim(&content[start..end]).strip_prefix("profile")?;
                    let name = trim(name);
                    (!name.is_empty() && !name.contains(['\'', '"', '\\'])).then(|| {
                        let quoted = header(FileKind::Config, name);
                        replaced(format!("{mark}[{quoted}{}{ending}", &content[end..]))
                    })
                }
                Brackets::Unclosed => None,
            },
            ProblemKind::DuplicateKey { .. } => self.without_earlier(line),
            ProblemKind::DuplicateSection { .. } => self.joined(line),
            ProblemKind::InlineComment => {
                let comment = trim(assignment(content)?.comment?);
                let kept = content.trim_end_matches([' ', '\t']);
                let kept = kept.strip_suffix(comment)?.trim_end_matches([' ', '\t']);
                let end = if ending.is_empty() {
                    self.ending()
                } else {
                    ending
                };
                Some(replaced(format!("{mark}{comment}{end}{kept}{ending}")))
            }
            ProblemKind::IndentedComment => Some(replaced(format!("{}{ending}", trim(content)))),
            ProblemKind::IndentedKey => self.unindented(line),
            ProblemKind::OutsideSection | ProblemKind::MissingEquals | ProblemKind::EmptyKey => {
                Some(replaced(format!("{mark}# {}{ending}", trim(content))))
            }
            _ => None,
        }
    }

    /// The text with everything mended that can be, and what is left.
    pub fn repaired_all(&self) -> Document {
        let mut document = self.clone();
        for _ in 0..ROUNDS {
            let text = document.text();
            let next = document
                .problems()
                .iter()
                .find_map(|problem| document.repaired(problem).filter(|new| *new != text));
            match next {
                Some(text) => document = Document::from(text),
                None => break,
            }
        }
        document
    }

    /// All indented keys of a section at once: one that stays behind would continue the one above it.
    fn unindented(&self, line: usize) -> Option<String> {
        let span = self.spans.iter().rfind(|span| span.line <= line)?;
        let blanks = span
            .properties
            .iter()
            .filter(|property| property.indent > 0);
        let removals = blanks.map(|property| {
            let start = self.place(property.line..property.line + 1).start;
            (start..start + property.indent, String::new())
        });
        let mut document = self.clone();
        document.replace_all(removals.collect());
        Some(document.text())
    }

    /// Of several lines for one key the SDKs use the last.
    fn without_earlier(&self, line: usize) -> Option<String> {
        let span = self.spans.iter().rfind(|span| span.line <= line)?;
        let last = span
            .properties
            .iter()
            .find(|property| property.line == line)?;
        let key = self.key(last);
        let earlier = span
            .properties
            .iter()
            .find(|property| property.line < line && self.has_key(property, &key))?;
        let lines = earlier.continuations.iter().chain([&earlier.line]);
        let removals = lines.map(|line| (self.place(*line..line + 1), String::new()));
        let mut document = self.clone();
        document.replace_all(removals.collect());
        Some(document.text())
    }

    /// The lines of a second section of one name, moved to the end of the first.
    fn joined(&self, line: usize) -> Option<String> {
        let index = self.spans.iter().position(|span| span.line == line)?;
        let header = self.spans[index].header.as_ref()?;
        let first = self
            .spans
            .iter()
            .find(|span| span.header.as_ref() == Some(header))?;
        let next = self
            .spans
            .get(index + 1)
            .map_or(self.line_count(), |next| next.line);
        let mut end = next;
        // What stands above the next section is about that one.
        while end > self.spans[index].last_line + 1
            && next < self.line_count()
            && (starts_comment(self.content(end - 1)) || is_blank(self.content(end - 1)))
        {
            end -= 1;
        }
        let mut moved = self.as_str()[self.place(line + 1..end)].to_owned();
        if !moved.is_empty() && !moved.ends_with('\n') {
            moved.push_str(self.ending());
        }
        let after = self.place(first.last_line..first.last_line + 1).end;
        let mut document = self.clone();
        document.replace_all(vec![
            (self.place(line..end), String::new()),
            (after..after, moved),
        ]);
        Some(document.text())
    }
}
