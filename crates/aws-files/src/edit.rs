use std::ops::Range;

use crate::conflict::Conflict;
use crate::document::{Document, Property, is_default};
use crate::header::canonical;
use crate::line::{
    BYTE_ORDER_MARK, Brackets, assignment, brackets, comment_start, indent, is_blank, is_option,
    split_ending, starts_comment, trim,
};

/// By how much a new nested key is indented; AWS's documentation writes them so. Where a block has keys already,
/// theirs is kept.
const NESTED_INDENT: &str = "  ";

/// Why a change can not be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    #[error("{0:?} can not be a section's name.")]
    Header(String),
    #[error("{0:?} can not be a key.")]
    Key(String),
    #[error("The value of {key} holds a line break or another control character.")]
    ControlCharacter { key: String },
    #[error("The value of {key} starts or ends with a blank, which clients would drop.")]
    Blank { key: String },
    #[error(
        "The value of {key} has a comment character after a blank, where clients would cut it off."
    )]
    CommentCharacter { key: String },
    #[error("There is already a section named [{0}].")]
    SectionExists(String),
    /// Another program changed the same setting meanwhile.
    #[error("Another program changed {} meanwhile.", .0.place)]
    Conflict(Box<Conflict>),
    /// The caller's own reason not to go on, for use inside [`crate::edit()`].
    #[error("{0}")]
    Refused(String),
}

impl EditError {
    /// A stable name for this kind of failure.
    pub fn code(&self) -> &'static str {
        match self {
            EditError::Header(_) => "files.header",
            EditError::Key(_) => "files.key",
            EditError::ControlCharacter { .. }
            | EditError::Blank { .. }
            | EditError::CommentCharacter { .. } => "files.value",
            EditError::SectionExists(_) => "files.section_exists",
            EditError::Conflict(_) => "files.conflict",
            EditError::Refused(_) => "files.refused",
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            EditError::Header(_) => "Leave out brackets, comment characters and line breaks.",
            EditError::Key(_) => "Use letters, digits, underscores, hyphens and dots.",
            EditError::ControlCharacter { .. } => "Put the value on one line.",
            EditError::Blank { .. } => "Remove the blanks at both ends.",
            EditError::CommentCharacter { .. } => {
                "Leave out # and ; at the start and after a blank."
            }
            EditError::SectionExists(_) => "Choose another name, or remove that section first.",
            EditError::Conflict(_) => {
                "Look at what is there now, and change it again if it is still wanted."
            }
            EditError::Refused(_) => "Nothing was changed.",
        }
    }
}

impl Document {
    /// Gives a key a value that [`Document::get`] and all clients then read.
    ///
    /// A line that sets the key already is changed in place (the last one, when there are several); its spacing stays,
    /// a nested block under it goes, and a comment behind its value moves to a line of its own above, since the AWS CLI would
    /// read it as part of the value. A new key goes to the end of its section and a new section to the end of the
    /// file, in the layout of `aws configure set`.
    ///
    /// # Errors
    /// When the section name, the key or the value can not be written so that clients read it back.
    pub fn set(&mut self, header: &str, key: &str, value: &str) -> Result<(), EditError> {
        check_key(key)?;
        check_value(key, value)?;
        match self.find(header, key).cloned() {
            Some(property) => {
                let mut changes = self.assign(property.line, value);
                changes.extend(self.without(&property.continuations));
                self.replace_all(changes);
                Ok(())
            }
            None => self.add(header, &[(0, key, value)]),
        }
    }

