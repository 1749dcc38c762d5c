use crate::document::{Document, Property, is_default};
use crate::header::canonical;
use crate::line::{
    BYTE_ORDER_MARK, Brackets, assignment, brackets, comment_start, is_blank, split_ending,
    starts_comment, trim,
};

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
        let wanted = key.to_ascii_lowercase();
        let existing = self
            .effective(header)
            .flat_map(|span| &span.properties)
            .rfind(|property| property.key == wanted)
            .cloned();
        let target = self.effective(header).last().map(|span| {
            let indent = span.properties.last().map(|last| {
                let (content, _) = split_ending(&self.lines[last.line]);
                content[..last.indent].to_owned()
            });
            (span.last_line, indent.unwrap_or_default())
        });
        match (existing, target) {
            (Some(property), _) => self.replace(&property, value),
            (None, Some((line, indent))) => {
                self.insert_after(line, &format!("{indent}{}", written(key, value)));
            }
            (None, None) => {
                check_header(header)?;
                self.append_section(header, &written(key, value));
            }
        }
        self.scan();
        Ok(())
    }

    /// Removes a key and what is nested under it, wherever the section has it. False when it was not there.
    pub fn unset(&mut self, header: &str, key: &str) -> bool {
        let key = key.to_ascii_lowercase();
        let mut doomed: Vec<usize> = self
            .every(header)
            .flat_map(|index| &self.spans[index].properties)
            .filter(|property| property.key == key)
            .flat_map(|property| property.continuations.iter().chain([&property.line]))
            .copied()
            .collect();
        doomed.sort_unstable();
        for line in doomed.iter().rev() {
            self.lines.remove(*line);
        }
        self.scan();
        !doomed.is_empty()
    }

    /// Removes all sections of this name with their keys and the comments among and right under these. Comments
    /// above the section and after a blank line stay. False when there was none.
    pub fn remove_section(&mut self, header: &str) -> bool {
        let mut found = false;
        // From the back, and one at a time, as each removal moves the lines of the others.
        while let Some(index) = self.every(header).last() {
            found = true;
            self.remove_span(index);
            self.scan();
        }
        found
    }

    fn remove_span(&mut self, index: usize) {
        let first = self.spans[index].line;
        let next_section = self
            .spans
            .get(index + 1)
            .map_or(self.lines.len(), |next| next.line);
        let mut end = self.spans[index].last_line + 1;
        let comments = self.lines[end..next_section]
            .iter()
            .take_while(|line| starts_comment(line))
            .count();
        let about_next = end + comments == next_section && next_section < self.lines.len();
        if !about_next {
            end += comments;
        }
        end += self.lines[end..next_section]
            .iter()
            .take_while(|line| is_blank(split_ending(line).0))
            .count();
        let marked = first == 0 && self.lines[0].starts_with(BYTE_ORDER_MARK);
        self.lines.drain(first..end);
        if marked {
            match self.lines.first_mut() {
                Some(line) => line.insert(0, BYTE_ORDER_MARK),
                None => self.lines.push(BYTE_ORDER_MARK.to_string()),
            }
        }
        if first == self.lines.len() {
            // The blank lines that set the section apart go with it, when it was the last one.
            while self
                .lines
                .last()
                .is_some_and(|line| is_blank(split_ending(line).0))
            {
                self.lines.pop();
            }
        }
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
        for line in found {
            let text = &self.lines[line];
            let marked = line == 0 && text.starts_with(BYTE_ORDER_MARK);
            let skipped = if marked {
                BYTE_ORDER_MARK.len_utf8()
            } else {
                0
            };
            let (content, _) = split_ending(&text[skipped..]);
            if let Brackets::Closed { start, end, .. } = brackets(content) {
                self.lines[line].replace_range(skipped + start..skipped + end, trim(to));
            }
        }
        self.scan();
        Ok(true)
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

    fn replace(&mut self, property: &Property, value: &str) {
        for line in property.continuations.iter().rev() {
            self.lines.remove(*line);
        }
        let (content, ending) = split_ending(&self.lines[property.line]);
        let equals = content.find('=').unwrap_or(content.len());
        let (left, right) = content.split_at((equals + 1).min(content.len()));
        let spacing = &right[..right.len() - right.trim_start_matches([' ', '\t']).len()];
        // `key =` over a nested block has no spacing of its own to keep.
        let spacing = match (value.is_empty(), is_blank(right)) {
            (true, _) => "",
            (false, true) if left.ends_with(" =") => " ",
            (false, _) => spacing,
        };
        let comment = assignment(content).and_then(|found| found.comment);
        let line_ending = if ending.ends_with('\n') {
            ending
        } else {
            self.ending()
        };
        let mut text = comment.map_or_else(String::new, |comment| {
            format!("{}{line_ending}", trim(comment))
        });
        text.push_str(&format!("{left}{spacing}{value}{ending}"));
        self.lines
            .splice(property.line..=property.line, split_lines(&text));
    }

    fn insert_after(&mut self, line: usize, content: &str) {
        let ending = match split_ending(&self.lines[line]).1 {
            "" | "\r" => self.ending().to_owned(),
            ending => ending.to_owned(),
        };
        self.end_line(line);
        self.lines.insert(line + 1, format!("{content}{ending}"));
    }

    fn append_section(&mut self, header: &str, content: &str) {
        let ending = self.ending().to_owned();
        if let Some(last) = self.lines.len().checked_sub(1) {
            let (content, line_ending) = split_ending(&self.lines[last]);
            let content = match content.strip_prefix(BYTE_ORDER_MARK) {
                Some(rest) if last == 0 => rest,
                _ => content,
            };
            let (blank, comment) = (is_blank(content), starts_comment(content));
            // Nothing but the mark on the first line: the section starts right behind it.
            if last > 0 || !content.is_empty() || !line_ending.is_empty() {
                self.end_line(last);
            }
            if !blank && (comment || self.has_blank_lines_between()) {
                self.lines.push(ending.clone());
            }
        }
        let text = format!(
            "{}[{}]{ending}{content}{ending}",
            self.lines.concat(),
            trim(header)
        );
        self.lines = split_lines(&text);
    }

    /// Whether the file sets its sections apart with blank lines.
    fn has_blank_lines_between(&self) -> bool {
        self.spans.iter().skip(1).any(|span| {
            self.lines[..span.line]
                .iter()
                .rev()
                .find(|line| !starts_comment(line))
                .is_some_and(|line| is_blank(split_ending(line).0))
        })
    }

    fn end_line(&mut self, line: usize) {
        let missing = match split_ending(&self.lines[line]).1 {
            "" => self.ending(),
            "\r" => "\n",
            _ => return,
        };
        self.lines[line].push_str(missing);
    }

    /// The file's own line ending.
    fn ending(&self) -> &'static str {
        match self.lines.first() {
            Some(line) if line.ends_with("\r\n") => "\r\n",
            _ => "\n",
        }
    }
}

fn split_lines(text: &str) -> Vec<String> {
    text.split_inclusive('\n').map(str::to_owned).collect()
}

fn written(key: &str, value: &str) -> String {
    if value.is_empty() {
        format!("{key} =")
    } else {
        format!("{key} = {value}")
    }
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
