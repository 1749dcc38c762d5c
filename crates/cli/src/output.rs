//! What is written to stdout: JSON for programs, lines and tables for people.

use std::io::{self, IsTerminal, Write};

use anstyle::Style;
use serde::Serialize;

pub(crate) const BOLD: Style = Style::new().bold();
pub(crate) const DIM: Style = Style::new().dimmed();

/// Where results go and in which form.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    pub json: bool,
}

impl Output {
    pub fn new(json: bool) -> Self {
        Self { json }
    }

    /// One line for people; styles are left out where the terminal or `NO_COLOR` does not want them.
    pub fn line(self, text: impl AsRef<str>) -> io::Result<()> {
        let mut stdout = anstream::stdout().lock();
        writeln!(stdout, "{}", text.as_ref())
    }

    /// A result as JSON: on one line for programs, indented for a person who looks at it.
    pub fn value(self, value: &impl Serialize) -> io::Result<()> {
        let text = if io::stdout().is_terminal() {
            serde_json::to_string_pretty(value)
        } else {
            serde_json::to_string(value)
        }?;
        writeln!(io::stdout().lock(), "{text}")
    }

    /// The result as JSON, or else the lines of `text`.
    pub fn either<T: Serialize>(
        self,
        value: &T,
        text: impl FnOnce(&T) -> io::Result<()>,
    ) -> io::Result<()> {
        if self.json {
            self.value(value)
        } else {
            text(value)
        }
    }

    pub fn bytes(self, bytes: &[u8]) -> io::Result<()> {
        let mut stdout = io::stdout().lock();
        stdout.write_all(bytes)?;
        stdout.flush()
    }

    /// Rows under a heading, each column as wide as its widest cell.
    pub fn table<const N: usize>(self, heading: [&str; N], rows: &[[String; N]]) -> io::Result<()> {
        let rows: Vec<[String; N]> = rows
            .iter()
            .map(|row| row.clone().map(|cell| escaped(&cell)))
            .collect();
        let mut widths = heading.map(width);
        for row in &rows {
            for (known, cell) in widths.iter_mut().zip(row) {
                *known = (*known).max(width(cell));
            }
        }
        let line = |cells: &[&str]| {
            let mut text = String::new();
            for (cell, width_wanted) in cells.iter().zip(widths) {
                text.push_str(cell);
                text.push_str(&" ".repeat(width_wanted - width(cell) + 2));
            }
            text.trim_end().to_owned()
        };
        self.line(format!("{DIM}{}{DIM:#}", line(&heading)))?;
        for row in &rows {
            self.line(line(&row.each_ref().map(String::as_str)))?;
        }
        Ok(())
    }
}

fn width(text: &str) -> usize {
    text.chars().count()
}

/// Control characters and those that turn the direction of text, written out: a name from elsewhere must neither
/// drive the terminal nor look like another.
pub(crate) fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            control if control.is_control() && u32::from(control) < 0x100 => {
                shown.push_str(&format!("\\x{:02x}", u32::from(control)));
            }
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                shown.push_str(&format!("\\u{{{:x}}}", u32::from(character)));
            }
            other => shown.push(other),
        }
    }
    shown
}

/// The day and minute of an RFC 3339 time, in UTC.
pub(crate) fn day_and_minute(rfc3339: &str) -> String {
    match (rfc3339.get(..10), rfc3339.get(11..16)) {
        (Some(day), Some(minute)) => format!("{day} {minute}"),
        _ => rfc3339.to_owned(),
    }
}

/// `1 file`, `2 files`.
pub(crate) fn counted(count: impl Into<u64>, noun: &str) -> String {
    match count.into() {
        1 => format!("1 {noun}"),
        count => format!("{count} {noun}s"),
    }
}

/// A size as a person reads it, in units of 1,024.
pub(crate) fn size_words(bytes: u64) -> String {
    indicatif::BinaryBytes(bytes).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_from_elsewhere_can_not_drive_the_terminal() {
        let cases = [
            ("plain name.txt", "plain name.txt"),
            ("Grüße/日本.md", "Grüße/日本.md"),
            ("a\nb\tc\rd", "a\\nb\\tc\\rd"),
            ("\u{1b}[2J", "\\x1b[2J"),
            ("\u{9b}31m", "\\x9b31m"),
            ("\u{202e}gpj.exe", "\\u{202e}gpj.exe"),
            ("nul\0", "nul\\x00"),
        ];
        for (name, expected) in cases {
            assert_eq!(escaped(name), expected);
        }
    }

    #[test]
    fn times_are_cut_to_the_minute() {
        assert_eq!(day_and_minute("2026-01-31T12:34:56Z"), "2026-01-31 12:34");
        assert_eq!(day_and_minute("never"), "never");
    }
}