    /// Gives a key of a nested block (`s3 =` and indented lines) a value. What is new goes to the end of the block,
    /// indented as the lines that are there; a value in the place of the block gives way to it.
    ///
    /// # Errors
    /// As [`Document::set`].
    pub fn set_nested(
        &mut self,
        header: &str,
        key: &str,
        name: &str,
        value: &str,
    ) -> Result<(), EditError> {
        check_key(key)?;
        check_key(name)?;
        check_value(name, value)?;
        let Some(property) = self.find(header, key).cloned() else {
            return self.add(header, &[(0, key, ""), (1, name, value)]);
        };
        if !property.is_nested() && !property.value.is_empty() {
            self.set(header, key, "")?;
            return self.set_nested(header, key, name, value);
        }
        let changes = match self.nested_lines(&property, name).last() {
            Some(line) => self.assign(*line, value),
            None => {
                let blanks = match property.continuations.first() {
                    Some(first) => blanks_of(self.content(*first)).to_owned(),
                    None => format!("{}{NESTED_INDENT}", blanks_of(self.content(property.line))),
                };
                let last = property.continuations.last().unwrap_or(&property.line);
                vec![self.insertion(*last, &format!("{blanks}{name} = {value}"))]
            }
        };
        self.replace_all(changes);
        Ok(())
    }

    /// The value of a key of a nested block.
    pub fn get_nested(&self, header: &str, key: &str, name: &str) -> Option<String> {
        let property = self.find(header, key)?;
        let line = *self.nested_lines(property, name).last()?;
        let (_, value) = self.content(line).split_once('=')?;
        Some(trim(value).to_owned())
    }

    /// Removes a key and what is nested under it, wherever the section has it. False when it was not there.
    pub fn unset(&mut self, header: &str, key: &str) -> bool {
        let doomed: Vec<usize> = self
            .every(header)
            .flat_map(|index| &self.spans[index].properties)
            .filter(|property| self.has_key(property, key))
            .flat_map(|property| property.continuations.iter().chain([&property.line]))
            .copied()
            .collect();
        self.replace_all(self.without(&doomed));
        !doomed.is_empty()
    }

    /// Removes a key of a nested block; with the last one goes the line above the block. False when it was not there.
    pub fn unset_nested(&mut self, header: &str, key: &str, name: &str) -> bool {
        let mut found = false;
        // A block that goes may have hidden another one.
        while let Some(doomed) = self.nested_removal(header, key, name) {
            self.replace_all(self.without(&doomed));
            found = true;
        }
        found
    }

    fn nested_removal(&self, header: &str, key: &str, name: &str) -> Option<Vec<usize>> {
        let property = self.find(header, key)?;
        let mut doomed = self.nested_lines(property, name);
        if !doomed.is_empty() && doomed.len() == property.continuations.len() {
            doomed.push(property.line);
        }
        (!doomed.is_empty()).then_some(doomed)
    }

    /// Removes all sections of this name with their keys and the comments among and right under these. Comments
    /// above the section and after a blank line stay. False when there was none.
    pub fn remove_section(&mut self, header: &str) -> bool {
        let mut found = false;
        // From the back, and one at a time, as each removal moves the lines of the others.
        while let Some(index) = self.every(header).last() {
            found = true;
            self.remove_span(index);
        }
        found
    }

    fn remove_span(&mut self, index: usize) {
        let (mut first, count) = (self.spans[index].line, self.line_count());
        let next_section = self.spans.get(index + 1).map_or(count, |next| next.line);
        let mut end = self.spans[index].last_line + 1;
        let comments = (end..next_section)
            .take_while(|line| starts_comment(self.content(*line)))
            .count();
        let about_next = end + comments == next_section && next_section < count;
        if !about_next {
            end += comments;
        }
        end += (end..next_section)
            .take_while(|line| is_blank(self.content(*line)))
            .count();
        if end == count {
            // The blank lines that set the section apart go with it, when it was the last one.
            while first > 0 && is_blank(self.content(first - 1)) {
                first -= 1;
            }
        }
        let marked = first == 0 && self.as_str().starts_with(BYTE_ORDER_MARK);
        let kept = if marked {
            BYTE_ORDER_MARK.to_string()
        } else {
            String::new()
        };
        self.replace_all(vec![(self.place(first..end), kept)]);
    }

