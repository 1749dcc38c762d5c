//! Who asked: a line for each hand-out, in a file for each day, on this machine only. No secrets.
//!
//! It informs. A program of the same user can do what this one does, so it is no protection against malware.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use keywell_wire as wire;
use serde::{Deserialize, Serialize};

use crate::{
    App,
    problem::Problem,
    sessions::{Handed, Kind},
    state_file, time,
};

const KEPT: Duration = Duration::from_secs(90 * 24 * 60 * 60);
/// In characters, of each name in a line: a line is one small write.
const LONGEST: usize = 200;

/// Who asked for a hand-out, as far as the system tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Caller {
    /// The program that asked, then its parents.
    pub programs: Vec<String>,
    /// The folder that the program was in.
    pub folder: String,
}

/// One hand-out, as it is stored.
#[derive(Serialize, Deserialize)]
struct Line {
    at: String,
    profile: String,
    kind: String,
    fresh: bool,
    programs: Vec<String>,
    folder: String,
}

fn folder(app: &App) -> PathBuf {
    app.places.data.join("hand-outs").join("journal")
}

impl Caller {
    /// The program itself; empty where the system does not tell.
    pub fn program(&self) -> &str {
        self.programs.first().map_or("", String::as_str)
    }
}

/// Writes a hand-out down. A failure keeps nobody from their key.
pub(crate) fn note(app: &App, profile: &str, handed: &Handed, caller: &Caller) {
    let kind = match handed.kind {
        Kind::LongTerm => "key",
        Kind::Session => "session",
        Kind::Role => "role",
        Kind::Other => "other",
    };
    note_down(app, profile, kind, handed.fresh, caller);
}

/// Writes down that the person refused.
pub(super) fn note_refusal(app: &App, profile: &str, caller: &Caller) {
    note_down(app, profile, "refused", false, caller);
}

fn note_down(app: &App, profile: &str, kind: &str, fresh: bool, caller: &Caller) {
    let line = Line {
        at: time::rfc3339(app.now()),
        profile: cut(profile),
        kind: kind.to_owned(),
        fresh,
        programs: caller.programs.iter().map(|program| cut(program)).collect(),
        folder: cut(&caller.folder),
    };
    if let Err(error) = append(app, &line) {
        tracing::warn!(%error, "the hand-out could not be written down");
    }
}

fn append(app: &App, line: &Line) -> io::Result<()> {
    let folder = folder(app);
    let path = folder.join(format!("{}.jsonl", &line.at[..10]));
    let mut text = serde_json::to_string(line)?;
    text.push('\n');
    let open = || OpenOptions::new().append(true).open(&path);
    let mut file = match open() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            // The first of a day makes room.
            state_file::private_folder(&folder)?;
            forget_old(&folder, app.now());
            private(OpenOptions::new().append(true).create(true)).open(&path)?
        }
        opened => opened?,
    };
    // One write, so that those of other processes stand before or after it.
    file.write_all(text.as_bytes())
}

fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

fn forget_old(folder: &Path, now: SystemTime) {
    let Some(first) = now.checked_sub(KEPT) else {
        return;
    };
    let first = format!("{}.jsonl", &time::rfc3339(first)[..10]);
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().as_ref() < first.as_str() {
            // What stays is tried again tomorrow.
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// The hand-outs of the last 90 days, newest first, at most so many. Lines that can not be read are left out.
pub fn journal(app: &App, longest: usize) -> Result<Vec<wire::HandOut>, Problem> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder(app))
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "jsonl"))
        .collect();
    files.sort();
    let mut found = Vec::new();
    for path in files.iter().rev() {
        let text =
            fs::read_to_string(path).map_err(|error| state_file::unreadable(path, &error))?;
        let lines = text.lines().rev();
        found.extend(lines.filter_map(|line| Some(shown(serde_json::from_str(line).ok()?))));
        if found.len() >= longest {
            break;
        }
    }
    found.truncate(longest);
    Ok(found)
}

fn shown(line: Line) -> wire::HandOut {
    wire::HandOut {
        at: line.at,
        profile: line.profile,
        kind: line.kind,
        fresh: line.fresh,
        programs: line.programs,
        folder: line.folder,
    }
}

fn cut(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}
