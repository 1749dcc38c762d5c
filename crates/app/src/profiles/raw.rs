//! A profile's section as text that a person edits: its own lines, secrets masked, everything else byte for byte.

use std::ops::Range;

use keywell_aws_files::{Document, FileKind, header, merge};
use keywell_wire as wire;

use super::{
    Files,
    edit::{self, Change, DOTS, Plan},
    has, is_secret, missing, read_files, section_read,
    step::{self, Step},
    together,
};
use crate::{
    App,
    problem::{Code, Problem},
};

/// Where the section of a profile lies in the config file, as bytes: from its brackets to its last line, comments among
/// its lines included. None where there is no such section, or more than one.
fn span(document: &Document, section: &str) -> Option<Range<usize>> {
    let wanted = section_read(document, section);
    let sections = document.sections();
    let mut found = sections.iter().filter(|known| known.header == wanted);
    let (only, None) = (found.next()?, found.next()) else {
        return None;
    };
    let text = document.text();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let first = only.line - 1;
    let below = &lines[only.line..];
    let end = below
        .iter()
        .position(|line| line.starts_with('['))
        .unwrap_or(below.len());
    let length = below[..end]
        .iter()
        .rposition(|line| !line.trim().is_empty() && !line.starts_with(['#', ';']))
        .map_or(1, |last| last + 2);
    let offset = |line: usize| lines[..line].iter().map(|line| line.len()).sum::<usize>();
    Some(offset(first)..offset(first + length))
}

fn unix(text: &str) -> String {
    text.replace("\r\n", "\n")
}

/// The section as it is shown, with `\n` at every line's end; None where it can not be edited as one text.
pub(super) fn shown(document: &Document, section: &str) -> Option<String> {
    let text = document.text();
    Some(edit::masked(&unix(&text[span(document, section)?])))
}

/// Writes the section anew. `seen` is the text that the person began with: what others changed since then is kept.
pub async fn save_text(
    app: &App,
    profile: &str,
    seen: &str,
    text: &str,
) -> Result<wire::ProfileChange, Problem> {
    let files = read_files(app)?;
    let plan = plan(&files, profile, seen, text)?;
    let step = Step {
        profile,
        text: format!("Edited the text of {profile}"),
        undo_text: format!("Put {profile} back as it was"),
        plan,
        index: &|_| {},
        item: None,
        undoes: None,
    };
    Ok(step::run(app, step).await?.keep(app, profile.to_owned()))
}

/// What saving would change, or why it can not be saved.
pub fn preview_text(
    app: &App,
    profile: &str,
    seen: &str,
    text: &str,
) -> Result<wire::ProfilePreview, Problem> {
    let files = read_files(app)?;
    Ok(match plan(&files, profile, seen, text) {
        Ok(plan) => wire::ProfilePreview {
            problems: Vec::new(),
            diff: edit::preview(&files, &plan).unwrap_or_default(),
        },
        Err(problem) => wire::ProfilePreview {
            problems: vec![wire::ValueProblem {
                name: String::new(),
                failure: problem.into(),
            }],
            diff: Vec::new(),
        },
    })
}

fn plan(files: &Files, profile: &str, seen: &str, text: &str) -> Result<Plan, Problem> {
    if !has(files, profile) {
        return Err(missing(profile));
    }
    let section = header(FileKind::Config, profile);
    let whole = files.config.text();
    let span = span(&files.config, &section).ok_or_else(|| {
        Problem::new(
            Code::ProfileValue,
            format!("The section of {profile} can not be edited as one text."),
            "Edit its settings one by one.",
        )
    })?;
    let now = unix(&whole[span.clone()]);
    let mut text = unix(text);
    if !text.ends_with('\n') {
        text.push('\n');
    }
    let mut masked_now = edit::masked(&now);
    if !masked_now.ends_with('\n') {
        masked_now.push('\n');
    }
    let mut seen = unix(seen);
    if !seen.ends_with('\n') {
        seen.push('\n');
    }
    let merged = merge(&seen, &text, &masked_now).ok_or_else(changed_since)?;
    let mut wanted = unmasked(&merged, &now)?;
    check(&files.config, &section, &now, &wanted)?;
    if whole.contains("\r\n") {
        wanted = wanted.replace('\n', "\r\n");
    }
    if span.end == whole.len()
        && !whole.ends_with('\n')
        && wanted.trim_end() == whole[span.clone()].trim_end()
    {
        return Ok(Plan::default());
    }
    let after = format!("{}{wanted}{}", &whole[..span.start], &whole[span.end..]);
    let plan = Plan {
        config: vec![Change::Merge {
            base: whole,
            wanted: after,
        }],
        ..Plan::default()
    };
    together::check(files, profile, &plan).map_err(|(_, problem)| problem)?;
    Ok(plan)
}

pub(super) fn changed_since() -> Problem {
    Problem::new(
        Code::FilesChanged,
        "Another program changed the same lines since you began.",
        "Look at what is there now, and make your change again.",
    )
}

/// The text with the secrets that its masked lines stand for.
fn unmasked(text: &str, now: &str) -> Result<String, Problem> {
    let masked = edit::masked(now);
    let mut hidden: Vec<(&str, &str)> = masked
        .split_inclusive('\n')
        .zip(now.split_inclusive('\n'))
        .filter(|(masked, real)| masked != real)
        .collect();
    let mut whole = String::with_capacity(now.len());
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let real = hidden
            .iter()
            .position(|(masked, _)| masked.trim_end() == line.trim_end());
        match real {
            Some(at) => {
                let (_, real) = hidden.remove(at);
                whole.push_str(real.trim_end_matches('\n'));
                whole.push('\n');
            }
            None => {
                let name = line.split_once('=').map_or("", |(name, _)| name);
                if line.contains(DOTS)
                    || is_secret(name.trim().trim_start_matches(['#', ';']).trim())
                {
                    return Err(Problem::new(
                        Code::ProfileValue,
                        format!("Line {}: secrets are not written by hand.", number + 1),
                        "Leave a line with dots as it is or take it out whole. A new key goes through set-up.",
                    ));
                }
                whole.push_str(line);
            }
        }
    }
    Ok(whole)
}

/// The text has to be this one section, and may say nothing that clients refuse and that was not there before.
fn check(config: &Document, section: &str, before: &str, text: &str) -> Result<(), Problem> {
    let wrong = |line: usize, message: String, hint: &str| {
        Problem::new(Code::ProfileValue, format!("Line {line}: {message}"), hint)
    };
    let document = Document::parse(text);
    let wanted = section_read(config, section);
    for (at, found) in document.sections().iter().enumerate() {
        if at > 0 || found.header != wanted {
            return Err(wrong(
                found.line,
                format!("[{}] is another section.", found.header),
                "Only this profile is edited here. To give it another name, rename it.",
            ));
        }
    }
    if document
        .sections()
        .first()
        .is_none_or(|first| first.line != 1)
    {
        return Err(wrong(
            1,
            format!("It has to be [{wanted}]."),
            "Leave the first line as it is.",
        ));
    }
    let known = Document::parse(before).problems();
    match document
        .problems()
        .into_iter()
        .find(|problem| !known.iter().any(|old| old.kind == problem.kind))
    {
        None => Ok(()),
        Some(problem) => Err(wrong(
            problem.line,
            problem.kind.to_string(),
            "A setting is written as name = value, one on a line.",
        )),
    }
}