    /// Renames all sections of this name and changes nothing else. `Ok(false)` when there was none.
    ///
    /// # Errors
    /// When the new name can not be written, or is taken.
    pub fn rename_section(&mut self, from: &str, to: &str) -> Result<bool, EditError> {
        check_header(to)?;
        let found: Vec<usize> = self.effective(from).map(|span| span.line).collect();
        if found.is_empty() {
            return Ok(false);
        }
        if self.effective(to).any(|taken| !found.contains(&taken.line)) {
            return Err(EditError::SectionExists(canonical(to)));
        }
        let changes = found
            .iter()
            .filter_map(|line| Some((self.name_place(*line)?, trim(to).to_owned())))
            .collect();
        self.replace_all(changes);
        Ok(true)
    }

    /// The bytes between the brackets of a section's first line.
    pub(crate) fn name_place(&self, line: usize) -> Option<Range<usize>> {
        let mut place = self.place(line..line + 1);
        let mut content = self.content(line);
        if let Some(rest) = content.strip_prefix(BYTE_ORDER_MARK) {
            place.start += content.len() - rest.len();
            content = rest;
        }
        match brackets(content) {
            Brackets::Closed { start, end, .. } => Some(place.start + start..place.start + end),
            Brackets::Unclosed => None,
        }
    }

    /// The indices of all sections of this name, also of the `[default]` that a `[profile default]` hides.
    fn every(&self, header: &str) -> impl Iterator<Item = usize> {
        let wanted = canonical(header);
        let default = is_default(&wanted);
        self.spans
            .iter()
            .enumerate()
            .filter(move |(_, span)| {
                span.header
                    .as_ref()
                    .is_some_and(|found| *found == wanted || default && is_default(found))
            })
            .map(|(index, _)| index)
    }

    /// The line that counts for a key.
    pub(crate) fn find(&self, header: &str, key: &str) -> Option<&Property> {
        self.effective(header)
            .flat_map(|span| &span.properties)
            .rfind(|property| self.has_key(property, key))
    }

    /// The lines of a nested block that set one of its keys. Unlike the keys of a section these mind case.
    fn nested_lines(&self, property: &Property, name: &str) -> Vec<usize> {
        if !property.is_nested() {
            return Vec::new();
        }
        let sets = |line: &usize| {
            let split = self.content(*line).split_once('=');
            split.is_some_and(|(found, _)| trim(found) == name)
        };
        property
            .continuations
            .iter()
            .copied()
            .filter(sets)
            .collect()
    }

    /// The removal of whole lines.
    fn without(&self, lines: &[usize]) -> Vec<(Range<usize>, String)> {
        let removal = |line: &usize| (self.place(*line..line + 1), String::new());
        lines.iter().map(removal).collect()
    }

    /// Another value on a line that sets one.
    fn assign(&self, line: usize, value: &str) -> Vec<(Range<usize>, String)> {
        let (content, ending) = split_ending(self.line(line));
        let equals = content.find('=').unwrap_or(content.len());
        let (left, right) = content.split_at((equals + 1).min(content.len()));
        let spacing = blanks_of(right);
        // `key =` has no spacing of its own to keep.
        let spacing = if is_blank(right) && left.ends_with(" =") {
            " "
        } else {
            spacing
        };
        let comment = assignment(content).and_then(|found| found.comment);
        let line_ending = if ending.ends_with('\n') {
            ending
        } else {
            self.ending()
        };
        let comment = comment.map_or_else(String::new, |comment| {
            format!("{}{line_ending}", trim(comment))
        });
        vec![(
            self.place(line..line + 1),
            format!("{comment}{left}{spacing}{value}{ending}"),
        )]
    }

    /// New lines at the end of a section, or of a new one at the end of the file. Each is a level of nesting, a key
    /// and a value.
    fn add(&mut self, header: &str, settings: &[(usize, &str, &str)]) -> Result<(), EditError> {
        let line = self.effective(header).last().map(|span| span.line);
        let index = self.spans.iter().position(|span| Some(span.line) == line);
        let last = index.and_then(|index| self.spans[index].properties.last());
        let blanks = last.map_or("", |last| blanks_of(self.content(last.line)));
        let lines: Vec<String> = settings
            .iter()
            .map(|(level, key, value)| {
                let nesting = NESTED_INDENT.repeat(*level);
                match settings.len() {
                    // What a block is under has no value, and no blank that would stand for one.
                    2 if *level == 0 => format!("{blanks}{key} ="),
                    _ => format!("{blanks}{nesting}{key} = {value}"),
                }
            })
            .collect();
        let text = lines.join(self.ending());
        let change = match index {
            Some(index) => self.insertion(self.end_of(index), &text),
            None => {
                check_header(header)?;
                self.append(&format!("[{}]{}{text}", trim(header), self.ending()))
            }
        };
        self.replace_all(vec![change]);
        Ok(())
    }

    /// The line after which `aws configure set` puts a new key of a section: the last one that its pattern takes for
    /// a setting, a commented-out one too; at the end of the file, one line further down. But a comment that a blank
    /// line sets apart stays with the section below it.
    fn end_of(&self, index: usize) -> usize {
        let next = self.spans.get(index + 1);
        let end = next.map_or(self.line_count(), |next| next.line);
        let mut last = self.spans[index].last_line;
        for line in last + 1..end {
            let content = self.content(line);
            if next.is_some() && is_blank(content) {
                break;
            }
            if is_option(content) {
                last = line;
            }
        }
        if next.is_none() && last + 1 < end {
            last += 1;
        }
        last
    }

    /// A new line after an old one, whose ending is completed where it is the last of the file.
    fn insertion(&self, after: usize, content: &str) -> (Range<usize>, String) {
        let end = self.place(after..after + 1).end;
        let missing = self.missing_ending(after);
        let ending = match split_ending(self.line(after)).1 {
            "" | "\r" => self.ending(),
            ending => ending,
        };
        (end..end, format!("{missing}{content}{ending}"))
    }

    /// New lines at the end of the file.
    fn append(&self, content: &str) -> (Range<usize>, String) {
        let end = self.as_str().len();
        let missing = match self.line_count().checked_sub(1) {
            // Nothing but the mark: the section starts right behind it.
            Some(0) if self.as_str().strip_prefix(BYTE_ORDER_MARK) == Some("") => "",
            Some(last) => self.missing_ending(last),
            None => "",
        };
        (end..end, format!("{missing}{content}{}", self.ending()))
    }

    fn missing_ending(&self, line: usize) -> &'static str {
        match split_ending(self.line(line)).1 {
            "" => self.ending(),
            "\r" => "\n",
            _ => "",
        }
    }

    /// The file's own line ending.
    pub(crate) fn ending(&self) -> &'static str {
        if self.line_count() > 0 && self.line(0).ends_with("\r\n") {
            "\r\n"
        } else {
            "\n"
        }
    }
}

/// The blanks that a text starts with.
fn blanks_of(text: &str) -> &str {
    &text[..indent(text)]
}

fn check_header(header: &str) -> Result<(), EditError> {
    let forbidden = |c: char| c.is_control() && c != '\t' || matches!(c, '[' | ']' | '#' | ';');
    if is_blank(header) || header.contains(forbidden) {
        return Err(EditError::Header(header.to_owned()));
    }
    Ok(())
}

fn check_key(key: &str) -> Result<(), EditError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if key.is_empty() || !key.chars().all(allowed) {
        return Err(EditError::Key(key.to_owned()));
    }
    Ok(())
}

fn check_value(key: &str, value: &str) -> Result<(), EditError> {
    let key = key.to_owned();
    if value.chars().any(|c| c.is_control() && c != '\t') {
        return Err(EditError::ControlCharacter { key });
    }
    if value.trim() != value {
        return Err(EditError::Blank { key });
    }
    if starts_comment(value) || comment_start(value, true).is_some() {
        return Err(EditError::CommentCharacter { key });
    }
    Ok(())
}
